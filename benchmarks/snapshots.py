"""A register's snapshot: opened cold, refreshed after a small import, and the server that keeps it.

In: a register with many cases. Every run is a process of its own (`python -m benchmarks.snapshots
FILE`) that prints one JSON record: seconds of the first snapshot as a page gets it (`cold`), of the
next one after a log of 1,000 rows was imported by another process (`refresh`), of one after that
where nothing was imported (`unchanged`), and of reading the stored counts alone (`counts`).
"""

import argparse
import asyncio
import json
import sqlite3
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any

from sqlalchemy.engine import Connection

from benchmarks.crowd import first_visit
from benchmarks.load import copy_database, fill_database, write_log
from benchmarks.memory import peak_mb
from benchmarks.pages import use
from benchmarks.processes import apart, import_log, report, serving
from registry import db
from registry.access import local_user, run_as
from registry.rollups import rollups
from registry.snapshot import Snapshot

SMALL = 1_000
"""Rows of the import after which a snapshot is refreshed."""

FIRST_CASE = 1_000_000
"""Numbers of imported cases begin here, for each run elsewhere."""


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.snapshots", description=__doc__)
    parser.add_argument("file", type=Path, help="a SQLite register, which gets more cases")
    parser.add_argument("--run", type=int, default=0)
    asked = parser.parse_args()
    json.dump(one_run(asked.file, asked.run), sys.stdout)


def measure(file: Path, runs: int) -> dict[str, Any]:
    """Medians on a SQLite register, which gets cases of every run; and its server's memory."""
    with tempfile.TemporaryDirectory() as folder:
        server_mb = asyncio.run(visited_mb(f"sqlite:///{file}", Path(folder)))
    found = [
        report("benchmarks.snapshots", str(file), "--run", str(number)) for number in range(runs)
    ]
    medians = {key: median(record[key] for record in found) for key in found[0]}
    size = file.stat().st_size / 1e9
    return {"runs": runs, "gigabytes": size, "server_mb": server_mb, **medians}


@contextmanager
def register(cases: int, ready: Path | None = None) -> Iterator[tuple[Path, float | None]]:
    """(a register of so many cases, the seconds that filling it took); `ready` is copied."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "register.db")
        start = perf_counter()
        if ready:
            apart(copy_database, ready, file)
        else:
            apart(fill_database, file, cases)
        yield file, None if ready else perf_counter() - start


def count_cases(file: Path) -> int:
    with closing(sqlite3.connect(file)) as connection:
        return int(connection.execute("select count(*) from cases").fetchone()[0])


async def visited_mb(database: str, folder: Path) -> float:
    """What a server takes, at most, on which every page was opened once."""
    async with serving(database, folder) as (address, server):
        await first_visit(address)
        return peak_mb(server)


def one_run(file: Path, number: int) -> dict[str, float]:
    url = f"sqlite:///{file}"
    use(url)
    run_as(local_user)
    # Here, since Streamlit complains where there is no server; loading it is not timed.
    from registry.ui.data import kept_snapshot

    open_snapshot = partial(opened, kept_snapshot)
    cold = timed(open_snapshot)
    import_small(url, FIRST_CASE + number * SMALL * 10)
    refresh, unchanged = timed(open_snapshot), timed(open_snapshot)
    times = {"cold": cold, "refresh": refresh, "unchanged": unchanged}
    return times | {"counts": timed(read_counts), "peak_mb": peak_mb()}


def timed(run: Callable[[], object]) -> float:
    start = perf_counter()
    run()
    return perf_counter() - start


def opened(read: Callable[[Connection], Snapshot]) -> Snapshot:
    with db.reading() as connection:
        return read(connection)


def read_counts() -> None:
    with db.reading() as connection:
        for rollup in rollups():
            rollup.read(connection)


def import_small(url: str, first: int) -> None:
    """A log of new cases, by a process of its own."""
    with tempfile.TemporaryDirectory() as folder:
        log = write_log(SMALL, Path(folder), first)
        asyncio.run(import_log(url, log.arguments, Path(folder)))


if __name__ == "__main__":
    main()
