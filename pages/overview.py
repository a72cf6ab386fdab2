"""Overview: what has been delegated, how much of it is used, and how much has been returned."""

from datetime import timedelta

import pandas as pd
import streamlit as st

from registry import charts, heat_maps, ui, wording
from registry.measures.completeness import completeness
from registry.measures.dormancy import dormancy_by_department
from registry.measures.exercise import dormant, exercise_rate
from registry.measures.grouping import Selection
from registry.measures.held import held_powers
from registry.reported import BEST_RATE, held_beside_reported, quotation, reported_on
from registry.snapshot import Snapshot
from registry.ui import _, filters
from registry.window import Window, today_in_beijing

View = tuple[pd.DataFrame, charts.Chart]


def matrix(data: Snapshot, months: Window) -> View:
    rates = exercise_rate(data, months, ("district", "department"))
    return rates, heat_maps.rate_map(rates, "district", "department", names)


def trend(data: Snapshot, months: Window) -> View:
    rates = exercise_rate(data, months, ("month",))
    return rates, charts.rate_trend(rates)


def dormancy(data: Snapshot, months: Window) -> View:
    counts = dormancy_by_department(data, months)
    return counts, charts.dormancy_chart(counts, names["department"])


def by_district(data: Snapshot, months: Window) -> View:
    returns = completeness(data, months, ("district",))
    return returns, charts.returns_chart(returns, "district", names["district"])


def drawn(data: Snapshot, months: Window) -> ui.Drawing | None:
    """The map; None where the register was started without one."""
    shapes, rates = ui.city_map(data), exercise_rate(data, months, ("district",))
    return ui.lettered(shapes, rates, names["district"]) if shapes else None


snapshot = ui.begin(_("总览"))
st.write(_("下放了多少职权、用起来多少、报送是否齐全；每个比率都带分子、分母和报送完整度。"))
names = ui.names(snapshot)
reported = ui.reported_figures(snapshot)
window = filters.window(snapshot)
as_of = window.end - timedelta(days=1)
basis = wording.basis_text(window, ui.cached(completeness, snapshot, window))

held = ui.cached(held_powers, snapshot, as_of, ("department",))
now = held_beside_reported(held, reported.iloc[:0], names["department"])
# A report speaks of its own day: beside it stands what was held then.
reported_day = reported_on(reported) or as_of
then = ui.cached(held_powers, snapshot, reported_day, ("department",))
beside = held_beside_reported(then, reported, names["department"])
city = ui.cached(exercise_rate, snapshot, window)
ui.headline(
    {
        _("持有职权（项）"): wording.count_text(now["held"].iloc[0]),
        _("全市职权履行率"): ui.rate(city),
    }
)
meaning = _("履行率（合并口径）：任一街乡作出过决定的职权 ÷ 至少一个街乡持有的职权。")
st.caption(wording.sentences(meaning, basis))

by_place, by_district_chart = ui.cached(by_district, snapshot, window)
st.write(wording.summary(now, city, by_place, window, as_of))

st.subheader(wording.held_finding(beside, reported_day), anchor=False)
st.table(charts.held_table(beside))
if beside["title"].notna().any():
    titles = beside["title"].dropna().unique()
    st.caption(wording.sources_text(titles, beside["as_of"].iloc[0]))

if snapshot.first_returned is None or snapshot.last_returned is None:
    ui.empty.no_returns()

if drawing := ui.cached(drawn, snapshot, window):
    st.subheader(_("点一个区，看它的街道、乡镇"), anchor=False)
    ui.district_map(drawing, _("各区职权履行率地图"))
    st.caption(wording.sentences(_("颜色越深，合并履行率越高；灰色的区报送不足。"), basis))
else:
    ui.empty.no_map()
ui.drill_links("exercise", "district", (), names, _("看一个区的街道、乡镇："))

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
finding = wording.unused_finding(by_department, names["department"])
ui.chart(finding, chart, basis, snapshot, ui.Download(rates, "exercise_rate", window))

whole = Window(snapshot.first_returned, snapshot.last_returned)
rates, chart = ui.cached(trend, snapshot, whole)
returns = ui.cached(completeness, snapshot, whole)
finding, basis_of_all = wording.trend_finding(rates), wording.basis_text(whole, returns)
ui.chart(finding, chart, basis_of_all, snapshot, ui.Download(rates, "exercise_rate", whole))

year = snapshot.full_year(today_in_beijing())
states, chart = ui.cached(dormancy, snapshot, year)
basis_of_year = wording.basis_text(year, ui.cached(completeness, snapshot, year))
silent = ui.cached(dormant, snapshot, year)
finding = wording.dormancy_finding(states, year)
ui.chart(finding, chart, basis_of_year, snapshot, ui.Download(silent, "dormant", year))

finding = wording.completeness_finding(by_place)
download = ui.Download(by_place, "completeness", window)
ui.chart(finding, by_district_chart, basis, snapshot, download)
ui.page_link("intake", _("看缺报清单和待改正的行"))

if change := ui.newest_change(snapshot):
    st.subheader(wording.change_finding(change.batch, change.counts), anchor=False)
    shares = [change.rates[name] for name in ("completeness_before", "completeness")]
    st.table(ui.greyed(charts.change_table(change.rates, names["district"]), *shares))
    concerned = Selection(district=tuple(change.rates["district"]))
    returns = ui.cached(completeness, snapshot, change.window, selection=concerned)
    meaning, basis = _("导入前后各区的合并履行率。"), wording.basis_text(change.window, returns)
    st.caption(wording.sentences(meaning, basis))
