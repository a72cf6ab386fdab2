"""Families of measures: the records of several measures in one frame, by groups of units.

In: a frame a measure. Out: group columns, `measure`, then the fixed result columns.
"""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from registry.errors import UsageError
from registry.language import N_
from registry.measures.grouping import POWER_DIMENSIONS, Axis, Selection, check_dimensions

NOT_BY_POWERS = N_("{option}：这里的数是整个单位的，分不到职权、部门、领域或类别")

NO_POWERS = Axis(np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64), [()], ())
"""The power axis of measures that are not told by power: one group."""


def whole_units(
    by: Sequence[str], selection: Selection, told: Sequence[str] = ()
) -> tuple[str, ...]:
    """The group columns of measures that are told by none of the dimensions of powers but `told`.

    Raises UsageError for a group column or a filter of any other: it would divide by powers what
    was returned for a whole unit.
    """
    by = check_dimensions(by)
    for name in POWER_DIMENSIONS:
        if name not in told and (name in by or getattr(selection, name)):
            option = f"--by {name}" if name in by else f"--{name}"
            raise UsageError(NOT_BY_POWERS, option=option)
    return by


def one_frame(by: Sequence[str], frames: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """The frames, which begin with the group columns, one below the other with `measure` added.

    A column that a measure lacks is missing in its records.
    """
    for measure, frame in frames.items():
        frame.insert(len(by), "measure", measure)
    return pd.concat(frames.values(), ignore_index=True)


def total(units: Axis, numbers: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(sum, how many are known) of each group of units; numbers: float[all units, n], NaN unknown.

    A number that was not given is left out of the sum, never read as 0.
    """
    mine = numbers[units.positions]
    known = ~np.isnan(mine)
    sums = units.add(np.where(known, mine, 0.0), 0).astype(np.int64)
    return sums, units.add(known.astype(np.int64), 0)


def both_known(upper: np.ndarray, lower: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The same numbers, missing in both where either is."""
    unknown = np.isnan(upper) | np.isnan(lower)
    return np.where(unknown, np.nan, upper), np.where(unknown, np.nan, lower)
