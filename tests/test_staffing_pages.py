"""Staffing in words and charts: what missing returns do to a share, and what they do not."""

import pandas as pd

from registry import share_charts, staffing_wording
from registry.cli.figures import _value_text
from registry.measures.cards import CARDS

STEPS = ("in_post", "front_line")
THIN = pd.DataFrame(
    {
        "measure": STEPS,
        "month": ["2021-01", "2021-02"],
        "numerator": [9, 6],
        "denominator": 10,
        "value": [0.9, 0.6],
        "completeness": 0.95,
    }
)


def test_a_share_of_incomplete_returns_is_no_lower_bound_on_page_and_command_line():
    said = [*share_charts.waterfall_chart(THIN, STEPS, None).table.iloc[:, 0]]
    assert said == ["90.0 %(9/10)", "60.0 %(6/10)"]
    assert staffing_wording.waterfall_finding(THIN) == "编制在编 90.0 %(9/10),到一线 60.0 %(6/10)"
    assert "至少" not in staffing_wording.front_line_trend(THIN)
    assert _value_text(0.6, 0.95, CARDS["staffing.front_line"].reads) == "60.0 %"


def test_a_share_that_nobody_returned_is_missing():
    rates = THIN.assign(value=float("nan"), completeness=0.0)
    chart = share_charts.place_chart(
        rates, "month", {month: month for month in THIN["month"]}, "", None
    )
    assert chart.table.iloc[:, 0].tolist() == ["缺报", "缺报"]
    assert chart.figure["data"][0]["x"] == [None, None]
