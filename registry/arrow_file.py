"""Arrow rows → the table `rows` of a new SQLite file, for SQLite to copy from.

Python's driver makes a value of every cell and binds them one by one, four times as long. ADBC
brings a copy of SQLite of its own, so the file is whole and closed before another opens it.
"""

from contextlib import ExitStack, closing
from pathlib import Path

import adbc_driver_sqlite
import pyarrow as pa
from adbc_driver_manager import AdbcConnection, AdbcStatement, Error

UNGUARDED = ("pragma journal_mode = off", "pragma synchronous = off")
"""Nobody reads a file that was not written to its end."""

INTO = {"adbc.ingest.target_table": "rows", "adbc.ingest.mode": "adbc.ingest.mode.create"}


def write_file(file: Path, rows: pa.Table) -> bool:
    """Whether it succeeded; a disk without room is one reason why not."""
    try:
        _write(file, rows)
    except (Error, OSError):
        return False
    return True


def _write(file: Path, rows: pa.Table) -> None:
    with ExitStack() as opened:
        database = opened.enter_context(closing(adbc_driver_sqlite.connect(str(file))))
        connection = opened.enter_context(closing(AdbcConnection(database)))
        for pragma in UNGUARDED:
            with closing(AdbcStatement(connection)) as statement:
                statement.set_sql_query(pragma)
                statement.execute_update()
        connection.set_autocommit(False)
        with closing(AdbcStatement(connection)) as statement:
            statement.set_options(**INTO)
            statement.bind_stream(rows.to_reader())
            statement.execute_update()
        connection.commit()
