"""What every page shares; the only part of the product, with `server`, that knows Streamlit.

snapshot = ui.begin(_("总览"))          # always first: language, URL, side bar, data
window = filters.window(snapshot)       # filters live in the URL, as codes
rates, chart = ui.cached(view, snapshot, window)
ui.chart(finding, chart, basis, snapshot, ui.Download(rates, "exercise_rate", window))
"""

from registry.language import N_, _, ngettext
from registry.ui import decisions, empty, filters
from registry.ui.data import (
    cached,
    city_map,
    names,
    newest_change,
    reported_figures,
    shared,
)
from registry.ui.district_map import Drawing, district_map, lettered
from registry.ui.empty import stop
from registry.ui.file_links import format_links, from_to
from registry.ui.login import reader
from registry.ui.navigation import (
    address,
    drill_cells,
    drill_here,
    drill_links,
    navigate,
    open_page,
    page_link,
)
from registry.ui.page import begin
from registry.ui.plot import plot
from registry.ui.show import (
    Download,
    chart,
    downloads,
    greyed,
    headline,
    linked_table,
    plain_table,
    power_table,
    rate,
    report_beside_register,
    table_downloads,
)
from registry.ui.what_if import ASKED as ASKED_WHAT_IF
from registry.ui.what_if import what_if

__all__ = [
    "ASKED_WHAT_IF",
    "N_",
    "Download",
    "Drawing",
    "_",
    "address",
    "begin",
    "cached",
    "chart",
    "city_map",
    "decisions",
    "district_map",
    "downloads",
    "drill_cells",
    "drill_here",
    "drill_links",
    "empty",
    "filters",
    "format_links",
    "from_to",
    "greyed",
    "headline",
    "lettered",
    "linked_table",
    "names",
    "navigate",
    "newest_change",
    "ngettext",
    "open_page",
    "page_link",
    "plain_table",
    "plot",
    "power_table",
    "rate",
    "reader",
    "report_beside_register",
    "reported_figures",
    "shared",
    "stop",
    "table_downloads",
    "what_if",
]
