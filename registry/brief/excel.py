"""A document → a workbook: a sheet a section, with native charts; text stays text."""

import math
import re
from pathlib import Path
from typing import Any

import xlsxwriter

from registry import palette
from registry.brief.document import Bars, Document, Section
from registry.export import writable
from registry.language import _

LONGEST_NAME = 31
A4 = 9
"""Its number among the sizes of paper that workbooks know."""

OPTIONS = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}


def write_xlsx(path: Path, document: Document) -> None:
    with writable(path):
        book = xlsxwriter.Workbook(str(path), OPTIONS)
        formats = {
            "title": book.add_format({"bold": True, "font_size": 15}),
            "head": book.add_format({"bold": True, "bottom": 1}),
            "wrap": book.add_format({"text_wrap": True, "valign": "top"}),
            "percent": book.add_format({"num_format": "0.0 %"}),
        }
        _front(book, document, formats)
        for number, section in enumerate(document.sections, start=1):
            _section(book, number, section, formats)
        book.close()


def _front(book: Any, document: Document, formats: dict[str, Any]) -> None:
    sheet = _sheet(book, _("简报"))
    sheet.set_column(0, 0, 30)
    sheet.set_column(1, 1, 70)
    sheet.write_string(0, 0, document.title, formats["title"])
    lines = [document.subtitle, document.notice, *document.caveats, document.foot]
    row = 1
    for label, text in document.headline.items():
        sheet.write_string(row, 0, label)
        sheet.write_string(row, 1, text)
        row += 1
    for text in filter(None, lines):
        sheet.merge_range(row, 0, row, 1, text, formats["wrap"])
        sheet.set_row(row, 15 * (1 + len(text) // 55))
        row += 1


def _sheet(book: Any, name: str) -> Any:
    """An empty sheet that prints one A4 page wide."""
    sheet = book.add_worksheet(name)
    sheet.set_paper(A4)
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)
    return sheet


def _section(book: Any, number: int, section: Section, formats: dict[str, Any]) -> None:
    name = re.sub(r"[\[\]:*?/\\']", "", f"{number} {section.title}")[:LONGEST_NAME]
    sheet = _sheet(book, name)
    sheet.set_column(0, 0, 34)
    sheet.set_column(1, 12, 18)
    row = 0
    for text in (section.title, *section.sentences):
        if text:
            sheet.write_string(row, 0, text, formats["title"] if row == 0 else None)
            row += 1
    if section.bars:
        row = _bars(book, sheet, row + 1, section.bars, formats)
    if section.table is not None and len(section.table):
        for column, label in enumerate(section.table.columns):
            sheet.write_string(row + 1, column, str(label), formats["head"])
            for line, value in enumerate(section.table.iloc[:, column], start=row + 2):
                sheet.write_string(line, column, str(value))


def _bars(book: Any, sheet: Any, row: int, bars: Bars, formats: dict[str, Any]) -> int:
    """Numbers as numbers, and a native bar chart over them; returns the row after both."""
    heads = (bars.title, _("比率"), _("分数"), _("对照"))
    for column, label in enumerate(heads):
        sheet.write_string(row, column, label, formats["head"])
    rows = zip(bars.labels, bars.values, bars.says, bars.marks, strict=True)
    for line, (label, value, says, mark) in enumerate(rows, start=row + 1):
        sheet.write_string(line, 0, label)
        sheet.write_string(line, 2, says)
        for column, number in ((1, value), (3, mark)):
            if not math.isnan(number):
                sheet.write_number(line, column, number, formats["percent"])
    last = row + len(bars.labels)
    chart = book.add_chart({"type": "bar"})
    for column, color in ((1, palette.RATE), (3, palette.OTHER)):
        chart.add_series(
            {
                "name": [sheet.get_name(), row, column],
                "categories": [sheet.get_name(), row + 1, 0, last, 0],
                "values": [sheet.get_name(), row + 1, column, last, column],
                "fill": {"color": color},
            }
        )
    chart.set_title({"name": bars.title})
    chart.set_y_axis({"reverse": True})
    chart.set_x_axis({"min": 0, "max": 1, "num_format": "0 %"})
    chart.set_size({"width": 620, "height": 90 + 34 * len(bars.labels)})
    sheet.insert_chart(row, 5, chart)
    return last + 1
