"""OpenDocument spreadsheets: an open archive in; name and table of every sheet out.

Read here and not by calamine, which would unfold every repeated cell.
"""

import zipfile
from typing import Any

import pandas as pd
from lxml import etree

from registry.errors import RegistryError
from registry.intake.archive import chunks
from registry.intake.limits import (
    ENCRYPTED,
    LONGEST_CELL,
    LONGEST_ROW,
    refuse_many_columns,
    refuse_many_sheets,
    refuse_many_tags,
)
from registry.intake.markup import forget, moment, number, safe_elements
from registry.intake.text import Grid
from registry.language import N_

OFFICE = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}"
TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
TEXT = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"

MOST_REPEATED = 1_000_000
"""Cells that repetitions of filled ones may add; real rows differ."""

ROW_TAG = b"table-row"


def read_ods(archive: zipfile.ZipFile, _data: bytes) -> list[tuple[str, pd.DataFrame]]:
    """Name and table of every sheet. Raises RegistryError for an encrypted or a vast one."""
    manifest = [name for name in archive.namelist() if name == "META-INF/manifest.xml"]
    if any(b"encryption-data" in chunk for name in manifest for chunk in chunks(archive, name)):
        raise RegistryError(ENCRYPTED)
    _look_through(archive)
    with archive.open("content.xml") as content:
        return [(name, grid.frame()) for name, grid in _grids(content)]


def _look_through(archive: zipfile.ZipFile) -> None:
    """Refuses a document of too many tags, or a row that goes on without end."""
    tags = since_row = 0
    for chunk in chunks(archive, "content.xml"):
        tags += chunk.count(b"<")
        since_row = 0 if ROW_TAG in chunk else since_row + len(chunk)
        refuse_many_tags(tags)
        if since_row > LONGEST_ROW:
            refuse_many_columns(since_row)


def _grids(content: Any) -> list[tuple[str, Grid]]:
    sheets: list[tuple[str, Grid]] = []
    row = repeated = 0
    for event, element in safe_elements(content, f"{TABLE}table", f"{TABLE}table-row"):
        if event == "start" and element.tag == f"{TABLE}table":
            sheets.append((element.get(f"{TABLE}name", ""), Grid()))
            refuse_many_sheets(len(sheets))
            row = 0
        elif event == "end" and element.tag == f"{TABLE}table-row" and sheets:
            cells, times = _row_cells(element), _repeats(element, "rows")
            repeated += _count_repeated(cells, times)
            _place(sheets[-1][1], row, times, cells, repeated)
            row += times
            forget(element)
    return sheets


def _place(
    grid: Grid, row: int, times: int, cells: list[tuple[int, Any, int]], repeated: int
) -> None:
    """Places a row as often as it is repeated."""
    if repeated > MOST_REPEATED:
        raise RegistryError(
            N_("第 {row} 行起有内容的格重复 {most} 次以上；请删除多余的行和列后再导入"),
            row=row + 1,
            most=MOST_REPEATED,
        )
    for at in range(row, row + times if cells else row):
        for column, value, across in cells:
            grid.place(at, column, [value] * across)


def _row_cells(element: etree._Element) -> list[tuple[int, Any, int]]:
    """(column, value, how often side by side) of each cell with a value."""
    cells: list[tuple[int, Any, int]] = []
    column = 0
    for cell in element.iterchildren(f"{TABLE}table-cell", f"{TABLE}covered-table-cell"):
        times = _repeats(cell, "columns")
        value = None if cell.tag.endswith("covered-table-cell") else _ods_value(cell)
        if value is not None:
            refuse_many_columns(column + times)
            cells.append((column, value, times))
        column += times
    return cells


def _count_repeated(cells: list[tuple[int, Any, int]], times: int) -> int:
    return sum(across for *_, across in cells) * times - len(cells)


def _repeats(element: etree._Element, direction: str) -> int:
    return max(int(element.get(f"{TABLE}number-{direction}-repeated", "1")), 1)


def _ods_value(cell: etree._Element) -> Any:
    """The stored value; of a text cell its paragraphs, one a line."""
    kind = cell.get(f"{OFFICE}value-type")
    if kind in ("float", "percentage", "currency"):
        return number(cell.get(f"{OFFICE}value", "nan"))
    if kind == "date":
        return moment(cell.get(f"{OFFICE}date-value", ""))
    if kind == "boolean":
        return cell.get(f"{OFFICE}boolean-value") == "true"
    return "\n".join(map(_paragraph, cell.iterchildren(f"{TEXT}p"))) or None


def _paragraph(paragraph: etree._Element) -> str:
    """Text with the elements that stand for runs of spaces, tabs and line breaks."""
    parts = [paragraph.text or ""]
    for element in paragraph.iterdescendants():
        parts += [_blanks(element), element.text or "", element.tail or ""]
    return "".join(parts)


def _blanks(element: etree._Element) -> str:
    """What an element stands for by itself; of too many spaces more than any cell may hold."""
    if element.tag == f"{TEXT}s":
        return " " * min(int(element.get(f"{TEXT}c", "1")), LONGEST_CELL + 1)
    return BREAKS.get(element.tag, "")


BREAKS = {f"{TEXT}tab": "\t", f"{TEXT}line-break": "\n"}
