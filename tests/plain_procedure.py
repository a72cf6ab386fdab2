"""Procedure and fines a second time: slow, in plain Python, from DOMAIN.md §4, 8 alone.

In: a `plain.World` whose cases also say procedure, party_type, outcome, fine_cny and dates. Out:
each measure as a dict from the labels of a group to its figures. Nothing of the program is
imported here.
"""

import math
from collections import Counter
from datetime import date
from fractions import Fraction
from typing import Any

import plain
from plain import Figures, Filters, Group, Label, Months, World

Case = dict[str, Any]
NEW_LAW = date(2021, 7, 15)
OLD_LIMITS = {"individual": 50, "organisation": 1000}
NEW_LIMITS = {"individual": 200, "organisation": 3000}
DAYS_TO_DECIDE = 90
HALF, NINE_TENTHS = Fraction(1, 2), Fraction(9, 10)


def tells_powers_apart(by: tuple[str, ...], filters: Filters) -> bool:
    """Whether a question has to be answered power by power."""
    named = any(name in plain.POWER_LABELS for name in by)
    return bool(named or filters.department or filters.domain or filters.kind)


def labels_of(by: tuple[str, ...], filters: Filters) -> tuple[str, ...]:
    return plain.by_power(by) if tells_powers_apart(by, filters) else by


def cases_of(world: World, group: Group, by: tuple[str, ...], filters: Filters) -> list[Case]:
    """Cases of the group's units, of any month; under its one power where powers are told apart."""
    apart = tells_powers_apart(by, filters)
    return [
        case
        for case in world.reported.cases.values()
        if case["unit"] in group.units and (not apart or group.powers[0] in case["powers"])
    ]


def decided_penalty(case: Case) -> bool:
    return case["action"] == "penalty" and case["outcome"] not in plain.NOT_DECIDED


def ordinary(case: Case) -> bool:
    return decided_penalty(case) and case["procedure"] == "ordinary"


def has_known_limit(case: Case) -> bool:
    """An ordinary case, punished, of which fine and party are known."""
    known = case["fine_cny"] is not None and case["party_type"] in OLD_LIMITS
    return ordinary(case) and case["outcome"] == "punished" and known


def within_limit(case: Case) -> bool:
    limits = NEW_LIMITS if case["day"] >= NEW_LAW else OLD_LIMITS
    return has_known_limit(case) and case["fine_cny"] <= limits[case["party_type"]]


def timed(case: Case) -> bool:
    """An ordinary case with both dates, decided since the time limit is law."""
    both = case["filed_on"] and case["decided_on"]
    return bool(ordinary(case) and both and case["decided_on"] >= NEW_LAW)


def overdue(case: Case) -> bool:
    return timed(case) and (case["decided_on"] - case["filed_on"]).days > DAYS_TO_DECIDE


def filing_day(case: Case) -> date:
    return case["filed_on"] or case["day"]


SHARES: dict[str, tuple[Any, Any, Any]] = {
    "summary_share": (
        lambda case: decided_penalty(case) and case["procedure"] == "summary",
        lambda case: decided_penalty(case) and case["procedure"] is not None,
        lambda case: case["day"],
    ),
    "could_have_been_summary": (within_limit, has_known_limit, lambda case: case["day"]),
    "over_90_days": (overdue, timed, lambda case: case["day"]),
    "withdrawal_rate": (
        lambda case: case["action"] == "penalty" and case["outcome"] == "withdrawn",
        lambda case: case["action"] == "penalty",
        filing_day,
    ),
}
"""Measure → what counts above the line, what below it, and the day by which both count."""


def procedure(
    world: World, months: Months, by: tuple[str, ...], filters: Filters
) -> dict[Label, Figures]:
    """Labels are those of the group and the measure's name."""
    figures = {}
    for name, group in plain.groups(world, months, labels_of(by, filters), filters).items():
        if not plain.due(world, group):
            continue
        for measure, (above, below, day) in SHARES.items():
            cases = [
                case
                for case in cases_of(world, group, by, filters)
                if plain.month_of(day(case)) in group.months
            ]
            top, bottom = sum(map(above, cases)), sum(map(below, cases))
            figures[*name, measure] = shown(world, group, top, bottom)
        fines = fines_of(cases_of(world, group, by, filters), group)
        for measure, share in {"fine_median": HALF, "fine_p90": NINE_TENTHS}.items():
            figures[*name, measure] = quantile(world, group, fines, share)
    return figures


def shown(world: World, group: Group, numerator: int, denominator: int) -> Figures:
    complete = plain.completeness_of(world, group)
    value = plain.share(numerator, denominator) if complete else None
    return Figures(numerator, denominator, value, complete)


def distribution(world: World, group: Group, observed: list[Any]) -> dict[Any, Figures]:
    """Each value that occurs, observations with it ÷ all."""
    counts = Counter(observed)
    return {value: shown(world, group, n, len(observed)) for value, n in counts.items()}


def smallest_not_exceeded(observed: list[Any], share: Fraction) -> Any:
    """The inverted empirical distribution function; None where nothing was observed."""
    return sorted(observed)[math.ceil(len(observed) * share) - 1] if observed else None


def quantile(world: World, group: Group, observed: list[Any], share: Fraction) -> Figures:
    complete = plain.completeness_of(world, group)
    found = smallest_not_exceeded(observed, share)
    value = Fraction(found) if complete and found is not None else None
    return Figures(None, len(observed), value, complete)


def fines_of(cases: list[Case], group: Group) -> list[float]:
    """The fines of decided penalties of these months; 0 is none."""
    return [
        case["fine_cny"]
        for case in cases
        if decided_penalty(case)
        and case["fine_cny"]
        and plain.month_of(case["day"]) in group.months
    ]


def fine_distribution(
    world: World, months: Months, by: tuple[str, ...], filters: Filters
) -> dict[Label, Figures]:
    """Labels are those of the group and the fine."""
    figures = {}
    for name, group in plain.groups(world, months, labels_of(by, filters), filters).items():
        if plain.due(world, group):
            fines = fines_of(cases_of(world, group, by, filters), group)
            for fine, found in distribution(world, group, fines).items():
                figures[*name, fine] = found
    return figures


def monthly_counts(cases: list[Case]) -> dict[tuple[int, str, str | None], Counter[str]]:
    """(month, unit, power or None for each case once) → the counts of the stored roll-up."""
    found: dict[tuple[int, str, str | None], Counter[str]] = {}
    for case in cases:
        if case["action"] not in ("penalty", "coercion"):
            continue
        for power in (None, *sorted(case["powers"])):
            for name, (counts, day) in COUNTS.items():
                if counts(case):
                    key = (plain.month_of(day(case)), case["unit"], power)
                    found.setdefault(key, Counter())[name] += 1
    return found


def decision_day(case: Case) -> date | None:
    """The day of a decision that is known; an own date is a coercion's decision date."""
    return case["day"] if case["action"] == "coercion" else case["decided_on"]


def breach(case: Case) -> bool:
    """Decided without the legal review that was required (art. 58)."""
    known = case["action"] == "coercion" or (
        decided_penalty(case) and bool(case["decided_on"] or case["outcome"])
    )
    if case["review_required"] != "yes" or not known:
        return False
    completed, day = case["review_completed_on"], decision_day(case)
    return completed is None or (day is not None and completed > day)


def own_day(case: Case) -> date:
    return case["day"]


COUNTS: dict[str, tuple[Any, Any]] = {
    "summary": (SHARES["summary_share"][0], own_day),
    "ordinary": (ordinary, own_day),
    "fined_ordinary": (has_known_limit, own_day),
    "within_limit": (within_limit, own_day),
    "timed": (timed, own_day),
    "overdue": (overdue, own_day),
    "filed": (lambda case: case["action"] == "penalty", filing_day),
    "withdrawn": (SHARES["withdrawal_rate"][0], filing_day),
    "review_required": (lambda case: case["review_required"] == "yes", own_day),
    "review_not_required": (lambda case: case["review_required"] == "no", own_day),
    "review_unknown": (lambda case: case["review_required"] is None, own_day),
    "reviewed": (
        lambda case: case["review_required"] == "yes" and bool(case["review_completed_on"]),
        own_day,
    ),
    "unreviewed_decisions": (breach, own_day),
}
