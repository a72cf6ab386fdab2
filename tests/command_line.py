"""The commands as a person types them, run in this process on a database of their own."""

import contextlib
import csv
import io
import json
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import openpyxl
from builders import EAST, QUARTER, write_log

from registry import db
from registry.cli import main
from registry.settings import settings

Edits = Mapping[tuple[str, str], str]


@dataclass(frozen=True)
class Outcome:
    exit_code: int
    stdout: str
    stderr: str

    @property
    def records(self) -> list[dict[str, Any]]:
        """Stdout as one JSON array; fails if there is anything else."""
        return json.loads(self.stdout)

    @property
    def rows(self) -> list[dict[str, str]]:
        """Stdout as CSV."""
        return list(csv.DictReader(io.StringIO(self.stdout)))


@dataclass(frozen=True)
class CommandLine:
    """`registry` against one database, with a folder to keep files in."""

    url: str
    folder: Path

    def run(self, *words: object, answers: str | None = None) -> Outcome:
        """Run a command in the folder: without a terminal, or with one where these are typed."""
        stdout, stderr = io.StringIO(), io.StringIO()
        with (
            contextlib.chdir(self.folder),
            _environment(self.url, [str(word) for word in words], answers),
            contextlib.redirect_stdout(stdout),
            contextlib.redirect_stderr(stderr),
        ):
            code = _exit_code()
        return Outcome(code, stdout.getvalue(), stderr.getvalue())

    def records(self, *words: object, exit_code: int = 0) -> list[dict[str, Any]]:
        """What a command answers as JSON; it must end with this exit code."""
        outcome = self.run(*words, "--format", "json")
        assert outcome.exit_code == exit_code, outcome.stderr
        return outcome.records

    def refusal(self, *words: object, exit_code: int = 1) -> str:
        """The sentence with which a command refuses: nothing on stdout, no traceback."""
        outcome = self.run(*words)
        assert outcome.exit_code == exit_code, outcome.stdout + outcome.stderr
        assert outcome.stdout == ""
        assert "Traceback" not in outcome.stderr
        return outcome.stderr

    def log(self, name: str, rows: list[dict[str, str]]) -> Path:
        return write_log(self.folder / name, rows)

    def send(
        self, rows: list[dict[str, str]], name: str = "log.csv", *words: object, exit_code: int = 0
    ) -> dict[str, Any]:
        """Import rows as a log of EAST for the quarter; the record of the file."""
        declared = ("--district", EAST, "--months", QUARTER)
        path = self.log(name, rows)
        return self.records("import", path, *declared, *words, exit_code=exit_code)[0]

    def batch(self, number: int) -> dict[str, Any]:
        return {record["batch"]: record for record in self.records("batches")}[number]

    def rate(self, *words: object) -> tuple[Any, Any]:
        """(numerator, denominator) of the whole quarter."""
        window = ("--from", "2021-01", "--to", "2021-03")
        record = self.records("rate", *window, *words)[0]
        return record["numerator"], record["denominator"]

    def disagreements(self) -> list[str]:
        """The checks that fail."""
        return [
            r["check"]
            for r in json.loads(self.run("check", "--format", "json").stdout)
            if not r["ok"]
        ]


def start(database: Path, *words: object) -> Path:
    """A register started in a new SQLite file, closed again."""
    url = f"sqlite:///{database}"
    outcome = CommandLine(url, database.parent).run("init", *words)
    assert outcome.exit_code == 0, outcome.stderr
    db.engine_for(url).dispose()
    return database


def edit_workbook(source: Path, target: Path, edits: Edits) -> Path:
    """A workbook mended by hand: (heading, cell as it stands) → the cell as it should be."""
    book = openpyxl.load_workbook(source)
    sheet = book.active
    columns = {cell.value: cell.column for cell in sheet[1]}
    for row in range(2, sheet.max_row + 1):
        for (heading, wrong), right in edits.items():
            cell = sheet.cell(row, columns[heading])
            cell.value = right if cell.value == wrong else cell.value
    book.save(target)
    return target


class _Keyboard(io.StringIO):
    def isatty(self) -> bool:
        return True


def _exit_code() -> int:
    try:
        main()
    except SystemExit as ending:
        return ending.code if isinstance(ending.code, int) else int(ending.code is not None)
    return 0


@contextlib.contextmanager
def _environment(url: str, words: list[str], answers: str | None):
    """Arguments, database and standard input, put back afterwards."""
    before = sys.argv, sys.stdin, os.environ.get("REGISTRY_DATABASE_URL")
    sys.argv, sys.stdin = ["registry", *words], _Keyboard(answers) if answers else io.StringIO()
    os.environ["REGISTRY_DATABASE_URL"] = url
    settings.cache_clear()
    try:
        yield
    finally:
        sys.argv, sys.stdin = before[:2]
        if before[2] is None:
            del os.environ["REGISTRY_DATABASE_URL"]
        else:
            os.environ["REGISTRY_DATABASE_URL"] = before[2]
        settings.cache_clear()
