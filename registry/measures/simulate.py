"""What if: legal review as a queue at each judicial office, by a small seeded simulation.

In: a snapshot and a window. Out: for each office and scenario the share of late reviews and the
mean wait. Reviews come at random (Poisson), each takes a reviewer a random time (exponential),
who comes first is reviewed first. Logs give request and completion only, so that waiting and
working cannot be told apart: working hours per review are an assumption of the policy, and
calibrated, office by office, so that the simulated median turnaround is the observed one.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from registry.adjustment.policy import Policy
from registry.errors import UsageError
from registry.language import N_
from registry.measures.exercise import divide
from registry.measures.grouping import POWER_DIMENSIONS, Selection, unit_axis
from registry.measures.judicial_offices import NO_REVIEWER, JudicialOffices, judicial_offices
from registry.measures.pool import district_records
from registry.measures.queue import HOURS_A_DAY, OFFICE, Draws, figures_of
from registry.snapshot import Snapshot
from registry.window import Window

SCENARIOS = ("now", "more_powers", "one_more", "one_fewer", "pooled")
MORE_POWERS = 30
REVIEWERS = {"one_more": 1, "one_fewer": -1}
SHORTEST, LONGEST, HALVINGS = 0.05, 400.0, 11
"""Between which hours per review the calibration looks, and how often it halves that range."""

COLUMNS = (
    *("district", "unit", "scenario", "share_late", "mean_wait", "load", "reviewers"),
    *("reviews_a_month", "hours", "observed_median", "simulated_median", "observations"),
    *("offices", "reason"),
)


def simulate(
    snapshot: Snapshot,
    window: Window,
    *,
    selection: Selection = Selection(),  # noqa: B008  frozen
    policy: Policy | None = None,
    scenarios: Sequence[str] = SCENARIOS,
    seed: int = 0,
) -> pd.DataFrame:
    """COLUMNS: a record for each office and scenario; for pooled two a district, now and pooled.

    share_late: reviews that take more than the policy's days; mean_wait: working days until a
    review begins; load: work that comes in ÷ work that the reviewers can do. At 1 or more they
    never catch up, and the figures are those of the first REVIEWS. hours: per review, calibrated
    where there are `observations`. `unit` is '' for a district, `offices` counts those in it.
    `reason` says why figures are missing. Raises UsageError for a filter by powers and for a
    scenario that there is none.
    """
    _check(selection, scenarios)
    units = np.sort(unit_axis(snapshot.catalogue, (), selection).positions)
    chosen = units[snapshot.holdings.can_hold[units]]
    offices = judicial_offices(snapshot, window, chosen, policy or snapshot.policy)
    draws = Draws.of(seed, OFFICE, offices.position)
    offices = _calibrated(offices, draws)
    alone = {*scenarios, "now"} - {"pooled"}
    found = {name: _office_records(_scenario(name, offices), draws) for name in alone}
    own = [found[name] for name in scenarios if name != "pooled"]
    if "pooled" in scenarios:
        own += district_records(offices, found["now"], snapshot.catalogue.units, seed)
    return pd.concat(own, ignore_index=True)[list(COLUMNS)]


def _check(selection: Selection, scenarios: Sequence[str]) -> None:
    for name in POWER_DIMENSIONS:
        if getattr(selection, name):
            raise UsageError(N_("--{name}：审核人员不按职权分，推演只按区和街乡"), name=name)
    for name in scenarios:
        if name not in SCENARIOS:
            raise UsageError(
                N_("--scenario {name}：没有这个情形；可用 {known}"),
                name=name,
                known=", ".join(SCENARIOS),
            )


def _calibrated(offices: JudicialOffices, draws: Draws) -> JudicialOffices:
    """With the hours per review at which the simulated median turnaround is the observed one.

    Medians of whole days jump, so that grouped ones are compared. Offices that cannot be run or
    have no observation keep the policy's hours.
    """
    able = _by_reviewers((offices.reason == "") & (offices.observations > 0), offices.reviewers)
    low, high = np.full(len(able), np.log(SHORTEST)), np.full(len(able), np.log(LONGEST))
    own = draws.take(able)
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        fast = _is_faster(offices, able, own, np.exp(middle))
        low, high = np.where(fast, middle, low), np.where(fast, high, middle)
    hours = offices.hours.copy()
    # At this end of the range the median is at most the observed one, at the other it may pass it.
    hours[able] = np.exp(low)
    return replace(offices, hours=hours)


def _is_faster(
    offices: JudicialOffices, able: np.ndarray, draws: Draws, hours: np.ndarray
) -> np.ndarray:
    """Whether more than half of the simulated reviews take less than the observed median."""
    servers = offices.reviewers[able].astype(np.int64)
    _, taken = draws.run(offices.rate[able], hours[:, None] / HOURS_A_DAY, servers)
    median = offices.median[able]
    shorter = (taken < median[:, None]).mean(axis=(0, 2))
    equal = (taken == median[:, None]).mean(axis=(0, 2))
    return shorter + (offices.grouped_median[able] - median + 0.5) * equal > 0.5


@dataclass(frozen=True)
class _Scenario:
    """What a scenario makes of the offices: reviews a day, reviewers, why one cannot be run."""

    name: str
    offices: JudicialOffices
    rate: np.ndarray
    reviewers: np.ndarray
    reason: np.ndarray


def _scenario(name: str, offices: JudicialOffices) -> _Scenario:
    more: np.ndarray | float = 1.0
    if name == "more_powers":
        # As many reviews a power and month as the present ones bring; none held, none more.
        more = 1 + MORE_POWERS * np.nan_to_num(divide(offices.months, offices.held))
    reviewers = np.maximum(offices.reviewers + REVIEWERS.get(name, 0), 0)
    staffed = np.isin(offices.reason, ["", NO_REVIEWER])
    reason = np.where(staffed, np.where(reviewers > 0, "", NO_REVIEWER), offices.reason)
    return _Scenario(name, offices, offices.rate * more, reviewers, reason)


def _office_records(scenario: _Scenario, draws: Draws) -> pd.DataFrame:
    offices = scenario.offices
    able = _by_reviewers(scenario.reason == "", scenario.reviewers)
    mean, servers = offices.hours[able] / HOURS_A_DAY, scenario.reviewers[able].astype(np.int64)
    found = figures_of(
        *draws.take(able).run(scenario.rate[able], mean[:, None], servers), offices.limit
    )
    found["load"] = scenario.rate[able] * mean / servers
    columns = {name: np.full(len(offices.position), np.nan) for name in found}
    for name, values in found.items():
        columns[name][able] = values
    return pd.DataFrame(_about(scenario) | columns)


def _by_reviewers(able: np.ndarray, reviewers: np.ndarray) -> np.ndarray:
    """Positions of the offices that are able, those with most reviewers first."""
    places = np.flatnonzero(able)
    return places[np.argsort(-reviewers[places], kind="stable")]


def _about(scenario: _Scenario) -> dict[str, object]:
    """What an office's record says besides the simulated figures."""
    offices = scenario.offices
    days_a_month = divide(offices.days, offices.months)
    return {
        "district": offices.units["district_code"].to_numpy(),
        "unit": offices.units["code"].to_numpy(),
        "scenario": scenario.name,
        "reviewers": scenario.reviewers,
        "reviews_a_month": scenario.rate * days_a_month,
        "hours": np.where(scenario.reason == "", offices.hours, np.nan),
        "observed_median": offices.median,
        "observations": offices.observations,
        "offices": np.ones(len(offices.position), dtype=np.int64),
        "reason": scenario.reason,
    }
