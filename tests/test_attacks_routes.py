"""Attacks on the routes: who is let in where, what a parameter may say, whose job is whose.

Routes and parameters are taken from the product itself, so that a new one is attacked, too.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest
from api_client import ask, cookie_of, people_log_in, send_log
from attack_texts import PATHS, TEXTS, part, unchanged
from builders import EAST, WEST, make_case, write_log
from examples import sampled
from reliability import record
from roles_world import MARKUP, SECRETS

from registry import db
from registry.access import DISTRICT, REFORM_OFFICE, Scope, acting, run_as
from registry.api import ROUTES
from registry.api.files import KINDS
from registry.api.limits import IMPORTING, READING, STRANGERS
from registry.api.logs import FIELDS
from registry.api.openapi import document
from registry.catalogue import read_catalogue
from registry.errors import RegistryError
from registry.intake import worker
from registry.tokens import make_token, revoke_token
from registry.window import today_in_beijing

pytestmark = pytest.mark.campaign
OFFICE, LOCAL = Scope("office", REFORM_OFFICE), Scope("local", REFORM_OFFICE)
DECLARED = {"district": EAST, "months": "2021-01..2021-03"}
OPEN = {"/healthz", "/readyz", "/api/v1/openapi.json"}
"""Routes that say nothing of anybody."""

TOKENS = {"reads": (EAST, False), "brings": (EAST, True), "west": (WEST, True)}
WHO = ("nobody", "forged", "stranger", "deputy", "east", "office", "reads", "west", "revoked")


@pytest.fixture
def served(told, tmp_path, monkeypatch) -> Iterator[dict[str, dict[str, str]]]:
    """The headers that each of WHO sends; the process serves, and nobody has to wait."""
    for limit in (READING, IMPORTING, STRANGERS):
        monkeypatch.setattr(limit, "a_minute", 10**9)
    tokens = made_tokens(told)
    run_as(None)
    with people_log_in(tmp_path):
        logins = {name: {"cookie": cookie_of(name)} for name in ("stranger", "deputy", "east")}
        logins |= {"office": {"cookie": cookie_of("office")}, "nobody": {}}
        logins["forged"] = {"cookie": "_streamlit_user=office", "authorization": "Bearer ' OR 1=1"}
        yield {"world": told, **logins, **tokens}
    run_as(lambda: LOCAL)


def made_tokens(world) -> dict[str, dict[str, str]]:
    today, made = today_in_beijing(), {}
    days = {"expires_on": today, "today": today, "actor": "t"}
    with acting(OFFICE), db.writing(world.engine) as connection:
        catalogue = read_catalogue(connection)
        for name, (of, brings) in {**TOKENS, "revoked": (EAST, True)}.items():
            secret = make_token(connection, catalogue, name, of, may_import=brings, **days)
            made[name] = {"authorization": f"Bearer {secret}"}
        revoke_token(connection, "revoked", "t")
    return made


EAST_S = {
    "problems": {"batch": "1"},
    "chase": {"district": EAST},
    "waiting": {"as_of": "2021-03-31", "district": EAST},
    "breaches": {"from": "2021-01", "to": "2021-03", "district": EAST},
    "brief": {"from": "2021-01", "to": "2021-03", "place": EAST},
}
"""What a link of the eastern district asks of each kind of file."""


def answers_of(who: dict[str, str]) -> dict[str, int]:
    """Every route but those for everybody → the status with which it answers."""
    asked = {route.path: {} for route in ROUTES if route.path not in OPEN}
    asked.pop("/files/{kind}")
    asked |= {f"/files/{kind}": EAST_S[kind] for kind in KINDS}
    asked["/api/v1/holdings"] = {"unit": f"{EAST}001"}
    return {
        path: ask(path.replace("{path:path}", "no/such"), query=query, **who).status
        for path, query in asked.items()
    }


def expected(name: str) -> dict[str, int]:
    figures = 200 if name in ("reads", "west", "brings") else 401
    outside = {"nobody": 401, "forged": 401, "revoked": 401, "east": 200, "office": 200}
    cases = outside.get(name, 403)
    brief = cases if cases == 401 or name == "stranger" else 200
    files = {f"/files/{kind}": brief if kind == "brief" else cases for kind in KINDS}
    api = {f"/api/v1/{path}": figures for path in ("rates", "powers", "holdings")}
    wrong_method = {"/api/v1/logs": 405}
    return files | api | wrong_method | {"/api/{path:path}": 404, "/files/{path:path}": 404}


@sampled("name", WHO)
def test_every_route_lets_in_whom_it_is_for(served, name):
    with unchanged(served["world"]):
        assert answers_of(served[name]) == expected(name)
    record("attack", f"每个路由，来者是 {name}", len(ROUTES) + len(KINDS) - 1, "只答应答的", 0)


def parameters() -> dict[str, list[str]]:
    """Path → the parameters that it takes."""
    api = {
        path: [one["name"] for one in said["get"]["parameters"]]
        for path, said in document()["paths"].items()
        if "get" in said
    }
    files = {f"/files/{kind}": [*one.parameters, "lang"] for kind, one in KINDS.items()}
    return api | files


@sampled("path", list(parameters()))
def test_whatever_a_parameter_says_nothing_breaks_and_nothing_changes(served, path):
    """As one who is let in, every text in every parameter beside otherwise right ones."""
    is_file = path.startswith("/files/")
    right = EAST_S[path.rpartition("/")[2]] if is_file else {}
    asked = part([(name, text) for name in parameters()[path] for text in TEXTS])
    who = served["east" if is_file else "reads"]
    with unchanged(served["world"]):
        for name, text in asked:
            answer = ask(path, query=right | {name: text}, **who)
            assert answer.status < 500, (name, text)
            assert not any(secret.encode() in answer.content for secret in SECRETS["east"])
    record("attack", f"{path}：每个参数里的每种恶意文字", len(asked), "拒绝或无害，没有 5xx", 0)


@pytest.mark.slow
def test_whatever_a_declaration_says_nothing_breaks_and_nothing_changes(served):
    token = served["brings"]["authorization"].removeprefix("Bearer ")
    told = [name for name in FIELDS if name not in ("file", "map", "set", "sheet", "units")]
    asked = part([(name, text) for name in told for text in TEXTS if text])
    with unchanged(served["world"]):
        for name, text in asked:
            answer = send_log(token, b"a,b\n1,2\n", **(DECLARED | {"dry_run": "true", name: text}))
            assert 400 <= answer.status < 500, (name, text, answer)
    record("attack", "送台账：每个申报里的每种恶意文字", len(asked), "拒绝，没有 5xx", 0)


@pytest.mark.slow
def test_a_file_s_name_and_words_lead_nowhere_else(served, tmp_path):
    """Rows that mean harm, under names that do, as far as a dry run takes them."""
    token = served["brings"]["authorization"].removeprefix("Bearer ")
    row = make_case(case_no=MARKUP, power="'; DROP TABLE cases; --")
    content = write_log(tmp_path / "log.csv", [make_case(case_no="路1号"), row]).read_bytes()
    before = set(Path.cwd().iterdir())
    for name in PATHS:
        answer = send_log(token, content, name, dry_run="true", **DECLARED)
        assert answer.status == 200, answer.body
        assert "/" not in answer.body["file"]
        assert "\\" not in answer.body["file"]
    assert set(Path.cwd().iterdir()) == before
    record("attack", "送台账：文件名里的路径", len(PATHS), "只取最后一段，不出私有文件夹", 0)


def test_names_of_uploads_stay_in_their_folder(tmp_path):
    for text in TEXTS:
        name = worker.safe_name(text)
        assert (tmp_path / name).resolve().parent == tmp_path.resolve(), text
        assert len(name.encode()) < 255, text
    record("attack", "上传文件名里的每种恶意文字", len(TEXTS), "留在私有文件夹里", 0)


def test_another_s_job_is_not_there_and_numbers_lead_nowhere(page_register, caplog):
    engine = page_register.engine
    with acting(OFFICE):
        number = worker.submit(b"", "log.csv", None, actor="office", dry_run=True, on=engine)
    for text in (number, f"../{number}", *TEXTS):
        with (
            acting(Scope("east", DISTRICT, EAST)),
            pytest.raises(RegistryError, match="没有这个导入任务"),
        ):
            worker.report_of(text, engine)
    assert "refused east district_judicial job" in caplog.messages
    record("attack", "别人的任务号、任务号里的路径", 2 + len(TEXTS), "当作没有，记入日志", 0)
