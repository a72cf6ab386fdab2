"""Backups: the whole register in one file, and back again once everything in it has been verified.

SQLite through its online backup, PostgreSQL through its own `pg_dump` and `pg_restore`, which
have to be of the server's version or newer. Both see one state, whatever is written meanwhile.
"""

import errno
import os
import shutil
import sqlite3
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import sqlalchemy as sa
from sqlalchemy.engine import URL, Connection, Engine

from registry import db
from registry.access import scope
from registry.audit import check_register
from registry.db import NO_REGISTER
from registry.engines import wait_in_ms
from registry.errors import RegistryError
from registry.export import writable
from registry.language import N_
from registry.ledger import LEDGER, START, Head, Stage, read_head
from registry.outages import Busy, Full, busy_or_full, of_disk
from registry.rollups import renew
from registry.window import BEIJING

SIGNS = {b"SQLite format 3\0": "sqlite", b"PGDMP": "postgresql"}
"""How a backup begins, and which database it is of."""

COPIED, MOVED = "copied", "moved"
NOT_A_BACKUP = N_("{path} 不是台账的备份；请用 registry backup 写出的文件")
OTHER_DATABASE = N_("{path} 是 {found} 的备份，REGISTRY_DATABASE_URL 指向 {wanted}")
DAMAGED = N_("{path} 读不出来（{error}）：备份已损坏或不完整，台账没有改动")
FAILED = N_("写不出备份 {path}：{error}")
DISAGREES = N_("{path} 中有 {count} 处与账册不符（第一处：{first}），台账没有改动")


@dataclass(frozen=True)
class Restored:
    """The head of what is there now, and where what was there before has been kept."""

    head: Head
    kept: Path | None


def back_up(path: Path, on: Engine | None = None) -> Head:
    """Write the register to a file, whole or not at all; returns its head of the ledger."""
    scope().check("backup")
    engine = on or db.engine()
    with writable(path):
        if db.is_empty(engine):
            raise RegistryError(NO_REGISTER)
        return _dump_whole(engine, path)


def _dump_whole(engine: Engine, path: Path) -> Head:
    """Under the name there is nothing, or what was there, until all of it is written."""
    with of_disk(), TemporaryDirectory(dir=path.parent) as folder:
        written = Path(folder) / path.name
        head = _dump(engine, written)
        os.replace(written, path)
    return head


def restore(path: Path, on: Engine | None = None, progress: Stage = lambda stage: None) -> Restored:
    """Put a backup in the place of the register.

    First it is loaded elsewhere, brought to this program's shape and checked against its ledger;
    what is there is then kept beside the backup. Raises RegistryError, the register unchanged,
    where the file is no backup, damaged, of the other kind of database, or does not agree.
    """
    scope().check("restore")
    engine = on or db.engine()
    _require_kind(path, engine)
    progress("copy")
    with _copy_of(engine, path) as copy, TemporaryDirectory() as folder:
        _bring_up(copy)
        progress("verify")
        head = _verified(copy, path)
        sound = Path(folder) / "sound"
        _dump(copy, sound)
        progress("replace")
        with _keeping(engine, path) as kept:
            _load(engine, sound)
    engine.dispose()
    return Restored(head, kept)


def _require_kind(path: Path, engine: Engine) -> None:
    if path.exists() and not path.is_file():
        raise RegistryError(NOT_A_BACKUP, path=path)
    try:
        with path.open("rb") as file:
            start = file.read(max(map(len, SIGNS)))
    except OSError as error:
        raise RegistryError(NOT_A_BACKUP, path=f"{path}（{error.strerror}）") from None
    found = next((kind for sign, kind in SIGNS.items() if start.startswith(sign)), None)
    if found is None:
        raise RegistryError(NOT_A_BACKUP, path=path)
    if found != engine.dialect.name:
        raise RegistryError(OTHER_DATABASE, path=path, found=found, wanted=engine.dialect.name)


def _bring_up(copy: Engine) -> None:
    """As `registry init` does with an older register."""
    db.migrate(copy)
    with db.writing(copy) as connection:
        renew(connection)


def _verified(copy: Engine, path: Path) -> Head:
    with db.reading(copy) as connection:
        wrong = [result["check"] for result in check_register(connection) if not result["ok"]]
        if wrong:
            raise RegistryError(DISAGREES, path=path, count=len(wrong), first=wrong[0])
        return read_head(connection)


@contextmanager
def _keeping(engine: Engine, path: Path) -> Iterator[Path | None]:
    """The register as it is, in a file beside the backup; None where there is none.

    A SQLite file that cannot be read any more is moved there as it stands. A copy goes again where
    what is done within fails: the register is still in its place then.
    """
    kept = path.with_name(f"{path.name}.replaced-{datetime.now(BEIJING):%Y%m%dT%H%M%S}")
    with writable(kept):
        found = _keep(engine, kept)
    try:
        yield kept if found else None
    except RegistryError:
        if found == COPIED:
            kept.unlink(missing_ok=True)
        raise


def _keep(engine: Engine, kept: Path) -> str:
    """How it is kept; '' where there is nothing to keep."""
    try:
        if db.is_empty(engine):
            return ""
        _dump_whole(engine, kept)
    except (Busy, Full):
        raise
    except RegistryError:
        if engine.dialect.name != "sqlite":
            raise
        engine.dispose()
        _move(_file_of(engine), kept)
        return MOVED
    return COPIED


def _move(database: Path, to: Path) -> None:
    for ending in ("", "-wal", "-shm"):
        if database.with_name(database.name + ending).exists():
            shutil.move(f"{database}{ending}", f"{to}{ending}")


@contextmanager
def _copy_of(engine: Engine, path: Path) -> Iterator[Engine]:
    """The backup loaded into a database of its own, gone at the end."""
    with _spare_url(engine) as url:
        copy = db.engine_for(url.render_as_string(hide_password=False))
        try:
            _load(copy, path)
            yield copy
        finally:
            copy.dispose()


@contextmanager
def _spare_url(engine: Engine) -> Iterator[URL]:
    """The URL of a new database: a file beside the register's, or one more on the same server."""
    if engine.dialect.name == "sqlite":
        with TemporaryDirectory(dir=_file_of(engine).parent) as folder:
            yield engine.url.set(database=str(Path(folder) / "copy.db"))
        return
    name = f"registry_copy_{os.getpid()}_{datetime.now(BEIJING):%H%M%S%f}"
    _administer(engine, f'create database "{name}"')
    try:
        yield engine.url.set(database=name)
    finally:
        _administer(engine, f'drop database if exists "{name}" with (force)')


def _administer(engine: Engine, statement: str) -> None:
    try:
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql(statement)
    except sa.exc.ProgrammingError as error:
        raise RegistryError(
            N_("校验备份要在同一服务器上建一个临时数据库，数据库用户没有 CREATEDB 权限：{error}"),
            error=" ".join(str(error.orig).split()),
        ) from None


def _dump(engine: Engine, path: Path) -> Head:
    """Write the database to a file; the head that the file has, whatever came meanwhile."""
    if engine.dialect.name == "sqlite":
        _copy_sqlite(_file_of(engine), path)
        copy = db.engine_for(f"sqlite:///{path.absolute()}")
        with db.connecting(copy) as connection:
            head = _head(connection)
        copy.dispose()
        return head
    with db.connecting(engine, **db.ONE_STATE["postgresql"]) as connection:
        seen = connection.exec_driver_sql("select pg_export_snapshot()").scalar_one()
        words = ("--format=custom", "--no-owner", f"--snapshot={seen}", f"--file={path}")
        _run("pg_dump", engine, path, *words)
        return _head(connection)


def _head(connection: Connection) -> Head:
    """Registers of the first shapes have no ledger."""
    if not sa.inspect(connection).has_table(LEDGER.name):
        return Head(0, START)
    return read_head(connection)


def _file_of(engine: Engine) -> Path:
    return Path(engine.url.database or "").absolute()


def _load(engine: Engine, path: Path) -> None:
    """Replace all that the database holds, in one transaction."""
    if engine.dialect.name == "sqlite":
        _copy_sqlite(path, _file_of(engine), "" if _has_journal(path) else "?immutable=1")
    else:
        replace = ("--clean", "--if-exists", "--single-transaction", "--no-owner")
        _run("pg_restore", engine, path, *replace, f"--dbname={engine.url.database}", str(path))


def _has_journal(path: Path) -> bool:
    journal = path.with_name(f"{path.name}-wal")
    return journal.exists() and journal.stat().st_size > 0


def _copy_sqlite(source: Path, target: Path, how: str = "") -> None:
    """how: ?immutable=1 where nobody writes, so that SQLite makes no files beside the source."""
    uri = source.absolute().as_uri() + how
    try:
        with (
            closing(sqlite3.connect(uri, uri=True)) as old,
            closing(sqlite3.connect(target)) as new,
        ):
            new.execute(f"pragma busy_timeout={wait_in_ms()}")
            old.backup(new, progress=_giving_up(wait_in_ms() / 1000))
    except sqlite3.Error as error:
        damaged = RegistryError(DAMAGED, path=source, error=error)
        raise (busy_or_full(error, target, target) or damaged) from None


def _giving_up(seconds: float) -> Callable[[int, int, int], None]:
    """Told after each step, of which there is one unless another writes: without this, Python would
    try for ever."""
    until = time.monotonic() + seconds

    def told(status: int, _remaining: int, _total: int) -> None:
        if status in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED) and time.monotonic() > until:
            raise Busy

    return told


def _run(program: str, engine: Engine, path: Path, *words: str) -> None:
    """A program of PostgreSQL against the engine's database; the password stays out of sight."""
    url = engine.url
    known = {
        "PGHOST": url.host or url.query.get("host"),
        "PGPORT": str(url.port or url.query.get("port") or ""),
        "PGUSER": url.username,
        "PGPASSWORD": url.password,
        "PGDATABASE": url.database,
    }
    spoken = {"LC_ALL": "C.UTF-8"}  # what it says of the disk is looked for
    environment = os.environ | spoken | {name: str(v) for name, v in known.items() if v}
    try:
        done = subprocess.run(
            [program, *words],
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
    except FileNotFoundError:
        raise RegistryError(
            N_("没有找到 {program}；请安装与服务器同一版本的 PostgreSQL 客户端"), program=program
        ) from None
    if done.returncode:
        error = " ".join(done.stderr.split()) or str(done.returncode)
        if os.strerror(errno.ENOSPC) in error:
            raise Full(path if program == "pg_dump" else engine.url.database)
        if program == "pg_restore":
            raise RegistryError(DAMAGED, path=path, error=error)
        raise RegistryError(FAILED, path=path, error=error)
