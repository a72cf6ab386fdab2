"""Large queries as Arrow give what the plain way gives, of the same state, or leave it to that."""

from functools import partial

import pandas as pd
import pytest
import sqlalchemy as sa
from builders import make_case

from registry import bulk, db, models, rollup
from registry.bulk_child import ROWS
from registry.db import table
from registry.rollups import counted


@pytest.fixture(autouse=True)
def however_small(monkeypatch) -> None:
    """Every table is worth the other process."""
    monkeypatch.setattr(bulk, "LARGE", 0)


QUERY = sa.select(*(table(models.Unit).c[name] for name in ("id", "code", "unit_kind"))).order_by(
    table(models.Unit).c.id
)
ACTS = sa.select(table(models.Act).c.id).order_by(table(models.Act).c.id)


def test_rows_are_those_of_the_plain_way(small_world) -> None:
    with db.reading(small_world.engine) as connection:
        found, plain = bulk.read_bulk(connection, QUERY), db.read_plain(connection, QUERY)
    assert len(plain) > 5
    pd.testing.assert_frame_equal(found.astype(object), plain.astype(object))


def test_a_missing_number_stays_missing(small_world) -> None:
    holding = table(models.Holding).c
    query = sa.select(holding.id, holding.superseded_in).where(holding.id.in_([1, 2]))
    with db.reading(small_world.engine) as connection:
        found = bulk.read_bulk(connection, query)
    assert found["superseded_in"].isna().all()
    assert found["id"].tolist() == [1, 2]


def test_cases_count_alike_whichever_way_they_come(small_world, monkeypatch) -> None:
    """Also with a text, a day or a fine missing, in a column or in all of it."""
    bare = {"outcome": "", "fine_cny": ""}
    fined = make_case(case_no="1", fine_cny="200.5")
    small_world.send([fined, make_case(case_no="2", **bare), make_case(case_no="3", fine_cny="9")])
    with db.reading(small_world.engine) as connection:
        quick = list(counted(connection))
        plainly = partial(rollup.cases_where, ask=ask_plainly)
        monkeypatch.setattr(rollup, "cases_where", plainly)
        plain = list(counted(connection))
    assert sum(len(rows) for _, rows in quick) > 3
    for (_, found), (_, expected) in zip(quick, plain, strict=True):
        pd.testing.assert_frame_equal(found, expected)


def ask_plainly(connection, query) -> bulk.Rows:
    return lambda: db.read_plain(connection, query)


def test_no_rows_are_no_rows(small_world) -> None:
    with db.reading(small_world.engine) as connection:
        found = bulk.read_bulk(connection, QUERY.where(table(models.Unit).c.id < 0))
    assert list(found.columns) == ["id", "code", "unit_kind"]
    assert found.empty


def test_an_act_recorded_meanwhile_is_not_seen(small_world) -> None:
    with db.reading(small_world.engine) as connection:
        before = db.read_plain(connection, ACTS)["id"].tolist()
        with db.writing(small_world.engine) as other:
            db.record_act(other, "alias", "meanwhile")
        assert bulk.read_bulk(connection, ACTS)["id"].tolist() == before
    with db.reading(small_world.engine) as connection:
        assert len(bulk.read_bulk(connection, ACTS)) == len(before) + 1


def test_the_fast_way_is_taken_wherever_nobody_writes(small_world, monkeypatch) -> None:
    monkeypatch.delattr(bulk, "read_plain")
    with db.reading(small_world.engine) as connection:
        assert len(bulk.read_bulk(connection, QUERY)) > 5


def test_a_reader_that_was_killed_is_begun_anew(small_world) -> None:
    for _ in range(3):
        with db.reading(small_world.engine) as connection:
            assert len(bulk.read_bulk(connection, QUERY)) > 5
        if small_world.engine.dialect.name == "sqlite":
            readers = bulk._readers(small_world.engine.url.database).all
            for process in [process for reader in readers for process in reader.running]:
                process.kill()
                process.wait()


def test_questions_asked_at_once_are_answered_each(small_world) -> None:
    shape = table(models.Unit).c
    with db.reading(small_world.engine) as connection:
        ids = db.read_plain(connection, QUERY)["id"].tolist()
        asked = [bulk.ask_bulk(connection, QUERY.where(shape.id == one)) for one in ids * 3]
        assert [rows()["id"].tolist() for rows in asked] == [[one] for one in ids * 3]


def test_numbers_are_as_wide_as_their_column(small_world) -> None:
    usage = table(models.UsageMonth).c
    with db.writing(small_world.engine) as connection:
        row = dict.fromkeys(("cases", "decisions", "inspections", "penalties", "coercions"), 1)
        place = {"month": 202101, "unit_id": 2, "fine_fen": 2**40}
        connection.execute(sa.insert(table(models.UsageMonth)).values(**place, **row))
    query = sa.select(usage.month, usage.power_id, usage.fine_fen)
    with db.reading(small_world.engine) as connection:
        found = bulk.read_bulk(connection, query)
    assert found.dtypes.astype(str).to_dict() == {
        "month": "int32",
        "power_id": "float64",
        "fine_fen": "int64",
    }
    assert found["fine_fen"].tolist() == [2**40]


def test_two_numbers_in_one_keep_their_signs(small_world) -> None:
    """What is added to the sum over powers to count a penalty once may be under nought."""
    edges = (1 - 2**31, -1, 0, 1, 2**31 - 1)
    pairs = [(high, low) for high in edges for low in edges]
    usage = table(models.UsageMonth)
    rest = dict.fromkeys(("decisions", "inspections", "penalties", "coercions", "fine_fen"), 0)
    rows = [{"month": high, "cases": low, "unit_id": 2, **rest} for high, low in pairs]
    with db.writing(small_world.engine) as connection:
        connection.execute(sa.insert(usage), rows)
    query = sa.select(usage.c.month, usage.c.cases).order_by(usage.c.id)
    with db.reading(small_world.engine) as connection:
        found = bulk.read_bulk(connection, query)
    assert list(zip(found["month"].tolist(), found["cases"].tolist(), strict=True)) == pairs


def test_a_number_wider_than_its_column_is_asked_the_plain_way(small_world) -> None:
    """SQLite keeps what its columns do not."""
    wide = (table(models.Unit).c.id + sa.literal(2**40)).label("wide")
    query = sa.select(table(models.Unit).c.id, sa.type_coerce(wide, sa.Integer).label("wide"))
    with db.reading(small_world.engine) as connection:
        if connection.dialect.name == "sqlite":
            assert bulk.read_bulk(connection, query)["wide"].min() > 2**40


def test_a_query_that_the_reader_cannot_answer_is_asked_the_plain_way(small_world) -> None:
    """Numbers first and words from a later message on are no column of Arrow."""
    with db.writing(small_world.engine) as connection:
        act = db.record_act(connection, "alias", "many")
        row = {"action": "alias", "actor": "many", "note": "", "at": "2020-07-01T00:00:00.000000"}
        shape = table(models.Act)
        more = range(1, ROWS + 1000)
        connection.execute(sa.insert(shape), [{"id": act + n, **row} for n in more])
    odd = sa.case((table(models.Act).c.id > act + ROWS, "word"), else_=None).label("odd")
    query = sa.select(table(models.Act).c.id, odd)
    with db.reading(small_world.engine) as connection:
        found = bulk.read_bulk(connection, query)
        assert found["odd"].isin(["word"]).sum() == 999
        assert len(bulk.read_bulk(connection, QUERY)) > 5


def test_who_writes_sees_what_is_not_committed_yet(small_world) -> None:
    with db.writing(small_world.engine) as connection:
        act = db.record_act(connection, "alias", "now")
        assert act in bulk.read_bulk(connection, ACTS)["id"].tolist()
