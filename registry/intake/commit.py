"""One file, one transaction: read → clean → check → commit.

`import_log` is the whole way of a usage log, or a monthly return, into the register; it either
stores everything that the file says, quarantined rows included, or nothing.
"""

import hashlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from datetime import date
from pathlib import Path
from typing import Any

from sqlalchemy.engine import Connection, Engine

from registry import models
from registry.access import scope
from registry.adjustment.policy import read_policy
from registry.catalogue import read_catalogue
from registry.db import insert_row, reading, record_act, writing
from registry.errors import RegistryError, UsageError
from registry.holdings import read_holdings
from registry.intake.batches import refuse_rolled_up, repeated
from registry.intake.declaration import Declaration
from registry.intake.form import USAGE_FORM
from registry.intake.layout import LogRows, lay_out
from registry.intake.limits import content, shown
from registry.intake.notes import (
    ACCEPTED,
    CORRECTED,
    QUARANTINED,
    SKIPPED,
    STATUSES,
    UNCHANGED,
    Judged,
)
from registry.intake.problems import has_problem_numbers, lay_out_problems, mend
from registry.intake.readers import read_document
from registry.intake.report import Report
from registry.intake.routes import ROUTES, Route
from registry.intake.verdict import (
    Context,
    distinct_unknowns,
    refuse_if_nothing_accepted,
)
from registry.intake.write import write_coverage, write_problems
from registry.language import N_, Series, Text
from registry.window import Window

Progress = Callable[[str], None]
Announce = Callable[[list[dict[str, Any]]], None]
NOTHING_DECLARED = Declaration((), Window(190001, 190001))
NEEDED = USAGE_FORM.needed


def import_log(
    path: Path,
    declaration: Declaration | None,
    *,
    today: date,
    actor: str,
    on: Engine | None = None,
    dry_run: bool = False,
    synthetic: bool = False,
    progress: Progress = lambda stage: None,
    announce: Announce = lambda cases: None,
) -> Report:
    """Bring a usage log or a monthly return into the register and report on each row.

    announce: told the cases that a replacement is about to end, before anything is written.
    A workbook of problems needs no declaration. Raises RegistryError, with nothing stored, for a
    file that cannot be read or, but for a dry run, of which no row can be accepted; UsageError
    for a declaration that does not fit the register.
    """
    own = declaration.districts if declaration else ()
    key = declaration.key() if declaration else ""
    scope().check_cases()
    scope().check_districts(own)
    progress("读取文件")
    with ThreadPoolExecutor(1) as beside, reading(on) as connection:
        hashing = beside.submit(_sha256, path)
        catalogue = read_catalogue(connection)
        if declaration:
            declaration.check(catalogue)
            declaration.check_begun(today)
            refuse_rolled_up(connection, declaration)
        document = read_document(path)
        sha256 = hashing.result()
        if same := repeated(connection, path, sha256, key):
            return same
    if has_problem_numbers(document):
        log = lay_out_problems(document, declaration or NOTHING_DECLARED, shown(path), catalogue)
        return mend(log, path, sha256, own, today=today, actor=actor, on=on, dry_run=dry_run)
    if declaration is None:
        raise UsageError(N_("{file} 缺少申报的区和月份"), file=shown(path))
    route = ROUTES[declaration.kind]
    log = lay_out(document, declaration, shown(path), route.form(catalogue))
    _check_columns(log, shown(path), declaration)
    opened: AbstractContextManager[Connection] = reading(on) if dry_run else writing(on)
    with opened as connection:
        # Again, now that nobody else writes: another import may have brought it in meanwhile.
        if same := repeated(connection, path, sha256, key):
            return same
        refuse_rolled_up(connection, declaration)
        progress("核对")
        catalogue = read_catalogue(connection)
        context = Context(catalogue, read_holdings(connection, catalogue), read_policy(), today)
        verdict = route.judge(connection, log, declaration, context)
        if not dry_run:  # which is there to show what has to be mended or matched
            refuse_if_nothing_accepted(verdict, shown(path))
        ended = (
            route.absent(connection, verdict, declaration, catalogue) if declaration.replace else []
        )
        announce(_named(ended, route))
        if dry_run:
            return _report(path, None, verdict, declaration, context, ended)
        progress("写入")
        act = record_act(connection, "import", actor, shown(path))
        batch = _write_batch(connection, shown(path), sha256, declaration, verdict, act, synthetic)
        route.write(connection, verdict, ended, catalogue, batch, act)
        covered = declaration.covered(catalogue)
        write_coverage(connection, covered, batch, act, declaration.kind)
        write_problems(connection, verdict, catalogue, batch, act)
        return _report(path, batch, verdict, declaration, context, ended)


def _sha256(path: Path) -> str:
    return hashlib.sha256(content(path)).hexdigest()


def _check_columns(log: LogRows, name: str, declaration: Declaration) -> None:
    """Without these columns, or a declaration that says the same, no row could be accepted."""
    for field in log.form.needed:
        if len(log) and field not in log.present and field not in declaration.settled:
            options = "--set action=行政处罚" if field == "action" else f"--map 列名={field}"
            headings = [text for layout in log.layouts for text in layout.left_out[:8]]
            raise RegistryError(
                N_(
                    "{file} 缺少「{column}」一列（{field}）；"
                    "未识别的列有 {headings}；请用 {options} 指明"
                ),
                file=name,
                column=log.heading(0, field),
                field=field,
                headings=Series(headings or [Text(N_("无"))]),
                options=options,
            )


def _write_batch(
    connection: Connection,
    name: str,
    sha256: str,
    declaration: Declaration,
    verdict: Judged,
    act: int,
    synthetic: bool,
) -> int:
    row: dict[str, Any] = {status: verdict.count(status) for status in STATUSES}
    row |= {
        "kind": declaration.kind,
        "file_name": name,
        "sha256": sha256,
        "declaration": declaration.key(),
        "districts": ",".join(declaration.districts),
        "month_from": declaration.window.first,
        "month_to": declaration.window.last,
        "units": ",".join(declaration.units),
        "read": verdict.log.read,
        "warnings": len(verdict.warning_notes()),
        "synthetic": synthetic,
        "recorded_in": act,
    }
    return insert_row(connection, models.Batch, row)


def _report(
    path: Path,
    batch: int | None,
    verdict: Judged,
    declaration: Declaration,
    context: Context,
    ended: list[dict[str, Any]],
) -> Report:
    left_out = dict.fromkeys(text for layout in verdict.log.layouts for text in layout.left_out)
    return Report(
        file=shown(path),
        batch=batch,
        read=verdict.log.read,
        accepted=verdict.count(ACCEPTED),
        corrected=verdict.count(CORRECTED),
        unchanged=verdict.count(UNCHANGED),
        quarantined=verdict.count(QUARANTINED),
        skipped=verdict.count(SKIPPED),
        nil_units=_nil_units(verdict, declaration, context),
        problems=[reason for found in verdict.problems.values() for reason in found],
        warning_notes=verdict.warning_notes(),
        ended=_named(ended, ROUTES[declaration.kind]),
        unknown=distinct_unknowns(verdict).to_dict("records"),
        left_out=list(left_out),
    )


def _named(ended: list[dict[str, Any]], route: Route) -> list[dict[str, Any]]:
    return [{name: one[name] for name in route.naming} for one in ended]


def _nil_units(verdict: Judged, declaration: Declaration, context: Context) -> list[str]:
    """Covered units of which the file has no row, where that says that nothing happened."""
    if not verdict.is_silence_nil:
        return []
    units, named = context.catalogue.units, verdict.unit_of_row
    seen = set(units["id"].to_numpy()[named[named >= 0]].tolist())
    covered = {unit for unit, _ in declaration.covered(context.catalogue)}
    return units.loc[units["id"].isin(covered - seen), "code"].tolist()
