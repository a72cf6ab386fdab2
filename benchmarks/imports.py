"""A log with all checks into a new register, beside a bare `pandas.read_csv` and `to_sql`.

Every run is a process of its own (`python -m benchmarks.imports FILE --by ours --url URL`) that
prints one JSON record: the seconds of wall and processor time after its modules are loaded, its
peak memory, and of ours the seconds of each stage. The register's reference data is in before.
"""

import argparse
import json
import resource
import sqlite3
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable
from datetime import date
from pathlib import Path
from statistics import median
from time import perf_counter, process_time
from types import ModuleType
from typing import Any

import pandas as pd
import sqlalchemy as sa

from benchmarks.cases import draw_cases, write_log
from benchmarks.register import new_register, read_labels
from registry.db import engine_for
from registry.intake import commit, routes, verdict
from registry.intake.declaration import Declaration
from registry.window import Window

YEAR = Window(202201, 202212)
TODAY = date(2023, 6, 1)
ROWS_A_CASE = 1.034  # what write_log makes of a case, second powers and repeated rows counted

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
    parser.add_argument("file", type=Path)
    parser.add_argument("--by", choices=CONTENDERS, required=True)
    parser.add_argument("--url", required=True)
    arguments = parser.parse_args()
    json.dump(CONTENDERS[arguments.by](arguments.file, arguments.url), sys.stdout)


def measure(rows: int, runs: int, urls: Callable[[str], str] | None = None) -> dict[str, Any]:
    """Medians of each contender, all on one file, taking turns.

    `urls` makes a new database's address from a name; by default a SQLite file.
    """
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        address = urls or (lambda name: f"sqlite:///{folder}/{name}.db")
        file = folder / "log.csv"
        written = write_year(rows, file)
        found: dict[str, list[dict[str, Any]]] = {}
        for run in range(runs):
            for by in CONTENDERS:
                if urls is None or by != "pandas, sqlite3":
                    url = address(f"{by.partition(', ')[2] or by}_{run}")
                    found.setdefault(by, []).append(_in_own_process(file, by, url))
        return {
            "rows": written,
            "runs": runs,
            "megabytes": file.stat().st_size / 2**20,
            "contenders": {by: _medians(records) for by, records in found.items()},
        }


def write_year(rows: int, file: Path) -> int:
    """A log of about so many rows, all districts, one year."""
    with tempfile.TemporaryDirectory() as folder:
        catalogue, holdings = read_labels(new_register(f"sqlite:///{folder}/register.db"))
    cases = draw_cases(round(rows / ROWS_A_CASE), catalogue, holdings, YEAR)
    return write_log(cases, catalogue, file)


def _in_own_process(file: Path, by: str, url: str) -> dict[str, Any]:
    # The peak of a child counts from its fork: this process must stay small (see __main__).
    command = [sys.executable, "-m", "benchmarks.imports", str(file), "--by", by, "--url", url]
    return json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)


def _medians(records: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        key: _medians([record[key] for record in records])
        if isinstance(value, dict)
        else median(record[key] for record in records)
        for key, value in records[0].items()
    }


def import_ours(file: Path, url: str) -> dict[str, Any]:
    engine = new_register(url)
    catalogue, _ = read_labels(engine)
    declaration = Declaration(tuple(catalogue.districts["code"]), YEAR)
    stages = time_stages()
    record = _measured(
        lambda: commit.import_log(file, declaration, today=TODAY, actor="benchmark", on=engine)
    )
    stages["check"] = stages.pop("judge") - stages["clean"] - stages["match"]
    stages["rest"] = record["seconds"] - sum(stages.values())
    return record | {"stages": dict(stages)}


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


def import_pandas(file: Path, url: str) -> dict[str, Any]:
    engine = engine_for(url) if not url.startswith("sqlite") else sa.create_engine(url)
    return _measured(lambda: pd.read_csv(file).to_sql("log", engine, index=False))


def import_pandas_sqlite3(file: Path, url: str) -> dict[str, Any]:
    connection = sqlite3.connect(url.removeprefix("sqlite:///"))

    def run() -> None:
        pd.read_csv(file).to_sql("log", connection, index=False)
        connection.commit()

    return _measured(run)


def _measured(run: Callable[[], Any]) -> dict[str, Any]:
    start, used = perf_counter(), process_time()
    run()
    return {
        "seconds": perf_counter() - start,
        "cpu_seconds": process_time() - used,
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }


CONTENDERS = {
    "ours": import_ours,
    "pandas, SQLAlchemy": import_pandas,
    "pandas, sqlite3": import_pandas_sqlite3,
}
"""pandas' documentation hands `to_sql` an SQLAlchemy engine, as does our register; a bare sqlite3
connection is its quickest way, and knows SQLite only."""


if __name__ == "__main__":
    main()
