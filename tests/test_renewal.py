"""A snapshot made from the one before is the one that reading everything gives, field by field,
after any sequence of acts; and the one before stays as it was."""

import random
from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
import pytest
import sqlalchemy as sa
from builders import E1, E2, LITTER, SIGNS, TODAY, W1, W2, WAITING, WELLS, make_case, write_log
from conftest import nothing
from examples import examples
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st
from intake_world import Intake
from return_files import table as return_table

from registry import db, models, renewal
from registry.alias import add_alias
from registry.errors import RegistryError
from registry.export import write_workbook
from registry.freezes import freeze
from registry.intake.problems import problem_frame, read_problems, retry
from registry.intake.withdraw import withdraw
from registry.renewal import renewed
from registry.snapshot import Snapshot, read_snapshot
from registry.ui import data
from registry.usage import LAYERS
from registry.window import Window

OWN = {"990101": (E1, E2), "990102": (W1, W2)}
WIDE = Window(202010, 202106)
WINDOWS = [WIDE, Window(202101, 202103), Window(202102, 202102), Window(202104, 202106)]
UNKNOWN = "不详"
BATCHES = db.table(models.Batch)


def told(snapshot: Snapshot) -> dict[str, Any]:
    """Everything that the snapshot says, so that all of it can be compared."""
    cube, policy = snapshot.cube, snapshot.policy
    frames = {name: getattr(snapshot.returns, name) for name in ("staffing", "origins")}
    frames |= {name: getattr(snapshot.catalogue, name) for name in ("units", "powers", "aliases")}
    frames |= {"holdings": snapshot.holdings.rows, "totals": cube.totals}
    frames |= {"procedure": snapshot.procedure.whole, "fines": snapshot.fines.whole}
    numbers = ("revision", "newest", "head", "known", "batches", "synthetic", "last_returned")
    return {
        **{name: getattr(snapshot, name) for name in numbers},
        **{name: written(frame) for name, frame in frames.items()},
        **{str(window): in_window(snapshot, window) for window in WINDOWS},
        "window": cube.window,
        "policy": policy.text,
        "reviews": reviewed(snapshot),
        "marks": {kind: marks.tolist() for kind, marks in snapshot.covered.items()},
        "returned": snapshot.returned.tolist(),
        "flagged": snapshot.flagged.tolist(),
    }


def in_window(snapshot: Snapshot, window: Window) -> list[Any]:
    cube = snapshot.cube
    first = np.array([window.first, window.last] * 3)
    powers = np.array([2, 0])
    found = [
        array.tolist()
        for basis in LAYERS
        for array in (
            cube.counts(basis, window),
            cube.monthly(basis, window),
            cube.within(window).counts(basis, Window(window.last, window.last)),
            cube.counts_since(basis, first, window.last, powers),
        )
    ]
    rows = (snapshot.procedure.during(window), snapshot.fines.during(window))
    return [*found, *map(written, rows)]


def written(frame: pd.DataFrame) -> tuple[str, list[Any]]:
    """What a frame says, with the types of its columns; what is missing equals itself."""
    return frame.to_csv(index=False), frame.dtypes.tolist()


def reviewed(snapshot: Snapshot) -> list[str]:
    links = snapshot.reviews.links.groupby("case_id")["power_id"].agg(sorted)
    cases = snapshot.reviews.cases
    rows = cases.assign(powers=cases["case_id"].map(links).astype(str)).to_dict("records")
    return sorted(map(str, rows))


def some_rows(chance: random.Random, district: str) -> list[dict[str, str]]:
    """Few numbers of cases, so that logs correct and repeat each other."""
    return [
        make_case(
            case_no=f"〔2021〕{chance.randint(1, 6)}号",
            unit=chance.choice([*OWN[district], *OWN[district], UNKNOWN]),
            power=chance.choice([LITTER, SIGNS, f"{LITTER};{WELLS}", WELLS, UNKNOWN]),
            procedure=chance.choice(["summary", "ordinary", ""]),
            fine_cny=chance.choice(["", "50", "200"]),
            **chance.choice(some_days(chance)),
        )
        for _ in range(chance.randint(1, 5))
    ]


def some_days(chance: random.Random) -> list[dict[str, str]]:
    decided = f"2021-0{chance.randint(1, 6)}-1{chance.randint(0, 9)}"
    sent = {"review_requested_on": "2021-01-02", "review_completed_on": "2021-01-05"}
    return [
        {"decided_on": decided},
        {"decided_on": decided, "outcome": "withdrawn"},
        {"decided_on": decided, "action": "inspection", "outcome": ""},
        {"decided_on": decided, "review_required": "yes", **sent},
        WAITING,
    ]


def some_window(chance: random.Random) -> Window:
    """Mostly all months that rows are drawn from: a row outside of what is declared is refused."""
    first = chance.choice([1, 1, 1, chance.randint(1, 6)])
    return Window(202100 + first, 202100 + chance.choice([6, 6, chance.randint(first, 6)]))


class Acts:
    """A register, and what may be done to it; each is drawn by chance and may be refused."""

    def __init__(self, intake: Intake, chance: random.Random) -> None:
        self.intake, self.chance = intake, chance

    def do(self, name: str) -> bool:
        """Whether anything was recorded; a log may be refused."""
        with db.reading(self.intake.engine) as connection:
            before = db.revision(connection)
        try:
            getattr(self, name)()
        except RegistryError:
            return False
        with db.reading(self.intake.engine) as connection:
            return db.revision(connection) > before

    def do_once(self, name: str) -> None:
        """Until something is recorded."""
        assert any(self.do(name) for _ in range(20))

    def bring(self, replace: bool = False) -> None:
        district = self.chance.choice([*OWN])
        number = len(list(self.intake.folder.iterdir()))
        path = write_log(self.intake.folder / f"log-{number}.csv", some_rows(self.chance, district))
        self.intake.send(path, district, str(some_window(self.chance)), replace=replace)

    def replace(self) -> None:
        self.bring(replace=True)

    def withdraw(self) -> None:
        with db.reading(self.intake.engine) as connection:
            standing = sa.select(BATCHES.c.id).where(BATCHES.c.withdrawn_in.is_(None))
            batches = sorted(connection.scalars(standing))
        if batches:
            one = self.chance.choice(batches)
            withdraw([one], reason="试", actor="test", on=self.intake.engine)

    def mend(self) -> None:
        with db.reading(self.intake.engine) as connection:
            problems = read_problems(connection)
        if problems:
            problem = self.chance.choice(problems)
            frame = problem_frame([problem]).replace({UNKNOWN: None})
            for label, value in (("执法单位", E1), ("职权编码", LITTER)):
                if label in frame:
                    frame[label] = frame[label].fillna(value)
            path = self.intake.folder / f"mended-{len(list(self.intake.folder.iterdir()))}.xlsx"
            write_workbook(path, {"问题": frame})
            self.intake.bring_back(path, TODAY)

    def retry(self) -> None:
        retry(today=TODAY, actor="test", on=self.intake.engine)

    def alias(self) -> None:
        with db.writing(self.intake.engine) as connection:
            add_alias(connection, UNKNOWN, LITTER, "", "test")

    def staff(self) -> None:
        unit, officers = self.chance.choice([E1, E2]), self.chance.randint(1, 9)
        row = {"month": "2021-02", "unit": unit, "certified": officers}
        self.intake.send(return_table(row), "990101", "2021-01..2021-02", kind="staffing")

    def freeze(self) -> None:
        with db.writing(self.intake.engine) as connection:
            freeze(connection, f"第{db.revision(connection)}轮", WIDE, "test")


LOGS = ("bring", "bring", "bring", "replace", "withdraw", "retry", "mend", "freeze")


def states(acts: Acts, names: list[str]) -> Iterator[tuple[str, Snapshot | None, Snapshot]]:
    """After each act that is recorded: its name, the renewed snapshot, and the one read whole."""
    with db.reading(acts.intake.engine) as connection:
        kept = read_snapshot(connection)
    for name in names:
        if acts.do(name):
            with db.reading(acts.intake.engine) as connection:
                found, whole = renewed(connection, kept), read_snapshot(connection)
            yield name, found, whole
            kept = found or whole


@settings(
    max_examples=examples(60),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    names=st.lists(st.sampled_from([*LOGS, *LOGS, "staff", "alias"]), min_size=2, max_size=9),
    seed=st.integers(0, 2**32),
)
def test_a_renewed_snapshot_is_the_one_read_whole(names, seed, world_after, tmp_path_factory):
    intake = Intake(world_after(nothing).engine, tmp_path_factory.mktemp("logs"))
    seen = []
    for name, found, whole in states(Acts(intake, random.Random(seed)), names):
        event(f"{name}: {'renewed' if found else 'read whole'}")
        if found:
            seen += [(found, told(found)), (whole, told(whole))]
            assert seen[-2][1] == seen[-1][1]
    # What came later has changed nothing of what was there before.
    assert all(told(snapshot) == before for snapshot, before in seen)


@pytest.fixture
def acts(small_world, tmp_path) -> Acts:
    """The small world after one log, on either database."""
    acts = Acts(Intake(small_world.engine, tmp_path), random.Random(431))
    acts.do_once("bring")
    return acts


def after(acts: Acts, name: str) -> tuple[Snapshot, Snapshot | None]:
    """(the snapshot before an act, what is made of it after the act)."""
    with db.reading(acts.intake.engine) as connection:
        before = read_snapshot(connection)
    acts.do_once(name)
    with db.reading(acts.intake.engine) as connection:
        return before, renewed(connection, before)


@pytest.mark.parametrize("name", ["bring", "replace", "withdraw", "freeze"])
def test_what_logs_change_is_renewed(acts, name):
    before, found = after(acts, name)
    assert found is not None
    assert found.revision > before.revision
    assert found.catalogue is before.catalogue
    assert all(found.cube.layers[basis] is before.cube.layers[basis] for basis in LAYERS)


@pytest.mark.parametrize("name", ["staff", "alias"])
def test_what_else_changes_is_read_whole(acts, name):
    assert after(acts, name)[1] is None


def test_a_holding_that_changed_is_read_whole(small_world):
    before = small_world.snapshot()
    small_world.override(scope_code=E1, held=False)
    with db.reading(small_world.engine) as connection:
        assert renewed(connection, before) is None


def test_reviews_that_no_log_touched_are_shared(small_world):
    small_world.send([make_case(**WAITING)])
    before = small_world.snapshot()
    small_world.send([make_case(case_no="〔2021〕2号")])
    with db.reading(small_world.engine) as connection:
        assert renewed(connection, before).reviews is before.reviews


def test_another_register_is_read_whole(small_world, world_after):
    small_world.send([make_case()])
    other = world_after(nothing)
    other.send([make_case(case_no="〔2021〕2号")])
    with db.reading(small_world.engine) as connection:
        assert renewed(connection, other.snapshot()) is None


def test_a_past_state_is_no_beginning(small_world):
    small_world.send([make_case()])
    with db.reading(small_world.engine) as connection:
        assert renewed(connection, read_snapshot(connection, 1)) is None


@pytest.mark.parametrize(("many", "is_renewed"), [(3, True), (2, False)])
def test_more_than_pays_is_read_whole(small_world, monkeypatch, many, is_renewed):
    """One version of a case, with a row of counts by power and a fine, is less than either."""
    before = small_world.snapshot()
    small_world.send([make_case(case_no=f"〔2021〕{n}号", power=SIGNS) for n in range(3)])
    monkeypatch.setattr(renewal, "MANY", many)
    with db.reading(small_world.engine) as connection:
        assert (renewed(connection, before) is not None) == is_renewed


def test_counts_kept_apart_do_not_grow_without_end(small_world, monkeypatch):
    kept = small_world.snapshot()
    monkeypatch.setattr(renewal, "MANY", 4)
    found = []
    for number, unit in enumerate((E1, E2, E1, E2)):
        rows = [
            make_case(case_no=f"〔2021〕{number}号", unit=unit, decided_on=f"2021-0{number + 1}-09")
        ]
        small_world.send(rows, window=Window(202101, 202104))
        with db.reading(small_world.engine) as connection:
            renewal_of = renewed(connection, kept)
            kept = renewal_of or read_snapshot(connection)
        found.append(renewal_of is not None)
    assert found == [True, True, False, True]


def test_a_new_month_makes_the_window_longer_and_its_withdrawal_shorter(small_world):
    small_world.send([make_case()], window=Window(202101, 202101))
    before = small_world.snapshot()
    batch = small_world.send([make_case(case_no="2号")], window=Window(202012, 202105)).batch
    with db.reading(small_world.engine) as connection:
        longer = renewed(connection, before)
    withdraw([batch], reason="试", actor="test", on=small_world.engine)
    with db.reading(small_world.engine) as connection:
        shorter = renewed(connection, longer)
    windows = [snapshot.cube.window for snapshot in (before, longer, shorter)]
    assert windows == [Window(202101, 202101), Window(202012, 202105), Window(202101, 202101)]
    assert [len(s.returned) for s in (before, longer, shorter)] == [1, 6, 1]


def test_pages_are_given_a_renewed_snapshot(page_register):
    page_register.send([make_case()])
    with db.reading(page_register.engine) as connection:
        before = data.kept_snapshot(connection)
        assert data.kept_snapshot(connection) is before
    page_register.send([make_case(case_no="〔2021〕2号", power=SIGNS)])
    with db.reading(page_register.engine) as connection:
        now, whole = data.kept_snapshot(connection), read_snapshot(connection)
        past = data.kept_snapshot(connection, str(before.revision))
    assert now.cube.layers["any"] is before.cube.layers["any"]
    assert told(now) == told(whole)
    assert past.known == before.revision


def test_merging_is_combining(small_world):
    """Rows before, among and behind those that are there; cells that empty."""
    rollup = small_world.snapshot().fines.rollup
    keys = [(202101, 1, 0, 100), (202101, 1, 2, 100), (202101, 1, 2, 300), (202103, 2, 1, 100)]
    rows = rollup.typed(pd.DataFrame([(*key, 2) for key in keys], columns=rollup.columns))
    more = [
        *((202012, 1, 2, 100, 1), (202101, 1, 2, 200, 1), (202101, 1, 2, 300, -2)),
        *((202102, 9, 1, 100, 1), (202103, 2, 1, 100, 3), (202105, 1, 1, 100, 1)),
    ]
    change = rollup.typed(pd.DataFrame(more, columns=rollup.columns))
    for one, other in ((rows, change), (rollup.empty(), change), (rows, rollup.empty())):
        merged = rollup.merge(one, other)
        pd.testing.assert_frame_equal(merged, rollup.combine(one, other, signs=(1, 1)))
