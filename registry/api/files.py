"""Files with cases, problems or words of a district, made for whoever asks when they ask.

In: what a link of a page, or a program, asks for. Out: an attachment under the scope that the
asker has at this moment. What Streamlit itself hands out it serves at an address that needs no
login, so that such files never go that way.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import quote

import pandas as pd
from sqlalchemy.engine import Connection
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from registry import access
from registry.api.answers import Turned, by_token, token_of
from registry.api.given import Given, asked, choice, count, day, one, required
from registry.brief.files import WRITERS, brief_of
from registry.chase import chase_list, chase_window, open_rows
from registry.cli.options import window_of
from registry.db import reading
from registry.errors import RegistryError
from registry.export import content_of, describe_data, table_bytes
from registry.intake.problems import read_problems, write_problem_book
from registry.language import LANGUAGES, _, speaking
from registry.measures.grouping import Selection
from registry.measures.review_lists import review_breaches, waiting_reviews
from registry.snapshot import Snapshot, seen_by
from registry.window import today_in_beijing

TYPES = {
    ".csv": "text/csv; charset=utf-8",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ".html": "text/html; charset=utf-8",
    ".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
}
TABLES, BRIEFS = ("xlsx", "csv"), tuple(ending[1:] for ending in WRITERS)
MOST_BATCHES = 10**9


@dataclass(frozen=True)
class File:
    """name: with the ending of its format."""

    name: str
    content: bytes

    def response(self) -> Response:
        """An attachment that is kept nowhere but where it is saved."""
        stem, dot, ending = self.name.rpartition(".")
        plain = re.sub(r"[^\w.-]+", "_", stem, flags=re.ASCII) + dot + ending
        disposition = f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(self.name)}"
        headers = {"content-disposition": disposition, "cache-control": "no-store"}
        return Response(self.content, 200, headers, TYPES[dot + ending])


async def reader(request: Request) -> access.Scope:
    """Whose a request is: by a token, else as on the pages, by the cookie of a login."""
    if token_of(request):
        return await by_token(request)
    return await run_in_threadpool(_of_login, request.cookies)


def _of_login(cookies: Mapping[str, str]) -> access.Scope:
    # Streamlit's session state, which the command line does without.
    from registry.ui.login import reader_of

    try:
        return reader_of(cookies)
    except access.Nobody:
        raise
    except RegistryError as error:
        raise Turned(503, str(error)) from error


async def files(request: Request, _scope: access.Scope) -> Response:
    """A file of one of the KINDS."""
    kind = KINDS.get(request.path_params["kind"])
    if kind is None:
        raise Turned(404, request.url.path)
    return await asked(request, (*kind.parameters, "lang"), kind.answer, ("district",))


@dataclass(frozen=True)
class Kind:
    """parameters: what may be asked, beside the language."""

    parameters: tuple[str, ...]
    make: Callable[[Given], File]

    def answer(self, given: Given) -> Response:
        with speaking(choice(given, "lang", list(LANGUAGES))):
            return self.make(given).response()


def _problems(given: Given) -> File:
    """The workbook of a batch's open problems, to be mended and brought in again."""
    access.scope().check_cases()
    required(given, "batch")
    number = count(given, "batch", MOST_BATCHES)
    with reading() as connection:
        problems = read_problems(connection, number)
    content = content_of(".xlsx", lambda path: write_problem_book(path, problems))
    return File(_("问题_批次{number}.xlsx").format(number=number), content)


def _chase(given: Given) -> File:
    """What the districts still owe, with their batches' problems."""
    access.scope().check_cases()
    with reading() as connection:
        snapshot = _snapshot(connection, given)
        districts = _districts(snapshot, given)
        rows = open_rows(connection)
    window = chase_window(snapshot, today_in_beijing())
    owed = chase_list(snapshot, rows, window, districts)
    return File(_("催报清单.xlsx"), content_of(".xlsx", owed.write))


def _waiting(given: Given) -> File:
    """Cases that wait for their review on a day."""
    on = day(given)
    with reading() as connection:
        snapshot = _snapshot(connection, given)
        chosen = Selection(district=_districts(snapshot, given))
        frame = waiting_reviews(connection, on, chosen, known=snapshot.known)
    return _table(f"review_waiting_{on}", frame, snapshot, given)


def _breaches(given: Given) -> File:
    """Cases decided without the review that they required."""
    with reading() as connection:
        snapshot = _snapshot(connection, given)
        window = window_of(snapshot, one(given, "from"), one(given, "to"), today_in_beijing())
        chosen = Selection(district=_districts(snapshot, given))
        frame = review_breaches(connection, window, chosen, snapshot.known)
    return _table(f"review_breaches_{window}", frame, snapshot, given)


def _table(name: str, frame: pd.DataFrame, snapshot: Snapshot, given: Given) -> File:
    ending = "." + choice(given, "format", TABLES)
    return File(name + ending, table_bytes(ending, frame, describe_data(snapshot)))


def _brief(given: Given) -> File:
    """The brief of a place: aggregates, and what offices remarked."""
    ending = "." + choice(given, "format", BRIEFS)
    with reading() as connection:
        snapshot = _snapshot(connection, given)
        window = window_of(snapshot, one(given, "from"), one(given, "to"), today_in_beijing())
        place = required(given, "place")
        document = brief_of(connection, snapshot, place, window)
    content = content_of(ending, lambda path: WRITERS[ending](path, document))
    return File(f"brief_{place}_{window}{ending}", content)


def _snapshot(connection: Connection, given: Given) -> Snapshot:
    """What pages keep, as far as the asker may see it."""
    # Its cache wants a running server.
    from registry.ui.data import kept_snapshot

    return seen_by(access.scope(), kept_snapshot(connection, one(given, "known_on")))


def _districts(snapshot: Snapshot, given: Given) -> tuple[str, ...]:
    """The districts asked for; without any, all that are the asker's. Raises Refused for others."""
    codes = tuple(given.get("district", ()))
    Selection(district=codes).check(snapshot.catalogue)
    access.scope().check_cases()
    access.scope().check_districts(codes)
    return codes or access.scope().districts or ()


KINDS = {
    "problems": Kind(("batch",), _problems),
    "chase": Kind(("district",), _chase),
    "waiting": Kind(("as_of", "district", "known_on", "format"), _waiting),
    "breaches": Kind(("from", "to", "district", "known_on", "format"), _breaches),
    "brief": Kind(("place", "from", "to", "known_on", "format"), _brief),
}
