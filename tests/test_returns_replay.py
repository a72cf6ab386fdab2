"""What stands after any sequence of imports, corrections, replacements, mendings and withdrawals
of a monthly return equals a slow replay of the standing batches in plain Python."""

from dataclasses import dataclass, field
from typing import Any

import pytest
from builders import E1, E2, EAST
from examples import examples, sampled
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from intake_world import Intake
from return_files import stored, table

from registry import db
from registry.errors import RegistryError
from registry.export import write_workbook
from registry.intake.problems import OpenProblem, problem_frame, read_problems
from registry.intake.withdraw import withdraw

UNKNOWN, BAD = "不详", "坏"
COLUMNS = ("established", "auxiliary")
LABEL = {"established": "编制数", "unit": "单位"}
Key = tuple[str, str]
Numbers = dict[str, int]

rows = st.tuples(
    st.sampled_from((E1, E2, E1, E2, UNKNOWN)),
    st.sampled_from(("2021-01", "2021-02")),
    st.sampled_from((1, 2, 3, BAD, "")),
    st.sampled_from((1, 2, "")),
)
files = st.tuples(
    st.sampled_from((COLUMNS, COLUMNS[:1], COLUMNS[1:])),
    st.lists(rows, min_size=1, max_size=4, unique_by=lambda row: row[:2]),
)
steps = st.lists(
    st.one_of(
        st.tuples(st.just("import"), files),
        st.tuples(st.just("replace"), files),
        st.tuples(st.just("withdraw"), st.integers(0, 5)),
        st.tuples(st.just("mend"), st.integers(0, 5)),
    ),
    min_size=2,
    max_size=7,
)


@dataclass
class Said:
    """What one batch says, which rows it names ('' for any unit), and whom it needs to stand."""

    batch: int
    entries: dict[Key, Numbers] = field(default_factory=dict)
    named: set[Key] = field(default_factory=set)
    replaces: bool = False
    needs: int | None = None

    def keeps(self, key: Key) -> bool:
        return bool({key, (UNKNOWN, key[1])} & self.named)


@dataclass
class Replay:
    said: list[Said] = field(default_factory=list)
    gone: set[int] = field(default_factory=set)

    def current(self) -> dict[Key, Numbers]:
        entries: dict[Key, Numbers] = {}
        for one in self.said:
            if self.gone & {one.batch, one.needs}:
                continue
            if one.replaces:
                entries = {key: said for key, said in entries.items() if one.keeps(key)}
            entries |= one.entries
        return {key: {f: n for f, n in said.items() if n != ""} for key, said in entries.items()}


@dataclass
class Sequence:
    """A register and its replay, taken through the same steps."""

    intake: Intake
    replay: Replay = field(default_factory=Replay)
    numbers: Numbers = field(default_factory=dict)

    def do_import(self, file: Any, replace: bool = False) -> None:
        columns, content = file
        now = self.replay.current()
        sent, said = [], Said(0, replaces=replace)
        for unit, month, *values in content:
            numbers = {f: n for f, n in zip(COLUMNS, values, strict=True) if f in columns}
            sent.append({"month": month, "unit": unit, "front_line": ""} | numbers)
            said.named.add((unit, month))
            if unit != UNKNOWN and BAD not in numbers.values() and set(numbers.values()) != {""}:
                said.entries[unit, month] = now.get((unit, month), {}) | numbers
        try:
            report = self.intake.send(
                table(*sent), EAST, "2021-01..2021-02", kind="staffing", replace=replace
            )
        except RegistryError:
            assert not said.entries
            return
        assert report.read == len(content) == report.quarantined + len(said.entries) or (
            report.repeated
        )
        if not report.repeated:
            said.batch = report.batch
            self.replay.said.append(said)

    def do_replace(self, file: Any) -> None:
        self.do_import(file, replace=True)

    def do_withdraw(self, number: int) -> None:
        standing = sorted({one.batch for one in self.replay.said} - self.replay.gone)
        if standing:
            self.take_back(standing[number % len(standing)])

    def take_back(self, batch: int) -> None:
        withdraw([batch], reason="试", actor="test", on=self.intake.engine)
        self.replay.gone.add(batch)

    def do_mend(self, number: int) -> None:
        with db.reading(self.intake.engine) as connection:
            problems = read_problems(connection)
        if not problems:
            return
        problem = problems[number % len(problems)]
        frame = problem_frame([problem]).assign(编制数="3")
        if problem.content["unit"] == UNKNOWN:
            frame["执法单位"] = E1
        path = self.intake.folder / f"mended-{len(list(self.intake.folder.iterdir()))}.xlsx"
        write_workbook(path, {"问题": frame})
        said = self.mended(problem)
        key = next(iter(said.entries))
        if self.contradicts(said, key) or self.is_at_odds(problem, key, problems):
            with pytest.raises(RegistryError):
                self.intake.bring_back(path)
            return
        said.batch = self.intake.bring_back(path).batch
        self.replay.said.append(said)

    def mended(self, problem: OpenProblem) -> Said:
        """What the mended row says."""
        unit = E1 if problem.content["unit"] == UNKNOWN else problem.content["unit"]
        key = (unit, problem.content["month"])
        given = {f: t for f, t in problem.content.items() if f in COLUMNS}
        numbers = {f: int(t) if t else "" for f, t in (given | {"established": "3"}).items()}
        self.numbers = numbers
        entry = self.replay.current().get(key, {}) | numbers
        return Said(0, {key: entry}, needs=problem.batch)

    def contradicts(self, said: Said, key: Key) -> bool:
        """Whether its own file has said other numbers of this key."""
        for one in reversed(self.replay.said):
            is_own = said.needs in (one.batch, one.needs) and one.batch not in self.replay.gone
            if is_own and key in one.entries:
                own = one.entries[key]
                return any(own.get(f, "") != n for f, n in self.numbers.items())
        return False

    def is_at_odds(self, problem: OpenProblem, key: Key, problems: list[OpenProblem]) -> bool:
        """Whether another open row of its file says other things of the key, or cannot be read."""
        for other in problems:
            place = (other.content["unit"], other.content["month"])
            if other.batch == problem.batch and other.id != problem.id and place == key:
                said = {f: t for f, t in other.content.items() if f in COLUMNS}
                if any(t != str(self.numbers[f]) for f, t in said.items() if f in self.numbers):
                    return True
        return False

    def empty(self) -> None:
        """Take everything back: nothing is left."""
        for batch in sorted({one.batch for one in self.replay.said} - self.replay.gone):
            self.take_back(batch)
        assert found(self.intake) == {}


def found(intake: Intake) -> dict[Key, Numbers]:
    return {
        (one["unit"], f"2021-{one['month'] % 100:02d}"): {f: one[f] for f in COLUMNS if f in one}
        for one in stored(intake, "staffing")
    }


@settings(
    max_examples=examples(25),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(steps=steps)
def test_current_rows_equal_a_slow_replay_of_the_standing_batches(steps, either_intake):
    sequence = Sequence(either_intake)
    for kind, argument in steps:
        getattr(sequence, f"do_{kind}")(argument)
        assert found(either_intake) == sequence.replay.current()
    assert either_intake.is_sound()
    sequence.empty()


A, B, C = (((("established",), [(E1, "2021-01", n, "")])) for n in (1, 2, 3))
OTHER = (("established",), [(E2, "2021-01", 1, "")])
OTHER_AGAIN = (("established",), [(E2, "2021-01", 2, "")])
UNREADABLE = (("established",), [(E2, "2021-01", 2, ""), (UNKNOWN, "2021-01", 2, "")])


@sampled(
    "steps",
    [
        [("import", A), ("import", B), ("withdraw", 1), ("withdraw", 0)],
        [("import", A), ("import", B), ("withdraw", 0), ("withdraw", 0)],
        [("import", A), ("import", B), ("import", C), ("withdraw", 1), ("withdraw", 1)],
        [("import", A), ("import", B), ("import", C), ("withdraw", 2), ("withdraw", 1)],
        [("import", A), ("replace", OTHER), ("withdraw", 0)],
        [("import", A), ("replace", OTHER), ("withdraw", 1)],
        [("import", A), ("replace", OTHER), ("import", B), ("withdraw", 2), ("withdraw", 1)],
        [("import", A), ("replace", OTHER), ("import", B), ("withdraw", 1), ("withdraw", 1)],
        [("import", A), ("import", B), ("replace", OTHER), ("withdraw", 1), ("withdraw", 1)],
        [("import", A), ("replace", OTHER), ("replace", OTHER_AGAIN), ("withdraw", 1)],
        [
            ("import", A),
            ("replace", OTHER),
            ("replace", OTHER_AGAIN),
            ("withdraw", 1),
            ("withdraw", 1),
        ],
        [("import", A), ("replace", OTHER), ("replace", UNREADABLE), ("withdraw", 1)],
    ],
)
def test_withdrawal_in_any_order_leaves_the_word_of_those_who_stand(steps, small_intake):
    sequence = Sequence(small_intake)
    for kind, argument in steps:
        getattr(sequence, f"do_{kind}")(argument)
        assert found(small_intake) == sequence.replay.current()
    assert small_intake.is_sound()
    sequence.empty()
