"""Signs of gaming a second time: slow, in plain Python, from DOMAIN.md §4, 11 alone.

In: a `plain.World` with its cases, and from where on a pattern is worth a question. Out: each sign
as a dict from the labels of a group and the sign's name to its figures; `more` is its p-value and
whether it is a sign. Nothing of the program is imported here.
"""

import math
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import plain
import plain_procedure
from plain import Figures, Filters, Group, Label, Months, World

Case = dict[str, Any]
Found = tuple[int | None, int, Fraction | None, float | None, bool]


@dataclass(frozen=True)
class Limits:
    level: float
    dispersion: float
    months: int
    fine_share: float
    fines: int
    spike_ratio: float
    once_share: float
    powers: int


@dataclass(frozen=True)
class Told:
    """Cases of the group's units by what a sign looks at; `months`: wholly returned ones."""

    months: list[int]
    penalties: list[int]
    fines: list[float]
    by_power: list[int]


def gaming(
    world: World, months: Months, by: tuple[str, ...], filters: Filters, limits: Limits
) -> dict[Label, Figures]:
    figures = {}
    for name, group in plain.groups(world, months, by, filters).items():
        complete = plain.completeness_of(world, group)
        if complete is None:
            continue
        told = tell(world, group)
        for sign, judge in SIGNS.items():
            above, below, value, p, is_sign = judge(told, limits)
            if not complete:
                value, p, is_sign = None, None, False
            figures[*name, sign] = Figures(above, below, value, complete, (p, is_sign))
    return figures


def tell(world: World, group: Group) -> Told:
    whole = whole_months(world, group)
    cases = [case for case in world.reported.cases.values() if case["unit"] in group.units]
    fines = [fine for month in whole for fine in fines_in(cases, month)]
    return Told(
        whole,
        [sum(is_decided_in(case, month) for case in cases) for month in whole],
        fines,
        [decisions(world, group, power) for power in group.powers],
    )


def whole_months(world: World, group: Group) -> list[int]:
    """Months in which anything was due and all of it was returned."""
    pairs = plain.due(world, group)
    owed = {month for _, month in pairs}
    missing = {pair[1] for pair in pairs if pair not in world.reported.covered}
    return [month for month in group.months if month in owed - missing]


def is_decided_in(case: Case, month: int) -> bool:
    return plain_procedure.decided_penalty(case) and plain.month_of(case["day"]) == month


def fines_in(cases: list[Case], month: int) -> list[float]:
    return plain_procedure.fines_of(cases, Group(months=[month]))


def decisions(world: World, group: Group, power: str) -> int:
    """Decided cases under the power by units that held it in the window."""
    return sum(
        plain.counted(world, unit, power, group.months, "decision")
        for unit in group.units
        if plain.held_in(world, unit, power, group.months)
    )


def evenness(told: Told, limits: Limits) -> Found:
    count, total = len(told.months), sum(told.penalties)
    if count < limits.months or total < count:
        return None, count, None, None, False
    mean = Fraction(total, count)
    variance = sum((n - mean) ** 2 for n in told.penalties) / (count - 1)
    index = variance / mean
    p = chi_square_below(float((count - 1) * index), count - 1)
    return None, count, index, p, index < limits.dispersion and p < limits.level


def chi_square_below(x: float, freedom: int) -> float:
    """P(X ≤ x): the series of the lower incomplete gamma function."""
    if x == 0:
        return 0.0
    half, shape = x / 2, freedom / 2
    terms = [math.exp(n * math.log(half) - math.lgamma(shape + n + 1)) for n in range(600)]
    return math.exp(shape * math.log(half) - half) * sum(terms)


def fine_clustering(told: Told, limits: Limits) -> Found:
    total = len(told.fines)
    top = max(Counter(told.fines).values(), default=0)
    if total < limits.fines:
        return top, total, None, None, False
    return top, total, Fraction(top, total), None, top > limits.fine_share * total


def last_month_spike(told: Told, limits: Limits) -> Found:
    pairs = list(zip(told.months, told.penalties, strict=True))
    december = [n for month, n in pairs if month % 100 == 12]
    others = [n for month, n in pairs if month % 100 != 12]
    top, rest = sum(december), sum(others)
    if not december or len(others) < limits.months or not rest:
        return top, rest, None, None, False
    ratio = Fraction(top, len(december)) / Fraction(rest, len(others))
    p = binomial_above(top, top + rest, Fraction(len(december), len(pairs)))
    return top, rest, ratio, p, ratio > limits.spike_ratio and p < limits.level


def binomial_above(least: int, total: int, share: Fraction) -> float:
    """P(X ≥ least)."""
    chances = (
        math.comb(total, n) * share**n * (1 - share) ** (total - n) for n in range(least, total + 1)
    )
    return float(sum(chances))


def used_once(told: Told, limits: Limits) -> Found:
    once, used = told.by_power.count(1), sum(n > 0 for n in told.by_power)
    if used < limits.powers:
        return once, used, None, None, False
    return once, used, Fraction(once, used), None, once > limits.once_share * used


SIGNS: dict[str, Callable[[Told, Limits], Found]] = {
    "evenness": evenness,
    "fine_clustering": fine_clustering,
    "last_month_spike": last_month_spike,
    "used_once": used_once,
}
