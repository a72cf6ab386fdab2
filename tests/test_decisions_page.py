"""The adjustment loop on a page: overdue follow-ups first, dissent shown, in both languages."""

import re
from datetime import date

import adjustment_world as loop
import pytest
from builders import E1, E2, EAST, LITTER, SIGNS, W1, make_case
from streamlit.testing.v1 import AppTest

from registry.settings import ROOT
from registry.window import Window

CJK = re.compile("[\u4e00-\u9fff]")


def whole_loop() -> None:
    """A page that shows all of the loop as of 2022-03-10."""
    from datetime import date

    from registry import ui

    snapshot = ui.begin("动态调整")
    ui.decisions.show_loop(snapshot, date(2022, 3, 10))


def opened(page: AppTest, **query: str) -> AppTest:
    for key, value in query.items():
        page.query_params[key] = value
    page.run()
    assert not page.exception, page.exception[0].message
    return page


def show_all(language: str = "zh") -> AppTest:
    return opened(AppTest.from_function(whole_loop, default_timeout=60), lang=language)


def power_page(code: str, language: str = "zh") -> AppTest:
    page = AppTest.from_file(str(ROOT / "pages" / "powers.py"), default_timeout=60)
    return opened(page, power=code, lang=language)


def headings(page: AppTest) -> list[str]:
    return [heading.value for heading in page.subheader]


def test_without_proposals_the_page_says_how_to_make_one(page_register):
    assert "registry propose" in show_all().info[0].value
    assert "还没有决定" not in headings(power_page(LITTER))


@pytest.fixture
def round_of(page_register):
    """LITTER left with E2 against E1's wish and followed up; SIGNS proposed."""
    page_register.send([make_case(unit=E1, decided_on="2020-08-02")], EAST, Window(202006, 202112))
    number = loop.proposal(page_register)
    for unit in (E1, E2):
        loop.opinion(page_register, number, unit, "keep", "夏季需要")
    made = loop.decision(page_register, number, kind="differentiate", units=(E2,))
    told = {"finding": "仍有投诉", "action": "部门接手", "due_on": date(2022, 1, 31)}
    loop.followed(page_register, made.number, 6, date(2022, 1, 10), **told)
    waiting = loop.proposal(page_register, SIGNS, recommendation="train")
    loop.opinion(page_register, waiting, W1, "keep")
    return page_register


def test_the_loop_is_shown_with_what_is_overdue_first(round_of):
    page = show_all()
    assert headings(page) == [
        "1 项跟踪评估或措施逾期",
        "1 项提案待决定",
        "3 条意见，其中 1 条与建议或决定相左",
        "1 项决定已生效，0 项待生效",
    ]
    followed, comparison, proposed, said, decided = (table.value for table in page.table)
    assert list(followed["状态"]) == ["措施逾期", "未到期（2021年6月至2022年5月尚未报齐）"]
    assert list(proposed["状态"]) == ["待决定", "已决定"]
    assert said["单位"].iloc[0] == "东一街道"
    assert list(said["相左"]) == ["是", "—", "—"]
    assert (decided["范围"].iloc[0], decided["相左"].iloc[0]) == ("东二镇", "东一街道")
    coverage = comparison[comparison["指标"].eq("覆盖面")]
    assert coverage["调整前"].iloc[0].startswith("至少 33.3\xa0% (1/3)")
    assert list(coverage["调整后"]) == ["未持有", "0.0\xa0% (0/1)"]


def test_in_english_too(round_of):
    page = show_all("en")
    assert not CJK.search("\n".join(headings(page)))
    for table in page.table:
        assert not CJK.search(" ".join(map(str, table.value.columns)))
    done, waiting = page.table[0].value["State"]
    assert done == "Action overdue"
    assert waiting == "Not yet due (not all returns in yet\\: June 2021 to May 2022)"


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_powers_page_shows_its_own_part(round_of, language):
    page = power_page(SIGNS, language)
    waiting = {"zh": "1 项提案待决定", "en": "1 proposal waits for a decision"}
    assert waiting[language] in headings(page)
    columns = [list(table.value.columns) for table in page.table]
    assert any({"zh": "建议", "en": "Recommendation"}[language] in names for names in columns)
    assert len(power_page(LITTER, language).table) > len(page.table)
