"""A document → a workbook: a sheet a section, with native charts; text stays text."""

import math
import re
from collections.abc import Sequence
from io import BytesIO
from pathlib import Path
from typing import Any

import pandas as pd
import xlsxwriter

from registry import palette
from registry.brief.document import Document, Figure, Section
from registry.export import errors_of_the_system, written
from registry.language import _

LONGEST_NAME = 31
A4 = 9
"""Its number among the sizes of paper that workbooks know."""

OWN, CITY, LAST_COLUMN = 2, 6, 9
"""Where value, numerator, denominator and completeness begin, the place's and the city's."""

CHARACTERS = 75
"""Chinese characters that a line over all columns has room for."""

OPTIONS = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}


def write_xlsx(path: Path, document: Document) -> None:
    content = BytesIO()
    with written(path) as part:
        book = xlsxwriter.Workbook(content, OPTIONS)
        formats = {
            "title": book.add_format({"bold": True, "font_size": 15}),
            "head": book.add_format({"bold": True, "bottom": 1}),
            "wrap": book.add_format({"text_wrap": True, "valign": "top"}),
            "percent": book.add_format({"num_format": "0.0 %"}),
            "number": book.add_format({"num_format": "#,##0.##"}),
        }
        _front(book, document, formats)
        for number, section in enumerate(document.sections, start=1):
            _section(book, number, section, formats)
        with errors_of_the_system():
            book.close()
        part.write_bytes(content.getvalue())


def _front(book: Any, document: Document, formats: dict[str, Any]) -> None:
    sheet = _sheet(book, _("简报"))
    sheet.write_string(0, 0, document.title, formats["title"])
    lines = [document.subtitle, document.notice, *document.caveats, document.foot]
    row = _figures(sheet, 1, document.figures, formats) + 1
    for text in filter(None, lines):
        _line(sheet, row, text, formats)
        row += 1


def _sheet(book: Any, name: str) -> Any:
    """An empty sheet that prints one A4 page wide."""
    sheet = book.add_worksheet(name)
    sheet.set_paper(A4)
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)
    sheet.set_column(0, 0, 34)
    sheet.set_column(1, LAST_COLUMN, 13)
    return sheet


def _line(sheet: Any, row: int, text: str, formats: dict[str, Any]) -> None:
    """A sentence over the columns of the figures, as high as it needs."""
    sheet.merge_range(row, 0, row, LAST_COLUMN, text, formats["wrap"])
    sheet.set_row(row, 15 * (1 + len(text) // CHARACTERS))


def _section(book: Any, number: int, section: Section, formats: dict[str, Any]) -> None:
    name = re.sub(r"[\[\]:*?/\\']", "", f"{number} {section.title}")[:LONGEST_NAME]
    sheet = _sheet(book, name)
    sheet.write_string(0, 0, section.title, formats["title"])
    row = 1
    for text in filter(None, section.sentences):
        _line(sheet, row, text, formats)
        row += 1
    if section.figures:
        first, row = row + 1, _figures(sheet, row + 1, section.figures, formats)
        if section.bars:
            _chart(book, sheet, first, section.bars.title, section.figures, row + 1)
    elif section.table is not None and len(section.table):
        _texts(sheet, row + 1, section.table, formats)


def _texts(sheet: Any, row: int, table: pd.DataFrame, formats: dict[str, Any]) -> None:
    for column, label in enumerate(table.columns):
        sheet.write_string(row, column, str(label), formats["head"])
        for line, value in enumerate(table.iloc[:, column], start=row + 1):
            sheet.write_string(line, column, str(value))


def _figures(sheet: Any, row: int, figures: Sequence[Figure], formats: dict[str, Any]) -> int:
    """Numbers as numbers, each value with its fraction; returns the row after them."""
    for column, label in enumerate((_("指标"), _("单位"), *_heads())):
        sheet.write_string(row, column, label, formats["head"])
    for line, figure in enumerate(figures, start=row + 1):
        sheet.write_string(line, 0, figure.label)
        sheet.write_string(line, 1, figure.unit)
        for column, number in enumerate((*figure.own, *figure.city), start=OWN):
            if not math.isnan(number):
                kind = "percent" if _is_share(column, figure) else "number"
                sheet.write_number(line, column, number, formats[kind])
    return row + len(figures) + 1


def _heads() -> list[str]:
    parts = (_("分子"), _("分母"), _("完整度"))
    return [_("本地"), *parts, _("全市"), *(_("全市{part}").format(part=part) for part in parts)]


def _is_share(column: int, figure: Figure) -> bool:
    """Completeness always is one, a value where it has no unit."""
    return column in (OWN + 3, CITY + 3) or (column in (OWN, CITY) and not figure.unit)


def _chart(
    book: Any, sheet: Any, row: int, title: str, figures: Sequence[Figure], below: int
) -> None:
    """A native bar chart of the shares in the table of figures that begins at `row`."""
    shares = [i for i, figure in enumerate(figures, start=row + 1) if not figure.unit]
    first, last = min(shares), max(shares)
    chart = book.add_chart({"type": "bar"})
    for column, color in ((OWN, palette.RATE), (CITY, palette.OTHER)):
        chart.add_series(
            {
                "name": [sheet.get_name(), row, column],
                "categories": [sheet.get_name(), first, 0, last, 0],
                "values": [sheet.get_name(), first, column, last, column],
                "fill": {"color": color},
            }
        )
    chart.set_title({"name": title})
    chart.set_y_axis({"reverse": True})
    chart.set_x_axis({"min": 0, "max": 1, "num_format": "0 %"})
    chart.set_size({"width": 620, "height": 90 + 34 * len(shares)})
    sheet.insert_chart(below, 0, chart)
