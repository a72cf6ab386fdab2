"""Backup and restore: the same register again, or the one that was there."""

import sqlite3
import time
from pathlib import Path

import pytest
import reliability
import sqlalchemy as sa
from alembic import command
from builders import E2, EAST, QUARTER, SIGNS, SmallWorld, make_case, write_log
from processes import FORK, TRIES, begin, ended
from test_migrations import go_to

from registry import backup, db, models
from registry.audit import check_register
from registry.errors import RegistryError
from registry.ledger import read_head
from registry.measures.exercise import exercise_rate

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("programs_of_the_server")]


def state(world) -> tuple:
    """Head and rates of the districts."""
    with db.reading(world.engine) as connection:
        head = read_head(connection)
    rates = exercise_rate(world.snapshot(), QUARTER, by=("district",))
    return str(head), rates.astype(object).where(rates.notna(), None).to_dict("records")


def second(**fields):
    return make_case(case_no="〔2021〕2号", unit=E2, power=SIGNS, **fields)


def test_a_restored_register_has_the_same_head_and_rates(small_world, tmp_path):
    small_world.send([make_case()])
    file, before = tmp_path / "a.backup", state(small_world)
    assert str(backup.back_up(file, small_world.engine)) == before[0]
    small_world.send([make_case(), second()])
    after = state(small_world)
    assert after != before
    restored = backup.restore(file, small_world.engine)
    assert (str(restored.head), state(small_world)) == (before[0], before)
    assert restored.kept is not None
    assert str(backup.restore(restored.kept, small_world.engine).head) == after[0]
    assert state(small_world) == after
    small_world.send([make_case(), second(fine_cny="50")])


def test_a_backup_is_restored_into_an_empty_database(small_world, databases, tmp_path):
    small_world.send([make_case()])
    backup.back_up(tmp_path / "a.backup", small_world.engine)
    url = databases.create()
    other = db.engine_for(url)
    restored = backup.restore(tmp_path / "a.backup", other)
    assert restored.kept is None
    assert state(SmallWorld(other, small_world.files, tmp_path)) == state(small_world)
    other.dispose()
    databases.drop(url)


@pytest.mark.campaign
def test_a_backup_under_load_is_one_state_of_the_register(small_world, tmp_path):
    """Another process imports one log after the other; each backup has those up to its head."""
    go_on = FORK.Event()
    go_on.set()

    def load() -> int:
        number = 0
        while go_on.is_set():
            number += 1
            small_world.send([second(fine_cny=str(number))])
        return number

    small_world.engine.dispose()
    running = begin(load)
    files = [tmp_path / f"{n}.backup" for n in range(1 + TRIES)]
    try:
        heads = [backup_later(file, small_world.engine) for file in files]
    finally:
        go_on.clear()
        sent = ended(running)
    assert sent > 0
    for file, head in zip(files, heads, strict=True):
        assert backup.restore(file, small_world.engine).head == head
        with db.reading(small_world.engine) as connection:
            assert db.revision(connection) == head.number
            imported = sa.select(sa.func.count()).select_from(db.table(models.Batch))
            assert connection.scalar(imported) == head.number - 1, "the first act is the start"
    what = f"另一进程不停导入时备份（{small_world.engine.dialect.name}）"
    reliability.record(
        "fault", what, len(files), f"各为一个行为之后的状态（其间 {sent} 次导入）", 0
    )


def backup_later(file, engine):
    """After a moment, in which something may have been imported."""
    time.sleep(0.1)
    return backup.back_up(file, engine)


def test_what_was_altered_is_not_put_back(small_world, tmp_path):
    small_world.send([make_case()])
    sound = state(small_world)
    with small_world.engine.connect() as connection, connection.begin():
        connection.exec_driver_sql("update cases set outcome = 'withdrawn'")
    backup.back_up(tmp_path / "a.backup", small_world.engine)
    with small_world.engine.connect() as connection, connection.begin():
        connection.exec_driver_sql("update cases set outcome = 'punished'")
    with pytest.raises(RegistryError, match="与账册不符"):
        backup.restore(tmp_path / "a.backup", small_world.engine)
    assert state(small_world) == sound
    assert sorted(path.name for path in tmp_path.glob("a.backup*")) == ["a.backup"]


def test_half_a_backup_is_refused(small_world, tmp_path):
    small_world.send([make_case()])
    file, sound = tmp_path / "a.backup", state(small_world)
    backup.back_up(file, small_world.engine)
    file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])
    with pytest.raises(RegistryError, match="台账没有改动"):
        backup.restore(file, small_world.engine)
    assert state(small_world) == sound


@pytest.mark.parametrize("version", ["0001", "0003"])
def test_a_backup_of_an_older_shape_is_brought_up(small_world, tmp_path, version):
    small_world.send([make_case()])
    with db.writing(small_world.engine) as connection:  # as a register that knows no policy of then
        for model in (models.LedgerEntry, models.PolicyText):
            connection.execute(sa.delete(db.table(model)))
    before = state(small_world)
    go_to(small_world.engine, command.downgrade, version)
    backup.back_up(tmp_path / "a.backup", small_world.engine)
    db.migrate(small_world.engine)
    backup.restore(tmp_path / "a.backup", small_world.engine)
    assert state(small_world)[1] == before[1]
    with db.reading(small_world.engine) as connection:
        assert all(check["ok"] for check in check_register(connection))


@pytest.mark.parametrize("content", [b"", b"case_no,unit\n", b"PK\x03\x04"])
def test_what_is_no_backup_is_named(small_intake, tmp_path, content):
    file = tmp_path / "log.csv"
    file.write_bytes(content)
    with pytest.raises(RegistryError, match="不是台账的备份"):
        backup.restore(file, small_intake.engine)
    with pytest.raises(RegistryError, match="none"):
        backup.restore(tmp_path / "none", small_intake.engine)


def test_a_backup_of_the_other_database_is_named(small_intake, tmp_path):
    file = tmp_path / "a.backup"
    file.write_bytes(b"PGDMP....")
    with pytest.raises(RegistryError, match="postgresql 的备份"):
        backup.restore(file, small_intake.engine)


def test_a_damaged_register_is_moved_aside(command_line):
    command_line.send([make_case()])
    file = command_line.folder / "a.backup"
    head = command_line.records("backup", file)[0]["head"]
    before = command_line.rate()
    db.engine_for(command_line.url).dispose()
    live = Path(command_line.url.removeprefix("sqlite:///"))
    live.write_bytes(b"x" * 100_000)
    record = command_line.records("restore", file)[0]
    assert (record["head"], command_line.rate()) == (head, before)
    assert Path(record["kept"]).read_bytes() == b"x" * 100_000
    assert command_line.disagreements() == []


def test_a_running_reader_sees_the_restored_register(small_intake, tmp_path):
    file = tmp_path / "a.backup"
    backup.back_up(file, small_intake.engine)
    path = small_intake.engine.url.database
    reader = sqlite3.connect(path)
    small_intake.send(write_log(tmp_path / "log.csv", [make_case()]), EAST, "2021-01..2021-03")
    assert reader.execute("select count(*) from cases").fetchone() == (1,)
    backup.restore(file, small_intake.engine)
    assert reader.execute("select count(*) from cases").fetchone() == (0,)
    reader.close()


def test_a_folder_that_is_not_there_is_named(command_line):
    assert "没有文件夹" in command_line.refusal("backup", command_line.folder / "no" / "a.backup")
