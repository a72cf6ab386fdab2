"""How often powers were used, for the record of one power; never a ranking."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from registry.access import scope
from registry.measures.completeness import completeness, returns_due
from registry.measures.exercise import Basis, divide
from registry.measures.grouping import (
    DIMENSIONS,
    TIME_DIMENSIONS,
    Axis,
    Records,
    Selection,
    check_dimensions,
    group_sums,
    power_axis,
    time_buckets,
    unit_axis,
)
from registry.snapshot import Snapshot
from registry.window import Window

STATES = np.array([0, 1, 1, 3])
"""A count (3 stands for all that are larger) → the least count of its state."""


def power_use(
    snapshot: Snapshot,
    window: Window,
    by: Sequence[str],
    *,
    basis: Basis = "any",
    selection: Selection = Selection(),  # noqa: B008  frozen
) -> pd.DataFrame:
    """Cases of each power by group: `numerator` cases, `denominator` 1.

    Nothing is added over powers: without a single selected power the groups are by power too.
    `value` is missing where no month was returned: missing is not zero.
    """
    by = check_dimensions(by)
    if len(selection.power) != 1 and "power" not in by:
        by = (*by, "power")
    units = unit_axis(snapshot.catalogue, by, selection)
    powers = power_axis(snapshot.catalogue, by, selection)
    chosen = np.ix_(units.positions, powers.positions)
    records = Records(by, units, powers)
    for label, stretch in time_buckets(window, by):
        counts = snapshot.cube.counts(basis, stretch)[chosen]
        held = snapshot.holdings.during(stretch)[chosen]
        holders = group_sums(held, units, powers)
        cases = _as_shown(group_sums(counts, units, powers), holders, units, by)
        returned, due = returns_due(snapshot, stretch, units, powers)
        share = np.divide(returned, due, out=np.full(due.shape, np.nan), where=due > 0)
        records.add(
            label,
            due > 0,
            numerator=cases,
            denominator=np.ones_like(cases),
            value=np.where(returned > 0, cases.astype(float), np.nan),
            completeness=share,
        )
    return records.frame()


def _as_shown(cases: np.ndarray, holders: np.ndarray, units: Axis, by: Sequence[str]) -> np.ndarray:
    """For whom aggregates alone are open, counts of a single unit as the least of their state, and
    none of its months; raises Refused for these.

    holders: how many units of a group held the power: the only one of its district has the
    district's count. The states are those of the measures: 0, 1 or 2, 3 or more.
    """
    whose = scope()
    if whose.sees_all_words:
        return cases
    single = np.diff(np.append(units.starts, len(units.positions))) == 1
    if (single[:, None] & (holders > 0)).any() and any(name in TIME_DIMENSIONS for name in by):
        whose.check_cases()
    alone = single[:, None] | (holders <= 1)
    return np.where(alone, STATES[np.minimum(cases, len(STATES) - 1)], cases)


def yearly_use(
    snapshot: Snapshot,
    window: Window,
    by: Sequence[str] = (),
    *,
    basis: Basis = "any",
    selection: Selection = Selection(),  # noqa: B008  frozen
) -> pd.DataFrame:
    """Cases of each power in a unit and year: cases ÷ unit-months held and returned, × 12."""
    cases = power_use(snapshot, window, by, basis=basis, selection=selection)
    groups = [name for name in cases.columns if name in DIMENSIONS]
    returned = completeness(snapshot, window, groups, selection=selection)["numerator"]
    months = returned.to_numpy()
    value = 12 * divide(cases["numerator"].to_numpy(), months)
    return cases.assign(denominator=months, value=value)
