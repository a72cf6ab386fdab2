"""Judicial offices as a what-if needs them: what comes in, who reviews, how long it took.

In: a snapshot and a window; an office is keyed by its unit. Out: arrays, one entry an office.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from registry.adjustment.policy import Policy
from registry.measures.exercise import divide
from registry.snapshot import Snapshot
from registry.window import Window, add_months, month_start
from registry.workdays import working_days

NOT_RETURNED, NO_REVIEWS = "not_returned", "no_reviews"
REVIEWERS_UNKNOWN, NO_REVIEWER = "reviewers_unknown", "no_reviewer"


@dataclass(frozen=True)
class JudicialOffices:
    """Arrays in the order of `units`; NaN for what is not known.

    position: of the unit in the catalogue. requests: reviews requested in its `months` returned
    months with `days` working days, in which `held` powers were held (summed over months).
    reviewers: in the last month that says how many. taken, office: turnaround of each observed
    review, and which office's it is. hours: that a review takes. limit: working days allowed.
    """

    units: pd.DataFrame
    position: np.ndarray
    requests: np.ndarray
    months: np.ndarray
    days: np.ndarray
    held: np.ndarray
    reviewers: np.ndarray
    taken: np.ndarray
    office: np.ndarray
    hours: np.ndarray
    limit: int

    @cached_property
    def rate(self) -> np.ndarray:
        """Reviews requested a working day."""
        return divide(self.requests, self.days)

    @cached_property
    def observations(self) -> np.ndarray:
        return np.bincount(self.office, minlength=len(self.position))

    @cached_property
    def median(self) -> np.ndarray:
        """The observed median turnaround (inverted CDF)."""
        ordered = np.append(self.taken[np.lexsort((self.taken, self.office))], np.nan)
        count = self.observations
        place = np.cumsum(count) - count + (count + 1) // 2 - 1
        return ordered[np.where(count > 0, place, -1)]

    @cached_property
    def grouped_median(self) -> np.ndarray:
        """The observed median, were reviews spread evenly over half a day around each day."""
        own, count = self.median[self.office], self.observations
        below = np.bincount(self.office, self.taken < own, len(count))
        at = np.bincount(self.office, self.taken == own, len(count))
        return self.median - 0.5 + divide(count / 2 - below, at)

    @cached_property
    def reason(self) -> np.ndarray:
        """Why an office cannot be simulated; '' where it can."""
        reasons = {
            NOT_RETURNED: self.months == 0,
            NO_REVIEWS: self.requests == 0,
            REVIEWERS_UNKNOWN: np.isnan(self.reviewers),
            NO_REVIEWER: self.reviewers == 0,
        }
        found = np.select(list(reasons.values()), list(reasons), default="")
        return found.astype(object)


def judicial_offices(
    snapshot: Snapshot, window: Window, chosen: np.ndarray, policy: Policy
) -> JudicialOffices:
    """The offices of units at these positions; hours are the policy's."""
    returned = snapshot.over(snapshot.returned, window)[:, chosen]
    patterns, which = snapshot.holdings.by_month(window)
    taken, office = _observed(snapshot, window, chosen)
    return JudicialOffices(
        units=snapshot.catalogue.units.iloc[chosen],
        position=chosen,
        requests=(_requests(snapshot, window)[:, chosen] * returned).sum(axis=0),
        months=returned.sum(axis=0),
        days=(_working_days(window)[:, None] * returned).sum(axis=0),
        held=(patterns.sum(axis=2)[which][:, chosen] * returned).sum(axis=0),
        reviewers=_last_reviewers(snapshot, window)[chosen],
        taken=taken,
        office=office,
        hours=np.full(len(chosen), policy.review_hours),
        limit=policy.review_days,
    )


def _requests(snapshot: Snapshot, window: Window) -> np.ndarray:
    """int64[months, units]: reviews by the month of their request."""
    reviews = snapshot.reviews
    month = pd.Index(window.months).get_indexer(reviews.months["requested"])
    unit = pd.Index(snapshot.catalogue.units["id"]).get_indexer(reviews.cases["unit_id"])
    counts = np.zeros((len(window), len(snapshot.catalogue.units)), dtype=np.int64)
    np.add.at(counts, (month[month >= 0], unit[month >= 0]), 1)
    return counts


def _working_days(window: Window) -> np.ndarray:
    """float64[months]."""
    firsts = [month_start(month) for month in (*window.months, add_months(window.last, 1))]
    before = np.array(firsts, "datetime64[D]") - 1
    return working_days(before[:-1], before[1:])


def _observed(
    snapshot: Snapshot, window: Window, chosen: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """(turnaround, office) of the reviews completed in the window."""
    reviews, ids = snapshot.reviews, snapshot.catalogue.units["id"].iloc[chosen]
    completed = reviews.months["completed"]
    office = pd.Index(ids).get_indexer(reviews.cases["unit_id"])
    inside = (completed >= window.first) & (completed <= window.last) & (office >= 0)
    inside &= ~np.isnan(reviews.turnaround)
    return reviews.turnaround[inside], office[inside]


def _last_reviewers(snapshot: Snapshot, window: Window) -> np.ndarray:
    """float64[units]."""
    last = window.rows(snapshot.returns.staffing).groupby("unit_id")["reviewers"].last()
    return snapshot.catalogue.units["id"].map(last).to_numpy(dtype=float)
