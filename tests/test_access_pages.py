"""Every page for every role: drawn without an error, and nothing on it that is not for them."""

import time

import pytest
from builders import EAST, W1, WAITING, WEST, make_case
from examples import sampled
from streamlit.testing.v1 import AppTest

from registry import db
from registry.access import DEPUTY, DISTRICT, REFORM_OFFICE
from registry.catalogue import read_catalogue
from registry.remarks import add_remark
from registry.roles import grant_role
from registry.settings import ROOT
from registry.ui.navigation import PAGES
from registry.window import today_in_beijing

KINDS = ("markdown", "caption", "info", "error", "text", "subheader")
MARKUP = "<img src=x onerror=alert(1)>"
QUERY = {"from": "2021-01", "to": "2021-03", "district": EAST, "as_of": "2021-03-31"}


@pytest.fixture
def told(page_register):
    """Cases that wait in two districts, a fine, a remark, and a row that nobody could read."""
    fined = {"fine_cny": "98765", "procedure": "ordinary", "party_type": "individual"}
    east = [make_case(**fined), make_case(case_no="东等1号", **WAITING)]
    page_register.send([*east, make_case(case_no=MARKUP, power=MARKUP)])
    west = [make_case(unit=W1, case_no="西等1号", **WAITING)]
    page_register.send([*west, make_case(unit=W1, case_no="西错1号", power="没有")], WEST)
    with db.writing(page_register.engine) as connection:
        catalogue = read_catalogue(connection)
        add_remark(
            connection, catalogue, EAST, f"原话{MARKUP}", today=today_in_beijing(), actor="t"
        )
        grant_role(connection, catalogue, "office", REFORM_OFFICE, "", "test")
        grant_role(connection, catalogue, "east", DISTRICT, EAST, "test")
        grant_role(connection, catalogue, "deputy", DEPUTY, "", "test")
    return page_register


def opened(name: str, login: str | None, age: float = 0, **query: str) -> AppTest:
    """A page as a login meets it."""
    page = AppTest.from_file(str(ROOT / "dashboard.py"), default_timeout=60)
    page.secrets["auth"] = {"redirect_uri": "x", "cookie_secret": "x"}
    page.user = {"is_logged_in": login is not None, "sub": login, "iat": time.time() - age}
    for key, value in (QUERY | query).items():
        page.query_params[key] = value
    page.run()
    page.switch_page(f"pages/{name}.py").run()
    assert not page.exception, page.exception
    return page


def seen(name: str, login: str | None, age: float = 0, **query: str) -> str:
    """All that a page says to a login."""
    page = opened(name, login, age, **query)
    texts = [str(part.proto) for part in page.main]
    texts += [str(one.value) for kind in KINDS for one in page.get(kind)]
    return "\n".join([*texts, *(table.value.to_csv() for table in page.get("table"))])


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
    assert "3 个登录标识有角色" in seen("admin", "office")
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
