"""Take back what a batch said, cases and coverage, by a new act; nothing is deleted.

A case that the batch corrected returns to what stood before, a case that another batch said word
for word stays as that batch's, any other case ends.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

from registry import models
from registry.db import insert_frame, next_id, read_frame, record_act, table, writing
from registry.digest import recorded_digest
from registry.errors import RegistryError
from registry.intake.write import CASE_FRAME, end_versions, insert_versions, write_digest
from registry.usage import add_usage, combine_usage, monthly_usage

CASES, POWERS = table(models.Case), table(models.CasePower)
BATCHES, CONFIRMATIONS = table(models.Batch), table(models.Confirmation)
IDENTITY = ["unit_id", "action", "case_key"]


@dataclass(frozen=True)
class Withdrawal:
    batches: list[int]
    cases_ended: int
    cases_restored: int
    unit_months_ended: int


def withdraw(
    batches: list[int], *, reason: str, actor: str, on: Engine | None = None
) -> Withdrawal:
    """End what these batches said. Raises RegistryError for one that does not stand."""
    if not reason.strip():
        raise RegistryError("撤回必须写明理由(--reason)")
    with writing(on) as connection:
        rows = read_frame(connection, sa.select(BATCHES).where(BATCHES.c.id.in_(batches)))
        for batch in batches:
            own = rows[rows["id"].eq(batch)] if len(rows) else rows
            if own.empty:
                raise RegistryError(f"没有批次 {batch};registry batches 列出全部批次")
            if pd.notna(own["withdrawn_in"].iloc[0]):
                raise RegistryError(f"批次 {batch} 已经撤回")
        act = record_act(connection, "withdraw", actor, reason)
        mark = sa.update(BATCHES).where(BATCHES.c.id.in_(batches)).values(withdrawn_in=act)
        connection.execute(mark)
        acts = [int(a) for a in rows["recorded_in"]]
        ended, restored = _withdraw_cases(connection, batches, acts, act)
        months = _withdraw_coverage(connection, batches, act)
        _withdraw_problems(connection, batches, acts, act)
        write_digest(connection, act, recorded_digest(connection, act))
        return Withdrawal(batches, ended, restored, months)


def _withdraw_cases(
    connection: Connection, batches: list[int], acts: list[int], act: int
) -> tuple[int, int]:
    said = CASES.c.batch_id.in_(batches) | CASES.c.recorded_in.in_(acts)
    owned = read_frame(connection, sa.select(CASES).where(CASES.c.superseded_in.is_(None), said))
    ended_by = read_frame(connection, sa.select(CASES).where(CASES.c.superseded_in.in_(acts)))
    history = _history(connection, owned, ended_by, said)
    restored = _restored(connection, owned, ended_by, history, batches)
    restored = restored.assign(
        id=next_id(connection, models.Case) + np.arange(len(restored)), recorded_in=act
    )
    links = _links_of(connection, restored["source"])
    owned_links = _links_of(connection, owned["id"])
    new_id = dict(zip(restored["source"], restored["id"], strict=True))
    links["case_id"] = links["case_id"].map(new_id)
    insert_versions(connection, restored[CASE_FRAME], links)
    end_versions(connection, owned["id"].to_numpy(), act)
    change = combine_usage(
        monthly_usage(restored, links), monthly_usage(owned, owned_links), signs=(1, -1)
    )
    add_usage(connection, change)
    return len(owned) - len(restored), len(restored)


def _history(
    connection: Connection,
    owned: pd.DataFrame,
    ended_by: pd.DataFrame,
    said: sa.ColumnElement[bool],
) -> pd.DataFrame:
    """All versions of the cases that have another version than the one to be ended."""
    other = CASES.alias("other")
    same = sa.and_(*(other.c[c] == CASES.c[c] for c in IDENTITY), other.c.id != CASES.c.id)
    current_owned = CASES.c.superseded_in.is_(None) & said
    query = sa.select(other).join(CASES, same).where(current_owned).distinct()
    older = read_frame(connection, query)
    return pd.concat([f for f in (owned, ended_by, older) if len(f)] or [owned]).drop_duplicates(
        "id"
    )


def _restored(
    connection: Connection,
    owned: pd.DataFrame,
    ended_by: pd.DataFrame,
    history: pd.DataFrame,
    batches: list[int],
) -> pd.DataFrame:
    """Versions to stand again, `source` the version that each repeats."""
    shape = sa.select(BATCHES.c.id, BATCHES.c.recorded_in).where(
        BATCHES.c.withdrawn_in.is_not(None)
    )
    gone = read_frame(connection, shape)
    gone_batches, gone_acts = set(gone["id"]), set(gone["recorded_in"])
    confirmed = _confirmed(connection, batches)
    repeated = owned[owned["id"].isin(list(confirmed))] if len(owned) else owned
    chosen = [row | {"batch_id": confirmed[row["id"]]} for row in repeated.to_dict("records")]
    kept = {tuple(row[c] for c in IDENTITY) for row in chosen}
    by_end = {
        (*(row[c] for c in IDENTITY), row["superseded_in"]): row
        for row in history.to_dict("records")
        if pd.notna(row["superseded_in"])
    }
    current = {tuple(row[c] for c in IDENTITY): row for row in owned.to_dict("records")}
    for row in ended_by.to_dict("records"):
        current.setdefault(
            tuple(row[c] for c in IDENTITY), row | {"recorded_in": row["superseded_in"]}
        )
    others = _current_elsewhere(connection, ended_by, owned)
    for identity, row in current.items():
        if identity in kept or identity in others:
            continue
        while row is not None:
            row = by_end.get((*identity, row["recorded_in"]))
            if row and row["batch_id"] not in gone_batches and row["recorded_in"] not in gone_acts:
                chosen.append(row)
                break
    columns = list(owned.columns) if len(owned) else list(ended_by.columns)
    frame = pd.DataFrame(chosen, columns=columns)
    return frame.assign(source=frame["id"])


def _current_elsewhere(
    connection: Connection, ended_by: pd.DataFrame, owned: pd.DataFrame
) -> set[tuple[object, ...]]:
    """Identities ended by the batches that a later batch has said again: they stay as they are."""
    if not len(ended_by):
        return set()
    other = CASES.alias("other")
    same = sa.and_(*(other.c[c] == CASES.c[c] for c in IDENTITY))
    acts = [int(a) for a in ended_by["superseded_in"].unique()]
    query = (
        sa.select(*(other.c[c] for c in IDENTITY), other.c.id)
        .join(CASES, same)
        .where(CASES.c.superseded_in.in_(acts), other.c.superseded_in.is_(None))
    )
    found = read_frame(connection, query)
    mine = set(owned["id"]) if len(owned) else set()
    return {
        tuple(row[c] for c in IDENTITY) for row in found.to_dict("records") if row["id"] not in mine
    }


def _confirmed(connection: Connection, batches: list[int]) -> dict[int, int]:
    """Version → a standing batch, not one of these, that said it word for word."""
    query = (
        sa.select(CONFIRMATIONS.c.case_id, CONFIRMATIONS.c.batch_id)
        .join(CASES, CASES.c.id == CONFIRMATIONS.c.case_id)
        .join(BATCHES, BATCHES.c.id == CONFIRMATIONS.c.batch_id)
        .where(BATCHES.c.withdrawn_in.is_(None), CASES.c.superseded_in.is_(None))
        .order_by(CONFIRMATIONS.c.batch_id)
    )
    return {int(case): int(batch) for case, batch in connection.execute(query)}


def _links_of(connection: Connection, versions: pd.Series) -> pd.DataFrame:
    """The powers of these versions, read in slices."""
    ids = versions.astype(int).tolist()
    slices = [ids[i : i + 10_000] for i in range(0, len(ids), 10_000)]
    frames = [
        read_frame(connection, sa.select(POWERS).where(POWERS.c.case_id.in_(part)))
        for part in slices
    ]
    found = pd.concat([f for f in frames if len(f)]) if any(map(len, frames)) else pd.DataFrame()
    return found if len(found) else pd.DataFrame({"case_id": [], "power_id": []}, dtype=int)


def _withdraw_coverage(connection: Connection, batches: list[int], act: int) -> int:
    shape = table(models.Coverage)
    ending = (
        sa.update(shape)
        .where(shape.c.batch_id.in_(batches), shape.c.superseded_in.is_(None))
        .values(superseded_in=act)
    )
    return connection.execute(ending).rowcount


def _withdraw_problems(
    connection: Connection, batches: list[int], acts: list[int], act: int
) -> None:
    """Close the problems of these batches; problems that one of them had mended open again."""
    shape = table(models.Problem)
    said = shape.c.batch_id.in_(batches) | shape.c.recorded_in.in_(acts)
    mended = read_frame(
        connection,
        sa.select(shape).where(shape.c.resolved_in.in_(acts), ~shape.c.batch_id.in_(batches)),
    )
    closing = sa.update(shape).where(said, shape.c.resolved_in.is_(None)).values(resolved_in=act)
    connection.execute(closing)
    if len(mended):
        again = mended.drop(columns=["id", "resolved_in"]).assign(recorded_in=act)
        insert_frame(connection, models.Problem, again)
