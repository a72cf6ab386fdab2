"""The versions of cases that are current in the database, beside the cases of a log."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from registry import models
from registry.catalogue import Catalogue
from registry.db import read_frame, table
from registry.insert import insert_columns
from registry.intake.cases import (
    ABSENT,
    ACTIONS,
    BLANK,
    CONTENT,
    Cases,
    PowerSets,
    encode_days,
    encode_words,
    encode_yuan,
)
from registry.intake.fields import DATE_FIELDS

NO_VERSION = 0
INCOMING = sa.table(
    "incoming",
    sa.column("case_index"),
    sa.column("unit_id"),
    sa.column("action"),
    sa.column("case_key"),
)


@dataclass(frozen=True)
class Stored:
    """Per case of the log: `version` its current version's number (NO_VERSION: none), the act
    that said it, its content and power set, coded as the log's."""

    version: np.ndarray
    said_in: np.ndarray
    content: dict[str, np.ndarray]
    power_set: np.ndarray


def read_stored(
    connection: Connection, cases: Cases, catalogue: Catalogue, sets: PowerSets
) -> Stored:
    """The current versions of these cases, found by identity in one join."""
    count = len(cases)
    version = np.full(count, NO_VERSION, dtype=np.int64)
    said_in = np.zeros(count, dtype=np.int64)
    content = {field: np.full(count, ABSENT, dtype=np.int64) for field in CONTENT}
    power_set = np.full(count, ABSENT, dtype=np.int64)
    shape = table(models.Case)
    if connection.execute(sa.select(shape.c.id).limit(1)).first() is None:
        return Stored(version, said_in, content, power_set)
    _load_identities(connection, cases, catalogue)
    found, links = _current_of_incoming(connection)
    connection.exec_driver_sql("drop table incoming")
    index = found["case_index"].to_numpy(dtype=np.int64)
    version[index] = found["id"].to_numpy(dtype=np.int64)
    said_in[index] = found["said_in"].to_numpy(dtype=np.int64)
    for field in CONTENT:
        content[field][index] = encode_column(field, found[field])
    power_set[index] = 0
    _fill_power_sets(power_set, links, catalogue, sets)
    return Stored(version, said_in, content, power_set)


def _current_of_incoming(connection: Connection) -> tuple[pd.DataFrame, pd.DataFrame]:
    """`case_index` with the current version, and with the powers of it."""
    shape, linked = table(models.Case), table(models.CasePower)
    same = (
        (shape.c.unit_id == INCOMING.c.unit_id)
        & (shape.c.action == INCOMING.c.action)
        & (shape.c.case_key == INCOMING.c.case_key)
    )
    here = sa.join(INCOMING, shape, same)
    is_current = shape.c.superseded_in.is_(None)
    said = (shape.c[name] for name in ("id", "said_in", *CONTENT))
    query = sa.select(INCOMING.c.case_index, *said).select_from(here).where(is_current)
    found = read_frame(connection, query)
    powers = (
        sa.select(INCOMING.c.case_index, linked.c.power_id)
        .select_from(here.join(linked, linked.c.case_id == shape.c.id))
        .where(is_current)
    )
    # Of new cases alone nothing is found, and looking once more takes as long again.
    return found, read_frame(connection, powers if len(found) else powers.limit(0))


def encode_column(field: str, column: pd.Series) -> np.ndarray:
    """A column of the table `cases` as integers, BLANK where null."""
    if field in DATE_FIELDS:
        return encode_days(pd.to_datetime(column).to_numpy().astype("datetime64[D]"))
    if field == "fine_cny":
        return encode_yuan(column.astype(float).to_numpy())
    return encode_words(field, column.astype(object).to_numpy())


def _load_identities(connection: Connection, cases: Cases, catalogue: Catalogue) -> None:
    connection.exec_driver_sql(
        "create temporary table incoming"
        " (case_index integer, unit_id integer, action varchar, case_key varchar)"
    )
    known = cases.by_identity[cases.identified[cases.by_identity]]
    units = catalogue.units["id"].to_numpy()[cases.unit[known]]
    actions = pd.Categorical.from_codes(cases.action[known], ACTIONS)
    columns = [known, units, actions, cases.case_key[known]]
    insert_columns(connection, "incoming", [c.name for c in INCOMING.columns], columns)
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql("analyze incoming")


def _fill_power_sets(
    power_set: np.ndarray, links: pd.DataFrame, catalogue: Catalogue, sets: PowerSets
) -> None:
    position = pd.Index(catalogue.powers["id"]).get_indexer(links["power_id"])
    pairs = sorted(zip(links["case_index"].tolist(), position.tolist(), strict=True))
    powers: dict[int, list[int]] = {}
    for case, power in pairs:
        powers.setdefault(case, []).append(power)
    for case, own in powers.items():
        power_set[case] = sets.number(tuple(own))


def merged(
    cases: Cases, stored: Stored, sets: PowerSets, joins: np.ndarray
) -> tuple[dict[str, np.ndarray], np.ndarray]:
    """(content, power sets) with what the file lacks kept from the stored version, else blank.

    joins: per case the act of the log that its rows join, coming back from quarantine, else 0; a
    case that the log's other rows have stored keeps the powers that those rows named.
    """
    content = {
        field: _kept(values, stored.content[field], BLANK)
        for field, values in cases.content.items()
    }
    power_set = _kept(cases.power_set, stored.power_set, 0)
    together = (joins > 0) & (stored.said_in == joins) & (cases.power_set >= 0)
    power_set = power_set.copy() if together.any() else power_set
    for case in np.flatnonzero(together):
        own = {*sets.sets[power_set[case]], *sets.sets[stored.power_set[case]]}
        power_set[case] = sets.number(tuple(sorted(own)))
    return content, power_set


def _kept(new: np.ndarray, old: np.ndarray, otherwise: int) -> np.ndarray:
    if not (new == ABSENT).any():
        return new
    return np.where(new != ABSENT, new, np.where(old != ABSENT, old, otherwise))
