"""Legal review for a district judicial bureau: what waits, what is due, how fast, how heavy."""

from functools import partial

import pandas as pd
import streamlit as st

from registry import charts, review_charts, review_wording, ui, wording
from registry.measures.completeness import completeness
from registry.measures.distribution import deciles_of
from registry.measures.grouping import Selection
from registry.measures.review import review, turnaround_distribution
from registry.measures.review_ahead import months_ahead
from registry.snapshot import Snapshot
from registry.ui import _, filters, review_cases
from registry.window import Window, add_months
from registry.workdays import years_by_weekday

View = tuple[pd.DataFrame, charts.Chart]
MONTHS_AHEAD = 6


def turnarounds(data: Snapshot, months: Window, chosen: Selection, limit: int) -> View:
    days = turnaround_distribution(data, months, selection=chosen)
    return days, review_charts.turnaround_chart(days, limit)


def load(
    data: Snapshot, months: Window, chosen: Selection, named: bool
) -> tuple[pd.DataFrame, tuple[float, ...], charts.Chart]:
    measured = partial(review, data, months, ("unit",), measures=("cases_per_reviewer",))
    loads, deciles = measured(selection=chosen), deciles_of(measured()["value"])
    return loads, deciles, review_charts.load_chart(loads, deciles, names["unit"] if named else {})


def to_come(data: Snapshot, months: Window, chosen: Selection) -> View:
    expected = months_ahead(data, months, selection=chosen)
    return expected, review_charts.ahead_chart(expected)


snapshot = ui.begin(_("法制审核"), ui.ASKED_WHAT_IF)
st.write(_("区司法局看自己的审核压力：现在等着的、这周到期的、多快、多重。"))
names = ui.names(snapshot)
policy = snapshot.policy
window = filters.window(snapshot)
left, right = st.columns(2)
with left:
    districts = filters.district(snapshot)
with right:
    day = filters.as_of(window)
chosen = filters.selection()
if snapshot.last_returned is None:
    ui.empty.no_returns()

found = ui.cached(review, snapshot, window, ("city",), selection=chosen)
due = ui.cached(completeness, snapshot, window, selection=chosen)["denominator"].sum()
stand = wording.returned_text(window, found["completeness"].iloc[0], due)
ui.headline(review_wording.headline(found))
st.caption(
    wording.sentences(
        _("时限 {days} 个工作日，按国家公布的节假日和调休计。").format(days=policy.review_days),
        review_wording.unknown_text(found),
        stand,
    )
)
if unknown := years_by_weekday({window.first // 100, window.last // 100, day.year}):
    st.caption(
        _("{years} 年节假日尚未公布，按周一至周五计。").format(
            years=wording.listed(map(str, unknown))
        )
    )

sees_cases = ui.reader().districts != ()
if sees_cases:
    review_cases.waiting(snapshot, day, chosen)

days, chart = ui.cached(turnarounds, snapshot, window, chosen, policy.review_days)
finding = review_wording.turnaround_finding(found)
if len(days):
    ui.chart(finding, chart, stand, snapshot, ui.Download(days, "turnaround_distribution", window))
else:
    st.subheader(finding, anchor=False)

loads, deciles, chart = ui.cached(load, snapshot, window, chosen, len(districts) == 1)
finding = review_wording.load_finding(loads, deciles[-1])
if loads["value"].notna().any():
    download = ui.Download(loads, "review.cases_per_reviewer", window)
    both = found.loc[found["measure"].eq("cases_per_reviewer"), "completeness"].iloc[0]
    basis = wording.returned_text(window, both, due, "reviewers")
    ui.chart(finding, chart, basis, snapshot, download)
else:
    st.subheader(finding, anchor=False)

ahead = Window(add_months(window.last, 1), add_months(window.last, MONTHS_AHEAD))
expected, chart = ui.cached(to_come, snapshot, ahead, chosen)
ui.chart(
    review_wording.ahead_finding(expected),
    chart,
    wording.ahead_basis(ahead, expected),
    snapshot,
    ui.Download(expected, "review_ahead", ahead),
)

ui.what_if(snapshot, window, chosen, stand)

if sees_cases:
    review_cases.breaches(snapshot, window, chosen)
st.caption(_("行政处罚法第五十八条：应当审核而未经审核或审核未通过的，不得作出决定。"))
