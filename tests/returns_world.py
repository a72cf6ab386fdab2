"""Random worlds of cases and monthly returns, in memory and in a real database."""

import random
from dataclasses import dataclass
from datetime import date
from typing import Any

import pandas as pd
import plain
from builders import EAST, WEST, make_catalogue, make_fact
from hypothesis import strategies as st
from plain_returns import Returned, every_power
from return_builders import make_world, store_returns
from sqlalchemy.engine import Engine
from test_plain import (
    UNIT_CODES,
    codes,
    holding_lists,
    power_lists,
    record_holdings,
    same,
    start_anew,
    unit_lists,
)

from registry import db
from registry.snapshot import Snapshot, read_snapshot
from registry.window import Window

MONTHS = plain.months_between(202106, 202202)
"""What is returned is about these; windows may begin and end one month outside."""

WIDER = plain.months_between(202105, 202203)
DEPARTMENTS = ("urban_management", "water_affairs", "police")
KINDS = ("staffing", "complaints", "whistles", "training")


@dataclass(frozen=True)
class ReturnsWorld:
    """A world with its cases as `make_fact` makes them, and what was returned beside the logs."""

    world: plain.World
    returned: Returned
    facts: list[dict[str, Any]]


@st.composite
def returns_worlds(draw: st.DrawFn) -> ReturnsWorld:
    """Units, powers and holdings as drawn; everything else from one number, for speed."""
    units, powers = draw(unit_lists()), draw(power_lists())
    recorded = [row for _, row in draw(holding_lists(units, powers, True))]
    chance = random.Random(draw(st.integers(0, 2**32)))
    holders = [unit["code"] for unit in units[2:]]
    world = plain.World(units, powers, recorded, WIDER)
    facts = some_cases(chance, holders, [power["code"] for power in powers])
    world.reported = plain.Reported(
        cases={(fact["unit"], str(n), ""): fact for n, fact in enumerate(facts)},
        covered=some_pairs(chance, holders),
    )
    return ReturnsWorld(world, some_returns(chance, holders, every_power(world)), facts)


def some_pairs(chance: random.Random, units: list[str]) -> set[tuple[str, int]]:
    """Each unit returned nothing, nearly everything or everything."""
    pairs = set()
    for unit in units:
        share = chance.choice([0, 0.8, 1, 1])
        pairs |= {(unit, month) for month in MONTHS if chance.random() < share}
    return pairs


def some_cases(chance: random.Random, units: list[str], powers: list[str]) -> list[dict[str, Any]]:
    facts = []
    for unit in units:
        busy = chance.choice([0, 1, 3])
        for month in MONTHS:
            for _ in range(chance.randint(0, busy)):
                named = chance.sample(powers, chance.randint(1, len(powers)))
                facts.append(
                    make_fact(
                        unit,
                        *named,
                        action=chance.choice(["penalty", "penalty", "inspection", "coercion"]),
                        day=date(month // 100, month % 100, chance.randint(1, 28)),
                        outcome=chance.choice(["punished", "punished", "withdrawn", None]),
                        fine_cny=chance.choice([None, 50.0, 50.0, 200.0, 0.0]),
                    )
                )
    return facts


def some_returns(chance: random.Random, units: list[str], powers: list[str]) -> Returned:
    covered = {kind: some_pairs(chance, units) for kind in KINDS[:3]}
    returned = Returned(covered=covered | {"training": some_pairs(chance, [EAST, WEST])})
    returned.topics = [
        {"code": f"t{n}", "powers": chance.sample(powers, chance.randint(1, len(powers)))}
        for n in range(chance.randint(0, 3))
    ]
    for unit, month in sorted(covered["staffing"]):
        if chance.random() < 0.8:
            returned.staffing.append(some_staff(chance, unit, month))
        else:  # of a unit that a return leaves out nobody knows the staff
            returned.covered["staffing"].remove((unit, month))
    for unit, month in sorted(covered["complaints"]):
        returned.complaints += some_complaints(chance, unit, month, returned.topics, powers)
    for unit, month in sorted(covered["whistles"]):
        for department in chance.sample(DEPARTMENTS, chance.randint(0, 3)):
            row = {"unit": unit, "month": month, "department": department}
            returned.whistles.append(row | some_answers(chance))
    for unit, month in sorted(returned.covered["training"]):
        for department in chance.sample(DEPARTMENTS, chance.randint(0, 3)):
            row = {"unit": unit, "month": month, "department": department}
            names = ("sessions", "officers_trained", "joint_operations")
            returned.training.append(row | {name: perhaps(chance, 5) for name in names})
    return returned


def perhaps(chance: random.Random, most: int) -> int | None:
    return None if chance.random() < 0.15 else chance.randint(0, most)


def some_staff(chance: random.Random, unit: str, month: int) -> dict[str, Any]:
    names = ("established", "in_post", "certified", "seconded", "front_line", "handled_case")
    more = ("auxiliary", "reviewers")
    sent = chance.sample(DEPARTMENTS, chance.randint(0, 3))
    return {
        "unit": unit,
        "month": month,
        **{name: perhaps(chance, 9) for name in (*names, *more)},
        "origins": {department: chance.randint(0, 5) for department in sent},
    }


def some_complaints(
    chance: random.Random,
    unit: str,
    month: int,
    topics: list[dict[str, Any]],
    powers: list[str],
) -> list[dict[str, Any]]:
    rows = []
    for topic in topics:
        if chance.random() < 0.5:
            said = {"topic": topic["code"], "power": "", "complaints": chance.randint(1, 4)}
            rows.append({"unit": unit, "month": month} | said)
    for power in chance.sample(powers, chance.randint(0, 1)):
        said = {"topic": "", "power": power, "complaints": chance.randint(1, 4)}
        rows.append({"unit": unit, "month": month} | said)
    return rows


def some_answers(chance: random.Random) -> dict[str, int | None]:
    called = chance.randint(0, 4)
    return {"called": called, "on_time": perhaps(chance, called), "solved": perhaps(chance, called)}


@st.composite
def windows(draw: st.DrawFn) -> plain.Months:
    start = draw(st.integers(0, len(WIDER) - 1))
    return WIDER[start : draw(st.integers(start + 1, len(WIDER)))]


def in_memory(made: ReturnsWorld) -> Snapshot:
    world = made.world
    return make_world(
        made.returned,
        made.facts,
        world.reported.covered,
        Window(MONTHS[0], MONTHS[-1]),
        units=world.units,
        powers=world.powers,
        holdings=world.holdings,
    )


def in_database(made: ReturnsWorld, engine: Engine) -> Snapshot:
    """The world in an emptied register, read back."""
    world = made.world
    catalogue = make_catalogue(world.units, world.powers)
    with db.writing(engine) as connection:
        start_anew(connection, world)
    record_holdings(engine, world.holdings)
    with db.writing(engine) as connection:
        covered = world.reported.covered
        store_returns(connection, catalogue, made.returned, made.facts, covered)
    with db.reading(engine) as connection:
        return read_snapshot(connection)


unit_groupings = st.lists(
    st.sampled_from([*plain.UNIT_LABELS, *plain.MONTH_LABELS]), max_size=2, unique=True
).map(tuple)
unit_filters = st.builds(plain.Filters, district=codes(EAST, WEST), unit=codes(*UNIT_CODES))


def compare_records(
    table: pd.DataFrame,
    expected: dict[plain.Label, plain.Figures],
    keys: tuple[str, ...],
    more: tuple[str, ...] = (),
) -> None:
    """Every record of the frame, told apart by its keys, says what plain Python says."""
    records = table.to_dict("records")
    found = {tuple(record[name] for name in keys): record for record in records}
    assert len(found) == len(records)
    assert set(found) == set(expected)
    for label, figures in expected.items():
        record = found[label]
        for name in ("numerator", "denominator", "value", "completeness"):
            assert same(record[name], getattr(figures, name)), (label, name, record, figures)
        for name, said in zip(more, figures.more, strict=True):
            assert record[name] == said, (label, name, record, figures)
