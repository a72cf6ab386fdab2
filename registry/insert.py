"""Rows into tables: by COPY on PostgreSQL, on SQLite bound or, where they are many, from a file.

In: a frame, or columns, named as those of the table. Missing values go in as null, days as ISO
text. Called inside a transaction of `db.writing`.
"""

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from itertools import pairwise
from pathlib import Path
from sqlite3 import SQLITE_LIMIT_ATTACHED
from tempfile import TemporaryDirectory
from types import MappingProxyType
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.csv as arrow_csv
from sqlalchemy.engine import Connection
from sqlmodel import SQLModel

from registry.db import SLICE, afterwards, table

NOTHING: Mapping[str, int] = MappingProxyType({})
MANY = 20_000
"""Rows from which on SQLite copies them from a file of their own."""

CELLS, PARTS = 4_000_000, 3
"""For each so many one file more, up to so many: one is written while SQLite copies from the one
before. A transaction has room for ten."""

NO_HEADER = arrow_csv.WriteOptions(include_header=False)


def insert_frame(connection: Connection, model: type[SQLModel], frame: pd.DataFrame) -> None:
    """Insert all rows of a frame; columns by name."""
    insert_frames(connection, (model, frame))


def insert_frames(connection: Connection, *frames: tuple[type[SQLModel], pd.DataFrame]) -> None:
    """Insert all rows of frames, one frame after the other."""
    _insert(
        connection,
        {
            table(model).name: pa.Table.from_pandas(frame, preserve_index=False)
            for model, frame in frames
        },
    )


def insert_columns(
    connection: Connection,
    name: str,
    names: Sequence[str],
    columns: Sequence[Any],
    constants: Mapping[str, int] = NOTHING,
) -> None:
    """Insert rows given column by column, as lists or arrays; `constants` are whole numbers that
    all rows share."""
    arrays = [
        column if isinstance(column, pa.Array) else pa.array(column, from_pandas=True)
        for column in columns
    ]
    arrays += [pa.repeat(value, len(arrays[0])) for value in constants.values()]
    _insert(connection, {name: pa.table(arrays, [*names, *constants])})


def _insert(connection: Connection, tables: Mapping[str, pa.Table]) -> None:
    plain = {name: _plain(rows) for name, rows in tables.items() if len(rows)}
    if connection.dialect.name == "postgresql":
        for name, rows in plain.items():
            _copy(connection, name, rows)
    elif max(map(len, plain.values()), default=0) < MANY:
        for name, rows in plain.items():
            _bind(connection, name, rows)
    else:
        _take_from_files(connection, plain)


def _plain(rows: pa.Table) -> pa.Table:
    """Without columns that have nothing."""
    filled = [n for n in rows.column_names if rows[n].null_count < len(rows)]
    return pa.table({n: _written_out(rows[n]) for n in filled or rows.column_names[:1]})


def _written_out(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Numbers, truths and texts; days as text."""
    kind = column.type
    if pa.types.is_dictionary(kind):
        return column.cast(kind.value_type)
    if pa.types.is_timestamp(kind) or pa.types.is_null(kind):
        column = column.cast(pa.date32())
    return column.cast(pa.string()) if pa.types.is_date(column.type) else column


def _copy(connection: Connection, name: str, rows: pa.Table) -> None:
    cursor: Any = connection.connection.cursor()
    into = f'copy "{name}" ({_listed(rows)}) from stdin csv'
    with closing(cursor), cursor.copy(into) as copy:
        for part in rows.to_batches(max_chunksize=SLICE):
            with pa.BufferOutputStream() as text:
                arrow_csv.write_csv(part, text, NO_HEADER)
                copy.write(memoryview(text.getvalue()))


def _bind(connection: Connection, name: str, rows: pa.Table) -> None:
    places = ", ".join("?" * rows.num_columns)
    cursor: Any = connection.connection.cursor()
    with closing(cursor):
        for part in rows.to_batches(max_chunksize=MANY):
            values = zip(*(column.to_pylist() for column in part.columns), strict=True)
            cursor.executemany(f'insert into "{name}" ({_listed(rows)}) values ({places})', values)


def _take_from_files(connection: Connection, tables: Mapping[str, pa.Table]) -> None:
    # ADBC takes a moment to load, and only large files need it.
    from registry.arrow_file import write_file

    parts = [(name, part) for name, rows in tables.items() for part in _parts(rows)]
    place = _place_for_files(connection, len(parts))
    if place is None:
        for name, part in parts:
            _bind(connection, name, part)
        return
    files = [place / str(number) for number in range(len(parts))]
    with ThreadPoolExecutor(1) as beside:
        written = beside.map(write_file, files, (part for _, part in parts))
        for (name, part), file, is_whole in zip(parts, files, written, strict=True):
            if is_whole:
                _take_from_file(connection, name, part, file)
            else:
                _bind(connection, name, part)


def _parts(rows: pa.Table) -> list[pa.Table]:
    """Each larger than the one before, since SQLite waits for the first."""
    count = min(PARTS, 1 + len(rows) * rows.num_columns // CELLS)
    ends = [len(rows) * sum(range(n + 1)) // sum(range(count + 1)) for n in range(count + 1)]
    return [rows.slice(start, end - start) for start, end in pairwise(ends)]


def _place_for_files(connection: Connection, count: int) -> Path | None:
    """A folder up to the end of the transaction; None where SQLite or the disk has no room for so
    many, or nobody may write there."""
    driver: Any = connection.connection.driver_connection
    if len(_attached(driver)) + count > driver.getlimit(SQLITE_LIMIT_ATTACHED):
        return None
    try:
        folder = TemporaryDirectory(prefix="registry-", ignore_cleanup_errors=True)
    except OSError:
        return None
    return Path(afterwards(connection).enter_context(folder))


def _take_from_file(connection: Connection, name: str, rows: pa.Table, file: Path) -> None:
    """Attached up to the end of the transaction, which SQLite does not let go of a file before."""
    driver: Any = connection.connection.driver_connection
    schema = f"file_{len(_attached(driver))}"
    driver.execute(f"attach ? as {schema}", [str(file)])
    afterwards(connection).callback(driver.execute, f"detach {schema}")
    with suppress(OSError):  # some systems do not let go of an open file's name
        file.unlink()
    names = _listed(rows)
    driver.execute(f'insert into "{name}" ({names}) select {names} from {schema}.rows')


def _attached(driver: Any) -> list[str]:
    own = ("main", "temp")
    return [name for _, name, _ in driver.execute("pragma database_list") if name not in own]


def _listed(rows: pa.Table) -> str:
    return ", ".join(f'"{name}"' for name in rows.column_names)
