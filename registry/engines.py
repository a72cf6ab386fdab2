"""Engines: SQLite or PostgreSQL behind a URL, and how a connection to either begins."""

import sqlite3
import time
from functools import lru_cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.exc import ArgumentError

from registry.errors import RegistryError
from registry.language import N_
from registry.settings import settings

PRAGMAS = (
    "page_size=16384",
    "foreign_keys=on",
    "journal_mode=wal",
    "cache_size=-65536",
)
SECONDS_TO_CONNECT = 10
PAUSE = 0.02

DRIVERS = {
    "sqlite": "sqlite",
    "sqlite+pysqlite": "sqlite",
    "postgres": "postgresql+psycopg",
    "postgresql": "postgresql+psycopg",
    "postgresql+psycopg": "postgresql+psycopg",
}


@lru_cache
def engine_for(url: str) -> Engine:
    """The engine of a database URL, the same every time it is asked for. Raises RegistryError as
    `new_engine` does."""
    return new_engine(url)


def new_engine(url: str) -> Engine:
    """An engine for a database URL: SQLite, or PostgreSQL through psycopg.

    Raises RegistryError for any other URL, without repeating it: it may hold a password.
    """
    try:
        parsed = sa.make_url(url)
        parsed = parsed.set(drivername=DRIVERS[parsed.drivername])
        engine = sa.create_engine(parsed, **_reconnecting(parsed))
    except (ArgumentError, ValueError, KeyError):
        raise RegistryError(
            N_(
                "REGISTRY_DATABASE_URL 不是可用的数据库地址；请写成 sqlite:///registry.db "
                "或 postgresql://用户：密码@主机：5432/库名"
            )
        ) from None
    if engine.dialect.name == "sqlite":
        sa.event.listen(engine, "connect", _prepare_sqlite)
        sa.event.listen(engine, "begin", _begin_sqlite)
    return engine


def _reconnecting(url: sa.URL) -> dict[str, Any]:
    """A server may be restarted between two uses of a connection, or not answer at all."""
    if url.get_backend_name() == "sqlite":
        return {}
    wait = {} if "connect_timeout" in url.query else {"connect_timeout": SECONDS_TO_CONNECT}
    return {"pool_pre_ping": True, "connect_args": wait}


def _prepare_sqlite(connection: Any, _record: object) -> None:
    connection.isolation_level = None  # transactions begin below, never by themselves
    connection.execute(f"pragma busy_timeout={wait_in_ms()}")
    for pragma in PRAGMAS:
        _patiently(connection, f"pragma {pragma}")


def wait_in_ms() -> int:
    """How long a writer waits for another one."""
    return int(settings().lock_seconds * 1000)


def _patiently(connection: Any, statement: str) -> None:
    """Two who open a new file at once: to change its journal SQLite does not wait by itself."""
    until = time.monotonic() + settings().lock_seconds
    while True:
        try:
            connection.execute(statement)
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > until:
                raise
            time.sleep(PAUSE)
        else:
            return


def _begin_sqlite(connection: Connection) -> None:
    writes = connection.get_execution_options().get("writes", False)
    connection.exec_driver_sql("begin immediate" if writes else "begin")
