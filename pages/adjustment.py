"""Adjustment: which powers the rules flag, what other limits would change, one power's dossier."""

from datetime import date
from typing import Any

import pandas as pd
import streamlit as st

from registry import adjustment_charts, adjustment_wording, charts, ui, wording
from registry.adjustment.assess import assess, changes, judged
from registry.adjustment.dossier import dossier
from registry.adjustment.evidence import assessed_months, assessment_day
from registry.errors import RegistryError
from registry.measures.completeness import completeness
from registry.snapshot import Snapshot
from registry.ui import _, adjustment, filters, follow_up_forms, loop_forms
from registry.ui.show import long_table
from registry.window import today_in_beijing

TRIED = (
    *("demand_low", "demand_high", "frequency_low", "frequency_high"),
    *("unmet_share", "silent_share", "narrow_coverage", "uneven"),
)
"""Limits with a slider; the others stand in the policy file."""


def assessed(data: Snapshot, day: date, by: tuple[str, ...]) -> pd.DataFrame:
    return assess(data, day, policy, by)


def chosen_of(
    data: Snapshot, day: date, by: tuple[str, ...], here: tuple[str, ...], of: tuple[str, ...]
) -> pd.DataFrame:
    """The assessment of these districts and of these departments' powers; of all, where none."""
    rows = ui.shared(assessed, data, day, by)
    if here:
        rows = rows[rows["district"].isin(here)]
    if of:
        sources = data.catalogue.powers.set_index("code")["source_department"]
        rows = rows[rows["power"].map(sources).isin(of)]
    return rows


def quadrants(data: Snapshot, day: date, *chosen: tuple[str, ...]) -> charts.Chart:
    rows = ui.shared(chosen_of, data, day, *chosen)
    return adjustment_charts.quadrant_chart(rows, policy.adjustment.limits, names["power"])


def act_on(power: str, recommendation: str | None) -> None:
    """What the office and the districts can do here: propose, say, decide, follow up."""
    if not loop_forms.may_write(snapshot):
        return
    loop_forms.handle(snapshot, power)
    if not ui.reader().may("propose"):
        return
    follow_up_forms.follow(snapshot, power)
    offered = found["power"].drop_duplicates().tolist()
    district = districts[0] if len(districts) == 1 else ""
    loop_forms.propose_form(snapshot, window, offered, power, recommendation, district)


def told(data: Snapshot, code: str, place: str | None, day: date) -> dict[str, Any]:
    rows = ui.shared(assessed, data, day, by)
    return dossier(data, code, place, day, policy, rows)


snapshot = ui.begin(
    _("动态调整"), filters.Words("power"), *loop_forms.FILTERS, *follow_up_forms.FILTERS
)
st.write(_("哪些职权该保留、培训、收回、差异化、增放或清理：证据、四项标准和建议；建议不是决定。"))
names = ui.names(snapshot)
policy = snapshot.policy
left, right = st.columns(2)
with left:
    districts = filters.district(snapshot)
    day = filters.assessment_day(assessment_day(snapshot, today_in_beijing()))
with right:
    departments = filters.department(snapshot)
if snapshot.last_returned is None:
    ui.empty.no_returns()
by = ("power", "district") if districts else ("power",)
found = ui.shared(chosen_of, snapshot, day, by, districts, departments)
if found.empty:
    ui.empty.nothing_selected()
window = assessed_months(day, policy)
returns = ui.cached(completeness, snapshot, window, selection=filters.selection())
stand = wording.sentences(
    wording.basis_text(window, returns), _("政策版本 {v}。").format(v=policy.version)
)

code = filters.value("power")
if code in set(found["power"]):
    ui.page_link("adjustment", _("← 返回全部职权"), power=None)
    held_in = found.loc[found["power"].eq(code), "district"].tolist() if districts else [None]
    for place in held_in:
        one = ui.cached(told, snapshot, code, place, day)
        adjustment.draw_dossier(one, snapshot, stand)
    ui.decisions.show_power(snapshot, code, today_in_beijing())
    act_on(code, found.loc[found["power"].eq(code), "recommendation"].iloc[0])
    ui.page_link("powers", _("看依据、持有和使用"), power=code)
    st.stop()

flagged = found[found["recommendation"].ne("keep")]
st.subheader(adjustment_wording.count_finding(found), anchor=False)
if len(flagged):
    adjustment.flag_table(flagged, snapshot, "flags")
st.caption(
    wording.sentences(
        _("点编码看一项职权的全部证据。稳定度：限额随机上下各动两成，建议不变的比例。"), stand
    )
)
ui.table_downloads(snapshot, flagged.drop(columns="path"), f"flags_{day}")

if withheld := adjustment_wording.withheld_finding(found):
    with st.expander(withheld):
        adjustment.flag_table(found[found["withheld"].ne("")], snapshot, "withheld")

chart = ui.cached(quadrants, snapshot, day, by, districts, departments)
finding = adjustment_wording.quadrant_finding(chart.table)
adjustment.show_chart(finding, chart, stand)

st.subheader(_("如果改限额"), anchor=False)
st.caption(_("只在这里试算，不保存；正式的限额写在政策文件里。"))
limits = adjustment.limit_sliders(TRIED, policy.adjustment.limits)
try:
    altered = policy.with_limits(**limits)
    tried = found if altered == policy else judged(found, altered)
except RegistryError as error:
    ui.stop(str(error))
moved = changes(found, tried)
st.write(adjustment_wording.what_if_finding(moved, limits, policy.adjustment.limits))
if len(moved):
    long_table(adjustment_wording.what_if_table(moved, names), "what if")

ui.decisions.show_loop(snapshot, today_in_beijing())
act_on("", None)
