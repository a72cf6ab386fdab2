"""The first page: what was delegated, how much of it is used, how much was returned."""

import math

import pandas as pd

from registry import charts, heat_maps, wording
from registry.language import _
from registry.map_words import map_words
from registry.measures.held import held_powers
from registry.publish import html
from registry.publish.city_map import draw_map
from registry.publish.html import Page
from registry.publish.material import Material, rate_grid, share_bars
from registry.publish.months import Month, draw_line
from registry.publish.parts import Part, Stack, draw_stacks
from registry.publish.svg import CROSS, HATCH
from registry.publish.tables import file_name
from registry.reported import held_beside_reported, in_language, reported_on

PATTERNS = {"used": "", "dormant": CROSS, "no_case_seen": HATCH}
ROOT = "../"


def overview_page(material: Material) -> Page:
    parts = (_figures, _held, _map, _matrix, _trend, _dormancy, _returns)
    return Page("index", _("总览"), "".join(part(material) for part in parts), "index")


def _figures(material: Material) -> str:
    edition, city = material.edition, material.frame("rates")
    held = held_powers(edition.snapshot, edition.as_of, ("department",))
    now = held_beside_reported(
        held, edition.reported.iloc[:0].assign(title=[]), _departments(material)
    )
    returns = material.frame("completeness_by_district")
    meaning = _("履行率（合并口径）：任一街乡作出过决定的职权 ÷ 至少一个街乡持有的职权。")
    figures = {
        _("持有职权（项）"): wording.count_text(now["held"].iloc[0]),
        _("全市职权履行率"): wording.record_text(city.iloc[0]),
        wording.rate_name(3): wording.record_text(material.frame("balance_rates").iloc[0]),
    }
    return (
        html.headline(figures)
        + html.paragraph(wording.sentences(meaning, material.basis), "reading")
        + html.paragraph(wording.summary(now, city, returns, edition.window, edition.as_of))
        + material.files(ROOT, "rates")
    )


def _departments(material: Material) -> wording.Names:
    return material.names["department"]


def _held(material: Material) -> str:
    """What was held on the day of which the report speaks, beside what it says."""
    edition, reported = material.edition, in_language(material.edition.reported)
    day = reported_on(reported) or edition.as_of
    held = held_powers(edition.snapshot, day, ("department",))
    beside = held_beside_reported(held, reported, _departments(material))
    finding = wording.held_finding(beside, day)
    told = html.table(charts.held_table(beside).rename_axis(_("来源部门")), finding)
    sources = ""
    if beside["title"].notna().any():
        titles = beside["title"].dropna().unique()
        sources = wording.sources_text(titles, beside["as_of"].iloc[0])
    return html.heading(finding) + told + html.paragraph(sources, "reading")


def _map(material: Material) -> str:
    names, shapes = material.names["district"], material.edition.shapes
    rates = material.frame("rates_by_district")
    chosen = html.links(
        (f"district/{file_name(code)}.html", names[code]) for code in rates["district"]
    )
    title = _("点一个区，看它的一页")
    if shapes is None:
        return html.heading(title) + chosen
    known = [outline for outline in shapes.outlines if outline.code in names]
    drawn = draw_map(shapes, map_words(known, rates, names), _("各区职权履行率地图"), "district")
    reading = _("颜色越深，合并履行率越高；灰色的区报送不足。")
    return html.figure(
        title,
        drawn,
        (wording.sentences(reading, material.basis),),
        chosen + material.files(ROOT, "rates_by_district"),
    )


def _matrix(material: Material) -> str:
    name = "rates_by_district_and_department"
    rates, by_department = material.frame(name), material.frame("rates_by_department")
    finding = wording.unused_finding(by_department, _departments(material))
    shown = heat_maps.rate_map(rates, "district", "department", material.names)
    drawn = rate_grid(finding, rates, "district", "department", material.names)
    leading = by_department["department"].iloc[0]
    spread = wording.spread_finding(rates, leading, _departments(material))
    texts = (spread + _("。"), shown.reading, material.basis)
    return html.figure(finding, drawn, texts, material.below(ROOT, name, shown))


def _trend(material: Material) -> str:
    rates, window = material.frame("rates_by_month"), material.edition.whole
    finding = wording.trend_finding(rates)
    shown = charts.rate_trend(rates)
    drawn = draw_line(finding, line_months(rates), _("履行率（%）"), _("完整度（%）"))
    basis = wording.basis_text(window, material.frame("completeness_of_all_months"))
    below = material.below(ROOT, "rates_by_month", shown)
    return html.figure(finding, drawn, (shown.reading, basis), below)


def line_months(rates: pd.DataFrame) -> list[Month]:
    return [
        Month(
            record["month"],
            float(record["value"]),
            "" if math.isnan(record["value"]) else wording.percent_text(record["value"]),
            wording.is_thin(record["completeness"]),
            float(record["completeness"]),
        )
        for record in rates.to_dict("records")
    ]


def _dormancy(material: Material) -> str:
    counts, year = material.frame("dormancy_by_department"), material.edition.year
    finding = wording.dormancy_finding(counts, year)
    shown = charts.dormancy_chart(counts, _departments(material))
    key = [(_(charts.STATES[state][0]), state, pattern) for state, pattern in PATTERNS.items()]
    stacks = [
        _stack(rows, _departments(material))
        for _code, rows in counts.groupby("department", sort=False)
    ]
    drawn = draw_stacks(finding, key, stacks, _("占全程持有的职权（%）"))
    basis = wording.basis_text(year, material.frame("completeness_of_the_year"))
    below = material.below(ROOT, "dormancy_by_department", shown)
    return html.figure(finding, drawn, (shown.reading, basis), below)


def _stack(rows: pd.DataFrame, names: wording.Names) -> Stack:
    parts = tuple(
        Part(
            float(row["value"]),
            wording.fraction_text(row["numerator"], row["denominator"]),
            row["state"],
            PATTERNS[row["state"]],
        )
        for row in rows.to_dict("records")
    )
    return Stack(names[rows["department"].iloc[0]], parts)


def _returns(material: Material) -> str:
    name, names = "completeness_by_district", material.names["district"]
    returns = material.frame(name)
    finding = wording.completeness_finding(returns)
    shown = charts.returns_chart(returns, "district", names)
    labels = [names[code] for code in returns["district"]]
    drawn = share_bars(finding, returns, labels, _("报送完整度（%）"), bound=False)
    below = material.below(ROOT, name, shown)
    return html.figure(finding, drawn, (shown.reading, material.basis), below)
