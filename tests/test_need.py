"""What is asked of a power, how often it is used, who holds and can bear it."""

import math
from dataclasses import asdict, replace
from datetime import date

import pandas as pd
import plain_need as plain
from builders import (
    E1,
    E2,
    EAST,
    LITTER,
    QUARTER,
    RETURNED,
    SIGNS,
    WELLS,
    WEST,
    make_fact,
    make_holding,
    make_holdings,
    make_snapshot,
)
from examples import examples
from hypothesis import given, settings
from hypothesis import strategies as st
from return_builders import make_complaint, make_staffing, make_topic, make_world, returned_all
from returns_world import compare_records, in_memory, windows
from returns_world import returns_worlds as worlds
from test_plain import QUICK, filters

from registry.measures.capacity import capacity
from registry.measures.grouping import Selection
from registry.measures.held import held_share
from registry.measures.need import need
from registry.measures.use import yearly_use
from registry.window import Window

TOPICS = [make_topic("litter", LITTER, SIGNS), make_topic("posters", SIGNS)]


def rows_of(table: pd.DataFrame, measure: str, *groups: str) -> pd.DataFrame:
    return table[table["measure"].eq(measure)].set_index(list(groups or ("power",)))


def test_a_topics_complaints_count_for_each_of_its_powers():
    said = [make_complaint(E1, complaints=5), make_complaint(E2, topic="posters", complaints=1)]
    snapshot = make_world(returned_all(complaints=said, topics=TOPICS))
    rates = rows_of(need(snapshot, QUARTER), "complaints_per_unit")
    assert rates.loc[LITTER, ["numerator", "denominator", "value"]].tolist() == [5, 12, 5]
    assert rates.loc[SIGNS, "value"] == 6


def test_of_a_power_that_no_topic_names_nothing_is_known():
    snapshot = make_world(returned_all(complaints=[make_complaint()], topics=TOPICS))
    assert math.isnan(rows_of(need(snapshot, QUARTER), "complaints_per_unit").loc[WELLS, "value"])


def test_a_power_named_by_its_code_needs_no_topic():
    said = [make_complaint(power=WELLS, complaints=2)]
    snapshot = make_world(returned_all(complaints=said, topics=TOPICS))
    assert rows_of(need(snapshot, QUARTER), "complaints_per_unit").loc[WELLS, "numerator"] == 2


def test_a_unit_whose_complaints_nobody_answers_is_unmet():
    said = [make_complaint(E1, complaints=9), make_complaint(E2, complaints=9)]
    snapshot = make_world(
        returned_all(complaints=said, topics=TOPICS), [make_fact(E2, SIGNS)], RETURNED
    )
    found = rows_of(need(snapshot, QUARTER, ("district",)), "unmet", "district", "power")
    assert found.loc[(EAST, LITTER), ["numerator", "denominator"]].tolist() == [1, 2]
    assert found.loc[(WEST, LITTER), "numerator"] == 0


def test_where_no_complaints_were_returned_nothing_is_said_to_be_met():
    unheard = replace(returned_all(topics=TOPICS), covered={"complaints": set()})
    world = make_world(unheard, [make_fact(E2, SIGNS)])
    row = rows_of(need(world, QUARTER), "unmet").loc[SIGNS]
    assert row[["numerator", "denominator", "completeness"]].tolist() == [0, 1, 0]
    assert math.isnan(row["value"])


def test_frequency_is_told_of_months_that_were_returned():
    returned = [pair for pair in RETURNED if pair[0] == E1]
    snapshot = make_snapshot([make_fact(), make_fact()], returned, window=QUARTER)
    row = yearly_use(snapshot, QUARTER, ("power",)).set_index("power").loc[LITTER]
    assert row[["numerator", "denominator", "value", "completeness"]].tolist() == [2, 3, 8, 0.25]


def test_a_power_held_in_one_district_is_held_by_half_of_the_units():
    holdings = [row for row in make_holdings() if row["power"] != WELLS]
    snapshot = make_snapshot([], holdings=[*holdings, make_holding(WELLS, EAST)])
    shares = held_share(snapshot, date(2021, 3, 1), ("power",)).set_index("power")
    assert shares.loc[WELLS, ["numerator", "denominator", "value"]].tolist() == [2, 4, 0.5]
    assert shares.loc[LITTER, "value"] == 1
    assert len(held_share(snapshot, date(2020, 6, 30))) == 0


def test_capacity_is_that_of_the_units_that_hold_the_power():
    holdings = [row for row in make_holdings() if row["power"] != WELLS]
    staff = [make_staffing(E1, month=202103), make_staffing(E2, month=202103, front_line=10)]
    snapshot = make_world(
        returned_all(staffing=staff), holdings=[*holdings, make_holding(WELLS, E1)]
    )
    rows = rows_of(capacity(snapshot, QUARTER), "front_line")
    assert rows.loc[WELLS, ["numerator", "denominator", "value"]].tolist() == [6, 10, 0.6]
    assert rows.loc[LITTER, ["numerator", "denominator", "value"]].tolist() == [16, 20, 0.8]


# In plain Python

groupings = st.sampled_from([("city",), ("district",), ("unit",), ("unit_kind",)])
questions = st.tuples(windows(), groupings, filters)
DAY = date(2021, 10, 15)


@settings(max_examples=examples(100), **QUICK)
@given(worlds(), questions)
def test_need_and_use_equal_plain_python(made, question):
    months, by, chosen = question
    snapshot, window = in_memory(made), Window(months[0], months[-1])
    options = {"selection": Selection(**asdict(chosen))}
    by = (*by, "power")
    compare_records(
        need(snapshot, window, by, **options),
        plain.need(made.world, made.returned, months, by, chosen),
        (*by, "measure"),
    )
    compare_records(
        yearly_use(snapshot, window, by, **options),
        plain.yearly_use(made.world, months, by, chosen),
        by,
    )
    compare_records(
        capacity(snapshot, window, by, measures=("front_line",), **options),
        plain.front_line(made.world, made.returned, months, by, chosen),
        by,
    )


@settings(max_examples=examples(100), **QUICK)
@given(worlds(), groupings, filters)
def test_held_share_equals_plain_python(made, by, chosen):
    table = held_share(in_memory(made), DAY, by, selection=Selection(**asdict(chosen)))
    expected = plain.held_share(made.world, DAY, by, chosen)
    compare_records(table, expected, (*by, "power"))
