"""Every measure's card, by name."""

from registry.measures.card import Card
from registry.measures.exercise_cards import EXERCISE_CARDS

CARDS: dict[str, Card] = {card.name: card for card in (*EXERCISE_CARDS,)}
