import os
import subprocess
import sys
import time
from dataclasses import replace

import pytest
import sqlalchemy as sa
from builders import (
    E1,
    EAST,
    QUARTER,
    SIGNS,
    TODAY,
    W1,
    SmallWorld,
    make_case,
    write_log,
    write_small_world,
)

from registry import db, models
from registry.catalogue import start_register
from registry.errors import RegistryError
from registry.intake import worker
from registry.intake.commit import import_log
from registry.intake.declaration import Declaration

pytestmark = pytest.mark.slow

DECLARED = Declaration(
    (EAST,), QUARTER, mapping={"power": "power"}, constants={"procedure": "简易"}
)
DIES_BEFORE_COMMIT = """
import os, pathlib, signal, sys
from registry.intake import commit, worker
commit.write_problems = lambda *arguments: os.kill(os.getpid(), signal.SIGKILL)
worker.run(pathlib.Path(sys.argv[1]))
"""
ASKS = """
import sys
from registry.access import REFORM_OFFICE, Scope, run_as
from registry.intake.worker import recent, status
run_as(lambda: Scope("clerk", REFORM_OFFICE))
print(status(sys.argv[1]).state, len(recent("clerk")), len(recent("other")))
"""


@pytest.fixture(autouse=True)
def _own_folder(tmp_path, monkeypatch):
    monkeypatch.setattr(worker.tempfile, "gettempdir", lambda: str(tmp_path))
    yield
    for process in list(worker._processes.values()):
        process.wait()
    worker._forget_ended_processes()


@pytest.fixture
def sqlite_world(tmp_path):
    """The small world on SQLite alone, where the kind of database is of no matter."""
    files = write_small_world(tmp_path)
    engine = db.engine_for(f"sqlite:///{tmp_path}/own.db")
    db.migrate(engine)
    with db.writing(engine) as connection:
        start_register(connection, files, "test")
    yield SmallWorld(engine, files, tmp_path)
    engine.dispose()


def sender(world):
    """Submits rows as a log of EAST."""

    def submit(rows, declared=DECLARED, name="东区.csv", **options):
        path = write_log(world.folder / "sent.csv", rows)
        given = {"actor": "clerk", "today": TODAY, "on": world.engine} | options
        return worker.submit(path.read_bytes(), name, declared, **given)

    return submit


def ended(job, on, seconds=120):
    """The job once it is no longer active, and the stages seen on the way."""
    stages = []
    for _ in range(seconds * 50):
        found = worker.status(job, on)
        stages.append(found.stage)
        if not found.is_active:
            return found, stages
        time.sleep(0.02)
    raise AssertionError(f"{found} after {seconds} s")


def count(engine, model):
    with db.reading(engine) as connection:
        return connection.scalar(sa.select(sa.func.count()).select_from(db.table(model)))


def test_a_job_says_what_the_import_itself_would_have_said(sqlite_world):
    engine = sqlite_world.engine
    rows = [make_case(), make_case(case_no="〔2021〕2号", power="无此职权"), make_case(unit=W1)]
    path = write_log(sqlite_world.folder / "东区.csv", rows)
    expected = import_log(path, DECLARED, today=TODAY, actor="clerk", on=engine, dry_run=True)
    number = sender(sqlite_world)(rows)
    assert worker.report_of(number, engine) is None
    job, stages = ended(number, engine)
    assert (job.state, job.kind, job.file_name) == ("done", "import", "东区.csv")
    assert worker.report_of(number, engine) == replace(expected, batch=1)
    assert count(engine, models.Batch) == 1
    assert set(stages) <= {"", "读取文件", "核对", "写入"}


def test_jobs_run_in_the_order_in_which_they_were_submitted(sqlite_world):
    send = sender(sqlite_world)
    first = send([make_case()])
    bad = send([make_case(unit="无此街道")], name="坏.csv")
    second = send([make_case(power=SIGNS)], dry_run=True)
    engine = sqlite_world.engine
    states = [ended(job, engine)[0] for job in (first, bad, second)]
    assert [job.state for job in states] == ["done", "failed", "done"]
    assert "没有一行可以接受" in states[1].message
    assert states[1].message.startswith("坏.csv")
    assert worker.report_of(bad, engine) is None
    assert worker.report_of(first, engine).accepted == 1
    assert worker.report_of(second, engine).corrected == 1
    assert count(engine, models.Batch) == 1, "a dry run stores nothing"
    assert [job.id for job in worker.recent(on=engine)] == [second, bad, first]
    assert [job.id for job in worker.recent("clerk", 1, engine)] == [second]
    assert not list(sqlite_world.folder.glob("registry-jobs-*/*/upload")), "uploads are removed"


def test_a_killed_worker_leaves_nothing_stored_and_holds_nobody_up(small_world, monkeypatch):
    send = sender(small_world)
    engine = small_world.engine
    with monkeypatch.context() as patch:
        patch.setattr(
            worker, "command", lambda folder: [sys.executable, "-c", DIES_BEFORE_COMMIT, folder]
        )
        killed = send([make_case()])
    job, _ = ended(killed, engine)
    assert (job.state, job.message) == ("failed", str(worker.GONE))
    assert count(engine, models.Case) == count(engine, models.Batch) == 0
    assert not list(small_world.folder.glob("registry-jobs-*/*/upload"))
    small_world.send([make_case()])
    assert count(engine, models.Case) == 1


def test_a_job_outlives_its_server_and_is_seen_by_the_next(sqlite_world):
    """Locked out of the register, an import waits; meanwhile another process asks about it."""
    send = sender(sqlite_world)
    engine = sqlite_world.engine
    with db.writing(engine):
        job = send([make_case()])
        process = worker._processes[job]
        assert os.getsid(process.pid) == process.pid, "an interrupt of the server's session"
        while worker.status(job, engine).stage != "读取文件":
            time.sleep(0.02)
        url = engine.url.render_as_string(hide_password=False)
        environment = os.environ | {
            "REGISTRY_DATABASE_URL": url,
            "TMPDIR": str(sqlite_world.folder),
        }
        asked = subprocess.run(
            [sys.executable, "-c", ASKS, job], env=environment, capture_output=True, text=True
        )
        assert asked.stdout.split() == ["running", "1", "0"], asked.stderr
    assert ended(job, engine)[0].state == "done"


def test_a_job_cut_off_with_its_server_is_failed_by_the_next(sqlite_world):
    send = sender(sqlite_world)
    engine = sqlite_world.engine
    with db.writing(engine):
        job = send([make_case()])
        while worker.status(job, engine).state != "running":
            time.sleep(0.02)
        process = worker._processes.pop(job)
        assert worker.status(job, engine).state == "running"
        process.kill()
        process.wait()
    assert worker.status(job, engine).message == str(worker.GONE)
    assert count(engine, models.Batch) == 0


def test_a_declaration_survives_the_way_to_the_worker():
    full = Declaration(
        (EAST,), QUARTER, (E1,), {"职权项": "power"}, {"action": "行政处罚"}, "表一", True
    )
    assert worker._declaration(worker._record(full)).key() == full.key()


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("东城.xlsx", "东城.xlsx"),
        ("../../etc/passwd", "passwd"),
        ("C:\\台账\\七月.csv", "七月.csv"),
        ("a\x00b\n?.csv", "a_b__.csv"),
        ("..", "上传"),
        (".csv", "csv"),
        ("", "上传"),
        ("长" * 200 + ".xlsx", "长" * 60 + ".xlsx"),
    ],
)
def test_a_file_name_leads_nowhere(given, kept):
    assert worker.safe_name(given) == kept


@pytest.mark.parametrize("number", ["", "..", "0" * 32, "../../etc"])
def test_an_unknown_job_is_a_sentence(number, tmp_path):
    engine = db.engine_for(f"sqlite:///{tmp_path}/none.db")
    with pytest.raises(RegistryError, match="没有这个导入任务"):
        worker.status(number, engine)
    assert worker.recent(on=engine) == []


def test_nobody_else_can_open_the_folder_of_uploads(tmp_path):
    folder = worker._folder("sqlite:///x.db")
    assert folder.stat().st_mode & 0o077 == 0
    folder.chmod(0o755)
    with pytest.raises(RegistryError, match="只有本用户"):
        worker._folder("sqlite:///x.db")


def test_what_is_old_is_forgotten(tmp_path):
    jobs = worker._folder("sqlite:///x.db")
    old, new = jobs / "old", jobs / "new"
    for folder in (old, new):
        (folder / "upload").mkdir(parents=True)
    os.utime(old, (0, 0))
    worker._forget_old(jobs)
    assert (old.exists(), new.exists()) == (False, True)
