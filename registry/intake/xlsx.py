"""XLSX: an open archive in; the cells of its worksheets out.

Calamine reads them, and allots the whole rectangle up to the last used cell and a text for every
cell that names a shared one. So each part is looked through first, whatever its name: a workbook's
own directory says where its sheets are, and may say anything.
"""

import posixpath
import re
import zipfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
from lxml import etree

from registry.errors import RegistryError
from registry.intake.archive import chunks, plain_path
from registry.intake.limits import (
    DAMAGED,
    MEGABYTE,
    MOST_CELLS,
    refuse_many_sheets,
    refuse_many_tags,
    refuse_vast_range,
)
from registry.intake.markup import safe_elements, whole
from registry.intake.text import Grid
from registry.intake.workbook import Limits, read_workbook
from registry.language import N_

Errors = dict[tuple[int, int], str]
"""Texts of error cells by position, which calamine leaves empty."""

LONGEST_DIRECTORY = 16 * MEGABYTE
TAGS_OF_A_CELL = 4
FEW_CELLS = 100_000
"""Of so few it is known where each of them lies."""

ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
LETTERS, NARROW = len(ALPHABET), 47
"""Columns of one letter; columns up to AU."""

OF_XLSX = Limits(memory=4 << 30, processor_seconds=300, cells=MOST_CELLS, seconds=900)
MOST_TEXT = 512 * MEGABYTE
"""Bytes of all texts, each counted as often as a cell shows it."""

# Below column AV a sheet whose rows have six digits or fewer is measured by numbers alone; a wider
# cell, a row of seven digits or a cell without an address needs the exact (and slow) look.
# Three patterns, each with a literal beginning, are searched ten times faster than one.
SUSPICIOUS = (
    re.compile(
        rb"""r="(?:(?:[Aa][V-Zv-z]|[B-Zb-z][A-Za-z]|[A-Za-z]{3,})[0-9]|[A-Za-z]*[0-9]{7,}")"""
    ),
    re.compile(rb"""<(?:c|row)(?! r=")[\s>/](?=....)""", re.DOTALL),
    re.compile(rb"<[A-Za-z]\w*:(?:c|row)[\s>/]"),
)
SIX_DIGITS = re.compile(rb"""r="[A-Za-z]*[1-9][0-9]{5}\"""")
# No value of an attribute holds an angle bracket, so that no search runs past the next one.
ERROR_CELL = re.compile(
    rb"""<(?:\w+:)?c\b(?=[^<>]*\bt="e")[^<>]*\br="([A-Z]+)([0-9]+)"[^<>]*>"""
    rb"""(?:<(?:\w+:)?f\b[^<>]*>[^<]*(?:</(?:\w+:)?f>)?)?<(?:\w+:)?v>([^<]*)<"""
)
ELEMENT = re.compile(
    rb"""<(?:\w+:)?(?P<kind>row|c)\b(?P<names>(?:[^<>"']|"[^<"]*"|'[^<']*')*+)>(?P<ends></)?"""
)
ADDRESS = re.compile(rb"""(?<![\w:])r\s*=\s*["']([A-Za-z]*)([0-9]+)["']""")
STRING_END = re.compile(rb"</(?:\w+:)?si\s*>|<(?:\w+:)?si\s*/>")
STRING_CELLS = (b'"s"', b"'s'")
STRING_NUMBER = re.compile(
    rb"""\bt\s*=\s*["']s["'][^<]*(?:<(?!(?:\w+:)?v\b)[^<]*){0,4}<(?:\w+:)?v\b[^<>]*>\s*([0-9]{1,9})"""
)
SHARED_STRINGS = re.compile(r"(?:.*/)?sharedstrings\.xml")
"""In whichever folder, as a package may say that its workbook lies elsewhere than in xl."""


@dataclass
class Part:
    """What a part of the archive holds, as far as that can be told without reading it."""

    errors: Errors = field(default_factory=dict)
    suspicious: bool = False
    cells: int = 0
    rows: int = 0
    """No cell lies below, if nothing is suspicious; 0 where no row has six digits."""

    columns: int = 0
    string_cells: int = 0


def read_xlsx(archive: zipfile.ZipFile, data: bytes) -> list[tuple[str, pd.DataFrame]]:
    """Name and table of every worksheet, hidden ones too; chart and macro sheets have no cells."""
    parts = {name: _look_through(archive, name) for name in archive.namelist()}
    _refuse_vast_text(archive, sum(part.string_cells for part in parts.values()))
    paths = _sheet_paths(archive)
    refuse_many_sheets(len(paths))

    def framed(name: str, left: int, rows: Iterable[list[Any]]) -> pd.DataFrame:
        return cell_frame(left, rows, parts.get(paths.get(name, ""), Part()).errors)

    return read_workbook(data, OF_XLSX, framed)


def cell_frame(left: int, rows: Iterable[list[Any]], errors: Errors) -> pd.DataFrame:
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


def _sheet_paths(archive: zipfile.ZipFile) -> dict[str, str]:
    """Sheet name to the part of the archive that holds it."""
    directory = ("xl/_rels/workbook.xml.rels", "xl/workbook.xml")
    if directory[0] not in archive.namelist():
        return {}
    if sum(archive.getinfo(name).file_size for name in directory) > LONGEST_DIRECTORY:
        raise RegistryError(DAMAGED)
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


def _look_through(archive: zipfile.ZipFile, name: str) -> Part:
    """What a part holds; raises RegistryError if the used range of its cells is vast."""
    part, tags = Part(), 0
    for chunk in chunks(archive, name):
        refuse_many_tags(tags := tags + chunk.count(b"<"), TAGS_OF_A_CELL * MOST_CELLS)
        part.suspicious = part.suspicious or any(p.search(chunk) for p in SUSPICIOUS)
        part.cells += chunk.count(b"<c ")
        part.string_cells += sum(map(chunk.count, STRING_CELLS))
        part.columns = _widest(chunk, part.columns)
        if SIX_DIGITS.search(chunk):
            part.rows = max(part.rows, _lowest_row(chunk))
        if b't="e"' in chunk:
            for letters, row, text in ERROR_CELL.findall(chunk):
                place = int(row) - 1, _column(letters)
                part.errors[place] = text.decode("utf-8", "replace")
    if part.suspicious or (part.rows and part.cells < FEW_CELLS):
        refuse_vast_range(*_used_range(archive, name))
    elif part.rows:
        refuse_vast_range(part.rows, part.columns, part.cells)
    return part


def _lowest_row(chunk: bytes) -> int:
    """The largest number of six digits in quotation marks: no row lies below it."""
    signs = np.frombuffer(chunk, np.uint8)
    ends = np.flatnonzero(signs == ord('"'))
    digits = signs[ends[ends >= 6, None] - np.arange(6, 0, -1)].astype(np.int64) - ord("0")
    numbers = digits[((digits >= 0) & (digits <= 9)).all(axis=1)]
    return int((numbers @ 10 ** np.arange(5, -1, -1)).max(initial=0))


def _widest(chunk: bytes, columns: int) -> int:
    """The number of columns, or more if a cell lies to the right of them; below column AV."""
    while (wider := _wider(columns).search(chunk)) is not None:
        columns = _column(wider[1]) + 1
    return columns


@cache
def _wider(columns: int) -> re.Pattern[bytes]:
    """Fits the address of a cell in columns A to AU that lies to the right of so many."""
    single = ALPHABET[columns:LETTERS]
    double = ALPHABET[max(columns - LETTERS, 0) : NARROW - LETTERS]
    choices = [f"[{single}{single.lower()}]"] if single else []
    choices += [f"[Aa][{double}{double.lower()}]"] if double else []
    return re.compile(f'r="({"|".join(choices) or "(?!)"})[0-9]'.encode())


def _used_range(archive: zipfile.ZipFile, name: str) -> tuple[int, int, int]:
    """Height and width of the rectangle from A1 to the last cell with a value; cells with one."""
    row = column = -1
    height = width = filled = 0
    for element in _elements(archive, name):
        address = ADDRESS.search(element["names"])
        if element["kind"] == b"row":
            row, column = int(address[2]) - 1 if address else row + 1, -1
            continue
        column = _column(address[1]) if address and address[1] else column + 1
        if not element["names"].endswith(b"/") and not element["ends"]:
            here = int(address[2]) if address else row + 1
            height, width, filled = max(height, here), max(width, column + 1), filled + 1
    return height, width, filled


def _elements(archive: zipfile.ZipFile, name: str) -> Iterator[re.Match[bytes]]:
    """Opening tags of rows and cells, in order; nothing else is kept of a part."""
    rest = b""
    with archive.open(name) as part:
        while piece := part.read(MEGABYTE):
            text, done = rest + piece, 0
            for element in ELEMENT.finditer(text):
                if element.end() + 2 > len(text):  # it may be one without a value
                    break
                yield element
                done = element.end()
            rest = text[max(done, text.rfind(b"<", 0, text.rfind(b"<"))) :]
            if len(rest) > 2 * MEGABYTE:
                raise RegistryError(DAMAGED)
    yield from ELEMENT.finditer(rest)


def _column(letters: bytes) -> int:
    """Zero-based column: A is 0, XFD is 16383."""
    column = 0
    for letter in letters.upper()[:8]:
        column = column * 26 + letter - ord("A") + 1
    return column - 1


def _refuse_vast_text(archive: zipfile.ZipFile, string_cells: int) -> None:
    """A long text that many cells show takes its room for each of them."""
    shared = [name for name in archive.namelist() if SHARED_STRINGS.fullmatch(plain_path(name))]
    if len(shared) > 1:
        raise RegistryError(DAMAGED)
    size = sum(archive.getinfo(name).file_size for name in shared)
    if size * string_cells <= MOST_TEXT:
        return
    if size <= MOST_TEXT:
        lengths = _string_lengths(archive.read(shared[0]))
        size = int(lengths.max()) * string_cells
        size = _shown_text(archive, lengths, string_cells) if size > MOST_TEXT else size
    if size > MOST_TEXT:
        raise RegistryError(
            N_("文件里的文字超过 {most} MB；请按月份分成几个文件后再导入"),
            most=MOST_TEXT // MEGABYTE,
        )


def _string_lengths(strings: bytes) -> np.ndarray:
    """Bytes of each shared text, its markup included; as one where its ends cannot be told."""
    if b"<![CDATA[" in strings or b"<!--" in strings:
        return np.array([len(strings)])
    ends = np.fromiter((end.end() for end in STRING_END.finditer(strings)), dtype=np.int64)
    start = max(strings.find(b"<si"), 0)
    return np.diff(ends, prepend=start) if len(ends) else np.array([len(strings)])


def _shown_text(archive: zipfile.ZipFile, lengths: np.ndarray, string_cells: int) -> int:
    """Bytes of the texts, each as often as a cell shows it; where it is unclear, the longest."""
    size, found = 0, 0
    for name in archive.namelist():
        for chunk in chunks(archive, name):
            numbers = np.array(STRING_NUMBER.findall(chunk), dtype=np.int64)
            known = numbers[numbers < len(lengths)]
            size, found = size + int(lengths[known].sum()), found + len(known)
    return size + max(string_cells - found, 0) * int(lengths.max())
