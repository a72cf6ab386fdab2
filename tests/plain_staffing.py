"""The staffing waterfall a second time, in slow plain Python, from DOMAIN §4, 6 alone."""

from typing import Any

import plain
from plain_returns import Returned, complete, count, every_power, figures, held_pairs

STEPS = {
    "in_post": ("in_post",),
    "certified": ("certified",),
    "not_seconded": ("certified", "seconded"),
    "front_line": ("front_line",),
    "handled_case": ("handled_case",),
}
LOADS = {
    "cases_per_front_line_officer": ("inspection", "penalty", "coercion"),
    "inspections_per_front_line_officer": ("inspection",),
}


def staffing(
    world: plain.World,
    returned: Returned,
    months: plain.Months,
    by: tuple[str, ...],
    filters: plain.Filters,
) -> dict[plain.Label, plain.Figures]:
    """By the group's labels, the measure, and the department of origin or ''."""
    found: dict[plain.Label, plain.Figures] = {}
    for name, group in plain.groups(world, months, by, filters).items():
        due = held_pairs(world, group.units, every_power(world), group.months)
        if not due:
            continue
        staffed = complete(due, returned.covered["staffing"])
        holders = sorted({unit for unit, _ in due})
        rows = {unit: last_row(returned, unit, group.months) for unit in holders}
        given = [row for row in rows.values() if row is not None]
        for number in ("established", "auxiliary"):
            said = [row[number] for row in given if row[number] is not None]
            found[*name, number, ""] = count(sum(said), bool(said), staffed)
        for step, columns in STEPS.items():
            pairs = [step_of(row, columns) for row in given]
            known = [pair for pair in pairs if None not in pair]
            found[*name, step, ""] = figures(
                sum(pair[0] for pair in known), sum(pair[1] for pair in known), staffed
            )
        for load, actions in LOADS.items():
            found[*name, load, ""] = load_of(world, returned, group, due, rows, actions)
        for department in departments(world, returned):
            lists = [row["origins"] for row in given if row["origins"]]
            officers = sum(origins.get(department, 0) for origins in lists)
            found[*name, "officers_by_origin", department] = count(officers, bool(lists), staffed)
    return found


def last_row(returned: Returned, unit: str, months: list[int]) -> dict[str, Any] | None:
    rows = returned.rows("staffing", [unit], months)
    return max(rows, key=lambda row: row["month"]) if rows else None


def step_of(row: dict[str, Any], columns: tuple[str, ...]) -> tuple[Any, Any]:
    """(number of the step, established posts), None where not given."""
    numbers = [row[column] for column in columns]
    if None in numbers:
        return None, row["established"]
    return numbers[0] - sum(numbers[1:]), row["established"]


def load_of(
    world: plain.World,
    returned: Returned,
    group: plain.Group,
    due: list[tuple[str, int]],
    rows: dict[str, dict[str, Any] | None],
    actions: tuple[str, ...],
) -> plain.Figures:
    """Cases ÷ officers at the front line over units that returned log and staff."""
    logs, staff = world.reported.covered, returned.covered["staffing"]
    cases = officers = 0
    for unit, row in rows.items():
        logged = any((unit, month) in logs for month in group.months)
        if logged and row is not None and row["front_line"] is not None:
            officers += row["front_line"]
            cases += sum(
                case["unit"] == unit
                and case["action"] in actions
                and plain.month_of(case["day"]) in group.months
                for case in world.reported.cases.values()
            )
    return figures(cases, officers, complete(due, logs & staff))


def departments(world: plain.World, returned: Returned) -> set[str]:
    """The source departments and all that officers were said to come from."""
    source = {power["source_department"] for power in world.powers}
    return source | {code for row in returned.staffing for code in row["origins"]}
