"""Raw cases and their labels as Parquet files, from which every contender loads.

In: how many cases. Out: in a folder `log.parquet`, a row for each power of a case in the order of
days, and the tables that say what its numbers mean; and a register with the same catalogue. Units
and powers are positions in the catalogue, actions and outcomes positions in the lists of words,
days whole numbers since 1970: the smallest form there is, for all contenders alike.

Drawn two months at a time, so that memory holds a twelfth of the cases. Every unit has returned
every month: completeness is not what is asked about.
"""

from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks.cases import NONE, Drawn, draw_cases
from benchmarks.register import new_register, read_labels
from registry.catalogue import Catalogue
from registry.holdings import Holdings
from registry.measures.distribution import VOLUME_BANDS
from registry.window import Window, add_months, month_start, month_text

MONTHS = Window(202107, 202306)
YEAR = Window(202207, 202306)
"""What is drawn, and what is asked about."""

PART = 2
"""Months drawn at a time."""

LOG = pa.schema(
    {
        "unit": pa.int16(),
        "power": pa.int16(),
        "day": pa.int32(),
        "action": pa.int8(),
        "outcome": pa.int8(),
        "nth": pa.int8(),
    }
)
"""`nth`: which of its case's powers the row is for, from 1. `outcome` -1: none."""

READ = {
    "rates": ("unit", "power", "action", "outcome"),
    "months": ("unit", "power", "day", "action", "outcome"),
    "dormant": ("unit", "power"),
    "deciles": ("unit", "power", "action", "outcome", "nth"),
}
"""Question → columns without which nobody can answer it from raw rows; where these stand in the
order of days, the year is found without reading them."""
ENDLESS = date(9999, 1, 1)


@dataclass(frozen=True)
class Span:
    """Days from `begins` up to, without, `ends`, since 1970."""

    begins: int
    ends: int


def day_number(day: date) -> int:
    return int(np.datetime64(day, "D").astype(int))


def span(window: Window) -> Span:
    return Span(day_number(window.start), day_number(window.end))


def register_in(folder: Path) -> str:
    return f"sqlite:///{folder}/register.db"


def read_bytes(question: str) -> int:
    """Of a row, at least, by this question."""
    return sum(LOG.field(name).type.bit_width // 8 for name in READ[question])


def draw_rows(cases: int, folder: Path) -> tuple[int, int]:
    """Write everything into the folder; returns the rows of the log and those of the year."""
    catalogue, holdings = read_labels(new_register(register_in(folder)))
    for name, frame in _labels(catalogue, holdings).items():
        frame.to_parquet(folder / f"{name}.parquet", index=False)
    parts = [Window(month, add_months(month, PART - 1)) for month in MONTHS.months[::PART]]
    sizes = np.diff(np.linspace(0, cases, len(parts) + 1).astype(int))
    rows = of_year = 0
    with pq.ParquetWriter(folder / "log.parquet", LOG) as writer:
        for number, (part, size) in enumerate(zip(parts, sizes, strict=True)):
            log = _as_rows(draw_cases(int(size), catalogue, holdings, part, seed=431 + number))
            writer.write_table(log, row_group_size=len(log))
            rows += len(log)
            of_year += len(log) if part.first >= YEAR.first else 0
    return rows, of_year


def _as_rows(drawn: Drawn) -> pa.Table:
    """A row for each power of a case, below each other."""
    case = np.repeat(np.arange(len(drawn)), np.where(drawn.second == NONE, 1, 2))
    again = np.flatnonzero(case[1:] == case[:-1]) + 1
    power, nth = drawn.power[case], np.ones(len(case), dtype=np.int8)
    power[again], nth[again] = drawn.second[case[again]], 2
    columns = {
        "unit": drawn.unit[case].astype(np.int16),
        "power": power.astype(np.int16),
        "day": drawn.day[case].astype("datetime64[D]").astype(np.int32),
        "action": drawn.action[case],
        "outcome": drawn.outcome[case],
        "nth": nth,
    }
    return pa.table(columns, schema=LOG)


def _labels(catalogue: Catalogue, holdings: Holdings) -> dict[str, pd.DataFrame]:
    units, powers = catalogue.units, catalogue.powers
    months = pd.DataFrame(
        [
            (month_text(m), day_number(month_start(m)), day_number(month_start(add_months(m, 1))))
            for m in YEAR.months
        ],
        columns=["month", "begins", "ends"],
    )
    lower, code = zip(*VOLUME_BANDS, strict=True)
    return {
        "unit": pd.DataFrame(
            {
                "unit": np.arange(len(units), dtype=np.int16),
                "unit_code": units["code"],
                "district": units["district_code"],
                "unit_kind": units["unit_kind"],
            }
        ),
        "power": pd.DataFrame(
            {
                "power": np.arange(len(powers), dtype=np.int16),
                "power_code": powers["code"],
                "department": powers["source_department"],
            }
        ),
        "holding": _held(holdings),
        "month": months,
        "calendar": _calendar(months),
        "stretch": pd.DataFrame({"day": [day_number(d) for d, _ in holdings.segments(YEAR)]}),
        "band": pd.DataFrame(
            {"volume_band": code, "lower": lower, "upper": [*lower[1:], np.iinfo(np.int32).max]}
        ),
    }


def _calendar(months: pd.DataFrame) -> pd.DataFrame:
    """Every day of the year and its month."""
    lengths = months["ends"] - months["begins"]
    days = np.arange(months["begins"].iloc[0], months["ends"].iloc[-1], dtype=np.int32)
    return pd.DataFrame({"day": days, "month": months["month"].repeat(lengths).to_numpy()})


def _held(holdings: Holdings) -> pd.DataFrame:
    """Intervals in which a unit held a power, as far as they touch the months drawn."""
    segments = holdings.segments(MONTHS)
    ends = [day for day, _ in segments[1:]] + [ENDLESS]
    changes = np.diff(
        np.stack([held for _, held in segments]).astype(np.int8), axis=0, prepend=0, append=0
    )
    opened, closed = (np.argwhere(np.moveaxis(changes == sign, 0, 2)) for sign in (1, -1))
    begins = np.array([day_number(day) for day, _ in segments], dtype=np.int32)
    until = np.array([0, *(day_number(day) for day in ends)], dtype=np.int32)
    return pd.DataFrame(
        {
            "unit": opened[:, 0].astype(np.int16),
            "power": opened[:, 1].astype(np.int16),
            "begins": begins[opened[:, 2]],
            "ends": until[closed[:, 2]],
        }
    )
