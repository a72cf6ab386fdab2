"""Parts of roll-ups that were counted elsewhere, on a cluster, from files that stay there.

In: a connection. Out: what the standing parts add to the roll-ups, the quarantine and the reviews,
as known now or at an act. A part belongs to a batch of kind ROLLED_UP and stands as long as it.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from registry import models
from registry.db import read_frame, table
from registry.insert import insert_columns
from registry.procedure import FINES, PROCEDURE
from registry.rollup import Rollup
from registry.usage import USAGE

ROLLED_UP = "rollup"
"""The kind of a batch of which the register holds counts and no cases."""

PARTS = {
    USAGE: Rollup(models.UsagePart, USAGE.keys, USAGE.counts),
    PROCEDURE: Rollup(models.ProcedurePart, PROCEDURE.keys, PROCEDURE.counts),
    FINES: Rollup(models.FinePart, FINES.keys, FINES.counts),
}
"""Roll-up → the table of its parts."""

BATCHES = table(models.Batch)
QUARANTINE, REVIEWS = table(models.QuarantinePart), table(models.ReviewPart)


def standing(known: int | None = None) -> sa.ColumnElement[bool]:
    """The filter on `batch` of those counted elsewhere that stand, now or at act `known`."""
    elsewhere = BATCHES.c.kind == ROLLED_UP
    if known is None:
        return elsewhere & BATCHES.c.withdrawn_in.is_(None)
    still = BATCHES.c.withdrawn_in.is_(None) | (BATCHES.c.withdrawn_in > known)
    return elsewhere & (BATCHES.c.recorded_in <= known) & still


def of(shape: sa.Table, among: sa.ColumnElement[bool]) -> sa.ColumnElement[bool]:
    """The filter on a table of parts of those whose batch a condition chooses."""
    return shape.c.batch_id.in_(sa.select(BATCHES.c.id).where(among))


def read_part(
    connection: Connection, rollup: Rollup, among: sa.ColumnElement[bool]
) -> pd.DataFrame:
    """The columns of the roll-up: what the parts add of the batches that a condition chooses."""
    part = PARTS[rollup]
    return part.read(connection, of(table(part.model), among))


def with_parts(
    connection: Connection, rollup: Rollup, counted: pd.DataFrame, known: int | None = None
) -> pd.DataFrame:
    """What cases count, and what the parts standing add to it."""
    part = read_part(connection, rollup, standing(known))
    return rollup.combine(counted, part, signs=(1, 1)) if len(part) else counted


def write_part(connection: Connection, rollup: Rollup, rows: pd.DataFrame, batch: int) -> None:
    """Store a roll-up as the part of a batch."""
    part = PARTS[rollup]
    name, columns = table(part.model).name, part.stored_columns(rows)
    insert_columns(connection, name, part.columns, columns, {"batch_id": batch})


def take_off(connection: Connection, batches: Sequence[int]) -> None:
    """Take the parts of these batches off the stored roll-ups."""
    for rollup in PARTS:
        part = read_part(connection, rollup, BATCHES.c.id.in_(batches))
        rollup.add(connection, rollup.combine(part, signs=(-1,)))


def end_coverage(connection: Connection, batches: Sequence[int], act: int) -> int:
    """End what these batches cover; how many units' months that were."""
    shape = table(models.Coverage)
    standing_rows = shape.c.batch_id.in_(batches) & shape.c.superseded_in.is_(None)
    ending = sa.update(shape).where(standing_rows).values(superseded_in=act)
    return connection.execute(ending).rowcount


def quarantined_places(connection: Connection, known: int | None) -> pd.DataFrame:
    """`month`, `unit_id` of rows that lie in quarantine elsewhere."""
    placed = QUARANTINE.c.unit_id.is_not(None) & QUARANTINE.c.month.is_not(None)
    query = sa.select(QUARANTINE.c.month, QUARANTINE.c.unit_id)
    return read_frame(connection, query.where(placed, of(QUARANTINE, standing(known))).distinct())


def reviews_elsewhere(
    connection: Connection, known: int | None
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """(`case_id`, `unit_id`, `requested_on`, `completed_on`, `returned`; `case_id`, `power_id`) of
    the reviews of standing parts. Their numbers are below zero, where no case of ours is."""
    query = sa.select(REVIEWS).where(of(REVIEWS, standing(known))).order_by(REVIEWS.c.id)
    rows = read_frame(connection, query)
    numbers = -rows["id"].astype(np.int64)
    names = ["unit_id", "requested_on", "completed_on", "returned"]
    powers = rows["powers"].map(lambda text: [int(p) for p in text.split(";") if p])
    linked = pd.DataFrame({"case_id": numbers, "power_id": powers}).explode("power_id").dropna()
    return rows[names].assign(case_id=numbers), linked.astype(np.int64)
