"""One task of the cluster: a district's logs, by the ordinary intake, into a result.

In: an order. Out: a folder with the result, and a record of what was done. The files go into a
register of the task's own, through the same readers and checks as everywhere, in the order of
their declarations; so a result is what `registry import` of these files would have made.
"""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from time import perf_counter
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

from registry import models
from registry.access import REFORM_OFFICE, Scope, acting
from registry.catalogue import read_catalogue
from registry.cluster.result import (
    counts_of,
    is_there,
    point_to,
    read_frames,
    read_report,
    write_result,
)
from registry.cluster.source import DeclaredFile, digest_of_source, read_source
from registry.db import reading, table
from registry.engines import new_engine
from registry.errors import RegistryError
from registry.intake.commit import import_log
from registry.language import N_
from registry.outages import Unavailable
from registry.returns import USAGE_LOG
from registry.rollups import require_current_count

MADE, KEPT = "made", "kept"
ACTOR = "cluster"


@dataclass(frozen=True)
class Order:
    """What a task is told. Folders are the same for every machine; today is an ISO day."""

    district: str
    source: str
    out: str
    reference: str
    today: str


def roll_up_district(order: Order) -> dict[str, Any]:
    """Make the result of a district, or keep the one that is there of the very same files.

    Raises RegistryError, with no result left, where a declaration does not fit or the machine
    cannot do its work; a file that cannot be imported is a line of the report, and the others
    count, as on the command line.
    """
    start = perf_counter()
    source, out = Path(order.source) / order.district, Path(order.out) / order.district
    _require_shared(source, Path(order.reference))
    files = read_source(source)
    digest = digest_of_source(files, Path(order.reference).stem)
    state = KEPT if is_there(out, digest) else MADE
    if state == MADE:
        _make(order, files, out, digest)
    point_to(out, digest)
    report = read_report(out, digest)
    told = {name: report[name] for name in ("district", "digest", "counts", "files")}
    return told | {"state": state, "seconds": perf_counter() - start}


def _require_shared(*places: Path) -> None:
    for place in places:
        if not place.exists():
            raise RegistryError(
                N_("工作进程看不到 {place}；各台机器要以同一路径共享源文件夹和结果文件夹"),
                place=place,
            )


def _make(order: Order, files: list[DeclaredFile], out: Path, digest: str) -> None:
    with acting(Scope(ACTOR, REFORM_OFFICE)), _register_of_its_own(order) as engine:
        with reading(engine) as connection:
            require_current_count(connection)
        told = [_import(file, order, engine) for file in files]
        with reading(engine) as connection:
            _refuse_mended(connection)
            frames = read_frames(connection, read_catalogue(connection))
            counts = counts_of(connection)
    said = {"district": order.district, "reference": Path(order.reference).stem}
    report = said | {"today": order.today, "counts": counts, "files": told}
    write_result(out, digest, report, frames)


@contextmanager
def _register_of_its_own(order: Order) -> Iterator[Engine]:
    """A copy of the reference, in the worker's own folder, which Dask clears where it is killed."""
    with tempfile.TemporaryDirectory(dir=_scratch(), prefix="registry-") as folder:
        file = Path(folder) / "register.db"
        # Kept, the engines of all tasks would take 2 MB each, for the statements that they know.
        shutil.copy(order.reference, file)
        engine = new_engine(f"sqlite:///{file}")
        try:
            yield engine
        finally:
            engine.dispose()


def _scratch() -> str | None:
    """Where the worker keeps its files; None outside of any, the system's temporary folder."""
    from distributed import get_worker

    try:
        return get_worker().local_directory
    except ValueError:
        return None


def _import(file: DeclaredFile, order: Order, engine: Engine) -> dict[str, Any]:
    """The record of `registry import`, or the sentence with which the file was refused."""
    today = date.fromisoformat(order.today)
    try:
        report = import_log(file.path, file.declaration, today=today, actor=ACTOR, on=engine)
    except Unavailable:
        raise  # of the machine, not of the file: the task is to be done again
    except RegistryError as error:
        return {"file": file.name, "error": str(error)}
    names = ("problems", "warning_rows", "batch")  # of the rows says quarantine.parquet
    return {k: v for k, v in report.record().items() if k not in names} | {"file": file.name}


def _refuse_mended(connection: Connection) -> None:
    shape = table(models.Batch)
    query = sa.select(shape.c.file_name).where(shape.c.kind != USAGE_LOG)
    if (name := connection.scalar(query)) is not None:
        raise RegistryError(
            N_("{file} 是问题工作簿，只能导入写出它的台账；请改在原台账文件里改正"), file=name
        )
