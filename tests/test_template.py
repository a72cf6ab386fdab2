from datetime import date

import openpyxl
import pytest
import sqlalchemy as sa
from builders import EAST, QUARTER, TODAY, WEST, make_power, make_unit, write_table
from examples import sampled
from intake_world import Intake
from return_files import add_topics

from registry import db, models
from registry.catalogue import SHIPPED, ReferenceFiles, read_catalogue, start_register
from registry.errors import RegistryError, UsageError
from registry.intake.commit import import_log
from registry.intake.declaration import Declaration
from registry.intake.fields import DATE_FIELDS, FIELDS, WORD_FIELDS, label, plain, word_codes
from registry.intake.match import PowerMatcher, UnitMatcher
from registry.intake.preview import preview
from registry.intake.template import (
    FIRST,
    LOG_SHEET,
    OPTIONS_SHEET,
    SHEETS,
    blank_log,
    offered_words,
)
from registry.window import Window

DONGCHENG, FENGTAI = "110101", "110106"
LATE_2020 = Window(202007, 202012)
LETTERS = "ABCDEFGHIJKLMNOP"
BLANK = {"case_no": "东罚〔2021〕1号", "unit": "东一街道", "power": "职权UM1", "action": "行政处罚"}


def blank(engine, district=EAST, window=QUARTER):
    with db.reading(engine) as connection:
        return blank_log(connection, district, window)


def fill(path, *rows):
    """Open the workbook as a clerk does, write rows below the instructions, save it."""
    book = openpyxl.load_workbook(path)
    sheet = book[LOG_SHEET]
    columns = {cell.value: cell.column for cell in sheet[1]}
    for number, row in enumerate(rows, start=FIRST + 1):
        for field, value in row.items():
            sheet.cell(number, columns[label(field)], value)
    book.save(path)
    return path


def send(engine, path, district=EAST, window=QUARTER):
    declared = Declaration((district,), window)
    return import_log(path, declared, today=TODAY, actor="test", on=engine)


def real_warnings(report):
    """Without the one about the sheet behind the drop-downs."""
    return [note for note in report.warning_notes if note["sheet"] != OPTIONS_SHEET]


@pytest.fixture
def beijing(tmp_path):
    engine = db.engine_for(f"sqlite:///{tmp_path}/beijing.db")
    db.migrate(engine)
    with db.writing(engine) as connection:
        start_register(connection, SHIPPED, "test")
    yield engine
    engine.dispose()


def test_a_filled_template_is_accepted_whole(small_world):
    path = small_world.folder / "东区空白台账.xlsx"
    blank(small_world.engine).write(path)
    fill(
        path,
        {
            **BLANK,
            "procedure": "简易程序",
            "party_type": "个体工商户",
            "filed_on": date(2021, 1, 10),
            "decided_on": date(2021, 1, 15),
            "outcome": "予以处罚",
            "fine_cny": 200,
            "review_required": "是",
            "review_requested_on": date(2021, 1, 11),
            "review_completed_on": date(2021, 1, 12),
            "review_outcome": "通过",
        },
        {**BLANK, "case_no": "2号", "unit": "东二镇", "decided_on": "2021年3月31日"},
    )
    report = send(small_world.engine, path)
    assert (report.read, report.accepted, report.skipped) == (3, 2, 1)
    assert (report.problems, real_warnings(report), report.left_out) == ([], [], [])
    with db.reading(small_world.engine) as connection:
        case = db.table(models.Case).c
        query = sa.select(case.party_type, case.fine_cny, case.review_outcome)
        row = connection.execute(query.where(case.case_no == BLANK["case_no"])).one()
    assert tuple(row) == ("organisation", 200, "approved")


def test_an_empty_template_is_a_nil_return(small_world):
    path = small_world.folder / "空白.xlsx"
    blank(small_world.engine).write(path)
    report = send(small_world.engine, path)
    assert (report.read, report.skipped, len(report.nil_units)) == (1, 1, 2)
    assert small_world.snapshot().returned.sum() == 2 * len(QUARTER)


def test_every_text_of_a_drop_down_is_understood(beijing):
    with db.reading(beijing) as connection:
        log = blank_log(connection, FENGTAI, Window(202101, 202112))
        catalogue = read_catalogue(connection)
    units, powers = UnitMatcher(catalogue, (FENGTAI,)), PowerMatcher(catalogue)
    for day in (date(2021, 1, 1), date(2021, 7, 1), date(2021, 12, 31)):
        found = {units.find(text, day) for text in log.options["unit"]}
        assert min(found) >= 0
        assert len(found) == len(log.options["unit"])
    assert {powers.find(text, (FENGTAI,)) for text in log.options["power"]} == {
        (position,) for position in range(431)
    }
    for field in WORD_FIELDS:
        assert {plain(word) for word in log.options[field]} <= set(word_codes(field))


def test_every_code_of_a_word_has_a_word_in_its_drop_down():
    for field in WORD_FIELDS:
        codes = word_codes(field)
        assert {codes[plain(word)] for word in offered_words(field)} == set(codes.values())


def test_a_name_that_changed_hands_is_offered_as_codes(beijing):
    """Lugouqiao means another unit before 2021-07-01 (DOMAIN §5, unit_names.csv)."""
    before = blank(beijing, FENGTAI, Window(202101, 202106)).options["unit"]
    across = blank(beijing, FENGTAI, Window(202101, 202112)).options["unit"]
    after = blank(beijing, FENGTAI, Window(202107, 202112)).options["unit"]
    assert "卢沟桥街道" not in across
    assert "卢沟桥街道" in after
    assert len(across) > len(after)
    assert any(text.startswith(FENGTAI) for text in across)
    assert not set(before) - set(across) - {"卢沟桥街道"} - set(after)


def test_only_powers_held_in_the_months_are_offered(small_world):
    small_world.override(
        power="UM1", scope="district", scope_code=EAST, valid_from=date(2021, 2, 1), held=False
    )
    assert "职权UM1" in blank(small_world.engine).options["power"]
    february = Window(202102, 202103)
    assert "职权UM1" not in blank(small_world.engine, window=february).options["power"]
    assert "职权UM1" in blank(small_world.engine, WEST, february).options["power"]


def test_the_sheet_helps_the_hand_that_fills_it(small_world):
    path = small_world.folder / "空白.xlsx"
    blank(small_world.engine).write(path)
    book = openpyxl.load_workbook(path)
    sheet = book[LOG_SHEET]
    assert [cell.value for cell in sheet[1]] == [label(field) for field in FIELDS]
    assert sheet["A2"].value.startswith("填表说明")
    assert sheet.freeze_panes == "B3"
    assert book[OPTIONS_SHEET].sheet_state == "veryHidden"
    rules = {
        FIELDS[range_.min_col - 1]: rule
        for rule in sheet.data_validations.dataValidation
        for range_ in rule.sqref.ranges
    }
    lists = {field for field, rule in rules.items() if rule.type == "list"}
    assert lists == {"unit", "power", *WORD_FIELDS}
    assert {field for field, rule in rules.items() if rule.type == "date"} == set(DATE_FIELDS)
    assert rules["power"].errorStyle == "information", "several powers may stand in one cell"
    widths = sheet.column_dimensions
    assert widths["A"].width >= 20
    assert book[OPTIONS_SHEET]["A1"].value == "东一街道"


def test_case_numbers_are_text_and_dates_are_dates(small_world):
    """As a number, 20210100000000012345 would lose its last digits."""
    path = small_world.folder / "空白.xlsx"
    blank(small_world.engine).write(path)
    columns = openpyxl.load_workbook(path)[LOG_SHEET].column_dimensions
    formats = dict(zip(FIELDS, (columns[letter].number_format for letter in LETTERS), strict=True))
    assert formats["case_no"] == formats["power"] == "@"
    assert {formats[field] for field in DATE_FIELDS} == {"yyyy-mm-dd"}


def test_the_template_of_another_city(tmp_path):
    """Powers that share a name are offered by code, a missing department is no matter."""
    powers = [make_power("P1", name="同名"), make_power("P2", name="同名"), make_power("P3")]
    units = [make_unit("D1", name="甲区", unit_kind="district", district_code="D1")]
    units += [make_unit("D11", name="甲一街", district_code="D1")]
    units += [make_unit("D2", name="空区", unit_kind="district", district_code="D2")]
    files = ReferenceFiles(
        write_table(tmp_path / "powers.csv", powers, list(powers[0])),
        write_table(tmp_path / "units.csv", units, list(units[0])),
    )
    engine = db.engine_for(f"sqlite:///{tmp_path}/other.db")
    db.migrate(engine)
    with db.writing(engine) as connection:
        start_register(connection, files, "test")
    log = blank(engine, "D1")
    assert log.options["power"] == ("P1", "P2", "职权P3")
    (tmp_path / "log.xlsx").write_bytes(log.content())
    row = {**BLANK, "unit": "甲一街", "power": "P2", "decided_on": date(2021, 1, 15)}
    assert send(engine, fill(tmp_path / "log.xlsx", row), "D1").accepted == 1
    with pytest.raises(RegistryError, match=r"空区 .*没有街道、乡镇"):
        blank(engine, "D2")
    with pytest.raises(UsageError, match="没有这个区"):
        blank(engine, "D9")
    engine.dispose()


def test_a_template_that_cannot_be_written_is_a_sentence(small_world):
    with pytest.raises(RegistryError, match="写不了文件"):
        blank(small_world.engine).write(small_world.folder / "无此文件夹" / "空白.xlsx")


def test_a_preview_shows_how_a_file_is_read_and_nothing_of_unmapped_columns(small_world):
    path = write_table(
        small_world.folder / "log.csv",
        [
            {"案号": "1号", "单位": "东一街道", "职权": "UM1", "当事人": "张三", "决定日期": day}
            for day in ("2021-01-15", "2021-02-16", "2021-02-16", "2021-02-17", "2021-02-18")
        ],
        ["案号", "单位", "职权", "当事人", "决定日期"],
    )
    draft = Declaration((), QUARTER, mapping={"单位": "unit", "职权": "power"})
    with db.reading(small_world.engine) as connection:
        found = preview(connection, path, draft)
    assert (found.format, found.encoding, found.delimiter) == ("csv", "utf-8", ",")
    assert (found.rows, found.skipped, found.left_out) == (5, 0, ("当事人",))
    assert (found.proposal.districts, str(found.proposal.window)) == (
        (EAST,),
        "2021-01..2021-02",
    )
    (sheet,) = found.sheets
    assert sheet.header_row == 1
    columns = {column.heading: column for column in sheet.columns}
    assert columns["当事人"].field is None
    assert columns["当事人"].samples == ()
    assert columns["单位"].field == "unit"
    assert columns["决定日期"].samples == ("2021-01-15", "2021-02-16", "2021-02-17")
    assert "张三" not in repr(found)


def test_a_preview_of_a_blank_log_and_of_no_log(small_world):
    path = small_world.folder / "空白.xlsx"
    blank(small_world.engine).write(path)
    fill(path, {**BLANK, "decided_on": date(2021, 1, 15)})
    nothing = Declaration((), QUARTER)
    with db.reading(small_world.engine) as connection:
        found = preview(connection, path, nothing)
        assert [(c.field, c.samples) for c in found.sheets[0].columns[:3]] == [
            ("case_no", ("东罚〔2021〕1号",)),
            ("unit", ("东一街道",)),
            ("power", ("职权UM1",)),
        ]
        path.write_bytes(b"%PDF-1.7")
        with pytest.raises(RegistryError, match="PDF"):
            preview(connection, path, nothing)


MONTHLY: dict[str, dict[str, object]] = {
    "staffing": {"编制数": 20, "在编人数": 18, "一线人数": 11},
    "complaints": {"诉求类别": "噪声扰民", "诉求量": 5},
    "whistles": {"部门": "water_affairs", "吹哨次数": 3, "按时报到次数": 2},
    "training": {"部门": "water_affairs", "培训场次": 2},
}


@sampled("kind", MONTHLY)
def test_a_filled_blank_return_is_read_without_asking(small_world, tmp_path, kind):
    world = Intake(small_world.engine, tmp_path)
    add_topics(world)
    path = tmp_path / "blank.xlsx"
    window = Window(202101, 202102)
    with db.reading(small_world.engine) as connection:
        blank_log(connection, EAST, window, kind).write(path)
    book = openpyxl.load_workbook(path)
    sheet = book[SHEETS[kind]]
    headings = [cell.value for cell in sheet[1]]
    place = {"区": "东区"} if kind == "training" else {"单位": "东一街道"}
    for heading, value in {"月份": "2021-02", **place, **MONTHLY[kind]}.items():
        sheet.cell(3, headings.index(heading) + 1, value)
    book.save(path)
    report = world.send(path, EAST, str(window), kind=kind)
    assert (report.accepted, report.quarantined, report.skipped) == (1, 0, 1)
    assert report.left_out == []


def test_a_blank_return_offers_months_topics_and_departments(small_world, tmp_path):
    add_topics(Intake(small_world.engine, tmp_path))
    with db.reading(small_world.engine) as connection:
        options = blank_log(connection, EAST, Window(202101, 202102), "complaints").options
        called = blank_log(connection, EAST, Window(202101, 202102), "whistles").options
    assert options["month"] == ("2021-01", "2021-02")
    assert options["topic"] == ("噪声扰民", "环境脏乱")
    assert set(options) == {"month", "unit", "topic", "power"}
    assert called["department"] == ("urban_management", "water_affairs")
