"""The handing-over side: by hand on the small world, and as plain Python says on random ones."""

import math
from dataclasses import asdict

import pandas as pd
import plain
import pytest
from builders import E1, E2, EAST, QUARTER, WELLS, WEST, make_fact
from examples import examples
from hypothesis import given, settings
from hypothesis import strategies as st
from plain_handover import handover as plain_handover
from plain_returns import Returned
from return_builders import make_training, make_whistle, make_world, returned_all
from returns_world import (
    ReturnsWorld,
    compare_records,
    in_database,
    in_memory,
    unit_groupings,
    windows,
)
from returns_world import returns_worlds as worlds
from test_plain import QUICK, UNIT_CODES, codes

from registry.errors import UsageError
from registry.measures.grouping import Selection
from registry.measures.handover import ALL, ANSWERS, EXERCISE, TRAINING, handover
from registry.snapshot import Snapshot
from registry.window import Window

URBAN, WATER = "urban_management", "water_affairs"


def record(table: pd.DataFrame, measure: str, department: str = WATER, **groups: str) -> dict:
    rows = table[table["measure"].eq(measure) & table["department"].eq(department)]
    for name, code in groups.items():
        rows = rows[rows[name].eq(code)]
    (row,) = rows.to_dict("records")
    return row


def test_calls_answered_on_time_and_solved_are_shares_of_the_calls():
    rows = [make_whistle(), make_whistle(E2, called=6, on_time=6, solved=1)]
    table = handover(make_world(returned_all(whistles=rows)), QUARTER, ("district",))
    on_time = record(table, "on_time_rate", district=EAST)
    assert (on_time["numerator"], on_time["denominator"], on_time["value"]) == (9, 10, 0.9)
    assert record(table, "solved_rate", district=EAST)["value"] == 0.3
    assert math.isnan(record(table, "on_time_rate", district=WEST)["value"])
    assert math.isnan(record(table, "on_time_rate", URBAN, district=EAST)["value"])


def test_a_call_whose_outcome_is_not_given_counts_in_neither_side():
    rows = [make_whistle(), make_whistle(E2, called=6, on_time=None, solved=6)]
    table = handover(make_world(returned_all(whistles=rows)), QUARTER)
    assert record(table, "on_time_rate")["denominator"] == 4
    assert record(table, "solved_rate")["denominator"] == 10


def test_departments_that_handed_no_power_over_are_not_told():
    rows = [make_whistle(department="police")]
    table = handover(make_world(returned_all(whistles=rows)), QUARTER)
    assert list(dict.fromkeys(table["department"])) == [URBAN, WATER]
    assert table.loc[table["measure"].eq("on_time_rate"), "denominator"].eq(0).all()


def test_training_is_counted_by_district():
    rows = [make_training(), make_training(month=202102, sessions=2), make_training(WEST)]
    table = handover(make_world(returned_all(training=rows)), QUARTER, ("district",))
    assert record(table, "training_sessions", district=EAST)["value"] == 3
    assert record(table, "officers_trained", district=EAST)["value"] == 40
    assert record(table, "joint_operations", district=WEST)["value"] == 2


def test_a_nil_return_of_training_is_zero_and_a_number_not_given_is_missing():
    returned = returned_all(training=[make_training(sessions=None)])
    returned.covered["training"] = {(EAST, 202101), (WEST, 202101)}
    table = handover(make_world(returned), QUARTER, ("district",))
    assert math.isnan(record(table, "training_sessions", district=EAST)["value"])
    assert record(table, "officers_trained", district=EAST)["value"] == 20
    assert record(table, "training_sessions", district=WEST)["value"] == 0
    assert record(table, "training_sessions", district=WEST)["completeness"] == 1 / 3


def test_the_exercise_rate_of_the_departments_powers_stands_beside():
    snapshot = make_world(returned_all(), [make_fact(E1, WELLS)])
    table = handover(snapshot, QUARTER)
    union, pooled = record(table, "exercise_rate"), record(table, "exercise_rate_pooled")
    assert (union["numerator"], union["denominator"]) == (1, 2)
    assert (pooled["numerator"], pooled["denominator"]) == (1, 8)


def test_training_is_not_told_below_districts():
    snapshot = make_world(returned_all(training=[make_training()]))
    for table in (
        handover(snapshot, QUARTER, ("unit",)),
        handover(snapshot, QUARTER, selection=Selection(unit=(E1,))),
    ):
        assert set(table["measure"]) == {*ANSWERS, *EXERCISE}
    with pytest.raises(UsageError, match="按区报送"):
        handover(snapshot, QUARTER, ("unit",), measures=tuple(TRAINING))


def test_other_groups_of_powers_are_refused():
    with pytest.raises(UsageError, match="domain"):
        handover(make_world(Returned()), QUARTER, ("domain",))


def test_what_was_not_returned_is_missing():
    table = handover(make_world(Returned(), logs=[]), QUARTER, ("district",))
    assert table["value"].isna().all()
    assert table["completeness"].eq(0).all()
    assert set(table["measure"]) == set(ALL)


def test_the_command_prints_every_measure_by_department(command_line):
    records = command_line.records("handover", "--by", "district")
    assert {row["measure"] for row in records} == set(ALL)
    assert {row["department"] for row in records} == {URBAN, WATER}


# Random worlds


def check(made: ReturnsWorld, snapshot: Snapshot, question: tuple) -> None:
    months, groups, chosen = question
    by = (*groups, "department")
    expected = plain_handover(made.world, made.returned, months, by, chosen)
    window = Window(months[0], months[-1])
    table = handover(snapshot, window, by, selection=Selection(**asdict(chosen)))
    compare_records(table, expected, (*by, "measure"))


filters = st.builds(
    plain.Filters,
    district=codes(EAST, WEST),
    unit=codes(*UNIT_CODES),
    department=codes(URBAN, WATER),
)
questions = st.tuples(windows(), unit_groupings, filters)


@settings(max_examples=examples(150), **QUICK)
@given(worlds(), questions)
def test_handover_equals_plain_python(made, question):
    check(made, in_memory(made), question)


@settings(max_examples=examples(10), **QUICK)
@given(made=worlds(), question=questions)
def test_handover_from_a_database_equals_plain_python(register, made, question):
    check(made, in_database(made, register), question)
