"""The routes for programs, and what every answer of the server carries."""

import pytest
from api_client import ask
from builders import make_case

from registry import db
from registry.middleware import SAFE_HEADERS
from registry.rollups import COUNTED


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
