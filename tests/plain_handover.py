"""The handing-over side a second time, in slow plain Python."""

from dataclasses import replace
from fractions import Fraction

import plain
from plain_returns import Returned, complete, count, figures, held_pairs

ANSWERS = {"on_time_rate": "on_time", "solved_rate": "solved"}
TRAINING = {
    "training_sessions": "sessions",
    "officers_trained": "officers_trained",
    "joint_operations": "joint_operations",
}
EXERCISE = {"exercise_rate": "union", "exercise_rate_pooled": "pooled"}


def handover(
    world: plain.World,
    returned: Returned,
    months: plain.Months,
    by: tuple[str, ...],
    filters: plain.Filters,
) -> dict[plain.Label, plain.Figures]:
    """By the labels of `by`, which names `department`, and the measure."""
    found: dict[plain.Label, plain.Figures] = {}
    below = "unit" in by or "unit_kind" in by or filters.unit
    for name, group in plain.groups(world, months, by, filters).items():
        department = name[by.index("department")]
        held = held_pairs(world, group.units, group.powers, group.months)
        if not held:
            continue
        for measure, column in ANSWERS.items():
            found[*name, measure] = answers(returned, department, held, column)
        for measure, column in () if below else TRAINING.items():
            found[*name, measure] = training(world, returned, department, held, column)
    for measure, aggregate in EXERCISE.items():
        rates = plain.exercise_rate(world, months, by, aggregate, "decision", 1, filters)
        for name, rate in rates.items():
            found[*name, measure] = replace(rate, more=())
    return found


def answers(
    returned: Returned, department: str, held: list[tuple[str, int]], column: str
) -> plain.Figures:
    rows = [
        row
        for row in returned.whistles
        if (row["unit"], row["month"]) in held
        and row["department"] == department
        and row[column] is not None
    ]
    share = complete(held, returned.covered["whistles"])
    answered = sum(row[column] for row in rows)
    return figures(answered, sum(row["called"] for row in rows), share)


def training(
    world: plain.World,
    returned: Returned,
    department: str,
    held: list[tuple[str, int]],
    column: str,
) -> plain.Figures:
    """A district's month is due where one of its units held a power of the department."""
    due = sorted({(world.unit(unit)["district_code"], month) for unit, month in held})
    rows = [
        row
        for row in returned.training
        if (row["unit"], row["month"]) in due and row["department"] == department
    ]
    unknown = {(row["unit"], row["month"]) for row in rows if row[column] is None}
    share: Fraction | None = complete(due, returned.covered["training"] - unknown)
    return count(sum(row[column] or 0 for row in rows), True, share)
