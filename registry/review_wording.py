"""Legal review → the reader's words and tables. Nothing is computed but which words fit."""

from datetime import date

import pandas as pd

from registry.card_wording import full_text
from registry.language import _, day_name, ngettext
from registry.wording import Names, count_text, period_text, share_text

NONE = "—"


def headline(found: pd.DataFrame) -> dict[str, str]:
    """On time, median turnaround, decided without review, of one place."""
    rows = found.set_index("measure", drop=False)
    return {
        _("按时率"): _rate(rows.loc["on_time"]),
        _("审核用时中位数"): full_text(rows.loc["turnaround_median"], "review"),
        _("应审未审即作决定（件）"): _count(rows.loc["decided_without_review"]),
    }


def unknown_text(found: pd.DataFrame) -> str:
    """Of how many cases nobody said whether they needed a review; '' where it is known of all."""
    row = found.set_index("measure").loc["review_unknown"]
    if not row["value"] > 0:
        return ""
    return _("是否应审未注明的处罚和强制 {share}，不在应审未审之内。").format(share=share_text(row))


def _rate(record: pd.Series) -> str:
    return NONE if pd.isna(record["value"]) else share_text(record)


def _count(record: pd.Series) -> str:
    return NONE if pd.isna(record["value"]) else count_text(record["value"])


def waiting_finding(waiting: pd.DataFrame, day: date) -> str:
    """How many cases wait on a day, since when, and how many are late."""
    if not len(waiting):
        return _("{day}没有等待审核的案件").format(day=day_name(day))
    return ngettext(
        "{day}有 {count} 件等待审核，其中 {late} 件已超时限；最早的于{first}送审", len(waiting)
    ).format(
        day=day_name(day),
        count=count_text(len(waiting)),
        late=count_text(waiting["overdue"].sum()),
        first=day_name(waiting["requested_on"].iloc[0]),
    )


def due_finding(soon: pd.DataFrame, day: date) -> str:
    return ngettext("{day}起七天内到期的有 {count} 件", len(soon)).format(
        day=day_name(day), count=count_text(len(soon))
    )


def office_table(waiting: pd.DataFrame, units: Names) -> pd.DataFrame:
    """One row a judicial office: what waits there, since when, how much is late; oldest first."""
    offices = waiting.groupby("unit", sort=False).agg(
        count=("case_no", "size"), first=("requested_on", "min"), late=("overdue", "sum")
    )
    return pd.DataFrame(
        {
            _("等待（件）"): offices["count"].map(count_text).tolist(),
            _("最早送审"): [day_name(day) for day in offices["first"]],
            _("已超时限（件）"): offices["late"].map(count_text).tolist(),
        },
        index=pd.Index(
            [_("{unit}司法所").format(unit=units[code]) for code in offices.index], name=_("司法所")
        ),
    )


def waiting_table(waiting: pd.DataFrame, units: Names) -> pd.DataFrame:
    late = {True: _("已超"), False: _("未超")}
    return pd.DataFrame(
        {
            _("单位"): [units[code] for code in waiting["unit"]],
            _("送审"): [day_name(day) for day in waiting["requested_on"]],
            _("已等（工作日）"): waiting["working_days"].map(str).tolist(),
            _("应审结"): [day_name(day) for day in waiting["due_on"]],
            _("时限"): [late[bool(over)] for over in waiting["overdue"]],
        },
        index=pd.Index(waiting["case_no"].tolist(), name=_("案号")),
    )


def turnaround_finding(found: pd.DataFrame) -> str:
    """Median and ninetieth percentile of what was completed."""
    rows = found.set_index("measure")
    median, p90 = (rows.loc[f"turnaround_{name}", "value"] for name in ("median", "p90"))
    if pd.isna(median):
        return _("期间内没有审结的案件")
    return _(
        "审结用时：中位 {median:.0f} 个工作日，九成在 {p90:.0f} 个工作日内；按时 {share}"
    ).format(median=median, p90=p90, share=_rate(rows.loc["on_time"]))


def load_finding(loads: pd.DataFrame, ninth: float) -> str:
    """How many of the chosen offices lie above the city's ninth decile."""
    known = loads["value"].dropna()
    if known.empty:
        return _("没有报送审核人员，负荷不可知")
    heavy = int(known.gt(ninth).sum())
    return ngettext("{count} 个司法所中，{heavy} 个的人均负荷高于全市第九个十分位", heavy).format(
        count=len(known), heavy=heavy
    )


def ahead_finding(months: pd.DataFrame) -> str:
    """Which month to come had most reviews in earlier years."""
    known = months.dropna(subset=["value"])
    if known.empty:
        return _("往年同月没有报送，今后几个月的送审无从预估")
    most = known.loc[known["value"].idxmax()]
    if not most["value"]:
        return _("往年同月没有送审")
    return _("今后六个月中，往年同月送审最多的是{month}：约 {count} 件").format(
        month=period_text(most["month"]), count=count_text(most["value"])
    )


def breach_finding(broken: pd.DataFrame) -> str:
    if not len(broken):
        return _("期间内没有应审未审即作决定的案件")
    return ngettext("{count} 件案件应当审核而未审即作出决定", len(broken)).format(
        count=count_text(len(broken))
    )


def breach_table(broken: pd.DataFrame, units: Names) -> pd.DataFrame:
    completed = [NONE if pd.isna(day) else day_name(day) for day in broken["completed_on"]]
    return pd.DataFrame(
        {
            _("单位"): [units[code] for code in broken["unit"]],
            _("决定"): [day_name(day) for day in broken["case_day"]],
            _("审核完成"): completed,
        },
        index=pd.Index(broken["case_no"].tolist(), name=_("案号")),
    )
