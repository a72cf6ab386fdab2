"""Figures that public documents report, beside the register's own; never mixed.

In: the table `reported_figure` and the register's counts. Out: rows for a page. A register
without reported figures gets empty answers, and the page shows nothing of them.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from registry import models
from registry.db import read_frame, table
from registry.wording import _

TOTAL = "powers_delegated"
OTHERS = "powers_other_departments"
BEST_RATE = "best_exercise_rate"


@dataclass(frozen=True)
class Quotation:
    """What a document says around a figure, word for word, and what it leaves open."""

    words: str
    silent_on: str


def documents() -> dict[str, str]:
    """Titles of the documents that shipped figures cite; others are shown as they are written."""
    return {
        "report-2020": _(
            "市人大常委会执法检查组关于检查《北京市街道办事处条例》实施情况的报告(2020年11月26日)"
        ),
        "newspaper report of 2020-07-07 (cfgw.net.cn) on 京政发〔2020〕9号": _(
            "2020年7月7日报纸对京政发〔2020〕9号的报道(cfgw.net.cn)"
        ),
    }


def quotations() -> dict[tuple[str, str], Quotation]:
    """(document, key of the figure) → the document's own words."""
    return {
        ("report-2020", BEST_RATE): Quotation(
            _("某区职权履行率较高的是原来城管执法的部分职权,目前也仅达到47%"),
            _("报告没有写明是哪个区、涉及多少项职权、怎样计算。"),
        )
    }


def read_reported(connection: Connection) -> pd.DataFrame:
    """The reported figures by key; columns as in the table."""
    return read_frame(connection, sa.select(table(models.ReportedFigure))).set_index("key")


def document_titles(sources: pd.Series) -> list[str]:
    """Titles of the documents cited, each once."""
    titles = documents()
    return [titles.get(source, source) for source in sources.dropna().unique()]


def quotation(reported: pd.DataFrame, key: str) -> Quotation | None:
    """The words behind a reported figure, where they are known."""
    if key not in reported.index:
        return None
    return quotations().get((str(reported.loc[key, "source"]), key))


def held_beside_reported(
    held: pd.DataFrame, reported: pd.DataFrame, names: Mapping[str, str]
) -> pd.DataFrame:
    """Rows `label, held, reported, source, as_of`: all powers, then each department's.

    held: `department, powers`, in the order of the vocabulary, whose first department leads; the
    others together have a row where a figure for them was reported. `reported`, `source` and
    `as_of` are missing where nothing was.
    """
    counts = dict(zip(held["department"], held["powers"], strict=True))
    leading, *others = counts
    groups = {TOTAL: (_("合计"), list(counts)), f"powers_{leading}": (names[leading], [leading])}
    if OTHERS in reported.index:
        groups[OTHERS] = (_("其他部门小计"), others)
    groups |= {f"powers_{code}": (names[code], [code]) for code in others}
    rows = [(key, label, sum(counts[c] for c in codes)) for key, (label, codes) in groups.items()]
    frame = pd.DataFrame(rows, columns=["key", "label", "held"]).set_index("key")
    figures = reported[["value", "source", "as_of"]].rename(columns={"value": "reported"})
    return frame.join(figures)
