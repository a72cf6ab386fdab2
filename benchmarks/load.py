"""How many people the dashboard bears at once: a real server, websockets, walks over its pages.

    python -m benchmarks.load --people 50 --minutes 5 [--import-rows 1000000] [--until-it-breaks]

In: a register with --cases synthetic cases, or a copy of the SQLite file given by --database; a
server started on it, or the --url of one that runs. Out: one JSON report. Every person has a tab
of their own and clicks, reads for an exponential time of --think seconds on average, clicks again.
A rerun is timed from the question to the last message of its answer as the tab hears it, so with
the wait for the server, its script and the way. What is wrong is counted: exceptions and errors on
a page, closed sockets, no end within 30 s.

One after the other, on one server: `first`, one person opens every page; `alone`; `beside`, beside
`registry import` of a log of so many rows in a process of its own; `steps`, with ever more people
until something is wrong or the 95th percentile passes a second.
"""

import argparse
import asyncio
import json
import os
import sqlite3
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any

from benchmarks.crowd import Crowd, by_page, first_visit, times
from benchmarks.imports import YEAR, write_year
from benchmarks.pages import fill
from benchmarks.processes import apart, import_log, measured, serving
from benchmarks.register import new_register, read_labels

STEP = 25
BROKEN = 1.0
"""Seconds of the 95th percentile from which on people are too many."""


@dataclass(frozen=True)
class Register:
    """What is browsed. server: its process, where it is ours; database: '' where it is not."""

    address: str
    server: int | None
    database: str
    folder: Path


@dataclass(frozen=True)
class Log:
    """A file to import and with which words."""

    rows: int
    arguments: tuple[str, ...]


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.load", description=__doc__)
    parser.add_argument("--people", type=int, default=50)
    parser.add_argument("--minutes", type=float, default=5)
    parser.add_argument("--think", type=float, default=5, help="seconds, on average")
    parser.add_argument("--cases", type=int, default=1_000_000)
    parser.add_argument("--database", type=Path, help="a SQLite file, which stays as it is")
    parser.add_argument("--url", help="of a dashboard that runs")
    parser.add_argument("--import-rows", type=int, default=0)
    parser.add_argument("--until-it-breaks", action="store_true")
    parser.add_argument("--step-minutes", type=float, default=1, help="of each step of that")
    parser.add_argument("--seed", type=int, default=431)
    asked = parser.parse_args()
    if asked.url and asked.import_rows:
        parser.error("--import-rows goes into a register of our own, not behind --url")
    json.dump(asyncio.run(measure(asked)), sys.stdout, ensure_ascii=False, indent=1, default=str)


async def watched(crowd: Crowd, server: int | None) -> dict[str, Any]:
    """The crowd, browsing; with what the server's process, where it is ours, took meanwhile."""
    start = time.perf_counter()
    found: dict[str, Any] = {"people": crowd.people, "think": crowd.think}
    async with measured(server or os.getpid()) as meter, measured(os.getpid()) as own:
        await crowd.browse()
        found |= {"seconds": time.perf_counter() - start, **times(crowd.runs)}
        found |= {"pages": by_page(crowd.runs), "server": meter.found() if server else {}}
    if server and crowd.runs:
        spent = found["server"]["processors"] * found["seconds"]
        found["server"]["processor_a_rerun"] = spent / len(crowd.runs)
    return found | {"client_processors": own.found()["processors"]}


async def beside_import(crowd: Crowd, register: Register, log: Log) -> dict[str, Any]:
    """The same beside an import, begun after a tenth of the time: what was asked during it, and
    what after it, when the new rows are read."""
    browsing_on = asyncio.create_task(watched(crowd, register.server))
    await asyncio.sleep(crowd.seconds / 10)
    start = time.perf_counter()
    imported = await import_log(register.database, log.arguments, register.folder)
    end = start + imported["seconds"]
    found = await browsing_on
    during = times([run for run in crowd.runs if start <= run.began < end])
    after = times([run for run in crowd.runs if run.began >= end])
    return found | {"rows": log.rows, "import": imported, "during": during, "after": after}


async def steps(crowds: Iterator[Crowd], server: int | None) -> list[dict[str, Any]]:
    """Ever more people, until an error or a 95th percentile of a second."""
    found = []
    for crowd in crowds:
        step = await watched(crowd, server)
        step["broken"] = bool(step["errors"]) or step["p95"] >= BROKEN
        found.append(step)
        if step["broken"]:
            break
    return found


async def measure(asked: argparse.Namespace) -> dict[str, Any]:
    """Everything asked for, on one server."""
    with tempfile.TemporaryDirectory() as name:
        async with ready(asked, Path(name)) as register:
            seeds = count(asked.seed)
            crowd = partial(Crowd, register.address, seconds=asked.minutes * 60, think=asked.think)
            report = {"cores": os.cpu_count(), "cases": asked.cases, "database": asked.database}
            report["first"] = await first_visit(register.address)
            one = crowd(people=asked.people, seed=next(seeds))
            report["alone"] = await watched(one, register.server)
            if asked.import_rows:
                one = crowd(people=asked.people, seed=next(seeds))
                log = apart(write_log, asked.import_rows, register.folder)
                report["beside"] = await beside_import(one, register, log)
            if asked.until_it_breaks:
                more = count(asked.people, STEP)
                step = partial(crowd, seconds=asked.step_minutes * 60)
                crowds = (step(people=people, seed=next(seeds)) for people in more)
                report["steps"] = await steps(crowds, register.server)
            return report


@asynccontextmanager
async def ready(asked: argparse.Namespace, folder: Path) -> AsyncIterator[Register]:
    """A dashboard to browse: one that runs, or our own on a register of our own."""
    if asked.url:
        yield Register(asked.url, None, "", folder)
        return
    file = folder / "register.db"
    if asked.database:
        copy_database(asked.database, file)
    else:
        apart(fill_database, file, asked.cases)
    async with serving(f"sqlite:///{file}", folder) as (address, server):
        yield Register(address, server, f"sqlite:///{file}", folder)


def fill_database(file: Path, cases: int) -> None:
    fill(new_register(f"sqlite:///{file}"), cases)


def copy_database(source: Path, file: Path) -> None:
    """Also what is in its write-ahead log yet."""
    with closing(sqlite3.connect(source)) as old, closing(sqlite3.connect(file)) as new:
        old.backup(new)


def write_log(rows: int, folder: Path, first: int = 1) -> Log:
    """A year's log of all districts, of cases that the register does not have; their numbers
    begin at `first`."""
    file = folder / "log.csv"
    written = write_year(rows, file, first)
    with tempfile.TemporaryDirectory() as other:
        catalogue, _ = read_labels(new_register(f"sqlite:///{other}/register.db"))
    districts = [word for code in catalogue.districts["code"] for word in ("--district", code)]
    return Log(written, (str(file), *districts, "--months", str(YEAR)))


if __name__ == "__main__":
    main()
