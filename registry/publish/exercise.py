"""How far the delegated powers are used: three aggregates, by district, among like units."""

import pandas as pd

from registry import decile_charts, wording
from registry.language import _
from registry.measures.distribution import deciles, unit_rates
from registry.publish import html
from registry.publish.html import Page
from registry.publish.material import Material, share_bars, table_and_files
from registry.publish.parts import Spread, draw_spreads

ROOT = "../"
AGGREGATES = {
    "rates_by_district": ("union", 1),
    "pooled_rates_by_district": ("pooled", 1),
    "mean_rates_by_district": ("mean", 1),
    "balance_rates_by_district": ("union", 3),
}
"""Table → the aggregate and the least number of cases that it is of."""


def exercise_page(material: Material) -> Page:
    body = _districts(material) + _departments(material) + _aggregates(material) + _like(material)
    return Page("exercise", _("职权履行率"), body, "exercise")


def _districts(material: Material) -> str:
    rates, names = material.frame("rates_by_district"), material.names["district"]
    finding = _spread(rates)
    labels = [names[code] for code in rates["district"]]
    drawn = share_bars(finding, rates, labels, _("合并履行率（%）"))
    reading = _(
        "每一条是一个区的合并履行率：区内任一街乡行使过的职权 ÷ 至少一个街乡持有的职权。"
        "斜纹表示报送不足 {limit}。案件多的区用到的职权自然也多，不宜据此排名。"
    ).format(limit=wording.limit_text())
    return html.figure(
        finding, drawn, (reading, material.basis), material.files(ROOT, "rates_by_district")
    )


def _spread(rates: pd.DataFrame) -> str:
    """Between which rates the districts lie; none is named."""
    enough = rates[~rates["completeness"].map(wording.is_thin)].sort_values("value")
    if not len(enough):
        return _("报送不足，各区履行率尚不能比较")
    low, high = (wording.record_text(enough.iloc[place]) for place in (0, -1))
    return _("报送充分的 {count} 个区，合并履行率在 {low} 与 {high} 之间").format(
        count=len(enough), low=low, high=high
    )


def _departments(material: Material) -> str:
    rates, names = material.frame("rates_by_department"), material.names["department"]
    finding = wording.unused_finding(rates, names)
    labels = [names[code] for code in rates["department"]]
    drawn = share_bars(finding, rates, labels, _("合并履行率（%）"))
    reading = _("每一条是一个来源部门的职权在全市的合并履行率。")
    return html.figure(
        finding, drawn, (reading, material.basis), material.files(ROOT, "rates_by_department")
    )


def _aggregates(material: Material) -> str:
    title = _("三种汇总")
    text = _(
        "一个区的合并率总高于它各街乡的平均：案件越多，涉及的职权面越宽。"
        "三种汇总是三个不同的数，各有名称，从不混用；单位之间只在同类别、同案件量的组内比较。"
    )
    told = html.table(_aggregate_table(material), title)
    files = "".join(material.files(ROOT, name) for name in AGGREGATES)
    return html.heading(title) + html.paragraph(text) + told + html.folded(_("数据文件"), files)


def _aggregate_table(material: Material) -> pd.DataFrame:
    names, columns = material.names["district"], {}
    for name, (aggregate, k) in AGGREGATES.items():
        rates = material.frame(name).assign(aggregate=aggregate).set_index("district")
        label = wording.rate_label(aggregate, k)
        columns[label] = rates.apply(wording.record_text, axis=1)
    told = pd.DataFrame(columns)
    return told.set_index(pd.Index([names[code] for code in told.index], name=_("区")))


def _like(material: Material) -> str:
    """Units beside their like only; none is named."""
    edition = material.edition
    groups = deciles(unit_rates(edition.snapshot, edition.window))
    if not len(groups):
        return ""
    shown = decile_charts.decile_chart(groups, material.names["unit_kind"])
    finding = decile_charts.decile_finding(groups, 1)
    points = [column for column in groups.columns if column.startswith("p")]
    ordered = decile_charts.in_order(groups, material.names["unit_kind"])
    values = (tuple(map(float, row)) for row in ordered[points].to_numpy())
    spreads = [Spread(*pair) for pair in zip(shown.table.index, values, strict=True)]
    drawn = draw_spreads(finding, spreads, _("单位自身的比率（%）"))
    below = table_and_files(shown.table, _("数据表"), material.files(ROOT, "rates_by_unit"))
    return html.figure(finding, drawn, (shown.reading, material.basis), below)
