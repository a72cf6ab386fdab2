"""Shares of procedure and the distribution of fines, on the small world, by hand."""

import math
from datetime import date

import pytest
from builders import (
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
    make_fact,
    make_snapshot,
)

from registry.measures.grouping import Selection
from registry.measures.procedure import ALL, fine_distribution, procedure
from registry.window import Window

AUGUST = Window(202108, 202108)


def august(**fields):
    day = date(2021, 8, 10)
    return make_fact(day=day, decided_on=day, **{"procedure": "ordinary"} | fields)


def figures(facts, measure, window=QUARTER, by=(), returned=RETURNED, **options):
    """(numerator, denominator, value) of each record, NaN as None."""
    table = procedure(make_snapshot(facts, returned), window, by, measures=(measure,), **options)
    columns = table[["numerator", "denominator", "value"]].itertuples(index=False)
    return [tuple(None if math.isnan(v) else v for v in row) for row in columns]


def test_summary_share_is_of_decided_penalties_with_a_known_procedure():
    facts = [
        *[make_fact(procedure="summary")] * 3,
        make_fact(procedure="ordinary"),
        make_fact(),
        make_fact(procedure="summary", outcome="withdrawn"),
    ]
    assert figures(facts, "summary_share") == [(3, 4, 0.75)]


def test_half_of_the_ordinary_cases_could_have_been_summary():
    facts = [
        august(party_type="individual", fine_cny=200.0),
        august(party_type="individual", fine_cny=201.0),
        august(party_type="organisation", fine_cny=3000.0),
        august(party_type="organisation", fine_cny=5000.0),
        august(party_type=None, fine_cny=10.0),
    ]
    returned = [(E1, 202108)]
    assert figures(facts, "could_have_been_summary", AUGUST, returned=returned) == [(2, 4, 0.5)]


def test_before_the_time_limit_was_law_the_share_over_it_is_missing():
    old = make_fact(procedure="ordinary", filed_on=date(2020, 8, 1), decided_on=date(2021, 1, 15))
    assert figures([old], "over_90_days") == [(0, 0, None)]
    new = [august(filed_on=date(2021, 5, 12)), august(filed_on=date(2021, 5, 11))]  # 90, 91 days
    assert figures(new, "over_90_days", AUGUST, returned=[(E1, 202108)]) == [(1, 2, 0.5)]


def test_withdrawal_counts_by_the_month_of_filing():
    facts = [
        make_fact(filed_on=date(2021, 1, 5), outcome="withdrawn", day=date(2021, 2, 1)),
        make_fact(filed_on=date(2021, 1, 6)),
        make_fact(filed_on=date(2020, 12, 31), outcome="withdrawn"),
        make_fact(outcome="withdrawn", action="coercion"),
    ]
    assert figures(facts, "withdrawal_rate", by=["month"]) == [
        (1, 2, 0.5),
        (0, 0, None),
        (0, 0, None),
    ]


def test_groups_without_a_case_have_a_record_and_no_value():
    table = procedure(make_snapshot([make_fact()], [(E1, 202101)]), QUARTER, ["district"])
    assert table.groupby("district").size().to_dict() == {EAST: len(ALL), WEST: len(ALL)}
    assert table["measure"].drop_duplicates().tolist() == list(ALL)
    assert table.loc[table["district"].eq(WEST), "completeness"].eq(0).all()
    assert table["value"].notna().sum() == 1  # nothing withdrawn of the one case filed in EAST


def test_a_question_that_tells_powers_apart_is_answered_by_power():
    facts = [make_fact(E1, LITTER, SIGNS, procedure="summary")]
    assert figures(facts, "summary_share") == [(1, 1, 1)]
    by_kind = procedure(make_snapshot(facts, RETURNED), QUARTER, ["kind"])
    assert list(by_kind.columns[:3]) == ["kind", "power", "measure"]
    chosen = Selection(power=(SIGNS,))
    assert figures(facts, "summary_share", selection=chosen) == [(1, 1, 1)]


def test_fines_stand_from_low_to_high_with_their_share():
    facts = [
        *[make_fact(fine_cny=50.0)] * 3,
        make_fact(E1, LITTER, WELLS, fine_cny=200.0),
        make_fact(fine_cny=0.0),
        make_fact(W1, fine_cny=10.5),
        make_fact(E2),
    ]
    table = fine_distribution(make_snapshot(facts, RETURNED), QUARTER, ["district"])
    columns = ["district", "fine_cny", "numerator", "denominator", "value"]
    assert [tuple(row) for row in table[columns].itertuples(index=False)] == [
        (EAST, 50, 3, 4, 0.75),
        (EAST, 200, 1, 4, 0.25),
        (WEST, 10.5, 1, 1, 1),
    ]
    assert table["completeness"].eq(1).all()
    by_power = fine_distribution(make_snapshot(facts, RETURNED), QUARTER, ["power"])
    assert by_power["numerator"].tolist() == [1, 3, 1, 1]


def test_half_and_nine_tenths_of_the_fines_do_not_exceed_their_quantiles():
    fines = [50.0] * 5 + [100.0, 200.0, 300.0, 400.0, 1000.5, 0.0]
    facts = [*(make_fact(fine_cny=fine) for fine in fines), make_fact(E1, LITTER, WELLS)]
    assert figures(facts, "fine_median") == [(None, 10, 50)]
    assert figures(facts, "fine_p90") == [(None, 10, 400)]
    assert figures([*facts, make_fact(fine_cny=2000.0)], "fine_p90") == [(None, 11, 1000.5)]


def test_a_case_under_two_powers_has_one_fine():
    facts = [make_fact(E1, LITTER, SIGNS, fine_cny=300.0), make_fact(fine_cny=50.0)]
    assert figures(facts, "fine_median") == [(None, 2, 50)]
    assert figures(facts, "fine_median", selection=Selection(power=(SIGNS,))) == [(None, 1, 300)]


def test_without_fines_there_is_no_distribution():
    table = fine_distribution(make_snapshot([make_fact()], RETURNED), QUARTER)
    assert len(table) == 0
    columns = ["city", "fine_cny", "numerator", "denominator", "value", "completeness"]
    assert list(table.columns) == columns


@pytest.mark.parametrize("district", [EAST, WEST])
def test_procedure_of_a_log_is_measured(small_world, district):
    fields = {"unit": E1 if district == EAST else W1, "procedure": "summary"}
    small_world.send([make_case(**fields, fine_cny="50")], district)
    snapshot = small_world.snapshot()
    table = procedure(snapshot, QUARTER, ["district"], measures=("summary_share",))
    found = dict(zip(table["district"], table["value"], strict=True))
    assert found[district] == 1
    assert fine_distribution(snapshot, QUARTER)["fine_cny"].tolist() == [50]
