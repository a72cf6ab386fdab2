"""The reader behind `bulk`, a process of its own: rows of a SQLite file as Arrow.

    python bulk_child.py FILE

In: lines of JSON, each with `newest` and `query` in SQL and `expected`. Out, for each: '0' where
`newest` does not give what was expected or SQLite has an error; else '1', an Arrow stream of the
rows of `query`, of the same state of the file, and how many they are. Ends with its input, and
where a row cannot be read.
"""

import json
import sys
from contextlib import closing

import pyarrow as pa
from adbc_driver_sqlite import dbapi


def main(file: str) -> None:
    for line in sys.stdin:
        _answer(file, **json.loads(line))


def _answer(file: str, newest: str, expected: int | None, query: str) -> None:
    with closing(dbapi.connect(file)) as connection, closing(connection.cursor()) as cursor:
        rows = _rows(cursor, newest, expected, query)
        _say(b"0\n" if rows is None else b"1\n")
        if rows is not None:
            _say(f"{_write(rows)}\n".encode())


def _rows(
    cursor: dbapi.Cursor, newest: str, expected: int | None, query: str
) -> pa.RecordBatchReader | None:
    try:
        cursor.execute(newest)
        if cursor.fetchone() != (expected,):
            return None
        cursor.execute(query)
        return cursor.fetch_record_batch()
    except dbapi.Error:
        return None


def _write(rows: pa.RecordBatchReader) -> int:
    """How many there were."""
    count = 0
    with pa.ipc.new_stream(sys.stdout.buffer, rows.schema) as stream:
        for batch in rows:
            stream.write_batch(batch)
            count += len(batch)
    return count


def _say(word: bytes) -> None:
    sys.stdout.buffer.write(word)
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    main(sys.argv[1])
