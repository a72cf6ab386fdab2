"""Registers for the tests of pages: started from files, with returns and roll-ups written in."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import sqlalchemy as sa

from registry import db, models
from registry.catalogue import SHIPPED, ReferenceFiles, start_register
from registry.insert import insert_frame
from registry.rollup import ONCE
from registry.usage import USAGE


def sqlite_url(folder: Path) -> str:
    return f"sqlite:///{folder / 'registry.db'}"


def start(url: str, files: ReferenceFiles = SHIPPED) -> None:
    """A register with the reference data of `files` and nothing returned."""
    engine = db.engine_for(url)
    db.migrate(engine)
    with db.writing(engine) as connection:
        start_register(connection, files, "test")


def made_up_city(folder: Path, *, districts: int = 2, powers: int = 4) -> ReferenceFiles:
    """Reference files of a city that nobody has heard of; two units a district."""
    folder.mkdir(parents=True, exist_ok=True)
    codes = [f"{d + 1:02d}" for d in range(districts)]
    units = [("D" + c, f"{int(c)}号区", "district", "D" + c) for c in codes]
    units += [
        (f"D{c}{n}", f"{int(c)}号区{n}街", "subdistrict", f"D{c}") for c in codes for n in (1, 2)
    ]
    pd.DataFrame(units, columns=["code", "name", "unit_kind", "district_code"]).to_csv(
        folder / "units.csv", index=False
    )
    pd.DataFrame(
        {
            "code": [f"P{n}" for n in range(powers)],
            "name": [f"职权{n}" for n in range(powers)],
            "kind": "penalty",
            "source_department": ["甲部门" if n % 2 == 0 else "乙部门" for n in range(powers)],
            "effective_from": "2020-07-01",
        }
    ).to_csv(folder / "powers.csv", index=False)
    return ReferenceFiles(powers=folder / "powers.csv", units=folder / "units.csv")


def usage_rows(rows: Sequence[tuple[int, int, int, int]]) -> pd.DataFrame:
    """(month, unit id, power id, decisions) → a roll-up with its once-rows."""
    pairs = pd.DataFrame(rows, columns=[*USAGE.keys, "cases"])
    once = pairs.groupby(["month", "unit_id"], as_index=False)["cases"].sum().assign(power_id=ONCE)
    usage = pd.concat([pairs, once], ignore_index=True)
    usage = usage.assign(decisions=usage["cases"], penalties=usage["cases"])
    return usage.reindex(columns=USAGE.columns, fill_value=0).astype(np.int64)


def report(
    url: str,
    covered: Sequence[tuple[int, int]],
    usage: Sequence[tuple[int, int, int, int]] = (),
    *,
    synthetic: bool = False,
) -> None:
    """Record one batch that covers (unit id, month) pairs and adds this usage."""
    with db.writing(db.engine_for(url)) as connection:
        act = db.record_act(connection, "import", "test")
        columns = db.table(models.Batch).c
        counts = dict.fromkeys(
            ["read", "accepted", "corrected", "unchanged", "quarantined", "skipped", "warnings"], 0
        )
        batch = {"kind": "usage", "file_name": "a.csv", "sha256": str(act), "declaration": ""}
        batch |= {"districts": "", "units": "", "synthetic": synthetic, "recorded_in": act}
        statement = (
            sa.insert(db.table(models.Batch)).values(**batch, **counts).returning(columns.id)
        )
        number = connection.scalar(statement)
        insert_frame(
            connection,
            models.Coverage,
            pd.DataFrame(covered, columns=["unit_id", "month"]).assign(
                batch_id=number, recorded_in=act
            ),
        )
        if usage:
            USAGE.write(connection, usage_rows(usage))


def busy_beijing(url: str, months: Sequence[int], seed: int = 431, *, missing: int = 0) -> None:
    """The shipped catalogue with random decisions; one district lacks the last `missing` months."""
    start(url)
    engine = db.engine_for(url)
    with db.reading(engine) as connection:
        units = db.read_frame(connection, sa.select(db.table(models.Unit)).order_by(models.Unit.id))
        powers = db.read_frame(connection, sa.select(db.table(models.Power)))
    holders = units[~units["unit_kind"].isin(["district", "other"])]
    late = holders["district_code"].iloc[-1]
    rng = np.random.default_rng(seed)
    covered, usage = [], []
    appeal = rng.pareto(0.6, len(powers)) * powers["source_department"].isin(
        ["urban_management", "water_affairs", "health"]
    )
    for unit, district in zip(holders["id"], holders["district_code"], strict=True):
        for position, month in enumerate(months):
            if district == late and position >= len(months) - missing:
                continue
            covered.append((unit, month))
            drawn = rng.poisson(appeal / appeal.sum() * 6)
            usage += [
                (month, unit, int(powers["id"][p]), int(drawn[p])) for p in drawn.nonzero()[0]
            ]
    report(url, covered, usage, synthetic=True)
