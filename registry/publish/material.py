"""What pages are written from: the edition, the measures' answers, names in one language; and the
drawings that several pages make of a frame of rates."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from registry import palette
from registry.charts import Chart
from registry.heat_maps import cell_lines, is_grey
from registry.language import _
from registry.publish import html
from registry.publish.bars import Bar, draw_bars
from registry.publish.edition import Edition
from registry.publish.grid import Cell, draw_grid
from registry.publish.tables import Tables
from registry.questions import NamesOf
from registry.wording import (
    Names,
    basis_text,
    is_thin,
    record_texts,
    returned_text,
    share_texts,
)

Texts = Sequence[str]


@dataclass(frozen=True)
class Material:
    edition: Edition
    tables: Tables
    names: NamesOf

    def frame(self, name: str) -> pd.DataFrame:
        return self.tables[name].frame

    @property
    def basis(self) -> str:
        """What stands behind the city's figures of the window."""
        return basis_text(self.edition.window, self.frame("completeness"))

    @property
    def staff_basis(self) -> str:
        """The same of figures of staff, whose returns are others."""
        front = self.frame("staffing").set_index("measure").loc["front_line"]
        due = int(self.frame("completeness")["denominator"].sum())
        return returned_text(self.edition.window, front["completeness"], due, "staffing")

    def files(self, root: str, name: str) -> str:
        return html.files_line(root, name, self.tables[name].reference)

    def below(self, root: str, name: str, shown: Chart) -> str:
        """Table and files of a drawing, one click away."""
        return table_and_files(shown.table, _("数据表"), self.files(root, name))


def table_and_files(frame: pd.DataFrame, words: str, files: str) -> str:
    return html.folded(words, html.table(frame, words)) + files


def share_bars(
    label: str,
    rates: pd.DataFrame,
    labels: Sequence[str],
    axis: str,
    *,
    reference: float | None = None,
    bound: bool = True,
    aloud: bool = False,
) -> str:
    """One bar a record; bound: whether a rate on incomplete returns is a lower bound."""
    says = record_texts(rates) if bound else share_texts(rates)
    rows = [
        Bar(name, float(record["value"]), text, is_thin(record["completeness"]))
        for name, text, record in zip(labels, says, rates.to_dict("records"), strict=True)
    ]
    return draw_bars(label, rows, axis, reference, aloud=aloud)


def rate_grid(
    label: str, rates: pd.DataFrame, row: str, column: str, names: Mapping[str, Names]
) -> str:
    """Rates by two group columns, with their fractions; grey and hatched where they are thin."""
    rows, columns = list(dict.fromkeys(rates[row])), list(dict.fromkeys(rates[column]))
    records = {(record[row], record[column]): record for record in rates.to_dict("records")}
    cells = [[_rate_cell(records.get((r, c))) for c in columns] for r in rows]
    return draw_grid(
        label, [names[row][r] for r in rows], [names[column][c] for c in columns], cells
    )


def _rate_cell(record: Mapping[str, object] | None) -> Cell | None:
    if record is None:
        return None
    if is_grey(record):
        return Cell(cell_lines(record), palette.THIN, True)
    return Cell(cell_lines(record), palette.rate_color(float(str(record["value"]))))
