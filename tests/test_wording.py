"""Numbers and frames into words: a rate never travels without its fraction, missing is not zero."""

import ast
from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from registry import wording
from registry.adjustment.policy import read_policy
from registry.language import speaking
from registry.settings import ROOT
from registry.window import Window

NAMES = {"a": "甲部门", "b": "乙部门"}


def rates(*rows: tuple[str, float, int, int, float], group: str = "department") -> pd.DataFrame:
    columns = [group, "value", "numerator", "denominator", "completeness"]
    return pd.DataFrame(rows, columns=columns)


def test_a_rate_is_shown_with_its_fraction() -> None:
    assert wording.rate_text(185 / 393, 185, 393) == "47.1\xa0% (185/393)"


def test_a_rate_is_written_as_the_language_does() -> None:
    with speaking("en"):
        assert wording.rate_text(185 / 393, 185, 393) == "47.1\xa0%\xa0(185/393)"
        assert wording.rate_text(0.5, 2, 4, 0.99) == "at least 50.0\xa0%\xa0(2/4)"
        assert wording.period_text("2020-Q3") == "Q3 2020"
        assert wording.sentences("One.", "Two.") == "One. Two."


def test_a_rate_on_incomplete_returns_is_a_lower_bound() -> None:
    assert wording.rate_text(0.5, 2, 4, 0.99) == "至少 50.0\xa0% (2/4)"


def test_a_bound_says_something_or_is_none() -> None:
    """At least nothing is no finding, and more than all there is not."""
    assert wording.rate_text(0.0, 0, 4, 0.5) == "未见，有缺报 (0/4)"
    assert wording.rate_text(0.0, 0, 4) == "0.0\xa0% (0/4)"
    assert wording.rate_text(1.0, 4, 4, 0.5) == "100.0\xa0% (4/4)"
    assert wording.bound_text("0", 0, 0.5) == "未见，有缺报"
    with speaking("en"):
        assert wording.rate_text(0.0, 0, 4, 0.5) == "none seen, returns missing\xa0(0/4)"


def test_a_percent_stays_with_its_number_and_thousands_are_parted() -> None:
    assert wording.percent_text(0.471) == "47.1\xa0%"
    assert wording.rate_text(0.5, 1289, 2578) == "50.0\xa0% (1,289/2,578)"


@pytest.mark.parametrize("path", sorted((ROOT / "registry").rglob("*.py")), ids=lambda p: p.stem)
def test_percents_are_written_in_one_place(path: Path) -> None:
    """No other module formats one by itself, nor writes a sign behind a number."""
    if path.stem == "wording":
        return
    tree = ast.parse(path.read_text(encoding="utf-8"))
    formats = [node.format_spec for node in ast.walk(tree) if isinstance(node, ast.FormattedValue)]
    written = [ast.unparse(form) for form in formats if form is not None]
    assert [form for form in written if form.rstrip("'\"").endswith("%")] == []


def test_a_missing_rate_is_never_zero() -> None:
    assert wording.rate_text(float("nan"), 0, 4, 0) == "缺报"


def test_under_the_policys_limit_a_rate_is_greyed_and_at_the_limit_it_is_not() -> None:
    limit = read_policy().completeness_limit
    assert wording.is_thin(limit - 0.001)
    assert not wording.is_thin(limit)
    assert wording.limit_text() == f"{limit:.0%}".replace("%", "\xa0%")


def test_periods_have_names() -> None:
    codes = ("2020-07", "2020-Q3", "2020")
    assert [wording.period_text(code) for code in codes] == ["2020年7月", "2020年第3季度", "2020年"]


def test_a_reported_rate_keeps_its_digits() -> None:
    assert [wording.reported_text(v) for v in (0.47, 0.57, 0.855)] == [
        "47\xa0%",
        "57\xa0%",
        "85.5\xa0%",
    ]


def test_what_stands_behind_a_figure_names_window_day_and_completeness() -> None:
    returns = rates(("city", 0.75, 3, 4, 0.75), group="city")
    assert wording.basis_text(Window(202007, 202010), returns) == (
        "期间 2020年7月至2020年10月；截至 2020年10月31日；报送完整度 75.0\xa0% (3/4)。"
    )


def test_a_window_of_one_month_and_without_dues_has_words_too() -> None:
    assert wording.basis_text(Window(202007, 202007), rates()) == (
        "期间 2020年7月；截至 2020年7月31日；报送完整度 无应报月份。"
    )


def test_the_spread_leaves_out_districts_that_returned_too_little() -> None:
    frame = rates(("a", 0.1, 1, 10, 0.5), ("a", 0.2, 2, 10, 1), ("a", 0.4, 4, 10, 1))
    assert wording.spread_finding(frame, "a", NAMES) == (
        "报送充分的 2 个区，甲部门职权履行率在 20.0\xa0% (2/10) 与 40.0\xa0% (4/10) 之间"
    )


def test_without_enough_returns_nothing_is_compared() -> None:
    frame = rates(("a", 0.1, 1, 10, 0.5))
    assert wording.spread_finding(frame, "a", NAMES) == "报送不足，各区甲部门职权履行率尚不能比较"


def test_a_department_is_unused_only_where_something_was_returned() -> None:
    nan = float("nan")
    assert wording.unused_finding(rates(("a", 0, 0, 3, 1), ("b", 0.5, 1, 2, 1)), NAMES) == (
        "期间内未见行使记录的来源部门：甲部门"
    )
    assert wording.unused_finding(rates(("a", nan, 0, 3, 0)), NAMES) == "期间内没有任何报送"
    assert "每个" in wording.unused_finding(rates(("b", 0.5, 1, 2, 1)), NAMES)


def test_the_trend_speaks_of_months_with_enough_returns() -> None:
    frame = rates(
        ("2020-07", 0.2, 2, 10, 1),
        ("2020-08", 0.4, 4, 10, 1),
        ("2020-09", 0.1, 1, 10, 0.3),
        group="month",
    )
    assert wording.trend_finding(frame) == (
        "报送充分的月份，全市每月行使过 2 至 4 项职权；2020年8月：40.0\xa0% (4/10)"
    )
    assert wording.trend_finding(frame.iloc[2:]) == "各月报送都不足 90\xa0%，趋势仅供参考"
    assert wording.trend_finding(frame.iloc[:1]) == "2020年7月全市职权履行率：20.0\xa0% (2/10)"


def test_missing_returns_are_counted_by_district() -> None:
    frame = rates(("d", 1, 4, 4, 1), ("e", 0.5, 2, 4, 0.5), group="district")
    assert wording.completeness_finding(frame) == "2 个区中 1 个有缺报"
    assert wording.completeness_finding(frame.iloc[:1]) == "1 个区全部报送齐全"


def test_what_is_held_is_compared_with_what_was_reported() -> None:
    day = date(2020, 10, 31)

    def finding(held: int, reported: float) -> str:
        return wording.held_finding(pd.DataFrame({"held": [held], "reported": [reported]}), day)

    assert finding(431, 431) == "截至2020年10月31日持有 431 项职权，与报告所载一致"
    assert finding(411, 431) == "截至2020年10月31日持有 411 项职权，报告所载为 431 项"
    assert finding(9, float("nan")) == "截至2020年10月31日持有 9 项职权"


def test_the_overview_names_the_powers_that_its_rate_is_of() -> None:
    """More were held during the window than on its last day."""
    held = pd.DataFrame({"held": [8], "reported": [float("nan")]})
    city = rates(("city", 0.4, 4, 10, 1.0), group="city")
    returns = rates(("D1", 1.0, 1, 1, 1.0), group="district")
    words = wording.summary(held, city, returns, Window(202007, 202010), date(2020, 10, 31))
    assert words.startswith(
        "截至2020年10月31日持有 8 项职权；2020年7月至2020年10月先后持有 10 项，"
        "各街道、乡镇行使过 4 项，全市合并履行率40.0\xa0% (4/10)"
    )
