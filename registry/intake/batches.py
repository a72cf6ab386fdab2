"""Which batches are open to whom, and which one has a file in it already."""

from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from registry import models
from registry.access import scope
from registry.db import table
from registry.errors import RegistryError
from registry.intake.limits import shown
from registry.intake.report import Report
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


def repeated(connection: Connection, path: Path, sha256: str, declared: str) -> Report | None:
    """What there is to say of a file that a standing batch was made of, under the same declaration
    (`Declaration.key()`; '' for a workbook of problems, which has none); None of any other."""
    query = sa.select(BATCHES).where(
        BATCHES.c.sha256 == sha256,
        BATCHES.c.withdrawn_in.is_(None),
        BATCHES.c.declaration.in_([declared, ""]),
    )
    same = connection.execute(query).mappings().first()
    return _report(path, same) if same else None


def _report(path: Path, batch: Any) -> Report:
    return Report(
        file=shown(path),
        batch=batch["id"],
        read=batch["read"],
        accepted=0,
        corrected=0,
        unchanged=batch["accepted"] + batch["corrected"] + batch["unchanged"],
        quarantined=batch["quarantined"],
        skipped=batch["skipped"],
        repeated=True,
    )
