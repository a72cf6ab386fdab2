"""How long the script of each page runs, on a database with many cases and a warm snapshot.

Run in a process of its own (`python -m benchmarks.pages`), prints one JSON record. The scripts
run in Streamlit's AppTest: the real runner with all elements made, without browser and network.
Of each page: `first` with nothing but the snapshot and the page's code in memory, `again` with
nothing changed, `filter` after another window was chosen. Medians of seconds, by the clock and
of the processor, from the script's start to its end. Besides: evidence, what-if and a brief,
asked of the same snapshot without a page.

The database is filled as imports fill it: cases, their powers, roll-up and coverage, a batch for
each district and half-year; and a batch of each kind of monthly return, for all months.
"""

import argparse
import gc
import json
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any
from unittest.mock import patch

import numpy as np
import pandas as pd
from sqlalchemy.engine import Connection, Engine
from streamlit.runtime.scriptrunner.script_runner import ScriptRunner
from streamlit.testing.v1 import AppTest

from benchmarks.cases import Drawn, as_cases, draw_cases
from benchmarks.memory import peak_mb
from benchmarks.register import new_register, read_labels
from benchmarks.returns import draw_returns, insert_returns
from registry import db, models
from registry.access import local_user, run_as
from registry.adjustment.assess import changes, judged
from registry.adjustment.evidence import assessment_day, evidence
from registry.adjustment.policy import read_policy
from registry.brief.files import WRITERS, brief_of
from registry.catalogue import Catalogue
from registry.insert import insert_frame
from registry.intake.write import insert_versions
from registry.returns import BY_DISTRICT, USAGE_LOG
from registry.rollup import Rollup
from registry.rollups import rollups
from registry.settings import ROOT, settings
from registry.snapshot import Snapshot
from registry.window import Window

MONTHS = Window(202007, 202606)
HALF_YEAR = 6
DISTRICT = "110105"
VIEWS: dict[str, dict[str, str]] = {
    "overview": {},
    "exercise": {},
    "exercise, one district": {"district": DISTRICT},
    "exercise, one department": {"department": "urban_management"},
    "powers": {},
    "powers, one power": {"power": "UM001"},
    "staffing": {},
    "staffing, one district": {"district": DISTRICT},
    "review": {},
    "review, one district": {"district": DISTRICT},
    "adjustment": {},
    "adjustment, one power": {"power": "UM001"},
    "district, one district": {"district": DISTRICT},
    "district, one unit": {"unit": "110105001"},
    "intake": {},
    "methods": {},
}
"""What is opened: the page before the comma, with these filters."""

OTHER_WINDOW = {"from": "2025-01", "to": "2025-06"}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.pages", description=__doc__)
    parser.add_argument("--cases", type=int, default=10_000_000)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--database", type=Path, help="a SQLite register that is filled already")
    asked = parser.parse_args()
    if asked.database:
        found = measure(asked.database, asked.runs)
    else:
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder, "register.db")
            fill(new_register(f"sqlite:///{file}"), asked.cases)
            found = measure(file, asked.runs)
    json.dump(found, sys.stdout)


def measure(file: Path, runs: int) -> dict[str, Any]:
    """Medians of each view and task on a register, and what reading the snapshot took."""
    use(f"sqlite:///{file}")
    run_as(local_user)
    start = time.perf_counter()
    open_view("methods", {})
    read = time.perf_counter() - start
    gc.collect()
    gc.freeze()  # as the server does
    return {
        "runs": runs,
        "views": {name: view_times(name, runs) for name in VIEWS},
        "tasks": {name: task_times(task, runs) for name, task in TASKS.items()},
        "snapshot": read,
        "peak_mb": peak_mb(),
    }


def use(url: str) -> None:
    """Make this the register of the pages."""
    os.environ["REGISTRY_DATABASE_URL"] = url
    settings.cache_clear()


def fill(engine: Engine, count: int) -> None:
    catalogue, holdings = read_labels(engine)
    drawn = draw_cases(count, catalogue, holdings, MONTHS)
    district = pd.Categorical(catalogue.units["district_code"])
    place = district.codes[drawn.unit]
    parts: list[dict[Rollup, pd.DataFrame]] = []
    for first in range(0, len(MONTHS), HALF_YEAR):
        months = Window(MONTHS.months[first], MONTHS.months[first + HALF_YEAR - 1])
        inside = (drawn.day >= np.datetime64(months.start)) & (
            drawn.day < np.datetime64(months.end)
        )
        for number, code in enumerate(district.categories):
            chosen = np.flatnonzero(inside & (place == number))
            with db.writing(engine) as connection:
                parts.append(_import(connection, catalogue, _among(drawn, chosen), code, months))
    with db.writing(engine) as connection:
        for rollup in parts[0]:
            own = [part[rollup] for part in parts]
            rollup.write(connection, rollup.combine(*own, signs=(1,) * len(own)))
    fill_returns(engine, catalogue)


def fill_returns(engine: Engine, catalogue: Catalogue) -> None:
    every = catalogue.units["code"][catalogue.units["unit_kind"].eq("district")]
    for kind, rows in draw_returns(catalogue, MONTHS).items():
        with db.writing(engine) as connection:
            act = db.record_act(connection, "import", "benchmark")
            batch = _batch(connection, act, ";".join(every), MONTHS, len(rows), kind)
            for district in every:
                _cover(connection, catalogue, batch, act, district, MONTHS, kind)
            said = {"batch_id": batch, "said_in": act, "recorded_in": act}
            insert_returns(connection, catalogue, kind, rows, said)


def _among(drawn: Drawn, chosen: np.ndarray) -> Drawn:
    return Drawn(**{name: values[chosen] for name, values in vars(drawn).items()})


def _import(
    connection: Connection, catalogue: Catalogue, drawn: Drawn, district: str, months: Window
) -> dict[Rollup, pd.DataFrame]:
    """Store one batch as an import would; returns its roll-ups."""
    act = db.record_act(connection, "import", "benchmark")
    batch = _batch(connection, act, district, months, len(drawn))
    _cover(connection, catalogue, batch, act, district, months)
    cases, links = as_cases(drawn, catalogue)
    first = db.next_id(connection, models.Case)
    cases["id"] += first - 1
    links["case_id"] += first - 1
    counts = {rollup: compute(cases, links) for rollup, compute in rollups().items()}
    number = cases["id"].astype(str)
    given = {"case_no": number, "case_key": number, "batch_id": batch}
    acts = {"said_in": act, "recorded_in": act}
    words = cases.select_dtypes("category").columns
    insert_versions(
        connection, cases.assign(**given, **acts).astype(dict.fromkeys(words, object)), links
    )
    return counts


def _batch(
    connection: Connection,
    act: int,
    districts: str,
    months: Window,
    rows: int,
    kind: str = USAGE_LOG,
) -> int:
    counts = dict.fromkeys(["corrected", "unchanged", "quarantined", "skipped", "warnings"], 0)
    counts |= {"read": rows, "accepted": rows}
    batch = {"kind": kind, "file_name": f"{districts[:6]}_{months}.csv", "sha256": str(act)}
    batch |= {"declaration": "", "districts": districts, "units": "", "synthetic": True}
    batch |= {"month_from": months.first, "month_to": months.last, "recorded_in": act}
    return db.insert_row(
        connection, models.Batch, {**batch, "read": rows, "accepted": rows, **counts}
    )


def _cover(
    connection: Connection,
    catalogue: Catalogue,
    batch: int,
    act: int,
    district: str,
    months: Window,
    kind: str = USAGE_LOG,
) -> None:
    units = catalogue.units
    is_place = units["unit_kind"].eq("district")
    own = units.loc[units["district_code"].eq(district) & (is_place == (kind in BY_DISTRICT)), "id"]
    pairs = pd.MultiIndex.from_product([own, months.months], names=["unit_id", "month"])
    rows = pairs.to_frame(index=False).assign(kind=kind, batch_id=batch, recorded_in=act)
    insert_frame(connection, models.Coverage, rows)


def open_view(page: str, query: dict[str, str]) -> AppTest:
    """The page as a new reader opens it."""
    test = AppTest.from_file(str(ROOT / "pages" / f"{page}.py"), default_timeout=600)
    test.query_params.update(query)
    return _run(test)


def _run(test: AppTest) -> AppTest:
    test.run()
    if test.exception:
        raise RuntimeError(test.exception[0].message)
    return test


def view_times(name: str, runs: int) -> dict[str, dict[str, float]]:
    """Median seconds of the three ways to run a view's script."""
    from registry.ui import data

    page, query = name.partition(",")[0], VIEWS[name]
    times: dict[str, list[Times]] = {"first": [], "again": [], "filter": []}
    for _ in range(runs):
        data._view.clear()
        with _timed_script(times["first"]):
            test = open_view(page, query)
        with _timed_script(times["again"]):
            _run(test)
        test.query_params.update(OTHER_WINDOW)
        with _timed_script(times["filter"]):
            _run(test)
    return {way: _medians(found) for way, found in times.items()}


def one_brief(snapshot: Snapshot) -> None:
    """A district's brief as a Word file, the slowest of the three."""
    window = snapshot.last_12_months(MONTHS.end)
    with tempfile.TemporaryDirectory() as folder, db.reading() as connection:
        found = brief_of(connection, snapshot, DISTRICT, window)
        WRITERS[".docx"](Path(folder, "brief.docx"), found)


def evidence_of(by: tuple[str, ...], snapshot: Snapshot) -> pd.DataFrame:
    return evidence(snapshot, assessment_day(snapshot, MONTHS.end), read_policy(), by)


def what_if(by: tuple[str, ...], snapshot: Snapshot) -> Callable[[], object]:
    """What a slider asks for: every verdict anew, on evidence that is there."""
    policy, found = read_policy(), evidence_of(by, snapshot)
    tried = policy.with_limits(demand_low=policy.adjustment.limits.demand_low / 2)
    saved = judged(found, policy)
    return lambda: changes(saved, judged(found, tried))


PAIRS = ("power", "district")
TASKS: dict[str, Callable[[Snapshot], Callable[[], object]]] = {
    "evidence, powers": lambda snapshot: partial(evidence_of, ("power",), snapshot),
    "evidence, powers and districts": lambda snapshot: partial(evidence_of, PAIRS, snapshot),
    "what-if, powers": partial(what_if, ("power",)),
    "what-if, powers and districts": partial(what_if, PAIRS),
    "brief, one district": lambda snapshot: partial(one_brief, snapshot),
}
"""What is asked of the snapshot, made ready: what is timed is the call of what each returns."""


def task_times(ready: Callable[[Snapshot], Callable[[], object]], runs: int) -> dict[str, float]:
    from registry.ui import data

    with db.reading() as connection:
        ask = ready(data.kept_snapshot(connection))
    times: list[Times] = []
    for _ in range(runs):
        with _timed(times):
            ask()
    return _medians(times)


Times = tuple[float, float]
"""Seconds by the clock and of this thread's processor."""


@contextmanager
def _timed(times: list[Times]) -> Iterator[None]:
    start = time.perf_counter(), time.thread_time()
    yield
    times.append((time.perf_counter() - start[0], time.thread_time() - start[1]))


@contextmanager
def _timed_script(times: list[Times]) -> Iterator[None]:
    """Without what the test driver does around the script, and reads of its elements after it."""
    run = ScriptRunner._run_script

    def timed(*arguments: Any) -> None:
        with _timed(times):
            run(*arguments)

    with patch.object(ScriptRunner, "_run_script", timed):
        yield


def _medians(times: list[Times]) -> dict[str, float]:
    wall, processor = zip(*times, strict=True)
    return {"seconds": median(wall), "processor": median(processor)}


if __name__ == "__main__":
    main()
