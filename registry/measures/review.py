"""Legal review: how much of it, how fast, how much waits, how heavy it is (DOMAIN §4, 7).

In: a snapshot, a window, group columns and filters. Out: the usual columns, `measure` among them.
Coverage and breaches are counts of registry/procedure.py by the case's day; all else is counted
over the reviews themselves, by the month of their request or completion.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from registry.adjustment.policy import Policy
from registry.measures.exercise import divide
from registry.measures.grid import OUTSIDE, Grid
from registry.measures.grouping import Selection
from registry.measures.spread import occurrences, quantiles, spread
from registry.reviews import LEFT, Counted, Reviews
from registry.snapshot import Snapshot
from registry.window import Window

Figures = dict[str, np.ndarray]
SAID = ("review_required", "review_not_required", "review_unknown")
COUNTS = (*SAID, "reviewed", "unreviewed_decisions")


@dataclass(frozen=True)
class Load:
    """The reviews that a question is about, each in the cell of its request or completion."""

    grid: Grid
    policy: Policy

    @property
    def reviews(self) -> Reviews:
        return self.grid.snapshot.reviews

    @cached_property
    def counts(self) -> dict[str, np.ndarray]:
        """What cases say of legal review, per cell of the case's day."""
        return self.grid.sums(self.grid.snapshot.procedure, COUNTS)

    def counted(self, name: str) -> Counted:
        return self.reviews.counted(name, each_once=self.grid.each_once)

    @cached_property
    def requests(self) -> Counted:
        return self.counted("requested").during(self.grid.window)

    @cached_property
    def requested(self) -> np.ndarray:
        """The cell of each of the requests."""
        return self.grid.cells(*_place(self.requests))

    @cached_property
    def completions(self) -> Counted:
        return self.counted("completed").during(self.grid.window)

    @cached_property
    def completed(self) -> np.ndarray:
        """The cell of each of the completions."""
        return self.grid.cells(*_place(self.completions))

    @cached_property
    def observed(self) -> np.ndarray:
        """The same for observations of turnaround alone."""
        return np.where(np.isnan(self.turnaround), OUTSIDE, self.completed)

    @cached_property
    def turnarounds(self) -> pd.DataFrame:
        """How many reviews of each cell took how many working days."""
        return occurrences(self.observed, self.turnaround, 1)

    @cached_property
    def turnaround(self) -> np.ndarray:
        """Of each of the completions."""
        return self.reviews.turnaround[self.completions.rows]

    @cached_property
    def reviewers(self) -> np.ndarray:
        """float64[months of the cube, units]: reviewers where they and the log are returned."""
        snapshot = self.grid.snapshot
        staffing = snapshot.returns.staffing
        found = np.full(snapshot.returned.shape, np.nan)
        month = pd.Index(snapshot.cube.window.months).get_indexer(staffing["month"])
        unit = pd.Index(snapshot.catalogue.units["id"]).get_indexer(staffing["unit_id"])
        found[month[month >= 0], unit[month >= 0]] = staffing["reviewers"].to_numpy()[month >= 0]
        return np.where(snapshot.returned, found, np.nan)

    def shown(self, numerator: np.ndarray, denominator: np.ndarray) -> Figures:
        """A share of what was returned; missing where nothing was."""
        return {
            "numerator": numerator,
            "denominator": denominator,
            "value": divide(numerator, denominator, self.grid.returns[0]),
            "completeness": self.grid.completeness,
        }


def _place(counted: Counted) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    return counted.months, counted.unit_ids, counted.power_ids


def _coverage(load: Load) -> Figures:
    return load.shown(load.counts["reviewed"], load.counts["review_required"])


def _decided_without_review(load: Load) -> Figures:
    breaches = load.counts["unreviewed_decisions"]
    return load.shown(breaches, np.ones_like(breaches))


def _review_unknown(load: Load) -> Figures:
    cases = np.sum([load.counts[name] for name in SAID], axis=0)
    return load.shown(load.counts["review_unknown"], cases)


def _turnaround(load: Load, tenths: int) -> Figures:
    days, count = quantiles(load.grid, load.turnarounds, tenths)
    value = np.where(load.grid.returns[0] > 0, days, np.nan)
    missing = np.full(load.grid.shape, np.nan)
    return load.shown(count, count) | {"numerator": missing, "value": value}


def _median(load: Load) -> Figures:
    return _turnaround(load, 5)


def _p90(load: Load) -> Figures:
    return _turnaround(load, 9)


def _on_time(load: Load) -> Figures:
    fast = load.turnaround <= load.policy.review_days
    return load.shown(load.grid.count(load.observed, fast), load.grid.count(load.observed))


def _returned(load: Load) -> Figures:
    returned = load.reviews.cases["returned"].to_numpy(dtype=bool)[load.completions.rows]
    return load.shown(load.grid.count(load.completed, returned), load.grid.count(load.completed))


def _backlog(load: Load) -> Figures:
    """What came in up to the end of each stretch, less what went out."""
    came, went = (
        load.grid.count(load.grid.cells_until(*_place(load.counted(name))))
        for name in ("requested", LEFT)
    )
    backlog = np.cumsum(came - went, axis=0)
    return load.shown(backlog, np.ones_like(backlog))


def _cases_per_reviewer(load: Load) -> Figures:
    """Reviews requested ÷ reviewer-months, both where reviewers and log are returned."""
    known = ~np.isnan(load.reviewers)
    requests = load.grid.count(_where_known(load, known))
    months = np.broadcast_to(_reviewer_months(load)[:, :, None], load.grid.shape)
    returned, due = load.grid.returns_of(known)
    return {
        "numerator": requests,
        "denominator": months,
        "value": divide(requests, months, returned),
        "completeness": divide(returned, due),
    }


def _where_known(load: Load, known: np.ndarray) -> np.ndarray:
    """The cell of each request's month; OUTSIDE where the unit's reviewers are not known in it."""
    snapshot, requests = load.grid.snapshot, load.requests
    month = pd.Index(snapshot.cube.window.months).get_indexer(requests.months)
    unit = pd.Index(snapshot.catalogue.units["id"]).get_indexer(requests.unit_ids)
    return np.where((month >= 0) & known[month, unit], load.requested, OUTSIDE)


def _reviewer_months(load: Load) -> np.ndarray:
    """int64[stretches, unit groups]."""
    snapshot, units = load.grid.snapshot, load.grid.units
    months = np.array(snapshot.cube.window.months)
    return np.stack(
        [
            units.add(np.nansum(load.reviewers[inside], axis=0)[units.positions], 0)
            for _, stretch in load.grid.stretches
            for inside in [(months >= stretch.first) & (months <= stretch.last)]
        ]
    ).astype(np.int64)


MEASURES: dict[str, Callable[[Load], Figures]] = {
    "coverage": _coverage,
    "decided_without_review": _decided_without_review,
    "review_unknown": _review_unknown,
    "turnaround_median": _median,
    "turnaround_p90": _p90,
    "on_time": _on_time,
    "returned": _returned,
    "backlog": _backlog,
    "cases_per_reviewer": _cases_per_reviewer,
}
ALL = tuple(MEASURES)


def review(
    snapshot: Snapshot,
    window: Window,
    by: Sequence[str] = (),
    *,
    selection: Selection = Selection(),  # noqa: B008  frozen
    policy: Policy | None = None,
    measures: tuple[str, ...] = ALL,
) -> pd.DataFrame:
    """Measures of legal review, for every group that held a power; a unit is its judicial office.

    coverage: reviewed ÷ penalties and coercions that required it; review_unknown: those that do
    not say ÷ all; decided_without_review: cases (a count). turnaround_median, turnaround_p90:
    working days, by month of completion, denominator the observations; on_time: within the
    policy's days ÷ observations; returned ÷ completed; backlog: cases waiting on the last day;
    cases_per_reviewer: reviews requested ÷ reviewer-months, where the reviewers are known.
    Questions that tell powers apart are answered by power.
    """
    load = Load(Grid.of(snapshot, window, by, selection), policy or snapshot.policy)
    records = load.grid.records()
    for measure in measures:
        load.grid.add(records, measure, **MEASURES[measure](load))
    return records.frame()


def turnaround_distribution(
    snapshot: Snapshot,
    window: Window,
    by: Sequence[str] = (),
    *,
    selection: Selection = Selection(),  # noqa: B008  frozen
) -> pd.DataFrame:
    """Group columns, `working_days`, reviews that took so many ÷ reviews observed.

    A record for each turnaround that occurs in a group, shortest first, by month of completion.
    """
    load = Load(Grid.of(snapshot, window, by, selection), snapshot.policy)
    found = spread(load.grid, "working_days", load.turnarounds)
    return found.astype({"working_days": np.int64})
