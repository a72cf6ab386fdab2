"""One power → its use by district and month, its holdings, its units: charts and tables."""

from collections.abc import Mapping
from datetime import date
from typing import Any

import pandas as pd

from registry import palette
from registry.card_wording import NONE, plain_number, value_text
from registry.catalogue import day_or_none
from registry.charts import Chart, figure_layout
from registry.heat_maps import grid_map
from registry.language import N_, _, day_name, ngettext
from registry.wording import Names, count_text, period_text, record_text, share_text

PROVENANCE = {
    "reconstructed": N_("重建的目录，未逐行与官方附件核对"),
    "demo": N_("演示所编，不在任何官方目录里"),
}
CHANGES = {
    "repealed": N_("废止"),
    "amended": N_("修改"),
    "renumbered": N_("条文编号变动"),
    "provision_removed": N_("条款删除"),
}


def use_map(use: pd.DataFrame, districts: Names) -> Chart:
    """Cases of one power by district and month; hatched words where nothing was returned."""
    months = list(dict.fromkeys(use["month"]))
    codes = list(dict.fromkeys(use["district"]))
    cells = {(r["district"], r["month"]): r for r in use.to_dict("records")}
    reading = _("每格是一个区一个月内涉及这项职权的案件数（含检查）；灰格为缺报，不是零。")
    words = [[_cell(cells.get((code, month))) for month in months] for code in codes]
    table = pd.DataFrame(
        words,
        index=pd.Index([districts[code] for code in codes], name=_("区")),
        columns=[period_text(month) for month in months],
    )
    counts = [[_count(cells.get((code, month))) for month in months] for code in codes]
    missing = [[word == _("缺报") for word in row] for row in words]
    figure = grid_map(table, words, counts, missing, unit=_("件"))
    return Chart(figure, reading, table)


def _count(record: Mapping[str, Any] | None) -> float | None:
    return None if record is None or pd.isna(record["value"]) else float(record["numerator"])


def _cell(record: Mapping[str, Any] | None) -> str:
    if record is None:
        return _("未持有")
    return _("缺报") if pd.isna(record["value"]) else count_text(record["numerator"])


def use_finding(use: pd.DataFrame) -> str:
    """How many districts used it, of those that returned anything."""
    known = use[use["value"].notna()]
    used = known.loc[known["numerator"].gt(0), "district"].nunique()
    return _("有报送的 {count} 个区中，{used} 个区用过这项职权（含检查）").format(
        count=known["district"].nunique(), used=used
    )


def holdings_table(rows: pd.DataFrame, names: Mapping[str, Names]) -> pd.DataFrame:
    """Holdings of one power over time: who, from when, until when, by which instrument."""
    return pd.DataFrame(
        {
            _("范围"): [_scope(row, names) for row in rows.itertuples()],
            _("持有"): [_("是") if row.held else _("否（例外）") for row in rows.itertuples()],
            _("自"): [_day(row.valid_from) for row in rows.itertuples()],
            _("至（不含）"): [_day(row.valid_to) or _("至今") for row in rows.itertuples()],
            _("依据文件"): rows["opened_by"].replace("", None).fillna(NONE).tolist(),
            _("终止文件"): rows["closed_by"].replace("", None).fillna(NONE).tolist(),
        }
    )


def _day(value: object) -> str:
    day = day_or_none(value)
    return day_name(day) if day else ""


def _scope(row: Any, names: Mapping[str, Names]) -> str:
    if row.scope == "city":
        return _("全市")
    return names[row.scope].get(row.scope_code, row.scope_code)


def coverage_table(coverage: pd.DataFrame, districts: Names) -> pd.DataFrame:
    """Of each district: units that exercised the power ÷ units that held it."""
    return pd.DataFrame(
        {_("行使过的街乡 ÷ 持有的街乡"): coverage.apply(record_text, axis=1)}
    ).set_index(pd.Index([districts[code] for code in coverage["district"]], name=_("区")))


def register_table(rows: pd.DataFrame, names: Mapping[str, Names]) -> pd.DataFrame:
    """The register's list: `power` code, then words."""
    return pd.DataFrame(
        {
            "power": rows["power"],
            _("职权名称"): [names["power"][code] for code in rows["power"]],
            _("类型"): [names["kind"][code] for code in rows["kind"]],
            _("来源部门"): [names["department"][code] for code in rows["department"]],
            _("领域"): [names["domain"].get(code, code) for code in rows["domain"]],
            _("法律依据"): rows["law"],
            _("持有的街乡（个）"): rows["units_holding"].map(count_text),
        }
    )


def provision_table(power: pd.Series, names: Mapping[str, Names]) -> pd.DataFrame:
    """What a power rests on: department, statute, articles, highest fine."""
    fine = power["max_fine_cny"]
    rows = {
        _("类型"): names["kind"][power["kind"]],
        _("来源部门"): names["department"][power["source_department"]],
        _("领域"): names["domain"].get(power["domain"], power["domain"]),
        _("法律依据"): power["law"],
        _("所据文本"): version_text(power["law_version"]),
        _("行为条款"): power["conduct_article"],
        _("处罚条款"): power["penalty_article"],
        _("条款最高罚款"): _("未定额")
        if pd.isna(fine)
        else _("{yuan} 元").format(yuan=count_text(fine)),
        _("法定执法主体"): power["enforcer_in_law"],
        _("目录来源"): PROVENANCE.get(power["provenance"], power["provenance"]),
    }
    shown = {name: text for name, text in rows.items() if text}
    return pd.DataFrame(
        {_("内容"): list(map(_, shown.values()))}, index=pd.Index(list(shown), name=_("项目"))
    )


def version_text(text: str) -> str:
    """The day of the text of a statute; other cities may name their texts otherwise."""
    try:
        return day_name(date.fromisoformat(text))
    except ValueError:
        return text


def changes_table(changes: pd.DataFrame) -> pd.DataFrame:
    """Changes of the statute that a power rests on; a note on the law concerns no single power."""
    return pd.DataFrame(
        {
            _("日期"): [_day(day) for day in changes["changed_on"]],
            _("变化"): [_(CHANGES.get(code, code)) for code in changes["change"]],
            _("后继法律"): changes["successor"],
            _("涉及"): [_("本职权") if own else _("该法律（提示）") for own in changes["own"]],
        }
    )


def fines_chart(fines: pd.DataFrame) -> Chart:
    """Fines of one power, from low to high: how many penalties ended with each.

    fines: as `fine_distribution` gives it for one place.
    """
    reading = _(
        "每一柱是一个罚款数额的处罚件数，由低到高；罚款为零的不算。"
        "罚款是整案的：一案涉及几项职权的，可以高于这项职权的条款最高额。"
    )
    labels = [_("{yuan} 元").format(yuan=plain_number(fine)) for fine in fines["fine_cny"]]
    texts = [share_text(row) for _i, row in fines.iterrows()]
    bars = {
        "type": "bar",
        "x": [plain_number(fine) for fine in fines["fine_cny"]],
        "y": fines["numerator"].tolist(),
        "marker": {"color": palette.RATE},
        "hovertext": [f"{label}<br>{text}" for label, text in zip(labels, texts, strict=True)],
        "hoverinfo": "text",
    }
    fixed = {"fixedrange": True, "automargin": True}
    layout = figure_layout(
        260,
        xaxis={"type": "category", "title": {"text": _("罚款（元）")}, **fixed},
        yaxis={"title": {"text": _("件")}, "rangemode": "tozero", **_whole_steps(fines), **fixed},
    )
    table = pd.DataFrame(
        {_("件数（占有罚款的）"): texts}, index=pd.Index(labels, name=_("罚款（元）"))
    )
    return Chart({"data": [bars], "layout": layout}, reading, table)


def _whole_steps(fines: pd.DataFrame) -> dict[str, int]:
    """Few cases would get an axis in fractions of a case."""
    return {"dtick": 1} if len(fines) and fines["numerator"].max() < 5 else {}


def fines_finding(procedure: pd.DataFrame) -> str:
    """Median and ninetieth percentile of the fines."""
    rows = procedure.set_index("measure")
    median, p90 = rows.loc["fine_median"], rows.loc["fine_p90"]
    if pd.isna(median["value"]):
        return _("期间内没有罚款")
    if median["denominator"] == 1:
        return _("一件罚款：{amount} 元").format(amount=plain_number(median["value"]))
    return ngettext(
        "{count} 件罚款：一半不超过 {median} 元，九成不超过 {p90} 元", int(median["denominator"])
    ).format(
        count=count_text(median["denominator"]),
        median=plain_number(median["value"]),
        p90=plain_number(p90["value"]),
    )


DEMAND_STATES = {
    "used": N_("相关职权用过"),
    "below_limit": N_("未用，诉求未超限额"),
    "no_case_seen": N_("未见案件（有缺报）"),
    "needed_but_unused": N_("超过限额而未用"),
}
"""What is said of a topic in the whole city, as `demand` has it."""


def topics_finding(demand: pd.DataFrame) -> str:
    """How many complaints the topics that map to a power had."""
    said = demand[demand["measure"].eq("complaints")]
    if not len(said):
        return _("没有诉求主题对应这项职权")
    known = said[said["value"].notna()]
    if not len(known):
        return _("对应这项职权的 {count} 个诉求主题，期间内没有报送").format(count=len(said))
    return _("对应这项职权的 {count} 个诉求主题，共 {complaints} 件诉求").format(
        count=len(said), complaints=count_text(known["numerator"].sum())
    )


def topics_table(demand: pd.DataFrame, topics: Names) -> pd.DataFrame:
    """One row a topic that maps to the power: complaints, and whether any of its powers is used."""
    said, needed = (
        demand[demand["measure"].eq(name)].set_index("topic")
        for name in ("complaints", "needed_but_unused")
    )
    return pd.DataFrame(
        {
            _("诉求（件）"): [value_text(row, "demand") for _i, row in said.iterrows()],
            _("该主题的职权"): [_(DEMAND_STATES[needed.loc[code, "state"]]) for code in said.index],
        },
        index=pd.Index([topics[code] for code in said.index], name=_("主题")),
    )
