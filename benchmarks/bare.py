"""Loads without any check, to measure an import beside: parsing, copying or writing alone.

Each takes a folder of files (of a bare write: the address of a register) and the address to write
to, makes ready, and returns what is to be timed.
"""

import sqlite3
from collections.abc import Callable
from pathlib import Path

import duckdb
import pandas as pd
import psycopg
from sqlalchemy.engine import Engine, make_url

from benchmarks.register import new_register

WRITTEN = {"cases": "id", "case_power": "case_id"}
"""Tables that hold nearly all rows of an import, and what is over 0 in each of their rows; all
else of it is thousands of rows."""


def log_files(folder: str | Path) -> list[Path]:
    """In the order of their months."""
    return sorted(Path(folder).glob("*.csv"))


def load_duckdb(folder: str, url: str) -> Callable[[], None]:
    """Parse the log into a table in memory, with the kinds that DuckDB finds; `url` is not used."""
    connection = duckdb.connect()
    query = f"create table log as select * from read_csv('{folder}/*.csv')"
    return lambda: connection.execute(query) and None


def load_sqlite3(folder: str, url: str) -> Callable[[], None]:
    connection = sqlite3.connect(make_url(url).database)

    def run() -> None:
        for file in log_files(folder):
            pd.read_csv(file).to_sql("log", connection, index=False, if_exists="append")
        connection.commit()

    return run


def load_postgres(folder: str, url: str) -> Callable[[], None]:
    """COPY the log as it is into a table of texts without index."""
    connection = psycopg.connect(_plain(url))
    columns = ", ".join(
        f'"{name}" text' for name in pd.read_csv(log_files(folder)[0], nrows=0).columns
    )
    connection.execute(f"create table log ({columns})")

    def run() -> None:
        for file in log_files(folder):
            _copy(file, connection)
        connection.commit()

    return run


def _copy(file: Path, connection: psycopg.Connection) -> None:
    with (
        file.open("rb") as log,
        connection.cursor() as cursor,
        cursor.copy("copy log from stdin (format csv, header)") as copy,
    ):
        while block := log.read(2**20):
            copy.write(block)


def write_bare(source: str, url: str) -> Callable[[], None]:
    """Write the cases of a register into another, and index them afterwards."""
    engine = new_register(url)
    engine.dispose()
    return WRITERS[engine.dialect.name](source, engine)


def _write_sqlite(source: str, engine: Engine) -> Callable[[], None]:
    new = sqlite3.connect(engine.url.database)
    new.execute("attach database ? as old", [make_url(source).database])
    made = "select name, sql from main.sqlite_master where tbl_name = 'cases'"
    indexes = dict(new.execute(f"{made} and sql like 'CREATE INDEX%'").fetchall())

    def run() -> None:
        for name in indexes:
            new.execute(f"drop index {name}")
        for name, key in WRITTEN.items():
            # Without a condition SQLite would copy whole pages, which no import can.
            new.execute(f"insert into main.{name} select * from old.{name} where {key} > 0")
        for statement in indexes.values():
            new.execute(statement)
        new.commit()

    return run


def _write_postgres(source: str, engine: Engine) -> Callable[[], None]:
    with psycopg.connect(_plain(source)) as old, old.cursor() as cursor:
        rows = {}
        for name in WRITTEN:
            with cursor.copy(f"copy {name} to stdout (format binary)") as copy:
                rows[name] = [bytes(block) for block in copy]
    new = psycopg.connect(_plain(engine.url.render_as_string(hide_password=False)))
    # The rows stand for acts and batches that the new register does not have.
    new.execute("set session_replication_role = replica")
    made = "select indexname, indexdef from pg_indexes where tablename = 'cases'"
    made += " and indexname not like '%pkey'"
    indexes = dict(new.execute(made).fetchall())

    def run() -> None:
        for name in indexes:
            new.execute(f"drop index {name}")
        for name, blocks in rows.items():
            with (
                new.cursor() as cursor,
                cursor.copy(f"copy {name} from stdin (format binary)") as copy,
            ):
                for block in blocks:
                    copy.write(block)
        for statement in indexes.values():
            new.execute(statement)
        new.commit()

    return run


def _plain(url: str) -> str:
    """As psycopg takes it: without the name of the driver."""
    return url.replace("postgresql+psycopg://", "postgresql://")


WRITERS = {"sqlite": _write_sqlite, "postgresql": _write_postgres}
