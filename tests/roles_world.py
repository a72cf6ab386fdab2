"""Pages as logins of every role meet them, over a register in which each has something to hide."""

import time

from builders import EAST, W1, WAITING, WEST, SmallWorld, make_case
from streamlit.testing.v1 import AppTest

from registry import db
from registry.access import DEPUTY, DISTRICT, REFORM_OFFICE
from registry.catalogue import read_catalogue
from registry.remarks import add_remark
from registry.roles import grant_role
from registry.settings import ROOT
from registry.window import today_in_beijing

KINDS = ("markdown", "caption", "info", "error", "text", "subheader")
MARKUP = "<img src=x onerror=alert(1)>"
QUERY = {"from": "2021-01", "to": "2021-03", "district": EAST, "as_of": "2021-03-31"}
LOGINS = ("office", "east", "deputy", "stranger", None)
OF_EAST, OF_WEST = ("东等1号", "东漏1号"), ("西等1号", "西漏1号", "西错1号")
SECRETS = {
    "office": (),
    "east": OF_WEST,
    "deputy": (*OF_EAST, *OF_WEST, "98765", "98,765", "原话"),
    "stranger": (*OF_EAST, *OF_WEST, "98765", "98,765", "原话", "东区"),
}
"""What must never be said to a login; `stranger` has no role."""

SECRETS[None] = SECRETS["stranger"]


def tell(world: SmallWorld) -> SmallWorld:
    """In two districts cases that wait, cases decided without their review and rows that nobody
    could read; a fine, a remark, logins."""
    fined = {"fine_cny": "98765", "procedure": "ordinary", "party_type": "individual"}
    east = [make_case(**fined), make_case(case_no="东等1号", **WAITING)]
    east += [make_case(case_no="东漏1号", review_required="yes")]
    world.send([*east, make_case(case_no=MARKUP, power=MARKUP)])
    west = [make_case(unit=W1, case_no="西等1号", **WAITING)]
    west += [make_case(unit=W1, case_no="西漏1号", review_required="yes")]
    world.send([*west, make_case(unit=W1, case_no="西错1号", power="没有")], WEST)
    today = today_in_beijing()
    with db.writing(world.engine) as connection:
        catalogue = read_catalogue(connection)
        add_remark(connection, catalogue, EAST, f"原话{MARKUP}", today=today, actor="t")
        grant_role(connection, catalogue, "office", REFORM_OFFICE, "", "test")
        grant_role(connection, catalogue, "east", DISTRICT, EAST, "test")
        grant_role(connection, catalogue, "west", DISTRICT, WEST, "test")
        grant_role(connection, catalogue, "deputy", DEPUTY, "", "test")
    return world


def log_in(page: AppTest, login: str | None, age: float = 0) -> AppTest:
    """Who reads a page, from its next run on; `age`: seconds since they logged in."""
    page.secrets["auth"] = {"redirect_uri": "x", "cookie_secret": "x"}
    page.user = {"is_logged_in": login is not None, "sub": login, "iat": time.time() - age}
    return page


def opened(name: str, login: str | None, age: float = 0, **query: str) -> AppTest:
    """A page as a login meets it."""
    page = AppTest.from_file(str(ROOT / "dashboard.py"), default_timeout=60)
    log_in(page, login, age)
    for key, value in (QUERY | query).items():
        page.query_params[key] = value
    page.run()
    page.switch_page(f"pages/{name}.py").run()
    assert not page.exception, page.exception
    return page


def seen(name: str, login: str | None, age: float = 0, **query: str) -> str:
    """All that a page says to a login."""
    return said_on(opened(name, login, age, **query))


def said_on(page: AppTest) -> str:
    texts = [str(part.proto) for part in page.main]
    texts += [str(one.value) for kind in KINDS for one in page.get(kind)]
    return "\n".join([*texts, *(table.value.to_csv() for table in page.get("table"))])
