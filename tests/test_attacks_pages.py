"""Attacks on the pages: addresses, session states and forms outside of a reader's scope.

Pages, their parameters, what a session holds and what a form asks are taken from the product
itself, so that a new page or filter is attacked with the others.
"""

from collections.abc import Sequence
from itertools import cycle

import pytest
from adjustment_world import proposal
from attack_texts import TEXTS, part, unchanged
from builders import WEST
from reliability import record
from roles_world import LOGINS, QUERY, SECRETS, log_in, opened, said_on
from streamlit.testing.v1 import AppTest

from registry.settings import ROOT
from registry.ui.navigation import PAGES
from registry.ui.url import SEEN

pytestmark = [pytest.mark.campaign, pytest.mark.slow]
NAMES = [entry.name for entry in PAGES]
OF_ANOTHER = {"batch": "2", "power": "UM1", "district": WEST}


def alone(name: str, login: str | None, query: dict[str, str]) -> AppTest:
    """A page opened at its own path, beside the main script."""
    page = log_in(AppTest.from_file(str(ROOT / "pages" / f"{name}.py"), default_timeout=60), login)
    for key, value in query.items():
        page.query_params[key] = value
    return page


def told_nothing(page: AppTest, login: str | None) -> None:
    assert not page.exception, page.exception
    text = said_on(page)
    assert [secret for secret in SECRETS[login] if secret in text] == []


def parameters(name: str) -> list[str]:
    """The parameters that a page takes from its address."""
    return sorted(opened(name, "office").session_state[SEEN].values)


def addresses(name: str) -> Sequence[dict[str, str]]:
    """Each text in each parameter; what stops a page at once, in an address of its own."""
    keys, count = [key for key in parameters(name) if key != "known_on"], len(TEXTS)
    whole = [
        {key: TEXTS[(shift + place) % count] for place, key in enumerate(keys)}
        for shift in range(count)
    ]
    alone = TEXTS[NAMES.index(name) :: 5]
    return part([*whole, *({**QUERY, "known_on": text} for text in alone)])


@pytest.mark.parametrize("name", NAMES)
def test_whatever_an_address_says_it_shows_no_more(told, name):
    asked = addresses(name)
    with unchanged(told):
        for query, login in zip(asked, cycle(LOGINS), strict=False):
            told_nothing(alone(name, login, query).run(), login)
    record(
        "attack", f"页面 {name}：每个网址参数里的每种恶意文字", len(asked), "不多显示，不出错", 0
    )


def test_another_district_s_batch_in_the_address_is_inert_and_noted(told, caplog):
    page = opened("intake", "east", batch=OF_ANOTHER["batch"])
    told_nothing(page, "east")
    assert page.session_state["batch"] == ""
    assert any("east" in line and line.endswith("batch") for line in caplog.messages)


# Sessions


def forged(name: str, login: str | None, state: dict[str, object]) -> AppTest:
    """A page of a login whose session says all that another's session says."""
    page = log_in(AppTest.from_file(str(ROOT / "dashboard.py"), default_timeout=60), login)
    for key, value in state.items():
        page.session_state[key] = value
    page.run()
    return page.switch_page(f"pages/{name}.py").run()


def session_of(page: AppTest) -> dict[str, object]:
    """All that a session holds, but for what only a press of a button may say."""
    pressed = {button.key for button in page.button}
    held = page.session_state._state.filtered_state
    return {key: value for key, value in held.items() if key not in pressed}


@pytest.mark.parametrize("name", NAMES)
def test_a_session_that_says_it_is_another_s_shows_no_more(told, name):
    state = session_of(opened(name, "office", **OF_ANOTHER))
    assert state["_reader"].subject == "office"
    with unchanged(told):
        for login in LOGINS[1:]:
            page = forged(name, login, state)
            told_nothing(page, login)
            if "_reader" in page.session_state:
                assert page.session_state["_reader"].subject == login
    tried = len(LOGINS[1:])
    record("attack", f"页面 {name}：会话状态换成市级改革部门的", tried, "按本人的角色显示", 0)


# Forms


def fill(page: AppTest) -> None:
    """Something in every field of every form."""
    for box in (*page.text_input, *page.text_area):
        box.set_value("写一句")
    for one in page.selectbox:
        if " " in one.key:
            one.select_index(len(one.options) - 1)
    for one in page.radio:
        if " " in one.key:
            one.set_value(CHOSEN[one.key.split()[-1]])
    for one in page.multiselect:
        if " " in one.key and not one.value:
            one.select(one.options[0])
    for box in page.checkbox:
        box.check()


ROLES = {"east", "deputy", "stranger"}
FORMS = {"adjustment": ROLES, "admin": ROLES, "intake": ROLES}
"""Pages with forms, and whose press is refused or whose address names another's batch."""

CHOSEN = {"role": "deputy", "view": "keep", "result": "as_expected"}
WAYS_OUT = ("log in", "log out")


@pytest.mark.parametrize("name", NAMES)
def test_a_form_that_was_drawn_for_another_writes_nothing(told, name, caplog):
    """Every button of a page as the office sees it, pressed by who is somebody else by then."""
    proposal(told)
    asked = QUERY | OF_ANOTHER | {"proposal": "1"}
    keys = [b.key for b in opened(name, "office", **asked).button if b.key not in WAYS_OUT]
    for login in LOGINS[1:]:
        with unchanged(told):
            for key in keys:
                press(name, login, asked, key)
    if name in FORMS:
        refused = {line.split()[1] for line in caplog.messages if line.startswith("refused")}
        assert refused == FORMS[name]
    record("attack", f"页面 {name}：替别人按下表单的每个按钮", len(keys) * 4, "什么也不写", 0)


def press(name: str, login: str | None, asked: dict[str, str], key: str) -> None:
    page = alone(name, "office", asked).run()
    fill(page)
    log_in(page, login)
    page.button(key=key).click().run()
    told_nothing(page, login)
