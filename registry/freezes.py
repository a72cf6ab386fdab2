"""Freezes: what was known at a moment, pinned under a name for a reporting round.

In: a name and the round's months. Out: the act up to which everything is used under that name for
ever after, the references of the round's figures, and which of them would differ today and why.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pandas as pd
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from registry import models
from registry.db import current, insert_row, read_frame, record_act, revision, table
from registry.errors import RegistryError
from registry.explain import STEPS, changes
from registry.figure import KEYS, RESULTS, Figure, asked, reference
from registry.known import frozen_act, is_name
from registry.language import N_
from registry.measures.exercise import BALANCE_MIN_CASES
from registry.measures.grouping import Selection
from registry.snapshot import Snapshot, read_snapshot
from registry.window import Window

FREEZES = table(models.Freeze)
GROUPS = (("city",), ("district",))
ROUND: tuple[tuple[str, dict[str, Any]], ...] = (
    ("exercise_rate", {}),
    ("exercise_rate", {"min_cases": BALANCE_MIN_CASES}),
    ("completeness", {}),
    ("staffing", {}),
    ("review", {}),
    ("procedure", {}),
)
"""The figures of a reporting round, each for the city and by district."""

CAUSES = STEPS[1:-1]
"""Why a frozen figure differs today: its months are the same, so there is no real change."""

REVISED = ("figure", "key", *(f"{name}_then" for name in RESULTS), *CAUSES)
REVISION_COLUMNS = (*REVISED, *(f"{name}_now" for name in RESULTS))


@dataclass(frozen=True)
class Frozen:
    """A freeze: what was known at act `known`, about the months of `window`."""

    name: str
    known: int
    window: Window


def freeze(connection: Connection, name: str, window: Window, actor: str) -> Frozen:
    """Pin what is known now. Raises RegistryError for a name that is taken or none."""
    if not is_name(name):
        raise RegistryError(
            N_("冻结的名称「{name}」不能用：要 1 至 40 字，不含空白和冒号，不能只是数字或日期"),
            name=name,
        )
    if frozen_act(connection, name) is not None:
        raise RegistryError(N_("已有名为「{name}」的冻结；冻结不能改，请另取名称"), name=name)
    known = revision(connection)
    act = record_act(connection, "freeze", actor, name)
    months = {"month_from": window.first, "month_to": window.last}
    row = {"name": name, "known": known, "recorded_in": act} | months
    insert_row(connection, models.Freeze, row)
    return Frozen(name, known, window)


def read_freeze(connection: Connection, name: str) -> Frozen:
    """Raises RegistryError where there is no freeze of this name."""
    query = sa.select(FREEZES).where(FREEZES.c.name == name, current(FREEZES))
    row = connection.execute(query).first()
    if row is None:
        raise RegistryError(N_("没有名为「{name}」的冻结"), name=name)
    return Frozen(row.name, row.known, Window(row.month_from, row.month_to))


def freezes(connection: Connection) -> pd.DataFrame:
    """`name`, `known`, `at`, `month_from`, `month_to` of every freeze, oldest first."""
    acts = table(models.Act)
    columns = (FREEZES.c.name, FREEZES.c.known, acts.c.at, FREEZES.c.month_from, FREEZES.c.month_to)
    query = sa.select(*columns).join(acts, acts.c.id == FREEZES.c.recorded_in)
    return read_frame(connection, query.where(current(FREEZES)).order_by(FREEZES.c.id))


def figures(snapshot: Snapshot, window: Window) -> list[Figure]:
    """What a round asks, known as the snapshot is."""
    return [
        asked(measure, by, window, snapshot, Selection(), options)
        for measure, options in ROUND
        for by in GROUPS
    ]


def references(connection: Connection, frozen: Frozen) -> tuple[Snapshot, list[str]]:
    """(the data of the freeze, the reference of each of the round's figures)."""
    snapshot = read_snapshot(connection, frozen.known)
    tables = [(figure, figure.compute(snapshot)) for figure in figures(snapshot, frozen.window)]
    return snapshot, [reference(figure, frame) for figure, frame in tables]


def revisions(connection: Connection, frozen: Frozen) -> pd.DataFrame:
    """The round's figures that would differ today, and which step changed each; REVISION_COLUMNS.

    CAUSES are changes of the value, Fractions, missing where a value is.
    """
    then, now = read_snapshot(connection, frozen.known), read_snapshot(connection)
    rows = [
        row
        for figure in figures(then, frozen.window)
        for row in _revised(figure, changes(then, now, figure, figure))
    ]
    rows += [
        row for figure in figures(then, frozen.window) for row in _in_one_only(figure, then, now)
    ]
    return pd.DataFrame(rows, columns=list(REVISION_COLUMNS))


def _revised(figure: Figure, frame: pd.DataFrame) -> Iterator[dict[str, Any]]:
    for start in range(0, len(frame), len(STEPS)):
        steps = frame.iloc[start : start + len(STEPS)]
        first, last = steps.iloc[0], steps.iloc[-1]
        if not first[list(RESULTS)].equals(last[list(RESULTS)]):
            why = dict(zip(STEPS, steps["change"], strict=True))
            parts = {step: why[step] for step in CAUSES}
            yield _row(figure, first) | parts | _results(first, "then") | _results(last, "now")


def _in_one_only(figure: Figure, then: Snapshot, now: Snapshot) -> Iterator[dict[str, Any]]:
    """Records that one of the two states has and the other has not."""
    frames = {"then": figure.compute(then), "now": figure.compute(now)}
    told = {name: _rows_by_key(figure, frame) for name, frame in frames.items()}
    for name, other in (("then", "now"), ("now", "then")):
        for key in told[name]:
            if key not in told[other]:
                yield _row(figure, told[name][key]) | _results(told[name][key], name)


def _rows_by_key(figure: Figure, frame: pd.DataFrame) -> dict[str, pd.Series]:
    return {_row(figure, row)["key"]: row for _, row in frame.iterrows()}


def _row(figure: Figure, row: pd.Series) -> dict[str, Any]:
    """What was asked, and of whom."""
    told = [str(row[n]) for n in row.index if n in KEYS and not pd.isna(row[n])]
    return {"figure": str(figure), "key": " ".join(told)}


def _results(row: pd.Series, ending: str) -> dict[str, Any]:
    return {f"{name}_{ending}": row[name] for name in RESULTS}
