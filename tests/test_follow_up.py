"""Follow-ups: the measures fixed in the decision, findings, and what is due first."""

from datetime import date

import pytest
from adjustment_world import decided, decision, decisions, follow_ups, followed, proposal
from builders import E1, E2, EAST, LITTER, SIGNS, W1, WEST, make_case
from examples import sampled

from registry import db
from registry.adjustment.follow_up import FOLLOW_UP_STATES, finish_action, needing
from registry.errors import RegistryError, UsageError
from registry.window import Window

AFTER = date(2021, 12, 1)
LATE = date(2022, 3, 1)
MARCH = date(2022, 3, 10)
YEARS = Window(202006, 202111)


def case(unit: str, day: str, number: str) -> dict[str, str]:
    return make_case(unit=unit, decided_on=day, case_no=f"〔{day[:4]}〕{number}号")


@pytest.fixture
def returned(world_after):
    world = world_after(trained)
    return world, decisions(world)[0].number


def trained(world) -> None:
    """E1 used LITTER in 2020 and 2021, E2 in 2020, W1 in 2021; LITTER is trained in EAST."""
    east = [case(E1, "2020-08-02", "1"), case(E1, "2021-08-02", "2"), case(E2, "2020-09-01", "3")]
    world.send(east, EAST, YEARS)
    world.send([case(W1, "2021-07-05", "4")], WEST, YEARS)
    decided(world, kind="train", districts=(EAST,))


def by_group(records, measure: str, power: str = ""):
    """group → (value before, value after) of a measure."""
    return {
        r["group"]: (r["value_before"], r["value_after"])
        for r in records
        if (r["measure"], r["power"]) == (measure, power)
    }


def states(small_world, day: date) -> list[tuple[int, int, str]]:
    return [(f.decision.number, f.months, f.state(day)) for f in follow_ups(small_world, day)]


def test_before_and_after_stand_beside_the_units_that_were_not_changed(returned):
    small_world, number = returned
    records = followed(small_world, number, 6, AFTER)
    assert by_group(records, "coverage") == {"changed": (1, 0.5), "unchanged": (0, 0.5)}
    assert by_group(records, "union") == {"changed": (1, 1), "unchanged": (0, 1)}
    cases = by_group(records, "cases.decision", LITTER)
    assert cases == {"changed": (2, 1), "unchanged": (0, 1)}
    coverage = next(r for r in records if r["measure"] == "coverage")
    assert (coverage["numerator_before"], coverage["denominator_before"]) == (2, 2)
    assert coverage["completeness_after"] == 1
    assert coverage["change"] == -0.5


def test_figures_are_kept_as_they_were_measured(returned):
    small_world, number = returned
    records = followed(small_world, number, 6, AFTER)
    small_world.send([case(E2, "2021-09-01", "5")], EAST, Window(202109, 202109))
    kept = next(f.recorded for f in follow_ups(small_world, AFTER) if f.recorded)
    assert kept.figures == records
    assert followed(small_world, number, 6, AFTER) != records


def test_where_everybody_was_changed_there_is_nothing_to_compare_with(small_world):
    number = decided(small_world).number
    records = followed(small_world, number, 6, AFTER)
    others = [r for r in records if r["group"] == "unchanged"]
    assert {r[name] for r in others for name in ("value_before", "denominator_after")} == {None}


def test_a_rate_after_the_power_is_gone_is_missing_and_not_zero(small_world):
    number = decided(small_world, districts=(EAST,)).number
    small_world.send([], EAST, YEARS)
    records = followed(small_world, number, 6, AFTER)
    assert by_group(records, "union")["changed"] == (0, None)


def test_a_follow_up_waits_until_its_months_are_over(small_world):
    number = decided(small_world).number
    with pytest.raises(RegistryError, match="2021-12-01"):
        followed(small_world, number, 6, date(2021, 11, 30))
    with pytest.raises(UsageError, match="6、12"):
        followed(small_world, number, 9, LATE)


@sampled(
    ("finding", "error"),
    [
        ({"finding": "未见使用"}, RegistryError),
        ({"finding": "未见使用", "action": "再培训"}, UsageError),
        ({"finding": "未见使用", "due_on": LATE}, UsageError),
        ({"finding": "未见使用", "action": "再培训", "due_on": date(2021, 11, 1)}, RegistryError),
        ({"explanation": "无"}, UsageError),
    ],
)
def test_a_finding_has_an_explanation_or_an_action_with_a_day(small_world, finding, error):
    number = decided(small_world).number
    with pytest.raises(error):
        followed(small_world, number, 6, AFTER, **finding)
    assert all(f.recorded is None for f in follow_ups(small_world, AFTER))


def test_a_follow_up_goes_from_coming_to_due_to_overdue(small_world):
    number = decided(small_world).number
    days = (date(2021, 11, 30), AFTER, date(2022, 1, 30), date(2022, 1, 31))
    found = [next(s for _, m, s in states(small_world, day) if m == 6) for day in days]
    assert found == ["coming", "due", "due", "overdue"]
    followed(small_world, number, 6, AFTER)
    assert (number, 6, "as_expected") in states(small_world, LATE)


def test_an_action_is_open_overdue_and_done(small_world):
    number = decided(small_world).number
    told = {"finding": "仍有投诉", "action": "部门接手", "due_on": date(2022, 1, 15)}
    followed(small_world, number, 6, AFTER, **told)
    assert (number, 6, "action_open") in states(small_world, AFTER)
    assert states(small_world, LATE)[0] == (number, 6, "action_overdue")
    with db.writing(small_world.engine) as connection:
        finish_action(connection, number, 6, today=LATE, actor="reform")
    assert (number, 6, "action_done") in states(small_world, LATE)
    with (
        pytest.raises(RegistryError, match="没有待完成"),
        db.writing(small_world.engine) as connection,
    ):
        finish_action(connection, number, 6, today=LATE, actor="reform")


def test_what_failed_and_was_explained_is_no_longer_due(small_world):
    number = decided(small_world).number
    told = {"finding": "件数未降", "explanation": "部门系统 10 月才开通"}
    followed(small_world, number, 6, AFTER, **told)
    assert (number, 6, "failed") in states(small_world, LATE)
    needed = needing(follow_ups(small_world, LATE), LATE)
    assert needed == []


def test_overdue_ones_come_first(small_world):
    first = decided(small_world, kind="train").number
    second = decided(
        small_world,
        SIGNS,
        kind="train",
        instrument="文〔2021〕3号",
        effective_on=date(2021, 7, 1),
    ).number
    followed(small_world, first, 6, AFTER)
    listed = states(small_world, MARCH)
    assert listed[0] == (second, 6, "overdue")
    order = list(FOLLOW_UP_STATES)
    ranks = [order.index(state) for *_, state in listed]
    assert ranks == sorted(ranks)


def test_a_revoked_decision_is_followed_up_no_longer(small_world):
    first = decided(small_world, kind="train").number
    back = {"kind": "revoke", "revokes": first, "instrument": "文〔2021〕5号"}
    decision(small_world, proposal(small_world), effective_on=date(2021, 8, 1), **back)
    assert (first, 6, "void") in states(small_world, LATE)
