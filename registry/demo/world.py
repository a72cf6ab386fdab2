"""Who works where and how much: the units, their officers, their months and days.

In: the register's units. Out: one row per case with unit, action and day, nothing else yet.
The shape follows published figures (DOMAIN): 1 to 6 penalties and 3 to 12
inspections per officer and year, a quiet February, a busy July and December.
"""

from collections.abc import Iterator

import numpy as np
import pandas as pd

Rng = np.random.Generator

MONTHS = pd.period_range("2020-07", "2023-06", freq="M")
FIRST_DAY = MONTHS[0].start_time
LAST_DAY = MONTHS[-1].end_time.normalize()
# The district that has not sent its last months; the first month that is missing.
UNRETURNED = {"110119": "2023-05"}

CASES_WANTED = 200_000
COERCIONS_WANTED = 48
# Officers drawn per unit, from and to. An area shares its staff with a town or township.
OFFICERS = {"subdistrict": (18, 54), "town": (12, 28), "township": (12, 18), "area": (5, 10)}
PENALTIES_MEDIAN, PENALTIES_SPREAD, PENALTIES_RANGE = 2.0, 0.38, (1.15, 5.7)
INSPECTIONS = (3.3, 4.2, 11.7)  # least, commonest, most
SEASON = {2: 0.75, 7: 1.15, 12: 1.15}
WEEKEND = {5: 0.3, 6: 0.2}


def month_weights() -> np.ndarray:
    """Each month's share of a mean month; the calendar year's twelve sum to twelve."""
    rest = (12 - sum(SEASON.values())) / (12 - len(SEASON))
    return np.array([SEASON.get(month.month, rest) for month in MONTHS])


def delegated_units(units: pd.DataFrame) -> pd.DataFrame:
    """The holders among the units, with the first month and the end of each (`[begins, ends)`)."""
    held = units[units["unit_kind"].isin(list(OFFICERS))].reset_index(drop=True)
    begins = _month_number(held["valid_from"], 0).clip(0, len(MONTHS))
    ends = _month_number(held["valid_to"], len(MONTHS)).clip(0, len(MONTHS))
    kept = held[["code", "name", "unit_kind", "district_code", "district_name"]]
    return kept.rename(columns={"code": "unit"}).assign(begins=begins, ends=ends)


def _month_number(days: pd.Series, missing: int) -> pd.Series:
    date = pd.to_datetime(days.replace("", None))
    number = (date.dt.year - FIRST_DAY.year) * 12 + date.dt.month - FIRST_DAY.month
    return number.fillna(missing).astype(int)


def demo_staff(units: pd.DataFrame, seed: int) -> pd.DataFrame:
    """`delegated_units` with officers and how many penalties and inspections they make in all."""
    rng = np.random.default_rng([seed, 1])
    staff = delegated_units(units)
    low, high = (staff["unit_kind"].map(lambda kind, i=i: OFFICERS[kind][i]) for i in (0, 1))
    drawn = rng.uniform(low, high + 1)
    rate = np.exp(rng.normal(np.log(PENALTIES_MEDIAN), PENALTIES_SPREAD, len(staff)))
    rate = np.clip(rate, *PENALTIES_RANGE)
    inspections = rng.triangular(*INSPECTIONS, len(staff))
    years = (staff["ends"] - staff["begins"]) / 12
    scale = CASES_WANTED / (drawn * (rate + inspections) * years).sum()
    officers = np.maximum(np.round(drawn * scale), 4).astype(int)
    return staff.assign(
        officers=officers,
        penalty=np.round(officers * rate * years).astype(int),
        inspection=np.round(officers * inspections * years).astype(int),
    )


def existing(staff: pd.DataFrame) -> np.ndarray:
    """bool[units, months]: the unit existed."""
    number = np.arange(len(MONTHS))
    return (number >= staff[["begins"]].to_numpy()) & (number < staff[["ends"]].to_numpy())


def unit_months(staff: pd.DataFrame) -> pd.DataFrame:
    """The rows of `staff` once for each month in which the unit existed and its district returned.

    Two more columns: `month` (such as 202007) and `number`, its place in MONTHS.
    """
    position, number = np.nonzero(existing(staff))
    rows = staff.iloc[position].reset_index(drop=True).assign(number=number)
    months = MONTHS.year * 100 + MONTHS.month
    rows["month"] = months.to_numpy()[number]
    until = rows["district_code"].map({d: month_number(m) for d, m in UNRETURNED.items()})
    return rows[until.isna() | (number < until)].reset_index(drop=True)


def month_number(month: str) -> int:
    """'2021-01' → its place in MONTHS."""
    return MONTHS.get_loc(pd.Period(month, freq="M"))


def draw_cases(staff: pd.DataFrame, seed: int) -> pd.DataFrame:
    """One row per case: unit, district, unit_kind, action, month (number), decided_on."""
    rng = np.random.default_rng([seed, 2])
    rows = pd.concat(list(_counted(staff, rng)), ignore_index=True)
    rows["decided_on"] = _draw_days(rows["month"].to_numpy(), rng)
    facts = staff.set_index("unit")
    rows["district"] = rows["unit"].map(facts["district_code"])
    rows["unit_kind"] = rows["unit"].map(facts["unit_kind"])
    return rows[_returned(rows)].reset_index(drop=True)


def _counted(staff: pd.DataFrame, rng: Rng) -> Iterator[pd.DataFrame]:
    """Each unit's total of an action, dealt out over the months in which the unit existed."""
    shares = existing(staff) * month_weights()
    shares = shares / shares.sum(axis=1, keepdims=True)
    coercions = rng.multinomial(COERCIONS_WANTED, staff["penalty"] / staff["penalty"].sum())
    totals = {"penalty": staff["penalty"], "inspection": staff["inspection"], "coercion": coercions}
    for action, total in totals.items():
        counts = rng.multinomial(np.asarray(total), shares)
        unit, month = np.divmod(np.repeat(np.arange(counts.size), counts.ravel()), len(MONTHS))
        units = staff["unit"].to_numpy()[unit]
        yield pd.DataFrame({"unit": units, "action": action, "month": month})


def _draw_days(months: np.ndarray, rng: Rng) -> np.ndarray:
    """A day in each month, mostly a working day."""
    days = pd.date_range(FIRST_DAY, LAST_DAY)
    weight = np.array([WEEKEND.get(day, 1.0) for day in days.day_of_week])
    weight[(days.month == 10) & (days.day <= 7) | (days.day_of_year == 1)] *= 0.2
    reached = np.concatenate([[0.0], weight.cumsum()])
    starts = np.searchsorted(days, MONTHS.start_time)
    low = reached[starts][months]
    high = reached[np.append(starts[1:], len(days))][months]
    drawn = low + rng.random(len(months)) * (high - low) * (1 - 1e-12)
    return days.to_numpy("datetime64[s]")[np.searchsorted(reached, drawn, side="right") - 1]


def _returned(rows: pd.DataFrame) -> pd.Series:
    until = rows["district"].map(pd.to_datetime(pd.Series(UNRETURNED, dtype="str")))
    return until.isna() | (rows["decided_on"] < until)
