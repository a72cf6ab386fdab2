"""Records of measures, the city's beside each → the figures of a brief as numbers."""

from collections.abc import Sequence

import pandas as pd

from registry.brief.document import Figure
from registry.card_wording import RESULTS, UNITS, city_record
from registry.language import N_, _
from registry.measures.cards import CARDS

UNKNOWN = (float("nan"),) * len(RESULTS)
RATIO, COUNT = N_("比值"), N_("个")


def rate_figure(label: str, own: pd.Series, city: pd.Series | None = None) -> Figure:
    """A share and, where there is one, the city's."""
    return Figure(label, "", _numbers(own), UNKNOWN if city is None else _numbers(city))


def family_figures(family: str, rows: Sequence[pd.Series]) -> tuple[Figure, ...]:
    """Measures of one place, each with the city's beside it."""
    return tuple(_measured(f"{family}.{row['measure']}", row) for row in rows)


def _measured(card_name: str, row: pd.Series) -> Figure:
    card = CARDS[card_name]
    unit = "" if card.unit == "fraction" else _(UNITS.get(card.unit, _other(card.reads)))
    return Figure(_(card.title), unit, _numbers(row), _numbers(city_record(row)))


def _other(reads: str) -> str:
    return RATIO if reads == "ratio" else COUNT


def _numbers(row: pd.Series) -> tuple[float, ...]:
    return tuple(float(row[name]) for name in RESULTS)
