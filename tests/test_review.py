"""Legal review on the small world: figures that can be worked out in one's head."""

import math
from datetime import date

import numpy as np
import pandas as pd
import pytest
from builders import (
    DYKES,
    E1,
    E2,
    EAST,
    LITTER,
    QUARTER,
    RETURNED,
    SIGNS,
    W1,
    WELLS,
    WEST,
    make_case,
    make_catalogue,
    make_fact,
    make_holding,
    make_snapshot,
    make_staffing,
)
from examples import sampled

from registry.adjustment.policy import read_policy
from registry.errors import UsageError
from registry.measures.grouping import Selection
from registry.measures.review import ALL, review, turnaround_distribution
from registry.returns import RETURNS, facts_of
from registry.window import Window

YEAR = Window(202101, 202112)
JANUARY = Window(202101, 202101)


def sent(requested: str | None, completed: str | None = None, *powers: str, **fields):
    """A case of E1 that was sent to review on one day of 2021 and came back on another."""
    days = [d and date.fromisoformat(f"2021-{d}") for d in (requested, completed)]
    asked = {"review_requested_on": days[0], "review_completed_on": days[1]}
    return make_fact(fields.pop("unit", E1), *powers, review_required="yes", **asked | fields)


def figures(facts, measure: str, window: Window = QUARTER, by=(), returned=RETURNED, **options):
    """(numerator, denominator, value) of each record, NaN as None."""
    table = review(make_snapshot(facts, returned), window, by, measures=(measure,), **options)
    columns = table[["numerator", "denominator", "value"]].to_numpy(dtype=float)
    return [tuple(None if math.isnan(v) else v for v in row) for row in columns]


def test_a_review_over_the_national_day_took_five_working_days():
    days = {
        "review_requested_on": date(2020, 9, 25),
        "review_completed_on": date(2020, 10, 9),
        "day": date(2020, 10, 10),
    }
    snapshot = make_snapshot([make_fact(**days)], [(E1, 202010)])
    table = review(snapshot, Window(202010, 202010), measures=("turnaround_median", "on_time"))
    assert table["value"].tolist() == [5, 1]
    assert table["denominator"].tolist() == [1, 1]
    late = read_policy().model_copy(update={"review_days": 4})
    on_time = review(snapshot, Window(202010, 202010), policy=late, measures=("on_time",))
    assert on_time["value"].tolist() == [0]


def test_coverage_is_reviewed_of_those_that_required_it():
    facts = [
        sent("01-04", "01-05"),
        sent("01-04"),
        sent(None),
        make_fact(review_required="no"),
        make_fact(),
    ]
    assert figures(facts, "coverage") == [(1, 3, 1 / 3)]
    assert figures(facts, "review_unknown") == [(1, 5, 0.2)]


def test_decided_without_review_is_a_count_of_cases():
    decided = {"decided_on": date(2021, 1, 15)}
    facts = [sent("01-04", "01-05", **decided), sent("01-04", "01-18", **decided), sent(None)]
    assert figures(facts, "decided_without_review") == [(2, 1, 2)]


def test_turnaround_is_a_value_that_occurs_and_has_no_numerator():
    lengths = ["01-04", "01-05", "01-06", "01-07", "01-08"]  # Monday to Friday: 0 to 4 days
    facts = [sent("01-04", day) for day in lengths]
    assert figures(facts, "turnaround_median") == [(None, 5, 2)]
    assert figures(facts[:4], "turnaround_median") == [(None, 4, 1)]
    assert figures(facts, "turnaround_p90") == [(None, 5, 4)]
    assert figures(facts * 2, "turnaround_p90") == [(None, 10, 4)]
    assert figures([], "turnaround_median") == [(None, 0, None)]


def test_turnarounds_stand_from_short_to_long_with_their_share():
    days = ["01-04", "01-05", "01-05", "01-11"]  # the last was due on the day of the limit
    facts = [*(sent("01-04", day) for day in days), sent("01-04"), sent("01-08", "01-04")]
    table = turnaround_distribution(make_snapshot(facts, RETURNED), QUARTER, ["district"])
    columns = ["district", "working_days", "numerator", "denominator", "value", "completeness"]
    assert list(table.columns) == columns
    assert [tuple(row) for row in table[columns[:-1]].itertuples(index=False)] == [
        (EAST, 0, 1, 4, 0.25),
        (EAST, 1, 2, 4, 0.5),
        (EAST, 5, 1, 4, 0.25),
    ]
    nothing = turnaround_distribution(make_snapshot([], RETURNED), QUARTER)
    assert (len(nothing), nothing.columns[1]) == (0, "working_days")


def test_a_completion_before_the_request_is_no_observation():
    facts = [sent("01-08", "01-04"), sent("01-04", "01-05"), sent(None, "01-05")]
    assert figures(facts, "turnaround_median") == [(None, 1, 1)]
    assert figures(facts, "on_time") == [(1, 1, 1)]
    assert figures(facts, "returned") == [(0, 3, 0)]


def test_turnaround_belongs_to_the_month_of_completion():
    facts = [sent("01-29", "02-01")]
    assert figures(facts, "turnaround_median", by=["month"]) == [
        (None, 0, None),
        (None, 1, 1),
        (None, 0, None),
    ]


def test_returned_is_a_share_of_the_completed():
    facts = [
        sent("01-04", "01-05", review_outcome="returned"),
        sent("01-04", "01-05", review_outcome="approved"),
        sent("01-04", None, review_outcome="returned"),
    ]
    assert figures(facts, "returned") == [(1, 2, 0.5)]


def test_backlog_is_what_waits_on_the_last_day():
    facts = [
        sent("01-04", "01-31"),  # back on the last day: waits no more
        sent("01-04", "02-01"),
        sent("01-31"),
        sent("02-01", "02-02"),
        sent("03-01", "02-01"),  # back before it was sent
    ]
    assert figures(facts, "backlog", by=["month"]) == [(2, 1, 2), (1, 1, 1), (1, 1, 1)]
    assert figures(facts, "backlog", JANUARY) == [(2, 1, 2)]


def test_backlog_of_earlier_years_still_waits():
    old = make_fact(review_requested_on=date(2019, 5, 5))
    assert figures([old], "backlog", Window(202103, 202103)) == [(1, 1, 1)]


def test_a_case_with_several_powers_counts_once_for_its_unit_and_once_for_each_power():
    facts = [sent("01-04", "01-05", LITTER, WELLS)]
    assert figures(facts, "returned") == [(0, 1, 0)]
    by_power = figures(facts, "returned", by=["power"])
    assert [row[1] for row in by_power] == [1, 0, 1, 0]


def test_a_question_by_department_is_answered_by_power():
    snapshot = make_snapshot([sent("01-04", "01-05", LITTER, SIGNS)], RETURNED)
    table = review(snapshot, QUARTER, ["department"], measures=("returned",))
    assert list(table.columns[:3]) == ["department", "power", "measure"]
    assert table["denominator"].tolist() == [1, 1, 0, 0]
    chosen = Selection(department=("water_affairs",))
    filtered = review(snapshot, QUARTER, measures=("returned",), selection=chosen)
    assert filtered["power"].tolist() == [WELLS, DYKES]
    one = review(snapshot, QUARTER, measures=("returned",), selection=Selection(power=(LITTER,)))
    assert list(one.columns[:2]) == ["city", "measure"]
    assert one["denominator"].tolist() == [1]


def staffed(facts, *rows, returned=RETURNED):
    catalogue = make_catalogue()
    return make_snapshot(facts, returned, returns=make_staffing(catalogue, *rows))


def per_reviewer(snapshot, by=("district",), window=QUARTER):
    table = review(snapshot, window, by, measures=("cases_per_reviewer",))
    columns = ["numerator", "denominator", "value", "completeness"]
    return [
        tuple(None if pd.isna(v) else v for v in row)
        for row in table[columns].itertuples(index=False)
    ]


def test_load_is_counted_only_where_the_reviewers_are_known():
    facts = [
        sent("01-04"),
        sent("01-05"),
        sent("02-01"),  # nobody said how many reviewers E1 had in February
        sent("01-06", unit=E2),
        sent("01-06", unit=W1),
    ]
    snapshot = staffed(facts, (E1, 202101, 1), (E2, 202101, 2), (E2, 202102, 1), (W1, 202102, None))
    assert per_reviewer(snapshot) == [(3, 4, 3 / 4, 3 / 6), (0, 0, None, 0)]
    assert per_reviewer(snapshot, ["unit"])[:2] == [(2, 1, 2, 1 / 3), (1, 3, 1 / 3, 2 / 3)]


def test_a_month_without_a_log_has_no_load():
    snapshot = staffed([sent("01-04")], (E1, 202101, 1), (E1, 202102, 1), returned=RETURNED[:1])
    assert per_reviewer(snapshot, window=Window(202101, 202102))[0] == (1, 1, 1, 0.25)


def test_an_office_without_a_reviewer_has_no_load_by_itself():
    snapshot = staffed([sent("01-04")], (E1, 202101, 0), (E2, 202101, 1))
    assert per_reviewer(snapshot, ["unit"], JANUARY)[0] == (1, 0, None, 1)
    assert per_reviewer(snapshot, ["district"], JANUARY)[0] == (1, 1, 1, 1)


def test_nothing_returned_is_missing_and_not_zero():
    snapshot = make_snapshot([], [(E1, 202101)])
    table = review(snapshot, QUARTER, ["district"])
    assert table["value"].notna().sum() == 2  # what EAST decided without review, and its backlog
    west = table[table["district"].eq(WEST)]
    assert west["value"].isna().all()
    assert west["completeness"].eq(0).all()
    assert set(table.loc[table["district"].eq(EAST), "completeness"]) == {0, 1 / 6}


def test_every_measure_has_a_record_of_every_group_that_held_a_power():
    table = review(make_snapshot([], RETURNED), QUARTER, ["unit"])
    assert table.groupby("measure", sort=False).size().to_dict() == dict.fromkeys(ALL, 4)
    none_held = make_snapshot([], RETURNED, holdings=[make_holding(scope_code=EAST)])
    assert set(review(none_held, QUARTER, ["district"])["district"]) == {EAST}
    before = review(make_snapshot([], RETURNED), Window(202001, 202002))
    assert len(before) == 0
    assert "value" in before


def test_a_selection_without_any_unit_is_empty():
    chosen = Selection(district=(EAST,), unit=(W1,))
    assert len(review(make_snapshot([], RETURNED), QUARTER, selection=chosen)) == 0


def test_unknown_group_columns_are_refused():
    with pytest.raises(UsageError, match="colour"):
        review(make_snapshot(), QUARTER, ["colour"])


@pytest.mark.parametrize("by", [(), ("unit",), ("month", "district"), ("power",)])
def test_numbers_of_observations_add_up_whatever_the_groups(by):
    facts = [sent("01-04", "01-05"), sent("02-04", "02-05", unit=E2), sent("03-04", "03-05")]
    table = review(make_snapshot(facts, RETURNED), QUARTER, by, measures=("returned",))
    assert np.nansum(table["denominator"]) == 3


# From logs to the figures


def logged(number: int, **fields):
    asked = {
        "review_required": "yes",
        "review_requested_on": "2021-01-11",
        "review_completed_on": "2021-01-13",
        "review_outcome": "approved",
    }
    return make_case(case_no=f"〔2021〕{number}号", **asked | fields)


def test_reviews_of_a_log_are_measured(small_world):
    late = {"review_completed_on": "2021-01-22", "review_outcome": "returned"}
    never = {"review_completed_on": "", "review_outcome": ""}
    small_world.send([logged(1), logged(2, **late), logged(3, **never)])
    table = review(small_world.snapshot(), QUARTER, ["district"]).set_index(["measure", "district"])
    east = {name: table.loc[(name, EAST), "value"] for name in ALL}
    assert east["coverage"] == 2 / 3
    assert east["decided_without_review"] == 2
    assert (east["turnaround_median"], east["turnaround_p90"]) == (2, 9)
    assert (east["on_time"], east["returned"], east["backlog"]) == (0.5, 0.5, 1)


def test_what_was_known_on_a_day_is_told_apart_from_what_came_later(small_world):
    small_world.send([logged(1, review_completed_on="", review_outcome="")])
    small_world.send([logged(1)])
    for snapshot in (small_world.snapshot(), small_world.snapshot(date(9999, 1, 1))):
        assert len(snapshot.reviews.cases) == 1
        (figure,) = review(snapshot, QUARTER, measures=("backlog",))["value"]
        assert figure == 0


@sampled("kind", RETURNS)
def test_a_return_has_each_of_its_columns_once(small_world, kind):
    frame = getattr(small_world.snapshot().returns, kind)
    assert list(frame.columns) == list(dict.fromkeys(facts_of(RETURNS[kind])))
    assert frame.columns.is_unique
