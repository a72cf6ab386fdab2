"""A verdict on a return → rows of the database. Called inside one transaction; decides nothing."""

from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from registry.db import next_id, table
from registry.insert import insert_columns
from registry.intake.monthly.checks import Numbers
from registry.intake.monthly.form import ORIGIN, MonthlyForm
from registry.intake.monthly.rows import Key
from registry.intake.monthly.verdict import ReturnVerdict
from registry.intake.notes import QUARANTINED
from registry.returns import KEYS, RETURNS

Said = tuple[Key, Numbers, int | None]
"""A key, its numbers, and the act that has said something newer of it already, or None."""


def write_entries(
    connection: Connection,
    verdict: ReturnVerdict,
    batch: int,
    act: int,
    said_in: int | None = None,
) -> None:
    """Store a version of each entry that passes, unchanged ones too, and end what it replaces.

    said_in: the act that said them where it is an earlier one; a row that others have said anew
    since is kept behind theirs.
    """
    said_in = said_in or act
    said: list[Said] = []
    ended: list[int] = []
    judged = zip(verdict.entries, verdict.numbers, verdict.entry_status, strict=True)
    for entry, numbers, status in judged:
        if status == QUARANTINED:
            continue
        stored = verdict.stored.get(entry.key)
        is_newer = stored is not None and stored.said_in > said_in
        said.append((entry.key, numbers, act if is_newer else None))
        if stored and not is_newer:
            ended.append(stored.id)
    end_rows(connection, verdict.form.kind, ended, act)
    _insert(connection, verdict.form, said, batch, act, said_in)


def end_rows(connection: Connection, kind: str, ids: Iterable[int], act: int) -> None:
    """Mark rows of a return as superseded in an act."""
    shape = table(RETURNS[kind])
    rows = [{"row": number, "act": act} for number in ids]
    if rows:
        ending = sa.update(shape).where(shape.c.id == sa.bindparam("row"))
        connection.execute(ending.values(superseded_in=sa.bindparam("act")), rows)


def _insert(
    connection: Connection,
    form: MonthlyForm,
    said: list[Said],
    batch: int,
    act: int,
    said_in: int,
) -> None:
    model = RETURNS[form.kind]
    first = next_id(connection, model)
    ids = list(range(first, first + len(said)))
    counts = [field for field in form.numbers if not field.startswith(ORIGIN)]
    columns: dict[str, list[Any]] = {"id": ids, "superseded_in": [newer for *_, newer in said]}
    for position, name in enumerate((*KEYS, *form.subjects)):
        columns[name] = [key[position] for key, *_ in said]
    for name in counts:
        columns[name] = [numbers[name] for _, numbers, _ in said]
    acts = {"batch_id": batch, "said_in": said_in, "recorded_in": act}
    insert_columns(connection, table(model).name, list(columns), list(columns.values()), acts)
    _insert_origins(connection, ids, said)


def _insert_origins(connection: Connection, ids: list[int], said: list[Said]) -> None:
    rows = [
        (number, field.removeprefix(ORIGIN), officers)
        for number, (_, numbers, _) in zip(ids, said, strict=True)
        for field, officers in numbers.items()
        if field.startswith(ORIGIN) and officers is not None
    ]
    names = ["staffing_id", "department", "officers"]
    if rows:
        insert_columns(connection, "staffing_origin", names, list(zip(*rows, strict=True)))
