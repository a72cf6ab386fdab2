"""All roll-ups of cases together: kept in the transaction that changes the cases, or made anew."""

from collections.abc import Callable
from functools import partial

import pandas as pd
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from registry import models
from registry.adjustment.policy import read_policy
from registry.db import insert_frame, table
from registry.errors import RegistryError
from registry.language import N_
from registry.procedure import FINES, PROCEDURE, monthly_fines, monthly_procedure
from registry.rollup import Rollup, current_cases
from registry.usage import USAGE, monthly_usage

Frames = tuple[pd.DataFrame, pd.DataFrame]
"""Cases (CASE_COLUMNS) and their powers."""

OTHER_LAW = N_("政策文件中的法定限额与已存汇总所用的不同;请运行 registry init 重算")

LAW = "rollup_law"
"""The document that says against which legal limits the stored roll-ups count."""


def rollups() -> dict[Rollup, Callable[[pd.DataFrame, pd.DataFrame], pd.DataFrame]]:
    """Each roll-up and the pure function that computes it."""
    return {
        USAGE: monthly_usage,
        PROCEDURE: partial(monthly_procedure, policy=read_policy()),
        FINES: monthly_fines,
    }


def roll_up(
    connection: Connection, plus: Frames | None = None, minus: Frames | None = None
) -> None:
    """Add what these cases count to every stored roll-up, and take off what those count."""
    require_current_law(connection)
    signed = [(frames, sign) for frames, sign in ((plus, 1), (minus, -1)) if frames is not None]
    for rollup, compute in rollups().items():
        parts = [compute(*frames) for frames, _ in signed]
        change = rollup.combine(*parts, signs=tuple(sign for _, sign in signed))
        rollup.add(connection, change)


def rebuild(connection: Connection) -> None:
    """Compute every roll-up from the cases, against the policy's present limits."""
    cases = current_cases(connection)
    for rollup, compute in rollups().items():
        connection.execute(sa.delete(table(rollup.model)))
        rollup.write(connection, compute(*cases))
    shape = table(models.Document)
    connection.execute(sa.delete(shape).where(shape.c.name == LAW))
    law = pd.DataFrame({"name": [LAW], "content": [read_policy().law()]})
    insert_frame(connection, models.Document, law)


def is_stale(connection: Connection) -> bool:
    """Whether the stored roll-ups count against other legal limits than the policy's."""
    shape = table(models.Document)
    stored = connection.scalar(sa.select(shape.c.content).where(shape.c.name == LAW))
    return stored != read_policy().law()


def require_current_law(connection: Connection) -> None:
    if is_stale(connection):
        raise RegistryError(OTHER_LAW)
