"""Signs of figures made to please: by hand, and equal to a second implementation."""

import math
from dataclasses import asdict
from datetime import date

import plain
import plain_gaming
import pytest
from builders import E1, E2, EAST, LITTER, SIGNS, W1, WELLS, make_fact, make_snapshot
from examples import examples
from hypothesis import event, given, settings
from hypothesis import strategies as st
from returns_world import in_memory, returns_worlds, unit_filters, windows
from test_plain import QUICK, same

from registry.adjustment.policy import read_policy
from registry.errors import UsageError
from registry.measures.gaming import gaming
from registry.measures.grouping import Selection
from registry.window import Window

YEAR = Window(202101, 202112)
ALL_MONTHS = [(unit, month) for unit in (E1, E2) for month in YEAR.months]
LOW = read_policy().gaming.model_copy(update={"fines": 3, "powers": 2, "months": 3, "level": 0.2})
POLICY = read_policy().model_copy(update={"gaming": LOW})


def penalties(count: int, month: int, **fields):
    return [make_fact(E1, day=date(2021, month, 9), **fields)] * count


def signs(facts, returned=ALL_MONTHS, **options):
    """measure → (numerator, denominator, value, sign) of EAST."""
    snapshot = make_snapshot(facts, returned)
    chosen = Selection(district=(EAST,))
    table = gaming(snapshot, YEAR, ["district"], selection=chosen, policy=POLICY, **options)
    return {
        row.measure: (row.numerator, row.denominator, row.value, row.sign)
        for row in table.itertuples()
    }


def test_two_cases_in_every_month_are_more_even_than_chance():
    facts = [fact for month in range(1, 13) for fact in penalties(2, month)]
    _, months, index, sign = signs(facts)["evenness"]
    assert (months, index, sign) == (12, 0, True)


def test_a_month_that_one_unit_did_not_return_is_left_out():
    facts = [fact for month in range(1, 13) for fact in penalties(2, month, fine_cny=50.0)]
    found = signs(facts, [pair for pair in ALL_MONTHS if pair != (E2, 202112)])
    assert found["evenness"][1] == 11
    assert found["fine_clustering"][:2] == (22, 22)
    assert math.isnan(found["last_month_spike"][2])


def test_the_commonest_fine_counts_each_case_once():
    facts = [
        *penalties(3, 1, fine_cny=50.0),
        make_fact(E1, LITTER, SIGNS, fine_cny=200.0),
        *penalties(2, 2, fine_cny=0.0),
    ]
    assert signs(facts)["fine_clustering"] == (3, 4, 0.75, True)


def test_twelve_cases_in_december_and_one_in_each_other_month_are_a_spike():
    facts = [fact for month in range(1, 12) for fact in penalties(1, month)]
    assert signs([*facts, *penalties(12, 12)])["last_month_spike"] == (12, 11, 12, True)


def test_powers_used_once_are_counted_of_powers_used():
    facts = [make_fact(E1, LITTER), make_fact(E1, SIGNS), *[make_fact(E2, WELLS)] * 2]
    assert signs(facts)["used_once"] == (2, 3, 2 / 3, True)


def test_of_a_group_that_returned_nothing_nothing_is_told():
    for _, _, value, sign in signs([make_fact(E1, LITTER), make_fact(E1, SIGNS)], []).values():
        assert math.isnan(value)
        assert not sign


@pytest.mark.parametrize("by", ["power", "month"])
def test_signs_are_of_whole_units_over_the_whole_window(by):
    with pytest.raises(UsageError, match=by):
        gaming(make_snapshot([make_fact(W1)], ALL_MONTHS), YEAR, [by])


places = st.lists(st.sampled_from([*plain.UNIT_LABELS]), max_size=2, unique=True).map(tuple)


def check(made, by, months, chosen):
    snapshot = in_memory(made)
    window, selection = Window(months[0], months[-1]), Selection(**asdict(chosen))
    table = gaming(snapshot, window, by, selection=selection, policy=POLICY)
    by = by or ("city",)
    limits = plain_gaming.Limits(**LOW.model_dump())
    expected = plain_gaming.gaming(made.world, months, by, chosen, limits)
    found = {tuple(row[name] for name in (*by, "measure")): row for row in table.to_dict("records")}
    assert set(found) == set(expected)
    for label, figures in expected.items():
        row = found[label]
        p_value, sign = figures.more
        for name in ("numerator", "denominator", "value", "completeness"):
            assert same(row[name], getattr(figures, name)), (label, name, row, figures)
        if p_value is None:
            assert math.isnan(row["p_value"])
        else:
            assert math.isclose(row["p_value"], p_value, rel_tol=1e-8, abs_tol=1e-12)
        assert row["sign"] == sign, (label, row, figures)
        event(f"{label[-1]}: {sign}")


@settings(max_examples=examples(100), **QUICK)
@given(returns_worlds(), places, windows(), unit_filters)
def test_signs_equal_plain_python(made, by, months, chosen):
    check(made, by, months, chosen)


@pytest.mark.slow
@settings(max_examples=400, **QUICK)
@given(returns_worlds(), places, windows(), unit_filters)
def test_signs_equal_plain_python_in_many_worlds(made, by, months, chosen):
    check(made, by, months, chosen)
