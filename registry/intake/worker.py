"""Imports that outlive the page that asked for them.

In: an uploaded file and what is declared about it. Out: the number of a job, whose state any
session can read until the import has ended, and its report afterwards.

Each import is a process of its own. Streamlit stops a page's script when its reader clicks
elsewhere, an import in a thread would hold the interpreter's lock for seconds while others wait,
and the memory of a large file goes back to the system only with its process. A job is a folder
in a private one under the system's temporary folder, not a row of the register: on SQLite the
import's own transaction keeps every other connection from writing, its progress included.
"""

import hashlib
import json
import os
import re
import shutil
import sqlite3
import stat
import subprocess
import sys
import tempfile
import time
import unicodedata
import uuid
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from registry.access import REFORM_OFFICE, Scope, acting, scope, subject
from registry.errors import RegistryError
from registry.language import LANGUAGES, N_, Text, language, speaking
from registry.outages import Unavailable, whole_or_gone
from registry.settings import settings
from registry.window import Window, today_in_beijing

# A process that waits its turn needs no pandas: sixteen districts' logs may wait at a time.
if TYPE_CHECKING:
    from sqlalchemy.engine import Engine

    from registry.intake.declaration import Declaration
    from registry.intake.report import Report

QUEUED, RUNNING, DONE, FAILED = "queued", "running", "done", "failed"
ACTIVE = (QUEUED, RUNNING)
GONE = Text(
    N_(
        "导入进程已中止（服务重启或程序出错），没有完成的导入已整体回滚；"
        "请重新提交，已存入的文件会被认出，不会重复"
    )
)
NO_JOB = N_("没有这个导入任务，或已过期；结果见批次列表")
TIME_TO_START = timedelta(seconds=60)
"""How long a process may take from its job's first record to its own first breath."""

KEPT = timedelta(days=7)
"""How long an ended job is remembered; what it stored is in its batch."""

POLL_SECONDS = 0.1
LONGEST_NAME = 60
NOT_IN_NAMES = re.compile(r'[\x00-\x1f\x7f<>:"/\\|?*]')

_processes: dict[str, subprocess.Popen[bytes]] = {}
"""Those that this process started: kept until they end, so that the system forgets them too."""


@dataclass(frozen=True)
class Job:
    """`state` is queued, running, done or failed; `stage` what a running one is at; `messages`
    why it failed, by language; `is_outage` whether for want of a database or room, so that later
    the same may succeed. Times are ISO 8601 in UTC."""

    id: str
    kind: str
    file_name: str
    actor: str
    state: str
    created_at: str
    updated_at: str
    stage: str = ""
    messages: Mapping[str, str] = field(default_factory=dict)
    is_outage: bool = False

    @property
    def message(self) -> str:
        """Why it failed, for whoever reads it now; '' of any other job."""
        return self.messages.get(language(), "")

    @property
    def is_active(self) -> bool:
        return self.state in ACTIVE


@dataclass(frozen=True)
class Order:
    """What is to be imported and how: everything that `import_log` takes, as JSON."""

    declaration: dict[str, Any] | None
    today: str
    dry_run: bool
    synthetic: bool
    scope: dict[str, Any]

    def declared(self) -> "Declaration | None":
        return _declaration(self.declaration) if self.declaration else None


def submit(
    upload: Path | bytes,
    file_name: str,
    declaration: "Declaration | None",
    *,
    actor: str,
    dry_run: bool = False,
    synthetic: bool = False,
    today: date | None = None,
    on: "Engine | None" = None,
) -> str:
    """Keep the upload, start its import (with `dry_run` its check) and return the job's number.

    Jobs of one register run one after another, in the order in which they were submitted. Raises
    Unavailable, with nothing kept, where the disk has no room for the upload.
    """
    url = _database_url(on)
    jobs = _folder(url)
    _forget_old(jobs)
    folder = jobs / uuid.uuid4().hex
    day = (today or today_in_beijing()).isoformat()
    declared = _record(declaration) if declaration else None
    order = Order(declared, day, dry_run, synthetic, asdict(scope()))
    now, kind = _now(), "dry_run" if dry_run else "import"
    job = Job(folder.name, kind, safe_name(file_name), actor, QUEUED, now, now)
    with whole_or_gone(folder):
        (folder / "upload").mkdir(parents=True, mode=0o700)
        data = upload if isinstance(upload, bytes) else upload.read_bytes()
        (folder / "upload" / job.file_name).write_bytes(data)
        _put(folder / "order.json", asdict(order))
        _write(folder, job)
        _start(folder, url)
    return folder.name


def status(job: str, on: "Engine | None" = None) -> Job:
    """The state of a job, from whichever session of its actor asks.

    A job whose process is gone is marked failed here. Raises RegistryError for a number that is
    none or another's, or that has been forgotten.
    """
    folder = _folder(_database_url(on)) / job
    if not re.fullmatch(r"[0-9a-f]{32}", job) or not (folder / "job.json").exists():
        raise RegistryError(NO_JOB)
    found = _settled(folder)
    if scope().role != REFORM_OFFICE and found.actor != subject():
        scope().note_refusal("job")
        raise RegistryError(NO_JOB)
    return found


def report_of(job: str, on: "Engine | None" = None) -> "Report | None":
    """The report of a job that is done; None before, and of a failed one."""
    from registry.intake.report import Report

    if status(job, on).state != DONE:
        return None
    return Report(**_take(_folder(_database_url(on)) / job / "report.json"))


def recent(actor: str | None = None, limit: int = 20, on: "Engine | None" = None) -> list[Job]:
    """The latest jobs of this register, or of one actor, the newest first."""
    jobs = _jobs(_folder(_database_url(on)))
    own = [job for job in jobs if actor in (None, job.actor)]
    return sorted(own, key=_turn, reverse=True)[:limit]


def safe_name(file_name: str) -> str:
    """The last part of a name, without signs that lead elsewhere; short enough for any disk."""
    last = re.split(r"[/\\]", unicodedata.normalize("NFC", file_name))[-1]
    clean = NOT_IN_NAMES.sub("_", last).strip(" .")
    stem, dot, ending = clean.rpartition(".")
    return f"{stem[:LONGEST_NAME]}{dot}{ending[:10]}" if stem else clean[:LONGEST_NAME] or "上传"


def _database_url(on: "Engine | None") -> str:
    return on.url.render_as_string(hide_password=False) if on else settings().database_url


def _folder(url: str) -> Path:
    """The folder of a register's jobs, which nobody but this user may open."""
    owner = os.getuid() if hasattr(os, "getuid") else os.environ.get("USERNAME", "")
    mark = hashlib.sha256(f"{Path.cwd()}|{url}".encode()).hexdigest()[:16]
    folder = Path(tempfile.gettempdir()) / f"registry-jobs-{owner}-{mark}"
    folder.mkdir(mode=0o700, exist_ok=True)
    found = folder.lstat()
    # Anyone may make this folder first and wait for what is put into it.
    foreign = hasattr(os, "getuid") and (found.st_uid != owner or found.st_mode & 0o077)
    if not stat.S_ISDIR(found.st_mode) or foreign:
        raise RegistryError(
            N_("{folder} 不是只有本用户能打开的文件夹；请删除后重试"), folder=folder
        )
    return folder


def _jobs(folder: Path) -> list[Job]:
    """Every job that is still remembered."""
    jobs = []
    for file in folder.glob("*/job.json"):
        # Another session may be forgetting it just now.
        with suppress(FileNotFoundError):
            jobs.append(_settled(file.parent))
    return jobs


def _forget_old(jobs: Path) -> None:
    """Remove what nobody has written to for long: ended jobs, and uploads cut off halfway."""
    for folder in jobs.iterdir():
        with suppress(FileNotFoundError):
            if folder.stat().st_mtime < time.time() - KEPT.total_seconds():
                shutil.rmtree(folder, ignore_errors=True)


def _start(folder: Path, url: str) -> None:
    """A process that no page, and no interrupt meant for the server, ends."""
    _processes[folder.name] = subprocess.Popen(
        command(folder),
        env=os.environ | {"REGISTRY_DATABASE_URL": url},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        start_new_session=True,
    )


def command(folder: Path) -> list[str]:
    """How the process of a job is started; never from whatever lies in the current folder."""
    return [sys.executable, "-P", "-m", "registry.intake.worker", str(folder)]


def _forget_ended_processes() -> None:
    for job, process in list(_processes.items()):
        if process.poll() is not None:
            _processes.pop(job, None)


def _settled(folder: Path) -> Job:
    """A job's state; failed where its process ended without a word."""
    _forget_ended_processes()
    job = _read(folder)
    if not job.is_active or folder.name in _processes or _is_starting(job):
        return job
    with _alive(folder) as ours:
        # Read again: it may have ended between the first look and the lock.
        job = _read(folder)
        if ours and job.is_active:
            job = _end(folder, job, FAILED, GONE)
    return job


def _is_starting(job: Job) -> bool:
    """Whether its process may not yet have come so far as to take its lock."""
    age = datetime.now(UTC) - datetime.fromisoformat(job.updated_at)
    # From the future, too, where the clock was set back: no job may wait for it until then.
    return job.state == QUEUED and abs(age) < TIME_TO_START


@contextmanager
def _alive(folder: Path, wait: float = 0) -> Iterator[bool]:
    """Holds the lock that says 'this job's process lives'; yields whether it was to be had.

    The lock is SQLite's: the system gives it back however its process ends, on any platform.
    """
    with closing(sqlite3.connect(folder / "alive", timeout=wait, isolation_level=None)) as lock:
        try:
            lock.execute("begin exclusive")
        except sqlite3.OperationalError:
            yield False
        else:
            yield True


def _end(folder: Path, job: Job, state: str, why: Text | None = None) -> Job:
    """The last word on a job, once its upload is gone. Where the disk has no room even for that,
    whoever asks next says it again."""
    _drop_upload(folder)
    messages = {code: _said(why, code) for code in LANGUAGES} if why else {}
    job = replace(job, state=state, stage="", messages=messages)
    with suppress(OSError):
        job = _write(folder, job)
    return job


def _drop_upload(folder: Path) -> None:
    shutil.rmtree(folder / "upload", ignore_errors=True)


def _said(text: Text, code: str) -> str:
    with speaking(code):
        return str(text)


def _write(folder: Path, job: Job) -> Job:
    job = replace(job, updated_at=_now())
    _put(folder / "job.json", asdict(job))
    return job


def _read(folder: Path) -> Job:
    return Job(**_take(folder / "job.json"))


def _put(file: Path, content: Mapping[str, Any]) -> None:
    """Write a file so that a reader sees all of it or what was there before."""
    new = file.with_suffix(f".{uuid.uuid4().hex}")
    try:
        new.write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")
        new.replace(file)
    except OSError:
        new.unlink(missing_ok=True)
        raise


def _take(file: Path) -> dict[str, Any]:
    return json.loads(file.read_text(encoding="utf-8"))


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="microseconds")


def _turn(job: Job) -> tuple[str, str]:
    return job.created_at, job.id


def _record(declaration: "Declaration") -> dict[str, Any]:
    plain = {name: getattr(declaration, name) for name in ("districts", "units", "sheet", "kind")}
    return plain | {
        "months": str(declaration.window),
        "mapping": dict(declaration.mapping),
        "constants": dict(declaration.constants),
        "replace": declaration.replace,
    }


def _declaration(record: dict[str, Any]) -> "Declaration":
    from registry.intake.declaration import Declaration

    return Declaration(
        tuple(record["districts"]),
        Window.parse(record["months"]),
        tuple(record["units"]),
        record["mapping"],
        record["constants"],
        record["sheet"],
        record["replace"],
        record["kind"],
    )


def run(folder: Path) -> None:
    """What the process of a job does: wait for its turn, import, say how it ended."""
    with _alive(folder, wait=TIME_TO_START.total_seconds()) as ours:
        job = _read(folder)
        if not ours or not job.is_active:
            return
        _wait_for_turn(folder, job)
        try:
            job = _write(folder, replace(job, state=RUNNING))
            report = _import(folder, job)
            _drop_upload(folder)  # before the report, which may need its room
            _put(folder / "report.json", asdict(report))
        except RegistryError as error:
            is_outage = isinstance(error, Unavailable)
            _end(folder, replace(job, is_outage=is_outage), FAILED, error.text)
        else:
            _end(folder, job, DONE)


def _wait_for_turn(folder: Path, job: Job) -> None:
    while any(other.is_active and _turn(other) < _turn(job) for other in _jobs(folder.parent)):
        time.sleep(POLL_SECONDS)


def _import(folder: Path, job: Job) -> "Report":
    from registry.intake.commit import import_log

    order = Order(**_take(folder / "order.json"))
    with acting(Scope(**order.scope)):
        return import_log(
            folder / "upload" / job.file_name,
            order.declared(),
            today=date.fromisoformat(order.today),
            actor=job.actor,
            dry_run=order.dry_run,
            synthetic=order.synthetic,
            progress=lambda stage: _progress(folder, job, stage),
        )


def _progress(folder: Path, job: Job, stage: str) -> None:
    """An import does not fail for want of a place where to say how far it has come."""
    with suppress(OSError):
        _write(folder, replace(job, stage=stage))


if __name__ == "__main__":
    run(Path(sys.argv[1]))
