"""Every page for every role: drawn without an error, and nothing on it that is not for them."""

from builders import EAST, WEST
from examples import sampled
from roles_world import opened, seen

from registry.ui.navigation import PAGES

NAMES = [entry.name for entry in PAGES]


@sampled("name", NAMES)
def test_nobody_sees_a_page_without_a_login_a_role_or_in_time(told, name):
    for login, age in ((None, 0), ("stranger", 0), ("office", 9 * 3600)):
        text = seen(name, login, age)
        assert "东区" not in text
        assert any(words in text for words in ("请先登录", "还没有角色", "请重新登录"))


@sampled("name", NAMES)
def test_a_deputy_sees_no_case_fine_or_word(told, name):
    text = seen(name, "deputy", power="UM1")
    for secret in ("东等1号", "西等1号", "98765", "98,765", "原话", "西错1号"):
        assert secret not in text


@sampled("name", NAMES)
def test_a_district_sees_no_others_cases_or_problems(told, name):
    for district in (EAST, WEST):
        text = seen(name, "east", district=district, batch="2")
        assert "西等1号" not in text
        assert "西错1号" not in text


def test_the_pages_that_are_not_for_them_say_so(told):
    assert "汇总数" in seen("intake", "deputy")
    assert "不能办理" in seen("admin", "deputy")
    assert "不能办理" in seen("admin", "east")
    assert "4 个登录标识有角色" in seen("admin", "office")
    assert "东等1号" in seen("review", "east")
    assert "西等1号" in seen("review", "office", district=WEST)
    assert "原话" in seen("district", "east")


@sampled("name", NAMES)
def test_what_was_uploaded_is_never_markup(told, name):
    page = opened(name, "office", batch="1")
    raw = [one.proto.body for one in page.get("html")]
    raw += [one.proto.body for one in page.markdown if one.proto.allow_html]
    assert raw
    assert not any("onerror" in text for text in raw)
