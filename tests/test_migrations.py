"""Migrations with data in the tables: up, and down again."""

from datetime import date
from typing import Any

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from builders import E1, E2, EAST, LITTER, SIGNS, make_case

from registry import db, models
from registry.audit import check_register
from registry.errors import RegistryError
from registry.rollups import is_stale, rebuild

ROWS = [
    make_case(procedure="ordinary", fine_cny="100", filed_on="2021-01-02"),
    make_case(case_no="〔2021〕2号", procedure="summary", fine_cny="50", filed_on=""),
    make_case(case_no="〔2021〕3号", unit=E2, power=f"{LITTER};{SIGNS}", procedure="summary")
    | {"fine_cny": "", "filed_on": ""},
]
COUNTS = "select month, unit_id, coalesce(power_id, 0), summary, ordinary from {} order by 1, 2, 3"


def go_to(engine, step, version: str) -> None:
    """alembic's upgrade or downgrade, in a transaction like that of `db.migrate`."""
    config = Config()
    config.set_main_option("script_location", db.MIGRATIONS)
    with engine.connect().execution_options(writes=True) as connection, connection.begin():
        config.attributes["connection"] = connection
        step(config, version)


def rows_of(engine, statement: str) -> list[tuple]:
    with engine.connect() as connection:
        return [tuple(row) for row in connection.execute(sa.text(statement))]


@pytest.fixture
def returned(small_world):
    """Three cases of EAST, and a return of staffing with a row in quarantine."""
    small_world.send(ROWS)
    with db.writing(small_world.engine) as connection:
        act = db.record_act(connection, "import", "test")
        batch = dict.fromkeys(
            ("read", "accepted", "corrected", "unchanged", "quarantined", "skipped", "warnings"), 0
        ) | {"kind": "staffing", "file_name": "", "sha256": "", "declaration": "", "units": ""}
        number = db.insert_row(
            connection, models.Batch, batch | {"districts": EAST, "recorded_in": act}
        )
        said = {"batch_id": number, "unit_id": 2, "month": 202101, "recorded_in": act}
        db.insert_row(connection, models.Coverage, said | {"kind": "staffing"})
        problem = {"sheet": "", "row": 2, "content": "{}", "reasons": "[]"}
        db.insert_row(connection, models.Problem, said | problem)
    return small_world


def test_down_to_0001_and_up_again_keeps_the_cases_and_counts_them_anew(returned):
    engine = returned.engine
    before = rows_of(engine, COUNTS.format("procedure_month"))
    assert [sum(column) for column in list(zip(*before, strict=True))[3:]] == [5, 2]
    go_to(engine, command.downgrade, "0001")
    assert rows_of(engine, COUNTS.format("usage_month")) == before
    with pytest.raises(RegistryError, match="registry init 升级"), db.reading(engine):
        pass
    db.migrate(engine)
    with pytest.raises(RegistryError, match="registry init 重算"):
        returned.snapshot()
    with db.writing(engine) as connection:
        assert is_stale(connection)
        rebuild(connection)
    with db.reading(engine) as connection:
        assert all(check["ok"] for check in check_register(connection))
    assert rows_of(engine, COUNTS.format("procedure_month")) == before


def test_returns_that_0001_does_not_know_do_not_pass_for_usage_logs(returned):
    covered = rows_of(returned.engine, "select count(*) from coverage where kind = 'usage'")
    go_to(returned.engine, command.downgrade, "0001")
    assert rows_of(returned.engine, "select count(*) from coverage") == covered
    assert rows_of(returned.engine, "select count(*) from problem") == [(0,)]
    db.migrate(returned.engine)
    assert rows_of(returned.engine, "select distinct kind from coverage") == [("usage",)]


def test_init_brings_a_register_of_0001_up_to_date(command_line):
    command_line.send([row for row in ROWS if row["unit"] == E1])
    engine = db.engine_for(command_line.url)
    go_to(engine, command.downgrade, "0001")
    assert "registry init" in command_line.refusal("rate")
    assert "重算" in command_line.run("init").stderr
    assert command_line.disagreements() == []


FIXED = {
    ("batch", "kind"): "usage",
    ("coverage", "kind"): "usage",
    ("holding", "scope"): "city",
    ("opinion", "scope"): "district",
    ("opinion", "view"): "keep",
}
"""What a constraint or a migration asks of a column; all else gets what fits its type."""

MADE_ANEW = {("act", "digest"), ("usage_month", "summary"), ("usage_month", "ordinary")}
"""Columns that a step empties or computes; `test_down_to_0001_and_up_again…` has the figures."""

VALUES = {str: lambda name, _n: name, int: lambda _name, n: n, bool: lambda _name, n: n % 2 == 0}
VALUES |= {float: lambda _name, n: n / 2, date: lambda _name, n: date(2021, 1, n)}
Content = dict[str, list[dict[str, Any]]]


def shape_of(engine) -> list[sa.Table]:
    """The tables as they are in the database, parents first."""
    metadata = sa.MetaData()
    metadata.reflect(engine)
    return [shape for shape in metadata.sorted_tables if shape.name != "alembic_version"]


def fill(engine) -> set[str]:
    """A row in every table that has none; no column is left null. Returns those tables."""
    filled = set()
    for shape in shape_of(engine):
        with engine.connect().execution_options(writes=True) as connection, connection.begin():
            if connection.execute(sa.select(shape)).first() is None:
                filled.add(shape.name)
                connection.execute(shape.insert().values(row_of(connection, shape)))
    return filled


def row_of(connection, shape: sa.Table) -> dict[str, Any]:
    return {
        column.name: value_of(connection, shape, column, number)
        for number, column in enumerate(shape.columns, start=1)
    }


def value_of(connection, shape: sa.Table, column: sa.Column, number: int) -> Any:
    for key in column.foreign_keys:
        parent = connection.scalar(sa.select(key.column))
        return 1 if parent is None else parent  # its own first row
    if "month" in column.name and column.name != "months":
        return 202101
    if column.name in ("id", "unit_id", "power_id", "batch_id", "case_id", "staffing_id"):
        return 1
    usual = VALUES[column.type.python_type](f"{shape.name}.{column.name}", number)
    return FIXED.get((shape.name, column.name), usual)


def content(engine) -> Content:
    with engine.connect() as connection:
        return {
            shape.name: [
                dict(row)
                for row in connection.execute(
                    sa.select(shape).order_by(*shape.primary_key)
                ).mappings()
            ]
            for shape in shape_of(engine)
        }


def lost(before: Content, after: Content) -> list[tuple[str, Any]]:
    """Rows of tables that both have, as far as both have their columns, that are not the same."""
    return [
        (name, row)
        for name in sorted(before.keys() & after.keys())
        for row in shared(before[name], after[name], name)
        if row not in shared(after[name], before[name], name)
    ]


def shared(rows: list[dict], others: list[dict], table: str) -> list[dict[str, Any]]:
    kept = {name for one in (rows[:1], others[:1]) for row in one for name in row}
    for one in (*rows[:1], *others[:1]):
        kept &= one.keys()
    return [{n: row[n] for n in kept if (table, n) not in MADE_ANEW} for row in rows]


def test_a_row_that_is_gone_or_other_counts_as_lost():
    before = {"unit": [{"id": 1, "name": "a", "old": 1}]}
    assert lost(before, {"unit": [{"id": 1, "name": "a", "new": 2}], "power": []}) == []
    assert lost(before, {"unit": [{"id": 1, "name": "b"}]})
    assert lost(before, {"unit": []})


@pytest.mark.slow
def test_every_step_up_and_down_again_keeps_what_both_shapes_have(engine):
    """From the first shape with data in every table that there is at each step."""
    first, *later = db._versions()
    go_to(engine, command.upgrade, first)
    assert fill(engine) == set(content(engine))
    for version in later:
        before = content(engine)
        go_to(engine, command.upgrade, version)
        after = content(engine)
        assert (version, lost(before, after)) == (version, [])
        assert before.keys() <= after.keys()
        assert fill(engine) == after.keys() - before.keys(), "tables that are new, and no others"
    assert all(content(engine).values())
    for version in reversed([first, *later[:-1]]):
        before = content(engine)
        go_to(engine, command.downgrade, version)
        after = content(engine)
        assert (version, lost(before, after), lost(after, before)) == (version, [], [])
        assert after.keys() <= before.keys()
    before = content(engine)
    db.migrate(engine)
    assert lost(before, content(engine)) == []
