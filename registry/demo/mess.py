"""What goes wrong in a log: rows that must be quarantined and rows that are no cases.

In: a frame of `cells`. Out: the same with extra bad rows (`spoil`), then lists of cells with
blank, serial-only, sample, repeated-header, duplicate and total rows between them (`litter`).
A bad row is always an extra case with a number of its own: good rows stay as they are.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import cast

import numpy as np
import pandas as pd

from registry.demo.cells import DATE_TEXTS, FINE_TEXTS
from registry.demo.styles import FIELD_OF, SERIAL, Style
from registry.demo.world import Rng

Row = dict[str, object]

BAD_SHARE = 0.0055
UNKNOWN_UNIT = "区城管执法局直属中队"
UNKNOWN_POWER = "其他影响城市管理的行为"
BAD_NUMBERS = range(9001, 10_000)  # never reached by a real case
BLANK_SHARE, SERIAL_SHARE, DUPLICATE_SHARE, REPEATED_EVERY = 0.001, 0.001, 0.0015, 1500


@dataclass(frozen=True)
class Sheet:
    """A sheet as it will be written; the first `titles` rows span the sheet's width."""

    name: str
    rows: list[list[object]]
    titles: int = 0


@dataclass(frozen=True)
class Bad:
    """One row about to be spoilt: its cells, its field → heading, its style and first month."""

    row: Row
    heading: dict[str, str]
    style: Style
    start: pd.Timestamp

    def changed(self, **cells: object) -> Row:
        return self.row | {self.heading[field]: value for field, value in cells.items()}

    def day(self, days: int = 0) -> object:
        day = cast(pd.Timestamp, self.row["day"])
        return DATE_TEXTS[self.style.dates](day + pd.Timedelta(days, "D"))

    def before_the_log(self) -> object:
        return DATE_TEXTS[self.style.dates](self.start - pd.Timedelta(40, "D"))


def _disagreeing(bad: Bad) -> list[Row]:
    fines = [FINE_TEXTS[bad.style.fines](fine) for fine in (100, 200)]
    return [bad.changed(fine_cny=fine) for fine in fines]


FAULTS: dict[str, Callable[[Bad], list[Row]]] = {
    "unknown unit": lambda bad: [bad.changed(unit=UNKNOWN_UNIT)],
    "unknown power": lambda bad: [bad.changed(power=UNKNOWN_POWER)],
    "unreadable date": lambda bad: [bad.changed(decided_on="03/01/2021")],
    "no number": lambda bad: [bad.changed(case_no="")],
    "outside the months": lambda bad: [bad.changed(decided_on=bad.before_the_log())],
}
PENALTY_FAULTS: dict[str, Callable[[Bad], list[Row]]] = FAULTS | {
    "decided before filed": lambda bad: [bad.changed(filed_on=bad.day(20), decided_on=bad.day())],
    "negative fine": lambda bad: [bad.changed(fine_cny="-200")],
    "contradiction": _disagreeing,
    "no power": lambda bad: [bad.changed(power="")],
}


def spoil(
    table: pd.DataFrame, headings: list[str], style: Style, start: pd.Timestamp, rng: Rng
) -> pd.DataFrame:
    """Add the bad rows among the good ones: half of them penalties, where there are any."""
    if table.empty:
        return table
    heading = {FIELD_OF[name]: name for name in headings}
    penalty = table["action"].eq("penalty").to_numpy()
    shares = np.where(penalty, 1 / max(penalty.sum(), 1), 1 / max((~penalty).sum(), 1))
    count = round(len(table) * BAD_SHARE)
    picked = rng.choice(len(table), count, replace=False, p=shares / shares.sum())
    numbers = rng.choice(BAD_NUMBERS, count, replace=False).tolist()
    rows: list[Row] = []
    for number, row in zip(numbers, table.iloc[picked].to_dict("records"), strict=True):
        bad = Bad({str(key): cell for key, cell in row.items()}, heading, style, start)
        rows += _spoilt(bad, number, rng)
    return _insert(table, pd.DataFrame(rows, columns=table.columns), rng)


def _spoilt(bad: Bad, number: int, rng: Rng) -> list[Row]:
    is_penalty = bad.row["action"] == "penalty"
    faults = PENALTY_FAULTS if is_penalty else FAULTS
    known = str(bad.row[bad.heading["case_no"]])
    renumbered = bad.changed(case_no=f"{known[:-5]}{number}号")
    fault = list(faults)[rng.integers(len(faults))]
    return faults[fault](Bad(renumbered, bad.heading, bad.style, bad.start))


def _insert(table: pd.DataFrame, rows: pd.DataFrame, rng: Rng) -> pd.DataFrame:
    place = np.concatenate([np.arange(len(table)), rng.uniform(0, len(table), len(rows))])
    both = pd.concat([table.astype(object), rows.astype(object)], ignore_index=True)
    return both.iloc[np.argsort(place, kind="stable")].reset_index(drop=True)


def litter(table: pd.DataFrame, headings: list[str], style: Style, rng: Rng) -> list[list[object]]:
    """The rows of a sheet from its headings down."""
    serial = FIELD_OF[headings[0]] == SERIAL
    cells: list[list[object]] = table[headings].to_numpy(dtype=object).tolist()
    if serial:
        cells = [[number, *row[1:]] for number, row in enumerate(cells, 1)]
    between = _noise(cells, headings, serial, rng)
    rows: list[list[object]] = [list(headings)]
    if style.title and cells:
        rows.append(["例：" if serial else f"例：{cells[0][0]}", *cells[0][1:]])
    for place, row in enumerate(cells):
        rows += [row, *between.get(place, [])]
    return rows + _ending(cells, headings, serial, rng)


def _noise(
    cells: list[list[object]], headings: list[str], serial: bool, rng: Rng
) -> dict[int, list[list[object]]]:
    """Row position → what comes after it."""
    blank: list[object] = [""] * len(headings)
    noise: dict[int, list[list[object]]] = {}
    for place in np.flatnonzero(rng.random(len(cells)) < DUPLICATE_SHARE).tolist():
        noise.setdefault(place, []).append(cells[place])
    for place in np.flatnonzero(rng.random(len(cells)) < BLANK_SHARE).tolist():
        noise.setdefault(place, []).append(blank)
    for place in np.flatnonzero(rng.random(len(cells)) < SERIAL_SHARE * serial).tolist():
        noise.setdefault(place, []).append([place + 1, *blank[1:]])
    for place in range(REPEATED_EVERY, len(cells), REPEATED_EVERY):
        noise.setdefault(place, []).append(list(headings))
    return noise


def _ending(
    cells: list[list[object]], headings: list[str], serial: bool, rng: Rng
) -> list[list[object]]:
    """Numbered rows that nobody filled in, and the total."""
    rest = [""] * (len(headings) - 2)
    prepared = int(rng.integers(0, 12)) if serial and cells else 0
    rows: list[list[object]] = [[len(cells) + i, "", *rest] for i in range(1, prepared + 1)]
    return [*rows, ["合计", f"共{len(cells)}件", *rest]] if cells else rows
