"""What a case is: its identity, its rows, what a later file changes; and a replay of it all."""

from dataclasses import dataclass, field
from datetime import date
from typing import Any

import pytest
import sqlalchemy as sa
from builders import DYKES, E1, E2, EAST, LITTER, SIGNS, W1, WELLS, WEST, make_case
from examples import examples, sampled
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from intake_world import Intake, codes, counts, make_row, make_table, reasons

from registry import db, models
from registry.errors import RegistryError, UsageError
from registry.export import write_workbook
from registry.intake.problems import problem_frame, read_problems
from registry.intake.withdraw import withdraw

ONE, TWO, THREE = "东罚〔2021〕1号", "东罚〔2021〕2号", "东罚〔2021〕3号"
BATCHES, COVERAGE = db.table(models.Batch), db.table(models.Coverage)


def send(intake: Intake, *rows: dict, district=EAST, months="2021-01..2021-03", **declared):
    """Import cases of the small world, with the fields' own names as headings."""
    names = list(dict.fromkeys(name for row in rows or [make_case()] for name in row))
    table = [names, *([row.get(name, "") for name in names] for row in rows)]
    return intake.send(table, district, months, **declared)


def pick(case: dict, *names: str) -> tuple:
    return tuple(case[name] for name in names)


def identities(intake: Intake) -> list[tuple]:
    return sorted(pick(case, "unit", "action", "case_key") for case in intake.cases())


# Identity


@pytest.mark.parametrize(
    "number", ["东罚[2021]1号", "东罚【2021】1号", " 东罚 \uff082021\uff09 1号"]
)
def test_numbers_that_differ_in_brackets_are_one_case(either_intake, number):
    send(either_intake, make_case(case_no=ONE))
    report = send(either_intake, make_case(case_no=number))
    assert counts(report) == (1, 0, 0, 1, 0, 0)


def test_an_endless_number_is_quarantined_on_either_database(either_intake):
    """An index of PostgreSQL would refuse it in the middle of the write."""
    endless = "".join(map(str, range(4_000)))  # which does not shrink when packed
    report = send(either_intake, make_case(case_no=ONE), make_case(case_no=endless))
    assert codes(report.problems) == ["long_case_no"]
    assert len(report.problems[0]["value"]) < 300


def test_same_number_of_two_units_is_two_cases(either_intake):
    send(either_intake, make_case(unit=E1), make_case(unit=E2))
    assert len(either_intake.cases()) == 2


def test_same_number_of_two_actions_is_two_cases(small_intake):
    send(
        small_intake,
        make_case(action="行政处罚"),
        make_case(action="行政强制", power=DYKES),
        make_case(action="行政检查"),
    )
    assert sorted(case["action"] for case in small_intake.cases()) == [
        "coercion",
        "inspection",
        "penalty",
    ]


def test_several_rows_of_a_case_are_one_case_with_all_their_powers(small_intake):
    report = send(small_intake, make_case(power=SIGNS), make_case(power=f"{WELLS};{LITTER}"))
    assert counts(report) == (2, 2, 0, 0, 0, 0)
    assert small_intake.the_case()["powers"] == [LITTER, SIGNS, WELLS]


def test_full_duplicate_row_is_skipped_with_a_warning(either_intake):
    report = send(either_intake, make_case(), make_case(case_no=" 东罚[2021]1号"))
    assert counts(report) == (2, 1, 0, 0, 0, 1)
    assert codes(report.warning_notes) == ["duplicate_row"]
    assert report.warning_notes[0]["row"] == 3


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"unit": W1}, "unit_outside_district"),
        ({"unit": "没有这个街道"}, "unknown_unit"),
        ({"filed_on": "2021-02-31"}, "unreadable_date"),
        ({"power": "没有这项职权"}, "unknown_power"),
    ],
)
def test_a_full_duplicate_of_a_flawed_row_is_skipped_too(either_intake, wrong, code):
    """And holds back no other row, the last of the file least."""
    flawed = make_case(case_no=ONE, **wrong)
    other = make_case(case_no=ONE, fine_cny="7", **wrong)
    report = send(either_intake, flawed, flawed, other, flawed, make_case(case_no=TWO))
    assert counts(report) == (5, 1, 0, 0, 2, 2)
    assert {*codes(report.problems)} >= {code}
    assert codes(report.warning_notes) == ["duplicate_row"] * 2
    assert [case["case_no"] for case in either_intake.cases()] == [TWO]


def test_flawed_rows_without_a_number_may_be_of_two_cases(either_intake):
    report = send(either_intake, *[make_case(case_no="")] * 2, make_case(case_no=ONE))
    assert counts(report) == (3, 1, 0, 0, 2, 0)


def test_inspection_without_power_exercises_none(small_intake):
    send(small_intake, make_case(action="检查", power="", outcome=""))
    assert pick(small_intake.the_case(), "action", "powers") == ("inspection", [])
    assert small_intake.is_sound()


@pytest.mark.parametrize(("word", "outcome"), [("撤案", "withdrawn"), ("移送", "transferred")])
def test_withdrawn_or_transferred_case_is_stored_and_no_decision(small_intake, word, outcome):
    send(small_intake, make_case(outcome=word))
    assert small_intake.the_case()["outcome"] == outcome
    with db.reading(small_intake.engine) as connection:
        usage = db.table(models.UsageMonth)
        assert connection.execute(sa.select(usage.c.cases, usage.c.decisions)).all() == [(1, 0)] * 2


def test_days_case_is_decided_else_closed_else_filed(small_intake):
    days = {"decided_on": "2021-03-03", "closed_on": "2021-02-02", "filed_on": "2021-01-01"}
    rows = [
        make_case(case_no=f"〔2021〕{n}号", decided_on="") | dict(list(days.items())[n:])
        for n in range(3)
    ]
    send(small_intake, *rows)
    assert [str(case["case_day"]) for case in small_intake.cases()] == list(days.values())


# Rows that contradict, siblings


@pytest.mark.parametrize(
    "fields",
    [
        {"decided_on": "2021-01-16"},
        {"outcome": "不予处罚"},
        {"outcome": ""},
        {"fine_cny": "200"},
        {"filed_on": "2021-01-02"},
    ],
    ids=lambda fields: next(iter(fields)),
)
def test_rows_that_disagree_on_anything_but_the_power_are_all_quarantined(small_intake, fields):
    base = make_case(fine_cny="100")
    report = send(small_intake, base, base | {"power": SIGNS} | fields, make_case(case_no=TWO))
    assert counts(report) == (3, 1, 0, 0, 2, 0)
    assert codes(report.problems) == ["contradicting_rows"] * 2


def test_siblings_of_a_quarantined_row_are_quarantined(either_intake):
    report = send(either_intake, make_case(), make_case(power="不存在"), make_case(case_no=TWO))
    assert counts(report) == (3, 1, 0, 0, 2, 0)
    assert [problem["row"] for problem in report.problems] == [2, 3]
    assert reasons(report)[0] == "第 2 行：与第 3 行同属一案，该行有问题"
    assert [case["case_no"] for case in either_intake.cases()] == [TWO]


def test_quarantined_row_leaves_the_stored_case_as_it_is(small_intake):
    send(small_intake, make_case())
    send(small_intake, make_case(decided_on="03/01/2021"), make_case(case_no=TWO))
    assert [str(case["decided_on"]) for case in small_intake.cases()] == ["2021-01-15"] * 2


# Later files


def test_same_content_is_unchanged(small_intake):
    send(small_intake, make_case())
    report = send(small_intake, make_case(), make_case(case_no=TWO))
    assert counts(report) == (2, 1, 0, 1, 0, 0)
    assert len(small_intake.cases(only_current=False)) == 2


@pytest.mark.parametrize(
    "fields",
    [{"outcome": "不予处罚"}, {"decided_on": "2021-02-01"}, {"power": SIGNS}, {"fine_cny": "50"}],
    ids=lambda fields: next(iter(fields)),
)
def test_other_content_is_a_new_version_and_the_old_is_kept(small_intake, fields):
    send(small_intake, make_case())
    report = send(small_intake, make_case(**fields))
    assert counts(report) == (1, 0, 1, 0, 0, 0)
    old, new = small_intake.cases(only_current=False)
    assert old["superseded_in"] == new["recorded_in"]
    assert new["superseded_in"] is None
    assert small_intake.is_sound()


def test_other_set_of_powers_replaces_the_set(small_intake):
    send(small_intake, make_case(power=f"{LITTER};{SIGNS}"))
    report = send(small_intake, make_case(power=WELLS), make_case(power=SIGNS))
    assert counts(report) == (2, 0, 2, 0, 0, 0)
    assert small_intake.the_case()["powers"] == [SIGNS, WELLS]


def test_absent_column_keeps_and_blank_cell_clears(either_intake):
    send(either_intake, make_case(fine_cny="100", procedure="简易程序", filed_on="2021-01-10"))
    later = make_case(fine_cny="", decided_on="2021-01-20")
    for name in ("filed_on", "closed_on", "outcome"):
        del later[name]
    assert counts(send(either_intake, later)) == (1, 0, 1, 0, 0, 0)
    case = either_intake.the_case()
    assert pick(case, "procedure", "outcome") == ("summary", "punished")
    assert str(case["filed_on"]) == "2021-01-10"
    assert case["fine_cny"] is None


def test_absent_power_column_keeps_the_powers(either_intake):
    send(either_intake, make_case(power=f"{LITTER};{WELLS}"))
    later = make_case(outcome="不予处罚")
    del later["power"]
    send(either_intake, later)
    case = either_intake.the_case()
    assert pick(case, "outcome", "powers") == ("not_punished", [LITTER, WELLS])


def test_column_that_one_sheet_lacks_is_no_contradiction(intake):
    with_fine = make_table(make_row(fine_cny=100))
    without = make_table(make_row(power="UM046"))
    report = intake.send(intake.workbook(一=with_fine, 二=without))
    assert counts(report) == (2, 2, 0, 0, 0, 0)
    assert pick(intake.the_case(), "fine_cny", "powers") == (100, ["UM001", "UM046"])


def test_number_without_a_year_is_not_used_in_another_year(small_intake):
    send(small_intake, make_case(case_no="东罚1号"))
    report = send(
        small_intake,
        make_case(case_no="东罚1号", decided_on="2022-01-15"),
        make_case(case_no=TWO, decided_on="2022-01-15"),
        months="2022-01",
    )
    assert codes(report.problems) == ["number_used_in_another_year"]
    assert str(small_intake.cases()[0]["decided_on"]) == "2021-01-15"


def test_number_without_a_year_is_corrected_within_its_year(small_intake):
    send(small_intake, make_case(case_no="东罚1号"))
    report = send(small_intake, make_case(case_no="东罚1号", decided_on="2021-02-15"))
    assert counts(report) == (1, 0, 1, 0, 0, 0)


def test_number_with_a_year_is_corrected_into_another_year(small_intake):
    send(small_intake, make_case(decided_on="2021-12-31"), months="2021-12")
    report = send(small_intake, make_case(decided_on="2022-01-04"), months="2022-01")
    assert counts(report) == (1, 0, 1, 0, 0, 0)


def test_later_file_removes_nothing(small_intake):
    send(small_intake, make_case(), make_case(case_no=TWO))
    send(small_intake, make_case(case_no=THREE))
    assert len(small_intake.cases()) == 3


# Replace


def test_replace_ends_and_lists_what_the_file_no_longer_has(either_intake):
    send(either_intake, make_case(), make_case(case_no=TWO))
    report = send(either_intake, make_case(), replace=True)
    assert report.ended == [{"unit": E1, "action": "penalty", "case_no": TWO}]
    assert either_intake.the_case()["case_no"] == ONE
    assert either_intake.is_sound()


def test_replace_ends_nothing_beyond_the_declared_units_and_months(small_intake):
    send(
        small_intake,
        make_case(case_no="〔2021〕a"),
        make_case(case_no="〔2021〕b", decided_on="2021-02-15"),
        make_case(case_no="〔2021〕c", unit=E2),
    )
    send(small_intake, make_case(case_no="〔2021〕d", unit=W1), district=WEST)
    report = send(small_intake, make_case(), months="2021-01", units=(E1,), replace=True)
    assert [case["case_no"] for case in report.ended] == ["〔2021〕a"]


def test_replace_keeps_a_case_whose_row_is_quarantined(small_intake):
    send(small_intake, make_case(), make_case(case_no=TWO))
    report = send(small_intake, make_case(), make_case(case_no=TWO, power="x"), replace=True)
    assert report.ended == []
    assert len(small_intake.cases()) == 2


def test_dry_run_of_replace_lists_and_ends_nothing(small_intake):
    send(small_intake, make_case(), make_case(case_no=TWO))
    report = send(small_intake, make_case(), replace=True, dry_run=True)
    assert len(report.ended) == 1
    assert len(small_intake.cases()) == 2


# Again


def test_same_file_again_changes_nothing(small_intake):
    path = small_intake.write([list(make_case()), list(make_case().values())])
    first = small_intake.send(path, EAST, "2021-01..2021-03")
    again = small_intake.send(path, EAST, "2021-01..2021-03")
    assert (again.repeated, again.batch, counts(again)) == (True, first.batch, (1, 0, 0, 1, 0, 0))
    assert small_intake.rows_in(models.Batch) == 1


@pytest.mark.parametrize(
    "declared",
    [{"months": "2021-01"}, {"units": (E1,)}, {"mapping": {"filed_on": "closed_on"}}],
    ids=lambda declared: next(iter(declared)),
)
def test_same_file_declared_otherwise_is_read_again(small_intake, declared):
    head = [name for name in make_case() if name != "closed_on"]
    path = small_intake.write([head, [make_case(filed_on="2021-01-02")[n] for n in head]])
    small_intake.send(path, EAST, "2021-01..2021-03")
    again = small_intake.send(path, EAST, **({"months": "2021-01..2021-03"} | declared))
    assert not again.repeated
    changed = "mapping" in declared
    assert counts(again) == (1, 0, int(changed), int(not changed), 0, 0)


def test_file_can_be_imported_again_after_its_withdrawal(either_intake):
    path = either_intake.write([list(make_case()), list(make_case().values())])
    first = either_intake.send(path, EAST, "2021-01..2021-03")
    withdraw([first.batch], reason="试", actor="test", on=either_intake.engine)
    assert either_intake.cases() == []
    again = either_intake.send(path, EAST, "2021-01..2021-03")
    assert counts(again) == (1, 1, 0, 0, 0, 0)


def test_nil_return_can_be_withdrawn(small_intake):
    head = small_intake.send([list(make_case())], EAST, "2021-02")
    result = withdraw([head.batch], reason="试", actor="test", on=small_intake.engine)
    assert (result.cases_ended, result.cases_restored, result.unit_months_ended) == (0, 0, 2)
    assert small_intake.is_sound()


def mend(intake: Intake, **cells: str):
    """Bring back the open problems with these cells filled in; headings are ours."""
    with db.reading(intake.engine) as connection:
        frame = problem_frame(read_problems(connection)).assign(**cells)
    path = intake.folder / f"mended-{len(list(intake.folder.glob('mended-*')))}.xlsx"
    write_workbook(path, {"问题": frame})
    return intake.bring_back(path)


def test_mended_row_is_stored_and_its_problem_resolved(small_intake):
    send(small_intake, make_case(decided_on="03/01/2021"), make_case(case_no=TWO))
    report = mend(small_intake, 决定日期="2021-03-01")
    assert counts(report) == (1, 1, 0, 0, 0, 0)
    assert len(small_intake.cases()) == 2
    assert not small_intake.open_problems()
    assert small_intake.is_sound()


def test_withdrawn_mending_ends_its_case_and_opens_its_problem_again(either_intake):
    send(either_intake, make_case(decided_on="03/01/2021"), make_case(case_no=TWO))
    report = mend(either_intake, 决定日期="2021-03-01")
    withdraw([report.batch], reason="试", actor="test", on=either_intake.engine)
    assert [case["case_no"] for case in either_intake.cases()] == [TWO]
    assert either_intake.open_problems() == {"unreadable_date": 1}
    assert either_intake.is_sound()


def test_withdrawn_mending_ends_its_case_even_after_a_correction_came_and_went(small_intake):
    send(small_intake, make_case(decided_on="03/01/2021"), make_case(case_no=TWO))
    mended = mend(small_intake, 决定日期="2021-03-01")
    later = send(small_intake, make_case(decided_on="2021-02-01"))
    for batch in (later.batch, mended.batch):
        withdraw([batch], reason="试", actor="test", on=small_intake.engine)
    assert [case["case_no"] for case in small_intake.cases()] == [TWO]


def test_row_with_an_unknown_unit_mended_into_a_case_keeps_its_other_powers(small_intake):
    """Row 3 names another power of the case in row 2, but misspells the unit."""
    send(small_intake, make_case(), make_case(power=SIGNS, unit="东一街"))
    mend(small_intake, 执法单位="东一街道")
    assert small_intake.the_case()["powers"] == [LITTER, SIGNS]


# What is declared


def test_coverage_is_what_is_declared_not_what_has_rows(small_intake):
    report = send(small_intake, make_case(), units=(E1, E2))
    assert report.nil_units == [E2]
    assert small_intake.rows_in(models.Coverage) == 2 * 3


def test_units_that_are_not_declared_are_not_covered(small_intake):
    report = send(small_intake, make_case(), make_case(unit=E2), units=(E1,))
    assert codes(report.problems) == ["unit_outside_district"]
    assert small_intake.rows_in(models.Coverage) == 3


def test_file_may_speak_for_several_districts(small_intake):
    report = send(small_intake, make_case(), make_case(unit=W1), district=(EAST, WEST))
    assert counts(report) == (2, 2, 0, 0, 0, 0)
    assert small_intake.rows_in(models.Coverage) == 4 * 3


def test_unit_is_covered_only_while_it_exists(intake):
    intake.send([list(make_row())], "110106", "2021-06..2021-07")
    with db.reading(intake.engine) as connection:
        months = connection.execute(
            sa.select(COVERAGE.c.month, sa.func.count()).group_by(COVERAGE.c.month)
        ).all()
        shape = db.table(models.Unit)
        units = connection.execute(
            sa.select(shape).where(
                shape.c.district_code == "110106",
                shape.c.unit_kind.in_(["subdistrict", "town", "township", "area"]),
            )
        ).all()
    day = {202106: date(2021, 6, 15), 202107: date(2021, 7, 15)}
    assert dict(map(tuple, months)) == {
        month: sum((u.valid_from or date.min) <= on < (u.valid_to or date.max) for u in units)
        for month, on in day.items()
    }


@pytest.mark.parametrize("declared", [{"district": "990109"}, {"units": (W1,)}])
def test_declaration_must_name_districts_and_units_of_the_register(small_intake, declared):
    with pytest.raises(UsageError):
        send(small_intake, make_case(), **declared)


# A replay of everything in plain Python

NUMBERS = ("〔2021〕甲", "〔2021〕乙", "〔2021〕丙")
CHOICES = st.tuples(
    st.sampled_from(NUMBERS),
    st.sampled_from((E1, E2)),
    st.sampled_from(("2021-01-15", "2021-02-15", "03/01/2021")),
    st.sampled_from((LITTER, SIGNS, f"{LITTER};{WELLS}")),
)
FILES = st.lists(CHOICES, min_size=1, max_size=5, unique_by=lambda row: row[:2])
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("import"), FILES),
        st.tuples(st.just("replace"), FILES),
        st.tuples(st.just("withdraw"), st.integers(0, 5)),
        st.tuples(st.just("mend"), st.integers(0, 5)),
    ),
    min_size=2,
    max_size=7,
)


@dataclass
class Said:
    """What one batch says: cases, those it ends, the rows it leaves open, and who else it needs."""

    batch: int
    cases: dict[tuple[str, str], tuple] = field(default_factory=dict)
    named: set[tuple[str, str]] = field(default_factory=set)
    replaces: bool = False
    needs: int | None = None


@dataclass
class Replay:
    """The current cases are what the standing batches say, one after the other."""

    said: list[Said] = field(default_factory=list)
    gone: set[int] = field(default_factory=set)

    def current(self) -> dict[tuple[str, str], tuple]:
        cases: dict[tuple[str, str], tuple] = {}
        for one in self.said:
            if self.gone & {one.batch, one.needs}:
                continue
            if one.replaces:
                cases = {key: case for key, case in cases.items() if key in one.named}
            cases |= one.cases
        return cases


def read_rows(rows) -> tuple[dict, set]:
    """(sound cases, everything named) of a file's rows."""
    sound = {
        (number, unit): (day, tuple(sorted(powers.split(";"))))
        for number, unit, day, powers in rows
        if day != "03/01/2021"
    }
    return sound, {(number, unit) for number, unit, _, _ in rows}


def stored_cases(intake: Intake) -> dict[tuple[str, str], tuple]:
    return {
        (case["case_no"], case["unit"]): (str(case["case_day"]), tuple(case["powers"]))
        for case in intake.cases()
    }


@dataclass
class Sequence:
    """A register and its replay, taken through the same steps."""

    intake: Intake
    replay: Replay = field(default_factory=Replay)

    def do_import(self, rows, replace: bool = False) -> None:
        sound, named = read_rows(rows)
        head = ["case_no", "unit", "decided_on", "power", "action"]
        table = [head, *([*row, "行政处罚"] for row in rows)]
        try:
            report = self.intake.send(table, EAST, "2021-01..2021-03", replace=replace)
        except RegistryError:
            assert not sound
            return
        assert report.read == len(rows)
        if not report.repeated:
            self.replay.said.append(Said(report.batch, sound, named, replace))

    def do_replace(self, rows) -> None:
        self.do_import(rows, replace=True)

    def do_withdraw(self, number: int) -> None:
        """A log's batch; workbooks of problems have tests of their own above."""
        logs = {one.batch for one in self.replay.said if one.needs is None}
        standing = sorted(logs - self.replay.gone)
        if standing:
            batch = standing[number % len(standing)]
            withdraw([batch], reason="试", actor="test", on=self.intake.engine)
            self.replay.gone.add(batch)

    def do_mend(self, number: int) -> None:
        with db.reading(self.intake.engine) as connection:
            problems = read_problems(connection)
        if not problems:
            return
        problem = problems[number % len(problems)]
        frame = problem_frame([problem])
        frame["决定日期"] = "2021-03-15"
        path = self.intake.folder / f"mended-{len(list(self.intake.folder.iterdir()))}.xlsx"
        write_workbook(path, {"问题": frame})
        report = self.intake.bring_back(path)
        content = problem.content
        case = ("2021-03-15", tuple(sorted(content["power"].split(";"))))
        self.replay.said.append(
            Said(
                report.batch,
                {(content["case_no"], content["unit"]): case},
                needs=problem.batch,
            )
        )


@settings(
    max_examples=examples(10),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(steps=STEPS)
def test_current_cases_equal_a_slow_replay_of_the_standing_batches(
    steps: list[tuple[str, Any]], small_register, tmp_path_factory
):
    folder = tmp_path_factory.mktemp("replay")
    path = folder / "register.db"
    path.write_bytes(small_register.read_bytes())
    engine = db.engine_for(f"sqlite:///{path}")
    sequence = Sequence(Intake(engine, folder))
    for kind, argument in steps:
        getattr(sequence, f"do_{kind}")(argument)
        assert sequence.intake.is_sound()
        assert stored_cases(sequence.intake) == sequence.replay.current()
    engine.dispose()


A, B, C = ((NUMBERS[0], E1, "2021-01-15", power) for power in (LITTER, SIGNS, WELLS))
B_OF_E2 = (B[0], E2, *B[2:])
UNREADABLE = (*A[:2], "03/01/2021", LITTER)
OTHER_CASE = (NUMBERS[1], E1, "2021-01-15", LITTER)


@sampled(
    "steps",
    [
        [[A], [A], [B], 2, 0],
        [[A], [A], [B], 0, 1],
        [[A], [A, OTHER_CASE], [B], 0, 1],
        [[A], [A, OTHER_CASE], [B], 2, 0],
        [[A], [A, OTHER_CASE], [B], 2, 0, 0],
        [[A], [B], [A, OTHER_CASE], 2, 1],
        [[A], [B], [A, OTHER_CASE], 1, 0],
        [[A], [B], [C], 1, 1],
        [[A], [B], [C], 0, 1, 0],
        [[A, OTHER_CASE], [[A]], 1],
        [[A, OTHER_CASE], [[A]], 0],
        [[A, OTHER_CASE], [[A]], [OTHER_CASE, B], 1, 1],
        [[A, OTHER_CASE], [[A]], [OTHER_CASE, B], 0, 1, 0],
        [[A, OTHER_CASE], [OTHER_CASE, B], [[A]], 2, 0, 0],
        [[A], [[OTHER_CASE]], [A, B_OF_E2], 1, 1],
        [[A], [[OTHER_CASE]], [[B_OF_E2]], 1],
        [[A], [[OTHER_CASE]], [[B_OF_E2, UNREADABLE]], 1],
        [[A], [[OTHER_CASE]], [[A, B_OF_E2]], 1, 0],
        [[A], [[OTHER_CASE]], [[B_OF_E2]], [B], 1, 2, 1],
    ],
)
def test_withdrawal_ends_what_its_batch_said_and_nothing_else(steps, small_intake):
    """Lists are files (a list in a list: with --replace), numbers standing batches to withdraw."""
    sequence = Sequence(small_intake)
    for step in steps:
        if isinstance(step, int):
            sequence.do_withdraw(step)
        elif isinstance(step[0], list):
            sequence.do_replace(step[0])
        else:
            sequence.do_import(step)
        assert stored_cases(sequence.intake) == sequence.replay.current()
    assert sequence.intake.is_sound()
