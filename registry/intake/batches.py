"""Which batches are open to whom."""

import sqlalchemy as sa

from registry import models
from registry.access import scope
from registry.db import table

BATCHES = table(models.Batch)


def open_batches() -> sa.ColumnElement[bool]:
    """The filter on `batch` of those whose districts are all whoever acts may see."""
    districts = scope().districts
    return sa.true() if districts is None else BATCHES.c.districts.in_(districts)
