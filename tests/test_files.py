"""Files with cases go out by a route that asks whose they are, when they are asked for."""

import io
import logging
from urllib.parse import parse_qs, unquote

import openpyxl
import pytest
from api_client import ask, cookie_of, people_log_in
from builders import EAST, WEST
from examples import sampled
from roles_world import MARKUP, opened

from registry import db
from registry.access import REFORM_OFFICE, Scope, acting, run_as
from registry.api.files import KINDS
from registry.catalogue import read_catalogue
from registry.middleware import SAFE_HEADERS
from registry.roles import revoke_role
from registry.settings import settings
from registry.tokens import make_token
from registry.window import today_in_beijing

WINDOW = {"from": "2021-01", "to": "2021-03"}
ASKED = {
    "problems": {"batch": "1"},
    "chase": {"district": EAST},
    "waiting": {"as_of": "2021-03-31", "district": EAST},
    "breaches": {**WINDOW, "district": EAST},
    "brief": {**WINDOW, "place": EAST},
}
LOCAL, OFFICE = Scope("local", REFORM_OFFICE), Scope("office", REFORM_OFFICE)
CASES = [kind for kind in KINDS if kind != "brief"]


@pytest.fixture
def served(told, tmp_path):
    """The process serves people who log in, and nobody else."""
    run_as(None)
    with people_log_in(tmp_path):
        yield told
    run_as(lambda: LOCAL)


def got(kind: str, login: str | None, age: float = 0, **query: str):
    asked = ASKED.get(kind, {}) | query
    return ask(f"/files/{kind}", query=asked, cookie=cookie_of(login, age))


def words(content: bytes) -> str:
    book = openpyxl.load_workbook(io.BytesIO(content))
    return " ".join(str(cell) for sheet in book for row in sheet.values for cell in row)


@sampled("kind", CASES)
def test_cases_go_to_their_district_and_the_office_alone(served, kind, caplog):
    number = {"problems": MARKUP, "waiting": "东等1号", "breaches": "东漏1号"}.get(kind, EAST)
    for login in ("east", "office"):
        answer = got(kind, login)
        assert (answer.status, number in words(answer.content)) == (200, True), answer
        assert "西等1号" not in words(answer.content)
    for login, said in (("west", "区司法局"), ("deputy", "人大代表"), ("stranger", "还没有角色")):
        caplog.clear()
        answer = got(kind, login)
        assert (answer.status, answer.headers["content-type"]) == (403, "application/problem+json")
        assert said in answer.body["detail"]
        assert any(line.startswith(f"refused {login} ") for line in caplog.messages)


@sampled("kind", KINDS)
def test_nobody_gets_a_file_without_a_login_that_stands(served, kind, caplog):
    caplog.set_level(logging.INFO, "registry.api")
    for login, age, said in ((None, 0, "请先登录"), ("office", 9 * 3600, "请重新登录")):
        answer = got(kind, login, age)
        assert (answer.status, said in answer.body["detail"]) == (401, True)
        assert answer.headers["www-authenticate"] == "Bearer"
    ours = [line.getMessage() for line in caplog.records if line.name == "registry.api"]
    assert ours == [f"- GET /files/{kind} 401"] * 2


FORGED = {
    "signed by another": cookie_of("office").replace("=", "=x", 1),
    "of another address": cookie_of("office", origin="http://elsewhere"),
    "not logged in": cookie_of("office", is_logged_in=False),
    "of no day": cookie_of("office", iat=None),
    "unsigned": '_streamlit_user={"sub":"office","is_logged_in":true}',
    "a header of a proxy": "_streamlit_user_tokens=office",
    "nothing": "_streamlit_user=",
}


@sampled("cookie", FORGED.values(), ids=FORGED)
def test_a_cookie_that_was_not_given_here_lets_nobody_in(served, cookie):
    assert ask("/files/problems", query=ASKED["problems"], cookie=cookie).status == 401


def test_a_role_that_was_taken_back_opens_no_link_that_was_opened_before(served):
    assert got("problems", "east").status == 200
    with acting(OFFICE), db.writing(served.engine) as connection:
        revoke_role(connection, "east", "t")
    answer = got("problems", "east")
    assert (answer.status, "「east」还没有角色" in answer.body["detail"]) == (403, True)


def test_a_brief_says_what_its_reader_may_read(served):
    for login, said in (("office", True), ("west", True), ("deputy", False)):
        answer = got("brief", login, format="html")
        assert (answer.status, "原话" in answer.content.decode()) == (200, said)


def test_a_file_is_an_attachment_that_nobody_keeps(served):
    headers = got("problems", "east").headers
    assert headers["cache-control"] == "no-store"
    assert {name: headers[name] for name in SAFE_HEADERS} == SAFE_HEADERS
    how, plain, encoded = headers["content-disposition"].split("; ")
    assert (how, plain) == ("attachment", 'filename="___1.xlsx"')
    assert unquote(encoded) == "filename*=UTF-8''问题_批次1.xlsx"


def test_a_file_speaks_its_link_s_language_and_has_its_link_s_format(served):
    english = got("problems", "east", lang="en").headers["content-disposition"]
    assert 'filename="problems_batch1.xlsx"' in english
    answer = got("waiting", "east", format="csv", lang="en")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.content.startswith("\ufeffdistrict,unit,case_no".encode())
    refused = got("problems", "west", lang="en").body["detail"]
    assert refused == "District judicial bureau may see the batches of its own district only"


def test_lists_without_a_district_are_of_the_asker_s_own(served):
    answer = ask("/files/waiting", query={"as_of": "2021-03-31"}, cookie=cookie_of("west"))
    assert "西等1号" in words(answer.content)
    assert "东等1号" not in words(answer.content)


WRONG = [
    ("problems", {"batch": ""}, 400, "缺少 batch"),
    ("problems", {"batch": "99"}, 422, "没有批次 99"),
    ("problems", {"batch": "-1"}, 400, "整数"),
    ("problems", {"batch": "9" * 30}, 400, "整数"),
    ("problems", {"batch": "1 or 1=1"}, 400, "整数"),
    ("problems", {"file": "../registry.db"}, 400, "没有这个参数"),
    ("problems", {"batch": ["1", "2"]}, 400, "只能写一次"),
    ("waiting", {"as_of": "昨天"}, 400, "不是日期"),
    ("waiting", {"format": "exe"}, 400, "xlsx, csv"),
    ("breaches", {"from": "2021-13"}, 400, "2021-13"),
    ("breaches", {"district": "x' or '1'='1"}, 422, "x' or '1'='1"),
    ("brief", {"place": "../../etc/passwd"}, 422, "passwd"),
    ("brief", {"known_on": "999999"}, 422, "known-on"),
    ("brief", {"lang": "xx"}, 400, "zh, en"),
    ("../registry.db", {}, 404, "registry.db"),
    ("registry.db", {}, 404, "registry.db"),
]


@sampled(("kind", "query", "status", "said"), WRONG)
def test_what_is_asked_wrongly_is_a_problem_that_says_so(served, kind, query, status, said):
    answer = got(kind, "office", **query)
    assert (answer.status, answer.headers["content-type"]) == (status, "application/problem+json")
    assert said in answer.body["detail"]


def test_files_are_only_read(served):
    for method in ("POST", "PUT", "DELETE"):
        assert ask("/files/problems", method, query=ASKED["problems"]).status == 405


def test_a_program_fetches_its_district_s_files_with_a_token_that_brings_logs_in(served):
    days = {"expires_on": today_in_beijing(), "today": today_in_beijing(), "actor": "t"}
    secrets = {}
    with acting(OFFICE), db.writing(served.engine) as connection:
        catalogue = read_catalogue(connection)
        for name, of, brings in (("a", EAST, True), ("b", WEST, True), ("c", EAST, False)):
            secrets[name] = make_token(connection, catalogue, name, of, may_import=brings, **days)
    asked = {"query": ASKED["problems"]}
    statuses = [ask("/files/problems", token=secret, **asked).status for secret in secrets.values()]
    assert statuses == [200, 403, 403]
    assert ask("/files/problems", token="dpr_none", **asked).status == 401


def test_without_a_register_the_problem_is_the_server_s(served):
    with served.engine.connect().execution_options(writes=True) as connection:
        connection.exec_driver_sql("drop table alembic_version")
        connection.commit()
    assert got("problems", "east").status == 503


def test_the_public_gets_a_brief_without_words_and_no_cases(served, monkeypatch):
    monkeypatch.setenv("REGISTRY_PUBLIC", "also")
    settings.cache_clear()
    brief = got("brief", None, format="html")
    assert (brief.status, "原话" in brief.content.decode()) == (200, False)
    for kind in CASES:
        assert got(kind, None).status == 403


def test_where_nobody_logs_in_this_machine_s_user_gets_all(told):
    run_as(None)
    answers = [ask("/files/problems", query={"batch": number}) for number in ("1", "2")]
    run_as(lambda: LOCAL)
    assert [answer.status for answer in answers] == [200, 200]
    assert "西错1号" in words(answers[1].content)


# The links of the pages


def links(name: str, login: str, **query: str) -> list[str]:
    page = opened(name, login, **query)
    return [one.proto.url for one in page.get("link_button")]


@sampled(
    ("name", "query", "count"),
    [("intake", {"batch": "1"}, 2), ("review", ASKED["waiting"], 4), ("district", {}, 3)],
)
def test_every_link_of_a_page_opens_for_its_reader_and_not_for_another(served, name, query, count):
    found = links(name, "east", **WINDOW, **query)
    assert len(found) == count
    for link in found:
        path, _mark, asked = link.removeprefix(".").partition("?")
        for login, status in (("east", 200), ("west", 200 if name == "district" else 403)):
            answer = ask(path, query=parse_qs(asked), cookie=cookie_of(login))
            assert answer.status == status, (link, answer.body)
