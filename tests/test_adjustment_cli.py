"""The adjustment loop on the command line, from the import to the follow-up, on both databases."""

import pytest
from builders import (
    DYKES,
    E1,
    E2,
    EAST,
    LITTER,
    SIGNS,
    W1,
    W2,
    WELLS,
    WEST,
    make_case,
    write_small_world,
)
from command_line import CommandLine

from registry import db

pytestmark = pytest.mark.slow

NUMBER = "文〔2021〕2号"
WHY = ("--reason", "少有使用，宜由部门办理")
DECIDED = ("--kind", "return", "--instrument", NUMBER, "--effective", "2021-06-01", *WHY)
COMMANDS = ("propose", "opinion", "decide", "follow-up")


@pytest.fixture
def line(databases, tmp_path):
    """The commands on a small world of their own, on either database."""
    url = databases.create()
    files = write_small_world(tmp_path)
    words = ("--powers", files.powers, "--units", files.units, "--instruments", files.instruments)
    line = CommandLine(url, tmp_path)
    line.records("init", *words)
    yield line
    db.engine_for(url).dispose()
    databases.drop(url)


def used(unit: str, power: str, day: str, number: str) -> dict[str, str]:
    return make_case(unit=unit, power=power, decided_on=day, case_no=f"〔{day[:4]}〕{number}号")


def denominator(line: CommandLine, month: str, *words: str) -> int:
    return line.records("rate", "--from", month, "--to", month, *words)[0]["denominator"]


def test_from_the_import_to_the_follow_up(line):
    logs = {
        EAST: [used(E1, LITTER, "2020-08-03", "1"), used(E1, SIGNS, "2021-08-02", "2")],
        WEST: [used(W1, WELLS, "2020-09-01", "3"), used(W2, WELLS, "2021-07-01", "4")],
    }
    for district, rows in logs.items():
        path = line.log(f"{district}.csv", rows)
        declared = ("--district", district, "--months", "2020-07..2021-12")
        line.records("import", path, *declared)
    before = line.records("rate", "--from", "2021-06", "--to", "2021-12")

    window = ("--from", "2020-07", "--to", "2021-03", "--on", "2021-04-06")
    proposed = line.records("propose", WELLS, "--recommendation", "return", *WHY, *window)[0]
    assert (proposed["proposal"], proposed["state"], proposed["as_of"]) == (
        1,
        "proposed",
        "2021-03-31",
    )
    union = proposed["evidence"]["figures"][0]
    assert (union["measure"], union["numerator"], union["denominator"]) == ("union", 1, 1)

    words = ("--reason", "部门更熟悉", "--on", "2021-04-12")
    line.records("opinion", 1, EAST, "--view", "return", *words)
    said = line.records("opinion", 1, W2, "--view", "keep", *words)
    assert [(o["speaker"], o["dissent"]) for o in said] == [(EAST, False), (W2, True)]

    made = line.records(
        "decide", 1, *DECIDED, "--district", EAST, "--unit", W1, "--on", "2021-04-20"
    )
    assert (made[0]["state"], made[0]["dissent"]) == ("decided", [])
    assert line.records("decide")[0]["state"] == "in_force"
    assert line.records("propose")[0]["state"] == "decided"

    east = ("--district", EAST)
    assert [denominator(line, m, *east) for m in ("2021-05", "2021-06")] == [4, 3]
    assert [denominator(line, m) for m in ("2021-05", "2021-06", "2021-12")] == [4, 4, 4]
    held = {r["power"] for r in line.records("holdings", W2, "--as-of", "2021-06-01")}
    assert held == {LITTER, SIGNS, WELLS, DYKES}
    assert line.records("rate", "--from", "2021-06", "--to", "2021-12") == before

    due = line.records("follow-up", "--on", "2022-03-01")
    assert [(f["months"], f["state"]) for f in due] == [(6, "overdue"), (12, "coming")]
    compared = line.records("follow-up", 1, "--months", 6)
    figures = {(f["group"], f["measure"]): f for f in compared}
    coverage = figures["unchanged", "coverage"]
    assert (coverage["value_before"], coverage["value_after"], coverage["change"]) == (0, 1, 1)
    gone = figures["changed", "coverage"]
    assert (gone["numerator_before"], gone["denominator_before"]) == (1, 3)
    assert gone["value_after"] is None
    told = ("--finding", "西二镇仍在用", "--explanation", "按其意见保留", "--on", "2022-03-01")
    line.records("follow-up", 1, "--months", 6, *told)
    listed = line.records("follow-up", "--on", "2022-03-01")
    assert {f["months"]: f["state"] for f in listed} == {6: "failed", 12: "coming"}
    assert line.disagreements() == []


def test_the_second_officer_is_told_what_has_changed(line):
    line.records("propose", LITTER, "--recommendation", "return", *WHY, "--on", "2021-04-06")
    line.records("decide", 1, *DECIDED, "--on", "2021-04-20")
    sentence = line.refusal("decide", 1, *DECIDED, "--on", "2021-04-21")
    assert sentence.count("\n") == 1
    for word in (NUMBER, LITTER, "2021-06-01"):
        assert word in sentence


def test_a_decision_is_revoked_by_its_own_instrument(line):
    line.records("propose", LITTER, "--recommendation", "return", *WHY, "--on", "2021-04-06")
    line.records("decide", 1, *DECIDED, "--on", "2021-04-20")
    line.records("propose", LITTER, "--recommendation", "delegate_more", *WHY, "--on", "2021-08-02")
    back = ("--kind", "revoke", "--revokes", 1, "--instrument", "文〔2021〕5号", *WHY)
    line.records("decide", 2, *back, "--effective", "2021-10-01", "--on", "2021-08-20")
    months = ("2021-05", "2021-06", "2021-09", "2021-10")
    assert [denominator(line, month) for month in months] == [4, 3, 3, 4]
    states = {r["decision"]: r["state"] for r in line.records("decide")}
    assert states == {1: "revoked", 2: "in_force"}


def test_what_was_known_before_the_decision_is_still_listed(line):
    line.records("propose", LITTER, "--recommendation", "return", *WHY, "--on", "2021-04-06")
    line.records("opinion", 1, EAST, "--view", "keep", *WHY, "--on", "2021-04-12")
    line.records("decide", 1, *DECIDED, "--on", "2021-04-20")
    then = ("--known-on", 3)
    assert line.records("propose", *then)[0]["state"] == "proposed"
    assert len(line.records("opinion", *then)) == 1
    assert line.records("opinion", "--known-on", 2) == []
    assert line.records("decide", *then) == line.records("follow-up", *then) == []
    day = ("--as-of", "2021-06-01")
    for command in (("powers",), ("holdings", E1)):
        now, before = (line.records(*command, *day, *words) for words in ((), then))
        assert {r["power"] for r in before} - {r["power"] for r in now} == {LITTER}
    flags = line.records("assess", LITTER, *day, *then)
    assert flags[0]["data_version"] == 3
    assert "没有街乡持有" in line.refusal("assess", LITTER, *day)


def test_nothing_is_entered_with_a_day_to_come_but_lists_look_ahead(command_line):
    on = ("--on", "2199-01-01")
    command_line.records("propose", LITTER, "--recommendation", "train", *WHY, "--on", "2021-04-06")
    view = ("opinion", 1, EAST, "--view", "keep", *WHY)
    train = ("--kind", "train", "--instrument", NUMBER, "--effective", "2199-06-01", *WHY)
    for words in (view, ("decide", 1, *train)):
        assert "不能晚于今天" in command_line.refusal(*words, *on, exit_code=2)
    command_line.records("decide", 1, *train, "--on", "2021-04-20")
    assert command_line.records("decide", *on)[0]["state"] == "decided"
    assert command_line.records("decide", "--on", "2199-06-01")[0]["state"] == "in_force"


def test_an_action_is_done(command_line):
    command_line.records("propose", LITTER, "--recommendation", "train", *WHY, "--on", "2021-04-06")
    train = ("--kind", "train", "--instrument", NUMBER, "--effective", "2021-06-01", *WHY)
    command_line.records("decide", 1, *train, "--on", "2021-04-20")
    told = ("--finding", "未见使用", "--action", "组织培训", "--due", "2022-06-30")
    command_line.records("follow-up", 1, "--months", 6, *told, "--on", "2022-01-10")
    first = command_line.records("follow-up", "--on", "2022-07-01")[0]
    assert (first["state"], first["action_due_on"]) == ("action_overdue", "2022-06-30")
    done = command_line.records("follow-up", 1, "--months", 6, "--done", "--on", "2022-07-05")
    assert {r["months"]: r["state"] for r in done}[6] == "action_done"


@pytest.mark.parametrize("command", COMMANDS)
def test_without_arguments_a_command_lists_and_there_is_nothing_yet(command_line, command):
    assert command_line.records(command) == []
    for form in ("csv", "table"):
        assert command_line.run(command, "--format", form).exit_code == 0


def test_tables_are_in_words(command_line):
    words = ("--recommendation", "return", *WHY, "--on", "2021-04-06")
    table = command_line.run("propose", LITTER, SIGNS, WELLS, DYKES, *words).stdout
    assert "等 4 个" in table
    command_line.records("opinion", 1, E2, "--view", "keep", *WHY, "--on", "2021-04-07")
    assert E2 in command_line.run("propose").stdout
    command_line.records("decide", 1, *DECIDED, "--on", "2021-04-20")
    assert "收回" in command_line.run("decide").stdout
    compared = command_line.run("follow-up", 1, "--months", 6)
    assert "未持有" in compared.stdout
    assert "2020-06..2020-11 对照 2021-06..2021-11" in compared.stderr
    assert "逾期未评估" in command_line.run("follow-up").stdout


@pytest.mark.parametrize(
    "words",
    [
        ("propose", LITTER),
        ("propose", LITTER, "--recommendation", "return", *WHY, "--known-on", "1"),
        ("propose", LITTER, "--recommendation", "abolish", *WHY),
        ("propose", LITTER, "--recommendation", "return", *WHY, "--on", "2199-01-01"),
        ("opinion", "1", EAST),
        ("decide", "1"),
        ("decide", "1", "--kind", "return"),
        ("follow-up", "1"),
        ("follow-up", "1", "--months", "6", "--as-expected", "--finding", "x"),
        ("propose", LITTER, "--recommendation", "return", *WHY, "--on", "2021-13-01"),
    ],
    ids=" ".join,
)
def test_wrong_usage_ends_with_2(command_line, words):
    assert command_line.refusal(*words, exit_code=2).count("\n") == 1
    assert command_line.records("propose") == []


@pytest.mark.parametrize(
    "words",
    [
        ("propose", "XX1", "--recommendation", "return", *WHY),
        ("opinion", "1"),
        ("opinion", "1", EAST, "--view", "keep", *WHY),
        ("decide", "1", *DECIDED),
        ("follow-up", "1", "--months", "6"),
        ("follow-up", "1", "--months", "6", "--done"),
    ],
    ids=" ".join,
)
def test_a_mistake_is_one_sentence(command_line, words):
    assert command_line.refusal(*words).count("\n") == 1
