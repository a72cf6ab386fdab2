"""Rows go in alike whichever way they go, and none that points at nothing goes in at all."""

import tempfile
from collections.abc import Callable
from contextlib import suppress
from datetime import date
from pathlib import Path

import pandas as pd
import pytest
import sqlalchemy as sa
from builders import E1, LITTER, Undone, make_case
from sqlalchemy.engine import Connection
from sqlalchemy.exc import IntegrityError

from registry import db, insert, models
from registry.insert import insert_columns, insert_frame
from registry.rollups import compared

CASE, INSTRUMENT = db.table(models.Case), db.table(models.Instrument)
PATHS = {
    "bound": {},
    "from a file": {"MANY": 1},
    "from three files": {"MANY": 1, "CELLS": 1},
}
TEXTS = ["plain", 'a "quoted", text', "two\nlines", "", "\\.", "\\N", "〔2021〕1号", " "]
LOG = [
    make_case(case_no="2021-1", fine_cny=""),
    make_case(case_no="2021-2", fine_cny="200.5", filed_on="2021-01-02"),
    make_case(case_no="2021-3", fine_cny="0"),
]


def attached(connection: Connection) -> int:
    """Files that SQLite has open beside its own."""
    if connection.dialect.name != "sqlite":
        return 0
    return len(connection.exec_driver_sql("pragma database_list").all()) - 1


def use(monkeypatch, path: str) -> None:
    for name, value in PATHS[path].items():
        monkeypatch.setattr(insert, name, value)


@pytest.fixture(params=PATHS)
def way(request, monkeypatch) -> None:
    use(monkeypatch, request.param)


@pytest.fixture
def folder(tmp_path, monkeypatch) -> Path:
    """Where temporary files are made."""
    own = tmp_path / "temporary"
    own.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(own))
    return own


@pytest.mark.usefixtures("way")
def test_texts_days_and_blanks_come_out_as_they_went_in(small_world):
    days = [None, date(2021, 3, 1)] * (len(TEXTS) // 2)
    numbers = [f"{place}" for place in range(len(TEXTS))]
    words = {"number": numbers, "title": pd.Categorical(TEXTS), "issued_on": days}
    frame = pd.DataFrame(words | {"effective_on": None, "url": ""})
    with db.writing(small_world.engine) as connection:
        insert_frame(connection, models.Instrument, frame)
        query = sa.select(INSTRUMENT).where(INSTRUMENT.c.number.in_(numbers))
        found = connection.execute(query).all()
    blanks = [None] * len(TEXTS), [""] * len(TEXTS)
    expected = sorted(zip(numbers, TEXTS, days, *blanks, strict=True))
    assert sorted(map(tuple, found)) == expected


@pytest.mark.usefixtures("way")
def test_columns_go_in_with_what_all_rows_share(small_world):
    shape = db.table(models.Freeze)
    with db.writing(small_world.engine) as connection:
        act = db.record_act(connection, "test", "test")
        names, shared = ["name", "known"], {"month_from": 202101, "month_to": 202102}
        shared |= {"recorded_in": act}
        insert_columns(connection, "freeze", names, [["a", "b"], [act, act]], shared)
        insert_columns(connection, "freeze", names, [[], []], shared)
        found = connection.execute(sa.select(shape.c.name, shape.c.month_to, shape.c.known)).all()
    assert sorted(map(tuple, found)) == [("a", 202102, act), ("b", 202102, act)]


@pytest.mark.usefixtures("way")
def test_a_log_and_its_roll_ups_are_stored_alike(small_world):
    small_world.send(LOG)
    small_world.send([LOG[0] | {"outcome": "withdrawn"}])
    with db.reading(small_world.engine) as connection:
        query = sa.select(CASE.c.case_no, CASE.c.filed_on, CASE.c.fine_cny, CASE.c.outcome)
        current = connection.execute(query.where(CASE.c.superseded_in.is_(None))).all()
        assert sorted(map(tuple, current)) == [
            ("2021-1", None, None, "withdrawn"),
            ("2021-2", date(2021, 1, 2), 200.5, "punished"),
            ("2021-3", None, 0.0, "punished"),
        ]
        assert not any(one.differences for one in compared(connection))


@pytest.mark.parametrize("fault", ["no folder", "no file"])
def test_what_cannot_be_written_to_a_file_is_bound(small_world, monkeypatch, folder, fault):
    use(monkeypatch, "from three files")
    if fault == "no folder":
        folder.rmdir()
    else:
        monkeypatch.setattr("registry.arrow_file.UNGUARDED", ["no such pragma"])
    small_world.send(LOG)
    with db.reading(small_world.engine) as connection:
        count = connection.scalar(sa.select(sa.func.count()).select_from(CASE))
    assert count == len(LOG)
    assert not list(folder.glob("*"))


def test_files_are_let_go_of_when_the_transaction_ends(small_world, monkeypatch, folder):
    """More of them than one transaction has room for, and in one that fails."""
    use(monkeypatch, "from three files")
    frame = pd.DataFrame({"number": list("012345"), "title": "", "url": ""})
    for end in (Undone, None):
        with suppress(Undone), db.writing(small_world.engine) as connection:
            for again in range(7):
                more = frame.assign(number=frame["number"] + f"-{again}")
                insert_frame(connection, models.Instrument, more)
            assert attached(connection) == (9 if connection.dialect.name == "sqlite" else 0)
            if end:
                raise end
        assert not list(folder.iterdir())
    with db.reading(small_world.engine) as connection:
        assert not attached(connection)


@pytest.fixture
def of_a_case(small_world) -> Callable[[str], None]:
    """Runs a statement in a register with a case."""
    small_world.send(LOG[:1])

    def run(statement: str) -> None:
        with db.writing(small_world.engine) as connection:
            connection.exec_driver_sql(statement)

    return run


COLUMNS = [column.name for column in CASE.columns if column.name != "id"]


@pytest.mark.parametrize("column", ["unit_id", "batch_id", "said_in", "recorded_in"])
def test_no_case_points_at_nothing(of_a_case, column):
    listed = ", ".join(COLUMNS)
    others = ", ".join("999" if name == column else name for name in COLUMNS)
    with pytest.raises(IntegrityError):
        of_a_case(f"insert into cases (id, {listed}) select 9, {others} from cases")
    of_a_case(f"insert into cases (id, {listed}) select 9, {listed} from cases")


@pytest.mark.parametrize("column", ["unit_id", "power_id"])
@pytest.mark.parametrize("name", ["usage_month", "procedure_month", "fine_month"])
def test_no_count_is_of_nothing(small_world, name, column):
    small_world.send(LOG)
    found = sa.inspect(small_world.engine).get_columns(name)
    columns = [one["name"] for one in found if one["name"] != "id"]
    others = ", ".join("999" if one == column else one for one in columns)
    with pytest.raises(IntegrityError), db.writing(small_world.engine) as connection:
        connection.exec_driver_sql(
            f"insert into {name} ({', '.join(columns)}) select {others} from {name} limit 1"
        )


@pytest.mark.parametrize(
    "statement",
    [
        "delete from unit where code = '" + E1 + "'",
        "delete from power where code = '" + LITTER + "'",
        "delete from batch",
        "update batch set id = 999",
        "update cases set unit_id = 999",
        "update cases set said_in = 999",
        "delete from act where id = (select max(recorded_in) from cases)",
    ],
)
def test_what_a_case_or_a_count_points_at_stays(of_a_case, statement):
    with pytest.raises(IntegrityError):
        of_a_case(statement)
