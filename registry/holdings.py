"""Who holds which power on which day.

In: holding rows (power × scope × interval × held), units with their own validity. Out: boolean
matrices units × powers. On a day the narrowest valid scope wins; a unit holds nothing outside its
own validity, and units of kinds `district` and `other` hold nothing city-wide or district-wide.

Rows are opened and closed by an instrument, in an act; nothing is overwritten.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
import sqlalchemy as sa
from sqlalchemy.engine import Connection, RowMapping

from registry import models
from registry.catalogue import NOT_HOLDERS, Catalogue, day_or_none, read_catalogue
from registry.db import current, insert_row, read_frame, table
from registry.insert import insert_frame
from registry.window import Window, add_months, month_start

SCOPES = ("city", "district", "unit")
"""From the widest to the narrowest."""

KEPT = 64
"""So many answers over several stretches of days: ten megabytes."""

CITY = ("city", "")
"""The scope and scope code of a city-wide holding."""


@dataclass(frozen=True)
class Holdings:
    """`units` and `powers` as in the catalogue, in its order; `rows` are holdings known."""

    units: pd.DataFrame
    powers: pd.DataFrame
    rows: pd.DataFrame

    def on(self, day: date) -> np.ndarray:
        """bool[units, powers]: held on this day. Read-only, since days alike share it."""
        return self._held_in(bisect_right(self._breaks, day))

    def during(self, window: Window) -> np.ndarray:
        """bool[units, powers]: held on any day of the window. Read-only, too."""
        return self._held_over(self._stretches(window.first)[0], self._stretches(window.last)[1])

    def _held_in(self, stretch: int) -> np.ndarray:
        """Held in a stretch without any change, numbered as `_breaks` part them."""
        if stretch not in self._held:
            held = self._held_on([date.min, *self._breaks][stretch])
            held.flags.writeable = False
            self._held[stretch] = held
        return self._held[stretch]

    @cached_property
    def _held(self) -> dict[int, np.ndarray]:
        """What is held in each stretch that was asked for."""
        return {}

    def _held_over(self, first: int, last: int) -> np.ndarray:
        """Held in any stretch from one to another."""
        if first == last:
            return self._held_in(first)
        held = self._over.get((first, last))
        if held is None:
            each = [self._held_in(stretch) for stretch in range(first, last + 1)]
            held = np.logical_or.reduce(each)
            held.flags.writeable = False
            if len(self._over) >= KEPT:  # of many changes there are very many
                self._over.clear()
            self._over[first, last] = held
        return held

    @cached_property
    def _over(self) -> dict[tuple[int, int], np.ndarray]:
        """What `_held_over` was asked for last."""
        return {}

    def _stretches(self, month: int) -> tuple[int, int]:
        """The first and the last stretch that a month has days in."""
        if month not in self._of_month:
            start, end = month_start(month), month_start(add_months(month, 1))
            ends = bisect_right(self._breaks, start), bisect_left(self._breaks, end)
            self._of_month[month] = ends
        return self._of_month[month]

    @cached_property
    def _of_month(self) -> dict[int, tuple[int, int]]:
        """Stretches of the months that were asked for."""
        return {}

    def _held_on(self, day: date) -> np.ndarray:
        held = np.zeros((len(self.units), len(self.powers)), dtype=bool)
        valid = self.rows[self._runs_on(self.rows, day)]
        for scope in SCOPES:
            for code, group in valid[valid["scope"].eq(scope)].groupby("scope_code"):
                members = self._members(scope, str(code))
                columns = self._power_index.get_indexer(group["power"])
                held[np.ix_(members, columns)] = group["held"].to_numpy(dtype=bool)
        held[~self._runs_on(self.units, day)] = False
        return held

    def able(self, day: date) -> np.ndarray:
        """bool[units, powers]: units that can hold powers on this day, the same for every power."""
        able = self.can_hold & self._runs_on(self.units, day)
        return np.broadcast_to(able[:, None], (len(self.units), len(self.powers)))

    def segments(self, window: Window) -> list[tuple[date, np.ndarray]]:
        """(first day, bool[units, powers]) of each stretch of the window without any change."""
        inner = [day for day in self._breaks if window.start < day < window.end]
        return [(day, self.on(day)) for day in [window.start, *inner]]

    def by_month(self, window: Window) -> tuple[np.ndarray, np.ndarray]:
        """(patterns bool[k, units, powers], pattern of each month int[months]).

        A pattern says what was held on any day of the month; months alike share one.
        """
        stretches = [self._stretches(month) for month in window.months]
        numbers = {ends: number for number, ends in enumerate(dict.fromkeys(stretches))}
        patterns = [self._held_over(*ends) for ends in numbers]
        which = np.array([numbers[ends] for ends in stretches])
        # Mostly nothing changes, and nothing has to be copied.
        return patterns[0][None] if len(patterns) == 1 else np.stack(patterns), which

    def throughout(self, window: Window, members: np.ndarray) -> np.ndarray:
        """bool[powers]: on every day of the window held by some unit of `members` (bool[units])."""
        return np.logical_and.reduce(
            [held[members].any(axis=0) for _, held in self.segments(window)]
        )

    def held_pairs(self, unit: np.ndarray, power: np.ndarray, day: np.ndarray) -> np.ndarray:
        """bool per row: whether unit (position) held power (position) on day (datetime64[D])."""
        result = np.zeros(len(day), dtype=bool)
        breaks = np.array([np.datetime64(b) for b in self._breaks], dtype="datetime64[D]")
        stretch = np.searchsorted(breaks, day, side="right")
        for number in np.unique(stretch):
            rows = stretch == number
            first = day[rows].min().astype("datetime64[D]").astype(date)
            result[rows] = self.on(first)[unit[rows], power[rows]]
        return result

    @cached_property
    def _breaks(self) -> list[date]:
        """Every day on which anything changes, in order."""
        columns = [
            frame[name] for frame in (self.rows, self.units) for name in ("valid_from", "valid_to")
        ]
        return sorted({day for column in columns for day in column.dropna()})

    @cached_property
    def _power_index(self) -> pd.Index:
        return pd.Index(self.powers["code"])

    @cached_property
    def can_hold(self) -> np.ndarray:
        """bool[units]: units that city-wide and district-wide holdings mean."""
        return ~self.units["unit_kind"].isin(NOT_HOLDERS).to_numpy()

    def _members(self, scope: str, code: str) -> np.ndarray:
        if scope == "unit":
            return np.flatnonzero(self.units["code"].eq(code))
        if scope == "district":
            return np.flatnonzero(self.can_hold & self.units["district_code"].eq(code).to_numpy())
        return np.flatnonzero(self.can_hold)

    @staticmethod
    def _runs_on(frame: pd.DataFrame, day: date) -> np.ndarray:
        """bool per row: `[valid_from, valid_to)` contains the day."""
        return np.array(
            [
                (start is None or start <= day) and (end is None or day < end)
                for start, end in zip(
                    map(day_or_none, frame["valid_from"]),
                    map(day_or_none, frame["valid_to"]),
                    strict=True,
                )
            ],
            dtype=bool,
        )


def read_holdings(
    connection: Connection, catalogue: Catalogue | None = None, known: int | None = None
) -> Holdings:
    """The holdings as known now, or as known when act number `known` was the newest."""
    catalogue = catalogue or read_catalogue(connection)
    shape = table(models.Holding)
    rows = read_frame(
        connection, sa.select(shape).where(current(shape, known)).order_by(shape.c.id)
    )
    return Holdings(catalogue.units, catalogue.powers, rows)


def power_list(
    connection: Connection, day: date, search: str = "", known: int | None = None
) -> pd.DataFrame:
    """Powers that some unit holds on a day, with how many do; `search` in code, name and law.

    known: the newest act to go by; None is now.
    """
    return listed_powers(read_holdings(connection, known=known), day, search)


def listed_powers(
    holdings: Holdings, day: date, search: str = "", **among: tuple[str, ...]
) -> pd.DataFrame:
    """`power_list` from holdings at hand; `among`: codes by column, empty for all."""
    holders = holdings.on(day).sum(axis=0)
    frame = _register_rows(holdings.powers).assign(units_holding=holders)
    frame = frame[frame["units_holding"] > 0]
    for column, codes in among.items():
        if codes:
            frame = frame[frame[column].isin(codes)]
    if search:
        text = frame["power"] + " " + frame["power_name"] + " " + frame["name_en"]
        text = text + " " + frame["law"]
        frame = frame[text.str.contains(search, case=False, regex=False)]
    return frame.reset_index(drop=True)


def held_powers(
    connection: Connection, unit: str, day: date, known: int | None = None
) -> pd.DataFrame:
    """Powers that a unit, given by its code, holds on a day; by what act `known` knew."""
    holdings = read_holdings(connection, known=known)
    position = pd.Index(holdings.units["code"]).get_loc(unit)
    held = holdings.on(day)[position]
    return _register_rows(holdings.powers)[held].reset_index(drop=True)


def _register_rows(powers: pd.DataFrame) -> pd.DataFrame:
    """The columns in which a power is listed."""
    names = {"code": "power", "name": "power_name", "source_department": "department"}
    listed = powers.drop(columns=["id"]).rename(columns=names)
    listed["effective_from"] = listed["effective_from"].map(
        lambda day: None if day is None else day.isoformat()
    )
    return listed


def note_instrument(connection: Connection, number: str, effective: date, title: str = "") -> None:
    """Make sure that an instrument is in the register; one that is stays as it is."""
    shape = table(models.Instrument)
    if connection.scalar(sa.select(shape.c.number).where(shape.c.number == number)) is None:
        row = {"number": number, "title": title, "effective_on": effective, "url": ""}
        connection.execute(sa.insert(shape).values(**row))


def open_holdings(
    connection: Connection,
    rows: Iterable[tuple[str, str, str, bool]],
    instrument: str,
    effective: date,
    act: int,
) -> None:
    """Record (power, scope, scope code, held) from a day on, without end.

    What runs in the same scope has to be closed on that day first: intervals do not overlap.
    """
    names = ["power", "scope", "scope_code", "held"]
    frame = pd.DataFrame(list(rows), columns=names, dtype=object)
    since = {"valid_from": effective, "opened_by": instrument, "recorded_in": act}
    insert_frame(connection, models.Holding, frame.assign(**since))


def close_holdings(
    connection: Connection,
    powers: Collection[str],
    instrument: str,
    effective: date,
    act: int,
    scopes: Collection[tuple[str, str]] | None = None,
) -> None:
    """End holdings of these powers, in (scope, code) pairs or everywhere, on a day: a closed row
    supersedes each.

    A holding that would end before it began is superseded by none: it never was.
    """
    shape = table(models.Holding)
    open_later = shape.c.valid_to.is_(None) | (shape.c.valid_to > effective)
    query = sa.select(shape).where(shape.c.power.in_(powers), current(shape), open_later)
    rows = [
        row
        for row in connection.execute(query).mappings()
        if scopes is None or (row["scope"], row["scope_code"]) in scopes
    ]
    _supersede(connection, [row["id"] for row in rows], act)
    for row in rows:
        if row["valid_from"] < effective:
            closing = {"valid_to": effective, "closed_by": instrument, "recorded_in": act}
            insert_row(connection, models.Holding, _facts(row) | closing)


def restore_holdings(
    connection: Connection,
    powers: Collection[str],
    known: int,
    instrument: str,
    effective: date,
    act: int,
) -> None:
    """From a day on these powers are held as they were when act `known` was the newest."""
    shape = table(models.Holding)
    query = sa.select(shape).where(shape.c.power.in_(powers), current(shape, known))
    before = connection.execute(query).mappings().all()
    close_holdings(connection, powers, instrument, effective, act)
    for row in before:
        if row["valid_to"] is None or row["valid_to"] > effective:
            begun = row["valid_from"] < effective
            opening = {"valid_from": effective, "opened_by": instrument} if begun else {}
            insert_row(connection, models.Holding, _facts(row) | opening | {"recorded_in": act})


def forget_changes(connection: Connection, powers: Collection[str], changed: int, act: int) -> None:
    """Undo what act `changed` did to holdings of these powers, as if it had never been.

    A power whose holdings a later act has changed too is left as it is.
    """
    shape = table(models.Holding)
    later = sa.or_(shape.c.recorded_in > changed, shape.c.superseded_in > changed)
    moved_on = set(connection.scalars(sa.select(shape.c.power).where(later)))
    own = [power for power in powers if power not in moved_on]
    before = shape.c.power.in_(own) & (shape.c.superseded_in == changed)
    rows = connection.execute(sa.select(shape).where(before)).mappings().all()
    made = current(shape) & shape.c.power.in_(own) & (shape.c.recorded_in == changed)
    _supersede(connection, list(connection.scalars(sa.select(shape.c.id).where(made))), act)
    for row in rows:
        insert_row(connection, models.Holding, _facts(row) | {"recorded_in": act})


def _supersede(connection: Connection, ids: list[int], act: int) -> None:
    shape = table(models.Holding)
    connection.execute(sa.update(shape).where(shape.c.id.in_(ids)).values(superseded_in=act))


def _facts(row: RowMapping) -> dict[str, Any]:
    """A row without its number and its end."""
    return {name: value for name, value in row.items() if name not in ("id", "superseded_in")}
