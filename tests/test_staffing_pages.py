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
    assert said == ["90.0\xa0% (9/10)", "60.0\xa0% (6/10)"]
    assert (
        staffing_wording.waterfall_finding(THIN)
        == "编制在编 90.0\xa0% (9/10)，到一线 60.0\xa0% (6/10)"
    )
    assert "至少" not in staffing_wording.front_line_trend(THIN)
    assert _value_text(0.6, 0.95, CARDS["staffing.front_line"].reads) == "60.0\xa0%"


def test_a_share_that_nobody_returned_is_missing():
    rates = THIN.assign(value=float("nan"), completeness=0.0)
    chart = share_charts.place_chart(
        rates, "month", {month: month for month in THIN["month"]}, "", None
    )
    assert chart.table.iloc[:, 0].tolist() == ["缺报", "缺报"]
    assert chart.figure["data"][0]["x"] == [None, None]


def test_who_is_under_the_reported_rate_is_named_as_far_as_enough_was_returned():
    rates = pd.DataFrame(
        {
            "district": ["N1", "N2", "N3"],
            "value": [0.8, 0.9, 0.1],
            "completeness": [1.0, 1.0, 0.2],
        }
    )
    names = {"N1": "东区", "N2": "西区", "N3": "北区"}
    said = staffing_wording.under_text(rates, 0.85, "district", names)
    assert said == "低于 85\xa0% 的：东区。"
    assert staffing_wording.under_text(rates, None, "district", names) == ""
