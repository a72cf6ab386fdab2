"""The list of powers, and a page a power: what it rests on, who holds it, how far it is used."""

import math
from collections.abc import Mapping

import numpy as np
import pandas as pd

from registry import card_wording, power_charts, wording
from registry.language import N_, _
from registry.publish import html
from registry.publish.html import Page
from registry.publish.material import Material, share_bars
from registry.publish.months import Month, draw_columns
from registry.publish.tables import file_name
from registry.publish.uses import NOT_RETURNED, Power, state_of, unit_states

ROOT = "../../"
MOST_NAMES = 80
"""More units are counted on the page and named in the file."""


def list_page(material: Material) -> Page:
    """The register's list by source department, each power with its coverage."""
    catalogue = material.edition.snapshot.catalogue.powers
    coverage_of = material.frame("coverage_by_power").set_index("power")
    parts = [
        html.paragraph(wording.coverage_meaning(1)),
        html.paragraph(material.basis, "reading"),
        material.files("../", "coverage_by_power"),
    ]
    for department, rows in catalogue.groupby("source_department", sort=False):
        name = material.names["department"][str(department)]
        parts.append(html.heading(f"{name} ({wording.count_text(len(rows))})"))
        parts.append(_list(material, rows, coverage_of, name))
    return Page("powers", _("职权"), "".join(parts), "powers")


def _list(material: Material, rows: pd.DataFrame, covered: pd.DataFrame, label: str) -> str:
    codes = rows["code"].tolist()
    held = [code in covered.index for code in codes]
    told = pd.DataFrame(
        {
            _("职权名称"): [material.names["power"][code] for code in codes],
            _("覆盖面"): [
                wording.record_text(covered.loc[code]) if known else _("未持有")
                for code, known in zip(codes, held, strict=True)
            ],
        },
        index=pd.Index(codes, name=_("编码")),
    )
    grey = [
        known and wording.is_thin(covered.loc[code, "completeness"])
        for code, known in zip(codes, held, strict=True)
    ]
    return html.table(told, label, [f"power/{file_name(code)}.html" for code in codes], grey)


def power_page(material: Material, power: Power) -> Page:
    parts = (_provision, _holdings, _use, _coverage, _unit_states, _procedure, _topics)
    title = f"{power.code} {material.names['power'][power.code]}"
    body = "".join(part(material, power) for part in parts)
    return Page(f"power/{file_name(power.code)}", title, body, "powers")


def _provision(material: Material, power: Power) -> str:
    catalogue = material.edition.snapshot.catalogue
    row = catalogue.powers.iloc[list(catalogue.powers["code"]).index(power.code)]
    told = html.table(power_charts.provision_table(row, material.names), _("依据"))
    finding = wording.changes_finding(len(power.changes))
    if not len(power.changes):
        return told + html.paragraph(finding + _("。"))
    listed = power_charts.changes_table(power.changes)
    return told + html.heading(finding) + html.table(listed.set_index(listed.columns[0]), finding)


def _holdings(material: Material, power: Power) -> str:
    told = power_charts.holdings_table(power.holdings, material.names)
    title = _("持有情况")
    return html.heading(title) + html.table(told.set_index(told.columns[0]), title)


def _use(material: Material, power: Power) -> str:
    """Cases of the city by month; the district's months are in a file of all powers."""
    finding = power_charts.use_finding(power.districts)
    files = _files(power)
    if not power.months["numerator"].gt(0).any():
        none = _("期间内没有见到涉及这项职权的案件（含检查）。")
        text = wording.sentences(none, _basis(material, power))
        return html.heading(finding) + html.paragraph(text) + files
    drawn = draw_columns(finding, _months(power), _("案件（含检查），件"))
    reading = _("每一柱是全市一个月内涉及这项职权的案件数（含检查）；斜纹是报送不足的月份。")
    if power.alone:  # its counts are in no file either
        reading = _("只有一个单位持有这项职权：每月只分 0、1 至 2、3 件以上。")
    return html.figure(finding, drawn, (reading, _basis(material, power)), files)


def _files(power: Power) -> str:
    own = _own_files(power, power.reference)
    if power.lone:
        hidden = _("有的区只有一个单位持有这项职权，各区的件数不公开。")
        return own + html.paragraph(hidden, "reading")
    return own + _shared("power_use_by_month", _("各区各月的案件数在全部职权共用的文件里"))


def _own_files(power: Power, reference: str = "") -> str:
    """All that is told of a power by place and month, in one file."""
    return html.files_line(ROOT, f"power/{file_name(power.code)}", reference)


def _shared(name: str, text: str) -> str:
    """Where a file of all powers is."""
    return f'<p class="files">{html.link(f"../data.html#{name}", text)}</p>'


def _basis(material: Material, power: Power) -> str:
    """What was returned by the units that held it, in the months in which they did."""
    return wording.basis_text(material.edition.window, power.returns)


def _months(power: Power) -> list[Month]:
    return [
        Month(
            record["month"],
            float(record["value"]),
            _count(record, power.alone),
            wording.is_thin(record["completeness"]),
            float(record["completeness"]),
        )
        for record in power.months.to_dict("records")
    ]


def _count(record: Mapping[str, float], alone: bool) -> str:
    if math.isnan(record["value"]):
        return _("缺报")
    if alone:
        return state_of(record["numerator"])
    return wording.count_text(record["numerator"])


def _coverage(material: Material, power: Power) -> str:
    if not len(power.coverage):
        return html.paragraph(_("期间内没有街道、乡镇持有这项职权。"))
    if not power.coverage["numerator"].gt(0).any():
        none = _("期间内没有见到一个街道、乡镇作出处罚决定或行政强制。")
        return html.heading(none) + html.paragraph(_basis(material, power), "reading")
    known = power.coverage[power.coverage["value"].notna()]
    finding = _("有报送的 {count} 个区中，{used} 个区见到处罚决定或行政强制").format(
        count=len(known), used=int(known["numerator"].gt(0).sum())
    )
    names = material.names["district"]
    labels = [names[code] for code in power.coverage["district"]]
    drawn = share_bars(
        finding, power.coverage, labels, _("行使过的街乡 ÷ 持有的街乡（%）"), aloud=True
    )
    reading = _("每一条是一个区的覆盖面，只计处罚决定和行政强制；斜纹表示报送不足。")
    return html.figure(finding, drawn, (reading, _basis(material, power)), _own_files(power))


STATE_TEXTS = {
    "3+": N_("3 件以上的 {count} 个：{names}。"),
    "1-2": N_("1 至 2 件的 {count} 个：{names}。"),
}


def _unit_states(material: Material, power: Power) -> str:
    """Which units used it how far, in states; those without a case are counted only."""
    if not len(power.units):
        return ""
    states = np.array(unit_states(power.units))
    names = [material.names["unit"][code] for code in power.units["unit"]]
    texts = []
    for state, text in STATE_TEXTS.items():
        found = [name for name, own in zip(names, states, strict=True) if own == state]
        if found:
            listed = wording.listed(found) if len(found) <= MOST_NAMES else _("名单见数据文件")
            texts.append(_(text).format(count=len(found), names=listed))
    title = _("各街道、乡镇的案件（含检查），只分 0、1 至 2、3 件以上")
    told = "".join(html.paragraph(text) for text in (*texts, _none_text(power.units, states)))
    return (
        html.heading(title)
        + told
        + _shared("power_states_by_unit", _("每个单位的档次在全部职权共用的文件里"))
    )


def _none_text(units: pd.DataFrame, states: np.ndarray) -> str:
    """How many had none, may have had some, are not known."""
    whole = units["completeness"].ge(1).to_numpy()
    none, unknown = states == "0", states == NOT_RETURNED
    return _(
        "没有案件的 {none} 个；未见案件而有缺报、不能断定的 {unsure} 个；"
        "一个月也没有报、不可知的 {unknown} 个。"
    ).format(none=(none & whole).sum(), unsure=(none & ~whole).sum(), unknown=unknown.sum())


def _procedure(material: Material, power: Power) -> str:
    if not len(power.procedure) or not power.procedure["denominator"].gt(0).any():
        return ""
    title = _("办案程序")
    told = card_wording.family_table(power.procedure, "procedure")
    text = _("件数为各指标的分母；只数这一项职权的处罚案件。")
    basis = wording.sentences(text, _basis(material, power))
    return html.heading(title) + html.table(told, title) + html.paragraph(basis, "reading")


def _topics(material: Material, power: Power) -> str:
    finding = power_charts.topics_finding(power.topics)
    if not len(power.topics):
        return html.heading(finding)
    told = power_charts.topics_table(power.topics, material.names["topic"])
    share = power.topics["completeness"].iloc[0]
    text = wording.sentences(
        _("一个主题可以对应几项职权，其中任一项用过即算用过；诉求只计一次。"),
        wording.returned_text(material.edition.window, share, returns="complaints"),
    )
    return html.heading(finding) + html.table(told, finding) + html.paragraph(text, "reading")
