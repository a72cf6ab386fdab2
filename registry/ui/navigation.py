"""Which pages there are and how to go from one to another without losing the filters."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from itertools import groupby
from typing import Any, NoReturn
from urllib.parse import urlencode

import streamlit as st
from streamlit.navigation.page import Page

from registry.access import Scope
from registry.language import N_, _, ask, speak
from registry.ui import filters, login


@dataclass(frozen=True)
class Entry:
    """A page: its name is its file and its path in the address."""

    name: str
    title: str
    section: str
    needs: Callable[[Scope], bool] = lambda reader: True

    @property
    def path(self) -> str:
        return f"pages/{self.name}.py"


PAGES = (
    Entry("overview", N_("总览"), N_("看情况")),
    Entry("exercise", N_("职权履行率"), N_("看情况")),
    Entry("powers", N_("职权"), N_("看情况")),
    Entry("staffing", N_("人员到位"), N_("看情况")),
    Entry("review", N_("法制审核"), N_("看情况")),
    Entry("adjustment", N_("动态调整"), N_("看情况")),
    Entry("district", N_("一区一页"), N_("看情况")),
    Entry("intake", N_("台账导入"), N_("报数据"), lambda reader: reader.writes),
    Entry("methods", N_("方法与口径"), N_("查依据")),
    Entry("admin", N_("管理"), N_("管权限"), lambda reader: reader.may("role")),
)
NAVIGATED = "_navigated"
SPOKEN = "_language"


def navigate() -> Page:
    """The page to run; called by the main script, which then runs it."""
    settle_language()
    st.session_state[NAVIGATED] = True
    pages = [
        st.Page(entry.path, title=_(entry.title), url_path=entry.name, default=entry is PAGES[0])
        for entry in PAGES
    ]
    return st.navigation(pages, position="hidden")


def settle_language() -> None:
    """The language of this run, needed before anything is said."""
    st.session_state[SPOKEN] = filters.decided(filters.LANGUAGE)
    speak(st.session_state[SPOKEN])  # texts ask hundreds of times a run


def _session_language() -> str | None:
    """The language of the running session; None outside of any, as in a worker."""
    from streamlit.runtime.scriptrunner import get_script_run_ctx

    if get_script_run_ctx(suppress_warning=True) is None:
        return None
    spoken = st.session_state.get(SPOKEN)
    if spoken is None:
        settle_language()
        spoken = st.session_state[SPOKEN]
    return spoken


ask(_session_language)


def side_bar_links() -> None:
    """Links to all pages, by section; a page run without the main script has none to offer."""
    if not st.session_state.get(NAVIGATED):
        return
    reader = login.reader()
    offered = [entry for entry in PAGES if entry.needs(reader)]
    for section, entries in groupby(offered, key=lambda entry: entry.section):
        st.caption(_(section))
        for entry in entries:
            page_link(entry.name, _(entry.title))


def page_link(name: str, label: str, **changes: str | Iterable[str] | None) -> None:
    """A link to a page that keeps the filters, but for these changes (codes by key)."""
    if st.session_state.get(NAVIGATED):
        st.page_link(_entry(name).path, label=label, query_params=_query(changes))
    else:
        st.markdown(f"[{label}]({address(name, **changes)})")


def open_page(name: str, **changes: str | Iterable[str] | None) -> NoReturn:
    """Go there at once. Prefer links, which can be opened in a new tab and copied: this leaves an
    address of its own in the browser's history, the page's old one with the new filters."""
    st.switch_page(_entry(name).path, query_params=_query(changes))


def address(name: str, **changes: str | Iterable[str] | None) -> str:
    """The address of a page for a table or a map, relative to the dashboard's other pages."""
    path = "" if name == PAGES[0].name else name
    query = urlencode(_query(changes), doseq=True)
    return f"./{path}?{query}" if query else f"./{path}"


def _query(changes: dict[str, Any]) -> dict[str, list[str]]:
    query = filters.link()
    for key, codes in changes.items():
        query[key] = [codes] if isinstance(codes, str) else list(codes or ())
    return {key: codes for key, codes in query.items() if codes}


def _entry(name: str) -> Entry:
    return next(entry for entry in PAGES if entry.name == name)


BACK_TO_ALL = N_("← 返回全部")
BACK = {
    "district": N_("← 返回全部区"),
    "unit": N_("← 返回本区全部街道、乡镇"),
    "department": N_("← 返回全部部门"),
}
"""The way back from a drilled filter, so that two ways back on one page do not sound alike."""


def drill_links(
    page: str, key: str, chosen: tuple[str, ...], names: Mapping[str, Mapping[str, str]], lead: str
) -> None:
    """One link a code of a filter, each opening another page narrowed to it; with one chosen, a
    way back."""
    _offer(partial(page_link, page), key, chosen, names, lead)


def drill_here(
    key: str, chosen: tuple[str, ...], names: Mapping[str, Mapping[str, str]], lead: str
) -> None:
    """The same on the page that is open. Streamlit follows a link to it without changing the
    address, so that it could not be copied and Back did not return: these are buttons."""
    _offer(_narrow, key, chosen, names, lead)


def _offer(
    narrow: Callable[..., None],
    key: str,
    chosen: tuple[str, ...],
    names: Mapping[str, Mapping[str, str]],
    lead: str,
) -> None:
    with st.container(key=f"links {key}"):
        if not chosen:
            st.markdown(lead)
        with st.container(horizontal=True, gap="small"):
            if chosen:
                narrow(_(BACK.get(key, BACK_TO_ALL)), **{key: None})
                return
            for code, name in names[key].items():
                narrow(name, **{key: code})


def _narrow(label: str, **changes: str | None) -> None:
    chosen = {key: (code,) if code else () for key, code in changes.items()}
    st.button(label, key=f"narrow {chosen}", on_click=filters.put, kwargs=chosen)


def drill_cells(row: str, column: str) -> dict[str, Any]:
    """For `chart`: a click on a cell of a rate map narrows the page to its row and column.

    row, column: keys of filters. The drawing is another one for each view, so that Back finds it
    as it was before the click.
    """
    key = f"drill {address(PAGES[0].name)}"
    take = partial(_take_cell, key, (row, column))
    return {"key": key, "on_select": take, "selection_mode": "points"}


def _take_cell(drawing: str, keys: tuple[str, str]) -> None:
    for point in st.session_state[drawing]["selection"]["points"]:
        filters.put(**{key: (code,) for key, code in zip(keys, point["customdata"], strict=True)})
