"""The data behind a page, read once per revision: snapshot, views of it, reported figures."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

import pandas as pd
import streamlit as st
from sqlalchemy.engine import Connection

from registry import db
from registry.adjustment.policy import policy_text
from registry.bulk import give_memory_back
from registry.known import known_act, recorded_at
from registry.language import _, language
from registry.ledger import read_head
from registry.maps import DistrictMap, read_map
from registry.measures.changes import Change, last_change
from registry.measures.grouping import POWER_DIMENSIONS, UNIT_DIMENSIONS
from registry.renewal import renewed
from registry.reported import in_language, read_reported
from registry.settings import settings
from registry.snapshot import Snapshot, read_snapshot, seen_by
from registry.ui import login

VIEWS = 4_000
"""So many answers are kept: of 22 kB each, measured over a walk of fifty people."""

SHARED = 64
"""So many that others are made of: an assessment of every district takes 20 MB."""


@dataclass(frozen=True)
class Beside:
    """What pages show beside the snapshot, and what only a new revision changes."""

    city_map: DistrictMap | None
    at: datetime | None


def current_snapshot(known_on: str = "") -> Snapshot:
    """The register as known now, or then. Raises RegistryError where there is none, or no such day
    or act."""
    with st.spinner(_("正在读取台账…")), db.reading() as connection:
        return seen_by(login.reader(), kept_snapshot(connection, known_on))


def kept_snapshot(connection: Connection, known_on: str = "") -> Snapshot:
    """The same for whoever asks over another way than a page; read once per revision."""
    known = known_act(connection, known_on)
    version = (str(read_head(connection)), policy_text())
    url = settings().database_url
    if known is None:
        return _current(url, version, connection)
    return _past(url, version, known, connection)


@st.cache_resource(max_entries=2, show_spinner=False)
def _current(url: str, version: tuple[str, str], _connection: Connection) -> Snapshot:
    """Two: while a log comes in, some still ask for what was known before it."""
    last = _last(url)
    found = renewed(_connection, last[0]) if last else None
    if found is None:
        found = read_snapshot(_connection)
        give_memory_back()
    last[:] = [found]
    return found


@st.cache_resource(max_entries=1, show_spinner=False)
def _last(url: str) -> list[Snapshot]:
    """The snapshot of what was known last, or none yet: the next one is made from it."""
    return []


@st.cache_resource(max_entries=4, show_spinner=False)
def _past(url: str, version: tuple[str, str], known: int, _connection: Connection) -> Snapshot:
    return read_snapshot(_connection, known)


def _version(snapshot: Snapshot) -> tuple[int, str, str]:
    """What is there, and what of it is used: labels are today's also where the rest is not.

    The head of the ledger tells a restored register from the one that was there before.
    """
    return snapshot.newest, snapshot.head, snapshot.policy.text


@st.cache_resource(max_entries=4, show_spinner=False)
def _read_beside(url: str, version: tuple[int, str, str], _revision: int) -> Beside:
    with db.reading() as connection:
        return Beside(read_map(connection), recorded_at(connection, _revision))


def _beside(snapshot: Snapshot) -> Beside:
    return _read_beside(settings().database_url, _version(snapshot), snapshot.revision)


def cached(view: Callable[..., Any], snapshot: Snapshot, *filters: Any, **options: Any) -> Any:
    """`view(snapshot, *filters, **options)`, computed once per revision, filters and language.

    A view returns frames and figures as dicts; each caller gets its own copy. Filters have to be
    hashable values that are written as what they are, such as windows, selections and codes.
    """
    key = _key(view, snapshot, filters, options)
    return _view(key, partial(view, snapshot, *filters, **options))


def shared(view: Callable[..., Any], snapshot: Snapshot, *filters: Any, **options: Any) -> Any:
    """The same for what other views are made of: every caller gets the very object, and leaves it
    as it is."""
    key = _key(view, snapshot, filters, options)
    return _shared(key, partial(view, snapshot, *filters, **options))


def _key(
    view: Callable[..., Any], snapshot: Snapshot, filters: tuple[Any, ...], options: dict[str, Any]
) -> str:
    """One text: Streamlit takes long to put the parts of a key together, a dozen times a run."""
    hash((filters, *options.values()))
    own = login.reader()
    sight = (own.districts, own.sees_all_words)
    # Every page runs as __main__, so that only the file tells their views apart.
    name = f"{view.__code__.co_filename}:{view.__qualname__}"
    data = (settings().database_url, _version(snapshot), language(), sight)
    return repr((name, data, filters, options))


@st.cache_data(max_entries=VIEWS, show_spinner=False)
def _view(key: str, _compute: Callable[[], Any]) -> Any:
    return _compute()


@st.cache_resource(max_entries=SHARED, show_spinner=False)
def _shared(key: str, _compute: Callable[[], Any]) -> Any:
    return _compute()


def names(snapshot: Snapshot) -> Mapping[str, Mapping[str, str]]:
    """Dimension → code → name in the reader's language, of units and powers."""
    spoken = language()
    dimensions = (*UNIT_DIMENSIONS, *POWER_DIMENSIONS)
    return {name: snapshot.catalogue.names(name, spoken) for name in dimensions}


def reported_figures(snapshot: Snapshot) -> pd.DataFrame:
    """The reported figures by key, texts in the reader's language; empty where there are none."""
    return cached(_reported, snapshot)


def _reported(_snapshot: Snapshot) -> pd.DataFrame:
    with db.reading() as connection:
        return in_language(read_reported(connection))


def changed_at(snapshot: Snapshot) -> datetime | None:
    """When the newest act of the snapshot was recorded, Beijing time."""
    return _beside(snapshot).at


def city_map(snapshot: Snapshot) -> DistrictMap | None:
    """The register's map of districts; None where it was started without one."""
    return _beside(snapshot).city_map


def newest_change(snapshot: Snapshot) -> Change | None:
    """What the newest import changed, which belongs to what is known now; None before the first,
    and where another act has been recorded since the snapshot was read."""
    with db.reading() as connection:
        if snapshot.known or str(read_head(connection)) != snapshot.head:
            return None
        return _read_change(settings().database_url, _version(snapshot), connection, snapshot)


@st.cache_resource(max_entries=4, show_spinner=False)
def _read_change(
    url: str, version: tuple[int, str, str], _connection: Connection, _snapshot: Snapshot
) -> Change | None:
    """Apart from what every page needs: it takes as long as the import is large."""
    return last_change(_connection, _snapshot)
