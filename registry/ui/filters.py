"""The filters that all pages share, and their widgets; each lives in the URL under its key.

A page draws the filters it uses: `district = filters.district(snapshot)` draws the widget where
it stands and returns codes. A filter that a page does not draw keeps its value for the other
pages and has no part in `selection()`, so that nothing is ever filtered unseen. A page declares
filters of its own in `ui.begin(title, filters.Words("search"))`, draws a widget with that key and
without default, and reads it with `filters.value("search")`.
"""

from datetime import date, timedelta
from typing import Any, cast

import streamlit as st

from registry.language import LANGUAGES, N_, _, day_name, language, month_name
from registry.measures.exercise import BALANCE_MIN_CASES, Aggregate, Basis
from registry.measures.grouping import Selection
from registry.snapshot import Snapshot
from registry.ui.empty import stop
from registry.ui.url import (
    FIRST_DAY,
    LAST_DAY,
    SEEN,
    Chosen,
    Day,
    Filter,
    Month,
    OneOf,
    SomeOf,
    Words,
    decided,
    synchronise,
)
from registry.window import Window, today_in_beijing

__all__ = ["Chosen", "Day", "Filter", "Month", "OneOf", "SomeOf", "Words", "decided", "synchronise"]

AGGREGATES = {"union": N_("合并"), "pooled": N_("逐对"), "mean": N_("街乡平均")}
AGGREGATE_MEANING = {
    "union": N_("合并：任一街乡行使过的职权 ÷ 至少一个街乡持有的职权。"),
    "pooled": N_("逐对：行使过的（街乡，职权）对数 ÷ 持有的对数。"),
    "mean": N_("街乡平均：各街乡自身履行率的平均；没有合在一起的分子和分母。"),
}
BASES = {"decision": N_("处罚决定与强制"), "any": N_("任何案件，含检查")}
MIN_CASES = {"1": N_("至少 1 件（履行率）"), str(BALANCE_MIN_CASES): N_("至少 3 件（均衡率）")}


def _default_window(snapshot: Snapshot | None) -> Window:
    assert snapshot is not None
    return snapshot.last_12_months(today_in_beijing())


def _months(snapshot: Snapshot | None, _chosen: Chosen) -> list[int]:
    """The months that can be chosen: from the first to the last with a return of any kind."""
    assert snapshot is not None
    return list((snapshot.reported or _default_window(snapshot)).months)


def _units(snapshot: Snapshot | None, chosen: Chosen) -> list[str]:
    """The units of the chosen districts, of all where none is chosen."""
    assert snapshot is not None
    own, units = chosen["district"], snapshot.catalogue.district_of
    return [unit for unit, district in units.items() if not own or district in own]


def _codes(dimension: str) -> SomeOf:
    def options(snapshot: Snapshot | None, _chosen: Chosen) -> list[str]:
        assert snapshot is not None
        return list(snapshot.catalogue.names(dimension))

    return SomeOf(dimension, options)


KNOWN_ON = Words("known_on", 40)
"""A day or an act: the register as known then; '' is now."""

LANGUAGE = OneOf("lang", lambda *_: LANGUAGES, "zh")
COMMON: tuple[Filter, ...] = (
    LANGUAGE,
    KNOWN_ON,
    Month("from", _months, lambda snapshot: _default_window(snapshot).first),
    Month("to", _months, lambda snapshot: _default_window(snapshot).last),
    _codes("district"),
    SomeOf("unit", _units),
    _codes("department"),
    _codes("domain"),
    _codes("kind"),
    OneOf("aggregate", lambda *_: AGGREGATES, "union"),
    OneOf("basis", lambda *_: BASES, "decision"),
    OneOf("k", lambda *_: MIN_CASES, "1"),
    Day("as_of"),
)
DRAWN = "_drawn"


def value(key: str) -> Any:
    """The value of a declared filter; lists of codes as tuples."""
    found = st.session_state[key]
    return tuple(found) if isinstance(found, list) else found


def put(**values: Any) -> None:
    """Choose codes for the reader; only in a callback, before the page is drawn again."""
    for key, chosen in values.items():
        st.session_state[key] = list(chosen) if isinstance(chosen, tuple) else chosen


def reset() -> None:
    """Back to every default but the language; only in a callback."""
    seen = st.session_state[SEEN]
    put(**{key: default for key, default in seen.defaults.items() if key != LANGUAGE.key})


def link() -> dict[str, list[str]]:
    """What an address of another page has to carry, so that it keeps the filters of this one."""
    keys = {one.key for one in COMMON}
    return {key: texts for key, texts in st.session_state[SEEN].url.items() if key in keys}


def window(snapshot: Snapshot) -> Window:
    """The months chosen; by default the last 12 with returns."""
    if snapshot.reported is None:
        return _default_window(snapshot)
    months = _months(snapshot, {})
    left, right = st.columns(2)
    first = left.selectbox(_("起始月"), months, format_func=month_name, key="from")
    last = right.selectbox(_("截止月"), months, format_func=month_name, key="to")
    if first > last:
        stop(
            _("起始月 {first} 晚于截止月 {last}，请改选").format(
                first=month_name(first), last=month_name(last)
            )
        )
    return Window(first, last)


def window_slider(snapshot: Snapshot) -> Window:
    """The same months, on one slider with two ends."""
    months = _months(snapshot, {})
    if len(months) < 2:
        return window(snapshot)
    if value("from") > value("to"):
        put(to=value("from"))
    st.session_state["_window"] = (value("from"), value("to"))
    st.select_slider(
        _("期间"),
        months,
        value=(months[0], months[-1]),  # says that it has two ends; the state says where they are
        format_func=month_name,
        key="_window",
        on_change=_take_slider,
    )
    return Window(value("from"), value("to"))


def _take_slider() -> None:
    first, last = st.session_state["_window"]
    put(**{"from": first, "to": last})


def district(snapshot: Snapshot) -> tuple[str, ...]:
    return _some("district", _("区"), _("全部区"), snapshot)


def unit(snapshot: Snapshot) -> tuple[str, ...]:
    """Units of the chosen districts."""
    codes = _units(snapshot, {"district": value("district")})
    return _some("unit", _("街道、乡镇"), _("全部街道、乡镇"), snapshot, codes)


def department(snapshot: Snapshot) -> tuple[str, ...]:
    return _some("department", _("来源部门"), _("全部部门"), snapshot)


def domain(snapshot: Snapshot) -> tuple[str, ...]:
    return _some("domain", _("领域"), _("全部领域"), snapshot)


def kind(snapshot: Snapshot) -> tuple[str, ...]:
    return _some("kind", _("职权类型"), _("全部类型"), snapshot)


def _some(
    key: str, label: str, everything: str, snapshot: Snapshot, codes: list[str] | None = None
) -> tuple[str, ...]:
    named = snapshot.catalogue.names(key, language())
    st.multiselect(
        label,
        list(named) if codes is None else codes,
        format_func=lambda code: named[code],
        key=key,
        placeholder=everything,
    )
    return cast(tuple[str, ...], _drawn(key))


def aggregate() -> Aggregate:
    """Union, pooled or mean, with what the chosen one means."""
    st.segmented_control(
        _("汇总方式"),
        list(AGGREGATES),
        required=True,
        format_func=lambda code: _(AGGREGATES[code]),
        key="aggregate",
        help=_("三种汇总得出三个不同的数，不能混用。")
        + "\n\n"
        + "\n\n".join(_(meaning) for meaning in AGGREGATE_MEANING.values()),
    )
    chosen = cast(Aggregate, _drawn("aggregate"))
    st.caption(_(AGGREGATE_MEANING[chosen]))
    return chosen


def basis() -> Basis:
    """What counts as exercising a power."""
    st.segmented_control(
        _("口径"),
        list(BASES),
        required=True,
        format_func=lambda code: _(BASES[code]),
        key="basis",
        help=_("默认只算处罚决定和行政强制；「任何案件」把检查也算作行使。"),
    )
    return cast(Basis, _drawn("basis"))


def min_cases() -> int:
    """With how many cases a power counts as exercised: 1, or 3 for the balance rate."""
    st.segmented_control(
        _("件数门槛"),
        list(MIN_CASES),
        required=True,
        format_func=lambda code: _(MIN_CASES[code]),
        key="k",
        help=_("只办过一两件的职权未必真用起来了；均衡率要求至少三件。"),
    )
    return int(_drawn("k"))


def as_of(window: Window) -> date:
    """The day of which lists are; by default the last day of the window."""
    last = window.end - timedelta(days=1)
    st.date_input(
        _("截至日"),
        key="as_of",
        format="YYYY-MM-DD",
        min_value=FIRST_DAY,
        max_value=LAST_DAY,
        help=_("清单按这一天列出；不选则为期间的最后一天（{day}）。").format(day=day_name(last)),
    )
    return _drawn("as_of") or last


def assessment_day(usual: date) -> date:
    """The day of an assessment, which looks at the whole months before it."""
    st.date_input(
        _("评估日"),
        key="as_of",
        format="YYYY-MM-DD",
        min_value=FIRST_DAY,
        max_value=LAST_DAY,
        help=_("看这一天之前的整月；不选则为最后一个有报送的月份之后的第一天（{day}）。").format(
            day=day_name(usual)
        ),
    )
    return _drawn("as_of") or usual


def choose_language() -> None:
    st.radio(
        _("语言"),
        list(LANGUAGES),
        format_func=lambda code: LANGUAGES[code],
        key="lang",
        horizontal=True,
        label_visibility="collapsed",
    )


def selection() -> Selection:
    """The codes of the filters drawn on this page so far, for measures."""
    drawn = st.session_state.get(DRAWN, set())
    fields = ("district", "unit", "department", "domain", "kind")
    return Selection(**{key: value(key) for key in fields if key in drawn})


def _drawn(key: str) -> Any:
    st.session_state.setdefault(DRAWN, set()).add(key)
    return value(key)
