"""registry import --kind and what goes with it, as typed at a terminal; every format of file."""

import csv
import json

import pytest
import sqlalchemy as sa
from builders import E2, EAST, make_case
from return_files import row, table

from registry import models
from registry.cli.options import FileKind
from registry.db import engine_for, writing
from registry.db import table as db_table
from registry.demo.files import FORMS
from registry.demo.mess import Sheet
from registry.returns import KINDS

DECLARED = ("--district", EAST, "--months", "2021-01..2021-03")


def write(line, kind, *rows, name="return.csv"):
    path = line.folder / name
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(table(*rows))
    return path


def send(line, kind, *rows, name="return.csv", exit_code=0, words=DECLARED):
    path = write(line, kind, *rows, name=name)
    return line.records("import", path, "--kind", kind, *words, exit_code=exit_code)[0]


def test_the_kinds_of_the_command_line_are_those_of_the_register():
    assert [kind.value for kind in FileKind] == list(KINDS)


def test_a_return_is_reported_with_the_keys_of_a_log(command_line):
    log = command_line.send([make_case()])
    record = send(
        command_line, "whistles", row("whistles"), row("whistles", unit=E2, on_time=9), exit_code=3
    )
    assert list(record) == list(log)
    assert (record["batch"], record["accepted"], record["quarantined"]) == (2, 1, 1)
    assert command_line.batch(2)["kind"] == "whistles"
    assert command_line.batch(1)["kind"] == "usage"
    assert command_line.disagreements() == []


def test_problems_of_returns_are_listed_with_their_fields(command_line):
    send(
        command_line,
        "staffing",
        row("staffing"),
        row("staffing", unit=E2, front_line=17),
        exit_code=3,
    )
    (problem,) = command_line.records("problems")
    assert (problem["unit"], problem["front_line"], problem["codes"]) == (
        E2,
        "17",
        ["step_too_large"],
    )
    assert problem["case_no"] is None
    command_line.run("problems", "--export", command_line.folder / "p.xlsx")
    assert "step_too_large" not in command_line.run("problems").stdout
    assert command_line.run("problems").exit_code == 0


def test_a_withdrawn_return_says_how_many_rows_it_was(command_line):
    send(command_line, "whistles", row("whistles"))
    send(
        command_line, "whistles", row("whistles", called=6), row("whistles", unit=E2), name="b.csv"
    )
    outcome = command_line.run("withdraw", 2, "--reason", "错", "--format", "json")
    assert json.loads(outcome.stdout) == [
        {"batch": 2, "cases_ended": 0, "cases_restored": 0, "unit_months_ended": 6}
    ]
    assert "报表 1 行终止，1 行恢复" in outcome.stderr
    assert command_line.disagreements() == []


def test_replacement_lists_what_it_ends(command_line):
    send(command_line, "whistles", row("whistles"), row("whistles", unit=E2))
    path = write(command_line, "whistles", row("whistles"), name="b.csv")
    outcome = command_line.run("import", path, "--kind", "whistles", *DECLARED, "--replace")
    assert f"将终止：{E2} 2021-01 water_affairs" in outcome.stderr


def test_units_without_staff_are_named(command_line):
    path = write(command_line, "staffing", row("staffing"))
    outcome = command_line.run("import", path, "--kind", "staffing", *DECLARED)
    assert "没有数据的单位：东二镇" in outcome.stderr
    assert "零报告" not in outcome.stderr


def test_what_is_not_declared_is_proposed_at_a_terminal(command_line):
    path = write(command_line, "training", row("training"), row("training", month="2021-03"))
    words = ("import", path, "--kind", "training")
    assert "缺少申报" in command_line.refusal(*words, exit_code=2)
    outcome = command_line.run(*words, "--format", "json", answers="y\n")
    assert f"区 {EAST}，月份 2021-01..2021-03" in outcome.stderr
    assert json.loads(outcome.stdout)[0]["accepted"] == 2


def test_an_unknown_kind_is_wrong_usage(command_line):
    path = write(command_line, "training", row("training"))
    assert "staffing" in command_line.refusal(
        "import", path, "--kind", "roster", *DECLARED, exit_code=2
    )


def test_a_log_sent_as_a_return_is_told_which_headings_are_expected(command_line):
    path = command_line.log("log.csv", [make_case()])
    text = command_line.refusal("import", path, "--kind", "staffing", *DECLARED)
    assert "「月份」「单位」「编制数」" in text


ROWS = [
    ["吹哨报到月报"],
    ["月份", "街道", "被吹哨部门", "吹哨次数", "按时报到次数"],
    ["2021-01", "东一街道", "water_affairs", 5, 4],
]


@pytest.mark.parametrize("form", FORMS)
def test_every_format_of_file_holds_a_return(command_line, form):
    path = command_line.folder / f"return{FORMS[form].suffix}"
    FORMS[form].write(path, [Sheet("表", ROWS, 1)])
    (record,) = command_line.records("import", path, "--kind", "whistles", *DECLARED)
    assert (record["accepted"], record["quarantined"], record["left_out"]) == (1, 0, [])


def test_the_first_real_return_into_a_demo_asks_as_a_log_does(command_line):
    command_line.send([make_case()])
    with writing(engine_for(command_line.url)) as connection:
        connection.execute(sa.update(db_table(models.Batch)).values(synthetic=True))
    path = write(command_line, "whistles", row("whistles"))
    words = ("import", path, "--kind", "whistles", *DECLARED)
    assert "台账中有演示数据" in command_line.refusal(*words, exit_code=2)
    assert command_line.records(*words, "--drop-demo")[0]["accepted"] == 1
    assert command_line.records("init")[0]["cases"] == 0
