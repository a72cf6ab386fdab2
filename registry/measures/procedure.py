"""Procedure: how penalties were handled, and what fines they ended with (DOMAIN §4, 8).

In: a snapshot, a window, group columns and filters. Out: the usual columns, `measure` among them.
The counts are those of registry/procedure.py; here they are added up and divided.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from registry.measures.exercise import divide
from registry.measures.grid import Grid
from registry.measures.grouping import Selection
from registry.measures.spread import occurrences, quantiles, spread
from registry.rollup import ONCE
from registry.snapshot import Snapshot
from registry.window import Window

Figures = dict[str, np.ndarray]
PARTS = {
    "summary_share": ("summary", ("summary", "ordinary")),
    "could_have_been_summary": ("within_limit", ("fined_ordinary",)),
    "over_90_days": ("overdue", ("timed",)),
    "withdrawal_rate": ("withdrawn", ("filed",)),
}
"""Measure → the count above and the counts below the line."""

FINES = {"fine_median": 5, "fine_p90": 9}
"""Measure → which tenth of the fines it stands at."""

ALL = (*PARTS, *FINES)


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
    filed, by the month of filing. fine_median, fine_p90: yuan, of decided penalties with a fine,
    by the inverted CDF; numerator missing, denominator the fines. Questions that tell powers
    apart are answered by power.
    """
    handled = _Handled(Grid.of(snapshot, window, by, selection))
    records = handled.grid.records()
    for measure in measures:
        figures = handled.share(measure) if measure in PARTS else handled.fine(FINES[measure])
        handled.grid.add(records, measure, **figures)
    return records.frame()


@dataclass(frozen=True)
class _Handled:
    """The penalties that a question is about, counted per cell."""

    grid: Grid

    @cached_property
    def counts(self) -> Figures:
        names = {name for above, below in PARTS.values() for name in (above, *below)}
        return self.grid.sums(self.grid.snapshot.procedure, sorted(names))

    @cached_property
    def fines(self) -> pd.DataFrame:
        return _fines(self.grid)

    def share(self, measure: str) -> Figures:
        above, below = PARTS[measure]
        whole = np.sum([self.counts[name] for name in below], axis=0)
        return {
            "numerator": self.counts[above],
            "denominator": whole,
            "value": divide(self.counts[above], whole, self.grid.returns[0]),
            "completeness": self.grid.completeness,
        }

    def fine(self, tenths: int) -> Figures:
        value, count = quantiles(self.grid, self.fines, tenths)
        return {
            "numerator": np.full(self.grid.shape, np.nan),
            "denominator": count,
            "value": np.where(self.grid.returns[0] > 0, value / 100, np.nan),
            "completeness": self.grid.completeness,
        }


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
    found = _fines(grid)
    return spread(grid, "fine_cny", found.assign(at=found["at"] / 100))


def _fines(grid: Grid) -> pd.DataFrame:
    """Decided penalties by their fine in fen, of each cell."""
    rows = grid.snapshot.fines.during(grid.window)
    months, units, powers = (rows[name].to_numpy() for name in ("month", "unit_id", "power_id"))
    # Over all powers and ONCE the counts add up to each case once.
    cells = grid.cells(months, units, np.full_like(powers, ONCE) if grid.each_once else powers)
    return occurrences(cells, rows["fine_fen"].to_numpy(), rows["cases"].to_numpy())
