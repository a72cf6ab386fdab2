"""Overview: what has been delegated, how much of it is used, and how much has been returned."""

from datetime import timedelta

import pandas as pd
import streamlit as st

from registry import charts, ui, wording
from registry.measures.completeness import completeness
from registry.measures.exercise import exercise_rate
from registry.measures.held import held_powers
from registry.reported import BEST_RATE, document_titles, held_beside_reported, quotation
from registry.snapshot import Snapshot
from registry.ui import _
from registry.window import Window

View = tuple[pd.DataFrame, charts.Chart]


def matrix(data: Snapshot, months: Window) -> View:
    rates = exercise_rate(data, months, ("district", "department"))
    return rates, charts.rate_map(rates, "district", "department", names)


def trend(data: Snapshot, months: Window) -> View:
    rates = exercise_rate(data, months, ("month",))
    return rates, charts.rate_trend(rates)


def by_district(data: Snapshot, months: Window) -> View:
    returns = completeness(data, months, ("district",))
    return returns, charts.returns_chart(returns, "district", names["district"])


snapshot = ui.begin(_("总览"))
st.write(_("下放了多少职权、用起来多少、报送是否齐全;每个比率都带分子、分母和报送完整度。"))
names = {dimension: snapshot.catalogue.names(dimension) for dimension in ("district", "department")}
reported = ui.reported_figures(snapshot)
window = ui.window(snapshot)
as_of = window.end - timedelta(days=1)
basis = wording.basis_text(window, ui.cached(completeness, snapshot, window))

held = ui.cached(held_powers, snapshot, as_of, ("department",))
beside = held_beside_reported(held, reported, names["department"])
city = ui.cached(exercise_rate, snapshot, window)
ui.headline({_("持有职权(项)"): str(beside["held"].iloc[0]), _("全市职权履行率"): ui.rate(city)})
st.caption(_("履行率(合并口径):任一街乡作出过决定的职权 ÷ 至少一个街乡持有的职权。") + basis)

st.subheader(wording.held_finding(beside, as_of), anchor=False)
st.table(charts.held_table(beside))
if beside["source"].notna().any():
    titles = document_titles(beside["source"])
    st.caption(wording.sources_text(titles, beside["as_of"].iloc[0]))

if snapshot.first_returned is None or snapshot.last_returned is None:
    st.info(_("还没有任何报送,算不出履行率;请用 registry import 导入各区的执法台账"))
    st.stop()

leading = held["department"].iloc[0]
rates, chart = ui.cached(matrix, snapshot, window)
by_department = ui.cached(exercise_rate, snapshot, window, ("department",))
spread = wording.spread_finding(rates, leading, names["department"])
if quoted := quotation(reported, BEST_RATE):
    label = _("全市{name}职权履行率").format(name=names["department"][leading])
    computed = (label, ui.rate(by_department[by_department["department"].eq(leading)]))
    ui.report_beside_register(reported.loc[BEST_RATE], quoted, computed, spread, basis)
else:
    st.write(spread)
ui.chart(wording.unused_finding(by_department, names["department"]), chart, basis)

whole = Window(snapshot.first_returned, snapshot.last_returned)
rates, chart = ui.cached(trend, snapshot, whole)
returns = ui.cached(completeness, snapshot, whole)
ui.chart(wording.trend_finding(rates), chart, wording.basis_text(whole, returns))

returns, chart = ui.cached(by_district, snapshot, window)
ui.chart(wording.completeness_finding(returns), chart, basis)
