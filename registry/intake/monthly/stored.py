"""The rows of monthly returns that the register holds, by key, beside those of a file."""

from collections.abc import Iterable
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from registry import models
from registry.db import table
from registry.intake.monthly.form import ORIGIN, MonthlyForm
from registry.intake.monthly.rows import Key
from registry.returns import KEYS, RETURNS

ORIGINS = table(models.StaffingOrigin)
SLICE = 10_000


@dataclass(frozen=True)
class StoredRow:
    """A row as stored; `numbers` has an entry, None where not given, for every number."""

    id: int
    batch: int
    said_in: int
    numbers: dict[str, int | None]


def read_current(
    connection: Connection, form: MonthlyForm, keys: Iterable[Key]
) -> dict[Key, StoredRow]:
    """The current rows of these units and months, by key."""
    shape = table(RETURNS[form.kind])
    places = {key[:2] for key in keys}
    among = shape.c.unit_id.in_({u for u, _ in places}) & shape.c.month.in_({m for _, m in places})
    return _read(connection, form, among & shape.c.superseded_in.is_(None))


def read_of_batch(connection: Connection, form: MonthlyForm, batch: int) -> dict[Key, StoredRow]:
    """What a batch says of each key, whether or not others have said it anew since.

    Rows that it said in an act that was withdrawn are no longer its word.
    """
    shape, batches = table(RETURNS[form.kind]), table(models.Batch)
    gone = sa.select(batches.c.recorded_in).where(batches.c.withdrawn_in.is_not(None))
    among = (shape.c.batch_id == batch) & shape.c.said_in.not_in(gone)
    return _read(connection, form, among)


def _read(
    connection: Connection, form: MonthlyForm, among: sa.ColumnElement[bool]
) -> dict[Key, StoredRow]:
    """The newest of these rows of each key."""
    shape = table(RETURNS[form.kind])
    counts = [field for field in form.numbers if not field.startswith(ORIGIN)]
    rows = connection.execute(sa.select(shape).where(among).order_by(shape.c.id)).mappings().all()
    origins = _origins(connection, form, [row["id"] for row in rows])
    return {
        tuple(row[name] for name in (*KEYS, *form.subjects)): StoredRow(
            id=row["id"],
            batch=row["batch_id"],
            said_in=row["said_in"],
            numbers={field: row[field] for field in counts} | origins.get(row["id"], {}),
        )
        for row in rows
    }


def _origins(
    connection: Connection, form: MonthlyForm, ids: list[int]
) -> dict[int, dict[str, int | None]]:
    """Row → officers by department, None for the departments that it does not name."""
    names = [field for field in form.numbers if field.startswith(ORIGIN)]
    if not names:
        return {}
    found: dict[int, dict[str, int | None]] = {number: dict.fromkeys(names) for number in ids}
    for start in range(0, len(ids), SLICE):
        part = ORIGINS.c.staffing_id.in_(ids[start : start + SLICE])
        for row in connection.execute(sa.select(ORIGINS).where(part)):
            found[row.staffing_id][f"{ORIGIN}{row.department}"] = row.officers
    return found
