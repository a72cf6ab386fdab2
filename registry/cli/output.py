"""Records → stdout, as a table for people or as CSV or JSON for programs; talk → stderr."""

import contextlib
import io
import json
import math
import re
import sys
from collections.abc import Sequence
from enum import StrEnum
from typing import Annotated, Any

import pandas as pd
import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from registry.export import as_text
from registry.invisible import INVISIBLE, made_visible
from registry.wording import NO_BREAK

Record = dict[str, Any]


class Format(StrEnum):
    table = "table"
    csv = "csv"
    json = "json"


FormatOption = Annotated[Format, typer.Option("--format", help="输出格式 table、csv 或 json")]


def say(text: str) -> None:
    """Talk for the person at the terminal."""
    print(_for_terminal(text), file=sys.stderr)  # noqa: T201


def confirm(question: str) -> None:
    """Ask at the terminal; no ends the command. The prompt's own space would go to stdout."""
    with contextlib.redirect_stdout(sys.stderr):
        typer.confirm(question, abort=True, err=True)


def records(frame: pd.DataFrame) -> list[Record]:
    """A frame as records; missing values, texts among them, as None."""
    return [
        {name: _plain(value) for name, value in row.items()} for row in frame.to_dict("records")
    ]


def _plain(value: Any) -> Any:
    if isinstance(value, float) and math.isnan(value):
        return None
    return None if value is pd.NA or value is pd.NaT or value == "" else value


def show(
    rows: list[Record], form: Format, columns: Sequence[str] = (), brief: Sequence[str] = ()
) -> None:
    """Print records to stdout; `columns` head a CSV or table even where there is none.

    `brief` are the columns that a table shows where all would not fit on a screen.
    """
    chosen = brief if form is Format.table and brief else list(rows[0] if rows else columns)
    PRINTERS[form]([{name: row[name] for name in chosen} for row in rows], list(chosen))


def show_frame(frame: pd.DataFrame, form: Format, brief: Sequence[str] = ()) -> None:
    show(records(frame), form, list(frame.columns), brief)


def _show_json(rows: list[Record], _columns: list[str]) -> None:
    text = json.dumps(rows, ensure_ascii=False, indent=2, default=str)
    # Outside of its texts JSON has no such sign but line breaks.
    sys.stdout.write(INVISIBLE.sub(_escaped, text) + "\n")


def _escaped(found: re.Match[str]) -> str:
    """As JSON writes a sign by its number; the programs that read it get the sign itself."""
    if found[0] in "\n\x7f":  # the module takes the second for a sign like others
        return found[0].replace("\x7f", "\\u007f")
    return json.dumps(found[0])[1:-1]


def _show_csv(rows: list[Record], columns: list[str]) -> None:
    flat = [{k: _csv_cell(v) for k, v in row.items()} for row in rows]
    buffer = io.StringIO()
    pd.DataFrame(flat, columns=columns, dtype=object).to_csv(
        buffer, index=False, lineterminator="\n"
    )
    sys.stdout.write(buffer.getvalue())


def _show_table(rows: list[Record], columns: list[str]) -> None:
    console = Console(width=None if sys.stdout.isatty() else 200)
    table = Table(caption=None if rows else "（无记录）")
    for name in columns:
        numeric = all(isinstance(row[name], int | float | Text | None) for row in rows)
        table.add_column(name, justify="right" if rows and numeric else "left", overflow="fold")
    for row in rows:
        table.add_row(*(_cell(value) for value in row.values()))
    console.print(table)


PRINTERS = {Format.json: _show_json, Format.csv: _show_csv, Format.table: _show_table}


def _csv_cell(value: Any) -> Any:
    """Who saves this output opens it in a spreadsheet program, as any other file of ours."""
    return as_text(made_visible(flat)) if isinstance(flat := _flat(value), str) else flat


def _flat(value: Any) -> Any:
    return json.dumps(value, ensure_ascii=False) if isinstance(value, list | dict) else value


def _cell(value: Any) -> Text:
    """A figure in words as it is given; everything else as text in which no bracket is markup."""
    if isinstance(value, Text):
        return Text(_for_terminal(value.plain), justify=value.justify)
    if value is None:
        return Text("—")
    if isinstance(value, float):
        return Text(f"{value:.0f}" if value.is_integer() else f"{value:g}")
    return Text(_for_terminal(str(_flat(value))))


def _for_terminal(text: str) -> str:
    """With plain spaces: a terminal's text is searched and cut by programs that know no others.

    Without signs that a terminal would obey.
    """
    return made_visible(text.replace(NO_BREAK, " "), keep="\n")
