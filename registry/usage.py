"""Cases → counts by month, unit and power; and the cube in which every rate is a reduction.

`monthly_usage` is the one definition of the roll-up: pure, and additive over disjoint cases, so
that an import adds what its new versions count and takes off what the ended ones counted.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from registry import models
from registry.db import insert_columns, read_frame, table
from registry.holdings import current
from registry.window import Window, add_months

KEYS = ["month", "unit_id", "power_id"]
COUNTS = [
    "cases",
    "decisions",
    "inspections",
    "penalties",
    "coercions",
    "summary",
    "ordinary",
    "fine_fen",
]
CASE_COLUMNS = ["id", "unit_id", "action", "case_day", "procedure", "outcome", "fine_cny"]
ONCE = 0
"""Stands for 'no particular power' in frames: the row that counts each case of a unit once."""

UNDECIDED = ("withdrawn", "transferred")
LAYERS = {"decision": "decisions", "any": "cases"}
"""Which count a basis of the exercise rate reads (DOMAIN §4, 1)."""


def monthly_usage(cases: pd.DataFrame, links: pd.DataFrame) -> pd.DataFrame:
    """Counts of cases by month, unit and power, and with power ONCE each case once.

    cases: CASE_COLUMNS, one row per case; `case_day` as 'YYYY-MM-DD' or a date.
    links: `case_id`, `power_id`, one row per power of a case.
    Returns KEYS and COUNTS, sorted by KEYS. A decision is a penalty with any outcome but
    withdrawn or transferred, or a coercion (DOMAIN §4, 1); fines are those of decided penalties.
    """
    facts = _facts(cases)
    position = pd.Index(cases["id"]).get_indexer(links["case_id"])
    rows = np.concatenate([np.arange(len(cases)), position])
    power = np.concatenate([np.full(len(cases), ONCE), links["power_id"].to_numpy(dtype=np.int64)])
    month = _months(cases["case_day"])[rows]
    unit = cases["unit_id"].to_numpy(dtype=np.int64)[rows]
    width = int(power.max(initial=0)) + 1
    height = int(unit.max(initial=0)) + 1
    group, keys = pd.factorize((month * height + unit) * width + power, sort=True)
    counts = {name: _sum_by(group, facts[name][rows], len(keys)) for name in COUNTS}
    place, power = np.divmod(keys, width)
    month, unit = np.divmod(place, height)
    return pd.DataFrame({"month": month, "unit_id": unit, "power_id": power, **counts})


def _facts(cases: pd.DataFrame) -> dict[str, np.ndarray]:
    """What each case adds to each count."""
    action = cases["action"].astype(object).to_numpy()
    outcome = cases["outcome"].astype(object)
    procedure = cases["procedure"].astype(object).to_numpy()
    penalty = (action == "penalty") & ~outcome.isin(UNDECIDED).to_numpy()
    coercion = action == "coercion"
    fen = np.rint(cases["fine_cny"].astype(float).fillna(0).to_numpy() * 100).astype(np.int64)
    flags = {
        "cases": np.ones(len(cases), dtype=bool),
        "decisions": penalty | coercion,
        "inspections": action == "inspection",
        "penalties": penalty,
        "coercions": coercion,
        "summary": penalty & (procedure == "summary"),
        "ordinary": penalty & (procedure == "ordinary"),
    }
    return {name: flag.astype(np.int64) for name, flag in flags.items()} | {
        "fine_fen": fen * penalty
    }


def _months(days: pd.Series) -> np.ndarray:
    codes, distinct = pd.factorize(days, use_na_sentinel=False)
    texts = [str(day) for day in distinct]
    months = np.array([int(t[:4]) * 100 + int(t[5:7]) for t in texts], dtype=np.int64)
    return months[codes] if len(codes) else np.zeros(0, dtype=np.int64)


def _sum_by(group: np.ndarray, values: np.ndarray, size: int) -> np.ndarray:
    # Sums stay under 2^53, where floating point is exact.
    return np.bincount(group, weights=values, minlength=size).astype(np.int64)


def combine_usage(*parts: pd.DataFrame, signs: tuple[int, ...]) -> pd.DataFrame:
    """The signed sum of roll-ups; keys whose counts are all zero drop out."""
    signed = [
        part[KEYS].assign(**{name: part[name] * sign for name in COUNTS})
        for part, sign in zip(parts, signs, strict=True)
        if len(part)
    ]
    if not signed:
        return pd.DataFrame({name: np.zeros(0, dtype=np.int64) for name in KEYS + COUNTS})
    total = pd.concat(signed).groupby(KEYS, as_index=False)[COUNTS].sum()
    return total[total[COUNTS].ne(0).any(axis=1)].reset_index(drop=True)


def read_usage(connection: Connection, among: sa.ColumnElement[bool] | None = None) -> pd.DataFrame:
    """The stored roll-up, KEYS and COUNTS, sorted by KEYS."""
    shape = table(models.UsageMonth)
    query = sa.select(*(shape.c[name] for name in KEYS + COUNTS))
    frame = read_frame(connection, query if among is None else query.where(among))
    frame["power_id"] = frame["power_id"].fillna(ONCE)
    return frame.astype(np.int64).sort_values(KEYS, ignore_index=True)


def add_usage(connection: Connection, change: pd.DataFrame) -> None:
    """Add a signed roll-up to the stored one."""
    if not len(change):
        return
    shape = table(models.UsageMonth)
    months = [int(m) for m in change["month"].unique()]
    units = [int(u) for u in change["unit_id"].unique()]
    touched = shape.c.month.in_(months) & shape.c.unit_id.in_(units)
    total = combine_usage(read_usage(connection, touched), change, signs=(1, 1))
    connection.execute(sa.delete(shape).where(touched))
    write_usage(connection, total)


def write_usage(connection: Connection, usage: pd.DataFrame) -> None:
    powers = [power or None for power in usage["power_id"].tolist()]
    columns = [usage[name].tolist() for name in ("month", "unit_id")]
    counts = [usage[name].tolist() for name in COUNTS]
    insert_columns(connection, "usage_month", KEYS + COUNTS, [*columns, powers, *counts])


def current_usage(connection: Connection, known: int | None = None) -> pd.DataFrame:
    """The roll-up computed from the cases, as known now or at act `known`."""
    cases, powers = table(models.Case), table(models.CasePower)
    is_current = current(cases, known)
    rows = read_frame(connection, sa.select(*(cases.c[c] for c in CASE_COLUMNS)).where(is_current))
    links = read_frame(
        connection,
        sa.select(powers).join(cases, cases.c.id == powers.c.case_id).where(is_current),
    )
    return monthly_usage(rows, links)


@dataclass(frozen=True)
class UsageCube:
    """Counts of a basis by month × unit × power, in the catalogue's order of units and powers.

    `layers[basis]` is int32[months + 1, units, powers], summed up along the months, so that the
    counts of any window are one subtraction.
    """

    window: Window
    layers: dict[str, np.ndarray]
    totals: pd.DataFrame

    @classmethod
    def build(
        cls, usage: pd.DataFrame, units: pd.DataFrame, powers: pd.DataFrame, window: Window
    ) -> "UsageCube":
        once = usage["power_id"].eq(ONCE)
        pairs = usage[~once]
        month = pd.Index(window.months).get_indexer(pairs["month"])
        unit = pd.Index(units["id"]).get_indexer(pairs["unit_id"])
        power = pd.Index(powers["id"]).get_indexer(pairs["power_id"])
        layers = {}
        for basis, column in LAYERS.items():
            layer = np.zeros((len(window) + 1, len(units), len(powers)), dtype=np.int32)
            layer[month + 1, unit, power] = pairs[column]
            layers[basis] = np.cumsum(layer, axis=0, out=layer)
        return cls(window, layers, usage[once].reset_index(drop=True))

    def within(self, window: Window) -> "UsageCube":
        """The same counts of these months alone, which have to be months of the cube."""
        first, last = (self._offset(month) for month in (window.first, window.last))
        layers = {
            basis: layer[first : last + 2] - layer[first] for basis, layer in self.layers.items()
        }
        inside = self.totals["month"].between(window.first, window.last)
        return UsageCube(window, layers, self.totals[inside])

    def counts(self, basis: str, window: Window) -> np.ndarray:
        """int32[units, powers]: cases of the basis in the window."""
        layer = self.layers[basis]
        return layer[self._offset(add_months(window.last, 1))] - layer[self._offset(window.first)]

    @cached_property
    def _positions(self) -> dict[int, int]:
        return {month: i for i, month in enumerate(self.window.months)}

    def _offset(self, month: int) -> int:
        """How many months of the cube lie before this month."""
        if month <= self.window.first:
            return 0
        return self._positions.get(month, len(self.window))
