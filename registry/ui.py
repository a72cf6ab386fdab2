"""What every page shares: the cached snapshot, the window in the URL, charts with their words.

In: the configured database and the address of the page. Out: Streamlit elements. A page takes its
snapshot here first, since files of `pages/` can be reached without `dashboard.py`.
"""

from collections.abc import Callable
from typing import Any, NoReturn

import pandas as pd
import streamlit as st
from sqlalchemy.engine import Connection

from registry import charts, db
from registry.errors import RegistryError
from registry.reported import Quotation, read_reported
from registry.settings import ROOT, settings
from registry.snapshot import Snapshot, read_snapshot
from registry.window import (
    Window,
    month_name_zh,
    month_text,
    parse_month,
    today_in_beijing,
)
from registry.wording import _, is_thin, record_text, reported_text

__all__ = [
    "_",
    "begin",
    "cached",
    "chart",
    "headline",
    "rate",
    "report_beside_register",
    "reported_figures",
    "window",
]

ICON = ROOT / "static" / "icon.png"

# Streamlit prints its side bar, cuts wide charts and says lang="en" by itself.
# Its headline figures are cut off on a phone instead of going on in the next line.
HEAD = """<style>
[data-testid=stMetricValue], [data-testid=stMetricValue] * {
  white-space: normal !important; overflow: visible !important }
@media print {
  [data-testid=stSidebar], [data-testid=stHeader], [data-testid=stElementToolbar],
  [data-testid=stSelectbox] { display: none !important }
  [data-testid=stMainBlockContainer] { padding: 0 !important; max-width: none !important }
  [data-testid=stMain] { zoom: .68 }
  [data-testid=stPlotlyChart], [data-testid=stMetric], tr { break-inside: avoid }
  @page { size: A4; margin: 12mm }
}
</style><script>document.documentElement.lang = "zh-CN"</script>"""


def begin(title: str) -> Snapshot:
    """Set the page up and give its data; without a register, say what to do and stop."""
    st.set_page_config(
        page_title=_("{title} · 下放职权台账").format(title=title), page_icon=ICON, layout="wide"
    )
    st.html(HEAD, unsafe_allow_javascript=True)
    st.title(title, anchor=False)
    try:
        snapshot = _current_snapshot()
    except RegistryError as error:
        _stop(str(error))
    if not len(snapshot.catalogue.units):
        _stop(_("数据库中还没有台账;请先运行 registry init"))
    _show_banner(snapshot)
    return snapshot


def _stop(sentence: str) -> NoReturn:
    st.info(sentence)
    st.stop()


def _show_banner(snapshot: Snapshot) -> None:
    if not snapshot.synthetic:
        return
    if snapshot.synthetic == snapshot.batches:
        st.warning(_("演示数据:案件均为合成,不是真实执法记录"))
    else:
        st.warning(_("混有合成数据:部分案件为合成,不是真实执法记录"))


def _current_snapshot() -> Snapshot:
    with st.spinner(_("正在读取台账…")), db.reading() as connection:
        return _snapshot(settings().database_url, db.revision(connection), connection)


@st.cache_resource(max_entries=2, show_spinner=False)
def _snapshot(url: str, revision: int, _connection: Connection) -> Snapshot:
    return read_snapshot(_connection)


def cached(view: Callable[..., Any], snapshot: Snapshot, *filters: Any) -> Any:
    """`view(snapshot, *filters)`, computed once per database, revision and filters.

    A view returns frames and figures as dicts; each caller gets its own copy.
    """
    name = f"{view.__module__}.{view.__qualname__}"
    return _view(name, settings().database_url, snapshot.revision, filters, view, snapshot)


@st.cache_data(max_entries=200, show_spinner=False)
def _view(
    name: str,
    url: str,
    revision: int,
    filters: tuple[Any, ...],
    _compute: Callable[..., Any],
    _data: Snapshot,
) -> Any:
    return _compute(_data, *filters)


def reported_figures(snapshot: Snapshot) -> pd.DataFrame:
    """The reported figures by key; empty for a register that has none."""
    return cached(_reported, snapshot)


def _reported(_snapshot: Snapshot) -> pd.DataFrame:
    with db.reading() as connection:
        return read_reported(connection)


def window(snapshot: Snapshot) -> Window:
    """The months the reader chose, kept in the URL as `from` and `to`; by default the last 12."""
    default = snapshot.last_12_months(today_in_beijing())
    if snapshot.first_returned is None or snapshot.last_returned is None:
        return default
    months = list(Window(snapshot.first_returned, snapshot.last_returned).months)
    defaults = {"from": default.first, "to": default.last}
    _take_months(months, defaults)
    left, right = st.columns(2)
    first = left.selectbox(_("起始月"), months, format_func=month_name_zh, key="from")
    last = right.selectbox(_("截止月"), months, format_func=month_name_zh, key="to")
    _put_months(defaults)
    if first > last:
        _stop(
            _("起始月 {first} 晚于截止月 {last},请改选").format(
                first=month_name_zh(first), last=month_name_zh(last)
            )
        )
    return Window(first, last)


def _take_months(months: list[int], defaults: dict[str, int]) -> None:
    """A link opened or Back pressed: the URL decides. Otherwise the reader's last choice stands."""
    state, seen = st.session_state, st.session_state.get("_url")
    for key, default in defaults.items():
        given = st.query_params.get(key)
        if seen is None or given != seen.get(key):
            state[key] = _month_among(months, given, default)
        elif state.get(key) not in months:
            state[key] = default


def _put_months(defaults: dict[str, int]) -> None:
    """Write what differs from the default into the URL, as codes, in one step of its history."""
    chosen = {key: st.session_state[key] for key in defaults}
    wanted = {key: month_text(m) for key, m in chosen.items() if m != defaults[key]}
    current = {key: text for key in defaults if (text := st.query_params.get(key))}
    if wanted != current:
        others = {k: st.query_params.get_all(k) for k in st.query_params if k not in defaults}
        st.query_params.from_dict({**others, **wanted})
    st.session_state["_url"] = wanted


def _month_among(months: list[int], text: str | None, default: int) -> int:
    try:
        month = parse_month(text) if text else default
    except RegistryError:
        return default
    return month if month in months else default


def headline(figures: dict[str, str]) -> None:
    """Headline figures side by side."""
    for column, (label, text) in zip(st.columns(len(figures)), figures.items(), strict=True):
        column.metric(label, text, border=True)


def rate(rates: pd.DataFrame) -> str:
    """The rate of a frame with one record, greyed where the returns behind it are thin."""
    if not len(rates):
        return _("未持有职权")
    text = record_text(rates.iloc[0])
    return f":gray[{text}]" if is_thin(rates["completeness"].iloc[0]) else text


def chart(finding: str, shown: charts.Chart, basis: str) -> None:
    """A chart under the finding it shows, how to read it, and its table one click away."""
    st.subheader(finding.replace(" %", "\N{NO-BREAK SPACE}%"), anchor=False)
    st.plotly_chart(shown.figure, config=charts.CONFIG, alt=finding)
    st.caption(shown.reading)
    st.caption(basis)
    with st.expander(_("查看数据表")):
        st.table(shown.table)


def report_beside_register(
    reported: pd.Series, quoted: Quotation, computed: tuple[str, str], finding: str, basis: str
) -> None:
    """A reported rate in the report's own words; beside it what this register computes, which is
    never called the reported one. computed: what it is and its rate."""
    left, right = st.columns(2, border=True)
    left.metric(
        _("报告所载:{label}").format(label=reported["label_zh"]), reported_text(reported["value"])
    )
    left.markdown(f"> 「{quoted.words}」\n\n{quoted.silent_on}")
    right.metric(_("本台账计算:{label}").format(label=computed[0]), computed[1])
    right.markdown(_("{finding}。与报告所载不是同一个数。").format(finding=finding))
    right.caption(basis)
