"""Files that are text: bytes in; tables with true row numbers out.

Delimited text, HTML tables and SpreadsheetML 2003. Everything works on UTF-8
bytes, into which `decode_text` turns whatever encoding the file has.
"""

import codecs
import csv
import io
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from itertools import islice
from typing import IO, Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv
from lxml import etree

from registry.errors import RegistryError
from registry.language import N_

LONGEST_CELL = 1 << 20
BINARY = N_("文件是二进制数据,不是表格;请导出为 XLSX 或 CSV 后再导入")
MOST_CELLS = 50_000_000
MOST_COLUMNS = 16_384
HEAD_RECORDS = 30
CHUNK_RECORDS = 50_000
TEXT_DTYPE: Any = pd.StringDtype("pyarrow", na_value=np.nan)
DELIMITERS = (",", "\t", ";")

BOMS = {
    codecs.BOM_UTF8: "utf-8",
    codecs.BOM_UTF16_LE: "utf-16-le",
    codecs.BOM_UTF16_BE: "utf-16-be",
}
CHARSETS = {
    "utf-8": "utf-8",
    "utf8": "utf-8",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "gb18030": "gb18030",
    "x-gbk": "gb18030",
    "cp936": "gb18030",
    "big5": "big5",
}
CHARSET = re.compile(rb"""(?:charset|encoding)\s*=\s*["']?\s*([A-Za-z0-9_-]+)""")
SAFE_XML: dict[str, Any] = {
    "resolve_entities": False,
    "no_network": True,
    "load_dtd": False,
    "huge_tree": False,
}


def decode_text(data: bytes) -> tuple[str, bytes]:
    """Encoding and the text as UTF-8 without a byte order mark.

    A declared charset is believed only if the bytes agree with it: platforms
    write `gb2312` above UTF-8 and the other way round.
    """
    for bom, encoding in BOMS.items():
        if data.startswith(bom):
            return encoding, _as_utf8(data[len(bom) :], encoding)
    wide = _utf16_without_bom(data)
    if wide:
        return wide, _as_utf8(data, wide)
    if b"\0" in data:
        raise RegistryError(BINARY)
    return _narrow_text(data)


def _narrow_text(data: bytes) -> tuple[str, bytes]:
    failures: list[UnicodeDecodeError] = []
    for encoding in dict.fromkeys([*_declared_charset(data), "utf-8", "gb18030"]):
        try:
            return encoding, _transcoded(data, encoding)
        except UnicodeDecodeError as failure:
            failures.append(failure)
    raise _undecodable(data, max(failures, key=lambda failure: failure.start))


def _as_utf8(data: bytes, encoding: str) -> bytes:
    try:
        text = _transcoded(data, encoding)
    except UnicodeDecodeError as failure:
        raise _undecodable(data, failure) from None
    if b"\0" in text:
        raise RegistryError(BINARY)
    return text


def _transcoded(data: bytes, encoding: str) -> bytes:
    if encoding == "utf-8" and _is_utf8(data):
        return data
    return data.decode(encoding).encode("utf-8")


def _is_utf8(data: bytes) -> bool:
    """Arrow checks 100 MB in a few milliseconds and builds no second copy of the text."""
    ends = pa.array([0, len(data)], pa.int64()).buffers()[1]
    whole = pa.Array.from_buffers(pa.large_string(), 1, [None, ends, pa.py_buffer(data)])
    try:
        whole.validate(full=True)
    except pa.ArrowInvalid:
        return False
    return True


def _declared_charset(data: bytes) -> list[str]:
    if not data.lstrip().startswith(b"<"):
        return []
    names = [name.decode().lower() for name in CHARSET.findall(data[:8192])]
    return [CHARSETS[name] for name in names if name in CHARSETS]


def _utf16_without_bom(data: bytes) -> str | None:
    """In UTF-16 the zero bytes of commas and digits all stand on the same side."""
    sample = data[:65536]
    even, odd = sample[::2].count(0), sample[1::2].count(0)
    if len(data) % 2 or not (even or odd) or (even and odd):
        return None
    encoding = "utf-16-le" if odd else "utf-16-be"
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError:
        return None
    return None if re.search("[\0-\x08\x0e-\x1f]", text) else encoding


def _undecodable(data: bytes, failure: UnicodeDecodeError) -> RegistryError:
    row = data.count(b"\n", 0, failure.start) + 1
    return RegistryError(
        N_(
            "第 {row} 行附近(第 {place} 个字节 0x{byte:02X})"
            "既不是 UTF-8 也不是 GB18030 编码;请另存为 UTF-8 编码的 CSV 后再导入"
        ),
        row=row,
        place=failure.start + 1,
        byte=data[failure.start],
    )


def read_delimited(text: bytes) -> tuple[str, pd.DataFrame]:
    """Delimiter and table of UTF-8 text; all columns `str`, a missing cell is NaN.

    Titles above the header make the first records ragged, so these go through
    the csv module; Arrow takes the rest if it is regular, the csv module if not.
    """
    with _cell_limit():
        delimiter = find_delimiter(text)
        head, offset = _split_head(text, delimiter)
        chunks = [_arrow_table(head)]
        rest = memoryview(text)[offset:]
        if rest:
            regular = read_regular(rest, delimiter, _last_width(head))
            chunks += [regular] if regular is not None else read_ragged(rest, delimiter)
    return delimiter, _text_frame(chunks)


def find_delimiter(text: bytes) -> str:
    """The delimiter under which most of the first records have one width above 1."""
    named = re.match(rb'"?sep=([,;\t])"?\r?\n', text)
    if named:
        return named.group(1).decode()
    sample = text[:LONGEST_CELL].decode("utf-8", "ignore").encode()
    return max(DELIMITERS, key=lambda delimiter: _consistency(sample, delimiter))


def _consistency(sample: bytes, delimiter: str) -> tuple[int, int]:
    widths = Counter(map(len, islice(_records(sample, delimiter), HEAD_RECORDS)))
    return max(((n, width) for width, n in widths.items() if width > 1), default=(0, 0))


def _records(text: bytes | memoryview, delimiter: str) -> Iterator[list[str]]:
    return csv.reader(_lines(text), delimiter=delimiter)


def _lines(text: bytes | memoryview) -> Iterable[str]:
    return io.TextIOWrapper(io.BytesIO(text), "utf-8", newline="")


def _split_head(text: bytes, delimiter: str) -> tuple[list[list[str]], int]:
    """The first records and the byte at which the next one begins."""
    consumed = 0

    def counted() -> Iterator[str]:
        nonlocal consumed
        for line in _lines(text):
            consumed += len(line.encode())
            yield line

    head = list(islice(_named_cells(csv.reader(counted(), delimiter=delimiter)), HEAD_RECORDS))
    return head, consumed


def _last_width(records: list[list[str]]) -> int:
    return next((len(record) for record in reversed(records) if record), 0)


def _named_cells(records: Iterator[list[str]]) -> Iterator[list[str]]:
    try:
        yield from records
    except csv.Error:
        raise RegistryError(
            N_("有一个单元格超过 {most} 个字符,多半是引号没有配对;请改正后再导入"),
            most=LONGEST_CELL,
        ) from None


@contextmanager
def _cell_limit() -> Iterator[None]:
    before = csv.field_size_limit(LONGEST_CELL)
    try:
        yield
    finally:
        csv.field_size_limit(before)


def read_regular(text: bytes | memoryview, delimiter: str, width: int) -> pa.Table | None:
    """Text of one width (blank lines allowed) by Arrow; None if it is not regular.

    A text with a cell above the limit counts as irregular: the csv module reports it.
    """
    if width == 0:
        return None
    names = [str(column) for column in range(width)]
    try:
        table = pa_csv.read_csv(
            pa.BufferReader(pa.py_buffer(text)),
            pa_csv.ReadOptions(column_names=names, block_size=16 << 20),
            pa_csv.ParseOptions(
                delimiter=delimiter, newlines_in_values=True, ignore_empty_lines=False
            ),
            pa_csv.ConvertOptions(
                check_utf8=False,  # decode_text has done it
                column_types=dict.fromkeys(names, pa.large_string()),
                strings_can_be_null=True,
                quoted_strings_can_be_null=True,
                null_values=[""],
            ),
        )
    except pa.ArrowInvalid:
        return None
    return None if _has_endless_cell(table) else table


def _has_endless_cell(table: pa.Table) -> bool:
    longest = [pc.max(pc.binary_length(column)).as_py() or 0 for column in table.columns]
    return max(longest) > LONGEST_CELL


def read_ragged(text: bytes | memoryview, delimiter: str) -> list[pa.Table]:
    """The same text record by record, in chunks: short records are padded."""
    records = _named_cells(_records(text, delimiter))
    chunks = iter(lambda: list(islice(records, CHUNK_RECORDS)), [])
    return [_arrow_table(chunk) for chunk in chunks]


def _arrow_table(records: list[list[str]]) -> pa.Table:
    width = max(map(len, records), default=0)
    padded = (record + [""] * (width - len(record)) for record in records)
    columns = list(zip(*padded, strict=True))
    # A table without columns would forget how many rows it has.
    columns = columns or [("",) * len(records)]
    arrays = [pa.array([cell or None for cell in column], pa.large_string()) for column in columns]
    return pa.table(arrays, names=[str(column) for column in range(len(arrays))])


def _text_frame(chunks: list[pa.Table]) -> pd.DataFrame:
    """Chunks below one another, the narrower ones padded, cut to the used range."""
    table = pa.concat_tables(chunks, promote_options="default")
    filled = [i for i, column in enumerate(table.columns) if column.null_count < len(column)]
    columns = table.columns[: max(filled, default=-1) + 1]
    height = max(map(_used_height, columns), default=0)
    arrays = {
        i: TEXT_DTYPE.__from_arrow__(column.slice(0, height)) for i, column in enumerate(columns)
    }
    return pd.DataFrame(arrays, index=pd.RangeIndex(height), columns=pd.RangeIndex(len(columns)))


def _used_height(column: pa.ChunkedArray) -> int:
    end = len(column)
    for chunk in reversed(column.chunks):
        filled = np.flatnonzero(chunk.is_valid().to_numpy(zero_copy_only=False))
        if filled.size:
            return end - len(chunk) + int(filled[-1]) + 1
        end -= len(chunk)
    return 0


class Grid:
    """Cells placed one by one at zero-based positions; rows never used take no memory."""

    def __init__(self) -> None:
        self.rows: dict[int, list[Any]] = {}
        self.height = self.width = 0

    def place(self, row: int, column: int, values: list[Any]) -> None:
        """Puts values side by side from `column` on; nothing is done if all are None."""
        used = next((i for i in range(len(values), 0, -1) if values[i - 1] is not None), 0)
        if not used:
            return
        end = column + used
        self.height = max(self.height, row + 1)
        self.width = max(self.width, end)
        refuse_vast_range(self.height, self.width)
        cells = self.rows.setdefault(row, [])
        cells += [None] * (end - len(cells))
        cells[column:end] = values[:used]

    def frame(self, dtype: Any = object) -> pd.DataFrame:
        """The used range as a table, `object` or a text dtype."""
        values = np.full((self.height, self.width), None, dtype=object)
        for row, cells in self.rows.items():
            values[row, : len(cells)] = cells
        return pd.DataFrame(values, dtype=object).astype(dtype)


def refuse_vast_range(height: int, width: int) -> None:
    """A stray value in the last corner of a sheet would fill the memory with nothing."""
    if height * width > MOST_CELLS:
        raise RegistryError(
            N_(
                "工作表的已用区域有 {height} 行 × {width} 列,多半是远处有一个多余的值;"
                "请删除表格右侧和下方的多余内容后再导入"
            ),
            height=height,
            width=width,
        )


STRING_VALUE = etree.XPath("string()")
TABLES = etree.XPath("//table[not(ancestor::table)]")
ROWS = etree.XPath(".//tr[count(ancestor::table) = 1]")
LINE_END = "\u2028"


def read_html(text: bytes) -> list[pd.DataFrame]:
    """Every table that lies in no other table; a merged cell's value stands in its first cell."""
    parser = etree.HTMLParser(encoding="utf-8", no_network=True, huge_tree=False)
    try:
        root = etree.fromstring(text, parser)
    except etree.LxmlError:
        root = None
    tables = [] if root is None else TABLES(root)
    if not tables:
        raise RegistryError(N_("文件是网页(HTML),但里面没有表格;请导出为 XLSX 或 CSV 后再导入"))
    return [_html_frame(table) for table in tables]


def _html_frame(table: etree._Element) -> pd.DataFrame:
    grid = Grid()
    taken: dict[int, int] = {}
    for row, element in enumerate(ROWS(table)):
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
                raise RegistryError(
                    N_("文件里的 XML 含有文档类型定义,不予读取;请另存为 XLSX 后再导入")
                )
            yield event, element
    except etree.LxmlError:
        raise RegistryError(N_("文件里的 XML 已损坏或不完整;请重新导出为 XLSX 后再导入")) from None


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
