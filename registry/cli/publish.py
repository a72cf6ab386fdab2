"""The public figures as a folder of pages."""

from pathlib import Path
from typing import Annotated

import typer

from registry.access import VISITOR, acting
from registry.cli.output import Format, FormatOption, say, show
from registry.db import reading
from registry.publish.folder import write_folder
from registry.publish.site import site_files
from registry.window import today_in_beijing


def add_commands(app: typer.Typer) -> None:
    app.command()(publish)


def publish(
    folder: Annotated[Path, typer.Argument(help="写到这个文件夹；已有的一次发布会被替换")],
    freeze: Annotated[str, typer.Option("--freeze", help="按一轮冻结的数发布，写它的名称")] = "",
    form: FormatOption = Format.table,
) -> None:
    """公众可看的汇总数写成一个文件夹的网页，中英文，不要服务器，直接打开即可。

    例：registry publish 公开 --freeze 2023年上半年
    """
    with acting(VISITOR), reading() as connection:
        count, size = write_folder(folder, site_files(connection, today_in_beijing(), freeze))
    say(f"已发布到 {folder}：{count} 个文件，{size / 1e6:.1f} MB；打开 {folder / 'index.html'}")
    show([{"folder": str(folder), "files": count, "bytes": size}], form)
