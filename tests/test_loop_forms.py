"""The adjustment loop acted upon on its page: what is stored, what is refused, what is shown."""

from datetime import date, timedelta
from typing import Any

import adjustment_world as loop
import pytest
from builders import E1, E2, EAST, LITTER, SIGNS, W1, WEST, SmallWorld, make_case
from streamlit.testing.v1 import AppTest
from test_decisions_page import CJK, headings, opened
from test_pages import words

from registry import db
from registry.adjustment.follow_up import read_follow_ups
from registry.adjustment.loop import Loop, read_loop
from registry.catalogue import read_catalogue
from registry.language import speaking
from registry.settings import ROOT
from registry.window import Window, today_in_beijing

pytestmark = pytest.mark.slow

ADJUSTMENT = ROOT / "pages" / "adjustment.py"


@pytest.fixture
def returned(page_register: SmallWorld) -> SmallWorld:
    """East has returned two years, with one penalty for litter."""
    rows = [make_case(unit=E1, decided_on="2020-08-02")]
    page_register.send(rows, EAST, Window(202006, 202205))
    return page_register


def page_of(**query: str) -> AppTest:
    return opened(AppTest.from_file(str(ADJUSTMENT), default_timeout=60), **query)


def field(page: AppTest, name: str, times: int = 0) -> Any:
    """A field by form and name ('decide 1 reason'), of a form that was stored so many times."""
    form, _, own = name.rpartition(" ")
    key = f"{form} {times} {own}"
    kinds = ("selectbox", "text_input", "text_area", "radio", "multiselect", "date_input")
    return next(one for kind in kinds for one in page.get(kind) if one.key == key)


def fill(page: AppTest, form: str, button: str, **values: Any) -> AppTest:
    """Write values into a form's fields and press its button."""
    for name, value in values.items():
        field(page, f"{form} {name}").set_value(value)
    next(one for one in page.button if one.label == button).click().run()
    assert not page.exception, page.exception[0].message
    return page


def answer(page: AppTest) -> str:
    """The sentence beside the form, as it is read."""
    (said,) = [*page.success, *page.error]
    return said.value.replace("\\", "")


def standing(world: SmallWorld) -> Loop:
    with db.reading(world.engine) as connection:
        return read_loop(connection, read_catalogue(connection))


def acts(world: SmallWorld) -> int:
    with db.reading(world.engine) as connection:
        return db.revision(connection)


DECIDED = {
    "kind": "return",
    "instrument": loop.NUMBER,
    "effective": loop.IN_FORCE,
    "reason": "同意",
    "on": loop.DECIDED,
}


def test_a_proposal_starts_from_the_powers_recommendation_and_freezes_the_evidence(returned):
    page = page_of(power=SIGNS, as_of="2021-04-01")
    form = f"propose {SIGNS} "
    assert field(page, f"{form} powers").value == [SIGNS]
    advised = field(page, f"{form} recommendation").value
    fill(page, form, "提出提案", reason="长期未用", district=EAST, on=loop.PROPOSED)
    assert answer(page) == "已提出：第 1 号提案，证据截至 2021年3月31日"
    assert "1 项提案待决定" in headings(page)
    (made,) = standing(returned).proposals
    assert (made.powers, made.district, made.recommendation) == ((SIGNS,), EAST, advised)
    assert (made.reason, made.proposed_on) == ("长期未用", loop.PROPOSED)
    assert made.evidence["window"] == "2020-04..2021-03"
    assert made.evidence["dossiers"][0]["power"] == SIGNS
    assert field(page, f"{form} reason", times=1).value == ""


def test_what_is_refused_is_one_sentence_and_stores_nothing(returned):
    before, form = acts(returned), f"propose {SIGNS} "
    page = fill(page_of(power=SIGNS), form, "提出提案", reason="  ")
    assert answer(page) == "理由不能为空：请写明依据什么"
    page = fill(page, form, "提出提案", reason="长期未用", powers=[])
    assert answer(page) == "请填写「职权」"
    assert field(page, f"{form} reason").value == "长期未用"
    assert acts(returned) == before
    assert len(page.run().error) == 0


def test_a_proposal_sent_twice_is_one(returned):
    one, other = page_of(power=SIGNS), page_of(power=SIGNS)
    for page in (one, other):
        fill(page, f"propose {SIGNS} ", "提出提案", reason="长期未用")
    assert "第 1 号提案的职权、范围和建议都相同" in answer(other)
    assert len(standing(returned).proposals) == 1


def test_several_powers_are_proposed_from_the_list(returned):
    page = page_of(as_of="2021-04-01", district=EAST)
    chosen = {"powers": [LITTER, SIGNS], "recommendation": "train", "reason": "人手不足"}
    fill(page, f"propose  {EAST}", "提出提案", on=loop.PROPOSED, **chosen)
    (made,) = standing(returned).proposals
    assert (made.powers, made.district) == ((LITTER, SIGNS), EAST)


def test_two_opinions_and_the_decision_rewrite_the_register_from_its_day(returned):
    number = loop.proposal(returned)
    page = page_of(power=LITTER, proposal=str(number))
    said = {"view": "keep", "reason": "夏季需要", "on": loop.SAID}
    fill(page, f"opinion {number}", "登记意见", speaker=E2, **said)
    assert answer(page) == f"已登记对第 {number} 号提案的意见。"
    assert "1 条意见，其中 1 条与建议或决定相左" in headings(page)
    own = {"speaker": EAST, "view": "return", "reason": "同意收回", "on": loop.SAID}
    for name, value in own.items():
        field(page, f"opinion {number} {name}", times=1).set_value(value)
    fill(page, f"opinion {number}", "登记意见")
    assert [one.speaker for one in standing(returned).opinions] == [E2, EAST]

    fill(page, f"decide {number}", "作出决定", **DECIDED | {"kind": "differentiate"}, units=[E2])
    assert answer(page) == "已决定：第 1 号，自 2021年6月1日 生效"
    assert "1 项决定已生效，0 项待生效" in headings(page)
    held = returned.snapshot().holdings
    column = list(held.powers["code"]).index(LITTER)
    for day, holders in ((date(2021, 5, 31), 4), (loop.IN_FORCE, 1)):
        assert held.on(day)[:, column].sum() == holders
    assert not [box for box in page.selectbox if box.key == "proposal"]


def test_a_decision_without_time_for_the_hand_over_is_refused_and_what_was_typed_stays(returned):
    number, before = loop.proposal(returned), acts(returned)
    page = page_of(proposal=str(number))
    fill(page, f"decide {number}", "作出决定", **DECIDED | {"effective": date(2021, 5, 1)})
    assert "最早是 2021-06-01" in answer(page)
    assert field(page, f"decide {number} instrument").value == loop.NUMBER
    assert acts(returned) == before
    fill(page, f"decide {number}", "作出决定", effective=loop.IN_FORCE)
    assert len(standing(returned).decisions) == 1


def test_of_two_officers_the_second_is_told_what_the_first_has_decided(returned):
    number = loop.proposal(returned)
    one, other = page_of(proposal=str(number)), page_of(proposal=str(number))
    fill(one, f"decide {number}", "作出决定", **DECIDED)
    fill(other, f"decide {number}", "作出决定", **DECIDED | {"instrument": "文〔2021〕9号"})
    for word in ("已经有决定，没有再记一次", loop.NUMBER, LITTER):
        assert word in answer(other)
    assert [made.instrument for made in standing(returned).decisions] == [loop.NUMBER]
    assert "1 项决定已生效，0 项待生效" in headings(other)


def test_an_opinion_that_the_page_did_not_show_holds_the_decision_up_until_it_is_seen(returned):
    number = loop.proposal(returned)
    page = page_of(proposal=str(number))
    loop.opinion(returned, number, WEST, "keep")
    fill(page, f"decide {number}", "作出决定", **DECIDED)
    assert f"{WEST} keep" in answer(page)
    assert "1 条意见，其中 1 条与建议或决定相左" in headings(page)
    fill(page, f"decide {number}", "作出决定")
    assert len(standing(returned).decisions) == 1


def test_a_decision_is_revoked_by_another(returned):
    loop.decided(returned)
    number = loop.proposal(returned, recommendation="delegate_more")
    page = page_of(proposal=str(number))
    back = {"kind": "revoke", "revokes": "1", "instrument": "文〔2021〕5号", "reason": "仍有需要"}
    day = {"effective": date(2021, 10, 1), "on": date(2021, 8, 20)}
    fill(page, f"decide {number}", "作出决定", **back, **day)
    states = {made.number: made.state(date(2022, 1, 1)) for made in standing(returned).decisions}
    assert states == {1: "revoked", 2: "in_force"}


def test_a_follow_up_is_compared_recorded_and_its_action_done(returned):
    made = loop.decided(returned, kind="differentiate", units=(E2,))
    page = page_of(follow_up="1-6")
    comparison = next(t.value for t in page.table if "调整前" in t.value.columns)
    assert list(comparison[comparison["指标"].eq("覆盖面")]["调整后"]) == [
        "未持有",
        "0.0\xa0% (0/1)",
    ]
    form, before = "follow-up 1-6", acts(returned)
    fill(page, form, "登记评估", result="failed", finding="仍有投诉")
    assert answer(page) == "发现的问题要有说明，或有措施和期限"
    fill(page, form, "登记评估", result="as_expected")
    assert "不能同时写" in answer(page)
    assert acts(returned) == before
    due = today_in_beijing() + timedelta(days=30)
    fill(page, form, "登记评估", result="failed", action="部门接手", due=due)
    assert answer(page) == "已登记第 1 号决定 6 个月的跟踪评估。"
    page = page_of(follow_up="1-6")
    assert "措施：部门接手" in words(page)
    next(one for one in page.button if one.label == "措施已完成").click().run()
    with db.reading(returned.engine) as connection:
        states = {f.months: f.state(due) for f in read_follow_ups(connection, due)}
    assert (made.number, states[6]) == (1, "action_done")


def test_of_two_follow_ups_the_second_is_told_of_the_first(returned):
    loop.decided(returned)
    one, other = page_of(follow_up="1-6"), page_of(follow_up="1-6")
    fill(one, "follow-up 1-6", "登记评估", result="as_expected")
    fill(other, "follow-up 1-6", "登记评估", result="failed", finding="x", explanation="y")
    assert "刚有人登记" in answer(other)


def test_a_past_state_of_knowledge_cannot_be_acted_upon(returned):
    number = loop.proposal(returned)
    then = acts(returned)
    loop.opinion(returned, number, WEST, "keep")
    page = page_of(known_on=str(then))
    labels = {one.label for one in page.button}
    assert not labels & {"提出提案", "登记意见", "作出决定"}
    assert "按当时所知显示" in words(page)


def test_the_forms_are_in_english_too(returned):
    loop.decided(returned)
    number = loop.proposal(returned, SIGNS, recommendation="delegate_more")
    page = page_of(power=SIGNS, proposal=str(number), lang="en")
    boxes = [*page.selectbox, *page.text_area, *page.text_input, *page.date_input, *page.radio]
    assert not CJK.search(" ".join(one.label for one in [*boxes, *page.multiselect, *page.button]))
    with speaking("en"):  # the options' words are made outside of the page's session here
        fill(page, f"opinion {number}", "Record the opinion", speaker=W1, view="keep")
    assert not CJK.search(answer(page))
