"""What was to be reached, and whether it was, by the figures of a record.

Every target is judged at its size; growth from the smallest size on, up to it or past it. Where
that size was not measured the largest that was is told, and nothing is called reached.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from benchmarks.contender import COLUMNS, OURS
from benchmarks.growth import duration, times
from benchmarks.imports import PANDAS, PANDAS_SQLITE3

SMALLEST, SIZE = 100_000, 10_000_000
TIMES_FASTER, GROWTH = 100.0, 1.5
REFRESH, COLD = 0.050, 1.5
SERVER_MB = 1_000.0
IMPORT_TIMES = {"SQLite": 1.5, "PostgreSQL": 2.0}

Record = dict[str, Any]


@dataclass(frozen=True)
class Verdict:
    """What was to be reached, what was found, and whether that is enough: None, not measured."""

    target: str
    found: str
    reached: bool | None


def verdicts(record: Record) -> list[Verdict]:
    return [verdict for judge in JUDGES for verdict in judge(record)]


def fastest_other(entry: Record, question: str) -> tuple[str, float]:
    """(contender, seconds) of the fastest that is not ours."""
    others = {n: c["seconds"][question] for n, c in entry["contenders"].items() if n != OURS}
    return min(others.items(), key=lambda other: other[1])


def growth(entries: list[Record], question: str) -> float:
    """How many times our slowest size takes what our fastest one takes."""
    seconds = [entry["contenders"][OURS]["seconds"][question] for entry in entries]
    return max(seconds) / min(seconds)


def by_size(part: dict[str, Record]) -> list[Record]:
    return sorted(part.values(), key=lambda entry: entry["cases"])


def _times_faster(record: Record) -> list[Verdict]:
    entries = by_size(record.get("questions", {}))
    return [_one_question(entries, question) for question in COLUMNS]


def _one_question(entries: list[Record], question: str) -> Verdict:
    target = f"{question}: {TIMES_FASTER:.0f} × the fastest alternative at {SIZE:,} cases"
    if not entries:
        return Verdict(target, NOT_MEASURED, None)
    entry = _at_size(entries) or entries[-1]
    name, seconds = fastest_other(entry, question)
    ours = entry["contenders"][OURS]["seconds"][question]
    found = f"{times(seconds / ours)} {name} ({duration(ours)} and {duration(seconds)})"
    return _at(entry, target, found, seconds / ours >= TIMES_FASTER)


def _flat(record: Record) -> list[Verdict]:
    entries = by_size(record.get("questions", {}))
    target = "{}: flat over the sizes, within {} ×"
    if len(entries) < 2:
        return [Verdict(target.format(q, GROWTH), NOT_MEASURED, None) for q in COLUMNS]
    sizes = f"{entries[0]['cases']:,} to {entries[-1]['cases']:,} cases"
    wide = entries[0]["cases"] <= SMALLEST and entries[-1]["cases"] >= SIZE
    found = {question: growth(entries, question) for question in COLUMNS}
    return [
        Verdict(
            target.format(question, GROWTH),
            f"within {times(grown)}, {sizes}",
            grown <= GROWTH if wide else None,
        )
        for question, grown in found.items()
    ]


def _register(
    key: str, target: str, limit: float, show: Callable[[float], str]
) -> Callable[[Record], list[Verdict]]:
    def judge(record: Record) -> list[Verdict]:
        entries = by_size(record.get("registers", {}))
        if not entries:
            return [Verdict(target, NOT_MEASURED, None)]
        entry = _at_size(entries) or entries[-1]
        return [_at(entry, target, show(entry[key]), entry[key] < limit)]

    return judge


def _imports(record: Record) -> list[Verdict]:
    found = []
    for database, wanted in IMPORT_TIMES.items():
        target = f"import with all checks, {database}: {wanted:g} × as fast as a bare pandas load"
        entries = [e for e in record.get("imports", {}).values() if e["database"] == database]
        if not entries:
            found.append(Verdict(target, NOT_MEASURED, None))
        for entry in sorted(entries, key=lambda entry: entry["rows"]):
            found += _one_import(entry, target, wanted)
    return found


def _one_import(entry: Record, target: str, wanted: float) -> list[Verdict]:
    """A verdict for each way of pandas into this database, the quickest first."""
    ours = entry["contenders"][OURS]["seconds"]
    ways = [(c["seconds"] / ours, n) for n, c in entry["contenders"].items() if n in PANDAS_WAYS]
    return [
        Verdict(target, f"{times(ratio)} {name}, {entry['rows']:,} rows", ratio >= wanted)
        for ratio, name in sorted(ways)
    ]


def _at_size(entries: list[Record]) -> Record | None:
    return next((entry for entry in entries if entry["cases"] == SIZE), None)


def _at(entry: Record, target: str, found: str, reached: bool) -> Verdict:
    """A verdict is given at the size of the target only."""
    if entry["cases"] == SIZE:
        return Verdict(target, found, reached)
    return Verdict(target, f"{found}, at {entry['cases']:,} cases", None)


NOT_MEASURED = "not measured"
PANDAS_WAYS = (PANDAS, PANDAS_SQLITE3)
JUDGES: tuple[Callable[[Record], list[Verdict]], ...] = (
    _times_faster,
    _flat,
    _register(
        "refresh",
        f"snapshot after an import of 1,000 rows: under {duration(REFRESH)} at {SIZE:,} cases",
        REFRESH,
        duration,
    ),
    _register("cold", f"cold snapshot: under {duration(COLD)} at {SIZE:,} cases", COLD, duration),
    _register(
        "server_mb",
        f"server: under {SERVER_MB:,.0f} MB at {SIZE:,} cases",
        SERVER_MB,
        lambda megabytes: f"{megabytes:,.0f} MB",
    ),
    _imports,
)
