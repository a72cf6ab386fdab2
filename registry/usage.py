"""Cases → counts by month, unit and power; and the cube in which every rate is a reduction.

`monthly_usage` is the one definition of the roll-up: pure, and additive over disjoint cases.
"""

from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import pairwise

import numpy as np
import pandas as pd

from registry import models
from registry.rollup import (
    ONCE,
    UNDECIDED,
    Rollup,
    by_power,
    count_by,
    days_of,
    months_of,
    says,
)
from registry.window import Window, add_months

COUNTS = ("cases", "decisions", "inspections", "penalties", "coercions", "fine_fen")
USAGE = Rollup(models.UsageMonth, ("month", "unit_id", "power_id"), COUNTS)

LAYERS = {"decision": "decisions", "any": "cases", "inspection": "inspections"}
"""Which count a basis reads: the first two are those of the exercise rate (DOMAIN §4, 1)."""


def monthly_usage(cases: pd.DataFrame, links: pd.DataFrame) -> pd.DataFrame:
    """Counts of cases by month, unit and power, and with power ONCE each case once.

    cases: CASE_COLUMNS, one row per case. links: `case_id`, `power_id`, one row per power of a
    case. Returns the columns of USAGE. A decision is a penalty with any outcome but withdrawn or
    transferred, or a coercion (DOMAIN §4, 1); fines are those of decided penalties.
    """
    rows, power = by_power(cases, links)
    keys = {
        "month": months_of(days_of(cases["case_day"]))[rows],
        "unit_id": cases["unit_id"].to_numpy(dtype=np.int64)[rows],
        "power_id": power,
    }
    counted = count_by(keys, {name: fact[rows] for name, fact in _facts(cases).items()})
    return USAGE.typed(counted)


def _summed_up(layer: np.ndarray) -> np.ndarray:
    """The layer, each month with those before: in an eighth of the time of `cumsum`."""
    for before, month in pairwise(layer):
        month += before
    return layer


def _nothing() -> np.ndarray:
    return np.zeros(0, dtype=np.int64)


def _facts(cases: pd.DataFrame) -> dict[str, np.ndarray]:
    """What each case adds to each count."""
    penalty = says(cases["action"], "penalty") & ~says(cases["outcome"], *UNDECIDED)
    coercion = says(cases["action"], "coercion")
    fen = np.rint(cases["fine_cny"].astype(float).fillna(0).to_numpy() * 100).astype(np.int64)
    return {
        "cases": np.ones(len(cases), dtype=bool),
        "decisions": penalty | coercion,
        "inspections": says(cases["action"], "inspection"),
        "penalties": penalty,
        "coercions": coercion,
        "fine_fen": fen * penalty,
    }


@dataclass(frozen=True)
class Cells:
    """Counts of single cells: `rows` of USAGE, signed, by power only, sorted by month; `months`,
    and the positions of units and powers in the catalogue, a number a row."""

    rows: pd.DataFrame = field(default_factory=USAGE.empty)
    months: np.ndarray = field(default_factory=_nothing)
    units: np.ndarray = field(default_factory=_nothing)
    powers: np.ndarray = field(default_factory=_nothing)

    @classmethod
    def of(cls, rows: pd.DataFrame, units: pd.DataFrame, powers: pd.DataFrame) -> "Cells":
        return cls(
            rows,
            rows["month"].to_numpy(),
            pd.Index(units["id"]).get_indexer(rows["unit_id"]),
            pd.Index(powers["id"]).get_indexer(rows["power_id"]),
        )

    def __len__(self) -> int:
        return len(self.months)

    def counts(self, basis: str) -> np.ndarray:
        """int32 per row."""
        return self.rows[LAYERS[basis]].to_numpy(dtype=np.int32)

    def add_to(self, layer: np.ndarray, basis: str, window: Window) -> None:
        """Add those of these months to int32[units, powers]."""
        if len(self):
            own = window.slice(self.months)
            np.add.at(layer, (self.units[own], self.powers[own]), self.counts(basis)[own])


@dataclass(frozen=True)
class UsageCube:
    """Counts of a basis by month × unit × power, in the catalogue's order of units and powers.

    `layers[basis]` is int32[months + 1, units, powers], summed up along the months, so that the
    counts of any window are one subtraction. `totals` count each case of a unit once, by month.
    `later` is what was counted since the layers were summed up, over the months `summed` (None:
    those of the cube): a cube that follows another shares its layers.
    """

    window: Window
    layers: dict[str, np.ndarray]
    totals: pd.DataFrame
    later: Cells = field(default_factory=Cells)
    summed: Window | None = None

    @classmethod
    def build(
        cls, usage: pd.DataFrame, units: pd.DataFrame, powers: pd.DataFrame, window: Window
    ) -> "UsageCube":
        once = usage["power_id"].eq(ONCE)
        cells = Cells.of(usage[~once], units, powers)
        shape = (len(window) + 1, len(units), len(powers))
        month = pd.Index(window.months).get_indexer(cells.months)
        place = np.ravel_multi_index((month + 1, cells.units, cells.powers), shape)
        layers = {}
        for basis in LAYERS:
            layer = np.zeros(shape, dtype=np.int32)
            layer.reshape(-1)[place] = cells.counts(basis)
            layers[basis] = _summed_up(layer)
        return cls(window, layers, usage[once].reset_index(drop=True))

    def plus(self, change: pd.DataFrame, units: pd.DataFrame, powers: pd.DataFrame) -> "UsageCube":
        """With a signed roll-up on top, sharing the layers. The window stays: who knows which
        months there are now has to say so."""
        once = change["power_id"].eq(ONCE)
        later = USAGE.combine(self.later.rows, change[~once], signs=(1, 1))
        return replace(
            self,
            totals=USAGE.merge(self.totals, change[once]),
            later=Cells.of(later, units, powers),
            summed=self._summed,
        )

    def within(self, window: Window) -> "UsageCube":
        """The same counts of these months alone."""
        layers = {}
        for basis in self.layers:
            own = self.monthly(basis, window)
            layers[basis] = _summed_up(np.concatenate([np.zeros_like(own[:1]), own]))
        return UsageCube(window, layers, window.rows(self.totals))

    def monthly(self, basis: str, window: Window) -> np.ndarray:
        """int32[months of the window, units, powers]: cases of the basis; 0 outside the cube."""
        edges = [self._offset(month) for month in (*window.months, add_months(window.last, 1))]
        result = np.diff(self.layers[basis][edges], axis=0)
        for layer, month in zip(result, window.months, strict=True):
            self.later.add_to(layer, basis, Window(month, month))
        return result

    def counts(self, basis: str, window: Window) -> np.ndarray:
        """int32[units, powers]: cases of the basis in the window."""
        layer = self.layers[basis]
        first, end = (self._offset(m) for m in (window.first, add_months(window.last, 1)))
        result = layer[end] - layer[first]
        self.later.add_to(result, basis, window)
        return result

    def counts_since(
        self, basis: str, first: np.ndarray, last: int, powers: np.ndarray
    ) -> np.ndarray:
        """int32[units, powers]: cases of the basis from each unit's own month to `last`.

        first: a month for every unit. powers: positions.
        """
        layer = self.layers[basis]
        distinct, which = np.unique(first, return_inverse=True)
        start = np.array([self._offset(int(month)) for month in distinct])[which]
        end = layer[self._offset(add_months(last, 1))][:, powers]
        result = end - layer[start[:, None], np.arange(len(first))[:, None], powers[None, :]]
        self._add_since(result, basis, first, last, powers)
        return result

    def _add_since(
        self, result: np.ndarray, basis: str, first: np.ndarray, last: int, powers: np.ndarray
    ) -> None:
        later, column = self.later, pd.Index(powers).get_indexer(self.later.powers)
        own = (later.months >= first[later.units]) & (later.months <= last) & (column >= 0)
        np.add.at(result, (later.units[own], column[own]), later.counts(basis)[own])

    @cached_property
    def _summed(self) -> Window:
        return self.summed or self.window

    @cached_property
    def _positions(self) -> dict[int, int]:
        return {month: i for i, month in enumerate(self._summed.months)}

    def _offset(self, month: int) -> int:
        """How many months of the layers lie before this month."""
        if month <= self._summed.first:
            return 0
        return self._positions.get(month, len(self._summed))
