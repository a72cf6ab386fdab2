"""Staffing measures → the reader's words and tables. Nothing is computed but which words fit."""

import pandas as pd

from registry.language import _, ngettext
from registry.wording import (
    Names,
    count_text,
    is_thin,
    listed,
    percent_text,
    period_text,
    share_text,
)

NONE = "—"


def waterfall_finding(staffing: pd.DataFrame) -> str:
    """What part of the established posts is in post and at the front line."""
    rows = staffing.set_index("measure")
    return _("编制在编 {in_post}，到一线 {front}").format(
        in_post=share_text(rows.loc["in_post"]), front=share_text(rows.loc["front_line"])
    )


def _well_returned(rates: pd.DataFrame) -> pd.DataFrame:
    return rates[rates["value"].notna() & ~rates["completeness"].map(is_thin)]


def under_text(rates: pd.DataFrame, reported: float | None, by: str, names: Names) -> str:
    """Which places lie under the reported rate, in the catalogue's order; '' where none does."""
    known = _well_returned(rates)
    under = known.loc[known["value"].lt(reported or 0), by]
    if not len(under):
        return ""
    return _("低于 {reported} 的：{names}。").format(
        reported=percent_text(reported or 0, 0), names=listed(names[code] for code in under)
    )


def under_finding(rates: pd.DataFrame, reported: float | None, by: str) -> str:
    """How many places lie under the reported rate, as far as was returned."""
    known = _well_returned(rates)
    if not len(known):
        return _("报送不足，各地到位率尚不能比较")
    places = _("个区") if by == "district" else _("个街道、乡镇")
    if reported is None:
        return _("报送充分的 {count} {places}，到位率在 {low} 与 {high} 之间").format(
            count=len(known),
            places=places,
            low=percent_text(known["value"].min()),
            high=percent_text(known["value"].max()),
        )
    under = int(known["value"].lt(reported).sum())
    return ngettext("报送充分的 {count} {places}中，{under} 个低于 {reported}", under).format(
        count=len(known),
        places=places,
        under=under,
        reported=percent_text(reported, 0),
    )


def origin_finding(staffing: pd.DataFrame, departments: Names) -> str:
    """Which departments have sent people."""
    rows = staffing[staffing["measure"].eq("officers_by_origin")]
    sent = rows.loc[rows["value"].gt(0), "origin"]
    if not len(sent):
        return _("没有报送人员来源")
    return _("有人员划转的来源部门：{names}").format(
        names=listed(departments.get(code, code) for code in sent)
    )


def origin_table(staffing: pd.DataFrame, departments: Names) -> pd.DataFrame:
    rows = staffing[staffing["measure"].eq("officers_by_origin")]
    counts = [NONE if pd.isna(v) else count_text(v) for v in rows["value"]]
    index = pd.Index([departments.get(code, code) for code in rows["origin"]], name=_("来源部门"))
    return pd.DataFrame({_("人数"): counts}, index=index)


def load_table(loads: pd.DataFrame, kinds: Names) -> pd.DataFrame:
    """Cases and inspections per officer at the front line, one row a kind of unit."""
    wide = {
        _("案件（件/人）"): "cases_per_front_line_officer",
        _("其中检查（件/人）"): "inspections_per_front_line_officer",
    }
    rows = {name: loads[loads["measure"].eq(m)].set_index("unit_kind") for name, m in wide.items()}
    codes = list(dict.fromkeys(loads["unit_kind"]))
    table = {
        name: [_load_text(frame.loc[code]) if code in frame.index else NONE for code in codes]
        for name, frame in rows.items()
    }
    return pd.DataFrame(table, index=pd.Index([kinds[code] for code in codes], name=_("单位类别")))


def _load_text(record: pd.Series) -> str:
    if pd.isna(record["value"]):
        return NONE
    return _("{value:.1f} ({cases}/{officers})").format(
        value=record["value"],
        cases=count_text(record["numerator"]),
        officers=count_text(record["denominator"]),
    )


def front_line_trend(rates: pd.DataFrame) -> str:
    """The rate of the first and of the last month with enough returns."""
    enough = rates[rates["value"].notna() & ~rates["completeness"].map(is_thin)]
    if not len(enough):
        return _("各月人员报送不足，趋势仅供参考")
    first, last = enough.iloc[0], enough.iloc[-1]
    return _("一线到位率：{start} {low}，{end} {high}").format(
        start=period_text(first["month"]),
        low=share_text(first),
        end=period_text(last["month"]),
        high=share_text(last),
    )


def handover_finding(given: pd.DataFrame, departments: Names) -> str:
    """Between which rates the source departments answered calls; none is named."""
    known = given[given["measure"].eq("on_time_rate") & given["value"].notna()]
    if not len(known):
        return _("没有吹哨报到的报送：下放部门的支持不可知")
    if len(known) == 1:
        return _("下放部门的支持：{name}按时报到 {rate}").format(
            name=departments[known["department"].iloc[0]], rate=share_text(known.iloc[0])
        )
    return _("下放部门的支持：{count} 个部门的按时报到率在 {low} 与 {high} 之间").format(
        count=len(known),
        low=percent_text(known["value"].min()),
        high=percent_text(known["value"].max()),
    )
