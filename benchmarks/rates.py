"""The exercise rate of districts × departments for a year: the cube beside DuckDB.

Run in a process of its own (`python -m benchmarks.rates`), prints one JSON record. Both sides
start warm from the same cases and must give the same fractions.
"""

import argparse
import json
import resource
import sys
import tempfile
from collections.abc import Callable
from functools import partial
from statistics import median
from time import perf_counter
from typing import Any

import duckdb
import numpy as np
import pandas as pd

from benchmarks.cases import ACTIONS, NONE, OUTCOMES, Drawn, as_cases, draw_cases
from benchmarks.register import new_register, read_labels
from registry.measures.exercise import exercise_rate
from registry.snapshot import Snapshot
from registry.usage import UsageCube, monthly_usage
from registry.window import Window

MONTHS = Window(202107, 202306)
YEAR = Window(202207, 202306)
BY = ("district", "department")

# A row for each power of a case, in the order of days: what a column database likes best.
LOG = "create table log (unit usmallint, power usmallint, day date, action action, outcome outcome)"
RATE = """
with exercised as (
    select distinct unit, power from log
    where day >= ? and day < ?
    and (action = 'coercion'
         or action = 'penalty' and outcome not in ('withdrawn', 'transferred'))
)
select district, department,
       count(distinct case when e.unit is not null then power end) as numerator,
       count(distinct power) as denominator
from holding join unit using (unit) join power using (power)
left join exercised e using (unit, power)
group by all order by all
"""


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.rates", description=__doc__)
    parser.add_argument("--cases", type=int, default=10_000_000)
    parser.add_argument("--runs", type=int, default=7)
    arguments = parser.parse_args()
    json.dump(measure(arguments.cases, arguments.runs), sys.stdout)


def measure(count: int, runs: int) -> dict[str, Any]:
    """Median seconds of both sides, what preparing them took, and their agreement."""
    with tempfile.TemporaryDirectory() as folder:
        catalogue, holdings = read_labels(new_register(f"sqlite:///{folder}/register.db"))
    drawn = draw_cases(count, catalogue, holdings, MONTHS)
    database, loading = timed(partial(load_duckdb, drawn, catalogue, holdings))
    usage, rolling_up = timed(partial(monthly_usage, *as_cases(drawn, catalogue)))
    cube, building = timed(
        partial(UsageCube.build, usage, catalogue.units, catalogue.powers, MONTHS)
    )
    everywhere = np.ones((len(MONTHS), len(catalogue.units)), dtype=bool)
    snapshot = Snapshot(catalogue, holdings, cube, everywhere, ~everywhere, 1, 1, 1)
    asked = {
        "ours": lambda: exercise_rate(snapshot, YEAR, BY),
        "duckdb": lambda: database.execute(RATE, [YEAR.start, YEAR.end]).df(),
    }
    check_agreement(asked["ours"](), asked["duckdb"]())
    seconds: dict[str, list[float]] = {name: [] for name in asked}
    for _ in range(runs):
        for name, ask in asked.items():
            seconds[name].append(timed(ask)[1])
    return {
        "cases": count,
        "runs": runs,
        "seconds": {name: median(times) for name, times in seconds.items()},
        "prepare": {"roll-up": rolling_up, "cube": building, "duckdb": loading},
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }


def timed(run: Callable[[], Any]) -> tuple[Any, float]:
    start = perf_counter()
    return run(), perf_counter() - start


def load_duckdb(drawn: Drawn, catalogue: Any, holdings: Any) -> duckdb.DuckDBPyConnection:
    """The cases as a native table in memory, with the labels and who held what in the year."""
    database = duckdb.connect()
    for name, words in (("action", ACTIONS), ("outcome", OUTCOMES)):
        database.execute(f"create type {name} as enum ({', '.join(map(repr, words))})")
    database.execute(LOG)
    two = np.flatnonzero(drawn.second != NONE)
    case = np.concatenate([np.arange(len(drawn)), two])
    power = np.concatenate([drawn.power, drawn.second[two]])
    order = np.argsort(case, kind="stable")
    case, power = case[order], power[order]
    rows = pd.DataFrame(
        {
            "unit": drawn.unit[case],
            "power": power,
            "day": drawn.day[case].astype("datetime64[s]"),
            "action": pd.Categorical.from_codes(drawn.action[case], ACTIONS),
            "outcome": pd.Categorical.from_codes(drawn.outcome[case], OUTCOMES),
        }
    )
    patterns, _ = holdings.by_month(YEAR)
    unit, held = np.nonzero(np.logical_or.reduce(patterns))
    tables = {
        "unit": pd.DataFrame(
            {"unit": range(len(catalogue.units)), "district": catalogue.units["district_code"]}
        ),
        "power": pd.DataFrame(
            {
                "power": range(len(catalogue.powers)),
                "department": catalogue.powers["source_department"],
            }
        ),
        "holding": pd.DataFrame({"unit": unit, "power": held}),
    }
    database.register("rows", rows)
    database.execute("insert into log select * from rows")
    database.unregister("rows")
    for name, frame in tables.items():
        database.register("frame", frame)
        database.execute(f"create table {name} as select * from frame")
        database.unregister("frame")
    return database


def check_agreement(ours: pd.DataFrame, theirs: pd.DataFrame) -> None:
    """Raises AssertionError unless both give the same fraction for every group."""
    fractions = ["numerator", "denominator"]
    keyed = [frame.set_index(list(BY))[fractions].sort_index() for frame in (ours, theirs)]
    pd.testing.assert_frame_equal(*keyed, check_dtype=False, check_index_type=False)


if __name__ == "__main__":
    main()
