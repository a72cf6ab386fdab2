"""How many powers are dormant: the states of `dormant`, counted by source department."""

import pandas as pd

from registry.measures.exercise import DORMANT, NO_CASE_SEEN, USED, dormant
from registry.snapshot import Snapshot
from registry.window import Window

STATES = (USED, DORMANT, NO_CASE_SEEN)


def dormancy_by_department(snapshot: Snapshot, window: Window) -> pd.DataFrame:
    """`department`, `state`, then powers in that state ÷ powers held throughout the window.

    Every state has a record, also with none. Raises UsageError for less than 12 months.
    """
    states = dormant(snapshot, window)
    powers = snapshot.catalogue.powers.set_index("code")
    departments = states["power"].map(powers["source_department"])
    counts = pd.crosstab(departments, states["state"]).reindex(columns=list(STATES), fill_value=0)
    order = [c for c in snapshot.catalogue.names("department") if c in counts.index]
    records = [
        {
            "department": department,
            "state": state,
            "numerator": int(counts.loc[department, state]),
            "denominator": int(counts.loc[department].sum()),
        }
        for department in order
        for state in STATES
    ]
    frame = pd.DataFrame(records, columns=["department", "state", "numerator", "denominator"])
    return frame.assign(value=frame["numerator"] / frame["denominator"])
