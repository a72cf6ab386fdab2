"""Every measure's card, by name; and the families that are computed together."""

from registry.language import N_
from registry.measures.card import Card, Family
from registry.measures.demand import demand
from registry.measures.demand_cards import DEMAND_CARDS
from registry.measures.exercise_cards import EXERCISE_CARDS
from registry.measures.gaming import gaming
from registry.measures.gaming_cards import GAMING_CARDS
from registry.measures.handover import handover
from registry.measures.handover_cards import HANDOVER_CARDS
from registry.measures.need import need
from registry.measures.procedure import procedure
from registry.measures.procedure_cards import FINE_CARD, PROCEDURE_CARDS
from registry.measures.review import review
from registry.measures.review_cards import AHEAD_CARD, REVIEW_CARDS, TURNAROUND_CARD
from registry.measures.silence import silence
from registry.measures.silence_cards import NEED_CARDS, SILENCE_CARDS
from registry.measures.staffing import staffing
from registry.measures.staffing_cards import STAFFING_CARDS

FAMILIES = {
    family.name: family
    for family in (
        Family("staffing", N_("执法力量"), staffing, STAFFING_CARDS),
        Family("review", N_("法制审核"), review, REVIEW_CARDS),
        Family("procedure", N_("办案程序"), procedure, PROCEDURE_CARDS),
        Family("demand", N_("居民诉求"), demand, DEMAND_CARDS),
        Family("handover", N_("下放部门的支持"), handover, HANDOVER_CARDS),
        Family("need", N_("需求与回应"), need, NEED_CARDS),
        Family("silence", N_("沉默与差异"), silence, SILENCE_CARDS),
        Family("gaming", N_("值得问一问的数据现象"), gaming, GAMING_CARDS),
    )
}
DISTRIBUTIONS = {
    FINE_CARD.name: "procedure",
    TURNAROUND_CARD.name: "review",
    AHEAD_CARD.name: "review",
}
"""Cards that belong to a family and are computed on their own."""

CARDS: dict[str, Card] = {
    card.name: card
    for card in (
        *EXERCISE_CARDS,
        *(card for f in FAMILIES.values() for card in f.cards),
        FINE_CARD,
        TURNAROUND_CARD,
        AHEAD_CARD,
    )
}


def card_groups() -> dict[str, list[Card]]:
    """Every card once, under the title of the part that it belongs to."""
    parts = {N_("履行与报送"): [card for card in CARDS.values() if _family(card) not in FAMILIES]}
    for family in FAMILIES.values():
        parts[family.title] = [card for card in CARDS.values() if _family(card) == family.name]
    return parts


def _family(card: Card) -> str:
    """The family whose name a card bears, or that it tells the distribution of."""
    return DISTRIBUTIONS.get(card.name, card.name.partition(".")[0])


MEASURES: dict[str, Card | Family] = {**CARDS, **FAMILIES}
"""Whatever can be computed and exported by name."""
