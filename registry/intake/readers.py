"""A log file in; its sheets out, with true row numbers. Knows nothing of headers.

The format is told by content, never by the file's ending: platforms name HTML
tables and Excel 2003 XML `.xls`. Whatever the bytes are, the outcome is a
Document or one RegistryError that names the file, what it is and what would be right.
"""

import io
import lzma
import pickle
import posixpath
import re
import struct
import subprocess
import sys
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import python_calamine as calamine
from lxml import etree

from registry.errors import RegistryError
from registry.intake.markup import (
    forget,
    moment,
    number,
    read_html,
    read_spreadsheetml,
    safe_elements,
    whole,
)
from registry.intake.text import (
    MOST_COLUMNS,
    Grid,
    decode_text,
    read_delimited,
    refuse_vast_range,
)
from registry.language import N_, Text


@dataclass(frozen=True)
class Sheet:
    """A sheet's cells: index i is spreadsheet row i + 1, column j its column j + 1.

    Up to the last used row and column, leading blank rows kept; an empty cell is
    missing. Text formats have pandas `str` columns (missing NaN); workbooks have
    object columns of str, int, float, bool, datetime and None.
    """

    name: str
    cells: pd.DataFrame


@dataclass(frozen=True)
class Document:
    """A file that could be read: csv, xlsx, xls, ods, html or spreadsheetml."""

    format: str
    encoding: str | None
    delimiter: str | None
    sheets: tuple[Sheet, ...]


MOST_UNZIPPED = 1 << 30
CHUNK = 1 << 20
LONGEST_TAG = 1 << 12
DAMAGED = N_("文件已损坏或不完整，无法读取；请重新导出为 XLSX 或 CSV 后再导入")
ENCRYPTED = N_("文件有密码保护（已加密）；请取消密码后另存为 XLSX 再导入")
EMPTY = N_("文件是空的；请导出有表头的 XLSX 或 CSV 后再导入")
OTHER_KIND = N_("文件是 {kind}，不是表格；请导出为 XLSX 或 CSV 后再导入")
NOT_A_TABLE = {
    b"%PDF": "PDF",
    b"\x89PNG": "PNG 图片",
    b"\xff\xd8\xff": "JPEG 图片",
    b"GIF8": "GIF 图片",
    b"{\\rtf": "RTF 文档",
    b"MIME-Version:": "单个文件网页（MHTML）",
}
ARCHIVES = {b"Rar!": "RAR", b"7z\xbc\xaf\x27\x1c": "7z", b"\x1f\x8b": "GZ"}
OLE2 = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
ZIP = (b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")
ZIP_FAULTS = (
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    struct.error,
    EOFError,
    NotImplementedError,
    OSError,
    OverflowError,
    RuntimeError,
    ValueError,
    KeyError,
)


def read_document(path: Path) -> Document:
    """The sheets of a file of any of the six formats.

    Raises RegistryError, one sentence with the file's name, for everything that
    is no table: another kind of file, an encrypted, damaged, vast or empty one.
    """
    try:
        return _read_bytes(path.read_bytes())
    except OSError as fault:
        raise RegistryError(
            N_("{file}：文件打不开（{error}）；请检查路径和权限"),
            file=path.name,
            error=fault.strerror,
        ) from None
    except RegistryError as fault:
        raise RegistryError(N_("{file}：{fault}"), file=path.name, fault=fault) from None


def _read_bytes(data: bytes) -> Document:
    if not data[:CHUNK].strip() and not data.strip():
        raise RegistryError(EMPTY)
    for magic, kind in NOT_A_TABLE.items():
        if data.startswith(magic):
            raise RegistryError(OTHER_KIND, kind=Text(kind))
    for magic, kind in ARCHIVES.items():
        if data.startswith(magic):
            raise RegistryError(
                N_("文件是 {kind} 压缩包，不是表格；请解压后导入其中的表格"), kind=kind
            )
    if data.startswith(OLE2):
        return _read_ole2(data)
    return _read_zip(data) if data.startswith(ZIP) else _read_text(data)


def _read_text(data: bytes) -> Document:
    encoding, text = decode_text(data)
    del data
    opening = text[:CHUNK].lstrip()
    for pattern, read in MARKUP.items():
        if re.match(pattern, opening, re.IGNORECASE | re.DOTALL):
            return read(encoding, text)
    if not opening and not text.strip():
        raise RegistryError(EMPTY)
    delimiter, cells = read_delimited(text)
    return Document("csv", encoding, delimiter, (Sheet("CSV", cells),))


def _spreadsheetml(encoding: str, text: bytes) -> Document:
    sheets = [Sheet(name, cells) for name, cells in read_spreadsheetml(text)]
    return Document("spreadsheetml", encoding, None, tuple(sheets))


def _html(encoding: str, text: bytes) -> Document:
    sheets = [Sheet(f"表{i}", cells) for i, cells in enumerate(read_html(text), start=1)]
    return Document("html", encoding, None, tuple(sheets))


def _other_xml(encoding: str, text: bytes) -> Document:
    raise RegistryError(N_("文件是 XML，但不是 Excel 2003 XML 表格；请导出为 XLSX 或 CSV 后再导入"))


MARKUP: dict[bytes, Callable[[str, bytes], Document]] = {
    rb"<(?=.*?<(?:\w+:)?Workbook\b)(?=.*?urn:schemas-microsoft-com:office:spreadsheet)": (
        _spreadsheetml
    ),
    rb"<(?:!doctype\s+html|html|head|body|meta|title|link|script|style|table|div|center|font)\b": (
        _html
    ),
    rb"<(?:h[1-6]|p|span|b|br|form|pre)\b.*?<table\b": _html,
    rb"<\?xml.*?<(?:html|table)\b": _html,
    rb"<!--.*?-->\s*<(?:html|head|body|meta|table|style|div)\b": _html,
    rb"<\?xml": _other_xml,
}


def _read_ole2(data: bytes) -> Document:
    """Streams are named in UTF-16 in the compound file's directory."""
    has = {name for name in OLE2_STREAMS if name.encode("utf-16-le") in data}
    if "EncryptedPackage" in has or PASSWORD_RECORD.search(data):
        raise RegistryError(ENCRYPTED)
    if not has & {"Workbook", "Book"}:
        kind = next((OLE2_STREAMS[name] for name in OLE2_STREAMS if name in has), "")
        raise RegistryError(OTHER_KIND, kind=Text(kind or N_("OLE2 文件")))
    return Document("xls", None, None, tuple(_xls_sheets(data)))


# On a damaged XLS calamine may ask for a terabyte, which ends its process beyond the
# reach of any `except`; hence a process of its own, with limits. XLSX is checked before.
XLS_SECONDS = 120
XLS_READER = """
import io, pickle, sys
import python_calamine as calamine
try:
    import resource
    resource.setrlimit(resource.RLIMIT_AS, (4 << 30, 4 << 30))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
except (ImportError, ValueError, OSError):
    pass
workbook = calamine.CalamineWorkbook.from_filelike(io.BytesIO(sys.stdin.buffer.read()))
sheets = []
for meta in workbook.sheets_metadata:
    if meta.typ == calamine.SheetTypeEnum.WorkSheet:
        sheet = workbook.get_sheet_by_name(meta.name)
        left = (sheet.start or (0, 0))[1]
        assert sheet.height * (left + sheet.width) <= 65536 * 256
        rows = [[] if set(row) <= {""} else row for row in sheet.iter_rows()]
        sheets.append((meta.name, left, rows))
pickle.dump(sheets, sys.stdout.buffer)
"""


def _xls_sheets(data: bytes) -> list[Sheet]:
    """Worksheets of a BIFF file. Error cells are empty: calamine does not tell their text."""
    command = [sys.executable, "-I", "-c", XLS_READER]
    try:
        child = subprocess.run(command, input=data, capture_output=True, timeout=XLS_SECONDS)
    except subprocess.TimeoutExpired:
        raise RegistryError(DAMAGED) from None
    if child.returncode:
        raise RegistryError(DAMAGED)
    return [Sheet(name, _frame(left, rows, {})) for name, left, rows in pickle.loads(child.stdout)]


# A BIFF8 workbook begins with a BOF record; a FILEPASS record after it means a password.
PASSWORD_RECORD = re.compile(
    rb"\x09\x08\x10\x00\x00\x06\x05\x00.{12}(?:\x86\x00\x00\x00)?\x2f\x00", re.DOTALL
)
OLE2_STREAMS = {
    "EncryptedPackage": "",
    "Workbook": "",
    "Book": "",
    "WordDocument": N_("Word 文档"),
    "PowerPoint Document": N_("PowerPoint 演示文稿"),
}


def _xlsx_sheets(
    data: bytes, errors: Callable[[str], dict[tuple[int, int], str]]
) -> Iterator[Sheet]:
    """All worksheets, hidden ones too; chart and macro sheets have no cells.

    A Rust panic arrives as a BaseException of its own kind, and only that is caught.
    """
    try:
        workbook = calamine.CalamineWorkbook.from_filelike(io.BytesIO(data))
        for meta in workbook.sheets_metadata:
            if meta.typ == calamine.SheetTypeEnum.WorkSheet:
                sheet = workbook.get_sheet_by_name(meta.name)
                left = (sheet.start or (0, 0))[1]
                yield Sheet(meta.name, _frame(left, sheet.iter_rows(), errors(meta.name)))
    except calamine.PasswordError:
        raise RegistryError(ENCRYPTED) from None
    except (calamine.CalamineError, OSError, ValueError, OverflowError):
        raise RegistryError(DAMAGED) from None
    except BaseException as fault:
        if type(fault).__name__ != "PanicException":
            raise
        raise RegistryError(DAMAGED) from None


def _frame(
    left: int, rows: Iterable[list[Any]], errors: dict[tuple[int, int], str]
) -> pd.DataFrame:
    """Rows from the first one on, columns from `left` on: so calamine delivers them.

    It leaves error cells empty; their texts are put back from `errors`.
    """
    grid = Grid()
    for row, cells in enumerate(rows):
        grid.place(row, left, [CELLS[type(cell)](cell) for cell in cells])
    for (row, column), text in errors.items():
        grid.place(row, column, [text])
    return grid.frame()


CELLS: dict[type, Callable[[Any], Any]] = {
    str: lambda cell: cell or None,
    bool: lambda cell: cell,
    int: lambda cell: cell,
    float: whole,
    datetime: lambda cell: cell,
    date: lambda cell: datetime(cell.year, cell.month, cell.day),  # noqa: DTZ001
    time: time.isoformat,
    timedelta: str,
}


def _read_zip(data: bytes) -> Document:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            _check_archive(archive)
            return _zip_reader(archive)(archive, data)
    except (*ZIP_FAULTS, etree.LxmlError):
        raise RegistryError(DAMAGED) from None


def _check_archive(archive: zipfile.ZipFile) -> None:
    """Refuses what is encrypted, would unpack to more than 1 GiB, or is damaged."""
    members = archive.infolist()
    if any(member.flag_bits & 1 for member in members):
        raise RegistryError(ENCRYPTED)
    if sum(member.file_size for member in members) > MOST_UNZIPPED:
        raise RegistryError(N_("文件解压后超过 1 GB，不予读取；请分成几个文件后再导入"))
    if archive.testzip():
        raise RegistryError(DAMAGED)


def _zip_reader(archive: zipfile.ZipFile) -> Callable[[zipfile.ZipFile, bytes], Document]:
    names = {name.replace("\\", "/").lower() for name in archive.namelist()}
    if "xl/workbook.xml" in names:
        return _read_xlsx
    if _mimetype(archive).startswith("application/vnd.oasis.opendocument.spreadsheet"):
        return _read_ods
    kind = next((kind for part, kind in ZIP_KINDS.items() if part in names), None)
    if kind:
        raise RegistryError(OTHER_KIND, kind=Text(kind))
    raise RegistryError(N_("文件是 ZIP 压缩包，里面没有工作簿；请解压后导入其中的表格"))


ZIP_KINDS = {
    "word/document.xml": N_("Word 文档"),
    "ppt/presentation.xml": N_("PowerPoint 演示文稿"),
    "xl/workbook.bin": N_("XLSB 二进制工作簿"),
    "ofd.xml": N_("OFD 文档"),
    "content.xml": N_("OpenDocument 文档"),
}


def _mimetype(archive: zipfile.ZipFile) -> str:
    if "mimetype" not in archive.namelist():
        return ""
    return archive.read("mimetype").decode("ascii", "replace").strip()


def _read_xlsx(archive: zipfile.ZipFile, data: bytes) -> Document:
    errors = {
        name: _scan_part(archive, name)
        for name in archive.namelist()
        if re.match(r"xl/(?!sharedStrings).*\.xml$", name, re.IGNORECASE)
    }
    paths = _sheet_paths(archive)
    sheets = _xlsx_sheets(data, lambda name: errors.get(paths.get(name, ""), {}))
    return Document("xlsx", None, None, tuple(sheets))


def _sheet_paths(archive: zipfile.ZipFile) -> dict[str, str]:
    """Sheet name to the part of the archive that holds it."""
    if "xl/_rels/workbook.xml.rels" not in archive.namelist():
        return {}
    targets = {
        link.get("Id"): posixpath.normpath(posixpath.join("/xl", link.get("Target", "")))[1:]
        for _, link in safe_elements(archive.read("xl/_rels/workbook.xml.rels"), "{*}Relationship")
    }
    return {
        sheet.get("name", ""): targets.get(_relation(sheet), "")
        for _, sheet in safe_elements(archive.read("xl/workbook.xml"), "{*}sheet")
    }


def _relation(sheet: etree._Element) -> str | None:
    return next((value for key, value in sheet.attrib.items() if key.endswith("}id")), None)


# Below column AV even a full sheet stays under the limit, so only a wider cell, a row
# of seven digits or a cell without an address needs the exact (and slow) look.
# Three patterns, each with a literal beginning, are searched ten times faster than one.
SUSPICIOUS = (
    re.compile(
        rb"""r="(?:(?:[Aa][V-Zv-z]|[B-Zb-z][A-Za-z]|[A-Za-z]{3,})[0-9]|[A-Za-z]*[0-9]{7,}")"""
    ),
    re.compile(rb"""<(?:c|row)(?! r=")[\s>/](?=....)""", re.DOTALL),
    re.compile(rb"<[A-Za-z]\w*:(?:c|row)[\s>/]"),
)
ERROR_CELL = re.compile(
    rb"""<(?:\w+:)?c\b(?=[^>]*\bt="e")[^>]*\br="([A-Z]+)([0-9]+)"[^>]*>"""
    rb"""(?:(?!</(?:\w+:)?c>).){0,2000}?<(?:\w+:)?v>([^<]*)<""",
    re.DOTALL,
)


def _scan_part(archive: zipfile.ZipFile, name: str) -> dict[tuple[int, int], str]:
    """Texts of a sheet's error cells by position; raises if its used range is vast.

    Calamine allots the whole rectangle up to the last used cell, and would take the
    machine with it.
    """
    errors = {}
    suspicious = False
    for chunk in _chunks(archive, name):
        suspicious = suspicious or any(pattern.search(chunk) for pattern in SUSPICIOUS)
        if b't="e"' in chunk:
            for letters, row, text in ERROR_CELL.findall(chunk):
                errors[int(row) - 1, _column(letters.decode())] = text.decode("utf-8", "replace")
    if suspicious:
        with archive.open(name) as part:
            refuse_vast_range(*_used_range(part))
    return errors


def _chunks(archive: zipfile.ZipFile, name: str) -> Iterator[bytes]:
    """A part piece by piece; each begins with the end of the one before, where a tag may lie."""
    before = b""
    with archive.open(name) as part:
        while piece := part.read(CHUNK):
            yield before + piece
            before = piece[-LONGEST_TAG:]


def _column(letters: str) -> int:
    """Zero-based column: A is 0, XFD is 16383."""
    column = 0
    for letter in letters.upper():
        column = column * 26 + ord(letter) - ord("A") + 1
    return column - 1


def _used_range(part: Any) -> tuple[int, int]:
    """Height and width of the rectangle from A1 to the last cell with a value."""
    row = column = -1
    height = width = 0
    for event, element in safe_elements(part, "{*}row", "{*}c"):
        address = re.fullmatch(r"([A-Za-z]*)([0-9]+)", element.get("r", ""))
        if event == "start" and element.tag.endswith("row"):
            row, column = int(address[2]) - 1 if address else row + 1, -1
        elif event == "end" and element.tag.endswith("}c"):
            column = _column(address[1]) if address else column + 1
            if len(element):
                here = int(address[2]) if address else row + 1
                height, width = max(height, here), max(width, column + 1)
        if event == "end":
            forget(element)
    return height, width


OFFICE = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}"
TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
TEXT = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"


def _read_ods(archive: zipfile.ZipFile, data: bytes) -> Document:
    manifest = "META-INF/manifest.xml"
    if manifest in archive.namelist() and b"encryption-data" in archive.read(manifest):
        raise RegistryError(ENCRYPTED)
    with archive.open("content.xml") as content:
        return Document("ods", None, None, tuple(_ods_sheets(content)))


def _ods_sheets(content: Any) -> list[Sheet]:
    """Read here and not by calamine, which would unfold every repeated cell."""
    sheets: list[tuple[str, Grid]] = []
    row = 0
    for event, element in safe_elements(content, f"{TABLE}table", f"{TABLE}table-row"):
        if event == "start" and element.tag == f"{TABLE}table":
            sheets.append((element.get(f"{TABLE}name", ""), Grid()))
            row = 0
        elif event == "end" and element.tag == f"{TABLE}table-row":
            row = _place_ods_row(sheets[-1][1], row, element)
            forget(element)
    return [Sheet(name, grid.frame()) for name, grid in sheets]


def _place_ods_row(grid: Grid, row: int, element: etree._Element) -> int:
    """Places a row as often as it is repeated; returns the number of the next one."""
    cells: list[tuple[int, list[Any]]] = []
    column = 0
    for cell in element.iterchildren(f"{TABLE}table-cell", f"{TABLE}covered-table-cell"):
        times = _repeats(cell, "columns")
        value = None if cell.tag.endswith("covered-table-cell") else _ods_value(cell)
        if value is not None:
            cells.append((column, [value] * min(times, MOST_COLUMNS)))
        column += times
    after = row + _repeats(element, "rows")
    for at in range(row, after if cells else row):
        for column, values in cells:
            grid.place(at, column, values)
    return after


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
        spaces = int(element.get(f"{TEXT}c", "1")) if element.tag == f"{TEXT}s" else 0
        parts += [BREAKS.get(element.tag, " " * spaces), element.text or "", element.tail or ""]
    return "".join(parts)


BREAKS = {f"{TEXT}tab": "\t", f"{TEXT}line-break": "\n"}
