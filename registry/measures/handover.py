"""The handing-over side: how a source department answers and trains those who took over.

In: whistle and training returns (吹哨报到), holdings and the usage cube. Out: a record a group,
source department and measure, beside the exercise rate of that department's powers.
"""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from registry.catalogue import Catalogue
from registry.errors import UsageError
from registry.language import N_
from registry.measures.completeness import months_returned
from registry.measures.exercise import Aggregate, divide, exercise_rate
from registry.measures.family import one_frame, whole_units
from registry.measures.grouping import (
    Axis,
    Records,
    Selection,
    power_axis,
    time_buckets,
    unit_axis,
)
from registry.snapshot import Snapshot
from registry.window import Window

BY_DISTRICT_ONLY = N_("培训按区报送，分不到街道、乡镇；请按全市或区分组")

DEPARTMENT = "department"
ANSWERS = {"on_time_rate": "on_time", "solved_rate": "solved"}
"""Shares of the calls, and the column that counts each."""

TRAINING = {
    "training_sessions": "sessions",
    "officers_trained": "officers_trained",
    "joint_operations": "joint_operations",
}
EXERCISE: dict[str, Aggregate] = {"exercise_rate": "union", "exercise_rate_pooled": "pooled"}
ALL = (*ANSWERS, *TRAINING, *EXERCISE)
Figures = dict[str, np.ndarray]


def handover(
    snapshot: Snapshot,
    window: Window,
    by: Sequence[str] = (),
    *,
    selection: Selection = Selection(),  # noqa: B008  frozen
    measures: Sequence[str] = ALL,
) -> pd.DataFrame:
    """What each source department did for the units that hold its powers; always by department.

    on_time_rate, solved_rate: calls answered on time (solved) ÷ calls, over returned rows that
    give both. training_sessions, officers_trained, joint_operations: how many. exercise_rate is
    the union rate of the department's powers, exercise_rate_pooled the one by pairs.
    Training is returned for whole districts: below them (groups or filters of units) its measures
    are left out. Raises UsageError where nothing else was asked for, and for other groups or
    filters of powers.
    """
    by = whole_units(by or ("city",), selection, (DEPARTMENT,))
    by = by if DEPARTMENT in by else (*by, DEPARTMENT)
    wanted = _told(by, selection, measures)
    frames = {name: _frame(name, snapshot, window, by, selection) for name in wanted}
    return one_frame(by, frames)


def _told(by: tuple[str, ...], selection: Selection, measures: Sequence[str]) -> tuple[str, ...]:
    """The measures that can be told by these groups."""
    below = bool({"unit", "unit_kind"} & set(by) or selection.unit)
    told = tuple(name for name in measures if not (below and name in TRAINING))
    if not told:
        raise UsageError(BY_DISTRICT_ONLY)
    return told


def _frame(
    measure: str, snapshot: Snapshot, window: Window, by: tuple[str, ...], selection: Selection
) -> pd.DataFrame:
    if measure in EXERCISE:
        aggregate = EXERCISE[measure]
        return exercise_rate(snapshot, window, by, aggregate=aggregate, selection=selection)
    units = unit_axis(snapshot.catalogue, by, selection)
    departments = _departments(snapshot.catalogue, selection)
    records = Records(by, units, departments)
    for label, stretch in time_buckets(window, by):
        held = _held(snapshot, stretch, departments)
        figures = (_answers if measure in ANSWERS else _training)(
            measure, snapshot, stretch, units, departments, held
        )
        records.add(label, _sum(held, units) > 0, **figures)
    return records.frame()


def _departments(catalogue: Catalogue, selection: Selection) -> Axis:
    """The chosen source departments, one group each."""
    labels = power_axis(catalogue, (DEPARTMENT,), selection).labels
    places = np.arange(len(labels))
    return Axis(places, places, labels, (DEPARTMENT,))


def _held(snapshot: Snapshot, stretch: Window, departments: Axis) -> np.ndarray:
    """bool[months, units, departments]: held one of the department's powers in the month."""
    patterns, which = snapshot.holdings.by_month(stretch)
    source = snapshot.catalogue.powers["source_department"].to_numpy()
    own = [
        np.logical_or.reduce(patterns[:, :, source == code], axis=2)[which]
        for (code,) in departments.labels
    ]
    return np.stack(own, axis=2) if own else np.zeros((*which.shape, patterns.shape[1], 0), bool)


def _sum(facts: np.ndarray, units: Axis) -> np.ndarray:
    """[months, units, departments] → int64[unit groups, departments]."""
    return units.add(np.add.reduce(facts, dtype=np.int64)[units.positions], 0)


def _answers(
    measure: str,
    snapshot: Snapshot,
    stretch: Window,
    units: Axis,
    departments: Axis,
    held: np.ndarray,
) -> Figures:
    """Calls count in months in which the unit held a power of the department."""
    rows = stretch.rows(snapshot.returns.whistles)
    known = rows[rows["called"].notna() & rows[ANSWERS[measure]].notna()]
    told = {
        name: _sum(_matrix(snapshot, stretch, departments, known, name) * held, units)
        for name in (ANSWERS[measure], "called")
    }
    returned = months_returned(snapshot, stretch, "whistles")[:, :, None] & held
    share = divide(_sum(returned, units), _sum(held, units))
    return {
        "numerator": told[ANSWERS[measure]],
        "denominator": told["called"],
        "value": divide(told[ANSWERS[measure]], told["called"], np.nan_to_num(share)),
        "completeness": share,
    }


def _training(
    measure: str,
    snapshot: Snapshot,
    stretch: Window,
    units: Axis,
    departments: Axis,
    held: np.ndarray,
) -> Figures:
    """A district's month is due where one of its units held a power of the department.

    A covered month whose row gives no number is missing like one that was not returned.
    """
    column = TRAINING[measure]
    due = _by_district(snapshot.catalogue, held)
    rows = stretch.rows(snapshot.returns.training)
    silent = rows[rows[column].isna()].assign(silent=1)
    unknown = _matrix(snapshot, stretch, departments, silent, "silent") > 0
    returned = months_returned(snapshot, stretch, "training")[:, :, None] & due & ~unknown
    given = rows[rows[column].notna()]
    number = _sum(_matrix(snapshot, stretch, departments, given, column) * due, units)
    share = divide(_sum(returned, units), _sum(due, units))
    return {
        "numerator": number,
        "denominator": np.ones_like(number),
        "value": np.where(share > 0, number.astype(float), np.nan),
        "completeness": share,
    }


def _by_district(catalogue: Catalogue, held: np.ndarray) -> np.ndarray:
    """What any unit of a district held, at the place of the district's own row."""
    units = catalogue.units
    due = np.zeros_like(held)
    for place, code in zip(catalogue.districts.index, catalogue.districts["code"], strict=True):
        members = units["district_code"].eq(code).to_numpy()
        due[:, units.index.get_loc(place)] = np.logical_or.reduce(held[:, members], axis=1)
    return due


def _matrix(
    snapshot: Snapshot, stretch: Window, departments: Axis, rows: pd.DataFrame, column: str
) -> np.ndarray:
    """int64[months, units, departments] of a column; other departments than these drop out."""
    axes: Mapping[str, pd.Index] = {
        "month": pd.Index(stretch.months),
        "unit_id": pd.Index(snapshot.catalogue.units["id"]),
        DEPARTMENT: pd.Index([code for (code,) in departments.labels], dtype=object),
    }
    places = [axis.get_indexer(rows[name]) for name, axis in axes.items()]
    known = np.logical_and.reduce([place >= 0 for place in places])
    matrix = np.zeros([len(axis) for axis in axes.values()], dtype=np.int64)
    numbers = rows[column].to_numpy(dtype=float)[known].astype(np.int64)
    np.add.at(matrix, tuple(place[known] for place in places), numbers)
    return matrix
