"""Legal review → charts: the load per reviewer over the city's deciles."""

import pandas as pd

from registry import palette
from registry.charts import Chart, Figure, figure_layout
from registry.language import _
from registry.wording import Names


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
