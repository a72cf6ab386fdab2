"""Take back what a batch said, cases, returns and coverage, by a new act; nothing is deleted.

A case that the batch corrected returns to what stood before, a case that another batch said word
for word stays as that batch's, any other case ends.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

from registry import models
from registry.access import scope
from registry.db import next_id, read_frame, record_act, table, writing
from registry.errors import RegistryError
from registry.insert import insert_frame
from registry.intake.batches import NO_BATCH
from registry.intake.monthly.withdraw import withdraw_returns
from registry.intake.replace import replacements
from registry.intake.write import CASE_FRAME, end_versions, insert_versions
from registry.language import N_
from registry.parts import end_coverage, take_off
from registry.rollups import roll_up

CASES, POWERS = table(models.Case), table(models.CasePower)
BATCHES, CONFIRMATIONS = table(models.Batch), table(models.Confirmation)
WITHDRAWN = BATCHES.c.withdrawn_in.is_not(None).label("withdrawn")
IDENTITY = ["unit_id", "action", "case_key"]


@dataclass(frozen=True)
class Withdrawal:
    """`rows_ended` and `rows_restored` are rows of monthly returns."""

    batches: list[int]
    cases_ended: int
    cases_restored: int
    unit_months_ended: int
    rows_ended: int = 0
    rows_restored: int = 0


def withdraw(
    batches: list[int], *, reason: str, actor: str, on: Engine | None = None
) -> Withdrawal:
    """End what these batches said. Raises RegistryError for one that does not stand."""
    if not reason.strip():
        raise RegistryError(N_("撤回必须写明理由（--reason）"))
    with writing(on) as connection:
        rows = read_frame(connection, sa.select(BATCHES).where(BATCHES.c.id.in_(batches)))
        for batch in batches:
            own = rows[rows["id"].eq(batch)] if len(rows) else rows
            if own.empty:
                raise RegistryError(NO_BATCH, batch=batch)
            if pd.notna(own["withdrawn_in"].iloc[0]):
                raise RegistryError(N_("批次 {batch} 已经撤回"), batch=batch)
        scope().check_districts([c for text in rows["districts"] for c in text.split(",") if c])
        act = record_act(connection, "withdraw", actor, reason)
        mark = sa.update(BATCHES).where(BATCHES.c.id.in_(batches)).values(withdrawn_in=act)
        connection.execute(mark)
        acts = [int(a) for a in rows["recorded_in"]]
        ended, restored = _withdraw_cases(connection, batches, acts, act)
        returns = withdraw_returns(connection, batches, acts, act)
        take_off(connection, batches)
        months = end_coverage(connection, batches, act)
        _withdraw_problems(connection, batches, acts, act)
        return Withdrawal(batches, ended, restored, months, *returns)


def _withdraw_cases(
    connection: Connection, batches: list[int], acts: list[int], act: int
) -> tuple[int, int]:
    said = CASES.c.batch_id.in_(batches) | CASES.c.said_in.in_(acts)
    owned = CASES.c.superseded_in.is_(None) & said
    ending = read_frame(connection, sa.select(CASES).where(owned))
    # What a replacement ended, and what had ended already but stayed so because of it.
    own = replacements(connection, BATCHES.c.id.in_(batches))
    gone = CASES.c.superseded_in.is_not(None)
    ended = sa.or_(CASES.c.superseded_in.in_(acts), *(gone & one.covers(CASES) for one in own))
    history = _history(connection, ending, owned, ended)
    confirmed = _confirmations_of(connection, history["id"])
    restored = _restored(connection, history, confirmed, set(ending["id"]))
    restored = restored.assign(
        id=next_id(connection, models.Case) + np.arange(len(restored)), recorded_in=act
    )
    links = _links_of(connection, restored["source"])
    ending_links = _links_of(connection, ending["id"])
    new_id = dict(zip(restored["source"], restored["id"], strict=True))
    links["case_id"] = links["case_id"].map(new_id)
    insert_versions(connection, restored[CASE_FRAME], links)
    kept = confirmed[confirmed["case_id"].isin(list(new_id))]
    kept = kept.assign(case_id=kept["case_id"].map(new_id))
    insert_frame(connection, models.Confirmation, kept)
    end_versions(connection, ending["id"].to_numpy(), act)
    roll_up(connection, plus=(restored, links), minus=(ending, ending_links))
    return _without_successor(ending, restored), len(restored)


def _without_successor(ending: pd.DataFrame, restored: pd.DataFrame) -> int:
    """How many cases end with no version in their place; what returns from a replacement had
    ended before."""
    again = pd.MultiIndex.from_frame(restored[IDENTITY])
    return int((~pd.MultiIndex.from_frame(ending[IDENTITY]).isin(again)).sum())


def _history(
    connection: Connection,
    ending: pd.DataFrame,
    owned: sa.ColumnElement[bool],
    ended: sa.ColumnElement[bool],
) -> pd.DataFrame:
    """All versions of the cases of which these batches own the current one or ended one."""
    other = CASES.alias("other")
    same = sa.and_(*(other.c[c] == CASES.c[c] for c in IDENTITY), other.c.id != CASES.c.id)
    queries = [
        sa.select(CASES).where(ended),
        sa.select(other).join(CASES, same).where(owned | ended).distinct(),
    ]
    frames = [ending, *(read_frame(connection, query) for query in queries)]
    filled = [frame for frame in frames if len(frame)]
    return pd.concat(filled).drop_duplicates("id") if filled else ending


def _restored(
    connection: Connection, history: pd.DataFrame, confirmed: pd.DataFrame, ending: set[int]
) -> pd.DataFrame:
    """Versions to stand again, `source` the version that each repeats."""
    batches = read_frame(connection, sa.select(BATCHES.c.id, BATCHES.c.recorded_in, WITHDRAWN))
    gone = batches[batches["withdrawn"].astype(bool)]
    own = ~history["batch_id"].isin(gone["id"]) & ~history["said_in"].isin(gone["recorded_in"])
    again = dict(zip(confirmed["case_id"], confirmed["batch_id"], strict=True))
    sayer = history["batch_id"].where(own, history["id"].map(again))
    standing_acts = set(batches["recorded_in"]) - set(gone["recorded_in"])
    rows = history.assign(sayer=sayer).sort_values("id", ascending=False)
    hopeful = rows[rows["sayer"].notna()][IDENTITY].drop_duplicates()
    by_case = rows.merge(hopeful, on=IDENTITY).groupby(IDENTITY, sort=False)
    found = [_standing(case.to_dict("records"), ending, standing_acts) for _, case in by_case]
    lasting = _without_replaced(connection, [row for row in found if row], history, confirmed)
    chosen = [row | {"batch_id": int(row["sayer"])} for row in lasting]
    frame = pd.DataFrame(chosen, columns=[*history.columns])
    return frame.assign(source=frame["id"])


def _without_replaced(
    connection: Connection,
    versions: list[dict[str, Any]],
    history: pd.DataFrame,
    confirmed: pd.DataFrame,
) -> list[dict[str, Any]]:
    """The versions that no standing replacement ended, were it only because they had ended."""
    identity = history.set_index("id")[IDENTITY].apply(tuple, axis=1)
    said = {*zip(identity, history["batch_id"], strict=True)}
    said |= {*zip(confirmed["case_id"].map(identity), confirmed["batch_id"], strict=True)}
    standing = replacements(connection, BATCHES.c.withdrawn_in.is_(None)) if versions else []
    return [
        version
        for version in versions
        if not any(
            one.ends(version) and (tuple(version[c] for c in IDENTITY), one.batch) not in said
            for one in standing
        )
    ]


def _standing(
    versions: list[dict[str, Any]], ending: set[int], standing_acts: set[int]
) -> dict[str, Any] | None:
    """The newest of a case's versions (newest first) that a standing batch says.

    None where none does, where another batch's is current, or where a standing batch with
    --replace has ended the case since.
    """
    later = None
    for version in versions:
        end = version["superseded_in"]
        if pd.isna(end):
            if version["id"] not in ending:
                return None
        elif later != end and end in standing_acts:
            return None
        if pd.notna(version["sayer"]):
            return version
        later = version["recorded_in"]
    return None


def _links_of(connection: Connection, versions: pd.Series) -> pd.DataFrame:
    """The powers of these versions."""
    return _read_of(connection, sa.select(POWERS), POWERS.c.case_id, versions)


def _confirmations_of(connection: Connection, versions: pd.Series) -> pd.DataFrame:
    """`batch_id`, `case_id`: standing batches that said these versions word for word."""
    query = sa.select(CONFIRMATIONS).join(BATCHES, BATCHES.c.id == CONFIRMATIONS.c.batch_id)
    query = query.where(BATCHES.c.withdrawn_in.is_(None)).order_by(CONFIRMATIONS.c.batch_id)
    return _read_of(connection, query, CONFIRMATIONS.c.case_id, versions)


def _read_of(
    connection: Connection, query: sa.Select[Any], column: sa.Column[Any], versions: pd.Series
) -> pd.DataFrame:
    """The rows of a query that belong to these versions, read in slices."""
    ids = versions.astype(int).tolist()
    slices = [ids[i : i + 10_000] for i in range(0, len(ids), 10_000)] or [[]]
    frames = [read_frame(connection, query.where(column.in_(part))) for part in slices]
    filled = [frame for frame in frames if len(frame)]
    return pd.concat(filled) if filled else frames[0].astype(int)


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
