"""The command for a district's own words."""

from typing import Annotated

import typer

from registry.access import subject
from registry.catalogue import read_catalogue
from registry.cli.output import Format, FormatOption, say, show
from registry.db import reading, writing
from registry.remarks import add_remark, check_district, read_remarks
from registry.window import today_in_beijing

COLUMNS = ("district", "said_on", "content")


def add_commands(app: typer.Typer) -> None:
    app.command()(remark)


def remark(
    district: Annotated[str, typer.Argument(help="区代码")],
    text: Annotated[str | None, typer.Argument(help="该区对数据的意见；不写则列出已有的")] = None,
    form: FormatOption = Format.table,
) -> None:
    """一个区对自己数据的意见，连同日期保存；不写意见则列出已有的，新的在前。

    以「-」开头的意见写在 -- 之后。
    例：registry remark 110105 "8 月系统切换，部分案件补报"
    """
    if text is not None:
        with writing() as connection:
            catalogue = read_catalogue(connection)
            add_remark(
                connection,
                catalogue,
                district,
                text,
                today=today_in_beijing(),
                actor=subject(),
            )
        say("已登记")
    with reading() as connection:
        catalogue = read_catalogue(connection)
        check_district(catalogue, district)
        remarks = read_remarks(connection, district)
    rows = [{"district": district, "said_on": r.said_on, "content": r.content} for r in remarks]
    show(rows, form, COLUMNS)
