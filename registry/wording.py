"""Numbers, days and frames into the reader's words.

In: values and measures' frames. Out: text. Nothing is computed here but which words fit.
"""

import math
from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from typing import Any, TypeAlias

import pandas as pd

from registry.adjustment.policy import read_policy
from registry.language import N_, _, day_name, language, month_name, ngettext
from registry.returns import USAGE_LOG
from registry.window import Window, parse_month

Names = Mapping[str, str]

Record: TypeAlias = Mapping[Any, Any] | pd.Series
"""One record of a measure. To make a Series of each of many costs more than all its words."""

NO_BREAK = "\N{NO-BREAK SPACE}"


def percent_text(value: float, digits: int = 1) -> str:
    """0.471 → '47.1 %'; the sign stays with its number at the end of a line."""
    return _with_sign(f"{value * 100:.{digits}f}")


def _with_sign(number: str) -> str:
    return f"{number}{NO_BREAK}%"


def count_text(count: float) -> str:
    """12345 → '12,345'."""
    return f"{count:,.0f}"


def ratio_text(value: float) -> str:
    """A number with decimals, such as cases per officer or an index: 1234.5 → '1,234.50'."""
    return f"{value:,.2f}"


def p_text(p: float) -> str:
    """A p-value after its letter: '= 0.13'; never 0 or 1, which it is not."""
    if p < 0.001:
        return "< 0.001"
    return "> 0.99" if p > 0.99 else f"= {p:.2g}"


def fraction_text(numerator: float, denominator: float) -> str:
    """1289 of 2000 → '1,289/2,000'."""
    return f"{count_text(numerator)}/{count_text(denominator)}"


def reported_text(value: float) -> str:
    """A reported rate with the digits it was reported with: 0.47 → '47 %'."""
    return _with_sign(f"{value * 100:g}")


def figure_text(value: float, unit: str) -> str:
    """A reported figure by its unit: a rate with the digits it was reported with, or a count."""
    return reported_text(value) if unit == "ratio" else count_text(value)


def computed_text(row: pd.Series) -> str:
    """What the register computes beside a reported figure (a row of `beside_reported`).

    An exercise rate on incomplete returns is a lower bound, a share of staff is not.
    """
    if not row["computed_definition"]:
        return _("只有报告所载")
    if row["unit"] == "ratio":
        return record_text(row) if row["lower_bound"] else share_text(row)
    return count_text(row["value"])


def rate_text(value: float, numerator: float, denominator: float, completeness: float = 1.0) -> str:
    """'47.1 %(185/393)'; with incomplete returns 'at least'; a missing value is never 0."""
    if math.isnan(value):
        return _("缺报")
    return _("{rate} ({fraction})").format(
        rate=bound_text(percent_text(value), value, completeness),
        fraction=fraction_text(numerator, denominator),
    )


def bound_text(text: str, value: float, completeness: float, *, brief: bool = False) -> str:
    """A figure on incomplete returns is a lower bound and says so (DOMAIN §4).

    At least nothing says nothing: a bound of 0 reads as none seen. More than all there is not: a
    bound that reads 100 % is that. brief: as a cell of a chart has room for.
    """
    if not completeness < 1 or text == percent_text(1):
        return text
    if value == 0:
        return _("未见") if brief else _("未见，有缺报")
    bound = _("至少{rate}") if brief else _("至少 {rate}")
    return bound.format(rate=text)


def record_text(record: Record) -> str:
    """The rate of one record of a measure; a mean, marked by a column `aggregate`, has no
    fraction but the number of its units."""
    if not _is_mean(record) or pd.isna(record["value"]):
        return rate_text(
            record["value"], record["numerator"], record["denominator"], record["completeness"]
        )
    rate = bound_text(percent_text(record["value"]), record["value"], record["completeness"])
    return _("{rate} ({fraction})").format(rate=rate, fraction=behind_text(record))


def behind_text(record: Record) -> str:
    """What stands behind a rate: its fraction, or the number of units that a mean is over."""
    if _is_mean(record):
        return ngettext("{count} 个街乡平均", int(record["denominator"])).format(
            count=int(record["denominator"])
        )
    return fraction_text(record["numerator"], record["denominator"])


def _is_mean(record: Record) -> bool:
    return record.get("aggregate") == "mean"


def share_text(record: Record) -> str:
    """A share that missing returns may move either way, such as completeness itself or a step of
    staffing: no lower bound, so that no "at least" is written."""
    return rate_text(record["value"], record["numerator"], record["denominator"])


def record_texts(rates: pd.DataFrame) -> list[str]:
    """`record_text` of every record of a measure, in their order."""
    return [record_text(record) for record in rates.to_dict("records")]


def share_texts(shares: pd.DataFrame) -> list[str]:
    return [share_text(record) for record in shares.to_dict("records")]


def is_thin(completeness: float) -> bool:
    """Whether so little was returned that a rate on it is greyed: less than the policy asks for."""
    return completeness < read_policy().completeness_limit


def limit_text() -> str:
    """The policy's limit of completeness: '90 %'."""
    return percent_text(read_policy().completeness_limit, 0)


def period_text(code: str) -> str:
    """A code of a group column of time: '2020-07' → 2020年7月, '2020-Q3', '2020'."""
    year, _dash, part = code.partition("-")
    if not part:
        return _("{year}年").format(year=year)
    if part.startswith("Q"):
        return _("{year}年第{quarter}季度").format(year=year, quarter=part[1:])
    return month_name(parse_month(code))


def window_text(window: Window) -> str:
    if window.first == window.last:
        return month_name(window.first)
    return _("{first}至{last}").format(first=month_name(window.first), last=month_name(window.last))


def basis_text(window: Window, returns: pd.DataFrame) -> str:
    """What stands behind a figure: window, as-of day (its last) and the one record of returns."""
    share = share_text(returns.iloc[0]) if len(returns) else _("无应报月份")
    return _("期间 {window}；截至 {day}；报送完整度 {share}。").format(
        window=window_text(window), day=day_name(window.end - timedelta(days=1)), share=share
    )


def returned_text(
    window: Window, completeness: float, due: int | None = None, returns: str = USAGE_LOG
) -> str:
    """What stands behind a figure of monthly returns: window, as-of day, how much was returned.

    due: of how many unit-months; returns: one of RETURNS_NAMED.
    """
    share = _("无应报月份") if math.isnan(completeness) else percent_text(completeness)
    if due is not None and not math.isnan(completeness):
        # A share of whole unit-months, so that these are got back exactly.
        share = rate_text(completeness, round(completeness * due), due)
    return _("期间 {window}；截至 {day}；{returns}报送完整度 {share}。").format(
        window=window_text(window),
        day=day_name(window.end - timedelta(days=1)),
        returns=_(RETURNS_NAMED[returns]),
        share=share,
    )


RETURNS_NAMED = {
    USAGE_LOG: N_("执法台账的"),
    "staffing": N_("人员月报的"),
    "complaints": N_("诉求月报的"),
    "whistles": N_("吹哨报到月报的"),
    "reviewers": N_("执法台账和审核人员的"),
    "loads": N_("执法台账和人员月报的"),
}
"""Of which returns a completeness is; the last two want both."""

GROUP_NAMES = {
    "city": N_("全市"),
    "district": N_("区"),
    "unit": N_("街道、乡镇"),
    "unit_kind": N_("单位类别"),
    "department": N_("来源部门"),
    "domain": N_("领域"),
    "kind": N_("职权类别"),
    "power": N_("职权"),
    "topic": N_("主题"),
    "month": N_("月份"),
}


def group_name(group: str) -> str:
    """What the rows of a table by this group column are; nothing for one without a name."""
    return _(GROUP_NAMES[group]) if group in GROUP_NAMES else ""


def ahead_basis(window: Window, expected: pd.DataFrame) -> str:
    """What stands behind months to come: which, and how much of earlier ones was returned."""
    known = expected["completeness"].dropna()
    least = percent_text(known.min()) if len(known) else _("无应报月份")
    return _("预估 {window}；往年同月报送完整度最低 {share}。").format(
        window=window_text(window), share=least
    )


def sources_text(titles: Iterable[str], as_of: date | None) -> str:
    """Of which day the reported figures are and which documents they are from."""
    cited = _("；").join(titles)
    if as_of is None or pd.isna(as_of):
        return _("报告所载的数出自：{titles}。").format(titles=cited)
    return _("报告所载的数（{day}）出自：{titles}。").format(day=day_name(as_of), titles=cited)


def sentences(*parts: str) -> str:
    """Whole sentences, one after the other."""
    return ("" if language() == "zh" else " ").join(parts)


def listed(words: Iterable[str]) -> str:
    return _("、").join(words)


def held_finding(beside: pd.DataFrame, as_of: date) -> str:
    """How long the list is, and whether that is what was reported (`held_beside_reported`)."""
    total = beside.iloc[0]
    sentence = ngettext("截至{day}持有 {count:,.0f} 项职权", int(total["held"])).format(
        day=day_name(as_of), count=total["held"]
    )
    if pd.isna(total["reported"]):
        return sentence
    if total["held"] == total["reported"]:
        return _("{sentence}，与报告所载一致").format(sentence=sentence)
    return _("{sentence}，报告所载为 {reported:,.0f} 项").format(
        sentence=sentence, reported=total["reported"]
    )


def spread_finding(rates: pd.DataFrame, department: str, names: Mapping[str, str]) -> str:
    """Between which rates the districts lie on one department's powers; no district is named."""
    name = names[department]
    rows = rates[rates["department"].eq(department)]
    enough = rows[~rows["completeness"].map(is_thin)].sort_values("value")
    if not len(enough):
        return _("报送不足，各区{name}职权履行率尚不能比较").format(name=name)
    low, high = enough.iloc[0], enough.iloc[-1]
    if low["value"] == high["value"]:
        return _("报送充分的 {count} 个区，{name}职权履行率为 {rate}").format(
            count=len(enough), name=name, rate=record_text(high)
        )
    return _("报送充分的 {count} 个区，{name}职权履行率在 {low} 与 {high} 之间").format(
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
    return _("期间内未见行使记录的来源部门：{names}").format(
        names=listed(names[code] for code in unused["department"])
    )


def trend_finding(rates: pd.DataFrame) -> str:
    """How many powers the city exercised in its months, and the latest rate."""
    enough = rates[~rates["completeness"].map(is_thin)]
    if not len(enough):
        return _("各月报送都不足 {limit}，趋势仅供参考").format(limit=limit_text())
    latest = enough.iloc[-1]
    month = period_text(latest["month"])
    if len(enough) == 1:
        return _("{month}全市职权履行率：{rate}").format(month=month, rate=record_text(latest))
    return _("报送充分的月份，全市每月行使过 {low} 至 {high} 项职权；{month}：{rate}").format(
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
    return ngettext("{count} 个区中 {missing} 个有缺报", len(missing)).format(
        count=len(returns), missing=len(missing)
    )


def rate_name(min_cases: int) -> str:
    if min_cases == 1:
        return _("职权履行率")
    return _("履职均衡率（至少 {k} 件）").format(k=min_cases)


def rate_label(aggregate: str, min_cases: int) -> str:
    """What a headline rate is called: the three aggregates are three different figures."""
    ways = {"union": _("合并"), "pooled": _("逐对"), "mean": _("街乡平均")}
    return _("{name} · {way}").format(name=rate_name(min_cases), way=ways[aggregate])


def counted_text(aggregate: str, min_cases: int) -> str:
    """What the two counts behind a rate are counts of."""
    if aggregate == "mean":
        return _("参与平均的街乡数")
    if aggregate == "pooled":
        texts = (
            _("「行使过/持有」的（街乡，职权）对数"),
            _("「至少 {k} 件/持有」的（街乡，职权）对数"),
        )
    else:
        texts = _("「行使过/持有」的职权数"), _("「至少 {k} 件/持有」的职权数")
    return texts[min_cases > 1].format(k=min_cases)


def matrix_finding(rates: pd.DataFrame, row: str, min_cases: int) -> str:
    """How many of the groups in the rows have any power exercised, as far as was returned."""
    known = rates[rates["value"].notna()]
    used = known.loc[known["numerator"].gt(0), row].nunique()
    if row == "district":
        once = _("有报送的 {count} 个区中，{used} 个区行使过所选职权")
        often = ngettext("有报送的 {count} 个区中，{used} 个区有所选职权办过至少 {k} 件", used)
    else:
        once = _("有报送的 {count} 个街道、乡镇中，{used} 个行使过所选职权")
        often = ngettext(
            "有报送的 {count} 个街道、乡镇中，{used} 个有所选职权办过至少 {k} 件", used
        )
    finding = once if min_cases == 1 else often
    return finding.format(count=known[row].nunique(), used=used, k=min_cases)


def coverage_finding(powers: pd.DataFrame, department: str, min_cases: int) -> str:
    """How many of a department's powers were exercised, so many times, by some unit."""
    used = int(powers["numerator"].gt(0).sum())
    once = ngettext("{name}的 {count} 项职权中，{used} 项有街乡行使过", used)
    often = _("{name}的 {count} 项职权中，{used} 项有街乡办过至少 {k} 件")
    finding = once if min_cases == 1 else often
    return finding.format(name=department, count=len(powers), used=used, k=min_cases)


def coverage_meaning(min_cases: int) -> str:
    if min_cases == 1:
        return _("覆盖面：行使过的街乡 ÷ 持有的街乡。")
    return _("覆盖面：办过至少 {k} 件的街乡 ÷ 持有的街乡。").format(k=min_cases)


def register_finding(count: int, day: date) -> str:
    return ngettext("截至{day}，符合条件的在册职权 {count} 项", count).format(
        day=day_name(day), count=count
    )


def changes_finding(count: int) -> str:
    """Whether the statute of a power is known to have changed."""
    if not count:
        return _("所据法律：没有登记的变化")
    return ngettext("所据法律有 {count} 条登记的变化", count).format(count=count)


def gaps_finding(returns: pd.DataFrame) -> str:
    """In how many district-months anything is missing."""
    gaps = int(returns["numerator"].lt(returns["denominator"]).sum())
    if not gaps:
        return _("各区各月全部报送齐全")
    return ngettext("{count} 个区月中 {gaps} 个有缺报", gaps).format(
        count=count_text(len(returns)), gaps=count_text(gaps)
    )


def dormancy_finding(counts: pd.DataFrame, window: Window) -> str:
    """How many powers no case was seen of, and how many of them are dormant for certain."""
    total = counts.groupby("state")["numerator"].sum()
    silent = int(total.get("dormant", 0) + total.get("no_case_seen", 0))
    return ngettext(
        "{window}，{silent} 项职权没有见到任何案件，其中 {dormant} 项可以断定为休眠", silent
    ).format(window=window_text(window), silent=silent, dormant=int(total.get("dormant", 0)))


def summary(
    held: pd.DataFrame, city: pd.DataFrame, returns: pd.DataFrame, window: Window, as_of: date
) -> str:
    """The overview in words: what is held, what is used, what is missing."""
    record = city.iloc[0]
    parts = [held_finding(held, as_of)]
    if pd.isna(record["value"]):
        parts.append(_("{window}没有任何报送").format(window=window_text(window)))
    else:
        parts.append(
            _(
                "{window}先后持有 {held} 项，各街道、乡镇行使过 {used} 项，全市合并履行率{rate}"
            ).format(
                window=window_text(window),
                held=count_text(record["denominator"]),
                used=count_text(record["numerator"]),
                rate=record_text(record),
            )
        )
    parts.append(completeness_finding(returns))
    return _("；").join(parts) + _("。")


def change_finding(batch: int, counts: Mapping[str, int]) -> str:
    """What the newest usage log brought; returns of other kinds change no rate."""
    return _(
        "最近一次执法台账导入（批次 {batch}）：接受 {accepted:,} 行，更正 {corrected:,} 行"
    ).format(batch=batch, accepted=counts["accepted"], corrected=counts["corrected"])
