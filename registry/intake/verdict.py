"""Rows of a log → what becomes of each: accepted, corrected, unchanged, quarantined, skipped.

Gather, then decide; nothing is written here.
"""

from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd
from sqlalchemy.engine import Connection

from registry.adjustment.policy import Policy
from registry.catalogue import Catalogue
from registry.holdings import Holdings
from registry.intake.cases import (
    CONTENT,
    DAY_ORDER,
    Rows,
    case_days,
    duplicate_rows,
    gather_cases,
    match_rows,
)
from registry.intake.checks import (
    PROBLEMS,
    WARNINGS,
    CaseState,
    as_finding,
    check_cases,
    check_rows,
    warn_cases,
)
from registry.intake.clean import CleanRows, clean_rows
from registry.intake.declaration import Declaration
from registry.intake.layout import LogRows
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
    nothing_accepted,
    of_other_rows,
)
from registry.intake.stored import NO_VERSION, merged, read_stored
from registry.rollup import months_of

DAY_FLAWS = ("unreadable_date", "date_before_1949")


@dataclass(frozen=True)
class Context:
    """What rows are judged against."""

    catalogue: Catalogue
    holdings: Holdings
    policy: Policy
    today: date


@dataclass(frozen=True)
class Verdict(Judged):
    """`row_status` says what became of each row, `case_of_row` its case (-1: skipped);
    `case_status` the same of each case of `state`."""

    PROBLEMS, WARNINGS = PROBLEMS, WARNINGS
    IDENTIFYING, TOGETHER = "case_no", "同属一案"

    log: LogRows
    rows: Rows
    state: CaseState
    case_of_row: np.ndarray
    row_status: pd.Categorical
    case_status: pd.Categorical
    findings: list[Finding]
    warnings: list[Finding]

    @property
    def group_of_row(self) -> np.ndarray:
        return self.case_of_row

    @property
    def unit_of_row(self) -> np.ndarray:
        return self.rows.unit

    def months_of(self, rows: np.ndarray) -> np.ndarray:
        own = case_days({field: values[rows] for field, values in self.rows.content.items()})
        day = self.state.day[self.case_of_row[rows]]
        # Rows that contradict each other may lie in different months.
        return months_of(np.where(np.isnat(own) | np.isnat(day), day, own))


def judge(
    connection: Connection,
    log: LogRows,
    declaration: Declaration,
    context: Context,
    joins: np.ndarray | None = None,
) -> Verdict:
    """Decide on every row of a log, against the register and what is stored.

    joins: of rows back from quarantine the act of the log whose other rows they join, else 0.
    """
    clean = clean_rows(log.cells, _scales(log), len(log))
    rows = match_rows(log, clean, context.catalogue, declaration)
    findings = check_rows(rows, clean, context.catalogue, declaration)
    flawed = marked(findings, len(log))
    # Of a flawed row its cells alone are known; without a number it may be of another case.
    duplicate = duplicate_rows(rows, ~flawed) | log.repeated(flawed & (clean.case_key != ""))
    findings, flawed = of_other_rows(findings, duplicate), flawed & ~duplicate
    cases, case_of_kept = gather_cases(rows, clean, ~duplicate)
    case_of_row = np.full(len(log), -1)
    case_of_row[~duplicate] = case_of_kept
    stored = read_stored(connection, cases, context.catalogue, rows.sets)
    acts = _acts_joined(len(cases), case_of_row, joins)
    content, power_set = merged(cases, stored, rows.sets, acts)
    undated = _undated(len(cases), clean, case_of_row)
    day = np.where(undated, np.datetime64("NaT"), case_days(content))
    state = CaseState(cases, content, power_set, rows.sets, day, stored, undated)
    case_findings = check_cases(state, context.holdings, declaration, context.today)
    bad = np.zeros(len(cases), dtype=bool)
    bad[case_of_row[flawed]] = True
    bad[marked(case_findings, len(cases))] = True
    case_status = _case_status(state, bad)
    row_status = pd.Categorical.from_codes(
        np.append(case_status.codes, STATUSES.index(SKIPPED))[case_of_row], STATUSES
    )
    findings += _to_rows(case_findings, case_of_row)
    warnings = _to_rows(warn_cases(state, ~bad, context.catalogue, context.policy), case_of_row)
    warnings += [as_finding(flaw) for flaw in clean.oddities if len(flaw.rows)]
    if duplicate.any():
        warnings.append(Finding(np.flatnonzero(duplicate), "case_no", "duplicate_row"))
    return Verdict(log, rows, state, case_of_row, row_status, case_status, findings, warnings)


def _acts_joined(count: int, case_of_row: np.ndarray, joins: np.ndarray | None) -> np.ndarray:
    """The act that each case's rows join; 0 where none does."""
    acts = np.zeros(count, dtype=np.int64)
    if joins is not None:
        kept = case_of_row >= 0
        np.maximum.at(acts, case_of_row[kept], joins[kept])
    return acts


def _scales(log: LogRows) -> np.ndarray:
    """What the heading of the fine counts in, by row."""
    columns = [layout.columns.get("fine_cny") for layout in log.layouts]
    return np.array([column.scale if column else 1 for column in columns])[log.sheet]


def _undated(count: int, clean: CleanRows, case_of_row: np.ndarray) -> np.ndarray:
    """bool[cases]: a date that decides the case's day cannot be read."""
    undated = np.zeros(count, dtype=bool)
    for flaw in clean.flaws:
        if flaw.field in DAY_ORDER and flaw.code in DAY_FLAWS:
            own = case_of_row[flaw.rows]
            undated[own[own >= 0]] = True
    return undated


def _case_status(state: CaseState, bad: np.ndarray) -> pd.Categorical:
    known = state.stored.version != NO_VERSION
    same = state.power_set == state.stored.power_set
    for field in CONTENT:
        same &= state.content[field] == state.stored.content[field]
    if_known = np.where(same, STATUSES.index(UNCHANGED), STATUSES.index(CORRECTED))
    code = np.where(known, if_known, STATUSES.index(ACCEPTED))
    code[bad] = STATUSES.index(QUARANTINED)
    return pd.Categorical.from_codes(code, STATUSES)


def _to_rows(findings: list[Finding], case_of_row: np.ndarray) -> list[Finding]:
    """Findings on cases as findings on all their rows."""
    order = np.argsort(case_of_row, kind="stable")
    in_order = case_of_row[order]
    result = []
    for finding in findings:
        start = np.searchsorted(in_order, finding.where, side="left")
        end = np.searchsorted(in_order, finding.where, side="right")
        rows = [order[a:b] for a, b in zip(start, end, strict=True)]
        result.append(Finding(np.sort(np.concatenate(rows)), finding.field, finding.code))
    return result


def refuse_if_nothing_accepted(verdict: Judged, name: str) -> None:
    """Raise where rows were read and none is sound: it would declare nil returns."""
    sound = verdict.row_status.isin([ACCEPTED, CORRECTED, UNCHANGED])
    if len(verdict.log) == 0 or sound.any():
        return
    notes = [note for found in verdict.problems.values() for note in found]
    raise nothing_accepted(name, len(verdict.log), notes, verdict.PROBLEMS)


def distinct_unknowns(verdict: Judged) -> pd.DataFrame:
    """Texts that stand for no unit or power: `field`, `text`, `rows`, once per distinct text."""
    seen = [
        (finding.field, verdict.cell(row, finding.field))
        for finding in verdict.findings
        if finding.code in ("unknown_unit", "unknown_power")
        for row in finding.where.tolist()
    ]
    frame = pd.DataFrame(seen, columns=["field", "text"])
    frame = frame[frame["text"].ne("")].value_counts(["field", "text"]).reset_index(name="rows")
    return frame.assign(label=frame["field"].map(verdict.log.form.label))
