"""Legal review a second time: slow, in plain Python, from DOMAIN.md §4, 7 alone.

In: a `plain.World` whose cases also say what became of their review, the reviewers that units
returned, and which days are worked. Out: each measure as a dict from the labels of a group and
the measure's name to its figures. Nothing of the program is imported here.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import plain
import plain_procedure
from plain import Figures, Filters, Group, Label, Months, World
from plain_procedure import HALF, NINE_TENTHS, quantile

Case = dict[str, Any]
DAYS_ALLOWED = 5


@dataclass(frozen=True)
class Offices:
    """`reviewers` by (unit, month), where returned; `works` says whether a day is worked."""

    reviewers: dict[tuple[str, int], int]
    works: Callable[[date], bool]


def turnaround(case: Case, offices: Offices) -> int | None:
    """Working days d with requested < d ≤ completed; None where that says nothing."""
    start, end = case["review_requested_on"], case["review_completed_on"]
    if start is None or end is None or end < start:
        return None
    days = (start + timedelta(days=n) for n in range(1, (end - start).days + 1))
    return sum(offices.works(day) for day in days)


def waits(case: Case, day: date) -> bool:
    start, end = case["review_requested_on"], case["review_completed_on"]
    return start is not None and start <= day and (end is None or end > day)


def review(
    world: World, offices: Offices, months: Months, by: tuple[str, ...], filters: Filters
) -> dict[Label, Figures]:
    figures = {}
    labels = plain_procedure.labels_of(by, filters)
    for name, group in plain.groups(world, months, labels, filters).items():
        if plain.due(world, group):
            cases = plain_procedure.cases_of(world, group, by, filters)
            for measure, figure in measures_of(world, offices, group, cases).items():
                figures[*name, measure] = figure
    return figures


def measures_of(
    world: World, offices: Offices, group: Group, cases: list[Case]
) -> dict[str, Figures]:
    own = [
        case
        for case in cases
        if plain.month_of(case["day"]) in group.months and case["action"] != "inspection"
    ]
    completed = [case for case in cases if falls_in(case["review_completed_on"], group)]
    days = turnarounds(offices, group, cases)
    required = [case for case in own if case["review_required"] == "yes"]
    last = plain.days_of((group.months[-1],))[-1]

    def share(numerator: int, denominator: int) -> Figures:
        return plain_procedure.shown(world, group, numerator, denominator)

    return {
        "coverage": share(
            sum(case["review_completed_on"] is not None for case in required), len(required)
        ),
        "decided_without_review": share(sum(map(plain_procedure.breach, own)), 1),
        "review_unknown": share(sum(case["review_required"] is None for case in own), len(own)),
        "turnaround_median": quantile(world, group, days, HALF),
        "turnaround_p90": quantile(world, group, days, NINE_TENTHS),
        "on_time": share(sum(n <= DAYS_ALLOWED for n in days), len(days)),
        "returned": share(
            sum(case["review_outcome"] == "returned" for case in completed), len(completed)
        ),
        "backlog": share(sum(waits(case, last) for case in cases), 1),
        "cases_per_reviewer": per_reviewer(world, offices, group, cases),
    }


def falls_in(day: date | None, group: Group) -> bool:
    return day is not None and plain.month_of(day) in group.months


def turnarounds(offices: Offices, group: Group, cases: list[Case]) -> list[int]:
    """Working days of the reviews completed in the group's months."""
    completed = [case for case in cases if falls_in(case["review_completed_on"], group)]
    return [n for case in completed if (n := turnaround(case, offices)) is not None]


def turnaround_distribution(
    world: World, offices: Offices, months: Months, by: tuple[str, ...], filters: Filters
) -> dict[Label, Figures]:
    """Labels are those of the group and the working days."""
    figures = {}
    labels = plain_procedure.labels_of(by, filters)
    for name, group in plain.groups(world, months, labels, filters).items():
        if plain.due(world, group):
            cases = plain_procedure.cases_of(world, group, by, filters)
            days = turnarounds(offices, group, cases)
            for taken, found in plain_procedure.distribution(world, group, days).items():
                figures[*name, taken] = found
    return figures


def per_reviewer(world: World, offices: Offices, group: Group, cases: list[Case]) -> Figures:
    """Requests ÷ reviewer-months, where reviewers and log of the unit and month are returned."""
    known = [
        (unit, month)
        for unit in group.units
        for month in group.months
        if (unit, month) in offices.reviewers and (unit, month) in world.reported.covered
    ]
    requests = sum(
        case["review_requested_on"] is not None
        and (case["unit"], plain.month_of(case["review_requested_on"])) in known
        for case in cases
    )
    reviewers = sum(offices.reviewers[pair] for pair in known)
    due = plain.due(world, group)
    complete = plain.share(sum(pair in known for pair in due), len(due))
    value = plain.share(requests, reviewers) if complete else None
    return Figures(requests, reviewers, value, complete)
