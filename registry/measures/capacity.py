"""Who holds a power and can bear it: staff and load of the units behind each power.

In: the measures of staffing and legal review by unit, and holdings. Out: a record a group and
power. A unit counts with all its staff for every power that it holds: staff are not told by
power, so powers held by the same units have the same figures.
"""

from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd

from registry.measures.completeness import months_held
from registry.measures.exercise import divide
from registry.measures.family import one_frame
from registry.measures.grouping import (
    Axis,
    Records,
    Selection,
    chosen,
    group_sums,
    power_axis,
    unit_axis,
    with_power,
)
from registry.measures.review import review
from registry.measures.staffing import staffing
from registry.snapshot import Snapshot
from registry.window import Window

SOURCES: dict[str, Callable[..., pd.DataFrame]] = {
    "front_line": staffing,
    "cases_per_front_line_officer": staffing,
    "cases_per_reviewer": review,
}
ALL = tuple(SOURCES)


def capacity(
    snapshot: Snapshot,
    window: Window,
    by: Sequence[str] = (),
    *,
    selection: Selection = Selection(),  # noqa: B008  frozen
    measures: Sequence[str] = ALL,
) -> pd.DataFrame:
    """By power, never by month: `front_line`, `cases_per_front_line_officer` and
    `cases_per_reviewer` as the families staffing and review define them, over the units that held
    each power in the window."""
    by = with_power(by)
    units = unit_axis(snapshot.catalogue, by, selection)
    powers = power_axis(snapshot.catalogue, by, selection)
    held = chosen(snapshot.holdings.during(window), units, powers).astype(np.int64)
    records = {name: Records(by, units, powers) for name in measures}
    for name, numbers in _by_unit(snapshot, window, measures).items():
        sums = {column: _held_by(held, numbers[column], units, powers) for column in numbers}
        records[name].add(
            (),
            sums["due"] > 0,
            numerator=sums["numerator"],
            denominator=sums["denominator"],
            value=divide(sums["numerator"], sums["denominator"], sums["returned"]),
            completeness=divide(sums["returned"], sums["due"]),
        )
    return one_frame(by, {name: rows.frame() for name, rows in records.items()})


def _by_unit(
    snapshot: Snapshot, window: Window, measures: Sequence[str]
) -> dict[str, dict[str, np.ndarray]]:
    """int64[units] a measure: numerator, denominator, unit-months returned and due."""
    due = months_held(snapshot, window).sum(axis=0)
    found = {}
    for name in measures:
        rows = SOURCES[name](snapshot, window, ("unit",), measures=(name,))
        found[name] = _placed(snapshot, rows, due)
    return found


def _placed(snapshot: Snapshot, rows: pd.DataFrame, due: np.ndarray) -> dict[str, np.ndarray]:
    columns = ["numerator", "denominator", "completeness"]
    numbers = rows.set_index("unit")[columns].astype(float)
    numbers = numbers.reindex(snapshot.catalogue.units["code"]).fillna(0.0)
    counts = {name: numbers[name].to_numpy() for name in columns[:2]}
    counts |= {"returned": np.rint(numbers["completeness"].to_numpy() * due), "due": due}
    return {name: array.astype(np.int64) for name, array in counts.items()}


def _held_by(held: np.ndarray, numbers: np.ndarray, units: Axis, powers: Axis) -> np.ndarray:
    return group_sums(held * numbers[units.positions][:, None], units, powers)
