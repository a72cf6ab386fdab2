"""What a request gives: parameters, each of them known, written once, and readable."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import TypeVar

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request

from registry.cli.options import parse_date
from registry.errors import UsageError
from registry.language import N_
from registry.window import today_in_beijing

Given = Mapping[str, Sequence[str]]
Found = TypeVar("Found")


async def asked(
    request: Request,
    known: Sequence[str],
    answer: Callable[[Given], Found],
    lists: Sequence[str] = (),
) -> Found:
    """The answer to the request's parameters, made beside the pages.

    known: parameters that may be given; lists: those of them that may be given several times.
    """
    given = {name: request.query_params.getlist(name) for name in request.query_params}
    for name, values in given.items():
        if name not in known:
            raise UsageError(
                N_("{name}：没有这个参数，可用 {known}"), name=name, known=", ".join(known)
            )
        if name not in lists and len(values) > 1:
            raise UsageError(N_("{name}：只能写一次"), name=name)
        if any("\0" in value for value in values):
            raise UsageError(N_("{name}：含有不能用的字符"), name=name)
    return await run_in_threadpool(answer, given)


def one(given: Given, name: str) -> str:
    """The value of a parameter; '' where it is not given."""
    return given.get(name, [""])[0]


def required(given: Given, name: str) -> str:
    """Raises UsageError where it is not given."""
    if not one(given, name):
        raise UsageError(N_("缺少 {name}"), name=name)
    return one(given, name)


def choice(given: Given, name: str, choices: Sequence[str]) -> str:
    """One of the choices; the first where nothing is said."""
    value = one(given, name) or choices[0]
    if value not in choices:
        raise UsageError(
            N_("{name}={value}：可用 {known}"), name=name, value=value, known=", ".join(choices)
        )
    return value


def count(given: Given, name: str, most: int) -> int:
    """A whole number from 1 to `most`; 1 where nothing is said."""
    text = one(given, name) or "1"
    is_number = text.isascii() and text.isdecimal() and len(text) <= len(str(most))
    if not (is_number and 0 < int(text) <= most):
        raise UsageError(
            N_("{name}={value}：请写 1 至 {most} 的整数"), name=name, value=text, most=most
        )
    return int(text)


def day(given: Given, name: str = "as_of") -> date:
    """A day; today where nothing is said."""
    text = one(given, name)
    return parse_date(text, name) if text else today_in_beijing()
