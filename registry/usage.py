"""Cases → counts by month, unit and power; and the cube in which every rate is a reduction.

`monthly_usage` is the one definition of the roll-up: pure, and additive over disjoint cases.
"""

from dataclasses import dataclass
from functools import cached_property

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
    words_of,
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
    return count_by(keys, {name: fact[rows] for name, fact in _facts(cases).items()})


def _facts(cases: pd.DataFrame) -> dict[str, np.ndarray]:
    """What each case adds to each count."""
    action = words_of(cases["action"])
    penalty = (action == "penalty") & ~cases["outcome"].astype(object).isin(UNDECIDED).to_numpy()
    coercion = action == "coercion"
    fen = np.rint(cases["fine_cny"].astype(float).fillna(0).to_numpy() * 100).astype(np.int64)
    flags = {
        "cases": np.ones(len(cases), dtype=bool),
        "decisions": penalty | coercion,
        "inspections": action == "inspection",
        "penalties": penalty,
        "coercions": coercion,
    }
    return {name: flag.astype(np.int64) for name, flag in flags.items()} | {
        "fine_fen": fen * penalty
    }


@dataclass(frozen=True)
class UsageCube:
    """Counts of a basis by month × unit × power, in the catalogue's order of units and powers.

    `layers[basis]` is int32[months + 1, units, powers], summed up along the months, so that the
    counts of any window are one subtraction. `totals` count each case of a unit once, by month.
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
        return UsageCube(window, layers, window.rows(self.totals))

    def monthly(self, basis: str, window: Window) -> np.ndarray:
        """int32[months of the window, units, powers]: cases of the basis; 0 outside the cube."""
        own = np.diff(self.layers[basis], axis=0)
        result = np.zeros((len(window), *own.shape[1:]), dtype=np.int32)
        place = pd.Index(self.window.months).get_indexer(window.months)
        result[place >= 0] = own[place[place >= 0]]
        return result

    def counts(self, basis: str, window: Window) -> np.ndarray:
        """int32[units, powers]: cases of the basis in the window."""
        layer = self.layers[basis]
        return layer[self._offset(add_months(window.last, 1))] - layer[self._offset(window.first)]

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
        return end - layer[start[:, None], np.arange(len(first))[:, None], powers[None, :]]

    @cached_property
    def _positions(self) -> dict[int, int]:
        return {month: i for i, month in enumerate(self.window.months)}

    def _offset(self, month: int) -> int:
        """How many months of the cube lie before this month."""
        if month <= self.window.first:
            return 0
        return self._positions.get(month, len(self.window))
