"""Staffing: how far the staff reached the front line, where they came from, what they carry."""

import pandas as pd
import streamlit as st

from registry import card_wording, charts, share_charts, staffing_wording, ui, wording
from registry.measures.completeness import completeness
from registry.measures.grouping import Selection
from registry.measures.handover import handover
from registry.measures.staffing import staffing
from registry.reported import FRONT_LINE
from registry.snapshot import Snapshot
from registry.ui import _, filters
from registry.window import Window

View = tuple[pd.DataFrame, charts.Chart]
STEPS = ("in_post", "certified", "not_seconded", "front_line", "handled_case")
HANDED_OVER = (
    *("on_time_rate", "solved_rate", "training_sessions", "officers_trained", "joint_operations"),
    "exercise_rate",
)
LOADS = ("cases_per_front_line_officer", "inspections_per_front_line_officer")


def steps(data: Snapshot, months: Window, chosen: Selection) -> View:
    found = staffing(data, months, selection=chosen)
    return found, share_charts.waterfall_chart(found, STEPS, reported_rate)


def places(data: Snapshot, months: Window, by: str, chosen: Selection) -> View:
    rates = staffing(data, months, (by,), selection=chosen, measures=("front_line",))
    title = _("一线到位率（%）")
    return rates, share_charts.place_chart(rates, by, names[by], title, reported_rate)


def trend(data: Snapshot, months: Window, chosen: Selection) -> View:
    rates = staffing(data, months, ("month",), selection=chosen, measures=("front_line",))
    months_named = {code: wording.period_text(code) for code in rates["month"]}
    title = _("一线到位率（%）")
    return rates, share_charts.place_chart(rates, "month", months_named, title, reported_rate)


snapshot = ui.begin(_("人员到位"))
st.write(_("编制上的人有多少到了一线、从哪里来、每人担多少案件。"))
names = ui.names(snapshot)
reported = ui.reported_figures(snapshot)
reported_rate = float(reported.loc[FRONT_LINE, "value"]) if FRONT_LINE in reported.index else None
window = filters.window(snapshot)
districts = filters.district(snapshot)
chosen = filters.selection()

if not snapshot.covered["staffing"].any():
    ui.empty.no_returns_of("staffing")
found, chart = ui.cached(steps, snapshot, window, chosen)
front = found[found["measure"].eq("front_line")]
if front["value"].isna().all():
    ui.empty.all_missing(window)
    st.stop()
due = ui.cached(completeness, snapshot, window, selection=chosen)["denominator"].sum()
stand = wording.returned_text(window, front["completeness"].iloc[0], due, "staffing")
figures = {_("一线到位率"): ui.rate(front, wording.share_text)}
if reported_rate is not None:
    label = _("报告所载：{label}").format(label=reported.loc[FRONT_LINE, "label"])
    figures[label] = wording.reported_text(reported_rate)
ui.headline(figures)
st.caption(
    wording.sentences(
        _("一线到位率：持证、未借调、在一线的人员 ÷ 编制数，取期间内每个单位最后一次报送的月份。"),
        _("报告所载为全市下沉到一线的执法力量到位率，没有写明怎样计算。"),
    )
)
ui.chart(
    staffing_wording.waterfall_finding(found),
    chart,
    stand,
    snapshot,
    ui.Download(found, "staffing.front_line", window),
)

by = "unit" if len(districts) == 1 else "district"
rates, chart = ui.cached(places, snapshot, window, by, chosen)
finding = staffing_wording.under_finding(rates, reported_rate, by)
ui.chart(finding, chart, stand, snapshot, ui.Download(rates, "staffing.front_line", window))
if under := staffing_wording.under_text(rates, reported_rate, by, names[by]):
    st.caption(under)
ui.drill_here("district", districts, names, _("看一个区的街道、乡镇："))

st.subheader(staffing_wording.origin_finding(found, names["department"]), anchor=False)
st.table(staffing_wording.origin_table(found, names["department"]))
st.caption(_("人员按划转前所在的部门计；没有报送来源的不计。"))

given = ui.cached(handover, snapshot, window, selection=chosen)
st.subheader(staffing_wording.handover_finding(given, names["department"]), anchor=False)
ui.linked_table(
    card_wording.wide_table(given, "handover", "department", names["department"], HANDED_OVER),
    "exercise",
    "department",
    given["department"].drop_duplicates(),
)
st.caption(
    wording.sentences(
        _("部门的支持与其职权的履行率并排看；并列不等于因果。未报送的写作「—」，不算零。"),
        wording.returned_text(window, given["completeness"].min(), returns="whistles"),
    )
)
ui.downloads(snapshot, ui.Download(given, "handover", window))

load_share = found.loc[found["measure"].eq(LOADS[0]), "completeness"].iloc[0]
loads = ui.cached(staffing, snapshot, window, ("unit_kind",), selection=chosen, measures=LOADS)
st.subheader(_("每名一线人员担多少案件，只在同类单位内看"), anchor=False)
st.table(staffing_wording.load_table(loads, names["unit_kind"]))
st.caption(
    wording.sentences(
        _("案件每件计一次；什么算一次检查各地差别极大，不作比较，更不作排名。"),
        wording.returned_text(window, load_share, due, "loads"),
    )
)

rates, chart = ui.cached(trend, snapshot, window, chosen)
ui.chart(
    staffing_wording.front_line_trend(rates),
    chart,
    stand,
    snapshot,
    ui.Download(rates, "staffing.front_line", window),
)
