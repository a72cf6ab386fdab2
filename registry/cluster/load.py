"""Results of a cluster into a register: counts of each district without its cases.

In: the folder that `registry cluster-rollup --out` filled. Out: a batch a district, of kind
ROLLED_UP, with its parts of the roll-ups. A district is either loaded or imported, never both:
whether a case of one is a case of the other could not be told.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

from registry import models
from registry.access import scope
from registry.catalogue import Catalogue, read_catalogue
from registry.cluster.result import (
    COUNTS,
    COVERAGE,
    CURRENT,
    DAMAGED,
    QUARANTINE,
    REVIEWS,
    Result,
    name_of,
    read_result,
)
from registry.db import insert_row, record_act, table, writing
from registry.errors import RegistryError
from registry.insert import insert_frame
from registry.intake.write import write_coverage
from registry.language import N_
from registry.parts import BATCHES, PARTS, ROLLED_UP, end_coverage, standing, take_off, write_part
from registry.returns import USAGE_LOG
from registry.rollup import ONCE
from registry.rollups import how_counted, require_current_count

LOAD = "load"
LOADED, REPLACED, UNCHANGED = "loaded", "replaced", "unchanged"
NOTHING_THERE = N_("{folder} 里没有 registry cluster-rollup 的结果")
OTHER_COUNT = N_(
    "{district} 的结果是按别的算法或法定限额汇总的；请用这个台账再运行一次 registry cluster-rollup"
)
UNKNOWN_CODE = N_("{district} 的结果里有台账没有的代码 {code}；请用这个台账再运行一次")
IMPORTED = N_(
    "{district} 在本台账中有导入的案件（批次 {batch}），不能再载入它的汇总；"
    "一个区要么逐案导入，要么载入汇总"
)


def load(folder: Path, *, actor: str, on: Engine | None = None) -> Iterator[dict[str, Any]]:
    """Bring in the newest result of each district, each in a transaction of its own.

    Yields `district`, `state` (loaded, replaced, unchanged), `batch`, `digest` and counts of rows.
    Raises Refused for whoever is not the reform office, RegistryError for a result that is damaged
    or does not fit the register; the districts before it stay loaded.
    """
    scope().check(LOAD)
    found = sorted(folder.glob(f"*/{CURRENT}")) if folder.is_dir() else []
    if not found:
        raise RegistryError(NOTHING_THERE, folder=folder)
    for pointer in found:
        result = read_result(pointer.parent, pointer.read_text(encoding="ascii").strip())
        with writing(on) as connection:
            told = _load(connection, result, pointer.parent.name, actor)
        yield told


def _load(connection: Connection, result: Result, district: str, actor: str) -> dict[str, Any]:
    require_current_count(connection)
    report = result.report
    own = Coded(read_catalogue(connection), district)
    if report["district"] != district:
        raise RegistryError(DAMAGED, folder=district)
    if report["counted"] != how_counted():
        raise RegistryError(OTHER_COUNT, district=district)
    before = connection.execute(
        sa.select(BATCHES.c.id, BATCHES.c.sha256).where(standing(), BATCHES.c.districts == district)
    ).first()
    told = {"district": district, "digest": report["digest"]} | report["counts"]
    if before and before.sha256 == report["digest"]:
        return {"state": UNCHANGED, "batch": before.id} | told
    _refuse_imported(connection, district)
    act = record_act(connection, LOAD, actor, f"{district} {report['digest'][:16]}")
    if before:
        _end(connection, before.id, act)
    batch = _write_batch(connection, result, district, act)
    _write(connection, result, own, batch, act)
    return {"state": REPLACED if before else LOADED, "batch": batch} | told


def _refuse_imported(connection: Connection, district: str) -> None:
    """Whatever else says something of usage in the district is of cases."""
    coverage, units = table(models.Coverage), table(models.Unit)
    query = (
        sa.select(coverage.c.batch_id)
        .join(units, units.c.id == coverage.c.unit_id)
        .join(BATCHES, BATCHES.c.id == coverage.c.batch_id)
        .where(coverage.c.superseded_in.is_(None), coverage.c.kind == USAGE_LOG)
        .where(units.c.district_code == district, BATCHES.c.kind != ROLLED_UP)
    )
    if (batch := connection.scalar(query)) is not None:
        raise RegistryError(IMPORTED, district=district, batch=batch)


def _end(connection: Connection, batch: int, act: int) -> None:
    take_off(connection, [batch])
    ending = sa.update(BATCHES).where(BATCHES.c.id == batch).values(withdrawn_in=act)
    connection.execute(ending)
    end_coverage(connection, [batch], act)


@dataclass(frozen=True)
class Coded:
    """Codes of a district's result → numbers of the register."""

    catalogue: Catalogue
    district: str

    def units(self, codes: pd.Series) -> pd.Series:
        """Missing stays missing."""
        units = self.catalogue.units
        return self._numbers(codes, dict(zip(units["code"], units["id"], strict=True)))

    def powers(self, codes: pd.Series) -> pd.Series:
        powers = self.catalogue.powers
        known = dict(zip(powers["code"], powers["id"], strict=True)) | {"": ONCE}
        return self._numbers(codes, known)

    def _numbers(self, codes: pd.Series, known: dict[str, int]) -> pd.Series:
        numbers = codes.astype(object).map(known)
        unknown = codes[numbers.isna() & codes.notna()]
        if len(unknown):
            raise RegistryError(UNKNOWN_CODE, district=self.district, code=unknown.iloc[0])
        return numbers.astype("Int64")


def _write_batch(connection: Connection, result: Result, district: str, act: int) -> int:
    months = result.frames[COVERAGE]["month"]
    report = result.report
    row: dict[str, Any] = {name: report["counts"][name] for name in COUNTS}
    row |= {
        "kind": ROLLED_UP,
        "file_name": f"{district}/{report['digest'][:16]}",
        "sha256": report["digest"],
        "declaration": report["counted"],
        "districts": district,
        "units": "",
        "month_from": int(months.min()) if len(months) else None,
        "month_to": int(months.max()) if len(months) else None,
        "synthetic": False,
        "recorded_in": act,
    }
    return insert_row(connection, models.Batch, row)


def _write(connection: Connection, result: Result, own: Coded, batch: int, act: int) -> None:
    """The parts of a district, and to the stored roll-ups what they add."""
    frames = result.frames
    for rollup in PARTS:
        rows = frames[name_of(rollup)]
        keys = {"unit_id": own.units(rows["unit"]), "power_id": own.powers(rows["power"])}
        counts = rows.assign(**keys)[rollup.columns].astype("int64")
        write_part(connection, rollup, counts, batch)
        rollup.add(connection, counts)
    covered = frames[COVERAGE]
    pairs = zip(own.units(covered["unit"]).tolist(), covered["month"].tolist(), strict=True)
    write_coverage(connection, list(pairs), batch, act)
    quarantined = _quarantined(frames[QUARANTINE], own)
    insert_frame(connection, models.QuarantinePart, quarantined.assign(batch_id=batch))
    insert_frame(connection, models.ReviewPart, _reviews(frames[REVIEWS], own, batch))


def _quarantined(rows: pd.DataFrame, own: Coded) -> pd.DataFrame:
    """`rows`, how many there are of each `unit_id` and `month`, missing where that is unknown."""
    places = pd.DataFrame({"unit_id": own.units(rows["unit"]), "month": rows["month"]})
    return places.groupby(["unit_id", "month"], dropna=False).size().reset_index(name="rows")


def _reviews(rows: pd.DataFrame, own: Coded, batch: int) -> pd.DataFrame:
    lists = [str(text).split(";") if text else [] for text in rows["powers"]]
    codes = pd.Series(sorted({code for named in lists for code in named}), dtype=object)
    number = dict(zip(codes, own.powers(codes), strict=True))
    powers = [";".join(str(number[code]) for code in named) for named in lists]
    days = rows[["requested_on", "completed_on", "returned"]]
    return days.assign(unit_id=own.units(rows["unit"]), powers=powers, batch_id=batch)
