"""The brief of a district or unit as a file."""

from pathlib import Path
from typing import Annotated

import typer

from registry.brief.files import WRITERS, brief_of, check_ending
from registry.cli.options import CutAt, From, KnownOn, To, When, window_of
from registry.cli.output import Format, FormatOption, say, show
from registry.db import reading
from registry.language import LANGUAGES, speaking
from registry.window import today_in_beijing


def add_commands(app: typer.Typer) -> None:
    app.command()(brief)


def brief(
    district: Annotated[str, typer.Argument(help="区代码，或街道、乡镇代码")],
    out: Annotated[Path, typer.Option("--out", help="写到 .html、.docx 或 .xlsx")],
    first: From = None,
    last: To = None,
    as_of: CutAt = None,
    known_on: KnownOn = "",
    english: Annotated[bool, typer.Option("--english", help="用英文")] = False,
    form: FormatOption = Format.table,
) -> None:
    """一个区（或街道、乡镇）的简报，两页 A4。

    例：registry brief 110105 --out 朝阳.html --from 2022-07 --to 2023-06
    """
    check_ending(out)
    when = When(as_of, known_on)
    with speaking(list(LANGUAGES)[english]), reading() as connection:
        snapshot = when.read(connection)
        window = window_of(snapshot, first, last, today_in_beijing(), when=when)
        document = brief_of(connection, snapshot, district, window)
        WRITERS[out.suffix.lower()](out, document)
    number = document.reference
    say(f"已写入 {out}：{document.title} · 账册头 {snapshot.head} · 引用编号 {number}")
    record = {"file": str(out), "place": district, "sections": len(document.sections)}
    show([record | {"reference": number}], form)
