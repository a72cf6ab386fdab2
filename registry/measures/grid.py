"""Cases counted into the cells of a question: stretches of time × unit groups × power groups.

In: rows with a month, a unit and a power, as roll-ups have them, `power_id` ONCE standing for each
case of a unit once. Out: counts per cell, and the records of measures. Nothing is added over
powers: a question that tells powers apart is answered power by power, any other counts each case
once.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from registry.measures.completeness import returns_due
from registry.measures.exercise import divide
from registry.measures.grouping import (
    POWER_DIMENSIONS,
    Axis,
    Records,
    Selection,
    check_dimensions,
    power_axis,
    time_buckets,
    unit_axis,
)
from registry.rollup import ONCE, RolledUp
from registry.snapshot import Snapshot
from registry.window import Window

OUTSIDE = -1


@dataclass(frozen=True)
class Grid:
    """`stretches`: (labels, window) of each; `each_once`: no power is told apart."""

    snapshot: Snapshot
    by: tuple[str, ...]
    units: Axis
    powers: Axis
    window: Window
    stretches: tuple[tuple[tuple[str, ...], Window], ...]
    each_once: bool

    @classmethod
    def of(
        cls, snapshot: Snapshot, window: Window, by: Sequence[str], selection: Selection
    ) -> "Grid":
        """Raises UsageError for a group column that there is none."""
        by = check_dimensions(by)
        tells = _tells_powers_apart(by, selection)
        if tells and "power" not in by and len(selection.power) != 1:
            by = (*by, "power")
        units = unit_axis(snapshot.catalogue, by, selection)
        powers = power_axis(snapshot.catalogue, by, selection)
        return cls(snapshot, by, units, powers, window, tuple(time_buckets(window, by)), not tells)

    @property
    def shape(self) -> tuple[int, int, int]:
        return len(self.stretches), len(self.units.labels), len(self.powers.labels)

    def cells(self, months: np.ndarray, unit_ids: np.ndarray, power_ids: np.ndarray) -> np.ndarray:
        """The cell of each row by its month, one of the window's; OUTSIDE where it answers nothing
        of the question."""
        firsts = [stretch.first for _, stretch in self.stretches]
        alone = len(firsts) == 1  # of half a million rows nothing has to be looked up
        stretch = np.zeros_like(months) if alone else np.searchsorted(firsts, months, "right") - 1
        return self._cells(stretch, unit_ids, power_ids)

    def cells_until(
        self, months: np.ndarray, unit_ids: np.ndarray, power_ids: np.ndarray
    ) -> np.ndarray:
        """The cell of each row in the first stretch that does not end before its month."""
        lasts = [stretch.last for _, stretch in self.stretches]
        stretch = np.searchsorted(lasts, months, side="left")
        return self._cells(np.where(stretch < len(lasts), stretch, OUTSIDE), unit_ids, power_ids)

    def _cells(
        self, stretch: np.ndarray, unit_ids: np.ndarray, power_ids: np.ndarray
    ) -> np.ndarray:
        unit, power = self._unit_group[unit_ids], self._power_group[power_ids]
        within = (stretch >= 0) & (unit >= 0) & (power >= 0)
        _, units, powers = self.shape
        return np.where(within, (stretch * units + unit) * powers + power, OUTSIDE)

    def count(self, cells: np.ndarray, weights: np.ndarray | None = None) -> np.ndarray:
        """int64[stretches, unit groups, power groups]: rows, or the sums of weights, per cell."""
        inside = cells != OUTSIDE
        chosen = None if weights is None else weights[inside]
        size = int(np.prod(self.shape))
        return (
            np.bincount(cells[inside], chosen, minlength=size).astype(np.int64).reshape(self.shape)
        )

    def sums(self, counted: RolledUp, names: Sequence[str]) -> dict[str, np.ndarray]:
        """Counts of a roll-up per cell."""
        rows = counted.during(self.window)
        if self.each_once:
            rows = rows[rows["power_id"].to_numpy() == ONCE]
        cells = self.cells(*(rows[name].to_numpy() for name in ("month", "unit_id", "power_id")))
        return {name: self.count(cells, rows[name].to_numpy()) for name in names}

    @cached_property
    def returns(self) -> tuple[np.ndarray, np.ndarray]:
        """(returned, due) unit-months of usage logs per cell."""
        return self.returns_of(self.snapshot.returned)

    def returns_of(self, facts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """(known, due) unit-months per cell; facts: bool[months, units] like `returned`."""
        pairs = [
            returns_due(self.snapshot, stretch, self.units, self.powers, facts)
            for _, stretch in self.stretches
        ]
        return np.stack([got for got, _ in pairs]), np.stack([due for _, due in pairs])

    @cached_property
    def completeness(self) -> np.ndarray:
        return divide(*self.returns)

    def records(self) -> Records:
        return Records(self.by, self.units, self.powers)

    def add(self, records: Records, measure: str, **values: np.ndarray) -> None:
        """Records of a measure, one for each cell whose units held one of its powers."""
        _, due = self.returns
        values = {"measure": np.full(self.shape, measure, dtype=object)} | values
        for number, (label, _) in enumerate(self.stretches):
            own = {name: array[number] for name, array in values.items()}
            records.add(label, due[number] > 0, **own)

    @cached_property
    def _unit_group(self) -> np.ndarray:
        """Unit number → its group; OUTSIDE where it is in none."""
        return _groups_by_id(self.snapshot.catalogue.units["id"], self.units)

    @cached_property
    def _power_group(self) -> np.ndarray:
        """Power number → its group, where powers are told apart; else only ONCE has one."""
        groups = _groups_by_id(self.snapshot.catalogue.powers["id"], self.powers)
        if self.each_once:
            groups[:] = OUTSIDE
            groups[ONCE] = 0
        return groups


def _tells_powers_apart(by: Sequence[str], selection: Selection) -> bool:
    filters = (getattr(selection, name) for name in POWER_DIMENSIONS)
    return any(filters) or any(name in POWER_DIMENSIONS for name in by)


def _groups_by_id(ids: pd.Series, axis: Axis) -> np.ndarray:
    numbers = ids.to_numpy(dtype=np.int64)
    groups = np.full(numbers.max(initial=0) + 1, OUTSIDE, dtype=np.int64)
    place = np.arange(len(axis.positions))
    groups[numbers[axis.positions]] = np.searchsorted(axis.starts, place, side="right") - 1
    return groups
