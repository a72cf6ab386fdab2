"""Routes for programs, in the same process as the pages. An error is problem+json (RFC 9457)."""

from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from registry.db import reading
from registry.errors import RegistryError
from registry.ledger import read_head
from registry.rollups import require_current_count

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")


def healthz(_request: Request) -> JSONResponse:
    """The process answers; nothing is read."""
    return JSONResponse({"status": "ok"})


def readyz(_request: Request) -> JSONResponse:
    """Whether figures can be given: database reachable, migrated, roll-up as the policy counts."""
    try:
        with reading() as connection:
            require_current_count(connection)
            head = read_head(connection)
    except RegistryError as error:
        return problem(503, str(error))
    return JSONResponse({"status": "ok", "head": str(head)})


def not_found(request: Request) -> JSONResponse:
    """Without this, Streamlit would answer with its page and 200."""
    return problem(404, f"{request.method} {request.url.path}")


def problem(status: int, detail: str) -> JSONResponse:
    """An error as programs read it: its status, and one sentence."""
    content: dict[str, Any] = {"type": "about:blank", "status": status, "detail": detail}
    return JSONResponse(content, status, media_type="application/problem+json")


ROUTES = (
    Route("/healthz", healthz),
    Route("/readyz", readyz),
    Route("/api/{path:path}", not_found, methods=METHODS),
)
