"""The reader's language: Chinese is the language of the source, others come from catalogues.

In: a Chinese text, month or day. Out: the same in the language of whoever is served at the
moment. Nothing is installed globally: sessions are threads of one process.
"""

import gettext as gnu
import io
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from pathlib import Path

from babel.dates import format_date, format_skeleton
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po


def N_(text: str) -> str:
    """Mark a text for the catalogues; whoever shows it translates it."""
    return text


LANGUAGES = {"zh": N_("中文"), "en": "English"}
"""Codes and each language's own name."""

LOCALES = {"zh": "zh_Hans_CN", "en": "en_GB"}
CATALOGUES = Path(__file__).parent / "locale"

_spoken: ContextVar[str | None] = ContextVar("language", default=None)
_ask: list[Callable[[], str | None]] = []


def ask(session: Callable[[], str | None]) -> None:
    """Where the language of the running session is asked for; None outside of any."""
    _ask[:] = [session]


def language() -> str:
    """The code of the language spoken at the moment."""
    return _spoken.get() or next((code for one in _ask if (code := one())), None) or "zh"


def speak(code: str) -> None:
    """Everything that this thread says from now on is said in this language."""
    _spoken.set(code)


@contextmanager
def speaking(code: str) -> Iterator[None]:
    """Everything within is said in this language."""
    token = _spoken.set(code)
    try:
        yield
    finally:
        _spoken.reset(token)


@lru_cache
def _texts(code: str) -> gnu.NullTranslations:
    """A catalogue, compiled in memory: the .po file is the only one to keep."""
    path = CATALOGUES / code / "LC_MESSAGES" / "registry.po"
    if not path.exists():
        return gnu.NullTranslations()
    compiled = io.BytesIO()
    with path.open("rb") as file:
        write_mo(compiled, read_po(file, locale=code))
    compiled.seek(0)
    return gnu.GNUTranslations(compiled)


def _(text: str) -> str:
    """The text in the reader's language."""
    return _texts(language()).gettext(text)


def ngettext(text: str, count: int) -> str:
    """The text in the reader's language in the form that goes with a count."""
    return _texts(language()).ngettext(text, text, count)


@dataclass(frozen=True)
class Text:
    """A marked text and its values, put into the reader's language whenever it is read.

    For what is said where nobody knows yet who will read it, such as errors.
    """

    template: str
    values: Mapping[str, object] = field(default_factory=dict)

    def __str__(self) -> str:
        return _(self.template).format(**self.values) if self.values else _(self.template)


@dataclass(frozen=True)
class Series:
    """Texts one after the other, joined as the reader's language does."""

    parts: Iterable[object]
    by: str = N_("、")

    def __str__(self) -> str:
        return _(self.by).join(map(str, self.parts))


def month_name(month: int) -> str:
    """202007 → '2020年7月', 'July 2020'."""
    return _month_name(month, LOCALES[language()])


@lru_cache(maxsize=4096)
def _month_name(month: int, locale: str) -> str:
    # Here, since the errors of `window` are said in this module's words.
    from registry.window import month_start

    return format_skeleton("yMMMM", month_start(month), locale=locale)


def day_name(day: date) -> str:
    """'2020年7月31日', '31 July 2020'."""
    return format_date(day, "long", locale=LOCALES[language()])
