"""Each problem and each warning of the closed lists, once, with its words; and no others."""

from datetime import date

import pytest
from examples import sampled
from intake_world import HEADING, codes, counts, make_row, make_table, reasons

from registry.errors import RegistryError
from registry.intake.checks import PROBLEMS, WARNINGS

SOUND = make_row(case_no="京东罚字〔2020〕0号")


def send(intake, *rows, **declared):
    """Import rows beside a sound one, so that the file is not refused; the sound row is row 2."""
    return intake.send(make_table(SOUND, *rows), **declared)


BAD = {
    "unknown_unit": (
        {"unit": "东门街道"},
        "unit",
        "东门街道 不是登记在册的街道、乡镇；请核对名称，或用 registry alias add 登记写法",
    ),
    "unit_outside_district": (
        {"unit": "三里屯街道"},
        "unit",
        "三里屯街道 不在所申报的区或单位范围内",
    ),
    "unknown_power": (
        {"power": "摆摊"},
        "power",
        "摆摊 不是登记在册的职权；请核对编码或名称，或用 registry alias add 登记写法",
    ),
    "power_not_held": (
        {"decided_on": "2020-06-30"},
        "power",
        "UM001 该单位在案件日期并不持有这项职权",
    ),
    "missing_power": ({"power": ""}, "power", "处罚、强制案件缺少职权"),
    "unknown_action": (
        {"action": "打击"},
        "action",
        "打击 执法类型无法识别，请写 行政处罚、行政检查 或 行政强制",
    ),
    "unknown_procedure": (
        {"procedure": "快速"},
        "procedure",
        "快速 程序无法识别，请写 简易程序 或 普通程序",
    ),
    "unknown_outcome": (
        {"outcome": "不详"},
        "outcome",
        "不详 处理结果无法识别，请写 予以处罚、不予处罚、撤案 或 移送",
    ),
    "missing_case_no": ({"case_no": ""}, "case_no", "缺少案号"),
    "long_case_no": (
        {"case_no": "案" * 201},
        "case_no",
        f"{'案' * 200}… 案号超过 200 个字，多半是别的列错位；请写文书上的案号",
    ),
    "no_date": ({"decided_on": ""}, "decided_on", "决定、结案、立案日期都没有"),
    "unreadable_date": (
        {"decided_on": "03/01/2021"},
        "decided_on",
        "03/01/2021 不是可识别的日期，请写成 2021-03-01",
    ),
    "date_in_future": ({"decided_on": "2020-12-31"}, "decided_on", "2020-12-31 案件日期在今天之后"),
    "date_before_1949": (
        {"decided_on": "1948-08-01"},
        "decided_on",
        "1948-08-01 早于 1949 年，请核对年份",
    ),
    "day_outside_months": (
        {"decided_on": "2021-01-01"},
        "decided_on",
        "2021-01-01 案件日期不在所申报的月份内",
    ),
    "decided_before_filed": (
        {"filed_on": "2020-08-02"},
        "decided_on",
        "2020-08-01 决定日期早于立案日期",
    ),
    "negative_fine": ({"fine_cny": "-5"}, "fine_cny", "-5 罚款金额为负，请写成 0 或正数"),
    "unreadable_fine": (
        {"fine_cny": "壹仟"},
        "fine_cny",
        "壹仟 不是可识别的金额，请写成 1000 或 1000元",
    ),
}
"""Code → what makes the sound row bad, the column to look at, and what is said."""

OF_SEVERAL_ROWS = {"contradicting_rows", "number_used_in_another_year"}
TODAYS = {"date_in_future": date(2020, 12, 30)}
MONTHS = {"power_not_held": "2020-06..2020-12"}


def test_list_of_problems_is_closed():
    assert set(PROBLEMS) == {*BAD, *OF_SEVERAL_ROWS}
    assert len(PROBLEMS) == 20


@sampled("code", BAD)
def test_problem_quarantines_its_row_and_says_where_what_and_what_is_right(intake, code):
    fields, column, text = BAD[code]
    declared = {"today": TODAYS.get(code, date(2023, 1, 1)), "months": MONTHS.get(code)}
    report = send(
        intake, make_row(**fields), **{name: v for name, v in declared.items() if v is not None}
    )
    assert counts(report) == (2, 1, 0, 0, 1, 0)
    assert codes(report.problems) == [code]
    assert reasons(report) == [f"第 3 行「{HEADING[column]}」：{text}"]
    assert intake.open_problems() == {code: 1}
    assert intake.is_sound()


def test_contradicting_rows_are_a_problem_of_each_row(intake):
    report = send(intake, make_row(outcome="处罚"), make_row(outcome="不予处罚", power="UM046"))
    assert reasons(report) == [
        f"第 {row} 行「案号」：京东罚字〔2020〕1号 同一案号的几行除职权外互相矛盾" for row in (3, 4)
    ]


def test_number_without_a_year_used_in_two_years_of_one_file_is_a_problem(intake):
    rows = [make_row(case_no="1号", decided_on=day) for day in ("2020-12-31", "2021-01-04")]
    report = send(intake, *rows, months="2020-07..2021-01")
    assert reasons(report) == [
        f"第 {row} 行「案号」：1号 案号不含年份，却又用于另一年的案件" for row in (3, 4)
    ]


@pytest.mark.parametrize(("day", "also"), [("昨天", ["unreadable_date"]), ("", [])])
def test_row_without_a_day_is_not_of_another_year(intake, day, also):
    rows = [make_row(case_no="1号"), make_row(case_no="1号", decided_on=day)]
    assert codes(send(intake, *rows).problems) == ["contradicting_rows"] * 2 + also


def test_every_reason_of_a_row_is_named(intake):
    bad = make_row(unit="东门街道", power="摆摊", fine_cny="-1", outcome="不详")
    report = send(intake, bad)
    assert codes(report.problems) == [
        "negative_fine",
        "unknown_outcome",
        "unknown_power",
        "unknown_unit",
    ]
    assert report.quarantined == 1


def test_mapped_values_are_kept_as_they_were_written(intake):
    from registry import db
    from registry.intake.problems import read_problems

    table = make_table(SOUND, make_row(fine_cny="约 5"))
    table[0][-1] = "罚款金额（万元）"
    intake.send([[*row, "张某"] for row in table])
    with db.reading(intake.engine) as connection:
        (problem,) = read_problems(connection)
    assert problem.content == make_row(fine_cny="约 5万元")


@pytest.mark.parametrize("name", ["filed_on", "closed_on", "annulled_on", "review_completed_on"])
def test_any_unreadable_date_is_a_problem(intake, name):
    report = send(intake, make_row(**{name: "03/01/2021"}))
    assert codes(report.problems) == ["unreadable_date"]


def test_row_with_an_unreadable_decision_date_is_not_dated_by_its_filing(intake):
    report = send(intake, make_row(decided_on="昨天", filed_on="2019-01-01"))
    assert codes(report.problems) == ["unreadable_date"]


@pytest.mark.parametrize("name", ["filed_on", "annulled_on", "review_requested_on"])
def test_only_the_cases_day_must_lie_in_the_months_and_the_past(intake, name):
    day = "2019-01-02" if name == "filed_on" else "2030-01-01"
    assert counts(send(intake, make_row(**{name: day}))) == (2, 2, 0, 0, 0, 0)


@pytest.mark.parametrize("day", ["2020-07-01", "2020-12-31"])
def test_first_and_last_day_of_the_months_are_inside(intake, day):
    assert counts(send(intake, make_row(decided_on=day))) == (2, 2, 0, 0, 0, 0)


def test_today_is_not_in_the_future(intake):
    report = send(intake, make_row(decided_on="2020-12-30"), today=date(2020, 12, 30))
    assert report.quarantined == 0


@pytest.mark.parametrize(
    "name", ["procedure", "outcome", "fine_cny", "party_type", "review_required", "review_outcome"]
)
def test_empty_cells_are_unknown_values_and_no_problems(intake, name):
    report = send(intake, make_row(**{name: ""}), make_row(case_no="〔2020〕9号", **{name: "/"}))
    assert (counts(report), report.warnings) == ((3, 3, 0, 0, 0, 0), 0)


def test_unit_valid_later_does_not_hold_powers_yet(intake):
    """Fengtai and Tongzhou were reorganised on 2021-07-01; before, the new units hold nothing."""
    from registry import db
    from registry.catalogue import read_catalogue

    with db.reading(intake.engine) as connection:
        units = read_catalogue(connection).units
    new = units[units["valid_from"].eq(date(2021, 7, 1))].iloc[0]
    rows = [
        make_row(case_no=f"〔2021〕{day}号", unit=new["code"], decided_on=day)
        for day in ("2021-06-30", "2021-07-01")
    ]
    report = intake.send(make_table(*rows), new["district_code"], "2021-06..2021-07")
    assert [(p["row"], p["code"]) for p in report.problems] == [(2, "power_not_held")]


# Warnings

ODD = {
    "action_not_the_powers_kind": (
        {"action": "行政强制"},
        "action",
        "行政强制 执法类型与职权的类别不同，按所写职权计",
    ),
    "fine_above_maximum": (
        {"fine_cny": "1001"},
        "fine_cny",
        "1001 罚款高于所列条款的最高额",
    ),
    "summary_above_limit": (
        {"fine_cny": "51", "procedure": "简易程序", "party_type": "个人"},
        "fine_cny",
        "51 简易程序的罚款高于当日有效的限额",
    ),
    "duplicate_row": (dict(SOUND), "case_no", "京东罚字〔2020〕0号 与前面一行完全相同，略去"),
}
TOLERATED = {"unknown_word", "unknown_procedure", "unknown_outcome", "unread_sheet"}
"""Odd at most: words that are no problem (of an inspection, say) and sheets without a header."""


def test_list_of_warnings_is_closed():
    assert set(WARNINGS) == {*ODD, *TOLERATED}


@pytest.mark.parametrize("code", ODD)
def test_warning_is_listed_and_quarantines_nothing(intake, code):
    fields, column, text = ODD[code]
    report = send(intake, make_row(**fields))
    assert report.quarantined == 0
    assert codes(report.warning_notes) == [code]
    assert report.warning_notes[0]["reason"].startswith(f"第 3 行「{HEADING[column]}」：")
    assert text.split()[0] in report.warning_notes[0]["reason"]
    assert WARNINGS[code] in report.warning_notes[0]["reason"]


@pytest.mark.parametrize(
    ("fields", "word"),
    [
        ({"action": "行政检查", "procedure": "快速"}, "unknown_procedure"),
        ({"action": "行政检查", "outcome": "正常"}, "unknown_outcome"),
        ({"party_type": "外星人"}, "unknown_word"),
        ({"review_required": "也许"}, "unknown_word"),
        ({"review_outcome": "再议"}, "unknown_word"),
    ],
)
def test_unknown_word_that_is_no_problem_is_a_warning_and_an_unknown_value(intake, fields, word):
    report = send(intake, make_row(**fields))
    assert (codes(report.warning_notes), report.quarantined) == ([word], 0)
    name = next(reversed(fields))
    assert [case[name] for case in intake.cases()] == [None, None]


def test_case_of_another_kind_counts_for_the_power_it_names(intake):
    send(intake, make_row(action="行政强制"))
    assert [c["powers"] for c in intake.cases() if c["action"] == "coercion"] == [["UM001"]]


@pytest.mark.parametrize(
    ("day", "party", "limit"),
    [
        ("2021-07-14", "个人", 50),
        ("2021-07-15", "个人", 200),
        ("2021-07-14", "单位", 1000),
        ("2021-07-15", "单位", 3000),
        ("2021-07-14", "", 1000),
        ("2021-07-15", "", 3000),
    ],
)
def test_limit_of_the_summary_procedure_is_the_one_in_force_on_the_day(intake, day, party, limit):
    """Administrative Penalty Law, art. 33 until 2021-07-14, art. 51 of 2021 from then on.

    Whoever an unknown party is, a fine above the highest limit is above its own.
    """
    base = {"decided_on": day, "party_type": party, "procedure": "简易", "power": "UM120"}
    rows = [make_row(case_no=f"〔2021〕{f}号", fine_cny=f, **base) for f in (limit, limit + 1)]
    report = intake.send(make_table(*rows), months="2021-07")
    found = [n["row"] for n in report.warning_notes if n["code"] == "summary_above_limit"]
    assert found == [3]


def test_inspection_has_no_kind_to_differ_from(intake):
    assert send(intake, make_row(action="行政检查")).warnings == 0


def test_fine_at_the_maximum_is_not_above_it(intake):
    assert send(intake, make_row(fine_cny="1000")).warnings == 0


def test_fine_of_several_powers_is_compared_with_the_sum_of_their_maxima(intake):
    """UM001 may cost 1,000 yuan and UM002 500."""
    base = {"power": "UM001;UM002"}
    rows = [make_row(case_no=f"〔2020〕{f}号", fine_cny=f, **base) for f in (1500, 1501)]
    assert [n["row"] for n in send(intake, *rows).warning_notes] == [4]


def test_fine_of_a_power_without_a_maximum_is_never_above_it(intake):
    from registry.settings import DATA

    lines = (DATA / "powers.csv").read_text(encoding="utf-8").splitlines()
    free = next(line.split(",")[0] for line in lines[1:] if ",,城" in line and "行政处罚" in line)
    report = send(intake, make_row(power=free, fine_cny="999999"))
    assert report.warnings == 0


def test_warnings_of_quarantined_rows_do_not_count(intake):
    report = send(intake, make_row(fine_cny="5000", decided_on="2019-01-01"))
    assert (report.quarantined, report.warnings) == (1, 0)


def test_file_with_warnings_only_is_accepted(intake):
    report = intake.send(make_table(make_row(fine_cny="5000"), make_row(fine_cny="5000")))
    assert counts(report) == (2, 1, 0, 0, 0, 1)
    assert codes(report.warning_notes) == ["duplicate_row", "fine_above_maximum"]


def test_unknown_texts_are_told_once_with_their_rows(intake):
    rows = [make_row(case_no=f"〔2020〕{n}号", power="摆摊") for n in range(3)]
    report = send(intake, *rows, make_row(unit="东门街道"))
    told = {(u["field"], u["text"]): u["rows"] for u in report.unknown}
    assert told == {("power", "摆摊"): 3, ("unit", "东门街道"): 1}


def test_refusal_of_a_file_names_its_reasons(intake):
    with pytest.raises(RegistryError, match=r"1 行没有一行可以接受.*第 2 行「案号」：缺少案号"):
        intake.send(make_table(make_row(case_no="")))
