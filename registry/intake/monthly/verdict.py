"""Rows of a monthly return → what becomes of each: accepted, corrected, unchanged, quarantined,
skipped. Gather, then decide; nothing is written here.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from sqlalchemy.engine import Connection

from registry.catalogue import Catalogue
from registry.intake.declaration import Declaration
from registry.intake.layout import LogRows
from registry.intake.monthly.checks import (
    PROBLEMS,
    WARNINGS,
    Excess,
    Numbers,
    excesses,
    warnings,
)
from registry.intake.monthly.entries import Entry, duplicate_rows, gather_entries
from registry.intake.monthly.form import MonthlyForm, monthly_form
from registry.intake.monthly.rows import Key, ReturnRows, read_rows
from registry.intake.monthly.stored import StoredRow, read_current, read_of_batch
from registry.intake.notes import (
    ACCEPTED,
    CORRECTED,
    QUARANTINED,
    SKIPPED,
    STATUSES,
    UNCHANGED,
    Finding,
    Judged,
    marked,
    of_other_rows,
    unplaced_note,
)
from registry.intake.verdict import Context
from registry.window import month_text

Place = tuple[int, str, str]
"""(row, field, code) of a finding."""


@dataclass(frozen=True)
class ReturnVerdict(Judged):
    """`entries` with the `numbers` that each would store and what is `stored` of its key;
    `entry_of_row` numbers the entry of each row (-1: none); `details` is said behind a finding.
    `silent` are the units, and months, of which a return of a stock says nothing."""

    PROBLEMS, WARNINGS = PROBLEMS, WARNINGS
    IDENTIFYING, TOGETHER = "month", "同属一项"

    log: LogRows
    form: MonthlyForm
    rows: ReturnRows
    entries: list[Entry]
    numbers: list[Numbers]
    stored: dict[Key, StoredRow]
    entry_status: list[str]
    entry_of_row: np.ndarray
    row_status: pd.Categorical
    findings: list[Finding]
    warnings: list[Finding]
    details: Mapping[Place, str] = field(default_factory=dict)
    silent: tuple[tuple[str, str], ...] = ()

    @property
    def group_of_row(self) -> np.ndarray:
        return self.entry_of_row

    @property
    def unit_of_row(self) -> np.ndarray:
        return self.rows.unit

    @property
    def is_silence_nil(self) -> bool:
        """Events that nobody counted did not happen; staff that nobody counted may be there."""
        return self.form.adds_up

    def months_of(self, rows: np.ndarray) -> np.ndarray:
        return self.rows.month[rows]

    def note(self, row: int, field: str, code: str, texts: Mapping[str, str]) -> dict[str, Any]:
        note = super().note(row, field, code, texts)
        return note | {"reason": note["reason"] + self.details.get((row, field, code), "")}

    def warning_notes(self) -> list[dict[str, Any]]:
        code = "unit_without_data"
        silent = [
            unplaced_note(code, f"{WARNINGS[code]}：{name}") | {"value": unit}
            for unit, name in self.silent
        ]
        return super().warning_notes() + silent


def judge_return(
    connection: Connection,
    log: LogRows,
    declaration: Declaration,
    context: Context,
    batch: int | None = None,
) -> ReturnVerdict:
    """Decide on every row of a return, against the register and what is stored.

    batch: the one whose rows come back from quarantine; they join what it has said already.
    """
    form = monthly_form(declaration.kind, context.catalogue)
    rows = read_rows(log, form, declaration, context.catalogue)
    keys = _keys(rows, context.catalogue)
    flawed = marked(rows.findings, len(log))
    duplicate = duplicate_rows(rows, ~flawed, keys) | log.repeated(flawed)
    entries = gather_entries(rows, form, keys, ~duplicate)
    own = read_of_batch(connection, form, batch) if batch else {}
    stored = read_current(connection, form, [entry.key for entry in entries])
    judgement = _Judgement(log, form, rows, flawed)
    if form.adds_up:
        entries = [entry.added_to(own.get(entry.key)) for entry in entries]
    numbers = [entry.completed(stored.get(entry.key), form.numbers) for entry in entries]
    for entry, completed in zip(entries, numbers, strict=True):
        judgement.check(entry, completed, own.get(entry.key))
    if duplicate.any():
        judgement.warn(np.flatnonzero(duplicate), "month", "duplicate_row")
    status = [
        _status(completed, stored.get(entry.key), judgement.is_flawed(entry))
        for entry, completed in zip(entries, numbers, strict=True)
    ]
    entry_of_row = _entry_of_row(entries, len(log))
    by_entry = np.array([*status, QUARANTINED], dtype=object)
    row_status = np.where(duplicate, SKIPPED, by_entry[entry_of_row])
    return ReturnVerdict(
        log=log,
        form=form,
        rows=rows,
        entries=entries,
        numbers=numbers,
        stored=stored,
        entry_status=status,
        entry_of_row=entry_of_row,
        row_status=pd.Categorical(row_status, STATUSES),
        findings=[*of_other_rows(rows.findings, duplicate), *judgement.findings()],
        warnings=[*rows.oddities, *judgement.warnings()],
        details=judgement.details,
        silent=() if form.adds_up or batch else _silent(rows, declaration, context.catalogue),
    )


def _keys(rows: ReturnRows, catalogue: Catalogue) -> list[Key | None]:
    ids = catalogue.units["id"].to_numpy()
    keys: list[Key | None] = []
    for row in range(len(rows.month)):
        unit, month, subjects = rows.known(row)
        known = unit is not None and month is not None and None not in subjects
        keys.append((int(ids[unit]), month, *subjects) if known else None)
    return keys


def _entry_of_row(entries: list[Entry], count: int) -> np.ndarray:
    result = np.full(count, -1)
    for number, entry in enumerate(entries):
        result[list(entry.rows)] = number
    return result


def _status(numbers: Numbers, stored: StoredRow | None, flawed: bool) -> str:
    if flawed:
        return QUARANTINED
    if stored is None:
        return ACCEPTED
    return UNCHANGED if stored.numbers == numbers else CORRECTED


class _Judgement:
    """What is wrong or odd about entries, as findings on their rows."""

    def __init__(
        self, log: LogRows, form: MonthlyForm, rows: ReturnRows, flawed: np.ndarray
    ) -> None:
        self.log, self.form, self.rows, self.flawed = log, form, rows, flawed.copy()
        self.details: dict[Place, str] = {}
        self._problems: dict[tuple[str, str], set[int]] = defaultdict(set)
        self._warnings: dict[tuple[str, str], set[int]] = defaultdict(set)

    def is_flawed(self, entry: Entry) -> bool:
        return bool(self.flawed[list(entry.rows)].any())

    def check(self, entry: Entry, numbers: Numbers, own: StoredRow | None) -> None:
        """Of an entry with an unreadable row nothing more can be said."""
        if self.is_flawed(entry):
            return
        at_odds = own is not None and not self.form.adds_up and entry.differs_from(own)
        if entry.contradicts or at_odds:
            self._problem(entry.rows, "month", "rows_contradict")
        for number in self._missing(entry):
            self._problem(entry.rows, number, "missing_number")
        for row in entry.rows if len(entry.rows) > 1 else ():
            self._exceed((row,), excesses(self.rows.said(row)))
        self._exceed(entry.rows, excesses(numbers))
        if not self.is_flawed(entry):
            for excess in warnings(numbers):
                self._detail(entry.rows, excess)
                self.warn(np.array(entry.rows), excess.field, excess.code)

    def _missing(self, entry: Entry) -> Iterable[str]:
        """Numbers without which the entry says nothing."""
        if self.form.counted:
            return [f for f in self.form.counted if entry.said.get(f) is None]
        nothing = all(number is None for number in entry.said.values())
        return [next(iter(entry.said), self.form.numbers[0])] if nothing else []

    def _exceed(self, rows: tuple[int, ...], found: Iterator[Excess]) -> None:
        for excess in found:
            self._detail(rows, excess)
            self._problem(rows, excess.field, excess.code)

    def _detail(self, rows: tuple[int, ...], excess: Excess) -> None:
        for row in rows:
            sheet = int(self.log.sheet[row])
            limit = "减".join(self.log.heading(sheet, f) for f in excess.of)
            text = f"（{excess.number} > {limit} {excess.limit}）"
            self.details.setdefault((row, excess.field, excess.code), text)

    def _problem(self, rows: tuple[int, ...], field: str, code: str) -> None:
        self._problems[field, code].update(rows)
        self.flawed[list(rows)] = True

    def warn(self, rows: np.ndarray, field: str, code: str) -> None:
        self._warnings[field, code].update(rows.tolist())

    def findings(self) -> list[Finding]:
        return _as_findings(self._problems)

    def warnings(self) -> list[Finding]:
        return _as_findings(self._warnings)


def _as_findings(marked: Mapping[tuple[str, str], set[int]]) -> list[Finding]:
    return [Finding(np.array(sorted(rows)), *key) for key, rows in marked.items()]


def _silent(
    rows: ReturnRows, declaration: Declaration, catalogue: Catalogue
) -> tuple[tuple[str, str], ...]:
    """(code, name) of covered units without a row, with the months where they are some of them."""
    ids = catalogue.units["id"].to_numpy()
    named = set(zip(ids[rows.unit].tolist(), rows.month.tolist(), strict=True))
    months: dict[int, list[int]] = defaultdict(list)
    for unit, month in declaration.covered(catalogue):
        if (unit, month) not in named:
            months[unit].append(month)
    units = catalogue.units.set_index("id")
    return tuple(
        (str(units["code"][unit]), f"{units['name'][unit]}{_in_months(own, declaration)}")
        for unit, own in months.items()
    )


def _in_months(months: list[int], declaration: Declaration) -> str:
    if len(months) == len(declaration.window):
        return ""
    return f"（{'、'.join(map(month_text, months))}）"
