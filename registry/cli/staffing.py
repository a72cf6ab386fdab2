"""The command on staff: the waterfall from posts to officers who handled a case."""

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
    app.command()(staffing)


def staffing(
    by: By = [],  # noqa: B006  Typer reads the default
    first: From = None,
    last: To = None,
    district: District = [],  # noqa: B006
    department: Department = [],  # noqa: B006
    domain: Domain = [],  # noqa: B006
    kind: Kind = [],  # noqa: B006
    unit: UnitOption = [],  # noqa: B006
    as_of: CutAt = None,
    known_on: KnownOn = "",
    form: FormatOption = Format.table,
) -> None:
    """执法力量:编制、在编、持证、未借调、一线、办案,人均案件和人员来源。

    例:registry staffing --by district --from 2020-10 --to 2020-10
    """
    selection = select(district, unit, department, domain, kind)
    print_figures("staffing", by, first, last, selection, {}, form, When(as_of, known_on))
