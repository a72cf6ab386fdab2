"""Builders of monthly returns with defaults, and a snapshot or a database that holds them."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import pandas as pd
from builders import E1, LITTER, QUARTER, RETURNED, make_frames, make_snapshot
from plain_returns import Returned
from sqlalchemy.engine import Connection

from registry import db, models
from registry.catalogue import TOPIC_COLUMNS, Catalogue
from registry.procedure import FINES, monthly_fines
from registry.returns import RETURNS, Returns, facts_of
from registry.rollup import CASE_COLUMNS, RolledUp
from registry.rollups import rebuild
from registry.snapshot import Snapshot
from registry.window import Window

DISTRICTS_RETURNED = [("990101", m) for m in QUARTER.months] + [
    ("990102", m) for m in QUARTER.months
]


def make_staffing(unit: str = E1, month: int = 202101, **fields: Any) -> dict[str, Any]:
    """Ten posts, six officers at the front line, all from urban management."""
    return {
        "unit": unit,
        "month": month,
        "established": 10,
        "in_post": 9,
        "certified": 8,
        "seconded": 1,
        "front_line": 6,
        "handled_case": 3,
        "auxiliary": 2,
        "reviewers": 1,
        "origins": {"urban_management": 6},
    } | fields


def make_complaint(unit: str = E1, month: int = 202101, **fields: Any) -> dict[str, Any]:
    given = {"unit": unit, "month": month, "topic": "", "power": "", "complaints": 1} | fields
    return given if given["topic"] or given["power"] else given | {"topic": "litter"}


def make_whistle(unit: str = E1, month: int = 202101, **fields: Any) -> dict[str, Any]:
    return {
        "unit": unit,
        "month": month,
        "department": "water_affairs",
        "called": 4,
        "on_time": 3,
        "solved": 2,
    } | fields


def make_training(unit: str = "990101", month: int = 202101, **fields: Any) -> dict[str, Any]:
    """Of a source department for a district, whose own code is the unit."""
    return {
        "unit": unit,
        "month": month,
        "department": "water_affairs",
        "sessions": 1,
        "officers_trained": 20,
        "joint_operations": 2,
    } | fields


def make_topic(code: str = "litter", *powers: str) -> dict[str, Any]:
    return {"code": code, "powers": list(powers or (LITTER,))}


def returned_all(**kinds: Iterable[dict[str, Any]]) -> Returned:
    """Rows by kind; every unit of the small world (and district) returned every month of it."""
    covered = {kind: set(RETURNED) for kind in ("staffing", "complaints", "whistles")}
    return Returned(
        **{kind: list(rows) for kind, rows in kinds.items()},
        covered=covered | {"training": set(DISTRICTS_RETURNED)},
    )


def make_world(
    returned: Returned,
    cases: Iterable[dict[str, Any]] = (),
    logs: Iterable[tuple[str, int]] = RETURNED,
    window: Window = QUARTER,
    **labels: Any,
) -> Snapshot:
    """A snapshot of cases and monthly returns without a database."""
    facts = list(cases)
    return add_returns(make_snapshot(facts, logs, window=window, **labels), returned, facts)


def add_returns(
    snapshot: Snapshot, returned: Returned, cases: Iterable[dict[str, Any]]
) -> Snapshot:
    catalogue = replace(snapshot.catalogue, topics=topic_frame(returned))
    return replace(
        snapshot,
        catalogue=catalogue,
        returns=_frames(catalogue, returned),
        fines=RolledUp.of(FINES, monthly_fines(*make_frames(cases, catalogue))),
        covered={
            kind: _marks(snapshot.cube.window, catalogue, pairs)
            for kind, pairs in returned.covered.items()
        },
    )


def topic_frame(returned: Returned) -> pd.DataFrame:
    rows = [
        {"code": t["code"], "name": t["code"], "powers": ";".join(t["powers"])}
        for t in returned.topics
    ]
    return pd.DataFrame(rows, columns=TOPIC_COLUMNS).astype(object).fillna("")


def _frames(catalogue: Catalogue, returned: Returned) -> Returns:
    empty = Returns()
    ids = dict(zip(catalogue.units["code"], catalogue.units["id"], strict=True))
    frames = {}
    for kind in RETURNS:
        shape = getattr(empty, kind)
        rows = [row | {"unit_id": ids[row["unit"]]} for row in getattr(returned, kind)]
        frames[kind] = _by_month(rows, shape)
    origins = [
        (ids[row["unit"]], row["month"], department, officers)
        for row in returned.staffing
        for department, officers in row["origins"].items()
    ]
    return Returns(origins=_by_month(origins, empty.origins), **frames)


def _by_month(rows: list[Any], shape: pd.DataFrame) -> pd.DataFrame:
    types = {name: dtype.name for name, dtype in shape.dtypes.items()}
    frame = pd.DataFrame(rows, columns=shape.columns).astype(types)
    return frame.sort_values("month", kind="stable", ignore_index=True)


def _marks(window: Window, catalogue: Catalogue, pairs: Iterable[tuple[str, int]]):
    codes = list(catalogue.units["code"])
    marks = pd.DataFrame(False, index=list(window.months), columns=codes)
    for unit, month in pairs:
        if month in window:
            marks.loc[month, unit] = True
    return marks.to_numpy()


# Into a database


def store_returns(
    connection: Connection,
    catalogue: Catalogue,
    returned: Returned,
    cases: Iterable[dict[str, Any]],
    logs: Iterable[tuple[str, int]],
) -> None:
    """Rows straight into the tables of a register whose units and powers are there."""
    act = db.record_act(connection, "import", "test")
    said = {"batch_id": _batch(connection, act), "recorded_in": act}
    ids = dict(zip(catalogue.units["code"], catalogue.units["id"], strict=True))
    topics = topic_frame(returned)
    _insert(connection, models.Topic, topics.assign(position=range(len(topics))))
    covered = {"usage": set(logs)} | returned.covered
    marks = [(k, ids[u], m) for k, pairs in covered.items() for u, m in sorted(pairs)]
    coverage = pd.DataFrame(marks, columns=["kind", "unit_id", "month"]).assign(**said)
    _insert(connection, models.Coverage, coverage)
    for kind, model in RETURNS.items():
        rows = [row | {"unit_id": ids[row["unit"]]} for row in getattr(returned, kind)]
        frame = pd.DataFrame(rows, columns=facts_of(model), dtype=object)
        numbered = frame.assign(id=range(1, len(rows) + 1), said_in=act, **said)
        _insert(connection, model, numbered)
    origins = [
        {"staffing_id": number, "department": department, "officers": officers}
        for number, row in enumerate(returned.staffing, 1)
        for department, officers in row["origins"].items()
    ]
    _insert(connection, models.StaffingOrigin, pd.DataFrame(origins))
    _store_cases(connection, catalogue, cases, said | {"said_in": act})


def _batch(connection: Connection, act: int) -> int:
    words = ("kind", "file_name", "sha256", "declaration", "districts", "units")
    names = ("read", "accepted", "corrected", "unchanged", "quarantined", "skipped", "warnings")
    row = dict.fromkeys(words, "test") | dict.fromkeys(names, 0)
    _insert(connection, models.Batch, pd.DataFrame([row | {"id": 1, "recorded_in": act}]))
    return 1


def _store_cases(
    connection: Connection,
    catalogue: Catalogue,
    cases: Iterable[dict[str, Any]],
    said: dict[str, int],
) -> None:
    rows, links = make_frames(cases, catalogue)
    numbers = [f"{number}号" for number in rows["id"]]
    stored = rows[CASE_COLUMNS].assign(case_no=numbers, case_key=numbers, **said)
    _insert(connection, models.Case, stored)
    _insert(connection, models.CasePower, links)
    rebuild(connection)


def _insert(connection: Connection, model: type, frame: pd.DataFrame) -> None:
    if len(frame):
        missing = frame.astype(object).where(frame.notna(), None)
        connection.execute(db.table(model).insert(), missing.to_dict("records"))
