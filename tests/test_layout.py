"""Where the header is, what its columns mean, which rows are no cases.

Full-width signs are written as escapes where an editor might turn them into their ASCII twins.
"""

import math

import pytest
from examples import sampled
from intake_world import HEADINGS, counts, make_row, make_table, reasons

from registry import models
from registry.errors import RegistryError, UsageError
from registry.intake.fields import FIELDS, heading_key, known_headings, label

ROW = tuple(make_row().values())
OTHER = ("京东罚字〔2020〕2号", *ROW[1:])
COLON, LEFT, RIGHT = "\uff1a", "\uff08", "\uff09"
POINT, WIDE_STROKE = "\uff0e", "\uff0f"


def numbered(*rows: tuple) -> list[list]:
    """A table with a serial number before each row."""
    return [["序号", *HEADINGS], *([n, *row] for n, row in enumerate(rows, start=1))]


def refused(intake, source, **declared) -> str:
    """The sentence with which a log is refused; nothing may have been stored."""
    with pytest.raises(RegistryError) as caught:
        intake.send(source, **declared)
    for model in (models.Batch, models.Case, models.Coverage, models.Problem):
        assert intake.rows_in(model) == 0
    return str(caught.value)


# Where the header is


@pytest.mark.parametrize("above", [0, 1, 2, 19])
def test_header_is_found_below_titles_in_the_first_20_rows(intake, above):
    titles = [["东城区行政执法台账"], ["填表说明" + COLON + "日期写成 2020-07-01"]] * 10
    report = intake.send([*titles[:above], HEADINGS, ROW])
    assert counts(report) == (1, 1, 0, 0, 0, 0)


def test_header_in_row_21_is_not_looked_for(intake):
    text = refused(intake, [["说明"]] * 20 + [HEADINGS, ROW])
    assert "前 20 行里没有认得的表头" in text
    assert "说明" in text


def test_title_may_be_merged_over_thousands_of_columns(intake):
    cells = "".join(f"<td>{cell}</td>" for cell in ROW)
    heads = "".join(f"<th>{head}</th>" for head in HEADINGS)
    path = intake.folder / "export.xls"
    path.write_text(
        f"<html><table><tr><td colspan=9000>东城区<br>行政处罚台账</td></tr>"
        f"<tr>{heads}</tr><tr>{cells}</tr></table></html>",
        encoding="utf-8",
    )
    assert counts(intake.send(path)) == (1, 1, 0, 0, 0, 0)


def test_title_may_be_merged_over_every_column_of_a_workbook(intake):
    import xlsxwriter

    path = intake.folder / "wide.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        sheet = book.add_worksheet("台账")
        sheet.merge_range(0, 0, 0, 16383, "东城区行政执法台账")
        sheet.write_row(1, 0, HEADINGS)
        sheet.write_row(2, 0, ROW)
    assert counts(intake.send(path)) == (1, 1, 0, 0, 0, 0)


def test_two_row_header_joins_group_and_column(intake):
    upper = ["序号", "案号", "执法单位", "职权", "", "立案", "决定", "罚款金额"]
    lower = ["", "", "", "职权编码", "执法类型", "日期", "日期", f"{LEFT}万元{RIGHT}"]
    row = [1, *ROW[:4], "2020-07-30", ROW[4], 0.1]
    assert counts(intake.send(intake.workbook(台账=[upper, lower, row]))) == (1, 1, 0, 0, 0, 0)
    case = intake.the_case()
    assert (str(case["filed_on"]), case["fine_cny"]) == ("2020-07-30", 1000)


def test_two_row_header_joins_column_and_group(intake):
    """立案 below 日期 is the date of filing, 金额 below 处罚 the fine."""
    upper = ["案号", "执法单位", "职权编码", "执法类型", "日期", "", "处罚", ""]
    lower = ["", "", "", "", "立案", "决定", "金额", "种类"]
    report = intake.send([upper, lower, [*ROW[:4], "2020-07-30", ROW[4], 100, "罚款"]])
    assert counts(report) == (1, 1, 0, 0, 0, 0)
    case = intake.the_case()
    assert (str(case["filed_on"]), str(case["decided_on"])) == ("2020-07-30", ROW[4])
    assert case["fine_cny"] == 100


def test_group_of_columns_with_penalty_decision_implies_the_action(intake):
    upper = ["行政处罚决定", "", "执法情况", ""]
    lower = ["文书号", "决定日期", "执法单位", "职权编码"]
    report = intake.send([upper, lower, [ROW[0], ROW[4], ROW[1], ROW[2]]])
    assert counts(report) == (1, 1, 0, 0, 0, 0)
    assert intake.the_case()["action"] == "penalty"


def test_title_implies_no_action(intake):
    without = [HEADINGS[i] for i in (0, 1, 2, 4)], [ROW[i] for i in (0, 1, 2, 4)]
    assert "缺少「执法类型」" in refused(intake, [["行政处罚决定台账"], *without])


def test_two_known_headings_are_no_header(intake):
    text = refused(intake, [["案号", "街道", "备注"], ["1", "2", "3"]])
    assert "至少 3 列" in text
    assert "案号、街道、备注" in text


def test_empty_sheets_are_passed_over(intake):
    book = intake.workbook(空=[], 台账=[HEADINGS, ROW], 又空=[[" "]])
    report = intake.send(book)
    assert counts(report) == (1, 1, 0, 0, 0, 0)
    assert report.warning_notes == []


def test_sheet_without_a_header_is_a_warning_and_not_read(intake):
    report = intake.send(intake.workbook(说明=[["请如实填写"]], 台账=[HEADINGS, ROW]))
    assert counts(report) == (1, 1, 0, 0, 0, 0)
    assert [note["reason"] for note in report.warning_notes] == [
        "工作表「说明」：没有可识别的表头，未读取"
    ]


def test_rows_of_all_sheets_are_read(intake):
    report = intake.send(intake.workbook(一=[HEADINGS, ROW], 二=[["题"], HEADINGS, OTHER, ()]))
    assert counts(report) == (2, 2, 0, 0, 0, 0)


def test_one_sheet_may_be_chosen(intake):
    book = intake.workbook(一=[HEADINGS, ROW], 二=[HEADINGS, OTHER])
    intake.send(book, sheet="二")
    assert intake.the_case()["case_no"] == OTHER[0]


def test_sheet_that_is_not_there_is_a_usage_error(intake):
    with pytest.raises(UsageError, match="没有工作表「三」，只有 一、二"):
        intake.send(intake.workbook(一=[HEADINGS], 二=[HEADINGS]), sheet="三")


def test_refusal_of_a_chosen_sheet_speaks_of_that_sheet(intake):
    book = intake.workbook(七月=[HEADINGS, ROW], 人员=[["姓名", "岗位"]], 空=[])
    assert "「姓名、岗位」" in refused(intake, book, sheet="人员")
    assert "空的" in refused(intake, book, sheet="空")


def test_header_alone_is_a_nil_return(intake):
    report = intake.send([HEADINGS])
    assert counts(report) == (0, 0, 0, 0, 0, 0)
    assert len(report.nil_units) == 17
    assert intake.rows_in(models.Coverage) == 17 * 6
    assert intake.is_sound()


def test_header_over_rows_that_are_no_cases_is_a_nil_return(intake):
    report = intake.send([["序号", *HEADINGS], [1], [], ["合计", "", "", "", "", 0]])
    assert counts(report) == (3, 0, 0, 0, 0, 3)
    assert intake.rows_in(models.Coverage) == 17 * 6


@pytest.mark.parametrize("content", ["", " \n\n", ",,,\n,,,\n"])
def test_empty_file_is_refused(intake, content):
    path = intake.folder / "empty.csv"
    path.write_text(content, encoding="utf-8")
    assert "空的" in refused(intake, path)


def test_empty_workbook_is_refused(intake):
    assert "空的" in refused(intake, intake.workbook(一=[], 二=[]))


# What the columns mean


@pytest.mark.parametrize("field", FIELDS)
def test_every_field_is_known_by_our_own_word(field):
    assert known_headings()[heading_key(label(field))].field == field


@sampled(
    "heading",
    [
        " 决定 日期 ",
        "决定\n日期",
        "*决定日期",
        "\uff0a决定日期",
        "决定日期*",
        f"决定日期{COLON}",
        "决定日期【必填】",
        "决定日期[必填]*",
        f"决定日期{LEFT}必填{RIGHT}",
        "决定日期(必填)*",
        "*决定日期(年/月/日)(必填)",
        "决定\u3000日期",
        "处罚决定日期",
        "decided_on",
    ],
)
def test_heading_is_known_however_it_is_typed(intake, heading):
    intake.send(intake.workbook(台账=[[*HEADINGS[:4], heading], ROW]))
    assert str(intake.the_case()["decided_on"]) == ROW[4]


def test_heading_in_full_width_brackets_is_known(intake):
    head = [HEADINGS[0], f"街道{LEFT}乡镇{RIGHT}", *HEADINGS[2:]]
    assert counts(intake.send([head, ROW])) == (1, 1, 0, 0, 0, 0)


def test_two_columns_for_one_field_are_refused_until_map_says_which(intake):
    table = [[*HEADINGS, "处罚决定书文号"], [*ROW, "乙1号"]]
    text = refused(intake, table)
    assert "「案号」「处罚决定书文号」" in text
    assert "--map" in text
    intake.send(table, mapping={"处罚决定书文号": "case_no"})
    assert intake.the_case()["case_no"] == "乙1号"


def test_power_column_goes_before_the_facts_of_the_case(intake):
    intake.send([[*HEADINGS, "案由"], [*ROW, "摆摊"]])
    assert intake.the_case()["powers"] == ["UM001"]


def test_map_names_the_column_of_a_field(intake):
    table = [["甲", " 乙 ", "丙", "丁", "戊"], ROW]
    fields = zip("甲乙丙丁戊", ("case_no", "unit", "power", "action", "decided_on"), strict=True)
    assert counts(intake.send(table, mapping=dict(fields))) == (1, 1, 0, 0, 0, 0)


def test_map_overrides_what_a_heading_usually_means(intake):
    table = make_table(make_row(filed_on="2020-07-20"))
    intake.send(table, mapping={"立案日期": "closed_on"})
    case = intake.the_case()
    assert (case["filed_on"], str(case["closed_on"])) == (None, "2020-07-20")


@pytest.mark.parametrize(
    "mapping", [{"没有这列": "unit"}, {"案号": "number"}], ids=["heading", "field"]
)
def test_map_must_name_a_heading_and_a_field(intake, mapping):
    with pytest.raises(UsageError, match="--map"):
        intake.send([HEADINGS, ROW], mapping=mapping)


def test_set_fills_a_column_that_the_file_lacks(intake):
    table = make_table(make_row(), without=["action"])
    intake.send(table, constants={"action": "行政处罚"})
    assert intake.the_case()["action"] == "penalty"


@pytest.mark.parametrize("constants", [{"action": "行政处罚"}, {"kind": "x"}])
def test_set_must_name_a_field_that_the_file_lacks(intake, constants):
    with pytest.raises(UsageError, match="--set"):
        intake.send([HEADINGS, ROW], constants=constants)


def test_heading_with_penalty_decision_implies_the_action(intake):
    head = ["行政处罚决定书文号", "执法单位", "职权编码", "作出处罚决定的日期"]
    intake.send([head, [*ROW[:3], ROW[4]]])
    assert intake.the_case()["action"] == "penalty"


def test_action_column_goes_before_an_implied_action(intake):
    head = ["行政处罚决定书文号", *HEADINGS[1:]]
    intake.send([head, [*ROW[:3], "行政检查", ROW[4]]])
    assert intake.the_case()["action"] == "inspection"


def test_set_goes_before_an_implied_action(intake):
    head = ["行政处罚决定书文号", "执法单位", "职权编码", "决定日期"]
    intake.send([head, [*ROW[:3], ROW[4]]], constants={"action": "行政强制"})
    assert intake.the_case()["action"] == "coercion"


def test_file_without_an_action_is_refused_and_told_of_set(intake):
    text = refused(intake, make_table(make_row(), without=["action"]))
    assert "--set action=行政处罚" in text


@pytest.mark.parametrize("field", ["case_no", "unit"])
def test_file_without_number_or_unit_is_refused_and_told_of_map(intake, field):
    text = refused(intake, make_table(make_row(), without=[field]))
    assert f"--map 列名={field}" in text


def test_columns_that_are_not_mapped_are_named_and_not_stored(intake):
    head = [*HEADINGS, "当事人", "法定代表人", "没收金额", "备注"]
    report = intake.send(
        [head, [*ROW, "张某", "李某", "88", "某处"], ["X", "", "", "", "", "赵某", "", "", ""]]
    )
    assert report.left_out == ["当事人", "法定代表人", "没收金额", "备注"]
    stored = b"".join(path.read_bytes() for path in intake.folder.glob("register.db*"))
    assert all(name.encode() not in stored for name in ("张某", "李某", "赵某"))


def test_heading_says_that_amounts_count_in_ten_thousands(intake):
    rows = [
        make_row(case_no=f"〔2020〕{n}号", fine_cny=cell)
        for n, cell in enumerate(["0.05", "500元", "0.05万元", ""])
    ]
    table = make_table(*rows)
    table[0] = [h.replace("罚款金额", f"罚款金额{LEFT}万元{RIGHT}") for h in table[0]]
    intake.send(table)
    fines = [case["fine_cny"] for case in intake.cases()]
    assert fines[:3] == [500, 500, 500]
    assert fines[3] is None or math.isnan(fines[3])


# Which rows are no cases


@sampled(
    "mark",
    [
        "例",
        "例:1",
        "例" + COLON + "1",
        "例如" + COLON + "甲",
        f"{LEFT}例{RIGHT}",
        "(例)",
        "【例】",
        "示例",
        "样例1",
        "例1",
        "例 一",
        "如" + COLON + "甲",
    ],
)
def test_sample_row_is_skipped(intake, mark):
    report = intake.send([["序号", *HEADINGS], [mark, *OTHER], ["1", *ROW]])
    assert counts(report) == (2, 1, 0, 0, 0, 1)


@pytest.mark.parametrize("mark", ["例" + COLON, "示例" + COLON])
def test_row_with_a_sample_number_is_skipped(intake, mark):
    report = intake.send([HEADINGS, [mark + OTHER[0], *OTHER[1:]], ROW])
    assert counts(report) == (2, 1, 0, 0, 0, 1)


@sampled(
    "word",
    ["合计", "合\u3000计", "总计", "小计", "合计" + COLON, "本页小计", "东城区合计", "累 计"],
)
@pytest.mark.parametrize("serial", ["", "3"])
def test_total_row_is_skipped(intake, word, serial):
    total = [serial, word, "", "", "", 30000] if serial else [word, "", "", "", "", 30000]
    report = intake.send([["序号", *HEADINGS], ["1", *ROW], total])
    assert counts(report) == (2, 1, 0, 0, 0, 1)


def test_row_with_a_serial_number_only_is_skipped(intake):
    serials = [[2], ["3"], ["4.0"], ["\uff15"], [" 6 ", " ", "\u3000"]]
    report = intake.send([*numbered(ROW), *serials])
    assert counts(report) == (6, 1, 0, 0, 0, 5)


@pytest.mark.parametrize("serial", ["4.", "(5)", "六", "十一", f"7{POINT}"])
def test_serial_number_is_known_however_it_is_written(intake, serial):
    assert counts(intake.send([*numbered(ROW), [serial]])) == (2, 1, 0, 0, 0, 1)


@pytest.mark.parametrize("mark", ["/", "无", "—", WIDE_STROKE])
def test_row_with_nothing_but_marks_for_empty_is_blank(intake, mark):
    marks = [[mark] * len(HEADINGS)]
    assert counts(intake.send([HEADINGS, *marks])) == (1, 0, 0, 0, 0, 1)
    report = intake.send([*numbered(ROW), ["2", *marks[0]], [mark, *marks[0]]])
    assert counts(report) == (3, 1, 0, 0, 0, 2)


def test_case_number_alone_is_no_serial_number(intake):
    report = intake.send([HEADINGS, ROW, ["8"]])
    assert counts(report) == (2, 1, 0, 0, 1, 0)


def test_blank_rows_between_are_read_and_skipped(intake):
    report = intake.send([HEADINGS, [], [" ", "\u3000", ""], ROW, [], OTHER])
    assert counts(report) == (5, 2, 0, 0, 0, 3)


def test_repeated_header_is_skipped_however_it_is_typed(intake):
    again = ["案 号", "执法单位*", "职权\n编码", "执法类型", "决定日期"]
    report = intake.send([HEADINGS, ROW, HEADINGS, again, OTHER])
    assert counts(report) == (4, 2, 0, 0, 0, 2)


def test_title_repeated_above_a_repeated_header_is_skipped_with_it(intake):
    page = [["东城区行政执法台账"], ["2020年下半年"], HEADINGS]
    report = intake.send([*page, ROW, *page, OTHER])
    assert counts(report) == (5, 2, 0, 0, 0, 3)


@pytest.mark.parametrize(
    "note",
    [
        ("填表人:王某", "审核人:李某"),
        ("填表人", "王某", "审核人", "李某"),
        ("填报单位(盖章)", "王某"),
        ("备注:王某转交",),
        ("注1" + COLON + "王某转交",),
    ],
)
def test_line_that_closes_a_file_is_skipped_and_no_name_in_it_stored(intake, note):
    report = intake.send([HEADINGS, ROW, note])
    assert counts(report) == (2, 1, 0, 0, 0, 1)
    assert intake.rows_in(models.Problem) == 0


def test_row_numbers_are_those_of_the_spreadsheet(intake):
    bad = (*OTHER[:4], "03/01/2021")
    report = intake.send([["题"], [], HEADINGS, ROW, [], bad])
    assert reasons(report) == [
        "第 6 行「决定日期」：03/01/2021 不是可识别的日期，请写成 2021-03-01"
    ]
    assert report.problems[0]["row"] == 6


def test_file_of_which_no_row_is_acceptable_is_refused(intake):
    text = refused(intake, [HEADINGS, (*ROW[:4], "03/01/2021"), (*OTHER[:4], "昨天")])
    assert "2 行没有一行可以接受" in text


def test_duplicates_of_a_bad_row_do_not_make_a_file_acceptable(intake):
    late = (*ROW[:4], "2021-02-01")
    assert "没有一行可以接受" in refused(intake, [HEADINGS, late, late])


def test_dry_run_judges_and_stores_nothing(intake):
    table = [HEADINGS, ROW, (*OTHER[:4], "昨天")]
    report = intake.send(table, dry_run=True)
    assert (counts(report), report.batch) == ((2, 1, 0, 0, 1, 0), None)
    assert intake.rows_in(models.Batch) == intake.rows_in(models.Case) == 0
    assert counts(intake.send(table)) == counts(report)
