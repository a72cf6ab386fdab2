"""What the tests of monthly returns share: rows of each kind, and what became of them."""

from collections.abc import Sequence
from typing import Any

import pandas as pd
import sqlalchemy as sa
from builders import E1, EAST, LITTER, SIGNS, WELLS
from intake_world import Intake

from registry import db, models
from registry.insert import insert_frame
from registry.intake.report import Report
from registry.returns import RETURNS, facts_of

NOISE, DIRT = "T1", "T2"
TOPICS = [
    {
        "code": NOISE,
        "name": "噪声扰民",
        "name_en": "Noise",
        "powers": SIGNS,
        "synonyms": "噪音;施工噪声",
    },
    {
        "code": DIRT,
        "name": "环境脏乱",
        "name_en": "Dirt",
        "powers": f"{LITTER};{WELLS}",
        "synonyms": "垃圾",
    },
]
QUARTER = "2021-01..2021-03"
ROWS: dict[str, dict[str, Any]] = {
    "staffing": {
        "month": "2021-01",
        "unit": E1,
        "established": 20,
        "in_post": 18,
        "certified": 15,
        "seconded": 3,
        "front_line": 11,
        "handled_case": 6,
    },
    "complaints": {"month": "2021-01", "unit": E1, "topic": NOISE, "complaints": 5},
    "whistles": {
        "month": "2021-01",
        "unit": E1,
        "department": "water_affairs",
        "called": 5,
        "on_time": 4,
        "solved": 2,
    },
    "training": {
        "month": "2021-01",
        "district": EAST,
        "department": "water_affairs",
        "sessions": 2,
        "officers_trained": 30,
        "joint_operations": 1,
    },
}


def row(kind: str, **fields: Any) -> dict[str, Any]:
    """A sound row of East's return for January 2021."""
    return ROWS[kind] | fields


def add_topics(intake: Intake) -> None:
    """The small world has no topics of its own."""
    with db.writing(intake.engine) as connection:
        frame = pd.DataFrame(TOPICS).assign(position=range(len(TOPICS)))
        insert_frame(connection, models.Topic, frame)


def table(*rows: dict[str, Any]) -> list[list[Any]]:
    """Rows below the fields' own names."""
    names = list(dict.fromkeys(name for one in rows for name in one))
    return [names, *([one.get(name, "") for name in names] for one in rows)]


def send(
    intake: Intake,
    kind: str,
    *rows: dict[str, Any],
    district: str | tuple[str, ...] = EAST,
    months: str = QUARTER,
    **declared: Any,
) -> Report:
    """Import rows as a return of East for the quarter."""
    return intake.send(table(*rows), district, months, kind=kind, **declared)


def stored(intake: Intake, kind: str) -> list[dict[str, Any]]:
    """What the current rows say, with codes of units and only what is given."""
    model = RETURNS[kind]
    shape, units = db.table(model), db.table(models.Unit)
    columns = [shape.c[name] for name in facts_of(model) if name != "unit_id"]
    query = sa.select(shape.c.id, units.c.code.label("unit"), *columns)
    query = query.join(units, units.c.id == shape.c.unit_id)
    query = query.where(shape.c.superseded_in.is_(None)).order_by(units.c.code, *columns)
    with db.reading(intake.engine) as connection:
        rows = connection.execute(query).mappings().all()
        origins = _origins(connection)
    given = [{k: v for k, v in one.items() if k != "id" and v not in (None, "")} for one in rows]
    return [one | origins.get(own["id"], {}) for one, own in zip(given, rows, strict=True)]


def _origins(connection: sa.Connection) -> dict[int, dict[str, int]]:
    found: dict[int, dict[str, int]] = {}
    for one in connection.execute(sa.select(db.table(models.StaffingOrigin))):
        found.setdefault(one.staffing_id, {})[f"origin_{one.department}"] = one.officers
    return found


def picked(rows: Sequence[dict[str, Any]], *names: str) -> list[tuple[Any, ...]]:
    return [tuple(one.get(name) for name in names) for one in rows]
