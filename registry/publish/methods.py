"""What each figure means, what the reports say beside it, how to compute it again, what is not
shown; and the words."""

from html import escape

import pandas as pd

from registry import charts, heat_maps, palette, wording
from registry.beside import beside_reported
from registry.glossary import glossary_tables
from registry.language import _
from registry.measures.card import Card
from registry.measures.cards import card_groups
from registry.publish import html
from registry.publish.grid import Cell, draw_grid
from registry.publish.html import Page
from registry.publish.material import Material
from registry.reported import in_language

ROOT = "../"


def methods_page(material: Material) -> Page:
    parts = (_returns(material), _cards(), _aggregates(), _reported(material))
    rest = (_again(material), _hidden(), _sources(material), _glossary())
    return Page("methods", _("方法与口径"), "".join((*parts, *rest)), "methods")


def _returns(material: Material) -> str:
    name = "completeness_by_district_and_month"
    returns, names = material.frame(name), material.names["district"]
    finding = wording.gaps_finding(returns)
    shown = heat_maps.completeness_map(returns, names)
    months, codes = list(dict.fromkeys(returns["month"])), list(dict.fromkeys(returns["district"]))
    cells = {(r["district"], r["month"]): r for r in returns.to_dict("records")}
    grid = [[_share_cell(cells.get((code, month))) for month in months] for code in codes]
    drawn = draw_grid(finding, [names[code] for code in codes], months, grid)
    below = material.below(ROOT, name, shown)
    return html.figure(finding, drawn, (shown.reading, material.basis), below)


def _share_cell(record: dict[str, float] | None) -> Cell | None:
    if record is None:
        return None
    share = record["value"]
    if not share > 0:
        return Cell((_("缺报"),), palette.THIN, True)
    return Cell((wording.percent_text(share),), palette.rate_color(share))


def _cards() -> str:
    parts = [html.heading(_("各项指标"))]
    for part, cards in card_groups().items():
        title = _("{title}（{count}）").format(title=_(part), count=len(cards))
        parts.append(html.heading(title, level=3))
        parts += [html.folded(_(card.title), _card(card)) for card in cards]
    return "".join(parts)


def _card(card: Card) -> str:
    told = charts.card_table(card).iloc[:, 0]
    rows = "".join(
        f"<dt>{escape(str(name))}</dt><dd>{escape(str(text))}</dd>"
        for name, text in told.items()
        if text
    )
    return f'<dl class="card" id="{card.name}">{rows}</dl>'


def _aggregates() -> str:
    text = _(
        "一个区的合并率总高于它各街乡的平均：案件越多，涉及的职权面越宽。"
        "三种汇总是三个不同的数，各有名称，从不混用；单位之间只在同类别、同案件量的组内比较。"
    )
    return html.heading(_("三种汇总")) + html.paragraph(text)


def _reported(material: Material) -> str:
    """Reported figures beside computed ones."""
    edition = material.edition
    beside = beside_reported(edition.snapshot, in_language(edition.reported))
    if not len(beside):
        return ""
    text = _("报告所载的数旁边是本台账在同一期间的计算值；口径不同，不是同一个数。")
    parts = [html.heading(_("报告所载的数")), html.paragraph(text)]
    for title, told in charts.reported_tables(beside).items():
        parts += [html.heading(title, level=3), html.table(told, title)]
    return "".join(parts)


def _again(material: Material) -> str:
    """How anybody with the register gets the same figures."""
    text = _(
        "每个数下面的引用编号写明指标、分组、月份、选项和所用的最后一个行为。"
        "在台账上运行 registry recompute 引用编号，就用当时所知的数据重算，并说明与印出的是否一致；"
        "registry ledger verify 核对账册是否被改动，其账册头应与页脚的一致。"
        "同样的数据再发布一次，每个文件都逐字节相同。"
    )
    return html.heading(_("怎样重算")) + html.paragraph(text)


def _hidden() -> str:
    text = _(
        "公开的只有汇总数。一个单位一项职权的案件数只分 0、1 至 2、3 件以上；"
        "一个区只有一个单位持有的职权，各区的件数都不公开；按月的数只到区。"
        "罚款数额、案号和各单位写的文字不公开。比率和标记照实列出。"
    )
    return html.heading(_("不公开什么")) + html.paragraph(text)


def _sources(material: Material) -> str:
    texts = []
    if material.edition.snapshot.catalogue.powers["provenance"].eq("reconstructed").any():
        texts.append(_("职权目录为重建：各部门项数与公布的一致，未逐行与官方附件核对。"))
    if material.edition.shapes and not material.edition.own_map:
        texts.append(
            _("区界：Apache ECharts 4.9.0 的地图数据（Apache License 2.0），换算为 WGS-84 并简化。")
        )
    if not texts:
        return ""
    return html.heading(_("数据来源")) + "".join(map(html.paragraph, texts))


def _glossary() -> str:
    told: list[pd.DataFrame] = list(glossary_tables())
    title = _("术语")
    return html.heading(title) + "".join(html.table(one, title) for one in told)
