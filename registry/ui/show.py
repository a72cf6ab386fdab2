"""Figures on a page: headline, rate, chart with its words, table and files, reported beside own."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import lru_cache, partial
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from registry import charts
from registry.export import Notes, describe, describe_data, table_bytes
from registry.figure import reference_if_asked_so
from registry.language import _, language, speaking
from registry.markup import plain_text
from registry.measures.cards import MEASURES
from registry.measures.grouping import DIMENSIONS, TIME_DIMENSIONS
from registry.reported import Quotation
from registry.snapshot import Snapshot
from registry.ui import login
from registry.ui.data import names
from registry.ui.filters import selection
from registry.ui.navigation import address
from registry.ui.plot import plot
from registry.window import Window
from registry.wording import is_thin, period_text, record_text, reported_text

FILES = {
    ".csv": "text/csv",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


@dataclass(frozen=True)
class Download:
    """A measure's frame to be taken home, with the measure's card, window and options."""

    frame: pd.DataFrame
    measure: str
    window: Window
    options: dict[str, Any] = field(default_factory=dict)

    @property
    def file_name(self) -> str:
        groups = "-".join(c for c in self.frame.columns[:3] if c in DIMENSIONS)
        return "_".join(part for part in (self.measure, groups, str(self.window)) if part)


def headline(figures: dict[str, str]) -> None:
    """Headline figures side by side."""
    for column, (label, text) in zip(st.columns(len(figures)), figures.items(), strict=True):
        column.metric(label, text, border=True)


def rate(rates: pd.DataFrame, in_words: Callable[[pd.Series], str] = record_text) -> str:
    """The rate of a frame with one record, greyed where the returns behind it are thin.

    in_words: how a record is said; `share_text` for a share that is no lower bound.
    """
    if not len(rates):
        return _("未持有职权")
    text = in_words(rates.iloc[0])
    return f":gray[{text}]" if is_thin(rates["completeness"].iloc[0]) else text


def greyed(table: pd.DataFrame, *completeness: Iterable[float]) -> pd.DataFrame:
    """A table of rates in words, grey where the returns behind them are thin.

    completeness: of each row; one for all columns, or one for each of them.
    """
    thin = np.array([[is_thin(share) for share in shares] for shares in completeness]).T
    if not thin.any():
        return table
    return table.mask(np.broadcast_to(thin, table.shape), ":gray[" + table + "]")


def chart(
    finding: str,
    shown: charts.Chart,
    basis: str,
    snapshot: Snapshot,
    download: Download,
    **plotly: Any,
) -> Any:
    """A chart under the finding it shows, how to read it; table and files one click away.

    plotly: more for `plot`, whose answer is returned.
    """
    st.subheader(finding, anchor=False)
    event = plot(shown.figure, finding, download.file_name, **plotly)
    st.caption(shown.reading)
    st.caption(basis)
    with st.expander(_("查看数据表与下载")):
        st.table(shown.table)
        downloads(snapshot, download)
    return event


LONGEST_LIST, ROW_HEIGHT = 460, 40
"""Pixels: beyond the one a list scrolls on the screen; on paper it goes on."""


def power_table(powers: pd.DataFrame, completeness: Iterable[float] = ()) -> None:
    """A list of powers by code, each code a link to its own record.

    completeness: of each row's rate, which is grey where it is thin; nothing where there is none.
    """
    listed = powers.set_index(pd.Index(powers["power"], name=_("编码"))).drop(columns="power")
    linked_table(listed, "powers", "power", powers["power"], completeness)


def linked_table(
    rows: pd.DataFrame,
    page: str,
    group: str,
    codes: Iterable[str],
    completeness: Iterable[float] = (),
    key: str = "",
) -> None:
    """A list whose index leads to a page: each entry to that page of its code of the group.

    key: tells it from others on its page that lead to the same one.
    """
    links = [
        f"[{plain_text(str(text))}]({address(page, **{group: code})})"
        for text, code in zip(rows.index, codes, strict=True)
    ]
    linked = rows.set_index(pd.Index(links, name=rows.index.name))
    long_table(linked, f"{page} {group} {key} {len(rows)}", completeness=completeness)


def long_table(
    rows: pd.DataFrame,
    key: str,
    alt: str | None = None,
    completeness: Iterable[float] = (),
) -> None:
    """A list of any length: its cells are plain text, its index holds links, by which a keyboard
    reaches and scrolls it.

    key: its own on the page. On a phone the list scrolls sideways before its words break up.
    """
    is_long = len(rows) * ROW_HEIGHT > LONGEST_LIST
    cells = _plain(rows)
    shares = list(completeness)
    cells = greyed(cells, shares) if shares else cells
    st.html(_widths(f"list {key}", cells))
    with st.container(key=f"list {key}"):
        st.table(cells, height=LONGEST_LIST if is_long else "content", hide_index=False, alt=alt)


def plain_table(rows: pd.DataFrame) -> None:
    """A short list of what people wrote: cells and index are plain text."""
    plain = _plain(rows)
    st.table(plain.set_axis(plain.index.map(lambda text: plain_text(str(text)))))


def _plain(rows: pd.DataFrame) -> pd.DataFrame:
    """The cells as plain text."""
    cells = {name: [plain_text(str(cell)) for cell in rows[name]] for name in rows}
    return pd.DataFrame(cells, index=rows.index, dtype=object)


SHORT = 32
"""Bytes of a cell that stays on one line: a period, a rate, ten Chinese characters."""
LINK_TARGET = re.compile(r"\]\([^)]*\)")


def _widths(key: str, cells: pd.DataFrame) -> str:
    """Style of a list: columns of short cells keep them whole, the others are no mere strips."""
    own = ".st-key-" + re.sub("[^A-Za-z0-9_-]", "-", key)
    columns = {"tbody th": cells.index}
    columns |= {f"td:nth-of-type({i})": cells[name] for i, name in enumerate(cells, 1)}
    rules = [
        f"{own} {place} * {{ white-space: nowrap }}"
        if _is_short(texts)
        else f"{own} {place} {{ min-width: 10em }}"
        for place, texts in columns.items()
    ]
    return f"<style>{' '.join(rules)}</style>"


def _is_short(texts: Iterable[str]) -> bool:
    return all(_length(text) <= SHORT for text in texts)


@lru_cache(maxsize=50_000)
def _length(text: str) -> int:
    return len(LINK_TARGET.sub("", text).encode())


def downloads(snapshot: Snapshot, download: Download) -> None:
    """A measure's frame as CSV and XLSX, with names beside codes and what the figures mean."""
    card, chosen = MEASURES[download.measure], selection()
    asked = (download.measure, download.window, snapshot, chosen, download.options)

    def parts() -> tuple[pd.DataFrame, Notes]:
        number = reference_if_asked_so(download.frame, *asked)
        notes = describe(card, download.window, snapshot, download.options, number)
        return with_names(download.frame, snapshot), notes

    _buttons(parts, download.file_name)


def table_downloads(snapshot: Snapshot, frame: pd.DataFrame, file_name: str) -> None:
    """Any other table as CSV and XLSX, as it stands."""
    _buttons(lambda: (frame, describe_data(snapshot)), file_name)


def _buttons(parts: Callable[[], tuple[pd.DataFrame, Notes]], file_name: str) -> None:
    with st.container(horizontal=True):
        for ending, mime in FILES.items():
            st.download_button(
                _("下载 {format}").format(format=ending[1:].upper()),
                login.later(partial(_content, language(), ending, parts)),
                file_name=file_name + ending,
                mime=mime,
                key=f"download {file_name}{ending}",
                on_click="ignore",
            )


def _content(code: str, ending: str, parts: Callable[[], tuple[pd.DataFrame, Notes]]) -> bytes:
    """Made when the button is pressed, outside the page's run."""
    with speaking(code):
        return table_bytes(ending, *parts())


def with_names(frame: pd.DataFrame, snapshot: Snapshot) -> pd.DataFrame:
    """The frame with `<group>_name`, in the reader's language, beside each group column."""
    known = names(snapshot)
    columns: dict[str, Any] = {}
    for name in frame.columns:
        columns[name] = frame[name]
        if name in TIME_DIMENSIONS:
            columns[f"{name}_name"] = frame[name].map(period_text)
        elif name in known:
            columns[f"{name}_name"] = [known[name].get(code, code) for code in frame[name]]
    return pd.DataFrame(columns)


def report_beside_register(
    reported: pd.Series, quoted: Quotation, computed: tuple[str, str], finding: str, basis: str
) -> None:
    """A reported rate in the report's own words; beside it what this register computes, which is
    never called the reported one. computed: what it is and its rate."""
    left, right = st.columns(2, border=True)
    left.metric(
        _("报告所载：{label}").format(label=reported["label"]), reported_text(reported["value"])
    )
    words = _("「{words}」").format(words=quoted.words)
    gloss = f"\n>\n> {quoted.gloss}" if quoted.gloss else ""
    left.markdown(f"> {words}{gloss}\n\n{quoted.silent_on}")
    right.metric(_("本台账计算：{label}").format(label=computed[0]), computed[1])
    right.markdown(_("{finding}。与报告所载不是同一个数。").format(finding=finding))
    right.caption(basis)
