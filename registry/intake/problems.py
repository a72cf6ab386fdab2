"""Quarantined rows: as a workbook to mend, mended and brought back, or checked once more.

A row is judged as its batch declared it; once it passes, its problem is resolved and its case is
stored as said by that batch.
"""

import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pandas as pd
import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

from registry import models
from registry.access import scope
from registry.adjustment.policy import read_policy
from registry.catalogue import Catalogue, read_catalogue
from registry.db import insert_row, record_act, table, writing
from registry.errors import RegistryError
from registry.export import write_workbook
from registry.holdings import read_holdings
from registry.intake.batches import check_batch, open_batches, repeated
from registry.intake.clean import cell_text, text_of
from registry.intake.declaration import Declaration
from registry.intake.fields import (
    FIELDS,
    LABELS,
    PROBLEM_NUMBER,
    PROBLEM_TEXT,
    Heading,
    heading_key,
    plain,
)
from registry.intake.form import Form
from registry.intake.layout import HEADER_ROWS, Header, LogRows, SheetLayout, lay_out
from registry.intake.limits import shown
from registry.intake.monthly import form as monthly
from registry.intake.monthly.checks import EVERY_PROBLEM, EVERY_WARNING, WARNINGS
from registry.intake.monthly.verdict import ReturnVerdict, judge_return
from registry.intake.monthly.write import write_entries
from registry.intake.notes import (
    ACCEPTED,
    CORRECTED,
    QUARANTINED,
    SKIPPED,
    STATUSES,
    UNCHANGED,
    Judged,
    nothing_accepted,
)
from registry.intake.readers import Document, Sheet, read_document
from registry.intake.replace import ended_since
from registry.intake.report import Report
from registry.intake.routes import ROUTES
from registry.intake.verdict import Context, Verdict, judge
from registry.intake.write import write_cases, write_problems
from registry.language import N_, Series
from registry.returns import USAGE_LOG
from registry.window import Window

PROBLEM = "problem"
"""The column of a workbook of problems that holds their numbers."""

BATCH, SHEET, ROW = "批次", "工作表", "原行号"
OUR_COLUMNS = (PROBLEM_TEXT, BATCH, SHEET, ROW)
"""What the workbook tells the person who mends it; not read again."""


@dataclass(frozen=True)
class OpenProblem:
    """A quarantined row; `mended_at` is its row in the workbook that brings it back."""

    id: int
    batch: int
    sheet: str
    row: int
    content: dict[str, str]
    reasons: list[dict[str, Any]]
    resolved: bool
    kind: str = USAGE_LOG
    mended_at: int | None = None

    RECORD_COLUMNS: ClassVar[tuple[str, ...]] = (
        *("problem", "batch", "sheet", "row"),
        *FIELDS,
        *("reasons", "codes"),
    )

    @property
    def is_settled(self) -> bool:
        """Whether it can be brought back no more: the number of a return's row is in a sum."""
        return self.resolved and self.kind != USAGE_LOG

    @property
    def place(self) -> tuple[int, str, int]:
        """Where the row stood in its log, the same for every number that it is kept under."""
        return self.batch, self.sheet, self.row

    def record(self, fields: Iterable[str] = FIELDS) -> dict[str, Any]:
        """The record of `registry problems`, with these fields."""
        return {
            "problem": self.id,
            "batch": self.batch,
            "sheet": self.sheet,
            "row": self.row,
            **{field: self.content.get(field) for field in fields},
            "reasons": [reason["reason"] for reason in self.reasons],
            "codes": [reason["code"] for reason in self.reasons],
        }


def is_problem_book(path: Path) -> bool:
    """Whether a file is a workbook of problems, which declares nothing itself."""
    return has_problem_numbers(read_document(path))


def has_problem_numbers(document: Document) -> bool:
    """Whether a header of it may have the column of problem numbers, whatever the others are."""
    number = heading_key(PROBLEM_NUMBER)
    return any(
        heading_key(cell) == number
        for sheet in document.sheets
        for row in sheet.cells.iloc[:HEADER_ROWS].itertuples(index=False)
        for cell in row
    )


def lay_out_problems(
    document: Document, declaration: Declaration, name: str, catalogue: Catalogue
) -> LogRows:
    """The rows of a workbook of problems, of whichever kinds they are."""
    return lay_out(document, declaration, name, _problem_form(catalogue))


def _problem_form(catalogue: Catalogue) -> Form:
    """Every field of every kind, under the headings that we write ourselves."""
    forms = [route.form(catalogue) for route in ROUTES.values()]
    labels = {field: _label(field) for form in forms for field in form.fields}
    known = {heading_key(PROBLEM_NUMBER): Heading(PROBLEM), PROBLEM_TEXT: Heading(None)}
    known |= {heading_key(field): Heading(field) for field in labels}
    known |= {heading_key(label): Heading(field) for field, label in labels.items()}
    usage = forms[0]
    return Form(
        kind=PROBLEM,
        labels=labels,
        find_heading=lambda key: known.get(key) or usage.find_heading(key),
        marked=usage.marked,
        needed=(),
        least=2,
    )


def _label(field: str) -> str:
    """The heading of a field in workbooks of problems, the same for all kinds."""
    return LABELS.get(field) or monthly.LABELS.get(field, field)


def read_problems(
    connection: Connection, batch: int | None = None, ids: Iterable[int] | None = None
) -> list[OpenProblem]:
    """The open problems, of a batch or of all; with `ids`, those whether open or not.

    Raises RegistryError for a batch that does not exist, Refused for another's.
    """
    shape, batches = table(models.Problem), table(models.Batch)
    if batch is not None:
        check_batch(connection, batch)
    query = sa.select(shape, batches.c.kind).join(batches, batches.c.id == shape.c.batch_id)
    query = query.where(batches.c.withdrawn_in.is_(None), open_batches()).order_by(shape.c.id)
    if ids is not None:
        query = query.where(shape.c.id.in_(list(ids)))
    else:
        query = query.where(shape.c.resolved_in.is_(None))
    if batch is not None:
        query = query.where(shape.c.batch_id == batch)
    return [
        OpenProblem(
            id=row.id,
            batch=row.batch_id,
            sheet=row.sheet,
            row=row.row,
            content=json.loads(row.content),
            reasons=json.loads(row.reasons),
            resolved=row.resolved_in is not None,
            kind=row.kind,
        )
        for row in connection.execute(query)
    ]


def write_problem_book(path: Path, problems: list[OpenProblem]) -> None:
    """The workbook in which a district mends its rows, to be brought in again."""
    write_workbook(path, {PROBLEM_TEXT: problem_frame(problems)})


def problem_frame(problems: list[OpenProblem]) -> pd.DataFrame:
    """The rows of that workbook: number, reasons, where it stood, and every mapped field."""
    used = [f for f in fields_of(problems) if any(f in p.content for p in problems)]
    records = [
        {
            PROBLEM_NUMBER: problem.id,
            PROBLEM_TEXT: "；".join(reason["reason"] for reason in problem.reasons),
            BATCH: problem.batch,
            SHEET: problem.sheet,
            ROW: problem.row,
            **{_label(field): problem.content.get(field, "") for field in used},
        }
        for problem in problems
    ]
    columns = [PROBLEM_NUMBER, *OUR_COLUMNS, *map(_label, used)]
    return pd.DataFrame(records, columns=columns)


def fields_of(problems: Iterable[OpenProblem]) -> tuple[str, ...]:
    """The fields of a usage log, then what else rows of monthly returns have."""
    return tuple(dict.fromkeys([*FIELDS, *(f for problem in problems for f in problem.content)]))


def mend(
    log: LogRows,
    path: Path,
    sha256: str,
    districts: tuple[str, ...] = (),
    *,
    today: date,
    actor: str,
    on: Engine | None = None,
    dry_run: bool = False,
) -> Report:
    """Bring back a mended workbook of problems. District and months come from their batches.

    Raises RegistryError where districts are declared and a batch is of others.
    """
    with writing(on) as connection, connection.begin_nested() as trial:
        # Asked before, but another import may have brought it in meanwhile.
        if same := repeated(connection, path, sha256, ""):
            return same
        brought = _mended(connection, log, shown(path))
        scope().check_districts(_districts_of(connection, brought))
        _refuse_others(connection, brought, districts)
        problems = [problem for problem in brought if not problem.is_settled]
        settled = [problem for problem in brought if problem.is_settled]
        context = _context(connection, today)
        act = record_act(connection, "mend", actor, shown(path))
        judged = []
        for own in _by_batch(problems):
            judged.append((own, _judge(connection, own, context)))
            _write(connection, *judged[-1], context.catalogue, act)
        report = _mend_report(log, path, judged, settled)
        _refuse_if_nothing_came_back(log, report)
        if dry_run:
            trial.rollback()
            return report
        synthetic = _all_synthetic(connection, {problem.batch for problem in problems})
        of = _districts_of(connection, problems)
        batch = _write_mend_batch(connection, shown(path), sha256, of, report, act, synthetic)
        return replace(report, batch=batch)


def _refuse_others(
    connection: Connection, brought: list[OpenProblem], districts: tuple[str, ...]
) -> None:
    for batch in sorted({problem.batch for problem in brought}) if districts else ():
        of_batch = read_declaration(connection, batch).districts
        if not set(of_batch) <= set(districts):
            raise RegistryError(
                N_("这份问题工作簿有 {found} 的行，不在申报的 {districts} 之内"),
                found=Series(of_batch),
                districts=Series(districts),
            )


def _districts_of(connection: Connection, problems: Iterable[OpenProblem]) -> list[str]:
    batches = {problem.batch for problem in problems}
    return sorted({c for batch in batches for c in read_declaration(connection, batch).districts})


def _refuse_if_nothing_came_back(log: LogRows, report: Report) -> None:
    if len(log) and report.quarantined + report.skipped == report.read:
        notes, texts = report.problems, EVERY_PROBLEM
        if not notes:
            notes, texts = report.warning_notes, EVERY_WARNING
        raise nothing_accepted(report.file, len(log), notes, texts)


def retry(
    *, today: date, actor: str, batch: int | None = None, on: Engine | None = None
) -> tuple[int, int]:
    """Check the open problems again, as after a new alias. Returns (resolved, still open)."""
    with writing(on) as connection:
        problems = read_problems(connection, batch)
        scope().check_districts(_districts_of(connection, problems))
        context = _context(connection, today)
        resolved, act = 0, None
        for own in _by_batch(problems):
            verdict = _judge(connection, own, context)
            if passing := int((verdict.row_status != QUARANTINED).sum()):
                act = act or record_act(connection, "retry", actor, f"{len(problems)} problems")
                _write(connection, own, verdict, context.catalogue, act)
                resolved += passing
        return resolved, len(problems) - resolved


def _context(connection: Connection, today: date) -> Context:
    catalogue = read_catalogue(connection)
    return Context(catalogue, read_holdings(connection, catalogue), read_policy(), today)


def _mended(connection: Connection, log: LogRows, name: str) -> list[OpenProblem]:
    """The problems that the workbook brings back, and open rows of the same cases, or of the same
    returns, beside them.

    A row that an earlier workbook left failing, or whose mending was withdrawn, is open under a
    newer number than the workbook's.
    """
    numbers = [_problem_number(log, row, name) for row in range(len(log))]
    stored = {problem.id: problem for problem in read_problems(connection, ids=numbers)}
    still_open = {problem.place: problem for problem in read_problems(connection)}
    mended = []
    for row, number in enumerate(numbers):
        if number not in stored:
            raise RegistryError(
                N_(
                    "{file} 第 {row} 行「{column}」：{number} 不是仍有效的问题编号；"
                    "请用 registry problems --export 重新导出"
                ),
                file=name,
                row=log.row[row],
                column=PROBLEM_NUMBER,
                number=number,
            )
        problem = still_open.get(stored[number].place, stored[number])
        content = _mended_content(log, row, problem)
        mended.append(replace(problem, content=content, mended_at=int(log.row[row])))
    keys = {_of_one_case(problem) for problem in mended} - {None}
    places = {problem.place for problem in mended}
    beside = [p for p in still_open.values() if p.place not in places and _of_one_case(p) in keys]
    return mended + beside


def _of_one_case(problem: OpenProblem) -> tuple[int, str] | None:
    """What rows that are judged together share: batch and case number, of returns the batch."""
    if problem.kind != USAGE_LOG:
        return problem.batch, ""
    number = plain(problem.content.get("case_no", ""))
    return (problem.batch, number) if number else None


def _problem_number(log: LogRows, row: int, name: str) -> int:
    text = cell_text(log.cells[PROBLEM].iloc[row])
    if not text.isdigit():
        raise RegistryError(
            N_("{file} 第 {row} 行「{column}」：{found} 不是问题编号；请保留导出时的编号"),
            file=name,
            row=log.row[row],
            column=PROBLEM_NUMBER,
            found=text,
        )
    return int(text)


def _mended_content(log: LogRows, row: int, problem: OpenProblem) -> dict[str, str]:
    """The row's cells; a field that its log did not have counts only where it is filled in."""
    content = dict(problem.content)
    for field in log.form.fields:
        if field in log.cells and log.present[field][row]:
            value = log.cells[field].iloc[row]
            text = text_of(value)
            if text or field in problem.content:
                content[field] = text
    return content


def _by_batch(problems: list[OpenProblem]) -> list[list[OpenProblem]]:
    """The problems of each batch, the oldest first.

    Each is judged once the one before is written: two batches may say the same case.
    """
    numbers = sorted({problem.batch for problem in problems})
    return [[problem for problem in problems if problem.batch == number] for number in numbers]


def _judge(connection: Connection, problems: list[OpenProblem], context: Context) -> Judged:
    """A verdict on rows of one batch, as it declared them.

    They join the rows that the batch has stored, but one that was resolved before is among these.
    """
    batch = problems[0].batch
    declaration, act = read_declaration(connection, batch), _act_of(connection, batch)
    log = _log_rows(problems, ROUTES[declaration.kind].form(context.catalogue))
    if declaration.kind != USAGE_LOG:
        return judge_return(connection, log, declaration, context, batch)
    joins = np.array([0 if problem.resolved else act for problem in problems], dtype=np.int64)
    return judge(connection, log, declaration, context, joins)


def _act_of(connection: Connection, batch: int) -> int:
    shape = table(models.Batch)
    return int(
        connection.execute(sa.select(shape.c.recorded_in).where(shape.c.id == batch)).scalar_one()
    )


def read_declaration(connection: Connection, batch: int) -> Declaration:
    """What a batch declared: districts, months, units."""
    shape = table(models.Batch)
    row = connection.execute(sa.select(shape).where(shape.c.id == batch)).one()
    units = tuple(code for code in row.units.split(",") if code)
    window = Window(row.month_from, row.month_to)
    return Declaration(tuple(row.districts.split(",")), window, units, kind=row.kind)


def _log_rows(problems: list[OpenProblem], form: Form) -> LogRows:
    """Stored rows in the shape of a log that has just been read."""
    names = list(dict.fromkeys(problem.sheet for problem in problems))
    layouts = tuple(
        SheetLayout(Sheet(name, pd.DataFrame()), Header(0, (), ()), {}, {}, (), form)
        for name in names
    )
    cells, present = {}, {}
    for field in form.fields:
        has = np.array([field in problem.content for problem in problems])
        if has.any():
            present[field] = has
            texts = [problem.content.get(field) or None for problem in problems]
            cells[field] = pd.Series(texts, dtype=object)
    return LogRows(
        cells=cells,
        present=present,
        sheet=np.array([names.index(problem.sheet) for problem in problems], dtype=np.int64),
        row=np.array([p.mended_at or p.row for p in problems], dtype=np.int64),
        layouts=layouts,
        read=len(problems),
        skipped=Counter(),
        unread_sheets=(),
        form=form,
    )


def _mend_report(
    log: LogRows,
    path: Path,
    judged: list[tuple[list[OpenProblem], Judged]],
    settled: list[OpenProblem],
) -> Report:
    """Counts of the workbook's own rows."""
    status = [
        (problem, verdict.row_status[i], verdict.problems.get(i, []))
        for problems, verdict in judged
        for i, problem in enumerate(problems)
        if problem.mended_at is not None
    ]
    count = pd.Series([s for _, s, _ in status], dtype=object).value_counts()
    return Report(
        file=shown(path),
        batch=None,
        read=log.read,
        accepted=int(count.get(ACCEPTED, 0)),
        corrected=int(count.get(CORRECTED, 0)),
        unchanged=int(count.get(UNCHANGED, 0)),
        quarantined=int(count.get(QUARANTINED, 0)),
        skipped=log.skipped.total() + int(count.get(SKIPPED, 0)) + len(settled),
        problems=[reason for _, _, reasons in status for reason in reasons],
        warning_notes=[
            note
            for problems, verdict in judged
            for row, note in verdict.warnings_by_row()
            if problems[row].mended_at is not None
        ]
        + [_settled_note(problem) for problem in settled],
        left_out=[h for layout in log.layouts for h in layout.left_out if h not in OUR_COLUMNS],
    )


def _settled_note(problem: OpenProblem) -> dict[str, Any]:
    code = "already_resolved"
    where = {"sheet": "", "row": problem.mended_at, "column": PROBLEM_NUMBER}
    text = f"第 {problem.mended_at} 行「{PROBLEM_NUMBER}」：{problem.id} {WARNINGS[code]}"
    return where | {"value": str(problem.id), "code": code, "reason": text}


def _all_synthetic(connection: Connection, batches: set[int]) -> bool:
    """Whether only rows of the demo were mended: that adds nothing real to it."""
    shape = table(models.Batch)
    real = sa.select(shape.c.id).where(shape.c.id.in_(batches), shape.c.synthetic.is_(False))
    return connection.execute(real).first() is None


def _write_mend_batch(
    connection: Connection,
    name: str,
    sha256: str,
    districts: list[str],
    report: Report,
    act: int,
    synthetic: bool,
) -> int:
    counts = ("read", "accepted", "corrected", "unchanged", "quarantined", "skipped", "warnings")
    row = {count: getattr(report, count) for count in counts}
    row |= {"kind": "mend", "file_name": name, "sha256": sha256, "declaration": ""}
    row |= {
        "districts": ",".join(districts),
        "units": "",
        "synthetic": synthetic,
        "recorded_in": act,
    }
    return insert_row(connection, models.Batch, row)


def _write(
    connection: Connection,
    problems: list[OpenProblem],
    verdict: Judged,
    catalogue: Catalogue,
    act: int,
) -> None:
    """Store what passes, resolve its problems; what was mended and still fails is kept anew.

    A row that was only checked again is said by its own log, a mended one now.
    """
    batch = problems[0].batch
    said_in = act if any(p.mended_at is not None for p in problems) else _act_of(connection, batch)
    if isinstance(verdict, ReturnVerdict):
        write_entries(connection, verdict, batch, act, said_in)
    elif isinstance(verdict, Verdict):
        news = _news(connection, verdict, catalogue, batch, said_in)
        write_cases(connection, news, catalogue, batch, act, said_in)
    reasons = verdict.problems
    passing = [p.id for i, p in enumerate(problems) if i not in reasons and not p.resolved]
    failing = [
        i
        for i, problem in enumerate(problems)
        if i in reasons and (problem.resolved or problem.mended_at is not None)
    ]
    replaced = [problems[i].id for i in failing if not problems[i].resolved]
    resolve_problems(connection, passing + replaced, act)
    where = np.array([problem.row for problem in problems], dtype=np.int64)
    write_problems(connection, verdict.at_rows(where), catalogue, batch, act, failing)


def _news(
    connection: Connection, verdict: Verdict, catalogue: Catalogue, batch: int, said_in: int
) -> Verdict:
    """The verdict without cases that others have said anew or left out of a replacement since,
    and without unchanged ones that the batch is already known to have said."""
    cases, confirmations = table(models.Case), table(models.Confirmation)
    stored, status = verdict.state.stored, verdict.case_status
    unchanged = status == UNCHANGED
    ids = stored.version[unchanged].tolist()
    own = sa.select(cases.c.id).where(cases.c.id.in_(ids), cases.c.batch_id == batch)
    confirmed = sa.select(confirmations.c.case_id).where(
        confirmations.c.case_id.in_(ids), confirmations.c.batch_id == batch
    )
    known = np.array(connection.scalars(own.union(confirmed)).all(), dtype=np.int64)
    settled = unchanged & np.isin(stored.version, known)
    settled |= (status == CORRECTED) & (stored.said_in > said_in)
    settled |= ended_since(connection, verdict, catalogue, said_in)
    left = np.where(settled, STATUSES.index(SKIPPED), status.codes)
    return replace(verdict, case_status=pd.Categorical.from_codes(left, STATUSES))


def resolve_problems(connection: Connection, ids: list[int], act: int) -> None:
    shape = table(models.Problem)
    if ids:
        connection.execute(sa.update(shape).where(shape.c.id.in_(ids)).values(resolved_in=act))
