"""The routes for programs, and what every answer of the server carries."""

import asyncio
import json
from dataclasses import dataclass
from typing import Any

import pytest
from builders import make_case
from starlette.applications import Starlette
from starlette.middleware import Middleware

from registry import db
from registry.api import ROUTES
from registry.middleware import SAFE_HEADERS, SafeHeaders
from registry.rollups import COUNTED
from registry.settings import settings

APP = Starlette(routes=ROUTES, middleware=[Middleware(SafeHeaders)])


@dataclass
class Answer:
    status: int
    headers: dict[str, str]
    body: dict[str, Any]


def ask(path: str, method: str = "GET") -> Answer:
    """What the app answers, without a socket."""
    sent: list[Any] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {"type": "http", "method": method, "path": path, "headers": [], "query_string": b""}
    asyncio.run(APP(scope | {"root_path": "", "server": ("127.0.0.1", 1)}, receive, send))
    headers = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
    content = b"".join(message.get("body", b"") for message in sent[1:])
    is_json = "json" in headers.get("content-type", "")
    return Answer(sent[0]["status"], headers, json.loads(content) if is_json else {})


@pytest.fixture
def configured(command_line, monkeypatch):
    monkeypatch.setenv("REGISTRY_DATABASE_URL", command_line.url)
    settings.cache_clear()
    yield command_line
    settings.cache_clear()


def test_the_process_answers_without_a_register():
    assert ask("/healthz").body == {"status": "ok"}


def test_ready_with_the_head_of_the_ledger(configured):
    configured.send([make_case()])
    answer = ask("/readyz")
    head = configured.records("ledger", "export", configured.folder / "x.jsonl")[0]["head"]
    assert (answer.status, answer.body["head"]) == (200, head)


@pytest.mark.parametrize(
    ("damage", "word"),
    [
        ("update alembic_version set version_num = '0001'", "registry init 升级"),
        (f"delete from document where name = '{COUNTED}'", "registry init 重算"),
        ("drop table alembic_version", "registry init"),
    ],
)
def test_not_ready_says_why_as_a_problem(configured, damage, word):
    engine = db.engine_for(configured.url)
    with engine.connect().execution_options(writes=True) as connection, connection.begin():
        connection.exec_driver_sql(damage)
    answer = ask("/readyz")
    assert answer.status == 503
    assert answer.headers["content-type"] == "application/problem+json"
    assert word in answer.body["detail"]


@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
def test_what_is_not_there_is_a_problem_and_no_page(method):
    answer = ask("/api/v1/nothing", method)
    assert (answer.status, answer.body["status"]) == (404, 404)


def test_every_answer_carries_the_safe_headers():
    for path in ("/healthz", "/api/x", "/none"):
        headers = ask(path).headers
        assert {name: headers[name] for name in SAFE_HEADERS} == SAFE_HEADERS, path
