"""Which batches are open to whom, and which one has a file in it already."""

from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from registry import models
from registry.access import scope
from registry.db import table
from registry.errors import RegistryError
from registry.intake.declaration import Declaration
from registry.intake.limits import shown
from registry.intake.report import Report
from registry.language import N_
from registry.parts import standing
from registry.returns import USAGE_LOG

BATCHES = table(models.Batch)
NO_BATCH = N_("没有批次 {batch}；registry batches 列出全部批次")
ROLLED_UP_ELSEWHERE = N_(
    "{district} 已载入在别处汇总的结果（批次 {batch}），不能再逐案导入；"
    "请放进集群的源文件夹再汇总，或先撤回这个批次"
)


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


def refuse_rolled_up(connection: Connection, declaration: Declaration) -> None:
    """Raises RegistryError for a usage log of a district whose roll-up was loaded: its cases are
    in that already."""
    if declaration.kind != USAGE_LOG:
        return
    loaded = sa.select(BATCHES.c.id, BATCHES.c.districts).where(
        standing(), BATCHES.c.districts.in_(declaration.districts)
    )
    if found := connection.execute(loaded).first():
        raise RegistryError(ROLLED_UP_ELSEWHERE, district=found.districts, batch=found.id)


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
