"""Large queries as Arrow give what the plain way gives, of the same state, or leave it to that."""

import pandas as pd
import pytest
import sqlalchemy as sa
from builders import make_case

from registry import bulk, db, models, rollup
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
        monkeypatch.setattr(rollup, "read_bulk", db.read_plain)
        plain = list(counted(connection))
    assert sum(len(rows) for _, rows in quick) > 3
    for (_, found), (_, expected) in zip(quick, plain, strict=True):
        pd.testing.assert_frame_equal(found, expected)


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
            (process,) = bulk._reader(small_world.engine.url.database).running
            process.kill()
            process.wait()


def test_a_query_that_the_reader_cannot_answer_is_asked_the_plain_way(small_world) -> None:
    """Numbers first and words from the two thousandth row on are no column of Arrow."""
    with db.writing(small_world.engine) as connection:
        act = db.record_act(connection, "alias", "many")
        row = {"action": "alias", "actor": "many", "note": "", "at": "2020-07-01T00:00:00.000000"}
        shape = table(models.Act)
        connection.execute(sa.insert(shape), [{"id": act + n, **row} for n in range(1, 3000)])
    odd = sa.case((table(models.Act).c.id > act + 2000, "word"), else_=None).label("odd")
    query = sa.select(table(models.Act).c.id, odd)
    with db.reading(small_world.engine) as connection:
        found = bulk.read_bulk(connection, query)
        assert found["odd"].isin(["word"]).sum() == 999
        assert len(bulk.read_bulk(connection, QUERY)) > 5


def test_who_writes_sees_what_is_not_committed_yet(small_world) -> None:
    with db.writing(small_world.engine) as connection:
        act = db.record_act(connection, "alias", "now")
        assert act in bulk.read_bulk(connection, ACTS)["id"].tolist()
