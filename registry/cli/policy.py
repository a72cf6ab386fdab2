"""The command on the policies that were in force."""

import typer

from registry.adjustment.policies import policies
from registry.adjustment.policy import POLICY_FILE
from registry.cli.output import Format, FormatOption, say, show_frame
from registry.db import reading


def add_commands(app: typer.Typer) -> None:
    app.command()(policy)


def policy(form: FormatOption = Format.table) -> None:
    """先后施行的政策：版本、自哪一行为起、是否与政策文件现在的内容相同。

    改了 data/policy.toml，下一次写入台账时自动记入账册；registry init 立即记入。

    例：registry policy --format csv
    """
    with reading() as connection:
        found = policies(connection)
    show_frame(found, form)
    if not found["as_file"].iloc[-1:].any():
        say(f"{POLICY_FILE.name} 现在的内容尚未记入；请运行 registry init")
