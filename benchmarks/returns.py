"""Synthetic monthly returns beside the synthetic cases: staff, complaints, whistles, training.

In: the catalogue and the months. Out: a frame a kind with the columns of its table, and the
officers by origin. Every holder of powers returned every month. Seeded, like the cases.
"""

from typing import Any

import numpy as np
import pandas as pd
from sqlalchemy.engine import Connection

from registry import db, models
from registry.catalogue import Catalogue
from registry.insert import insert_frame
from registry.returns import RETURNS
from registry.window import Window

TOPIC_SHARE = 0.4
"""How many of the topics a unit's residents call about in a month."""

STAYING = (0.9, 0.95, 0.95, 0.9)
"""Of the staff of each step those who are in the next: in post, certified, front line, at work."""

Returned = dict[str, pd.DataFrame]


def draw_returns(catalogue: Catalogue, months: Window, seed: int = 433) -> Returned:
    """Kind → its rows; `unit_id` and `month` first."""
    rng = np.random.default_rng(seed)
    units, departments = catalogue.units, catalogue.names("department")
    is_district = units["unit_kind"].eq("district")
    holders, districts = units.loc[~is_district, "id"], units.loc[is_district, "id"]
    topics = catalogue.topics["code"]
    return {
        "staffing": _staffing(rng, _product(months, unit_id=holders)),
        "complaints": _complaints(rng, _product(months, unit_id=holders, topic=topics)),
        "whistles": _whistles(rng, _product(months, unit_id=holders, department=departments)),
        "training": _training(rng, _product(months, unit_id=districts, department=departments)),
    }


def _product(months: Window, **subjects: Any) -> pd.DataFrame:
    """A row for each month and combination of the subjects."""
    parts = {"month": months.months, **subjects}
    return pd.MultiIndex.from_product(parts.values(), names=list(parts)).to_frame(index=False)


def _staffing(rng: np.random.Generator, rows: pd.DataFrame) -> pd.DataFrame:
    staff = [rng.integers(10, 40, len(rows))]
    for share in STAYING:
        staff.append(rng.binomial(staff[-1], share))
    established, in_post, certified, front_line, handled = staff
    return rows.assign(
        established=established,
        in_post=in_post,
        certified=certified,
        seconded=certified - front_line,
        front_line=front_line,
        handled_case=handled,
        auxiliary=established // 2,
        reviewers=rng.integers(1, 4, len(rows)),
    )


def _complaints(rng: np.random.Generator, rows: pd.DataFrame) -> pd.DataFrame:
    rows = rows[rng.random(len(rows)) < TOPIC_SHARE]
    return rows.assign(power="", complaints=1 + rng.poisson(3, len(rows)))


def _whistles(rng: np.random.Generator, rows: pd.DataFrame) -> pd.DataFrame:
    called = rng.poisson(2, len(rows))
    on_time = rng.binomial(called, 0.8)
    rows = rows.assign(called=called, on_time=on_time, solved=rng.binomial(on_time, 0.7))
    return rows[called > 0]


def _training(rng: np.random.Generator, rows: pd.DataFrame) -> pd.DataFrame:
    sessions = rng.poisson(1, len(rows))
    return rows.assign(
        sessions=sessions,
        officers_trained=sessions * 12,
        joint_operations=rng.poisson(1, len(rows)),
    )


def insert_returns(
    connection: Connection,
    catalogue: Catalogue,
    kind: str,
    rows: pd.DataFrame,
    said: dict[str, int],
) -> None:
    """Store the rows of one kind. said: `batch_id`, `said_in`, `recorded_in`."""
    first = db.next_id(connection, RETURNS[kind])
    rows = rows.assign(id=first + np.arange(len(rows)), **said)
    insert_frame(connection, RETURNS[kind], rows)
    if kind == "staffing":
        insert_frame(connection, models.StaffingOrigin, _origins(rows, catalogue))


def _origins(staffing: pd.DataFrame, catalogue: Catalogue) -> pd.DataFrame:
    """Nine in ten officers in post from the department that gave most powers, the rest from the
    next."""
    leading, second, *_ = catalogue.names("department")
    others = staffing["in_post"] // 10
    officers = {leading: staffing["in_post"] - others, second: others}
    parts = [
        pd.DataFrame({"staffing_id": staffing["id"], "department": code, "officers": counts})
        for code, counts in officers.items()
    ]
    return pd.concat(parts, ignore_index=True)
