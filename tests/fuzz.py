"""Random files for the readers: sound ones damaged, their XML altered, and tables nobody has seen.

FUZZ_SECONDS in the environment: how long all kinds together are tried. FUZZ_KEEP: whether what is
found is kept under tests/files/fuzz (`make fuzz`).
"""

import hashlib
import io
import os
import resource
import signal
import time
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from html import escape
from pathlib import Path
from typing import Any

from book_builders import (
    HEADINGS,
    ROW,
    SHEET,
    book,
    log_rows,
    ods,
    ods_content,
    page,
    spreadsheetml,
)
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

FILES = Path(__file__).parent / "files"
FOUND = FILES / "fuzz"
"""What has been found, mended since, and is read again by every run of the tests."""

SECONDS = float(os.environ.get("FUZZ_SECONDS", "30"))
PATIENCE, MOST_MEMORY = 20, 3 << 29
"""Seconds and bytes that one file may take beyond what the process has."""

AT_ONCE = 60


def keep(content: bytes, kind: str) -> Path:
    FOUND.mkdir(exist_ok=True)
    path = FOUND / f"{kind}-{hashlib.sha256(content).hexdigest()[:12]}.bin"
    path.write_bytes(content)
    return path


def fuzz(kind: str, files: st.SearchStrategy[bytes], check: Callable[[bytes], None], s: float):
    """Try files for so many seconds; one that fails is made as small as can be, and kept.

    Returns how many were tried.
    """
    end, tried, last, failed = time.monotonic() + s, 0, b"", False

    def once(content: bytes) -> None:
        nonlocal tried, last, failed
        if time.monotonic() > end + failed * TO_SHRINK:
            return
        try:
            tried += 1
            check(content)
        except BaseException:
            failed, last = True, content
            raise

    try:
        while time.monotonic() < end:
            start = int.from_bytes(os.urandom(8))
            seed(start)(RELAXED(given(files)(once)))()
    except BaseException:
        if failed and os.environ.get("FUZZ_KEEP"):
            keep(last, kind)
        raise
    return tried


TO_SHRINK = 60
RELAXED = settings(
    max_examples=AT_ONCE,
    deadline=None,
    database=None,
    suppress_health_check=list(HealthCheck),
    phases=(Phase.generate, Phase.shrink),
)


@contextmanager
def within_limits() -> Iterator[None]:
    """Whoever hangs is ended; who asks for too much memory gets none."""

    def end(*_: object) -> None:
        raise AssertionError(f"not read after {PATIENCE} s")

    handler, limits = signal.signal(signal.SIGALRM, end), resource.getrlimit(resource.RLIMIT_AS)
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    most = pages * resource.getpagesize() + MOST_MEMORY
    resource.setrlimit(resource.RLIMIT_AS, (most, limits[1]))
    signal.alarm(PATIENCE)
    try:
        yield
    finally:
        signal.alarm(0)
        resource.setrlimit(resource.RLIMIT_AS, limits)
        signal.signal(signal.SIGALRM, handler)


# Bytes

NUMBERS = ("0", "-1", "1", "2", "16384", "65536", "1048576", "4294967296", "9" * 30, "1e309")
ODD = (*NUMBERS, "NaN", "", " ", "x", "\u0000", "\ufffe", "A", "XFD1048577", "#REF!", "2020-13-45")
TOKENS = (
    *(text.encode() for text in ODD),
    *(b'"', b"'", b",", b"\t", b"\r", b"\n", b"\x00", b"\xff\xfe", b"\xef\xbb\xbf", b"\x1a"),
    *(b"<", b">", b"</", b"/>", b"<!--", b"]]>", b"<![CDATA[", b"&#0;", b"&#x110000;", b"&x;"),
    *(b"<table>", b"<tr>", b"<td colspan=9999 rowspan=9999>", b"</table>", b"<td", b"<!DOCTYPE x>"),
    *(b'encoding="gb2312"', b'encoding="utf-7"', b'encoding="\xff"', b"charset=utf-16"),
    *(b't="s"', b't="e"', b't="d"', b't="b"', b'r="XFD1048576"', b'r="A0"', b's="99999"'),
    *(b'ss:Index="0"', b'ss:Index="-3"', b'ss:MergeAcross="99999"', b'ss:MergeDown="-1"'),
    *(b'table:number-columns-repeated="99999999"', b'table:number-rows-repeated="-1"'),
)


@st.composite
def damaged(draw: Any, sound: st.SearchStrategy[bytes]) -> bytes:
    """A sound file with a few bytes changed, moved, left out or put in, maybe cut off."""
    content = bytearray(draw(sound))
    for _ in range(draw(st.integers(1, 6))):
        at = draw(st.integers(0, max(len(content) - 1, 0)))
        DAMAGE[draw(st.sampled_from(sorted(DAMAGE)))](draw, content, at)
    return bytes(content)


def _flip(draw: Any, content: bytearray, at: int) -> None:
    if content:
        content[at] ^= 1 << draw(st.integers(0, 7))


def _leave_out(draw: Any, content: bytearray, at: int) -> None:
    del content[at : at + draw(st.integers(1, 64))]


def _repeat(draw: Any, content: bytearray, at: int) -> None:
    piece = bytes(content[at : at + draw(st.integers(1, 64))])
    content[at:at] = piece * draw(st.integers(1, 50))


def _put_in(draw: Any, content: bytearray, at: int) -> None:
    content[at:at] = draw(st.sampled_from(TOKENS) | st.binary(max_size=8))


def _put_over(draw: Any, content: bytearray, at: int) -> None:
    piece = draw(st.sampled_from(TOKENS))
    content[at : at + len(piece)] = piece


def _cut_off(_draw: Any, content: bytearray, at: int) -> None:
    del content[at:]


DAMAGE = {
    "flip": _flip,
    "leave out": _leave_out,
    "repeat": _repeat,
    "put in": _put_in,
    "put over": _put_over,
    "cut off": _cut_off,
}


def sound(*endings: str) -> list[bytes]:
    """The files as offices produce them."""
    names = sorted(path for path in FILES.iterdir() if path.name.endswith(endings))
    return [path.read_bytes() for path in names]


# Archives


def members(content: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def packed(parts: dict[str, bytes], method: int = zipfile.ZIP_STORED) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", method) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return stream.getvalue()


@st.composite
def altered_archives(draw: Any, ending: str) -> bytes:
    """Parts of a workbook altered, lost, named anew or taken from another one; then packed."""
    originals = _originals(ending)
    parts = dict(draw(st.sampled_from(originals)))
    for _ in range(draw(st.integers(1, 3))):
        name = draw(st.sampled_from(sorted(parts) or [""]))
        ALTERATIONS[draw(st.sampled_from(sorted(ALTERATIONS)))](draw, parts, name, originals)
    return packed(parts, draw(st.sampled_from((zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED))))


def _alter(draw: Any, parts: dict[str, bytes], name: str, _: Any) -> None:
    parts[name] = draw(damaged(st.just(parts.get(name, b""))))


def _alter_tags(draw: Any, parts: dict[str, bytes], name: str, _: Any) -> None:
    """Numbers and attributes of the XML, so that it stays XML."""
    pieces = parts.get(name, b"").split(b'"')
    for _ in range(draw(st.integers(1, 5))):
        place = 2 * draw(st.integers(0, len(pieces) // 2)) + 1
        if place < len(pieces):
            pieces[place] = draw(st.sampled_from(ODD)).replace("\u0000", "").encode()
    parts[name] = b'"'.join(pieces)


def _lose(_draw: Any, parts: dict[str, bytes], name: str, _: Any) -> None:
    parts.pop(name, None)


def _rename(draw: Any, parts: dict[str, bytes], name: str, originals: Any) -> None:
    names = st.sampled_from(sorted({part for one in originals for part in one}))
    content = parts.pop(name, b"")
    parts[draw(names | st.text(NO_NUL, min_size=1, max_size=9))] = content


def _graft(draw: Any, parts: dict[str, bytes], name: str, originals: Any) -> None:
    other = draw(st.sampled_from(originals))
    parts[name] = other[draw(st.sampled_from(sorted(other)))]


NO_NUL = st.characters(exclude_characters="\x00", exclude_categories=("Cs",))
"""Where Python's own writer of archives would end a name."""

ALTERATIONS = {
    "alter": _alter,
    "alter tags": _alter_tags,
    "lose": _lose,
    "rename": _rename,
    "graft": _graft,
}


# Tables

VALUES = st.one_of(
    st.sampled_from((*ROW, *HEADINGS, *ODD)),
    st.sampled_from(("处罚", "检查", "2021-02-30", "２０２１年１月５日", "44197", "1e5")),
    st.text(max_size=12),
    st.floats().map(str),
    st.integers().map(str),
    st.dates().map(str),
)
LINES = st.lists(VALUES, max_size=8)
TABLES = st.lists(LINES, max_size=8)
ENCODINGS = ("utf-8", "utf-8-sig", "gb18030", "utf-16", "utf-16-le", "utf-16-be", "big5", "cp1252")


@st.composite
def texts(draw: Any) -> bytes:
    """Delimited text in some encoding, quoted by chance."""
    mark = draw(st.sampled_from((",", "\t", ";", "|", " ")))
    end = draw(st.sampled_from(("\n", "\r\n", "\r", "\x85", "\u2028")))
    quote = draw(st.sampled_from(("", '"', "'")))
    table = [HEADINGS, ROW, *draw(TABLES)] if draw(st.booleans()) else draw(TABLES)
    text = end.join(mark.join(f"{quote}{cell}{quote}" for cell in line) for line in table)
    return text.encode(draw(st.sampled_from(ENCODINGS)), "replace")


def _xml_text(text: str) -> str:
    allowed = (sign for sign in text if sign in "\t\n" or " " <= sign < "\ud800" or sign > "\udfff")
    return escape("".join(sign for sign in allowed if sign not in "\ufffe\uffff"))


NUMBER = st.sampled_from(NUMBERS) | st.integers(1, 12).map(str)
WORDS = VALUES.map(_xml_text)


@st.composite
def pages(draw: Any) -> bytes:
    """Tables in HTML, with spans and nested as they come."""
    rows = []
    for line in draw(TABLES):
        cells = [
            f"<{draw(st.sampled_from(('td', 'th', 'td nowrap')))} "
            f"{draw(st.sampled_from(('', 'colspan', 'rowspan')))}={draw(NUMBER)}>{_xml_text(cell)}"
            for cell in line
        ]
        opening = draw(st.sampled_from(("<tr>", "<tr hidden>", "<table><tr>", "")))
        rows.append(opening + "".join(cells))
    return page("".join(rows)).encode(draw(st.sampled_from(ENCODINGS)), "replace")


@st.composite
def excel_2003(draw: Any) -> bytes:
    rows = []
    for line in draw(TABLES):
        cells = [
            f'<Cell {draw(st.sampled_from(("", *SS_PLACES)))}><Data ss:Type="{draw(SS_TYPES)}">'
            f"{_xml_text(cell)}</Data></Cell>"
            for cell in line
        ]
        opening = draw(st.sampled_from(("<Row>", '<Row ss:Index="9">', '<Row ss:Hidden="1">')))
        rows.append(f"{opening}{''.join(cells)}</Row>")
    return spreadsheetml("".join(rows)).encode()


SS_TYPES = st.sampled_from(("String", "Number", "DateTime", "Boolean", "Error", "x"))
SS_PLACES = tuple(
    f'ss:{name}="{number}"'
    for name in ("Index", "MergeAcross", "MergeDown")
    for number in ("0", "-1", "1", "3", "99", "16385", "x", "9" * 20)
)


@st.composite
def workbooks(draw: Any) -> bytes:
    """One sheet of cells of any type at any place, some merged."""
    types = st.sampled_from(("s", "n", "b", "e", "d", "str", "inlineStr", "x", ""))
    places = st.sampled_from(("A1", "B2", "C3", "a1", "E3", "Z9", "AAA1", "A0", "1", "", "XFE1"))
    cells = [
        f'<c r="{draw(places)}" t="{draw(types)}" s="{draw(NUMBER)}">'
        f"<f>1+1</f><v>{draw(WORDS)}</v><is><t>{draw(WORDS)}</t></is></c>"
        for _ in range(draw(st.integers(0, 6)))
    ]
    row = f'<row r="{draw(NUMBER)}">{"".join(cells)}</row>'
    merged = f'<mergeCells><mergeCell ref="{draw(places)}:{draw(places)}"/></mergeCells>'
    sheet = log_rows(row).replace("</worksheet>", merged + "</worksheet>")
    strings = "".join(f"<si><t>{draw(WORDS)}</t></si>" for _ in range(draw(st.integers(0, 3))))
    return _packed_book(book(sheet, xl__sharedStrings_xml=f"<sst>{strings}</sst>"))


def _packed_book(parts: dict[str, Any]) -> bytes:
    return packed({name: str(part).encode() for name, part in parts.items()})


@st.composite
def open_documents(draw: Any) -> bytes:
    rows = "".join(
        f'<table:table-row table:number-rows-repeated="{draw(NUMBER)}">'
        + "".join(
            f'<table:table-cell office:value-type="{draw(ODS_TYPES)}" office:value="{draw(WORDS)}" '
            f'office:date-value="{draw(WORDS)}" table:number-columns-repeated="{draw(NUMBER)}">'
            f"<text:p>{_xml_text(cell)}</text:p></table:table-cell>"
            for cell in line
        )
        + "</table:table-row>"
        for line in draw(TABLES)
    )
    return _packed_book(ods(ods_content(rows)))


ODS_TYPES = st.sampled_from(("string", "float", "date", "time", "boolean", "percentage", "x", ""))


@cache
def _originals(ending: str) -> list[dict[str, bytes]]:
    files = [one for one in sound(ending) if zipfile.is_zipfile(io.BytesIO(one))]
    return [*map(members, files), members(_packed_book(book(SHEET % ("", ""))))]


def _of(*files: bytes) -> st.SearchStrategy[bytes]:
    return st.sampled_from(files)


def kinds() -> dict[str, st.SearchStrategy[bytes]]:
    """Random files by the reader that they are for."""
    csv, xls = sound(".csv"), [one for one in sound(".xls") if one.startswith(b"\xd0\xcf")]
    html, sheets = sound("haidian_export.xls"), sound("fengtai_2003.xls")
    return {
        "csv": st.one_of(texts(), damaged(_of(*csv)), damaged(texts())),
        "xlsx": st.one_of(
            workbooks(),
            altered_archives(".xlsx"),
            damaged(_of(*sound("2020.xlsx"))),
            damaged(workbooks()),
        ),
        "ods": st.one_of(
            open_documents(), altered_archives(".ods"), damaged(_of(*sound("shan.ods")))
        ),
        "html": st.one_of(pages(), damaged(_of(*html)), damaged(pages())),
        "spreadsheetml": st.one_of(excel_2003(), damaged(_of(*sheets)), damaged(excel_2003())),
        "xls": st.one_of(damaged(_of(*xls))),
    }
