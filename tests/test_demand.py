"""Demand: by hand on the small world, and as plain Python says on random ones."""

import math
from dataclasses import asdict
from datetime import date

import pandas as pd
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
    make_fact,
)
from examples import examples
from hypothesis import given, settings
from hypothesis import strategies as st
from plain_demand import demand as plain_demand
from plain_returns import Returned
from return_builders import make_complaint, make_topic, make_world, returned_all
from returns_world import (
    ReturnsWorld,
    compare_records,
    in_database,
    in_memory,
    unit_groupings,
    windows,
)
from returns_world import returns_worlds as worlds
from test_plain import QUICK, filters

from registry.adjustment.policy import read_policy
from registry.errors import UsageError
from registry.measures.demand import ALL, demand
from registry.measures.grouping import Selection
from registry.snapshot import Snapshot
from registry.window import Window

TOPICS = [make_topic("litter", LITTER, SIGNS), make_topic("wells", WELLS)]


def record(table: pd.DataFrame, measure: str, **groups: str) -> dict:
    rows = table[table["measure"].eq(measure)]
    for name, code in groups.items():
        rows = rows[rows[name].eq(code)]
    (row,) = rows.to_dict("records")
    return row


def complained(*rows: dict, cases=(), logs=RETURNED) -> Snapshot:
    return make_world(returned_all(complaints=rows, topics=TOPICS), cases, logs)


def state(snapshot: Snapshot, topic: str = "litter", **groups: str) -> str | None:
    table = demand(snapshot, QUARTER, tuple(groups) or ("city",))
    return record(table, "needed_but_unused", topic=topic, **groups)["state"]


def test_complaints_of_a_topic_count_once_however_many_powers_it_has():
    snapshot = complained(make_complaint(complaints=3), make_complaint(E2, complaints=2))
    table = demand(snapshot, QUARTER, ("district",))
    assert record(table, "complaints", district=EAST, topic="litter")["value"] == 5
    assert record(table, "complaints", district=WEST, topic="litter")["value"] == 0
    assert record(table, "complaints", district=EAST, topic="wells")["value"] == 0


def test_complaints_given_by_power_count_for_the_power_and_for_no_topic():
    snapshot = complained(make_complaint(power=SIGNS, complaints=4), make_complaint(complaints=1))
    topics = demand(snapshot, QUARTER)
    assert record(topics, "complaints", topic="litter")["value"] == 1
    powers = demand(snapshot, QUARTER, ("power",))
    assert record(powers, "complaints", power=SIGNS)["value"] == 4
    assert record(powers, "complaints", power=LITTER)["value"] == 0


def test_needed_but_unused_is_above_the_limit_for_the_months_returned():
    """12 a year are 3 in a quarter: 3 complaints are not above, 4 are."""
    assert state(complained(make_complaint(complaints=3)), unit=E1) == "below_limit"
    snapshot = complained(make_complaint(complaints=4))
    assert state(snapshot, unit=E1) == "needed_but_unused"
    row = record(demand(snapshot, QUARTER), "needed_but_unused", topic="litter")
    assert (row["value"], row["numerator"], row["denominator"]) == (1.0, 1, 1)
    assert (row["powers"], row["complaints"], row["units_above_limit"]) == ("UM1;UM2", 4, 1)


def test_one_unit_above_the_limit_is_enough_for_its_group():
    spread = [make_complaint(unit, complaints=3) for unit in (E1, E2, W1)]
    assert state(complained(*spread)) == "below_limit"
    assert state(complained(*spread, make_complaint(W1, 202102))) == "needed_but_unused"


def test_any_case_of_any_of_its_powers_means_used():
    case = make_fact(E2, SIGNS, action="inspection")
    snapshot = complained(make_complaint(complaints=9), cases=[case])
    assert state(snapshot, district=EAST) == "used"
    assert state(snapshot, unit=E1) == "needed_but_unused"


def test_without_all_logs_no_case_was_seen_and_the_value_is_missing():
    snapshot = complained(make_complaint(complaints=9), logs=RETURNED[:-1])
    row = record(demand(snapshot, QUARTER), "needed_but_unused", topic="litter")
    assert row["state"] == "no_case_seen"
    assert math.isnan(row["value"])


def test_complaints_not_returned_are_not_zero_complaints():
    snapshot = make_world(Returned(topics=TOPICS))
    table = demand(snapshot, QUARTER)
    assert (
        table.loc[table["measure"].isin(["complaints", "needed_but_unused"]), "value"].isna().all()
    )
    assert record(table, "needed_but_unused", topic="wells")["state"] is None


def test_the_funnel_counts_units_that_acted_after_their_first_complaint():
    rows = [make_complaint(E1, 202102), make_complaint(E2, 202102), make_complaint(W1, 202102)]
    cases = [
        make_fact(E1, SIGNS, action="inspection", day=date(2021, 2, 1)),
        make_fact(E1, LITTER, day=date(2021, 3, 1)),
        make_fact(E2, LITTER, action="inspection", day=date(2021, 1, 31)),
    ]
    table = demand(complained(*rows, cases=cases), QUARTER)
    expected = {"inspections_after_complaints": (1, 3), "decisions_after_complaints": (1, 3)}
    for measure, fraction in expected.items():
        row = record(table, measure, topic="litter")
        assert (row["numerator"], row["denominator"]) == fraction
        assert math.isnan(record(table, measure, topic="wells")["value"])


def test_another_limit_is_the_policys():
    policy = read_policy().model_copy(update={"demand_limit": 40.0})
    snapshot = complained(make_complaint(complaints=10))
    table = demand(snapshot, QUARTER, policy=policy)
    assert record(table, "needed_but_unused", topic="litter")["state"] == "below_limit"


def test_a_filter_of_powers_chooses_topics_with_such_a_power():
    table = demand(complained(), QUARTER, selection=Selection(department=("water_affairs",)))
    assert set(table["topic"]) == {"wells"}


@pytest.mark.parametrize("by", [("department",), ("topic", "power"), ("kind", "unit")])
def test_a_topic_cannot_be_divided_among_groups_of_powers(by):
    with pytest.raises(UsageError, match="主题"):
        demand(complained(), QUARTER, by)


def test_a_register_without_topics_has_no_records_but_the_columns():
    table = demand(make_world(Returned()), QUARTER, ("district",))
    assert len(table) == 0
    assert list(table.columns[:5]) == ["district", "topic", "measure", "numerator", "denominator"]


def test_the_command_names_topics(shipped):
    records = shipped.records("demand", "--district", "110101", "--by", "district,topic")
    assert {row["measure"] for row in records} == set(ALL)
    assert records[0]["topic_name"] == "占道摆摊"


# Random worlds


def check(made: ReturnsWorld, snapshot: Snapshot, question: tuple) -> None:
    months, groups, subject, chosen = question
    by = (*groups, subject)
    expected = plain_demand(made.world, made.returned, months, by, chosen)
    window = Window(months[0], months[-1])
    table = demand(snapshot, window, by, selection=Selection(**asdict(chosen)))
    stated = table.astype(dict.fromkeys(MORE, object)).where(table[list(MORE)].notna(), None)
    table = table.assign(**{name: stated[name] for name in MORE})
    compare_records(table, expected, (*by, "measure"), MORE)


MORE = ("state", "complaints", "units_above_limit")
questions = st.tuples(windows(), unit_groupings, st.sampled_from(["topic", "power"]), filters)


@settings(max_examples=examples(150), **QUICK)
@given(worlds(), questions)
def test_demand_equals_plain_python(made, question):
    check(made, in_memory(made), question)


@settings(max_examples=examples(10), **QUICK)
@given(made=worlds(), question=questions)
def test_demand_from_a_database_equals_plain_python(register, made, question):
    check(made, in_database(made, register), question)
