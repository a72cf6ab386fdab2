"""Commands on the ledger: verify it, export it for an auditor."""

from pathlib import Path
from typing import Annotated

import typer

from registry import ledger
from registry.cli.output import Format, FormatOption, say, show
from registry.cli.progress import stages
from registry.db import reading
from registry.export import written

HELP = """账册：每一行为一条账目，首尾以哈希相连，只增不改。

例：registry ledger verify --head 12：哈希
"""
COLUMNS = ("number", "action", "text")


def add_commands(app: typer.Typer) -> None:
    commands = typer.Typer(no_args_is_help=True, help=HELP)
    commands.command()(verify)
    commands.command("export")(export)
    app.add_typer(commands, name="ledger")


def verify(
    chain_only: Annotated[
        bool, typer.Option("--chain-only", help="只核对账目之间的衔接，不读台账的行")
    ] = False,
    head: Annotated[
        str, typer.Option("--head", help="另存的账册头 编号：哈希，如简报页脚所印")
    ] = "",
    form: FormatOption = Format.table,
) -> None:
    """核对账册：账目的衔接，每一行为记录和终止的行；有不符时退出码为 1。

    删去最近的账目，或整本重写，只有对照另存的账册头（--head）才能发现。

    例：registry ledger verify;registry ledger verify --chain-only --head 12：哈希
    """
    kept = ledger.Head.parse(head) if head else None
    with stages("核对账册") as progress, reading() as connection:
        findings = ledger.verify(connection, kept, chain_only=chain_only, progress=progress)
        newest = ledger.read_head(connection)
    show([ledger.record(finding) for finding in findings], form, COLUMNS)
    say(f"账册头 {newest}；{len(findings)} 处不符")
    if findings:
        raise typer.Exit(1)


def export(
    file: Annotated[Path, typer.Argument(help="写到哪个文件；每行一条账目，JSON")],
    form: FormatOption = Format.table,
) -> None:
    """导出账册，供审计人员自行核对（docs/ledger.md 有二十行的核对程序）。

    例：registry ledger export 账册.jsonl
    """
    with written(file) as part, reading() as connection:
        count = ledger.write_ledger(connection, part)
        newest = ledger.read_head(connection)
    say(f"已写入 {file}：{count} 条账目，账册头 {newest}")
    show([{"file": str(file), "entries": count, "head": str(newest)}], form)
