"""Monthly returns in slow, plain Python: what was returned, and what was due (DOMAIN §4, 5).

In: the rows of the returns as dicts, beside a `plain.World`. Nothing of the program is imported.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

import plain

Pair = tuple[str, int]
"""A unit and a month."""


@dataclass
class Returned:
    """Rows by kind, each with `unit` and `month`; covered: the pairs that each kind covers.

    topics: code, powers (a list of codes).
    """

    staffing: list[dict[str, Any]] = field(default_factory=list)
    complaints: list[dict[str, Any]] = field(default_factory=list)
    whistles: list[dict[str, Any]] = field(default_factory=list)
    training: list[dict[str, Any]] = field(default_factory=list)
    topics: list[dict[str, Any]] = field(default_factory=list)
    covered: dict[str, set[Pair]] = field(default_factory=dict)

    def rows(self, kind: str, units: Iterable[str], months: Iterable[int]) -> list[dict[str, Any]]:
        chosen_units, chosen_months = set(units), set(months)
        return [
            row
            for row in getattr(self, kind)
            if row["unit"] in chosen_units and row["month"] in chosen_months
        ]


def held_pairs(
    world: plain.World, units: Iterable[str], powers: Iterable[str], months: Iterable[int]
) -> list[Pair]:
    """(unit, month) pairs in which the unit held one of the powers."""
    chosen = list(powers)
    return [
        (unit, month)
        for unit in units
        for month in months
        if any(plain.held_in(world, unit, power, [month]) for power in chosen)
    ]


def complete(due: list[Pair], covered: set[Pair]) -> Fraction | None:
    return plain.share(sum(pair in covered for pair in due), len(due))


def every_power(world: plain.World) -> list[str]:
    return [power["code"] for power in world.powers]


def figures(
    numerator: Any, denominator: int, completeness: Fraction | None, *more: Any
) -> plain.Figures:
    """A fraction, missing where nothing was returned or the denominator is 0."""
    value = plain.share(numerator, denominator) if completeness else None
    return plain.Figures(numerator, denominator, value, completeness, more)


def count(number: int, known: bool, completeness: Fraction | None, *more: Any) -> plain.Figures:
    """A count, missing where nobody gave it."""
    value = Fraction(number) if known and completeness else None
    return plain.Figures(number, 1, value, completeness, more)
