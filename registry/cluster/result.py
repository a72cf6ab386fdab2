"""What is left behind of a district: its roll-ups and quarantine as Parquet, and a report.

In: the register of one task. Out: a folder `DISTRICT/DIGEST`, whole or not there at all, and
`DISTRICT/current`, which names the digest of the newest run. Units and powers go by code.
"""

import hashlib
import json
import os
import shutil
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from registry import models
from registry.catalogue import Catalogue
from registry.db import read_frame, table
from registry.errors import RegistryError
from registry.intake.notes import STATUSES
from registry.language import N_
from registry.reviews import read_reviews
from registry.rollup import ONCE, Rollup
from registry.rollups import how_counted, rollups

REPORT, CURRENT = "report.json", "current"
COVERAGE, QUARANTINE, REVIEWS = "coverage", "quarantine", "reviews"
COUNTS = ("read", *STATUSES, "warnings")
DAMAGED = N_("{folder} 的结果不完整或被改动；请删去这个文件夹，再运行 registry cluster-rollup")

Frames = dict[str, pd.DataFrame]


@dataclass(frozen=True)
class Result:
    """report: what became of each file, counts of rows, digests of the Parquet files."""

    report: dict[str, Any]
    frames: Frames


def name_of(rollup: Rollup) -> str:
    """usage_month, procedure_month or fine_month."""
    return str(table(rollup.model).name)


def read_frames(connection: Connection, catalogue: Catalogue) -> Frames:
    """Everything that a result says, from the register of its task."""
    units = dict(zip(catalogue.units["id"], catalogue.units["code"], strict=True))
    powers = dict(zip(catalogue.powers["id"], catalogue.powers["code"], strict=True))
    powers |= {ONCE: ""}
    frames = {}
    for rollup in rollups():
        rows = rollup.read(connection)
        said = {"unit": rows["unit_id"].map(units), "power": rows["power_id"].map(powers)}
        frames[name_of(rollup)] = rows.assign(**said).drop(columns=["unit_id", "power_id"])
    frames[COVERAGE] = _by_code(_coverage(connection), units)
    frames[QUARANTINE] = _by_code(_quarantine(connection), units)
    frames[REVIEWS] = _reviews(connection, units, powers)
    return frames


def _by_code(rows: pd.DataFrame, units: dict[int, str]) -> pd.DataFrame:
    return rows.assign(unit=rows["unit_id"].map(units)).drop(columns="unit_id")


def _coverage(connection: Connection) -> pd.DataFrame:
    shape = table(models.Coverage)
    query = sa.select(shape.c.unit_id, shape.c.month).where(shape.c.superseded_in.is_(None))
    return read_frame(connection, query.distinct().order_by(shape.c.unit_id, shape.c.month))


def _quarantine(connection: Connection) -> pd.DataFrame:
    """The rows in quarantine with all their reasons, as `registry problems` has them."""
    shape, batch = table(models.Problem), table(models.Batch)
    columns = (shape.c.sheet, shape.c.row, shape.c.unit_id, shape.c.month)
    query = sa.select(batch.c.file_name.label("file"), *columns, shape.c.content, shape.c.reasons)
    query = query.join(batch, batch.c.id == shape.c.batch_id).where(shape.c.resolved_in.is_(None))
    rows = read_frame(connection, query.order_by(shape.c.id))
    return rows.assign(month=rows["month"].astype("Int64"))


def _reviews(connection: Connection, units: dict[int, str], powers: dict[int, str]) -> pd.DataFrame:
    reviews = read_reviews(connection)
    named = reviews.links.assign(power=reviews.links["power_id"].map(powers))
    lists = named.groupby("case_id")["power"].agg(";".join)
    cases = reviews.cases
    said = {
        "unit": cases["unit_id"].map(units),
        "powers": cases["case_id"].map(lists).astype(object),
    }
    found = cases.assign(**said).drop(columns=["case_id", "unit_id"])
    return found.assign(powers=found["powers"].where(found["powers"].notna(), ""))


def counts_of(connection: Connection) -> dict[str, int]:
    """Rows of all files together, by what became of them."""
    shape = table(models.Batch)
    sums = (sa.func.coalesce(sa.func.sum(shape.c[name]), 0).label(name) for name in COUNTS)
    row = connection.execute(sa.select(*sums)).mappings().one()
    return {name: int(row[name]) for name in COUNTS}


def is_there(folder: Path, digest: str) -> bool:
    return (folder / digest / REPORT).is_file()


def write_result(folder: Path, digest: str, report: dict[str, Any], frames: Frames) -> None:
    """Put a result into its place; where another task was first, that one's stays."""
    folder.mkdir(parents=True, exist_ok=True)
    new = folder / f".{uuid.uuid4().hex}"
    new.mkdir()
    try:
        digests = {name: _write_parquet(new, name, frame) for name, frame in frames.items()}
        said = report | {"digest": digest, "counted": how_counted(), "parquet": digests}
        text = json.dumps(said, ensure_ascii=False, indent=1)
        (new / REPORT).write_text(text, encoding="utf-8")
        _rename(new, folder / digest)
    finally:
        shutil.rmtree(new, ignore_errors=True)


def _write_parquet(folder: Path, name: str, frame: pd.DataFrame) -> str:
    path = folder / f"{name}.parquet"
    frame.to_parquet(path, index=False)
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _rename(new: Path, place: Path) -> None:
    try:
        new.rename(place)
    except OSError:
        if not (place / REPORT).is_file():
            raise


def point_to(folder: Path, digest: str) -> None:
    """Say that this is the newest result of the district."""
    new = folder / f".{uuid.uuid4().hex}"
    new.write_text(digest, encoding="ascii")
    os.replace(new, folder / CURRENT)


def read_report(folder: Path, digest: str) -> dict[str, Any]:
    try:
        return json.loads((folder / digest / REPORT).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        raise RegistryError(DAMAGED, folder=folder / digest) from None


def read_result(folder: Path, digest: str) -> Result:
    """Raises RegistryError where a file is not as its report says."""
    report = read_report(folder, digest)
    frames = {}
    for name, expected in report["parquet"].items():
        path = folder / digest / f"{name}.parquet"
        found = hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else ""
        if found != expected:
            raise RegistryError(DAMAGED, folder=folder / digest)
        frames[name] = pd.read_parquet(path)
    return Result(report, frames)
