"""Commands on freezes: pin a reporting round, list rounds, say what would differ today."""

from typing import Annotated, Any

import pandas as pd
import typer

from registry import freezes as frozen
from registry.access import subject
from registry.cli.options import From, To, window_of
from registry.cli.output import Format, FormatOption, say, show, show_frame
from registry.db import reading, writing
from registry.snapshot import read_snapshot
from registry.window import today_in_beijing
from registry.wording import fraction_text, percent_text

Name = Annotated[str, typer.Argument(help="冻结的名称，如 2023年上半年")]


def add_commands(app: typer.Typer) -> None:
    for command in (freeze, freezes, revisions):
        app.command()(command)


def freeze(
    name: Name, first: From = None, last: To = None, form: FormatOption = Format.table
) -> None:
    """冻结一轮通报：此后写 --known-on 名称，指标、导出、简报都用此刻所知的。

    先 registry ledger verify，再冻结。

    例：registry freeze 2023年上半年 --from 2023-01 --to 2023-06
    """
    with writing() as connection:
        window = window_of(read_snapshot(connection), first, last, today_in_beijing())
        pinned = frozen.freeze(connection, name, window, subject())
    with reading() as connection:
        snapshot, references = frozen.references(connection, pinned)
    rows: list[dict[str, Any]] = [{"reference": text} for text in references]
    show(rows, form)
    say(f"已冻结 {name}：期间 {window} · 行为 {pinned.known} 为止 · 账册头 {snapshot.head}")


def freezes(form: FormatOption = Format.table) -> None:
    """已有的冻结。

    例：registry freezes
    """
    with reading() as connection:
        show_frame(frozen.freezes(connection), form)


def revisions(name: Name, form: FormatOption = Format.table) -> None:
    """一轮冻结的数中，哪些今天重算会不同，为什么：职权变动、迟报、更正各使它变了多少。

    例：registry revisions 2023年上半年
    """
    with reading() as connection:
        pinned = frozen.read_freeze(connection, name)
        frame = frozen.revisions(connection, pinned)
    parts = {step: [None if c is None else float(c) for c in frame[step]] for step in frozen.CAUSES}
    shown = frame.assign(**parts)
    show_frame(_briefly(shown) if form is Format.table else shown, form)
    say(f"{name}（{pinned.window}）：{len(frame)} 个数今天会不同")


def _briefly(frame: pd.DataFrame) -> pd.DataFrame:
    """The columns of a table: beside each value its fraction and the completeness of then and now,
    since a figure may differ in these alone."""
    behind = {
        f"of_{state}": [_behind(row, state) for row in frame.to_dict("records")]
        for state in ("then", "now")
    }
    told = ["figure", "key", "value_then", "of_then", *frozen.CAUSES, "value_now", "of_now"]
    return frame.assign(**behind)[told]


def _behind(row: dict[str, Any], state: str) -> str:
    """'3/431 · 98.5 %'; the denominator alone where a median has no numerator."""
    numerator, denominator, share = (
        row[f"{name}_{state}"] for name in ("numerator", "denominator", "completeness")
    )
    if pd.isna(denominator):
        return "—"
    count = f"{denominator:g}" if pd.isna(numerator) else fraction_text(numerator, denominator)
    return count if pd.isna(share) else f"{count} · {percent_text(share)}"
