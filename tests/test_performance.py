"""What is measured beside the alternatives: their answers, and the document that is written."""

import xml.etree.ElementTree as ElementTree
from itertools import pairwise
from typing import Any

import pandas as pd
import pytest

from benchmarks import questions
from benchmarks.contender import COLUMNS, CONTENDERS, OURS
from benchmarks.document import write_document
from benchmarks.growth import duration, growth_chart, times
from benchmarks.imports import BARE, PANDAS, PANDAS_SQLITE3, PARSING, unfit
from benchmarks.targets import verdicts

MACHINE = {
    "day": "2026-11-29",
    "cores": 2,
    "processor": "a processor",
    "memory": 25.0,
    "load": 0.1,
    "copied": 1e10,
    "versions": {"Python": "3.11"},
}


def make_entry(cases: int, ours: float, theirs: float, runs: int = 5) -> dict[str, Any]:
    def contender(seconds: float) -> dict[str, Any]:
        made = {"ready": 1.0, "peak_mb": 200.0}
        times = dict.fromkeys(COLUMNS, seconds)
        return made | {"seconds": times, "runs": dict.fromkeys(COLUMNS, runs)}

    return {
        "cases": cases,
        "bytes": dict.fromkeys(COLUMNS, 1_000_000),
        "raw_bytes": dict.fromkeys(COLUMNS, cases * 5),
        "contenders": {OURS: contender(ours), "DuckDB": contender(theirs)},
    }


def make_import(ours: float) -> dict[str, Any]:
    seconds = {OURS: ours, BARE: 1.0, PARSING: 0.5, PANDAS: 12.0, PANDAS_SQLITE3: 9.0}
    found = {
        name: {"seconds": s, "cpu_seconds": s, "peak_mb": 300.0} for name, s in seconds.items()
    }
    found[OURS]["stages"] = {"read": 0.5}
    entry = {"rows": 1_000_000, "database": "SQLite", "runs": 5, "megabytes": 180.0}
    return entry | {"contenders": found, "unfit": {}}


def make_register(**changed: Any) -> dict[str, Any]:
    entry = {"cases": 10_000_000, "runs": 5, "gigabytes": 2.0, "server_mb": 900.0}
    entry |= {"cold": 1.2, "refresh": 0.04, "unchanged": 0.001, "counts": 0.4}
    return entry | changed


def make_record(**parts: Any) -> dict[str, Any]:
    measured = [make_entry(100_000, 0.002, 0.02), make_entry(10_000_000, 0.0025, 0.3, runs=1)]
    record = {
        "machine": MACHINE,
        "questions": {str(entry["cases"]): entry for entry in measured},
        "imports": {"1000000 SQLite": make_import(6.0)},
        "registers": {"10000000": make_register()},
    }
    return record | parts


def reached(record: dict[str, Any], words: str) -> bool | None:
    found = [verdict for verdict in verdicts(record) if verdict.target.startswith(words)]
    assert found
    return found[0].reached


def test_a_target_is_reached_or_not_by_the_figures():
    assert reached(make_record(), "rates: 100 ×") is True
    assert reached(make_record(), "rates: flat") is True
    assert reached(make_record(), "snapshot after") is True
    assert reached(make_record(), "import with all checks, SQLite") is True
    slow = make_register(refresh=0.051, cold=1.6, server_mb=1_001.0)
    late = make_record(registers={"10000000": slow}, imports={"": make_import(6.1)})
    for words in ("snapshot after", "cold", "server", "import with all checks, SQLite"):
        assert reached(late, words) is False
    steep = [make_entry(100_000, 0.001, 0.02), make_entry(10_000_000, 0.0016, 0.15)]
    grown = make_record(questions={str(entry["cases"]): entry for entry in steep})
    assert reached(grown, "rates: 100 ×") is False
    assert reached(grown, "rates: flat") is False


def test_what_was_not_measured_at_its_size_is_not_called_reached():
    small = make_record(
        questions={"100000": make_entry(100_000, 0.001, 1.0)},
        registers={"100000": make_register(cases=100_000)},
        imports={},
    )
    assert {verdict.reached for verdict in verdicts(small)} == {None}
    assert {verdict.reached for verdict in verdicts({"machine": MACHINE})} == {None}


def test_pandas_is_taken_at_its_quickest():
    found = next(v for v in verdicts(make_record()) if "SQLite" in v.target)
    assert found.found == "1.5 × pandas, sqlite3, 1,000,000 rows"


def test_what_would_not_fit_into_memory_is_left_out(tmp_path):
    entry = make_import(6.0)
    entry["contenders"][PANDAS]["peak_mb"] = 2_800.0
    assert unfit(entry, 10_000_000, 25_000.0) == {PANDAS: 28_000.0}
    assert unfit(entry, 2_000_000, 25_000.0) == unfit(None, 10_000_000, 25_000.0) == {}
    entry["contenders"] = {n: c for n, c in entry["contenders"].items() if "pandas" not in n}
    record = make_record(imports={"": entry | {"unfit": {PANDAS: 28_000.0}}})
    assert reached(record, "import with all checks, SQLite") is None
    write_document(record, tmp_path)
    text = (tmp_path / "performance.md").read_text(encoding="utf-8")
    assert "| pandas, SQLAlchemy | does not fit: about 28 GB |" in text


def test_document_says_what_was_measured(tmp_path):
    write_document(make_record(), tmp_path)
    text = (tmp_path / "performance.md").read_text(encoding="utf-8")
    assert "| DuckDB | 20 ms (10 ×) | 300 ms (120 ×), 1 run |" in text
    assert "120 × as fast as DuckDB; from 100,000 cases on its times differ by 1.2 ×" in text
    # 1 MB at 10 GB/s is 0.1 ms, of 2.5 ms a twenty-fifth; 50 MB are 5 ms, of 300 ms a sixtieth.
    assert "one core copies as much in 100 µs, ours takes 25 × that" in text
    assert "DuckDB takes 60 × that" in text
    assert "take 1 s; ours takes 6 × that" in text
    assert "the cold snapshot takes 3 × the reading of its counts" in text
    for question in COLUMNS:
        chart = tmp_path / "images" / "performance" / f"{question}.svg"
        assert f"images/performance/{question}.svg" in text
        assert ElementTree.parse(chart).getroot().tag.endswith("svg")


def test_document_leaves_out_what_was_not_measured(tmp_path):
    write_document({"machine": MACHINE}, tmp_path)
    text = (tmp_path / "performance.md").read_text(encoding="utf-8")
    assert "## What was to be reached" in text
    assert "## Import" not in text
    assert "## Snapshot" not in text


def test_a_chart_names_its_lines_apart_from_each_other():
    same = {name: [(1e5, 0.01), (1e7, 0.011)] for name in ("ours", "one", "another")}
    drawn = ElementTree.fromstring(growth_chart("All alike", same, {"limit": [(1e5, 1), (1e7, 2)]}))
    names = [e for e in drawn.iter() if e.text in {*same, "limit"}]
    heights = sorted(float(name.get("y")) for name in names)
    assert len(heights) == 4
    assert min(b - a for a, b in pairwise(heights)) >= 13
    assert max(heights) < 400


def test_times_and_durations_have_two_digits():
    assert [duration(s) for s in (1.8e-3, 0.0999, 1, 25.04, 345.2, 7e-7)] == [
        *("1.8 ms", "100 ms", "1 s", "25 s", "345 s", "0.7 µs")
    ]
    assert [times(r) for r in (0.05, 9.44, 49.6, 278.3, 6482)] == [
        *("0.05 ×", "9.4 ×", "50 ×", "278 ×", "6,482 ×")
    ]


def test_another_answer_is_an_error(tmp_path):
    ours = pd.DataFrame({"district": ["110101"], "numerator": [3.0], "denominator": [9.0]})
    ours.to_pickle(tmp_path / f"{OURS}.rates")
    ours.assign(numerator=[4.0]).to_pickle(tmp_path / "DuckDB.rates")
    questions.check_agreement("rates", tmp_path, [OURS])
    with pytest.raises(AssertionError, match="rates, DuckDB"):
        questions.check_agreement("rates", tmp_path, [OURS, "DuckDB"])


@pytest.mark.slow
def test_every_contender_answers_as_we_do():
    found = questions.measure(10_000, 1, list(CONTENDERS))
    assert found["contenders"].keys() == CONTENDERS.keys()
    for contender in found["contenders"].values():
        assert contender["runs"] == dict.fromkeys(COLUMNS, 1)
        assert contender["peak_mb"] > 50
    assert 4_000 < found["raw_bytes"]["dormant"] / 4 < 7_000
