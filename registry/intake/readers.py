"""A log file in; its sheets out, with true row numbers. Knows nothing of headers.

The format is told by content, never by the file's ending: platforms name HTML
tables and Excel 2003 XML `.xls`. Whatever the bytes are, the outcome is a
Document or one RegistryError that names the file, what it is and what would be right.
"""

import lzma
import re
import struct
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
from lxml import etree

from registry.errors import RegistryError
from registry.intake.archive import opened, plain_path
from registry.intake.limits import DAMAGED, EMPTY, ENCRYPTED, MEGABYTE, content, shown
from registry.intake.markup import read_html, read_spreadsheetml
from registry.intake.ods import read_ods
from registry.intake.text import decode_text, read_delimited
from registry.intake.workbook import Limits, read_workbook
from registry.intake.xlsx import cell_frame, read_xlsx
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
    data = content(path)
    try:
        return _read_bytes(data)
    except RegistryError as fault:
        raise RegistryError(N_("{file}：{fault}"), file=shown(path), fault=fault) from None


def _read_bytes(data: bytes) -> Document:
    if not data[:MEGABYTE].strip() and not data.strip():
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
    opening = text[:MEGABYTE].lstrip()
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
    tables = read_html(text)
    sheets = [Sheet(f"表{i}", cells) for i, cells in enumerate(tables, start=1)]
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


OF_XLS = Limits(memory=1 << 30, processor_seconds=9, cells=65_536 * 256, seconds=60)


def _xls_sheets(data: bytes) -> list[Sheet]:
    """Worksheets of a BIFF file. Error cells are empty: calamine does not tell their text."""
    found = read_workbook(data, OF_XLS, lambda _name, left, rows: cell_frame(left, rows, {}))
    return [Sheet(name, cells) for name, cells in found]


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


def _read_zip(data: bytes) -> Document:
    try:
        with opened(data) as archive:
            kind = _kind(archive)
            sheets = ZIP_READERS[kind](archive, data)
            return Document(kind, None, None, tuple(Sheet(*sheet) for sheet in sheets))
    except (*ZIP_FAULTS, etree.LxmlError):
        raise RegistryError(DAMAGED) from None


ZIP_READERS = {"xlsx": read_xlsx, "ods": read_ods}


def _kind(archive: zipfile.ZipFile) -> str:
    """The format of a workbook in an archive; raises RegistryError where there is none."""
    names = set(map(plain_path, archive.namelist()))
    if "xl/workbook.xml" in names:
        # What calamine cannot read as XLSX it tries as one of these, and unfolds as it goes.
        if any(name == "mimetype" or name.endswith("workbook.bin") for name in names):
            raise RegistryError(DAMAGED)
        return "xlsx"
    if _mimetype(archive).startswith("application/vnd.oasis.opendocument.spreadsheet"):
        return "ods"
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
    with archive.open("mimetype") as part:
        return part.read(MEGABYTE).decode("ascii", "replace").strip()
