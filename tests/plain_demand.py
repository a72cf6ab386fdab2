"""Demand a second time, in slow plain Python, from DOMAIN §4, 9 alone."""

from dataclasses import replace
from fractions import Fraction
from typing import Any

import plain
from plain_returns import Returned, complete, count, every_power, figures, held_pairs

LIMIT = Fraction(12)
"""Complaints of a unit and year above which a topic's powers are needed."""

ACTIONS = {
    "inspections_after_complaints": lambda case: case["action"] == "inspection",
    "decisions_after_complaints": plain.decided,
}


def demand(
    world: plain.World,
    returned: Returned,
    months: plain.Months,
    by: tuple[str, ...],
    filters: plain.Filters,
) -> dict[plain.Label, plain.Figures]:
    """By the labels of `by`, which names `topic` or `power`, and the measure.

    `more` is the state, the complaints and the units above the limit; None for other measures.
    """
    subject = "power" if "power" in by else "topic"
    found: dict[plain.Label, plain.Figures] = {}
    rest = tuple(name for name in by if name != subject)
    # Filters of powers choose topics, not the powers of a group.
    units_only = replace(filters, department=(), domain=(), kind=())
    for name, group in plain.groups(world, months, rest, units_only).items():
        for code, powers in subjects(world, returned, subject, filters):
            labels = dict(zip(rest, name, strict=True)) | {subject: code}
            label = tuple(labels[column] for column in by)
            answers = of_subject(world, returned, group, subject, code, powers)
            for measure, answer in answers.items():
                found[*label, measure] = answer
    return found


def subjects(
    world: plain.World, returned: Returned, subject: str, filters: plain.Filters
) -> list[tuple[str, list[str]]]:
    """(code, powers) of everything complained of that has one of the chosen powers."""
    chosen = {
        power["code"]
        for power in world.powers
        if plain.chosen(filters.department, power["source_department"])
        and plain.chosen(filters.domain, power["domain"])
        and plain.chosen(filters.kind, power["kind"])
    }
    if subject == "power":
        return [(code, [code]) for code in every_power(world) if code in chosen]
    everything = len(chosen) == len(world.powers)
    return [
        (topic["code"], topic["powers"])
        for topic in returned.topics
        if everything or chosen & set(topic["powers"])
    ]


def of_subject(
    world: plain.World,
    returned: Returned,
    group: plain.Group,
    subject: str,
    code: str,
    powers: list[str],
) -> dict[str, plain.Figures]:
    rows = [
        row
        for row in returned.rows("complaints", group.units, group.months)
        if row[subject] == code
    ]
    answers = {}
    if due := held_pairs(world, group.units, every_power(world), group.months):
        heard = complete(due, returned.covered["complaints"])
        number = sum(row["complaints"] for row in rows if (row["unit"], row["month"]) in due)
        answers["complaints"] = count(number, True, heard, None, None, None)
    if held := held_pairs(world, group.units, powers, group.months):
        own = [row for row in rows if (row["unit"], row["month"]) in held]
        answers["needed_but_unused"] = needed(world, returned, group, powers, held, own)
        for measure, acts in ACTIONS.items():
            answers[measure] = funnel(world, group, powers, held, own, acts)
    return answers


def needed(
    world: plain.World,
    returned: Returned,
    group: plain.Group,
    powers: list[str],
    held: list[tuple[str, int]],
    own: list[dict[str, Any]],
) -> plain.Figures:
    covered = returned.covered["complaints"]
    above = 0
    for unit in group.units:
        months = sum(pair in covered for pair in held if pair[0] == unit)
        number = sum(row["complaints"] for row in own if row["unit"] == unit)
        above += months > 0 and number > LIMIT * months / 12
    complaints = sum(row["complaints"] for row in own)
    state = state_of(world, returned, group, powers, held, above)
    flag = state == "needed_but_unused"
    known = state not in ("no_case_seen", None)
    return count(int(flag), known, complete(held, covered), state, complaints, above)


def state_of(
    world: plain.World,
    returned: Returned,
    group: plain.Group,
    powers: list[str],
    held: list[tuple[str, int]],
    above: int,
) -> str | None:
    if any(
        plain.counted(world, unit, power, group.months, "any")
        for unit in group.units
        for power in powers
    ):
        return "used"
    if not any(pair in returned.covered["complaints"] for pair in held):
        return None
    if not above:
        return "below_limit"
    missing = any(pair not in world.reported.covered for pair in held)
    return "no_case_seen" if missing else "needed_but_unused"


def funnel(
    world: plain.World,
    group: plain.Group,
    powers: list[str],
    held: list[tuple[str, int]],
    own: list[dict[str, Any]],
    acts: Any,
) -> plain.Figures:
    """Units that acted from the month of their first complaint on ÷ units with complaints."""
    complained = sorted({row["unit"] for row in own if row["complaints"]})
    acted = 0
    for unit in complained:
        first = min(row["month"] for row in own if row["unit"] == unit and row["complaints"])
        acted += any(
            case["unit"] == unit
            and acts(case)
            and set(case["powers"]) & set(powers)
            and first <= plain.month_of(case["day"]) <= group.months[-1]
            for case in world.reported.cases.values()
        )
    share = complete(held, world.reported.covered)
    return figures(acted, len(complained), share, None, None, None)
