"""Shares between 0 and 1 → horizontal bars with their fractions, beside one reference."""

import math
from collections.abc import Sequence

import pandas as pd

from registry import palette
from registry.brief.document import Bars
from registry.charts import TO_THE_END, Chart, Figure, figure_layout
from registry.language import _
from registry.measures.cards import CARDS
from registry.wording import (
    Names,
    group_name,
    is_thin,
    percent_text,
    sentences,
    share_text,
)

LOWEST_ROOM = 1.001
REFERENCE = "dash"
ROOM = 0.3
"""A shorter bar has its words beside it; within, plotly would leave them out."""


def waterfall_chart(staffing: pd.DataFrame, steps: Sequence[str], reported: float | None) -> Chart:
    """The steps of the staffing waterfall, each ÷ established posts; one record a step."""
    rows = staffing.set_index("measure").loc[list(steps)]
    labels = [_(CARDS[f"staffing.{name}"].title) for name in steps]
    reading = _("每一条是编制数中的一部分，下一条只数上一条里的人。")
    if reported is not None:
        line = _("虚线是公开报告所载的到位率，应与「{step}」一条相比。")
        reading = sentences(reading, line.format(step=labels[list(steps).index("front_line")]))
    texts = [share_text(row) for _i, row in rows.iterrows()]
    table = pd.DataFrame({_("÷ 编制"): texts}, index=pd.Index(labels, name=_("环节")))
    return Chart(share_bars(rows, labels, texts, _("占编制（%）"), reported), reading, table)


def place_chart(
    rates: pd.DataFrame, group: str, names: Names, title: str, reference: float | None
) -> Chart:
    """One rate by district (or unit), with a reference that all are seen beside."""
    labels = [names[code] for code in rates[group]]
    texts = [share_text(row) for _i, row in rates.iterrows()]
    reading = _("条形上是比率和分数；斜纹表示报送不足。")
    if reference is not None:
        line = _("虚线是对照值 {value}。").format(value=percent_text(reference))
        reading = sentences(reading, line)
    table = pd.DataFrame({title: texts}, index=pd.Index(labels, name=group_name(group)))
    return Chart(share_bars(rates, labels, texts, title, reference), reading, table)


def bars_chart(bars: Bars) -> Chart:
    """The bars of a page's section, a mark across each for what it is set beside."""
    rates = pd.DataFrame({"value": bars.values, "completeness": 1.0})
    figure = share_bars(rates, list(bars.labels), list(bars.says), bars.title, None)
    figure["data"].append(_answers(bars))
    figure["layout"]["shapes"] += _marks(bars)
    columns = {bars.title: bars.says, _("全市"): bars.mark_says}
    table = pd.DataFrame(columns, index=pd.Index(bars.labels, name=_("指标")))
    return Chart(figure, sentences(*filter(None, (bars.reading, bars.note))), table)


def _marks(bars: Bars) -> list[dict[str, object]]:
    """A short upright line at the foot of each bar, which leaves its words free; none where there
    is nothing to set it beside."""
    line = {"color": palette.WARNING, "width": 3}
    return [
        {"type": "line", "line": line, "x0": mark, "x1": mark, "y0": place + 0.1, "y1": place + 0.5}
        for place, mark in enumerate(map(float, bars.marks))
        if not pd.isna(mark)
    ]


def _answers(bars: Bars) -> Figure:
    """What the marks say to the pointer."""
    return {
        "type": "scatter",
        "mode": "markers",
        "x": [None if pd.isna(mark) else float(mark) for mark in bars.marks],
        "y": list(bars.labels),
        "marker": {"size": 16, "opacity": 0},
        "hovertemplate": _("全市 %{x:.1%}") + "<extra></extra>",
        "cliponaxis": False,
    }


def share_bars(
    rates: pd.DataFrame, labels: list[str], texts: list[str], title: str, reference: float | None
) -> Figure:
    """Bars of `value`; hatched where the returns behind it are thin."""
    values = [None if pd.isna(value) else float(value) for value in rates["value"]]
    bar = {
        "type": "bar",
        "orientation": "h",
        "x": values,
        "y": labels,
        "text": texts,
        "textposition": [
            "outside" if value is None or value < ROOM else "auto" for value in values
        ],
        "insidetextanchor": "start",
        "textangle": 0,
        "insidetextfont": {"color": palette.DARK_INK},
        "cliponaxis": False,
        "hovertext": texts,
        "hoverinfo": "y+text",
        "marker": {
            "color": palette.SHARE,
            "pattern": {
                "shape": [palette.HATCH if is_thin(c) else "" for c in rates["completeness"]],
                "fillmode": "overlay",
                "fgopacity": 0.3,
            },
        },
    }
    highest = max([LOWEST_ROOM, *(value for value in values if value is not None)])
    return {
        "data": [bar],
        "layout": figure_layout(
            28 * len(labels) + 70,
            margin=TO_THE_END,
            xaxis={
                "range": [0, highest],
                "tick0": 0,
                "dtick": 0.5 * math.ceil(highest / 2),  # the whole is always named
                "tickformat": ".0%",
                "title": {"text": title},
                "fixedrange": True,
            },
            yaxis={
                "autorange": "reversed",
                "type": "category",
                "automargin": True,
                "fixedrange": True,
            },
            shapes=_reference_line(reference),
        ),
    }


def _reference_line(value: float | None) -> list[dict[str, object]]:
    if value is None or pd.isna(value):
        return []
    place = {"x0": value, "x1": value, "y0": 0, "y1": 1, "yref": "paper"}
    line = {"color": palette.WARNING, "width": 2, "dash": REFERENCE}
    return [{"type": "line", "line": line, **place}]
