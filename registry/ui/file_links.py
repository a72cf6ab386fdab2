"""Links to files that a route makes for whoever follows them, by the scope that they have then."""

from collections.abc import Iterable, Sequence
from urllib.parse import urlencode

import streamlit as st

from registry.language import _, language
from registry.ui import filters
from registry.window import Window, month_text

Asked = str | Iterable[str]


def file_link(label: str, kind: str, about: str | None = None, **asked: Asked) -> None:
    """A link to a file of a kind of `registry.api.files`; what is asked for, as its parameters.

    about: words that show over it.
    """
    st.link_button(label, _address(kind, **asked), help=about)


def format_links(kind: str, label: str, formats: Sequence[str], **asked: Asked) -> None:
    """The same file in several formats, side by side, as known when the page is. label: with
    {format}."""
    known_on = filters.value(filters.KNOWN_ON.key)
    with st.container(horizontal=True):
        for ending in formats:
            said = label.format(format=ending.upper())
            file_link(said, kind, None, known_on=known_on, format=ending, **asked)


def from_to(window: Window) -> dict[str, str]:
    """A window as the parameters of a file."""
    return {"from": month_text(window.first), "to": month_text(window.last)}


def table_links(kind: str, **asked: Asked) -> None:
    """A list of cases as CSV and XLSX."""
    format_links(kind, _("下载 {format}"), ("csv", "xlsx"), **asked)


def _address(kind: str, **asked: Asked) -> str:
    """Relative to the dashboard's pages."""
    given = {name: value for name, value in asked.items() if value}
    return f"./files/{kind}?{urlencode({'lang': language(), **given}, doseq=True)}"
