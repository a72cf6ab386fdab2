"""Commands for the tokens that let programs in."""

from datetime import timedelta
from typing import Annotated

import typer

from registry.access import subject
from registry.catalogue import read_catalogue
from registry.cli.options import parse_date
from registry.cli.output import Format, FormatOption, say, show, show_frame
from registry.clock import latest_today
from registry.db import reading, writing
from registry.tokens import IMPORT, READ, make_token, revoke_token, tokens

HELP = """程序接口（/api/v1）用的令牌。

例：registry token make 东城对接 --district 110101 --import
"""
USUAL_DAYS = 180
Name = Annotated[str, typer.Argument(help="令牌的名称，写入行为记录")]


def add_commands(app: typer.Typer) -> None:
    group = typer.Typer(no_args_is_help=True, help=HELP)
    group.command("make")(make)
    group.command("revoke")(revoke)
    group.command("list")(list_)
    app.add_typer(group, name="token")


def make(
    name: Name,
    district: Annotated[str, typer.Option("--district", help="区代码")],
    may_import: Annotated[
        bool, typer.Option("--import", help="可以报送这个区的台账和报表；不写则只能读取")
    ] = False,
    until: Annotated[
        str, typer.Option("--until", help=f"最后一天；默认今天起 {USUAL_DAYS} 天")
    ] = "",
    form: FormatOption = Format.table,
) -> None:
    """为一个区造一个令牌；令牌只显示这一次，库中只存它的摘要。

    例：registry token make 东城对接 --district 110101 --import --until 2027-03-31
    """
    with writing() as connection:
        today = latest_today(connection)
        last = parse_date(until, "--until") if until else today + timedelta(days=USUAL_DAYS)
        secret = make_token(
            connection,
            read_catalogue(connection),
            name,
            district,
            may_import=may_import,
            expires_on=last,
            today=today,
            actor=subject(),
        )
    say("令牌只显示这一次，请妥善保存")
    right = IMPORT if may_import else READ
    row = {"name": name, "district": district, "right": right, "expires_on": last}
    show([row | {"token": secret}], form)


def revoke(name: Name, form: FormatOption = Format.table) -> None:
    """立即撤销一个令牌。

    例：registry token revoke 东城对接
    """
    with writing() as connection:
        revoke_token(connection, name, subject())
    say("已撤销")
    show([{"name": name}], form)


def list_(form: FormatOption = Format.table) -> None:
    """未撤销的令牌；令牌本身不再显示。

    例：registry token list --format csv
    """
    with reading() as connection:
        show_frame(tokens(connection), form)
