"""Exercise rate: how far the delegated powers are used, down to units and single powers."""

from typing import Any

import pandas as pd
import streamlit as st

from registry import charts, decile_charts, heat_maps, ui, wording
from registry.measures.completeness import completeness
from registry.measures.distribution import deciles, unit_rates
from registry.measures.exercise import coverage, exercise_rate
from registry.measures.grouping import Selection
from registry.snapshot import Snapshot
from registry.ui import _, filters
from registry.window import Window

View = tuple[pd.DataFrame, charts.Chart]


def rates_by(
    data: Snapshot, months: Window, by: tuple[str, ...], chosen: Selection, **options: Any
) -> pd.DataFrame:
    rates = exercise_rate(data, months, by, selection=chosen, **options)
    return rates.assign(aggregate=options["aggregate"])


def spread(
    data: Snapshot, months: Window, chosen: Selection, k: int, counted: Any
) -> tuple[pd.DataFrame, *View]:
    """Each unit's rate; then by deciles of units of one kind and volume."""
    own = unit_rates(data, months, basis=counted, min_cases=k, selection=chosen)
    groups = deciles(own)
    return own, groups, decile_charts.decile_chart(groups, names["unit_kind"])


def matrix(
    data: Snapshot, months: Window, by: tuple[str, str], chosen: Selection, **options: Any
) -> View:
    rates = rates_by(data, months, by, chosen, **options)
    shown = options["aggregate"], options["min_cases"]
    return rates, heat_maps.rate_map(rates, *by, names, *shown)


snapshot = ui.begin(_("职权履行率"))
st.write(_("下放的职权用起来多少：按区和来源部门看，逐级看到街道、乡镇和每一项职权。"))
names = ui.names(snapshot)
window = filters.window_slider(snapshot)
left, right = st.columns(2)
with left:
    districts = filters.district(snapshot)
    units = filters.unit(snapshot) if len(districts) == 1 else ()
    aggregate = filters.aggregate()
with right:
    departments = filters.department(snapshot)
    basis, k = filters.basis(), filters.min_cases()
chosen = filters.selection()
options = {"aggregate": aggregate, "basis": basis, "min_cases": k}
returns = ui.cached(completeness, snapshot, window, selection=chosen)
stand = wording.basis_text(window, returns)

total = ui.cached(rates_by, snapshot, window, ("city",), chosen, **options)
if total.empty:
    ui.empty.nothing_selected()
ui.headline({wording.rate_label(aggregate, k): ui.rate(total)})
st.caption(stand)
if snapshot.last_returned is None:
    ui.empty.no_returns()
if total["completeness"].iloc[0] == 0:
    ui.empty.all_missing(window)
    st.stop()

row = "unit" if len(districts) == 1 else "district"
rates, chart = ui.cached(matrix, snapshot, window, (row, "department"), chosen, **options)
finding = wording.matrix_finding(rates, row, k)
download = ui.Download(rates.drop(columns="aggregate"), "exercise_rate", window, options)
ui.chart(finding, chart, stand, snapshot, download, **ui.drill_cells(row, "department"))
if units:
    ui.drill_here("unit", units, names, "")
ui.drill_here("district", districts, names, _("点一格看这一行、这一列；或看一个区的街道、乡镇："))
ui.drill_here("department", departments, names, _("看一个部门的职权："))

if len(departments) == 1:
    powers = ui.cached(
        coverage, snapshot, window, ("power",), basis=basis, min_cases=k, selection=chosen
    )
    name = names["department"][departments[0]]
    st.subheader(wording.coverage_finding(powers, name, k), anchor=False)
    ui.power_table(charts.coverage_list(powers, names["power"]), powers["completeness"])
    st.caption(wording.sentences(wording.coverage_meaning(k), stand))
    asked = {"basis": basis, "min_cases": k}
    ui.downloads(snapshot, ui.Download(powers, "coverage", window, asked))

own, groups, chart = ui.cached(spread, snapshot, window, chosen, k, basis)
if len(own) == 1:
    ui.empty.one_unit(names["unit"][own["unit"].iloc[0]])
elif len(groups):
    finding = decile_charts.decile_finding(groups, k)
    download = ui.Download(own, "exercise_rate", window, options | {"aggregate": "mean"})
    ui.chart(finding, chart, stand, snapshot, download)
