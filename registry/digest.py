"""A digest over the cases that an act recorded, the same from memory and from the database."""

import hashlib

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from registry import models
from registry.db import read_frame, table

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
_FIELD_END, _ROW_END = "\x1f", "\x1e"


def cases_digest(cases: pd.DataFrame, links: pd.DataFrame) -> str:
    """SHA-256 over DIGEST_COLUMNS, `fine_cny` in fen and the powers of each case, by id.

    cases: one row per version; links: `case_id`, `power_id`. Missing values count as ''.
    """
    cases = cases.sort_values("id")
    links = links.sort_values(["case_id", "power_id"])
    fen = np.rint(cases["fine_cny"].astype(float) * 100).astype("Int64")
    columns = [_texts(cases[name]) for name in DIGEST_COLUMNS] + [_texts(fen)]
    lines = _joined(columns)
    pairs = _joined([_texts(links["case_id"]), _texts(links["power_id"])])
    digest = hashlib.sha256()
    for texts in (lines, pairs):
        digest.update(_ROW_END.join(texts.to_pylist()).encode())
        digest.update(b"\x1d")
    return digest.hexdigest()


def _joined(columns: list[pa.Array]) -> pa.Array:
    return pc.binary_join_element_wise(*columns, pa.scalar(_FIELD_END, pa.large_string()))


def _texts(column: pd.Series) -> pa.Array:
    texts = pa.array(column, from_pandas=True)
    return pc.fill_null(pc.cast(texts, pa.large_string()), "")


def recorded_digest(connection: Connection, act: int) -> str:
    """The digest over what the database holds as recorded in an act."""
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
