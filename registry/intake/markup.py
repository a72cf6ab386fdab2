"""Tables in markup: HTML and SpreadsheetML 2003 in UTF-8 in; tables with true row numbers out.

Entities are not resolved and nothing is fetched.
"""

import io
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import IO, Any

import pandas as pd
from lxml import etree

from registry.errors import RegistryError
from registry.intake.archive import DOCTYPE
from registry.intake.limits import (
    LONGEST_ROW,
    MOST_COLUMNS,
    refuse_many_columns,
    refuse_many_sheets,
    refuse_many_tags,
)
from registry.intake.text import TEXT_DTYPE, Grid
from registry.language import N_

SAFE_XML: dict[str, Any] = {
    "resolve_entities": False,
    "no_network": True,
    "load_dtd": False,
    "huge_tree": False,
    "remove_comments": True,
    "remove_pis": True,
}
STRING_VALUE = etree.XPath("string()")
OUTERMOST = etree.XPath("count(//table[not(ancestor::table)])")
DATA_COLUMNS = 3
LINE_END = "\u2028"
MOST_PAGE_TAGS = 2_000_000
"""Of a web page, which is taken apart as a whole before its tables can be found."""

MOST_ATTRIBUTES = 1_000
MOST_MERGED = 5_000_000
"""Columns that cells merged downwards may cover, each row anew."""

TAG = re.compile(rb"""<[A-Za-z](?:[^<>"']|"[^"]*"|'[^']*'|["'<])*+""")
QUOTED = re.compile(rb""""[^"]*"|'[^']*'""")


@dataclass
class Table:
    """A table of a web page: its own rows, and the tables in their cells."""

    element: etree._Element
    rows: list[etree._Element] = field(default_factory=list)
    inner: list["Table"] = field(default_factory=list)

    @property
    def width(self) -> int:
        """Cells of the row with the most."""
        return max((sum(1 for _ in row.iterchildren("td", "th")) for row in self.rows), default=0)


def read_html(text: bytes) -> list[pd.DataFrame]:
    """Every table that lies in no table of data; a merged cell's value stands in its first cell."""
    _refuse_vast_page(text)
    parser = etree.HTMLParser(encoding="utf-8", no_network=True, huge_tree=False)
    try:
        root = etree.fromstring(text, parser)
    except etree.LxmlError:
        root = None
    # None of them is less than one sheet, and to count them takes a tenth of taking them apart.
    refuse_many_sheets(0 if root is None else int(OUTERMOST(root)))
    tables = [] if root is None else _tables(root)
    if not tables:
        raise RegistryError(N_("文件是网页（HTML），但里面没有表格；请导出为 XLSX 或 CSV 后再导入"))
    data = [found for table in tables for found in _data_tables(table)]
    refuse_many_sheets(len(data))
    return [_html_frame(table) for table in data]


def _refuse_vast_page(text: bytes) -> None:
    """A page whose making would fill the memory, or a tag whose attributes, compared with each
    other, would take hours."""
    refuse_many_tags(text.count(b"<"), MOST_PAGE_TAGS)
    for tag in TAG.finditer(text):
        if tag.end() - tag.start() > MOST_ATTRIBUTES:
            names = re.findall(rb"[^\s/]+", QUOTED.sub(b" ", tag.group()))
            if len(names) > MOST_ATTRIBUTES:
                raise RegistryError(
                    N_("网页里有一个标签的属性超过 {most} 个；请另存为 XLSX 或 CSV 后再导入"),
                    most=MOST_ATTRIBUTES,
                )


def _tables(root: etree._Element) -> list[Table]:
    """The outermost tables, with all that lie in them."""
    outermost = Table(root)
    path = [outermost]
    for event, element in etree.iterwalk(root, events=("start", "end"), tag=("table", "tr")):
        if element.tag == "tr":
            path[-1].rows += [element] if event == "start" else []
        elif event == "start":
            path[-1].inner.append(Table(element))
            path.append(path[-1].inner[-1])
        else:
            path.pop()
    return outermost.inner


def _data_tables(table: Table) -> Iterator[Table]:
    """The table, or the tables in its cells if it is too narrow and only lays them out."""
    wide = any(inner.width >= DATA_COLUMNS for inner in table.inner)
    if not wide or table.width >= DATA_COLUMNS:
        yield table
        return
    for inner in table.inner:
        yield from _data_tables(inner)


def _html_frame(table: Table) -> pd.DataFrame:
    grid = Grid()
    merged = Merged()
    for row, element in enumerate(table.rows):
        values: list[str | None] = []
        for cell in element.iterchildren("td", "th"):
            column = merged.free_column(row, len(values))
            across = min(_count(cell.get("colspan"), 1), MOST_COLUMNS)
            values += [None] * (column - len(values))
            values += [_html_text(cell)] + [None] * (across - 1)
            merged.take(row, column, across, _count(cell.get("rowspan"), 1))
        grid.place(row, 0, values)
    return grid.frame(TEXT_DTYPE)


class Merged:
    """Which columns merged cells from above cover, and down to which row."""

    def __init__(self) -> None:
        self.until: dict[int, int] = {}
        self.seen = 0

    def free_column(self, row: int, column: int) -> int:
        """The next column that no merged cell from above covers in this row."""
        start = column
        while self.until.get(column, 0) > row:
            column += 1
        refuse_many_columns(column)
        self._count(column - start)
        return column

    def take(self, row: int, column: int, across: int, down: int) -> None:
        if down > 1:
            self._count(across)
            self.until.update(dict.fromkeys(range(column, column + across), row + down))

    def _count(self, columns: int) -> None:
        self.seen += columns
        if self.seen > MOST_MERGED:
            raise RegistryError(
                N_("合并的单元格跨过 {most} 个以上的格；请取消合并后再导入"), most=MOST_MERGED
            )


def _count(word: str | None, least: int) -> int:
    """A number as written in markup; nonsense counts as the least one, as in browsers."""
    return max(int(word), least) if word and re.fullmatch(r"[0-9]{1,7}", word) else least


def _html_text(cell: etree._Element) -> str | None:
    """Visible text: source line breaks are spaces, <br> and block ends are line breaks."""
    # In a new element, as lxml writes no text of the file back that holds control characters.
    for element in cell.iter("br", "p", "div", "li"):
        etree.SubElement(element, "wbr").text = LINE_END
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
    merged = Merged()
    row = 0
    refuse_many_tags(text.count(b"<"))
    _refuse_endless_rows(text)
    for event, element in safe_elements(text, WORKSHEET, ROW):
        if event == "start" and element.tag == WORKSHEET:
            sheets.append((element.get(NAME, f"表{len(sheets) + 1}"), Grid()))
            refuse_many_sheets(len(sheets))
            merged, row = Merged(), 0
        elif event == "end" and element.tag == ROW and sheets:
            row = _index(element, row)
            _place_row(sheets[-1][1], merged, row, element)
            row += 1
            forget(element)
    return [(name, grid.frame()) for name, grid in sheets]


def _refuse_endless_rows(text: bytes) -> None:
    start = 0
    while len(text) - start > LONGEST_ROW:
        end = text.rfind(b"Row", start, start + LONGEST_ROW)
        refuse_many_columns(LONGEST_ROW if end < 0 else 0)
        start = end + 1


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


def _place_row(grid: Grid, merged: Merged, row: int, element: etree._Element) -> None:
    values: list[Any] = []
    for cell in element.iterchildren(CELL):
        column = merged.free_column(row, _index(cell, len(values)))
        values += [None] * (column - len(values))
        values.append(_typed_value(cell.find(DATA)))
        if cell.attrib:
            across = min(1 + _count(cell.get(ACROSS), 0), MOST_COLUMNS)
            values += [None] * (across - 1)
            merged.take(row, column, across, 1 + _count(cell.get(DOWN), 0))
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
