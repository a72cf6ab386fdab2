"""Ours beside the alternatives, in one run: `python -m benchmarks`; writes docs/performance.md.

    python -m benchmarks [--sizes CASES …] [--part questions|imports|registers …] [--runs 5]
                         [--rows ROWS …] [--database FILE …] [--add] [--only-write]

What is measured is kept in docs/performance.json after every step, so that the document can be
written again without measuring (--only-write) and a run be carried on in parts (--add). With
BIG=1 in the environment the questions are asked of a hundred million cases, too.
"""

import argparse
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from benchmarks import imports, questions, snapshots
from benchmarks.contender import CONTENDERS, IN_MEMORY
from benchmarks.document import RECORD, write_document
from benchmarks.machine import describe_machine
from benchmarks.processes import report
from registry.settings import ROOT
from registry.window import today_in_beijing

SIZES = (100_000, 1_000_000, 10_000_000)
BIG = 100_000_000
ROWS = (100_000, 1_000_000, 10_000_000)


def main() -> None:
    parser = options()
    asked = parser.parse_args()
    file, record = asked.docs / RECORD, {}
    if (asked.add or asked.only_write) and file.exists():
        record = json.loads(file.read_text(encoding="utf-8"))
    if asked.only_write and not record:
        parser.error(f"{file}: nothing has been measured yet")
    if not asked.only_write:
        measure(asked, record, file)
    write_document(record, asked.docs)


def options() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    add = parser.add_argument
    add("--part", choices=PARTS, action="append", help="one or several, not all")
    add("--sizes", type=int, nargs="+", default=SIZES, help="cases")
    add("--rows", type=int, nargs="+", default=ROWS, help="of the logs to import")
    add("--runs", type=int, default=5)
    add(
        "--database",
        type=Path,
        nargs="+",
        default=[],
        help="registers of these sizes",
    )
    add("--docs", type=Path, default=ROOT / "docs", help="folder of the document and its record")
    add("--add", action="store_true", help="to what the record holds")
    add("--only-write", action="store_true", help="the document, of what the record holds")
    return parser


def measure(asked: argparse.Namespace, record: dict[str, Any], file: Path) -> None:
    """Fill the record, and keep it after every step."""
    record["machine"] = describe_machine()
    measured = {"day": today_in_beijing().isoformat(), "copied": record["machine"]["copied"]}
    for part in asked.part or PARTS:
        for name, found in PARTS[part](asked):
            record.setdefault(part, {})[name] = found | measured
            file.write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")


Found = Iterator[tuple[str, dict[str, Any]]]


def ask_questions(asked: argparse.Namespace) -> Found:
    sizes = [(cases, tuple(CONTENDERS)) for cases in asked.sizes]
    if os.environ.get("BIG"):
        sizes.append((BIG, IN_MEMORY))
    for cases, names in sizes:
        yield str(cases), questions.measure(cases, asked.runs, names)


def import_logs(asked: argparse.Namespace) -> Found:
    for rows in asked.rows:
        for database in imports.DATABASES:
            yield f"{rows} {database}", imports.measure(rows, asked.runs, database)


def open_registers(asked: argparse.Namespace) -> Found:
    """Snapshots at every size; the scripts of all pages at the largest."""
    ready = {snapshots.count_cases(file): file for file in asked.database}
    if unused := ready.keys() - set(asked.sizes):
        raise SystemExit(f"registers of {unused} cases are none of --sizes")
    for cases in asked.sizes:
        with snapshots.register(cases, ready.get(cases)) as (file, filled):
            found = {"cases": cases, "fill": filled}
            if cases == max(asked.sizes):
                words = ("--database", str(file), "--runs", str(asked.runs))
                found["pages"] = report("benchmarks.pages", *words)
            yield str(cases), found | snapshots.measure(file, asked.runs)


PARTS = {"questions": ask_questions, "registers": open_registers, "imports": import_logs}


if __name__ == "__main__":
    main()
