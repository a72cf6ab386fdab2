"""A log with all checks into a new register, beside bare loads of the same files.

A log of more rows than a file may have comes as twelve files, one for each month, loaded one after
the other. Every run is a process of its own (`python -m benchmarks.imports FOLDER --by ours --url
URL`) that
prints one JSON record: the seconds of wall and processor time after its modules are loaded, its
peak memory, and of ours the seconds of each stage. The register's reference data is in before.

Two of the contenders are limits: DuckDB's `read_csv` says what parsing alone costs on all cores,
a bare write what the database takes for the rows that ours has stored, indexes and all.
"""

import argparse
import json
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import date
from importlib import import_module
from pathlib import Path
from statistics import median
from time import perf_counter, process_time
from types import ModuleType
from typing import Any

import pandas as pd
import sqlalchemy as sa

from benchmarks.bare import load_duckdb, load_postgres, load_sqlite3, log_files, write_bare
from benchmarks.cases import draw_cases, write_log
from benchmarks.embedded import postgres
from benchmarks.memory import peak_mb
from benchmarks.processes import apart, report
from benchmarks.register import new_register, read_labels
from registry.db import engine_for
from registry.intake import commit, routes, verdict
from registry.intake.declaration import Declaration
from registry.window import Window, parse_month

YEAR = Window(202201, 202212)
TODAY = date(2023, 6, 1)
A_FILE = 1_000_000
"""Rows of 175 bytes that stay under the 200 MB of registry/intake/limits.py."""

ROWS_A_CASE = 1.034  # what write_log makes of a case, second powers and repeated rows counted

Load = Callable[[], dict[str, float] | None]
"""What is timed; of ours the seconds of its stages."""

NewDatabase = Callable[[str], str]
"""Makes one of this name and returns its address; all of a run are gone when it has ended."""

LOADED_LATE = ("registry.adjustment.policies", "registry.arrow_file", "registry.ledger")
"""What an import loads where it is first used; the clock starts when all is loaded."""

STAGES: dict[str, tuple[ModuleType, str]] = {
    "read": (commit, "read_document"),
    "lay out": (commit, "lay_out"),
    "clean": (verdict, "clean_rows"),
    "match": (verdict, "match_rows"),
    "judge": (routes, "judge"),
    "write": (routes, "write_cases"),
}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.imports", description=__doc__)
    parser.add_argument("source", help="the log's folder; of a bare write the register with it")
    parser.add_argument("--by", choices=CONTENDERS, required=True)
    parser.add_argument("--url", required=True)
    asked = parser.parse_args()
    # The rows to be written are read, and a new register is made, before the clock starts.
    run = CONTENDERS[asked.by](asked.source, asked.url)
    json.dump(_measured(run), sys.stdout)


def measure(rows: int, runs: int, database: str) -> dict[str, Any]:
    """Medians of each contender of DATABASES, all on the same files, taking turns."""
    new_databases, names = DATABASES[database]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        written = apart(write_files, rows, folder)
        found: dict[str, list[dict[str, Any]]] = {by: [] for by in names}
        for _ in range(runs):
            with new_databases() as address:
                for by, record in _one_run(folder, names, address):
                    found[by].append(record)
        return {
            "rows": written,
            "files": len(log_files(folder)),
            "database": database,
            "runs": runs,
            "megabytes": sum(file.stat().st_size for file in log_files(folder)) / 1e6,
            "contenders": {by: _medians(records) for by, records in found.items()},
        }


def _one_run(
    folder: Path, names: tuple[str, ...], address: NewDatabase
) -> Iterator[tuple[str, dict[str, Any]]]:
    urls = {by: address(f"run_{number}") for number, by in enumerate(names)}
    for by, url in urls.items():
        source = urls[OURS] if by == BARE else str(folder)
        yield by, report("benchmarks.imports", source, "--by", by, "--url", url)


@contextmanager
def sqlite_files() -> Iterator[NewDatabase]:
    with tempfile.TemporaryDirectory() as folder:
        yield lambda name: f"sqlite:///{folder}/{name}.db"


@contextmanager
def postgres_databases() -> Iterator[NewDatabase]:
    with postgres() as server:
        yield server.new_database


def write_files(rows: int, folder: Path) -> int:
    """A year's log of all districts: one file, or one for each month where one were too large.
    Returns the rows; the files are called after their months."""
    windows = [YEAR] if rows <= A_FILE else [Window(month, month) for month in YEAR.months]
    cases = round(rows / ROWS_A_CASE / len(windows))
    return sum(
        write_year(rows // len(windows), folder / f"{window}.csv", 1 + number * cases, window)
        for number, window in enumerate(windows)
    )


def write_year(rows: int, file: Path, first: int = 1, window: Window = YEAR) -> int:
    """A log of about so many rows, all districts, a year or a part of it; cases are numbered from
    `first`, and drawn otherwise than those of another first number."""
    with tempfile.TemporaryDirectory() as folder:
        catalogue, holdings = read_labels(new_register(f"sqlite:///{folder}/register.db"))
    cases = draw_cases(round(rows / ROWS_A_CASE), catalogue, holdings, window, seed=430 + first)
    return write_log(cases, catalogue, file, first)


def _medians(records: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        key: _medians([record[key] for record in records])
        if isinstance(value, dict)
        else median(record[key] for record in records)
        for key, value in records[0].items()
    }


def import_ours(folder: str, url: str) -> Load:
    for name in LOADED_LATE:
        import_module(name)
    engine = new_register(url)
    catalogue, _ = read_labels(engine)
    districts = tuple(catalogue.districts["code"])
    stages = time_stages()

    def run() -> dict[str, float]:
        start = perf_counter()
        for file in log_files(folder):
            declared = Declaration(districts, Window(*map(parse_month, file.stem.split(".."))))
            commit.import_log(file, declared, today=TODAY, actor="benchmark", on=engine)
        stages["check"] = stages.pop("judge") - stages["clean"] - stages["match"]
        stages["rest"] = perf_counter() - start - sum(stages.values())
        return dict(stages)

    return run


def time_stages() -> Counter[str]:
    """Seconds by stage, filled while an import runs: its functions are wrapped from outside."""
    seconds: Counter[str] = Counter()

    def timed(stage: str, run: Callable[..., Any]) -> Callable[..., Any]:
        def wrapper(*args: Any, **kwargs: Any) -> Any:
            start = perf_counter()
            result = run(*args, **kwargs)
            seconds[stage] += perf_counter() - start
            return result

        return wrapper

    for stage, (module, name) in STAGES.items():
        setattr(module, name, timed(stage, getattr(module, name)))
    return seconds


def load_pandas(folder: str, url: str) -> Load:
    engine = engine_for(url) if not url.startswith("sqlite") else sa.create_engine(url)

    def run() -> None:
        for file in log_files(folder):
            pd.read_csv(file).to_sql("log", engine, index=False, if_exists="append")

    return run


def _measured(run: Load) -> dict[str, Any]:
    start, used = perf_counter(), process_time()
    stages = run()
    record: dict[str, Any] = {
        "seconds": perf_counter() - start,
        "cpu_seconds": process_time() - used,
        "peak_mb": peak_mb(),
    }
    return record | ({"stages": stages} if stages else {})


OURS, BARE, PARSING = "ours", "bare write of the same rows", "DuckDB read_csv"
PANDAS, PANDAS_SQLITE3, COPY = "pandas, SQLAlchemy", "pandas, sqlite3", "PostgreSQL COPY"
CONTENDERS: dict[str, Callable[[str, str], Load]] = {
    OURS: import_ours,
    BARE: write_bare,
    PARSING: load_duckdb,
    PANDAS: load_pandas,
    PANDAS_SQLITE3: load_sqlite3,
    COPY: load_postgres,
}
"""Each makes ready and returns what is timed. pandas' documentation hands `to_sql` an SQLAlchemy
engine, as does our register; a bare sqlite3 connection is its quickest way, and knows SQLite
only."""

DATABASES: dict[str, tuple[Callable[[], AbstractContextManager[NewDatabase]], tuple[str, ...]]] = {
    "SQLite": (sqlite_files, (OURS, BARE, PARSING, PANDAS, PANDAS_SQLITE3)),
    "PostgreSQL": (postgres_databases, (OURS, BARE, COPY, PANDAS)),
}


if __name__ == "__main__":
    main()
