"""The questions asked of raw cases in DuckDB, SQLite and PostgreSQL, each as it likes them best.

DuckDB: in memory, in the order of days. SQLite: a file beside, a covering index for each of the
ways the year is read. PostgreSQL: the same indexes, a gigabyte of its own memory, visibility known.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import duckdb
import pandas as pd
import psycopg
import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks.embedded import postgres
from benchmarks.statements import DECIDED, STATEMENTS

TABLES = {
    "unit": "unit smallint primary key, unit_code text, district text, unit_kind text",
    "power": "power smallint primary key, power_code text, department text",
    "holding": "unit smallint, power smallint, begins integer, ends integer",
    "month": "month text primary key, begins integer, ends integer",
    "calendar": "day integer primary key, month text",
    "stretch": "day integer primary key",
    "band": "volume_band text, lower integer, upper integer",
    "log": "unit smallint, power smallint, day integer, action smallint, outcome smallint, "
    "nth smallint",
}
INDEXES = (
    f"create index log_decided on log (unit, power, day) where {DECIDED}",
    "create index log_power on log (unit, power, day)",
    "create index log_cases on log (unit, day) where nth = 1",
    "create index holding_pair on holding (unit, power, begins, ends)",
)
BATCH = 200_000
"""Rows written at a time."""


class DuckDB:
    def __init__(self, folder: Path) -> None:
        self.connection = duckdb.connect()
        for name in TABLES:
            order = " order by day" if name == "log" else ""
            source = f"from read_parquet('{folder}/{name}.parquet')"
            self.connection.execute(f"create table {name} as select * {source}{order}")

    def ask(self, question: str) -> pd.DataFrame:
        return self.connection.execute(STATEMENTS[question]).df()


class SQLite:
    def __init__(self, folder: Path) -> None:
        self.connection = sqlite3.connect(folder / "cases.db")
        for setting in ("journal_mode = off", "synchronous = off", "cache_size = -1000000"):
            self.connection.execute(f"pragma {setting}")
        for name, columns in TABLES.items():
            self.connection.execute(f"create table {name} ({columns})")
            places = ", ".join("?" * len(columns.split(",")))
            for rows in batches(folder, name):
                self.connection.executemany(f"insert into {name} values ({places})", rows)
        for index in (*INDEXES, "analyze"):
            self.connection.execute(index)
        self.connection.commit()

    def ask(self, question: str) -> pd.DataFrame:
        return pd.read_sql_query(STATEMENTS[question], self.connection)


class PostgreSQL:
    def __init__(self, folder: Path) -> None:
        self.open = ExitStack()
        self.server = self.open.enter_context(postgres())
        self.connection = psycopg.connect(self.server.new_database("cases"), autocommit=True)
        self.connection.execute("set work_mem = '256MB'")
        self.connection.execute("set maintenance_work_mem = '1GB'")
        for name, columns in TABLES.items():
            self.connection.execute(f"create table {name} ({columns})")
            self._fill(folder, name)
        for index in INDEXES:
            self.connection.execute(index)
        self.connection.execute("vacuum analyze")

    def _fill(self, folder: Path, name: str) -> None:
        with self.connection.cursor() as cursor, cursor.copy(f"copy {name} from stdin") as copy:
            for rows in batches(folder, name):
                lines = pd.DataFrame(rows).to_csv(sep="\t", header=False, index=False)
                copy.write(lines)

    def ask(self, question: str) -> pd.DataFrame:
        cursor = self.connection.execute(STATEMENTS[question])
        return pd.DataFrame(cursor.fetchall(), columns=[c.name for c in cursor.description])

    def megabytes(self) -> float:
        return self.server.megabytes()

    def close(self) -> None:
        self.connection.close()
        self.open.close()


def batches(folder: Path, name: str) -> Iterator[list[tuple[object, ...]]]:
    """The rows of a table, so many at a time."""
    for batch in pq.ParquetFile(folder / f"{name}.parquet").iter_batches(BATCH):
        columns = [column.to_pylist() for column in pa.Table.from_batches([batch]).columns]
        yield list(zip(*columns, strict=True))
