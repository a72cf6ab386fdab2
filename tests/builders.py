"""Builders with defaults: powers, units, holdings, cases, logs; and the small world.

The small world has two districts (EAST, WEST), two units each and four powers, all held city-wide
since 2020-07-01; its months are 2021-01 to 2021-03.
"""

import csv
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
from sqlalchemy.engine import Engine

from registry import db, models
from registry.adjustment.policy import read_policy
from registry.catalogue import TOPIC_COLUMNS, Catalogue, ReferenceFiles
from registry.holdings import Holdings
from registry.insert import insert_frame
from registry.procedure import FINES, PROCEDURE, monthly_fines, monthly_procedure
from registry.returns import Returns
from registry.reviews import Reviews
from registry.rollup import CASE_COLUMNS, RolledUp, days_of
from registry.snapshot import Snapshot, read_snapshot
from registry.usage import UsageCube, monthly_usage
from registry.window import Window


class Undone(Exception):
    """What ends a transaction without a trace."""


EAST, WEST = "990101", "990102"
E1, E2, W1, W2 = "990101001", "990101002", "990102001", "990102002"
LITTER, SIGNS, WELLS, DYKES = "UM1", "UM2", "WA1", "WA2"
QUARTER = Window(202101, 202103)
TODAY = date(2023, 1, 1)


def make_power(code: str = LITTER, **fields: Any) -> dict[str, Any]:
    return {
        "code": code,
        "name": f"职权{code}",
        "kind": "penalty",
        "source_department": "urban_management",
        "domain": "city_appearance",
        "effective_from": date(2020, 7, 1),
    } | fields


def make_powers() -> list[dict[str, Any]]:
    """Two of urban management, two of water affairs, the last of them coercive."""
    water = {"source_department": "water_affairs", "domain": "river_lake"}
    return [
        make_power(LITTER),
        make_power(SIGNS),
        make_power(WELLS, **water),
        make_power(DYKES, kind="coercion", **water),
    ]


def make_unit(code: str = E1, **fields: Any) -> dict[str, Any]:
    return {
        "code": code,
        "name": f"单位{code}",
        "unit_kind": "subdistrict",
        "district_code": code[:6],
        "valid_from": None,
        "valid_to": None,
    } | fields


def make_units() -> list[dict[str, Any]]:
    """Each district with a subdistrict and a town."""
    return [
        make_unit(EAST, name="东区", unit_kind="district"),
        make_unit(E1, name="东一街道"),
        make_unit(E2, name="东二镇", unit_kind="town"),
        make_unit(WEST, name="西区", unit_kind="district"),
        make_unit(W1, name="西一街道"),
        make_unit(W2, name="西二镇", unit_kind="town"),
    ]


def make_holding(power: str = LITTER, scope_code: str = "", **fields: Any) -> dict[str, Any]:
    """City-wide from 2020-07-01 without end; the scope follows from the length of its code."""
    return {
        "power": power,
        "scope": {0: "city", 6: "district", 9: "unit"}[len(scope_code)],
        "scope_code": scope_code,
        "valid_from": date(2020, 7, 1),
        "valid_to": None,
        "held": True,
    } | fields


def make_holdings(powers: Iterable[dict[str, Any]] | None = None) -> list[dict[str, Any]]:
    """Every power city-wide."""
    return [make_holding(power["code"]) for power in powers or make_powers()]


def make_case(**fields: Any) -> dict[str, str]:
    """A row of a log: a decided penalty of E1 under LITTER on 2021-01-15."""
    return {
        "case_no": "东罚〔2021〕1号",
        "unit": E1,
        "power": LITTER,
        "action": "penalty",
        "filed_on": "",
        "decided_on": "2021-01-15",
        "closed_on": "",
        "outcome": "punished",
    } | fields


WAITING = {
    "review_required": "yes",
    "review_requested_on": "2021-03-01",
    "decided_on": "",
    "filed_on": "2021-03-01",
    "outcome": "",
}
"""Of a case that waits for its legal review since 2021-03-01."""


def make_cases(count: int, **fields: Any) -> list[dict[str, str]]:
    """Cases alike but for their numbers."""
    prefix = "-".join(str(value) for value in fields.values())
    return [make_case(case_no=f"〔2021〕{prefix}-{n}号", **fields) for n in range(count)]


def write_log(path: Path, rows: Sequence[dict[str, str]]) -> Path:
    """A CSV with the fields' own names as headings; without rows, a header alone."""
    headings = list(dict.fromkeys(name for row in rows or [make_case()] for name in row))
    return write_table(path, rows, headings)


def write_table(path: Path, rows: Iterable[dict[str, Any]], headings: Sequence[str]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, headings)
        writer.writeheader()
        writer.writerows(rows)
    return path


def write_small_world(folder: Path) -> ReferenceFiles:
    powers, units = make_powers(), make_units()
    instrument = {"number": "文〔2020〕1号", "title": "下放", "effective_on": "2020-07-01"}
    return ReferenceFiles(
        powers=write_table(folder / "powers.csv", powers, list(powers[0])),
        units=write_table(folder / "units.csv", units, list(units[0])),
        instruments=write_table(folder / "instruments.csv", [instrument], list(instrument)),
    )


@dataclass(frozen=True)
class SmallWorld:
    """The small world in a database, where its reference files lie, and room for logs."""

    engine: Engine
    files: ReferenceFiles
    folder: Path

    def send(
        self,
        rows: Sequence[dict[str, str]],
        district: str = EAST,
        window: Window = QUARTER,
        units: tuple[str, ...] = (),
    ):
        """Import rows as a log of a district; returns the report."""
        from registry.intake.commit import import_log
        from registry.intake.declaration import Declaration

        number = len(list(self.folder.glob("log-*.csv")))
        path = write_log(self.folder / f"log-{number}.csv", rows)
        declared = Declaration(districts=(district,), window=window, units=units)
        return import_log(path, declared, today=TODAY, actor="test", on=self.engine)

    def snapshot(self, known_on: date | None = None) -> Snapshot:
        with db.reading(self.engine) as connection:
            known = None if known_on is None else db.last_act_known_on(connection, known_on)
            return read_snapshot(connection, known)

    def override(self, **fields: Any) -> None:
        """Record one more row of holding."""
        with db.writing(self.engine) as connection:
            act = db.record_act(connection, "holding", "test")
            row = pd.DataFrame([make_holding(**fields) | {"recorded_in": act}], dtype=object)
            insert_frame(connection, models.Holding, row)


def make_catalogue(
    units: Sequence[dict[str, Any]] | None = None, powers: Sequence[dict[str, Any]] | None = None
) -> Catalogue:
    """The labels without a database; every code is its own word."""
    units, powers = units or make_units(), powers or make_powers()
    words = {
        (field, code)
        for field, column, rows in (
            ("source_department", "source_department", powers),
            ("domain", "domain", powers),
            ("kind", "kind", powers),
            ("unit_kind", "unit_kind", units),
        )
        for code in (row[column] for row in rows)
        if code
    }
    return Catalogue(
        powers=_numbered(powers),
        units=_numbered(units),
        unit_names=pd.DataFrame(),
        vocabulary=pd.DataFrame(
            [(field, code, code, code) for field, code in sorted(words)],
            columns=["field", "code", "zh", "en"],
        ),
        aliases=pd.DataFrame(),
        topics=pd.DataFrame(
            [["litter", "垃圾", "Litter", f"{LITTER};{SIGNS}", ""]], columns=TOPIC_COLUMNS
        ),
    )


def _numbered(rows: Sequence[dict[str, Any]]) -> pd.DataFrame:
    columns = {name: pd.Series([row[name] for row in rows], dtype=object) for name in rows[0]}
    return pd.DataFrame({"id": range(1, len(rows) + 1), **columns})


UNITS = (E1, E2, W1, W2)
RETURNED = [(unit, month) for unit in UNITS for month in QUARTER.months]
"""Every unit of the small world returned every month of it."""


def make_fact(unit: str = E1, *powers: str, **fields: Any) -> dict[str, Any]:
    """A current case as `make_snapshot` takes it: a decided penalty on 2021-01-15."""
    return {
        "unit": unit,
        "powers": powers or (LITTER,),
        "action": "penalty",
        "day": date(2021, 1, 15),
        "outcome": "punished",
    } | fields


def make_snapshot(
    cases: Iterable[dict[str, Any]] = (),
    returned: Iterable[tuple[str, int]] = (),
    *,
    units: Sequence[dict[str, Any]] | None = None,
    powers: Sequence[dict[str, Any]] | None = None,
    holdings: Sequence[dict[str, Any]] | None = None,
    flagged: Iterable[tuple[str, int]] = (),
    returns: Returns | None = None,
    window: Window | None = None,
) -> Snapshot:
    """A snapshot without a database: current cases, and (unit, month) pairs returned.

    A case has unit, action, day (a date), powers (codes) and outcome. window: the cube's months;
    by default those of cases and returns.
    """
    catalogue = make_catalogue(units, powers)
    rows = make_holdings(powers) if holdings is None else holdings
    frames = make_frames(cases, catalogue)
    usage = monthly_usage(*frames)
    pairs = set(returned)
    months = [int(month) for month in usage["month"]] + [month for _, month in pairs]
    if window is None:
        window = Window(min(months), max(months)) if months else Window(190001, 190001)
    marked = _mark(pairs, window, catalogue)
    return Snapshot(
        catalogue=catalogue,
        holdings=Holdings(catalogue.units, catalogue.powers, _holding_frame(rows)),
        cube=UsageCube.build(usage, catalogue.units, catalogue.powers, window),
        returned=marked,
        flagged=marked & _mark(set(flagged), window, catalogue),
        revision=0,
        batches=0,
        synthetic=0,
        procedure=RolledUp.of(PROCEDURE, monthly_procedure(*frames, read_policy())),
        fines=RolledUp.of(FINES, monthly_fines(*frames)),
        reviews=make_reviews(*frames),
        returns=returns or Returns(),
    )


def make_reviews(cases: pd.DataFrame, links: pd.DataFrame) -> Reviews:
    """The reviews among cases, as `read_reviews` reads them."""
    sent = cases[cases["review_requested_on"].notna() | cases["review_completed_on"].notna()]
    frame = pd.DataFrame(
        {
            "case_id": sent["id"].astype("int64"),
            "unit_id": sent["unit_id"].astype("int64"),
            "requested_on": days_of(sent["review_requested_on"]),
            "completed_on": days_of(sent["review_completed_on"]),
            "returned": sent["review_outcome"].eq("returned"),
        }
    ).reset_index(drop=True)
    return Reviews(frame, links[links["case_id"].isin(sent["id"])].astype("int64"))


def make_staffing(catalogue: Catalogue, *rows: tuple[str, int, float | None]) -> Returns:
    """Returns of staffing that say the reviewers of a unit in a month, and nothing else."""
    ids = dict(zip(catalogue.units["code"], catalogue.units["id"], strict=True))
    frame = pd.DataFrame(
        [(ids[unit], month, reviewers) for unit, month, reviewers in rows],
        columns=["unit_id", "month", "reviewers"],
    ).sort_values("month", ignore_index=True)
    empty = Returns().staffing
    types = {name: dtype.name for name, dtype in empty.dtypes.items()}
    return Returns(staffing=frame.reindex(columns=empty.columns).astype(types))


def make_frames(
    cases: Iterable[dict[str, Any]], catalogue: Catalogue
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Cases as `monthly_usage` takes them: one row a case, one row a power of a case."""
    unit_ids = dict(zip(catalogue.units["code"], catalogue.units["id"], strict=True))
    power_ids = dict(zip(catalogue.powers["code"], catalogue.powers["id"], strict=True))
    rows, links = [], []
    for number, case in enumerate(cases, start=1):
        known = {"id": number, "unit_id": unit_ids[case["unit"]], "case_day": case["day"]}
        rows.append(dict.fromkeys([*CASE_COLUMNS, "review_outcome"]) | case | known)
        links += [(number, power_ids[code]) for code in case["powers"]]
    return (
        pd.DataFrame(rows, columns=[*CASE_COLUMNS, "review_outcome"], dtype=object),
        pd.DataFrame(links, columns=["case_id", "power_id"], dtype=object),
    )


def _holding_frame(rows: Sequence[dict[str, Any]]) -> pd.DataFrame:
    columns = list(make_holding())
    return pd.DataFrame(
        {name: pd.Series([row[name] for row in rows], dtype=object) for name in columns}
    )


def _mark(pairs: set[tuple[str, int]], window: Window, catalogue: Catalogue):
    codes = list(catalogue.units["code"])
    marks = pd.DataFrame(False, index=list(window.months), columns=codes)
    for unit, month in pairs:
        if month in window:
            marks.loc[month, unit] = True
    return marks.to_numpy()
