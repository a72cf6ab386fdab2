"""How far the staff reached the front line, where they came from, what they carry."""

from collections.abc import Callable

from registry import card_wording, share_charts, staffing_wording, wording
from registry.language import _
from registry.publish import html
from registry.publish.html import Page
from registry.publish.material import Material, share_bars
from registry.publish.months import draw_line
from registry.publish.overview import line_months
from registry.reported import FRONT_LINE, in_language

ROOT = "../"
STEPS = ("in_post", "certified", "not_seconded", "front_line", "handled_case")
SUPPORT = (
    *("on_time_rate", "solved_rate", "training_sessions", "officers_trained", "joint_operations"),
    "exercise_rate",
)


def staffing_page(material: Material) -> Page:
    """Where nobody returned staff, a sentence that says so."""
    parts: tuple[Callable[[Material], str], ...] = (
        *(_figures, _waterfall, _districts, _months, _origins, _support, _loads),
    )
    if not material.edition.snapshot.covered["staffing"].any():
        parts = (_nothing,)
    return Page("staffing", _("人员到位"), "".join(part(material) for part in parts), "staffing")


def _nothing(material: Material) -> str:
    return html.paragraph(_("期间内没有人员报送，到位情况不可知。"))


def _reported(material: Material) -> float | None:
    reported = material.edition.reported
    return float(reported.loc[FRONT_LINE, "value"]) if FRONT_LINE in reported.index else None


def _figures(material: Material) -> str:
    front = material.frame("staffing").set_index("measure").loc["front_line"]
    figures = {_("一线到位率"): wording.share_text(front)}
    rate = _reported(material)
    if rate is not None:
        label = in_language(material.edition.reported).loc[FRONT_LINE, "label"]
        named = _("报告所载：{label}").format(label=label)
        figures[named] = wording.reported_text(rate)
    text = wording.sentences(
        _("一线到位率：持证、未借调、在一线的人员 ÷ 编制数，取期间内每个单位最后一次报送的月份。"),
        _("报告所载为全市下沉到一线的执法力量到位率，没有写明怎样计算。") if rate else "",
    )
    return html.headline(figures) + html.paragraph(text, "reading")


def _waterfall(material: Material) -> str:
    found = material.frame("staffing")
    finding = staffing_wording.waterfall_finding(found)
    shown = share_charts.waterfall_chart(found, STEPS, _reported(material))
    rows = found.set_index("measure").loc[list(STEPS)]
    axis, labels = _("占编制（%）"), list(shown.table.index)
    drawn = share_bars(finding, rows, labels, axis, reference=_reported(material), bound=False)
    below = material.below(ROOT, "staffing", shown)
    return html.figure(finding, drawn, (shown.reading, material.staff_basis), below)


def _districts(material: Material) -> str:
    rates, names = material.frame("front_line_by_district"), material.names["district"]
    reported, title = _reported(material), _("一线到位率（%）")
    finding = staffing_wording.under_finding(rates, reported, "district")
    shown = share_charts.place_chart(rates, "district", names, title, reported)
    labels = list(shown.table.index)
    drawn = share_bars(finding, rates, labels, title, reference=reported, bound=False)
    under = staffing_wording.under_text(rates, reported, "district", names)
    below = material.below(ROOT, "front_line_by_district", shown)
    return html.figure(finding, drawn, (shown.reading, under, material.staff_basis), below)


def _months(material: Material) -> str:
    rates = material.frame("front_line_by_month")
    finding = staffing_wording.front_line_trend(rates)
    drawn = draw_line(finding, line_months(rates), _("一线到位率（%）"), _("完整度（%）"))
    reading = _("上图是每月的一线到位率，空心点报送不足 {limit}；下图是当月人员月报的报送完整度。")
    texts = (reading.format(limit=wording.limit_text()), material.staff_basis)
    return html.figure(finding, drawn, texts, material.files(ROOT, "front_line_by_month"))


def _origins(material: Material) -> str:
    found, names = material.frame("staffing"), material.names["department"]
    finding = staffing_wording.origin_finding(found, names)
    told = html.table(staffing_wording.origin_table(found, names), finding)
    text = _("人员按划转前所在的部门计；没有报送来源的不计。")
    return html.heading(finding) + told + html.paragraph(text, "reading")


def _support(material: Material) -> str:
    given, names = material.frame("support_by_department"), material.names["department"]
    finding = staffing_wording.handover_finding(given, names)
    told = card_wording.wide_table(given, "handover", "department", names, SUPPORT)
    text = wording.sentences(
        _("部门的支持与其职权的履行率并排看；并列不等于因果。未报送的写作「—」，不算零。"),
        wording.returned_text(
            material.edition.window, given["completeness"].min(), returns="whistles"
        ),
    )
    shown = html.table(told, finding) + html.paragraph(text, "reading")
    return html.heading(finding) + shown + material.files(ROOT, "support_by_department")


def _loads(material: Material) -> str:
    loads = material.frame("staffing_by_unit_kind")
    title = _("每名一线人员担多少案件，只在同类单位内看")
    told = staffing_wording.load_table(loads, material.names["unit_kind"])
    text = _("案件每件计一次；什么算一次检查各地差别极大，不作比较，更不作排名。")
    shown = html.table(told, title) + html.paragraph(text, "reading")
    return html.heading(title) + shown + material.files(ROOT, "staffing_by_unit_kind")
