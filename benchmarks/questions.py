"""The same questions to all contenders, in turns, on so many cases.

In: a number of cases. Out: a record of what making ready took, of each question the median
seconds and how often it was asked, and of each contender its peak memory. Before anything is timed
all answers are compared with ours, counts and rates exactly: a difference is an AssertionError.
"""

import json
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from statistics import median
from typing import Any

import pandas as pd

from benchmarks.contender import COLUMNS, OURS
from benchmarks.processes import apart
from benchmarks.rows import draw_rows, read_bytes

SLOW = 20.0
"""Seconds from which on a question is asked once."""


class Contender:
    """A process that answers; closed, it ends."""

    def __init__(self, name: str, folder: Path) -> None:
        command = [sys.executable, "-m", "benchmarks.contender", name, str(folder)]
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
        self.name = name
        self._process = subprocess.Popen(command, text=True, **pipes)
        self.made = self._hear()
        self.seconds: dict[str, list[float]] = {}
        self.bytes: dict[str, int] = {}
        self.peak_mb = self.made["peak_mb"]

    def __enter__(self) -> "Contender":
        return self

    def __exit__(self, *wrong: object) -> None:
        self._process.communicate()

    def ask(self, question: str) -> float:
        """Its seconds, which are kept."""
        self._process.stdin.write(f"{question}\n")
        self._process.stdin.flush()
        answered = self._hear()
        self.peak_mb = max(self.peak_mb, answered["peak_mb"])
        if "bytes" in answered:
            self.bytes[question] = answered["bytes"]
        self.seconds.setdefault(question, []).append(answered["seconds"])
        return answered["seconds"]

    def is_slow(self, question: str) -> bool:
        return max(self.seconds[question]) > SLOW

    def warmed_up(self) -> None:
        """Forget the first, cold answers where there will be others."""
        self.seconds = {q: s for q, s in self.seconds.items() if self.is_slow(q)}

    def record(self) -> dict[str, Any]:
        return {
            "ready": self.made["ready"],
            "peak_mb": self.peak_mb,
            "seconds": {q: median(times) for q, times in self.seconds.items()},
            "runs": {q: len(times) for q, times in self.seconds.items()},
        }

    def _hear(self) -> dict[str, Any]:
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError(f"{self.name} has ended")
        return json.loads(line)


def measure(cases: int, runs: int, names: Sequence[str]) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as name, ExitStack() as stack:
        folder = Path(name)
        rows, of_year = apart(draw_rows, cases, folder)
        contenders = [stack.enter_context(Contender(name, folder)) for name in names]
        for question in COLUMNS:
            for contender in contenders:
                contender.ask(question)
            check_agreement(question, folder, names)
        take_turns(contenders, runs)
        return {
            "cases": cases,
            "rows": rows,
            "bytes": contenders[0].bytes,
            "raw_bytes": {question: of_year * read_bytes(question) for question in COLUMNS},
            "contenders": {contender.name: contender.record() for contender in contenders},
        }


def take_turns(contenders: Sequence[Contender], runs: int) -> None:
    """Each question `runs` times, contender after contender; a slow one's first time counts."""
    slow = {(c.name, q) for c in contenders for q in COLUMNS if c.is_slow(q)}
    for contender in contenders:
        contender.warmed_up()
    for question in COLUMNS:
        asked = [c for c in contenders if (c.name, question) not in slow]
        for _ in range(runs):
            for contender in asked:
                contender.ask(question)


def check_agreement(question: str, folder: Path, names: Sequence[str]) -> None:
    """Raises AssertionError unless every contender's answer is ours."""
    ours = pd.read_pickle(folder / f"{OURS}.{question}")
    for name in names:
        theirs = pd.read_pickle(folder / f"{name}.{question}")
        pd.testing.assert_frame_equal(
            ours, theirs, check_dtype=False, check_exact=True, obj=f"{question}, {name}"
        )
