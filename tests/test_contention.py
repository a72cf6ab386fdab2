"""Two at one register at once: nothing lost, nothing twice, nobody waits without end.

FAULTS in the environment: how often each is tried on each database.
"""

import random
import time

import pytest
import reliability
import sqlalchemy as sa
from adjustment_world import decision, proposal
from builders import (
    E1,
    E2,
    EAST,
    LITTER,
    QUARTER,
    SIGNS,
    TODAY,
    make_cases,
    write_log,
    write_small_world,
)
from command_line import CommandLine
from faults import is_whole, state
from processes import TRIES, at_once, begin, ended

from registry import backup, db, models
from registry.intake.commit import import_log
from registry.intake.declaration import Declaration
from registry.language import Text
from registry.outages import Unavailable
from registry.settings import settings

pytestmark = [pytest.mark.slow, pytest.mark.campaign]
DECLARED = Declaration((EAST,), QUARTER)
ROWS = [make_cases(300, unit=E1, power=LITTER), make_cases(200, unit=E2, power=SIGNS)]
LOOKED = 1.0
"""Seconds after which an importer has read its file and wants to write."""


def importing(world, path):
    return lambda: import_log(path, DECLARED, today=TODAY, actor="test", on=world.engine)


def tell(world, what: str, happened: str, tried: int = TRIES) -> None:
    database = world.engine.dialect.name
    reliability.record("fault", f"{what}（{database}）", tried, happened, 0)


@pytest.fixture
def impatient(monkeypatch):
    """Who writes waits a second for others."""
    monkeypatch.setenv("REGISTRY_LOCK_SECONDS", "1")
    settings.cache_clear()
    yield
    monkeypatch.undo()
    settings.cache_clear()


def test_one_file_imported_twice_at_once_is_stored_once(world_after, tmp_path):
    path = write_log(tmp_path / "same.csv", ROWS[0])
    for _ in range(TRIES):
        world = world_after(lambda world: None)
        reports = at_once(world.engine, *[importing(world, path)] * 2, held=LOOKED)
        assert sorted(report.repeated for report in reports) == [False, True]
        assert {(report.batch, report.read) for report in reports} == {(1, 300)}
        assert state(world)[1:3] == (1, 300)
        assert is_whole(world)
    tell(world, "两个进程同时导入同一文件", "存一次；后一个被告知已导入")


def test_two_files_of_a_district_imported_at_once_are_both_stored(world_after, tmp_path):
    paths = [write_log(tmp_path / f"{len(rows)}.csv", rows) for rows in ROWS]
    chance = random.Random(1)
    for _ in range(TRIES):
        world = world_after(lambda world: None)
        both = [importing(world, path) for path in paths]
        reports = at_once(world.engine, *both, held=chance.choice([0, LOOKED]))
        assert [(report.read, report.accepted) for report in reports] == [(300, 300), (200, 200)]
        assert state(world)[1:3] == (2, 500)
        assert is_whole(world)
    tell(world, "两个进程同时导入一个区的两份文件", "都存入")


def test_a_decision_and_an_import_at_once_are_both_there(world_after, tmp_path):
    path = write_log(tmp_path / "log.csv", ROWS[0])
    chance = random.Random(2)
    for _ in range(TRIES):
        world = world_after(proposal)
        pair = [importing(world, path), lambda world=world: decision(world, 1).number]
        report, number = at_once(world.engine, *pair, held=chance.choice([0, LOOKED]))
        assert (report.accepted, number) == (300, 1)
        _acts, batches, cases, _problems, _holdings, decisions = state(world)
        assert (batches, cases, decisions) == (1, 300, 1)
        assert is_whole(world)
    tell(world, "决定的同时导入", "都存入")


def test_a_register_started_twice_at_once_is_started_once(databases, tmp_path):
    small_files = write_small_world(tmp_path)
    powers, units = f"--powers={small_files.powers}", f"--units={small_files.units}"
    for _ in range(TRIES):
        url = databases.create()
        line, engine = CommandLine(url, tmp_path), db.engine_for(url)
        found = at_once(engine, *[lambda line=line: line.run("init", powers, units)] * 3)
        assert [(one.exit_code, one.stderr.count("Traceback")) for one in found] == [(0, 0)] * 3
        assert sum("台账已建立" in one.stderr for one in found) == 1
        with db.reading(engine) as connection:
            assert db.revision(connection) == 1
        assert line.disagreements() == []
        engine.dispose()
        databases.drop(url)
    reliability.record(
        "fault", f"三个进程同时建立台账（{engine.dialect.name}）", TRIES, "建一次", 0
    )


def test_whoever_reads_sees_none_or_all_of_an_import(world_after, tmp_path):
    path, looks = write_log(tmp_path / "log.csv", make_cases(3000)), 0
    for _ in range(TRIES):
        world = world_after(lambda world: None)
        world.engine.dispose()
        running = begin(importing(world, path))
        seen = set()
        while not running.poll():
            seen.add(read(world))
            looks += 1
        assert ended(running).accepted == 3000
        seen.add(read(world))
        assert (2, 1, 3000) in seen <= {(1, 0, 0), (2, 1, 3000)}
    tell(world, "导入的同时读", f"{looks} 次读，只见导入前或导入后")


def read(world) -> tuple[int, ...]:
    """Acts, batches and cases as one reader sees them."""
    with db.reading(world.engine) as connection:
        return tuple(
            connection.scalar(sa.select(sa.func.count()).select_from(db.table(shape)))
            for shape in (models.Act, models.Batch, models.Case)
        )


def test_a_register_locked_for_longer_than_one_waits_is_one_sentence(
    impatient, small_world, tmp_path
):
    path = write_log(tmp_path / "log.csv", ROWS[0])
    before, began = state(small_world), time.monotonic()
    (said,) = at_once(small_world.engine, importing(small_world, path), held=LOOKED + 2.5)
    assert isinstance(said, Text)
    assert "另一个程序正在写台账，等了 1 秒" in str(said)
    assert time.monotonic() - began < 10
    assert state(small_world) == before
    assert at_once(small_world.engine, importing(small_world, path))[0].accepted == 300
    tell(small_world, "台账一直被别人锁着", "等够设定的时间，一句话；之后照常", 1)


def test_a_restore_waits_no_longer_for_the_lock_than_others(impatient, small_intake, tmp_path):
    engine, file = small_intake.engine, tmp_path / "a.backup"
    head = backup.back_up(file, engine)
    (said,) = at_once(engine, lambda: backup.restore(file, engine), held=LOOKED + 4)
    assert "另一个程序正在写台账" in str(said)
    assert list(tmp_path.glob("*.replaced-*")) == []
    assert backup.restore(file, engine).head == head


def test_a_reader_does_not_wait_for_a_writer(impatient, small_world):
    with db.writing(small_world.engine) as writer:
        act = db.record_act(writer, "test", "test")
        began = time.monotonic()
        with db.reading(small_world.engine) as reader:
            assert db.revision(reader) < act
        assert time.monotonic() - began < 0.5


def test_who_waits_for_the_lock_gives_up_in_the_same_process_too(impatient, small_world):
    with (
        db.writing(small_world.engine),
        pytest.raises(Unavailable, match="REGISTRY_LOCK_SECONDS"),
        db.writing(small_world.engine),
    ):
        pass
