"""The command on the handing-over side: how source departments answer and train."""

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
    app.command()(handover)


def handover(
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
    """下放部门的支持:吹哨报到的按时率和解决率、培训、联合执法,与该部门职权的履行率并列。

    例:registry handover --by district,department --from 2021-01 --to 2021-12
    """
    selection = select(district, unit, department, domain, kind)
    print_figures("handover", by, first, last, selection, {}, form, When(as_of, known_on))
