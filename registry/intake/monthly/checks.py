"""The rules that an entry of a monthly return must pass; which rows break one, and by how much.

Problems quarantine all rows of an entry; warnings change nothing. Both lists are closed.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from registry.intake import checks
from registry.intake.monthly.form import ORIGIN
from registry.language import N_

PROBLEMS = {
    "unknown_unit": checks.PROBLEMS["unknown_unit"],
    "unit_outside_district": checks.PROBLEMS["unit_outside_district"],
    "unit_not_in_month": N_("这个月份没有这个单位：尚未设立或已经撤销"),
    "unknown_district": N_("不是登记在册的区；请写区名或代码"),
    "missing_month": N_("缺少月份"),
    "unreadable_month": N_("不是可识别的月份，请写成 2020-07"),
    "month_outside": N_("不在所申报的月份内"),
    "unknown_topic": N_("不是登记在册的诉求类别；请核对名称，或用 registry alias add 登记写法"),
    "unknown_power": checks.PROBLEMS["unknown_power"],
    "several_powers": N_("一行只能写一项职权；请分行填写各自的件数"),
    "no_subject": N_("诉求类别和职权都没有"),
    "missing_department": N_("缺少部门"),
    "unknown_department": N_(
        "不是登记在册的来源部门；请核对名称，或用 registry alias add 登记写法"
    ),
    "unreadable_number": N_("不是可识别的数，请写成 12"),
    "negative_number": N_("是负数，请写成 0 或正数"),
    "not_whole": N_("不是整数，请写成 12"),
    "missing_number": N_("没有填数"),
    "step_too_large": N_("多于前一步的人数"),
    "more_than_called": N_("多于吹哨次数"),
    "rows_contradict": N_("同一单位、月份和事项的几行互相矛盾"),
}
WARNINGS = {
    "above_established": N_("在编人数多于编制数"),
    "origins_above_in_post": N_("各来源部门的人数之和多于在编人数"),
    "department_not_a_source": N_("不是职权来源部门，按原文登记"),
    "topic_and_power": N_("诉求类别和职权都填了，按诉求类别计"),
    "duplicate_row": checks.WARNINGS["duplicate_row"],
    "unread_sheet": checks.WARNINGS["unread_sheet"],
    "already_resolved": N_("已经解决，略去；要更正请重新导入报表"),
    "unit_without_data": N_("没有数据的单位"),
}

EVERY_PROBLEM = {**PROBLEMS, **checks.PROBLEMS}
EVERY_WARNING = {**WARNINGS, **checks.WARNINGS}
"""Codes of usage logs and monthly returns; the same code says the same of both."""

Numbers = dict[str, int | None]


@dataclass(frozen=True)
class Excess:
    """`number`, of `field`, is larger than it may be beside `limit`: the first of the fields `of`
    less the others."""

    field: str
    code: str
    number: int
    of: tuple[str, ...]
    limit: int


def excesses(numbers: Numbers) -> Iterator[Excess]:
    """Numbers larger than those that they are part of (DOMAIN §4, 6): problems."""
    yield from _steps(numbers)
    called = numbers.get("called")
    for field in ("on_time", "solved"):
        yield from _excess(numbers, field, "more_than_called", ("called",), called)


def warnings(numbers: Numbers) -> Iterator[Excess]:
    """Numbers that are odd beside others."""
    established, in_post = numbers.get("established"), numbers.get("in_post")
    yield from _excess(numbers, "in_post", "above_established", ("established",), established)
    origins = [n for f, n in numbers.items() if f.startswith(ORIGIN) and n is not None]
    total = sum(origins)
    if in_post is not None and total > in_post:
        yield Excess("in_post", "origins_above_in_post", total, ("in_post",), in_post)


def _steps(numbers: Numbers) -> Iterator[Excess]:
    """Each step of the waterfall against the nearest one before it that is known."""
    code = "step_too_large"
    of, before = _nearest(numbers, ("in_post",))
    yield from _excess(numbers, "certified", code, of, before)
    of, before = _nearest(numbers, ("certified",), ("in_post",))
    yield from _excess(numbers, "seconded", code, of, before)
    here = ("certified", "seconded")
    of, before = _nearest(numbers, here, ("certified",), ("in_post",))
    yield from _excess(numbers, "front_line", code, of, before)
    of, before = _nearest(numbers, ("front_line",), here, ("certified",), ("in_post",))
    yield from _excess(numbers, "handled_case", code, of, before)


def _nearest(numbers: Numbers, *steps: tuple[str, ...]) -> tuple[tuple[str, ...], int | None]:
    """The first step all of whose numbers are known, and its size: the first less the others.

    More seconded than certified is told of the seconded, and leaves no step to compare with.
    """
    for step in steps:
        known = [n for n in map(numbers.get, step) if n is not None]
        size = known[0] - sum(known[1:]) if known else -1
        if len(known) == len(step) and size >= 0:
            return step, size
    return (), None


def _excess(
    numbers: Numbers, field: str, code: str, of: tuple[str, ...], limit: int | None
) -> Iterator[Excess]:
    number = numbers.get(field)
    if number is not None and limit is not None and number > limit:
        yield Excess(field, code, number, of, limit)
