"""Large queries, out of the database as Arrow: in a seventh of the time of rows as Python's own
values, and meanwhile others may go on.

On PostgreSQL the transaction itself hands them out, by COPY. SQLite's own driver makes a value of
every cell; so another process reads the file by ADBC, where it sees the same state: that the newest
act is the same says so. It has to be another process: two copies of SQLite in one take each other's
locks away, and then read torn states.
"""

import io
import json
import sys
from contextlib import closing
from functools import lru_cache
from pathlib import Path
from subprocess import PIPE, Popen
from threading import Lock
from typing import Any
from weakref import finalize

import pandas as pd
import pyarrow as pa
import pyarrow.csv as arrow_csv
import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.sql.util import find_tables

from registry import models
from registry.db import is_reading, read_plain, table

NEWEST = sa.select(sa.func.max(table(models.Act).c.id))
LARGE = 50_000
"""Rows of a table, of any age, from which on the other process is asked: it takes a third of a
second to start."""

CHILD = Path(__file__).with_name("bulk_child.py")


def read_bulk(connection: Connection, query: sa.Select[Any]) -> pd.DataFrame:
    """The rows of a query: whole numbers as int64, other numbers and whole ones of which one is
    missing as float64, texts and days as text."""
    found = (_copied if connection.dialect.name == "postgresql" else _beside)(connection, query)
    return read_plain(connection, query) if found is None else found.to_pandas()


def _beside(connection: Connection, query: sa.Select[Any]) -> pa.Table | None:
    """From the other process; None where that does not see the same state, or would not pay."""
    file = connection.engine.url.database or ""
    if not is_reading(connection) or not Path(file).is_file() or not _is_large(connection, query):
        return None
    asked = {"newest": _text(connection, NEWEST), "query": _text(connection, query)}
    return _reader(file).read(asked | {"expected": connection.scalar(NEWEST)})


def _is_large(connection: Connection, query: sa.Select[Any]) -> bool:
    own = [shape.c.id for shape in find_tables(query, include_joins=True) if "id" in shape.c]
    return any((connection.scalar(sa.select(sa.func.max(key))) or 0) >= LARGE for key in own)


class Reader:
    """The other process; begun when it is first asked, and anew when it has ended."""

    def __init__(self, file: str) -> None:
        self.file, self.lock = file, Lock()
        self.running: list[Popen[bytes]] = []
        finalize(self, _end, self.running)

    def read(self, asked: dict[str, Any]) -> pa.Table | None:
        """None where it cannot tell; what is wrong with the file, the plain way says."""
        with self.lock:
            try:
                return self._read(asked)
            except (OSError, ValueError):
                _end(self.running)
                return None

    def _read(self, asked: dict[str, Any]) -> pa.Table | None:
        process = self._process()
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(json.dumps(asked).encode() + b"\n")
        process.stdin.flush()
        if process.stdout.readline() != b"1\n":
            return None
        with pa.ipc.open_stream(process.stdout) as rows:
            found = rows.read_all()
        # A stream that breaks off ends as a whole one does.
        if int(process.stdout.readline()) != len(found):
            raise OSError
        return found

    def _process(self) -> Popen[bytes]:
        if self.running and self.running[0].poll() is not None:
            _end(self.running)
        if not self.running:
            words = [sys.executable, "-I", str(CHILD), self.file]
            self.running.append(Popen(words, stdin=PIPE, stdout=PIPE))
        return self.running[0]


def _end(running: list[Popen[bytes]]) -> None:
    while running:
        with running.pop() as process:
            process.kill()


@lru_cache(maxsize=1)
def _reader(file: str) -> Reader:
    return Reader(file)


def _copied(connection: Connection, query: sa.Select[Any]) -> pa.Table:
    text = io.BytesIO()
    cursor: Any = connection.connection.cursor()
    with closing(cursor), cursor.copy(f"copy ({_text(connection, query)}) to stdout csv") as parts:
        text.writelines(parts)
    types = {column.name: _arrow_type(column.type) for column in query.selected_columns}
    if not text.tell():
        return pa.schema(types).empty_table()
    text.seek(0)
    return arrow_csv.read_csv(
        text,
        read_options=arrow_csv.ReadOptions(column_names=list(types)),
        convert_options=arrow_csv.ConvertOptions(
            column_types=types,
            null_values=[""],
            strings_can_be_null=True,
            quoted_strings_can_be_null=False,
        ),
    )


def _arrow_type(kind: sa.types.TypeEngine[Any]) -> pa.DataType:
    if isinstance(kind, sa.Integer):
        return pa.int64()
    return pa.float64() if isinstance(kind, sa.Numeric) else pa.string()


def _text(connection: Connection, query: sa.Select[Any]) -> str:
    whole = query.compile(dialect=connection.dialect, compile_kwargs={"literal_binds": True})
    return str(whole)
