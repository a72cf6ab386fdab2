"""What was known when: the act up to which everything recorded so far is used (DOMAIN, known-on).

In: a day, the number of an act, the name of a freeze. Out: the number of an act, or None where
nothing has been recorded since: what is known now.
"""

import re
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from registry import models
from registry.db import current, last_act_known_on, revision, table
from registry.errors import RegistryError
from registry.language import N_
from registry.window import BEIJING

FREEZES = table(models.Freeze)
LONGEST_NAME = 40


def known_act(connection: Connection, text: str) -> int | None:
    """The act meant by a day (2021-07-01, to its end in Beijing), an act's own number, or the name
    of a freeze.

    '' is now. Raises RegistryError for anything else, or what lies before the first act.
    """
    newest = revision(connection)
    if not text:
        return None
    act = int(text) if text.isdecimal() and text.isascii() else _named(connection, text)
    if not 1 <= act <= newest:
        raise RegistryError(N_("known-on {text}：那时台账还没有记录，或没有这一行为"), text=text)
    return None if act == newest else act


def _named(connection: Connection, text: str) -> int:
    day = _day(text)
    if day is not None:
        return last_act_known_on(connection, day)
    act = frozen_act(connection, text)
    if act is None:
        raise RegistryError(
            N_("known-on {text}：请写日期（2021-07-01）、行为编号或冻结的名称"), text=text
        )
    return act


def recorded_at(connection: Connection, act: int) -> datetime | None:
    """When an act was recorded, Beijing time; None where there is no such act."""
    acts = table(models.Act).c
    at = connection.scalar(sa.select(acts.at).where(acts.id == act))
    return None if at is None else datetime.fromisoformat(at).astimezone(BEIJING)


def frozen_act(connection: Connection, name: str) -> int | None:
    """The act that a freeze pins; None where there is no freeze of this name."""
    query = sa.select(FREEZES.c.known).where(FREEZES.c.name == name, current(FREEZES))
    return connection.scalar(query)


def is_name(text: str) -> bool:
    """Whether a freeze may be called so: what cannot be taken for a day or an act."""
    is_text = bool(re.fullmatch(rf"[^\s:@]{{1,{LONGEST_NAME}}}", text))
    return is_text and not text.isdecimal() and _day(text) is None


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
