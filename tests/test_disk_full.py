"""The disk full, wherever something is written: nothing lost, nothing of it visible, one sentence.

FAULTS in the environment: how often each write is tried, with another size of room each time.
"""

import random
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import faults
import pytest
import reliability
from api_client import send_log
from builders import EAST, SmallWorld, make_case, write_log, write_small_world
from command_line import CommandLine
from conftest import SqliteFiles
from processes import TRIES
from small_disk import PAGE, SmallDisk, small_disk
from streamlit.testing.v1 import AppTest

from registry import backup, db
from registry.api.limits import IMPORTING
from registry.catalogue import start_register
from registry.intake import worker
from registry.ledger import read_head
from registry.outages import Full
from registry.settings import ROOT

pytestmark = [pytest.mark.slow, pytest.mark.campaign]
WIDE = [make_case(case_no=f"〔2021〕{n}号", remark="长" * 300) for n in range(2500)]
"""A log of two megabytes and a half, of which most is not stored."""

LATER = [make_case(case_no="后来")]


@pytest.fixture
def disk() -> Iterator[SmallDisk]:
    with small_disk() as mounted:
        yield mounted


@pytest.fixture
def on_disk(disk, small_register, tmp_path) -> Callable[[], SmallWorld]:
    """The small world, its database on the small disk."""
    files = SqliteFiles(disk.folder)

    def copied() -> SmallWorld:
        url = files.copy(f"sqlite:///{small_register}")
        return SmallWorld(db.engine_for(url), write_small_world(tmp_path), tmp_path)

    return copied


def done_with(world: SmallWorld) -> None:
    world.engine.dispose()
    Path(world.engine.url.database).unlink()


def sizes(most: float) -> list[int]:
    """No room at all, almost enough, and anything between."""
    chance = random.Random(int(most))
    return [0, int(most * 0.9), *(int(chance.uniform(0, most)) for _ in range(TRIES))]


def tell(what: str, tried: int, refused: int, happened: str = "原样未动，腾出空间后照做成功"):
    said = f"{refused} 次写不下，一句话；{happened}"
    reliability.record("fault", f"磁盘满：{what}", tried, said, 0)
    assert refused, "there was always room"


def test_an_import_without_room_stores_nothing_and_succeeds_once_there_is(disk, on_disk):
    undisturbed, before = on_disk(), disk.room
    undisturbed.send(faults.ROWS)
    end, needed = faults.state(undisturbed), before - disk.room
    done_with(undisturbed)
    tried, refused = sizes(needed), 0
    for size in tried:
        world = on_disk()
        start = faults.state(world)
        world.engine.dispose()
        with disk.with_room(size):
            refused += is_refused(lambda world=world: world.send(faults.ROWS))
        assert faults.state(world) in (start, end)
        assert faults.is_whole(world)
        world.send(faults.ROWS)
        assert faults.state(world) == end
        assert faults.is_whole(world)
        done_with(world)
    tell("导入", len(tried), refused)


def is_refused(write: Callable[[], object]) -> bool:
    """Whether it said in one sentence that there is no room."""
    try:
        write()
    except Full:
        return True
    return False


def test_a_register_is_started_once_there_is_room(disk, tmp_path):
    files = write_small_world(tmp_path)
    words = ("init", f"--powers={files.powers}", f"--units={files.units}")
    tried, refused = sizes(1_000_000), 0
    for number, size in enumerate(tried):
        line = CommandLine(f"sqlite:///{disk.folder}/{number}.db", tmp_path)
        with disk.with_room(size):
            outcome = line.run(*words)
        assert "Traceback" not in outcome.stderr
        assert outcome.exit_code == 0 or "磁盘已满" in outcome.stderr, outcome.stderr
        refused += outcome.exit_code
        assert line.run(*words).exit_code == 0
        assert line.disagreements() == []
        with db.reading(db.engine_for(line.url)) as connection:
            assert db.revision(connection) == 1
        db.engine_for(line.url).dispose()
    tell("建立台账", len(tried), refused)


@pytest.mark.usefixtures("programs_of_the_server")
def test_a_backup_without_room_leaves_the_last_one_as_it_was(disk, small_world):
    small_world.send(faults.ROWS)
    file = disk.folder / "nightly.backup"
    backup.back_up(file, small_world.engine)
    first, needed = file.read_bytes(), file.stat().st_size
    small_world.send(LATER)
    tried, refused = sizes(needed), 0
    for size in tried:
        with disk.with_room(size):
            refused += is_refused(lambda: backup.back_up(file, small_world.engine))
        assert (file.read_bytes(), disk.files()) == (first, {file})
    head = backup.back_up(file, small_world.engine)
    assert backup.restore(file, small_world.engine).head == head
    assert refused == len(tried)
    tell(f"备份（{small_world.engine.dialect.name}）", len(tried), refused)


def test_a_restore_without_room_leaves_the_register_where_and_as_it_was(disk, on_disk):
    """Backup, register and what is kept of it lie on one disk, as in many an office."""
    world, file = on_disk(), disk.folder / "a.backup"
    world.send(faults.ROWS)
    head = backup.back_up(file, world.engine)
    world.send(LATER)
    end = faults.state(world)
    world.engine.dispose()
    lies_there, size = disk.files(), file.stat().st_size
    tried, refused = sizes(3 * size), 0
    for room in (*tried, int(1.5 * size)):
        with disk.with_room(room):
            was_refused = is_refused(lambda: backup.restore(file, world.engine))
        refused += was_refused
        if not was_refused:
            world.send(LATER)
        assert faults.state(world) == end
        assert faults.is_whole(world)
        world.engine.dispose()
        if was_refused:
            assert disk.files() == lies_there
        for kept in disk.folder.glob("*.replaced-*"):
            kept.unlink()
    assert backup.restore(file, world.engine).head == head
    with db.reading(world.engine) as connection:
        assert read_head(connection) == head
    tell("恢复", len(tried) + 1, refused)


@pytest.fixture
def uploads(disk, monkeypatch) -> SmallDisk:
    """Where uploads, and whatever else is there for a moment, lie."""
    monkeypatch.setattr(worker.tempfile, "gettempdir", lambda: str(disk.folder))
    yield disk
    for process in list(worker._processes.values()):
        process.wait()
    worker._forget_ended_processes()


def test_an_upload_of_a_program_without_room_is_503_and_leaves_nothing(uploads, configured):
    words = ("token", "make", "对接", "--district", EAST, "--import")
    (made,) = configured.records(*words)
    content = write_log(configured.folder / "wide.csv", WIDE).read_bytes()
    fields = {"district": EAST, "months": "2021-01..2021-03"}
    tried, refused = sizes(2 * len(content)), 0
    for size in tried:
        IMPORTING.forget()
        with uploads.with_room(size):
            answer = send_log(made["token"], content, **fields)
            assert uploads.room >= size - 16 * 4096, "nothing of the upload is left"
        if answer.status != 200:
            refused += 1
            assert (answer.status, "磁盘已满" in answer.body["detail"]) == (503, True)
            assert not [path for path in uploads.files() if path.stat().st_size > 16 * 4096]
    assert configured.disagreements() == []
    IMPORTING.forget()
    answer = send_log(made["token"], content, **fields)
    assert (answer.status, answer.body["read"]) == (200, len(WIDE))
    assert len(configured.records("batches")) == 1
    tell("程序接口上传", len(tried), refused, "上传不留残余，腾出空间后照做成功")


def test_an_upload_of_a_page_without_room_is_one_sentence_and_leaves_nothing(uploads, configured):
    content = write_log(configured.folder / "wide.csv", WIDE).read_bytes()
    page = AppTest.from_file(str(ROOT / "pages" / "intake.py"), default_timeout=60).run()
    assert not page.exception
    tried = sizes(len(content))
    for size in tried:
        with uploads.with_room(size):
            page.file_uploader(key="log").upload("东区.csv", content, "text/csv").run()
            assert ["磁盘已满" in error.value for error in page.error] == [True]
            assert not page.exception
            assert not [path for path in uploads.files() if path.name == "东区.csv"]
    page.run()
    assert (len(page.error), len(page.exception)) == (0, 0)
    assert [path.name for path in uploads.files() if path.name == "东区.csv"] == ["东区.csv"]
    tell("页面上传", len(tried), len(tried), "上传不留残余，腾出空间后照做成功")


@pytest.fixture
def small_tablespace(disk, postgres) -> Iterator[str]:
    """SQL that puts a new database of PostgreSQL onto the small disk."""
    folder = disk.folder / "data"
    folder.mkdir()
    shutil.chown(folder, "pgserver", "pgserver")
    postgres.run(f"create tablespace small location '{folder}'")
    yield "tablespace small"
    postgres.run("drop tablespace small")


@pytest.mark.postgres
def test_an_import_into_postgresql_without_room_stores_nothing(
    postgres, disk, small_tablespace, tmp_path
):
    files = write_small_world(tmp_path)
    url = postgres._create(f" {small_tablespace}")
    world = SmallWorld(db.engine_for(url), files, tmp_path)
    db.migrate(world.engine)
    with db.writing(world.engine) as connection:
        start_register(connection, world.files, "test")
    start = faults.state(world)
    tried = refused = 0
    for size in sizes(1_000_000):
        tried += 1
        with disk.with_room(size):
            was_refused = is_refused(lambda: world.send(faults.ROWS))
        refused += was_refused
        assert (faults.state(world) == start) == was_refused
        assert faults.is_whole(world)
        if not was_refused:  # what earlier attempts had taken may do for a later one
            break
    world.send(faults.ROWS)
    assert faults.state(world)[1:4] == (1, len(faults.ROWS) - 1, 1)
    assert faults.is_whole(world)
    tell("PostgreSQL 的磁盘，导入", tried, refused)
    world.engine.dispose()
    postgres.drop(url)


EXPORTS = {
    "export.xlsx": ("export", "{}", "--measure", "coverage"),
    "export.csv": ("export", "{}", "--measure", "coverage"),
    "export.parquet": ("export", "{}", "--measure", "coverage"),
    "brief.html": ("brief", EAST, "--out", "{}"),
    "brief.docx": ("brief", EAST, "--out", "{}"),
    "brief.xlsx": ("brief", EAST, "--out", "{}"),
    "ledger.jsonl": ("ledger", "export", "{}"),
    "problems.xlsx": ("problems", "--export", "{}"),
    "template.xlsx": ("template", "{}", "--district", EAST),
}


def test_a_file_without_room_is_written_whole_or_not_at_all(disk, command_line):
    command_line.send([make_case(), make_case(case_no="坏", power="不认识")], exit_code=3)
    for name, words in EXPORTS.items():
        path = disk.folder / name
        given = [word.format(path) for word in words]
        with disk.with_room(0):
            assert "磁盘已满" in command_line.refusal(*given), name
        assert disk.files() == set()
        assert command_line.run(*given).exit_code == 0
        first = path.read_bytes()
        with disk.with_room(len(first) // 2 if len(first) > 2 * PAGE else 0):
            command_line.refusal(*given)
        assert (path.read_bytes(), disk.files()) == (first, {path})
        path.unlink()
    tell("导出、简报、账册、问题、空白台账", 2 * len(EXPORTS), 2 * len(EXPORTS))
