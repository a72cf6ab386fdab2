"""Legal review in words and charts: what a limit, a missing figure and a what-if look like."""

import numpy as np
import pandas as pd
from builders import WAITING, make_case
from streamlit.testing.v1 import AppTest

from registry import review_charts, review_wording, simulation_wording, wording
from registry.language import speaking
from registry.measures.distribution import deciles_of
from registry.measures.judicial_offices import NO_REVIEWER
from registry.settings import ROOT
from registry.window import Window

DAYS = pd.DataFrame(
    {
        "working_days": [0, 5, 6],
        "numerator": [2, 5, 3],
        "denominator": 10,
        "value": [0.2, 0.5, 0.3],
        "completeness": 0.9,
    }
)
MONTHS = pd.DataFrame(
    {
        "month": ["2023-07", "2023-08"],
        "numerator": [30, 0],
        "denominator": [2, 0],
        "value": [15.0, np.nan],
        "completeness": [1.0, np.nan],
    }
)


def test_only_what_took_longer_than_the_limit_is_marked_late():
    chart = review_charts.turnaround_chart(DAYS, limit=5)
    (bars,) = chart.figure["data"]
    assert bars["y"] == [2, 5, 3]
    assert [bool(shape) for shape in bars["marker"]["pattern"]["shape"]] == [False, False, True]
    assert chart.figure["layout"]["shapes"][0]["x0"] == 5.5
    assert chart.table.iloc[:, 0].tolist() == [
        "20.0\xa0% (2/10)",
        "50.0\xa0% (5/10)",
        "30.0\xa0% (3/10)",
    ]


def test_a_month_without_earlier_returns_is_no_bar():
    chart = review_charts.ahead_chart(MONTHS)
    assert chart.figure["data"][0]["y"] == [15.0, None]
    assert chart.table["送审（件）"].tolist() == ["15.00", "—"]
    assert review_wording.ahead_finding(MONTHS).endswith("2023年7月：约 15 件")
    assert "无从预估" in review_wording.ahead_finding(MONTHS[1:])
    assert wording.ahead_basis(Window(202307, 202308), MONTHS[1:]).endswith("无应报月份。")


def test_deciles_are_values_that_occur_and_missing_without_any():
    assert deciles_of(pd.Series([4.0, 1.0, np.nan, 3.0, 2.0]))[4] == 2.0
    assert np.isnan(deciles_of(pd.Series([np.nan]))).all()


def offices(scenario, *rows, unit="A"):
    """(load, share late, reason) of each office under a scenario."""
    return pd.DataFrame(
        [
            {
                "district": "D",
                "unit": unit and f"{unit}{n}",
                "scenario": scenario,
                "load": load,
                "share_late": late,
                "mean_wait": late,
                "reviewers": np.nan if reason else 1.0,
                "reason": reason,
            }
            for n, (load, late, reason) in enumerate(rows)
        ]
    )


WORLD = pd.concat(
    [
        offices("now", (0.5, 0.1, ""), (0.9, 0.6, ""), (np.nan, np.nan, NO_REVIEWER)),
        offices("more_powers", (0.8, 0.2, ""), (1.2, 0.95, ""), (np.nan, np.nan, NO_REVIEWER)),
        offices("now", (0.7, 0.35, ""), unit=""),
        offices("pooled", (0.7, 0.2, ""), unit=""),
    ]
)


def test_a_what_if_counts_offices_that_never_catch_up_or_are_mostly_late():
    assert simulation_wording.finding(WORLD) == (
        "再下放 30 项职权，2 个司法所中审不完的 1 个（现在 0 个），过半超时限的 1 个（现在 1 个）"
    )
    table = simulation_wording.scenario_table(WORLD)
    assert table.loc["再下放 30 项职权"].tolist() == ["2", "1", "1", "1"]


def test_an_office_that_cannot_be_simulated_says_why():
    table = simulation_wording.office_table(WORLD, {f"A{n}": f"街{n}" for n in range(3)})
    assert table["再下放 30 项职权"].tolist() == ["20.0\xa0%", "95.0\xa0%，审不完", "没有审核人员"]
    assert table["审核人员（名）"].tolist() == ["1", "1", "—"]
    nothing = WORLD[WORLD["reason"].ne("")]
    assert "没有可推演的司法所" in simulation_wording.finding(nothing)


def test_a_district_stands_as_it_is_beside_pooled():
    with speaking("en"):
        table = simulation_wording.district_table(WORLD, {"D": "East"})
    assert table.loc["East"].tolist() == ["35.0\xa0%", "20.0\xa0%", "0.35", "0.20"]


def test_the_median_of_the_headline_says_of_how_many_reviews():
    found = pd.DataFrame(
        {
            "measure": ["on_time", "turnaround_median", "decided_without_review"],
            "numerator": [2, np.nan, 1],
            "denominator": [3, 3, 1],
            "value": [2 / 3, 4, 1],
            "completeness": 1.0,
        }
    )
    assert review_wording.headline(found)["审核用时中位数"] == "4 个工作日（3 件）"


def test_months_without_a_review_have_no_busiest():
    assert review_wording.ahead_finding(MONTHS.assign(value=0.0)) == "往年同月没有送审"


def test_cases_that_do_not_say_whether_review_is_needed_are_told_apart():
    row = {"measure": ["review_unknown"], "numerator": [3], "denominator": [4], "value": [0.75]}
    found = pd.DataFrame(row | {"completeness": 1.0})
    assert "是否应审未注明的处罚和强制 75.0\xa0% (3/4)" in review_wording.unknown_text(found)
    assert review_wording.unknown_text(found.assign(value=0.0)) == ""
    assert review_wording.unknown_text(found.assign(value=np.nan)) == ""


def test_what_waits_and_what_was_not_reviewed_stand_together_also_when_equally_long(page_register):
    unreviewed = {"review_required": "yes", "case_no": "漏1号"}
    page_register.send([make_case(case_no="等1号", **WAITING), make_case(**unreviewed)])
    page = AppTest.from_file(str(ROOT / "pages" / "review.py"), default_timeout=60)
    for key, value in {"from": "2021-01", "to": "2021-03", "as_of": "2021-03-31"}.items():
        page.query_params[key] = value
    page.run()
    assert not page.exception
    lists = [len(one.value) for one in page.table if "district" in str(one.value.index[0])]
    assert lists == [1, 1]
