"""What-if on legal review: what each scenario does to an office, and what it says of others."""

import time
from datetime import date, timedelta

import builders
import numpy as np
import pandas as pd
import pytest
from builders import (
    DYKES,
    E1,
    E2,
    EAST,
    W1,
    W2,
    WEST,
    make_case,
    make_catalogue,
    make_fact,
    make_snapshot,
    make_staffing,
    make_unit,
)

from registry import db, models
from registry.adjustment.policy import read_policy
from registry.errors import UsageError
from registry.measures.grouping import Selection
from registry.measures.simulate import COLUMNS, SCENARIOS, simulate
from registry.window import Window

YEAR = Window(202101, 202112)
MONTHS = YEAR.months


def reviews(unit: str, count: int, days: int = 3):
    """Reviews of a unit requested evenly over the year, each completed `days` days later."""
    asked = [date(2021, 1, 1) + timedelta(days=int(360 / count * n)) for n in range(count)]
    return [
        make_fact(
            unit,
            review_required="yes",
            review_requested_on=day,
            review_completed_on=day + timedelta(days=days),
        )
        for day in asked
    ]


def world(facts, reviewers, returned=builders.UNITS, months=MONTHS, **more):
    """reviewers: by unit, in every month of the year."""
    staff = [(unit, month, n) for unit, n in reviewers.items() for month in MONTHS]
    return make_snapshot(
        facts,
        [(unit, month) for unit in returned for month in months],
        returns=make_staffing(make_catalogue(**more), *staff),
        **more,
    )


@pytest.fixture(scope="module")
def busy():
    """E1 with two reviewers and 240 reviews, E2 with one and 24; W1 says nothing of reviewers,
    W2 has no review."""
    facts = [*reviews(E1, 240, days=4), *reviews(E2, 24, days=2), *reviews(W1, 30)]
    return world(facts, {E1: 2, E2: 1, W2: 1})


def figures(table, scenario, unit) -> pd.Series:
    (row,) = table[table["scenario"].eq(scenario) & table["unit"].eq(unit)].to_dict("records")
    return pd.Series(row)


def test_every_office_has_a_record_for_every_scenario(busy):
    table = simulate(busy, YEAR)
    assert list(table.columns) == list(COLUMNS)
    offices = table[table["unit"].ne("")]
    for name in SCENARIOS[:4]:
        assert offices["unit"][offices["scenario"].eq(name)].tolist() == [E1, E2, W1, W2]
    districts = table[table["unit"].eq("")]
    pairs = list(zip(districts["scenario"], districts["district"], strict=True))
    assert pairs == [("now", EAST), ("now", WEST), ("pooled", EAST), ("pooled", WEST)]


@pytest.mark.parametrize("days", [0, 1, 4, 9, 20])
@pytest.mark.parametrize("count", [6, 60, 400])
def test_the_simulated_median_is_the_observed_one(count, days):
    snapshot = world([*reviews(E1, count, days), *reviews(E2, 24, 3)], {E1: 2, E2: 1})
    table = simulate(snapshot, YEAR, scenarios=["now"])
    for unit in (E1, E2):
        office = figures(table, "now", unit)
        assert office["simulated_median"] == office["observed_median"]
        assert 0 < office["hours"] < 400


def test_an_office_with_less_work_takes_more_hours_for_the_same_turnaround():
    """The same median without waiting can only be longer work."""
    facts = [*reviews(E1, 400, days=7), *reviews(E2, 12, days=7)]
    table = simulate(world(facts, {E1: 1, E2: 1}), YEAR, scenarios=["now"])
    e1, e2 = (figures(table, "now", unit) for unit in (E1, E2))
    assert e1["hours"] < e2["hours"] / 2
    assert e1["load"] > e2["load"]
    assert e1["mean_wait"] > e2["mean_wait"]


def test_scenarios_move_the_wait_the_way_they_must(busy):
    table = simulate(busy, YEAR)
    for unit in (E1, E2):
        now, more, one_more = (
            figures(table, name, unit) for name in ("now", "more_powers", "one_more")
        )
        assert one_more["mean_wait"] < now["mean_wait"] < more["mean_wait"]
        assert one_more["share_late"] <= now["share_late"] <= more["share_late"]
        assert one_more["reviewers"] == now["reviewers"] + 1
        assert one_more["hours"] == now["hours"] == more["hours"]
    fewer = figures(table, "one_fewer", E1)
    assert fewer["mean_wait"] > figures(table, "now", E1)["mean_wait"]
    assert fewer["load"] == pytest.approx(2 * figures(table, "now", E1)["load"])


def test_thirty_more_powers_bring_as_many_reviews_as_thirty_of_the_present_ones(busy):
    table = simulate(busy, YEAR, scenarios=["now", "more_powers"])
    now, more = (figures(table, name, E1) for name in ("now", "more_powers"))
    assert now["reviews_a_month"] == pytest.approx(20)
    # Four powers held bring 20 a month, 5 each; thirty more bring 150.
    assert more["reviews_a_month"] == pytest.approx(20 + 30 * 5)


@pytest.mark.parametrize(("unit", "reason"), [(W1, "reviewers_unknown"), (W2, "no_reviews")])
def test_an_office_that_cannot_be_simulated_says_why(busy, unit, reason):
    office = figures(simulate(busy, YEAR), "now", unit)
    assert office["reason"] == reason
    assert office[["share_late", "mean_wait", "load", "hours"]].isna().all()


def test_the_last_reviewer_lost_is_a_reason_and_a_first_one_is_a_figure():
    table = simulate(world(reviews(E1, 24) + reviews(E2, 24), {E1: 1, E2: 0}), YEAR)
    assert figures(table, "one_fewer", E1)["reason"] == "no_reviewer"
    assert figures(table, "now", E2)["reason"] == "no_reviewer"
    first = figures(table, "one_more", E2)
    assert first["reason"] == ""
    assert first["hours"] == read_policy().review_hours
    assert first["mean_wait"] >= 0


def test_months_without_a_log_say_nothing():
    facts = reviews(E1, 24)
    table = simulate(world(facts, {E1: 1}, returned=()), YEAR)
    assert set(table["reason"]) == {"not_returned"}
    half = world(facts, {E1: 1}, months=MONTHS[:6])
    table = simulate(half, YEAR, scenarios=["now"])
    assert figures(table, "now", E1)["reviews_a_month"] == pytest.approx(2, abs=0.35)


def test_pooling_helps_an_overloaded_office_beside_an_idle_one():
    facts = [*reviews(E1, 240, days=14), *reviews(E2, 12, days=1)]
    table = simulate(world(facts, {E1: 1, E2: 2}), YEAR)
    now, pooled = (figures(table[table["district"].eq(EAST)], s, "") for s in ("now", "pooled"))
    assert pooled["mean_wait"] < now["mean_wait"] / 2
    assert pooled["share_late"] < now["share_late"]
    assert (pooled["reviewers"], pooled["offices"]) == (3, 2)
    assert pooled["reviews_a_month"] == pytest.approx(21)


def test_a_district_now_is_its_offices_weighted_by_their_reviews(busy):
    table = simulate(busy, YEAR)
    e1, e2 = (figures(table, "now", unit) for unit in (E1, E2))
    now = figures(table[table["district"].eq(EAST)], "now", "")
    for name in ("share_late", "mean_wait", "hours"):
        assert now[name] == pytest.approx((240 * e1[name] + 24 * e2[name]) / 264)
    assert now["observations"] == e1["observations"] + e2["observations"]


def test_a_district_pools_only_offices_whose_reviewers_are_known(busy):
    table = simulate(busy, YEAR, scenarios=["pooled"])
    west = figures(table[table["district"].eq(WEST)], "pooled", "")
    assert (west["offices"], west["reason"]) == (1, "reviewers_unknown")
    east = figures(table[table["district"].eq(EAST)], "pooled", "")
    assert (east["offices"], east["reviewers"], east["reason"]) == (2, 3, "")


def test_the_same_seed_gives_the_same_figures_whatever_else_is_asked(busy):
    whole = simulate(busy, YEAR)
    pd.testing.assert_frame_equal(whole, simulate(busy, YEAR))
    alone = simulate(busy, YEAR, selection=Selection(unit=(E2,)), scenarios=["more_powers"])
    pd.testing.assert_series_equal(
        figures(whole, "more_powers", E2), figures(alone, "more_powers", E2)
    )
    other = simulate(busy, YEAR, seed=1)
    assert figures(other, "now", E1)["mean_wait"] != figures(whole, "now", E1)["mean_wait"]


def test_another_seed_gives_nearly_the_same_figures(busy):
    waits = [figures(simulate(busy, YEAR, seed=n), "now", E1)["mean_wait"] for n in range(8)]
    assert np.std(waits) < 0.5 * np.mean(waits)


def test_a_selection_without_any_office_is_empty(busy):
    chosen = Selection(district=(EAST,), unit=(W1,))
    table = simulate(busy, YEAR, selection=chosen)
    assert list(table.columns) == list(COLUMNS)
    assert len(table) == 0


def test_filters_by_power_and_unknown_scenarios_are_refused(busy):
    with pytest.raises(UsageError, match="--power"):
        simulate(busy, YEAR, selection=Selection(power=(DYKES,)))
    with pytest.raises(UsageError, match="more_money"):
        simulate(busy, YEAR, scenarios=["more_money"])


def test_a_city_of_343_offices_takes_less_than_a_second():
    districts = [f"1101{n:02d}" for n in range(16)]
    units = [make_unit(code, unit_kind="district") for code in districts]
    units += [make_unit(f"{districts[n % 16]}{n:03d}") for n in range(343)]
    codes = [unit["code"] for unit in units[16:]]
    facts = [case for n, code in enumerate(codes) for case in reviews(code, 12 + n % 40)]
    staff = {code: 1 + n % 4 for n, code in enumerate(codes)}
    city = world(facts, staff, returned=codes, units=units)
    simulate(city, YEAR, scenarios=["now"])
    begun = time.process_time()
    table = simulate(city, YEAR)
    assert time.process_time() - begun < 1
    assert len(table) == 343 * 4 + 2 * 16


# On the command line


@pytest.fixture
def typed(command_line):
    """EAST has returned a year with twelve reviews of E1; nobody has returned staffing."""
    rows = [
        make_case(
            case_no=f"〔2021〕{n}号",
            decided_on=f"2021-{n:02d}-20",
            review_required="yes",
            review_requested_on=f"2021-{n:02d}-04",
            review_completed_on=f"2021-{n:02d}-08",
        )
        for n in range(1, 13)
    ]
    path = command_line.log("year.csv", rows)
    command_line.records("import", path, "--district", EAST, "--months", "2021-01..2021-12")
    return command_line


def staff(line, reviewers: int) -> None:
    """Reviewers of E1 in December, as an import of staffing would store them."""
    with db.writing(db.engine_for(line.url)) as connection:
        act = db.record_act(connection, "import", "test")
        said = {"batch_id": 1, "said_in": act, "recorded_in": act}
        own = {"id": 1, "unit_id": 2, "month": 202112, "reviewers": reviewers}
        db.insert_row(connection, models.Staffing, said | own)


def test_the_command_prints_a_record_for_each_office_group_and_scenario(typed):
    staff(typed, 1)
    outcome = typed.run("simulate-review", "--district", EAST, "--format", "json")
    assert outcome.exit_code == 0
    offices = [r for r in outcome.records if r["unit"]]
    assert [(r["unit"], r["scenario"]) for r in offices[:2]] == [(E1, "now"), (E2, "now")]
    assert len(offices) == 8
    assert [r["scenario"] for r in outcome.records if not r["unit"]] == ["now", "pooled"]
    assert offices[0]["share_late"] is not None
    assert (offices[1]["share_late"], offices[1]["reason"]) == (None, "no_reviews")
    assert "假设" in outcome.stderr
    assert "3 小时" in outcome.stderr


def test_the_command_without_staffing_says_why_there_are_no_figures(typed):
    records = typed.records("simulate-review", "--unit", E1, "--scenario", "now,one_more")
    assert [r["scenario"] for r in records] == ["now", "one_more"]
    assert {r["reason"] for r in records} == {"reviewers_unknown"}
    shown = typed.run("simulate-review", "--unit", E1).stdout
    assert "nan" not in shown
    assert "—" in shown


def test_the_same_command_answers_the_same_twice(typed):
    staff(typed, 2)
    words = ("simulate-review", "--unit", E1, "--seed", "3")
    assert typed.records(*words) == typed.records(*words)


@pytest.mark.parametrize(
    ("words", "code"),
    [(("--scenario", "x"), 2), (("--seed", "-1"), 2), (("--district", "110101"), 1)],
)
def test_words_that_cannot_be_are_refused(typed, words, code):
    assert words[0] in typed.refusal("simulate-review", *words, exit_code=code)
