"""Months and windows of months: integers such as 202007 in tables, '2020-07' in text."""

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from functools import lru_cache

import numpy as np
import pandas as pd

from registry.errors import UsageError
from registry.language import N_

BEIJING = timezone(timedelta(hours=8), "Asia/Shanghai")


YEARS = range(1949, 2200)
"""Years that a month may lie in: the Republic's, and no end that a date could not follow."""


def today_in_beijing() -> date:
    """The clock of the product, read at the edges only."""
    return datetime.now(BEIJING).date()


def month_of(day: date) -> int:
    return day.year * 100 + day.month


def month_start(month: int) -> date:
    return date(month // 100, month % 100, 1)


def add_months(month: int, count: int) -> int:
    index = month // 100 * 12 + month % 100 - 1 + count
    return index // 12 * 100 + index % 12 + 1


@lru_cache(maxsize=1024)
def _months(first: int, count: int) -> tuple[int, ...]:
    return tuple(add_months(first, i) for i in range(count))


def month_text(month: int) -> str:
    return f"{month // 100}-{month % 100:02d}"


def month_name_zh(month: int) -> str:
    return f"{month // 100}年{month % 100}月"


def period_name(label: str) -> str:
    """'2020-07' → 2020年7月, '2020-Q3' → 2020年第3季度, '2020' → 2020年."""
    year, _, part = label.partition("-")
    if not part:
        return f"{year}年"
    return f"{year}年第{part[1:]}季度" if part.startswith("Q") else f"{year}年{int(part)}月"


def parse_month(text: str) -> int:
    """'2020-07' → 202007."""
    match = re.fullmatch(r"(\d{4})-(\d{2})", text.strip())
    if not match or not 1 <= int(match[2]) <= 12 or int(match[1]) not in YEARS:
        raise UsageError(N_("月份「{text}」无法识别，请写成 2020-07"), text=text)
    return int(match[1]) * 100 + int(match[2])


@dataclass(frozen=True)
class Window:
    """Whole months from `first` to `last`, both included."""

    first: int
    last: int

    def __post_init__(self) -> None:
        if self.first > self.last:
            raise UsageError(
                N_("期间的起始月 {first} 晚于结束月 {last}"),
                first=month_text(self.first),
                last=month_text(self.last),
            )

    @classmethod
    def parse(cls, text: str) -> "Window":
        """'2020-07..2020-12', or one month."""
        first, dots, last = text.partition("..")
        return cls(parse_month(first), parse_month(last if dots else first))

    @property
    def months(self) -> tuple[int, ...]:
        return _months(self.first, len(self))

    @property
    def start(self) -> date:
        """The first day."""
        return month_start(self.first)

    @property
    def end(self) -> date:
        """The day after the last day."""
        return month_start(add_months(self.last, 1))

    def __len__(self) -> int:
        years = self.last // 100 - self.first // 100
        return years * 12 + self.last % 100 - self.first % 100 + 1

    def __contains__(self, month: object) -> bool:
        return isinstance(month, int) and self.first <= month <= self.last

    def places(self, part: "Window") -> slice:
        """Where the months of a part of it stand among its own."""
        before = len(Window(self.first, part.first)) - 1
        return slice(before, before + len(part))

    def slice(self, months: np.ndarray) -> slice:
        """Where the months of the window stand among months in ascending order."""
        return slice(*np.searchsorted(months, [self.first, self.last + 1]))

    def rows(self, frame: pd.DataFrame) -> pd.DataFrame:
        """The rows of a frame sorted by `month`. Of two million rows those of a year are found
        without looking at the others."""
        return frame.iloc[self.slice(frame["month"].to_numpy())]

    def __str__(self) -> str:
        return f"{month_text(self.first)}..{month_text(self.last)}"
