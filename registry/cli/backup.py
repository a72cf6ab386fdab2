"""Commands that write the whole register to a file, and put it back."""

from pathlib import Path
from typing import Annotated

import typer

from registry import backup as backups
from registry.cli.output import Format, FormatOption, say, show
from registry.cli.progress import stages


def add_commands(app: typer.Typer) -> None:
    app.command()(backup)
    app.command()(restore)


def backup(
    file: Annotated[Path, typer.Argument(help="写到哪个文件")], form: FormatOption = Format.table
) -> None:
    """备份整个台账，写的同时可以照常使用；PostgreSQL 须有 pg_dump。

    例：registry backup 台账-2023-06-30.backup
    """
    with stages("备份"):
        head = backups.back_up(file)
    show([{"file": str(file), "bytes": file.stat().st_size, "head": str(head)}], form)
    say(f"已备份到 {file}，账册头 {head}；请把账册头另存")


def restore(
    file: Annotated[Path, typer.Argument(help="registry backup 写出的文件")],
    form: FormatOption = Format.table,
) -> None:
    """用备份换下现有的台账：先在别处核对备份与账册，再替换；换下的留在备份旁边。

    例：registry restore 台账-2023-06-30.backup
    """
    with stages("恢复") as progress:
        restored = backups.restore(file, progress=progress)
    kept = str(restored.kept or "")
    show([{"file": str(file), "head": str(restored.head), "kept": kept}], form)
    say(f"已恢复，账册头 {restored.head}" + (f"；换下的台账在 {kept}" if kept else ""))
