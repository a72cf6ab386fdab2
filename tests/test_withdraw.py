"""Taking a batch back: its cases and returns end, what stood before stands again."""

from builders import E1, E2, LITTER, SIGNS, WELLS, make_case
from command_line import edit_workbook
from examples import sampled

ONE, TWO = "东罚〔2021〕1号", "东罚〔2021〕2号"
WINDOW = ("--from", "2021-01", "--to", "2021-03")


def powers_used(line):
    return [r["power"] for r in line.records("rate", "--by", "power", *WINDOW) if r["numerator"]]


def withdraw(line, batch, exit_code=0):
    return line.records("withdraw", batch, "--reason", "报错了", exit_code=exit_code)[0]


def returned(line):
    return line.records("completeness", *WINDOW)[0]["numerator"]


def test_withdrawing_ends_cases_and_returns(command_line):
    command_line.send([make_case(), make_case(case_no=TWO, power=SIGNS)])
    record = withdraw(command_line, 1)
    assert record == {
        "batch": 1,
        "cases_ended": 2,
        "cases_restored": 0,
        "unit_months_ended": 6,
    }
    assert (powers_used(command_line), returned(command_line)) == ([], 0)
    assert command_line.batch(1)["withdrawn_in"] is not None
    assert command_line.disagreements() == []


def test_a_corrected_case_returns_to_its_earlier_version(command_line):
    command_line.send([make_case()])
    command_line.send([make_case(power=SIGNS)], "later.csv")
    assert powers_used(command_line) == [SIGNS]
    assert withdraw(command_line, 2)["cases_restored"] == 1
    assert powers_used(command_line) == [LITTER]
    assert returned(command_line) == 6
    assert command_line.disagreements() == []


def test_a_correction_stays_when_the_batch_before_it_goes(command_line):
    command_line.send([make_case(), make_case(case_no=TWO, power=WELLS)])
    command_line.send([make_case(power=SIGNS)], "later.csv")
    withdraw(command_line, 1)
    assert powers_used(command_line) == [SIGNS]
    withdraw(command_line, 2)
    assert powers_used(command_line) == []
    assert command_line.disagreements() == []


def test_two_corrections_taken_back_in_either_order_leave_the_first_version(command_line):
    for name, power in (("a.csv", LITTER), ("b.csv", SIGNS), ("c.csv", WELLS)):
        command_line.send([make_case(power=power)], name)
    withdraw(command_line, 2)
    assert powers_used(command_line) == [WELLS]
    withdraw(command_line, 3)
    assert powers_used(command_line) == [LITTER]
    assert command_line.disagreements() == []


def test_a_case_that_another_batch_confirmed_stays(command_line):
    command_line.send([make_case()])
    record = command_line.send([make_case(), make_case(case_no=TWO, power=SIGNS)], "later.csv")
    assert (record["unchanged"], record["accepted"]) == (1, 1)
    assert withdraw(command_line, 1)["cases_ended"] == 0
    assert powers_used(command_line) == [LITTER, SIGNS]
    withdraw(command_line, 2)
    assert powers_used(command_line) == []
    assert command_line.disagreements() == []


def test_its_problems_close(command_line):
    command_line.send([make_case(), make_case(case_no=TWO, power="不认识")], exit_code=3)
    withdraw(command_line, 1)
    assert command_line.records("problems") == []
    command_line.records("alias", "add", "不认识", SIGNS)
    assert command_line.records("problems", "--retry") == []
    assert powers_used(command_line) == []


def test_cases_mended_later_go_with_their_batch(command_line):
    command_line.send([make_case(), make_case(case_no=TWO, power="不认识")], exit_code=3)
    command_line.records("alias", "add", "不认识", SIGNS)
    command_line.records("problems", "--retry")
    assert withdraw(command_line, 1)["cases_ended"] == 2
    assert command_line.disagreements() == []


def test_withdrawing_a_mended_workbook_opens_its_problems_again(command_line):
    command_line.send([make_case(), make_case(case_no=TWO, power="不认识")], exit_code=3)
    book = command_line.folder / "problems.xlsx"
    command_line.run("problems", "--export", book)
    mended = edit_workbook(book, command_line.folder / "m.xlsx", {("职权名称", "不认识"): SIGNS})
    command_line.records("import", mended)
    withdraw(command_line, 2)
    assert powers_used(command_line) == [LITTER]
    assert [r["power"] for r in command_line.records("problems")] == ["不认识"]
    assert command_line.records("import", mended)[0]["accepted"] == 1
    assert command_line.records("problems") == []
    assert powers_used(command_line) == [LITTER, SIGNS]
    assert command_line.disagreements() == []


def test_the_file_can_be_imported_again(command_line):
    rows = [make_case(), make_case(case_no=TWO, power=SIGNS)]
    command_line.send(rows)
    withdraw(command_line, 1)
    record = command_line.send(rows)
    assert (record["batch"], record["accepted"]) == (2, 2)
    assert powers_used(command_line) == [LITTER, SIGNS]
    assert command_line.disagreements() == []


def test_cases_ended_by_a_replacement_return_with_its_withdrawal(command_line):
    command_line.send([make_case(), make_case(case_no=TWO, unit=E2, power=SIGNS)])
    command_line.send([make_case()], "new.csv", "--replace")
    assert powers_used(command_line) == [LITTER]
    record = withdraw(command_line, 2)
    assert (record["cases_ended"], record["cases_restored"]) == (0, 1)
    assert powers_used(command_line) == [LITTER, SIGNS]
    assert command_line.disagreements() == []


def test_a_batch_is_withdrawn_once(command_line):
    command_line.send([make_case()])
    withdraw(command_line, 1)
    assert "已经撤回" in command_line.refusal("withdraw", 1, "--reason", "again")


def test_a_reason_is_required(command_line):
    command_line.send([make_case(unit=E1)])
    command_line.refusal("withdraw", 1, exit_code=2)
    assert "理由" in command_line.refusal("withdraw", 1, "--reason", " ")
    assert command_line.batch(1)["withdrawn_in"] is None


def test_months_that_another_batch_covers_stay_returned(command_line):
    command_line.send([make_case()])
    command_line.send([make_case(case_no=TWO)], "later.csv")
    withdraw(command_line, 1)
    assert returned(command_line) == 6


@sampled("order", [(1, 2, 3), (3, 2, 1), (2, 1, 3), (2, 3, 1)])
def test_nothing_is_left_when_every_batch_is_withdrawn(command_line, order):
    command_line.send([make_case(), make_case(case_no=TWO, power=SIGNS)], "a.csv")
    command_line.send([make_case(power=WELLS), make_case(case_no=TWO, power=SIGNS)], "b.csv")
    command_line.send([make_case(), make_case(case_no="3号", unit=E2)], "c.csv", "--replace")
    for batch in order:
        withdraw(command_line, batch)
        assert command_line.disagreements() == []
    assert (powers_used(command_line), returned(command_line)) == ([], 0)
    assert command_line.records("init")[0]["cases"] == 0
