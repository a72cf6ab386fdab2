"""Deciles of units' own rates → chart: units beside their like, no unit named."""

import pandas as pd

from registry import palette
from registry.charts import Chart, Figure, figure_layout
from registry.language import N_, _
from registry.wording import Names, percent_text, rate_name

BAND_NAMES = {
    "under_50": N_("每年不足 50 件"),
    "50_199": N_("每年 50 至 199 件"),
    "200_999": N_("每年 200 至 999 件"),
    "1000_and_over": N_("每年 1,000 件以上"),
}


def decile_chart(deciles: pd.DataFrame, kinds: Names) -> Chart:
    """One line a group of like units: its deciles, the median marked."""
    reading = _(
        "每行是同类别、同案件量的一组街道、乡镇；九个点是它们各自比率的十分位，大点是中位数。"
        "案件多的单位用到的职权自然更多，所以只在同组内比较。"
    )
    deciles = in_order(deciles, kinds)
    labels = [_group(row, kinds) for row in deciles.to_dict("records")]
    points = [name for name in deciles.columns if name.startswith("p")]
    table = deciles.assign(**{name: deciles[name].map(percent_text) for name in points})
    table = table.drop(columns=["unit_kind", "volume_band"]).rename(columns={"units": _("单位数")})
    return Chart(
        _figure(deciles, labels, points),
        reading,
        table.set_index(pd.Index(labels, name=_("同类单位"))),
    )


def in_order(deciles: pd.DataFrame, kinds: Names) -> pd.DataFrame:
    """Kinds as the register has them, within each from few cases to many."""
    kind, band = list(kinds).index, list(BAND_NAMES).index
    groups = zip(deciles["unit_kind"], deciles["volume_band"], strict=True)
    places = [(kind(one), band(other)) for one, other in groups]
    return deciles.iloc[sorted(range(len(places)), key=places.__getitem__)]


def decile_finding(deciles: pd.DataFrame, min_cases: int) -> str:
    """Between which medians the groups lie."""
    if not len(deciles):
        return _("没有可比的单位")
    low, high = percent_text(deciles["p50"].min()), percent_text(deciles["p50"].max())
    name = rate_name(min_cases)
    if low == high:
        return _("{name}：同类单位的中位数都是 {rate}").format(name=name, rate=low)
    return _("{name}：同类单位的中位数在 {low} 与 {high} 之间").format(
        name=name, low=low, high=high
    )


def _group(row: dict[str, object], kinds: Names) -> str:
    return _("{kind}，{band}（{count} 个）").format(
        kind=kinds[str(row["unit_kind"])],
        band=_(BAND_NAMES[str(row["volume_band"])]),
        count=row["units"],
    )


def _figure(deciles: pd.DataFrame, labels: list[str], points: list[str]) -> Figure:
    return {
        "data": [
            {
                "type": "scatter",
                "mode": "lines+markers",
                "x": [float(row[name]) for name in points],
                "y": [label] * len(points),
                "line": {"color": palette.RATE, "width": 2},
                "cliponaxis": False,
                "marker": {
                    "color": palette.RATE,
                    "size": [14 if name == "p50" else 6 for name in points],
                },
                "hovertext": [
                    _("{label}<br>第 {rank} 百分位 {rate}").format(
                        label=label, rank=name[1:], rate=percent_text(row[name])
                    )
                    for name in points
                ],
                "hoverinfo": "text",
            }
            for label, row in zip(labels, deciles.to_dict("records"), strict=True)
        ],
        "layout": figure_layout(
            46 * len(labels) + 90,
            xaxis={
                "title": {"text": _("单位自身的比率（%）")},
                "tickformat": "~%",
                "rangemode": "tozero",
                "fixedrange": True,
            },
            yaxis={
                "type": "category",
                "autorange": "reversed",
                "automargin": True,
                "fixedrange": True,
                "tickfont": {"size": 11},
            },
        ),
    }
