"""How the values of observations are spread within the cells of a question.

In: of each observation its cell, its value and how often it counts. Out: a record for each value
that occurs, or a quantile of each cell (inverted CDF).
"""

import numpy as np
import pandas as pd

from registry.measures.exercise import divide
from registry.measures.grid import OUTSIDE, Grid
from registry.rollup import count_by

FIGURES = ("numerator", "denominator", "value", "completeness")


def occurrences(cells: np.ndarray, values: np.ndarray, counts: np.ndarray | int) -> pd.DataFrame:
    """`cell`, `at`, `count`: how often each value occurs in each cell, lowest first.

    Counts may correct one another: a value's counts are added up before anything is read off them.
    """
    inside = cells != OUTSIDE
    every = np.broadcast_to(counts, cells.shape)
    return count_by({"cell": cells[inside], "at": values[inside]}, {"count": every[inside]})


def quantiles(grid: Grid, found: pd.DataFrame, tenths: int) -> tuple[np.ndarray, np.ndarray]:
    """(quantile, observations) per cell: the smallest value that `tenths` tenths do not exceed.

    found: as `occurrences` gives it. NaN where a cell has no observation.
    """
    by_cell = found.groupby("cell")["count"]
    reached = by_cell.cumsum().to_numpy() * 10 >= tenths * by_cell.transform("sum").to_numpy()
    first = found[reached].drop_duplicates("cell")
    size = int(np.prod(grid.shape))
    value = np.full(size, np.nan)
    value[first["cell"]] = first["at"]
    total = np.bincount(found["cell"], found["count"], minlength=size).astype(np.int64)
    return value.reshape(grid.shape), total.reshape(grid.shape)


def spread(grid: Grid, column: str, found: pd.DataFrame) -> pd.DataFrame:
    """Group columns, `column` (the value), observations with that value ÷ all of the group's.

    A record for each value that occurs in a group, lowest first.
    """
    groups = _groups(grid)
    table = groups.merge(found, on="cell").sort_values(["cell", "at"])
    whole = table.groupby("cell")["count"].transform("sum").to_numpy()
    count = table["count"].to_numpy()
    figures = table.rename(columns={"at": column}).assign(
        numerator=count,
        denominator=whole,
        value=divide(count, whole, table["returned"].to_numpy()),
    )
    return figures[[*grid.by, column, *FIGURES]].reset_index(drop=True)


def _groups(grid: Grid) -> pd.DataFrame:
    """The group columns of each cell whose units held one of its powers, and its returns."""
    records = grid.records()
    grid.add(
        records,
        "",
        cell=np.arange(np.prod(grid.shape)).reshape(grid.shape),
        completeness=grid.completeness,
        returned=grid.returns[0],
    )
    return records.frame()
