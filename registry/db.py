"""The database: engine, transactions, migrations, rows in and out in bulk.

The only module that knows the database URL. Frames come out with labelled columns and go in
with the columns of their table; dates travel as ISO text or `date`, missing as None.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Any

import pandas as pd
import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy.engine import Connection, Engine
from sqlmodel import SQLModel

from registry import models
from registry.errors import RegistryError
from registry.settings import settings
from registry.window import BEIJING

MIGRATIONS = "registry:migrations"
PRAGMAS = ("foreign_keys=on", "journal_mode=wal", "busy_timeout=60000", "cache_size=-65536")
WRITER_LOCK = 431_2020  # one writer at a time on PostgreSQL; SQLite locks its file


def table(model: type[SQLModel]) -> sa.Table:
    """The table behind a model."""
    return model.__table__  # type: ignore[attr-defined]


@lru_cache
def engine_for(url: str) -> Engine:
    """An engine for a database URL: SQLite, or PostgreSQL through psycopg."""
    parsed = sa.make_url(url)
    if parsed.drivername in ("postgresql", "postgres"):
        parsed = parsed.set(drivername="postgresql+psycopg")
    engine = sa.create_engine(parsed)
    if engine.dialect.name == "sqlite":
        sa.event.listen(engine, "connect", _prepare_sqlite)
        sa.event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: Any, _record: object) -> None:
    connection.isolation_level = None  # transactions begin below, never by themselves
    for pragma in PRAGMAS:
        connection.execute(f"pragma {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    writes = connection.get_execution_options().get("writes", False)
    connection.exec_driver_sql("begin immediate" if writes else "begin")


def engine() -> Engine:
    """The engine of the configured database."""
    return engine_for(settings().database_url)


@contextmanager
def reading(on: Engine | None = None) -> Iterator[Connection]:
    """A connection that sees one state of the register; refuses a database without tables."""
    with (on or engine()).connect() as connection:
        _require_current(connection)
        yield connection


@contextmanager
def writing(on: Engine | None = None) -> Iterator[Connection]:
    """One transaction that alone may write: committed at the end, rolled back on any error."""
    with _one_transaction(on) as connection:
        _require_current(connection)
        yield connection


@contextmanager
def _one_transaction(on: Engine | None) -> Iterator[Connection]:
    connecting = (on or engine()).connect().execution_options(writes=True)
    with connecting as connection, connection.begin():
        if connection.dialect.name == "postgresql":
            connection.exec_driver_sql(f"select pg_advisory_xact_lock({WRITER_LOCK})")
        yield connection


def _alembic_config(connection: Connection | None = None) -> Config:
    config = Config()
    config.set_main_option("script_location", MIGRATIONS)
    config.attributes["connection"] = connection
    return config


def migrate(on: Engine | None = None) -> None:
    """Bring the database to the newest shape."""
    with _one_transaction(on) as connection:
        command.upgrade(_alembic_config(connection), "head")


@lru_cache
def _head() -> str | None:
    return ScriptDirectory.from_config(_alembic_config()).get_current_head()


def _require_current(connection: Connection) -> None:
    current = MigrationContext.configure(connection).get_current_revision()
    if current is None:
        raise RegistryError("数据库中还没有台账;请先运行 registry init")
    if current != _head():
        raise RegistryError(f"数据库版本为 {current},程序需要 {_head()};请运行 registry init 升级")


def is_empty(on: Engine | None = None) -> bool:
    """Whether no register has been started here."""
    with (on or engine()).connect() as connection:
        if MigrationContext.configure(connection).get_current_revision() is None:
            return True
        return connection.scalar(sa.select(sa.func.count()).select_from(table(models.Unit))) == 0


def record_act(connection: Connection, action: str, actor: str, note: str = "") -> int:
    """Number a new act. Its instant never runs behind an earlier one's."""
    acts = table(models.Act)
    now = datetime.now(UTC).isoformat(timespec="microseconds")
    last = connection.scalar(sa.select(sa.func.max(acts.c.at)))
    row = {"at": max(now, last or now), "actor": actor, "action": action, "note": note}
    return insert_row(connection, models.Act, row)


def insert_row(connection: Connection, model: type[SQLModel], row: dict[str, Any]) -> int:
    """Insert one row and return its number."""
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


def read_frame(connection: Connection, query: sa.Select[Any]) -> pd.DataFrame:
    """The rows of a query as a frame; missing integers stay missing (nullable types)."""
    result = connection.execute(query)
    rows = result.fetchall()
    columns = list(result.keys())
    if not rows:
        return pd.DataFrame({name: pd.Series(dtype=object) for name in columns})
    return pd.DataFrame(dict(zip(columns, map(list, zip(*rows, strict=True)), strict=True)))


def next_id(connection: Connection, model: type[SQLModel]) -> int:
    """The number for the next row of a table whose numbers are given by us."""
    ids = table(model).c.id
    return (connection.scalar(sa.select(sa.func.max(ids))) or 0) + 1


def insert_frame(connection: Connection, model: type[SQLModel], frame: pd.DataFrame) -> None:
    """Insert all rows of a frame in one go; columns by name, missing values as null."""
    if len(frame):
        columns = [_plain(frame[name]) for name in frame.columns]
        insert_columns(connection, table(model).name, list(frame.columns), columns)


def insert_columns(
    connection: Connection, name: str, names: Sequence[str], columns: Sequence[Sequence[Any]]
) -> None:
    """Insert rows given column by column: COPY on PostgreSQL, executemany on SQLite."""
    quoted = ", ".join(f'"{column}"' for column in names)
    cursor: Any = connection.connection.cursor()
    if connection.dialect.name == "postgresql":
        with cursor.copy(f'copy "{name}" ({quoted}) from stdin') as copy:
            for row in zip(*columns, strict=True):
                copy.write_row(row)
    else:
        marks = ", ".join("?" * len(names))
        cursor.executemany(
            f'insert into "{name}" ({quoted}) values ({marks})', zip(*columns, strict=True)
        )
    cursor.close()


def _plain(column: pd.Series) -> list[Any]:
    """Python values with None for missing; days as ISO text."""
    if pd.api.types.is_datetime64_any_dtype(column.dtype):
        codes, days = pd.factorize(column)
        texts = [*days.strftime("%Y-%m-%d"), None]
        return [texts[code] for code in codes.tolist()]
    values = column.tolist()
    if column.dtype != object and not column.isna().any():
        return values
    missing = column.isna().tolist()
    return [None if gone else _text(v) for v, gone in zip(values, missing, strict=True)]


def _text(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value
