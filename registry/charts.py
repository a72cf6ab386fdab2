"""Measures' frames → charts: plotly figure, how to read it, its table. No arithmetic, no Streamlit.

A figure is a plain dict of plotly's JSON, so that it can be cached and needs no import. One
colour has one meaning everywhere; what a colour says is also said in words or by a shape.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from registry.window import month_start, parse_month
from registry.wording import (
    _,
    fraction_text,
    is_thin,
    month_text_zh,
    percent_text,
    record_text,
    share_text,
)

Figure = dict[str, Any]
Names = Mapping[str, str]

# One hue from light to dark, readable with any colour vision, in light and dark themes alike.
RATE_SCALE = ["#e8f1fa", "#a9cce8", "#5ba3d0", "#1f77b4", "#08407a"]
RATE = "#2b83ba"
COMPLETENESS = "#b8860b"
GREY, GREY_TEXT = "#d4d4d4", "#4d4d4d"

ROW_HEIGHT = 38
CONFIG = {"displayModeBar": False, "scrollZoom": False}
"""How a page draws every figure: without plotly's English tool bar."""


@dataclass(frozen=True)
class Chart:
    figure: Figure
    reading: str
    table: pd.DataFrame


def rate_map(rates: pd.DataFrame, row: str, column: str, names: Mapping[str, Names]) -> Chart:
    """Rates by two group columns."""
    reading = _(
        "每格是所在行、列的履行率:上行是比率,下行是「行使过/持有」的职权数,颜色越深比率越高;"
        "灰格报送不足九成,「至少」表示只是下限。案件多的地方用到的职权自然也多,不宜据此排名。"
    )
    table = rate_matrix(rates, row, column, names)
    return Chart(heat_map(rates, row, column, names), reading, table)


def rate_trend(rates: pd.DataFrame) -> Chart:
    """Rates by month."""
    reading = _(
        "上图是当月行使过的职权占持有职权的比率,空心点报送不足九成;下图是当月报送完整度,"
        "斜纹表示不足九成。一个月的比率总低于全年的,因为许多职权一年只用几次。"
    )
    return Chart(rate_line(rates), reading, rate_table(rates, "month", month_text_zh))


def returns_chart(returns: pd.DataFrame, group: str, names: Names) -> Chart:
    """Completeness by one group column."""
    reading = _(
        "应报的是每个持有职权的街道、乡镇的每个月;零报告算已报,缺报不算零。斜纹表示不足九成。"
    )
    table = completeness_table(returns, group, names)
    return Chart(completeness_bars(returns, group, names), reading, table)


def _layout(height: int, **parts: Any) -> dict[str, Any]:
    return {
        "height": height,
        "margin": {"l": 8, "r": 8, "t": 8, "b": 8},
        "showlegend": False,
        "dragmode": False,
        **parts,
    }


def heat_map(rates: pd.DataFrame, row: str, column: str, names: Mapping[str, Names]) -> Figure:
    """Rates by two group columns: shade and words in each cell, grey where returns are thin."""
    rows, columns = _codes(rates, row), _codes(rates, column)
    cells = _cells(rates, row, column)
    grid = [[cells.get((r, c)) for c in columns] for r in rows]
    axes = {"x": [names[column][c] for c in columns], "y": [names[row][r] for r in rows]}
    scale = [[i / (len(RATE_SCALE) - 1), color] for i, color in enumerate(RATE_SCALE)]
    return {
        "data": [
            {**axes, **_heat_layer(grid, _shade, scale, {"size": 11})},
            {
                **axes,
                **_heat_layer(
                    grid, _grey, [[0, GREY], [1, GREY]], {"size": 11, "color": GREY_TEXT}
                ),
            },
        ],
        "layout": _layout(
            ROW_HEIGHT * len(rows) + 60,
            xaxis={"side": "top", "fixedrange": True, "type": "category", "showgrid": False},
            yaxis={
                "autorange": "reversed",
                "fixedrange": True,
                "type": "category",
                "automargin": True,
                "showgrid": False,
            },
        ),
    }


def _heat_layer(
    grid: list[list[Any]],
    depth: Callable[[Any], float | None],
    scale: list[list[Any]],
    font: dict[str, Any],
) -> dict[str, Any]:
    """The cells that have a depth in this layer, with their words; the others stay empty."""
    z = [[depth(cell) for cell in line] for line in grid]
    ours = [
        [None if at is None else cell for cell, at in zip(line, depths, strict=True)]
        for line, depths in zip(grid, z, strict=True)
    ]
    return {
        "type": "heatmap",
        "z": z,
        "text": [[_cell_lines(cell) for cell in line] for line in ours],
        "hovertext": [[_cell_hover(cell) for cell in line] for line in ours],
        "zmin": 0,
        "zmax": 1,
        "colorscale": scale,
        "showscale": False,
        "texttemplate": "%{text}",
        "textfont": font,
        "hoverinfo": "x+y+text",
        "hoverongaps": False,
        "xgap": 2,
        "ygap": 2,
    }


def rate_line(rates: pd.DataFrame) -> Figure:
    """Rate by month above, completeness by month below; a hollow mark is a lower bound."""
    months = [month_start(parse_month(month)).isoformat() for month in rates["month"]]
    names = [month_text_zh(month) for month in rates["month"]]
    thin = [is_thin(share) for share in rates["completeness"]]
    line = {
        "type": "scatter",
        "mode": "lines+markers",
        "x": months,
        "y": _or_none(rates["value"]),
        "line": {"color": RATE, "width": 2},
        "marker": {
            "size": 9,
            "color": RATE,
            "symbol": ["circle-open" if few else "circle" for few in thin],
        },
        "connectgaps": False,
        "cliponaxis": False,
        "hovertext": _hover(names, rates.apply(record_text, axis=1)),
        "hoverinfo": "text",
    }
    bars = {
        "type": "bar",
        "x": months,
        "y": _or_none(rates["completeness"]),
        "yaxis": "y2",
        "marker": {
            "color": COMPLETENESS,
            "pattern": {"shape": ["/" if few else "" for few in thin]},
        },
        "hovertext": _hover(names, [percent_text(share) for share in rates["completeness"]]),
        "hoverinfo": "text",
    }
    return {
        "data": [line, bars],
        "layout": _layout(
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
            yaxis=_percent_axis(_("履行率"), [0.36, 1], rangemode="tozero"),
            yaxis2=_percent_axis(_("完整度"), [0, 0.26], range=[0, 1], nticks=3),
        ),
    }


def _percent_axis(title: str, domain: list[float], **parts: Any) -> dict[str, Any]:
    return {
        "title": {"text": f"{title}(%)"},
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
    texts = returns.apply(share_text, axis=1).tolist()
    bar = {
        "type": "bar",
        "orientation": "h",
        "x": _or_none(returns["value"]),
        "y": [names[code] for code in returns[group]],
        "text": texts,
        "textposition": "outside",
        "cliponaxis": False,
        "hovertext": texts,
        "hoverinfo": "y+text",
        "marker": {
            "color": COMPLETENESS,
            "pattern": {"shape": ["/" if is_thin(share) else "" for share in returns["value"]]},
        },
    }
    return {
        "data": [bar],
        "layout": _layout(
            26 * len(returns) + 70,
            xaxis={
                "range": [0, 1.5],  # the words stand to the right of the longest bar
                "tickvals": [0, 0.5, 1],
                "tickformat": ".0%",
                "title": {"text": _("报送完整度(%)")},
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


def rate_matrix(
    rates: pd.DataFrame, row: str, column: str, names: Mapping[str, Names]
) -> pd.DataFrame:
    """The heat map as a table of texts, rows and columns by name."""
    rows, columns = _codes(rates, row), _codes(rates, column)
    cells = _cells(rates, row, column)
    texts = [[_cell_text(cells.get((r, c))) for c in columns] for r in rows]
    return pd.DataFrame(
        texts,
        index=pd.Index([names[row][r] for r in rows]),
        columns=[names[column][c] for c in columns],
    )


def rate_table(rates: pd.DataFrame, group: str, named: Callable[[str], str]) -> pd.DataFrame:
    """Group, rate and completeness in words, one row a record."""
    return pd.DataFrame(
        {
            _("职权履行率"): rates.apply(record_text, axis=1),
            _("报送完整度"): [percent_text(share) for share in rates["completeness"]],
        }
    ).set_index(pd.Index([named(code) for code in rates[group]]))


def completeness_table(returns: pd.DataFrame, group: str, names: Names) -> pd.DataFrame:
    """What was due, returned, missing or returned with open problems, in unit-months."""
    return pd.DataFrame(
        {
            _("报送完整度"): returns.apply(share_text, axis=1),
            _("应报(街乡·月)"): returns["denominator"],
            _("已报"): returns["numerator"],
            _("已报但有行待改正"): returns["flagged"],
        }
    ).set_index(pd.Index([names[code] for code in returns[group]]))


def held_table(rows: pd.DataFrame) -> pd.DataFrame:
    """`label, held, reported` in words; without any reported figure, only what is held."""
    held = pd.DataFrame(
        {_("本台账(项)"): [f"{n}" for n in rows["held"]]}, index=list(rows["label"])
    )
    if rows["reported"].isna().all():
        return held
    reported = [_("无") if pd.isna(n) else f"{n:.0f}" for n in rows["reported"]]
    same = [
        "" if pd.isna(theirs) else _("一致") if ours == theirs else _("不一致")
        for ours, theirs in zip(rows["held"], rows["reported"], strict=True)
    ]
    return held.assign(**{_("报告所载(项)"): reported, _("对照"): same})


def _codes(frame: pd.DataFrame, column: str) -> list[str]:
    """The codes of a group column in the order of the measure."""
    return list(dict.fromkeys(frame[column]))


def _cells(rates: pd.DataFrame, row: str, column: str) -> dict[tuple[str, str], pd.Series]:
    return {(record[row], record[column]): record for _i, record in rates.iterrows()}


def _shade(cell: pd.Series | None) -> float | None:
    """The value, where enough was returned to colour it."""
    return None if cell is None or _grey(cell) is not None else float(cell["value"])


def _grey(cell: pd.Series | None) -> float | None:
    if cell is None:
        return None
    return 0 if pd.isna(cell["value"]) or is_thin(cell["completeness"]) else None


def _cell_text(cell: pd.Series | None) -> str:
    return _("未持有") if cell is None else record_text(cell)


def _cell_lines(cell: pd.Series | None) -> str:
    """The rate over its fraction, to fit a narrow cell."""
    if cell is None:
        return ""
    if pd.isna(cell["value"]):
        return _("缺报")
    rate = percent_text(cell["value"])
    lower = _("至少{rate}").format(rate=rate) if cell["completeness"] < 1 else rate
    return f"{lower}<br>{fraction_text(cell['numerator'], cell['denominator'])}"


def _cell_hover(cell: pd.Series | None) -> str:
    if cell is None:
        return ""
    share = percent_text(cell["completeness"])
    return _("{rate}<br>报送完整度 {share}").format(rate=record_text(cell), share=share)


def _hover(names: list[str], texts: "list[str] | pd.Series") -> list[str]:
    return [f"{name}<br>{text}" for name, text in zip(names, texts, strict=True)]


def _or_none(values: pd.Series) -> list[float | None]:
    return [None if pd.isna(value) else float(value) for value in values]
