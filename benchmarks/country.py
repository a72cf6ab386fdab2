"""A simulated country on a cluster of this machine: `python -m benchmarks.country`.

Provinces with a register each, districts with small logs. Every district is a task of a Dask
cluster of one and then two workers, each a process. Prints JSON: seconds by workers, per row and
per district, and the sizes of cubes from a unit up to the country.
"""

import argparse
import json
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np
import pandas as pd
from sqlalchemy.engine import Engine

from benchmarks.cases import draw_cases, write_log
from benchmarks.register import read_labels
from registry import db
from registry.access import local_user, run_as
from registry.catalogue import SHIPPED, ReferenceFiles, start_register
from registry.cluster.load import load
from registry.cluster.run import roll_up
from registry.cluster.source import DECLARATIONS
from registry.usage import LAYERS
from registry.window import Window

YEAR = Window(202201, 202212)
TODAY = date(2023, 6, 1)
UNITS_A_DISTRICT = 13
DISTRICTS_A_PROVINCE = 97
LEVELS = {"unit": 1, "district": 13, "city": 343, "province": 1290, "country": 40_000}
"""Units of each level."""


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.country", description=__doc__)
    parser.add_argument("--districts", type=int, default=3000)
    parser.add_argument("--rows", type=int, default=200, help="of the log of a district")
    parser.add_argument("--workers", type=int, action="append", help="1 and 2 where not given")
    arguments = parser.parse_args()
    run_as(local_user)
    with tempfile.TemporaryDirectory() as folder:
        provinces = write_country(Path(folder), arguments.districts, arguments.rows)
        found = {
            "districts": sum(len(p.districts) for p in provinces),
            "rows": sum(p.rows for p in provinces),
            "workers": {
                workers: measure(provinces, Path(folder) / f"out-{workers}", workers)
                for workers in arguments.workers or [1, 2]
            },
            "results": result_sizes(Path(folder)),
            "load": measure_load(provinces[0], Path(folder)),
            "cubes": {level: cube_size(units) for level, units in LEVELS.items()},
        }
    json.dump(found, sys.stdout, indent=1)


@dataclass(frozen=True)
class Province:
    """A register, and the districts' logs beside it."""

    number: int
    engine: Engine
    source: Path
    districts: list[str]
    rows: int


def write_country(folder: Path, districts: int, rows: int) -> list[Province]:
    """Provinces of at most DISTRICTS_A_PROVINCE districts, each district with a log of its own."""
    starts = range(0, districts, DISTRICTS_A_PROVINCE)
    sizes = [min(DISTRICTS_A_PROVINCE, districts - start) for start in starts]
    return [_write_province(folder, n, size, rows) for n, size in enumerate(sizes)]


def _write_province(folder: Path, number: int, districts: int, rows: int) -> Province:
    own = folder / f"province-{number}"
    own.mkdir()
    units = pd.DataFrame(_units(number, districts))
    units.to_csv(own / "units.csv", index=False)
    engine = db.engine_for(f"sqlite:///{own}/register.db")
    db.migrate(engine)
    files = ReferenceFiles(
        SHIPPED.powers,
        own / "units.csv",
        instruments=SHIPPED.instruments,
        vocabulary=SHIPPED.vocabulary,
    )
    with db.writing(engine) as connection:
        start_register(connection, files, "benchmark")
    written, codes = _write_logs(own / "source", engine, districts, rows, number)
    return Province(number, engine, own / "source", codes, written)


def _units(number: int, districts: int) -> Iterator[dict[str, str]]:
    for district in range(1, districts + 1):
        code = f"{number + 11:02d}{district:04d}"
        name = f"第{district}区"
        shared = {"district_code": code, "district_name": name}
        yield {"code": code, "name": name, "unit_kind": "district"} | shared
        for unit in range(1, UNITS_A_DISTRICT + 1):
            named = {"code": f"{code}{unit:03d}", "name": f"甲{unit}号街道"}
            yield named | {"unit_kind": "subdistrict"} | shared


def _write_logs(
    source: Path, engine: Engine, districts: int, rows: int, seed: int
) -> tuple[int, list[str]]:
    catalogue, holdings = read_labels(engine)
    drawn = draw_cases(districts * rows, catalogue, holdings, YEAR, seed=431 + seed)
    district = catalogue.units["district_code"].to_numpy()[drawn.unit]
    written, codes = 0, []
    for code in catalogue.districts["code"]:
        chosen = np.flatnonzero(district == code)
        one = replace(drawn, **{name: value[chosen] for name, value in vars(drawn).items()})
        (source / code).mkdir(parents=True)
        written += write_log(one, catalogue, source / code / "log.csv")
        declared = f"file,months\nlog.csv,{YEAR}\n"
        (source / code / DECLARATIONS).write_text(declared, encoding="utf-8")
        codes.append(code)
    return written, codes


@contextmanager
def cluster(workers: int) -> Iterator[Any]:
    """A client of so many processes with one thread each, which have done a task already."""
    from distributed import Client, LocalCluster

    options = {"threads_per_worker": 1, "processes": True, "dashboard_address": "127.0.0.1:0"}
    with (
        LocalCluster(n_workers=workers, **options) as local,
        Client(local, set_as_default=False) as client,
    ):
        client.run(_warm)
        yield client


def _warm() -> None:
    """Load what a task needs."""
    import registry.cluster.district  # noqa: F401


def measure(provinces: list[Province], out: Path, workers: int) -> dict[str, float]:
    """Seconds of wall for every district of every province; `again`: where all is there."""
    with cluster(workers) as client:
        seconds = {}
        for name in ("first", "again"):
            start = perf_counter()
            records = [
                record
                for province in provinces
                for record in roll_up(
                    client,
                    province.source,
                    out / str(province.number),
                    today=TODAY,
                    on=province.engine,
                )
            ]
            seconds[name] = perf_counter() - start
            assert all(record["error"] is None for record in records)
    rows = sum(record["counts"]["read"] for record in records)
    return seconds | {
        "seconds_a_district": seconds["first"] / len(records),
        "microseconds_a_row": seconds["first"] / rows * 1e6,
    }


def result_sizes(folder: Path) -> dict[str, float]:
    """Bytes of a district's result, a file each, in the mean."""
    found: dict[str, list[int]] = {}
    for path in folder.glob("out-*/*/*/*/*"):
        found.setdefault(path.name, []).append(path.stat().st_size)
    return {name: sum(sizes) / len(sizes) for name, sizes in found.items()}


def measure_load(province: Province, folder: Path) -> dict[str, float]:
    """Seconds to load the results of a province, and to find that they are there."""
    (out, *_) = sorted(folder.glob(f"out-*/{province.number}"))
    seconds = []
    for _ in range(2):
        start = perf_counter()
        count = len(list(load(out, actor="benchmark", on=province.engine)))
        seconds.append(perf_counter() - start)
    return {"districts": count, "first": seconds[0], "again": seconds[1]}


def cube_size(units: int, powers: int = 431) -> dict[str, float]:
    """MB of a cube of a year: a layer a basis, int32[months + 1, units, powers]."""
    cells = (len(YEAR) + 1) * units * powers
    return {"units": units, "megabytes": cells * 4 * len(LAYERS) / 2**20}


if __name__ == "__main__":
    main()
