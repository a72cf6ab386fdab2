"""Rows into tables: by COPY on PostgreSQL, on SQLite bound or, where they are many, from a file.

In: a frame, or columns, named as those of the table. Missing values go in as null, days as ISO
text. Called inside a transaction of `db.writing`.
"""

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
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

CELLS, PARTS = 4_000_000, 2
"""From so many on, so many files: one is written while SQLite copies from the one before. A
transaction has room for ten."""

NO_HEADER = arrow_csv.WriteOptions(include_header=False)


def insert_frame(connection: Connection, model: type[SQLModel], frame: pd.DataFrame) -> None:
    """Insert all rows of a frame; columns by name."""
    _insert(connection, table(model).name, pa.Table.from_pandas(frame, preserve_index=False))


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
    _insert(connection, name, pa.table(arrays, [*names, *constants]))


def _insert(connection: Connection, name: str, rows: pa.Table) -> None:
    if not len(rows):
        return
    filled = [n for n in rows.column_names if rows[n].null_count < len(rows)]
    plain = pa.table({n: _written_out(rows[n]) for n in filled or rows.column_names[:1]})
    if connection.dialect.name == "postgresql":
        _copy(connection, name, plain)
    elif len(plain) < MANY or not _has_room_for_files(connection):
        _bind(connection, name, plain)
    else:
        _take_from_files(connection, name, plain)


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


def _take_from_files(connection: Connection, name: str, rows: pa.Table) -> None:
    # ADBC takes a moment to load, and only large files need it.
    from registry.arrow_file import write_file

    try:
        folder = TemporaryDirectory(prefix="registry-", ignore_cleanup_errors=True)
    except OSError:  # no room, or no right to write there
        _bind(connection, name, rows)
        return
    place = Path(afterwards(connection).enter_context(folder))
    count = min(PARTS, 1 + len(rows) * rows.num_columns // CELLS)
    size = -(-len(rows) // count)
    parts = [rows.slice(start, size) for start in range(0, len(rows), size)]
    files = [place / str(number) for number in range(len(parts))]
    with ThreadPoolExecutor(1) as beside:
        written = beside.map(write_file, files, parts)
        for file, part, is_whole in zip(files, parts, written, strict=True):
            if is_whole:
                _take_from_file(connection, name, part, file)
            else:
                _bind(connection, name, part)


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


def _has_room_for_files(connection: Connection) -> bool:
    driver: Any = connection.connection.driver_connection
    return len(_attached(driver)) + PARTS <= driver.getlimit(SQLITE_LIMIT_ATTACHED)


def _attached(driver: Any) -> list[str]:
    own = ("main", "temp")
    return [name for _, name, _ in driver.execute("pragma database_list") if name not in own]


def _listed(rows: pa.Table) -> str:
    return ", ".join(f'"{name}"' for name in rows.column_names)
