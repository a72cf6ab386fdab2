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
MEASURES: dict[str, Card | Family] = {**CARDS, **FAMILIES}
"""Whatever can be computed and exported by name."""
