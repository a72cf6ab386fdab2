"""What if a district pools its reviewers: one queue for all its judicial offices.

In: the offices and what was simulated of each on its own. Out: two records a district, its
offices now and together.
"""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from registry.measures.exercise import divide
from registry.measures.judicial_offices import (
    NO_REVIEWER,
    NO_REVIEWS,
    NOT_RETURNED,
    REVIEWERS_UNKNOWN,
    JudicialOffices,
)
from registry.measures.queue import DISTRICT, HOURS_A_DAY, Draws, figures_of

FIGURES = ("share_late", "mean_wait")


@dataclass(frozen=True)
class _Districts:
    """`codes` and `number` (of the district's unit in the catalogue) of each; `district` of each
    office. rate: an office's reviews a working day, 0 where it cannot join."""

    offices: JudicialOffices
    codes: np.ndarray
    number: np.ndarray
    district: np.ndarray
    joins: np.ndarray
    rate: np.ndarray

    def total(self, values: np.ndarray) -> np.ndarray:
        """Sums over the offices that can join."""
        return np.bincount(self.district, np.where(self.joins, values, 0), len(self.codes))

    def any(self, flags: np.ndarray) -> np.ndarray:
        return np.bincount(self.district, flags, len(self.codes)) > 0

    @property
    def reviewers(self) -> np.ndarray:
        return self.total(self.offices.reviewers).astype(np.int64)

    @property
    def reason(self) -> np.ndarray:
        """Why a district cannot be simulated; '' where it can."""
        reasons = {
            NOT_RETURNED: ~self.any(self.offices.months > 0),
            NO_REVIEWS: ~self.any(self.offices.requests > 0),
            REVIEWERS_UNKNOWN: self.total(self.rate) == 0,
            NO_REVIEWER: self.reviewers == 0,
        }
        found = np.select(list(reasons.values()), list(reasons), default="")
        return found.astype(object)


def district_records(
    offices: JudicialOffices, now: pd.DataFrame, units: pd.DataFrame, seed: int
) -> list[pd.DataFrame]:
    """Frames of the scenarios now and pooled, a record a district; units: the catalogue's.

    Only offices whose log and reviewers are known join; `offices` counts them. Now: what was
    simulated of the offices, each with the weight of its reviews.
    """
    districts = _districts(offices, units)
    about = _about(districts)
    return [
        pd.DataFrame(about | {"scenario": "now"} | _now(districts, now)),
        pd.DataFrame(about | {"scenario": "pooled"} | _pooled(districts, seed)),
    ]


def _districts(offices: JudicialOffices, units: pd.DataFrame) -> _Districts:
    district, codes = pd.factorize(offices.units["district_code"].to_numpy())
    joins = (offices.months > 0) & ~np.isnan(offices.reviewers)
    number = pd.Index(units["code"]).get_indexer(codes)
    rate = np.where(joins, np.nan_to_num(offices.rate), 0)
    return _Districts(offices, np.asarray(codes), number, district, joins, rate)


def _about(districts: _Districts) -> dict[str, object]:
    """What both records of a district say."""
    offices, total = districts.offices, districts.total
    reviews = total(districts.rate * np.nan_to_num(divide(offices.days, offices.months)))
    able, joined = districts.reason == "", districts.any(districts.joins)
    work = total(districts.rate * offices.hours)
    # The turnaround of all its offices, as if the district were one.
    whole = replace(offices, position=districts.codes, office=districts.district[offices.office])
    return {
        "district": districts.codes,
        "unit": "",
        "load": np.where(able, divide(work / HOURS_A_DAY, districts.reviewers), np.nan),
        "reviewers": np.where(joined, districts.reviewers, np.nan),
        "reviews_a_month": np.where(joined, reviews, np.nan),
        "hours": np.where(able, divide(work, total(districts.rate)), np.nan),
        "observed_median": whole.median,
        "observations": whole.observations,
        "offices": total(np.ones(len(offices.position))).astype(np.int64),
        "reason": districts.reason,
    }


def _now(districts: _Districts, now: pd.DataFrame) -> dict[str, np.ndarray]:
    figures = {name: now[name].to_numpy(dtype=float) for name in FIGURES}
    weight = np.where(np.isnan(figures["share_late"]), 0, districts.rate)
    means = {
        name: divide(districts.total(weight * np.nan_to_num(values)), districts.total(weight))
        for name, values in figures.items()
    }
    return means | {"simulated_median": np.full(len(districts.codes), np.nan)}


def _pooled(districts: _Districts, seed: int) -> dict[str, np.ndarray]:
    able = np.flatnonzero(districts.reason == "")
    draws = Draws.of(seed, DISTRICT, districts.number[able])
    mean = np.empty_like(draws.even)
    for place, district in enumerate(able.tolist()):
        mean[:, place] = _mixed(districts, district, draws.even[:, place])
    rate, reviewers = districts.total(districts.rate)[able], districts.reviewers[able]
    found = figures_of(*draws.run(rate, mean, reviewers), districts.offices.limit)
    columns = {name: np.full(len(districts.codes), np.nan) for name in found}
    for name, values in found.items():
        columns[name][able] = values
    return columns


def _mixed(districts: _Districts, district: int, even: np.ndarray) -> np.ndarray:
    """Days that each review takes: it comes from an office by chance, as often as that sends."""
    members = np.flatnonzero((districts.district == district) & (districts.rate > 0))
    shares = np.cumsum(districts.rate[members]) / districts.rate[members].sum()
    office = members[np.searchsorted(shares, even, side="right").clip(max=len(members) - 1)]
    return districts.offices.hours[office] / HOURS_A_DAY
