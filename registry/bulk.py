"""Large queries, out of the database as Arrow: in a seventh of the time of rows as Python's own
values, and meanwhile others may go on.

On PostgreSQL the transaction itself hands them out, by COPY. SQLite's own driver makes a value of
every cell; so other processes read the file by ADBC, where they see the same state: that the newest
act is the same says so. It has to be another process: two copies of SQLite in one take each other's
locks away, and then read torn states.
"""

import ctypes
import io
import json
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from functools import lru_cache
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
from sqlalchemy.sql.functions import coalesce
from sqlalchemy.sql.util import find_tables

from registry import models
from registry.db import is_reading, read_plain, table

NEWEST = sa.select(sa.func.max(table(models.Act).c.id))
LARGE = 20_000
"""Rows of a table, of any age, from which on another process is asked: it takes a tenth of a second
to start."""

READERS = 2
"""So many processes read at the same time: as many as a small server has processors."""

BITS = 32
Rows = Callable[[], pd.DataFrame]
"""Waits for rows that somebody is reading."""

Ask = Callable[[Connection, sa.Select[Any]], Rows]
Then = Callable[[pd.DataFrame], pd.DataFrame]


def _as_they_are(rows: pd.DataFrame) -> pd.DataFrame:
    return rows


CHILD = Path(__file__).with_name("bulk_child.py")


def read_bulk(connection: Connection, query: sa.Select[Any]) -> pd.DataFrame:
    """The rows of a query: whole numbers as narrow as their column, int32 or int64, other numbers
    and whole ones of which one is missing as float64, texts and days as text."""
    return ask_bulk(connection, query)()


def give_memory_back() -> None:
    """What reading millions of rows took for a while, and glibc keeps for each thread; systems with
    another library have no such call."""
    with suppress(AttributeError, OSError, TypeError):
        ctypes.CDLL(None).malloc_trim(0)


def ask_bulk(connection: Connection, query: sa.Select[Any], then: Then = _as_they_are) -> Rows:
    """Begin to read the same; what is returned waits for the rows and what `then` makes of them.
    Questions that are asked before the first is waited for are answered side by side, as far as
    others read for us."""
    if connection.dialect.name == "postgresql":
        return lambda: then(_copied(connection, query))
    found = _beside(connection, query, then)
    return lambda: then(read_plain(connection, query)) if (rows := found()) is None else rows


def _beside(
    connection: Connection, query: sa.Select[Any], then: Then
) -> Callable[[], pd.DataFrame | None]:
    """From another process; None where that does not see the same state, or would not pay."""
    file = connection.engine.url.database or ""
    if not is_reading(connection) or not Path(file).is_file() or not _is_large(connection, query):
        return lambda: None
    paired, pairs = _paired(query)
    narrow = [name for name, type_ in _types(paired).items() if type_ == pa.int32()]
    asked = {
        "newest": _text(connection, NEWEST),
        "expected": connection.scalar(NEWEST),
        "query": _text(connection, paired),
        "narrow": narrow,
    }
    names = [column.name for column in query.selected_columns]
    return _readers(file).ask(asked, lambda rows: then(_taken_apart(rows, pairs, names)))


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
        # One more than readers: while one makes something of its rows, others go on reading.
        self.waiting = ThreadPoolExecutor(READERS + 1, thread_name_prefix="bulk")

    def ask(self, asked: dict[str, Any], then: Then) -> Callable[[], pd.DataFrame | None]:
        return self.waiting.submit(self._answer, asked, then).result

    def _answer(self, asked: dict[str, Any], then: Then) -> pd.DataFrame | None:
        reader = self.free.get()
        try:
            found = reader.read(asked)
        finally:
            self.free.put(reader)
        return None if found is None else then(_frame(found))


def _paired(query: sa.Select[Any]) -> tuple[sa.Select[Any], list[tuple[str, str]]]:
    """The query with its columns of 32 bits two in one, and which are: first times 2³² plus second.

    What reading takes is taken by values, whatever is in them.
    """
    narrow = [column for column in query.selected_columns if _is_narrow(column)]
    pairs = list(zip(narrow[::2], narrow[1::2], strict=False))
    both = {
        high.name: (sa.type_coerce(high, sa.BigInteger) * 2**BITS + low).label(high.name)
        for high, low in pairs
    }
    second = {low.name for _, low in pairs}
    columns = [both.get(c.name, c) for c in query.selected_columns if c.name not in second]
    return query.with_only_columns(*columns), [(high.name, low.name) for high, low in pairs]


def _is_narrow(column: sa.ColumnElement[Any]) -> bool:
    """Whether it holds whole numbers of 32 bits, and in every row one."""
    own = column.element if isinstance(column, sa.Label) else column
    is_known = isinstance(own, coalesce) or (isinstance(own, sa.Column) and not own.nullable)
    return is_known and _type(column) == pa.int32()


def _taken_apart(
    rows: pd.DataFrame, pairs: list[tuple[str, str]], names: list[str]
) -> pd.DataFrame:
    """The columns as they were named; of `rows` each is let go of as soon as it is taken apart."""
    found: dict[str, Any] = {}
    for high, low in pairs:
        halves = rows.pop(high).to_numpy().astype("<i8", copy=False).view("<i4")
        found[low] = halves[::2].copy()
        found[high] = halves[1::2] + (found[low] < 0)  # which took one from it
    found |= dict(rows.items())
    return pd.DataFrame({name: found[name] for name in names}, copy=False)


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
    return {column.name: _type(column) for column in query.selected_columns}


def _type(column: sa.ColumnElement[Any]) -> pa.DataType:
    """Whole numbers as wide as their column in the database, days as text."""
    kinds = {sa.BigInteger: pa.int64(), sa.Integer: pa.int32(), sa.Float: pa.float64()}
    kinds |= {object: pa.string()}
    return next(kinds[kind] for kind in type(column.type).mro() if kind in kinds)


def _frame(rows: pa.Table) -> pd.DataFrame:
    """Column by column, each given back as soon as it is copied: millions of rows are never held
    twice."""
    return rows.to_pandas(split_blocks=True, self_destruct=True)


def _text(connection: Connection, query: sa.Select[Any]) -> str:
    whole = query.compile(dialect=connection.dialect, compile_kwargs={"literal_binds": True})
    return str(whole)
