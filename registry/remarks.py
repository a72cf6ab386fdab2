"""A district's own words to its figures, kept with their day: its right of reply.

In: words. Out: all that a district has said, the newest first. A remark ends no earlier one.
"""

from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from registry import models
from registry.access import scope
from registry.catalogue import Catalogue
from registry.db import current, insert_row, record_act, table
from registry.errors import RegistryError, UsageError
from registry.language import N_


@dataclass(frozen=True)
class Remark:
    """A district's own words and their day."""

    said_on: date
    content: str


def add_remark(
    connection: Connection,
    catalogue: Catalogue,
    district: str,
    content: str,
    *,
    today: date,
    actor: str,
) -> Remark:
    """Record what a district says today.

    Raises UsageError for a code that is no district, RegistryError for words that are none.
    """
    check_district(catalogue, district)
    words = content.strip()
    if not words:
        raise RegistryError(N_("意见不能为空"))
    scope().check_districts((district,))
    act = record_act(connection, "remark", actor, district)
    row = {"district": district, "said_on": today, "content": words, "recorded_in": act}
    insert_row(connection, models.Remark, row)
    return Remark(today, words)


def check_district(catalogue: Catalogue, district: str) -> None:
    """Raises UsageError for a code that is no district."""
    districts = catalogue.names("district")
    if district not in districts:
        raise UsageError(
            N_("{code}：没有这个区，可用 {districts}"),
            code=district,
            districts=", ".join(districts),
        )


def read_remarks(connection: Connection, district: str, known: int | None = None) -> list[Remark]:
    """A district's own words, the newest first, as known now or at act `known`."""
    shape = table(models.Remark)
    query = sa.select(shape.c.said_on, shape.c.content).where(
        shape.c.district == district, current(shape, known)
    )
    rows = connection.execute(query.order_by(shape.c.said_on.desc(), shape.c.id.desc()))
    return [Remark(row.said_on, scope().words(row.content)) for row in rows]
