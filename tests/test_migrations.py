"""Migrations with data in the tables: up, and down again."""

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
