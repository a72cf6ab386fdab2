"""Figures that public documents report, beside the register's own; never mixed.

In: the table `reported_figure` and the register's counts. Out: rows for a page, in the reader's
language. A register without reported figures gets empty answers, and the page shows nothing of
them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import pandas as pd
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from registry import models
from registry.db import read_frame, table
from registry.language import _, language

TOTAL = "powers_delegated"
OTHERS = "powers_other_departments"
BEST_RATE = "best_exercise_rate"
FRONT_LINE = "front_line_rate"
SPOKEN = ("label", "title", "words", "silent_on")


@dataclass(frozen=True)
class Quotation:
    """What a document says around a figure, word for word, and what it leaves open.

    `gloss` is the words in the reader's language where that is not the document's.
    """

    words: str
    gloss: str
    silent_on: str


def read_reported(connection: Connection) -> pd.DataFrame:
    """The reported figures by key; columns as in the table."""
    return read_frame(connection, sa.select(table(models.ReportedFigure))).set_index("key")


def in_language(reported: pd.DataFrame) -> pd.DataFrame:
    """The same with `label`, `title`, `words` and `silent_on` in the reader's language.

    A text that the language lacks is shown in Chinese, a document without title as it is cited.
    """
    spoken = {
        name: reported[f"{name}_{language()}"].replace("", None).fillna(reported[f"{name}_zh"])
        for name in SPOKEN
    }
    return reported.assign(**spoken).assign(title=spoken["title"].fillna(reported["source"]))


def reported_on(reported: pd.DataFrame) -> date | None:
    """The day of which the reported number of delegated powers speaks."""
    if TOTAL not in reported.index or pd.isna(reported.loc[TOTAL, "as_of"]):
        return None
    return date.fromisoformat(str(reported.loc[TOTAL, "as_of"])[:10])


def quotation(reported: pd.DataFrame, key: str) -> Quotation | None:
    """The words behind a reported figure, where they are known."""
    if key not in reported.index or pd.isna(reported.loc[key, "words_zh"]):
        return None
    row = reported.loc[key]
    gloss = "" if row["words"] == row["words_zh"] else row["words"]
    return Quotation(row["words_zh"], gloss, row["silent_on"])


def held_beside_reported(
    held: pd.DataFrame, reported: pd.DataFrame, names: Mapping[str, str]
) -> pd.DataFrame:
    """Rows `label, held, reported, title, as_of`: all powers, then each department's.

    held: `department, powers`, in the order of the vocabulary, whose first department leads; the
    others together have a row where a figure for them was reported. `reported`, `title` (of the
    document) and `as_of` are missing where nothing was.
    """
    counts = dict(zip(held["department"], held["powers"], strict=True))
    leading, *others = counts
    groups = {TOTAL: (_("合计"), list(counts)), f"powers_{leading}": (names[leading], [leading])}
    if OTHERS in reported.index:
        groups[OTHERS] = (_("其他部门小计"), others)
    groups |= {f"powers_{code}": (names[code], [code]) for code in others}
    rows = [(key, label, sum(counts[c] for c in codes)) for key, (label, codes) in groups.items()]
    frame = pd.DataFrame(rows, columns=["key", "label", "held"]).set_index("key")
    figures = reported[["value", "title", "as_of"]].rename(columns={"value": "reported"})
    return frame.join(figures)
