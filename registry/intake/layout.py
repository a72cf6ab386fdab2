"""Sheets → the rows of a log: where the header is, what its columns mean, which rows are none.

In: a Document of cells. Out: one `LogRows`: the mapped columns of all sheets, each row with its
sheet and spreadsheet row number, and how many rows were read and skipped. A column that is not
mapped is left behind here and never seen again.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from registry.errors import RegistryError, UsageError
from registry.intake.clean import BLANKS, is_blank
from registry.intake.declaration import Declaration
from registry.intake.fields import OPTIONS_SHEET, heading_key
from registry.intake.form import USAGE_FORM, Form
from registry.intake.readers import Document, Sheet
from registry.language import N_, Series, Text

HEADER_ROWS = 20
MARKS = re.compile(
    r"\s*(?:(?P<total>[合总小共]\s*计|\S{0,8}[合总小累]\s*计[\s:\uff1a]*$)"
    r"|(?P<note>(?:填[报表]|制表|审[核批]|复核|经办|联系|负责)"
    r"(?:人|单位|日期|时间|电话|方式|者|员)*\s*(?:[:\uff1a]|$)"
    r"|(?:填[报表])?单位\s*[(\uff08]?(?:盖章|公章)|(?:备?注|说明)\s*\d*\s*[:\uff1a])"
    r"|(?P<sample>(?:填写)?(?:示例|样例|范例)|填[表写]说明|如\s*[:\uff1a]"
    r"|例(?:如|\s*[\d一二三四五]+)?\s*(?:[:\uff1a]|$)"
    r"|[(\uff08\[\uff3b【]例(?:如|子)?[)\uff09\]\uff3d】]))"
)
"""What a row's first cell, or its number, unit or power, begins with if it is no case.

A note signs or explains the file: names in it are not kept, whether or not they share its cell.
"""

LIKELY_MARK = (
    r"^[\s\p{Z}\p{C}]*[合总小共填制审复经联负备注说单示样范例如(\x{ff08}\[\x{ff3b}【]"
    r"|[合总小累][\s\p{Z}]*计[\s\p{Z}:\x{ff1a}]*$"
)
"""In RE2: what every text fits that MARKS fits."""

WITHOUT_DIGIT = "^[^0-9]*$"
SERIAL = re.compile(
    r"\s*[(\uff08]?(?:\d+(?:\.0+)?|[一二三四五六七八九十百]+)[)\uff09]?[.\uff0e、]?\s*$"
)
FULL_WIDTH = str.maketrans({c: chr(ord(c) + 0xFEE0) for c in "/\\-"})
BLANK_TEXTS = pa.array(
    sorted(BLANKS | {mark.translate(FULL_WIDTH) for mark in BLANKS}), pa.large_string()
)
IMPLIES_PENALTY = "处罚决定"
NOT_STORED = ""
"""What a heading is mapped to whose column is to be left behind."""


class ColumnConflict(RegistryError):
    """Two columns of one sheet, equally sure, are both `field`."""

    def __init__(self, sheet: str, field: str, label: str, headings: tuple[str, ...]) -> None:
        advice = Text(
            N_("请用 --map 指明一列，如 --map {heading}={field}"),
            {"heading": headings[0], "field": field},
        )
        if len(set(headings)) == 1:
            advice = Text(N_("请在文件中给其中一列改名"))
        super().__init__(
            N_("工作表「{sheet}」有多列都是 {field}（「{label}」）：「{headings}」；{advice}"),
            sheet=sheet,
            field=field,
            label=label,
            headings="」「".join(headings),
            advice=advice,
        )
        self.field, self.headings = field, headings


@dataclass(frozen=True)
class Header:
    """`row` is the position of its last row, `labels` the text of each column."""

    row: int
    labels: tuple[str, ...]
    lines: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Column:
    """A mapped column of a sheet: where it stands, its heading, what its amounts count in."""

    position: int
    heading: str
    scale: int = 1


@dataclass(frozen=True)
class SheetLayout:
    sheet: Sheet
    header: Header
    columns: Mapping[str, Column]
    constants: Mapping[str, str]
    left_out: tuple[str, ...]
    form: Form = USAGE_FORM

    @property
    def present(self) -> set[str]:
        return {*self.columns, *self.constants}


@dataclass(frozen=True)
class LogRows:
    """`cells[field]` as read, over `len(row)` rows; `present[field]` says in which rows the
    sheet has that column at all; `sheet` and `row` say where each row stands."""

    cells: dict[str, pd.Series]
    present: dict[str, np.ndarray]
    sheet: np.ndarray
    row: np.ndarray
    layouts: tuple[SheetLayout, ...]
    read: int
    skipped: Counter[str]
    unread_sheets: tuple[str, ...]
    form: Form = USAGE_FORM

    def __len__(self) -> int:
        return len(self.row)

    def repeated(self, among: np.ndarray) -> np.ndarray:
        """bool[rows]: one of these rows of which every cell is as in an earlier one of them."""
        chosen = np.flatnonzero(among)
        cells = pd.DataFrame({field: cell.take(chosen) for field, cell in self.cells.items()})
        result = np.zeros(len(self), dtype=bool)
        result[chosen[cells.duplicated().to_numpy()]] = True
        return result

    def heading(self, sheet: int, field: str) -> str:
        """The heading under which a field stands in a sheet, or our own word for it."""
        column = self.layouts[sheet].columns.get(field)
        return column.heading if column else self.form.label(field)


def lay_out(
    document: Document, declaration: Declaration, name: str, form: Form = USAGE_FORM
) -> LogRows:
    """The rows of every sheet that has a header of this form.

    Raises RegistryError where no sheet has one, or where two columns claim one field.
    """
    layouts, unread = [], []
    sheets = _chosen_sheets(document, declaration.sheet, name)
    for sheet in sheets:
        header = find_header(sheet.cells, _is_known(declaration.mapping, form), form.least)
        if header:
            layouts.append(_layout(sheet, header, declaration, form))
        elif sheet.name != OPTIONS_SHEET and _has_content(sheet.cells):
            unread.append(sheet.name)
    if not layouts:
        raise _no_header(sheets, name, form)
    _check_overrides(layouts, declaration, form)
    parts = [_rows(layout) for layout in layouts]
    return _joined(layouts, parts, tuple(unread), form)


def _has_content(cells: pd.DataFrame) -> bool:
    return any(_filled(cells.iloc[:, i]).any() for i in range(cells.shape[1]))


def _chosen_sheets(document: Document, wanted: str | None, name: str) -> Sequence[Sheet]:
    if wanted is None:
        return document.sheets
    chosen = [sheet for sheet in document.sheets if sheet.name == wanted]
    if not chosen:
        names = [sheet.name for sheet in document.sheets]
        raise UsageError(
            N_("{file} 没有工作表「{wanted}」，只有 {names}"),
            file=name,
            wanted=wanted,
            names=Series(names),
        )
    return chosen


def _no_header(sheets: Sequence[Sheet], name: str, form: Form) -> RegistryError:
    for sheet in sheets:
        rows = sheet.cells.dropna(how="all")
        if len(rows):
            first = "、".join(str(v) for v in rows.iloc[0].dropna().tolist()[:5])[:80]
            return RegistryError(
                N_(
                    "{file}：前 {rows} 行里没有认得的表头（至少 {columns} 列，"
                    "如{examples}）；第一行内容是「{first}」"
                ),
                file=name,
                rows=HEADER_ROWS,
                columns=form.least,
                examples="".join(f"「{heading}」" for heading in form.examples()),
                first=first,
            )
    return RegistryError(N_("{file} 是空的，没有表头也没有数据；请导出含表头的台账"), file=name)


def _is_known(mapping: Mapping[str, str], form: Form) -> Callable[[str], bool]:
    """Whether a heading is one of the form's, or named by --map."""
    extra = {heading_key(heading) for heading in mapping}

    def known(text: str) -> bool:
        key = heading_key(text)
        return bool(key) and (key in extra or form.find_heading(key) is not None)

    return known


def find_header(
    cells: pd.DataFrame, known: Callable[[str], bool], least: int = USAGE_FORM.least
) -> Header | None:
    """The row, or pair of rows, of the first 20 with the most known headings, at least so many.

    The first of equals; later ones repeat it.
    """
    lines = [
        tuple(v if isinstance(v, str) else "" for v in row)
        for row in cells.iloc[:HEADER_ROWS].itertuples(index=False)
    ]
    ranks = {
        (_known_headings(header.labels, known), -header.row, _likelihood(header, known)): header
        for header in _possible_headers(lines, known)
    }
    best = max(ranks, default=(0, 0, 0))
    return ranks[best] if best[0] >= least else None


def _possible_headers(
    lines: list[tuple[str, ...]], known: Callable[[str], bool]
) -> Iterator[Header]:
    for i, line in enumerate(lines):
        yield Header(i, line, (line,))
        if i + 1 < len(lines):
            pair = (line, lines[i + 1])
            yield Header(i + 1, _stacked(*pair, known), pair)


def _known_headings(labels: tuple[str, ...], known: Callable[[str], bool]) -> int:
    return sum(map(known, labels))


def _likelihood(header: Header, known: Callable[[str], bool]) -> int:
    """Of two headers that end in one row and know as much: with a row of groups above, by itself,
    with a row above that is a title."""
    upper, *lower = header.lines
    if not lower:
        return 1
    adds = _known_headings(header.labels, known) > _known_headings(upper, known)
    return 2 if adds and sum(map(bool, upper)) > 1 else 0


def _stacked(
    upper: tuple[str, ...], lower: tuple[str, ...], known: Callable[[str], bool]
) -> tuple[str, ...]:
    """One label a column from a two-row header whose upper cells may span several columns."""
    labels, group = [], ""
    for above, below in zip(upper, lower, strict=True):
        group = above or group
        joined = [group + below, below + group] if below else []
        choices = [below, *joined, above]
        labels.append(next((c for c in choices if c and known(c)), below or above))
    return tuple(labels)


def claimed_fields(
    document: Document, mapping: Mapping[str, str], form: Form = USAGE_FORM
) -> Iterator[tuple[Sheet, Header, list[str | None]]]:
    """The field that each column lays claim to, before rivals for one field are told apart."""
    overrides = _overrides(mapping)
    for sheet in document.sheets:
        if header := find_header(sheet.cells, _is_known(mapping, form), form.least):
            yield sheet, header, [_claimed(text, overrides, form) for text in header.labels]


def _overrides(mapping: Mapping[str, str]) -> dict[str, str]:
    return {heading_key(heading): field for heading, field in mapping.items()}


def _claimed(text: str, overrides: Mapping[str, str], form: Form) -> str | None:
    key = heading_key(text)
    found = form.find_heading(key) if key else None
    field = overrides.get(key, found.field if found else None)
    return field if field in (*form.fields, "problem") else None


def _layout(sheet: Sheet, header: Header, declaration: Declaration, form: Form) -> SheetLayout:
    overrides = _overrides(declaration.mapping)
    claims: dict[str, list[tuple[bool, int, Column]]] = {}
    left_out = []
    for position, text in enumerate(header.labels):
        key = heading_key(text)
        found = form.find_heading(key) if key else None
        field = _claimed(text, overrides, form)
        if field is None:
            left_out += [text] if key else []
            continue
        scale = 10_000 if field == "fine_cny" and "万元" in key else 1
        rank = found.rank if found and found.field == field else 0
        claims.setdefault(field, []).append(
            (key not in overrides, rank, Column(position, text, scale))
        )
    columns = {
        field: _only_one(field, rivals, sheet.name, form) for field, rivals in claims.items()
    }
    kept = {column.position for column in columns.values()}
    left_out += [
        c.heading for rivals in claims.values() for *_, c in rivals if c.position not in kept
    ]
    constants = {f: v for f, v in declaration.constants.items() if f not in columns}
    implied = "action" in form.fields and not {"action", "problem"} & {*columns, *constants}
    if implied and any(
        IMPLIES_PENALTY in heading_key(text) for line in header.lines for text in line
    ):
        constants["action"] = "penalty"
    return SheetLayout(sheet, header, columns, constants, tuple(left_out), form)


def _only_one(field: str, rivals: list[tuple[bool, int, Column]], sheet: str, form: Form) -> Column:
    """The column named by --map, else the surest; two of the same rank are refused."""
    best = min(rival[:2] for rival in rivals)
    columns = [rival[2] for rival in rivals if rival[:2] == best]
    if len(columns) > 1:
        headings = tuple(column.heading for column in columns)
        raise ColumnConflict(sheet, field, form.label(field), headings)
    return columns[0]


def _check_overrides(layouts: list[SheetLayout], declaration: Declaration, form: Form) -> None:
    headings = {heading_key(text) for layout in layouts for text in layout.header.labels}
    for heading, field in declaration.mapping.items():
        if heading_key(heading) not in headings:
            raise UsageError(
                N_("--map {heading}={field}：表头中没有「{heading}」"), heading=heading, field=field
            )
        if field not in (*form.fields, NOT_STORED):
            raise UsageError(
                N_("--map {heading}={field}：没有字段 {field}；可用 {known}"),
                heading=heading,
                field=field,
                known=", ".join(form.fields),
            )
    for field in declaration.constants:
        if field not in form.fields:
            raise UsageError(
                N_("--set {field}=…：没有字段 {field}；可用 {known}"),
                field=field,
                known=", ".join(form.fields),
            )
        if all(field in layout.columns for layout in layouts):
            heading = layouts[0].columns[field].heading
            raise UsageError(
                N_("--set {field}=…：文件已有这一列「{heading}」"), field=field, heading=heading
            )


def _rows(layout: SheetLayout) -> tuple[pd.DataFrame, np.ndarray, Counter[str], int]:
    """(mapped cells, row numbers, skipped by reason, rows read) of one sheet."""
    body = layout.sheet.cells.iloc[layout.header.row + 1 :]
    kinds = classify_rows(body, layout)
    keep = kinds == ""
    numbers = np.arange(len(body))[keep] + layout.header.row + 2
    columns = {
        field: _kept(body.iloc[:, column.position], keep)
        for field, column in layout.columns.items()
    }
    skipped = Counter(kinds[~keep].tolist())
    return pd.DataFrame(columns, index=range(int(keep.sum()))), numbers, skipped, len(body)


def _kept(column: pd.Series, keep: np.ndarray) -> pd.Series:
    return (column if keep.all() else column[keep]).reset_index(drop=True)


def classify_rows(body: pd.DataFrame, layout: SheetLayout) -> np.ndarray:
    """'' for a row of data; else blank, serial, sample, total, note or header (skipped).

    Marks for 'empty', such as / or 无, do not fill a cell.
    """
    titles = _titles(layout)
    columns = [column for _, column in body.items()]
    marked = [layout.columns[f].position for f in layout.form.marked if f in layout.columns]
    with ThreadPoolExecutor() as beside:
        filled = np.column_stack([*beside.map(_filled, columns)])
        count, first = filled.sum(axis=1), filled.argmax(axis=1)
        starts = np.unique(first[count > 0]).tolist()
        places = sorted({*marked, *starts})
        may_be = partial(_likely, pattern=LIKELY_MARK)
        found = beside.map(may_be, [columns[place] for place in places])
        likely = dict(zip(places, found, strict=True))
    kinds = np.full(len(body), "", dtype=object)
    kinds[count == 0] = "blank"
    mapped = {column.position for column in layout.columns.values()}
    for position in starts:
        rows = np.flatnonzero((first == position) & (count > 0))
        _mark(kinds, rows[likely[position][rows]], columns[position])
        alone = rows[count[rows] == 1]
        if position not in mapped:
            kinds[alone[_serials(body.iloc[alone, position])]] = "serial"
        if position in titles:
            same = _by_value(body.iloc[alone, position], titles[position].__contains__)
            kinds[alone[same]] = "header"
        _mark_repeated_headers(body, layout.header, rows, position, kinds)
    for position in marked:
        _mark(kinds, np.flatnonzero(likely[position]), columns[position])
    return kinds


def _titles(layout: SheetLayout) -> dict[int, set[Any]]:
    """Column → texts that stand alone in a row above the header: pages repeat them below."""
    titles: dict[int, set[Any]] = {}
    above = layout.header.row + 1 - len(layout.header.lines)
    for row in layout.sheet.cells.iloc[:above].itertuples(index=False):
        cells = [(i, cell) for i, cell in enumerate(row) if not is_blank(cell)]
        if len(cells) == 1:
            titles.setdefault(cells[0][0], set()).add(cells[0][1])
    return titles


def _mark(kinds: np.ndarray, rows: np.ndarray, column: pd.Series) -> None:
    """Write total or sample into `kinds` where the cells of these rows say so."""
    codes, values = pd.factorize(column.iloc[rows])
    found = [MARKS.match(v if isinstance(v, str) else str(v)) for v in values.tolist()]
    words = np.array([*(match.lastgroup if match else "" for match in found), ""], dtype=object)
    marked = np.append(words[:-1] != "", False)[codes]
    kinds[rows[marked]] = words[codes[marked]]


def _mark_repeated_headers(
    body: pd.DataFrame, header: Header, rows: np.ndarray, position: int, kinds: np.ndarray
) -> None:
    titles = {heading_key(line[position]) for line in header.lines} - {""}
    cells = body.iloc[rows, position]
    if not any(re.search("[0-9]", title) for title in titles):
        likely = _likely(cells, WITHOUT_DIGIT)
        rows, cells = rows[likely], cells[likely]
    for row in rows[_by_value(cells, lambda v: heading_key(v) in titles)]:
        pairs = [
            (heading_key(cell), {heading_key(line[i]) for line in header.lines})
            for i, cell in enumerate(body.iloc[row])
            if isinstance(cell, str)
        ]
        if len(pairs) > 1 and all(key in above for key, above in pairs if key):
            kinds[row] = "header"


def _filled(column: pd.Series) -> np.ndarray:
    """bool: neither missing nor white space nor a mark for 'empty'."""
    if column.dtype == object:
        return _by_value(column, lambda v: not (isinstance(v, str) and is_blank(v)))
    text = pa.array(column)
    blank = pc.or_(pc.utf8_is_space(text), pc.is_in(text, value_set=BLANK_TEXTS))
    return np.asarray(pc.and_(pc.is_valid(text), pc.invert(pc.fill_null(blank, True))))


def _likely(column: pd.Series, pattern: str) -> np.ndarray:
    """bool: text that an RE2 pattern fits; every cell where the column is not all text.

    Arrow tries a pattern on a million texts in the time in which Python tries ten thousand.
    """
    if column.dtype == object:
        return np.ones(len(column), dtype=bool)
    return np.asarray(pc.fill_null(pc.match_substring_regex(pa.array(column), pattern), False))


def _serials(column: pd.Series) -> np.ndarray:
    return _by_value(column, lambda v: bool(SERIAL.match(v if isinstance(v, str) else str(v))))


def _by_value(column: pd.Series, test: Callable[[Any], bool]) -> np.ndarray:
    """A test of each distinct value, spread over the rows; False where missing."""
    codes, values = pd.factorize(column)
    results = np.array([*map(test, values.tolist()), False], dtype=np.bool_)
    return results[codes]


def _joined(
    layouts: list[SheetLayout],
    parts: list[tuple[pd.DataFrame, np.ndarray, Counter[str], int]],
    unread: tuple[str, ...],
    form: Form,
) -> LogRows:
    sizes = [len(numbers) for _, numbers, _, _ in parts]
    sheet = np.repeat(np.arange(len(layouts)), sizes)
    cells, present = {}, {}
    for field in ("problem", *form.fields):
        has = np.array([field in layout.present for layout in layouts])
        if not has.any():
            continue
        present[field] = has[sheet]
        columns = [
            _cells(layout, frame, field) for layout, (frame, *_) in zip(layouts, parts, strict=True)
        ]
        cells[field] = columns[0] if len(columns) == 1 else pd.concat(columns, ignore_index=True)
    skipped: Counter[str] = sum((part[2] for part in parts), Counter())
    return LogRows(
        cells=cells,
        present=present,
        sheet=sheet,
        row=np.concatenate([part[1] for part in parts]),
        layouts=tuple(layouts),
        read=sum(part[3] for part in parts),
        skipped=skipped,
        unread_sheets=unread,
        form=form,
    )


def _cells(layout: SheetLayout, frame: pd.DataFrame, field: str) -> pd.Series:
    """The cells of a field in one sheet: its column, its constant, or nothing."""
    if field in layout.columns:
        return frame[field]
    return pd.Series([layout.constants.get(field)] * len(frame), dtype=object)
