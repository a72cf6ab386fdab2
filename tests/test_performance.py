"""What is measured beside the alternatives: their answers, and the document that is written."""

import json
import xml.etree.ElementTree as ElementTree
from itertools import pairwise
from typing import Any

import pandas as pd
import pytest

from benchmarks import imports, questions
from benchmarks.bare import log_files
from benchmarks.contender import COLUMNS, OURS
from benchmarks.document import write_document
from benchmarks.growth import duration, growth_chart, times
from benchmarks.imports import BARE, PANDAS, PANDAS_SQLITE3, PARSING, ROWS_A_CASE, write_files
from benchmarks.targets import verdicts
from registry.settings import ROOT

MACHINE = {
    "cores": 2,
    "processor": "a processor",
    "memory": 25.0,
    "load": 0.1,
    "versions": {"Python": "3.11"},
}


MEASURED = {"day": "2026-11-29", "copied": 1e10}


def make_entry(cases: int, ours: float, theirs: float, runs: int = 5) -> dict[str, Any]:
    def contender(seconds: float) -> dict[str, Any]:
        made = {"ready": 1.0, "peak_mb": 200.0}
        times = dict.fromkeys(COLUMNS, seconds)
        return made | {"seconds": times, "runs": dict.fromkeys(COLUMNS, runs)}

    return {
        **MEASURED,
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
    entry = {"rows": 1_000_000, "database": "SQLite", "runs": 5, "files": 1, "megabytes": 180.0}
    return MEASURED | entry | {"contenders": found}


def make_register(**changed: Any) -> dict[str, Any]:
    entry = {"cases": 10_000_000, "runs": 5, "gigabytes": 2.0, "server_mb": 900.0}
    entry |= {"cold": 1.2, "refresh": 0.04, "unchanged": 0.001, "counts": 0.4}
    return MEASURED | entry | changed


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


def test_the_other_way_of_pandas_has_a_verdict_too():
    *_, found = (v for v in verdicts(make_record()) if "SQLite" in v.target)
    assert found.found == "2 × pandas, SQLAlchemy, 1,000,000 rows"


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


def test_document_says_when_each_part_was_measured(tmp_path):
    later = make_import(6.0) | {"day": "2026-12-01", "copied": 5e9}
    both = make_record()["imports"] | {"later": later}
    write_document(make_record(imports=both), tmp_path)
    text = (tmp_path / "performance.md").read_text(encoding="utf-8")
    told = "questions 2026-11-29 (10.0); imports 2026-11-29 (10.0) and 2026-12-01 (5.0);"
    assert told in text


def test_the_document_is_what_its_record_says(tmp_path):
    record = json.loads((ROOT / "docs" / "performance.json").read_text(encoding="utf-8"))
    write_document(record, tmp_path)
    for file in (path for path in tmp_path.rglob("*") if path.is_file()):
        kept = ROOT / "docs" / file.relative_to(tmp_path)
        assert kept.read_text(encoding="utf-8") == file.read_text(encoding="utf-8")


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


def test_a_log_that_is_too_large_comes_month_by_month(tmp_path, monkeypatch):
    monkeypatch.setattr(imports, "A_FILE", 500)
    assert write_files(1_200, tmp_path) == sum(
        len(pd.read_csv(file)) for file in log_files(tmp_path)
    )
    logs = [pd.read_csv(file) for file in log_files(tmp_path)]
    assert [file.stem for file in log_files(tmp_path)][:2] == [
        "2022-01..2022-01",
        "2022-02..2022-02",
    ]
    numbers = pd.concat(logs)["案号"]
    assert len(logs) == 12
    assert numbers.nunique() == round(1_200 / ROWS_A_CASE / 12) * 12
    assert set(logs[1]["决定日期"].str[:7]) - {"2022-13"} == {"2022-02"}
