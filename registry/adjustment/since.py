"""What has been recorded since somebody looked, so that the second of two is told of the first.

In: a connection, what was looked at, the newest act that was seen. Out: acts, and their words.
"""

from collections.abc import Collection
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from registry import models
from registry.adjustment.decisions import read_decisions, touching
from registry.db import table
from registry.language import N_, Series, Text
from registry.window import BEIJING


def acts_on_powers(connection: Connection, powers: Collection[str], since: int) -> set[int]:
    """Acts later than `since` that changed a holding of the powers or decided on them."""
    shape = table(models.Holding)
    acts = {
        act
        for column in (shape.c.recorded_in, shape.c.superseded_in)
        for act in connection.scalars(
            sa.select(column).where(shape.c.power.in_(powers), column > since)
        )
    }
    decided = touching(read_decisions(connection), list(powers))
    return acts | {one.recorded_in for one in decided if one.recorded_in > since}


def acts_on_opinions(connection: Connection, proposal: int, since: int) -> set[int]:
    """Acts later than `since` that said something of a proposal."""
    shape = table(models.Opinion)
    later = (shape.c.assessment_id == proposal) & (shape.c.recorded_in > since)
    return set(connection.scalars(sa.select(shape.c.recorded_in).where(later)))


def acts_on_follow_up(connection: Connection, decision: int, months: int, since: int) -> set[int]:
    """Acts later than `since` that recorded this follow-up."""
    shape = table(models.FollowUp)
    same = (shape.c.decision_id == decision) & (shape.c.months == months)
    query = sa.select(shape.c.recorded_in).where(same, shape.c.recorded_in > since)
    return set(connection.scalars(query))


def told(connection: Connection, acts: Collection[int]) -> Series:
    """Each act in words: number, when, who, what."""
    shape = table(models.Act)
    rows = connection.execute(sa.select(shape).where(shape.c.id.in_(acts)).order_by(shape.c.id))
    return Series([_act_text(row.id, row.at, row.actor, row.action, row.note) for row in rows])


def _act_text(number: int, at: str, actor: str, action: str, note: str) -> Text:
    moment = datetime.fromisoformat(at).astimezone(BEIJING)
    return Text(
        N_("第 {number} 号记录（{time}，{actor}）：{action} {note}"),
        {"number": number, "time": f"{moment:%Y-%m-%d %H:%M}", "actor": actor}
        | {"action": action, "note": note},
    )
