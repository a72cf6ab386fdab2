"""The register of powers as of a day; one power with its provision, holdings and use."""

from datetime import date

import pandas as pd
import streamlit as st

from registry import card_wording, charts, power_charts, ui, wording
from registry.holdings import listed_powers
from registry.language import language
from registry.measures.completeness import completeness
from registry.measures.demand import demand
from registry.measures.exercise import coverage
from registry.measures.grouping import Selection
from registry.measures.procedure import fine_distribution, procedure
from registry.measures.use import power_use
from registry.snapshot import Snapshot
from registry.ui import _, filters
from registry.window import Window, today_in_beijing

View = tuple[pd.DataFrame, charts.Chart]


def listed(data: Snapshot, day: date, chosen: Selection, text: str) -> pd.DataFrame:
    among = {"department": chosen.department, "domain": chosen.domain, "kind": chosen.kind}
    return power_charts.register_table(listed_powers(data.holdings, day, text, **among), names)


def use(data: Snapshot, months: Window, chosen: Selection) -> View:
    counts = power_use(data, months, ("district", "month"), selection=chosen)
    return counts, power_charts.use_map(counts, names["district"])


def fines(data: Snapshot, months: Window, chosen: Selection) -> View:
    found = fine_distribution(data, months, selection=chosen)
    return found, power_charts.fines_chart(found)


snapshot = ui.begin(_("职权"), filters.Words("search"), filters.Words("power"))
names = ui.names(snapshot)
window = filters.window(snapshot)
code = filters.value("power")
known = snapshot.catalogue.powers.set_index("code")

if code not in known.index:
    st.write(_("下放的职权逐项在册：查依据、看谁持有、看用没用。"))
    left, right = st.columns(2)
    with left:
        day = filters.as_of(window)
        st.text_input(_("查找编码、名称或法律依据"), key="search")
    with right:
        filters.department(snapshot)
        filters.domain(snapshot)
        filters.kind(snapshot)
    table = ui.cached(listed, snapshot, day, filters.selection(), filters.value("search"))
    st.subheader(wording.register_finding(len(table), day), anchor=False)
    ui.power_table(table)
    st.caption(_("点编码看一项职权的依据、持有和使用情况。"))
    ui.table_downloads(snapshot, table, "powers")
    st.stop()

power = known.loc[code]
ui.page_link("powers", _("← 返回职权目录"), power=None)
st.subheader(f"{code} {names['power'][code]}", anchor=False)
st.table(power_charts.provision_table(power, names))
changes = snapshot.catalogue.changes_of(code)
st.subheader(wording.changes_finding(len(changes)), anchor=False)
if len(changes):
    st.table(power_charts.changes_table(changes))

st.subheader(_("持有情况"), anchor=False)
rows = snapshot.holdings.rows
ui.plain_table(power_charts.holdings_table(rows[rows["power"].eq(code)], names))

ui.decisions.show_power(snapshot, code, today_in_beijing())

chosen = Selection(power=(code,))
stand = wording.basis_text(window, ui.cached(completeness, snapshot, window, selection=chosen))
if snapshot.last_returned is None:
    ui.empty.no_returns()
counts, chart = ui.cached(use, snapshot, window, chosen)
finding = power_charts.use_finding(counts)
ui.chart(finding, chart, stand, snapshot, ui.Download(counts, "power_use", window))

by_district = ui.cached(coverage, snapshot, window, ("district",), selection=chosen)
st.subheader(_("各区覆盖面：只计处罚决定和行政强制"), anchor=False)
covered = power_charts.coverage_table(by_district, names["district"])
st.table(ui.greyed(covered, by_district["completeness"]))
st.caption(stand)

handled = ui.cached(procedure, snapshot, window, selection=chosen)
st.subheader(_("办案程序"), anchor=False)
st.table(card_wording.family_table(handled, "procedure"))
st.caption(wording.sentences(_("件数为各指标的分母；只数这一项职权的处罚案件。"), stand))
fined, chart = ui.cached(fines, snapshot, window, chosen)
if len(fined):
    download = ui.Download(fined, "fine_distribution", window)
    ui.chart(power_charts.fines_finding(handled), chart, stand, snapshot, download)
else:
    st.subheader(power_charts.fines_finding(handled), anchor=False)

complained = ui.cached(demand, snapshot, window, ("city", "topic"), selection=chosen)
st.subheader(power_charts.topics_finding(complained), anchor=False)
if len(complained):
    topics = snapshot.catalogue.names("topic", language())
    st.table(power_charts.topics_table(complained, topics))
    st.caption(
        wording.sentences(
            _("一个主题可以对应几项职权，其中任一项用过即算用过；诉求只计一次。"),
            wording.returned_text(window, complained["completeness"].iloc[0], returns="complaints"),
        )
    )
    ui.downloads(snapshot, ui.Download(complained, "demand", window))
