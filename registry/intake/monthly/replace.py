"""`--replace` for monthly returns: rows of the declared units and months that the file lacks."""

from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from registry.catalogue import Catalogue
from registry.db import table
from registry.intake.declaration import Declaration
from registry.intake.monthly.rows import Key
from registry.intake.monthly.verdict import ReturnVerdict
from registry.returns import KEYS, RETURNS
from registry.window import month_text

Named = tuple[Key, ...]


def absent_entries(
    connection: Connection, verdict: ReturnVerdict, declaration: Declaration, catalogue: Catalogue
) -> list[dict[str, Any]]:
    """Current rows of the covered units and months that no row of the file names.

    A row that is quarantined names them too; one whose unit, month or subject is not known may
    be any of those that it could be.
    """
    shape = table(RETURNS[verdict.form.kind])
    covered = set(declaration.covered(catalogue))
    window = declaration.window
    query = sa.select(shape).where(
        shape.c.superseded_in.is_(None), shape.c.month.between(window.first, window.last)
    )
    named = _named(verdict, catalogue)
    codes = dict(zip(catalogue.units["id"], catalogue.units["code"], strict=True))
    return [
        {
            "id": row["id"],
            "unit": codes[row["unit_id"]],
            "month": month_text(row["month"]),
            **{field: row[field] for field in verdict.form.subjects},
        }
        for row in connection.execute(query.order_by(shape.c.id)).mappings()
        if (row["unit_id"], row["month"]) in covered
        and not named & _ways_to_name(tuple(row[n] for n in (*KEYS, *verdict.form.subjects)))
    ]


def _named(verdict: ReturnVerdict, catalogue: Catalogue) -> set[Key]:
    """What the rows name: (unit id, month, subjects), None for each of the three not known."""
    ids = catalogue.units["id"].to_numpy()
    named: set[Key] = set()
    for row in range(len(verdict.log)):
        unit, month, subjects = verdict.rows.known(row)
        of = None if None in subjects else tuple(subjects)
        named.add((None if unit is None else int(ids[unit]), month, of))
    return named


def _ways_to_name(key: Key) -> set[Key]:
    unit, month, *subjects = key
    return {(u, m, s) for u in (unit, None) for m in (month, None) for s in (tuple(subjects), None)}
