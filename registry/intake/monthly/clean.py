"""Cells of a monthly return → months and counts. A cell that cannot be read is never guessed."""

import re
import unicodedata
from datetime import datetime
from typing import Any

from registry.intake.clean import Unreadable, cell_text, parse_day
from registry.intake.fields import plain
from registry.window import YEARS, Window, month_of

MONTHS = (
    re.compile(r"(?P<year>\d{4})(?:[-/.年])(?P<month>\d{1,2})(?:月份?)?"),
    re.compile(r"(?P<year>\d{4})(?P<month>\d{2})(?:月份?)?"),
)
MONTH_ALONE = re.compile(r"(\d{1,2})(?:月份?)?")
COUNT = re.compile(
    r"(?P<sign>-?)(?P<whole>\d{1,3}(?:,\d{3})+|\d+)(?P<fraction>\.\d+)?"
    r"(?:人次|场次|件次|人|名|位|件|次|场|期|个|起|项)?"
)
LARGEST = 10_000_000
"""From here on a number is that of a telephone or a case that slipped a column."""

NO_MONTH = "不是可识别的月份，请写成 2020-07"


def parse_month(value: Any, declared: Window) -> int:
    """202007 from 2020-07, 2020年7月 and the like, from a day in the month, or from a month alone
    that only one declared month can be. Raises Unreadable."""
    if isinstance(value, datetime):
        return _month_of_day(value)
    text = plain(cell_text(value))
    # As a number 2020.1 may have been 2020.10.
    if isinstance(value, float) and re.fullmatch(r"\d{4}\.1", text):
        raise Unreadable("unreadable_month", NO_MONTH)
    for pattern in MONTHS:
        if match := pattern.fullmatch(text):
            return _real_month(int(match["year"]), int(match["month"]))
    if match := MONTH_ALONE.fullmatch(text):
        return _declared_month(int(match[1]), declared)
    return _month_of_day(value)


def _real_month(year: int, month: int) -> int:
    if year not in YEARS or not 1 <= month <= 12:
        raise Unreadable("unreadable_month", NO_MONTH)
    return year * 100 + month


def _declared_month(number: int, declared: Window) -> int:
    found = [month for month in declared.months if month % 100 == number]
    if len(found) != 1:
        raise Unreadable("unreadable_month", NO_MONTH)
    return found[0]


def _month_of_day(value: Any) -> int:
    try:
        return month_of(parse_day(value))
    except Unreadable:
        raise Unreadable("unreadable_month", NO_MONTH) from None


def parse_count(value: Any) -> int:
    """A whole number from 0 on; raises Unreadable."""
    text = repr(value) if isinstance(value, float) else str(value)
    match = COUNT.fullmatch(plain(unicodedata.normalize("NFKC", text)))
    if not match or isinstance(value, bool | datetime):
        raise Unreadable("unreadable_number", "不是可识别的数，请写成 12")
    if float(match["fraction"] or 0):
        raise Unreadable("not_whole", "不是整数，请写成 12")
    number = int(match["whole"].replace(",", ""))
    if match["sign"] and number:
        raise Unreadable("negative_number", "是负数，请写成 0 或正数")
    if number >= LARGEST:
        raise Unreadable("unreadable_number", "不是可识别的数，请写成 12")
    return number
