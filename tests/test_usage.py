"""The monthly roll-up and the cube: what a case adds, and that it adds up."""

from datetime import date

import builders
import numpy as np
import pandas as pd
import pytest
import sqlalchemy as sa
from builders import (
    E1,
    E2,
    LITTER,
    SIGNS,
    WELLS,
    make_case,
    make_catalogue,
    make_fact,
    make_frames,
    make_power,
    make_unit,
)
from examples import examples
from hypothesis import given, settings
from hypothesis import strategies as st
from pandas.testing import assert_frame_equal

from registry import bulk, db
from registry.catalogue import read_catalogue
from registry.db import table
from registry.rollup import CELL, ONCE, current_cases, order_by
from registry.rollups import rollups
from registry.usage import COUNTS, USAGE, UsageCube, monthly_usage
from registry.window import Window

CATALOGUE = make_catalogue()


@given(st.lists(st.tuples(*[st.integers(0, 3)] * 2, st.integers(0, 2**40)), max_size=30))
def test_rows_are_sorted_by_all_their_keys(rows):
    keys = [np.array([row[place] for row in rows], dtype=np.int64) for place in range(3)]
    assert [rows[place] for place in order_by(keys)] == sorted(rows)


def roll_up(*facts) -> pd.DataFrame:
    return monthly_usage(*make_frames(facts, CATALOGUE))


def counts_of(usage: pd.DataFrame, power: str | None = None) -> dict[str, int]:
    """The sums over all rows of a power; of none, over the rows that count each case once."""
    ids = dict(zip(CATALOGUE.powers["code"], CATALOGUE.powers["id"], strict=True))
    rows = usage[usage["power_id"].eq(ONCE if power is None else ids[power])]
    return {name: int(rows[name].sum()) for name in COUNTS}


def test_case_with_several_powers_counts_for_each_and_once_for_its_unit():
    usage = roll_up(make_fact(E1, LITTER, WELLS))
    assert [counts_of(usage, power)["cases"] for power in (LITTER, SIGNS, WELLS)] == [1, 0, 1]
    assert counts_of(usage)["cases"] == 1


def test_inspection_without_a_power_counts_once_and_for_no_power():
    fact = make_fact(action="inspection", outcome=None) | {"powers": ()}
    usage = roll_up(fact)
    assert usage["power_id"].tolist() == [ONCE]
    assert counts_of(usage) == dict.fromkeys(COUNTS, 0) | {"cases": 1, "inspections": 1}


@pytest.mark.parametrize(
    ("action", "outcome", "decisions"),
    [
        ("penalty", "punished", 1),
        ("penalty", "not_punished", 1),
        ("penalty", None, 1),
        ("penalty", "withdrawn", 0),
        ("penalty", "transferred", 0),
        ("coercion", None, 1),
        ("coercion", "withdrawn", 1),
        ("inspection", None, 0),
        ("inspection", "punished", 0),
    ],
)
def test_decision_is_a_penalty_not_withdrawn_or_transferred_or_a_coercion(
    action, outcome, decisions
):
    usage = roll_up(make_fact(action=action, outcome=outcome))
    assert counts_of(usage, LITTER)["decisions"] == decisions
    assert counts_of(usage, LITTER)["cases"] == 1


def test_penalty_revoked_later_still_counts():
    usage = roll_up(make_fact(annulled_on=date(2021, 2, 1)))
    assert counts_of(usage)["decisions"] == 1


def test_fines_are_those_of_decided_penalties():
    usage = roll_up(
        make_fact(fine_cny=50.0),
        make_fact(fine_cny=1000.1),
        make_fact(fine_cny=9.0, outcome="withdrawn"),
        make_fact(fine_cny=9.0, action="inspection"),
        make_fact(fine_cny=None),
    )
    counts = counts_of(usage)
    assert counts["penalties"] == 3
    assert counts["fine_fen"] == 105_010


def test_case_belongs_to_the_month_of_its_day():
    usage = roll_up(make_fact(day=date(2020, 12, 31)), make_fact(day=date(2021, 1, 1)))
    assert usage.loc[usage["power_id"].eq(ONCE), "month"].tolist() == [202012, 202101]


def test_days_as_text_and_as_dates_are_the_same():
    cases, links = make_frames([make_fact(), make_fact(E2, day=date(2021, 2, 3))], CATALOGUE)
    as_text = cases.assign(case_day=cases["case_day"].astype(str))
    assert_frame_equal(monthly_usage(cases, links), monthly_usage(as_text, links))


def test_no_cases_roll_up_to_nothing():
    usage = roll_up()
    assert list(usage.columns) == USAGE.columns
    assert len(usage) == 0


facts = st.builds(
    make_fact,
    st.sampled_from(builders.UNITS),
    day=st.dates(date(2020, 12, 30), date(2021, 2, 2)),
    action=st.sampled_from(["penalty", "inspection", "coercion"]),
    outcome=st.sampled_from([None, "punished", "withdrawn"]),
    procedure=st.sampled_from([None, "summary", "ordinary"]),
    fine_cny=st.sampled_from([None, 50.0, 0.07]),
).flatmap(
    lambda fact: st.lists(st.sampled_from([LITTER, SIGNS, WELLS]), max_size=3, unique=True).map(
        lambda powers: fact | {"powers": tuple(powers)}
    )
)


@settings(max_examples=examples(50), deadline=None)
@given(st.lists(facts, max_size=12), st.lists(facts, max_size=12))
def test_roll_up_is_additive_over_disjoint_cases(a, b):
    combined = USAGE.combine(roll_up(*a), roll_up(*b), signs=(1, 1))
    assert_frame_equal(combined, roll_up(*a, *b))


@settings(max_examples=examples(50), deadline=None)
@given(st.lists(facts, max_size=12), st.lists(facts, max_size=12))
def test_taking_off_what_was_added_leaves_the_rest(a, b):
    rest = USAGE.combine(roll_up(*a, *b), roll_up(*b), signs=(1, -1))
    assert_frame_equal(rest, roll_up(*a))


def test_nothing_combined_is_nothing():
    assert len(USAGE.combine(signs=())) == 0
    assert len(USAGE.combine(roll_up(), roll_up(), signs=(1, -1))) == 0


@pytest.mark.parametrize(
    ("window", "cases"),
    [
        (Window(202101, 202101), 1),
        (Window(202101, 202103), 3),
        (Window(202102, 202102), 0),
        (Window(202103, 202112), 2),
        (Window(202001, 202012), 0),
        (Window(202104, 202112), 0),
        (Window(201901, 202512), 3),
    ],
)
def test_cube_counts_the_months_of_a_window_and_nothing_outside(window, cases):
    march = make_fact(day=date(2021, 3, 31))
    cube = builders.make_snapshot([make_fact(), march, march]).cube
    assert cube.counts("any", window).sum() == cases


def test_cube_lies_in_the_order_of_the_catalogue():
    units = [make_unit(f"99010100{n}") for n in range(3)]
    powers = [make_power(f"P{n}") for n in range(2)]
    catalogue = make_catalogue(units, powers)
    usage = monthly_usage(*make_frames([make_fact("990101002", "P1")], catalogue))
    cube = UsageCube.build(usage, catalogue.units, catalogue.powers, Window(202101, 202101))
    expected = np.zeros((3, 2), dtype=int)
    expected[2, 1] = 1
    assert cube.counts("decision", Window(202101, 202101)).tolist() == expected.tolist()


def test_cube_keeps_the_rows_that_count_each_case_once():
    cube = builders.make_snapshot([make_fact(E1, LITTER, SIGNS)]).cube
    assert cube.totals["cases"].tolist() == [1]
    assert cube.counts("any", Window(202101, 202101)).sum() == 2


def test_stored_roll_up_adds_to_what_is_there(small_world):
    one = roll_up(make_fact(), make_fact(E2, day=date(2021, 2, 3)))
    more = roll_up(make_fact(), make_fact(E1, SIGNS))
    with db.writing(small_world.engine) as connection:
        USAGE.add(connection, one)
        USAGE.add(connection, more)
        assert_frame_equal(USAGE.read(connection), USAGE.combine(one, more, signs=(1, 1)))


def test_stored_roll_up_forgets_what_is_taken_off(small_world):
    usage = roll_up(make_fact())
    with db.writing(small_world.engine) as connection:
        USAGE.add(connection, usage)
        USAGE.add(connection, usage.assign(**{name: -usage[name] for name in COUNTS}))
        assert len(USAGE.read(connection)) == 0


def test_stored_roll_up_is_the_one_of_the_current_cases(small_world):
    rows = [
        make_case(),
        make_case(case_no="〔2021〕2号", power=f"{SIGNS};{WELLS}", fine_cny="200"),
        make_case(case_no="〔2021〕3号", unit=E2, action="inspection", power="", outcome=""),
    ]
    small_world.send([row | {"fine_cny": row.get("fine_cny", "")} for row in rows])
    small_world.send([make_case(outcome="withdrawn"), make_case(unit=E2, power=WELLS)])
    with db.reading(small_world.engine) as connection:
        stored, computed = USAGE.read(connection), monthly_usage(*current_cases(connection))
    assert_frame_equal(stored, computed)
    assert counts_of(stored)["cases"] == 4
    assert counts_of(stored)["decisions"] == 2
    assert counts_of(stored)["fine_fen"] == 20_000


@pytest.mark.parametrize("rollup", rollups(), ids=lambda rollup: table(rollup.model).name)
@pytest.mark.parametrize("larger", [False, True], ids=["few rows", "many rows"])
def test_stored_counts_of_any_size_are_read_as_they_were_written(
    small_world, rollup, larger, monkeypatch
):
    """Also where another process reads them."""
    written = edge_rows(small_world, rollup)
    with db.writing(small_world.engine) as connection:
        connection.execute(sa.delete(table(rollup.model)))
        rollup.write(connection, written)
    monkeypatch.setattr(bulk, "LARGE", 1 if larger else 10**9)
    with db.reading(small_world.engine) as connection:
        found = rollup.read(connection)
    assert_frame_equal(found, written.sort_values(list(rollup.keys), ignore_index=True))


def edge_rows(world, rollup) -> pd.DataFrame:
    """A row for each unit, with and without a power: nothing, one, and as much as there is room
    for, side by side."""
    with db.reading(world.engine) as connection:
        catalogue = read_catalogue(connection)
    keys = pd.MultiIndex.from_product(
        [[202101, 202112], catalogue.units["id"], [ONCE, catalogue.powers["id"].iloc[0]]],
        names=CELL,
    )
    frame = keys.to_frame(index=False)
    for place, name in enumerate(n for n in rollup.columns if n not in CELL):
        largest = np.iinfo(rollup.types[name]).max
        sizes = np.array([0, 1, largest, largest - 1], dtype=rollup.types[name])
        frame[name] = np.roll(np.resize(sizes, len(frame)), place)
    return rollup.typed({name: frame[name].to_numpy() for name in rollup.columns})
