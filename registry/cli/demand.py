"""The command on demand: complaints, and whether the powers that answer them are used."""

import typer

from registry.cli.figures import print_figures
from registry.cli.options import By, District, From, To, UnitOption, select
from registry.cli.output import Format, FormatOption


def add_commands(app: typer.Typer) -> None:
    app.command()(demand)


def demand(
    by: By = [],  # noqa: B006  Typer reads the default
    first: From = None,
    last: To = None,
    district: District = [],  # noqa: B006
    unit: UnitOption = [],  # noqa: B006
    form: FormatOption = Format.table,
) -> None:
    """居民诉求:件数、需要而未行使、主题职权用了没有;--by topic 按主题看。

    例:registry demand --by district,topic --from 2022-07 --to 2023-06
    """
    print_figures("demand", by, first, last, select(district, unit, (), (), ()), {}, form)
