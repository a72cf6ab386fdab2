"""A table of figures that was handed out: its short reference, and the same figures again.

In: what was asked (measure, groups, months, filters, options) and the act up to which it was
known. Out: a reference that says all this and a fingerprint of the figures, such as
`exercise_rate:district:202007-202010@57.a3f9c21b`; nothing has to be stored to answer it.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any

import pandas as pd
from sqlalchemy.engine import Connection

from registry.db import revision
from registry.errors import RegistryError, UsageError
from registry.language import N_
from registry.measures.cards import MEASURES
from registry.measures.grouping import DIMENSIONS, Selection
from registry.profile import BRIEF, find_place, profile_figures, read_profile
from registry.snapshot import Snapshot, read_snapshot
from registry.window import Window

FILTERS = tuple(one.name for one in fields(Selection))
KEYS = (*DIMENSIONS, "topic", "origin", "measure", "figure", "fine_cny")
"""Columns that tell the records of a measure apart."""

DEFAULTS: dict[str, Any] = {"aggregate": "union", "basis": "decision", "min_cases": 1}
"""Options that a measure has unless others are given; a reference leaves them out."""

RESULTS = ("numerator", "denominator", "value", "completeness")
UNREADABLE = N_("引用编号「{text}」无法识别；请照印出的原样写")
PRINT = 8
"""Hexadecimal digits of a fingerprint: a misread reference passes once in four billion."""


@dataclass(frozen=True)
class Figure:
    """What was asked, and the act up to which it was known. options: (name, value), sorted."""

    measure: str
    by: tuple[str, ...]
    window: Window
    act: int
    selection: Selection = field(default_factory=Selection)
    options: tuple[tuple[str, str | int], ...] = ()

    def __str__(self) -> str:
        chosen = {name: ",".join(getattr(self.selection, name)) for name in FILTERS}
        pairs = dict(self.options) | chosen
        given = [f"{name}={value}" for name, value in pairs.items() if value]
        months = f"{self.window.first}-{self.window.last}"
        return ":".join([self.measure, ",".join(self.by), months, *given]) + f"@{self.act}"

    def compute(self, snapshot: Snapshot) -> pd.DataFrame:
        """The figures in a snapshot, which need not be that of the act."""
        if self.measure == BRIEF:
            (code,) = getattr(self.selection, self.by[0])
            place = find_place(snapshot.catalogue, code)
            return profile_figures(read_profile(snapshot, place, self.window))
        self.selection.check(snapshot.catalogue)
        measure = MEASURES[self.measure].compute
        options = dict(self.options)
        return measure(snapshot, self.window, self.by, selection=self.selection, **options)


def asked(
    measure: str,
    by: tuple[str, ...],
    window: Window,
    snapshot: Snapshot,
    selection: Selection,
    options: Mapping[str, Any],
) -> Figure:
    """The question that a table answers, known as the snapshot is."""
    chosen = tuple(sorted((n, v) for n, v in options.items() if v != DEFAULTS.get(n)))
    return Figure(measure, by or ("city",), window, snapshot.revision, selection, chosen)


def reference(figure: Figure, frame: pd.DataFrame) -> str:
    """The reference under which a table leaves; frame: as the measure returned it."""
    return f"{figure}.{fingerprint(frame)}"


def reference_if_asked_so(
    frame: pd.DataFrame,
    measure: str,
    window: Window,
    snapshot: Snapshot,
    selection: Selection,
    options: Mapping[str, Any],
) -> str:
    """The reference of a table that a page made; '' where its own columns, months, filters and
    options do not give the same figures again, since the page has gone on computing with them."""
    by = tuple(name for name in frame.columns if name in DIMENSIONS)
    figure = asked(measure, by, window, snapshot, selection, options)
    try:
        again = figure.compute(snapshot)
    except RegistryError:  # groups or filters that the measure alone does not take
        return ""
    return reference(figure, frame) if fingerprint(again) == fingerprint(frame) else ""


def fingerprint(frame: pd.DataFrame) -> str:
    """A digest over keys and results; names beside codes have no part in it."""
    columns = frame[[name for name in frame.columns if name in KEYS or name in RESULTS]]
    text = columns.to_csv(index=False, float_format="%.12g", lineterminator="\n")
    return hashlib.sha256(text.encode()).hexdigest()[:PRINT]


def read_reference(text: str) -> tuple[Figure, str]:
    """(what was asked, the fingerprint); raises UsageError for what is no reference."""
    head, _, tail = text.strip().partition("@")
    act, _, printed = tail.partition(".")
    measure, *parts = head.split(":")
    known = measure in MEASURES or measure == BRIEF
    if not known or len(parts) < 2 or not act.isdecimal() or len(printed) != PRINT:
        raise UsageError(UNREADABLE, text=text)
    by, months, *given = parts
    selection, options = _given(given, text)
    groups = tuple(name for name in by.split(",") if name)
    return Figure(measure, groups, _window(months, text), int(act), selection, options), printed


def _given(given: list[str], text: str) -> tuple[Selection, tuple[tuple[str, str | int], ...]]:
    """Filters and options of 'name=value' parts."""
    pairs = {name: value for name, _, value in (part.partition("=") for part in given)}
    if "" in pairs.values():
        raise UsageError(UNREADABLE, text=text)
    chosen = {name: tuple(pairs[name].split(",")) for name in FILTERS if name in pairs}
    options = [(n, int(v) if v.isdecimal() else v) for n, v in pairs.items() if n not in chosen]
    return Selection(**chosen), tuple(sorted(options))


def _window(months: str, text: str) -> Window:
    first, _, last = months.partition("-")
    if len(first) != 6 or len(last) != 6 or not (first + last).isdecimal():
        raise UsageError(UNREADABLE, text=text)
    return Window(int(first), int(last))


def snapshot_of(connection: Connection, figure: Figure) -> Snapshot:
    """The data of then; raises UsageError for an act that there is not."""
    newest = revision(connection)
    if not 1 <= figure.act <= newest:
        raise UsageError(UNREADABLE, text=figure)
    return read_snapshot(connection, figure.act if figure.act < newest else None)


def recompute(connection: Connection, text: str) -> tuple[Figure, pd.DataFrame, bool]:
    """(what was asked, the figures from the data of then, whether they are those handed out)."""
    figure, printed = read_reference(text)
    frame = figure.compute(snapshot_of(connection, figure))
    return figure, frame, fingerprint(frame) == printed
