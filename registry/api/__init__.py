"""Routes beside the pages, in the same process: for programs, and for files of the pages.

In: HTTP with a district's token or, for files, with a login's cookie. Out: the records of the
command line as JSON, or a file; an error is problem+json (RFC 9457), in Chinese or English.
"""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from registry.access import DOOR, acting
from registry.api.answers import answered, as_json, problem
from registry.api.figures import holdings, powers, rates
from registry.api.files import files, reader
from registry.api.limits import IMPORTING, READING
from registry.api.logs import post_logs
from registry.api.openapi import document
from registry.db import reading
from registry.errors import RegistryError
from registry.ledger import read_head
from registry.rollups import require_current_count

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")


def healthz(_request: Request) -> Response:
    """The process answers; nothing is read."""
    return as_json({"status": "ok"})


def readyz(_request: Request) -> Response:
    """Whether figures can be given: database reachable, migrated, roll-up as the policy counts."""
    try:
        with acting(DOOR), reading() as connection:
            require_current_count(connection)
            head = read_head(connection)
    except RegistryError as error:
        return problem(503, str(error))
    return as_json({"status": "ok", "head": str(head)})


def openapi(_request: Request) -> Response:
    return as_json(document())


def not_found(request: Request) -> Response:
    """Without this, Streamlit would answer with its page and 200."""
    return problem(404, f"{request.method} {request.url.path}")


ROUTES = (
    Route("/healthz", healthz),
    Route("/readyz", readyz),
    Route("/api/v1/openapi.json", openapi),
    Route("/api/v1/logs", answered("POST", post_logs, IMPORTING), methods=METHODS),
    Route("/api/v1/rates", answered("GET", rates), methods=METHODS),
    Route("/api/v1/powers", answered("GET", powers), methods=METHODS),
    Route("/api/v1/holdings", answered("GET", holdings), methods=METHODS),
    Route("/api/{path:path}", not_found, methods=METHODS),
    Route("/files/{kind}", answered("GET", files, READING, reader), methods=METHODS),
    Route("/files/{path:path}", not_found, methods=METHODS),
)
