"""The URL and the session say the same: each filter's value, as codes.

In: declared filters, the snapshot, the page's address. Out: values in the session state under
the filters' keys, where widgets find them, and an address that opens the same view elsewhere.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Protocol

import streamlit as st

from registry.errors import RegistryError
from registry.snapshot import Snapshot
from registry.window import month_text, parse_month

Chosen = Mapping[str, Any]
Options = Callable[[Snapshot | None, Chosen], Iterable[Any]]


class Filter(Protocol):
    """One value under one key. `options` and `default` may depend on filters declared before."""

    @property
    def key(self) -> str: ...

    def default(self, snapshot: Snapshot | None) -> Any: ...

    def read(self, texts: list[str]) -> Any:
        """The value that the address names; None where it makes no sense."""

    def admit(self, value: Any, snapshot: Snapshot | None, chosen: Chosen) -> Any:
        """The value, as far as it exists; None where it does not."""

    def write(self, value: Any) -> list[str]: ...


@dataclass(frozen=True)
class OneOf:
    """One code of a list; '' where none is chosen and none is the default."""

    key: str
    options: Options
    start: str = ""

    def default(self, snapshot: Snapshot | None) -> str:
        return self.start

    def read(self, texts: list[str]) -> str:
        return texts[-1]

    def admit(self, value: Any, snapshot: Snapshot | None, chosen: Chosen) -> str | None:
        return value if value in set(self.options(snapshot, chosen)) else None

    def write(self, value: str) -> list[str]:
        return [value] if value else []


@dataclass(frozen=True)
class SomeOf:
    """Any number of codes; none means all."""

    key: str
    options: Options

    def default(self, snapshot: Snapshot | None) -> list[str]:
        return []

    def read(self, texts: list[str]) -> list[str]:
        return list(dict.fromkeys(texts))

    def admit(self, value: Any, snapshot: Snapshot | None, chosen: Chosen) -> list[str]:
        known = set(self.options(snapshot, chosen))
        return [code for code in value if code in known]

    def write(self, value: list[str]) -> list[str]:
        return list(value)


@dataclass(frozen=True)
class Month:
    """One month of those that can be chosen: 202007, in the address 2020-07."""

    key: str
    options: Options
    start: Callable[[Snapshot | None], int]

    def default(self, snapshot: Snapshot | None) -> int:
        return self.start(snapshot)

    def read(self, texts: list[str]) -> int | None:
        try:
            return parse_month(texts[-1])
        except RegistryError:
            return None

    def admit(self, value: Any, snapshot: Snapshot | None, chosen: Chosen) -> int | None:
        return value if value in self.options(snapshot, chosen) else None

    def write(self, value: int) -> list[str]:
        return [month_text(value)]


@dataclass(frozen=True)
class Day:
    """A day, or None where the page takes its own."""

    key: str

    def default(self, snapshot: Snapshot | None) -> None:
        return None

    def read(self, texts: list[str]) -> date | None:
        try:
            return date.fromisoformat(texts[-1])
        except ValueError:
            return None

    def admit(self, value: Any, snapshot: Snapshot | None, chosen: Chosen) -> date | None:
        return value if isinstance(value, date) and FIRST_DAY <= value <= LAST_DAY else None

    def write(self, value: date | None) -> list[str]:
        return [] if value is None else [value.isoformat()]


FIRST_DAY, LAST_DAY = date(1990, 1, 1), date(2099, 12, 31)


@dataclass(frozen=True)
class Words:
    """Free text, such as a search."""

    key: str
    longest: int = 100

    def default(self, snapshot: Snapshot | None) -> str:
        return ""

    def read(self, texts: list[str]) -> str:
        return texts[-1]

    def admit(self, value: Any, snapshot: Snapshot | None, chosen: Chosen) -> str:
        return str(value or "")[: self.longest]

    def write(self, value: str) -> list[str]:
        return [value] if value else []


@dataclass
class _Seen:
    """How the last run left things: what the address said, what was chosen, what was default."""

    url: dict[str, list[str]] = field(default_factory=dict)
    values: dict[str, Any] = field(default_factory=dict)
    defaults: dict[str, Any] = field(default_factory=dict)


SEEN = "_filters"


def synchronise(declared: Iterable[Filter], snapshot: Snapshot | None) -> None:
    """Take the filters' values from the address or from their widgets; write what is not default.

    A link opened or Back pressed: the address decides. A widget touched: the widget does, also
    while the address of an earlier change is still on its way. A value that does not exist is
    dropped. Called once a run, before any widget is drawn; writing everything in one go makes one
    entry of the browser's history.
    """
    seen: _Seen | None = st.session_state.get(SEEN)
    follow = follows_url(seen)
    now = _Seen()
    for one in declared:
        default = one.default(snapshot)
        value = one.admit(_given(one, seen, follow, default), snapshot, now.values)
        value = default if value is None else value
        st.session_state[one.key] = value
        now.values[one.key], now.defaults[one.key] = value, default
        if value != default:
            now.url[one.key] = one.write(value)
    gone = set(seen.values) - set(now.values) if seen else set()
    _write_url({*now.values, *gone}, now.url)
    st.session_state[SEEN] = now


def decided(one: Filter) -> Any:
    """What `synchronise` is going to decide for a filter that needs no snapshot."""
    seen = st.session_state.get(SEEN)
    default = one.default(None)
    value = one.admit(_given(one, seen, follows_url(seen), default), None, {})
    return default if value is None else value


def follows_url(seen: _Seen | None) -> bool:
    """Whether the address, not a widget, is what changed since the last run."""
    if seen is None:
        return True
    state = st.session_state
    touched = any(key in state and state[key] != old for key, old in seen.values.items())
    keys = {*seen.values, *st.query_params}
    given = {key: texts for key in keys if (texts := st.query_params.get_all(key))}
    return not touched and any(given.get(key) != seen.url.get(key) for key in keys)


def _given(one: Filter, seen: _Seen | None, follow: bool, default: Any) -> Any:
    """The value as it comes in; what was the default stays the default, also with new data."""
    if follow or seen is None:
        texts = st.query_params.get_all(one.key)
        return one.read(texts) if texts else default
    before = seen.values.get(one.key, default)
    value = st.session_state.get(one.key, before)
    return default if value == seen.defaults.get(one.key) else value


def _write_url(ours: set[str], wanted: dict[str, list[str]]) -> None:
    current = {key: texts for key in ours if (texts := st.query_params.get_all(key))}
    if current != wanted:
        others = {k: st.query_params.get_all(k) for k in st.query_params if k not in ours}
        st.query_params.from_dict({**others, **wanted})
