"""Working days in China: weekdays but public holidays, and the make-up workdays of weekends.

In: days as numpy arrays. Out: counts of working days, days so many working days ahead. Holidays
are those that chinesecalendar knows; in other years every weekday is a working day, and
`years_by_weekday` says which years those are.
"""

from collections.abc import Iterable
from datetime import date
from functools import lru_cache

import numpy as np
from chinese_calendar.constants import holidays, workdays

from registry.window import YEARS

KNOWN_YEARS = range(min(holidays).year, max(holidays).year + 1)
"""Years whose holidays are known."""


def working_days(start: np.ndarray, end: np.ndarray) -> np.ndarray:
    """float64: working days d with start < d ≤ end, of datetime64 arrays that broadcast.

    NaN where a day is missing (NaT); none where the end does not follow the start.
    """
    first, last = np.asarray(start, "datetime64[D]"), np.asarray(end, "datetime64[D]")
    worked = np.maximum(_worked_until(last) - _worked_until(first), 0)
    return np.where(np.isnat(first) | np.isnat(last), np.nan, worked)


def working_days_after(start: np.ndarray, count: int) -> np.ndarray:
    """datetime64[D]: the `count`-th working day after each day (1 or more); NaT where missing."""
    first = np.asarray(start, "datetime64[D]")
    due = _all_working_days().take(_worked_until(first) + count - 1, mode="clip")
    return np.where(np.isnat(first), np.datetime64("NaT", "D"), due)


def years_by_weekday(years: Iterable[int]) -> tuple[int, ...]:
    """Which of these years count weekdays only, since their holidays are not known; in order."""
    return tuple(sorted({year for year in years if year not in KNOWN_YEARS}))


def _worked_until(days: np.ndarray) -> np.ndarray:
    """How many working days there are up to and on each day."""
    return np.searchsorted(_all_working_days(), days, side="right")


@lru_cache
def _all_working_days() -> np.ndarray:
    """datetime64[D] of every working day in YEARS, in order."""
    first, end = date(YEARS.start, 1, 1), date(YEARS.stop, 1, 1)
    days = np.arange(np.datetime64(first, "D"), np.datetime64(end, "D"))
    works = np.is_busday(days, holidays=[np.datetime64(day, "D") for day in holidays])
    return days[works | np.isin(days, np.array(list(workdays), "datetime64[D]"))]
