"""A verdict → rows of the database. Called inside one transaction; writes and decides nothing."""

import json
from collections.abc import Collection, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pandas as pd
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from registry import models
from registry.catalogue import Catalogue
from registry.db import next_id, table
from registry.digest import cases_digest
from registry.insert import insert_columns, insert_frame, insert_frames
from registry.intake.cases import (
    ACTIONS,
    BLANK,
    CONTENT,
    Cases,
    PowerSets,
    case_days,
    decode_days,
    decode_words,
    decode_yuan,
    encode_days,
)
from registry.intake.fields import DATE_FIELDS
from registry.intake.notes import ACCEPTED, CORRECTED, UNCHANGED, Judged
from registry.intake.verdict import Verdict
from registry.returns import USAGE_LOG
from registry.rollups import add_changes, changes

CASE_FRAME = [c.name for c in table(models.Case).columns if c.name != "superseded_in"]


def write_cases(
    connection: Connection,
    verdict: Verdict,
    catalogue: Catalogue,
    batch: int,
    act: int,
    said_in: int | None = None,
) -> str | None:
    """Store new versions, end the ones they replace, keep the roll-up.

    said_in: the act that said them where it is an earlier one. Returns the digest over the new
    versions, None without any.
    """
    status, stored = verdict.case_status, verdict.state.stored
    fresh = status.isin([ACCEPTED, CORRECTED])
    changed = status == CORRECTED
    new, new_links = _versions(connection, verdict, catalogue, fresh, batch, act)
    new["said_in"] = said_in or act
    old, old_links = _stored_versions(verdict, catalogue, changed)
    with ThreadPoolExecutor(1) as beside:  # the database leaves the other core idle
        digest = beside.submit(cases_digest, new, new_links)
        change = beside.submit(changes, plus=(new, new_links), minus=(old, old_links))
        insert_versions(connection, new, new_links)
    end_versions(connection, stored.version[changed], act)
    said_again = np.flatnonzero(status == UNCHANGED)
    again = [stored.version[said_again]]
    insert_columns(connection, "confirmation", ["case_id"], again, {"batch_id": batch})
    add_changes(connection, change.result())
    return digest.result() if len(new) else None


def write_digest(connection: Connection, act: int, digest: str | None) -> None:
    """Note the digest over all the cases of an act, so that the ledger need not read them."""
    acts = table(models.Act)
    connection.execute(sa.update(acts).where(acts.c.id == act).values(digest=digest))


def insert_versions(connection: Connection, cases: pd.DataFrame, links: pd.DataFrame) -> None:
    insert_frames(connection, (models.Case, cases), (models.CasePower, links))


def end_versions(connection: Connection, versions: np.ndarray, act: int) -> None:
    """Mark versions of cases as superseded in an act."""
    if len(versions):
        shape = table(models.Case)
        ending = (
            sa.update(shape)
            .where(shape.c.id == sa.bindparam("version"))
            .values(superseded_in=sa.bindparam("act"))
        )
        connection.execute(ending, [{"version": v, "act": act} for v in versions.tolist()])


def _versions(
    connection: Connection,
    verdict: Verdict,
    catalogue: Catalogue,
    chosen: np.ndarray,
    batch: int,
    act: int,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """(rows of `cases`, rows of `case_power`) of the chosen cases, sorted by identity."""
    state = verdict.state
    order = state.cases.by_identity
    index = order[chosen[order]]
    frame = _frame(state.cases, state.content, index, catalogue)
    frame["id"] = next_id(connection, models.Case) + np.arange(len(index))
    frame["case_no"] = state.cases.case_no[index]
    frame["case_key"] = state.cases.case_key[index]
    frame["batch_id"] = batch
    frame["said_in"] = frame["recorded_in"] = act
    links = _links(state.power_set[index], frame["id"].to_numpy(), state.sets, catalogue)
    return frame[CASE_FRAME], links


def _stored_versions(
    verdict: Verdict, catalogue: Catalogue, chosen: np.ndarray
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """What the stored versions of the chosen cases say, for the roll-up."""
    state, stored = verdict.state, verdict.state.stored
    index = np.flatnonzero(chosen)
    frame = _frame(state.cases, stored.content, index, catalogue)
    frame["id"] = stored.version[index]
    return frame, _links(stored.power_set[index], stored.version[index], state.sets, catalogue)


def _frame(
    cases: Cases, content: dict[str, np.ndarray], index: np.ndarray, catalogue: Catalogue
) -> pd.DataFrame:
    columns: dict[str, Any] = {
        "unit_id": catalogue.units["id"].to_numpy()[cases.unit[index]],
        "action": pd.Categorical.from_codes(cases.action[index], ACTIONS),
        "case_day": day_texts(encode_days(case_days(content)[index])),
    }
    for field in CONTENT:
        columns[field] = _decoded(field, content[field][index])
    return pd.DataFrame(columns)


def _decoded(field: str, numbers: np.ndarray) -> np.ndarray | pd.Categorical:
    if field in DATE_FIELDS:
        return day_texts(numbers)
    return decode_yuan(numbers) if field == "fine_cny" else decode_words(field, numbers)


def day_texts(numbers: np.ndarray) -> pd.Categorical:
    """Days as encoded → texts such as 2020-07-01, each written once, BLANK as missing."""
    known = numbers[numbers >= 0]
    first = int(known.min()) if len(known) else 0
    span = np.arange(first, known.max(initial=first) + 1)
    return pd.Categorical.from_codes(
        np.where(numbers < 0, BLANK, numbers - first), decode_days(span).astype(str)
    )


def _links(
    power_set: np.ndarray, ids: np.ndarray, sets: PowerSets, catalogue: Catalogue
) -> pd.DataFrame:
    case, power = sets.links(power_set)
    power_ids = catalogue.powers["id"].to_numpy()[power]
    return pd.DataFrame({"case_id": ids[case], "power_id": power_ids})


def write_coverage(
    connection: Connection,
    pairs: list[tuple[int, int]],
    batch: int,
    act: int,
    kind: str = USAGE_LOG,
) -> None:
    columns: list[list[Any]] = [
        [u for u, _ in pairs],
        [m for _, m in pairs],
        [kind] * len(pairs),
    ]
    acts = {"batch_id": batch, "recorded_in": act}
    insert_columns(connection, "coverage", ["unit_id", "month", "kind"], columns, acts)


def write_problems(
    connection: Connection,
    verdict: Judged,
    catalogue: Catalogue,
    batch: int,
    act: int,
    among: Collection[int] | None = None,
) -> None:
    """Store the quarantined rows, all or some: mapped values only, and all their reasons."""
    chosen = [row for row in verdict.problems if among is None or row in among]
    if not chosen:
        return
    rows = np.array(chosen)
    unit = np.maximum(verdict.unit_of_row[rows], -1)
    unit_id = np.append(catalogue.units["id"].to_numpy(), 0)[unit]
    reasons = [verdict.problems[row] for row in chosen]
    stored = pd.DataFrame(
        {
            "sheet": [first["sheet"] for first, *_ in reasons],
            "row": verdict.log.row[rows],
            "unit_id": _known(unit_id),
            "month": _known(verdict.months_of(rows)),
            "content": _json(verdict.contents(rows)),
            "reasons": _json(reasons),
            "batch_id": batch,
            "recorded_in": act,
        }
    )
    insert_frame(connection, models.Problem, stored)


def _known(numbers: np.ndarray) -> pd.arrays.IntegerArray:
    """Numbers of which 0 means none."""
    return pd.arrays.IntegerArray(numbers.astype(np.int64), numbers == 0)


def _json(values: Iterable[Any]) -> list[str]:
    return [json.dumps(value, ensure_ascii=False) for value in values]
