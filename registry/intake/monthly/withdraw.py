"""Take back what batches said in monthly returns; what stood before them stands again.

A key's word is that of the newest batch, of those that stand, that says something of it, unless
one that stands has ended it by a replacement since.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.engine import Connection, RowMapping
from sqlmodel import SQLModel

from registry import models
from registry.db import next_id, table
from registry.intake.monthly.rows import Key
from registry.intake.monthly.write import end_rows
from registry.intake.replace import replacing_batches
from registry.returns import KEYS, RETURNS, counts_of, facts_of

BATCHES, ORIGINS = table(models.Batch), table(models.StaffingOrigin)
SLICE = 10_000


@dataclass(frozen=True)
class _Standing:
    """Which batches, and which of the acts in which batches came, still stand."""

    batches: frozenset[int]
    acts: frozenset[int]
    gone: frozenset[int]
    replacements: tuple["_Replacement", ...]

    def ends(self, row: RowMapping, versions: list[RowMapping]) -> bool:
        """Whether a replacement that stands came after this row and has no row of its key."""
        sayers = {version["batch_id"] for version in versions}
        return any(r.ends(row) for r in self.replacements if r.batch not in sayers)

    def says(self, row: RowMapping) -> bool:
        return row["batch_id"] in self.batches and row["said_in"] not in self.gone


@dataclass(frozen=True)
class _Replacement:
    """A batch that came with --replace: what it covers, and where rows of it were quarantined,
    which may be of any subject (None: of any unit, or any month)."""

    batch: int
    act: int
    covered: frozenset[tuple[int, int]]
    perhaps: frozenset[tuple[int | None, int | None]]

    def ends(self, row: RowMapping) -> bool:
        unit, month = row["unit_id"], row["month"]
        named = {(u, m) for u in (unit, None) for m in (month, None)}
        return (
            row["said_in"] < self.act and (unit, month) in self.covered and not named & self.perhaps
        )


def withdraw_returns(
    connection: Connection, batches: list[int], acts: list[int], act: int
) -> tuple[int, int]:
    """(rows ended for good, rows that stand again), over all kinds of returns."""
    ended = restored = 0
    for kind, model in RETURNS.items():
        standing = _standing(connection, kind)
        shape = table(model)
        said = shape.c.batch_id.in_(batches) | shape.c.said_in.in_(acts)
        ending = connection.scalars(
            sa.select(shape.c.id).where(shape.c.superseded_in.is_(None), said)
        ).all()
        # What a replacement ended, and what had ended already but stayed so because of it.
        ended_there = shape.c.superseded_in.is_not(None) & _covered(shape, kind, batches)
        owned = shape.c.superseded_in.is_(None) & said
        touched = owned | shape.c.superseded_in.in_(acts) | ended_there
        again = [
            row
            for versions in _versions(connection, model, touched)
            if (row := _word(versions, set(ending), standing))
        ]
        end_rows(connection, kind, ending, act)
        _repeat(connection, model, again, act)
        ended, restored = ended + len(ending) - len(again), restored + len(again)
    return ended, restored


def _covered(shape: sa.Table, kind: str, batches: list[int]) -> sa.ColumnElement[bool]:
    coverage = table(models.Coverage)
    return sa.exists().where(
        coverage.c.batch_id.in_(batches),
        coverage.c.kind == kind,
        coverage.c.unit_id == shape.c.unit_id,
        coverage.c.month == shape.c.month,
    )


def _standing(connection: Connection, kind: str) -> _Standing:
    columns = ("id", "recorded_in", "withdrawn_in")
    rows = connection.execute(sa.select(*(BATCHES.c[name] for name in columns))).all()
    stand = [row for row in rows if row.withdrawn_in is None]
    replacing = replacing_batches(connection, kind, BATCHES.c.withdrawn_in.is_(None))
    return _Standing(
        frozenset(row.id for row in stand),
        frozenset(row.recorded_in for row in stand),
        frozenset(row.recorded_in for row in rows if row.withdrawn_in is not None),
        tuple(_replacement(connection, row["id"], row["recorded_in"]) for row in replacing),
    )


def _replacement(connection: Connection, batch: int, act: int) -> _Replacement:
    covered, problems = (
        connection.execute(
            sa.select(shape.c.unit_id, shape.c.month).where(shape.c.batch_id == batch).distinct()
        ).all()
        for shape in (table(models.Coverage), table(models.Problem))
    )
    pairs = (frozenset((row.unit_id, row.month) for row in rows) for rows in (covered, problems))
    return _Replacement(batch, act, *pairs)


def _versions(
    connection: Connection, model: type[SQLModel], touched: sa.ColumnElement[bool]
) -> Iterable[list[RowMapping]]:
    """All versions of each key that has a touched one, the one said last first."""
    shape = table(model)
    other = shape.alias("other")
    counts = counts_of(model)
    keys = [name for name in facts_of(model) if name in KEYS or name not in counts]
    same = sa.and_(*(other.c[name] == shape.c[name] for name in keys))
    query = sa.select(other).join(shape, same).where(touched).distinct()
    of_key: dict[Key, list[RowMapping]] = defaultdict(list)
    for row in connection.execute(query).mappings():
        of_key[tuple(row[name] for name in keys)].append(row)
    return [
        sorted(versions, key=lambda row: (row["said_in"], row["id"]), reverse=True)
        for _, versions in sorted(of_key.items())
    ]


def _word(versions: list[RowMapping], ending: set[int], standing: _Standing) -> RowMapping | None:
    """The version to stand again; None where there is none or another one stands."""
    recorded = {row["recorded_in"] for row in versions}
    if any(row["superseded_in"] is None and row["id"] not in ending for row in versions):
        return None
    for row in versions:
        end = row["superseded_in"]
        if end is not None and end not in recorded and end in standing.acts:
            return None
        if standing.says(row):
            return None if standing.ends(row, versions) else row
    return None


def _repeat(
    connection: Connection, model: type[SQLModel], rows: list[RowMapping], act: int
) -> None:
    """Write these versions again, as said by whom and when they were."""
    first = next_id(connection, model)
    new = [
        dict(row) | {"id": first + i, "recorded_in": act, "superseded_in": None}
        for i, row in enumerate(rows)
    ]
    if new:
        connection.execute(sa.insert(table(model)), new)
    if model is models.Staffing:
        _repeat_origins(connection, {row["id"]: first + i for i, row in enumerate(rows)})


def _repeat_origins(connection: Connection, new_id: Mapping[int, int]) -> None:
    ids = list(new_id)
    for start in range(0, len(ids), SLICE):
        part = ORIGINS.c.staffing_id.in_(ids[start : start + SLICE])
        rows = connection.execute(sa.select(ORIGINS).where(part)).mappings().all()
        again = [dict(row) | {"staffing_id": new_id[row["staffing_id"]]} for row in rows]
        if again:
            connection.execute(sa.insert(ORIGINS), again)
