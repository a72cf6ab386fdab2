"""`--replace`: cases of the declared units and months that the file no longer has."""

import json
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from registry import models
from registry.catalogue import Catalogue
from registry.db import read_frame, table
from registry.intake.cases import ACTIONS
from registry.intake.clean import case_numbers
from registry.intake.declaration import Declaration
from registry.intake.verdict import ACCEPTED, Verdict
from registry.intake.write import end_versions
from registry.returns import USAGE_LOG
from registry.rollup import CASE_COLUMNS
from registry.rollups import roll_up
from registry.window import Window


@dataclass(frozen=True)
class Replacement:
    """A batch that came with --replace: its units and months, and what its quarantined
    rows name: (unit, number), the unit None where it is not known."""

    batch: int
    act: int
    units: frozenset[int]
    window: Window
    perhaps: frozenset[tuple[int | None, str]]

    def ends(self, version: dict[str, Any]) -> bool:
        """Whether this version of a case, of which the batch has no row, ended with it."""
        unit, key = version["unit_id"], version["case_key"]
        day = date.fromisoformat(str(version["case_day"])[:10])
        return (
            version["said_in"] < self.act
            and unit in self.units
            and self.window.start <= day < self.window.end
            and not {(unit, key), (None, key)} & self.perhaps
        )

    def covers(self, cases: sa.Table) -> sa.ColumnElement[bool]:
        return sa.and_(
            cases.c.unit_id.in_(self.units),
            cases.c.case_day >= self.window.start,
            cases.c.case_day < self.window.end,
        )


def replacing_batches(
    connection: Connection, kind: str, among: sa.ColumnElement[bool]
) -> list[sa.RowMapping]:
    """Of the batches of a kind that a condition on `batch` chooses, those with --replace."""
    batches = table(models.Batch)
    query = sa.select(batches).where(among, batches.c.kind == kind, batches.c.declaration != "")
    rows = connection.execute(query).mappings().all()
    return [row for row in rows if json.loads(row["declaration"])["replace"]]


def replacements(connection: Connection, among: sa.ColumnElement[bool]) -> list[Replacement]:
    """The replacements among the batches of usage logs that a condition on `batch` chooses."""
    return [
        Replacement(
            batch["id"],
            batch["recorded_in"],
            _covered_units(connection, batch["id"]),
            Window(batch["month_from"], batch["month_to"]),
            _named_by_problems(connection, batch["id"]),
        )
        for batch in replacing_batches(connection, USAGE_LOG, among)
    ]


def ended_since(
    connection: Connection, verdict: Verdict, catalogue: Catalogue, act: int
) -> np.ndarray:
    """bool[cases]: new to the register, but in the units and months of a batch with --replace that
    came after this act and has no such case."""
    batches = table(models.Batch)
    later = batches.c.withdrawn_in.is_(None) & (batches.c.recorded_in > act)
    since = replacements(connection, later)
    state, ids = verdict.state, catalogue.units["id"].to_numpy()
    result = np.zeros(len(state.cases), dtype=bool)
    for i in np.flatnonzero(verdict.case_status == ACCEPTED) if since else ():
        unit, key = int(ids[state.cases.unit[i]]), state.cases.case_key[i]
        version = {"unit_id": unit, "case_key": key, "case_day": state.day[i], "said_in": act}
        result[i] = any(one.ends(version) for one in since)
    return result


def _covered_units(connection: Connection, batch: int) -> frozenset[int]:
    shape = table(models.Coverage)
    query = sa.select(shape.c.unit_id).where(shape.c.batch_id == batch).distinct()
    return frozenset(connection.scalars(query))


def _named_by_problems(connection: Connection, batch: int) -> frozenset[tuple[int | None, str]]:
    shape = table(models.Problem)
    query = sa.select(shape.c.unit_id, shape.c.content).where(shape.c.batch_id == batch)
    rows = connection.execute(query).all()
    numbers = pd.Series([json.loads(row.content).get("case_no") for row in rows], dtype=object)
    _, keys = case_numbers(numbers, len(rows))
    return frozenset(zip((row.unit_id for row in rows), keys.tolist(), strict=True))


def absent_cases(
    connection: Connection, verdict: Verdict, declaration: Declaration, catalogue: Catalogue
) -> list[dict[str, Any]]:
    """Current cases of the covered units and months that no row of the file names."""
    shape = table(models.Case)
    units = sorted({unit for unit, _ in declaration.covered(catalogue)})
    window = declaration.window
    query = sa.select(*(shape.c[c] for c in CASE_COLUMNS), shape.c.case_no, shape.c.case_key).where(
        shape.c.superseded_in.is_(None),
        shape.c.unit_id.in_(units),
        shape.c.case_day >= window.start,
        shape.c.case_day < window.end,
    )
    found = read_frame(connection, query)
    cases = verdict.state.cases
    named = cases.identified
    ids = catalogue.units["id"].to_numpy()[cases.unit[named]].tolist()
    actions = np.array(ACTIONS, dtype=object)[cases.action[named]].tolist()
    said = set(zip(ids, actions, cases.case_key[named].tolist(), strict=True))
    # A row whose unit or action is not known may be any case of its number.
    perhaps = set(cases.case_key[~named].tolist())
    codes = dict(zip(catalogue.units["id"], catalogue.units["code"], strict=True))
    return [
        row | {"unit": codes[row["unit_id"]]}
        for row in found.to_dict("records")
        if (row["unit_id"], row["action"], row["case_key"]) not in said
        and row["case_key"] not in perhaps
    ]


def end_absent(connection: Connection, ended: list[dict[str, Any]], act: int) -> None:
    """End these cases and take them off the roll-up."""
    if not ended:
        return
    frame = pd.DataFrame(ended)
    shape = table(models.CasePower)
    links = read_frame(
        connection, sa.select(shape).where(shape.c.case_id.in_(frame["id"].tolist()))
    )
    end_versions(connection, frame["id"].to_numpy(), act)
    roll_up(connection, minus=(frame, links))
