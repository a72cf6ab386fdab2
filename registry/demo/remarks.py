"""What two districts say to the demo's figures, marked as synthetic like all of it.

In: a connection. Out: remarks in the register, or none of them any more.
"""

from datetime import date

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from registry import models
from registry.catalogue import Catalogue
from registry.db import record_act, table
from registry.remarks import add_remark, read_remarks

REMARKS = {
    "110107": (
        "【演示数据，系合成】2022年执法力量月报首次报送时部分街道在编人数填写有误，已重新报送更正；"
        "请以更正后的数据为准。"
    ),
    "110119": (
        "【演示数据，系合成】2023年5月、6月因业务系统切换，执法台账和各项月报尚未报送；"
        "有关比率不反映这两个月的实际工作。"
    ),
}


def add_demo_remarks(
    connection: Connection, catalogue: Catalogue, *, today: date, actor: str
) -> None:
    """Record each of REMARKS that does not stand yet."""
    for district, content in REMARKS.items():
        if content not in [remark.content for remark in read_remarks(connection, district)]:
            add_remark(connection, catalogue, district, content, today=today, actor=actor)


def end_demo_remarks(connection: Connection, *, reason: str, actor: str) -> None:
    """End REMARKS by an act; what a district said itself stays."""
    shape = table(models.Remark)
    own = shape.c.superseded_in.is_(None) & shape.c.content.in_(list(REMARKS.values()))
    if connection.scalar(sa.select(sa.func.count()).select_from(shape).where(own)):
        act = record_act(connection, "end remark", actor, reason)
        connection.execute(sa.update(shape).where(own).values(superseded_in=act))
