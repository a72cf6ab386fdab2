"""Legal review → charts: turnaround, load per reviewer over the city's deciles, months ahead."""

from collections.abc import Sequence

import pandas as pd

from registry import palette
from registry.charts import Chart, Figure, figure_layout
from registry.language import _
from registry.window import month_start, parse_month
from registry.wording import Names, is_thin, period_text, ratio_text, share_text


def turnaround_chart(days: pd.DataFrame, limit: int) -> Chart:
    """How many reviews took how many working days; what is late has a pattern too.

    days: as `turnaround_distribution` gives it for one place. limit: working days allowed.
    """
    reading = _(
        "每一柱是用了这么多个工作日的审结件数，0 为当日审结；虚线是时限 {limit} 个工作日，"
        "线右的斜纹柱为超时限。"
    ).format(limit=limit)
    table = pd.DataFrame(
        {_("件数（占审结件）"): [share_text(row) for _i, row in days.iterrows()]},
        index=pd.Index(
            [_("{days} 个工作日").format(days=n) for n in days["working_days"]], name=_("用时")
        ),
    )
    late = days["working_days"].gt(limit)
    bars = {
        "type": "bar",
        "x": days["working_days"].tolist(),
        "y": days["numerator"].tolist(),
        "marker": {
            "color": [palette.WARNING if over else palette.RATE for over in late],
            "pattern": {"shape": [palette.HATCH if over else "" for over in late]},
        },
        "hovertext": [
            f"{label}<br>{text}" for label, text in zip(table.index, table.iloc[:, 0], strict=True)
        ],
        "hoverinfo": "text",
    }
    figure = _figure([bars], _("工作日"), _("件"), [_upright(limit + 0.5, palette.WARNING, "dash")])
    figure["layout"]["xaxis"] |= {"range": [-0.5, max([limit + 1, *days["working_days"]]) + 0.5]}
    return Chart(figure, reading, table)


def ahead_chart(months: pd.DataFrame) -> Chart:
    """Reviews to be expected in each month to come, as the same months of earlier years were."""
    reading = _(
        "每一柱是往年同一月份送审件数的平均；只是外推，不是预测。斜纹为往年报送不足，空缺为往年没有报送。"
    )
    table = pd.DataFrame(
        {
            _("送审（件）"): ["—" if pd.isna(v) else ratio_text(v) for v in months["value"]],
            _("往年同月（年数）"): months["denominator"].map(str).tolist(),
        },
        index=pd.Index([period_text(code) for code in months["month"]], name=_("月份")),
    )
    shares = months["completeness"]
    bars = {
        "type": "bar",
        "x": [month_start(parse_month(code)).isoformat() for code in months["month"]],
        "y": [None if pd.isna(value) else float(value) for value in months["value"]],
        "marker": {
            "color": palette.RATE,
            "pattern": {"shape": [palette.HATCH if is_thin(share) else "" for share in shares]},
        },
        "hovertext": [
            f"{label}<br>{text}" for label, text in zip(table.index, table.iloc[:, 0], strict=True)
        ],
        "hoverinfo": "text",
    }
    figure = _figure([bars], "", _("件"), [])
    figure["layout"]["xaxis"] |= {"tickformat": _("%-m月<br>%Y年"), "dtick": "M1", "tickangle": 0}
    return Chart(figure, reading, table)


def load_chart(loads: pd.DataFrame, city_deciles: Sequence[float], names: Names) -> Chart:
    """The chosen offices' reviews per reviewer and month as points over the city's deciles.

    names: of the offices to be named; the others are points only.
    """
    known = loads.dropna(subset=["value"])
    reading = _("每个点是一个司法所每名审核人员每月收到的件数；竖线是全市各司法所的九个十分位。")
    points = {
        "type": "scatter",
        "mode": "markers",
        "x": known["value"].tolist(),
        "y": [""] * len(known),
        "marker": {"size": 9, "color": palette.RATE, "opacity": 0.85},
        "hovertext": [
            f"{names.get(unit, '')}<br>{ratio_text(value)}".removeprefix("<br>")
            for unit, value in zip(known["unit"], known["value"], strict=True)
        ],
        "hoverinfo": "text",
        "cliponaxis": False,
    }
    lines = [_upright(value, palette.OTHER, "dot") for value in city_deciles if not pd.isna(value)]
    index = pd.Index([_("第 {rank} 十分位").format(rank=d) for d in range(1, 10)], name=_("十分位"))
    texts = ["—" if pd.isna(value) else ratio_text(value) for value in city_deciles]
    table = pd.DataFrame({_("全市（件/人·月）"): texts}, index=index)
    return Chart(_figure([points], _("件/人·月"), "", lines, height=110), reading, table)


def _upright(place: float, color: str, dash: str) -> Figure:
    """A line from the bottom to the top of a figure."""
    line = {"color": color, "width": 2 if dash == "dash" else 1, "dash": dash}
    return {"type": "line", "x0": place, "x1": place, "y0": 0, "y1": 1, "yref": "paper"} | {
        "line": line
    }


def _figure(
    data: list[Figure], across: str, up: str, shapes: list[Figure], height: int = 260
) -> Figure:
    axis = {"fixedrange": True, "automargin": True}
    layout = figure_layout(
        height,
        xaxis={"title": {"text": across}, **axis},
        yaxis={"title": {"text": up}, "rangemode": "tozero", **axis},
        shapes=shapes,
    )
    return {"data": data, "layout": layout}
