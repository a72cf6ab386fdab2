"""What every route for programs does: let in by token, count, answer, say what went wrong."""

import json
import logging
from collections.abc import Awaitable, Callable
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from registry.access import DOOR, Nobody, Refused, Scope, Unknown, acting
from registry.api.limits import READING, STRANGERS, Limit
from registry.clock import latest_today
from registry.db import reading
from registry.errors import RegistryError, UsageError
from registry.language import _, speaking
from registry.outages import Unavailable, of_disk
from registry.tokens import scope_of_token

Endpoint = Callable[[Request, Scope], Awaitable[Any]]
Door = Callable[[Request], Awaitable[Scope]]
log = logging.getLogger("registry.api")
PROBLEM = "application/problem+json"


BEARER = "Bearer"


class Turned(Exception):
    """A request is turned away with this status."""

    def __init__(self, status: int, detail: str, **headers: str) -> None:
        super().__init__(detail)
        self.status, self.detail = status, detail
        self.headers = {name.replace("_", "-"): value for name, value in headers.items()}


def as_json(content: Any) -> Response:
    """Days as ISO text."""
    text = json.dumps(content, ensure_ascii=False, allow_nan=False, default=str)
    return Response(text, media_type="application/json")


def problem(status: int, detail: str, headers: dict[str, str] | None = None) -> Response:
    """An error as programs read it: its status, and one sentence."""
    content = {"type": "about:blank", "status": status, "detail": detail}
    return Response(json.dumps(content, ensure_ascii=False), status, headers, PROBLEM)


def answered(
    method: str, endpoint: Endpoint, limit: Limit = READING, let_in: Door | None = None
) -> Callable[[Request], Awaitable[Response]]:
    """The endpoint for whoever is let in, by default with a token; what it finds is answered as
    JSON, and every error of ours as a problem.

    One line is logged a request: who, what, how it ended; never what was asked about.
    """

    async def answer(request: Request) -> Response:
        subject = "-"
        with speaking(_language(request)):
            try:
                if request.method != method:
                    raise Turned(405, f"{request.method} {request.url.path}", allow=method)
                scope = await (let_in or by_token)(request)
                subject = scope.subject
                _count(limit, subject)
                with acting(scope), of_disk():
                    found = await endpoint(request, scope)
                response = found if isinstance(found, Response) else as_json(found)
            except Turned as turned:
                response = problem(turned.status, turned.detail, turned.headers)
            except RegistryError as error:
                response = _refusal(error)
        log.info("%s %s %s %s", subject, request.method, request.url.path, response.status_code)
        return response

    return answer


def _refusal(error: RegistryError) -> Response:
    status = _status(error)
    return problem(status, str(error), {"www-authenticate": BEARER} if status == 401 else None)


def _status(error: RegistryError) -> int:
    """Outside of one's scope, not logged in, not to be had now, asked wrongly, or not to be had."""
    if isinstance(error, Refused | Unknown):
        return 403
    if isinstance(error, Nobody):
        return 401
    if isinstance(error, Unavailable):
        return 503
    return 400 if isinstance(error, UsageError) else 422


def _language(request: Request) -> str:
    wanted = request.query_params.get("lang") or request.headers.get("accept-language", "")
    return "en" if wanted.lower().startswith("en") else "zh"


async def by_token(request: Request) -> Scope:
    """The scope of the request's token; an address that shows many wrong ones has to wait."""
    secret = token_of(request)
    if not secret:
        raise Turned(401, _("请带上令牌：Authorization: Bearer …"), www_authenticate=BEARER)
    scope = await run_in_threadpool(_scope, secret)
    if scope is None:
        # Many may come from one address, that of a proxy: who has a token never waits for others.
        _count(STRANGERS, request.client.host if request.client else "")
        raise Turned(401, _("令牌无效、已撤销或已过期"), www_authenticate=BEARER)
    return scope


def token_of(request: Request) -> str:
    """The token that a request carries, or ''."""
    kind, _space, secret = request.headers.get("authorization", "").partition(" ")
    return secret.strip() if kind.lower() == BEARER.lower() else ""


def _scope(secret: str) -> Scope | None:
    try:
        with acting(DOOR), reading() as connection:
            return scope_of_token(connection, secret, latest_today(connection))
    except RegistryError as error:
        raise Turned(503, str(error)) from error


def _count(limit: Limit, who: str) -> None:
    _check(limit, who)
    limit.enter(who)


def _check(limit: Limit, who: str) -> None:
    seconds = limit.wait(who)
    if seconds:
        text = _("每分钟至多 {count} 次；请 {seconds} 秒后再试")
        detail = text.format(count=limit.a_minute, seconds=seconds)
        raise Turned(429, detail, retry_after=str(seconds))
