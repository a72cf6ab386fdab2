"""Every measure equals its second implementation in plain Python, on random worlds.

Two ways lead there: cases straight into the roll-up and the cube (many worlds, no database), and
logs as files through the import into a real SQLite and a real PostgreSQL.
"""

import math
from dataclasses import asdict, replace
from datetime import date
from pathlib import Path
from typing import Any

import builders
import pandas as pd
import plain
import pytest
from builders import EAST, TODAY, WEST, make_holding, make_power, make_unit
from examples import examples
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st
from sqlalchemy.engine import Connection, Engine
from sqlmodel import Session, SQLModel

from registry import db, models
from registry.errors import RegistryError
from registry.intake.commit import import_log
from registry.intake.declaration import Declaration
from registry.measures.completeness import completeness
from registry.measures.exercise import coverage, dormant, exercise_rate
from registry.measures.grouping import Selection
from registry.rollups import rebuild
from registry.snapshot import Snapshot, read_snapshot
from registry.window import Window

MONTHS = plain.months_between(202011, 202202)
"""Logs are about these; windows may begin and end one month outside."""

WIDER = plain.months_between(202010, 202203)
DAYS = sorted(
    {
        day
        for month in MONTHS
        for day in (
            date(month // 100, month % 100, 1),
            date(month // 100, month % 100, 2),
            date(month // 100, month % 100, 15),
            plain.days_of((month,))[-1],
        )
    }
)
UNIT_CODES = [f"{EAST}001", f"{EAST}002", f"{EAST}003", f"{WEST}001", f"{WEST}002"]
POWER_CODES = ["P1", "P2", "P3", "P4"]
SCOPES = [*POWER_CODES, EAST, WEST, *UNIT_CODES]
QUICK = {"deadline": None, "suppress_health_check": list(HealthCheck), "print_blob": True}


# Random worlds

days = st.sampled_from(DAYS)
seldom = st.sampled_from([False] * 19 + [True])
Place = tuple[str, date, list[str]]
"""A unit, a day and the powers that the unit holds on it."""


@st.composite
def spans(draw: st.DrawFn) -> dict[str, date | None]:
    """A unit's validity: usually open, otherwise it begins or ends somewhere inside."""
    first, last = sorted(draw(st.tuples(days, days)))
    begins, ends = draw(st.sampled_from([(0, 0), (0, 0), (0, 0), (1, 0), (0, 1), (1, 1)]))
    return {
        "valid_from": first if begins else None,
        "valid_to": last if ends and (first < last or not begins) else None,
    }


@st.composite
def unit_lists(draw: st.DrawFn) -> list[dict[str, Any]]:
    kinds = st.sampled_from(["subdistrict", "subdistrict", "town", "other"])
    holders = [
        make_unit(code, unit_kind=draw(kinds), **draw(spans()))
        for code in UNIT_CODES
        if code[-1] == "1" or draw(st.booleans())
    ]
    return [make_unit(EAST, unit_kind="district"), make_unit(WEST, unit_kind="district"), *holders]


@st.composite
def power_lists(draw: st.DrawFn) -> list[dict[str, Any]]:
    return [
        make_power(
            code,
            kind=draw(st.sampled_from(["penalty", "coercion"])),
            source_department=draw(st.sampled_from(["urban_management", "water_affairs"])),
            domain=draw(st.sampled_from(["city_appearance", "river_lake", ""])),
        )
        for code in POWER_CODES[: draw(st.integers(1, 4))]
    ]


@st.composite
def holding_lists(
    draw: st.DrawFn,
    units: list[dict[str, Any]],
    powers: list[dict[str, Any]],
    others_hold: bool,
) -> list[tuple[int, dict[str, Any]]]:
    """Rows of holding, none of one scope overlapping, each with the number of logs before it."""
    rows: list[tuple[int, dict[str, Any]]] = []
    for power in powers:
        begins = draw(st.sampled_from([date(2020, 7, 1)] * 4 + [date(2021, 3, 16)]))
        ends = draw(st.sampled_from([None] * 4 + [date(2021, 10, 10)]))
        rows.append((0, make_holding(power["code"], valid_from=begins, valid_to=ends)))
    holders = [unit for unit in units[2:] if others_hold or unit["unit_kind"] != "other"]
    scopes = ["", EAST, WEST, *(unit["code"] for unit in holders)]
    for _ in range(draw(st.integers(0, 6))):
        first, last = sorted(draw(st.tuples(days, days)))
        whole = draw(st.integers(0, 2)) == 0
        row = make_holding(
            draw(st.sampled_from(powers))["code"],
            draw(st.sampled_from(scopes)),
            valid_from=date(2020, 7, 1) if whole else first,
            valid_to=last if last > first and not whole and draw(st.booleans()) else None,
            held=draw(st.booleans()),
        )
        if not any(overlap(row, other) for _, other in rows):
            rows.append((draw(st.sampled_from([0, 1, 2, 9])), row))
    return rows


def overlap(one: dict[str, Any], other: dict[str, Any]) -> bool:
    same = all(one[name] == other[name] for name in ("power", "scope", "scope_code"))
    latest = date(9999, 1, 1)
    return (
        same
        and one["valid_from"] < (other["valid_to"] or latest)
        and other["valid_from"] < (one["valid_to"] or latest)
    )


@st.composite
def case_rows(draw: st.DrawFn, places: list[Place], anywhere: list[Place]) -> list[plain.Row]:
    """A case in one row with all its powers, or in a row for each; usually nothing is wrong."""
    unit, day, powers = draw(st.sampled_from(anywhere if draw(seldom) else places or anywhere))
    action = draw(st.sampled_from(["penalty", "行政处罚", "penalty", "行政强制", "inspection"]))
    fewest = 0 if action == "inspection" or draw(seldom) else 1
    powers = POWER_CODES[:1] if not powers or draw(seldom) else powers
    named = draw(st.lists(st.sampled_from(powers), min_size=fewest, max_size=3, unique=True))
    dated = draw(
        st.sampled_from(["decided_on", "decided_on", "decided_on", "closed_on", "filed_on"])
    )
    row = {
        "case_no": draw(
            st.sampled_from(["〔2021〕1号", "〔2021〕2号", "〔2021〕3号", "罚4", "罚5"])
        ),
        "unit": unit,
        "power": ";".join(named),
        "action": action,
        "filed_on": "",
        "decided_on": "",
        "closed_on": "",
        "outcome": draw(
            st.sampled_from(["punished", "予以处罚", "not_punished", "withdrawn", "移送", ""])
        ),
        "fine_cny": draw(st.sampled_from(["", "50", "200"])),
    } | {dated: day.isoformat()}
    if dated == "decided_on":
        other = draw(st.sampled_from(["", "", day.isoformat(), draw(days).isoformat()]))
        row |= {"filed_on": other}
    if len(named) > 1 and draw(st.booleans()):
        return [row | {"power": power} for power in named]
    return [row]


@st.composite
def log_files(
    draw: st.DrawFn,
    units: list[dict[str, Any]],
    powers: list[dict[str, Any]],
    holdings: list[dict[str, Any]],
) -> plain.Log:
    first = draw(st.integers(0, len(MONTHS) - 1))
    months = MONTHS[first : first + draw(st.sampled_from([1, 2, 6, 16]))]
    districts = draw(st.sampled_from([(EAST,), (WEST,), (EAST, WEST)]))
    declared = [unit for unit in units[2:] if unit["district_code"] in districts]
    named: tuple[str, ...] = ()
    if draw(st.integers(0, 3)) == 0:
        declared = draw(st.lists(st.sampled_from(declared), min_size=1, unique_by=str))
        named = tuple(sorted(unit["code"] for unit in declared))
    anywhere = [
        (
            unit["code"],
            day,
            [p["code"] for p in powers if plain.holds(unit, p["code"], day, holdings)],
        )
        for unit in (declared if named else units[2:])
        for day in (DAYS[0], *DAYS[1::5], DAYS[-1])
    ]
    places = [
        (unit["code"], day, held)
        for unit in declared
        for day in DAYS
        if plain.month_of(day) in months
        and (held := [p["code"] for p in powers if plain.holds(unit, p["code"], day, holdings)])
    ]
    fewest = draw(st.sampled_from([0, 4, 4, 4]))
    once = None if draw(seldom) else identity
    cases = draw(
        st.lists(case_rows(places, anywhere), min_size=fewest, max_size=12, unique_by=once)
    )
    rows = [row for case in cases for row in case]
    for lacking in draw(st.sampled_from([(), (), ("outcome",), ("fine_cny",)])):
        rows = [{name: row[name] for name in row if name != lacking} for row in rows]
    return plain.Log(tuple(rows), districts, months, named, tuple(holdings))


def identity(rows: list[plain.Row]) -> tuple[str, str, str]:
    return plain.identity(plain.tidy(rows[0]))


CHANGES = [
    {"outcome": "withdrawn"},
    {"outcome": ""},
    {"fine_cny": "70"},
    {"power": "P1"},
    {"power": "P2;P1"},
    {"filed_on": "2020-12-01"},
    {"decided_on": "2021-05-15"},
]


@st.composite
def corrected_logs(draw: st.DrawFn, log: plain.Log) -> plain.Log:
    """An earlier log once more: the very same, or with some rows changed or left out."""
    rows = []
    for row in log.rows:
        change = draw(st.sampled_from([{}, {}, {}, None, *CHANGES]))
        if change is not None:
            rows.append(row | {name: change[name] for name in change if name in row})
    months = draw(st.sampled_from([log.months, log.months, MONTHS]))
    return replace(log, rows=draw(st.sampled_from([tuple(rows)] * 4 + [log.rows])), months=months)


@st.composite
def worlds(
    draw: st.DrawFn, others_hold: bool = True
) -> tuple[plain.World, list[tuple[int, dict[str, Any]]]]:
    """A world, and its rows of holding each with the number of logs that came before it.

    others_hold: units of kind `other` may hold powers in their own name.
    """
    units, powers = draw(unit_lists()), draw(power_lists())
    recorded = draw(holding_lists(units, powers, others_hold))
    world = plain.World(units, powers, [row for _, row in recorded], WIDER)
    for number in range(draw(st.integers(1, 4))):
        known = [row for after, row in recorded if after <= number]
        if world.logs and draw(st.booleans()):
            log = draw(st.sampled_from(world.logs).flatmap(corrected_logs))
        else:
            log = draw(log_files(units, powers, known))
        world.logs.append(replace(log, holdings=tuple(known)))
    return world, recorded


# Random questions


@st.composite
def windows(draw: st.DrawFn, shortest: int = 1) -> plain.Months:
    start = draw(st.integers(0, len(WIDER) - shortest))
    return WIDER[start : draw(st.integers(start + shortest, len(WIDER)))]


groupings = st.lists(
    st.sampled_from([*plain.UNIT_LABELS, *plain.POWER_LABELS, *plain.MONTH_LABELS]),
    max_size=3,
    unique=True,
).map(tuple)
timeless = st.lists(
    st.sampled_from([*plain.UNIT_LABELS, *plain.POWER_LABELS]), max_size=2, unique=True
).map(tuple)


def codes(*choices: str) -> st.SearchStrategy[tuple[str, ...]]:
    """Usually no filter at all."""
    some = st.lists(st.sampled_from(choices), max_size=2, unique=True).map(tuple)
    return st.one_of(st.just(()), st.just(()), some)


filters = st.builds(
    plain.Filters,
    district=codes(EAST, WEST),
    unit=codes(*UNIT_CODES),
    department=codes("urban_management", "water_affairs"),
    domain=codes("city_appearance", "river_lake"),
    kind=codes("penalty", "coercion"),
)
questions = st.fixed_dictionaries(
    {
        "by": groupings,
        "timeless": timeless,
        "months": windows(),
        "year": windows(shortest=12),
        "aggregate": st.sampled_from(["union", "pooled", "mean"]),
        "basis": st.sampled_from(["decision", "any"]),
        "min_cases": st.sampled_from([1, 1, 2, 3]),
        "filters": filters,
    }
)


def check(world: plain.World, snapshot: Snapshot, question: dict[str, Any]) -> None:
    """All four measures answer the question as plain Python does."""
    months, chosen = question["months"], question["filters"]
    window, selection = Window(months[0], months[-1]), Selection(**asdict(chosen))
    by, k = question["by"], {name: question[name] for name in ("basis", "min_cases")}
    labels = by or ("city",)
    compare(
        exercise_rate(
            snapshot, window, by, aggregate=question["aggregate"], selection=selection, **k
        ),
        plain.exercise_rate(world, months, labels, question["aggregate"], filters=chosen, **k),
        labels,
    )
    compare(
        completeness(snapshot, window, by, selection=selection),
        plain.completeness(world, months, labels, chosen),
        labels,
        ("flagged",),
    )
    labels = plain.by_power(labels)
    compare(
        coverage(snapshot, window, by, selection=selection, **k),
        plain.coverage(world, months, labels, filters=chosen, **k),
        labels,
    )
    year, labels = question["year"], plain.by_power(question["timeless"] or ("city",))
    compare(
        dormant(snapshot, Window(year[0], year[-1]), question["timeless"], selection=selection),
        plain.dormant(world, year, labels, chosen),
        labels,
        ("state", "unit_months", "missing_unit_months"),
    )


def compare(
    table: pd.DataFrame,
    expected: dict[plain.Label, plain.Figures],
    by: tuple[str, ...],
    more: tuple[str, ...] = (),
) -> None:
    assert list(table.columns[: len(by)]) == list(by)
    records = table.to_dict("records")
    found = {tuple(record[name] for name in by): record for record in records}
    assert len(found) == len(records)
    assert set(found) == set(expected)
    for label, figures in expected.items():
        record = found[label]
        for name in ("numerator", "denominator", "value", "completeness"):
            assert same(record[name], getattr(figures, name)), (label, name, record, figures)
        assert tuple(record[name] for name in more) == figures.more, (label, record, figures)


def same(value: float, expected: Any) -> bool:
    if expected is None:
        return math.isnan(value)
    return math.isclose(value, float(expected), rel_tol=1e-12)


# Without a database


def snapshot_of(world: plain.World) -> Snapshot:
    return builders.make_snapshot(
        world.reported.cases.values(),
        world.reported.covered,
        units=world.units,
        powers=world.powers,
        holdings=world.holdings,
        flagged=world.reported.quarantined,
    )


def check_without_database(made: tuple[plain.World, Any], asked: list[dict[str, Any]]) -> None:
    world, _ = made
    snapshot = snapshot_of(world)
    event(f"cases: {min(len(world.reported.cases) // 5 * 5, 15)} or more")
    event(f"refused: {world.reported.counts.count(None)}, again: {world.reported.counts.count({})}")
    for fate in ("corrected", "unchanged", "quarantined", "skipped"):
        event(f"{fate}: {any(counts[fate] for counts in world.reported.counts if counts)}")
    for question in asked:
        check(world, snapshot, question)


@settings(max_examples=examples(200), **QUICK)
@given(worlds(), st.lists(questions, min_size=1, max_size=1))
def test_measures_equal_plain_python(made, asked):
    check_without_database(made, asked)


@pytest.mark.slow
@settings(max_examples=examples(400), **QUICK)
@given(worlds(), st.lists(questions, min_size=1, max_size=1))
def test_measures_equal_plain_python_in_many_worlds(made, asked):
    check_without_database(made, asked)


# Through files, the import and a database


def start_anew(connection: Connection, world: plain.World) -> None:
    for shape in reversed(SQLModel.metadata.sorted_tables):
        connection.execute(shape.delete())
    catalogue = builders.make_catalogue(world.units, world.powers)
    departments = dict.fromkeys(power["source_department"] for power in world.powers)
    with Session(connection, join_transaction_mode="rollback_only") as session:
        session.add_all(
            models.Department(code=code, name=code, position=place)
            for place, code in enumerate(departments)
        )
        session.add_all(
            models.Vocabulary(**word, position=place)
            for place, word in enumerate(catalogue.vocabulary.to_dict("records"))
        )
        session.flush()
        session.add_all(models.Unit(id=n, **unit) for n, unit in enumerate(world.units, 1))
        session.add_all(models.Power(id=n, **power) for n, power in enumerate(world.powers, 1))
        session.flush()
    rebuild(connection)


def record_holdings(engine: Engine, rows: list[dict[str, Any]]) -> None:
    with db.writing(engine) as connection:
        act = db.record_act(connection, "holding", "test")
        shape = db.table(models.Holding)
        for row in rows:
            connection.execute(shape.insert().values(**row, recorded_in=act))


def send(engine: Engine, log: plain.Log, path: Path) -> dict[str, int] | None:
    """What the import says of a log, in the words of `plain.Reported.counts`."""
    window = Window(log.months[0], log.months[-1])
    declared = Declaration(districts=log.districts, window=window, units=log.units)
    try:
        report = import_log(
            builders.write_log(path, log.rows), declared, today=TODAY, actor="test", on=engine
        )
    except RegistryError:
        return None
    names = ("read", "skipped", "accepted", "corrected", "unchanged", "quarantined")
    return {} if report.repeated else {name: getattr(report, name) for name in names}


def check_in_database(
    engine: Engine, folder: Path, made: tuple[plain.World, Any], asked: list[dict[str, Any]]
) -> None:
    """Logs and rows of holding come in by turns; then every question is asked."""
    world, recorded = made
    with db.writing(engine) as connection:
        start_anew(connection, world)
    for number, log in enumerate(world.logs):
        record_holdings(engine, [row for after, row in recorded if after == number])
        assert send(engine, log, folder / "log.csv") == world.reported.counts[number], number
    record_holdings(engine, [row for after, row in recorded if after >= len(world.logs)])
    with db.reading(engine) as connection:
        snapshot = read_snapshot(connection)
        known = read_snapshot(connection, db.revision(connection))
    for question in asked:
        check(world, snapshot, question)
        check(world, known, question)


@settings(max_examples=examples(10), **QUICK)
@given(made=worlds(), asked=st.lists(questions, min_size=1, max_size=1))
def test_measures_of_imported_logs_equal_plain_python(register, tmp_path_factory, made, asked):
    check_in_database(register, tmp_path_factory.getbasetemp(), made, asked)


@pytest.mark.slow
@settings(max_examples=examples(50), **QUICK)
@given(made=worlds(), asked=st.lists(questions, min_size=1, max_size=1))
def test_measures_of_imported_logs_equal_plain_python_in_many_worlds(
    register, tmp_path_factory, made, asked
):
    check_in_database(register, tmp_path_factory.getbasetemp(), made, asked)
