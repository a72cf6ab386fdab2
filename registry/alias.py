"""Aliases: a text met in logs and returns that stands for a power, a unit, a topic of complaints
or a source department, in one district or everywhere."""

from typing import Any

import pandas as pd
import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlmodel import SQLModel

from registry import models
from registry.access import scope
from registry.db import insert_row, read_frame, record_act, table
from registry.errors import RegistryError
from registry.intake.match import text_key
from registry.language import N_

ALIASES = table(models.Alias)
LONGEST_ALIAS = 500
"""Characters; several powers with their provisions stand in one cell at times."""

TARGETS: dict[str, type[SQLModel]] = {
    "power": models.Power,
    "unit": models.Unit,
    "topic": models.Topic,
    "department": models.Department,
}
"""What a text may stand for → the table of its codes."""


def add_alias(
    connection: Connection, text: str, code: str, district: str, actor: str
) -> dict[str, Any]:
    """Record an alias; one for the same text and district is superseded.

    Raises RegistryError for a code that is no power, topic, source department or unit that logs
    name (a district is none), or an unknown district.
    """
    key = text_key(text)
    if not key:
        raise RegistryError(N_("别名不能为空"))
    if len(text) > LONGEST_ALIAS:
        raise RegistryError(
            N_("别名超过 {most} 个字；请在文件中改成规范的名称"), most=LONGEST_ALIAS
        )
    target = _target(connection, code)
    if district and not _is_district(connection, district):
        raise RegistryError(N_("--district {district}：没有这个区"), district=district)
    scope().check_districts((district,))
    act = record_act(connection, "alias", actor, f"{text} → {code}")
    same = (ALIASES.c.key == key) & (ALIASES.c.district == district) & (ALIASES.c.target == target)
    connection.execute(
        sa.update(ALIASES).where(same, ALIASES.c.superseded_in.is_(None)).values(superseded_in=act)
    )
    row = {"key": key, "text": text, "target": target, "code": code, "district": district}
    insert_row(connection, models.Alias, row | {"recorded_in": act})
    return {"text": text, "target": target, "code": code, "district": district or None}


def _is_district(connection: Connection, code: str) -> bool:
    units = table(models.Unit)
    kinds = sa.select(units.c.unit_kind).where(units.c.code == code)
    return connection.scalar(kinds) == "district"


def _target(connection: Connection, code: str) -> str:
    if _is_district(connection, code):
        raise RegistryError(N_("「{code}」是区，不是办案的单位；请写街道、乡镇的代码"), code=code)
    for target, model in TARGETS.items():
        shape = table(model)
        if connection.scalar(sa.select(shape.c.code).where(shape.c.code == code)) is not None:
            return target
    raise RegistryError(
        N_("「{code}」不是职权编码、单位代码，也不是诉求类别或来源部门的代码"), code=code
    )


def aliases(connection: Connection) -> pd.DataFrame:
    """The aliases in force; a missing district means everywhere."""
    everywhere = sa.func.nullif(ALIASES.c.district, "").label("district")
    query = sa.select(ALIASES.c.text, ALIASES.c.target, ALIASES.c.code, everywhere)
    return read_frame(
        connection, query.where(ALIASES.c.superseded_in.is_(None)).order_by(ALIASES.c.id)
    )
