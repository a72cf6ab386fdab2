"""What procedure, legal review and fines of a case add to the roll-ups, limits of their day."""

from datetime import date

import numpy as np
import plain_procedure
import pytest
from builders import E1, E2, LITTER, SIGNS, WELLS, make_case, make_catalogue, make_fact, make_frames
from examples import examples
from hypothesis import given, settings
from hypothesis import strategies as st
from pandas.testing import assert_frame_equal
from test_plain_cases import cases

from registry import db, rollups
from registry.adjustment.policy import DecisionLimit, read_policy
from registry.errors import RegistryError
from registry.procedure import COUNTS, FINES, PROCEDURE, monthly_fines, monthly_procedure
from registry.rollup import ONCE, current_cases
from registry.rollups import rebuild
from registry.snapshot import read_snapshot

CATALOGUE = make_catalogue()
UNIT_IDS = dict(zip(CATALOGUE.units["code"], CATALOGUE.units["id"], strict=True))
POWER_IDS = dict(zip(CATALOGUE.powers["code"], CATALOGUE.powers["id"], strict=True))
OLD, NEW = date(2021, 7, 14), date(2021, 7, 15)


def ordinary(**fields):
    """A decided penalty of the ordinary procedure on the day that it gives."""
    day = fields.get("day", NEW)
    return make_fact(procedure="ordinary", decided_on=day, **{"day": day} | fields)


def roll_up(*facts):
    return monthly_procedure(*make_frames(facts, CATALOGUE), read_policy())


def counted(*facts) -> dict[str, int]:
    """The counts above 0 over all months, each case once."""
    rolled = roll_up(*facts)
    sums = rolled.loc[rolled["power_id"].eq(ONCE), list(COUNTS)].sum()
    return {name: int(count) for name, count in sums.items() if count}


@pytest.mark.parametrize(
    ("fields", "name"),
    [
        ({"procedure": "summary"}, "summary"),
        ({"procedure": "ordinary"}, "ordinary"),
        ({"procedure": "ordinary", "outcome": "not_punished"}, "ordinary"),
        ({"procedure": "summary", "outcome": None}, "summary"),
        ({"procedure": None}, None),
        ({"procedure": "ordinary", "outcome": "withdrawn"}, None),
        ({"procedure": "ordinary", "outcome": "transferred"}, None),
        ({"procedure": "summary", "action": "coercion"}, None),
        ({"procedure": "summary", "action": "inspection"}, None),
    ],
)
def test_procedure_is_counted_of_decided_penalties_that_say_it(fields, name):
    found = counted(make_fact(**fields))
    assert {n for n in ("summary", "ordinary") if n in found} == ({name} if name else set())


@pytest.mark.parametrize(
    ("party", "day", "limit"),
    [
        ("individual", OLD, 50),
        ("organisation", OLD, 1000),
        ("individual", NEW, 200),
        ("organisation", NEW, 3000),
    ],
)
def test_limit_of_the_summary_procedure_is_the_one_in_force_on_the_day(party, day, limit):
    for fine, within in ((limit, 1), (limit + 0.01, 0), (0.0, 1)):
        found = counted(ordinary(day=day, party_type=party, fine_cny=float(fine)))
        assert (found["fined_ordinary"], found.get("within_limit", 0)) == (1, within)


@pytest.mark.parametrize(
    "fields",
    [
        {"fine_cny": None},
        {"party_type": None},
        {"outcome": "not_punished"},
        {"outcome": None},
        {"procedure": "summary"},
        {"day": date(1996, 9, 30)},
    ],
)
def test_what_could_have_been_summary_needs_outcome_fine_party_and_a_limit(fields):
    known = {"party_type": "individual", "fine_cny": 10.0}
    found = counted(ordinary() | known | fields)
    assert "fined_ordinary" not in found
    assert "within_limit" not in found


@pytest.mark.parametrize(
    ("filed", "decided", "timed", "overdue"),
    [
        (date(2021, 7, 1), date(2021, 9, 29), 1, 0),  # 90 days
        (date(2021, 7, 1), date(2021, 9, 30), 1, 1),  # 91 days
        (date(2021, 1, 1), NEW, 1, 1),
        (date(2021, 1, 1), OLD, 0, 0),  # no general limit was in force
        (None, NEW, 0, 0),
    ],
)
def test_time_limit_runs_from_filing_to_a_decision_since_the_law(filed, decided, timed, overdue):
    found = counted(ordinary(day=decided, filed_on=filed))
    assert (found.get("timed", 0), found.get("overdue", 0)) == (timed, overdue)


def test_closing_is_no_decision_for_the_time_limit():
    assert "timed" not in counted(ordinary(filed_on=date(2021, 1, 1)) | {"decided_on": None})


def test_withdrawn_cases_count_in_the_month_of_their_filing():
    filed = date(2020, 12, 31)
    rolled = roll_up(
        make_fact(filed_on=filed, outcome="withdrawn"), make_fact(outcome="withdrawn"), make_fact()
    )
    once = rolled[rolled["power_id"].eq(ONCE)].set_index("month")
    assert once.loc[202012, ["filed", "withdrawn"]].tolist() == [1, 1]
    assert once.loc[202101, ["filed", "withdrawn"]].tolist() == [2, 1]
    assert once.loc[202101, "review_unknown"] == 3


def test_need_for_review_is_counted_of_penalties_and_coercions():
    found = counted(
        make_fact(review_required="yes", review_completed_on=date(2021, 1, 14)),
        make_fact(review_required="yes", action="coercion"),
        make_fact(review_required="no"),
        make_fact(),
        make_fact(review_required="yes", action="inspection"),
    )
    names = ("review_required", "review_not_required", "review_unknown", "reviewed")
    assert [found[name] for name in names] == [2, 1, 1, 1]


@pytest.mark.parametrize(
    ("fields", "count"),
    [
        ({}, 1),
        ({"review_completed_on": date(2021, 1, 15)}, 0),
        ({"review_completed_on": date(2021, 1, 16)}, 1),
        ({"review_requested_on": date(2021, 1, 10)}, 1),
        ({"outcome": "withdrawn"}, 0),
        ({"outcome": None}, 1),
        ({"outcome": None, "action": "coercion"}, 1),
        ({"review_required": "no"}, 0),
        ({"review_required": None}, 0),
        ({"action": "inspection"}, 0),
    ],
)
def test_decided_without_review_is_required_decided_and_not_completed_by_then(fields, count):
    required = {"review_required": "yes", "decided_on": date(2021, 1, 15)}
    assert counted(make_fact(**required | fields)).get("unreviewed_decisions", 0) == count


def test_a_case_that_is_only_filed_is_not_held_against_anybody():
    waiting = {"outcome": None, "decided_on": None, "review_required": "yes"}
    assert "unreviewed_decisions" not in counted(make_fact(**waiting))


def test_of_an_undated_decision_any_completed_review_will_do():
    undated = {"decided_on": None, "review_required": "yes"}
    late = {"review_completed_on": date(2021, 3, 1)}
    assert counted(make_fact(**undated))["unreviewed_decisions"] == 1
    assert "unreviewed_decisions" not in counted(make_fact(**undated, **late))


def test_fines_are_counted_by_power_and_once_has_what_corrects_the_sum():
    fines = monthly_fines(
        *make_frames(
            [
                make_fact(E1, LITTER, WELLS, fine_cny=50.0),
                make_fact(fine_cny=50.0),
                make_fact(E2, SIGNS, fine_cny=1000.1),
                make_fact(fine_cny=0.0),
                make_fact(fine_cny=None),
                make_fact(fine_cny=9.0, outcome="withdrawn"),
                make_fact(fine_cny=9.0, action="inspection"),
            ],
            CATALOGUE,
        )
    )
    rows = fines.drop(columns="month").itertuples(index=False, name=None)
    e1, e2 = UNIT_IDS[E1], UNIT_IDS[E2]
    assert sorted(rows) == [
        (e1, ONCE, 5000, -1),
        (e1, POWER_IDS[LITTER], 5000, 2),
        (e1, POWER_IDS[WELLS], 5000, 1),
        (e2, POWER_IDS[SIGNS], 100010, 1),
    ]


def test_no_cases_roll_up_to_nothing():
    assert list(roll_up().columns) == PROCEDURE.columns
    assert len(roll_up()) == 0
    assert len(monthly_fines(*make_frames([], CATALOGUE))) == 0


random_cases = st.lists(cases([E1, E2], [LITTER, SIGNS, WELLS]), max_size=12)


@settings(max_examples=examples(100), deadline=None)
@given(random_cases)
def test_counts_equal_plain_python(facts):
    units, powers = CATALOGUE.units.set_index("id"), CATALOGUE.powers.set_index("id")
    found = {}
    for row in roll_up(*facts).to_dict("records"):
        power = powers.loc[row["power_id"], "code"] if row["power_id"] != ONCE else None
        key = (row["month"], units.loc[row["unit_id"], "code"], power)
        found[key] = {name: row[name] for name in COUNTS if row[name]}
    assert found == {key: dict(n) for key, n in plain_procedure.monthly_counts(facts).items()}


@settings(max_examples=examples(50), deadline=None)
@given(random_cases, random_cases)
def test_roll_ups_are_additive_over_disjoint_cases(a, b):
    assert_frame_equal(PROCEDURE.combine(roll_up(*a), roll_up(*b), signs=(1, 1)), roll_up(*a, *b))
    fines = [monthly_fines(*make_frames(facts, CATALOGUE)) for facts in (a, b, [*a, *b])]
    assert_frame_equal(FINES.combine(*fines[:2], signs=(1, 1)), fines[2])


def test_stored_counts_follow_corrections(small_world):
    small_world.send([review_case(), review_case(case_no="〔2021〕2号")])
    small_world.send([review_case(outcome="withdrawn", procedure="summary")])
    with db.reading(small_world.engine) as connection:
        stored = PROCEDURE.read(connection)
        computed = monthly_procedure(*current_cases(connection), read_policy())
    assert_frame_equal(stored, computed)
    once = stored[stored["power_id"].eq(ONCE)]
    assert once[["ordinary", "filed", "withdrawn"]].to_numpy().tolist() == [[1, 2, 1]]


def review_case(**fields):
    case = {"procedure": "ordinary", "party_type": "individual", "fine_cny": "100"}
    return make_case(**case | {"filed_on": "2021-01-02", "review_required": "yes"} | fields)


# When the law in the policy file changes


@pytest.fixture
def amended(monkeypatch):
    """The policy with a time limit of ten days, as if it had always been law."""
    limit = (DecisionLimit(valid_from=date(2000, 1, 1), days=10),)
    policy = read_policy().model_copy(update={"decision_limit": limit})
    monkeypatch.setattr(rollups, "read_policy", lambda: policy)
    return policy


def overdue(world) -> int:
    counts = world.snapshot().procedure.whole
    return int(counts.loc[counts["power_id"].eq(ONCE), "overdue"].sum())


def test_counts_against_an_earlier_law_are_neither_read_nor_added_to(small_world, request):
    small_world.send([review_case()])
    assert overdue(small_world) == 0
    request.getfixturevalue("amended")
    with pytest.raises(RegistryError, match="registry init"):
        small_world.snapshot()
    with pytest.raises(RegistryError, match="registry init"):
        small_world.send([review_case(case_no="〔2021〕2号")])


def test_counts_are_made_anew_against_the_law_in_force(small_world, request):
    small_world.send([review_case()])
    request.getfixturevalue("amended")
    with db.writing(small_world.engine) as connection:
        assert rollups.is_stale(connection)
        rebuild(connection)
        assert not rollups.is_stale(connection)
    assert overdue(small_world) == 1


def test_what_was_known_is_counted_against_the_law_of_then_whatever_is_stored(small_world, request):
    small_world.send([review_case()])
    request.getfixturevalue("amended")
    with db.reading(small_world.engine) as connection:
        counts = read_snapshot(connection, db.revision(connection)).procedure.whole
    assert counts.loc[counts["power_id"].eq(ONCE), "overdue"].tolist() == [0]


def test_a_limit_that_is_no_law_leaves_the_counts_alone(small_world, monkeypatch):
    small_world.send([review_case()])
    policy = read_policy().model_copy(update={"review_days": 1, "version": "later"})
    monkeypatch.setattr(rollups, "read_policy", lambda: policy)
    assert overdue(small_world) == 0


def test_init_makes_the_counts_anew_and_says_so(command_line, request):
    command_line.send([review_case()])
    request.getfixturevalue("amended")
    assert "registry init" in command_line.refusal("rate")
    outcome = command_line.run("init", "--format", "json")
    assert outcome.exit_code == 0
    assert "重算" in outcome.stderr
    assert command_line.disagreements() == []
    assert "不作改动" in command_line.run("init").stderr


def test_counts_are_whole_numbers_as_wide_as_in_the_database():
    rolled = roll_up(ordinary())
    assert {rolled[name].dtype for name in PROCEDURE.columns} == {np.dtype("int32")}
    assert FINES.empty().dtypes["fine_fen"] == np.dtype("int64")
