"""The what-if on legal review → the reader's words and tables. Nothing is computed but counts of
offices that a sentence is about."""

import pandas as pd

from registry.language import N_, _
from registry.measures.judicial_offices import (
    NO_REVIEWER,
    NO_REVIEWS,
    NOT_RETURNED,
    REVIEWERS_UNKNOWN,
)
from registry.measures.simulate import MORE_POWERS
from registry.wording import Names, percent_text, ratio_text

NONE = "—"
NAMES = {
    "now": N_("现状"),
    "more_powers": N_("再下放 {count} 项职权"),
    "one_more": N_("多一名审核人员"),
    "one_fewer": N_("少一名审核人员"),
    "pooled": N_("全区合用审核人员"),
}
"""Scenario → what it is called; `count` is of powers."""

REASONS = {
    NOT_RETURNED: N_("台账缺报"),
    NO_REVIEWS: N_("没有送审"),
    REVIEWERS_UNKNOWN: N_("审核人数未报"),
    NO_REVIEWER: N_("没有审核人员"),
}
"""Why an office or district cannot be simulated → in words."""


def scenario_name(scenario: str) -> str:
    return _(NAMES[scenario]).format(count=MORE_POWERS)


def assumption(hours: float) -> str:
    """What the simulation supposes, which no log says."""
    return _(
        "以下是假设下的推演，不是实测：台账只有送审和完成之日，分不出等候和办理，所以每件审核用时是"
        "假设（政策文件为 {hours:g} 小时），有记录的司法所已调到使推演的中位用时与报来的一致；"
        "送审随机到来，先到先审。"
    ).format(hours=hours)


def finding(simulated: pd.DataFrame) -> str:
    """How many offices could not keep up now, and with more powers."""
    now, more = (_of_offices(simulated, name) for name in ("now", "more_powers"))
    if now["load"].isna().all():
        return _("没有可推演的司法所：台账、送审或审核人数未报")
    return _(
        "再下放 {powers} 项职权，{count} 个司法所中审不完的 {more} 个（现在 {now} 个），"
        "过半超时限的 {more_late} 个（现在 {now_late} 个）"
    ).format(
        powers=MORE_POWERS,
        count=int(now["load"].notna().sum()),
        now=int(_overloaded(now).sum()),
        more=int(_overloaded(more).sum()),
        now_late=int(_mostly_late(now).sum()),
        more_late=int(_mostly_late(more).sum()),
    )


def scenario_table(simulated: pd.DataFrame) -> pd.DataFrame:
    """One row a scenario of single offices: how many cannot keep up, how many are mostly late."""
    own = simulated[simulated["unit"].ne("")]
    scenarios = list(dict.fromkeys(own["scenario"]))
    rows = [_of_offices(simulated, name) for name in scenarios]
    return pd.DataFrame(
        {
            _("可推演（个）"): [str(int(row["load"].notna().sum())) for row in rows],
            _("审不完：来得比审得快（个）"): [str(int(_overloaded(row).sum())) for row in rows],
            _("没有审核人员（个）"): [
                str(int(row["reason"].eq(NO_REVIEWER).sum())) for row in rows
            ],
            _("过半超时限（个）"): [str(int(_mostly_late(row).sum())) for row in rows],
        },
        index=pd.Index([scenario_name(name) for name in scenarios], name=_("情形")),
    )


def district_table(simulated: pd.DataFrame, districts: Names) -> pd.DataFrame:
    """One row a district: late and waiting as its offices are, and with one queue for all."""
    pooled = simulated[simulated["unit"].eq("")]
    sides = {name: _indexed(pooled, name, "district") for name in ("now", "pooled")}
    codes = list(dict.fromkeys(pooled["district"]))
    columns = {
        _("{scenario}：超时限").format(scenario=scenario_name(name)): [
            _late(side.loc[code]) for code in codes
        ]
        for name, side in sides.items()
    } | {
        _("{scenario}：等候（工作日）").format(scenario=scenario_name(name)): [
            _wait(side.loc[code]) for code in codes
        ]
        for name, side in sides.items()
    }
    return pd.DataFrame(columns, index=pd.Index([districts[code] for code in codes], name=_("区")))


def office_table(simulated: pd.DataFrame, units: Names) -> pd.DataFrame:
    """One row a judicial office: its reviewers, and the share late under each scenario."""
    own = simulated[simulated["unit"].ne("")]
    now = _indexed(own, "now", "unit")
    reviewers = [NONE if pd.isna(n) else str(int(n)) for n in now["reviewers"]]
    columns = {_("审核人员（名）"): reviewers} | {
        scenario_name(name): [_late(row) for _i, row in _indexed(own, name, "unit").iterrows()]
        for name in dict.fromkeys(own["scenario"])
    }
    offices = [_("{unit}司法所").format(unit=units[code]) for code in now.index]
    index = pd.Index(offices, name=_("司法所"))
    return pd.DataFrame(columns, index=index)


def _of_offices(simulated: pd.DataFrame, scenario: str) -> pd.DataFrame:
    return simulated[simulated["scenario"].eq(scenario) & simulated["unit"].ne("")]


def _indexed(simulated: pd.DataFrame, scenario: str, column: str) -> pd.DataFrame:
    return simulated[simulated["scenario"].eq(scenario)].set_index(column)


def _overloaded(rows: pd.DataFrame) -> pd.Series:
    """Where work comes in at least as fast as it can be done."""
    return rows["load"].ge(1)


def _mostly_late(rows: pd.DataFrame) -> pd.Series:
    return rows["share_late"].gt(0.5)


def _late(row: pd.Series) -> str:
    """The share late, why it is not known, or that the office never catches up."""
    if reason := row["reason"]:
        return _(REASONS[reason])
    share = percent_text(row["share_late"])
    return _("{share}，审不完").format(share=share) if row["load"] >= 1 else share


def _wait(row: pd.Series) -> str:
    return NONE if pd.isna(row["mean_wait"]) else ratio_text(row["mean_wait"])
