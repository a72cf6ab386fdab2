"""Which batches are open to whom."""

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from registry import models
from registry.access import scope
from registry.db import table
from registry.errors import RegistryError
from registry.language import N_

BATCHES = table(models.Batch)
NO_BATCH = N_("没有批次 {batch}；registry batches 列出全部批次")


def open_batches() -> sa.ColumnElement[bool]:
    """The filter on `batch` of those whose districts are all whoever acts may see."""
    districts = scope().districts
    return sa.true() if districts is None else BATCHES.c.districts.in_(districts)


def check_batch(connection: Connection, number: int) -> None:
    """Raises RegistryError where there is no such batch, Refused where it is another's."""
    districts = connection.scalar(sa.select(BATCHES.c.districts).where(BATCHES.c.id == number))
    if districts is None:
        raise RegistryError(NO_BATCH, batch=number)
    scope().check_batch(districts)
