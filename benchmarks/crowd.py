"""People who browse at once, and what they saw.

In: the address of a dashboard, how many people, for how long. Out: the runs of its pages, and of
runs the times by share of them, what came, what was wrong.
"""

import asyncio
import random
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from benchmarks.browser import Run, browsing
from benchmarks.walks import PAGES, Person

SHARES = {"p50": 0.5, "p95": 0.95, "p99": 0.99, "longest": 1.0}
SHOWN = 20
"""So many different things that went wrong are told in words."""


@dataclass
class Crowd:
    """People at once for so many seconds; the runs of their pages, in the order they ended."""

    address: str
    people: int
    seconds: float
    think: float
    seed: int
    runs: list[Run] = field(default_factory=list)

    async def browse(self) -> None:
        async with asyncio.TaskGroup() as group:
            for number in range(self.people):
                group.create_task(self._person(random.Random(f"{self.seed} {number}")))

    async def _person(self, chance: random.Random) -> None:
        end = time.perf_counter() + self.seconds
        await asyncio.sleep(chance.uniform(0, min(self.think, self.seconds)))
        while time.perf_counter() < end:
            await self._visit(chance, end)

    async def _visit(self, chance: random.Random, end: float) -> None:
        """In one tab; one that has gone wrong in such a way that it hears no more is left."""
        try:
            async with browsing(self.address) as browser:
                person, act = Person(browser, chance), Person.arrive
                while time.perf_counter() < end and browser.is_open:
                    self.runs.append(await act(person))
                    act = Person.click
                    await asyncio.sleep(chance.expovariate(1 / self.think))
        except OSError as error:
            self.runs.append(Run("-", time.perf_counter(), wrong=[f"no connection: {error}"]))


def times(runs: list[Run]) -> dict[str, Any]:
    """Of runs of pages: how many, seconds by share of them, what came, what was wrong."""
    wrong = Counter(words for run in runs for words in run.wrong)
    found: dict[str, Any] = {"reruns": len(runs), "errors": wrong.total()}
    if wrong:
        found["wrong"] = dict(wrong.most_common(SHOWN))
    if runs:
        seconds = np.array([run.seconds for run in runs])
        marks = np.quantile(seconds, list(SHARES.values()), method="inverted_cdf")
        found |= dict(zip(SHARES, marks.tolist(), strict=True))
        found["kilobytes"] = float(np.mean([run.bytes for run in runs]) / 1e3)
        found["messages"] = float(np.mean([run.messages for run in runs]))
        found["references"] = sum(run.references for run in runs)
    return found


def by_page(runs: list[Run]) -> dict[str, dict[str, Any]]:
    pages = sorted({run.page for run in runs})
    chosen = ("reruns", "errors", *SHARES)
    found = {page: times([run for run in runs if run.page == page]) for page in pages}
    return {page: {key: one[key] for key in chosen} for page, one in found.items()}


async def first_visit(address: str) -> dict[str, float]:
    """Seconds of each page for the first person who opens it; raises where one is wrong."""
    found: dict[str, float] = {}
    async with browsing(address) as browser:
        for page in PAGES:
            run = await browser.open(page)
            if run.wrong:
                raise RuntimeError(f"{page}: {run.wrong}")
            found[run.page] = run.seconds
    return found
