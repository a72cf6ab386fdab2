"""A district's own words: kept with their day, newest first, ending nothing."""

from datetime import date

import pytest
from builders import E1, EAST, LITTER, WEST

from registry import db
from registry.catalogue import read_catalogue
from registry.errors import RegistryError, UsageError
from registry.remarks import Remark, add_remark, read_remarks


def say(engine, content, today, district=EAST):
    with db.writing(engine) as connection:
        catalogue = read_catalogue(connection)
        return add_remark(connection, catalogue, district, content, today=today, actor="东区")


def test_remarks_stand_beside_each_other_newest_first(small_world):
    first, second = date(2021, 5, 1), date(2021, 6, 1)
    say(small_world.engine, " 三月系统切换，补报中 ", first)
    say(small_world.engine, "已补齐", second)
    say(small_world.engine, "同日另一条", second)
    say(small_world.engine, "西区的", second, WEST)
    with db.reading(small_world.engine) as connection:
        assert read_remarks(connection, EAST) == [
            Remark(second, "同日另一条"),
            Remark(second, "已补齐"),
            Remark(first, "三月系统切换，补报中"),
        ]


def test_only_districts_speak(small_world):
    with pytest.raises(UsageError, match="没有这个区"):
        say(small_world.engine, "x", date(2021, 5, 1), E1)


def test_the_command_records_and_lists(command_line):
    assert command_line.records("remark", EAST) == []
    (said,) = command_line.records("remark", EAST, "部分案件补报")
    assert (said["district"], said["content"]) == (EAST, "部分案件补报")
    assert command_line.records("remark", EAST) == [said]
    assert "没有这个区" in command_line.refusal("remark", "990199", exit_code=2)
    assert "不能为空" in command_line.refusal("remark", EAST, " ")
    assert command_line.disagreements() == []


@pytest.mark.parametrize("words", ["切换\0完成", "切换\udc80"])
def test_bytes_that_are_no_text_are_refused(small_world, words):
    with pytest.raises(RegistryError, match=r"「切换\ufffd.*不是文字的字节，不能保存"):
        say(small_world.engine, words, date(2021, 5, 1))


def test_words_that_begin_with_a_dash_are_kept_behind_two_dashes(command_line):
    said = command_line.run("remark", EAST, "--format", "json", "--", "-1 月补报")
    assert [one["content"] for one in said.records] == ["-1 月补报"]


@pytest.mark.parametrize("command", [("remark", EAST), ("freeze",), ("token", "revoke")])
def test_words_that_are_taken_for_an_option_are_refused_with_how_to_write_them(
    command_line, command
):
    sentence = command_line.refusal(*command, "-1 月补报", exit_code=2)
    assert "以「-」开头的文字要写在 -- 之后" in sentence
    assert command_line.records("remark", EAST) == []


def test_the_text_of_an_option_may_begin_with_a_dash(command_line):
    words = ("--recommendation", "return", "--reason", "-1 年未用")
    (asked,) = command_line.records("propose", LITTER, *words, *("--to", "2021-03"))
    assert asked["reason"] == "-1 年未用"
