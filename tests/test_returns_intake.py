"""Monthly returns as they come in: rows, problems, warnings, later files, replacement."""

from datetime import date
from typing import Any

import pytest
import sqlalchemy as sa
from builders import E1, E2, EAST, LITTER, SIGNS, W1, WELLS, WEST
from examples import sampled
from intake_world import Intake, codes, counts, reasons
from return_files import DIRT, NOISE, add_topics, picked, row, send, stored, table

from registry import db, models
from registry.alias import add_alias
from registry.errors import RegistryError, UsageError
from registry.export import write_workbook
from registry.intake.monthly.checks import PROBLEMS, WARNINGS
from registry.intake.problems import problem_frame, read_problems, retry
from registry.intake.withdraw import withdraw
from registry.returns import RETURNS
from registry.snapshot import read_snapshot

KINDS = tuple(RETURNS)
Fields = dict[str, Any]


@pytest.fixture
def office(small_intake) -> Intake:
    """The small world with two topics of complaints."""
    add_topics(small_intake)
    return small_intake


@pytest.fixture
def either_office(either_intake) -> Intake:
    add_topics(either_intake)
    return either_intake


def numbers(office: Intake, kind: str, *names: str) -> list[tuple]:
    return picked(stored(office, kind), *names)


# What a row says


@pytest.mark.parametrize("kind", KINDS)
def test_a_row_is_stored_as_it_says(either_office, kind):
    report = send(either_office, kind, row(kind))
    assert counts(report) == (1, 1, 0, 0, 0, 0)
    (said,) = stored(either_office, kind)
    given = row(kind) | {"month": 202101}
    assert said == ({"unit": given.pop("district")} if "district" in given else {}) | given
    assert either_office.is_sound()


HEADINGS = {
    "staffing": "街道（乡镇）|统计月份|核定编制|实有人数|执法证人数|外借|下沉一线|参与办案人数|"
    "辅助人员|审核人员数|来自水务|城管执法划转人数|备注",
    "complaints": "街镇|报送月份|问题分类|工单数",
    "whistles": "街道|期间|被吹哨部门|吹哨次数|按时报到次数|解决件数",
    "training": "月份|来源部门|区|培训场次|参训人数|联合执法次数",
}
CELLS = {
    "staffing": ["东一街道", "2021年1月", 20, 18, 15, 3, 11, 6, 9, 2, 4, 5, "手写"],
    "complaints": ["东一街道", "2021/1", "施工噪声", "5件"],
    "whistles": ["东一", date(2021, 1, 15), "区水务局", "５", 4, 2],
    "training": ["202101", "水务", "东区", 2, "1,200人", 1],
}
SAID: dict[str, Fields] = {
    "staffing": row("staffing", auxiliary=9, reviewers=2)
    | {"origin_water_affairs": 4, "origin_urban_management": 5},
    "complaints": row("complaints"),
    "whistles": row("whistles"),
    "training": row("training", officers_trained=1200),
}


@pytest.mark.parametrize("kind", KINDS)
def test_natural_headings_and_ways_to_write_cells_are_read(shipped_words, kind):
    book = shipped_words.workbook(表=[["报表"], HEADINGS[kind].split("|"), CELLS[kind]])
    report = shipped_words.send(book, EAST, "2021-01..2021-03", kind=kind)
    assert counts(report) == (1, 1, 0, 0, 0, 0), report
    (said,) = stored(shipped_words, kind)
    expected = SAID[kind] | {"month": 202101}
    if "district" in expected:
        expected["unit"] = expected.pop("district")
    assert said == expected
    assert report.left_out == (["备注"] if kind == "staffing" else [])


@pytest.fixture
def shipped_words(office) -> Intake:
    """The small world, its departments called as in Beijing."""
    words = {"urban_management": "城管执法", "water_affairs": "水务"}
    shape = db.table(models.Vocabulary)
    with db.writing(office.engine) as connection:
        for code, word in words.items():
            own = (shape.c.field == "source_department") & (shape.c.code == code)
            connection.execute(sa.update(shape).where(own).values(zh=word))
    return office


@pytest.mark.parametrize(
    "cell",
    [
        *("2021-02", "2021/2", "2021.2", "2021.02", "202102", "2021年2月", "2021年02月份"),
        *("２０２１年２月", "2021-02-15", "2021年2月28日", "2月", "02", "44228"),
    ],
)
def test_a_month_is_read_however_it_is_written(office, cell):
    assert counts(send(office, "complaints", row("complaints", month=cell)))[1] == 1
    assert numbers(office, "complaints", "month") == [(202102,)]


@pytest.mark.parametrize(
    "cell",
    [date(2021, 2, 10), 202102, 20210210, 44228, 2021.2, 2],
    ids=str,
)
def test_a_month_is_read_from_a_typed_cell(office, cell):
    book = office.workbook(表=table(row("complaints", month=cell)))
    send_book(office, book)
    assert numbers(office, "complaints", "month") == [(202102,)]


def send_book(office: Intake, book, kind="complaints", **declared):
    return office.send(book, EAST, "2021-01..2021-03", kind=kind, **declared)


def test_as_a_number_2020_1_is_january_or_october_and_is_not_read(office):
    book = office.workbook(表=table(row("complaints", month=2021.1), row("complaints", month=2)))
    assert codes(send_book(office, book).problems) == ["unreadable_month"]


def test_without_a_column_the_only_declared_month_and_district_are_meant(either_office):
    complaints, training = row("complaints"), row("training")
    for one in (complaints, training):
        del one["month"]
    del training["district"]
    send(either_office, "complaints", complaints, months="2021-02")
    send(either_office, "training", training, months="2021-02")
    assert numbers(either_office, "complaints", "month") == [(202102,)]
    assert numbers(either_office, "training", "month", "unit") == [(202102, EAST)]
    with pytest.raises(RegistryError, match="缺少「月份」一列"):
        send(either_office, "complaints", complaints)
    with pytest.raises(RegistryError, match="缺少「区」一列"):
        send(either_office, "training", training | {"month": 202101}, district=(EAST, WEST))


def test_set_and_map_fill_and_name_columns(office):
    rows = [["哪里", "所属期", "几件"], [E1, "2021-01", 7]]
    report = office.send(
        rows,
        EAST,
        "2021-01..2021-03",
        kind="complaints",
        mapping={"哪里": "unit", "几件": "complaints"},
        constants={"topic": "垃圾"},
    )
    assert counts(report) == (1, 1, 0, 0, 0, 0)
    assert numbers(office, "complaints", "topic", "complaints") == [(DIRT, 7)]
    with pytest.raises(UsageError, match="没有字段 case_no"):
        send(office, "complaints", row("complaints"), constants={"case_no": "1"})


def test_a_complaint_is_of_a_topic_or_a_power(either_office):
    both = row("complaints", unit=E2, power=LITTER)
    report = send(either_office, "complaints", row("complaints", topic="", power=SIGNS), both)
    assert numbers(either_office, "complaints", "topic", "power") == [(None, SIGNS), (NOISE, None)]
    assert codes(report.warning_notes) == ["topic_and_power"]


def test_a_department_that_is_no_source_is_kept_as_it_was_called(office):
    report = send(office, "whistles", row("whistles", department=" 区 消防救援支队 "))
    assert numbers(office, "whistles", "department") == [("区 消防救援支队",)]
    assert codes(report.warning_notes) == ["department_not_a_source"]


def test_signatures_totals_and_blank_rows_are_no_rows(office):
    sheet = [
        *table(row("whistles")),
        ["合计", "", "", 5, 4, 2],
        ["2021-01", "合计", "", 5, 4, 2],
        ["", "", "", "", "", ""],
        ["填表人:张三", "", "", "", "", ""],
    ]
    report = office.send(sheet, EAST, "2021-01..2021-03", kind="whistles")
    assert counts(report) == (5, 1, 0, 0, 0, 4)


# Problems and warnings


CASES: list[tuple[str, Fields, str, str]] = [
    ("staffing", {"unit": "无此街道"}, "unknown_unit", "unit"),
    ("staffing", {"unit": W1}, "unit_outside_district", "unit"),
    ("training", {"district": "无此区"}, "unknown_district", "district"),
    ("training", {"district": WEST}, "unit_outside_district", "district"),
    ("staffing", {"month": ""}, "missing_month", "month"),
    ("staffing", {"month": "上半年"}, "unreadable_month", "month"),
    ("staffing", {"month": "2021-13"}, "unreadable_month", "month"),
    ("staffing", {"month": "2020-12"}, "month_outside", "month"),
    ("complaints", {"topic": "其他诉求"}, "unknown_topic", "topic"),
    ("complaints", {"topic": "", "power": "无此"}, "unknown_power", "power"),
    ("complaints", {"topic": "", "power": f"{LITTER};{SIGNS}"}, "several_powers", "power"),
    ("complaints", {"topic": "", "power": ""}, "no_subject", "topic"),
    ("whistles", {"department": ""}, "missing_department", "department"),
    ("training", {"department": "区文明办"}, "unknown_department", "department"),
    ("training", {"department": ""}, "missing_department", "department"),
    ("complaints", {"complaints": "若干"}, "unreadable_number", "complaints"),
    ("complaints", {"complaints": "13800001234"}, "unreadable_number", "complaints"),
    ("complaints", {"complaints": "-3"}, "negative_number", "complaints"),
    ("complaints", {"complaints": "2.5"}, "not_whole", "complaints"),
    ("complaints", {"complaints": ""}, "missing_number", "complaints"),
    ("whistles", {"called": ""}, "missing_number", "called"),
    (
        "training",
        {"sessions": "", "officers_trained": "", "joint_operations": "-"},
        "missing_number",
        "sessions",
    ),
    ("whistles", {"on_time": 6}, "more_than_called", "on_time"),
    ("whistles", {"solved": 6}, "more_than_called", "solved"),
    ("staffing", {"certified": 19}, "step_too_large", "certified"),
    ("staffing", {"seconded": 16}, "step_too_large", "seconded"),
    ("staffing", {"front_line": 13}, "step_too_large", "front_line"),
    ("staffing", {"handled_case": 12}, "step_too_large", "handled_case"),
]


@sampled(("kind", "fields", "code", "field"), CASES, ids=[f"{c[2]}-{c[3]}" for c in CASES])
def test_a_row_with_a_problem_is_quarantined_and_says_why(office, kind, fields, code, field):
    sound = {"month": "2021-02"}
    report = send(office, kind, row(kind, **fields), row(kind, **sound))
    assert counts(report) == (2, 1, 0, 0, 1, 0), report
    assert (code, field) in [(p["code"], p["column"]) for p in report.problems]
    assert report.problems[0]["reason"].startswith("第 2 行「")
    assert PROBLEMS[code] in "".join(reasons(report))
    assert numbers(office, kind, "month") == [(202102,)]
    assert office.open_problems()[code] == 1
    assert office.is_sound()


def test_every_problem_and_warning_has_its_test():
    tested = {code for _, _, code, _ in CASES}
    others = {"unit_not_in_month", "rows_contradict"}
    assert tested | others == set(PROBLEMS)
    assert set(WARNINGS) == {
        *("above_established", "origins_above_in_post", "department_not_a_source"),
        *("topic_and_power", "duplicate_row", "unread_sheet", "already_resolved"),
        "unit_without_data",
    }


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"certified": 19}, "19 多于前一步的人数（19 > in_post 18）"),
        ({"front_line": 13}, "13 多于前一步的人数（13 > certified减seconded 12）"),
        ({"front_line": 16, "seconded": ""}, "16 多于前一步的人数（16 > certified 15）"),
        (
            {"front_line": 19, "seconded": "", "certified": "", "handled_case": ""},
            "19 多于前一步的人数（19 > in_post 18）",
        ),
        ({"handled_case": 13, "front_line": ""}, "（13 > certified减seconded 12）"),
        ({"seconded": 19, "certified": "", "front_line": ""}, "（19 > in_post 18）"),
    ],
)
def test_a_step_is_compared_with_the_nearest_known_one_and_both_are_named(office, fields, said):
    report = send(office, "staffing", row("staffing", **fields), row("staffing", unit=E2))
    assert said in reasons(report)[0]
    assert codes(report.problems)[0] == "step_too_large"


def test_steps_before_which_nothing_is_known_are_fine(office):
    blank = {"in_post": "", "certified": "", "seconded": "", "reviewers": "", "auxiliary": ""}
    report = send(office, "staffing", row("staffing", **blank))
    assert counts(report) == (1, 1, 0, 0, 0, 0)
    (said,) = stored(office, "staffing")
    assert set(said) == {"unit", "month", "established", "front_line", "handled_case"}


def test_more_in_post_than_posts_and_more_origins_than_in_post_are_odd_only(office):
    odd = {"established": 10, "origin_water_affairs": 12, "origin_urban_management": 7}
    report = send(office, "staffing", row("staffing", **odd), months="2021-01", units=(E1,))
    assert counts(report) == (1, 1, 0, 0, 0, 0)
    assert codes(report.warning_notes) == ["above_established", "origins_above_in_post"]
    said = [note["reason"] for note in report.warning_notes]
    assert any("（18 > established 10）" in text for text in said)
    assert any("（19 > in_post 18）" in text for text in said)


def test_of_a_unit_that_was_not_there_a_row_says_nothing(intake):
    rows = table(
        row("staffing", unit="110106010", month="2021-06"),
        row("staffing", unit="110106010", month="2021-07"),
    )
    units = [u for u in new_units(intake) if u.startswith("110106")]
    rows[1][1] = rows[2][1] = units[0]
    report = intake.send(rows, "110106", "2021-06..2021-07", kind="staffing")
    assert codes(report.problems) == ["unit_not_in_month"]
    assert report.problems[0]["row"] == 2


def new_units(intake: Intake) -> list[str]:
    """Units that begin in July 2021."""
    shape = db.table(models.Unit)
    query = sa.select(shape.c.code).where(shape.c.valid_from == date(2021, 7, 1))
    with db.reading(intake.engine) as connection:
        return list(connection.scalars(query.order_by(shape.c.code)))


def test_unread_sheets_are_named(office):
    book = office.workbook(数据=table(row("complaints")), 说明=[["请按月报送"]])
    assert codes(send_book(office, book).warning_notes) == ["unread_sheet"]


# Several rows of one key


@pytest.mark.parametrize("kind", KINDS)
def test_equal_rows_count_once_with_a_warning(either_office, kind):
    report = send(either_office, kind, row(kind), row(kind))
    assert counts(report) == (2, 1, 0, 0, 0, 1)
    assert "duplicate_row" in codes(report.warning_notes)
    assert len(stored(either_office, kind)) == 1


@pytest.mark.parametrize("kind", KINDS)
def test_a_full_duplicate_of_a_flawed_row_is_skipped_too(either_office, kind):
    flawed = row(kind, month="2021-13")
    report = send(either_office, kind, flawed, flawed, row(kind))
    assert counts(report) == (3, 1, 0, 0, 1, 1)
    assert len(stored(either_office, kind)) == 1


@pytest.mark.parametrize("kind", KINDS)
def test_rows_that_contradict_each_other_are_all_quarantined(office, kind):
    number = {"staffing": "front_line", "complaints": "complaints"}
    field = number.get(kind) or ("called" if kind == "whistles" else "sessions")
    other = row(kind, **{field: row(kind)[field] - 1} | {"solved": 1} if kind == "whistles" else {})
    other[field] = row(kind)[field] - 1
    report = send(office, kind, row(kind), other, row(kind, month="2021-02"))
    assert counts(report) == (3, 1, 0, 0, 2, 0)
    assert codes(report.problems) == ["rows_contradict"] * 2


def test_two_names_of_one_topic_are_parts_of_its_number(either_office):
    report = send(
        either_office,
        "complaints",
        row("complaints", topic="噪声扰民", complaints=5),
        row("complaints", topic="噪音", complaints=5),
        row("complaints", topic="施工噪声", complaints=2),
    )
    assert counts(report) == (3, 3, 0, 0, 0, 0)
    assert numbers(either_office, "complaints", "topic", "complaints") == [(NOISE, 12)]


def test_two_names_of_one_department_are_parts_of_its_number(shipped_words):
    send(
        shipped_words,
        "whistles",
        row("whistles", department="水务局", called=5, on_time=4, solved=""),
        row("whistles", department="东区水务局", called=3, on_time=3, solved=1),
    )
    names = ("department", "called", "on_time", "solved")
    assert numbers(shipped_words, "whistles", *names) == [("water_affairs", 8, 7, None)]


def test_a_part_is_judged_by_itself_too(shipped_words):
    report = send(
        shipped_words,
        "whistles",
        row("whistles", department="水务局", called=1, on_time=3, solved=0),
        row("whistles", department="区水务局", called=5, on_time=1, solved=0),
        row("whistles", unit=E2),
    )
    assert counts(report) == (3, 1, 0, 0, 2, 0)
    assert reasons(report)[1] == "第 3 行：与第 2 行同属一项，该行有问题"


def test_columns_of_two_sheets_are_joined(office):
    first = {name: row("staffing")[name] for name in ("month", "unit", "established", "in_post")}
    second = {name: row("staffing")[name] for name in ("month", "unit", "certified", "front_line")}
    book = office.workbook(编制=table(first), 证件=table(second))
    assert counts(send_book(office, book, "staffing")) == (2, 2, 0, 0, 0, 0)
    names = ("established", "in_post", "certified", "front_line")
    assert numbers(office, "staffing", *names) == [(20, 18, 15, 11)]


# Later files


@pytest.mark.parametrize("kind", KINDS)
def test_a_later_file_corrects_or_says_the_same_and_writes_a_version_either_way(office, kind):
    shape = db.table(RETURNS[kind])
    send(office, kind, row(kind))
    again = send(office, kind, row(kind), row(kind, month="2021-02"))
    assert counts(again) == (2, 1, 0, 1, 0, 0)
    field = next(n for n in ("established", "complaints", "called", "sessions") if n in row(kind))
    more = send(office, kind, row(kind, **{field: row(kind)[field] + 1}))
    assert counts(more) == (1, 0, 1, 0, 0, 0)
    with db.reading(office.engine) as connection:
        versions = connection.execute(
            sa.select(shape.c.batch_id, shape.c.superseded_in).where(shape.c.month == 202101)
        ).all()
    assert [batch for batch, _ in versions] == [1, 2, 3]
    assert [end is None for _, end in versions] == [False, False, True]


def test_an_absent_column_keeps_and_a_blank_cell_clears(either_office):
    send(either_office, "staffing", row("staffing", auxiliary=9, origin_water_affairs=2))
    later = {"month": "2021-01", "unit": E1, "seconded": "", "handled_case": 7}
    assert counts(send(either_office, "staffing", later)) == (1, 0, 1, 0, 0, 0)
    names = ("established", "auxiliary", "seconded", "handled_case", "origin_water_affairs")
    assert numbers(either_office, "staffing", *names) == [(20, 9, None, 7, 2)]
    send(either_office, "staffing", later | {"origin_water_affairs": ""})
    assert numbers(either_office, "staffing", "origin_water_affairs") == [(None,)]


def test_what_is_kept_is_judged_with_what_is_said(office):
    send(office, "staffing", row("staffing"))
    report = send(
        office,
        "staffing",
        {"month": "2021-01", "unit": E1, "in_post": 9},
        {"month": "2021-02", "unit": E1, "in_post": 9},
    )
    assert reasons(report) == ["第 2 行「持证人数」：多于前一步的人数（15 > in_post 9）"]


@pytest.mark.parametrize("kind", KINDS)
def test_the_same_file_again_changes_nothing(office, kind):
    path = office.write(table(row(kind)))
    office.send(path, EAST, "2021-01..2021-03", kind=kind)
    report = office.send(path, EAST, "2021-01..2021-03", kind=kind)
    assert (report.repeated, report.batch, counts(report)) == (True, 1, (1, 0, 0, 1, 0, 0))
    assert office.rows_in(RETURNS[kind]) == 1


def test_a_file_is_not_the_same_as_another_kind(office):
    path = office.write(
        [
            ["月份", "单位", "部门", "吹哨次数", "问题分类", "件数"],
            ["2021-01", E1, "water_affairs", 3, "噪音", 4],
        ]
    )
    for kind in ("whistles", "complaints"):
        assert counts(office.send(path, EAST, "2021-01", kind=kind))[1] == 1


@pytest.mark.parametrize("kind", KINDS)
def test_a_file_without_an_acceptable_row_is_refused_whole(office, kind):
    with pytest.raises(RegistryError, match="没有一行可以接受"):
        send(office, kind, row(kind, month="上半年"))
    assert office.rows_in(models.Batch) == office.rows_in(models.Problem) == 0


@pytest.mark.parametrize("kind", KINDS)
def test_a_dry_run_stores_nothing(office, kind):
    report = send(office, kind, row(kind), row(kind, month="上半年"), dry_run=True)
    assert (report.batch, counts(report)) == (None, (2, 1, 0, 0, 1, 0))
    assert office.rows_in(models.Batch) == office.rows_in(RETURNS[kind]) == 0


# Coverage


def covered(office: Intake, kind: str) -> set[tuple[str, int]]:
    with db.reading(office.engine) as connection:
        snapshot = read_snapshot(connection)
    unit, months = snapshot.catalogue.units["code"], snapshot.cube.window.months
    marks = snapshot.covered[kind]
    return {(unit[u], months[m]) for m, u in zip(*marks.nonzero(), strict=True)}


def test_declared_units_without_a_complaint_report_nothing(either_office):
    report = send(either_office, "complaints", row("complaints"), months="2021-01..2021-02")
    assert report.nil_units == [E2]
    assert covered(either_office, "complaints") == {
        (unit, month) for unit in (E1, E2) for month in (202101, 202102)
    }
    assert covered(either_office, "usage") == covered(either_office, "whistles") == set()


def test_a_unit_that_a_staffing_return_leaves_out_has_no_data_and_stays_missing(either_office):
    report = send(either_office, "staffing", row("staffing"), months="2021-01..2021-02")
    assert report.nil_units == []
    assert [(n["code"], n["value"], n["reason"]) for n in report.warning_notes] == [
        ("unit_without_data", E1, "没有数据的单位：东一街道（2021-02）"),
        ("unit_without_data", E2, "没有数据的单位：东二镇"),
    ]
    assert covered(either_office, "staffing") == {(E1, 202101)}


def test_training_covers_the_district(either_office):
    report = send(either_office, "training", row("training"), district=(EAST, WEST))
    assert report.nil_units == [WEST]
    assert {unit for unit, _ in covered(either_office, "training")} == {EAST, WEST}
    with pytest.raises(UsageError, match="按区报送"):
        send(either_office, "training", row("training"), units=(E1,))


# Replacement


def test_replacement_ends_rows_that_the_file_lacks(either_office):
    send(
        either_office,
        "complaints",
        row("complaints"),
        row("complaints", unit=E2),
        row("complaints", month="2021-03"),
    )
    report = send(
        either_office, "complaints", row("complaints"), months="2021-01..2021-02", replace=True
    )
    assert report.ended == [{"unit": E2, "month": "2021-01", "topic": NOISE, "power": ""}]
    assert numbers(either_office, "complaints", "unit", "month") == [(E1, 202101), (E1, 202103)]
    assert either_office.is_sound()


@pytest.mark.parametrize(
    ("fields", "ended"),
    [
        ({"complaints": "若干"}, [DIRT]),
        ({"topic": "不详"}, []),
        ({"month": "不详"}, [DIRT]),
        ({"month": "不详", "topic": "不详"}, []),
        ({"unit": "不详"}, [DIRT]),
        ({"unit": E2, "topic": "不详"}, [NOISE, DIRT]),
    ],
)
def test_a_quarantined_row_protects_whatever_it_may_be(office, fields, ended):
    send(office, "complaints", row("complaints"), row("complaints", topic=DIRT))
    sound = row("complaints", month="2021-02")
    report = send(office, "complaints", row("complaints", **fields), sound, replace=True)
    assert sorted(one["topic"] for one in report.ended) == sorted(ended)


# Withdrawal


@pytest.mark.parametrize("kind", KINDS)
def test_withdrawing_restores_what_stood_before(either_office, kind):
    send(either_office, kind, row(kind))
    field = next(n for n in ("established", "complaints", "called", "sessions") if n in row(kind))
    send(either_office, kind, row(kind, **{field: 25}), row(kind, month="2021-02"))
    before = row(kind)[field]
    done = withdraw([2], reason="错", actor="test", on=either_office.engine)
    assert (done.rows_ended, done.rows_restored, done.cases_ended) == (1, 1, 0)
    assert numbers(either_office, kind, "month", field) == [(202101, before)]
    assert {month for _, month in covered(either_office, kind)} >= {202101}
    withdraw([1], reason="错", actor="test", on=either_office.engine)
    assert stored(either_office, kind) == []
    assert covered(either_office, kind) == set()
    assert either_office.is_sound()


def test_withdrawal_brings_back_officers_by_department(either_office):
    send(either_office, "staffing", row("staffing", origin_water_affairs=2))
    send(either_office, "staffing", row("staffing", origin_water_affairs=3))
    withdraw([2], reason="错", actor="test", on=either_office.engine)
    assert numbers(either_office, "staffing", "origin_water_affairs") == [(2,)]


# Rows back from quarantine


def book_of(office: Intake, **edits: str):
    """The workbook of open problems, each field mended alike."""
    with db.reading(office.engine) as connection:
        frame = problem_frame(read_problems(connection))
    labels = {"topic": "诉求类别", "month": "月份", "front_line": "一线人数"}
    for field, text in edits.items():
        assert labels[field] in frame
        frame[labels[field]] = text
    path = office.folder / f"mended-{len(list(office.folder.iterdir()))}.xlsx"
    write_workbook(path, {"问题": frame})
    return path


def test_a_mended_row_comes_back_without_a_declaration(either_office):
    report = send(
        either_office, "staffing", row("staffing"), row("staffing", unit=E2, front_line=13)
    )
    assert report.quarantined == 1
    mended = either_office.bring_back(book_of(either_office, front_line="12"))
    assert counts(mended) == (1, 1, 0, 0, 0, 0)
    assert numbers(either_office, "staffing", "unit", "front_line") == [(E1, 11), (E2, 12)]
    assert covered(either_office, "staffing") == {(E1, 202101), (E2, 202101)}
    assert either_office.open_problems() == {}
    assert either_office.is_sound()
    withdraw([mended.batch], reason="错", actor="test", on=either_office.engine)
    assert numbers(either_office, "staffing", "unit") == [(E1,)]
    assert either_office.open_problems() == {"step_too_large": 1}
    withdraw([1], reason="错", actor="test", on=either_office.engine)
    assert stored(either_office, "staffing") == []


def test_a_mended_part_joins_what_its_file_has_said(either_office):
    send(either_office, "complaints", row("complaints"), row("complaints", topic="夜里吵"))
    book = book_of(either_office, topic="噪声扰民")
    mended = either_office.bring_back(book)
    assert numbers(either_office, "complaints", "complaints") == [(10,)]
    withdraw([mended.batch], reason="错", actor="test", on=either_office.engine)
    assert numbers(either_office, "complaints", "complaints") == [(5,)]


def test_a_resolved_row_is_not_added_a_second_time(office):
    send(office, "complaints", row("complaints"), *(row("complaints", topic=t) for t in "甲乙"))
    both = book_of(office, topic="噪音")
    with db.reading(office.engine) as connection:
        first, _ = read_problems(connection)
    frame = problem_frame([first])
    frame["诉求类别"] = "噪音"
    path = office.folder / "first.xlsx"
    write_workbook(path, {"问题": frame})
    office.bring_back(path)
    report = office.bring_back(both)
    assert counts(report) == (2, 0, 1, 0, 0, 1)
    assert codes(report.warning_notes) == ["already_resolved"]
    assert numbers(office, "complaints", "complaints") == [(15,)]


def test_a_mended_staffing_row_may_not_contradict_its_own_file(office):
    send(office, "staffing", row("staffing"), row("staffing", month="一月份", established=30))
    with pytest.raises(RegistryError, match="互相矛盾"):
        office.bring_back(book_of(office, month="2021-01"))


@pytest.mark.parametrize(
    ("kind", "field", "text", "code"),
    [
        ("complaints", "topic", "夜里吵", NOISE),
        ("training", "department", "河长办", "water_affairs"),
        ("staffing", "unit", "东一队", E1),
    ],
)
def test_an_alias_resolves_rows_when_they_are_checked_again(either_office, kind, field, text, code):
    send(either_office, kind, row(kind, month="2021-02"), row(kind, **{field: text}))
    with db.writing(either_office.engine) as connection:
        add_alias(connection, text, code, "", "test")
    today = date(2023, 1, 1)
    assert retry(today=today, actor="test", on=either_office.engine) == (1, 0)
    assert numbers(either_office, kind, "month") == [(202101,), (202102,)]
    assert either_office.is_sound()


def test_a_row_that_was_only_checked_again_does_not_end_what_was_said_since(either_office):
    send(
        either_office,
        "complaints",
        row("complaints", month="2021-02"),
        row("complaints", topic="夜里吵", complaints=1),
    )
    send(either_office, "complaints", row("complaints", complaints=9))
    with db.writing(either_office.engine) as connection:
        add_alias(connection, "夜里吵", NOISE, "", "test")
    retry(today=date(2023, 1, 1), actor="test", on=either_office.engine)
    assert numbers(either_office, "complaints", "month", "complaints") == [(202101, 9), (202102, 5)]
    withdraw([2], reason="错", actor="test", on=either_office.engine)
    assert numbers(either_office, "complaints", "month", "complaints") == [(202101, 1), (202102, 5)]
    assert either_office.is_sound()


def test_problems_of_logs_and_returns_stand_in_one_workbook(office):
    from builders import make_case

    names = list(make_case())
    cases = [make_case(case_no="〔2021〕9号", power="无此"), make_case()]
    office.send([names, *([c[n] for n in names] for c in cases)], EAST, "2021-01..2021-03")
    send(office, "complaints", row("complaints"), row("complaints", topic="甲", unit=E2))
    with db.reading(office.engine) as connection:
        frame = problem_frame(read_problems(connection))
    frame["职权名称"] = ["UM1", ""]
    frame["诉求类别"] = ["", "垃圾"]
    path = office.folder / "both.xlsx"
    write_workbook(path, {"问题": frame})
    assert counts(office.bring_back(path)) == (2, 2, 0, 0, 0, 0)
    assert len(office.cases()) == 2
    assert numbers(office, "complaints", "unit", "topic") == [(E1, NOISE), (E2, DIRT)]
    assert WELLS not in [case["powers"] for case in office.cases()]
