"""Working days by the Chinese calendar: holidays, make-up workdays, years it does not know."""

from datetime import date, timedelta

import numpy as np
import pytest
from chinese_calendar import is_workday
from hypothesis import given
from hypothesis import strategies as st

from registry.workdays import KNOWN_YEARS, working_days, working_days_after, years_by_weekday

known_days = st.dates(date(KNOWN_YEARS[0], 1, 1), date(KNOWN_YEARS[-1], 12, 31))


def days(*texts: str) -> np.ndarray:
    return np.array(texts, dtype="datetime64[D]")


def between(start: str, end: str) -> float:
    return float(working_days(days(start), days(end))[0])


@pytest.mark.parametrize(
    ("start", "end", "count"),
    [
        ("2020-09-25", "2020-10-09", 5),  # 27 September is worked, 1 to 8 October are holidays
        ("2020-09-25", "2020-09-25", 0),
        ("2020-09-25", "2020-09-26", 0),
        ("2020-09-25", "2020-09-27", 1),
        ("2020-09-30", "2020-10-08", 0),
        ("2021-03-01", "2021-03-08", 5),
        ("2021-03-05", "2021-03-01", 0),
        ("2035-01-01", "2035-01-08", 5),  # nobody knows the holidays of 2035
    ],
)
def test_working_days_are_those_after_the_first_day_up_to_the_last(start, end, count):
    assert between(start, end) == count


def test_a_missing_day_has_no_count():
    found = working_days(days("NaT", "2021-03-01", "NaT"), days("2021-03-01", "NaT", "NaT"))
    assert np.isnan(found).all()


def test_nothing_to_count_is_nothing():
    assert len(working_days(days(), days())) == 0


@given(known_days, st.integers(0, 40))
def test_working_days_are_the_workdays_of_the_calendar(start, length):
    span = [start + timedelta(days=n) for n in range(1, length + 1)]
    counted = sum(is_workday(day) for day in span if day.year in KNOWN_YEARS)
    end = min(start + timedelta(days=length), date(KNOWN_YEARS[-1], 12, 31))
    assert between(start.isoformat(), end.isoformat()) == counted


@given(st.dates(date(2000, 1, 1), date(2040, 12, 31)), st.integers(1, 60))
def test_so_many_working_days_after_is_a_working_day_and_that_many_away(start, count):
    first = days(start.isoformat())
    due = working_days_after(first, count)
    assert working_days(first, due)[0] == count
    assert working_days(first, due - 1)[0] == count - 1


def test_what_is_due_after_a_missing_day_is_missing():
    assert np.isnat(working_days_after(days("NaT"), 5)).all()


def test_years_without_known_holidays_are_named():
    assert years_by_weekday([2021, 2003, 2035, 2003]) == (2003, 2035)
    assert years_by_weekday(range(2020, 2026)) == ()
