"""What a page shows of a file before it is imported: how it was read, and what it seems to say.

In: a file and a draft of its declaration, which maps columns. Out: format, columns with samples,
and proposed districts and months. Cells of columns that are not mapped never leave this module:
they may be names of people.
"""

from dataclasses import dataclass
from pathlib import Path

import pandas as pd
from sqlalchemy.engine import Connection

from registry.catalogue import read_catalogue
from registry.intake.clean import cell_text, is_blank
from registry.intake.declaration import Declaration
from registry.intake.layout import LogRows, claimed_fields, lay_out
from registry.intake.limits import shown
from registry.intake.problems import has_problem_numbers, lay_out_problems
from registry.intake.propose import Proposal, proposal_of
from registry.intake.readers import read_document
from registry.intake.routes import ROUTES

SAMPLES = 3


@dataclass(frozen=True)
class ColumnPreview:
    """A heading as written, the field it stands for or None, and some distinct values of it."""

    heading: str
    field: str | None
    samples: tuple[str, ...] = ()


@dataclass(frozen=True)
class SheetPreview:
    """`header_row` is the spreadsheet row of the header, its last where it has two; `constants`
    are fields that a heading or the draft fills for all rows."""

    name: str
    header_row: int
    columns: tuple[ColumnPreview, ...]
    constants: dict[str, str]


@dataclass(frozen=True)
class Preview:
    """`rows` are rows of data, without the `skipped` ones. A workbook of problems declares
    nothing, so nothing is proposed for it."""

    format: str
    encoding: str | None
    delimiter: str | None
    sheets: tuple[SheetPreview, ...]
    unread_sheets: tuple[str, ...]
    rows: int
    skipped: int
    left_out: tuple[str, ...]
    is_problem_book: bool
    proposal: Proposal


def preview(connection: Connection, path: Path, draft: Declaration) -> Preview:
    """Read a file as an import would, and store nothing.

    Raises RegistryError as `read_document` and `lay_out` do: no table, no header, two columns
    for one field.
    """
    document, catalogue = read_document(path), read_catalogue(connection)
    is_problem_book = has_problem_numbers(document)
    if is_problem_book:
        log = lay_out_problems(document, draft, shown(path), catalogue)
    else:
        log = lay_out(document, draft, shown(path), ROUTES[draft.kind].form(catalogue))
    nothing = Proposal((), None)
    return Preview(
        format=document.format,
        encoding=document.encoding,
        delimiter=document.delimiter,
        sheets=tuple(_sheet(log, number) for number in range(len(log.layouts))),
        unread_sheets=log.unread_sheets,
        rows=len(log),
        skipped=log.skipped.total(),
        left_out=_left_out(log),
        is_problem_book=is_problem_book,
        proposal=nothing if is_problem_book else proposal_of(log, draft, catalogue),
    )


def claims(connection: Connection, path: Path, draft: Declaration) -> tuple[ColumnPreview, ...]:
    """Every heading and the field it lays claim to, without samples.

    What a page offers to be changed where two columns claim one field and `preview` refuses.
    """
    form = ROUTES[draft.kind].form(read_catalogue(connection))
    return tuple(
        ColumnPreview(heading, field)
        for _sheet, header, fields in claimed_fields(read_document(path), draft.mapping, form)
        for heading, field in zip(header.labels, fields, strict=True)
        if heading
    )


def _left_out(log: LogRows) -> tuple[str, ...]:
    return tuple(dict.fromkeys(text for layout in log.layouts for text in layout.left_out))


def _sheet(log: LogRows, number: int) -> SheetPreview:
    layout = log.layouts[number]
    fields = {column.position: field for field, column in layout.columns.items()}
    columns = tuple(
        _column(log, number, heading, fields.get(position))
        for position, heading in enumerate(layout.header.labels)
        if heading
    )
    return SheetPreview(layout.sheet.name, layout.header.row + 1, columns, dict(layout.constants))


def _column(log: LogRows, sheet: int, heading: str, field: str | None) -> ColumnPreview:
    if field is None:
        return ColumnPreview(heading, None)
    return ColumnPreview(heading, field, _samples(log.cells[field][log.sheet == sheet]))


def _samples(cells: pd.Series) -> tuple[str, ...]:
    found = (cell_text(cell) for cell in cells.dropna().unique() if not is_blank(cell))
    return tuple(text for text, _ in zip(found, range(SAMPLES), strict=False))
