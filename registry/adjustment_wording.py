"""Assessments → the reader's words: bands, recommendations, paths, figures.

In: rows and paths as `assess` gives them. Out: text in the reader's language. Nothing is computed
here but which words fit.
"""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

import pandas as pd

from registry.adjustment.kinds import KINDS
from registry.adjustment.rules import FIGURES, Limits
from registry.language import N_, _, day_name, ngettext
from registry.measures.card import Card
from registry.measures.cards import CARDS
from registry.power_charts import CHANGES, version_text
from registry.window import Window
from registry.wording import (
    Names,
    bound_text,
    fraction_text,
    listed,
    percent_text,
    ratio_text,
    window_text,
)

NONE = "—"
BAND = {
    "high": N_("高"),
    "middle": N_("中"),
    "low": N_("低"),
    "not_enough_data": N_("数据不足"),
}
CRITERION = {
    "closeness": N_("贴近居民生活"),
    "frequency": N_("执法频次"),
    "suitability": N_("难度适宜"),
    "capacity": N_("基层承接能力"),
}
RULE = {
    "statute_changed": N_("所据法律已变"),
    "unmet_demand": N_("有投诉而无人办"),
    "silent_with_demand": N_("无人使用而有投诉"),
    "silent_without_demand": N_("无人使用也无投诉"),
    "held_in_part_and_used": N_("部分地方持有且用得好"),
    "uneven_use": N_("各地使用不均"),
    "surprisingly_silent": N_("反常沉默"),
    "difficult": N_("用而有难度"),
}
"""Rules of the shipped policy; a rule that an office adds is called by its own name."""

SAID_BY = {"statute_changed": "statute"}
"""Rules whose name says their own condition, which is not said again."""

WORD = {
    "used": N_("用过"),
    "dormant": N_("休眠"),
    "no_case_seen": N_("未见案件（有缺报）"),
    "changed": N_("已变"),
    "unchanged": N_("未变"),
    "everywhere": N_("普遍持有"),
    "in_part": N_("部分持有"),
    "penalty": N_("处罚"),
    "coercion": N_("强制"),
    **BAND,
}
FACT = {
    "dormancy": N_("使用状态"),
    "statute": N_("法律依据"),
    "held": N_("持有范围"),
    "kind": N_("职权类型"),
    "held_share": N_("持有该职权的街乡"),
    "heterogeneity_adjusted": N_("街乡差异的校正 p 值"),
    **CRITERION,
}
CARD = {
    "cases_a_year": "yearly_use",
    "coverage": "coverage",
    "balance": "balance_rate",
    "complaints_per_unit": "need.complaints_per_unit",
    "unmet": "need.unmet",
    "surprising_silence": "silence.surprising_silence",
    "heterogeneity": "silence.heterogeneity",
    "returned": "review.returned",
    "withdrawal_rate": "procedure.withdrawal_rate",
    "over_90_days": "procedure.over_90_days",
    "front_line": "staffing.front_line",
    "cases_per_front_line_officer": "staffing.cases_per_front_line_officer",
    "cases_per_reviewer": "review.cases_per_reviewer",
}
"""Figure → the card of the measure that it is."""

A_YEAR = ("cases_a_year", "complaints_per_unit")
"""Figures whose denominator is in unit-months and whose value is a year's."""


LIMIT = {
    "demand_low": N_("每街乡每年投诉，自此为中"),
    "demand_high": N_("每街乡每年投诉，自此为高"),
    "frequency_low": N_("每街乡每年案件，自此为中"),
    "frequency_high": N_("每街乡每年案件，自此为高"),
    "unmet_share": N_("有投诉而无人办的街乡，自此建议培训"),
    "silent_share": N_("反常沉默的街乡，自此建议培训"),
    "narrow_coverage": N_("职权覆盖面，低于此可差异化"),
    "uneven": N_("街乡之间的差异，自此可差异化"),
}
"""Limits that the page moves by sliders."""

RETURNS = {"usage": N_("执法台账"), "complaints": N_("居民诉求")}


def recommendation_text(code: str) -> str:
    return _(KINDS[code])


def band_text(code: str) -> str:
    return _(BAND[code])


def rule_text(name: str) -> str:
    return _(RULE[name]) if name in RULE else name


def fact_text(name: str) -> str:
    """What a fact is called: as its measure's card, where it has one."""
    return _(CARDS[CARD[name]].title if name in CARD else FACT[name])


def figure_text(part: Mapping[str, Any]) -> str:
    """A figure with its fraction: '25.0 %(1/4)'; a ratio, a p-value as a number; '—' if missing."""
    if part["value"] is None:
        return NONE
    name = part["fact"]
    if name not in FIGURES:
        return f"{part['value']:.2g}"
    card = CARDS[CARD[name]] if name in CARD else None
    fraction = fraction_text(part["numerator"], part["denominator"])
    fraction = f"12×{fraction}" if name in A_YEAR else fraction
    if card and card.reads == "ratio" and name == "heterogeneity":
        return ratio_text(part["value"])
    number = _number(part["value"], card)
    if card and card.reads == "rate":
        number = bound_text(number, part["value"], part["completeness"])
    return _("{rate} ({fraction})").format(rate=number, fraction=fraction)


def _number(value: float, card: Card | None) -> str:
    return ratio_text(value) if card and card.reads == "ratio" else percent_text(value)


def limit_text(part: Mapping[str, Any]) -> str:
    """A limit as its figure is written: '≥ 5.0 %'."""
    sign = "≥" if part["test"] == "at_least" else "<"
    if part["fact"] not in FIGURES:
        return f"{sign} {part['at']:g}"
    card = CARDS[CARD[part["fact"]]] if part["fact"] in CARD else None
    return f"{sign} {_number(part['at'], card)}"


def condition_text(part: Mapping[str, Any]) -> str:
    """One condition of a path: what was found, and what it was held against."""
    name = fact_text(part["fact"])
    if "limit" in part:
        return _("{fact} {figure} {limit}").format(
            fact=name, figure=figure_text(part), limit=limit_text(part)
        )
    text = _("{fact}：{found}").format(fact=name, found=_word(part["found"]))
    behind = [f for f in part.get("figures", ()) if f["value"] is not None]
    figures = _("、").join(f"{fact_text(f['fact'])} {figure_text(f)}" for f in behind)
    return _("{text}（{figures}）").format(text=text, figures=figures) if figures else text


def _word(code: str | None) -> str:
    return _(WORD[code]) if code in WORD else NONE


def path_text(path: Mapping[str, Any]) -> str:
    """Which rule fired on which figures."""
    if path["rule"] is None:
        return _("没有规则触发")
    text = rule_text(path["rule"])
    told = [part for part in path["on"] if part["fact"] != SAID_BY.get(path["rule"])]
    if told:
        conditions = _("；").join(condition_text(part) for part in told)
        text = _("{rule}：{conditions}").format(rule=text, conditions=conditions)
    if path["withheld"]:
        return _("因缺报暂不下「收回」的结论。{path}").format(path=text)
    return text


def stability_text(stability: float, uncertain: bool) -> str:
    share = percent_text(stability, 0)
    return _("{share} 不确定").format(share=share) if uncertain else share


def count_finding(assessed: pd.DataFrame) -> str:
    """How many powers the rules flag, by recommendation, and how many returns are withheld."""
    counts = assessed.loc[assessed["recommendation"].ne("keep"), "recommendation"].value_counts()
    named = [
        _("{recommendation} {count} 项").format(
            recommendation=recommendation_text(code), count=counts[code]
        )
        for code in KINDS
        if code in counts
    ]
    return _("建议：{list}").format(list=_("、").join(named)) if named else _("没有需要调整的职权")


def withheld_finding(assessed: pd.DataFrame) -> str:
    """How many returns missing months hold back; '' for none."""
    count = int(assessed["withheld"].eq("return").sum())
    if not count:
        return ""
    return _("另有 {count} 项本会建议收回，因有缺报暂不下结论；先催报").format(count=count)


def flag_table(
    rows: pd.DataFrame, names: Mapping[str, Names], *, figures: bool = True
) -> pd.DataFrame:
    """What a list of flags shows, in the reader's words: `power` is the code, for a link.

    figures: the whole path of each, not only its rule.
    """
    columns: dict[str, Iterable[str]] = {
        "power": rows["power"],
        _("职权"): [names["power"][code] for code in rows["power"]],
    }
    if "district" in rows:
        columns[_("区")] = [names["district"][code] for code in rows["district"]]
    columns[_("建议")] = [recommendation_text(code) for code in rows["recommendation"]]
    for criterion, title in CRITERION.items():
        columns[_(title)] = [band_text(code) for code in rows[criterion]]
    columns[_("稳定度")] = [
        stability_text(share, bool(uncertain))
        for share, uncertain in zip(rows["stability"], rows["uncertain"], strict=True)
    ]
    grounds = map(path_text, rows["path"]) if figures else map(rule_text, rows["rule"])
    columns[_("依据")] = list(grounds)
    return pd.DataFrame({name: list(values) for name, values in columns.items()})


def evidence_table(dossier: Mapping[str, Any]) -> pd.DataFrame:
    """Every figure of a dossier with its completeness."""
    texts = {
        fact_text(name): figure_text({"fact": name, **parts})
        for name, parts in dossier["evidence"].items()
    }
    shares = [percent_text(parts["completeness"]) for parts in dossier["evidence"].values()]
    return pd.DataFrame(
        {_("数值"): list(texts.values()), _("报送完整度"): shares},
        index=pd.Index(list(texts), name=_("证据")),
    )


def criteria_table(dossier: Mapping[str, Any]) -> pd.DataFrame:
    """The four bands, each with the figures behind it."""
    rows = []
    for found in dossier["criteria"].values():
        figures = [{"fact": n, **dossier["evidence"][n]} for n in found["figures"]]
        behind = _("、").join(f"{fact_text(f['fact'])} {figure_text(f)}" for f in figures)
        rows.append((band_text(found["band"]), behind))
    index = pd.Index([_(CRITERION[name]) for name in dossier["criteria"]], name=_("标准"))
    return pd.DataFrame(rows, columns=[_("档次"), _("背后的数")], index=index)


def verdict_text(dossier: Mapping[str, Any]) -> str:
    """The recommendation, its path and how firm it is, in one sentence."""
    path = {name: dossier[name] for name in ("on", "recommendation")}
    path |= {name: dossier[name] or None for name in ("rule", "withheld")}
    return _("建议：{recommendation}；{path}；稳定度 {stability}").format(
        recommendation=recommendation_text(dossier["recommendation"]),
        path=path_text(path),
        stability=stability_text(dossier["stability"], dossier["uncertain"]),
    )


def passed_over_texts(dossier: Mapping[str, Any]) -> list[str]:
    """Why each earlier rule did not fire."""
    return [
        _("{rule}：不成立，{condition}").format(
            rule=rule_text(step["rule"]), condition=_failed_text(step["failed"])
        )
        for step in dossier["passed_over"]
    ]


def _failed_text(part: Mapping[str, Any]) -> str:
    """What was found where a condition failed."""
    if "limit" not in part:
        return condition_text(part)
    wanted = _("（要 {limit}）").format(limit=limit_text(part))
    return f"{fact_text(part['fact'])} {figure_text(part)}{wanted}"


def silent_texts(dossier: Mapping[str, Any], units: Names) -> list[str]:
    """Each surprisingly silent unit, with what was expected of it."""
    return [
        _("{unit}：应有 {expected:.1f} 件，一件也没有").format(
            unit=units[found["unit"]], expected=found["expected"]
        )
        for found in dossier["silent_units"]
    ]


def chase_texts(dossier: Mapping[str, Any], units: Names) -> list[str]:
    """Which returns to chase; units that owe the same months of the same return together."""
    owed: dict[tuple[str, str], list[str]] = {}
    for one in dossier["to_chase"]:
        owed.setdefault((one["returns"], one["months"]), []).append(units[one["unit"]])
    return [
        _("{returns} {months}：{units}").format(
            returns=_(RETURNS[kind]), months=_ranges_text(months), units=_("、").join(names)
        )
        for (kind, months), names in owed.items()
    ]


def _ranges_text(months: str) -> str:
    """'2023-05..2023-06, 2023-09', as a dossier keeps it, in words."""
    return listed(window_text(Window.parse(part)) for part in months.split(", "))


def change_texts(dossier: Mapping[str, Any]) -> list[str]:
    """Changes of the statute, and whether each concerns this power."""
    return [
        _("{day}：{change}，后继法律 {successor}（{about}）").format(
            day=day_name(date.fromisoformat(found["changed_on"])),
            change=_(CHANGES.get(found["change"], found["change"])),
            successor=found["successor"],
            about=_("涉及本项") if found["own"] else _("整部法律的注记"),
        )
        for found in dossier["statute_changes"]
    ]


def quadrant_finding(quarters: pd.DataFrame) -> str:
    """How many powers are asked for and little used, and how many neither."""
    idle, wanted = quarters.iloc[1]
    return ngettext(
        "{wanted} 项职权有人投诉而少有人用，{idle} 项少有投诉也少有人用", int(wanted)
    ).format(wanted=wanted, idle=idle)


def what_if_finding(moved: pd.DataFrame, tried: Mapping[str, float], saved: Limits) -> str:
    """How many recommendations the tried limits change, against the saved policy."""
    if all(value == getattr(saved, name) for name, value in tried.items()):
        return _("滑块都在政策的限额上。")
    return ngettext("与政策的限额相比，{count} 项建议不同。", len(moved)).format(count=len(moved))


def what_if_table(moved: pd.DataFrame, names: Mapping[str, Names]) -> pd.DataFrame:
    """Each changed recommendation: under the saved policy, and as tried."""
    columns = {_("职权"): [names["power"][code] for code in moved["power"]]}
    if "district" in moved:
        columns[_("区")] = [names["district"][code] for code in moved["district"]]
    columns[_("按政策")] = [recommendation_text(code) for code in moved["saved"]]
    columns[_("按试算")] = [recommendation_text(code) for code in moved["tried"]]
    return pd.DataFrame(columns, index=pd.Index(moved["power"].tolist(), name=_("编码")))


def statute_text(dossier: Mapping[str, Any]) -> str:
    """The statute and the day of its text."""
    return _("所据法律：{law}（文本 {version}）").format(
        law=dossier["law"] or NONE, version=version_text(dossier["law_version"] or NONE)
    )
