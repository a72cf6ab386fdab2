"""What the tests of the cluster share: districts' folders of logs, and two registers compared."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd
from builders import (
    E1,
    E2,
    EAST,
    LITTER,
    QUARTER,
    SIGNS,
    TODAY,
    W1,
    WAITING,
    WEST,
    make_case,
    make_cases,
    write_log,
    write_table,
)
from sqlalchemy.engine import Engine

from registry import db
from registry.audit import check_register
from registry.cluster.district import Order, roll_up_district
from registry.cluster.reference import write_reference
from registry.cluster.source import DECLARATIONS, read_source
from registry.intake.commit import import_log
from registry.ledger import verify
from registry.measures.exercise import exercise_rate
from registry.measures.review import review
from registry.snapshot import Snapshot, read_snapshot

Declared = dict[str, str]
REVIEWED = {
    "review_required": "yes",
    "review_requested_on": "2021-01-04",
    "review_completed_on": "2021-01-08",
    "review_outcome": "returned",
    "procedure": "ordinary",
    "party_type": "individual",
    "fine_cny": "300",
}
FIRST = [
    *make_cases(3, unit=E1),
    make_case(case_no="东罚〔2021〕7号", unit=E2, power=f"{LITTER};{SIGNS}", **REVIEWED),
    make_case(case_no="东罚〔2021〕8号", unit=E2, **WAITING),
    make_case(case_no="东罚〔2021〕9号", decided_on="2021-13-41"),
    make_case(case_no="东罚〔2021〕10号", unit="没有这个街道"),
]
"""Of EAST: five cases, two rows for quarantine, of one of which the unit is known."""

CORRECTIONS = [
    make_case(case_no="东罚〔2021〕7号", unit=E2, power=SIGNS, **REVIEWED | {"fine_cny": "500"}),
    make_case(case_no="东罚〔2021〕11号", unit=E1, decided_on="2021-02-03", power="没有这项"),
    make_case(case_no="东罚〔2021〕12号", unit=E1, decided_on="2021-02-04", fine_cny="20"),
]
WESTERN = [*make_cases(4, unit=W1, decided_on="2021-03-05", outcome="withdrawn")]


def write_district(
    source: Path, district: str, *files: tuple[Sequence[dict[str, str]], Declared]
) -> Path:
    """A folder with these logs and their declarations, in this order."""
    folder = source / district
    folder.mkdir(parents=True, exist_ok=True)
    rows = []
    for number, (cases, declared) in enumerate(files):
        name = f"log-{number}.csv"
        write_log(folder / name, cases)
        rows.append({"file": name, "months": str(QUARTER), "units": "", "replace": ""} | declared)
    write_table(folder / DECLARATIONS, rows, list(rows[0]))
    return folder


def write_messy_source(source: Path) -> Path:
    """EAST with corrections, quarantine, a repeated file, a replacement and one that is refused;
    WEST with one file of one unit."""
    write_district(
        source,
        EAST,
        (FIRST, {}),
        (CORRECTIONS, {"months": "2021-01..2021-03"}),
        (FIRST, {}),
        ([make_case(unit="谁")], {}),
        ([make_case(case_no="东罚〔2021〕12号", decided_on="2021-02-04")], REPLACING),
    )
    write_district(source, WEST, (WESTERN, {"units": W1, "months": "2021-03"}))
    return source


REPLACING = {"months": "2021-02", "replace": "yes"}


def import_all(source: Path, on: Engine) -> list[Any]:
    """The files of every district by the embedded intake; what it says of each."""
    said: list[Any] = []
    for folder in sorted(source.iterdir()):
        for file in read_source(folder):
            try:
                said.append(
                    import_log(file.path, file.declaration, today=TODAY, actor="test", on=on)
                )
            except db.RegistryError as error:
                said.append(str(error))
    return said


def roll_up_here(source: Path, out: Path, on: Engine) -> list[dict[str, Any]]:
    """Every district's task, one after the other in this process."""
    with db.reading(on) as connection:
        reference = write_reference(connection, out / ".reference", "test")
    return [
        roll_up_district(
            Order(folder.name, str(source), str(out), str(reference), TODAY.isoformat())
        )
        for folder in sorted(source.iterdir())
    ]


def snapshot_of(on: Engine, known: int | None = None) -> Snapshot:
    with db.reading(on) as connection:
        return read_snapshot(connection, known)


def figures(snapshot: Snapshot) -> dict[str, Any]:
    """Everything in a snapshot that comes from usage logs, and some rates, so that all of it can be
    compared: numbers of reviewed cases are the register's own."""
    reviews = snapshot.reviews
    cases, links = reviews.cases, reviews.links
    powers = links.groupby("case_id")["power_id"].agg(sorted)
    named = cases.assign(powers=cases["case_id"].map(powers).astype(str))
    told = sorted(map(str, named.drop(columns="case_id").to_dict("records")))
    window = QUARTER
    rates = {
        f"{name} by {by}": measure(snapshot, window, (by,)).to_csv(index=False)
        for name, measure in (("rate", exercise_rate), ("review", review))
        for by in ("district", "unit", "department", "month")
    }
    parts = {name: layer.tolist() for name, layer in snapshot.cube.layers.items()}
    return (
        rates
        | parts
        | {
            "window": snapshot.cube.window,
            "totals": _sorted(snapshot.cube.totals),
            "procedure": _sorted(snapshot.procedure.whole),
            "fines": _sorted(snapshot.fines.whole),
            "returned": snapshot.returned.tolist(),
            "flagged": snapshot.flagged.tolist(),
            "reviews": told,
        }
    )


def _sorted(frame: pd.DataFrame) -> list[tuple[int, ...]]:
    return sorted(frame.itertuples(index=False, name=None))


def differing(one: Snapshot, other: Snapshot) -> list[str]:
    """Names of what is not the same, cell by cell."""
    ours, theirs = figures(one), figures(other)
    return [name for name in ours if ours[name] != theirs[name]]


def is_sound(on: Engine) -> bool:
    """Roll-ups, digests and counts agree, and so does the ledger."""
    with db.reading(on) as connection:
        return all(check["ok"] for check in check_register(connection)) and not verify(connection)
