"""One contender in a process of its own: `python -m benchmarks.contender NAME FOLDER`.

In: the files of benchmarks/rows.py; then, a line each, the names of questions. Out: a line of JSON
when it has made ready, and one for each question: its seconds and the process's peak memory. The
first answer to a question goes to a file in the folder, outside the time.
"""

import argparse
import json
import sys
import time
from importlib import import_module
from pathlib import Path
from typing import Any

import pandas as pd

from benchmarks.memory import peak_mb

OURS = "ours"
CONTENDERS = {
    OURS: ("benchmarks.ours", "Ours"),
    "DuckDB": ("benchmarks.databases", "DuckDB"),
    "Polars": ("benchmarks.polars_frames", "Polars"),
    "pandas": ("benchmarks.pandas_frames", "Pandas"),
    "SQLite": ("benchmarks.databases", "SQLite"),
    "PostgreSQL": ("benchmarks.databases", "PostgreSQL"),
}
"""Name → module and class; each process imports its own only, so that its memory is its own."""

IN_MEMORY = (OURS, "DuckDB", "Polars", "pandas")
"""Those that load a hundred million cases in minutes."""

COLUMNS = {
    "rates": ["district", "department", "numerator", "denominator"],
    "months": ["unit", "month", "numerator", "denominator"],
    "dormant": ["district", "power", "state", "numerator"],
    "deciles": ["unit_kind", "volume_band", "units", *(f"p{d}" for d in range(10, 100, 10))],
}
"""Of an answer."""

WORDS = ("district", "department", "unit", "month", "power", "state", "unit_kind", "volume_band")
"""Columns that tell the rows of an answer apart; the others are counts and rates."""


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.contender", description=__doc__)
    parser.add_argument("name", choices=CONTENDERS)
    parser.add_argument("folder", type=Path)
    asked = parser.parse_args()
    module, name = CONTENDERS[asked.name]
    contender_of = getattr(import_module(module), name)
    start = time.perf_counter()
    contender = contender_of(asked.folder)
    _say(ready=time.perf_counter() - start, peak_mb=_peak(contender))
    for line in sys.stdin:
        _say(**answer(contender, line.strip(), asked.folder / f"{asked.name}.{line.strip()}"))
    if hasattr(contender, "close"):
        contender.close()


def answer(contender: Any, question: str, file: Path) -> dict[str, Any]:
    start = time.perf_counter()
    found = contender.ask(question)
    record: dict[str, Any] = {"seconds": time.perf_counter() - start}
    if not file.exists():
        comparable(question, found).to_pickle(file)
    if hasattr(contender, "bytes_read"):
        record["bytes"] = contender.bytes_read(question)
    return record | {"peak_mb": _peak(contender)}


def comparable(question: str, found: pd.DataFrame) -> pd.DataFrame:
    """An answer with its rows in order, all words of one type and all numbers of one."""
    # Counts stay under 2^53, where floating point is exact.
    kinds = {name: "str" if name in WORDS else "float64" for name in COLUMNS[question]}
    words = [name for name in kinds if name in WORDS]
    return found[list(kinds)].astype(kinds).sort_values(words, ignore_index=True)


def _peak(contender: Any) -> float:
    """Of a server beside, what it holds now."""
    return contender.megabytes() if hasattr(contender, "megabytes") else peak_mb()


def _say(**record: Any) -> None:
    """To who started it."""
    sys.stdout.write(json.dumps(record) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
