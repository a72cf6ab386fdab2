"""Exercise rate, balance rate, coverage of a power, dormant powers (DOMAIN §4, 1 to 4).

Every function returns the group columns, then `numerator`, `denominator`, `value` and
`completeness`. Add up first, divide last.
"""

from collections.abc import Sequence
from typing import Literal

import numpy as np
import pandas as pd

from registry.errors import UsageError
from registry.language import N_
from registry.measures.completeness import returns_due
from registry.measures.grouping import (
    Axis,
    Records,
    Selection,
    check_dimensions,
    chosen,
    group_sums,
    power_axis,
    time_buckets,
    unit_axis,
    with_power,
)
from registry.snapshot import Snapshot
from registry.window import Window

Aggregate = Literal["union", "pooled", "mean"]
Basis = Literal["decision", "any"]

BALANCE_MIN_CASES = 3
DORMANT_MIN_MONTHS = 12
USED, DORMANT, NO_CASE_SEEN = "used", "dormant", "no_case_seen"


def exercise_rate(
    snapshot: Snapshot,
    window: Window,
    by: Sequence[str] = (),
    *,
    aggregate: Aggregate = "union",
    basis: Basis = "decision",
    min_cases: int = 1,
    selection: Selection = Selection(),  # noqa: B008  frozen
) -> pd.DataFrame:
    """Powers with at least `min_cases` cases ÷ powers held, for every group that held one.

    union: powers exercised by the group ÷ powers held by at least one of its units; the cases of
    its units are added before the sum is compared. pooled: pairs (unit, power) exercised ÷ pairs
    held. mean: sum of the units' own rates ÷ number of units that held a power; a unit without
    returns counts as 0 there, so that the mean stays a lower bound.
    `value` is a fraction, missing where the denominator or the completeness is 0.
    """
    by = check_dimensions(by)
    units = unit_axis(snapshot.catalogue, by, selection)
    powers = power_axis(snapshot.catalogue, by, selection)
    records = Records(by, units, powers)
    for label, stretch in time_buckets(window, by):
        held, counts = _pairs(snapshot, stretch, basis, units, powers)
        numerator, denominator = AGGREGATES[aggregate](held, counts, min_cases, units, powers)
        returned, due = returns_due(snapshot, stretch, units, powers)
        records.add(
            label,
            denominator > 0,
            numerator=numerator,
            denominator=denominator,
            value=divide(numerator, denominator, returned),
            completeness=divide(returned, due),
        )
    return records.frame()


def coverage(
    snapshot: Snapshot,
    window: Window,
    by: Sequence[str] = (),
    *,
    basis: Basis = "decision",
    min_cases: int = 1,
    selection: Selection = Selection(),  # noqa: B008  frozen
) -> pd.DataFrame:
    """Of each power: units that exercised it ÷ units that held it (a pooled rate by power)."""
    by = with_power(by)
    return exercise_rate(
        snapshot,
        window,
        by,
        aggregate="pooled",
        basis=basis,
        min_cases=min_cases,
        selection=selection,
    )


def dormant(
    snapshot: Snapshot,
    window: Window,
    by: Sequence[str] = (),
    *,
    selection: Selection = Selection(),  # noqa: B008  frozen
) -> pd.DataFrame:
    """The state of each power that the group held on every day of the window.

    Besides the usual columns (`numerator` cases of any action, `denominator` 1): `state` used,
    dormant or no_case_seen, `unit_months` of its holders and how many are `missing_unit_months`.
    Raises UsageError for a window of less than 12 months.
    """
    if len(window) < DORMANT_MIN_MONTHS:
        raise UsageError(
            N_("休眠职权要看至少 12 个月；{window} 只有 {count} 个月"),
            window=window,
            count=len(window),
        )
    by = with_power(by)
    units = unit_axis(snapshot.catalogue, by, selection)
    powers = power_axis(snapshot.catalogue, by, selection)
    records = Records((*by,), units, powers)
    for label, stretch in time_buckets(window, by):
        if len(stretch) < DORMANT_MIN_MONTHS:
            raise UsageError(N_("休眠职权要看至少 12 个月，不能按更短的期间分组"))
        _, counts = _pairs(snapshot, stretch, "any", units, powers)
        cases = group_sums(counts, units, powers)
        returned, due = returns_due(snapshot, stretch, units, powers)
        records.add(
            label,
            _held_throughout(snapshot, stretch, units, powers),
            state=_state(cases, due - returned),
            numerator=cases,
            denominator=np.ones_like(cases),
            value=np.where(returned > 0, cases.astype(float), np.nan),
            completeness=divide(returned, due),
            unit_months=due,
            missing_unit_months=due - returned,
        )
    return records.frame()


def _state(cases: np.ndarray, missing: np.ndarray) -> np.ndarray:
    silent = np.where(missing > 0, NO_CASE_SEEN, DORMANT)
    return np.where(cases > 0, USED, silent).astype(object)


def _held_throughout(snapshot: Snapshot, window: Window, units: Axis, powers: Axis) -> np.ndarray:
    """bool[unit groups, powers]: some unit of the group held it on every day."""
    every_day = [
        units.any(chosen(held, units, powers), 0) for _, held in snapshot.holdings.segments(window)
    ]
    return np.logical_and.reduce(every_day)


def _pairs(
    snapshot: Snapshot, window: Window, basis: str, units: Axis, powers: Axis
) -> tuple[np.ndarray, np.ndarray]:
    """(held on any day bool, cases int) of the selected units × powers, in the axes' order."""
    held = chosen(snapshot.holdings.during(window), units, powers)
    return held, chosen(snapshot.cube.counts(basis, window), units, powers)


def _union(
    held: np.ndarray, counts: np.ndarray, k: int, units: Axis, powers: Axis
) -> tuple[np.ndarray, np.ndarray]:
    once = k == 1  # nothing has to be added up
    exercised = units.any((counts > 0) & held, 0) if once else units.add(counts * held, 0) >= k
    return powers.add(exercised, 1), powers.add(units.any(held, 0), 1)


def _pooled(
    held: np.ndarray, counts: np.ndarray, k: int, units: Axis, powers: Axis
) -> tuple[np.ndarray, np.ndarray]:
    exercised = units.add((counts >= k) & held, 0)
    return powers.add(exercised, 1), powers.add(units.add(held, 0), 1)


def _mean(
    held: np.ndarray, counts: np.ndarray, k: int, units: Axis, powers: Axis
) -> tuple[np.ndarray, np.ndarray]:
    exercised = powers.add((counts >= k) & held, 1)
    holds = powers.add(held, 1)
    own_rates = np.divide(exercised, holds, out=np.zeros(holds.shape), where=holds > 0)
    return units.add(own_rates, 0), units.add((holds > 0).astype(np.int64), 0)


AGGREGATES = {"union": _union, "pooled": _pooled, "mean": _mean}


def divide(
    numerator: np.ndarray, denominator: np.ndarray, returned: np.ndarray | None = None
) -> np.ndarray:
    """The one division: missing (NaN) where the denominator, or what was returned, is 0."""
    known = denominator > 0 if returned is None else (denominator > 0) & (returned > 0)
    return np.divide(numerator, denominator, out=np.full(known.shape, np.nan), where=known)
