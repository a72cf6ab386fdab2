"""docs/performance.md and its charts, from what the record beside it holds."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from benchmarks.contender import COLUMNS, OURS
from benchmarks.growth import Points, duration, growth_chart, times
from benchmarks.imports import BARE, PARSING
from benchmarks.targets import by_size, fastest_other, growth, verdicts

QUESTIONS = {
    "rates": "Exercise rate of every district and department, over a year",
    "months": "Exercise rate of every unit in every month of a year",
    "dormant": "Dormant powers of every district, over a year",
    "deciles": "Deciles of the units' own rates, by kind and band of volume",
}
HOW = """\
How it is measured: all contenders are asked in turns, in one run; seconds are medians of five by \
the clock (fewer where a table says so), ratios are to ours. Before anything is timed every answer \
is compared with ours, all counts and rates exactly. Raw rows are one for each power of a case, \
small whole numbers, in the order of days; every unit returned every month, so that completeness \
is not what is asked about. Twenty-four months are drawn, a year is asked about. DuckDB holds the \
rows in memory; Polars and pandas as frames; SQLite and PostgreSQL in tables with covering \
indexes. **Ours is the measures over a snapshot, without any cache of answers.** The snapshot's \
cube is our index; what making it takes stands under "made ready", beside loading and indexing of \
the others."""
REACHED = {True: "reached", False: "**not reached**", None: "not measured there"}
RECORD = "performance.json"
IMAGES = "performance"
"""Charts lie in this folder below images/."""

Record = dict[str, Any]
Row = Iterable[str]


def write_document(record: Record, docs: Path) -> None:
    """performance.md into the folder, and a chart for each question into images/performance/."""
    entries = by_size(record.get("questions", {}))
    charts = docs / "images" / IMAGES
    charts.mkdir(parents=True, exist_ok=True)
    sections = [_opening(record), _targets(record)]
    for question in COLUMNS if entries else ():
        (charts / f"{question}.svg").write_text(_chart(entries, question), "utf-8")
        sections.append(_question(entries, question))
    sections += [_made_ready(entries)] if entries else []
    sections += [part for write in (_imports, _registers, _pages) if (part := write(record))]
    (docs / "performance.md").write_text("\n\n".join(sections) + "\n", encoding="utf-8")


def _opening(record: Record) -> str:
    machine = record["machine"]
    versions = ", ".join(f"{name} {number}" for name, number in machine["versions"].items())
    return (
        f"# 速度 · Performance\n\n`make bench` writes this file, and its figures as "
        f"[{RECORD}]({RECORD}): {machine['cores']} cores ({machine['processor']}), "
        f"{machine['memory']:.0f} GB; load average before: {machine['load']:.1f}. {versions}.\n\n"
        f"{HOW}\n\n{_days(record)}"
    )


def _days(record: Record) -> str:
    """When each part was measured, and how fast memory was then: hosts are not always alike."""
    parts = []
    for part in (name for name in record if name != "machine"):
        found = {(e["day"], f"{e['copied'] / 1e9:.1f}") for e in record[part].values()}
        told = " and ".join(f"{day} ({speed})" for day, speed in sorted(found))
        parts += [f"{part} {told}"] if told else []
    return f"Day (GB/s that one core copied then): {'; '.join(parts) or 'none'}."


def _targets(record: Record) -> str:
    rows = [(v.target, v.found, REACHED[v.reached]) for v in verdicts(record)]
    return "## What was to be reached\n\n" + _table(("target", "found", ""), rows)


def _question(entries: list[Record], question: str) -> str:
    names = _names(entries)
    rows = [(name, *(_cell(entry, name, question) for entry in entries)) for name in names]
    heading = ("", *(f"{entry['cases']:,} cases" for entry in entries))
    finding = _finding(entries, question)
    return "\n\n".join(
        [
            f"## {QUESTIONS[question]}",
            f"![{finding}](images/{IMAGES}/{question}.svg)",
            _table(heading, rows),
            _limit(entries[-1], question),
        ]
    )


def _cell(entry: Record, name: str, question: str) -> str:
    if name not in entry["contenders"]:
        return "–"
    found = entry["contenders"][name]
    seconds, runs = found["seconds"][question], found["runs"][question]
    text = duration(seconds)
    if name != OURS:
        text += f" ({times(seconds / entry['contenders'][OURS]['seconds'][question])})"
    return text if runs >= 5 else f"{text}, {runs} run{'s' * (runs > 1)}"


def _finding(entries: list[Record], question: str) -> str:
    """The chart's title."""
    last = entries[-1]
    name, seconds = fastest_other(last, question)
    ours = last["contenders"][OURS]["seconds"][question]
    words = (
        f"Over {last['cases']:,} cases ours answers in {duration(ours)}, "
        f"{times(seconds / ours)} as fast as {name}"
    )
    if len(entries) > 1:
        words += f"; from {entries[0]['cases']:,} cases on its times differ by "
        words += times(growth(entries, question))
    return words


def _limit(entry: Record, question: str) -> str:
    """How near ours and the others are to what memory allows, at the largest size."""
    speed = entry["copied"]
    ours, own = entry["contenders"][OURS]["seconds"][question], entry["bytes"][question] / speed
    raw = entry["raw_bytes"][question] / speed
    name, seconds = fastest_other(entry, question)
    return (
        f"The limit is memory. Ours reads {entry['bytes'][question] / 1e6:.1f} MB of the cube and "
        f"the holdings; one core copies as much in {duration(own)}, ours takes {times(ours / own)} "
        f"that: the rest is groups, labels and a table of answers. The columns of the year's raw "
        f"rows that are needed are {entry['raw_bytes'][question] / 1e6:,.1f} MB at "
        f"{entry['cases']:,} cases, copied in {duration(raw)} (dashed in the chart); {name} takes "
        f"{times(seconds / raw)} that. Raw rows read once at that speed would take "
        f"{times(raw / ours)} what ours takes now."
    )


def _chart(entries: list[Record], question: str) -> str:
    lines = {
        name: [
            (entry["cases"], entry["contenders"][name]["seconds"][question])
            for entry in entries
            if name in entry["contenders"]
        ]
        for name in _names(entries)
    }
    raw: Points = [
        (entry["cases"], entry["raw_bytes"][question] / entry["copied"]) for entry in entries
    ]
    limits = {"raw rows copied once": raw}
    return growth_chart(_finding(entries, question), lines, limits)


def _names(entries: list[Record]) -> list[str]:
    return list(dict.fromkeys(name for entry in entries for name in entry["contenders"]))


def _made_ready(entries: list[Record]) -> str:
    heading = ("", *(f"{entry['cases']:,} cases" for entry in entries))
    rows = [
        (
            name,
            *(
                f"{duration(found['ready'])}, {found['peak_mb']:,.0f} MB" if found else "–"
                for found in (entry["contenders"].get(name) for entry in entries)
            ),
        )
        for name in _names(entries)
    ]
    return (
        "## Made ready, and memory\n\nSeconds from one Parquet file of raw rows to the first "
        "question (ours: roll-up and cube; the others: loading and indexes), once; and resident "
        "memory at most, while loading and answering. Of ours that is the roll-up of a twelfth of "
        "the rows at a time, and programs and libraries. Of PostgreSQL it is its server after the "
        "answers, shared memory once; what the system keeps of files for it and for SQLite is not "
        "counted.\n\n" + _table(heading, rows)
    )


def _imports(record: Record) -> str:
    entries = sorted(record.get("imports", {}).values(), key=_import_order)
    if not entries:
        return ""
    parts = [_one_import(entry) for entry in entries]
    return "\n\n".join(
        [
            "## Import with all checks",
            "A CSV log of all districts and a year into an empty register: every row is read, "
            "cleaned, matched, judged and stored with its roll-ups, and bad rows are kept with "
            "reasons. What is too large for one file comes as twelve, month after month. The "
            "others load the same files without any check. Memory is that of the loading process.",
            *parts,
        ]
    )


def _import_order(entry: Record) -> tuple[int, bool]:
    return entry["rows"], entry["database"] != "SQLite"


def _one_import(entry: Record) -> str:
    ours = entry["contenders"][OURS]
    rows = [
        (
            name,
            duration(found["seconds"]),
            times(found["seconds"] / ours["seconds"]),
            duration(found["cpu_seconds"]),
            f"{found['peak_mb']:,.0f}",
        )
        for name, found in entry["contenders"].items()
    ]
    runs = f"median of {entry['runs']} runs" if entry["runs"] > 1 else "one run each"
    heading = ("", "seconds", "to ours", "processor", "peak MB")
    stages = ", ".join(f"{name} {duration(s)}" for name, s in ours["stages"].items())
    files = f"{entry['files']} file{'s' * (entry['files'] > 1)}"
    return (
        f"**{entry['database']}, {entry['rows']:,} rows, {entry['megabytes']:,.0f} MB in {files}; "
        f"{runs}.**"
        f"\n\n{_table(heading, rows)}\n\nOf ours: {stages}. {_import_limit(entry)}"
    )


def _import_limit(entry: Record) -> str:
    found = entry["contenders"]
    ours, bare = found[OURS]["seconds"], found[BARE]["seconds"]
    words = (
        f"The limit is writing: the same rows with the same indexes, without parsing or checking, "
        f"take {duration(bare)}; ours takes {times(ours / bare)} that."
    )
    if PARSING in found:
        parsed = found[PARSING]["seconds"]
        words += f" Parsing alone (DuckDB, all cores) takes {duration(parsed)}; ours takes "
        words += f"{times(ours / parsed)} that."
    return words


def _registers(record: Record) -> str:
    entries = by_size(record.get("registers", {}))
    if not entries:
        return ""
    heading = ("cases", "GB", "cold", "counts alone", "after 1,000 rows", "unchanged", "server MB")
    rows = [
        (
            f"{entry['cases']:,}",
            f"{entry['gigabytes']:.2f}",
            duration(entry["cold"]),
            duration(entry["counts"]),
            duration(entry["refresh"]),
            duration(entry["unchanged"]),
            f"{entry['server_mb']:,.0f}",
        )
        for entry in entries
    ]
    last = entries[-1]
    return (
        "## Snapshot and server\n\nA register with six years of cases and monthly returns on "
        "SQLite; a snapshot as a page gets it. Cold: the first of a process. Counts alone: "
        "reading the stored roll-ups and nothing else, the limit of the first. After 1,000 rows: "
        "the next one after another process has imported a log; unchanged: asking where nothing "
        "was imported, the limit of that. Server: resident memory at most of one on which every "
        f"page was opened.\n\n{_table(heading, rows)}\n\nAt {last['cases']:,} cases the cold "
        f"snapshot takes {times(last['cold'] / last['counts'])} the reading of its counts, the "
        f"refreshed one {times(last['refresh'] / last['unchanged'])} the asking; medians of "
        f"{last['runs']} processes."
    )


def _pages(record: Record) -> str:
    with_pages = [e for e in by_size(record.get("registers", {})) if "pages" in e]
    if not with_pages:
        return ""
    entry = with_pages[-1]
    found = entry["pages"]
    views = [
        (name, *(duration(ways[way]["seconds"]) for way in ("first", "again", "filter")))
        for name, ways in found["views"].items()
    ]
    tasks = [(name, duration(times["seconds"])) for name, times in found["tasks"].items()]
    slowest = max(views_seconds(found).items(), key=lambda view: view[1])
    return (
        f"## Scripts of pages\n\nFrom the start of a page's script to its end, over "
        f"{entry['cases']:,} cases with the snapshot in memory, without browser and network: with "
        f"nothing computed before, with nothing changed, with another window; medians of "
        f"{found['runs']}. Of a page with nothing changed all that is left is making its elements, "
        f"which is the limit. The slowest is {slowest[0]}, {duration(slowest[1])}; the process "
        f"took {found['peak_mb']:,.0f} MB.\n\n"
        + _table(("page", "first", "again", "other window"), views)
        + "\n\n"
        + _table(("asked without a page", "seconds"), tasks)
    )


def views_seconds(found: Record) -> dict[str, float]:
    """Of each view its slowest way."""
    return {
        name: max(times["seconds"] for times in ways.values())
        for name, ways in found["views"].items()
    }


def _table(heading: Row, rows: Iterable[Row]) -> str:
    lines = [list(heading), *map(list, rows)]
    texts = ["| " + " | ".join(cells) + " |" for cells in lines]
    return "\n".join([texts[0], "|---" * len(lines[0]) + "|", *texts[1:]])
