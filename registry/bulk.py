"""Large queries, out of the database as Arrow: in a seventh of the time of rows as Python's own
values, and meanwhile others may go on.

On PostgreSQL the transaction itself hands them out, by COPY. SQLite's own driver makes a value of
every cell; so other processes read the file by ADBC, where they see the same state: that the newest
act is the same says so. It has to be another process: two copies of SQLite in one take each other's
locks away, and then read torn states.
"""

import io
import json
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from functools import lru_cache, partial
from pathlib import Path
from queue import SimpleQueue
from subprocess import PIPE, Popen
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
LARGE = 20_000
"""Rows of a table, of any age, from which on another process is asked: it takes a tenth of a second
to start."""

READERS = 2
"""So many processes read at the same time: as many as a small server has processors."""

Rows = Callable[[], pd.DataFrame]
"""Waits for rows that somebody is reading."""

CHILD = Path(__file__).with_name("bulk_child.py")


def read_bulk(connection: Connection, query: sa.Select[Any]) -> pd.DataFrame:
    """The rows of a query: whole numbers as narrow as their column, int32 or int64, other numbers
    and whole ones of which one is missing as float64, texts and days as text."""
    return ask_bulk(connection, query)()


def ask_bulk(connection: Connection, query: sa.Select[Any]) -> Rows:
    """Begin to read the same; what is returned waits for the rows. Questions that are asked before
    the first is waited for are answered side by side, as far as others read for us."""
    if connection.dialect.name == "postgresql":
        return partial(_copied, connection, query)
    found = _beside(connection, query)
    return lambda: read_plain(connection, query) if (rows := found()) is None else rows


def _beside(connection: Connection, query: sa.Select[Any]) -> Callable[[], pd.DataFrame | None]:
    """From another process; None where that does not see the same state, or would not pay."""
    file = connection.engine.url.database or ""
    if not is_reading(connection) or not Path(file).is_file() or not _is_large(connection, query):
        return lambda: None
    asked: dict[str, Any] = {"newest": _text(connection, NEWEST), "query": _text(connection, query)}
    asked |= {"narrow": [name for name, type_ in _types(query).items() if type_ == pa.int32()]}
    return _readers(file).ask(asked | {"expected": connection.scalar(NEWEST)})


def _is_large(connection: Connection, query: sa.Select[Any]) -> bool:
    own = [shape.c.id for shape in find_tables(query, include_joins=True) if "id" in shape.c]
    return any((connection.scalar(sa.select(sa.func.max(key))) or 0) >= LARGE for key in own)


class Readers:
    """Several readers of a file, each of which answers one question at a time."""

    def __init__(self, file: str) -> None:
        self.free: SimpleQueue[Reader] = SimpleQueue()
        self.all = tuple(Reader(file) for _ in range(READERS))
        for reader in self.all:
            self.free.put(reader)
        self.waiting = ThreadPoolExecutor(READERS, thread_name_prefix="bulk")

    def ask(self, asked: dict[str, Any]) -> Callable[[], pd.DataFrame | None]:
        return self.waiting.submit(self._answer, asked).result

    def _answer(self, asked: dict[str, Any]) -> pd.DataFrame | None:
        reader = self.free.get()
        try:
            found = reader.read(asked)
        finally:
            self.free.put(reader)
        return None if found is None else _frame(found)


class Reader:
    """Another process; begun when it is first asked, and anew when it has ended."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.running: list[Popen[bytes]] = []
        finalize(self, _end, self.running)

    def read(self, asked: dict[str, Any]) -> pa.Table | None:
        """None where it cannot tell; what is wrong with the file, the plain way says."""
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
        # What the system's own allocator is given back, it gives back.
        with pa.ipc.open_stream(process.stdout, memory_pool=pa.system_memory_pool()) as rows:
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
def _readers(file: str) -> Readers:
    return Readers(file)


def _copied(connection: Connection, query: sa.Select[Any]) -> pd.DataFrame:
    text = io.BytesIO()
    cursor: Any = connection.connection.cursor()
    with closing(cursor), cursor.copy(f"copy ({_text(connection, query)}) to stdout csv") as parts:
        text.writelines(parts)
    types = _types(query)
    if not text.tell():
        return _frame(pa.schema(types).empty_table())
    text.seek(0)
    rows = arrow_csv.read_csv(
        text,
        read_options=arrow_csv.ReadOptions(column_names=list(types)),
        convert_options=arrow_csv.ConvertOptions(
            column_types=types,
            null_values=[""],
            strings_can_be_null=True,
            quoted_strings_can_be_null=False,
        ),
    )
    return _frame(rows)


def _types(query: sa.Select[Any]) -> dict[str, pa.DataType]:
    """Whole numbers as wide as their column in the database, days as text."""
    kinds = {sa.BigInteger: pa.int64(), sa.Integer: pa.int32(), sa.Float: pa.float64()}
    kinds |= {object: pa.string()}
    return {
        column.name: next(kinds[kind] for kind in type(column.type).mro() if kind in kinds)
        for column in query.selected_columns
    }


def _frame(rows: pa.Table) -> pd.DataFrame:
    """Column by column, each given back as soon as it is copied: millions of rows are never held
    twice."""
    return rows.to_pandas(split_blocks=True, self_destruct=True)


def _text(connection: Connection, query: sa.Select[Any]) -> str:
    whole = query.compile(dialect=connection.dialect, compile_kwargs={"literal_binds": True})
    return str(whole)
