"""Procedure: how penalties were handled, and what fines they ended with (DOMAIN §4, 8).

In: a snapshot, a window, group columns and filters. Out: the usual columns, `measure` among them.
The counts are those of registry/procedure.py; here they are added up and divided.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from registry.measures.exercise import divide
from registry.measures.grid import OUTSIDE, Grid
from registry.measures.grouping import Selection
from registry.rollup import ONCE
from registry.snapshot import Snapshot
from registry.window import Window

PARTS = {
    "summary_share": ("summary", ("summary", "ordinary")),
    "could_have_been_summary": ("within_limit", ("fined_ordinary",)),
    "over_90_days": ("overdue", ("timed",)),
    "withdrawal_rate": ("withdrawn", ("filed",)),
}
"""Measure → the count above and the counts below the line."""

ALL = tuple(PARTS)


def procedure(
    snapshot: Snapshot,
    window: Window,
    by: Sequence[str] = (),
    *,
    selection: Selection = Selection(),  # noqa: B008  frozen
    measures: tuple[str, ...] = ALL,
) -> pd.DataFrame:
    """Shares of penalties, for every group that held a power; `value` is a fraction.

    summary_share: decided by summary procedure ÷ decided with a known procedure.
    could_have_been_summary: of ordinary ones, punished, with known fine and party, those within
    the limits of the summary procedure on their day. over_90_days: of ordinary ones decided since
    the time limit is law, with both dates, those that took longer. withdrawal_rate: withdrawn ÷
    filed, by the month of filing. Questions that tell powers apart are answered by power.
    """
    grid = Grid.of(snapshot, window, by, selection)
    names = {name for m in measures for name in (PARTS[m][0], *PARTS[m][1])}
    counts = grid.sums(snapshot.procedure, sorted(names))
    records = grid.records()
    for measure in measures:
        above, below = PARTS[measure]
        whole = np.sum([counts[name] for name in below], axis=0)
        grid.add(
            records,
            measure,
            numerator=counts[above],
            denominator=whole,
            value=divide(counts[above], whole, grid.returns[0]),
            completeness=grid.completeness,
        )
    return records.frame()


def fine_distribution(
    snapshot: Snapshot,
    window: Window,
    by: Sequence[str] = (),
    *,
    selection: Selection = Selection(),  # noqa: B008  frozen
) -> pd.DataFrame:
    """Group columns, `fine_cny`, cases with that fine ÷ decided penalties with a fine.

    A record for each fine that occurs in a group, lowest first; fines of 0 are none.
    """
    grid = Grid.of(snapshot, window, by, selection)
    rows = grid.rows(snapshot.fines)
    months, units, powers = (rows[name].to_numpy() for name in ("month", "unit_id", "power_id"))
    # Over all powers and ONCE the counts add up to each case once.
    cells = grid.cells(months, units, np.full_like(powers, ONCE) if grid.each_once else powers)
    placed = pd.DataFrame({"cell": cells, "fine_fen": rows["fine_fen"], "cases": rows["cases"]})
    counted = placed[cells != OUTSIDE].groupby(["cell", "fine_fen"], as_index=False)["cases"].sum()
    return _fine_records(grid, counted)


def _fine_records(grid: Grid, counted: pd.DataFrame) -> pd.DataFrame:
    records = grid.records()
    grid.add(
        records,
        "fine_distribution",
        cell=np.arange(np.prod(grid.shape)).reshape(grid.shape),
        completeness=grid.completeness,
        returned=grid.returns[0],
    )
    table = records.frame().merge(counted, on="cell").sort_values(["cell", "fine_fen"])
    cases = table["cases"].to_numpy()
    whole = table.groupby("cell")["cases"].transform("sum").to_numpy()
    value = divide(cases, whole, table["returned"].to_numpy())
    figures = table.assign(
        fine_cny=table["fine_fen"] / 100, numerator=cases, denominator=whole, value=value
    )
    columns = ["fine_cny", "numerator", "denominator", "value", "completeness"]
    return figures[[*grid.by, *columns]].reset_index(drop=True)
