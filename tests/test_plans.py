"""What the product asks of a register with many cases, PostgreSQL answers by its indexes.

The statements are those that the product's own functions send; the plan of each is asked for on
the same connection at the moment when it is sent.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import sqlalchemy as sa
from builders import Undone
from intake_world import Intake, make_row, make_table
from sqlalchemy.engine import Connection, Engine

from benchmarks.pages import fill
from registry import bulk, catalogue, db, digest, models
from registry.db import table
from registry.insert import insert_columns, insert_frame
from registry.intake.problems import read_problems
from registry.intake.withdraw import withdraw
from registry.measures.changes import last_change
from registry.measures.review_lists import review_breaches, waiting_reviews
from registry.reviews import read_reviews
from registry.snapshot import read_snapshot
from registry.window import Window

pytestmark = [pytest.mark.postgres, pytest.mark.slow]

CASES = 100_000


@dataclass
class Plans:
    """What was read, and how: (kind of scan, table, index or '')."""

    scans: list[tuple[str, str, str]] = field(default_factory=list)

    def note(self, plan: dict[str, Any]) -> None:
        parts = plan.get("Plans", [])
        if plan["Node Type"] == "Limit" and parts[0]["Node Type"] == "Seq Scan":
            return  # whether there is any row at all
        if "Scan" in plan["Node Type"]:
            place = plan.get("Relation Name", ""), plan.get("Index Name", "")
            self.scans.append((plan["Node Type"], *place))
        for part in parts:
            self.note(part)

    @property
    def indexes(self) -> set[str]:
        return {index for _, _, index in self.scans}

    @property
    def read_through(self) -> set[str]:
        """The tables that were read from the first row to the last."""
        return {name for kind, name, _ in self.scans if kind == "Seq Scan"}


@contextmanager
def planned(engine: Engine) -> Iterator[Plans]:
    """The plans of all that is read meanwhile."""
    plans = Plans()

    def ask(_: Connection, cursor: Any, statement: str, values: Any, *rest: Any) -> None:
        if statement.lstrip().lower().startswith(("select", "update", "delete")):
            asked = values[0] if isinstance(values, list) and values else values
            answer = cursor.connection.execute(f"explain (format json) {statement}", asked)
            plans.note(answer.fetchone()[0][0]["Plan"])

    sa.event.listen(engine, "before_cursor_execute", ask)
    yield plans
    sa.event.remove(engine, "before_cursor_execute", ask)


@pytest.fixture(scope="module")
def large(postgres) -> Iterator[Engine]:
    """Six years of a city, of which one batch was withdrawn; with the statistics of the server."""
    url = postgres.create()
    engine = db.engine_for(url)
    db.migrate(engine)
    with db.writing(engine) as connection:
        catalogue.start_register(connection, catalogue.SHIPPED, "test")
    fill(engine, CASES)
    with db.writing(engine) as connection:
        insert_frame(connection, models.Problem, quarantined())
    withdraw([1], reason="test", actor="test", on=engine)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("analyze")
    yield engine
    engine.dispose()
    postgres.drop(url)


def quarantined() -> pd.DataFrame:
    """A hundred rows of each of a hundred batches."""
    pairs = pd.MultiIndex.from_product([range(2, 102), range(2, 102)], names=["batch_id", "row"])
    said = {"sheet": "", "unit_id": 1, "month": 202007, "content": "{}", "reasons": "[]"}
    return pairs.to_frame(index=False).assign(**said, recorded_in=2)


ASKED: dict[str, tuple[Callable[[Connection], object], set[str]]] = {
    "waiting": (lambda c: waiting_reviews(c, date(2026, 3, 1)), {"cases_reviews"}),
    "breaches": (
        lambda c: review_breaches(c, Window(202601, 202603)),
        {"cases_review_required"},
    ),
    "quarantined rows of a batch": (
        lambda c: read_problems(c, batch=5),
        {"ix_problem_batch_id"},
    ),
    "what the newest import changed": (
        lambda c: last_change(c, read_snapshot(c)),
        {"ix_cases_recorded_in", "cases_superseded"},
    ),
    "legal reviews": (read_reviews, {"cases_reviews"}),
    "digests of the newest acts": (
        lambda c: digest.act_digests(c, db.revision(c) - 2),
        {"ix_cases_recorded_in"},
    ),
}
"""What few of many rows are wanted for, and the indexes that find them."""


@pytest.fixture(autouse=True)
def in_sight(monkeypatch) -> None:
    """What is handed out by COPY is asked for as a query, whose plan can be seen."""
    monkeypatch.setattr(bulk, "_copied", db.read_plain)


@pytest.mark.parametrize("name", ASKED)
def test_few_cases_among_many_are_found_by_their_index(large, name):
    ask, indexes = ASKED[name]
    with planned(large) as plans, db.reading(large) as connection:
        ask(connection)
    assert indexes <= plans.indexes
    assert "cases" not in plans.read_through


@contextmanager
def imported(large: Engine, tmp_path: Path, number: int, **declared: Any) -> Iterator[Plans]:
    """The plans of an import of one case into July 2020."""
    log = make_table(make_row(case_no=f"京东罚字〔2020〕{number}号"))
    with planned(large) as plans:
        report = Intake(large, tmp_path).send(log, months="2020-08", **declared)
    assert report.accepted == 1
    yield plans


def test_an_import_finds_the_versions_of_its_cases_by_identity(large, tmp_path):
    with imported(large, tmp_path, 1) as plans:
        assert "cases_identity" in plans.indexes
        assert "ix_cases_recorded_in" not in plans.indexes  # the ledger counts no act's cases
        assert {"cases", "case_power"} & plans.read_through == set()


def test_a_replacement_finds_the_cases_of_its_units_by_identity(large, tmp_path):
    with imported(large, tmp_path, 2, replace=True) as plans:
        assert "cases_identity" in plans.indexes
        assert {"cases", "case_power"} & plans.read_through == set()


def test_the_rows_of_the_roll_up_that_an_import_changes_are_found_by_their_key(large, tmp_path):
    with imported(large, tmp_path, 3) as plans:
        assert {"usage_month_key", "procedure_month_key"} <= plans.indexes


def test_a_withdrawal_finds_earlier_versions_by_identity_and_coverage_by_batch(large):
    with planned(large) as plans:
        withdraw([20], reason="test", actor="test", on=large)
    assert {"cases_identity", "case_power_pkey", "ix_coverage_batch_id"} <= plans.indexes


READ = "select pg_stat_get_xact_tuples_returned('act'::regclass)"


def test_a_foreign_key_is_looked_up_without_reading_all_acts(large):
    """For each row that is stored; the acts are as many as there were imports."""
    shape = table(models.Coverage)
    with suppress(Undone), db.writing(large) as connection:
        act = db.record_act(connection, "import", "test")
        row = {"kind": "usage", "unit_id": 1, "batch_id": 1, "recorded_in": act}
        before = connection.scalar(sa.text(READ))
        columns = {name: [value] * 1000 for name, value in row.items()}
        columns["month"] = list(range(1000))
        insert_columns(connection, shape.name, list(columns), list(columns.values()))
        assert connection.scalar(sa.text(READ)) - before < 10_000
        raise Undone
