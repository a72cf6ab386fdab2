"""What a database or a disk refuses, as one sentence each: busy, full, unreachable, damaged.

In: errors of SQLAlchemy, of the drivers beneath it and of the system. Out: `Unavailable`, which
says what to do; every other error is a bug and goes through as it came.
"""

import errno
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy.engine import Engine
from sqlalchemy.exc import DatabaseError, DBAPIError, OperationalError

from registry.errors import RegistryError
from registry.language import N_
from registry.settings import settings

BUSY = N_(
    "另一个程序正在写台账，等了 {seconds} 秒还没有轮到，没有写入；"
    "请等它结束后再做一次（REGISTRY_LOCK_SECONDS 可改等多久）"
)
FULL = N_("磁盘已满（{place}），没有写入；请腾出空间后再做一次")
UNUSABLE = N_("数据库 {place} 不能使用：{error}")

BUSY_CODES = ("SQLITE_BUSY", "SQLITE_LOCKED", "55P03")
FULL_CODES = ("SQLITE_FULL", "53100")
VAGUE_CODES = ("SQLITE_IOERR", "SQLITE_CANTOPEN")
"""SQLite's name of an error begins so; PostgreSQL's SQLSTATE is so."""

SMALLEST_ROOM = 1 << 20
"""Bytes without which SQLite can do nothing."""

OUTSIDE = ("08", "53", "57", "58", "XX", "42501", "25006")
"""How the SQLSTATE of what is no mistake of ours begins: no connection, no room, shut down, the
system, damage; and of a missing privilege and of a write where only reading is allowed."""

NO_ROOM = (errno.ENOSPC, errno.EDQUOT)


class Unavailable(RegistryError):
    """A database or disk cannot be used as it is; later the same may succeed."""


class Busy(Unavailable):
    """Another writes, and has for longer than one waits."""

    def __init__(self) -> None:
        super().__init__(BUSY, seconds=f"{settings().lock_seconds:g}")


class Full(Unavailable):
    """There is no room on the disk of `place`."""

    def __init__(self, place: object) -> None:
        super().__init__(FULL, place=place)


@contextmanager
def of_database(on: Engine) -> Iterator[None]:
    """Errors of a database that are beyond us become Unavailable, those of its driver too: what is
    read and written in bulk goes past SQLAlchemy."""
    try:
        yield
    except (DBAPIError, on.dialect.loaded_dbapi.Error) as error:
        if not _is_beyond_us(error):
            raise
        place = on.url.render_as_string(hide_password=True)
        reason = " ".join(str(_cause(error)).split())
        unusable = Unavailable(UNUSABLE, place=place, error=reason)
        file = Path(on.url.database or "") if on.dialect.name == "sqlite" else None
        raise (busy_or_full(error, place, file) or unusable) from None


def busy_or_full(error: Exception, place: object, file: Path | None) -> Unavailable | None:
    """The sentence where a database is one of these; None of any other error. file: of SQLite's."""
    code = _code(error)
    if code.startswith(BUSY_CODES):
        return Busy()
    # Where SQLite has no room for what it keeps beside the file, it says no more than this.
    vague = file is not None and code.startswith(VAGUE_CODES) and _has_no_room(file)
    return Full(place) if vague or code.startswith(FULL_CODES) else None


def _has_no_room(file: Path) -> bool:
    folder = file.absolute().parent
    return folder.is_dir() and shutil.disk_usage(folder).free < SMALLEST_ROOM


def _is_beyond_us(error: Exception) -> bool:
    """Unreachable, locked, full, damaged, no database or not allowed; all else is a bug."""
    if isinstance(error, DBAPIError) and error.connection_invalidated:
        return True
    cause = _cause(error)
    if isinstance(error, OperationalError) or type(cause).__name__ == "OperationalError":
        return True
    # Of a file that is damaged or no database, SQLite says no more than DatabaseError.
    vague = type(error) is DatabaseError or type(cause) is sqlite3.DatabaseError
    return vague or _code(error).startswith(OUTSIDE)


def _cause(error: Exception) -> Any:
    """The driver's own error."""
    return getattr(error, "orig", None) or error


def _code(error: Exception) -> str:
    """SQLite's name of an error or PostgreSQL's SQLSTATE; '' where there is neither."""
    cause = _cause(error)
    return getattr(cause, "sqlite_errorname", None) or getattr(cause, "sqlstate", None) or ""


@contextmanager
def of_disk() -> Iterator[None]:
    """A disk without room is Unavailable; any other error of the system stays what it is."""
    try:
        yield
    except OSError as error:
        if full := no_room(error):
            raise full from None
        raise


def no_room(error: Exception) -> Full | None:
    """The sentence about a disk without room; None of any other error."""
    if not isinstance(error, OSError) or error.errno not in NO_ROOM:
        return None
    return Full(error.filename or tempfile.gettempdir())


@contextmanager
def whole_or_gone(folder: Path) -> Iterator[None]:
    """Around the filling of a folder: where that does not succeed, nothing of it is left."""
    try:
        with of_disk():
            yield
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
