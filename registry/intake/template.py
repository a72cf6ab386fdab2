"""The blank log, and the blank monthly return: workbooks that a district fills in and sends back.

In: the register, a district, months. Out: an XLSX with our own headings, a row of instructions
that the reader skips, and drop-downs of texts that the reader understands without asking.
"""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import xlsxwriter
from sqlalchemy.engine import Connection

from registry.catalogue import Catalogue, read_catalogue, read_reference
from registry.errors import RegistryError
from registry.export import errors_of_the_system, written
from registry.holdings import Holdings, read_holdings
from registry.intake.clean import EARLIEST
from registry.intake.declaration import Declaration
from registry.intake.fields import (
    DATE_FIELDS,
    OPTIONS_SHEET,
    WORD_FIELDS,
    WORD_LISTS,
)
from registry.intake.form import USAGE_FORM, Form
from registry.intake.match import PowerMatcher, UnitMatcher
from registry.intake.monthly.departments import Departments
from registry.intake.monthly.form import MonthlyForm, monthly_form
from registry.intake.monthly.topics import TopicMatcher
from registry.language import N_
from registry.returns import USAGE_LOG
from registry.settings import DATA
from registry.window import Window, month_text

LOG_SHEET = "执法台账"
SHEETS = {
    USAGE_LOG: LOG_SHEET,
    "staffing": "执法力量月报",
    "complaints": "市民诉求月报",
    "whistles": "吹哨报到月报",
    "training": "培训与联合执法月报",
}
"""Kind → name of the sheet to fill in."""

"""The very hidden sheet with the lists behind the drop-downs. It holds no data."""

MOST_ROWS = 50_000
"""Down to here a row has drop-downs; rows below are read all the same."""

HEADER, INSTRUCTIONS, FIRST = 0, 1, 2

SEVERAL_WORDS = {"party_type": ("自然人", "法人", "其他组织", "个体工商户")}
"""Where one word a code would leave a clerk in doubt, as a sole trader under 'organisation'."""

FROM_LIST = "从下拉列表选"
ADVICE = {
    "case_no": "填表说明：填文书编号，要含年份。一案涉及几项职权的，每项一行，其余各列相同",
    "unit": FROM_LIST,
    "power": f"{FROM_LIST}；行政检查没有对应职权的可不填",
    "party_type": f"{FROM_LIST}；不要填写姓名",
    "procedure": f"{FROM_LIST}；行政处罚填写",
    "outcome": f"{FROM_LIST}；行政处罚填写",
    "decided_on": "如 2021-03-01；检查、强制填实施日期",
    "annulled_on": "决定后来被撤销的填写",
    "fine_cny": "以元为单位的数字，没有罚款的不填",
    "review_outcome": f"{FROM_LIST}；经法制审核的填写",
}
MONTHLY_ADVICE = {
    "month": f"填表说明：{FROM_LIST}；每个月、每个单位各填一行，没有统计的不填行",
    "district": FROM_LIST,
    "topic": f"{FROM_LIST}；或在右边一列填职权",
    "power": f"{FROM_LIST}；没有对应诉求类别的填写",
    "department": FROM_LIST,
    "seconded": "持证人员中借调在外的人数",
    "front_line": "持证且未借调的人员中，在一线的人数",
    "handled_case": "在一线的人员中，当月参与办案的人数",
    "reviewers": "司法所从事法制审核的人数",
    "on_time": "不多于吹哨次数",
    "solved": "不多于吹哨次数",
}
A_NUMBER = "整数；没有填 0，不清楚的不填"
WIDTHS = {"case_no": 30, "unit": 22, "power": 46}
NOT_IN_LIST = {
    "error_title": "不在列表中",
    "error_message": "请从下拉列表中选；列表里没有的，请与导入台账的同事联系。",
}
SEVERAL_POWERS = {
    "error_type": "information",
    "error_title": "不在列表中",
    "error_message": "请核对名称。一格写几项职权的，用顿号（、）隔开。",
}
ANY_DEPARTMENT = {
    "error_type": "information",
    "error_title": "不在列表中",
    "error_message": "请核对名称。不是职权来源部门的，按实际名称填写。",
}
LENIENT = {(USAGE_LOG, "power"): SEVERAL_POWERS, ("whistles", "department"): ANY_DEPARTMENT}
"""(kind, field) whose drop-down only informs; others refuse what is not in them."""

A_DATE = {
    "validate": "date",
    "criteria": ">=",
    "value": EARLIEST,
    "error_title": "不是日期",
    "error_message": "请写成 2021-03-01。",
}
AN_AMOUNT = {
    "validate": "decimal",
    "criteria": ">=",
    "value": 0,
    "error_title": "不是金额",
    "error_message": "请写成 0 或正数，以元为单位，如 1000。",
}


A_COUNT = {
    "validate": "integer",
    "criteria": ">=",
    "value": 0,
    "error_title": "不是整数",
    "error_message": "请写成 0 或正整数，如 12。",
}


@dataclass(frozen=True)
class BlankLog:
    """`options[field]` are the texts of its drop-down, each of which the reader resolves."""

    district_name: str
    options: dict[str, tuple[str, ...]]
    form: Form = USAGE_FORM

    @property
    def numbers(self) -> tuple[str, ...]:
        """Fields that take whole numbers."""
        return self.form.numbers if isinstance(self.form, MonthlyForm) else ()

    def write(self, file: Path) -> None:
        """Write the workbook. Raises RegistryError where the file cannot be written."""
        with written(file) as part:
            part.write_bytes(self.content())

    def content(self) -> bytes:
        """The workbook as bytes, for a download."""
        buffer = io.BytesIO()
        book = xlsxwriter.Workbook(buffer, {"default_date_format": "yyyy-mm-dd"})
        self._fill(book)
        with errors_of_the_system():
            book.close()
        return buffer.getvalue()

    def _fill(self, book: Any) -> None:
        name = SHEETS[self.form.kind]
        book.set_properties({"title": f"{self.district_name}{name}（空白）"})
        log, options = book.add_worksheet(name), book.add_worksheet(OPTIONS_SHEET)
        _write_headings(book, log, self)
        for column, field in enumerate(self.form.fields):
            rule = self._rule(field, options)
            if rule:
                log.data_validation(FIRST, column, MOST_ROWS, column, rule)
        options.very_hidden()
        log.activate()

    def _rule(self, field: str, options: Any) -> dict[str, Any]:
        """What a column accepts; the texts of its drop-down go into the sheet of options."""
        if field in DATE_FIELDS:
            return A_DATE
        if field == "fine_cny":
            return AN_AMOUNT
        if field in self.numbers:
            return A_COUNT
        if field not in self.options:
            return {}
        column = list(self.options).index(field)
        for row, text in enumerate(self.options[field]):
            options.write_string(row, column, text)
        letter = xlsxwriter.utility.xl_col_to_name(column)
        source = f"='{OPTIONS_SHEET}'!${letter}$1:${letter}${len(self.options[field])}"
        lenient = LENIENT.get((self.form.kind, field), NOT_IN_LIST)
        return {"validate": "list", "source": source, **lenient}


def _write_headings(book: Any, sheet: Any, blank: BlankLog) -> None:
    wrapped = {"text_wrap": True, "valign": "vcenter", "border": 1}
    heading = book.add_format(wrapped | {"bold": True, "bg_color": "#DDEBF7", "align": "center"})
    advice = book.add_format(wrapped | {"font_color": "#595959", "bg_color": "#F2F2F2"})
    formats = {field: book.add_format({"num_format": "yyyy-mm-dd"}) for field in DATE_FIELDS}
    formats["fine_cny"] = book.add_format({"num_format": "#,##0.00"})
    formats |= dict.fromkeys(blank.numbers, book.add_format({"num_format": "0"}))
    text = book.add_format({"num_format": "@"})
    for column, field in enumerate(blank.form.fields):
        sheet.set_column(column, column, WIDTHS.get(field, 15), formats.get(field, text))
        sheet.write_string(HEADER, column, blank.form.label(field), heading)
        sheet.write_string(INSTRUCTIONS, column, _advice(field, blank), advice)
    sheet.set_row(HEADER, 24)
    sheet.set_row(INSTRUCTIONS, 64)
    sheet.freeze_panes(FIRST, 1)
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(HEADER)


def _advice(field: str, blank: BlankLog) -> str:
    if blank.form is not USAGE_FORM and field in {*MONTHLY_ADVICE, *blank.numbers}:
        return MONTHLY_ADVICE.get(field, A_NUMBER)
    otherwise = FROM_LIST if field in WORD_FIELDS else "如 2021-03-01"
    return ADVICE.get(field, otherwise)


def blank_log(
    connection: Connection, district: str, window: Window, kind: str = USAGE_LOG
) -> BlankLog:
    """The blank log of a district for these months, or the blank return of a kind.

    Units are those valid in any of the months, powers those that one of them held on any day.
    Raises UsageError for a code that is no district, RegistryError for a district without units.
    """
    catalogue = read_catalogue(connection)
    declaration = Declaration((district,), window)
    declaration.check(catalogue)
    name = catalogue.names("district")[district]
    covered = {unit for unit, _ in declaration.covered(catalogue)}
    members = np.flatnonzero(catalogue.units["id"].isin(covered))
    if not len(members):
        raise RegistryError(
            N_("{district} 在 {window} 没有街道、乡镇，不需要报台账"), district=name, window=window
        )
    powers = _held(read_holdings(connection, catalogue), members, window)
    form = USAGE_FORM if kind == USAGE_LOG else monthly_form(kind, catalogue)
    options = {
        "month": tuple(map(month_text, window.months)),
        "unit": tuple(_unit_texts(catalogue, members, district, window)),
        "district": (name,),
        "topic": tuple(_topic_texts(catalogue, district)),
        "power": tuple(_power_texts(catalogue, powers, district)),
        "department": tuple(_department_texts(catalogue, district)),
        **{field: offered_words(field) for field in WORD_FIELDS},
    }
    offered = {field: texts for field, texts in options.items() if texts and field in form.fields}
    return BlankLog(name, offered, form)


def _held(holdings: Holdings, members: np.ndarray, window: Window) -> np.ndarray:
    """Positions of the powers that one of the units held on any day of the window."""
    held = [pattern[members].any(axis=0) for _, pattern in holdings.segments(window)]
    return np.flatnonzero(np.logical_or.reduce(held))


def _unit_texts(
    catalogue: Catalogue, members: np.ndarray, district: str, window: Window
) -> list[str]:
    """Each unit's name, or its code where the name means another unit on some of the days."""
    matcher = UnitMatcher(catalogue, (district,))
    days = _days_to_try(catalogue, window)
    rows = catalogue.units.iloc[members]
    return [
        name if all(matcher.find(name, day) == position for day in days) else code
        for position, name, code in zip(members.tolist(), rows["name"], rows["code"], strict=True)
    ]


def _days_to_try(catalogue: Catalogue, window: Window) -> list[date]:
    """The first and last day, and every day between on which a name may change hands."""
    days = {window.start, window.end - timedelta(days=1)}
    for frame in (catalogue.units, catalogue.unit_names):
        for column in ("valid_from", "valid_to"):
            if column in frame:
                days |= {day for day in frame[column].dropna() if window.start <= day < window.end}
    return sorted(days)


def _power_texts(catalogue: Catalogue, powers: np.ndarray, district: str) -> Sequence[str]:
    """Each power's name, or its code where the name is not its own."""
    matcher = PowerMatcher(catalogue)
    rows = catalogue.powers.iloc[powers]
    return [
        name if matcher.find(name, (district,)) == (position,) else code
        for position, name, code in zip(powers.tolist(), rows["name"], rows["code"], strict=True)
    ]


def _topic_texts(catalogue: Catalogue, district: str) -> list[str]:
    """Each topic's name, or its code where the name is not its own."""
    matcher, rows = TopicMatcher(catalogue, (district,)), catalogue.topics
    pairs = zip(rows["code"], rows["name"], strict=True) if len(rows) else ()
    return [name if matcher.find(name) == code else code for code, name in pairs]


def _department_texts(catalogue: Catalogue, district: str) -> list[str]:
    departments = Departments(catalogue, (district,))
    return [w if departments.find(w) == c else c for c, w in departments.words.items()]


def offered_words(field: str) -> tuple[str, ...]:
    """The words of a drop-down: for each code the first that value_synonyms.csv gives."""
    if field in SEVERAL_WORDS:
        return SEVERAL_WORDS[field]
    rows = read_reference(DATA / "value_synonyms.csv")
    rows = rows[rows["field"].eq(WORD_LISTS.get(field, field))]
    return tuple(rows.drop_duplicates("code")["value_as_seen"])
