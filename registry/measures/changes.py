"""What the newest import changed: rates with and without what it recorded.

The import's own cases are taken off the cube of its months, and the versions that it ended put
back on, so that the cost follows the import and not the register.
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
from registry.rollup import cases_where
from registry.snapshot import Snapshot, mark
from registry.usage import USAGE, UsageCube, monthly_usage
from registry.window import Window

CASES, BATCHES = table(models.Case), table(models.Batch)


@dataclass(frozen=True)
class Change:
    """The newest standing import, and the rates of its districts before and after it.

    rates: `district`, then `numerator`, `denominator`, `value`, `completeness` as they are now
    and `numerator_before`, `value_before`, `completeness_before`.
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
    before = _without(connection, snapshot, batch, window)
    now, then = (exercise_rate(s, window, ("district",)) for s in (snapshot, before))
    rates = now.merge(
        then[["district", "numerator", "value", "completeness"]],
        on="district",
        suffixes=("", "_before"),
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


def _without(
    connection: Connection, snapshot: Snapshot, batch: sa.RowMapping, window: Window
) -> Snapshot:
    """The snapshot of these months as it would be without what a batch's act recorded."""
    act = batch["recorded_in"]
    new = _usage(connection, (CASES.c.recorded_in == act) & CASES.c.superseded_in.is_(None))
    ended = _usage(connection, CASES.c.superseded_in == act)
    change = USAGE.combine(new, ended, signs=(1, -1))
    return replace(
        snapshot,
        cube=_cube_without(change, snapshot, window),
        returned=_returned_by_others(connection, snapshot, batch["id"], window),
        flagged=snapshot.over(snapshot.flagged, window),
    )


def _cube_without(change: pd.DataFrame, snapshot: Snapshot, window: Window) -> UsageCube:
    """The cube of these months less a signed roll-up; its totals stay, which no rate asks for."""
    catalogue, cube = snapshot.catalogue, snapshot.cube.within(window)
    less = UsageCube.build(window.rows(change), catalogue.units, catalogue.powers, window)
    layers = {basis: layer - less.layers[basis] for basis, layer in cube.layers.items()}
    return replace(cube, layers=layers)


def _usage(connection: Connection, among: sa.ColumnElement[bool]) -> pd.DataFrame:
    return monthly_usage(*cases_where(connection, among))


def _returned_by_others(
    connection: Connection, snapshot: Snapshot, batch: int, window: Window
) -> np.ndarray:
    shape = table(models.Coverage)
    query = sa.select(shape.c.unit_id, shape.c.month).where(
        shape.c.superseded_in.is_(None),
        shape.c.batch_id != batch,
        shape.c.kind == USAGE_LOG,
        shape.c.month.between(window.first, window.last),
    )
    pairs = read_frame(connection, query.distinct())
    return mark(pairs, window, snapshot.catalogue.units)
