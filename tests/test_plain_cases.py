"""Review, procedure and fines equal their second implementation, on random worlds of cases.

Cases go straight into the roll-ups (many worlds, no database), and as rows, with earlier versions
beside them, into a real SQLite and a real PostgreSQL.
"""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

import builders
import chinese_calendar
import plain
import plain_procedure
import plain_review
import pytest
from examples import examples
from hypothesis import event, given, settings
from hypothesis import strategies as st
from sqlalchemy.engine import Connection, Engine
from test_plain import (
    MONTHS,
    QUICK,
    WIDER,
    compare,
    filters,
    groupings,
    holding_lists,
    power_lists,
    start_anew,
    unit_lists,
    windows,
)

from registry import db, models
from registry.measures.grouping import Selection
from registry.measures.procedure import fine_distribution, procedure
from registry.measures.review import review, turnaround_distribution
from registry.rollups import rebuild
from registry.snapshot import Snapshot, read_snapshot
from registry.window import Window

Case = dict[str, Any]
BEFORE_NEW_LAW, NEW_LAW = date(2021, 7, 14), date(2021, 7, 15)
case_days = st.one_of(
    st.dates(date(MONTHS[0] // 100, MONTHS[0] % 100, 1), date(2022, 2, 28)),
    st.sampled_from([BEFORE_NEW_LAW, NEW_LAW, date(2021, 9, 30), date(2021, 10, 8)]),
)
maybe_days = st.one_of(st.none(), case_days)


@dataclass(frozen=True)
class Town:
    """A world of cases, its earlier versions of cases, and its reviewers by (unit, month)."""

    world: plain.World
    offices: plain_review.Offices
    earlier: list[Case]


@st.composite
def cases(draw: st.DrawFn, units: list[str], powers: list[str]) -> Case:
    decided, closed, filed = draw(maybe_days), draw(maybe_days), draw(maybe_days)
    day = decided or closed or filed or draw(case_days)
    requested = draw(maybe_days)
    return {
        "unit": draw(st.sampled_from(units)),
        "action": draw(st.sampled_from(["penalty"] * 4 + ["coercion", "inspection"])),
        "powers": frozenset(draw(st.lists(st.sampled_from(powers), max_size=2))),
        "day": day,
        "decided_on": decided or (day if not closed and not filed else None),
        "closed_on": closed,
        "filed_on": filed,
        "procedure": draw(st.sampled_from([None, "summary", "ordinary", "ordinary"])),
        "party_type": draw(st.sampled_from([None, "individual", "organisation"])),
        "outcome": draw(
            st.sampled_from([None, "punished", "punished", "not_punished", "withdrawn"])
        ),
        "fine_cny": draw(st.sampled_from([None, 0.0, 50.0, 50.01, 200.0, 1000.0, 3000.0])),
        "review_required": draw(st.sampled_from([None, "yes", "yes", "no"])),
        "review_requested_on": requested,
        "review_completed_on": draw(st.one_of(st.just(requested), maybe_days)),
        "review_outcome": draw(st.sampled_from([None, "approved", "returned"])),
    }


@st.composite
def towns(draw: st.DrawFn) -> Town:
    units, powers = draw(unit_lists()), draw(power_lists())
    holdings = [row for _, row in draw(holding_lists(units, powers, True))]
    world = plain.World(units, powers, holdings, WIDER)
    codes = [unit["code"] for unit in units[2:]], [power["code"] for power in powers]
    found = draw(st.lists(cases(*codes), max_size=14))
    unit_months = st.lists(
        st.tuples(st.sampled_from(codes[0]), st.sampled_from(MONTHS)), max_size=30
    )
    world.reported = plain.Reported(
        cases={(case["unit"], case["action"], str(n)): case for n, case in enumerate(found)},
        covered=draw(
            st.one_of(st.just({(u, m) for u in codes[0] for m in MONTHS}), unit_months.map(set))
        ),
    )
    reviewers = draw(
        st.dictionaries(
            st.sampled_from([(u, m) for u in codes[0] for m in MONTHS]),
            st.integers(0, 3),
            max_size=12,
        )
    )
    offices = plain_review.Offices(reviewers, chinese_calendar.is_workday)
    return Town(world, offices, draw(st.lists(cases(*codes), max_size=3)))


questions = st.fixed_dictionaries({"by": groupings, "months": windows(), "filters": filters})


def check(town: Town, snapshot: Snapshot, question: dict[str, Any]) -> None:
    months, chosen = question["months"], question["filters"]
    window, selection = Window(months[0], months[-1]), Selection(**asdict(chosen))
    asked = {"by": question["by"], "selection": selection}
    by = question["by"] or ("city",)
    labels = plain_procedure.labels_of(by, chosen)
    compare(
        procedure(snapshot, window, **asked),
        plain_procedure.procedure(town.world, months, by, chosen),
        (*labels, "measure"),
    )
    compare(
        fine_distribution(snapshot, window, **asked),
        plain_procedure.fine_distribution(town.world, months, by, chosen),
        (*labels, "fine_cny"),
    )
    compare(
        review(snapshot, window, **asked),
        plain_review.review(town.world, town.offices, months, by, chosen),
        (*labels, "measure"),
    )
    compare(
        turnaround_distribution(snapshot, window, **asked),
        plain_review.turnaround_distribution(town.world, town.offices, months, by, chosen),
        (*labels, "working_days"),
    )


# Without a database


def snapshot_of(town: Town) -> Snapshot:
    world = town.world
    catalogue = builders.make_catalogue(world.units, world.powers)
    staffing = [(unit, month, n) for (unit, month), n in town.offices.reviewers.items()]
    return builders.make_snapshot(
        world.reported.cases.values(),
        [*world.reported.covered],
        units=world.units,
        powers=world.powers,
        holdings=world.holdings,
        returns=builders.make_staffing(catalogue, *staffing),
    )


def check_without_database(town: Town, question: dict[str, Any]) -> None:
    found = list(town.world.reported.cases.values())
    event(f"breaches: {any(map(plain_procedure.breach, found))}")
    event(f"overdue: {any(map(plain_procedure.overdue, found))}")
    event(f"reviewers: {bool(town.offices.reviewers)}")
    check(town, snapshot_of(town), question)


@settings(max_examples=examples(200), **QUICK)
@given(towns(), questions)
def test_review_and_procedure_equal_plain_python(town, question):
    check_without_database(town, question)


@pytest.mark.slow
@settings(max_examples=examples(500), **QUICK)
@given(towns(), questions)
def test_review_and_procedure_equal_plain_python_in_many_worlds(town, question):
    check_without_database(town, question)


# In a database


@pytest.fixture(scope="module")
def register(databases) -> Iterator[Engine]:
    """A migrated database that every example empties for itself."""
    url = databases.create()
    engine = db.engine_for(url)
    db.migrate(engine)
    yield engine
    engine.dispose()
    databases.drop(url)


def fill(connection: Connection, town: Town) -> None:
    """Rows as an import would leave them: versions, their powers, coverage, staffing."""
    start_anew(connection, town.world)
    first, second = (db.record_act(connection, "import", "test") for _ in range(2))
    batch = db.insert_row(connection, models.Batch, BATCH | {"recorded_in": first})
    for row in town.world.holdings:
        db.insert_row(connection, models.Holding, row | {"recorded_in": first})
    said = {"batch_id": batch, "said_in": first, "recorded_in": first}
    ended = said | {"superseded_in": second}
    current = town.world.reported.cases.values()
    rows = [(case, ended) for case in town.earlier] + [(case, said) for case in current]
    for number, (case, acts) in enumerate(rows, start=1):
        put_case(connection, number, case, acts, town.world)
    ids = {unit["code"]: n for n, unit in enumerate(town.world.units, 1)}
    for unit, month in sorted(town.world.reported.covered):
        row = {"unit_id": ids[unit], "month": month, "batch_id": batch, "recorded_in": first}
        db.insert_row(connection, models.Coverage, row)
    for number, ((unit, month), reviewers) in enumerate(town.offices.reviewers.items(), 1):
        row = {"id": number, "unit_id": ids[unit], "month": month, "reviewers": reviewers}
        db.insert_row(connection, models.Staffing, row | said)
    rebuild(connection)


BATCH = dict.fromkeys(
    ("read", "accepted", "corrected", "unchanged", "quarantined", "skipped", "warnings"), 0
) | {
    "kind": "usage",
    "file_name": "",
    "sha256": "",
    "declaration": "",
    "districts": "",
    "units": "",
}


def put_case(
    connection: Connection, number: int, case: Case, acts: dict[str, int], world: plain.World
) -> None:
    ids = {unit["code"]: n for n, unit in enumerate(world.units, 1)}
    powers = {power["code"]: n for n, power in enumerate(world.powers, 1)}
    facts = {name: case[name] for name in case if name not in ("unit", "powers", "day")}
    own = {"id": number, "unit_id": ids[case["unit"]], "case_day": case["day"]}
    own |= {"case_no": f"{number}号", "case_key": str(number)}
    connection.execute(db.table(models.Case).insert().values(**facts, **own, **acts))
    for code in case["powers"]:
        link = {"case_id": number, "power_id": powers[code]}
        connection.execute(db.table(models.CasePower).insert().values(**link))


def check_in_database(engine: Engine, town: Town, question: dict[str, Any]) -> None:
    with db.writing(engine) as connection:
        fill(connection, town)
    with db.reading(engine) as connection:
        snapshots = read_snapshot(connection), read_snapshot(connection, db.revision(connection))
    for snapshot in snapshots:
        check(town, snapshot, question)


@settings(max_examples=examples(15), **QUICK)
@given(town=towns(), question=questions)
def test_review_and_procedure_of_a_database_equal_plain_python(register, town, question):
    check_in_database(register, town, question)


@pytest.mark.slow
@settings(max_examples=examples(60), **QUICK)
@given(town=towns(), question=questions)
def test_review_and_procedure_of_a_database_equal_plain_python_in_many_worlds(
    register, town, question
):
    check_in_database(register, town, question)
