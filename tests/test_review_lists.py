"""Cases decided without review and cases that wait, listed one by one."""

from datetime import date

import pytest
import sqlalchemy as sa
from builders import (
    DYKES,
    E1,
    E2,
    EAST,
    LITTER,
    QUARTER,
    SIGNS,
    W1,
    WELLS,
    WEST,
    make_case,
)
from examples import sampled

from registry import db
from registry.measures.grouping import Selection
from registry.measures.review import review
from registry.measures.review_lists import BREACHES, WAITING, review_breaches, waiting_reviews
from registry.window import Window

FEBRUARY = Window(202102, 202102)


def sent(number: int, requested: str = "", completed: str = "", **fields):
    """A row of a log that requires review; sent and completed in 2021."""
    days = [day and f"2021-{day}" for day in (requested, completed)]
    asked = {"review_requested_on": days[0], "review_completed_on": days[1]}
    case = {"case_no": f"〔2021〕{number}号", "review_required": "yes"} | asked
    return make_case(**case | {"filed_on": ""} | fields)


def breaches(world, window=QUARTER, **chosen):
    with db.reading(world.engine) as connection:
        return review_breaches(connection, window, Selection(**chosen))


def waiting(world, day, **chosen):
    with db.reading(world.engine) as connection:
        return waiting_reviews(connection, day, Selection(**chosen))


def numbers(listed) -> list[int]:
    return [int(text.removeprefix("〔2021〕").removesuffix("号")) for text in listed["case_no"]]


@pytest.fixture
def reported(world_after):
    return world_after(reviews)


def reviews(world) -> None:
    """EAST: two reviews in time, four breaches, one case still open. WEST: one breach."""
    world.send(
        [
            sent(1, "01-11", "01-14"),
            sent(2, "01-11", "01-15"),
            sent(3),
            sent(4, "01-11"),
            sent(5, "01-11", "01-18", power=f"{LITTER};{WELLS}"),
            sent(6, unit=E2, action="coercion", power=DYKES, decided_on="2021-02-01"),
            sent(7, "01-12", filed_on="2021-01-10", decided_on="", outcome=""),
            sent(8, review_required="no"),
            sent(9, outcome="withdrawn"),
        ]
    )
    world.send([sent(1, unit=W1, power=SIGNS)], WEST)


def test_breaches_are_listed_oldest_first_with_their_judicial_office(reported):
    listed = breaches(reported)
    assert list(listed.columns) == list(BREACHES)
    assert list(zip(listed["unit"], numbers(listed), strict=True)) == [
        (E1, 3),
        (E1, 4),
        (E1, 5),
        (W1, 1),
        (E2, 6),
    ]
    late = listed.iloc[2]
    assert late["case_day"] == date(2021, 1, 15)
    assert (late["requested_on"], late["completed_on"]) == (date(2021, 1, 11), date(2021, 1, 18))
    assert listed.iloc[0]["completed_on"] is None


@sampled(
    ("chosen", "count"),
    [
        ({"district": (WEST,)}, 1),
        ({"unit": (E1, E2)}, 4),
        ({"power": (WELLS,)}, 1),
        ({"department": ("water_affairs",)}, 2),
        ({"kind": ("coercion",)}, 1),
        ({"domain": ("river_lake",), "unit": (E1,)}, 1),
        ({"power": (DYKES,), "kind": ("penalty",)}, 0),
    ],
)
def test_filters_choose_cases_by_unit_and_power(reported, chosen, count):
    assert len(breaches(reported, **chosen)) == count


def test_breaches_lie_in_the_window(reported):
    assert numbers(breaches(reported, FEBRUARY)) == [6]
    assert len(breaches(reported, Window(202103, 202103))) == 0


def test_the_list_is_as_long_as_the_measure_says(reported):
    table = review(
        reported.snapshot(), QUARTER, ["unit"], measures=("decided_without_review",)
    ).set_index("unit")
    counted = breaches(reported).groupby("unit").size()
    assert table["numerator"][table["numerator"] > 0].to_dict() == counted.to_dict()


def test_a_corrected_case_is_listed_as_it_is_now(reported):
    reported.send([sent(3, "01-11", "01-12")])
    assert numbers(breaches(reported, unit=(E1,))) == [4, 5]


def test_what_waits_is_listed_oldest_first_with_its_due_day(reported):
    reported.send([sent(10, "01-04"), sent(11, "01-18", "01-25"), sent(12, "01-21", "02-08")])
    listed = waiting(reported, date(2021, 1, 20))
    assert list(listed.columns) == list(WAITING)
    assert numbers(listed) == [10, 4, 7, 11]
    assert listed["working_days"].tolist() == [12, 7, 6, 2]
    assert listed["due_on"].tolist() == [
        date(2021, 1, 11),
        date(2021, 1, 18),
        date(2021, 1, 19),
        date(2021, 1, 25),
    ]
    assert listed["overdue"].tolist() == [True, True, True, False]


def test_a_review_is_not_overdue_on_its_last_day(reported):
    assert not waiting(reported, date(2021, 1, 18)).iloc[0]["overdue"]
    assert waiting(reported, date(2021, 1, 19)).iloc[0]["overdue"]


@sampled(("day", "count"), [("01-10", 0), ("01-11", 4), ("01-14", 4), ("01-18", 2)])
def test_a_review_waits_from_its_request_until_the_day_before_its_completion(reported, day, count):
    assert len(waiting(reported, date.fromisoformat(f"2021-{day}"))) == count


def test_the_list_is_as_long_as_the_backlog(reported):
    table = review(reported.snapshot(), FEBRUARY, measures=("backlog",))
    assert table["value"].tolist() == [len(waiting(reported, date(2021, 2, 28)))]


def test_waiting_reviews_are_filtered_too(reported):
    assert len(waiting(reported, date(2021, 1, 20), district=(WEST,))) == 0
    assert len(waiting(reported, date(2021, 1, 16), power=(WELLS,))) == 1


def test_nothing_returned_is_an_empty_list(small_world):
    assert list(breaches(small_world).columns) == list(BREACHES)
    assert len(breaches(small_world)) == 0
    listed = waiting(small_world, date(2021, 1, 20))
    assert list(listed.columns) == list(WAITING)
    assert len(listed) == 0


@pytest.mark.parametrize(
    ("query", "index"),
    [
        (lambda c: review_breaches(c, QUARTER), "cases_review_required"),
        (lambda c: waiting_reviews(c, date(2021, 1, 20)), "cases_reviews"),
    ],
)
def test_sqlite_finds_the_cases_by_their_index(intake, query, index):
    plans = []

    def explain(connection, cursor, statement, parameters, context, executemany):
        if " FROM cases" in statement or "\nFROM cases" in statement:
            raw = connection.connection.cursor()
            raw.execute(f"explain query plan {statement}", parameters)
            plans.extend(row[3] for row in raw.fetchall())

    with db.reading(intake.engine) as connection:
        sa.event.listen(connection, "before_cursor_execute", explain)
        query(connection)
    assert any(f"INDEX {index}" in plan for plan in plans), plans


# On the command line


@pytest.fixture
def typed(command_line):
    command_line.send([sent(1, "01-11", "01-14"), sent(2), sent(3, "01-12")])
    return command_line


WINDOW = ("--from", "2021-01", "--to", "2021-03")


def test_the_command_prints_every_measure_with_its_title(typed):
    records = typed.records("review", "--by", "district", *WINDOW)
    columns = ["district", "district_name", "measure", "measure_name"]
    assert list(records[0])[:4] == columns
    east = {r["measure"]: r for r in records if r["district"] == EAST}
    assert east["coverage"]["value"] == 1 / 3
    assert (east["turnaround_median"]["numerator"], east["turnaround_median"]["value"]) == (None, 3)
    assert east["decided_without_review"]["value"] == 2
    assert east["cases_per_reviewer"]["value"] is None
    shown = typed.run("review", *WINDOW).stdout
    assert "法制审核覆盖率" in shown
    assert "33.3 %" in shown
    assert "nan" not in shown


def test_the_command_lists_breaches_and_what_waits(typed):
    outcome = typed.run("review", "--breaches", *WINDOW, "--format", "json")
    assert [r["case_no"] for r in outcome.records] == ["〔2021〕2号", "〔2021〕3号"]
    assert outcome.records[1]["requested_on"] == "2021-01-12"
    assert outcome.records[0]["completed_on"] is None
    assert "2 件" in outcome.stderr
    outcome = typed.run("review", "--waiting", "--as-of", "2021-01-20", "--format", "json")
    assert [(r["unit_name"], r["due_on"], r["overdue"]) for r in outcome.records] == [
        ("东一街道", "2021-01-19", True)
    ]
    assert "其中逾期 1 件" in outcome.stderr
    assert "未知" not in outcome.stderr
    far = typed.run("review", "--waiting", "--as-of", "2098-01-20", "--format", "csv")
    assert len(far.rows) == 1


def test_a_request_in_a_year_without_calendar_says_so(command_line):
    old = {"review_requested_on": "2003-12-30", "review_completed_on": ""}
    command_line.send([sent(1) | old])
    told = command_line.run("review", "--waiting", "--as-of", "2021-02-01").stderr
    assert "2003 年节假日未知，按周一至周五计" in told


def test_the_command_lists_turnarounds(typed):
    (record,) = typed.records("review", "--turnaround", *WINDOW)
    found = {name: record[name] for name in ("working_days", "numerator", "denominator", "value")}
    assert found == {"working_days": 3, "numerator": 1, "denominator": 1, "value": 1}


@pytest.mark.parametrize(
    "words",
    [
        ("--breaches", "--waiting"),
        ("--turnaround", "--waiting"),
        ("--as-of", "tomorrow"),
        ("--by", "colour"),
    ],
)
def test_words_that_do_not_fit_together_are_wrong_usage(typed, words):
    typed.refusal("review", *words, exit_code=2)


@pytest.mark.parametrize("words", [(), ("--breaches",), ("--waiting",)])
def test_a_filter_with_an_unknown_code_is_refused(typed, words):
    assert "110101" in typed.refusal("review", *words, "--district", "110101")


def test_procedure_and_fines_are_printed(typed):
    typed.send([make_case(case_no="罚〔2021〕9号", procedure="summary", fine_cny="50")], "b.csv")
    records = typed.records("procedure", *WINDOW)
    assert records[0]["measure"] == "summary_share"
    assert records[0]["value"] == 1
    fines = typed.records("procedure", "--fines", "--by", "district", *WINDOW)
    assert [(r["district"], r["fine_cny"], r["value"]) for r in fines] == [(EAST, 50, 1)]


@pytest.mark.parametrize("measure", ["review", "procedure"])
def test_a_family_is_exported_as_a_whole(typed, measure):
    path = typed.folder / "family.csv"
    record = typed.records("export", path, "--measure", measure, *WINDOW)[0]
    assert record["rows"] == len(typed.records(measure, *WINDOW))
