"""Commands on figures that were handed out: the same again, and why two of them differ."""

from fractions import Fraction
from typing import Annotated

import pandas as pd
import typer

from registry.cli.figures import named
from registry.cli.output import Format, FormatOption, say, show_frame
from registry.db import reading
from registry.explain import explain as explained
from registry.figure import recompute as recomputed
from registry.figure import snapshot_of

Reference = Annotated[str, typer.Argument(help="引用编号，印在导出文件和简报上")]
DECIMALS = 6


def add_commands(app: typer.Typer) -> None:
    for command in (recompute, explain):
        app.command()(command)


def recompute(reference: Reference, form: FormatOption = Format.table) -> None:
    """用当时的数据重算一张交出去的表；与交出去的不同时退出码为 1。

    例：registry recompute exercise_rate:district:202007-202010@57.a3f9c21b
    """
    with reading() as connection:
        figure, frame, same = recomputed(connection, reference)
        snapshot = snapshot_of(connection, figure)
    show_frame(named(frame, snapshot), form)
    say(f"{figure.window} · 当时所知：行为 {figure.act} 为止 · 账册头 {snapshot.head}")
    if not same:
        say("与交出去的数不同：编号抄错了，或算法、政策、名称此后变了")
        raise typer.Exit(1)
    say("与交出去的数一致")


def explain(first: Reference, second: Reference, form: FormatOption = Format.table) -> None:
    """两个数为什么不同：依次为职权变动、迟报、更正、真实变化，各部分相加恰为总变化。

    first 是第一个数；以后各行是该步之后的数，
    change 是该步使 value 变了多少（取六位小数，相加不差）。

    例：registry explain 引用编号一 引用编号二
    """
    with reading() as connection:
        frame = explained(connection, first, second)
    show_frame(frame.assign(change=rounded_changes(frame)), form)
    say("register 职权变动；late_returns 迟报；corrections 更正；real_change 真实变化")


def rounded_changes(frame: pd.DataFrame) -> list[float | None]:
    """Changes with DECIMALS, rounded as they add up, so that what is printed adds up too."""
    texts: list[float | None] = []
    total, scale = Fraction(0), 10**DECIMALS
    for step, change in zip(frame["step"], frame["change"], strict=True):
        total = Fraction(0) if step == "first" else total
        if change is None:
            texts.append(None)
            continue
        before, total = round(total * scale), total + change
        texts.append((round(total * scale) - before) / scale)
    return texts
