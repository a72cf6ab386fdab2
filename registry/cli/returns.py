"""Commands around the returns of districts: the blank log, the chase list."""

from pathlib import Path
from typing import Annotated

import typer

from registry.chase import RECORD_COLUMNS, chase_list, chase_window, open_rows
from registry.cli.options import District, FileKind, FileKindOption, From, To, split
from registry.cli.output import Format, FormatOption, say, show
from registry.db import reading
from registry.errors import UsageError
from registry.snapshot import read_snapshot
from registry.window import Window, month_of, parse_month, today_in_beijing


def add_commands(app: typer.Typer) -> None:
    app.command()(template)
    app.command()(chase)


def template(
    file: Annotated[Path, typer.Argument(help="写到 .xlsx")],
    district: Annotated[str, typer.Option("--district", help="区代码")],
    months: Annotated[
        str, typer.Option("--months", help="填报的月份，如 2020-07..2020-12；默认本月")
    ] = "",
    kind: FileKindOption = FileKind.usage,
    form: FormatOption = Format.table,
) -> None:
    """空白台账或报表：一个区的街道、乡镇和职权等做成下拉列表，填好后可直接导入。

    例：registry template 东城空白台账.xlsx --district 110101
    或：registry template 东城人员.xlsx --district 110101 --kind staffing --months 2020-10
    """
    from registry.intake.template import blank_log  # slow to load, and only this needs it

    _require_xlsx(file)
    this_month = month_of(today_in_beijing())
    window = Window.parse(months) if months else Window(this_month, this_month)
    with reading() as connection:
        blank = blank_log(connection, district, window, kind.value)
    blank.write(file)
    say(f"已写入 {file}：{blank.district_name} {window}")
    offered = {"units": "unit", "powers": "power"}
    counts = {name: len(blank.options.get(field, ())) for name, field in offered.items()}
    names = {"district": district, "district_name": blank.district_name}
    show([{"file": str(file), **names, **counts}], form)


def chase(
    first: From = None,
    last: To = None,
    district: District = [],  # noqa: B006  Typer reads the default
    export: Annotated[Path | None, typer.Option("--export", help="另写成 .xlsx")] = None,
    form: FormatOption = Format.table,
) -> None:
    """催报清单：缺报的单位和月份、未解决的问题行，按区列出。

    例：registry chase --from 2023-01 --to 2023-06 --export 催报.xlsx
    """
    if export:
        _require_xlsx(export)
    given = [parse_month(month) if month else None for month in (first, last)]
    with reading() as connection:
        snapshot, problems = read_snapshot(connection), open_rows(connection)
    window = chase_window(snapshot, today_in_beijing(), *given)
    owed = chase_list(snapshot, problems, window, split(district))
    if export:
        owed.write(export)
        say(f"已写入 {export}")
    missing, rows = int(owed.missing["count"].sum()), int(owed.problems["count"].sum())
    say(
        f"{window}：{owed.units} 个单位缺报 {missing} 个月；"
        f"{len(owed.problems)} 个批次有 {rows} 行未解决"
    )
    show(owed.records(), form, RECORD_COLUMNS)


def _require_xlsx(file: Path) -> None:
    if file.suffix.lower() != ".xlsx":
        raise UsageError(f"{file.name}：文件名要以 .xlsx 结尾")
