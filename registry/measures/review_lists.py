"""Lists of single cases behind the measures of legal review: breaches, and what waits.

In: a connection, a window or a day, filters. Out: case numbers with their judicial office, which
is keyed by its unit, and days; no names. Found by indexes that hold such cases alone.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from registry import models
from registry.access import scope
from registry.adjustment.policies import policy_at
from registry.adjustment.policy import Policy
from registry.db import current, read_frame, table
from registry.measures.grouping import Selection
from registry.procedure import decided_without_review
from registry.rollup import days_of
from registry.window import Window
from registry.workdays import working_days, working_days_after

CASES, UNITS = table(models.Case), table(models.Unit)
LINKS, POWERS = table(models.CasePower), table(models.Power)
PLACE = ("district", "unit")
BREACHES = (*PLACE, "case_no", "action", "case_day", "requested_on", "completed_on")
WAITING = (*PLACE, "case_no", "requested_on", "working_days", "due_on", "overdue")
UNIT_COLUMNS = {"district": UNITS.c.district_code, "unit": UNITS.c.code}
POWER_COLUMNS = {
    "department": POWERS.c.source_department,
    "domain": POWERS.c.domain,
    "kind": POWERS.c.kind,
    "power": POWERS.c.code,
}
REQUESTED, COMPLETED = CASES.c.review_requested_on, CASES.c.review_completed_on
DAYS = {"requested_on": REQUESTED, "completed_on": COMPLETED}


def review_breaches(
    connection: Connection,
    window: Window,
    selection: Selection = Selection(),  # noqa: B008  frozen
    known: int | None = None,
) -> pd.DataFrame:
    """Cases decided without the review that they required (art. 58), oldest first; BREACHES.

    The cases that `decided_without_review` counts in the window; days are dates or None.
    """
    required = sa.text(models.REVIEW_REQUIRED)
    inside = (CASES.c.case_day >= window.start) & (CASES.c.case_day < window.end)
    open_then = COMPLETED.is_(None) | (CASES.c.case_day < COMPLETED)
    acts = CASES.c.action.in_(["penalty", "coercion"])
    more = ("action", "case_day", "decided_on", "outcome", "review_required")
    columns = {name: CASES.c[name] for name in more} | DAYS
    rows = _cases(connection, (required, inside, open_then, acts), columns, selection, known)
    judged = rows.rename(columns={"completed_on": "review_completed_on"})
    listed = rows[decided_without_review(judged)].sort_values(["case_day", *PLACE, "case_no"])
    return listed[list(BREACHES)].reset_index(drop=True)


def waiting_reviews(
    connection: Connection,
    day: date,
    selection: Selection = Selection(),  # noqa: B008  frozen
    policy: Policy | None = None,
    known: int | None = None,
) -> pd.DataFrame:
    """Cases that waited for their review at the end of a day, oldest request first; WAITING.

    working_days: waited so far; due_on: the last day on which it is on time (policy); overdue:
    that day is over. Days are dates.
    """
    waits = (day >= REQUESTED) & (COMPLETED.is_(None) | (day < COMPLETED))
    reviewed = sa.text(f"({models.REVIEWED})")
    rows = _cases(connection, (reviewed, waits), {"requested_on": REQUESTED}, selection, known)
    requested, today = days_of(rows["requested_on"]), np.array(day, "datetime64[D]")
    due = working_days_after(requested, (policy or policy_at(connection, known)).review_days)
    listed = rows.assign(
        working_days=working_days(requested, today).astype(np.int64),
        due_on=due.astype(object),
        overdue=due < today,
    )
    ordered = listed.sort_values(["requested_on", *PLACE, "case_no"])
    return ordered[list(WAITING)].reset_index(drop=True)


def _cases(
    connection: Connection,
    conditions: Sequence[sa.ColumnElement[bool] | sa.TextClause],
    columns: Mapping[str, sa.ColumnElement[Any]],
    selection: Selection,
    known: int | None,
) -> pd.DataFrame:
    """Cases current now, or as known then: `district`, `unit`, `case_no`, the columns asked for.

    Only those of districts that whoever acts may see; raises Refused where that is none.
    """
    scope().check_cases()
    asked = {**UNIT_COLUMNS, "case_no": CASES.c.case_no, **columns}
    query = sa.select(*(column.label(name) for name, column in asked.items()))
    query = query.join_from(CASES, UNITS, UNITS.c.id == CASES.c.unit_id)
    query = query.where(*conditions, current(CASES, known), *_on_powers(selection))
    rows = _of_units(read_frame(connection, query), selection)
    own = scope().districts
    return rows if own is None else rows[rows["district"].isin(own)].reset_index(drop=True)


def _of_units(rows: pd.DataFrame, selection: Selection) -> pd.DataFrame:
    """The rows of selected units. Told to choose them itself, the database would go through all
    cases of a district instead of the few that are sent to review."""
    for name in UNIT_COLUMNS:
        codes = getattr(selection, name)
        rows = rows[rows[name].isin(codes)] if codes else rows
    return rows.reset_index(drop=True)


def _on_powers(selection: Selection) -> list[sa.ColumnElement[bool]]:
    """The filters by power as a condition: one of the case's powers meets all of them."""
    chosen = {name: getattr(selection, name) for name in POWER_COLUMNS}
    on_powers = [POWER_COLUMNS[name].in_(codes) for name, codes in chosen.items() if codes]
    link = sa.select(LINKS.c.case_id).join(POWERS, POWERS.c.id == LINKS.c.power_id)
    linked = link.where(LINKS.c.case_id == CASES.c.id, *on_powers)
    return [linked.exists()] if on_powers else []
