"""Exercise rate, balance, coverage, dormant powers and completeness on answers known by heart.

The small world has four units and four powers, so sixteen pairs; its window is 2021-01..2021-03.
"""

import math
from datetime import date

import builders
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
    UNITS,
    W1,
    W2,
    WELLS,
    WEST,
    make_case,
    make_cases,
    make_fact,
    make_holding,
    make_holdings,
    make_snapshot,
    make_unit,
    make_units,
)
from examples import sampled

from registry import db
from registry.errors import RegistryError, UsageError
from registry.measures.cards import CARDS
from registry.measures.completeness import completeness
from registry.measures.exercise import coverage, dormant, exercise_rate
from registry.measures.grouping import Selection
from registry.window import Window

YEAR = Window(202101, 202112)
WHOLE_YEAR = [(unit, month) for unit in UNITS for month in YEAR.months]


def fraction(snapshot, window=QUARTER, **options) -> tuple[float, int]:
    """Numerator and denominator of the one record."""
    (record,) = exercise_rate(snapshot, window, **options).to_dict("records")
    return record["numerator"], record["denominator"]


def fractions(table, *by: str) -> dict:
    return {
        tuple(row[name] for name in by) if len(by) > 1 else row[by[0]]: (
            row["numerator"],
            row["denominator"],
        )
        for row in table.to_dict("records")
    }


def states(snapshot, window=YEAR, **options) -> dict[str, str]:
    table = dormant(snapshot, window, **options)
    return dict(zip(table["power"], table["state"], strict=True))


# The exercise rate


def test_rate_travels_with_its_fraction_and_its_completeness():
    snapshot = make_snapshot([make_fact()], RETURNED)
    assert exercise_rate(snapshot, QUARTER).to_dict("records") == [
        {
            "city": "city",
            "numerator": 1,
            "denominator": 4,
            "value": 0.25,
            "completeness": 1.0,
        }
    ]


def test_union_counts_a_power_once_however_many_units_exercised_it():
    snapshot = make_snapshot([make_fact(unit) for unit in UNITS], RETURNED)
    assert fraction(snapshot) == (1, 4)


def test_pooled_counts_pairs_of_unit_and_power():
    snapshot = make_snapshot([make_fact(E1), make_fact(E1, SIGNS), make_fact(W1)], RETURNED)
    assert fraction(snapshot, aggregate="pooled") == (3, 16)


def test_mean_is_over_units_and_its_numerator_is_the_sum_of_their_rates():
    snapshot = make_snapshot([make_fact(E1), make_fact(E1, SIGNS), make_fact(W1)], RETURNED)
    (record,) = exercise_rate(snapshot, QUARTER, aggregate="mean").to_dict("records")
    assert (record["numerator"], record["denominator"]) == (0.75, 4)
    assert record["value"] == 0.1875


def test_mean_is_never_the_union():
    facts = [
        make_fact(E1, LITTER),
        make_fact(E2, SIGNS),
        make_fact(W1, WELLS),
        make_fact(W2, DYKES),
    ]
    snapshot = make_snapshot(facts, RETURNED)
    rates = {
        aggregate: exercise_rate(snapshot, QUARTER, aggregate=aggregate)["value"].item()
        for aggregate in ("union", "pooled", "mean")
    }
    assert rates == {"union": 1.0, "pooled": 0.25, "mean": 0.25}


def test_mean_and_pooled_differ_where_units_hold_different_numbers():
    shut = [make_holding(power, E2, held=False) for power in (SIGNS, WELLS, DYKES)]
    snapshot = make_snapshot([make_fact(E2)], RETURNED, holdings=[*make_holdings(), *shut])
    assert fraction(snapshot, by=["district"], aggregate="pooled", selection=_in(EAST)) == (1, 5)
    assert fraction(snapshot, by=["district"], aggregate="mean", selection=_in(EAST)) == (1.0, 2)


def _in(*districts: str) -> Selection:
    return Selection(district=districts)


def test_unit_that_held_nothing_is_not_in_the_mean():
    shut = [make_holding(power, W2, held=False) for power in (LITTER, SIGNS, WELLS, DYKES)]
    snapshot = make_snapshot([], RETURNED, holdings=[*make_holdings(), *shut])
    assert fraction(snapshot, aggregate="mean") == (0.0, 3)


def test_unit_without_returns_counts_as_zero_in_the_mean():
    snapshot = make_snapshot([make_fact(E1)], [(E1, month) for month in QUARTER.months])
    table = exercise_rate(snapshot, QUARTER, aggregate="mean")
    assert table["value"].tolist() == [0.25 / 4]
    assert table["completeness"].tolist() == [0.25]


@pytest.mark.parametrize(
    ("action", "outcome", "decision", "any_case"),
    [
        ("penalty", "punished", 1, 1),
        ("penalty", "not_punished", 1, 1),
        ("penalty", None, 1, 1),
        ("penalty", "withdrawn", 0, 1),
        ("penalty", "transferred", 0, 1),
        ("coercion", None, 1, 1),
        ("inspection", None, 0, 1),
    ],
)
def test_inspections_and_withdrawn_cases_exercise_on_the_basis_any_only(
    action, outcome, decision, any_case
):
    snapshot = make_snapshot([make_fact(action=action, outcome=outcome)], RETURNED)
    assert fraction(snapshot, basis="decision") == (decision, 4)
    assert fraction(snapshot, basis="any") == (any_case, 4)


def test_case_with_two_powers_exercises_both():
    snapshot = make_snapshot([make_fact(E1, LITTER, DYKES)], RETURNED)
    assert fraction(snapshot) == (2, 4)


def test_both_ends_of_a_window_belong_to_it():
    facts = [
        make_fact(E1, LITTER, day=date(2021, 1, 1)),
        make_fact(E1, SIGNS, day=date(2021, 3, 31)),
        make_fact(E1, WELLS, day=date(2020, 12, 31)),
        make_fact(E1, DYKES, day=date(2021, 4, 1)),
    ]
    snapshot = make_snapshot(facts, RETURNED)
    assert fraction(snapshot) == (2, 4)


def test_power_held_on_one_day_of_the_window_is_in_the_denominator():
    one_day = make_holding(LITTER, valid_from=date(2021, 3, 31), valid_to=date(2021, 4, 1))
    snapshot = make_snapshot([], RETURNED, holdings=[one_day])
    assert fraction(snapshot) == (0, 1)
    assert len(exercise_rate(snapshot, Window(202101, 202102))) == 0


def test_case_of_a_pair_outside_the_denominator_is_not_in_the_numerator():
    holdings = [make_holding(LITTER, WEST), make_holding(SIGNS)]
    snapshot = make_snapshot([make_fact(E1), make_fact(E1)], RETURNED, holdings=holdings)
    for k in (1, 2):
        assert fraction(snapshot, min_cases=k) == (0, 2)
        assert fraction(snapshot, min_cases=k, aggregate="pooled") == (0, 6)
        assert fraction(snapshot, min_cases=k, aggregate="mean") == (0.0, 4)


def test_unit_that_ended_before_the_window_is_in_no_group():
    units = [*make_units(), make_unit(f"{EAST}009", valid_to=date(2021, 1, 1))]
    snapshot = make_snapshot([], RETURNED, units=units)
    assert set(exercise_rate(snapshot, QUARTER, ["unit"])["unit"]) == set(UNITS)
    assert f"{EAST}009" in set(exercise_rate(snapshot, Window(202012, 202012), ["unit"])["unit"])


# Balance


def test_balance_adds_units_before_comparing():
    facts = [make_fact(unit) for unit in (E1, E2, W1)]
    snapshot = make_snapshot(facts, RETURNED)
    assert fraction(snapshot, min_cases=3) == (1, 4)
    assert fraction(snapshot, min_cases=3, aggregate="pooled") == (0, 16)
    assert fraction(snapshot, min_cases=3, aggregate="mean") == (0.0, 4)


def test_balance_adds_months_before_comparing():
    facts = [make_fact(day=date(2021, month, 5)) for month in (1, 2, 3)]
    snapshot = make_snapshot(facts, RETURNED)
    assert fraction(snapshot, min_cases=3, aggregate="pooled") == (1, 16)
    by_month = exercise_rate(snapshot, QUARTER, ["month"], min_cases=3)
    assert by_month["numerator"].tolist() == [0, 0, 0]


def test_two_cases_are_not_three():
    snapshot = make_snapshot([make_fact(), make_fact()], RETURNED)
    assert fraction(snapshot, min_cases=3) == (0, 4)
    assert fraction(snapshot, min_cases=2) == (1, 4)


def test_balance_counts_a_case_with_several_powers_for_each():
    snapshot = make_snapshot([make_fact(E1, LITTER, SIGNS)] * 3, RETURNED)
    assert fraction(snapshot, min_cases=3) == (2, 4)


# Groups and filters


def test_districts_are_apart():
    snapshot = make_snapshot([make_fact(E1), make_fact(E2, SIGNS), make_fact(W1)], RETURNED)
    table = exercise_rate(snapshot, QUARTER, ["district"])
    assert fractions(table, "district") == {EAST: (2, 4), WEST: (1, 4)}


def test_every_group_that_held_a_power_has_a_record_used_or_not():
    snapshot = make_snapshot([], RETURNED)
    table = exercise_rate(snapshot, QUARTER, ["district", "department", "month"])
    assert len(table) == 2 * 2 * 3
    assert table["numerator"].eq(0).all()
    assert list(table.columns[:3]) == ["district", "department", "month"]


def test_group_columns_stand_in_the_order_asked_for():
    table = exercise_rate(make_snapshot([], RETURNED), QUARTER, ["month", "department", "district"])
    assert list(table.columns[:3]) == ["month", "department", "district"]
    assert table.iloc[0, :3].tolist() == ["2021-01", "urban_management", EAST]


def test_departments_and_kinds_of_power_and_unit_are_told_apart():
    snapshot = make_snapshot([make_fact(E2, WELLS), make_fact(W1, DYKES)], RETURNED)
    by_department = exercise_rate(snapshot, QUARTER, ["department"])
    assert fractions(by_department, "department") == {
        "urban_management": (0, 2),
        "water_affairs": (2, 2),
    }
    by_kind = exercise_rate(snapshot, QUARTER, ["unit_kind", "kind"])
    assert fractions(by_kind, "unit_kind", "kind") == {
        ("subdistrict", "penalty"): (0, 3),
        ("subdistrict", "coercion"): (1, 1),
        ("town", "penalty"): (1, 3),
        ("town", "coercion"): (0, 1),
    }


def test_filters_narrow_numerator_and_denominator_alike():
    snapshot = make_snapshot([make_fact(E1), make_fact(W1, WELLS)], RETURNED)
    assert fraction(snapshot, selection=Selection(department=("water_affairs",))) == (1, 2)
    chosen = Selection(district=(EAST,), department=("water_affairs",))
    assert fraction(snapshot, selection=chosen) == (0, 2)
    assert fraction(snapshot, selection=Selection(unit=(E1, W1)), aggregate="pooled") == (2, 8)


def test_months_quarters_and_years_are_stretches_of_the_window():
    facts = [make_fact(day=date(2020, 12, 31)), make_fact(E1, SIGNS, day=date(2021, 1, 1))]
    snapshot = make_snapshot(facts, RETURNED)
    window = Window(202011, 202102)

    def numerators(name: str) -> dict:
        return {
            label: top
            for label, (top, _) in fractions(exercise_rate(snapshot, window, [name]), name).items()
        }

    assert numerators("month") == {"2020-11": 0, "2020-12": 1, "2021-01": 1, "2021-02": 0}
    assert numerators("quarter") == {"2020-Q4": 1, "2021-Q1": 1}
    assert numerators("year") == {"2020": 1, "2021": 1}


def test_selection_without_units_has_no_record():
    nobody = Selection(district=(EAST,), unit=(W1,))
    snapshot = make_snapshot([make_fact()], RETURNED)
    for table in (
        exercise_rate(snapshot, QUARTER, selection=nobody),
        exercise_rate(snapshot, QUARTER, ["unit", "month"], selection=nobody),
        coverage(snapshot, QUARTER, selection=nobody),
        completeness(snapshot, QUARTER, ["district"], selection=nobody),
        dormant(snapshot, YEAR, selection=nobody),
    ):
        assert len(table) == 0
        assert {"numerator", "denominator", "value", "completeness"} <= set(table.columns)


def test_selection_without_powers_has_no_record():
    nothing = Selection(department=("water_affairs",), domain=("city_appearance",))
    snapshot = make_snapshot([make_fact()], RETURNED)
    assert len(exercise_rate(snapshot, QUARTER, ["district"], selection=nothing)) == 0
    assert len(dormant(snapshot, YEAR, selection=nothing)) == 0


def test_unit_that_never_held_anything_has_no_record():
    units = [*make_units(), make_unit(f"{EAST}900", unit_kind="other")]
    snapshot = make_snapshot([], RETURNED, units=units)
    nobody = Selection(unit=(f"{EAST}900",))
    for aggregate in ("union", "pooled", "mean"):
        assert len(exercise_rate(snapshot, QUARTER, aggregate=aggregate, selection=nobody)) == 0
    assert len(completeness(snapshot, QUARTER, selection=nobody)) == 0


def test_unknown_group_or_the_same_group_twice_is_a_usage_error():
    snapshot = make_snapshot([], RETURNED)
    with pytest.raises(UsageError, match="week"):
        exercise_rate(snapshot, QUARTER, ["week"])
    with pytest.raises(UsageError, match="month"):
        exercise_rate(snapshot, QUARTER, ["month", "month"])


def test_filter_by_an_unknown_code_is_named():
    catalogue = make_snapshot().catalogue
    Selection(district=(EAST,), unit=(W1,), kind=("penalty",)).check(catalogue)
    with pytest.raises(RegistryError, match="990199"):
        Selection(district=("990199",)).check(catalogue)


# Returns


def test_missing_month_is_not_a_nil_return():
    nil = make_snapshot([], RETURNED)
    missing = make_snapshot([], [(unit, month) for unit, month in RETURNED if month != 202102])
    assert completeness(nil, QUARTER, ["month"])["value"].tolist() == [1.0, 1.0, 1.0]
    assert completeness(missing, QUARTER, ["month"])["value"].tolist() == [1.0, 0.0, 1.0]
    rates = exercise_rate(nil, QUARTER, ["month"])["value"].tolist()
    assert rates == [0.0, 0.0, 0.0]
    rates = exercise_rate(missing, QUARTER, ["month"])["value"].tolist()
    assert rates[0] == rates[2] == 0.0
    assert math.isnan(rates[1])


def test_without_any_return_the_value_is_missing_and_the_counts_are_not():
    (record,) = exercise_rate(make_snapshot(), QUARTER).to_dict("records")
    assert math.isnan(record["value"])
    assert (record["numerator"], record["denominator"], record["completeness"]) == (0, 4, 0.0)


def test_window_outside_the_data_is_held_but_not_returned():
    snapshot = make_snapshot([make_fact()], RETURNED)
    for window in (Window(202007, 202012), Window(202104, 203012)):
        (record,) = exercise_rate(snapshot, window).to_dict("records")
        assert (record["numerator"], record["denominator"]) == (0, 4)
        assert record["completeness"] == 0.0
        assert math.isnan(record["value"])


def test_window_before_the_delegation_has_no_record():
    snapshot = make_snapshot([make_fact()], RETURNED)
    assert len(exercise_rate(snapshot, Window(202001, 202006))) == 0
    assert len(completeness(snapshot, Window(202001, 202006))) == 0


def test_completeness_counts_unit_months():
    snapshot = make_snapshot([], [(E1, 202101), (E1, 202102), (W1, 202103)])
    table = completeness(snapshot, QUARTER, ["district"])
    assert fractions(table, "district") == {EAST: (2, 6), WEST: (1, 6)}


def test_month_is_due_only_where_the_unit_held_a_selected_power():
    holdings = [make_holding(LITTER, E1, valid_from=date(2021, 2, 28)), make_holding(WELLS, W1)]
    snapshot = make_snapshot([], RETURNED, holdings=holdings)
    assert fractions(completeness(snapshot, QUARTER), "city") == {"city": (5, 5)}
    table = completeness(snapshot, QUARTER, ["department"])
    assert fractions(table, "department") == {"urban_management": (2, 2), "water_affairs": (3, 3)}


def test_covered_month_with_rows_in_quarantine_is_flagged():
    snapshot = make_snapshot([], [(E1, 202101), (E1, 202102)], flagged=[(E1, 202101), (E2, 202101)])
    table = completeness(snapshot, QUARTER, ["unit"], selection=Selection(unit=(E1, E2)))
    assert dict(zip(table["unit"], table["flagged"], strict=True)) == {E1: 1, E2: 0}


# Coverage of a power


def test_coverage_is_units_that_exercised_it_over_units_that_held_it():
    holdings = [make_holding(LITTER), make_holding(SIGNS, EAST)]
    facts = [make_fact(E1), make_fact(W1), make_fact(E1, SIGNS, action="inspection")]
    snapshot = make_snapshot(facts, RETURNED, holdings=holdings)
    table = coverage(snapshot, QUARTER)
    assert fractions(table, "power") == {LITTER: (2, 4), SIGNS: (0, 2)}
    table = coverage(snapshot, QUARTER, ["district"], basis="any")
    assert fractions(table, "district", "power") == {
        (EAST, LITTER): (1, 2),
        (EAST, SIGNS): (1, 2),
        (WEST, LITTER): (1, 2),
    }


# Dormant powers


def test_power_has_one_of_three_states():
    facts = [make_fact(E1, LITTER, action="inspection", outcome=None)]
    returned = [pair for pair in WHOLE_YEAR if pair != (W1, 202105)]
    holdings = [make_holding(LITTER), make_holding(SIGNS), make_holding(WELLS, EAST)]
    snapshot = make_snapshot(facts, returned, holdings=holdings)
    assert states(snapshot) == {LITTER: "used", SIGNS: "no_case_seen", WELLS: "dormant"}


def test_no_case_seen_says_how_many_unit_months_are_missing():
    snapshot = make_snapshot([], WHOLE_YEAR[:-2])
    table = dormant(snapshot, YEAR)
    assert table["unit_months"].tolist() == [48] * 4
    assert table["missing_unit_months"].tolist() == [2] * 4


def test_power_not_held_on_every_day_is_in_no_state():
    holdings = [
        make_holding(LITTER, valid_from=date(2021, 1, 2)),
        make_holding(SIGNS, valid_to=date(2021, 12, 31)),
        make_holding(WELLS, valid_from=date(2021, 1, 1), valid_to=date(2022, 1, 1)),
    ]
    assert states(make_snapshot([], WHOLE_YEAR, holdings=holdings)) == {WELLS: "dormant"}


def test_power_handed_from_unit_to_unit_is_held_by_the_group_on_every_day():
    day = date(2021, 6, 16)
    holdings = [make_holding(LITTER, E1, valid_to=day), make_holding(LITTER, E2, valid_from=day)]
    snapshot = make_snapshot([], WHOLE_YEAR, holdings=holdings)
    assert states(snapshot) == {LITTER: "dormant"}
    assert len(dormant(snapshot, YEAR, ["unit"])) == 0


def test_case_before_the_window_does_not_wake_a_power():
    snapshot = make_snapshot([make_fact(day=date(2020, 12, 31))], WHOLE_YEAR)
    assert states(snapshot)[LITTER] == "dormant"
    assert states(snapshot, Window(202012, 202111))[LITTER] == "used"


def test_dormancy_is_not_judged_on_less_than_twelve_months():
    snapshot = make_snapshot([], WHOLE_YEAR)
    with pytest.raises(UsageError, match="12"):
        dormant(snapshot, Window(202101, 202111))
    with pytest.raises(UsageError, match="12"):
        dormant(snapshot, YEAR, ["quarter"])
    assert len(dormant(snapshot, YEAR, ["year"])) == 4


# Every measure


@sampled("name", CARDS)
def test_every_measure_returns_the_same_columns(name):
    reviewed = {f"review_{act}_on": date(2021, 1, 4) for act in ("requested", "completed")}
    case = make_fact(fine_cny=50.0, **reviewed)
    table = CARDS[name].compute(make_snapshot([case], WHOLE_YEAR), YEAR, ["district"])
    assert table.columns[0] == "district"
    assert {"numerator", "denominator", "value", "completeness"} <= set(table.columns)
    assert len(table)


@sampled("name", CARDS)
def test_every_measure_survives_a_register_without_any_return(name):
    table = CARDS[name].compute(make_snapshot(), YEAR, ("district",))
    assert not table["completeness"].gt(0).any()  # of months in which nothing was due, missing


# From a file to the rate


def test_log_on_disk_becomes_a_rate(small_world):
    small_world.send([*make_cases(3), *make_cases(1, unit=E2, power=f"{LITTER};{DYKES}")])
    snapshot = small_world.snapshot()
    table = exercise_rate(snapshot, QUARTER, ["district"])
    assert fractions(table, "district") == {EAST: (2, 4), WEST: (0, 4)}
    assert table["completeness"].tolist() == [1.0, 0.0]
    assert fraction(snapshot, min_cases=3) == (1, 4)
    assert fraction(snapshot, aggregate="pooled") == (3, 16)


def test_header_without_rows_is_a_nil_return(small_world):
    report = small_world.send([])
    assert (report.read, report.accepted) == (0, 0)
    assert sorted(report.nil_units) == [E1, E2]
    table = exercise_rate(small_world.snapshot(), QUARTER, ["district"])
    assert table["value"].tolist()[0] == 0.0
    assert math.isnan(table["value"].tolist()[1])


def test_register_without_returns_answers_too(small_world):
    snapshot = small_world.snapshot()
    (record,) = exercise_rate(snapshot, QUARTER).to_dict("records")
    assert (record["numerator"], record["denominator"]) == (0, 4)
    assert math.isnan(record["value"])
    assert snapshot.last_12_months(date(2021, 4, 5)) == Window(202004, 202103)


def test_declared_units_alone_are_covered(small_world):
    small_world.send(make_cases(1), units=(E1,))
    table = completeness(small_world.snapshot(), QUARTER, ["unit"])
    assert fractions(table, "unit") == {E1: (3, 3), E2: (0, 3), W1: (0, 3), W2: (0, 3)}


def test_case_moves_with_its_correction(small_world):
    small_world.send([make_case()])
    small_world.send([make_case(power=SIGNS, decided_on="2021-03-15")])
    table = exercise_rate(small_world.snapshot(), QUARTER, ["month"], selection=_in(EAST))
    assert table["numerator"].tolist() == [0, 0, 1]
    assert fractions(coverage(small_world.snapshot(), QUARTER), "power")[SIGNS] == (1, 4)


def test_case_of_a_power_not_held_on_its_day_exercises_nothing(small_world):
    small_world.override(power=LITTER, scope_code=E1, held=False, valid_from=date(2021, 1, 15))
    rows = [make_case(case_no="〔2021〕1号", decided_on="2021-01-14")]
    rows += make_cases(2, decided_on="2021-01-15")
    report = small_world.send(rows)
    assert (report.accepted, report.quarantined) == (1, 2)
    snapshot = small_world.snapshot()
    assert fraction(snapshot, min_cases=1) == (1, 4)
    assert fraction(snapshot, min_cases=2) == (0, 4)
    flagged = completeness(snapshot, QUARTER, ["month"])["flagged"]
    assert flagged.tolist() == [1, 0, 0]


def test_power_taken_away_afterwards_leaves_the_denominator_with_its_cases(small_world):
    small_world.send([make_case()])
    small_world.override(power=LITTER, scope_code=E1, held=False)
    snapshot = small_world.snapshot()
    assert fraction(snapshot) == (0, 4)
    assert fraction(snapshot, aggregate="pooled") == (0, 15)


def test_known_on_is_what_had_been_recorded_by_the_end_of_that_day(small_world):
    start = date(2021, 4, 1)
    small_world.send([make_case(), make_case(unit=E2, power=WELLS)])
    small_world.send([make_case(power=SIGNS), make_case(unit=E1, action="inspection", power=DYKES)])
    acts = db.table(builders.models.Act)
    with db.writing(small_world.engine) as connection:
        for number in (1, 2, 3):
            day = f"2021-04-0{number}T15:59:59.000000+00:00"
            connection.execute(acts.update().where(acts.c.id == number).values(at=day))

    def exercised(day: date) -> tuple[float, int]:
        return fraction(small_world.snapshot(day), basis="any")

    assert len(exercise_rate(small_world.snapshot(date(2021, 3, 31)), QUARTER)) == 0
    assert exercised(start) == (0, 4)
    assert exercised(date(2021, 4, 2)) == (2, 4)
    assert exercised(date(2021, 4, 3)) == (3, 4)
    assert completeness(small_world.snapshot(start), QUARTER)["value"].tolist() == [0.0]
    assert small_world.snapshot(date(2021, 4, 3)).batches == 2


def test_withdrawn_batch_is_missing_and_was_known(small_world):
    from registry.intake.withdraw import withdraw

    report = small_world.send([make_case()])
    withdraw([report.batch], reason="报错了", actor="test", on=small_world.engine)
    (record,) = exercise_rate(small_world.snapshot(), QUARTER).to_dict("records")
    assert (record["numerator"], record["completeness"]) == (0, 0.0)
    assert math.isnan(record["value"])
    assert small_world.send([make_case()]).accepted == 1
    assert fraction(small_world.snapshot()) == (1, 4)


def test_unit_of_another_kind_that_holds_is_covered_by_its_district(small_world):
    park = f"{EAST}900"
    units = db.table(builders.models.Unit)
    empty = dict.fromkeys(("name_en", "district_name", "succeeded_by"), "")
    with db.writing(small_world.engine) as connection:
        row = make_unit(park, unit_kind="other") | empty
        connection.execute(units.insert().values(id=7, **row))
    small_world.override(power=LITTER, scope_code=park)
    small_world.send([make_case(unit=park)])
    table = completeness(small_world.snapshot(), QUARTER, ["unit"], selection=_in(EAST))
    assert fractions(table, "unit") == {E1: (3, 3), E2: (3, 3), park: (3, 3)}


def test_contradicting_rows_flag_each_its_own_month(small_world):
    rows = [make_case(decided_on="2021-01-15"), make_case(decided_on="2021-03-15")]
    small_world.send([*rows, *make_cases(1, unit=E2)])
    table = completeness(small_world.snapshot(), QUARTER, ["month"], selection=_in(EAST))
    assert table["flagged"].tolist() == [1, 0, 1]
