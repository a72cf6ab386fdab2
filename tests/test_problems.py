"""Quarantined rows: listed, exported, mended by hand, checked again; in the small world.

The log has five cases: one sound, one of two rows, three with something unknown. At the end, what
two batches say of one case.
"""

import openpyxl
import pytest
from builders import E1, E2, EAST, LITTER, SIGNS, WELLS, WEST, make_case
from command_line import edit_workbook

POWER, DAY = "职权名称", "决定日期"
ROWS = [
    make_case(),
    make_case(case_no="东罚〔2021〕2号", power="不认识"),
    make_case(case_no="东罚〔2021〕3号", power=LITTER),
    make_case(case_no="东罚〔2021〕3号", power="也不认识"),
    make_case(case_no="东罚〔2021〕4号", power="又不认识", unit=E2, decided_on="03/01/2021"),
]


@pytest.fixture
def sent(command_line):
    command_line.send(ROWS, exit_code=3)
    return command_line


@pytest.fixture
def book(sent):
    path = sent.folder / "问题.xlsx"
    assert sent.run("problems", "--export", path).exit_code == 0
    return path


def mend(line, source, edits, exit_code=0):
    """Import an edited copy of a workbook; the record of the file."""
    number = len(list(line.folder.glob("mended-*.xlsx")))
    path = edit_workbook(source, line.folder / f"mended-{number}.xlsx", edits)
    return line.records("import", path, exit_code=exit_code)[0]


def powers_used(line):
    window = ("--from", "2021-01", "--to", "2021-03")
    return {r["power"] for r in line.records("rate", "--by", "power", *window) if r["numerator"]}


def open_rows(line):
    return [record["row"] for record in line.records("problems")]


def test_all_rows_of_a_case_are_quarantined_with_one(sent):
    records = sent.records("problems")
    assert [r["row"] for r in records] == [3, 4, 5, 6]
    assert "第 5 行" in records[1]["reasons"][0]
    assert records[3]["codes"] == ["unknown_power", "unreadable_date"]
    assert sent.rate() == (1, 4)


def test_the_workbook_has_a_number_and_the_reasons_of_each_row(sent, book):
    heading, *rows = openpyxl.load_workbook(book).active.iter_rows(values_only=True)
    assert heading[:2] == ("问题编号", "问题")
    assert [row[0] for row in rows] == [r["problem"] for r in sent.records("problems")]
    assert "不认识" in rows[0][1]


def test_a_mended_workbook_needs_no_declaration_and_resolves_its_rows(sent, book):
    record = mend(
        sent,
        book,
        {
            (POWER, "不认识"): SIGNS,
            (POWER, "也不认识"): WELLS,
            (POWER, "又不认识"): WELLS,
            (DAY, "03/01/2021"): "2021-01-03",
        },
    )
    assert (record["read"], record["accepted"], record["quarantined"]) == (4, 4, 0)
    assert open_rows(sent) == []
    assert sent.rate() == (3, 4)
    assert sent.disagreements() == []


def test_what_is_odd_about_a_mended_row_is_a_warning(sent, book):
    record = mend(sent, book, {(POWER, "不认识"): SIGNS, ("执法类型", "penalty"): "coercion"}, 3)
    assert [(w["row"], w["code"]) for w in record["warning_rows"]] == [
        (2, "action_not_the_powers_kind")
    ]
    assert (record["warnings"], sent.batch(2)["warnings"]) == (1, 1)


def test_a_column_added_to_the_workbook_is_named_and_not_stored(sent, book):
    workbook = openpyxl.load_workbook(book)
    workbook.active.cell(1, workbook.active.max_column + 1).value = "当事人"
    workbook.save(book)
    assert mend(sent, book, {(POWER, "不认识"): SIGNS}, 3)["left_out"] == ["当事人"]


def test_a_workbook_that_nobody_mended_is_refused(sent, book):
    assert "第 2 行" in sent.refusal("import", book)
    assert len(sent.records("batches")) == 1


def test_a_partly_mended_workbook_resolves_what_was_mended(sent, book):
    record = mend(sent, book, {(POWER, "不认识"): SIGNS}, exit_code=3)
    assert (record["accepted"], record["quarantined"]) == (1, 3)
    assert [problem["row"] for problem in record["problems"]] == [3, 4, 5, 5]
    assert open_rows(sent) == [4, 5, 6]
    assert sent.disagreements() == []


def test_the_same_workbook_may_be_mended_further(sent, book):
    first, second = {(POWER, "不认识"): SIGNS}, {(POWER, "又不认识"): WELLS}
    last = {(POWER, "也不认识"): WELLS, (DAY, "03/01/2021"): "2021-01-03"}
    mend(sent, book, first, exit_code=3)
    record = mend(sent, book, first | second, exit_code=3)
    assert (record["accepted"], record["unchanged"], record["quarantined"]) == (0, 1, 3)
    record = mend(sent, book, first | second | last)
    assert (record["accepted"], record["unchanged"], record["quarantined"]) == (3, 1, 0)
    assert open_rows(sent) == []
    assert sent.disagreements() == []


def test_a_case_of_two_rows_is_accepted_once_the_bad_one_is_mended(sent, book):
    record = mend(sent, book, {(POWER, "也不认识"): WELLS}, exit_code=3)
    assert record["accepted"] == 2
    assert open_rows(sent) == [3, 6]
    assert sent.rate("--min-cases", "2") == (1, 4)


def test_a_workbook_with_only_the_bad_row_of_a_case_mends_the_case(sent, book):
    workbook = openpyxl.load_workbook(book)
    workbook.active.delete_rows(5)
    workbook.active.delete_rows(2, 2)
    workbook.save(book)
    record = mend(sent, book, {(POWER, "也不认识"): WELLS})
    assert (record["read"], record["accepted"]) == (1, 1)
    assert open_rows(sent) == [3, 6]
    assert sent.rate("--min-cases", "2") == (1, 4)


def test_a_row_that_still_fails_keeps_its_place_in_the_log_and_its_new_content(sent, book):
    mend(sent, book, {(POWER, "不认识"): SIGNS, (POWER, "又不认识"): WELLS}, exit_code=3)
    last = sent.records("problems")[-1]
    assert (last["row"], last["power"], last["codes"]) == (6, WELLS, ["unreadable_date"])
    assert "第 6 行" in last["reasons"][0]


def test_the_same_workbook_again_changes_nothing(sent, book):
    mended = edit_workbook(book, sent.folder / "mended.xlsx", {(POWER, "不认识"): SIGNS})
    sent.records("import", mended, exit_code=3)
    again = sent.records("import", mended)[0]
    assert (again["accepted"], again["unchanged"]) == (0, 1)
    assert len(sent.records("batches")) == 2


def test_a_workbook_beside_a_log_is_recognised_though_a_declaration_is_given(sent, book):
    mended = edit_workbook(book, sent.folder / "mended.xlsx", {(POWER, "不认识"): SIGNS})
    log = sent.log("west.csv", [make_case(case_no="9号", power=WELLS, decided_on="2021-02-01")])
    words = ("--district", EAST, "--months", "2021-01..2021-03")
    records = sent.records("import", mended, log, *words, exit_code=3)
    assert [r["accepted"] for r in records] == [1, 1]


def test_a_dry_run_of_a_workbook_stores_nothing(sent, book):
    mended = edit_workbook(book, sent.folder / "mended.xlsx", {(POWER, "不认识"): SIGNS})
    record = sent.records("import", mended, "--dry-run", exit_code=3)[0]
    assert (record["batch"], record["accepted"]) == (None, 1)
    assert open_rows(sent) == [3, 4, 5, 6]


@pytest.mark.parametrize("number", ["", "abc", "999"])
def test_a_workbook_whose_numbers_are_not_open_problems_is_refused(sent, book, number):
    workbook = openpyxl.load_workbook(book)
    workbook.active["A3"] = number
    workbook.save(book)
    assert "第 3 行「问题编号」" in sent.refusal("import", book)


def test_retry_after_an_alias_resolves_only_what_it_explains(sent):
    sent.records("alias", "add", "不认识", SIGNS, "--district", WEST)
    assert len(sent.records("problems", "--retry")) == 4
    sent.records("alias", "add", "不认识", SIGNS, "--district", EAST)
    outcome = sent.run("problems", "--retry", "--format", "json")
    assert "解决 1 行" in outcome.stderr
    assert [r["row"] for r in outcome.records] == [4, 5, 6]
    assert sent.rate() == (2, 4)
    assert sent.disagreements() == []


def test_retry_after_a_units_alias_resolves_its_rows(command_line):
    command_line.send(
        [make_case(), make_case(case_no="2号", unit="一街", power=SIGNS)], exit_code=3
    )
    command_line.records("alias", "add", "一街", E1)
    assert command_line.records("problems", "--retry") == []
    assert command_line.rate("--unit", E1) == (2, 4)


def test_an_alias_of_a_district_explains_rows_of_its_log_whose_unit_is_unknown(sent):
    sent.records("alias", "add", "不认识", SIGNS, "--district", EAST)
    rows = [make_case(), make_case(case_no="8号", power="不认识", unit="一街")]
    record = sent.send(rows, "more.csv", exit_code=3)
    assert [problem["code"] for problem in record["problems"]] == ["unknown_unit"]


def test_problems_of_one_batch_are_listed_and_retried_alone(sent):
    sent.send([make_case(), make_case(case_no="8号", power="不认识")], "more.csv", exit_code=3)
    assert len(sent.records("problems", "--batch", 2)) == 1
    sent.records("alias", "add", "不认识", SIGNS)
    assert sent.records("problems", "--batch", 2, "--retry") == []
    assert open_rows(sent) == [3, 4, 5, 6]


def test_units_with_open_problems_are_flagged_until_they_are_resolved(sent):
    def flagged():
        window = ("--from", "2021-01", "--to", "2021-03")
        return [r["flagged"] for r in sent.records("completeness", "--by", "unit", *window)]

    assert flagged() == [1, 0, 0, 0]
    for text in ("不认识", "也不认识"):
        sent.records("alias", "add", text, SIGNS)
    sent.records("problems", "--retry")
    assert flagged() == [0, 0, 0, 0]


def test_a_table_of_problems_shows_the_reasons(sent):
    assert "不认识" in sent.run("problems").stdout


@pytest.fixture
def twice(command_line):
    """One case that two batches have quarantined, beside a sound one."""
    rows = [make_case(), make_case(case_no="东罚〔2021〕2号", power="不认识")]
    command_line.send(rows, "log.csv", exit_code=3)
    command_line.send(rows, "again.csv", "--months", "2021-01..2021-02", exit_code=3)
    return command_line


def test_a_case_that_two_batches_quarantined_comes_back_once_by_an_alias(twice):
    twice.run("alias", "add", "不认识", SIGNS)
    assert twice.run("problems", "--retry").exit_code == 0
    assert open_rows(twice) == []
    assert twice.rate("--min-cases", "2") == (0, 4)
    assert twice.disagreements() == []


def test_a_case_that_two_batches_quarantined_comes_back_once_by_a_workbook(twice):
    book = twice.folder / "问题.xlsx"
    twice.run("problems", "--export", book)
    record = mend(twice, book, {(POWER, "不认识"): SIGNS})
    assert (record["accepted"], record["unchanged"]) == (1, 1)
    assert twice.rate("--min-cases", "2") == (0, 4)
    assert twice.disagreements() == []


@pytest.mark.parametrize("batch", [1, 2])
def test_a_case_that_came_back_for_two_batches_stays_while_one_of_them_stands(twice, batch):
    twice.run("alias", "add", "不认识", SIGNS)
    twice.run("problems", "--retry")
    twice.run("withdraw", batch, "--reason", "试")
    assert twice.rate() == (2, 4)
    assert twice.disagreements() == []


@pytest.fixture
def corrected(command_line):
    """A quarantined row of a first batch, whose case a second batch has said otherwise since."""
    number = "东罚〔2021〕2号"
    command_line.send([make_case(), make_case(case_no=number, power="不认识")], exit_code=3)
    command_line.send([make_case(case_no=number, power=WELLS)], "later.csv")
    return command_line


def test_checking_a_row_again_takes_back_no_correction_of_a_later_file(corrected):
    corrected.run("alias", "add", "不认识", SIGNS)
    assert corrected.run("problems", "--retry").exit_code == 0
    assert open_rows(corrected) == []
    assert powers_used(corrected) == {LITTER, WELLS}
    assert corrected.disagreements() == []


@pytest.fixture
def replaced(command_line):
    """A quarantined row of a first batch, whose case a second one, with --replace, leaves out."""
    number = "东罚〔2021〕2号"
    command_line.send([make_case(), make_case(case_no=number, power="不认识")], exit_code=3)
    command_line.send([make_case()], "later.csv", "--replace")
    return command_line


def test_checking_a_row_again_brings_back_no_case_that_a_replacement_has_left_out(replaced):
    replaced.run("alias", "add", "不认识", SIGNS)
    assert replaced.run("problems", "--retry").exit_code == 0
    assert open_rows(replaced) == []
    assert powers_used(replaced) == {LITTER}
    assert replaced.disagreements() == []


def test_a_row_mended_by_hand_after_a_replacement_is_a_case(replaced):
    book = replaced.folder / "问题.xlsx"
    replaced.run("problems", "--export", book)
    assert mend(replaced, book, {(POWER, "不认识"): SIGNS})["accepted"] == 1
    assert powers_used(replaced) == {LITTER, SIGNS}
    assert replaced.disagreements() == []


def test_a_mended_row_is_said_later_than_the_file_that_came_between(corrected):
    book = corrected.folder / "问题.xlsx"
    corrected.run("problems", "--export", book)
    assert mend(corrected, book, {(POWER, "不认识"): SIGNS})["corrected"] == 1
    assert powers_used(corrected) == {LITTER, SIGNS}
    assert corrected.disagreements() == []


def test_a_row_that_an_alias_resolved_and_a_person_mended_says_what_the_person_wrote(sent, book):
    sent.run("alias", "add", "不认识", SIGNS)
    sent.run("problems", "--retry")
    mend(sent, book, {(POWER, "不认识"): WELLS}, exit_code=3)
    assert powers_used(sent) == {LITTER, WELLS}
    assert sent.disagreements() == []
