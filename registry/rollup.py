"""Roll-ups of cases by month, unit and power: what they share, and how they are kept.

A roll-up is a pure count that is additive over disjoint cases, so that an import adds what its
new versions count and takes off what the ended ones counted. In frames `power_id` ONCE is the
row that counts each case of a unit once; in tables it is null.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from math import prod
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlmodel import SQLModel

from registry import models
from registry.bulk import Ask, ask_bulk
from registry.db import current, table
from registry.insert import insert_columns
from registry.window import Window

ONCE = 0
"""Stands for 'no particular power' in frames."""

CELL = ("month", "unit_id", "power_id")
"""The keys that every roll-up begins with."""

CASE_COLUMNS = [
    *("id", "unit_id", "action", "case_day", "filed_on", "decided_on", "procedure", "party_type"),
    *("outcome", "fine_cny", "review_required", "review_requested_on", "review_completed_on"),
]
"""What roll-ups read of a case; days as 'YYYY-MM-DD' or dates."""

UNDECIDED = ("withdrawn", "transferred")


@dataclass(frozen=True)
class Rollup:
    """A table of counts: `keys` tell its rows apart, `counts` add up."""

    model: type[SQLModel]
    keys: tuple[str, ...]
    counts: tuple[str, ...]

    @property
    def columns(self) -> list[str]:
        return [*self.keys, *self.counts]

    @cached_property
    def types(self) -> dict[str, type[np.integer[Any]]]:
        """Whole numbers as wide as in the database: there are millions of rows."""
        shape = table(self.model)
        wide = {name: isinstance(shape.c[name].type, sa.BigInteger) for name in self.columns}
        return {name: np.int64 if is_wide else np.int32 for name, is_wide in wide.items()}

    def empty(self) -> pd.DataFrame:
        return self.typed({name: np.zeros(0) for name in self.columns})

    def typed(self, columns: Mapping[str, np.ndarray]) -> pd.DataFrame:
        """A frame of these columns, each as wide as in the database; it takes them over."""
        own = {
            name: np.asarray(columns[name]).astype(self.types[name], copy=False)
            for name in self.columns
        }
        # To lay columns side by side takes as long as to sort them.
        return pd.DataFrame(own, copy=False)

    def combine(self, *parts: pd.DataFrame, signs: tuple[int, ...]) -> pd.DataFrame:
        """The signed sum of roll-ups; keys whose counts are all zero drop out."""
        signed = [(part, sign) for part, sign in zip(parts, signs, strict=True) if len(part)]
        if not signed:
            return self.empty()
        keys = {n: np.concatenate([part[n].to_numpy() for part, _ in signed]) for n in self.keys}
        order = order_by(list(keys.values()))
        keys = {name: key[order] for name, key in keys.items()}
        first = np.flatnonzero(np.logical_or.reduce([_begins(key) for key in keys.values()]))
        # One by one: each is as long as all the parts together.
        sums = {
            name: np.add.reduceat(
                np.concatenate([part[name].to_numpy() * sign for part, sign in signed])[order],
                first,
            )
            for name in self.counts
        }
        left = np.logical_or.reduce([total != 0 for total in sums.values()])
        distinct = {name: key[first] for name, key in keys.items()}
        return self.typed({name: column[left] for name, column in (distinct | sums).items()})

    def merge(self, rows: pd.DataFrame, change: pd.DataFrame) -> pd.DataFrame:
        """What `combine` makes of both, where `rows`, sorted by keys, are many and the change is
        small: all but the cells that it touches is copied as it stands."""
        if not len(change):
            return rows
        sizes = [int(max(f[name].max() for f in (rows, change) if len(f))) + 1 for name in CELL]
        cells = _numbered(rows, sizes)
        touched = np.unique(_numbered(change, sizes))
        starts, ends = (np.searchsorted(cells, touched, side=side) for side in ("left", "right"))
        edges = [np.bincount(edge, minlength=len(cells) + 1) for edge in (starts, ends)]
        own = np.flatnonzero(np.cumsum(edges[0] - edges[1]))
        fresh = self.combine(rows.take(own), change, signs=(1, 1))
        place = np.searchsorted(np.delete(cells, own), _numbered(fresh, sizes))
        return self.typed(
            {
                name: np.insert(np.delete(rows[name].to_numpy(), own), place, fresh[name])
                for name in self.columns
            }
        )

    def read(
        self, connection: Connection, among: sa.ColumnElement[bool] | None = None
    ) -> pd.DataFrame:
        """The stored roll-up, keys and counts, sorted by keys."""
        return self.ask(connection, among)()

    def ask(
        self, connection: Connection, among: sa.ColumnElement[bool] | None = None
    ) -> Callable[[], pd.DataFrame]:
        """Begin to read the same."""
        shape = table(self.model)
        power = sa.func.coalesce(shape.c.power_id, ONCE).label("power_id")
        columns = (power if name == "power_id" else shape.c[name] for name in self.columns)
        query = sa.select(*columns)
        return ask_bulk(connection, query if among is None else query.where(among), self._sorted)

    def _sorted(self, rows: pd.DataFrame) -> pd.DataFrame:
        """Takes the rows over: each column is let go of as soon as it is in order."""
        order = order_by([rows[name].to_numpy() for name in self.keys])
        return self.typed({name: rows.pop(name).to_numpy()[order] for name in self.columns})

    def add(self, connection: Connection, change: pd.DataFrame) -> None:
        """Add a signed roll-up to the stored one."""
        if not len(change):
            return
        shape = table(self.model)
        months = [int(m) for m in change["month"].unique()]
        units = [int(u) for u in change["unit_id"].unique()]
        touched = shape.c.month.in_(months) & shape.c.unit_id.in_(units)
        total = self.combine(self.read(connection, touched), change, signs=(1, 1))
        connection.execute(sa.delete(shape).where(touched))
        self.write(connection, total)

    def write(self, connection: Connection, rows: pd.DataFrame) -> None:
        name = table(self.model).name
        insert_columns(connection, name, self.columns, self.stored_columns(rows))

    def stored_columns(self, rows: pd.DataFrame) -> list[np.ndarray | pa.Array]:
        """As they stand in a table, in the order of `columns`."""
        values: dict[str, Any] = {name: rows[name].to_numpy() for name in self.columns}
        power = values["power_id"]
        return list((values | {"power_id": pa.array(power, mask=power == ONCE)}).values())


def _begins(key: np.ndarray) -> np.ndarray:
    """bool per row: it is not as the one before."""
    return np.append(True, key[1:] != key[:-1])


def _numbered(rows: pd.DataFrame, sizes: list[int]) -> np.ndarray:
    """int64 per row: its month, unit and power as one number, in the order of the three."""
    number = np.zeros(len(rows), dtype=np.int64)
    for name, size in zip(CELL, sizes, strict=True):
        number = number * size + rows[name].to_numpy()
    return number


@dataclass(frozen=True)
class RolledUp:
    """A roll-up as it stands: rows that were read, and what was counted since, signed and small.

    Both have the columns of the roll-up and are sorted by month; where there is a change, by all
    keys. Kept apart, because the rows are millions, and the next state shares them with this one.
    """

    rollup: Rollup
    rows: pd.DataFrame
    change: pd.DataFrame

    @classmethod
    def of(cls, rollup: Rollup, rows: pd.DataFrame | None = None) -> "RolledUp":
        return cls(rollup, rollup.empty() if rows is None else rows, rollup.empty())

    def during(self, window: Window) -> pd.DataFrame:
        """The rows of these months, sorted by keys."""
        rows, change = (window.rows(frame) for frame in (self.rows, self.change))
        if change.empty:
            return rows
        found = self._merged.get(window)
        if found is None:
            found = self.rollup.merge(rows, change)
            self._merged.clear()
            self._merged[window] = found
        return found

    @cached_property
    def _merged(self) -> dict[Window, pd.DataFrame]:
        """The window asked for last, which a page asks for with every selection."""
        return {}

    @cached_property
    def whole(self) -> pd.DataFrame:
        return self.rollup.merge(self.rows, self.change)

    def plus(self, change: pd.DataFrame) -> "RolledUp":
        """With a signed roll-up on top; the rows have to be sorted by keys."""
        later = self.rollup.combine(self.change, change, signs=(1, 1))
        return RolledUp(self.rollup, self.rows, later)


def order_by(keys: list[np.ndarray]) -> np.ndarray:
    """Where the rows stand when sorted by keys, numbers of 0 or more.

    Rows are stored in sorted stretches, of which one sort of whole keys makes more than a sort by
    each key would; as many keys as an int64 holds are one.
    """
    whole, room = [keys[0].astype(np.int64)], 2**62 // (int(keys[0].max(initial=0)) + 1)
    for key in keys[1:]:
        size = int(key.max(initial=0)) + 1
        if size <= room:
            whole[-1] = whole[-1] * size + key
            room //= size
        else:
            whole.append(key.astype(np.int64))
            room = 2**62 // size
    return np.lexsort(whole[::-1])


def count_by(keys: dict[str, np.ndarray], facts: dict[str, np.ndarray]) -> pd.DataFrame:
    """Sums of facts over rows of equal keys, sorted by keys; everything int64."""
    code = np.zeros(len(next(iter(keys.values()))), dtype=np.int64)
    values: dict[str, np.ndarray] = {}
    for name, column in keys.items():
        number, values[name] = pd.factorize(column, sort=True)
        code = code * len(values[name]) + number
    group, distinct = _grouped(code, prod(map(len, values.values())))
    columns: dict[str, np.ndarray] = {}
    for name in reversed(keys):
        distinct, number = np.divmod(distinct, max(1, len(values[name])))
        columns[name] = values[name][number]
    # Sums stay under 2^53, where floating point is exact.
    sums = {
        name: np.bincount(group, weights=fact, minlength=len(distinct)).astype(np.int64)
        for name, fact in facts.items()
    }
    return pd.DataFrame({name: columns[name] for name in keys} | sums)


def _grouped(code: np.ndarray, size: int) -> tuple[np.ndarray, np.ndarray]:
    """(group of each row, the codes that occur, sorted), of codes under `size`."""
    if size > 4 * len(code):
        return pd.factorize(code, sort=True)
    # A table of all that may occur is faster than hashing.
    occurs = np.bincount(code, minlength=size) > 0
    return (np.cumsum(occurs) - 1)[code], np.flatnonzero(occurs)


def by_power(cases: pd.DataFrame, links: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """(row of `cases`, power_id) of everything to be counted: each case once, then per power."""
    position = pd.Index(cases["id"]).get_indexer(links["case_id"])
    known = position >= 0
    rows = np.concatenate([np.arange(len(cases)), position[known]])
    linked = links["power_id"].to_numpy(dtype=np.int64)[known]
    return rows, np.concatenate([np.full(len(cases), ONCE), linked])


def days_of(column: pd.Series) -> np.ndarray:
    """datetime64[D] of days given as text or dates; NaT where missing."""
    codes, distinct = pd.factorize(column)
    days = np.array([np.datetime64(str(day)[:10], "D") for day in distinct], "datetime64[D]")
    return np.append(days, np.datetime64("NaT", "D"))[codes]


def months_of(days: np.ndarray) -> np.ndarray:
    """datetime64[D] → months such as 202007; 0 where missing."""
    months = days.astype("datetime64[M]").astype(np.int64)
    return np.where(np.isnat(days), 0, (months // 12 + 1970) * 100 + months % 12 + 1)


def says(column: pd.Series, *words: str) -> np.ndarray:
    """bool: the column has one of these words; not where it is missing."""
    return column.isin(words).to_numpy()


def current_cases(
    connection: Connection, known: int | None = None
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """(CASE_COLUMNS of every case, its powers), as known now or at act `known`."""
    return cases_where(connection, current(table(models.Case), known))


def cases_where(
    connection: Connection, chosen: sa.ColumnElement[bool], ask: Ask = ask_bulk
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """(CASE_COLUMNS, powers) of the versions of cases that a condition chooses."""
    cases, powers = table(models.Case), table(models.CasePower)
    asked = ask(connection, sa.select(*(cases.c[c] for c in CASE_COLUMNS)).where(chosen))
    linked = sa.select(powers).join(cases, cases.c.id == powers.c.case_id).where(chosen)
    asked_links = ask(connection, linked)
    return asked(), asked_links()
