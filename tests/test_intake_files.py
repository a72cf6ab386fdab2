"""Files as offices produce them, through the whole way into the rate (see files/README.md)."""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import pytest
from intake_world import Intake, counts
from typer.testing import CliRunner

from registry import db, models
from registry.cli import app
from registry.errors import RegistryError
from registry.intake.report import Report
from registry.measures.exercise import exercise_rate
from registry.measures.grouping import Selection
from registry.settings import settings
from registry.snapshot import read_snapshot
from registry.window import Window

FILES = Path(__file__).parent / "files"


@dataclass(frozen=True)
class RealFile:
    """What its README says of a file: counts, its two bad rows, and the row to follow."""

    name: str
    district: str
    counts: tuple[int, int, int, int]
    bad_unit: int
    bad_date: int
    followed: dict
    powers: list[str]
    declared: dict = field(default_factory=dict)


def make_followed(case_no: str, unit: str, decided_on: date, fine: float, **fields) -> dict:
    """The penalty that a followed row comes to."""
    return {
        "case_no": case_no,
        "unit": unit,
        "action": "penalty",
        "decided_on": decided_on,
        "fine_cny": fine,
    } | fields


REAL = [
    RealFile(
        "dongcheng_2020.xlsx",
        "110101",
        (18, 10, 2, 6),
        13,
        16,
        make_followed(
            "京东罚字〔2020〕0013号",
            "110101010",
            date(2020, 8, 7),
            1000,
            filed_on=date(2020, 8, 5),
            procedure="summary",
            outcome="punished",
        ),
        ["UM002"],
    ),
    RealFile(
        "chaoyang_2020_gb18030.csv",
        "110105",
        (14, 12, 2, 0),
        8,
        11,
        make_followed("京朝罚字〔2020〕0012号", "110105001", date(2020, 7, 1), 1000),
        ["UM118"],
    ),
    RealFile(
        "haidian_export.xls",
        "110108",
        (12, 10, 2, 0),
        7,
        10,
        make_followed(
            "京海罚字〔2020〕0102号",
            "110108006",
            date(2020, 9, 3),
            200,
            party_type="organisation",
            outcome="punished",
        ),
        ["UM190"],
    ),
    RealFile(
        "fengtai_2003.xls",
        "110106",
        (13, 10, 2, 1),
        9,
        13,
        make_followed(
            "京丰罚字〔2020〕0207号",
            "110106008",
            date(2020, 7, 10),
            1000,
            procedure="summary",
            party_type="individual",
        ),
        ["UM136"],
    ),
    RealFile(
        "shijingshan.ods",
        "110107",
        (11, 9, 2, 0),
        6,
        9,
        make_followed(
            "京石罚字〔2020〕0302号",
            "110107002",
            date(2020, 8, 6),
            10000,
            filed_on=date(2020, 7, 27),
            closed_on=date(2020, 8, 11),
            review_required="yes",
            review_requested_on=date(2020, 8, 2),
            review_completed_on=date(2020, 8, 4),
            review_outcome="approved",
            outcome="punished",
        ),
        ["UM379"],
    ),
    RealFile(
        "miyun_97.xls",
        "110118",
        (11, 8, 2, 1),
        5,
        8,
        make_followed(
            "京密罚字〔2020〕0409号", "110118103", date(2020, 12, 1), 1000, procedure="ordinary"
        ),
        ["UM064"],
    ),
    RealFile(
        "tongzhou_utf16.csv",
        "110112",
        (13, 10, 2, 1),
        4,
        11,
        make_followed(
            "京通罚字〔2020〕0508号",
            "110112004",
            date(2020, 8, 15),
            2000,
            party_type="organisation",
            outcome="punished",
        ),
        ["UM334"],
        {"constants": {"action": "行政处罚"}},
    ),
    RealFile(
        "yanqing_two_row_header.xlsx",
        "110119",
        (14, 10, 2, 2),
        8,
        15,
        make_followed(
            "京延罚字〔2020〕0607号",
            "110119001",
            date(2020, 7, 13),
            2100,
            filed_on=date(2020, 7, 7),
            review_required="no",
            outcome="punished",
        ),
        ["UM010"],
    ),
]


@pytest.fixture(scope="module", params=REAL, ids=lambda real: real.name)
def real(request) -> RealFile:
    return request.param


@pytest.fixture(scope="module")
def taken(real, shipped_register, tmp_path_factory) -> Iterator[tuple[Intake, Report]]:
    """A register into which the file has been imported, and the report."""
    folder = tmp_path_factory.mktemp("real")
    engine = db.engine_for(f"sqlite:///{shutil.copy(shipped_register, folder / 'register.db')}")
    intake = Intake(engine, folder)
    yield intake, intake.send(FILES / real.name, real.district, **real.declared)
    engine.dispose()


def find_case(intake, real: RealFile) -> dict:
    """The case of the row to follow, by its number as compared and its unit."""
    key = real.followed["case_no"].replace("〔", "(").replace("〕", ")")
    (case,) = [
        case
        for case in intake.cases()
        if (case["case_key"], case["unit"]) == (key, real.followed["unit"])
    ]
    return case


def test_every_table_of_the_folder_is_tried():
    tables = {path.name for path in FILES.iterdir() if path.is_file()} - {"README.md"}
    assert tables - {real.name for real in REAL} == {
        "encrypted.ods",
        "encrypted.xlsx",
        "encrypted_97.xls",
    }


def test_rows_are_counted_as_the_readme_derives_by_hand(real, taken):
    intake, sent = taken
    read, accepted, quarantined, skipped = real.counts
    assert counts(sent) == (read, accepted, 0, 0, quarantined, skipped)
    assert intake.is_sound()


def test_only_the_two_bad_rows_are_quarantined(real, taken):
    _, sent = taken
    found = {(p["row"], p["code"]) for p in sent.problems}
    assert found == {(real.bad_unit, "unknown_unit"), (real.bad_date, "unreadable_date")}


def test_reason_names_row_column_value_and_what_is_right(real, taken):
    _, sent = taken
    (bad,) = [p for p in sent.problems if p["code"] == "unreadable_date"]
    assert bad["value"] == "03/08/2020"
    assert bad["reason"] == (
        f"第 {real.bad_date} 行「{bad['column']}」：03/08/2020 不是可识别的日期，请写成 2021-03-01"
    )


def test_followed_row_says_what_its_file_says(real, taken):
    intake, _ = taken
    case = find_case(intake, real)
    expected = {k: v for k, v in real.followed.items() if k != "case_no"}
    assert {k: case[k] for k in expected} == expected
    assert case["powers"] == real.powers


def test_followed_row_reaches_the_rate(real, taken):
    """Its unit and month count exactly the powers under which the file has decided cases."""
    intake, _ = taken
    day = real.followed["decided_on"]
    exercised = {
        power
        for case in intake.cases()
        if case["unit"] == real.followed["unit"] and case["action"] != "inspection"
        for power in case["powers"]
        if f"{case['case_day']:%Y-%m}" == f"{day:%Y-%m}"
    }
    with db.reading(intake.engine) as connection:
        snapshot = read_snapshot(connection)
    selection = Selection(unit=(real.followed["unit"],))
    table = exercise_rate(snapshot, Window.parse(f"{day:%Y-%m}"), selection=selection)
    (record,) = table.to_dict("records")
    assert set(real.powers) <= exercised
    assert (record["numerator"], record["denominator"]) == (len(exercised), 431)
    assert record["completeness"] == 1


def test_unit_of_the_followed_row_holds_its_power(real, taken, monkeypatch):
    intake, _ = taken
    monkeypatch.setenv("REGISTRY_DATABASE_URL", str(intake.engine.url))
    settings.cache_clear()
    day = real.followed["decided_on"].isoformat()
    result = CliRunner().invoke(
        app, ["holdings", real.followed["unit"], "--as-of", day, "--format", "csv"]
    )
    assert result.exit_code == 0
    assert real.powers[0] in result.stdout


def test_no_person_is_stored(real, taken):
    intake, _ = taken
    texts = [str(value) for case in intake.cases(only_current=False) for value in case.values()]
    assert not any("某公司" in text or "张某" in text for text in texts)


@pytest.mark.parametrize("name", ["encrypted.xlsx", "encrypted_97.xls", "encrypted.ods"])
def test_encrypted_file_is_refused_and_nothing_stored(name, intake):
    with pytest.raises(RegistryError, match="加密"):
        intake.send(FILES / name)
    assert intake.rows_in(models.Batch) == intake.rows_in(models.Coverage) == 0
