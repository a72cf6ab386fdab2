"""A log with all checks into a new register, beside bare loads of the same file.

Every run is a process of its own (`python -m benchmarks.imports FILE --by ours --url URL`) that
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
from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path
from statistics import median
from time import perf_counter, process_time
from types import MappingProxyType, ModuleType
from typing import Any

import pandas as pd
import sqlalchemy as sa

from benchmarks.bare import load_duckdb, load_postgres, load_sqlite3, write_bare
from benchmarks.cases import draw_cases, write_log
from benchmarks.memory import peak_mb
from benchmarks.processes import apart, report
from benchmarks.register import new_register, read_labels
from registry.db import engine_for
from registry.intake import commit, routes, verdict
from registry.intake.declaration import Declaration
from registry.window import Window

YEAR = Window(202201, 202212)
TODAY = date(2023, 6, 1)
ROWS_A_CASE = 1.034  # what write_log makes of a case, second powers and repeated rows counted

Load = Callable[[], dict[str, float] | None]
"""What is timed; of ours the seconds of its stages."""

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
    parser.add_argument("file", help="of the log; of a bare write the register with it")
    parser.add_argument("--by", choices=CONTENDERS, required=True)
    parser.add_argument("--url", required=True)
    asked = parser.parse_args()
    # The rows to be written are read, and a new register is made, before the clock starts.
    run = CONTENDERS[asked.by](asked.file, asked.url)
    json.dump(_measured(run), sys.stdout)


def measure(
    rows: int,
    runs: int,
    urls: Callable[[str], str] | None = None,
    unfit: Mapping[str, float] = MappingProxyType({}),
) -> dict[str, Any]:
    """Medians of each contender, all on one file, taking turns.

    `urls` makes a new PostgreSQL database's address from a name; by default a SQLite file.
    `unfit`: contenders that are left out, and the MB that they would take.
    """
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        address = urls or (lambda name: f"sqlite:///{folder}/{name}.db")
        file = folder / "log.csv"
        written = apart(write_year, rows, file)
        found: dict[str, list[dict[str, Any]]] = {}
        chosen = [by for by in (ON_SQLITE if urls is None else ON_POSTGRES) if by not in unfit]
        ours = ""
        for run in range(runs):
            for number, by in enumerate(chosen):
                url = address(f"rows{rows}_{run}_{number}")
                ours = url if by == OURS else ours
                source = ours if by == BARE else str(file)
                found.setdefault(by, []).append(
                    report("benchmarks.imports", source, "--by", by, "--url", url)
                )
        return {
            "rows": written,
            "database": "SQLite" if urls is None else "PostgreSQL",
            "runs": runs,
            "megabytes": file.stat().st_size / 1e6,
            "contenders": {by: _medians(records) for by, records in found.items()},
            "unfit": dict(unfit),
        }


def unfit(before: dict[str, Any] | None, rows: int, memory: float) -> dict[str, float]:
    """Contenders that would take more than the memory of the machine, and how much: as many times
    what they took before as there are more rows. Ours is never left out."""
    if before is None:
        return {}
    times = rows / before["rows"]
    taken = {by: found["peak_mb"] * times for by, found in before["contenders"].items()}
    too_much = {by: megabytes for by, megabytes in taken.items() if megabytes > memory}
    return {by: megabytes for by, megabytes in too_much.items() if by != OURS}


def write_year(rows: int, file: Path, first: int = 1) -> int:
    """A log of about so many rows, all districts, one year; cases are numbered from `first`, and
    drawn otherwise than those of another first number."""
    with tempfile.TemporaryDirectory() as folder:
        catalogue, holdings = read_labels(new_register(f"sqlite:///{folder}/register.db"))
    cases = draw_cases(round(rows / ROWS_A_CASE), catalogue, holdings, YEAR, seed=430 + first)
    return write_log(cases, catalogue, file, first)


def _medians(records: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        key: _medians([record[key] for record in records])
        if isinstance(value, dict)
        else median(record[key] for record in records)
        for key, value in records[0].items()
    }


def import_ours(file: str, url: str) -> Load:
    engine = new_register(url)
    catalogue, _ = read_labels(engine)
    declaration = Declaration(tuple(catalogue.districts["code"]), YEAR)
    stages = time_stages()

    def run() -> dict[str, float]:
        start = perf_counter()
        commit.import_log(Path(file), declaration, today=TODAY, actor="benchmark", on=engine)
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


def load_pandas(file: str, url: str) -> Load:
    engine = engine_for(url) if not url.startswith("sqlite") else sa.create_engine(url)
    return lambda: pd.read_csv(file).to_sql("log", engine, index=False) and None


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

ON_SQLITE = (OURS, BARE, PARSING, PANDAS, PANDAS_SQLITE3)
ON_POSTGRES = (OURS, BARE, COPY, PANDAS)


if __name__ == "__main__":
    main()
