"""Commands for the roles of people who log in."""

from typing import Annotated

import typer

from registry.access import DISTRICT, subject
from registry.catalogue import read_catalogue
from registry.cli.output import Format, FormatOption, say, show, show_frame
from registry.db import reading, writing
from registry.roles import GIVEN, grant_role, revoke_role, roles

HELP = """登录的人的角色。

例：registry role grant 登录标识 deputy
"""
Login = Annotated[str, typer.Argument(help="登录标识：身份提供方的 sub，不写姓名")]


def add_commands(app: typer.Typer) -> None:
    group = typer.Typer(no_args_is_help=True, help=HELP)
    group.command("grant")(grant)
    group.command("revoke")(revoke)
    group.command("list")(list_)
    app.add_typer(group, name="role")


def grant(
    login: Login,
    role: Annotated[str, typer.Argument(help="角色：" + "、".join(GIVEN))],
    district: Annotated[str, typer.Option("--district", help=f"区代码，只用于 {DISTRICT}")] = "",
    form: FormatOption = Format.table,
) -> None:
    """给一个登录标识一个角色，代替它原有的。

    例：registry role grant 7f3c district_judicial --district 110105
    """
    with writing() as connection:
        row = grant_role(connection, read_catalogue(connection), login, role, district, subject())
    say("已登记，下一次操作起生效")
    show([row], form)


def revoke(login: Login, form: FormatOption = Format.table) -> None:
    """收回一个登录标识的角色；已登录的下一次操作起看不到任何内容。

    例：registry role revoke 7f3c
    """
    with writing() as connection:
        revoke_role(connection, login, subject())
    say("已收回")
    show([{"subject": login}], form)


def list_(form: FormatOption = Format.table) -> None:
    """现有的角色。

    例：registry role list --format csv
    """
    with reading() as connection:
        show_frame(roles(connection), form)
