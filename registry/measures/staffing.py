"""Staffing: the waterfall from established posts to officers who handled a case (DOMAIN §4, 6).

In: the staffing returns and, for the loads, the usage cube. Out: a record a group and measure.
Over a window a unit's last returned month in it counts. No ranking: what counts as an inspection
moves the loads by orders of magnitude between units.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby, product

import numpy as np
import pandas as pd

from registry.measures.completeness import months_held, months_returned
from registry.measures.exercise import divide
from registry.measures.family import NO_POWERS, both_known, total, whole_units
from registry.measures.grouping import Axis, Records, Selection, time_buckets, unit_axis
from registry.snapshot import Snapshot
from registry.window import Window

STAFFING = "staffing"
COUNTS = ("established", "auxiliary")
STEPS: dict[str, Callable[[pd.DataFrame], pd.Series]] = {
    "in_post": lambda staff: staff["in_post"],
    "certified": lambda staff: staff["certified"],
    "not_seconded": lambda staff: staff["certified"] - staff["seconded"],
    "front_line": lambda staff: staff["front_line"],
    "handled_case": lambda staff: staff["handled_case"],
}
"""Steps of the waterfall after the established posts, by which each is divided."""

LOADS = {
    "cases_per_front_line_officer": "cases",
    "inspections_per_front_line_officer": "inspections",
}
ORIGIN = "officers_by_origin"
ALL = ("established", *STEPS, *LOADS, ORIGIN, "auxiliary")
Figures = dict[str, np.ndarray]


@dataclass(frozen=True)
class _Stretch:
    """What is known of every unit over some months, units in the catalogue's order.

    staff: the last returned numbers. origins: the officers behind them by department. cases:
    `cases`, `inspections` of the months. All are missing where nothing was returned. due, staffed,
    logged: bool[months, units]. What not every measure asks for is found when it is asked for.
    """

    snapshot: Snapshot
    months: Window
    due: np.ndarray
    staffed: np.ndarray
    logged: np.ndarray

    @cached_property
    def staff(self) -> pd.DataFrame:
        return _only(self._last, self._held)

    @cached_property
    def origins(self) -> pd.DataFrame:
        return _only(_last_origins(self.snapshot, self.months, self._last["month"]), self._held)

    @cached_property
    def cases(self) -> pd.DataFrame:
        logged = np.logical_or.reduce(self.logged)
        return _only(_cases(self.snapshot, self.months), self._held & logged)

    @cached_property
    def _last(self) -> pd.DataFrame:
        return _last_rows(self.snapshot, self.months)

    @property
    def _held(self) -> np.ndarray:
        return np.logical_or.reduce(self.due)


def staffing(
    snapshot: Snapshot,
    window: Window,
    by: Sequence[str] = (),
    *,
    selection: Selection = Selection(),  # noqa: B008  frozen
    measures: Sequence[str] = ALL,
) -> pd.DataFrame:
    """Posts, the waterfall's steps ÷ established posts, loads and origins of officers.

    A unit whose number is missing for a step counts in neither side of it. `officers_by_origin`
    has a record for each department, named in column `origin`. Loads are cases (or inspections)
    of the window, each once, ÷ officers at the front line, over units with both known.
    `value` is a count, a fraction or cases per officer. Raises UsageError for groups or filters
    of powers: staff are not told by power.
    """
    by = whole_units(by, selection)
    units = unit_axis(snapshot.catalogue, by, selection)
    stretches = [(label, _stretch(snapshot, months)) for label, months in time_buckets(window, by)]
    frames = []
    for by_origin, names in groupby(measures, ORIGIN.__eq__):
        records = Records(by, units, NO_POWERS)
        if by_origin:
            records = Records((*by, "origin"), units, _origins(snapshot))
        frames.append(_frame(records, names, stretches))
    return pd.concat(frames, ignore_index=True).pipe(_origin_last)


def _frame(
    records: Records, measures: Iterable[str], stretches: list[tuple[tuple[str, ...], _Stretch]]
) -> pd.DataFrame:
    units, origins = records.units, records.powers
    for measure, (label, known) in product(measures, stretches):
        figures = _figures(measure, known, units, origins)
        shape = figures["value"].shape
        due = units.add(known.due.sum(axis=0)[units.positions], 0)[:, None]
        named = np.full(shape, measure, dtype=object)
        records.add(label, np.broadcast_to(due > 0, shape), measure=named, **figures)
    return records.frame()


def _figures(measure: str, known: _Stretch, units: Axis, origins: Axis) -> Figures:
    if measure in STEPS:
        return _ratio(STEPS[measure](known.staff), known.staff["established"], known, units)
    if measure in LOADS:
        return _load(known.cases[LOADS[measure]], known, units)
    if measure == ORIGIN:
        wanted = known.origins.reindex(columns=[label[0] for label in origins.labels])
        return _count(wanted.to_numpy(dtype=float), known, units)
    return _count(known.staff[[measure]].to_numpy(dtype=float), known, units)


def _count(numbers: np.ndarray, known: _Stretch, units: Axis) -> Figures:
    """A number of posts or people, missing where no unit gave it."""
    numerator, given = total(units, numbers)
    share = _completeness(known.staffed, known, units)
    value = np.where((given > 0) & (share > 0), numerator, np.nan)
    completeness = np.broadcast_to(share, value.shape)
    return _columns(numerator, np.ones_like(numerator), value, completeness)


def _ratio(upper: pd.Series, lower: pd.Series, known: _Stretch, units: Axis) -> Figures:
    return _divided(upper, lower, known.staffed, known, units)


def _load(cases: pd.Series, known: _Stretch, units: Axis) -> Figures:
    """Completeness asks for both returns: a month counts where log and staff are in."""
    both = known.staffed & known.logged
    return _divided(cases, known.staff["front_line"], both, known, units)


def _divided(
    upper: pd.Series, lower: pd.Series, returned: np.ndarray, known: _Stretch, units: Axis
) -> Figures:
    above, below = both_known(upper.to_numpy(dtype=float), lower.to_numpy(dtype=float))
    numerator, _ = total(units, above[:, None])
    denominator, _ = total(units, below[:, None])
    share = _completeness(returned, known, units)
    value = divide(numerator, denominator, np.nan_to_num(share))
    return _columns(numerator, denominator, value, share)


def _columns(
    numerator: np.ndarray, denominator: np.ndarray, value: np.ndarray, share: np.ndarray
) -> Figures:
    return {
        "numerator": numerator,
        "denominator": denominator,
        "value": value,
        "completeness": share,
    }


def _completeness(returned: np.ndarray, known: _Stretch, units: Axis) -> np.ndarray:
    """[unit groups, 1]: (unit, month) pairs returned ÷ pairs in which the unit held a power."""
    got = units.add((returned & known.due).sum(axis=0)[units.positions], 0)
    due = units.add(known.due.sum(axis=0)[units.positions], 0)
    return divide(got, due)[:, None]


def _stretch(snapshot: Snapshot, months: Window) -> _Stretch:
    return _Stretch(
        snapshot=snapshot,
        months=months,
        due=months_held(snapshot, months),
        staffed=months_returned(snapshot, months, STAFFING),
        logged=months_returned(snapshot, months),
    )


def _only(numbers: pd.DataFrame, units: np.ndarray) -> pd.DataFrame:
    """The numbers of these units (bool), missing for the others."""
    return numbers[units].reindex(numbers.index)


def _last_rows(snapshot: Snapshot, months: Window) -> pd.DataFrame:
    """Each unit's newest staffing row within the months, in the catalogue's order of units."""
    units = snapshot.catalogue.units["id"]
    numbers = snapshot.returns.staff.within(months, units.to_numpy())
    return pd.DataFrame(numbers, pd.Index(units), snapshot.returns.staff.names)


def _last_origins(snapshot: Snapshot, months: Window, last: pd.Series) -> pd.DataFrame:
    """Officers by department in each unit's newest row; missing where it named no department."""
    rows = months.rows(snapshot.returns.origins)
    newest = rows[rows["month"].eq(rows["unit_id"].map(last))]
    departments = [label[0] for label in _origins(snapshot).labels]
    unit, department = last.index.get_indexer(newest["unit_id"]), newest["department"]
    named = np.full((len(last), len(departments)), np.nan)
    named[unit] = 0
    np.add.at(named, (unit, pd.Index(departments).get_indexer(department)), newest["officers"])
    return pd.DataFrame(named, last.index, departments)


def _cases(snapshot: Snapshot, months: Window) -> pd.DataFrame:
    """`cases` and `inspections` of every unit, each case once."""
    sums = months.rows(snapshot.cube.totals).groupby("unit_id")[list(LOADS.values())].sum()
    return sums.reindex(snapshot.catalogue.units["id"], fill_value=0).astype(float)


def _origins(snapshot: Snapshot) -> Axis:
    """The source departments, then others that officers were said to come from."""
    source = list(snapshot.catalogue.names("department"))
    others = sorted(set(snapshot.returns.origins["department"].unique()) - set(source))
    places = np.arange(len(source) + len(others))
    return Axis(places, places, [(code,) for code in (*source, *others)], ("origin",))


def _origin_last(frame: pd.DataFrame) -> pd.DataFrame:
    """Column `origin` behind the others; None in records of other measures."""
    origin = frame["origin"] if "origin" in frame else pd.Series(None, frame.index, dtype=object)
    known = origin.astype(object).where(origin.notna(), None)
    return frame.drop(columns="origin", errors="ignore").assign(origin=known)
