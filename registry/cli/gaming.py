"""The command on signs of figures made to please: questions, never verdicts."""

import typer

from registry.cli.figures import print_figures
from registry.cli.options import By, CutAt, District, From, KnownOn, To, UnitOption, When, select
from registry.cli.output import Format, FormatOption


def add_commands(app: typer.Typer) -> None:
    app.command()(gaming)


def gaming(
    by: By = [],  # noqa: B006  Typer reads the default
    first: From = None,
    last: To = None,
    district: District = [],  # noqa: B006
    unit: UnitOption = [],  # noqa: B006
    as_of: CutAt = None,
    known_on: KnownOn = "",
    form: FormatOption = Format.table,
) -> None:
    """值得问一问的数据现象：件数过于整齐、罚款扎堆、年底突增、各办一件。

    例：registry gaming --by district --from 2022-01 --to 2022-12
    """
    selection = select(district, unit, (), (), ())
    print_figures("gaming", by, first, last, selection, {}, form, When(as_of, known_on))
