"""The command on demand: complaints, and whether the powers that answer them are used."""

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
    app.command()(demand)


def demand(
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
    """居民投诉:各主题的件数、有需求而未行使的主题、投诉之后的检查和决定。

    例:registry demand --by unit,topic --district 110101 --from 2021-01 --to 2021-12
    """
    selection = select(district, unit, department, domain, kind)
    print_figures("demand", by, first, last, selection, {}, form, When(as_of, known_on))
