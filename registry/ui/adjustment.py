"""Pieces of the page on adjustment: the list of flags, sliders over limits, a dossier."""

from collections.abc import Sequence
from typing import Any

import pandas as pd
import streamlit as st

from registry import adjustment_wording as words
from registry import charts
from registry.adjustment.rules import SHARES, Limits
from registry.language import _
from registry.markup import plain_text
from registry.snapshot import Snapshot
from registry.ui.data import names
from registry.ui.navigation import address
from registry.ui.plot import plot
from registry.ui.show import long_table, table_downloads
from registry.wording import NO_BREAK

WIDEST = 3.0
"""A slider goes from 0 to so many times the saved limit, a share's to 1 at most; a choice of what
is worth trying."""

STEPS = 60


def flag_table(rows: pd.DataFrame, snapshot: Snapshot, key: str) -> None:
    """Powers of an assessment, each code a link to its dossier. key: its own on the page."""
    listed = words.flag_table(rows, names(snapshot), figures=False)
    districts = rows["district"].tolist() if "district" in rows else [None] * len(rows)
    links = [
        f"[{code}]({address('adjustment', power=code, **_place(district))})"
        for code, district in zip(rows["power"], districts, strict=True)
    ]
    table = listed.drop(columns="power").set_index(pd.Index(links, name=_("编码")))
    long_table(table, key)


def _place(district: str | None) -> dict[str, str]:
    return {} if district is None else {"district": district}


def limit_sliders(tried: Sequence[str], limits: Limits) -> dict[str, float]:
    """The limits as the sliders stand; nothing is saved. Lower ones stay under their pairs."""
    columns = st.columns(2)
    found: dict[str, float] = {}
    for place, name in enumerate(tried):
        saved = getattr(limits, name)
        with columns[place % 2]:
            found[name] = _limit_slider(name, saved)
    return found


def _limit_slider(name: str, saved: float) -> float:
    """A share is moved in percent."""
    is_share = name in SHARES
    whole = 100 if is_share else 1
    step = saved * WIDEST / STEPS * whole
    moved = st.slider(
        _(words.LIMIT[name]),
        min_value=step,
        max_value=min(saved * WIDEST, 1.0) * whole if is_share else saved * WIDEST,
        value=saved * whole,
        step=step,
        key=f"try {name}",
        format=f"%.3g{NO_BREAK}%%" if is_share else "%.3g",
    )
    return saved if moved == saved * whole else moved / whole


def draw_dossier(found: dict[str, Any], snapshot: Snapshot, stand: str) -> None:
    """All that is known of one power, of the city or of one district."""
    known = names(snapshot)
    title = f"{found['power']} {known['power'][found['power']]}"
    if found["district"]:
        title = f"{title} · {known['district'][found['district']]}"
    st.subheader(title, anchor=False)
    st.write(plain_text(words.verdict_text(found)))
    st.caption(words.statute_text(found))
    st.table(words.criteria_table(found))
    st.caption(stand)
    table = words.evidence_table(found)
    with st.expander(_("全部证据"), expanded=True):
        st.table(table)
        name = "_".join(filter(None, ("evidence", found["power"], found["district"])))
        table_downloads(snapshot, table.reset_index(names=_("证据")), name)
    _list(_("没有触发的规则，各为什么"), words.passed_over_texts(found))
    _list(_("所据法律的变化"), words.change_texts(found))
    _list(_("反常沉默的街乡"), words.silent_texts(found, known["unit"]))
    _list(_("缺报，先催："), words.chase_texts(found, known["unit"]))


def _list(title: str, texts: list[str]) -> None:
    """A titled list; nothing at all where there is nothing to say."""
    if texts:
        st.markdown(f"**{title}**")
        st.markdown("\n".join(f"- {plain_text(text)}" for text in texts))


def show_chart(finding: str, shown: charts.Chart, basis: str) -> None:
    """A chart of several measures at once: no single measure to download."""
    if not shown.figure["data"]:
        st.info(_("没有投诉与使用都已知的职权，不画象限图：请先报送市民诉求月报"))
        return
    st.subheader(finding, anchor=False)
    plot(shown.figure, finding, "adjustment")
    st.caption(shown.reading)
    st.caption(basis)
    with st.expander(_("查看数据表")):
        st.table(shown.table)
