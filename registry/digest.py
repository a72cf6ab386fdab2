"""Digests over what acts recorded and ended; of cases the same from memory and from the database.

An act's digest covers, of every fact table, the rows that it recorded, each with what it says,
and the numbers of those that it ended. Which tables these are follows from their columns.
"""

import hashlib
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from functools import reduce
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlmodel import SQLModel

from registry import models
from registry.canonical import canonical_text, text_digest
from registry.db import SLICE, table, uncollected

DIGEST_COLUMNS = [
    "id",
    "unit_id",
    "action",
    "case_no",
    "case_key",
    "filed_on",
    "decided_on",
    "closed_on",
    "annulled_on",
    "case_day",
    "procedure",
    "party_type",
    "outcome",
    "review_required",
    "review_requested_on",
    "review_completed_on",
    "review_outcome",
    "batch_id",
    "said_in",
]
_FIELD_END, _ROW_END, _TABLE_END = "\x1f", "\x1e", b"\x1d"
_MISSING = "\x1a"  # no text of a case holds it, so that no blank passes for a missing value

CASES, CASE_POWERS = table(models.Case), table(models.CasePower)
ENDINGS = ("superseded_in", "resolved_in", "withdrawn_in")
"""Columns that say which act ended a row."""

PARENTS = {"staffing_origin": "staffing"}
"""Tables whose rows belong to those of a fact table without a foreign key that says so."""

Known = Mapping[int, str | None]
Stage = Callable[[str], None]


def canonical(content: Mapping[str, str | int]) -> bytes:
    """An object of texts and whole numbers as canonical JSON (RFC 8785)."""
    return canonical_text(content).encode()


def digest_of(content: Mapping[str, str | int]) -> str:
    return text_digest(canonical_text(content))


NOTHING = digest_of({})
"""The digest of an act that recorded and ended no row."""


def act_digests(
    connection: Connection,
    since: int = 0,
    cases: Known | None = None,
    progress: Stage = lambda stage: None,
) -> dict[int, str]:
    """Act → digest, of the acts after number `since` that recorded or ended anything.

    cases: of all these acts, digests over cases that are known from memory already, else None;
    cases of acts that have one are not read.
    """
    parts: dict[int, dict[str, str | int]] = defaultdict(dict)
    with uncollected():
        for name, found in _parts(connection, since, cases or {}, progress):
            for act, digest in found.items():
                parts[act][name] = digest
    return {act: digest_of(content) for act, content in parts.items()}


def _parts(
    connection: Connection, since: int, cases: Known, progress: Stage
) -> Iterator[tuple[str, dict[int, str]]]:
    """(name of the part, act → digest) for what was recorded and ended in each table."""
    progress(CASES.name)
    yield CASES.name, _case_digests(connection, since, cases)
    for name, shape in SQLModel.metadata.tables.items():
        if "recorded_in" in shape.c and shape is not CASES:
            progress(name)
            yield name, _digests(connection, _recorded(shape, since))
        for ending in ENDINGS:
            if ending in shape.c:
                yield f"{name} {ending}", _digests(connection, _ended(shape, ending, since))
        parent = parent_of(shape)
        if parent is not None:
            yield name, _digests(connection, _belonging(shape, *parent, since))


def parent_of(shape: sa.Table) -> tuple[sa.Column[Any], sa.Table] | None:
    """(its column, the fact table) of a table whose rows belong to those of a fact table."""
    tables = SQLModel.metadata.tables
    if shape.name in PARENTS:
        return shape.c[f"{PARENTS[shape.name]}_id"], tables[PARENTS[shape.name]]
    if "recorded_in" in shape.c:
        return None
    for column in shape.columns:
        for key in column.foreign_keys:
            if "recorded_in" in key.column.table.c:
                return column, key.column.table
    return None


def _recorded(shape: sa.Table, since: int) -> sa.Select[Any]:
    said = [c for c in shape.columns if c.name not in ("recorded_in", *ENDINGS)]
    query = sa.select(shape.c.recorded_in, *_texts_of(said))
    return query.where(_after(shape.c.recorded_in, since)).order_by(*shape.primary_key)


def _ended(shape: sa.Table, ending: str, since: int) -> sa.Select[Any]:
    query = sa.select(shape.c[ending], *_texts_of(shape.primary_key))
    return query.where(_after(shape.c[ending], since)).order_by(*shape.primary_key)


def _belonging(
    shape: sa.Table, column: sa.Column[Any], parent: sa.Table, since: int
) -> sa.Select[Any]:
    query = sa.select(parent.c.recorded_in.label("act"), *_texts_of(shape.columns))
    query = query.join(parent, parent.c.id == column)
    return query.where(_after(parent.c.recorded_in, since)).order_by(*shape.primary_key)


def _after(act: sa.ColumnElement[Any], since: int) -> sa.ColumnElement[bool]:
    """The acts after a number; after 0 also those that cannot be."""
    return act > since if since else act.is_not(None)


def _texts_of(columns: Any) -> list[sa.ColumnElement[Any]]:
    """The columns as stored, written alike by every database; free text that may be erased is
    left out (models.ERASABLE)."""
    texts = []
    for column in columns:
        if column.info.get(models.ERASABLE):
            continue
        stored = sa.cast(column, sa.Integer) if isinstance(column.type, sa.Boolean) else column
        is_float = isinstance(column.type, sa.Float)
        texts.append((stored if is_float else sa.cast(stored, sa.Text)).label(column.name))
    return texts


def _digests(connection: Connection, query: sa.Select[Any]) -> dict[int, str]:
    """Act (the first column) → digest over its rows, each as canonical JSON.

    What is missing is left out, so that a column that is added later breaks no earlier digest.
    """
    running: dict[int, Any] = defaultdict(hashlib.sha256)
    result = connection.execute(query)
    names = list(result.keys())[1:]
    for act, *values in result:
        said = {n: str(v) for n, v in zip(names, values, strict=True) if v is not None}
        running[act].update(canonical(said) + b"\n")
    return {act: digest.hexdigest() for act, digest in running.items()}


def cases_digest(cases: pd.DataFrame, links: pd.DataFrame) -> str:
    """SHA-256 over DIGEST_COLUMNS, `fine_cny` in fen and the powers of each case, by id.

    cases: one row per version; links: `case_id`, `power_id`.
    """
    digest = hashlib.sha256()
    for frame in (cases.sort_values("id"), links.sort_values(["case_id", "power_id"])):
        for start in range(0, len(frame), SLICE):
            digest.update(_joined(_lines(frame.iloc[start : start + SLICE])))
        digest.update(_TABLE_END)
    return digest.hexdigest()


def _lines(rows: pd.DataFrame) -> pa.Array:
    """The rows of one table as text."""
    if "fine_cny" in rows:
        columns = [*(_texts(rows[name]) for name in DIGEST_COLUMNS), _fens(rows["fine_cny"])]
    else:
        columns = [_texts(rows["case_id"]), _texts(rows["power_id"])]
    return pc.binary_join_element_wise(*columns, _scalar(_FIELD_END))


def _joined(lines: pa.Array) -> bytes:
    """Lines, each with its end."""
    one_list = pa.LargeListArray.from_arrays([0, len(lines)], lines)
    whole = pc.binary_join(one_list, _scalar(_ROW_END))[0].as_buffer().to_pybytes()
    return whole + _ROW_END.encode()


def _scalar(text: str) -> pa.Scalar:
    return pa.scalar(text, pa.large_string())


def _texts(column: pd.Series) -> pa.Array:
    texts = pa.array(column, from_pandas=True)
    if isinstance(texts, pa.ChunkedArray):
        texts = texts.combine_chunks()
    return pc.fill_null(pc.cast(texts, pa.large_string()), _MISSING)


def _fens(fines: pd.Series) -> pa.Array:
    """Fines in fen; one that is no whole number of them in full."""
    yuan = fines.astype(float).to_numpy()
    fen = np.rint(yuan * 100)
    texts = pc.cast(pc.cast(pa.array(fen, from_pandas=True), pa.int64()), pa.large_string())
    odd = ~np.isnan(yuan) & (fen / 100 != yuan)
    if odd.any():
        exact = pa.array([repr(float(value)) for value in yuan], pa.large_string())
        texts = pc.if_else(pa.array(odd), exact, texts)
    return pc.fill_null(texts, _MISSING)


def _case_digests(connection: Connection, since: int, known: Known) -> dict[int, str]:
    """Act → `cases_digest` of what it recorded, read in one pass over cases and one over powers."""
    found = {act: digest for act, digest in known.items() if digest is not None}
    among = _after(CASES.c.recorded_in, since)
    if known:  # to look for other acts' cases would take as long as to count them all
        among = CASES.c.recorded_in.in_(known.keys() - found.keys())
    running: dict[int, Any] = defaultdict(hashlib.sha256)
    for read in (_stored_cases, _stored_links):
        for act, rows in read(connection, among):
            running[act].update(rows)
        for digest in running.values():
            digest.update(_TABLE_END)
    return found | {act: digest.hexdigest() for act, digest in running.items()}


def _stored_cases(
    connection: Connection, among: sa.ColumnElement[bool]
) -> Iterator[tuple[int, bytes]]:
    fields = [CASES.c[name] for name in DIGEST_COLUMNS]
    fine = sa.cast(CASES.c.fine_cny, sa.Float)
    query = sa.select(CASES.c.recorded_in, _line(fields), fine).order_by(CASES.c.id)
    for acts, lines, fines in _slices(connection, query, among):
        texts = pa.array(lines, pa.large_string())
        whole = pc.binary_join_element_wise(
            texts, _fens(pd.Series(fines, dtype=object)), _scalar(_FIELD_END)
        )
        yield from _by_act(acts, whole)


def _stored_links(
    connection: Connection, among: sa.ColumnElement[bool]
) -> Iterator[tuple[int, bytes]]:
    key = (CASE_POWERS.c.case_id, CASE_POWERS.c.power_id)
    query = sa.select(CASES.c.recorded_in, _line(key))
    query = query.join(CASE_POWERS, CASE_POWERS.c.case_id == CASES.c.id).order_by(*key)
    for acts, lines in _slices(connection, query, among):
        yield from _by_act(acts, pa.array(lines, pa.large_string()))


def _line(columns: Any) -> sa.ColumnElement[str]:
    """The columns of a row as one text, joined by the database: a million rows in a second."""
    # To cast what is text already would take a third longer.
    stored = [c if isinstance(c.type, sa.String) else sa.cast(c, sa.Text) for c in columns]
    texts = [sa.func.coalesce(text, _MISSING) for text in stored]
    return reduce(lambda left, right: left.concat(_FIELD_END).concat(right), texts)


def _slices(
    connection: Connection, query: sa.Select[Any], among: sa.ColumnElement[bool]
) -> Iterator[list[tuple[Any, ...]]]:
    """The columns of a query over these cases, those of some cases at a time.

    Tuples of the driver: a Python object around each row would take as long as all else.
    """
    span = sa.select(sa.func.min(CASES.c.id), sa.func.max(CASES.c.id)).where(among)
    first, last = connection.execute(span).one()
    for start in range(first or 0, (last or -1) + 1, SLICE):
        part = query.where(among, CASES.c.id.between(start, start + SLICE - 1))
        with connection.execute(part) as result:
            rows = result.cursor.fetchall()
        if rows:
            yield list(zip(*rows, strict=True))


def _by_act(acts: tuple[int, ...], lines: pa.Array) -> Iterator[tuple[int, bytes]]:
    """(act, its lines) of each run of rows of one act."""
    numbers = np.array(acts)
    edges = [0, *(np.flatnonzero(np.diff(numbers)) + 1).tolist(), len(numbers)]
    for first, end in pairwise(edges):
        yield int(numbers[first]), _joined(lines[first:end])
