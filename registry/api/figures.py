"""What the register says, as the command line says it: rates, powers, holdings."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, get_args

from sqlalchemy.engine import Connection
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request

from registry.access import Scope
from registry.catalogue import read_catalogue
from registry.cli.figures import compute
from registry.cli.options import When, parse_date, select
from registry.cli.output import records
from registry.db import reading
from registry.errors import UsageError
from registry.holdings import held_powers, power_list
from registry.intake.match import unit_named
from registry.known import known_act
from registry.language import N_
from registry.measures.exercise import Aggregate, Basis
from registry.snapshot import Snapshot
from registry.window import today_in_beijing

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
    return await _asked(request, RATES, _rates)


async def powers(request: Request, _scope: Scope) -> Records:
    """The records of `registry powers --format json`."""
    return await _asked(request, POWERS, _powers)


async def holdings(request: Request, _scope: Scope) -> Records:
    """The records of `registry holdings UNIT --format json`."""
    return await _asked(request, HOLDINGS, _holdings)


Given = Mapping[str, Sequence[str]]


async def _asked(
    request: Request, known: Sequence[str], answer: Callable[[Given], Records]
) -> Records:
    given = {name: request.query_params.getlist(name) for name in request.query_params}
    for name, values in given.items():
        if name not in known:
            raise UsageError(
                N_("{name}：没有这个参数，可用 {known}"), name=name, known=", ".join(known)
            )
        if name not in LISTS and len(values) > 1:
            raise UsageError(N_("{name}：只能写一次"), name=name)
        if any("\0" in value for value in values):
            raise UsageError(N_("{name}：含有不能用的字符"), name=name)
    return await run_in_threadpool(answer, given)


def _one(given: Given, name: str) -> str:
    return given.get(name, [""])[0]


def _rates(given: Given) -> Records:
    lists = {name: list(given.get(name, ())) for name in LISTS}
    options = {
        "aggregate": _choice(given, "aggregate", get_args(Aggregate)),
        "basis": _choice(given, "basis", get_args(Basis)),
        "min_cases": _count(given, "min_cases"),
    }
    when = _Kept(_one(given, "as_of") or None, _one(given, "known_on"))
    first, last = (_one(given, name) or None for name in ("from", "to"))
    selection = select(*(lists[name] for name in SELECTION))
    frame, *_rest = compute("exercise_rate", lists["by"], first, last, selection, options, when)
    return records(frame)


def _choice(given: Given, name: str, choices: Sequence[str]) -> str:
    """One of the choices; the first where nothing is said."""
    value = _one(given, name) or choices[0]
    if value not in choices:
        raise UsageError(
            N_("{name}={value}：可用 {known}"), name=name, value=value, known=", ".join(choices)
        )
    return value


def _count(given: Given, name: str) -> int:
    text = _one(given, name) or "1"
    if not (text.isascii() and text.isdecimal() and len(text) < 6 and 0 < int(text) <= MOST_CASES):
        raise UsageError(
            N_("{name}={value}：请写 1 至 {most} 的整数"), name=name, value=text, most=MOST_CASES
        )
    return int(text)


def _powers(given: Given) -> Records:
    day = _day(given)
    with reading() as connection:
        known = known_act(connection, _one(given, "known_on"))
        return records(power_list(connection, day, _one(given, "search"), known))


def _holdings(given: Given) -> Records:
    day, unit = _day(given), _one(given, "unit")
    if not unit:
        raise UsageError(N_("缺少 unit：请写单位代码或名称"))
    with reading() as connection:
        code = unit_named(read_catalogue(connection), unit, day)
        known = known_act(connection, _one(given, "known_on"))
        return records(held_powers(connection, code, day, known))


def _day(given: Given) -> Any:
    text = _one(given, "as_of")
    return parse_date(text, "as_of") if text else today_in_beijing()
