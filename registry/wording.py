"""Numbers, days and frames into the reader's words.

In: values and measures' frames. Out: text. Nothing is computed here but which words fit.
"""

import math
from collections.abc import Iterable, Mapping
from datetime import date, timedelta

import pandas as pd

from registry.window import Window, month_name_zh, parse_month

COMPLETENESS_LIMIT = 0.9
"""A rate behind which less than this was returned is greyed (DOMAIN §4, 5). The policy file of a
later part takes this over."""


def _(text: str) -> str:
    """The text in the reader's language. Chinese is the language of the source."""
    return text


def percent_text(value: float) -> str:
    return f"{value:.1%}".replace("%", " %")


def fraction_text(numerator: float, denominator: float) -> str:
    return f"{numerator:.0f}/{denominator:.0f}"


def reported_text(value: float) -> str:
    """A reported rate with the digits it was reported with: 0.47 → '47 %'."""
    return f"{value * 100:g} %"


def rate_text(value: float, numerator: float, denominator: float, completeness: float = 1.0) -> str:
    """'47.1 %(185/393)'; with incomplete returns 'at least'; a missing value is never 0."""
    if math.isnan(value):
        return _("缺报")
    text = f"{percent_text(value)}({fraction_text(numerator, denominator)})"
    return _("至少 {rate}").format(rate=text) if completeness < 1 else text


def record_text(record: pd.Series) -> str:
    """The rate of one record of a measure."""
    return rate_text(
        record["value"], record["numerator"], record["denominator"], record["completeness"]
    )


def share_text(record: pd.Series) -> str:
    """The completeness of one record of `completeness`: itself never a lower bound."""
    return rate_text(record["value"], record["numerator"], record["denominator"])


def is_thin(completeness: float) -> bool:
    """Whether so little was returned that a rate on it is greyed."""
    return completeness < COMPLETENESS_LIMIT


def day_text(day: date) -> str:
    return _("{year}年{month}月{day}日").format(year=day.year, month=day.month, day=day.day)


def month_text_zh(code: str) -> str:
    """'2020-07' → '2020年7月'."""
    return month_name_zh(parse_month(code))


def window_text(window: Window) -> str:
    if window.first == window.last:
        return month_name_zh(window.first)
    return _("{first}至{last}").format(
        first=month_name_zh(window.first), last=month_name_zh(window.last)
    )


def basis_text(window: Window, returns: pd.DataFrame) -> str:
    """What stands behind a figure: window, as-of day (its last) and the one record of returns."""
    share = share_text(returns.iloc[0]) if len(returns) else _("无应报月份")
    return _("期间 {window};截至 {day};报送完整度 {share}。").format(
        window=window_text(window), day=day_text(window.end - timedelta(days=1)), share=share
    )


def sources_text(titles: Iterable[str], as_of: date | None) -> str:
    """Of which day the reported figures are and which documents they are from."""
    day = "" if as_of is None or pd.isna(as_of) else f"({day_text(as_of)})"
    return _("报告所载的数{day}出自:{titles}。").format(day=day, titles=";".join(titles))


def listed(words: Iterable[str]) -> str:
    return "、".join(words)


def held_finding(beside: pd.DataFrame, as_of: date) -> str:
    """How long the list is, and whether that is what was reported (`held_beside_reported`)."""
    total = beside.iloc[0]
    sentence = _("截至{day}持有 {count:.0f} 项职权").format(
        day=day_text(as_of), count=total["held"]
    )
    if pd.isna(total["reported"]):
        return sentence
    if total["held"] == total["reported"]:
        return _("{sentence},与报告所载一致").format(sentence=sentence)
    return _("{sentence},报告所载为 {reported:.0f} 项").format(
        sentence=sentence, reported=total["reported"]
    )


def spread_finding(rates: pd.DataFrame, department: str, names: Mapping[str, str]) -> str:
    """Between which rates the districts lie on one department's powers; no district is named."""
    name = names[department]
    rows = rates[rates["department"].eq(department)]
    enough = rows[rows["completeness"].ge(COMPLETENESS_LIMIT)].sort_values("value")
    if not len(enough):
        return _("报送不足,各区{name}职权履行率尚不能比较").format(name=name)
    low, high = enough.iloc[0], enough.iloc[-1]
    if low["value"] == high["value"]:
        return _("报送充分的 {count} 个区,{name}职权履行率为 {rate}").format(
            count=len(enough), name=name, rate=record_text(high)
        )
    return _("报送充分的 {count} 个区,{name}职权履行率在 {low} 与 {high} 之间").format(
        count=len(enough), name=name, low=record_text(low), high=record_text(high)
    )


def unused_finding(city_rates: pd.DataFrame, names: Mapping[str, str]) -> str:
    """Departments none of whose powers was exercised anywhere, as far as was returned."""
    known = city_rates[city_rates["value"].notna()]
    unused = known[known["numerator"].eq(0)]
    if not len(known):
        return _("期间内没有任何报送")
    if not len(unused):
        return _("期间内每个来源部门都有职权行使过")
    return _("期间内未见行使记录的来源部门:{names}").format(
        names=listed(names[code] for code in unused["department"])
    )


def trend_finding(rates: pd.DataFrame) -> str:
    """How many powers the city exercised in its months, and the latest rate."""
    enough = rates[rates["completeness"].ge(COMPLETENESS_LIMIT)]
    if not len(enough):
        return _("各月报送都不足 {limit:.0%},趋势仅供参考").format(limit=COMPLETENESS_LIMIT)
    latest = enough.iloc[-1]
    month = month_text_zh(latest["month"])
    if len(enough) == 1:
        return _("{month}全市职权履行率:{rate}").format(month=month, rate=record_text(latest))
    return _("报送充分的月份,全市每月行使过 {low} 至 {high} 项职权;{month}:{rate}").format(
        low=enough["numerator"].min(),
        high=enough["numerator"].max(),
        month=month,
        rate=record_text(latest),
    )


def completeness_finding(returns: pd.DataFrame) -> str:
    """How many districts returned everything that was due."""
    missing = returns[returns["numerator"].lt(returns["denominator"])]
    if not len(missing):
        return _("{count} 个区全部报送齐全").format(count=len(returns))
    return _("{count} 个区中 {missing} 个有缺报").format(count=len(returns), missing=len(missing))
