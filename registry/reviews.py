"""Cases sent to legal review: when each was requested, completed, returned.

In: a connection. Out: two frames, read from the index of reviewed cases alone; few among many.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, fields
from functools import cached_property
from itertools import product
from typing import Any

import numpy as np
import pandas as pd
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from registry import models
from registry.bulk import Ask, ask_bulk
from registry.db import current, table
from registry.parts import reviews_elsewhere
from registry.rollup import ONCE, by_power, days_of, months_of
from registry.window import Window
from registry.workdays import working_days

RETURNED = "returned"
DAYS = ("requested", "completed")
LEFT = "left"
COLUMNS = ("case_id", "unit_id", "requested_on", "completed_on", "returned")


def no_reviews() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "case_id": np.zeros(0, dtype=np.int64),
            "unit_id": np.zeros(0, dtype=np.int64),
            "requested_on": np.zeros(0, dtype="datetime64[D]").astype("datetime64[s]"),
            "completed_on": np.zeros(0, dtype="datetime64[D]").astype("datetime64[s]"),
            "returned": np.zeros(0, dtype=bool),
        }
    )


def no_links() -> pd.DataFrame:
    return pd.DataFrame({name: np.zeros(0, dtype=np.int64) for name in ("case_id", "power_id")})


@dataclass(frozen=True)
class Counted:
    """What counts in some month, sorted by month: equally long arrays, a row a case and power.

    rows: of `Reviews.cases`. power_ids: ONCE where each case is counted once.
    """

    months: np.ndarray
    rows: np.ndarray
    unit_ids: np.ndarray
    power_ids: np.ndarray

    def during(self, window: Window) -> "Counted":
        inside = window.slice(self.months)
        return Counted(*(getattr(self, field.name)[inside] for field in fields(self)))


@dataclass(frozen=True)
class Reviews:
    """cases: COLUMNS, a row a case with a request or a completion; missing days are NaT.
    links: `case_id`, `power_id`, a row a power of such a case."""

    cases: pd.DataFrame = field(default_factory=no_reviews)
    links: pd.DataFrame = field(default_factory=no_links)

    @cached_property
    def turnaround(self) -> np.ndarray:
        """float64 per case: working days d with requested < d ≤ completed (DOMAIN §4, 7).

        NaN, no observation, where a day is missing or the completion comes before the request.
        """
        requested, completed = (self.cases[f"{name}_on"].to_numpy() for name in DAYS)
        return np.where(completed >= requested, working_days(requested, completed), np.nan)

    @cached_property
    def months(self) -> dict[str, np.ndarray]:
        """Months of each case's request and completion, and of when nothing waits any longer; 0
        where missing. A completion before its request leaves nothing waiting."""
        days = {n: months_of(self.cases[f"{n}_on"].to_numpy("datetime64[D]")) for n in DAYS}
        both = np.logical_and.reduce([months > 0 for months in days.values()])
        return days | {LEFT: np.where(both, np.maximum(*days.values()), 0)}

    def counted(self, name: str, *, each_once: bool) -> Counted:
        """The cases with such a month: each once, or a row for each of its powers."""
        return self._counted[name, each_once]

    @cached_property
    def _counted(self) -> dict[tuple[str, bool], Counted]:
        rows, powers = by_power(self.cases.rename(columns={"case_id": "id"}), self.links)
        units = self.cases["unit_id"].to_numpy()[rows]
        found = {}
        for name, each_once in product(self.months, (True, False)):
            months = self.months[name][rows]
            inside = np.flatnonzero((months > 0) & ((powers == ONCE) == each_once))
            order = inside[np.argsort(months[inside], kind="stable")]
            found[name, each_once] = Counted(
                months[order], rows[order], units[order], powers[order]
            )
        return found


def read_reviews(connection: Connection, known: int | None = None) -> Reviews:
    """Current cases with a review, as known now or at act `known`; those counted elsewhere, too."""
    return ask_reviews(connection, known)()


def ask_reviews(connection: Connection, known: int | None = None) -> Callable[[], Reviews]:
    """Begin to read the same."""
    own = ask_own_reviews(connection, current(table(models.Case), known))
    elsewhere = reviews_elsewhere(connection, known)
    return lambda: _together(own(), elsewhere)


def _together(own: Reviews, elsewhere: tuple[pd.DataFrame, pd.DataFrame]) -> Reviews:
    if elsewhere[0].empty:
        return own
    cases = elsewhere[0].assign(
        **{
            f"{name}_on": days_of(elsewhere[0][f"{name}_on"]).astype("datetime64[s]")
            for name in DAYS
        }
    )
    parts = (own.cases, cases.astype(own.cases.dtypes.to_dict())), (own.links, elsewhere[1])
    return Reviews(*(pd.concat(part, ignore_index=True) for part in parts))


def ask_own_reviews(
    connection: Connection, among: sa.ColumnElement[bool], ask: Ask = ask_bulk
) -> Callable[[], Reviews]:
    """Begin to read the reviews of the versions of cases that a condition chooses."""
    cases, powers = table(models.Case), table(models.CasePower)
    chosen = sa.and_(sa.text(f"({models.REVIEWED})"), among)
    columns = {
        "case_id": cases.c.id,
        "unit_id": cases.c.unit_id,
        "requested_on": _said(cases.c.review_requested_on),
        "completed_on": _said(cases.c.review_completed_on),
        "outcome": _said(cases.c.review_outcome),
    }
    query = sa.select(*(column.label(name) for name, column in columns.items())).where(chosen)
    linked = sa.select(powers).join(cases, cases.c.id == powers.c.case_id).where(chosen)
    asked = ask(connection, query), ask(connection, linked)
    return lambda: _own(*(rows() for rows in asked))


def _own(rows: pd.DataFrame, links: pd.DataFrame) -> Reviews:
    if rows.empty:
        return Reviews()
    frame = pd.DataFrame(
        {
            "case_id": rows["case_id"].astype(np.int64),
            "unit_id": rows["unit_id"].astype(np.int64),
            "requested_on": days_of(rows["requested_on"]),
            "completed_on": days_of(rows["completed_on"]),
            "returned": rows["outcome"].eq(RETURNED),
        }
    )
    return Reviews(frame, links.astype(np.int64))


def _said(column: sa.ColumnElement[Any]) -> sa.ColumnElement[str]:
    """As text, '' where missing."""
    return sa.func.coalesce(sa.cast(column, sa.String), "")
