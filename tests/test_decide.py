"""Decisions: what they refuse, what they change in the register and from when."""

import threading
from datetime import date
from itertools import pairwise

import adjustment_world as world
import numpy as np
import pytest
import sqlalchemy as sa
from adjustment_world import DECIDED, IN_FORCE, NUMBER, decided, decision, decisions, proposal
from builders import DYKES, E1, E2, EAST, LITTER, SIGNS, W1, W2, WELLS, WEST
from examples import sampled

from registry import db, models
from registry.adjustment.policy import read_policy
from registry.audit import check_register
from registry.errors import RegistryError, UsageError
from registry.holdings import read_holdings
from registry.measures.exercise import exercise_rate
from registry.measures.grouping import Selection
from registry.window import Window

MAY = date(2021, 5, 31)
EVERYBODY = {E1, E2, W1, W2}


def holders(small_world, day: date, power: str = LITTER) -> set[str]:
    with db.reading(small_world.engine) as connection:
        holdings = read_holdings(connection)
    column = list(holdings.powers["code"]).index(power)
    return set(holdings.units["code"][holdings.on(day)[:, column]])


def rows_of(small_world, power: str = LITTER) -> list[tuple]:
    """(scope code, from, to, held, opened by, closed by) of the current holdings, in order."""
    shape = db.table(models.Holding).c
    columns = (shape.scope_code, shape.valid_from, shape.valid_to, shape.held)
    columns += (shape.opened_by, shape.closed_by)
    query = sa.select(*columns).where(shape.power == power, shape.superseded_in.is_(None))
    with db.reading(small_world.engine) as connection:
        rows = connection.execute(query.order_by(shape.valid_from, shape.scope_code))
        return [tuple(row) for row in rows]


def test_a_return_ends_the_holding_on_its_day_and_names_its_instrument(small_world):
    decided(small_world)
    assert rows_of(small_world) == [("", date(2020, 7, 1), IN_FORCE, True, "文〔2020〕1号", NUMBER)]
    assert holders(small_world, MAY) == EVERYBODY
    assert holders(small_world, IN_FORCE) == set()
    assert holders(small_world, IN_FORCE, SIGNS) == EVERYBODY


def test_the_denominator_changes_in_that_very_month_and_not_before(small_world):
    decided(small_world)
    snapshot = small_world.snapshot()
    rates = exercise_rate(snapshot, Window(202105, 202107), ("month",))
    assert list(rates["denominator"]) == [4, 3, 3]


def test_what_was_known_before_the_decision_stays_as_it_was(small_world):
    with db.reading(small_world.engine) as connection:
        before = db.revision(connection)
    decided(small_world)
    with db.reading(small_world.engine) as connection:
        then = read_holdings(connection, known=before)
    assert then.on(IN_FORCE)[:, 0].sum() == 4


def test_a_return_in_a_district_is_an_exclusion_of_its_units(small_world):
    decided(small_world, districts=(EAST,))
    assert rows_of(small_world)[-1] == (EAST, IN_FORCE, None, False, NUMBER, None)
    assert holders(small_world, IN_FORCE) == {W1, W2}
    assert holders(small_world, MAY) == EVERYBODY


def test_a_return_in_a_district_ends_what_its_units_held_on_their_own(small_world):
    small_world.override(power=LITTER, scope_code=E1, valid_from=date(2021, 1, 1))
    decided(small_world, districts=(EAST,))
    assert holders(small_world, IN_FORCE) == {W1, W2}


def test_a_return_of_a_unit_leaves_its_neighbour(small_world):
    decided(small_world, units=(E1,))
    assert holders(small_world, IN_FORCE) == {E2, W1, W2}


def test_a_differentiated_decision_leaves_the_power_with_its_scope_alone(small_world):
    decided(small_world, kind="differentiate", districts=(WEST,), units=(E2,))
    assert holders(small_world, IN_FORCE) == {E2, W1, W2}
    assert holders(small_world, MAY) == EVERYBODY


def test_within_a_district_it_leaves_the_other_districts_alone(small_world):
    number = proposal(small_world, recommendation="differentiate", district=EAST)
    decision(small_world, number, kind="differentiate", units=(E1,))
    assert holders(small_world, IN_FORCE) == {E1, W1, W2}


def test_a_power_that_few_hold_is_delegated_to_more(small_world):
    decided(small_world, districts=(EAST,))
    again = {"instrument": "文〔2021〕3号", "effective_on": date(2021, 9, 1)}
    decided(small_world, kind="delegate_more", units=(E1,), **again)
    assert holders(small_world, date(2021, 8, 31)) == {W1, W2}
    assert holders(small_world, date(2021, 9, 1)) == {E1, W1, W2}
    later = {"instrument": "文〔2021〕4号", "effective_on": date(2021, 11, 1)}
    decided(small_world, kind="delegate_more", **later)
    assert holders(small_world, date(2021, 11, 1)) == EVERYBODY


@pytest.mark.parametrize("kind", ["keep", "train"])
def test_keeping_and_training_change_no_holding(small_world, kind):
    before = rows_of(small_world)
    made = decided(small_world, kind=kind)
    assert rows_of(small_world) == before
    assert (set(made.plan.changed), made.plan.unchanged) == (EVERYBODY, ())


def test_several_powers_are_one_decision(small_world):
    made = decided(small_world, LITTER, DYKES, kind="tidy_up")
    assert made.powers == (LITTER, DYKES)
    for power in made.powers:
        assert holders(small_world, IN_FORCE, power) == set()


def test_intervals_of_one_scope_do_not_overlap(small_world):
    """Whatever is decided one after the other on one power."""
    steps = [
        ("return", (EAST,), ()),
        ("delegate_more", (), (E1,)),
        ("differentiate", (WEST,), ()),
        ("delegate_more", (), ()),
        ("return", (), (W2,)),
        ("return", (), ()),
    ]
    for number, (kind, districts, units) in enumerate(steps):
        day = date(2021, 6 + number, 1)
        made = {"kind": kind, "districts": districts, "units": units, "effective_on": day}
        decided(small_world, instrument=f"文〔2021〕1{number}号", **made)
    scopes = {}
    for code, start, end, *_ in rows_of(small_world):
        scopes.setdefault(code, []).append((start, end or date.max))
    for intervals in scopes.values():
        for (_, end), (start, _) in pairwise(intervals):
            assert end <= start
    expected = [{W1, W2}, {E1, W1, W2}, {W1, W2}, EVERYBODY, {E1, E2, W1}, set()]
    assert [holders(small_world, date(2021, 6 + n, 1)) for n in range(6)] == expected


@pytest.mark.parametrize(("since", "agrees"), [("2020-10-01", False), ("2021-06-01", True)])
def test_the_check_finds_an_interval_that_overlaps_another_of_its_scope(small_world, since, agrees):
    """A row written past the program, with an act of its own, so that the ledger agrees."""
    decided(small_world)
    with db.writing(small_world.engine) as connection:
        act = db.record_act(connection, "load", "somebody")
        row = {"power": LITTER, "scope": "city", "scope_code": "", "held": True}
        row |= {"valid_from": date.fromisoformat(since), "recorded_in": act}
        db.insert_row(connection, models.Holding, row)
    with db.reading(small_world.engine) as connection:
        failed = [one for one in check_register(connection) if not one["ok"]]
    found = [(one["check"], one["differences"]) for one in failed]
    assert found == ([] if agrees else [("intervals of holdings", -1)])


@pytest.mark.parametrize(
    ("day", "right"),
    [(date(2021, 5, 1), "2021-06-01"), (date(2021, 6, 15), "2021-07-01")],
)
def test_a_day_without_time_for_the_hand_over_is_refused_and_the_right_one_named(
    small_world, day, right
):
    with pytest.raises(RegistryError, match=right):
        decided(small_world, effective_on=day)
    assert decisions(small_world) == []
    assert holders(small_world, IN_FORCE) == EVERYBODY


def test_the_earliest_day_is_taken(small_world):
    assert read_policy().decision.hand_over_days == 30
    number = proposal(small_world)
    made = decision(small_world, number, today=date(2021, 5, 2))
    assert made.effective_on == IN_FORCE
    other = proposal(small_world, SIGNS)
    with pytest.raises(RegistryError, match="交接期"):
        decision(small_world, other, today=date(2021, 5, 3))


@sampled(
    ("fields", "word"),
    [
        ({"kind": "delegate_more"}, "不改变任何单位"),
        ({"kind": "differentiate"}, "继续持有"),
        ({"kind": "differentiate", "districts": (EAST, WEST)}, "不改变任何单位"),
        ({"kind": "tidy_up", "districts": (EAST,)}, "全市"),
        ({"districts": ("990199",)}, "990199"),
        ({"districts": (E1,)}, E1),
        ({"units": (EAST,)}, EAST),
        ({"districts": (EAST,), "units": (E1,)}, "已包括"),
        ({"reason": " "}, "理由"),
        ({"today": date(2021, 4, 1)}, "早于"),
    ],
)
def test_what_cannot_be_meant_is_refused_in_a_sentence(small_world, fields, word):
    number = proposal(small_world)
    with pytest.raises(RegistryError, match=word):
        decision(small_world, number, **fields)
    assert decisions(small_world) == []


@sampled("fields", [{"kind": "abolish"}, {"instrument": " "}, {"kind": "revoke"}, {"revokes": 1}])
def test_wrong_usage_is_named(small_world, fields):
    number = proposal(small_world)
    with pytest.raises(UsageError):
        decision(small_world, number, **fields)


def test_nothing_is_kept_that_nobody_holds(small_world):
    decided(small_world)
    number = proposal(small_world, recommendation="keep")
    with pytest.raises(RegistryError, match="不能保留"):
        decision(small_world, number, kind="keep", instrument="文〔2021〕3号")


def test_a_district_outside_the_proposal_is_refused(small_world):
    number = proposal(small_world, district=EAST)
    with pytest.raises(RegistryError, match="不在提案"):
        decision(small_world, number, districts=(WEST,))
    decision(small_world, number)
    assert holders(small_world, IN_FORCE) == {W1, W2}


def test_a_proposal_is_decided_once_and_the_refusal_says_what_was_decided(small_world):
    number = proposal(small_world)
    decision(small_world, number)
    with pytest.raises(RegistryError) as refusal:
        decision(small_world, number, kind="keep", instrument="文〔2021〕3号")
    for word in (NUMBER, "return", LITTER, "2021-06-01", "reform"):
        assert word in str(refusal.value)


def test_a_decision_on_evidence_that_another_decision_has_overtaken_is_refused(small_world):
    first, second = proposal(small_world), proposal(small_world, LITTER, SIGNS)
    decision(small_world, first, districts=(EAST,))
    with pytest.raises(RegistryError, match=NUMBER) as refusal:
        decision(small_world, second, instrument="文〔2021〕3号")
    assert "重新提出" in str(refusal.value)
    assert holders(small_world, IN_FORCE) == {W1, W2}
    third = proposal(small_world, LITTER, SIGNS)
    decision(small_world, third, instrument="文〔2021〕3号", effective_on=date(2021, 7, 1))
    assert holders(small_world, date(2021, 7, 1)) == set()


def test_a_change_of_the_list_since_the_evidence_is_named_too(small_world):
    number = proposal(small_world)
    small_world.override(power=LITTER, scope_code=E1, held=False, valid_from=date(2021, 5, 1))
    with pytest.raises(RegistryError, match="holding"):
        decision(small_world, number)


def test_opinions_that_the_officer_has_not_seen_are_an_objection(small_world):
    number = proposal(small_world)
    with db.reading(small_world.engine) as connection:
        seen = db.revision(connection)
    world.opinion(small_world, number, EAST, "keep")
    with pytest.raises(RegistryError, match=f"{EAST} keep"):
        decision(small_world, number, seen=seen)
    decision(small_world, number, seen=seen + 1)


def test_of_two_officers_at_once_the_second_is_told_what_the_first_has_done(small_world):
    """Two connections: the second waits for the first, then sees what it has changed."""
    number, errors, begun = proposal(small_world), [], threading.Event()

    def second():
        begun.wait()
        try:
            decision(small_world, number, kind="keep", instrument="文〔2021〕9号")
        except RegistryError as error:
            errors.append(str(error))

    officer = threading.Thread(target=second)
    officer.start()
    with db.writing(small_world.engine) as connection:
        begun.set()
        officer.join(0.3)
        assert officer.is_alive()
        world.decide(
            connection,
            world.read_catalogue(connection),
            world.order(number),
            today=DECIDED,
            actor="first",
        )
    officer.join(30)
    assert len(errors) == 1
    assert NUMBER in errors[0]
    assert "first" in errors[0]
    assert [one.instrument for one in decisions(small_world)] == [NUMBER]


def test_a_decision_is_revoked_by_another_with_its_own_instrument(small_world):
    first = decided(small_world, districts=(EAST,))
    number = proposal(small_world, recommendation="delegate_more")
    back = {"kind": "revoke", "revokes": first.number, "effective_on": date(2021, 9, 1)}
    with pytest.raises(RegistryError, match="自己的文件"):
        decision(small_world, number, **back)
    decision(small_world, number, instrument="文〔2021〕5号", **back)
    assert holders(small_world, date(2021, 8, 31)) == {W1, W2}
    assert holders(small_world, date(2021, 9, 1)) == EVERYBODY
    stands = next(one for one in decisions(small_world) if one.number == first.number)
    days = (MAY, IN_FORCE, date(2021, 9, 1))
    assert [stands.state(day) for day in days] == ["decided", "in_force", "revoked"]


def test_a_decision_may_be_revoked_before_it_comes_into_force(small_world):
    first = decided(small_world)
    number = proposal(small_world, recommendation="keep")
    decision(small_world, number, kind="revoke", revokes=first.number, instrument="文〔2021〕5号")
    assert holders(small_world, MAY) == holders(small_world, date(2022, 1, 1)) == EVERYBODY


def test_what_later_decisions_rest_on_is_not_revoked(small_world):
    first = decided(small_world, districts=(EAST,))
    second = {"instrument": "文〔2021〕3号", "effective_on": date(2021, 8, 1)}
    decided(small_world, units=(W1,), **second)
    number = proposal(small_world)
    back = {"kind": "revoke", "revokes": first.number, "instrument": "文〔2021〕5号"}
    with pytest.raises(RegistryError, match="之后又有决定"):
        decision(small_world, number, effective_on=date(2021, 9, 1), **back)


def test_the_groups_that_follow_ups_compare_are_fixed_with_the_decision(small_world):
    made = decided(small_world, districts=(EAST,))
    assert (made.plan.changed, made.plan.unchanged) == ((E1, E2), (W1, W2))
    assert made.plan.windows == {
        "6": {"before": "2020-06..2020-11", "after": "2021-06..2021-11"},
        "12": {"before": "2020-06..2021-05", "after": "2021-06..2022-05"},
    }


def test_a_rate_of_the_units_that_gave_the_power_back_has_it_no_longer(small_world):
    decided(small_world, WELLS, units=(E1,))
    snapshot = small_world.snapshot()
    east = Selection(district=(EAST,))
    june = Window(202106, 202106)
    pooled = exercise_rate(snapshot, june, aggregate="pooled", selection=east)
    union = exercise_rate(snapshot, june, selection=east)
    assert (pooled["denominator"][0], union["denominator"][0]) == (7, 4)
    assert np.isnan(union["value"][0])
