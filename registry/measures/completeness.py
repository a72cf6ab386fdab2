"""Completeness: how much of what should have been returned has been (DOMAIN §4, 5).

Missing is not zero: a covered month without rows is a nil return, an uncovered one is missing.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from registry.measures.grouping import (
    Axis,
    Records,
    Selection,
    check_dimensions,
    chosen,
    power_axis,
    time_buckets,
    unit_axis,
)
from registry.returns import USAGE_LOG
from registry.snapshot import Snapshot
from registry.window import Window


def completeness(
    snapshot: Snapshot,
    window: Window,
    by: Sequence[str] = (),
    *,
    selection: Selection = Selection(),  # noqa: B008  frozen
) -> pd.DataFrame:
    """(unit, month) pairs covered by an accepted return ÷ pairs in which a power was held.

    `flagged` counts the covered pairs that still have rows in quarantine.
    """
    by = check_dimensions(by)
    units = unit_axis(snapshot.catalogue, by, selection)
    powers = power_axis(snapshot.catalogue, by, selection)
    records = Records(by, units, powers)
    for label, stretch in time_buckets(window, by):
        returned, due = returns_due(snapshot, stretch, units, powers)
        flagged, _ = returns_due(snapshot, stretch, units, powers, snapshot.flagged)
        share = np.divide(returned, due, out=np.full(due.shape, np.nan), where=due > 0)
        records.add(
            label,
            due > 0,
            numerator=returned,
            denominator=due,
            value=share,
            completeness=share,
            flagged=flagged,
        )
    return records.frame()


def returns_due(
    snapshot: Snapshot,
    window: Window,
    units: Axis,
    powers: Axis,
    facts: np.ndarray | None = None,
) -> tuple[np.ndarray, np.ndarray]:
    """(returned, due) unit-months int[unit groups, power groups].

    A unit-month is due where the unit held one of the group's powers on any day of the month.
    """
    facts = snapshot.returned if facts is None else facts
    returned = snapshot.over(facts, window)[:, units.positions]
    patterns, which = snapshot.holdings.by_month(window)
    shape = (len(units.labels), len(powers.labels))
    got, due = np.zeros(shape, dtype=np.int64), np.zeros(shape, dtype=np.int64)
    for number, pattern in enumerate(patterns):
        holds = powers.any(chosen(pattern, units, powers), 1)
        months = which == number
        due += units.add(holds, 0) * int(months.sum())
        got += units.add(holds * returned[months].sum(axis=0)[:, None], 0)
    return got, due


def months_held(snapshot: Snapshot, window: Window, powers: np.ndarray | None = None) -> np.ndarray:
    """bool[months, units]: held one of the powers (positions; default all) on any day of it."""
    patterns, which = snapshot.holdings.by_month(window)
    among = patterns if powers is None else patterns[:, :, powers]
    return np.logical_or.reduce(among, axis=2)[which]


def months_returned(snapshot: Snapshot, window: Window, kind: str = USAGE_LOG) -> np.ndarray:
    """bool[months, units]: covered by an accepted return of this kind."""
    nothing = np.zeros_like(snapshot.returned)
    facts = snapshot.returned if kind == USAGE_LOG else snapshot.covered.get(kind, nothing)
    return snapshot.over(facts, window)
