"""All roll-ups of cases together: kept in the transaction that changes the cases, or made anew."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

import pandas as pd
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from registry import models
from registry.access import subject
from registry.adjustment.policy import Policy, read_policy
from registry.db import record_act, table
from registry.errors import RegistryError
from registry.insert import insert_frame
from registry.language import N_
from registry.parts import ROLLED_UP, end_coverage, standing, with_parts
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


def counted(
    connection: Connection, known: int | None = None, policy: Policy | None = None
) -> Iterator[tuple[Rollup, pd.DataFrame]]:
    """Each roll-up of what is known now, or at act `known`: counted from the cases, with the parts
    that were counted elsewhere."""
    cases = current_cases(connection, known)
    for rollup, compute in rollups(policy).items():
        yield rollup, with_parts(connection, rollup, compute(*cases), known)


def rebuild(connection: Connection) -> None:
    """Count every roll-up anew, against the policy's present limits."""
    for rollup, rows in counted(connection):
        connection.execute(sa.delete(table(rollup.model)))
        rollup.write(connection, rows)
    shape = table(models.Document)
    connection.execute(sa.delete(shape).where(shape.c.name == COUNTED))
    how = pd.DataFrame({"name": [COUNTED], "content": [how_counted()]})
    insert_frame(connection, models.Document, how)


@dataclass(frozen=True)
class Compared:
    """A roll-up: rows stored, rows counted anew, rows in which they differ."""

    name: str
    stored: int
    computed: int
    differences: int


def compared(connection: Connection) -> Iterator[Compared]:
    """Each stored roll-up beside what the cases and the parts counted elsewhere give now."""
    for rollup, computed in counted(connection):
        stored = rollup.read(connection)
        differing = len(rollup.combine(stored, computed, signs=(1, -1)))
        yield Compared(table(rollup.model).name, len(stored), len(computed), differing)


def renew(connection: Connection) -> bool:
    """Rebuild where the stored roll-ups do not count as they would now; whether they did not."""
    stale = is_stale(connection)
    if stale:
        _end_other_counts(connection)
        rebuild(connection)
    return stale


def _end_other_counts(connection: Connection) -> None:
    """Withdraw the parts that were counted in another way: their cases are not here to be counted
    anew, and months of which nothing is known are missing, not zero."""
    batches = table(models.Batch)
    other = standing() & (batches.c.declaration != how_counted())
    found = list(connection.scalars(sa.select(batches.c.id).where(other)))
    if found:
        act = record_act(connection, "withdraw", subject(), ROLLED_UP)
        ending = sa.update(batches).where(batches.c.id.in_(found)).values(withdrawn_in=act)
        connection.execute(ending)
        end_coverage(connection, found, act)


def how_counted(policy: Policy | None = None) -> str:
    """The version of the roll-ups and the legal limits against which they count."""
    return f"{VERSION}\n{(policy or read_policy()).law()}"


def is_stale(connection: Connection, policy: Policy | None = None) -> bool:
    """Whether the stored roll-ups count in another way, or against other legal limits than those of
    the policy."""
    shape = table(models.Document)
    stored = connection.scalar(sa.select(shape.c.content).where(shape.c.name == COUNTED))
    return stored != how_counted(policy)


def require_current_count(connection: Connection) -> None:
    if is_stale(connection):
        raise RegistryError(OTHER_COUNT)
