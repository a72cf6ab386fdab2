"""Methods: what each figure means, where it comes from, how complete the returns are."""

import pandas as pd
import streamlit as st

from registry import charts, heat_maps, ui, wording
from registry.beside import beside_reported
from registry.glossary import glossary_tables
from registry.measures.cards import CARDS, card_groups
from registry.measures.completeness import completeness
from registry.snapshot import Snapshot
from registry.ui import _
from registry.window import Window

View = tuple[pd.DataFrame, charts.Chart]


def returns_by_month(data: Snapshot, months: Window) -> View:
    returns = completeness(data, months, ("district", "month"))
    return returns, heat_maps.completeness_map(returns, names["district"])


def beside_register(data: Snapshot) -> pd.DataFrame:
    return beside_reported(data, ui.reported_figures(data))


snapshot = ui.begin(_("方法与口径"))
st.write(_("每个数怎样算出、依据什么、有什么局限；数据报全了没有。"))
names = ui.names(snapshot)

if snapshot.first_returned is not None and snapshot.last_returned is not None:
    whole = Window(snapshot.first_returned, snapshot.last_returned)
    returns, chart = ui.cached(returns_by_month, snapshot, whole)
    stand = wording.basis_text(whole, ui.cached(completeness, snapshot, whole))
    finding = wording.gaps_finding(returns)
    ui.chart(finding, chart, stand, snapshot, ui.Download(returns, "completeness", whole))
else:
    st.info(_("还没有任何报送。"))

st.subheader(_("各项指标"), anchor=False)
for part, cards in card_groups().items():
    heading = _("{title}（{count}）").format(title=_(part), count=len(cards))
    st.markdown(f"**{heading}**")
    for card in cards:
        with st.expander(_(card.title), expanded=card is CARDS["exercise_rate"]):
            st.table(charts.card_table(card))

st.subheader(_("三种汇总"), anchor=False)
st.write(
    _(
        "一个区的合并率总高于它各街乡的平均：案件越多，涉及的职权面越宽。"
        "三种汇总是三个不同的数，各有名称，从不混用；单位之间只在同类别、同案件量的组内比较。"
    )
)

st.subheader(_("数据来源"), anchor=False)
beside = ui.cached(beside_register, snapshot)
if len(beside):
    st.write(_("报告所载的数旁边是本台账在同一期间的计算值；口径不同，不是同一个数。"))
for title, table in charts.reported_tables(beside).items():
    st.markdown(title)
    st.table(table)
if len(beside):
    ui.table_downloads(snapshot, beside, "reported")
if snapshot.catalogue.powers["provenance"].eq("reconstructed").any():
    st.caption(_("职权目录为重建：各部门项数与公布的一致，未逐行与官方附件核对。"))

st.subheader(_("术语"), anchor=False)
for table in glossary_tables():
    st.table(table)
