"""Reviews in the months ahead: a mean of the same months before, and of how many years."""

import math
from datetime import date

import pytest
from builders import E1, E2, EAST, LITTER, W1, WELLS, WEST, make_case, make_fact, make_snapshot

from registry.errors import UsageError
from registry.measures.grouping import Selection
from registry.measures.review_ahead import months_ahead
from registry.window import Window

MARCH = Window(202303, 202303)
SPRING = Window(202302, 202304)
RETURNED = [
    (unit, year * 100 + month) for unit in (E1, E2) for year in (2021, 2022) for month in (2, 3)
]


def sent(*requested: str, unit: str = E1, powers=(LITTER,)):
    return [
        make_fact(unit, *powers, review_requested_on=date.fromisoformat(day)) for day in requested
    ]


FACTS = [
    *sent("2021-03-01", "2021-03-31", "2022-03-15", "2022-03-16", "2022-03-17", "2022-02-28"),
    *sent("2022-03-01", unit=E2),
]


def ahead(window=MARCH, by=("city",), facts=FACTS, returned=RETURNED, **chosen):
    """(numerator, denominator, value) of each record, NaN as None."""
    table = months_ahead(make_snapshot(facts, returned), window, by, selection=Selection(**chosen))
    columns = table[["numerator", "denominator", "value"]].itertuples(index=False)
    return [(n, d, None if math.isnan(v) else v) for n, d, v in columns]


def test_a_month_is_the_mean_of_the_same_month_of_earlier_years():
    assert ahead() == [(6, 2, 3)]
    assert ahead(unit=(E1,)) == [(5, 2, 2.5)]


def test_every_month_asked_for_has_a_record_and_unseen_ones_have_no_value():
    assert ahead(SPRING) == [(1, 2, 0.5), (6, 2, 3), (0, 0, None)]
    table = months_ahead(make_snapshot(FACTS, RETURNED), SPRING)
    assert list(table.columns[:2]) == ["city", "month"]
    assert table["month"].tolist() == ["2023-02", "2023-03", "2023-04"]


def test_a_year_without_a_return_is_no_observation():
    assert ahead(returned=[(E1, 202203)], district=(EAST,)) == [(4, 1, 4)]
    table = months_ahead(make_snapshot(FACTS, [(E1, 202203)]), MARCH, ["district"])
    assert table["district"].tolist() == [EAST, WEST]
    assert table["denominator"].tolist() == [1, 0]
    # EAST has two units, and the register's months begin in 2021-01: four returns are due.
    assert table["completeness"].tolist() == [0.25, 0]


def test_only_months_before_the_window_count():
    assert ahead(Window(202203, 202203)) == [(2, 1, 2)]
    assert ahead(Window(202003, 202003)) == []


def test_powers_are_told_apart_where_asked():
    facts = sent("2022-03-15", powers=(LITTER, WELLS))
    assert ahead(facts=facts, by=["power"]) == [(1, 2, 0.5), (0, 2, 0), (1, 2, 0.5), (0, 2, 0)]


def test_a_nil_return_is_an_observation_of_zero():
    assert ahead(facts=[], returned=[(W1, 202203)], unit=(W1,)) == [(0, 1, 0)]


def test_grouping_by_time_is_refused():
    with pytest.raises(UsageError, match="--by year"):
        ahead(by=["year"])


def test_the_command_lists_the_months_after_the_last_return(command_line):
    rows = [
        make_case(
            case_no=f"〔{year}〕1号",
            decided_on=f"{year}-03-05",
            review_requested_on=f"{year}-03-01",
            review_completed_on=f"{year}-03-02",
        )
        for year in (2021, 2022)
    ]
    path = command_line.log("years.csv", rows)
    command_line.records("import", path, "--district", EAST, "--months", "2021-03..2022-12")
    outcome = command_line.run("review", "--ahead", "4", "--by", "district", "--format", "json")
    east = [r for r in outcome.records if r["district"] == EAST]
    assert [r["month"] for r in east] == ["2023-01", "2023-02", "2023-03", "2023-04"]
    assert [(r["denominator"], r["value"]) for r in east] == [(1, 0), (1, 0), (2, 1), (2, 0)]
    assert "只是外推" in outcome.stderr
    command_line.refusal("review", "--ahead", "4", "--waiting", exit_code=2)
