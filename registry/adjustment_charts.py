"""Assessments → charts: demand × use, one point a power."""

from collections.abc import Mapping

import pandas as pd

from registry import palette
from registry.adjustment.rules import RECOMMENDATIONS, Limits
from registry.adjustment_wording import figure_text, recommendation_text
from registry.charts import Chart, Figure, figure_layout
from registry.language import _
from registry.wording import Names

MARKS = {
    "keep": (palette.OTHER, "circle"),
    "train": (palette.RETURNED, "triangle-up"),
    "return": (palette.WARNING, "x"),
    "differentiate": (palette.CHANGED, "diamond"),
    "delegate_more": (palette.HELD, "star"),
    "tidy_up": (palette.RATE, "square"),
}
"""Recommendation → colour and shape, so that neither says it alone."""

DEMAND, USE = "complaints_per_unit", "coverage"
PARTS = ("numerator", "denominator", "completeness")
SHOWN = [
    "power",
    *(name + part for name in (DEMAND, USE) for part in ("", *("_" + p for p in PARTS))),
]


def quadrant_chart(assessed: pd.DataFrame, limits: Limits, names: Names) -> Chart:
    """Complaints a unit and year across, share of units that use the power up; powers with both
    known. Dotted lines are the limits that part low from middle demand and narrow from wide use.
    """
    known = assessed.dropna(subset=[DEMAND, USE])
    reading = _(
        "每个点是一项职权：越靠右投诉越多，越靠上用的街乡越多；右下角是有人投诉而少有人用的，"
        "左下角是少有投诉也少有人用的。虚线是政策的限额；没有主题提到的 {count} 项不在图中。"
    ).format(count=len(assessed) - len(known))
    data = [
        _points(known[known["recommendation"].eq(code)], code, names)
        for code in RECOMMENDATIONS
        if known["recommendation"].eq(code).any()
    ]
    return Chart(_figure(data, limits), reading, _quarters(known, limits))


def _points(rows: pd.DataFrame, code: str, names: Names) -> Figure:
    color, symbol = MARKS[code]
    return {
        "type": "scatter",
        "mode": "markers",
        "name": recommendation_text(code),
        "x": rows[DEMAND].tolist(),
        "y": rows[USE].tolist(),
        "marker": {"color": color, "symbol": symbol, "size": 9, "opacity": 0.8},
        "hovertext": [_hover(row, names) for row in rows[SHOWN].to_dict("records")],
        "hoverinfo": "text",
        "cliponaxis": False,
    }


def _hover(row: Mapping[str, object], names: Names) -> str:
    figures = [_part(row, name) for name in (DEMAND, USE)]
    power = str(row["power"])
    return "<br>".join([f"{power} {names[power]}", *map(figure_text, figures)])


def _part(row: Mapping[str, object], name: str) -> dict[str, object]:
    return {"fact": name, "value": row[name]} | {p: row[f"{name}_{p}"] for p in PARTS}


def _quarters(known: pd.DataFrame, limits: Limits) -> pd.DataFrame:
    """How many powers lie on which side of both limits."""
    asked, used = known[DEMAND].ge(limits.demand_low), known[USE].ge(limits.narrow_coverage)
    rows = [
        [str(int((used.eq(u) & asked.eq(a)).sum())) for a in (False, True)] for u in (True, False)
    ]
    return pd.DataFrame(
        rows, columns=[_("投诉少"), _("投诉多")], index=pd.Index([_("用的街乡多"), _("用的街乡少")])
    )


def _figure(data: list[Figure], limits: Limits) -> Figure:
    axis = {"fixedrange": True, "automargin": True, "rangemode": "tozero"}
    layout = figure_layout(
        380,
        xaxis={"title": {"text": _("每街乡每年投诉（件）")}, **axis},
        yaxis={"title": {"text": _("职权覆盖面（%）")}, "tickformat": ".0%", **axis},
        shapes=[
            _line("x", limits.demand_low),
            _line("y", limits.narrow_coverage),
        ],
        legend={"orientation": "h", "y": -0.2},
    )
    return {"data": data, "layout": layout | {"showlegend": True}}


def _line(axis: str, value: float) -> Figure:
    across = {"x0": value, "x1": value, "y0": 0, "y1": 1, "yref": "paper"}
    up = {"y0": value, "y1": value, "x0": 0, "x1": 1, "xref": "paper"}
    line = {"color": palette.OTHER, "width": 1, "dash": "dot"}
    return {"type": "line", "line": line, **(across if axis == "x" else up)}
