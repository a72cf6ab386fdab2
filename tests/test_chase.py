import json
from datetime import date

import numpy as np
import openpyxl
import pandas as pd
import pytest
import typer
from builders import (
    E1,
    E2,
    EAST,
    LITTER,
    QUARTER,
    SIGNS,
    TODAY,
    W1,
    W2,
    WEST,
    make_case,
    make_holding,
    make_snapshot,
    make_unit,
    make_units,
)
from intake_world import Intake
from return_files import row, send

from registry import db
from registry.chase import (
    RECORD_COLUMNS,
    chase_list,
    chase_window,
    missing_months,
    month_ranges,
    open_rows,
)
from registry.cli.returns import add_commands
from registry.errors import RegistryError, UsageError
from registry.intake.withdraw import withdraw
from registry.measures.completeness import completeness
from registry.settings import settings
from registry.window import Window

NO_PROBLEMS = pd.DataFrame(
    columns=["district", "first", "last", "month_from", "month_to", "batch", "file", "reasons"]
)


def missing(snapshot, window=QUARTER, districts=()):
    """unit → (months, count)."""
    frame = chase_list(snapshot, NO_PROBLEMS, window, districts).missing
    return {row["unit"]: (row["months"], row["count"]) for row in frame.to_dict("records")}


def owed(world, window=QUARTER, districts=()):
    with db.reading(world.engine) as connection:
        return chase_list(world.snapshot(), open_rows(connection), window, districts)


@pytest.mark.parametrize(
    ("months", "text"),
    [
        ([], ""),
        ([202305], "2023-05"),
        ([202305, 202306], "2023-05..2023-06"),
        ([202212, 202301, 202303], "2022-12..2023-01, 2023-03"),
    ],
)
def test_months_are_told_as_ranges(months, text):
    assert month_ranges(months) == text


def test_missing_is_what_no_return_covers():
    returned = [(E1, 202101), (E1, 202102), (E1, 202103), (E2, 202102), (W1, 202101)]
    assert missing(make_snapshot(returned=returned)) == {
        E2: ("2021-01, 2021-03", 2),
        W1: ("2021-02..2021-03", 2),
        W2: ("2021-01..2021-03", 3),
    }
    assert set(missing(make_snapshot(returned=returned), districts=[WEST])) == {W1, W2}


def test_a_unit_owes_nothing_for_months_in_which_it_held_nothing():
    units = [unit for unit in make_units() if unit["code"] != E2]
    units.append(make_unit(E2, unit_kind="town", name="东二镇", valid_from=date(2021, 3, 1)))
    holdings = [
        make_holding(LITTER),
        make_holding(LITTER, W1, held=False),
        make_holding(LITTER, W2, held=False, valid_from=date(2021, 2, 2)),
    ]
    snapshot = make_snapshot(units=units, holdings=holdings)
    assert missing(snapshot) == {
        E1: ("2021-01..2021-03", 3),
        E2: ("2021-03", 1),
        W2: ("2021-01..2021-02", 2),
    }


@pytest.mark.parametrize("seed", range(5))
def test_the_chase_list_and_completeness_agree(seed):
    random = np.random.default_rng(seed)
    pairs = [(unit, month) for unit in (E1, E2, W1, W2) for month in QUARTER.months]
    snapshot = make_snapshot(returned=[pair for pair in pairs if random.random() < 0.5])
    shares = completeness(snapshot, QUARTER, ["district", "month"])
    assert (
        missing_months(snapshot, QUARTER).sum()
        == (shares["denominator"] - shares["numerator"]).sum()
    )


def test_the_default_window_spans_all_returns():
    some = make_snapshot(returned=[(E1, 202006), (W2, 202103)])
    assert chase_window(some, TODAY) == Window(202006, 202103)
    assert chase_window(some, TODAY, last=202012) == Window(202006, 202012)
    assert chase_window(some, TODAY, first=202102) == Window(202102, 202103)
    assert chase_window(make_snapshot(), TODAY) == Window(202201, 202212)


def test_open_problems_are_counted_by_batch_with_their_commonest_reason(small_world):
    report = small_world.send(
        [
            make_case(),
            make_case(case_no="〔2021〕2号", power="无此"),
            make_case(case_no="〔2021〕3号", power="无此", unit=E2),
            make_case(case_no="〔2021〕4号", unit="无此街道", decided_on="03/01/2021"),
        ]
    )
    small_world.send([make_case(unit=W1)], WEST)
    found = owed(small_world)
    assert found.missing.empty
    (row,) = found.problems.to_dict("records")
    assert (row["district"], row["district_name"], row["batch"]) == (EAST, "东区", report.batch)
    assert (row["count"], row["months"]) == (3, str(QUARTER))
    assert row["file"].endswith(".csv")
    assert row["reason"].startswith("「power」不是登记在册的职权")
    assert "registry" not in row["reason"], "a district has no command line"
    assert owed(small_world, districts=[WEST]).problems.empty
    assert owed(small_world, Window(202102, 202103)).problems["count"].tolist() == [1], (
        "of the row without a day only the batch's months are known"
    )
    withdraw([report.batch], reason="重报", actor="test", on=small_world.engine)
    assert owed(small_world).problems.empty


def test_records_lie_side_by_side_by_district(small_world):
    small_world.send([make_case(), make_case(case_no="〔2021〕2号", power="无此")])
    records = owed(small_world).records()
    assert [(r["district"], r["kind"], r["unit"], r["count"]) for r in records] == [
        (EAST, "problem", None, 1),
        (WEST, "missing", W1, 3),
        (WEST, "missing", W2, 3),
    ]
    assert {tuple(record) for record in records} == {RECORD_COLUMNS}


def test_each_kind_of_return_is_owed_from_the_first_month_that_anyone_sent(small_world, tmp_path):
    world = Intake(small_world.engine, tmp_path)
    for unit, district in ((E1, EAST), (W1, WEST)):
        small_world.send([make_case(unit=unit)], district)
    send(world, "staffing", row("staffing", month="2021-02"), months="2021-02")
    send(world, "training", row("training", month="2021-03"), months="2021-03")
    rows = owed(small_world).missing.to_dict("records")
    assert [(r["unit"], r["months"], r["returns"]) for r in rows] == [
        (E1, "2021-03", "staffing"),
        (E2, "2021-02..2021-03", "staffing"),
        (W1, "2021-02..2021-03", "staffing"),
        (W2, "2021-02..2021-03", "staffing"),
        (WEST, "2021-03", "training"),
    ]
    assert owed(small_world).units == 5
    east = owed(small_world, Window(202103, 202103), [EAST])
    assert [(r["unit"], r["returns"]) for r in east.missing.to_dict("records")] == [
        (E1, "staffing"),
        (E2, "staffing"),
    ]


def test_open_rows_of_returns_are_chased_too(small_world, tmp_path):
    world = Intake(small_world.engine, tmp_path)
    send(world, "staffing", row("staffing"), row("staffing", unit=E2, front_line=17))
    (problem,) = owed(small_world).problems.to_dict("records")
    assert (problem["returns"], problem["count"]) == ("staffing", 1)
    assert problem["reason"] == "「front_line」多于前一步的人数"


def test_the_workbook_has_a_sheet_for_months_and_one_for_problems(small_world):
    small_world.send([make_case(), make_case(case_no="〔2021〕2号", power=SIGNS + "?")])
    path = small_world.folder / "催报.xlsx"
    owed(small_world).write(path)
    book = openpyxl.load_workbook(path)
    assert book.sheetnames == ["缺报", "问题"]
    assert [[cell.value for cell in row] for row in book["缺报"]][:2] == [
        ["区代码", "区", "单位代码", "单位", "月份", "缺报月数", "报表"],
        [WEST, "西区", W1, "西一街道", "2021-01..2021-03", 3, "执法台账"],
    ]
    headings = [cell.value for cell in book["问题"][1]]
    assert headings[-3:] == ["未解决行数", "最常见的问题", "报表"]


def test_an_unknown_district_is_a_sentence():
    with pytest.raises(RegistryError, match="没有这个代码"):
        chase_list(make_snapshot(), NO_PROBLEMS, QUARTER, ["990199"])


@pytest.fixture
def command(small_world, monkeypatch):
    """`registry template` and `registry chase` on the small world."""
    url = small_world.engine.url.render_as_string(hide_password=False)
    monkeypatch.setenv("REGISTRY_DATABASE_URL", url)
    settings.cache_clear()
    app = typer.Typer()
    add_commands(app)
    yield lambda *words: app([str(word) for word in words], standalone_mode=False)
    db.engine().dispose()
    settings.cache_clear()


def test_the_commands_print_records_and_write_workbooks(small_world, command, capsys):
    small_world.send([make_case(), make_case(case_no="〔2021〕2号", power="无此")])
    blank, owing = small_world.folder / "空白.xlsx", small_world.folder / "催报.xlsx"
    command("template", blank, "--district", EAST, "--months", "2021-01", "--format", "json")
    (record,) = json.loads(capsys.readouterr().out)
    assert (record["district_name"], record["units"], record["powers"]) == ("东区", 2, 4)
    window = ("--from", "2021-02", "--to", "2021-03")
    command("chase", *window, "--district", WEST, "--export", owing, "--format", "json")
    spoken = capsys.readouterr()
    assert [(r["unit"], r["count"]) for r in json.loads(spoken.out)] == [(W1, 2), (W2, 2)]
    assert "2 个单位缺报 4 个月；0 个批次有 0 行未解决" in spoken.err
    assert blank.exists()
    assert owing.exists()
    with pytest.raises(UsageError, match=r"以 \.xlsx 结尾"):
        command("chase", "--export", "催报.csv")
