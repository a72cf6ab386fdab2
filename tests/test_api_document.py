"""The routes for programs against their own document: generated requests, valid and not."""

import pytest
import schemathesis
from api_client import APP
from builders import EAST, make_case
from hypothesis import HealthCheck, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from registry.api import logs
from registry.api.limits import IMPORTING, READING
from registry.api.openapi import document
from registry.intake.report import Report

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
SCHEMA = schemathesis.openapi.from_dict(document())
SCHEMA.app = APP
pytestmark = pytest.mark.slow


@pytest.fixture
def token(configured, monkeypatch) -> str:
    """Every request is answered at once: none has to wait, and no process reads a file."""
    configured.send([make_case()])
    for limit in (READING, IMPORTING):
        monkeypatch.setattr(limit, "a_minute", 10**9)
    monkeypatch.setattr(logs.worker, "submit", lambda *_args, **_options: "0" * 32)
    monkeypatch.setattr(logs, "_outcome", _stored)
    make = ("token", "make", "对接", "--district", EAST, "--import")
    return configured.records(*make)[0]["token"]


async def _stored(_number: str) -> dict[str, object]:
    return Report("x.csv", 1, 1, 1, 0, 0, 0, 0).record()


@SCHEMA.parametrize()
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
def test_no_answer_is_undocumented(case, token):
    case.call_and_validate(headers={"Authorization": f"Bearer {token}"}, checks=CHECKS)
