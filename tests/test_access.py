"""What each role may see and do, tried at the doors of the database."""

import threading
from dataclasses import asdict

import pytest
from adjustment_world import decision, decisions, opinion, proposal
from builders import E1, E2, EAST, LITTER, QUARTER, SIGNS, TODAY, W1, WAITING, WEST, make_case
from examples import sampled

from registry import db
from registry.access import (
    DEPUTY,
    DISTRICT,
    PUBLIC,
    REFORM_OFFICE,
    TOKEN,
    Nobody,
    Refused,
    Scope,
    acting,
    run_as,
    scope,
)
from registry.adjustment.assessment import read_proposals
from registry.adjustment.opinion import read_opinions
from registry.alias import add_alias
from registry.catalogue import read_catalogue
from registry.chase import open_rows
from registry.errors import RegistryError
from registry.intake import worker
from registry.intake.problems import read_problems, retry
from registry.intake.withdraw import withdraw
from registry.measures.grouping import Selection
from registry.measures.review_lists import waiting_reviews
from registry.measures.use import power_use
from registry.remarks import add_remark, read_remarks
from registry.roles import grant_role, revoke_role, roles, scope_of_login
from registry.tokens import make_token

OFFICE = Scope("office", REFORM_OFFICE)
EASTERN = Scope("east", DISTRICT, EAST)
LOOKERS = [Scope("deputy", DEPUTY), Scope("-", PUBLIC), Scope("token:r", TOKEN, EAST)]


@pytest.fixture
def both(small_world):
    """A batch of each district, the second with a quarantined row; in each a case that waits."""
    small_world.send([make_case(), make_case(case_no="东等1号", **WAITING)])
    rows = [
        make_case(unit=W1, case_no="西等1号", **WAITING),
        make_case(unit=W1, case_no="西错1号", power="没有这项"),
    ]
    small_world.send(rows, WEST)
    return small_world


@pytest.fixture
def nobody():
    run_as(None)
    yield
    run_as(lambda: Scope("local", REFORM_OFFICE))


def test_without_a_scope_no_door_opens(both, nobody):
    for door in (db.reading, db.writing):
        with pytest.raises(Nobody, match="登录"), door(both.engine):
            pass
    with acting(EASTERN), db.reading(both.engine):
        assert scope() == EASTERN
    with pytest.raises(Nobody):
        scope()


def test_a_thread_has_the_scope_that_it_was_given_and_no_other(nobody):
    found = []

    def ask():
        try:
            found.append(scope())
        except Nobody:
            found.append(None)

    with acting(EASTERN):
        thread = threading.Thread(target=ask)
        thread.start()
        thread.join()
    assert found == [None]


def writes(world):
    """Everything that writes, as a call: (its act, what it does for a district, that district)."""

    def inside(function, *words, **named):
        with db.writing(world.engine) as connection:
            function(connection, *words, **named)

    with db.reading(world.engine) as connection:
        catalogue = read_catalogue(connection)
    said = {"today": TODAY, "actor": "test"}
    return {
        "import": lambda of: world.send([make_case(unit=f"{of}001", case_no=f"{of}")], of),
        "withdraw": lambda of: withdraw(
            [2 if of == WEST else 1], reason="错", actor="test", on=world.engine
        ),
        "remark": lambda of: inside(add_remark, catalogue, of, "话", **said),
        "alias": lambda of: inside(add_alias, "写法", LITTER, of, "test"),
        "retry": lambda of: retry(**said, batch=2 if of == WEST else 1, on=world.engine),
    }


ACTS = ["import", "withdraw", "remark", "alias", "retry"]


@sampled("name", ACTS)
def test_a_district_writes_its_own_and_no_other(both, name):
    act = writes(both)[name]
    with acting(EASTERN):
        act(EAST)
        # Another's batch of problems does not exist for it.
        with pytest.raises(RegistryError, match="批次" if name == "retry" else WEST):
            act(WEST)


@sampled("name", ACTS)
@pytest.mark.parametrize("who", LOOKERS, ids=lambda one: one.role)
def test_whoever_looks_writes_nothing(both, name, who):
    before = both.snapshot().revision
    with acting(who), pytest.raises(Refused):
        writes(both)[name](EAST)
    assert both.snapshot().revision == before


def test_only_the_office_gives_roles_tokens_and_words_for_the_whole_city(both):
    with db.reading(both.engine) as connection:
        catalogue = read_catalogue(connection)
    token = {"may_import": True, "expires_on": TODAY, "today": TODAY, "actor": "test"}
    acts = (
        lambda c: grant_role(c, catalogue, "east", REFORM_OFFICE, "", "test"),
        lambda c: make_token(c, catalogue, "mine", EAST, **token),
        lambda c: add_alias(c, "写法", LITTER, "", "test"),
    )
    for act in acts:
        with acting(EASTERN), pytest.raises(Refused), db.writing(both.engine) as connection:
            act(connection)
        with acting(OFFICE), db.writing(both.engine) as connection:
            act(connection)


def test_cases_batches_and_problems_are_seen_in_ones_own_district(both):
    def seen():
        with db.reading(both.engine) as connection:
            waiting = waiting_reviews(connection, TODAY)["case_no"].tolist()
            problems = [one.batch for one in read_problems(connection)]
            return waiting, problems, open_rows(connection)["batch"].tolist()

    assert seen() == (["东等1号", "西等1号"], [2], [2])
    with acting(EASTERN):
        assert seen() == (["东等1号"], [], [])
    for who in LOOKERS[:2]:
        with acting(who), pytest.raises(Refused, match="汇总数"):
            seen()
        with acting(who), db.reading(both.engine) as connection:
            assert read_problems(connection) == []


def test_counts_of_one_unit_are_states_for_whom_aggregates_are_open(small_world):
    rows = [make_case(case_no=f"{n}号") for n in range(5)]
    rows += [make_case(case_no=f"二{n}号", power=SIGNS) for n in range(2)]
    small_world.send([*rows, make_case(case_no="镇", unit=E2)])
    snapshot = small_world.snapshot()

    def counts(by, **chosen):
        frame = power_use(snapshot, QUARTER, by, selection=Selection(**chosen))
        return frame.set_index(by)["numerator"].to_dict()

    one = {"power": (LITTER,), "district": (EAST,)}
    assert counts(["unit"], **one) == {E1: 5, E2: 1}
    for who in LOOKERS[:2]:
        with acting(who):
            assert counts(["unit"], **one) == {E1: 3, E2: 1}
            assert counts(["power"], unit=(E1,))[SIGNS] == 1
            assert counts(["district"], **one) == {EAST: 6}
            assert sum(counts(["month"], **one).values()) == 6
            with pytest.raises(Refused):
                counts(["month"], power=(LITTER,), unit=(E1,))


def test_the_only_holder_of_a_district_is_not_told_by_the_districts_count(small_world):
    small_world.send([make_case(case_no=f"{n}号") for n in range(5)])
    small_world.override(power=LITTER, scope_code=E2, held=False)
    snapshot, chosen = small_world.snapshot(), Selection(power=(LITTER,))

    def counts(by):
        frame = power_use(snapshot, QUARTER, by, selection=chosen)
        return frame.set_index(by)["numerator"].to_dict()

    assert counts(["district"])[EAST] == 5
    for who in LOOKERS[:2]:
        with acting(who):
            assert counts(["district"])[EAST] == 3
            assert counts(["month"])["2021-01"] == 5
            monthly = power_use(snapshot, QUARTER, ("district", "month"), selection=chosen)
            assert monthly.loc[monthly["district"].eq(EAST), "numerator"].tolist() == [3, 0, 0]


def test_words_are_not_for_whom_aggregates_are_open(both):
    with db.writing(both.engine) as connection:
        add_remark(connection, read_catalogue(connection), EAST, "原话", today=TODAY, actor="t")
    for who, said in ((OFFICE, "原话"), (EASTERN, "原话"), (LOOKERS[0], "（不公开）")):
        with acting(who), db.reading(both.engine) as connection:
            assert [one.content for one in read_remarks(connection, EAST)] == [said]
            assert read_proposals(connection) == []


def test_a_job_is_its_own_actors(both, tmp_path):
    with acting(EASTERN):
        number = worker.submit(b"", "log.csv", None, actor="east", dry_run=True, on=both.engine)
        assert worker.status(number, both.engine).actor == "east"
    with acting(Scope("west", DISTRICT, WEST)), pytest.raises(Exception, match="没有这个导入任务"):
        worker.status(number, both.engine)


def test_a_role_is_one_at_a_time_and_ends_at_once(small_world):
    with db.writing(small_world.engine) as connection:
        catalogue = read_catalogue(connection)
        grant_role(connection, catalogue, "x", DISTRICT, EAST, "test")
        grant_role(connection, catalogue, "x", DEPUTY, "", "test")
        assert asdict(scope_of_login(connection, "x"))["role"] == DEPUTY
        assert len(roles(connection)) == 1
        revoke_role(connection, "x", "test")
        assert scope_of_login(connection, "x") is None


def test_the_loop_is_the_offices_but_for_opinions_of_ones_own(both):
    number = proposal(both)
    with acting(EASTERN):
        opinion(both, number, EAST, "keep", "还要用")
        opinion(both, number, E1, "keep")
        for other in (WEST, W1):
            with pytest.raises(Refused, match=WEST):
                opinion(both, number, other, "keep")
        for act in (lambda: proposal(both, SIGNS), lambda: decision(both, number)):
            with pytest.raises(Refused):
                act()
    with acting(LOOKERS[0]), db.reading(both.engine) as connection:
        said = read_opinions(connection, read_catalogue(connection))
        assert {one.reason for one in said} == {"（不公开）"}
        assert {one.reason for one in read_proposals(connection)} == {"（不公开）"}
    decision(both, number)
    with acting(LOOKERS[0]):
        assert [one.reason for one in decisions(both)] == ["（不公开）"]
    assert [one.reason for one in decisions(both)] == ["同意"]
