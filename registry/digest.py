"""A digest over what an act recorded; of cases the same from memory and from the database."""

import hashlib
import json

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from registry import models
from registry.db import SLICE, read_frame, table
from registry.returns import RETURNS, facts_of

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
]
_FIELD_END, _ROW_END, _TABLE_END = "\x1f", "\x1e", b"\x1d"


def cases_digest(cases: pd.DataFrame, links: pd.DataFrame) -> str:
    """SHA-256 over DIGEST_COLUMNS, `fine_cny` in fen and the powers of each case, by id.

    cases: one row per version; links: `case_id`, `power_id`. Missing values count as ''.
    """
    digest = hashlib.sha256()
    for frame in (cases.sort_values("id"), links.sort_values(["case_id", "power_id"])):
        separator = b""
        for start in range(0, len(frame), SLICE):
            digest.update(separator + _lines(frame.iloc[start : start + SLICE]))
            separator = _ROW_END.encode()
        digest.update(_TABLE_END)
    return digest.hexdigest()


def _lines(rows: pd.DataFrame) -> bytes:
    """The rows of one table as text, the separator of rows between them."""
    if "fine_cny" in rows:
        fen = np.rint(rows["fine_cny"].astype(float) * 100).astype("Int64")
        columns = [*(rows[name] for name in DIGEST_COLUMNS), fen]
    else:
        columns = [rows["case_id"], rows["power_id"]]
    lines = pc.binary_join_element_wise(*map(_texts, columns), _scalar(_FIELD_END))
    one_list = pa.LargeListArray.from_arrays([0, len(lines)], lines)
    return pc.binary_join(one_list, _scalar(_ROW_END))[0].as_buffer().to_pybytes()


def _scalar(text: str) -> pa.Scalar:
    return pa.scalar(text, pa.large_string())


def _texts(column: pd.Series) -> pa.Array:
    texts = pa.array(column, from_pandas=True)
    if isinstance(texts, pa.ChunkedArray):
        texts = texts.combine_chunks()
    return pc.fill_null(pc.cast(texts, pa.large_string()), "")


def recorded_digest(connection: Connection, act: int) -> str:
    """The digest over what the database holds as recorded in an act: its cases, and, where it
    recorded any, the rows of monthly returns."""
    returns = _returned(connection, act)
    cases = _recorded_cases(connection, act)
    return hashlib.sha256(f"{cases}\n{returns}".encode()).hexdigest() if returns else cases


def _recorded_cases(connection: Connection, act: int) -> str:
    shape, powers = table(models.Case), table(models.CasePower)
    days = [c.name for c in shape.columns if isinstance(c.type, sa.Date)]
    columns = [
        sa.cast(shape.c[name], sa.String).label(name) if name in days else shape.c[name]
        for name in [*DIGEST_COLUMNS, "fine_cny"]
    ]
    of_act = shape.c.recorded_in == act
    cases = read_frame(connection, sa.select(*columns).where(of_act))
    joined = sa.select(powers).join(shape, shape.c.id == powers.c.case_id).where(of_act)
    return cases_digest(cases, read_frame(connection, joined))


def _returned(connection: Connection, act: int) -> str:
    """The rows of monthly returns that an act recorded, as lines of JSON; '' where none."""
    lines: list[list[object]] = []
    for kind, model in RETURNS.items():
        shape = table(model)
        columns = [shape.c[name] for name in ("id", "batch_id", "said_in", *facts_of(model))]
        query = sa.select(*columns).where(shape.c.recorded_in == act).order_by(shape.c.id)
        lines += [[kind, *row] for row in connection.execute(query)]
    origin, staffing = table(models.StaffingOrigin), table(models.Staffing)
    query = sa.select(origin).join(staffing, staffing.c.id == origin.c.staffing_id)
    query = query.where(staffing.c.recorded_in == act)
    query = query.order_by(origin.c.staffing_id, origin.c.department)
    lines += [["staffing_origin", *row] for row in connection.execute(query)]
    return "\n".join(json.dumps(line, ensure_ascii=False) for line in lines)
