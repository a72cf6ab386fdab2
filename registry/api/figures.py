"""What the register says, as the command line says it: rates, powers, holdings."""

from dataclasses import dataclass
from typing import Any, get_args

from sqlalchemy.engine import Connection
from starlette.requests import Request

from registry.access import Scope
from registry.api.given import Given, asked, choice, count, day, one, required
from registry.catalogue import read_catalogue
from registry.cli.figures import compute
from registry.cli.options import When, select
from registry.cli.output import records
from registry.db import reading
from registry.holdings import held_powers, power_list
from registry.intake.match import unit_named
from registry.known import known_act
from registry.measures.exercise import Aggregate, Basis
from registry.snapshot import Snapshot

Records = list[dict[str, Any]]
SELECTION = ("district", "unit", "department", "domain", "kind")
LISTS = ("by", *SELECTION)
WORDS = ("from", "to", "aggregate", "basis", "min_cases", "as_of", "known_on")
RATES = (*LISTS, *WORDS)
POWERS = ("search", "as_of", "known_on")
HOLDINGS = ("unit", "as_of", "known_on")
MOST_CASES = 10_000


@dataclass(frozen=True)
class _Kept(When):
    """Reads the snapshot that pages keep, instead of one of its own."""

    def read(self, connection: Connection) -> Snapshot:
        # Its cache wants a running server.
        from registry.ui.data import kept_snapshot

        return kept_snapshot(connection, self.known_on)


async def rates(request: Request, _scope: Scope) -> Records:
    """The records of `registry rate --format json`."""
    return await asked(request, RATES, _rates, LISTS)


async def powers(request: Request, _scope: Scope) -> Records:
    """The records of `registry powers --format json`."""
    return await asked(request, POWERS, _powers)


async def holdings(request: Request, _scope: Scope) -> Records:
    """The records of `registry holdings UNIT --format json`."""
    return await asked(request, HOLDINGS, _holdings)


def _rates(given: Given) -> Records:
    lists = {name: list(given.get(name, ())) for name in LISTS}
    options = {
        "aggregate": choice(given, "aggregate", get_args(Aggregate)),
        "basis": choice(given, "basis", get_args(Basis)),
        "min_cases": count(given, "min_cases", MOST_CASES),
    }
    when = _Kept(one(given, "as_of") or None, one(given, "known_on"))
    first, last = (one(given, name) or None for name in ("from", "to"))
    selection = select(*(lists[name] for name in SELECTION))
    frame, *_rest = compute("exercise_rate", lists["by"], first, last, selection, options, when)
    return records(frame)


def _powers(given: Given) -> Records:
    on = day(given)
    with reading() as connection:
        known = known_act(connection, one(given, "known_on"))
        return records(power_list(connection, on, one(given, "search"), known))


def _holdings(given: Given) -> Records:
    on, unit = day(given), required(given, "unit")
    with reading() as connection:
        code = unit_named(read_catalogue(connection), unit, on)
        known = known_act(connection, one(given, "known_on"))
        return records(held_powers(connection, code, on, known))
