"""What goes wrong in a monthly return: rows that must be quarantined and rows that are none.

In: a frame of `return_cells` and the rows of the truth behind it. Out: the same with bad rows
among them (`spoil`), then the rows of a sheet and which of them are bad (`litter`).
A bad row either says something that belongs to no row of the truth, or stands in the place of one
that the register then lacks; never one of `BASE_MONTH`, whose figures are given.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from registry.demo.mess import UNKNOWN_UNIT
from registry.demo.return_cells import MONTH_TEXTS, NUMBER_TEXTS
from registry.demo.return_styles import FIELD_OF, SERIAL, ReturnStyle
from registry.demo.staffing import BASE_MONTH
from registry.demo.world import Rng
from registry.window import add_months, parse_month

BAD_SHARE = 0.004
BLANK_SHARE, DUPLICATE_SHARE, REPEATED_EVERY = 0.002, 0.002, 1500
BAD = "*bad"
"""Column of the frame between `spoil` and `litter`: this row is to be quarantined."""

Row = dict[str, object]


@dataclass(frozen=True)
class Good:
    """A row about to be spoilt: its cells, what they say, its field → heading."""

    cells: Row
    said: dict[str, Any]
    heading: dict[str, str]
    style: ReturnStyle
    first_month: int

    def changed(self, **cells: object) -> Row:
        """Fields that the return has no column for are left out."""
        known = {self.heading[f]: cell for f, cell in cells.items() if f in self.heading}
        return self.cells | known

    def number(self, field: str, more: int) -> object:
        return NUMBER_TEXTS[self.style.numbers](self.said[field] + more)

    def month_before(self) -> object:
        return MONTH_TEXTS[self.style.months](add_months(self.first_month, -5))


Fault = Callable[[Good], Row]
MONTH_FAULTS: dict[str, Fault] = {
    "month outside": lambda good: good.changed(month=good.month_before()),
    "unreadable month": lambda good: good.changed(month="上半年"),
}
UNIT_FAULTS = MONTH_FAULTS | {"unknown unit": lambda good: good.changed(unit=UNKNOWN_UNIT)}
STRAY: dict[str, dict[str, Fault]] = {
    "staffing": UNIT_FAULTS,
    "complaints": UNIT_FAULTS
    | {
        "unknown topic": lambda good: good.changed(topic="其他市民诉求", power=""),
        "nothing named": lambda good: good.changed(topic="", power=""),
    },
    "whistles": UNIT_FAULTS,
    "training": MONTH_FAULTS
    | {"unknown department": lambda good: good.changed(department="区文明办")},
}
"""Kind → faults of rows that come beside the true ones."""
SPOILT: dict[str, dict[str, Fault]] = {
    "staffing": {
        "step too large": lambda good: good.changed(front_line=good.number("in_post", 7)),
        "unreadable number": lambda good: good.changed(established="约二十人"),
        "negative number": lambda good: good.changed(seconded="-2"),
    },
    "complaints": {
        "unreadable number": lambda good: good.changed(complaints="若干"),
        "negative number": lambda good: good.changed(complaints="-3"),
        "no number": lambda good: good.changed(complaints=""),
    },
    "whistles": {
        "more on time than called": lambda good: good.changed(on_time=good.number("called", 2)),
        "more solved than called": lambda good: good.changed(solved=good.number("called", 1)),
        "no number": lambda good: good.changed(called=""),
    },
    "training": {
        "unreadable number": lambda good: good.changed(officers_trained="若干"),
        "negative number": lambda good: good.changed(sessions="-1"),
    },
}
"""Kind → faults of rows that stand in the place of true ones."""


def spoil(
    cells: pd.DataFrame,
    rows: pd.DataFrame,
    kind: str,
    style: ReturnStyle,
    first_month: int,
    rng: Rng,
) -> pd.DataFrame:
    """`cells`, on the index of `rows`, with bad rows among them and the column BAD."""
    heading = {FIELD_OF[kind][name]: name for name in cells.columns}
    allowed = np.flatnonzero(rows["month"].ne(parse_month(BASE_MONTH)))
    count = min(rng.poisson(len(rows) * BAD_SHARE), len(allowed))
    picked = rng.choice(allowed, count, replace=False).tolist()
    table = cells.assign(**{BAD: False})
    stray, gone = [], []
    for place, is_stray in zip(picked, rng.random(count) < 0.5, strict=True):
        faults = (STRAY if is_stray else SPOILT)[kind]
        fault = faults[list(faults)[rng.integers(len(faults))]]
        said = rows.iloc[place].to_dict()
        bad = fault(Good(cells.iloc[place].to_dict(), said, heading, style, first_month))
        stray.append((place, bad | {BAD: True}))
        gone += [] if is_stray else [place]
    return _among(table, stray, gone)


def _among(table: pd.DataFrame, bad: list[tuple[int, Row]], gone: list[int]) -> pd.DataFrame:
    """Each bad row behind the place that it was made from, without the rows that are gone."""
    kept = table.assign(place=np.arange(len(table))).drop(index=table.index[gone])
    more = pd.DataFrame([row | {"place": place} for place, row in bad], columns=kept.columns)
    both = pd.concat([kept.astype(object), more.astype(object)], ignore_index=True)
    return both.sort_values("place", kind="stable", ignore_index=True).drop(columns="place")


def litter(
    table: pd.DataFrame, kind: str, above: list[str], rng: Rng
) -> tuple[list[list[object]], list[int]]:
    """(the rows of a sheet, the row numbers of the bad ones), lines `above` the headings first."""
    headings: list[object] = [name for name in table.columns if name != BAD]
    blank: list[object] = [""] * len(headings)
    sheet: list[list[object]] = [[line] for line in above]
    sheet.append(headings)
    bad = []
    drawn = rng.random((len(table), 2))
    rows = zip(_serial(table, kind), table[BAD], strict=True)
    for place, (row, is_bad) in enumerate(rows):
        sheet.append(row)
        bad += [len(sheet)] if is_bad else []
        sheet += [row] if drawn[place, 0] < DUPLICATE_SHARE and not is_bad else []
        sheet += [blank] if drawn[place, 1] < BLANK_SHARE else []
        sheet += [headings] if place % REPEATED_EVERY == REPEATED_EVERY - 1 else []
    return [*sheet, blank, *_ending(len(table), len(headings))], bad


def _ending(count: int, width: int) -> list[list[object]]:
    """The total, and who signs; the name is masked as offices mask it."""
    rest = [""] * (width - 2)
    return [["合计", f"共{count}行", *rest], ["填表人：张某", "", *rest]]


def _serial(table: pd.DataFrame, kind: str) -> list[list[object]]:
    cells = table.drop(columns=BAD)
    rows: list[list[object]] = cells.to_numpy(dtype=object).tolist()
    if FIELD_OF[kind][cells.columns[0]] == SERIAL:
        return [[number, *row[1:]] for number, row in enumerate(rows, 1)]
    return rows
