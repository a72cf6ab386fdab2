"""Commands that bring logs in and take them back: import, problems, batches, withdraw."""

import dataclasses
import sys
from pathlib import Path
from typing import Annotated, Any

import sqlalchemy as sa
import typer

from registry import models
from registry.access import subject
from registry.cli.options import NUMBER, FileKind, FileKindOption, pairs, split
from registry.cli.output import Format, FormatOption, confirm, say, show, show_frame
from registry.cli.progress import stages
from registry.db import read_frame, reading, table
from registry.demo.load import demo_batches, drop_demo
from registry.errors import RegistryError, UsageError
from registry.export import written
from registry.intake.batches import open_batches
from registry.intake.commit import import_log
from registry.intake.declaration import Declaration
from registry.intake.limits import shown
from registry.intake.problems import (
    OpenProblem,
    fields_of,
    is_problem_book,
    read_problems,
    retry,
    write_problem_book,
)
from registry.intake.propose import propose
from registry.intake.report import Report
from registry.intake.withdraw import withdraw
from registry.window import Window, month_text, today_in_beijing

NO_MONTHS = Window(190001, 190001)
"""Stands where no months are declared yet."""

QUARANTINED_EXIT = 3
SHOWN_ROWS = 20
PROBLEM_COLUMNS = ("problem", "batch", "sheet", "row", "case_no", "reasons")


def add_commands(app: typer.Typer) -> None:
    app.command("import")(import_)
    app.command()(problems)
    app.command()(batches)
    app.command("withdraw")(withdraw_)


def import_(
    files: Annotated[list[Path], typer.Argument(help="台账或报表：CSV、XLSX、XLS、ODS 等")],
    district: Annotated[list[str], typer.Option("--district", help="申报的区代码")] = [],  # noqa: B006
    months: Annotated[str, typer.Option("--months", help="申报的月份，如 2020-07..2020-12")] = "",
    units: Annotated[list[str], typer.Option("--units", help="只申报这些单位")] = [],  # noqa: B006
    kind: FileKindOption = FileKind.usage,
    mapping: Annotated[list[str], typer.Option("--map", help="列名=字段")] = [],  # noqa: B006
    constants: Annotated[list[str], typer.Option("--set", help="字段=值，补文件没有的列")] = [],  # noqa: B006
    sheet: Annotated[str | None, typer.Option("--sheet", help="只读这个工作表")] = None,
    replace: Annotated[
        bool, typer.Option("--replace", help="文件中没有的案件或行（所申报单位和月份内）一并终止")
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="只核对，不存入")] = False,
    drop: Annotated[
        bool | None, typer.Option("--drop-demo/--keep-demo", help="先清空演示数据，或保留")
    ] = None,
    form: FormatOption = Format.table,
) -> None:
    """导入执法台账或月度报表，逐行说明结果。

    例：registry import 东城2020下半年.xlsx --district 110101 --months 2020-07..2020-12
    或：registry import 东城人员.xlsx --kind staffing --district 110101 --months 2020-10
    """
    outcomes: list[Report] = []
    errors: list[RegistryError] = []
    for file in files:
        try:
            draft = Declaration(
                split(district),
                Window.parse(months) if months else NO_MONTHS,
                split(units),
                pairs(mapping, "--map"),
                pairs(constants, "--set"),
                *(sheet, replace, kind.value),
            )
            declaration = _declaration(file, draft)
            if not dry_run:
                _settle_demo(file, declaration, drop)
            with stages(shown(file)) as progress:
                report = import_log(
                    file,
                    declaration,
                    today=today_in_beijing(),
                    actor=subject(),
                    dry_run=dry_run,
                    progress=progress,
                    announce=_announce,
                )
        except RegistryError as error:
            errors.append(error)
            continue
        outcomes.append(report)
        _explain(report, dry_run)
    if outcomes:
        show([_summary(report, form) for report in outcomes], form)
    _fail(errors, alone=not outcomes)
    if any(report.quarantined and not report.repeated for report in outcomes):
        raise typer.Exit(QUARANTINED_EXIT)


def _fail(errors: list[RegistryError], alone: bool) -> None:
    """Tell what went wrong, each thing once; wrong usage only where nothing was imported."""
    for text in dict.fromkeys(map(str, errors)):
        say(f"错误：{text}")
    if errors:
        raise typer.Exit(min(error.exit_code for error in errors) if alone else 1)


def _declaration(file: Path, draft: Declaration) -> Declaration | None:
    """What is declared; asked for at a terminal where it is missing, else UsageError."""
    has_window = draft.window != NO_MONTHS
    if draft.districts and has_window:
        return draft
    if is_problem_book(file):
        return None
    if not sys.stdin.isatty():
        given = (("--district", draft.districts), ("--months", has_window))
        missing = " 和 ".join(name for name, value in given if not value)
        raise UsageError(f"{shown(file)} 缺少申报：请给出 {missing}，如 --months 2020-07..2020-12")
    with reading() as connection:
        proposal = propose(connection, file, draft)
    districts = draft.districts or proposal.districts
    window = draft.window if has_window else proposal.window
    if not districts or window is None:
        raise UsageError(f"{shown(file)} 的内容看不出区和月份，请给出 --district 和 --months")
    say(f"{shown(file)}：区 {', '.join(districts)}，月份 {window}")
    confirm("按此申报？")
    return dataclasses.replace(draft, districts=districts, window=window)


def _settle_demo(file: Path, declaration: Declaration | None, drop: bool | None) -> None:
    """Before the first real import into a register with demo cases: empty the demo, or not."""
    synthetic, real = demo_batches()
    if not synthetic or real or declaration is None:
        return
    if drop is None:
        if not sys.stdin.isatty():
            raise UsageError("台账中有演示数据：请用 --drop-demo 先清空，或 --keep-demo 保留")
        confirm("台账中有演示数据。清空演示数据并继续？")
        drop = True
    if drop:
        import_log(file, declaration, today=today_in_beijing(), actor=subject(), dry_run=True)
        dropped = drop_demo()
        say(f"演示数据已清空：{dropped.cases_ended} 件案件")


def _summary(report: Report, form: Format) -> dict[str, Any]:
    """The record; for people without the lists, which have been told in words."""
    record = report.record()
    if form is not Format.table:
        return record
    return {k: v for k, v in record.items() if not isinstance(v, list)}


def _announce(ending: list[dict[str, Any]]) -> None:
    """List, before anything is written, the cases or rows that the file no longer has."""
    for one in ending:
        say(f"将终止：{' '.join(filter(None, one.values()))}")


def _explain(report: Report, dry_run: bool) -> None:
    """Tell what happened to a file, on stderr."""
    counts = (
        f"读取 {report.read} = 接受 {report.accepted} + 更正 {report.corrected} + "
        f"未变 {report.unchanged} + 隔离 {report.quarantined} + 略过 {report.skipped}"
    )
    if report.repeated:
        say(f"{report.file}：同一文件已作为批次 {report.batch} 导入，未作改动；{counts}")
        return
    say(f"{report.file}{'（试运行，未存入）' if dry_run else f' 批次 {report.batch}'}：{counts}")
    if report.left_out:
        say(f"未存储的列：{'、'.join(report.left_out)}")
    for unknown in report.unknown:
        say(f"未识别的{unknown['label']}「{unknown['text']}」：{unknown['rows']} 行")
    for title, notes in (("隔离", report.problems), ("提醒", report.warning_notes)):
        for note in notes[:SHOWN_ROWS]:
            say(f"{title}：{note['sheet']} {note['reason']}")
        if len(notes) > SHOWN_ROWS:
            say(f"{title}：另有 {len(notes) - SHOWN_ROWS} 条，见 --format json")
    if report.nil_units:
        say(f"没有内容的单位（零报告）：{'、'.join(report.nil_units)}")


def problems(
    batch: Annotated[int | None, typer.Option("--batch", help="只看这个批次", **NUMBER)] = None,
    again: Annotated[bool, typer.Option("--retry", help="重新核对，如登记别名之后")] = False,
    export: Annotated[Path | None, typer.Option("--export", help="写成可修改的 .xlsx")] = None,
    form: FormatOption = Format.table,
) -> None:
    """隔离的行：列出、重新核对，或导出修改后再导入。

    例：registry problems --batch 12 --export 问题.xlsx，改好后 registry import 问题.xlsx
    """
    if again:
        resolved, left = retry(today=today_in_beijing(), actor=subject(), batch=batch)
        say(f"重新核对：解决 {resolved} 行，仍有 {left} 行")
    with reading() as connection:
        found = read_problems(connection, batch)
    if export:
        if export.suffix.lower() != ".xlsx":
            raise UsageError(f"{export.name}：问题工作簿要以 .xlsx 结尾")
        with written(export) as part:
            write_problem_book(part, found)
        say(f"已写入 {export}：{len(found)} 行")
    fields = fields_of(found)
    shown = [problem.record(fields) for problem in found]
    show(shown, form, OpenProblem.RECORD_COLUMNS, brief=PROBLEM_COLUMNS)


def batches(form: FormatOption = Format.table) -> None:
    """导入过的批次。

    例：registry batches --format csv
    """
    shape = table(models.Batch)
    hidden = ("sha256", "declaration")
    columns = [c for c in shape.columns if c.name not in hidden]
    with reading() as connection:
        frame = read_frame(
            connection, sa.select(*columns).where(open_batches()).order_by(shape.c.id)
        )
    for name in ("month_from", "month_to"):
        frame[name] = [None if m is None or m != m else month_text(int(m)) for m in frame[name]]
    frame["withdrawn_in"] = frame["withdrawn_in"].astype(object)
    show_frame(frame.rename(columns={"id": "batch"}), form)


def withdraw_(
    batch: Annotated[int, typer.Argument(help="批次编号", **NUMBER)],
    reason: Annotated[str, typer.Option("--reason", help="理由")],
    form: FormatOption = Format.table,
) -> None:
    """撤回一个批次所说的一切；文件之后可以再导入。

    例：registry withdraw 12 --reason 报错了月份
    """
    result = withdraw([batch], reason=reason, actor=subject())
    rows = f"，报表 {result.rows_ended} 行终止，{result.rows_restored} 行恢复"
    say(f"批次 {batch} 已撤回{rows if result.rows_ended or result.rows_restored else ''}")
    show(
        [
            {
                "batch": batch,
                "cases_ended": result.cases_ended,
                "cases_restored": result.cases_restored,
                "unit_months_ended": result.unit_months_ended,
            }
        ],
        form,
    )
