"""Charts say in words and shapes what they say in colour, and never draw missing as zero."""

import pandas as pd
import plotly.graph_objects as go

from registry import charts, palette
from registry.language import speaking
from registry.server import streamlit_options

NAN = float("nan")
NAMES = {"district": {"d": "丁区", "e": "戊区"}}
MONTHS = pd.DataFrame(
    [("2020-07", 0.5, 2, 4, 1.0), ("2020-08", NAN, 0, 4, 0.0), ("2020-09", 0.25, 1, 4, 0.5)],
    columns=["month", "value", "numerator", "denominator", "completeness"],
)
RETURNS = pd.DataFrame(
    [("d", 1.0, 4, 4, 1.0, 1), ("e", 0.0, 0, 4, 0.0, 0)],
    columns=["district", "value", "numerator", "denominator", "completeness", "flagged"],
)


def test_every_figure_is_one_that_plotly_accepts() -> None:
    for figure in (
        charts.rate_line(MONTHS),
        charts.completeness_bars(RETURNS, "district", NAMES["district"]),
    ):
        go.Figure(figure)


def test_the_themes_colours_are_the_palettes() -> None:
    assert tuple(streamlit_options()["theme.chartCategoricalColors"]) == palette.SERIES


def test_the_words_of_a_cell_stand_out_from_its_shade() -> None:
    for step in range(101):
        shade = palette.rate_color(step / 100)
        assert palette.contrast(palette.ink_on(shade), shade) >= 4.5
    assert palette.contrast(palette.THIN_INK, palette.THIN) >= 4.5


def test_a_month_without_returns_leaves_a_gap() -> None:
    line, bars = charts.rate_line(MONTHS)["data"]
    assert line["y"] == [0.5, None, 0.25]
    assert line["connectgaps"] is False
    assert bars["y"] == [1.0, 0.0, 0.5]


def test_a_thin_month_has_a_hollow_mark_and_a_hatched_bar() -> None:
    line, bars = charts.rate_line(MONTHS)["data"]
    assert line["marker"]["symbol"] == ["circle", "circle-open", "circle-open"]
    assert bars["marker"]["pattern"]["shape"] == ["", "/", "/"]


def test_hovering_shows_the_month_in_chinese_and_the_fraction() -> None:
    line, _bars = charts.rate_line(MONTHS)["data"]
    assert line["hovertext"] == [
        "2020年7月<br>50.0\xa0% (2/4)",
        "2020年8月<br>缺报",
        "2020年9月<br>至少 25.0\xa0% (1/4)",
    ]


def test_in_english_the_same_is_said_in_english() -> None:
    with speaking("en"):
        line, _bars = charts.rate_line(MONTHS)["data"]
    assert line["hovertext"] == [
        "July 2020<br>50.0\xa0%\xa0(2/4)",
        "August 2020<br>missing",
        "September 2020<br>at least 25.0\xa0%\xa0(1/4)",
    ]


def test_completeness_is_written_beside_each_bar() -> None:
    (bar,) = charts.completeness_bars(RETURNS, "district", NAMES["district"])["data"]
    assert bar["text"] == ["100.0\xa0% (4/4)", "0.0\xa0% (0/4)"]
    assert bar["y"] == ["丁区", "戊区"]
    assert bar["marker"]["pattern"]["shape"] == ["", "/"]


def test_tables_carry_the_same_words() -> None:
    trend = charts.rate_trend(MONTHS).table
    assert trend.loc["2020年8月"].tolist() == ["缺报", "0.0\xa0%"]
    returns = charts.returns_chart(RETURNS, "district", NAMES["district"]).table
    assert returns.loc["丁区"].tolist() == ["100.0\xa0% (4/4)", "4", "4", "1"]


def test_a_list_without_reported_figures_shows_only_what_is_held() -> None:
    rows = pd.DataFrame({"label": ["合计"], "held": [8], "reported": [NAN]})
    assert charts.held_table(rows).columns.tolist() == ["本台账（项）"]
    both = charts.held_table(rows.assign(reported=9.0))
    assert both.loc["合计"].tolist() == ["8", "9", "不一致"]


STATES = pd.DataFrame(
    [
        ("used", "a", 327, 380, 327 / 380),
        ("dormant", "a", 0, 380, 0.0),
        ("no_case_seen", "a", 53, 380, 53 / 380),
    ],
    columns=["state", "department", "numerator", "denominator", "value"],
)


def test_the_legend_follows_the_parts_of_a_bar() -> None:
    figure = charts.dormancy_chart(STATES, {"a": "甲部门"}).figure
    assert [bar["name"] for bar in figure["data"]] == ["用过", "休眠", "未见案件（有缺报）"]
    assert figure["layout"]["legend"]["traceorder"] == "normal"


def test_a_narrow_part_of_a_bar_has_its_numerator_only() -> None:
    figure = charts.dormancy_chart(STATES, {"a": "甲部门"}).figure
    assert [bar["text"] for bar in figure["data"]] == [["327/380"], [""], ["53"]]
