"""The command on reported figures, each beside what the register computes."""

import pandas as pd
import typer

from registry.beside import beside_reported
from registry.cli.options import KnownOn, When
from registry.cli.output import Format, FormatOption, say, show_frame
from registry.db import reading
from registry.reported import in_language, read_reported
from registry.wording import computed_text, figure_text, percent_text

SHOWN = ("label", "reported", "value", "from", "to", "completeness", "computed_definition")
"""What a table has room for; CSV and JSON carry both definitions and the fraction."""


def add_commands(app: typer.Typer) -> None:
    app.command()(reported)


def reported(known_on: KnownOn = "", form: FormatOption = Format.table) -> None:
    """公开报告所载的数，旁边是本台账在同一期间的计算值；算不出的只列报告所载。

    例：registry reported --format csv
    """
    with reading() as connection:
        snapshot = When(known_on=known_on).read(connection)
        figures = in_language(read_reported(connection))
    table = beside_reported(snapshot, figures)
    known = int(table["value"].notna().sum())
    say(f"报告所载 {len(table)} 个数，其中 {known} 个本台账可以计算；两者口径不同，不是同一个数")
    show_frame(_in_words(table) if form is Format.table else table, form, SHOWN)


def _in_words(table: pd.DataFrame) -> pd.DataFrame:
    texts = [figure_text(v, unit) for v, unit in zip(table["reported"], table["unit"], strict=True)]
    computed = [computed_text(row) for _i, row in table.iterrows()]
    shares = [None if pd.isna(v) else percent_text(v) for v in table["completeness"]]
    return table.assign(reported=texts, value=computed, completeness=shares)
