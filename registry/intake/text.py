"""Files that are text: bytes in; tables with true row numbers out.

Delimited text, and the grid of cells that other formats fill. Everything works
on UTF-8 bytes, into which `decode_text` turns whatever encoding the file has.
"""

import codecs
import csv
import io
import re
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from itertools import islice
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv

from registry.errors import RegistryError
from registry.intake.limits import (
    LONGEST_CELL,
    LONGEST_ROW,
    MEGABYTE,
    MOST_CELLS,
    endless_cell,
    refuse_many_columns,
    refuse_many_rows,
    refuse_vast_range,
)
from registry.invisible import MARK
from registry.language import N_

BINARY = N_("文件是二进制数据，不是表格；请导出为 XLSX 或 CSV 后再导入")
HEAD_RECORDS = 30
CHUNK_RECORDS = 50_000
TEXT_DTYPE: Any = pd.StringDtype("pyarrow", na_value=np.nan)
GUARD = '(?s)^="(.*)"$'
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
    decoder = codecs.getincrementaldecoder(encoding)()
    starts = range(0, len(data), MEGABYTE)
    try:
        # Piece by piece: a copy as Python's text would take four bytes a sign.
        pieces = [decoder.decode(data[at : at + MEGABYTE]).encode() for at in starts]
        return b"".join([*pieces, decoder.decode(b"", final=True).encode()])
    except UnicodeDecodeError:
        data.decode(encoding)  # which knows the place in the whole
        raise


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
            "第 {row} 行附近（第 {place} 个字节 0x{byte:02X}）"
            "既不是 UTF-8 也不是 GB18030 编码；请另存为 UTF-8 编码的 CSV 后再导入"
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
    _refuse_long_lines(text)
    with _cell_limit():
        delimiter = find_delimiter(text)
        _refuse_many_cells(text, delimiter)
        head, offset = _split_head(text, delimiter)
        chunks = [_arrow_table(head)]
        rest = memoryview(text)[offset:]
        if rest:
            regular = read_regular(rest, delimiter, _last_width(head))
            chunks += [regular] if regular is not None else read_ragged(rest, delimiter)
    # In '="0123"' a formula keeps a spreadsheet from taking text for a number.
    return delimiter, _text_frame(_unguarded(chunks) if b'="' in text else chunks)


def _refuse_long_lines(text: bytes) -> None:
    """The csv module makes a list of a whole line before anybody can count its cells."""
    start = 0
    while len(text) - start > LONGEST_ROW:
        end = max(text.rfind(sign, start, start + LONGEST_ROW) for sign in (b"\n", b"\r"))
        if end < 0:
            raise _endless_record(text.count(b"\n", 0, start) + 1)
        start = end + 1


def _endless_record(line: int) -> RegistryError:
    return RegistryError(
        N_(
            "第 {line} 行起有 {most} MB 没有换行，不是表格的一行；请重新导出为 XLSX 或 CSV 后再导入"
        ),
        line=line,
        most=LONGEST_ROW // MEGABYTE,
    )


def _refuse_many_cells(text: bytes, delimiter: str) -> None:
    if text.count(delimiter.encode()) + text.count(b"\n") > MOST_CELLS:
        raise RegistryError(
            N_("表格超过 {most} 个单元格；请按月份分成几个文件后再导入"), most=MOST_CELLS
        )


def _unguarded(chunks: list[pa.Table]) -> list[pa.Table]:
    return [
        pa.table(
            [pc.replace_substring_regex(column, GUARD, r"\1") for column in chunk.columns],
            names=chunk.column_names,
        )
        for chunk in chunks
    ]


def find_delimiter(text: bytes) -> str:
    """The delimiter under which most of the first records have one width above 1."""
    named = re.match(rb'"?sep=([,;\t])"?\r?\n', text)
    if named:
        return named.group(1).decode()
    sample = text[:MEGABYTE].decode("utf-8", "ignore").encode()
    return max(DELIMITERS, key=lambda delimiter: _consistency(sample, delimiter))


def _consistency(sample: bytes, delimiter: str) -> tuple[int, int]:
    widths = Counter[int]()
    # What is one endless cell under a delimiter may be many under the right one.
    with suppress(csv.Error):
        widths.update(map(len, islice(_records(sample, delimiter), HEAD_RECORDS)))
    return max(((n, width) for width, n in widths.items() if width > 1), default=(0, 0))


def _records(text: bytes | memoryview, delimiter: str) -> Iterator[list[str]]:
    """Records one by one. Raises RegistryError for one that goes on over line after line."""
    lines = _Lines(text)
    for record in csv.reader(lines, delimiter=delimiter):
        lines.since_record = 0
        yield record


class _Lines:
    """The lines of a text; how many bytes have been read, in all and since the last record."""

    def __init__(self, text: bytes | memoryview) -> None:
        self.lines = io.TextIOWrapper(io.BytesIO(text), "utf-8", newline="")
        self.read = self.since_record = 0

    def __iter__(self) -> Iterator[str]:
        for number, line in enumerate(self.lines, start=1):
            size = len(line.encode())
            self.read += size
            self.since_record += size
            if self.since_record > LONGEST_ROW:
                raise _endless_record(number)
            yield line


def _split_head(text: bytes, delimiter: str) -> tuple[list[list[str]], int]:
    """The first records and the byte at which the next one begins."""
    lines = _Lines(text)
    records = _named_cells(csv.reader(lines, delimiter=delimiter))
    return list(islice(records, HEAD_RECORDS)), lines.read


def _last_width(records: list[list[str]]) -> int:
    return next((len(record) for record in reversed(records) if record), 0)


def _named_cells(records: Iterator[list[str]]) -> Iterator[list[str]]:
    try:
        yield from records
    except csv.Error:
        raise RegistryError(
            N_("有一个单元格超过 {most} 个字符，多半是引号没有配对；请改正后再导入"),
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
    refuse_many_columns(width)
    refuse_vast_range(len(records), width, sum(map(len, records)))
    padded = (record + [""] * (width - len(record)) for record in records)
    columns = list(zip(*padded, strict=True))
    # A table without columns would forget how many rows it has.
    columns = columns or [("",) * len(records)]
    arrays = [pa.array([cell or None for cell in column], pa.large_string()) for column in columns]
    return pa.table(arrays, names=[str(column) for column in range(len(arrays))])


def _text_frame(chunks: list[pa.Table]) -> pd.DataFrame:
    """Chunks below one another, the narrower ones padded, cut to the used range."""
    height = sum(chunk.num_rows for chunk in chunks)
    refuse_many_rows(height)
    filled = sum(chunk.num_rows * chunk.num_columns for chunk in chunks)
    refuse_vast_range(height, max(chunk.num_columns for chunk in chunks), filled)
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
        self.height = self.width = self.filled = 0

    def place(self, row: int, column: int, values: list[Any]) -> None:
        """Puts values side by side from `column` on; nothing is done if all are None."""
        used = next((i for i in range(len(values), 0, -1) if values[i - 1] is not None), 0)
        if not used:
            return
        for at, value in enumerate(values):
            if type(value) is str and (len(value) > LONGEST_CELL or "\0" in value):
                if len(value) > LONGEST_CELL:
                    raise endless_cell(row + 1)
                values[at] = value.replace("\0", MARK)  # no database holds it
        end = column + used
        self.height = max(self.height, row + 1)
        self.width = max(self.width, end)
        self.filled += used - values[:used].count(None)
        refuse_vast_range(self.height, self.width)
        cells = self.rows.setdefault(row, [])
        cells += [None] * (end - len(cells))
        cells[column:end] = values[:used]

    def frame(self, dtype: Any = object) -> pd.DataFrame:
        """The used range as a table, `object` or a text dtype."""
        refuse_vast_range(self.height, self.width, self.filled)
        values = np.full((self.height, self.width), None, dtype=object)
        for row, cells in self.rows.items():
            values[row, : len(cells)] = cells
        return pd.DataFrame(values, dtype=object).astype(dtype)
