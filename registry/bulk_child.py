"""The reader behind `bulk`, a process of its own: rows of a SQLite file as Arrow.

    python bulk_child.py FILE

In: lines of JSON, each with `newest` and `query` in SQL, `expected`, and `narrow`, the columns
whose numbers have 32 bits. Out, for each: '0' where `newest` does not give what was expected or
SQLite has an error; else '1', an Arrow stream of the rows of `query`, of the same state of the
file, and how many they are. Ends with its input, and where a row cannot be read.
"""

import json
import sys
from collections.abc import Callable, Sequence
from contextlib import ExitStack, closing

import adbc_driver_sqlite
import pyarrow as pa

# The driver's own cursors would load pandas first, which takes longer than to read a million rows.
from adbc_driver_manager import AdbcConnection, AdbcStatement, Error

BATCH, ROWS = "adbc.sqlite.query.batch_rows", 1 << 14
"""Rows a message: of the driver's own thousand, messages take an eighth of the time."""


def main(file: str) -> None:
    for line in sys.stdin:
        _answer(file, **json.loads(line))


def _answer(
    file: str, newest: str, expected: int | None, query: str, narrow: Sequence[str]
) -> None:
    with ExitStack() as opened:
        database = opened.enter_context(closing(adbc_driver_sqlite.connect(file)))
        connection = opened.enter_context(closing(AdbcConnection(database)))
        # One state for both questions.
        connection.set_autocommit(False)

        def ask(text: str) -> pa.RecordBatchReader:
            return _ask(opened.enter_context(closing(AdbcStatement(connection))), text)

        rows = _rows(ask, newest, expected, query)
        _say(b"0\n" if rows is None else b"1\n")
        if rows is not None:
            _say(f"{_write(rows, narrow)}\n".encode())


def _rows(
    ask: Callable[[str], pa.RecordBatchReader], newest: str, expected: int | None, query: str
) -> pa.RecordBatchReader | None:
    try:
        found = ask(newest).read_all()
        return ask(query) if found.column(0).to_pylist() == [expected] else None
    except (Error, pa.ArrowException, OSError):
        return None


def _ask(statement: AdbcStatement, query: str) -> pa.RecordBatchReader:
    statement.set_options(**{BATCH: ROWS})
    statement.set_sql_query(query)
    rows, _ = statement.execute_query()
    return pa.RecordBatchReader._import_from_c(rows.address)


def _write(rows: pa.RecordBatchReader, narrow: Sequence[str]) -> int:
    """How many there were."""
    schema, count = pa.schema([_narrowed(field, narrow) for field in rows.schema]), 0
    with rows, pa.ipc.new_stream(sys.stdout.buffer, schema) as stream:
        for batch in rows:
            stream.write_batch(batch.cast(schema))
            count += len(batch)
    return count


def _narrowed(field: pa.Field, narrow: Sequence[str]) -> pa.Field:
    is_narrow = field.name in narrow and field.type == pa.int64()
    return field.with_type(pa.int32()) if is_narrow else field


def _say(word: bytes) -> None:
    sys.stdout.buffer.write(word)
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    main(sys.argv[1])
