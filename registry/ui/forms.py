"""Forms that write into the register: one act, and one sentence beside the form on what came of it.

with forms.form(own, _("提出"), partial(write, snapshot)):
    st.text_area(_("理由"), key=own.key("reason"))

The write runs as the button's callback, before the page is drawn again. So the page shows the new
state at once, a form whose subject has gone in the meantime still gets its answer, and the write
is told what the page that the reader saw knew, not what has come since.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

import streamlit as st

from registry.errors import RegistryError
from registry.language import N_, _
from registry.markup import plain_text
from registry.window import today_in_beijing

SAID = "_forms_said"
Value = TypeVar("Value")


@dataclass(frozen=True)
class Form:
    """A form of a kind (`decide`) about a subject (a proposal's number), one of it on a page.

    What was typed stays where the form was refused; once it is stored, the fields are new ones.
    """

    kind: str
    subject: str = ""

    @property
    def name(self) -> str:
        return f"{self.kind} {self.subject}"

    @property
    def _stored(self) -> str:
        return f"_stored {self.name}"

    def key(self, field: str) -> str:
        return f"{self.name} {st.session_state.get(self._stored, 0)} {field}"

    def value(self, field: str) -> Any:
        """What stands in a field; None where it was not drawn or nothing was chosen."""
        return st.session_state.get(self.key(field))

    def text(self, field: str) -> str:
        return str(self.value(field) or "")

    def renew(self) -> None:
        st.session_state[self._stored] = st.session_state.get(self._stored, 0) + 1


Write = Callable[[Form], str]
"""Stores what a form says, returns the sentence for it; RegistryError: nothing is stored."""


@contextmanager
def form(own: Form, button: str, write: Write) -> Iterator[None]:
    """The frame of a form: its fields are drawn within, its button below them."""
    with st.form(own.name, enter_to_submit=False):
        yield
        st.form_submit_button(button, on_click=_submit, args=(own, write))


def _submit(own: Form, write: Write) -> None:
    try:
        sentence, refused = write(own), False
        own.renew()
    except RegistryError as error:
        sentence, refused = str(error), True
    st.session_state[SAID] = (own.kind, sentence, refused)


def said(kind: str) -> None:
    """What came of the last form of this kind, beside where it is or was."""
    told = st.session_state.get(SAID)
    if told is None or told[0] != kind:
        return
    del st.session_state[SAID]
    (st.error if told[2] else st.success)(plain_text(told[1]))


def required(value: Value | None, label: str) -> Value:
    """Raises RegistryError for a field in which nothing was chosen. label: translated."""
    if not value:
        raise RegistryError(N_("请填写「{label}」"), label=label)
    return value


def either_field(own: Form, label: str, field: str, words: Mapping[str, str]) -> None:
    """One code of a few, none chosen yet. words: marked texts by code."""
    st.radio(
        label,
        list(words),
        index=None,
        format_func=lambda code: _(words[code]),
        horizontal=True,
        key=own.key(field),
    )


def day_field(own: Form) -> None:
    """The day on which it was done: today, or an earlier one that is entered late."""
    today = today_in_beijing()
    st.date_input(
        _("登记日期"),
        value=today,
        max_value=today,
        format="YYYY-MM-DD",
        key=own.key("on"),
        help=_("默认今天；补登以前的写当时的日子。"),
    )
