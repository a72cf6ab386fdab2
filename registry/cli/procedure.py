"""The command on procedure: how penalties were handled, what fines they ended with."""

from typing import Annotated

import typer

from registry.cli.figures import print_figures
from registry.cli.options import (
    By,
    CutAt,
    Department,
    District,
    Domain,
    From,
    Kind,
    KnownOn,
    To,
    UnitOption,
    When,
    select,
)
from registry.cli.output import Format, FormatOption


def add_commands(app: typer.Typer) -> None:
    app.command()(procedure)


def procedure(
    by: By = [],  # noqa: B006  Typer reads the default
    first: From = None,
    last: To = None,
    fines: Annotated[bool, typer.Option("--fines", help="改列罚款分布")] = False,
    district: District = [],  # noqa: B006
    department: Department = [],  # noqa: B006
    domain: Domain = [],  # noqa: B006
    kind: Kind = [],  # noqa: B006
    unit: UnitOption = [],  # noqa: B006
    as_of: CutAt = None,
    known_on: KnownOn = "",
    form: FormatOption = Format.table,
) -> None:
    """办案程序：简易程序占比、本可适用简易程序、超过九十日、撤案率；或罚款分布。

    例：registry procedure --by district --from 2022-01 --to 2022-12
    """
    selection = select(district, unit, department, domain, kind)
    measure = "fine_distribution" if fines else "procedure"
    print_figures(measure, by, first, last, selection, {}, form, When(as_of, known_on))
