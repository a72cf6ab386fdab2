"""Records of a family of measures → text, each in the unit of its card."""

import math
from collections.abc import Sequence

import pandas as pd

from registry.language import N_, _
from registry.measures.cards import CARDS
from registry.wording import (
    Names,
    count_text,
    fraction_text,
    group_name,
    rate_text,
    ratio_text,
)

NONE = "—"
RESULTS = ("value", "numerator", "denominator", "completeness")
UNITS = {
    "days": N_("个工作日"),
    "cases": N_("件"),
    "cases a month": N_("件/人·月"),
    "yuan": N_("元"),
}
"""What a value counts in → the word behind it; a count of anything else stands alone."""


def value_text(row: pd.Series | None, family: str) -> str:
    """A measure's value with its fraction, or with its unit; a dash where it is missing."""
    if row is None or pd.isna(row["value"]):
        return NONE
    card = CARDS[f"{family}.{row['measure']}"]
    if card.unit == "fraction":
        share = row["completeness"] if card.reads == "rate" else 1.0
        return rate_text(row["value"], row["numerator"], row["denominator"], share)
    return _with_unit(row["value"], card.unit)


def full_text(row: pd.Series | None, family: str) -> str:
    """`value_text` with what stands behind it: of a median or percentile the observations."""
    text = value_text(row, family)
    if row is None or text == NONE:
        return text
    card = CARDS[f"{family}.{row['measure']}"]
    if pd.isna(row["numerator"]):
        return _("{value}（{count} 件）").format(value=text, count=count_text(row["denominator"]))
    if card.reads == "ratio":
        behind = fraction_text(row["numerator"], row["denominator"])
        return _("{rate} ({fraction})").format(rate=text, fraction=behind)
    return text


def city_text(row: pd.Series, family: str) -> str:
    """`full_text` of the city's record of the same measure."""
    return full_text(city_record(row), family)


def city_record(row: pd.Series) -> pd.Series:
    """The city's record, which a profile keeps beside a place's in columns that end in `_city`."""
    own = row.to_dict()
    city = {name: own.pop(f"{name}_city") for name in RESULTS}
    return pd.Series(own | city, dtype=object)


def _with_unit(value: float, unit: str) -> str:
    return f"{plain_number(value)} {_(UNITS[unit])}" if unit in UNITS else plain_number(value)


def plain_number(value: float) -> str:
    """A whole number, or two decimals as on the command line: fen of a fine, a load."""
    if math.isnan(value):
        return NONE
    return count_text(value) if float(value).is_integer() else ratio_text(value)


def family_table(frame: pd.DataFrame, family: str) -> pd.DataFrame:
    """One row a measure of one place: its title, its value, what stands behind it."""
    rows = [row for _i, row in frame.iterrows()]
    return pd.DataFrame(
        {
            _("数值"): [value_text(row, family) for row in rows],
            _("件数"): [count_text(row["denominator"]) for row in rows],
        },
        index=pd.Index(
            [_(CARDS[f"{family}.{row['measure']}"].title) for row in rows], name=_("指标")
        ),
    )


def wide_table(
    frame: pd.DataFrame, family: str, group: str, labels: Names, measures: Sequence[str]
) -> pd.DataFrame:
    """One row a group, one column a measure that the frame has."""
    cells = {(row[group], row["measure"]): row for _i, row in frame.iterrows()}
    codes = list(dict.fromkeys(frame[group]))
    told = [name for name in measures if frame["measure"].eq(name).any()]
    return pd.DataFrame(
        {
            _(CARDS[f"{family}.{name}"].title): [
                value_text(cells.get((code, name)), family) for code in codes
            ]
            for name in told
        },
        index=pd.Index([labels[code] for code in codes], name=group_name(group)),
    )
