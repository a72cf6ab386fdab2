"""The staffing waterfall: by hand on the small world, and as plain Python says on random ones."""

import math
from dataclasses import asdict
from datetime import date

import pandas as pd
import pytest
from builders import E1, E2, EAST, QUARTER, RETURNED, W1, W2, WEST, make_fact
from examples import examples
from hypothesis import given, settings
from hypothesis import strategies as st
from plain_returns import Returned
from plain_staffing import staffing as plain_staffing
from return_builders import make_staffing, make_world, returned_all
from returns_world import (
    ReturnsWorld,
    compare_records,
    in_database,
    in_memory,
    unit_filters,
    unit_groupings,
    windows,
)
from returns_world import returns_worlds as worlds
from test_plain import QUICK

from registry.errors import UsageError
from registry.measures.grouping import Selection
from registry.measures.staffing import ALL, staffing
from registry.snapshot import Snapshot
from registry.window import Window


def record(table: pd.DataFrame, measure: str, **groups: str) -> dict:
    rows = table[table["measure"].eq(measure)]
    for name, code in groups.items():
        rows = rows[rows[name].eq(code)]
    (row,) = rows.to_dict("records")
    return row


def fraction(table: pd.DataFrame, measure: str, **groups: str) -> tuple[int, int]:
    row = record(table, measure, **groups)
    return row["numerator"], row["denominator"]


def two_units() -> Snapshot:
    """E1 with 10 posts, 6 at the front line; E2 with 20 posts, 17 at the front line."""
    rows = [make_staffing(), make_staffing(E2, established=20, front_line=17, seconded=0)]
    return make_world(returned_all(staffing=rows))


def test_each_step_is_divided_by_the_established_posts():
    table = staffing(two_units(), QUARTER, ("district",))
    expected = {"in_post": 18, "certified": 16, "not_seconded": 15, "front_line": 23}
    for step, officers in expected.items():
        assert fraction(table, step, district=EAST) == (officers, 30)
    assert record(table, "front_line", district=EAST)["value"] == 23 / 30
    assert fraction(table, "established", district=EAST) == (30, 1)
    assert record(table, "auxiliary", district=EAST)["value"] == 4


def test_a_unit_that_gave_no_number_counts_in_neither_side_of_that_step():
    rows = [make_staffing(), make_staffing(E2, front_line=None)]
    table = staffing(make_world(returned_all(staffing=rows)), QUARTER, ("district",))
    assert fraction(table, "front_line", district=EAST) == (6, 10)
    assert fraction(table, "in_post", district=EAST) == (18, 20)


def test_over_a_window_the_last_returned_month_counts():
    rows = [make_staffing(month=202101, front_line=6), make_staffing(month=202102, front_line=9)]
    snapshot = make_world(returned_all(staffing=rows))
    assert fraction(staffing(snapshot, QUARTER), "front_line") == (9, 10)
    by_month = staffing(snapshot, QUARTER, ("month",), measures=("front_line",))
    assert by_month["numerator"].tolist() == [6, 9, 0]
    assert by_month["value"].tolist()[:2] == [0.6, 0.9]
    assert math.isnan(by_month["value"].iloc[2])


def test_what_was_not_returned_is_missing_and_not_zero():
    table = staffing(make_world(Returned(), []), QUARTER, ("district",))
    assert table["completeness"].eq(0).all()
    assert table["value"].isna().all()
    assert set(table["measure"]) == set(ALL)


def test_completeness_counts_unit_months_of_staffing_returns():
    returned = returned_all(staffing=[make_staffing()])
    returned.covered["staffing"] = {(E1, 202101), (E1, 202102), (E2, 202101)}
    table = staffing(make_world(returned), QUARTER, ("district",), measures=("front_line",))
    assert table["completeness"].tolist() == [0.5, 0.0]


def test_without_usage_logs_the_default_window_is_that_of_the_other_returns():
    kinds = {"covered": {"staffing": {(E1, 202102)}}}
    world = make_world(Returned(staffing=[make_staffing(month=202102)], **kinds), logs=[])
    assert world.last_12_months(date(2026, 11, 28)) == Window(202102, 202102)
    logged = make_world(Returned(**kinds), logs=[(E1, 202101)])
    assert logged.last_12_months(date(2026, 11, 28)) == Window(202101, 202101)
    assert logged.reported == Window(202101, 202102)


def test_a_load_counts_each_case_once_over_units_with_log_and_staff():
    cases = [make_fact(E1, "UM1", "UM2"), make_fact(E1, action="inspection"), make_fact(E2)]
    rows = [make_staffing(), make_staffing(E2)]
    logs = [pair for pair in RETURNED if pair[0] == E1]
    snapshot = make_world(returned_all(staffing=rows), cases, logs)
    table = staffing(snapshot, QUARTER, ("district",))
    assert fraction(table, "cases_per_front_line_officer", district=EAST) == (2, 6)
    assert fraction(table, "inspections_per_front_line_officer", district=EAST) == (1, 6)
    assert record(table, "cases_per_front_line_officer", district=EAST)["completeness"] == 0.5


def test_officers_by_origin_have_a_record_for_every_department():
    rows = [
        make_staffing(origins={"urban_management": 5, "police": 1}),
        make_staffing(W1, origins={}),
    ]
    table = staffing(make_world(returned_all(staffing=rows)), QUARTER, ("district",))
    east = {
        code: record(table, "officers_by_origin", district=EAST, origin=code)["value"]
        for code in ("urban_management", "water_affairs", "police")
    }
    assert east == {"urban_management": 5, "water_affairs": 0, "police": 1}
    silent = record(table, "officers_by_origin", district=WEST, origin="urban_management")
    assert math.isnan(silent["value"])


def test_staff_are_not_told_by_power():
    snapshot = two_units()
    for by in ("department", "power", "kind", "domain"):
        with pytest.raises(UsageError, match=by):
            staffing(snapshot, QUARTER, (by,))
    with pytest.raises(UsageError, match="department"):
        staffing(snapshot, QUARTER, selection=Selection(department=("water_affairs",)))


def test_the_reported_85_percent_is_the_front_line_rate():
    """E1 34 of 40, E2 17 of 20, W1 and W2 at 85 % as well: the city stands at 85.0 %."""
    staff = {E1: (40, 34), E2: (20, 17), W1: (60, 51), W2: (20, 17)}
    rows = [make_staffing(u, established=e, front_line=f) for u, (e, f) in staff.items()]
    table = staffing(make_world(returned_all(staffing=rows)), QUARTER, measures=("front_line",))
    assert fraction(table, "front_line") == (119, 140)
    assert table["value"].tolist() == [0.85]


# The command


def test_the_command_prints_every_measure_with_its_title(command_line):
    records = command_line.records("staffing", "--by", "district")
    assert {row["measure"] for row in records} == set(ALL)
    assert all(row["measure_name"] for row in records)
    assert all(row["value"] is None for row in records)


def test_a_family_and_a_measure_of_it_are_exported(command_line):
    for measure, rows in (("staffing", None), ("staffing.front_line", 2)):
        path = command_line.folder / "out.csv"
        words = ("export", path, "--measure", measure, "--by", "district")
        written = command_line.records(*words)[0]["rows"]
        frame = pd.read_csv(path)
        assert written == len(frame) == (rows or written)
        assert set(frame["measure"]) == (set(ALL) if rows is None else {"front_line"})


# Random worlds


def check(made: ReturnsWorld, snapshot: Snapshot, question: tuple) -> None:
    months, by, chosen = question
    expected = plain_staffing(made.world, made.returned, months, by or ("city",), chosen)
    window = Window(months[0], months[-1])
    table = staffing(snapshot, window, by, selection=Selection(**asdict(chosen)))
    compare_records(
        table.fillna({"origin": ""}), expected, (*(by or ("city",)), "measure", "origin")
    )


questions = st.tuples(windows(), unit_groupings, unit_filters)


@settings(max_examples=examples(150), **QUICK)
@given(worlds(), questions)
def test_staffing_equals_plain_python(made, question):
    check(made, in_memory(made), question)


@settings(max_examples=examples(10), **QUICK)
@given(made=worlds(), question=questions)
def test_staffing_from_a_database_equals_plain_python(register, made, question):
    check(made, in_database(made, register), question)
