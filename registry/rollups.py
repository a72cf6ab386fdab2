"""All roll-ups of cases together: kept in the transaction that changes the cases, or made anew."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

import pandas as pd
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from registry import models
from registry.adjustment.policy import Policy, read_policy
from registry.db import insert_frame, table
from registry.errors import RegistryError
from registry.language import N_
from registry.procedure import FINES, PROCEDURE, monthly_fines, monthly_procedure
from registry.rollup import Rollup, current_cases
from registry.usage import USAGE, monthly_usage

Frames = tuple[pd.DataFrame, pd.DataFrame]
"""Cases (CASE_COLUMNS) and their powers."""

OTHER_COUNT = N_("已存汇总的算法或法定限额与现行的不同；请运行 registry init 重算")

COUNTED = "rollup_law"
"""The document that says how the stored roll-ups count, and against which legal limits."""

VERSION = "2"
"""Of how roll-ups count; to be raised when one of them counts differently."""

Changes = dict[Rollup, pd.DataFrame]
"""What is to be added to each stored roll-up."""


def rollups(
    policy: Policy | None = None,
) -> dict[Rollup, Callable[[pd.DataFrame, pd.DataFrame], pd.DataFrame]]:
    """Each roll-up and the pure function that computes it, against the limits of a policy."""
    return {
        USAGE: monthly_usage,
        PROCEDURE: partial(monthly_procedure, policy=policy or read_policy()),
        FINES: monthly_fines,
    }


def changes(
    plus: Frames | None = None, minus: Frames | None = None, policy: Policy | None = None
) -> Changes:
    """What `plus` counts less what `minus` counts."""
    signed = [(frames, sign) for frames, sign in ((plus, 1), (minus, -1)) if frames is not None]
    signs = tuple(sign for _, sign in signed)
    return {
        rollup: rollup.combine(*(compute(*frames) for frames, _ in signed), signs=signs)
        for rollup, compute in rollups(policy).items()
    }


def add_changes(connection: Connection, change: Changes) -> None:
    require_current_count(connection)
    for rollup, rows in change.items():
        rollup.add(connection, rows)


def roll_up(
    connection: Connection, plus: Frames | None = None, minus: Frames | None = None
) -> None:
    """Add what these cases count to every stored roll-up, and take off what those count."""
    add_changes(connection, changes(plus, minus))


def rebuild(connection: Connection) -> None:
    """Compute every roll-up from the cases, against the policy's present limits."""
    cases = current_cases(connection)
    for rollup, compute in rollups().items():
        connection.execute(sa.delete(table(rollup.model)))
        rollup.write(connection, compute(*cases))
    shape = table(models.Document)
    connection.execute(sa.delete(shape).where(shape.c.name == COUNTED))
    counted = pd.DataFrame({"name": [COUNTED], "content": [_how_counted()]})
    insert_frame(connection, models.Document, counted)


@dataclass(frozen=True)
class Compared:
    """A roll-up: rows stored, rows computed from the cases, rows in which they differ."""

    name: str
    stored: int
    computed: int
    differences: int


def compared(connection: Connection) -> Iterator[Compared]:
    """Each stored roll-up beside what the cases give now."""
    cases = current_cases(connection)
    for rollup, compute in rollups().items():
        stored, computed = rollup.read(connection), compute(*cases)
        differing = len(rollup.combine(stored, computed, signs=(1, -1)))
        yield Compared(table(rollup.model).name, len(stored), len(computed), differing)


def renew(connection: Connection) -> bool:
    """Rebuild where the stored roll-ups do not count as they would now; whether they did not."""
    stale = is_stale(connection)
    if stale:
        rebuild(connection)
    return stale


def _how_counted(policy: Policy | None = None) -> str:
    return f"{VERSION}\n{(policy or read_policy()).law()}"


def is_stale(connection: Connection, policy: Policy | None = None) -> bool:
    """Whether the stored roll-ups count in another way, or against other legal limits than those of
    the policy."""
    shape = table(models.Document)
    stored = connection.scalar(sa.select(shape.c.content).where(shape.c.name == COUNTED))
    return stored != _how_counted(policy)


def require_current_count(connection: Connection) -> None:
    if is_stale(connection):
        raise RegistryError(OTHER_COUNT)
