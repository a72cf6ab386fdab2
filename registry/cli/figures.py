"""A measure or a family of measures, computed and printed: what every such command shares.

In: its name in MEASURES, group columns, months and filters as typed. Out: records with the names
beside the codes.
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pandas as pd
from rich.text import Text

from registry.cli.options import NOW, When, split, window_of
from registry.cli.output import Format, say, show_frame
from registry.db import reading
from registry.figure import asked, reference
from registry.measures.cards import CARDS, MEASURES
from registry.measures.exercise import DORMANT_MIN_MONTHS
from registry.measures.grouping import DIMENSIONS, TIME_DIMENSIONS, Selection
from registry.snapshot import Snapshot
from registry.window import Window, period_name, today_in_beijing
from registry.wording import bound_text, count_text, percent_text, ratio_text

NAMED = (*DIMENSIONS, "topic", "origin")
"""Columns of codes that have names."""

LONG = ("powers", "question", "explanation")
"""Texts that a table has no room for; CSV and JSON carry them."""


def print_figures(
    measure: str,
    by: Sequence[str],
    first: str | None,
    last: str | None,
    selection: Selection,
    options: dict[str, Any],
    form: Format,
    when: When = NOW,
) -> pd.DataFrame:
    """Print a measure or a family and return its frame."""
    frame, window, snapshot, _reference = compute(
        measure, by, first, last, selection, options, when
    )
    as_of = f"截至 {window.end - timedelta(days=1)}"
    chosen = " ".join(f"{name}={value}" for name, value in options.items())
    say(
        " · ".join(
            filter(None, (MEASURES[measure].title, str(window), as_of, _known(snapshot), chosen))
        )
    )
    if form is Format.table:
        brief = [name for name in frame.columns if name not in LONG]
        show_frame(_in_words(frame, measure), form, brief)
    else:
        show_frame(frame, form)
    return frame


def _known(snapshot: Snapshot) -> str:
    return f"当时所知：行为 {snapshot.known} 为止" if snapshot.known else ""


def compute(
    measure: str,
    by: Sequence[str],
    first: str | None,
    last: str | None,
    selection: Selection,
    options: dict[str, Any],
    when: When = NOW,
) -> tuple[pd.DataFrame, Window, Snapshot, str]:
    """The frame with names, its window, the snapshot that it was computed from, its reference."""
    with reading() as connection:
        snapshot = when.read(connection)
    selection.check(snapshot.catalogue)
    least = DORMANT_MIN_MONTHS if measure == "dormant" else 1
    window = window_of(snapshot, first, last, today_in_beijing(), least, when)
    figure = asked(measure, split(by), window, snapshot, selection, options)
    frame = figure.compute(snapshot)
    return named(_titled(frame, measure), snapshot), window, snapshot, reference(figure, frame)


def named(frame: pd.DataFrame, snapshot: Snapshot) -> pd.DataFrame:
    """The frame with `<group>_name` beside each group column that has names."""
    columns: dict[str, Any] = {}
    for name in frame.columns:
        columns[name] = frame[name]
        if name in NAMED:
            columns[f"{name}_name"] = _names(frame[name], name, snapshot)
    return pd.DataFrame(columns)


def _names(codes: pd.Series, dimension: str, snapshot: Snapshot) -> list[str]:
    if dimension in TIME_DIMENSIONS:
        return [period_name(code) for code in codes]
    labels = snapshot.catalogue.names("department" if dimension == "origin" else dimension)
    return [labels.get(code, code) for code in codes]


def _titled(frame: pd.DataFrame, family: str) -> pd.DataFrame:
    """A family's frame with the title of each record's measure behind its name."""
    if "measure" not in frame:
        return frame
    place = frame.columns.get_loc("measure")
    titled = frame.copy()
    titles = [CARDS[_card_name(family, name)].title for name in frame["measure"]]
    titled.insert(int(place) + 1, "measure_name", titles)
    return titled


def _card_name(family: str, measure: str) -> str:
    return f"{family.partition('.')[0]}.{measure}"


def _in_words(frame: pd.DataFrame, measure: str) -> pd.DataFrame:
    """The figures of a table for people, each aligned as a number."""
    if "measure" in frame:
        reads = [CARDS[_card_name(measure, name)].reads for name in frame["measure"]]
    else:
        reads = [CARDS[measure].reads] * len(frame)
    rows = list(zip(frame["value"], frame["completeness"], reads, strict=True))
    values = [_figure(_value_text(*row)) for row in rows]
    shares = [_figure(_value_text(share, 1.0, "share")) for _, share, _ in rows]
    columns = {"value": values, "completeness": shares}
    return frame.assign(**{name: pd.Series(v, dtype=object) for name, v in columns.items()})


def _figure(text: str | None) -> Text | None:
    return None if text is None else Text(text, justify="right")


NUMBERS = {"count": count_text, "ratio": ratio_text}


def _value_text(value: float, completeness: float, reads: str) -> str | None:
    if pd.isna(value):
        return None
    if reads in NUMBERS:
        return NUMBERS[reads](value)
    text = percent_text(value)
    return bound_text(text, value, completeness) if reads == "rate" else text
