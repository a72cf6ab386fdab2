"""Tables in markup: HTML and SpreadsheetML 2003 in UTF-8 in; tables with true row numbers out.

Entities are not resolved and nothing is fetched.
"""

import io
import re
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import IO, Any

import pandas as pd
from lxml import etree

from registry.errors import RegistryError
from registry.intake.text import MOST_COLUMNS, TEXT_DTYPE, Grid
from registry.language import N_

SAFE_XML: dict[str, Any] = {
    "resolve_entities": False,
    "no_network": True,
    "load_dtd": False,
    "huge_tree": False,
}
STRING_VALUE = etree.XPath("string()")
TABLES = etree.XPath("//table[not(ancestor::table)]")
INNER_TABLES = etree.XPath(".//table[count(ancestor::table) = $depth]")
ROWS = etree.XPath(".//tr[count(ancestor::table) = $depth]")
DATA_COLUMNS = 3
LINE_END = "\u2028"
DOCTYPE = N_("文件里的 XML 含有文档类型定义，不予读取；请另存为 XLSX 后再导入")


def read_html(text: bytes) -> list[pd.DataFrame]:
    """Every table that lies in no table of data; a merged cell's value stands in its first cell."""
    parser = etree.HTMLParser(encoding="utf-8", no_network=True, huge_tree=False)
    try:
        root = etree.fromstring(text, parser)
    except etree.LxmlError:
        root = None
    tables = [] if root is None else TABLES(root)
    if not tables:
        raise RegistryError(N_("文件是网页（HTML），但里面没有表格；请导出为 XLSX 或 CSV 后再导入"))
    return [_html_frame(*found) for table in tables for found in _data_tables(table, 1)]


def _data_tables(table: etree._Element, depth: int) -> Iterator[tuple[etree._Element, int]]:
    """The table, or the tables in its cells if it is too narrow and only lays them out."""
    inner = INNER_TABLES(table, depth=depth)
    wide = [t for t in inner if _widest_row(t, depth + 1) >= DATA_COLUMNS]
    if not wide or _widest_row(table, depth) >= DATA_COLUMNS:
        yield table, depth
        return
    for one in inner:
        yield from _data_tables(one, depth + 1)


def _widest_row(table: etree._Element, depth: int) -> int:
    """Cells of the row with the most."""
    rows = ROWS(table, depth=depth)
    return max((sum(1 for _ in row.iterchildren("td", "th")) for row in rows), default=0)


def _html_frame(table: etree._Element, depth: int) -> pd.DataFrame:
    grid = Grid()
    taken: dict[int, int] = {}
    for row, element in enumerate(ROWS(table, depth=depth)):
        values: list[str | None] = []
        for cell in element.iterchildren("td", "th"):
            column = _free_column(taken, row, len(values))
            across = min(_count(cell.get("colspan"), 1), MOST_COLUMNS)
            values += [None] * (column - len(values))
            values += [_html_text(cell)] + [None] * (across - 1)
            _take(taken, row, column, across, _count(cell.get("rowspan"), 1))
        grid.place(row, 0, values)
    return grid.frame(TEXT_DTYPE)


def _free_column(taken: dict[int, int], row: int, column: int) -> int:
    """The next column that no merged cell from above covers in this row."""
    while taken.get(column, 0) > row:
        column += 1
    return column


def _take(taken: dict[int, int], row: int, column: int, across: int, down: int) -> None:
    if down > 1:
        taken.update(dict.fromkeys(range(column, column + across), row + down))


def _count(word: str | None, least: int) -> int:
    """A number as written in markup; nonsense counts as the least one, as in browsers."""
    return max(int(word), least) if word and re.fullmatch(r"[0-9]{1,7}", word) else least


def _html_text(cell: etree._Element) -> str | None:
    """Visible text: source line breaks are spaces, <br> and block ends are line breaks."""
    for element in cell.iter("br", "p", "div", "li"):
        element.tail = LINE_END + (element.tail or "")
    lines = str(STRING_VALUE(cell) if len(cell) else cell.text or "").split(LINE_END)
    return "\n".join(" ".join(line.split()) for line in lines).strip("\n") or None


SS = "{urn:schemas-microsoft-com:office:spreadsheet}"
WORKSHEET, ROW, CELL, DATA = f"{SS}Worksheet", f"{SS}Row", f"{SS}Cell", f"{SS}Data"
NAME, INDEX, TYPE = f"{SS}Name", f"{SS}Index", f"{SS}Type"
ACROSS, DOWN = f"{SS}MergeAcross", f"{SS}MergeDown"


def read_spreadsheetml(text: bytes) -> list[tuple[str, pd.DataFrame]]:
    """Name and table of every worksheet of an Excel 2003 XML file."""
    text = re.sub(rb"^\s*<\?xml[^>]*\?>", b"", text, count=1)
    sheets: list[tuple[str, Grid]] = []
    taken: dict[int, int] = {}
    row = 0
    for event, element in safe_elements(text, WORKSHEET, ROW):
        if event == "start" and element.tag == WORKSHEET:
            sheets.append((element.get(NAME, f"表{len(sheets) + 1}"), Grid()))
            taken, row = {}, 0
        elif event == "end" and element.tag == ROW and sheets:
            row = _index(element, row)
            _place_row(sheets[-1][1], taken, row, element)
            row += 1
            forget(element)
    return [(name, grid.frame()) for name, grid in sheets]


def safe_elements(xml: bytes | IO[bytes], *tags: str) -> Iterator[tuple[str, etree._Element]]:
    """Start and end of elements of UTF-8 XML.

    Entities are not resolved and nothing is fetched; a document with a DTD is
    refused, as no spreadsheet program writes one.
    """
    stream = io.BytesIO(xml) if isinstance(xml, bytes) else xml
    events = etree.iterparse(stream, ("start", "end"), tag=tags, encoding="utf-8", **SAFE_XML)
    try:
        for count, (event, element) in enumerate(events):
            if count == 0 and element.getroottree().docinfo.internalDTD is not None:
                raise RegistryError(DOCTYPE)
            yield event, element
    except etree.LxmlError:
        raise RegistryError(N_("文件里的 XML 已损坏或不完整；请重新导出为 XLSX 后再导入")) from None


def forget(element: etree._Element) -> None:
    """Frees an element that has been read, and its elder siblings."""
    element.clear()
    parent = element.getparent()
    while parent is not None and element.getprevious() is not None:
        del parent[0]


def _place_row(grid: Grid, taken: dict[int, int], row: int, element: etree._Element) -> None:
    values: list[Any] = []
    for cell in element.iterchildren(CELL):
        column = _free_column(taken, row, _index(cell, len(values)))
        values += [None] * (min(column, MOST_COLUMNS) - len(values))
        values.append(_typed_value(cell.find(DATA)))
        if cell.attrib:
            across = min(1 + _count(cell.get(ACROSS), 0), MOST_COLUMNS)
            values += [None] * (across - 1)
            _take(taken, row, column, across, 1 + _count(cell.get(DOWN), 0))
    grid.place(row, 0, values)


def _index(element: etree._Element, expected: int) -> int:
    """Rows and cells may name their place, counted from 1; unnamed ones follow one another."""
    place = element.get(INDEX) if element.attrib else None
    return expected if place is None else max(_count(place, 1) - 1, expected)


def _typed_value(data: etree._Element | None) -> Any:
    if data is None:
        return None
    text = str(STRING_VALUE(data)) if len(data) else data.text
    convert = TYPES.get(data.get(TYPE, "String"), str)
    try:
        return convert(text) if text else None
    except ValueError:
        return text


def number(text: str) -> int | float:
    """A number as a spreadsheet stores it: whole ones are int, of any length."""
    if re.fullmatch(r"\s*-?[0-9]+\s*", text):
        return int(text) if len(text) < 400 else float(text)
    return whole(float(text))


def whole(value: float) -> int | float:
    """12.0 is 12, 12.5 stays."""
    return int(value) if value.is_integer() else value


def moment(text: str) -> datetime:
    """ISO date with or without time, as XML spreadsheets store it (no zone, so none kept)."""
    return datetime.fromisoformat(text.strip()).replace(tzinfo=None)


TYPES: dict[str, Callable[[str], Any]] = {
    "Number": number,
    "DateTime": moment,
    "Boolean": lambda text: text.strip() in ("1", "true"),
}
