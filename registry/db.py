"""The database: engine, transactions, migrations, rows out.

The only module that knows the database URL. Frames come out with labelled columns; dates travel
as ISO text or `date`, missing as None. Rows go in by `insert`.
"""

import gc
import re
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any

import pandas as pd
import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine
from sqlmodel import SQLModel

from registry import models
from registry.access import scope
from registry.engines import engine_for, wait_in_ms
from registry.errors import RegistryError
from registry.invisible import made_visible
from registry.language import N_
from registry.outages import of_database
from registry.settings import settings
from registry.window import BEIJING

MIGRATIONS = "registry:migrations"
NO_REGISTER = N_("数据库中还没有台账；请先运行 registry init")
SLICE = 50_000
"""Rows made into values at a time: a million would take a gigabyte."""
WRITER_LOCK = int.from_bytes(b"registry")
"""The key of the lock that one writer at a time holds on PostgreSQL; SQLite locks its file."""
PAGE_COST = 1.1
"""What a page by an index costs a writer on PostgreSQL. For each row stored, the server looks up
every foreign key; small tables in memory, such as acts, it would read through each time."""

NOT_TEXT = re.compile("[\x00\ud800-\udfff]")
"""No text: PostgreSQL stores no zero, and half a sign is in no encoding."""

ONE_STATE: dict[str, dict[str, Any]] = {
    "sqlite": {},
    "postgresql": {"isolation_level": "REPEATABLE READ"},
}
"""What makes several queries see the same state; SQLite does so in any transaction."""


def table(model: type[SQLModel]) -> sa.Table:
    """The table behind a model."""
    return model.__table__  # type: ignore[attr-defined]


def engine() -> Engine:
    """The engine of the configured database."""
    return engine_for(settings().database_url)


def database_files(on: Engine | None = None) -> tuple[Path, ...]:
    """Where SQLite keeps the register: its file and those beside it; none of another database."""
    on = on or engine()
    if on.dialect.name != "sqlite" or not on.url.database:
        return ()
    return tuple(Path(on.url.database + ending) for ending in ("", "-wal", "-shm"))


@contextmanager
def reading(on: Engine | None = None) -> Iterator[Connection]:
    """A connection that sees one state of the register; refuses a database without one, and raises
    Nobody where it is not known who reads."""
    scope()
    on = on or engine()
    if _is_absent(on):
        raise RegistryError(NO_REGISTER)
    with connecting(on, reads=True, **ONE_STATE[on.dialect.name]) as connection:
        _require_current(connection)
        if not is_started(connection):
            raise RegistryError(NO_REGISTER)
        yield connection


def is_reading(connection: Connection) -> bool:
    """Whether it comes from `reading`, so that nothing is written by it."""
    return bool(connection.get_execution_options().get("reads", False))


@contextmanager
def writing(on: Engine | None = None) -> Iterator[Connection]:
    """One transaction that alone may write: committed at the end, rolled back on any error. Raises
    Refused for whoever only reads.

    Every act recorded in it is entered into the ledger, whatever code recorded it; before them a
    policy that has changed since the last one.
    """
    # Both read and write through this module.
    from registry.adjustment.policies import notice_policy
    from registry.ledger import append_entries

    scope().check_writing()
    with _one_transaction(on) as connection:
        _require_current(connection)
        notice_policy(connection)
        yield connection
        append_entries(connection)


def _is_absent(on: Engine) -> bool:
    """Whether the database is a file that does not exist: to open it would make an empty one."""
    name = on.url.database or ""
    if on.dialect.name != "sqlite" or name in ("", ":memory:") or name.startswith("file:"):
        return False
    return Path(name).parent.is_dir() and not Path(name).exists()


@contextmanager
def connecting(on: Engine, **options: Any) -> Iterator[Connection]:
    """A connection, or one sentence where the database cannot be used as it is."""
    with of_database(on), on.connect().execution_options(**options) as connection:
        yield connection


@contextmanager
def _one_transaction(on: Engine | None) -> Iterator[Connection]:
    with connecting(on or engine(), writes=True) as connection, ExitStack() as stack:
        connection.execution_options(afterwards=stack)
        with connection.begin():
            if connection.dialect.name == "postgresql":
                connection.exec_driver_sql(f"set local lock_timeout = {wait_in_ms()}")
                connection.exec_driver_sql(f"select pg_advisory_xact_lock({WRITER_LOCK})")
                connection.exec_driver_sql(f"set local random_page_cost = {PAGE_COST}")
            yield connection


def afterwards(connection: Connection) -> ExitStack:
    """What is to be done when the transaction of a connection that writes has ended."""
    return connection.get_execution_options()["afterwards"]


def migrate(on: Engine | None = None) -> None:
    """Bring the database to the newest shape."""
    # Alembic is slow to load, and only this needs it.
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", MIGRATIONS)
    with _one_transaction(on) as connection:
        _require_known(_version(connection))
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


@lru_cache
def _versions() -> tuple[str, ...]:
    """Migrations are numbered, and their files begin with the number; oldest first."""
    files = (Path(__file__).parent / "migrations" / "versions").glob("[0-9]*_*.py")
    return tuple(sorted(file.name.partition("_")[0] for file in files))


def _newest_version() -> str:
    return _versions()[-1]


def _version(connection: Connection) -> str | None:
    """The migration at which the database stands; None before the first."""
    if not sa.inspect(connection).has_table("alembic_version"):
        return None
    return connection.scalar(sa.text("select version_num from alembic_version"))


def _require_known(version: str | None) -> None:
    if version is not None and version not in _versions():
        raise RegistryError(
            N_(
                "数据库版本为 {version}，本程序不认识：它属于更新的程序或别的程序；"
                "请更新程序，或让 REGISTRY_DATABASE_URL 指向另一个数据库"
            ),
            version=version,
        )


def _require_current(connection: Connection) -> None:
    found, needed = _version(connection), _newest_version()
    if found is None:
        raise RegistryError(NO_REGISTER)
    _require_known(found)
    if found != needed:
        raise RegistryError(
            N_("数据库版本为 {found}，程序需要 {needed}；请运行 registry init 升级"),
            found=found,
            needed=needed,
        )


def is_empty(on: Engine | None = None) -> bool:
    """Whether no register has been started here."""
    on = on or engine()
    if _is_absent(on):
        return True
    with connecting(on) as connection:
        return _version(connection) is None or not is_started(connection)


def is_started(connection: Connection) -> bool:
    """Whether a register has been started in a database of this shape."""
    return connection.execute(sa.select(table(models.Unit).c.id).limit(1)).first() is not None


def record_act(connection: Connection, action: str, actor: str, note: str = "") -> int:
    """Number a new act. Its instant never runs behind an earlier one's. Raises Refused for an act
    that is not for whoever acts."""
    scope().check(action)
    now = datetime.now(UTC).isoformat(timespec="microseconds")
    row = {"at": max(now, _newest(connection)), "actor": actor, "action": action, "note": note}
    return insert_row(connection, models.Act, row)


def _newest(connection: Connection) -> str:
    return connection.scalar(sa.select(sa.func.max(table(models.Act).c.at))) or ""


def newest_instant(connection: Connection) -> datetime | None:
    """When the newest act was recorded; None before the first."""
    newest = _newest(connection)
    return datetime.fromisoformat(newest) if newest else None


def insert_row(connection: Connection, model: type[SQLModel], row: dict[str, Any]) -> int:
    """Insert one row and return its number. Raises RegistryError for words that are no text."""
    for words in row.values():
        if isinstance(words, str) and NOT_TEXT.search(words):
            raise RegistryError(
                N_("「{text}」里有不是文字的字节，不能保存；请重新输入"), text=made_visible(words)
            )
    key = connection.execute(sa.insert(table(model)).values(**row)).inserted_primary_key
    assert key is not None
    return int(key[0])


def revision(connection: Connection) -> int:
    """The number of the newest act: what is cached is cached under it."""
    return connection.scalar(sa.select(sa.func.max(table(models.Act).c.id))) or 0


def last_act_known_on(connection: Connection, day: date) -> int:
    """The newest act recorded up to the end of `day`, Beijing time (DOMAIN, known-on)."""
    acts = table(models.Act)
    end = datetime.combine(day + timedelta(days=1), time(), BEIJING).astimezone(UTC)
    newest = sa.select(sa.func.max(acts.c.id)).where(
        acts.c.at < end.isoformat(timespec="microseconds")
    )
    return connection.scalar(newest) or 0


def current(shape: sa.FromClause, known: int | None = None) -> sa.ColumnElement[bool]:
    """The filter 'as known now', or 'as known when act `known` was the newest'."""
    if known is None:
        return shape.c.superseded_in.is_(None)
    ended_later = shape.c.superseded_in.is_(None) | (shape.c.superseded_in > known)
    return (shape.c.recorded_in <= known) & ended_later


def read_frame(connection: Connection, query: sa.Select[Any]) -> pd.DataFrame:
    """The rows of a query as a frame; missing integers stay missing (nullable types)."""
    result = connection.execute(query)
    rows = result.fetchall()
    columns = list(result.keys())
    if not rows:
        return pd.DataFrame({name: pd.Series(dtype=object) for name in columns})
    return pd.DataFrame(dict(zip(columns, map(list, zip(*rows, strict=True)), strict=True)))


def read_plain(connection: Connection, query: sa.Select[Any]) -> pd.DataFrame:
    """The rows of a large query in a third of the time: values as the driver has them, so that days
    are text on SQLite and dates on PostgreSQL, and texts and days stay Python's own."""
    with uncollected(), connection.execute(query) as result:
        columns = list(zip(*result.cursor.fetchall(), strict=True))
    columns = columns or [()] * len(query.selected_columns)
    own = (sa.String, sa.Date)
    return pd.DataFrame(
        {
            column.name: pd.Series(values, dtype=object if isinstance(column.type, own) else None)
            for column, values in zip(query.selected_columns, columns, strict=True)
        }
    )


@contextmanager
def uncollected() -> Iterator[None]:
    """Millions of short-lived tuples would set the garbage collector off again and again: two
    fifths of the time, for nothing that could be collected."""
    collects = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collects:
            gc.enable()


def next_id(connection: Connection, model: type[SQLModel]) -> int:
    """The number for the next row of a table whose numbers are given by us."""
    ids = table(model).c.id
    return (connection.scalar(sa.select(sa.func.max(ids))) or 0) + 1
