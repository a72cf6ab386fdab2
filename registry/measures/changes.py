"""What the newest import changed: rates with and without what it recorded.

The import's own cases are taken off the roll-up, and the versions that it ended put back on, so
that the cost follows the import and not the register.
"""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from registry import models
from registry.db import read_frame, table
from registry.measures.exercise import exercise_rate
from registry.returns import USAGE_LOG
from registry.rollup import CASE_COLUMNS
from registry.snapshot import Snapshot
from registry.usage import USAGE, UsageCube, monthly_usage
from registry.window import Window

CASES, POWERS, BATCHES = table(models.Case), table(models.CasePower), table(models.Batch)


@dataclass(frozen=True)
class Change:
    """The newest standing import, and the rates of its districts before and after it.

    rates: `district`, then `numerator`, `denominator`, `value`, `completeness` as they are now
    and `numerator_before`, `value_before`.
    """

    batch: int
    file_name: str
    window: Window
    counts: dict[str, int]
    rates: pd.DataFrame


def last_change(connection: Connection, snapshot: Snapshot) -> Change | None:
    """What the newest standing usage import changed over its own months; None without one."""
    query = (
        sa.select(BATCHES)
        .where(
            BATCHES.c.withdrawn_in.is_(None),
            BATCHES.c.kind == "usage",
            BATCHES.c.month_from.is_not(None),
        )
        .order_by(BATCHES.c.id.desc())
        .limit(1)
    )
    batch = connection.execute(query).mappings().first()
    if batch is None:
        return None
    window = Window(batch["month_from"], batch["month_to"])
    before = _without(connection, snapshot, batch["recorded_in"], batch["id"])
    now, then = (exercise_rate(s, window, ("district",)) for s in (snapshot, before))
    rates = now.merge(
        then[["district", "numerator", "value"]], on="district", suffixes=("", "_before")
    )
    districts = batch["districts"].split(",")
    names = ("read", "accepted", "corrected", "unchanged", "quarantined", "skipped")
    return Change(
        batch=batch["id"],
        file_name=batch["file_name"],
        window=window,
        counts={name: batch[name] for name in names},
        rates=rates[rates["district"].isin(districts)].reset_index(drop=True),
    )


def _without(connection: Connection, snapshot: Snapshot, act: int, batch: int) -> Snapshot:
    """The snapshot as it would be without what an act recorded."""
    new = _usage(connection, (CASES.c.recorded_in == act) & CASES.c.superseded_in.is_(None))
    ended = _usage(connection, CASES.c.superseded_in == act)
    usage = USAGE.combine(USAGE.read(connection), new, ended, signs=(1, -1, 1))
    catalogue = snapshot.catalogue
    window = snapshot.cube.window
    return replace(
        snapshot,
        cube=UsageCube.build(usage, catalogue.units, catalogue.powers, window),
        returned=_returned_by_others(connection, snapshot, batch),
    )


def _usage(connection: Connection, among: sa.ColumnElement[bool]) -> pd.DataFrame:
    cases = read_frame(connection, sa.select(*(CASES.c[c] for c in CASE_COLUMNS)).where(among))
    joined = sa.select(POWERS).join(CASES, CASES.c.id == POWERS.c.case_id).where(among)
    return monthly_usage(cases, read_frame(connection, joined))


def _returned_by_others(connection: Connection, snapshot: Snapshot, batch: int) -> np.ndarray:
    shape = table(models.Coverage)
    query = sa.select(shape.c.unit_id, shape.c.month).where(
        shape.c.superseded_in.is_(None), shape.c.batch_id != batch, shape.c.kind == USAGE_LOG
    )
    pairs = read_frame(connection, query.distinct())
    marks = np.zeros_like(snapshot.returned)
    month = pd.Index(snapshot.cube.window.months).get_indexer(pairs["month"])
    unit = pd.Index(snapshot.catalogue.units["id"]).get_indexer(pairs["unit_id"])
    marks[month, unit] = True
    return marks
