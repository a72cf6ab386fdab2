"""Powers held on a day: how long the list is (DOMAIN §4, as-of).

A count, not a rate; lists are as of a day, so there is no window and no completeness.
"""

from collections.abc import Sequence
from datetime import date

import numpy as np
import pandas as pd

from registry.measures.exercise import divide
from registry.measures.grouping import (
    Records,
    Selection,
    check_dimensions,
    chosen,
    group_sums,
    power_axis,
    unit_axis,
    with_power,
)
from registry.snapshot import Snapshot


def held_powers(
    snapshot: Snapshot,
    day: date,
    by: Sequence[str] = (),
    *,
    selection: Selection = Selection(),  # noqa: B008  frozen
) -> pd.DataFrame:
    """Group columns and `powers`: how many powers at least one unit of the group held that day."""
    by = check_dimensions(by)
    units = unit_axis(snapshot.catalogue, by, selection)
    powers = power_axis(snapshot.catalogue, by, selection)
    records = Records(by, units, powers)
    held = snapshot.holdings.on(day)[np.ix_(units.positions, powers.positions)]
    counts = powers.add(units.any(held, 0).astype(np.int64), 1)
    records.add((), np.ones(counts.shape, dtype=bool), powers=counts)
    return records.frame()


def held_share(
    snapshot: Snapshot,
    day: date,
    by: Sequence[str] = (),
    *,
    selection: Selection = Selection(),  # noqa: B008  frozen
) -> pd.DataFrame:
    """By power: units of the group that hold it ÷ those that could, as of a day.

    Under 1 where a power was delegated, or kept, in some places only. A list as of a day is
    complete by definition: `completeness` is 1.
    """
    by = with_power(by)
    units = unit_axis(snapshot.catalogue, by, selection)
    powers = power_axis(snapshot.catalogue, by, selection)
    held = chosen(snapshot.holdings.on(day), units, powers)
    able = chosen(snapshot.holdings.able(day), units, powers)
    holding, all_units = (group_sums(flags, units, powers) for flags in (held, held | able))
    records = Records(by, units, powers)
    value = divide(holding, all_units)
    whole = np.ones_like(value)
    records.add(
        (), holding > 0, numerator=holding, denominator=all_units, value=value, completeness=whole
    )
    return records.frame()
