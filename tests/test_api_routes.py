"""A district's program: let in by token, answered as the command line answers."""

import logging
from datetime import date

import pytest
from api_client import ask, send_log
from builders import E1, EAST, WEST, make_case
from openpyxl import load_workbook

from registry import db
from registry.api import figures, logs
from registry.api.limits import IMPORTING, READING, STRANGERS
from registry.api.openapi import document
from registry.tokens import fingerprint
from registry.window import today_in_beijing

DECLARED = {"district": EAST, "months": "2021-01..2021-03"}


def make_token(line, *words: object, name: str = "对接") -> str:
    (record,) = line.records("token", "make", name, "--district", EAST, *words)
    return record["token"]


@pytest.fixture
def reader(configured) -> str:
    configured.send([make_case()])
    return make_token(configured)


@pytest.fixture
def sender(configured) -> str:
    return make_token(configured, "--import")


def one_row(line, name: str = "x.csv", **fields: str) -> bytes:
    return line.log(name, [make_case(**fields)]).read_bytes()


# Tokens


def test_a_token_is_shown_once_and_kept_as_a_digest(configured):
    token = make_token(configured, "--until", str(today_in_beijing()))
    listed = configured.run("token", "list", "--format", "csv")
    assert token not in listed.stdout
    assert listed.rows[0] == {
        "name": "对接",
        "district": EAST,
        "right": "read",
        "expires_on": str(today_in_beijing()),
    }
    with db.connecting(db.engine_for(configured.url)) as connection:
        row = connection.exec_driver_sql("select * from api_token").mappings().one()
    assert row["sha256"] == fingerprint(token)
    assert token not in map(str, row.values())
    assert configured.run("ledger", "verify").exit_code == 0


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("对接", "--district", "000000"), "没有这个区"),
        (("甲 乙", "--district", EAST), "不能作令牌的名称"),
        (("甲", "--district", EAST, "--until", "2020-01-01"), "以内的日期"),
        (("甲", "--district", EAST, "--until", "2999-01-01"), "以内的日期"),
        (("甲", "--district", EAST, "--until", "明天"), "不是日期"),
    ],
)
def test_a_token_that_cannot_be_made_says_why(configured, words, said):
    assert said in configured.refusal("token", "make", *words, exit_code=2)


def test_names_of_standing_tokens_are_taken(configured):
    make_token(configured)
    taken = configured.refusal("token", "make", "对接", "--district", EAST, exit_code=2)
    assert "已有名为「对接」的令牌" in taken
    assert configured.run("token", "revoke", "对接").exit_code == 0
    assert "没有名为「对接」" in configured.refusal("token", "revoke", "对接")
    make_token(configured)


@pytest.mark.parametrize("path", ["rates", "powers", "holdings"])
def test_nobody_is_let_in_without_a_token_that_stands(configured, path):
    assert ask(f"/api/v1/{path}").status == 401
    assert ask(f"/api/v1/{path}", token="dpr_none").headers["www-authenticate"] == "Bearer"
    assert ask(f"/api/v1/{path}", authorization="Basic eDp5").status == 401


def test_a_revoked_token_lets_nobody_in(configured, reader):
    assert ask("/api/v1/powers", token=reader).status == 200
    configured.run("token", "revoke", "对接")
    assert ask("/api/v1/powers", token=reader).status == 401


def test_a_token_ends_with_its_last_day(configured, reader, monkeypatch):
    with db.connecting(db.engine_for(configured.url)) as connection:
        last = connection.exec_driver_sql("select expires_on from api_token").scalar_one()
    for day, status in ((date.fromisoformat(str(last)), 200), (date(2999, 1, 1), 401)):
        monkeypatch.setattr("registry.api.answers.latest_today", lambda _at, day=day: day)
        assert ask("/api/v1/powers", token=reader).status == status


def test_without_a_register_the_problem_is_the_server_s(configured):
    with db.engine_for(configured.url).connect().execution_options(writes=True) as connection:
        connection.exec_driver_sql("drop table alembic_version")
        connection.commit()
    assert ask("/api/v1/powers", token="x").status == 503


# What the register says


@pytest.mark.parametrize(
    "asked",
    [
        {"by": "unit"},
        {"by": ["district", "month"], "from": "2021-01", "to": "2021-03"},
        {"by": "unit,power", "from": "2021-01", "to": "2021-03", "unit": E1},
        {"aggregate": "pooled", "basis": "any", "min_cases": "3", "district": EAST},
        {"as_of": "2021-02-28", "from": "2021-01", "to": "2021-03", "known_on": "2"},
    ],
)
def test_rates_are_those_of_the_command_line(configured, reader, asked):
    words = [
        word
        for name, values in asked.items()
        for value in ([values] if isinstance(values, str) else values)
        for word in (f"--{name.replace('_', '-')}", value)
    ]
    answer = ask("/api/v1/rates", token=reader, query=asked)
    assert (answer.status, answer.body) == (200, configured.records("rate", *words))
    assert answer.body


def test_powers_and_holdings_are_those_of_the_command_line(configured, reader):
    powers = ask("/api/v1/powers", token=reader, query={"as_of": "2021-02-01"})
    assert powers.body == configured.records("powers", "--as-of", "2021-02-01")
    held = ask("/api/v1/holdings", token=reader, query={"unit": E1, "as_of": "2021-02-01"})
    assert held.body == configured.records("holdings", E1, "--as-of", "2021-02-01")
    assert powers.body
    assert held.body


@pytest.mark.parametrize(
    ("path", "query", "status", "said"),
    [
        ("rates", {"form": "json"}, 400, "没有这个参数"),
        ("rates", {"by": "street"}, 400, "没有这个分组"),
        ("rates", {"from": "2021-13"}, 400, "2021-13"),
        ("rates", {"aggregate": "sum"}, 400, "union, pooled, mean"),
        ("rates", {"min_cases": "0"}, 400, "1 至"),
        ("rates", {"min_cases": "9" * 400}, 400, "1 至"),
        ("rates", {"as_of": "昨天"}, 400, "不是日期"),
        ("rates", {"known_on": "999999"}, 422, "known-on"),
        ("rates", {"aggregate": ["mean", "union"]}, 400, "只能写一次"),
        ("rates", {"unit": "x' or '1'='1"}, 422, "x' or '1'='1"),
        ("powers", {"search": "a\0b"}, 400, "不能用的字符"),
        ("holdings", {}, 400, "缺少 unit"),
        ("holdings", {"unit": "无此街道"}, 422, "无此街道"),
    ],
)
def test_what_is_asked_wrongly_is_a_problem_that_says_so(reader, path, query, status, said):
    answer = ask(f"/api/v1/{path}", token=reader, query=query)
    assert (answer.status, answer.headers["content-type"]) == (status, "application/problem+json")
    assert said in answer.body["detail"]
    assert answer.body["status"] == status


def test_problems_are_told_in_the_reader_s_language(reader):
    query = {"min_cases": "0"}
    answer = ask("/api/v1/rates", token=reader, query=query, accept_language="en-GB,en;q=0.9")
    assert answer.body["detail"].startswith("min_cases=0: ")
    assert answer.body["detail"].isascii()


# Logs


def test_a_log_is_reported_on_as_by_the_command_line(configured, sender):
    content = one_row(configured)
    tried = send_log(sender, content, dry_run="true", **DECLARED)
    sent = send_log(sender, content, **DECLARED)
    again = send_log(sender, content, **DECLARED)
    assert [a.status for a in (tried, sent, again)] == [200, 200, 200]
    counts = [
        (a.body["accepted"], a.body["batch"], a.body["repeated"]) for a in (tried, sent, again)
    ]
    assert counts == [(1, None, False), (1, 1, False), (0, 1, True)]
    assert configured.rate()[0] == 1
    with db.connecting(db.engine_for(configured.url)) as connection:
        actors = connection.exec_driver_sql("select actor from act where action = 'import'")
        assert actors.scalars().all() == ["token:对接"]


@pytest.mark.slow
def test_a_file_of_which_nothing_can_be_stored_is_refused(configured, sender):
    for content, said in ((b"\x00\x01\x02", "log.csv"), (b"", "log.csv")):
        answer = send_log(sender, content, **DECLARED)
        assert (answer.status, said in answer.body["detail"]) == (422, True)
    unheld = send_log(sender, one_row(configured, unit="无此街道"), **DECLARED)
    assert unheld.status == 422
    assert configured.records("batches") == []


@pytest.mark.slow
def test_another_district_s_problems_are_not_mended(configured, sender):
    rows = [make_case(), make_case(case_no="〔2021〕2号", power="无此职权")]
    configured.send(rows, exit_code=3)
    configured.run("token", "make", "西边", "--district", WEST, "--import")
    (foreign,) = configured.records("token", "make", "西", "--district", WEST, "--import")
    book = configured.folder / "problems.xlsx"
    configured.run("problems", "--export", book)
    declared = DECLARED | {"district": WEST}
    answer = send_log(foreign["token"], book.read_bytes(), "problems.xlsx", **declared)
    assert answer.status == 422
    # To another district they do not exist.
    assert "不是仍有效的问题编号" in answer.body["detail"]
    sheet = load_workbook(book)
    assert sheet.active.max_row == 2


@pytest.mark.parametrize(
    ("fields", "status", "said"),
    [
        ({"district": WEST}, 403, "只能办理"),
        ({"district": f"{EAST},{WEST}"}, 403, "只能办理"),
        ({"district": ""}, 400, "缺少申报"),
        ({"months": ""}, 400, "缺少申报"),
        ({"months": "2021年1月"}, 400, "2021年1月"),
        ({"kind": "cases"}, 400, "usage, staffing"),
        ({"replace": "yes"}, 400, "true, false"),
        ({"map": "案号"}, 400, "左=右"),
        ({"city": "北京"}, 400, "没有这个参数"),
    ],
)
def test_a_declaration_outside_of_the_token_or_wrong_is_refused(
    configured, sender, fields, status, said
):
    answer = send_log(sender, one_row(configured), **(DECLARED | fields))
    assert (answer.status, said in answer.body["detail"]) == (status, True), answer.body


def test_a_token_to_read_brings_nothing_in(configured, reader):
    answer = send_log(reader, one_row(configured), **DECLARED)
    assert (answer.status, "不能办理" in answer.body["detail"]) == (403, True)


def test_a_request_without_a_file_says_what_is_right(sender):
    for kind in ("text/csv", "multipart/form-data", "multipart/form-data; boundary=x"):
        answer = ask("/api/v1/logs", "POST", sender, b"case_no,unit", content_type=kind)
        assert (answer.status, "file" in answer.body["detail"]) == (400, True), answer.body


def test_more_than_a_page_takes_is_cut_off(configured, sender, monkeypatch):
    monkeypatch.setattr(logs, "_largest", lambda: 100_000)
    answer = send_log(sender, b"x" * 300_000, **DECLARED)
    assert answer.status == 413
    assert answer.headers["connection"] == "close"


def test_beside_demo_data_alone_the_program_is_asked(configured, sender, monkeypatch):
    monkeypatch.setattr(logs, "demo_batches", lambda: ([1], False))
    answer = send_log(sender, one_row(configured), **DECLARED)
    assert (answer.status, "演示数据" in answer.body["detail"]) == (409, True)


@pytest.mark.parametrize(("method", "path"), [("POST", "rates"), ("GET", "logs"), ("PUT", "logs")])
def test_another_method_is_a_problem_that_names_the_right_one(reader, method, path):
    answer = ask(f"/api/v1/{path}", method, reader)
    assert (answer.status, answer.body["status"]) == (405, 405)
    assert answer.headers["allow"] == ("POST" if path == "logs" else "GET")


# Limits, log, document


@pytest.mark.parametrize(("limit", "path"), [(READING, "powers"), (IMPORTING, "logs")])
def test_who_asks_too_often_waits(reader, monkeypatch, limit, path):
    monkeypatch.setattr(limit, "a_minute", 2)
    method = "POST" if path == "logs" else "GET"
    statuses = [ask(f"/api/v1/{path}", method, reader) for _ in range(3)]
    assert [answer.status == 429 for answer in statuses] == [False, False, True]
    assert 0 < int(statuses[-1].headers["retry-after"]) <= 60


def test_an_address_that_guesses_tokens_waits(reader, monkeypatch):
    monkeypatch.setattr(STRANGERS, "a_minute", 2)
    statuses = [ask("/api/v1/powers", token=f"dpr_{n}").status for n in range(3)]
    assert statuses == [401, 401, 429]
    assert ask("/api/v1/powers", token=reader).status == 200


def test_a_minute_later_one_may_ask_again(monkeypatch):
    clock = [100.0]
    monkeypatch.setattr("registry.api.limits.time.monotonic", lambda: clock[0])
    limit = type(READING)(2)
    for _ in range(2):
        limit.enter("甲")
    assert (limit.wait("甲"), limit.wait("乙")) == (60, 0)
    clock[0] += 60.5
    assert limit.wait("甲") == 0


def test_the_log_says_who_and_what_and_never_the_contents(configured, reader, caplog):
    caplog.set_level(logging.INFO, "registry.api")
    # The first of a process to be answered also hears from Streamlit's caches.
    ask("/api/v1/rates", token=reader)
    caplog.clear()
    ask("/api/v1/rates", token=reader, query={"unit": E1})
    ask("/api/v1/rates", token="dpr_secret")
    assert caplog.messages == ["token:对接 GET /api/v1/rates 200", "- GET /api/v1/rates 401"]


def test_the_document_names_every_parameter_and_needs_no_token(configured):
    assert ask("/api/v1/openapi.json").body == document()
    paths = document()["paths"]
    for name, known in (("rates", figures.RATES), ("holdings", figures.HOLDINGS)):
        parameters = paths[f"/api/v1/{name}"]["get"]["parameters"]
        assert [parameter["name"] for parameter in parameters] == list(known)
    body = paths["/api/v1/logs"]["post"]["requestBody"]["content"]["multipart/form-data"]
    assert set(body["schema"]["properties"]) == set(logs.FIELDS)
