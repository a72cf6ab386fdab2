"""Every measure's card, by name; and the families that are computed together."""

from registry.language import N_
from registry.measures.card import Card, Family
from registry.measures.exercise_cards import EXERCISE_CARDS
from registry.measures.staffing import staffing
from registry.measures.staffing_cards import STAFFING_CARDS

FAMILIES = {
    family.name: family
    for family in (Family("staffing", N_("执法力量"), staffing, STAFFING_CARDS),)
}
CARDS: dict[str, Card] = {
    card.name: card
    for card in (*EXERCISE_CARDS, *(card for f in FAMILIES.values() for card in f.cards))
}
MEASURES: dict[str, Card | Family] = {**CARDS, **FAMILIES}
"""Whatever can be computed and exported by name."""
