"""One district's cases as the cells of its log: good rows only, before anything goes wrong.

In: rows of the truth. Out: a frame with a column per heading, and `day`, `action`, `month`.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

from registry.demo.names import Names, power_texts, unit_texts
from registry.demo.styles import (
    BASIS,
    FIELD_OF,
    PARTY,
    PUBLISHED,
    SANCTION,
    SERIAL,
    WORDS,
    Style,
)
from registry.demo.world import Rng

WIDE = str.maketrans("0123456789", "０１２３４５６７８９")
EXCEL_EPOCH = pd.Timestamp("1899-12-30")
DATE_TEXTS: dict[str, Callable[[pd.Timestamp], object]] = {
    "iso": lambda day: f"{day:%Y-%m-%d}",
    "slash": lambda day: f"{day.year}/{day.month}/{day.day}",
    "dot": lambda day: f"{day.year}.{day.month}.{day.day}",
    "compact": lambda day: f"{day:%Y%m%d}",
    "chinese": lambda day: f"{day.year}年{day.month}月{day.day}日",
    "time": lambda day: f"{day:%Y-%m-%d} 09:30:00",
    "wide": lambda day: f"{day:%Y-%m-%d}".translate(WIDE),
    "cell": lambda day: day.to_pydatetime(),
    "serial": lambda day: (day - EXCEL_EPOCH).days,
}
FINE_TEXTS: dict[str, Callable[[float], object]] = {
    "plain": lambda fine: f"{fine:.0f}",
    "number": lambda fine: int(fine),
    "thousands": lambda fine: f"{fine:,.2f}",
    "yuan": lambda fine: f"{fine:.0f}元",
    "wan": lambda fine: _in_wan(fine),
    "wan_unit": lambda fine: f"{_in_wan(fine)}万元",
    "wide": lambda fine: f"{fine:.0f}".translate(WIDE),
}
DATE_FIELDS = (
    "filed_on",
    "decided_on",
    "closed_on",
    "review_requested_on",
    "review_completed_on",
)
# Invented, and masked as offices mask them; the reader drops the column all the same.
PARTIES = {
    "individual": ("张某某", "李某", "王某某", "赵某", "刘某某"),
    "organisation": ("某餐饮店", "北京某商贸有限公司", "某建筑公司", "某物业公司", "某便利店"),
}
PUBLISHED_AFTER = pd.Timedelta(days=5)


def _in_wan(fine: float) -> str:
    return f"{fine / 10_000:.4f}".rstrip("0").rstrip(".")


def headings_of(style: Style, action: str = "") -> list[str]:
    """The headings of a file; `action` only where the district has one kind of file each."""
    chosen = {"inspection": style.inspection_headings, "coercion": style.coercion_headings}
    return (chosen.get(action) or style.headings).split("|")


def log_cells(
    cases: pd.DataFrame, headings: list[str], style: Style, names: Names, rng: Rng
) -> pd.DataFrame:
    """A row per case, or per power of it; missing values are empty strings."""
    fields = {heading: FIELD_OF[heading] for heading in headings}
    columns = {
        heading: _column(cases, field, style, names, rng).astype(object)
        for heading, field in fields.items()
    }
    day = cases["decided_on"]
    beside = {"day": day, "action": cases["action"], "month": day.dt.strftime("%Y-%m")}
    table = pd.DataFrame(columns | beside)
    power = next(heading for heading, field in fields.items() if field == "power")
    return _apart(table, power)


def _apart(table: pd.DataFrame, power: str) -> pd.DataFrame:
    """One row per power where a case's powers could not be joined in one cell."""
    lists = table[power].tolist()
    rows = table.take(np.repeat(np.arange(len(table)), [len(texts) for texts in lists]))
    rows[power] = np.array([text for texts in lists for text in texts], dtype=object)
    return rows.reset_index(drop=True)


def _column(cases: pd.DataFrame, field: str, style: Style, names: Names, rng: Rng) -> pd.Series:
    if field in DATE_FIELDS:
        return _dates(cases[field], style)
    if field in WORDS:
        return _words(cases[field], field, style)
    return COLUMNS[field](cases, style, names, rng)


def _dates(days: pd.Series, style: Style) -> pd.Series:
    return _rewrite(days, DATE_TEXTS[style.dates])


def _words(codes: pd.Series, field: str, style: Style) -> pd.Series:
    words = WORDS[field]
    return _rewrite(codes, lambda code: words[code][style.words % len(words[code])])


def _fines(cases: pd.DataFrame, style: Style, names: Names, rng: Rng) -> pd.Series:
    return _rewrite(cases["fine_cny"], FINE_TEXTS[style.fines])


def _rewrite(values: pd.Series, write: Callable[[Any], object]) -> pd.Series:
    """Each distinct value is written once; a missing one is an empty cell."""
    place, distinct = pd.factorize(values)
    cells = np.empty(len(distinct) + 1, dtype=object)
    cells[:] = [*(write(value) for value in distinct), ""]
    return pd.Series(cells[place], index=values.index)


def _numbers(cases: pd.DataFrame, style: Style, names: Names, rng: Rng) -> pd.Series:
    left, right = style.brackets
    marks = str.maketrans({"〔": left, "〕": right})
    return cases["case_no"].str.translate(marks)


def _parties(cases: pd.DataFrame, style: Style, names: Names, rng: Rng) -> pd.Series:
    choices = np.array([PARTIES[who] for who in PARTIES])
    organisation = cases["party_type"].ne("individual").astype(int)
    drawn = choices[organisation, rng.integers(0, choices.shape[1], len(cases))]
    return pd.Series(drawn, index=cases.index)


def _sanctions(cases: pd.DataFrame, style: Style, names: Names, rng: Rng) -> pd.Series:
    fine = cases["fine_cny"]
    word = pd.Series("", index=cases.index, dtype=object)
    return word.mask(fine > 0, "罚款").mask(fine == 0, "警告")


COLUMNS: dict[str, Callable[[pd.DataFrame, Style, Names, Rng], pd.Series]] = {
    "case_no": _numbers,
    "unit": lambda cases, style, names, rng: unit_texts(cases, style.units, names, rng),
    "power": lambda cases, style, names, rng: power_texts(
        cases["powers"], style.powers, style.joiner, names
    ),
    "fine_cny": _fines,
    SERIAL: lambda cases, style, names, rng: pd.Series("", index=cases.index),
    PARTY: _parties,
    BASIS: lambda cases, style, names, rng: cases["powers"].str[0].map(names.laws).fillna(""),
    PUBLISHED: lambda cases, style, names, rng: _dates(
        cases["decided_on"] + PUBLISHED_AFTER, style
    ),
    SANCTION: _sanctions,
}
