"""Legal review → charts: turnaround, load per reviewer, months ahead."""

import pandas as pd

from registry import palette
from registry.charts import Chart, Figure, figure_layout
from registry.language import _
from registry.wording import Names, count_text, percent_text, period_text

MOST_DAYS = 20
"""Longer turnarounds stand together in the last bar."""


def turnaround_chart(spread: pd.DataFrame, limit: int) -> Chart:
    """Completed reviews by working days; those over the limit hatched."""
    days = spread["working_days"].clip(upper=MOST_DAYS)
    counts = spread.groupby(days)["numerator"].sum().reindex(range(MOST_DAYS + 1), fill_value=0)
    labels = [str(day) for day in range(MOST_DAYS)] + [_("{days} 及以上").format(days=MOST_DAYS)]
    total = max(int(counts.sum()), 1)
    texts = [f"{count_text(n)}({percent_text(n / total)})" for n in counts]
    reading = _("每根柱是用了这么多个工作日审结的件数;斜纹的超过 {limit} 个工作日的时限。").format(
        limit=limit
    )
    table = pd.DataFrame({_("件数"): texts}, index=pd.Index(labels, name=_("工作日")))
    bar = {
        "type": "bar",
        "x": labels,
        "y": counts.tolist(),
        "hovertext": texts,
        "hoverinfo": "x+text",
        "marker": _hatched([day > limit for day in range(MOST_DAYS + 1)]),
    }
    return Chart(_figure([bar], _("工作日"), _("审结(件)")), reading, table)


def load_chart(loads: pd.DataFrame, city: pd.DataFrame, names: Names) -> Chart:
    """The chosen offices' reviews per reviewer and month as points over the city's deciles."""
    known, everywhere = loads.dropna(subset=["value"]), city["value"].dropna()
    deciles = [everywhere.quantile(d / 10, interpolation="higher") for d in range(1, 10)]
    reading = _("每个点是一个司法所每名审核人员每月收到的件数;竖线是全市各司法所的九个十分位。")
    points = {
        "type": "scatter",
        "mode": "markers",
        "x": known["value"].tolist(),
        "y": [""] * len(known),
        "marker": {"size": 9, "color": palette.RATE, "opacity": 0.7},
        "hovertext": [
            f"{names.get(unit, '')}<br>{value:.1f}".removeprefix("<br>")
            for unit, value in zip(known["unit"], known["value"], strict=True)
        ],
        "hoverinfo": "text",
        "cliponaxis": False,
    }
    lines = [
        {
            "type": "line",
            "x0": value,
            "x1": value,
            "y0": 0,
            "y1": 1,
            "yref": "paper",
            "line": {"color": palette.OTHER, "width": 1, "dash": "dot"},
        }
        for value in deciles
        if not pd.isna(value)
    ]
    index = pd.Index([_("第 {rank} 十分位").format(rank=d) for d in range(1, 10)])
    table = pd.DataFrame(
        {_("全市(件/人·月)"): ["—" if pd.isna(v) else f"{v:.1f}" for v in deciles]}, index=index
    )
    figure = _figure([points], _("件/人·月"), "", shapes=lines, height=110)
    return Chart(figure, reading, table)


def ahead_chart(ahead: pd.DataFrame) -> Chart:
    """Requests to be expected by month, from the same months of earlier years."""
    labels = [period_text(month) for month in ahead["month"]]
    reading = _("每根柱是往年同一个月送审件数的平均;没有往年数据的月份空着。")
    table = pd.DataFrame(
        {
            _("预计送审(件)"): ["—" if pd.isna(v) else f"{v:.0f}" for v in ahead["value"]],
            _("所依据的年数"): ahead["denominator"].map(str).tolist(),
        },
        index=pd.Index(labels),
    )
    values = [None if pd.isna(v) else float(v) for v in ahead["value"]]
    bar = {"type": "bar", "x": labels, "y": values, "marker": {"color": palette.RATE}}
    return Chart(_figure([bar], _("月份"), _("送审(件)")), reading, table)


def _hatched(over: list[bool]) -> Figure:
    return {
        "color": palette.RATE,
        "pattern": {
            "shape": [palette.HATCH if late else "" for late in over],
            "fillmode": "overlay",
            "fgopacity": 0.4,
        },
    }


def _figure(
    data: list[Figure],
    across: str,
    up: str,
    shapes: list[Figure] | None = None,
    height: int = 260,
) -> Figure:
    axis = {"fixedrange": True, "automargin": True}
    layout = figure_layout(
        height,
        xaxis={"title": {"text": across}, **axis},
        yaxis={"title": {"text": up}, "rangemode": "tozero", **axis},
        shapes=shapes or [],
    )
    return {"data": data, "layout": layout}
