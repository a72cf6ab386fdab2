"""What the tasks know of the register: its catalogue, aliases, holdings and policy, as a file.

In: a connection. Out: a SQLite register in which nothing has been returned yet, named by a digest
over what it holds. Every task works on a copy of its own.
"""

import json
import tempfile
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlmodel import SQLModel

from registry import models
from registry.adjustment.policies import record_policy
from registry.canonical import text_digest
from registry.db import migrate, record_act, table, writing
from registry.engines import new_engine
from registry.rollups import COUNTED, require_current_count

WHOLE = (models.Vocabulary, models.Department, models.Power, models.Unit, models.UnitName)
LAW = (models.Instrument, models.StatuteChange, models.Topic)
STANDING = (models.Alias, models.Holding)
"""Of these what stands now; who recorded it, and when, is the register's own business."""

Rows = list[dict[str, Any]]
Content = dict[type[SQLModel], Rows]


def write_reference(connection: Connection, folder: Path, actor: str) -> Path:
    """Write what the register knows now into the folder, once; returns the file.

    Raises RegistryError where its roll-ups do not count as the policy says now.
    """
    require_current_count(connection)
    content: Content = {model: _rows(connection, model) for model in (*WHOLE, *LAW, *STANDING)}
    counted = _counted(connection)
    named = {table(model).name: rows for model, rows in content.items()} | {COUNTED: counted}
    text = json.dumps(named, ensure_ascii=False, sort_keys=True, default=str)
    file = folder / f"{text_digest(text)[:16]}.db"
    if not file.exists():
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder, prefix=".") as beside:
            new = Path(beside) / file.name
            _write(new, content, counted, actor)
            new.replace(file)
    return file


def _rows(connection: Connection, model: type[SQLModel]) -> Rows:
    shape = table(model)
    query = sa.select(shape).order_by(*shape.primary_key)
    if "superseded_in" not in shape.c:
        return [dict(row) for row in connection.execute(query).mappings()]
    rows = connection.execute(query.where(shape.c.superseded_in.is_(None))).mappings()
    return [{name: row[name] for name in row if name not in ("id", "recorded_in")} for row in rows]


def _counted(connection: Connection) -> str:
    shape = table(models.Document)
    content = connection.scalar(sa.select(shape.c.content).where(shape.c.name == COUNTED))
    assert content is not None
    return content


def _write(file: Path, content: Content, counted: str, actor: str) -> None:
    engine = new_engine(f"sqlite:///{file}")
    try:
        migrate(engine)
        with writing(engine) as connection:
            act = record_act(connection, "init", actor)
            for model, rows in content.items():
                said = {"recorded_in": act} if model in STANDING else {}
                if rows:
                    connection.execute(sa.insert(table(model)), [row | said for row in rows])
            document = sa.insert(table(models.Document))
            connection.execute(document.values(name=COUNTED, content=counted))
            record_policy(connection, act)
    finally:
        engine.dispose()  # with the last connection the journal goes into the file
