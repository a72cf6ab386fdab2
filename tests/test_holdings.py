"""Who holds which power on which day: rules that can be worked out in one's head."""

from datetime import date, timedelta

import builders
import numpy as np
import pytest
from builders import (
    DYKES,
    E1,
    E2,
    EAST,
    LITTER,
    QUARTER,
    SIGNS,
    UNITS,
    W1,
    W2,
    make_holding,
    make_unit,
    make_units,
)

from registry import db
from registry.db import revision
from registry.holdings import Holdings, read_holdings
from registry.window import Window

MONTHS = Window(202012, 202104).months


def make_register(*rows, units=None) -> Holdings:
    return builders.make_snapshot(holdings=rows, units=units).holdings


def holders(holdings: Holdings, day: date, power: str = LITTER) -> set[str]:
    column = holdings.on(day)[:, list(holdings.powers["code"]).index(power)]
    return set(holdings.units["code"][column])


def position(frame, code: str) -> int:
    return list(frame["code"]).index(code)


def test_city_wide_means_every_unit_that_can_hold():
    units = [*make_units(), make_unit(f"{EAST}900", unit_kind="other")]
    holdings = make_register(make_holding(LITTER), units=units)
    assert holders(holdings, date(2021, 1, 1)) == set(UNITS)


def test_district_wide_means_its_units_that_can_hold():
    units = [*make_units(), make_unit(f"{EAST}900", unit_kind="other")]
    holdings = make_register(make_holding(LITTER, EAST), units=units)
    assert holders(holdings, date(2021, 1, 1)) == {E1, E2}


def test_unit_of_another_kind_holds_in_its_own_name_only():
    units = [*make_units(), make_unit(f"{EAST}900", unit_kind="other")]
    holdings = make_register(make_holding(LITTER, f"{EAST}900"), units=units)
    assert holders(holdings, date(2021, 1, 1)) == {f"{EAST}900"}


def test_power_without_a_row_is_held_by_nobody():
    holdings = make_register(make_holding(LITTER))
    assert holders(holdings, date(2021, 1, 1), SIGNS) == set()


def test_interval_contains_its_first_day():
    holdings = make_register(make_holding(LITTER, valid_from=date(2021, 1, 10)))
    assert holders(holdings, date(2021, 1, 9)) == set()
    assert holders(holdings, date(2021, 1, 10)) == set(UNITS)


def test_interval_does_not_contain_its_end():
    holdings = make_register(make_holding(LITTER, valid_to=date(2021, 1, 10)))
    assert holders(holdings, date(2021, 1, 9)) == set(UNITS)
    assert holders(holdings, date(2021, 1, 10)) == set()


def test_narrowest_scope_wins():
    holdings = make_register(
        make_holding(LITTER, E1), make_holding(LITTER, EAST, held=False), make_holding(LITTER)
    )
    assert holders(holdings, date(2021, 1, 1)) == {E1, W1, W2}


def test_narrowest_scope_wins_when_it_takes_away():
    holdings = make_register(make_holding(LITTER, E1, held=False), make_holding(LITTER, EAST))
    assert holders(holdings, date(2021, 1, 1)) == {E2}


def test_override_speaks_of_its_own_power_only():
    holdings = make_register(
        make_holding(LITTER), make_holding(SIGNS), make_holding(LITTER, EAST, held=False)
    )
    assert holders(holdings, date(2021, 1, 1), SIGNS) == set(UNITS)


def test_override_that_is_over_leaves_the_wider_scope():
    shut = make_holding(
        LITTER, E1, held=False, valid_from=date(2021, 1, 5), valid_to=date(2021, 1, 8)
    )
    holdings = make_register(make_holding(LITTER), shut)
    held = [E1 in holders(holdings, date(2021, 1, day)) for day in (4, 5, 7, 8)]
    assert held == [True, False, False, True]


def test_unit_holds_nothing_before_it_begins():
    units = [make_unit(EAST, unit_kind="district"), make_unit(E1, valid_from=date(2021, 1, 10))]
    holdings = make_register(make_holding(LITTER), make_holding(SIGNS, E1), units=units)
    assert (
        holders(holdings, date(2021, 1, 9)) == holders(holdings, date(2021, 1, 9), SIGNS) == set()
    )
    assert holders(holdings, date(2021, 1, 10)) == {E1}


def test_unit_holds_nothing_after_its_end():
    units = [make_unit(EAST, unit_kind="district"), make_unit(E1, valid_to=date(2021, 1, 10))]
    holdings = make_register(make_holding(LITTER), make_holding(SIGNS, E1), units=units)
    assert holders(holdings, date(2021, 1, 9), SIGNS) == {E1}
    assert holders(holdings, date(2021, 1, 10)) == holders(holdings, date(2021, 1, 10), SIGNS)
    assert holders(holdings, date(2021, 1, 10)) == set()


def test_one_day_of_a_month_is_holding_in_the_month():
    one_day = make_holding(LITTER, valid_from=date(2021, 2, 28), valid_to=date(2021, 3, 1))
    patterns, which = make_register(one_day).by_month(QUARTER)
    assert [bool(patterns[number].any()) for number in which] == [False, True, False]


def test_months_alike_share_a_pattern():
    patterns, which = make_register(make_holding(LITTER)).by_month(QUARTER)
    assert len(patterns) == 1
    assert which.tolist() == [0, 0, 0]


WINDOWS = [Window(first, last) for first in MONTHS for last in MONTHS if first <= last]


def changing_register() -> Holdings:
    return make_register(
        make_holding(LITTER, E1, valid_from=date(2021, 1, 20), valid_to=date(2021, 2, 10)),
        make_holding(LITTER, E1, valid_from=date(2021, 3, 31), valid_to=date(2021, 4, 1)),
        make_holding(DYKES, E2, valid_from=date(2021, 2, 1), valid_to=date(2021, 2, 2)),
        make_holding(SIGNS, valid_to=date(2021, 3, 1)),
    )


@pytest.mark.parametrize("window", WINDOWS, ids=str)
def test_a_window_holds_what_any_of_its_days_does(window):
    holdings = changing_register()
    assert np.array_equal(holdings.during(window), by_day(holdings, window))
    patterns, which = holdings.by_month(window)
    for month, number in zip(window.months, which, strict=True):
        assert np.array_equal(patterns[number], by_day(holdings, Window(month, month)))


def test_windows_asked_for_before_change_no_answer(monkeypatch):
    """However few of their answers are kept."""
    monkeypatch.setattr("registry.holdings.KEPT", 2)
    holdings = changing_register()
    for window in WINDOWS * 2:
        assert np.array_equal(holdings.during(window), by_day(holdings, window))
        assert len(holdings._over) <= 2


def by_day(holdings: Holdings, window: Window) -> np.ndarray:
    days = [window.start + timedelta(n) for n in range((window.end - window.start).days)]
    return np.logical_or.reduce([holdings.on(day) for day in days])


def test_handing_over_from_unit_to_unit_is_holding_throughout():
    day = date(2021, 2, 10)
    holdings = make_register(
        make_holding(LITTER, E1, valid_to=day), make_holding(LITTER, E2, valid_from=day)
    )
    everyone = np.ones(len(holdings.units), dtype=bool)
    only_e1 = holdings.units["code"].eq(E1).to_numpy()
    assert holdings.throughout(QUARTER, everyone)[0]
    assert not holdings.throughout(QUARTER, only_e1)[0]


def test_a_gap_of_one_day_is_not_holding_throughout():
    holdings = make_register(
        make_holding(LITTER, valid_to=date(2021, 2, 10)),
        make_holding(LITTER, valid_from=date(2021, 2, 11)),
    )
    everyone = np.ones(len(holdings.units), dtype=bool)
    assert not holdings.throughout(QUARTER, everyone)[0]
    assert holdings.throughout(Window(202103, 202103), everyone)[0]


def test_pairs_are_held_each_on_its_own_day():
    holdings = make_register(
        make_holding(LITTER, valid_to=date(2021, 2, 1)), make_holding(DYKES, E1)
    )
    asked = [
        (E1, LITTER, "2021-01-31"),
        (E1, LITTER, "2021-02-01"),
        (E1, LITTER, "1999-01-01"),
        (E1, DYKES, "2021-02-01"),
        (E2, DYKES, "2021-02-01"),
    ]
    held = holdings.held_pairs(
        np.array([position(holdings.units, unit) for unit, _, _ in asked]),
        np.array([position(holdings.powers, power) for _, power, _ in asked]),
        np.array([day for _, _, day in asked], dtype="datetime64[D]"),
    )
    assert held.tolist() == [True, False, False, True, False]


def test_no_pairs_have_no_answer():
    nothing = np.zeros(0, dtype=np.int64)
    held = make_register().held_pairs(nothing, nothing, nothing.astype("datetime64[D]"))
    assert held.tolist() == []


def test_new_register_has_every_power_city_wide(small_world):
    with db.reading(small_world.engine) as connection:
        holdings = read_holdings(connection)
    before, since = holdings.on(date(2020, 6, 30)), holdings.on(date(2020, 7, 1))
    assert not before.any()
    assert set(holdings.units["code"][since.all(axis=1)]) == set(UNITS)
    assert since.sum() == len(UNITS) * len(holdings.powers)


def test_override_in_the_database_counts(small_world):
    small_world.override(power=LITTER, scope_code=EAST, held=False, valid_from=date(2021, 2, 1))
    with db.reading(small_world.engine) as connection:
        holdings = read_holdings(connection)
    assert holders(holdings, date(2021, 1, 31)) == set(UNITS)
    assert holders(holdings, date(2021, 2, 1)) == {W1, W2}


@pytest.mark.parametrize(("acts_later", "held"), [(0, set(UNITS)), (1, {W1, W2})])
def test_holdings_are_those_recorded_by_then(small_world, acts_later, held):
    with db.reading(small_world.engine) as connection:
        first = revision(connection)
    small_world.override(power=LITTER, scope_code=EAST, held=False)
    with db.reading(small_world.engine) as connection:
        holdings = read_holdings(connection, known=first + acts_later)
    assert holders(holdings, date(2021, 1, 1)) == held


def test_superseded_row_counts_for_the_time_before_only(small_world):
    shape = db.table(builders.models.Holding)
    with db.writing(small_world.engine) as connection:
        before = revision(connection)
        act = db.record_act(connection, "holding", "test")
        ended = shape.update().where(shape.c.power == LITTER).values(superseded_in=act)
        connection.execute(ended)
    with db.reading(small_world.engine) as connection:
        assert holders(read_holdings(connection), date(2021, 1, 1)) == set()
        assert holders(read_holdings(connection, known=act), date(2021, 1, 1)) == set()
        assert holders(read_holdings(connection, known=before), date(2021, 1, 1)) == set(UNITS)
