"""How much is tried in `make test`; in `make test-all` everything is."""

import os
from collections.abc import Iterable
from typing import Any

import pytest


def examples(count: int) -> int:
    """How many random examples a test draws; in `make test` a tenth."""
    return count if os.environ.get("REQUIRE_ALL") else max(5, count // 10)


def sampled(
    names: str | tuple[str, ...], values: Iterable[Any], **options: Any
) -> pytest.MarkDecorator:
    """Parameters of a test of which `make test` tries the first and each fifth after it."""
    parameters = [
        value if number % 5 == 0 else _slow(value, several=not isinstance(names, str))
        for number, value in enumerate(values)
    ]
    return pytest.mark.parametrize(names, parameters, **options)


def _slow(value: Any, *, several: bool) -> Any:
    return pytest.param(*(value if several else (value,)), marks=pytest.mark.slow)
