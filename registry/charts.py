"""Measures' frames → charts: plotly figure, how to read it, its table. No arithmetic, no Streamlit.

A figure is a plain dict of plotly's JSON, so that it can be cached and needs no import. Colours
are those of `palette`; what a colour says is also said in words or by a shape.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pandas as pd

from registry import palette
from registry.language import N_, _, day_name
from registry.measures.card import Card
from registry.window import Window, month_start, parse_month
from registry.wording import (
    Names,
    computed_text,
    count_text,
    figure_text,
    fraction_text,
    group_name,
    is_thin,
    limit_text,
    percent_text,
    period_text,
    rate_text,
    record_texts,
    returned_text,
    sentences,
    share_texts,
)

Figure = dict[str, Any]

TOOLS = 28
"""Height above a figure for its one button."""

MARGIN = {"l": 8, "r": 8, "t": 8 + TOOLS, "b": 8}
TO_THE_END = {**MARGIN, "r": 24}
"""For a scale that ends with the figure: plotly leaves out a last number that has no room."""


def config(file_name: str) -> dict[str, Any]:
    """How a page draws a figure: of plotly's tools only the camera, named in the language."""
    words = {"Download plot as a PNG": _("下载图片（PNG）")}
    return {
        "displaylogo": False,
        "displayModeBar": True,
        "modeBarButtons": [["toImage"]],
        "toImageButtonOptions": {"format": "png", "filename": file_name, "scale": 2},
        "locale": "own",
        "locales": {"own": {"dictionary": words, "format": {}}},
        "scrollZoom": False,
    }


@dataclass(frozen=True)
class Chart:
    figure: Figure
    reading: str
    table: pd.DataFrame


def rate_trend(rates: pd.DataFrame) -> Chart:
    """Rates by month."""
    reading = _(
        "上图是当月行使过的职权占持有职权的比率，空心点报送不足 {limit}；下图是当月报送完整度，"
        "斜纹表示不足 {limit}。一个月的比率总低于全年的，因为许多职权一年只用几次。"
    ).format(limit=limit_text())
    return Chart(rate_line(rates), reading, rate_table(rates, "month", period_text))


def returns_chart(returns: pd.DataFrame, group: str, names: Names) -> Chart:
    """Completeness by one group column."""
    reading = _(
        "应报的是每个持有职权的街道、乡镇的每个月；零报告算已报，缺报不算零。斜纹表示不足 {limit}。"
    ).format(limit=limit_text())
    table = completeness_table(returns, group, names)
    return Chart(completeness_bars(returns, group, names), reading, table)


def figure_layout(height: int, **parts: Any) -> dict[str, Any]:
    """What all figures share: height, margins, one tool, nothing to drag."""
    return {
        "height": height + TOOLS,
        "margin": MARGIN,
        "modebar": {"bgcolor": "rgba(0,0,0,0)", "color": palette.OTHER},
        "showlegend": False,
        "dragmode": False,
        **parts,
    }


def rate_line(rates: pd.DataFrame) -> Figure:
    """Rate by month above, completeness by month below; a hollow mark is a lower bound."""
    months = [month_start(parse_month(month)).isoformat() for month in rates["month"]]
    names = [period_text(month) for month in rates["month"]]
    thin = [is_thin(share) for share in rates["completeness"]]
    line = {
        "type": "scatter",
        "mode": "lines+markers",
        "x": months,
        "y": _or_none(rates["value"]),
        "line": {"color": palette.RATE, "width": 2},
        "marker": {
            "size": 9,
            "color": palette.RATE,
            "symbol": ["circle-open" if few else "circle" for few in thin],
        },
        "connectgaps": False,
        "cliponaxis": False,
        "hovertext": _hover(names, record_texts(rates)),
        "hoverinfo": "text",
    }
    bars = {
        "type": "bar",
        "x": months,
        "y": _or_none(rates["completeness"]),
        "yaxis": "y2",
        "marker": {
            "color": palette.RETURNED,
            "pattern": {"shape": [palette.HATCH if few else "" for few in thin]},
        },
        "hovertext": _hover(names, [percent_text(share) for share in rates["completeness"]]),
        "hoverinfo": "text",
    }
    return {
        "data": [line, bars],
        "layout": figure_layout(
            380,
            xaxis={
                "type": "date",
                "tickformat": _("%-m月<br>%Y年"),
                "tick0": "2000-01-01",
                "dtick": _month_step(len(months)),
                "tickangle": 0,
                "fixedrange": True,
                "anchor": "y2",
                "showgrid": False,
            },
            yaxis=_percent_axis(_("履行率（%）"), [0.36, 1], rangemode="tozero"),
            yaxis2=_percent_axis(_("完整度（%）"), [0, 0.26], range=[0, 1], nticks=3),
        ),
    }


def _percent_axis(title: str, domain: list[float], **parts: Any) -> dict[str, Any]:
    return {
        "title": {"text": title},
        "domain": domain,
        "tickformat": ".0%",
        "fixedrange": True,
        "automargin": True,
        **parts,
    }


def _month_step(count: int) -> str:
    """How far ticks stand apart, so that they do not run into each other on a phone."""
    return next(
        (step for most, step in ((6, "M1"), (12, "M3"), (24, "M6")) if count <= most), "M12"
    )


def completeness_bars(returns: pd.DataFrame, group: str, names: Names) -> Figure:
    """One bar a group, with its fraction in words; hatched where returns are thin."""
    texts = share_texts(returns)
    bar = {
        "type": "bar",
        "orientation": "h",
        "x": _or_none(returns["value"]),
        "y": [names[code] for code in returns[group]],
        "text": texts,
        "textposition": "auto",  # beside a bar too short for its words
        "insidetextanchor": "start",
        "textangle": 0,
        "insidetextfont": {"color": palette.DARK_INK},
        "cliponaxis": False,
        "hovertext": texts,
        "hoverinfo": "y+text",
        "marker": {
            "color": palette.RETURNED,
            "pattern": {
                "shape": [palette.HATCH if is_thin(share) else "" for share in returns["value"]],
                "fillmode": "overlay",
                "fgopacity": 0.3,
            },
        },
    }
    return {
        "data": [bar],
        "layout": figure_layout(
            26 * len(returns) + 70,
            margin=TO_THE_END,
            xaxis={
                "range": [0, 1.001],
                "tickvals": [0, 0.5, 1],
                "tickformat": ".0%",
                "title": {"text": _("报送完整度（%）")},
                "fixedrange": True,
            },
            yaxis={
                "autorange": "reversed",
                "type": "category",
                "automargin": True,
                "fixedrange": True,
            },
        ),
    }


def rate_table(rates: pd.DataFrame, group: str, named: Callable[[str], str]) -> pd.DataFrame:
    """Group, rate and completeness in words, one row a record."""
    return pd.DataFrame(
        {
            _("职权履行率"): record_texts(rates),
            _("报送完整度"): [percent_text(share) for share in rates["completeness"]],
        }
    ).set_index(pd.Index([named(code) for code in rates[group]], name=group_name(group)))


def completeness_table(returns: pd.DataFrame, group: str, names: Names) -> pd.DataFrame:
    """What was due, returned, missing or returned with open problems, in unit-months."""
    return pd.DataFrame(
        {
            _("报送完整度"): share_texts(returns),
            _("应报（街乡·月）"): returns["denominator"].map(count_text),
            _("已报"): returns["numerator"].map(count_text),
            _("已报但有行待改正"): returns["flagged"].map(count_text),
        }
    ).set_index(pd.Index([names[code] for code in returns[group]], name=group_name(group)))


def coverage_list(powers: pd.DataFrame, names: Names) -> pd.DataFrame:
    """`power` code, name and coverage in words, in the order of the register."""
    return pd.DataFrame(
        {
            "power": powers["power"],
            _("职权名称"): [names[code] for code in powers["power"]],
            _("覆盖面"): record_texts(powers),
        }
    )


STATES = {
    "used": (N_("用过"), palette.USED, ""),
    "dormant": (N_("休眠"), palette.DORMANT, "x"),
    "no_case_seen": (N_("未见案件（有缺报）"), palette.NO_CASE_SEEN, palette.HATCH),
}
"""State of a power → its word, colour and pattern."""


def dormancy_chart(counts: pd.DataFrame, departments: Names) -> Chart:
    """Powers by state, one bar a department."""
    reading = _(
        "每条是一个来源部门全程持有的职权，按有没有案件（含检查）分段，窄段只写项数；"
        "持有单位有月份缺报的，只能说未见案件，不能断定休眠。"
    )
    wide = counts.pivot(index="department", columns="state", values="numerator")
    codes = group_codes(counts, "department")
    table = pd.DataFrame(
        {
            _(word): [count_text(wide.loc[code, state]) for code in codes]
            for state, (word, _color, _pattern) in STATES.items()
        },
        index=pd.Index([departments[code] for code in codes], name=_("来源部门")),
    )
    return Chart(_dormancy_figure(counts, departments), reading, table)


def _dormancy_figure(counts: pd.DataFrame, departments: Names) -> Figure:
    bars = []
    for state, (word, color, pattern) in STATES.items():
        rows = counts[counts["state"].eq(state)]
        bars.append(
            {
                "type": "bar",
                "orientation": "h",
                "name": _(word),
                "x": rows["value"].tolist(),
                "y": [departments[code] for code in rows["department"]],
                "text": _part_texts(rows),
                "textposition": "inside",
                "insidetextanchor": "middle",
                "textangle": 0,
                "textfont": {"color": palette.DARK_INK},
                "hoverinfo": "name+y+text",
                "marker": {
                    "color": color,
                    "pattern": {"shape": pattern, "fillmode": "overlay", "fgopacity": 0.3},
                },
            }
        )
    return {
        "data": bars,
        "layout": {
            **figure_layout(
                44 * counts["department"].nunique() + 110,
                margin=TO_THE_END,
                barmode="stack",
                xaxis={
                    "tickformat": ".0%",
                    "title": {"text": _("占全程持有的职权（%）")},
                    "fixedrange": True,
                    "range": [0, 1.001],
                },
                yaxis={
                    "autorange": "reversed",
                    "type": "category",
                    "automargin": True,
                    "fixedrange": True,
                },
                uniformtext={"minsize": 9, "mode": "hide"},  # a bar may be too narrow for words
                legend={
                    "orientation": "h",
                    "traceorder": "normal",  # as the parts of a bar follow each other
                    "y": 1.02,
                    "yanchor": "bottom",
                    "x": 0,
                },
            ),
            "showlegend": True,
        },
    }


NARROW = 0.2
"""A smaller part of a bar has its fraction in two lines, to fit a phone."""


def _part_texts(rows: pd.DataFrame) -> list[str]:
    texts = [
        fraction_text(n, d) for n, d in zip(rows["numerator"], rows["denominator"], strict=True)
    ]
    return [
        "" if not share else text.partition("/")[0] if share < NARROW else text
        for share, text in zip(rows["value"], texts, strict=True)
    ]


def change_table(rates: pd.DataFrame, districts: Names) -> pd.DataFrame:
    """Rates of the districts of an import, before it and now."""
    before = [
        rate_text(
            record.value_before,
            record.numerator_before,
            record.denominator,
            record.completeness_before,
        )
        for record in rates.itertuples()
    ]
    return pd.DataFrame(
        {_("导入前"): before, _("导入后"): record_texts(rates)},
        index=pd.Index([districts[code] for code in rates["district"]], name=_("区")),
    )


def card_table(card: Card) -> pd.DataFrame:
    """A measure's card in words."""
    better = {"up": N_("越高越好"), "down": N_("越低越好"), "none": N_("没有好坏之分")}
    rows = {
        _("代码"): card.name,
        _("算法"): _(card.formula),
        _("用处"): _(card.why),
        _("方向"): _(better[card.better]),
        _("局限"): _(card.limits),
        _("怎样可能被做高"): _(card.gaming),
    }
    return pd.DataFrame(
        {_("说明"): list(rows.values())}, index=pd.Index(list(rows), name=_("项目"))
    )


def reported_tables(beside: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Title of each document → the figures that it reports, each beside the computed one.

    beside: as `beside_reported` gives it.
    """
    units = zip(beside["reported"], beside["unit"], strict=True)
    table = pd.DataFrame(
        {
            _("报告所载"): [figure_text(value, unit) for value, unit in units],
            _("本台账计算"): [computed_text(row) for _i, row in beside.iterrows()],
            _("口径"): [_definitions(row) for _i, row in beside.iterrows()],
        },
        index=pd.Index(list(beside["label"])),
    )
    titles = beside["source"].to_numpy()
    return {title: table[titles == title] for title in dict.fromkeys(titles)}


def _definitions(row: pd.Series) -> str:
    """Both definitions and when: a window, or the day of a list."""
    parts = [_("报告：{words}").format(words=row["reported_definition"])]
    if row["computed_definition"]:
        parts.append(_("本台账：{words}。").format(words=row["computed_definition"]))
        parts.append(_when(row))
    return sentences(*parts)


def _when(row: pd.Series) -> str:
    if not row["from"]:
        return _("截至 {day}。").format(day=day_name(row["as_of"]))
    window = Window(parse_month(row["from"]), parse_month(row["to"]))
    return returned_text(window, row["completeness"])


def held_table(rows: pd.DataFrame) -> pd.DataFrame:
    """`label, held, reported` in words; without any reported figure, only what is held."""
    held = pd.DataFrame(
        {_("本台账（项）"): [count_text(n) for n in rows["held"]]},
        index=pd.Index(rows["label"].tolist(), name=_("来源部门")),
    )
    if rows["reported"].isna().all():
        return held
    reported = [_("无") if pd.isna(n) else count_text(n) for n in rows["reported"]]
    same = [
        "" if pd.isna(theirs) else _("一致") if ours == theirs else _("不一致")
        for ours, theirs in zip(rows["held"], rows["reported"], strict=True)
    ]
    return held.assign(**{_("报告所载（项）"): reported, _("对照"): same})


def group_codes(frame: pd.DataFrame, column: str) -> list[str]:
    """The codes of a group column in the order of the measure."""
    return list(dict.fromkeys(frame[column]))


def _hover(names: list[str], texts: "list[str] | pd.Series") -> list[str]:
    return [f"{name}<br>{text}" for name, text in zip(names, texts, strict=True)]


def _or_none(values: pd.Series) -> list[float | None]:
    return [None if pd.isna(value) else float(value) for value in values]
