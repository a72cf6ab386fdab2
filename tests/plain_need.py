"""What is asked of a power and who holds it, a second time, in slow plain Python.

In: a `plain.World` and what was returned beside its logs. Out: figures by group and power.
"""

from datetime import date
from fractions import Fraction

import plain
import plain_demand
import plain_staffing
from plain_returns import Returned, complete, figures, held_pairs


def by_power(
    world: plain.World, months: plain.Months, by: tuple[str, ...], filters: plain.Filters
) -> dict[plain.Label, plain.Group]:
    return plain.groups(world, months, plain.by_power(by), filters)


def yearly_use(
    world: plain.World, months: plain.Months, by: tuple[str, ...], filters: plain.Filters
) -> dict[plain.Label, plain.Figures]:
    found = {}
    for name, group in by_power(world, months, by, filters).items():
        if due := plain.due(world, group):
            (power,) = group.powers
            cases = sum(plain.counted(world, u, power, group.months, "any") for u in group.units)
            known = sum(pair in world.reported.covered for pair in due)
            value = plain.share(12 * cases, known)
            found[name] = plain.Figures(cases, known, value, plain.share(known, len(due)))
    return found


def need(
    world: plain.World,
    returned: Returned,
    months: plain.Months,
    by: tuple[str, ...],
    filters: plain.Filters,
) -> dict[plain.Label, plain.Figures]:
    found = {}
    for name, group in by_power(world, months, by, filters).items():
        (power,) = group.powers
        due = held_pairs(world, group.units, [power], group.months)
        if due:
            found[*name, "complaints_per_unit"] = complaints(returned, power, due)
            found[*name, "unmet"] = unmet(world, returned, group, power, due)
    return found


def complaints(returned: Returned, power: str, due: list[tuple[str, int]]) -> plain.Figures:
    topics = {topic["code"] for topic in returned.topics if power in topic["powers"]}
    coded = any(row["power"] == power for row in returned.complaints)
    number = sum(
        row["complaints"]
        for row in returned.complaints
        if (row["unit"], row["month"]) in due and (row["topic"] in topics or row["power"] == power)
    )
    heard = sum(pair in returned.covered["complaints"] for pair in due)
    value = plain.share(12 * number, heard) if topics or coded else None
    return plain.Figures(number, heard, value, plain.share(heard, len(due)))


def unmet(
    world: plain.World,
    returned: Returned,
    group: plain.Group,
    power: str,
    due: list[tuple[str, int]],
) -> plain.Figures:
    holders = sorted({unit for unit, _ in due})
    states = {unit: topic_states(world, returned, unit, power, group.months) for unit in holders}
    needed = sum("needed_but_unused" in found for found in states.values())
    told = sum(bool(found - {None, "no_case_seen"}) for found in states.values())
    heard = complete(due, returned.covered["complaints"])
    return plain.Figures(needed, told, plain.share(needed, told) if heard else None, heard)


def topic_states(
    world: plain.World, returned: Returned, unit: str, power: str, months: list[int]
) -> set[str | None]:
    """The states of the power's topics in one unit."""
    group = plain.Group([unit], [power], months)
    return {
        plain_demand.of_subject(world, returned, group, "topic", topic["code"], topic["powers"])[
            "needed_but_unused"
        ].more[0]
        for topic in returned.topics
        if power in topic["powers"]
    }


def front_line(
    world: plain.World,
    returned: Returned,
    months: plain.Months,
    by: tuple[str, ...],
    filters: plain.Filters,
) -> dict[plain.Label, plain.Figures]:
    """Officers at the front line ÷ posts, over all units that held the power in the window."""
    found = {}
    for name, group in by_power(world, months, by, filters).items():
        (power,) = group.powers
        holders = [u for u in group.units if plain.held_in(world, u, power, group.months)]
        if holders:
            powers = [row["code"] for row in world.powers]
            due = held_pairs(world, holders, powers, group.months)
            rows = [plain_staffing.last_row(returned, unit, group.months) for unit in holders]
            steps = [plain_staffing.step_of(row, ("front_line",)) for row in rows if row]
            known = [step for step in steps if None not in step]
            found[name] = figures(
                sum(step[0] for step in known),
                sum(step[1] for step in known),
                complete(due, returned.covered["staffing"]),
            )
    return found


def held_share(
    world: plain.World, day: date, by: tuple[str, ...], filters: plain.Filters
) -> dict[plain.Label, plain.Figures]:
    found = {}
    for name, group in by_power(world, (day.year * 100 + day.month,), by, filters).items():
        (power,) = group.powers
        units = [world.unit(code) for code in group.units]
        holding = [u for u in units if plain.holds(u, power, day, world.holdings)]
        able = [
            u
            for u in units
            if plain.runs_on(u, day)
            and (u["unit_kind"] not in plain.NEVER_CITY_WIDE or u in holding)
        ]
        if holding:
            share = Fraction(len(holding), len(able))
            found[name] = plain.Figures(len(holding), len(able), share, Fraction(1))
    return found
