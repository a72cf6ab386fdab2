"""registry flags and registry assess, as typed at a terminal."""

import json

import pytest
from builders import E1, EAST, LITTER, SIGNS, WEST, make_case

YEAR = ("--months", "2021-01..2021-12")
DAY = ("--as-of", "2022-01-01")


@pytest.fixture
def returned(command_line):
    """Both districts returned 2021; E1 decided one case of litter in it."""
    for district, rows in ((EAST, [make_case()]), (WEST, [make_case(unit="990102001")])):
        path = command_line.log(f"{district}.csv", rows)
        assert command_line.run("import", path, "--district", district, *YEAR).exit_code == 0
    return command_line


def test_flags_lists_what_is_not_to_be_kept_with_its_path(returned):
    found = {row["power"]: row for row in returned.records("flags", *DAY)}
    assert set(found) == {SIGNS, "WA1"}
    row = found[SIGNS]
    assert row["recommendation"] == "return"
    assert row["path"]["rule"] == "silent_without_demand"
    assert (row["stability"], row["uncertain"]) == (1.0, False)
    assert row["capacity"] == "not_enough_data"


def test_lists_carry_the_figures_behind_the_bands(returned):
    listed = {row["power"]: row for row in returned.records("assess", *DAY)}
    (alone,) = returned.records("assess", SIGNS, *DAY)
    assert listed[SIGNS]["evidence"] == alone["evidence"]
    coverage = listed[SIGNS]["evidence"]["coverage"]
    assert set(coverage) == {"value", "numerator", "denominator", "completeness"}
    rows = returned.run("assess", *DAY, "--format", "csv").rows
    row = next(row for row in rows if row["power"] == SIGNS)
    assert float(row["coverage_denominator"]) == coverage["denominator"]
    assert row["front_line"] == ""  # no staffing return: missing, not 0


def test_flags_of_one_recommendation_and_by_district(returned):
    rows = returned.records("flags", "--recommendation", "return", "--by", "power,district", *DAY)
    assert {(row["power"], row["district"]) for row in rows} == {
        (power, district) for power in (SIGNS, "WA1") for district in (EAST, WEST)
    }
    kept = returned.records("flags", "--recommendation", "keep", *DAY)
    assert {row["power"] for row in kept} == {LITTER, "WA2"}


def test_the_day_is_by_default_the_one_after_the_last_return(returned):
    assert returned.records("flags") == returned.records("flags", *DAY)
    assert "评估日 2022-01-01 · 看 2021-01..2021-12" in returned.run("flags").stderr


def test_what_missing_months_hold_back_is_said(command_line):
    path = command_line.log("east.csv", [make_case()])
    command_line.run("import", path, "--district", EAST, *YEAR)
    outcome = command_line.run("flags", *DAY, "--format", "json")
    assert outcome.records == []
    assert "暂不下结论" in outcome.stderr
    items = command_line.run("assess", SIGNS, *DAY, "--format", "csv").rows
    assert [row["text"] for row in items if row["item"] == "要催的"] == [
        "执法台账 2021年1月至2021年12月：西一街道、西二镇"
    ]


def test_assess_prints_a_dossier_as_json_and_its_words_as_a_table(returned):
    (found,) = returned.records("assess", SIGNS, *DAY)
    assert (found["power"], found["recommendation"]) == (SIGNS, "return")
    assert found["evidence"]["coverage"] == {
        "value": 0,
        "numerator": 0,
        "denominator": 4,
        "completeness": 1,
    }
    table = returned.run("assess", SIGNS, *DAY).stdout
    for word in ("收回", "无人使用也无投诉", "贴近居民生活", "职权覆盖面", "稳定度 100 %"):
        assert word in table
    districts = returned.records("assess", SIGNS, "--by", "power,district", *DAY)
    assert [one["district"] for one in districts] == [EAST, WEST]


def test_assess_without_a_power_lists_all(returned):
    assert len(returned.records("assess", *DAY)) == 4
    assert returned.run("assess", *DAY, "--format", "csv").rows[0]["power"] == LITTER


def test_a_path_in_a_csv_is_json(returned):
    row = returned.run("flags", *DAY, "--format", "csv").rows[0]
    assert json.loads(row["path"])["recommendation"] == "return"


def test_what_does_not_exist_is_named(returned):
    assert "XX" in returned.refusal("assess", "XX", *DAY).splitlines()[-1]
    assert "--as-of" in returned.refusal("flags", "--as-of", "2022", exit_code=2)
    assert "power" in returned.refusal("flags", "--by", "district", *DAY, exit_code=2)
    assert "没有街乡持有" in returned.refusal("assess", LITTER, "--as-of", "2019-01-01")


def test_the_unit_that_used_a_power_is_counted(returned):
    (found,) = returned.records("assess", LITTER, "--by", "power", *DAY)
    assert found["evidence"]["coverage"]["numerator"] == 2
    assert found["dormancy"] == "used"
    assert found["to_chase"] == []
    assert E1.startswith(EAST)
