"""Monthly returns beside the usage logs: staffing, complaints, whistles, training.

In: a connection. Out: one frame a kind, current rows only. A number that was not given is
missing (NaN), never 0.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, ClassVar

import numpy as np
import pandas as pd
import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlmodel import SQLModel

from registry import models
from registry.bulk import Rows, ask_bulk
from registry.db import current, table
from registry.window import Window

USAGE_LOG = "usage"
RETURNS: dict[str, type[SQLModel]] = {
    "staffing": models.Staffing,
    "complaints": models.Complaint,
    "whistles": models.Whistle,
    "training": models.Training,
}
"""Kind of return → its table."""

KINDS = (USAGE_LOG, *RETURNS)
BY_DISTRICT = ("training",)
"""Kinds whose rows are about a district, not a unit."""

COUNTS_EVENTS = ("complaints", "whistles", "training")
"""Kinds of which no row means that nothing happened; of staff it means that nobody counted."""

SAID = ("id", *models.Said.model_fields)
KEYS = ("unit_id", "month")
ORIGIN_COLUMNS = (*KEYS, "department", "officers")


def facts_of(model: type[SQLModel]) -> list[str]:
    """The columns of a return that are said, its keys first."""
    return [*KEYS, *(c.name for c in table(model).columns if c.name not in (*SAID, *KEYS))]


def counts_of(model: type[SQLModel]) -> list[str]:
    """The numbers among them."""
    columns = table(model).columns
    return [n for n in facts_of(model) if n not in KEYS and isinstance(columns[n].type, sa.Integer)]


def _none_of(kind: str) -> pd.DataFrame:
    return _typed(pd.DataFrame(columns=facts_of(RETURNS[kind])), kind)


def _typed(frame: pd.DataFrame, kind: str) -> pd.DataFrame:
    """Keys as int64, numbers as float64 with NaN for what was not given, words as categories."""
    keys, counts = dict.fromkeys(KEYS, "int64"), counts_of(RETURNS[kind])
    words = dict.fromkeys(facts_of(RETURNS[kind]), "category")
    return frame.astype(words | dict.fromkeys(counts, "float64") | keys)


def _origins(rows: pd.DataFrame) -> pd.DataFrame:
    types = dict.fromkeys(ORIGIN_COLUMNS, "int64") | {"department": "category"}
    return rows.reindex(columns=list(ORIGIN_COLUMNS)).astype(types)


def _no_origins() -> pd.DataFrame:
    return _origins(pd.DataFrame())


@dataclass(frozen=True)
class Newest:
    """Rows of a return, of which a unit has one a month, in such an order that each unit's newest
    in a window is found without looking at the others: a trend asks for every month.

    names: of the columns of `numbers`, float64[rows, columns], sorted by unit and month. keys:
    int64[rows], `unit × SHIFT + month`.
    """

    names: list[str]
    keys: np.ndarray
    numbers: np.ndarray

    SHIFT: ClassVar[int] = 1_000_000

    @classmethod
    def of(cls, rows: pd.DataFrame) -> "Newest":
        keys = rows["unit_id"].to_numpy() * cls.SHIFT + rows["month"].to_numpy()
        order = np.argsort(keys, kind="stable")
        told = rows.drop(columns="unit_id")
        return cls(list(told.columns), keys[order], told.to_numpy(dtype=float)[order])

    def within(self, window: Window, unit_ids: np.ndarray) -> np.ndarray:
        """float64[units, columns]: each unit's newest row of these months, NaN where none is."""
        own = unit_ids * self.SHIFT
        place = np.searchsorted(self.keys, own + window.last, side="right") - 1
        found = np.full((len(unit_ids), len(self.names)), np.nan)
        known = np.flatnonzero(place >= 0)
        known = known[self.keys[place[known]] >= own[known] + window.first]
        found[known] = self.numbers[place[known]]
        return found


@dataclass(frozen=True)
class Returns:
    """`unit_id`, `month` and what was said, sorted by month; `origins` has a row an officers'
    department.

    staffing: a row a unit and month. complaints: by `topic` or `power` (the other ''). whistles:
    by `department`. training: by `department`, `unit_id` being the district's.
    """

    staffing: pd.DataFrame = field(default_factory=lambda: _none_of("staffing"))
    origins: pd.DataFrame = field(default_factory=_no_origins)
    complaints: pd.DataFrame = field(default_factory=lambda: _none_of("complaints"))
    whistles: pd.DataFrame = field(default_factory=lambda: _none_of("whistles"))
    training: pd.DataFrame = field(default_factory=lambda: _none_of("training"))

    @cached_property
    def staff(self) -> Newest:
        return Newest.of(self.staffing)


def read_returns(connection: Connection, known: int | None = None) -> Returns:
    """The returns as known now, or as known when act `known` was the newest."""
    return ask_returns(connection, known)()


def ask_returns(connection: Connection, known: int | None = None) -> Callable[[], Returns]:
    """Begin to read the same."""
    asked = {kind: _ask(connection, kind, known) for kind in RETURNS}
    asked["origins"] = ask_bulk(
        connection, _origins_query(known), lambda rows: _by_month(_origins(rows))
    )
    return lambda: Returns(**{name: rows() for name, rows in asked.items()})


def _ask(connection: Connection, kind: str, known: int | None) -> Rows:
    shape = table(RETURNS[kind])
    query = sa.select(*(shape.c[name] for name in facts_of(RETURNS[kind])))
    chosen = query.where(current(shape, known)).order_by(shape.c.id)
    return ask_bulk(connection, chosen, lambda rows: _by_month(_typed(rows, kind)))


def _by_month(rows: pd.DataFrame) -> pd.DataFrame:
    return rows.sort_values("month", kind="stable", ignore_index=True)


def _origins_query(known: int | None) -> sa.Select[Any]:
    staffing, origin = table(models.Staffing), table(models.StaffingOrigin)
    return (
        sa.select(staffing.c.unit_id, staffing.c.month, origin.c.department, origin.c.officers)
        .join(origin, origin.c.staffing_id == staffing.c.id)
        .where(current(staffing, known))
        .order_by(staffing.c.id, origin.c.department)
    )
