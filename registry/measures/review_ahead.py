"""Legal review in the months ahead: an extrapolation from the same months of earlier years.

In: a snapshot, the months asked for, unit groups and filters. Out: the usual columns by month. No
trend and no season is fitted: what is shown is a mean, and of how many years.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from registry.errors import UsageError
from registry.language import N_
from registry.measures.exercise import divide
from registry.measures.grid import Grid
from registry.measures.grouping import TIME_DIMENSIONS, Selection, check_dimensions
from registry.measures.review import Load
from registry.snapshot import Snapshot
from registry.window import Window, add_months, month_text


def months_ahead(
    snapshot: Snapshot,
    window: Window,
    by: Sequence[str] = (),
    *,
    selection: Selection = Selection(),  # noqa: B008  frozen
) -> pd.DataFrame:
    """Reviews to be expected in each month of the window, for every group that held a power.

    numerator: reviews requested in the same calendar month of earlier years; denominator: in how
    many of those years anything was returned for that month; value: their mean; completeness: of
    the returns of those months. Only months before the window count. Raises UsageError where
    `by` groups by time: the records are by month.
    """
    by = check_dimensions(by)
    for name in by:
        if name in TIME_DIMENSIONS:
            raise UsageError(N_("--by {name}：预估总是按月列出，不能再按时间分组"), name=name)
    past = _past(snapshot, window)
    grid = Grid.of(snapshot, past, (*by, "month"), selection)
    requests = grid.count(Load(grid, snapshot.policy).requested)
    returned, due = grid.returns
    records = grid.records()
    for month in window.months:
        alike = np.array([m % 100 == month % 100 for m in past.months])
        seen = returned[alike] > 0
        count, years = (requests[alike] * seen).sum(axis=0), seen.sum(axis=0)
        records.add(
            (month_text(month),),
            due.sum(axis=0) > 0,
            numerator=count,
            denominator=years,
            value=divide(count, years),
            completeness=divide(returned[alike].sum(axis=0), due[alike].sum(axis=0)),
        )
    return records.frame()


def _past(snapshot: Snapshot, window: Window) -> Window:
    """The months with returns before the window; at least the one before it."""
    last = add_months(window.first, -1)
    return Window(min(snapshot.cube.window.first, last), last)
