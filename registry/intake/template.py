"""The blank log: the workbook that a district fills in and sends back.

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
from xlsxwriter.exceptions import XlsxWriterException

from registry.catalogue import Catalogue, read_catalogue, read_reference
from registry.errors import RegistryError
from registry.holdings import Holdings, read_holdings
from registry.intake.clean import EARLIEST
from registry.intake.declaration import Declaration
from registry.intake.fields import (
    DATE_FIELDS,
    FIELDS,
    OPTIONS_SHEET,
    WORD_FIELDS,
    WORD_LISTS,
    label,
)
from registry.intake.match import PowerMatcher, UnitMatcher
from registry.language import N_
from registry.settings import DATA
from registry.window import Window

LOG_SHEET = "执法台账"
"""The very hidden sheet with the lists behind the drop-downs. It holds no data."""

MOST_ROWS = 50_000
"""Down to here a row has drop-downs; rows below are read all the same."""

HEADER, INSTRUCTIONS, FIRST = 0, 1, 2

SEVERAL_WORDS = {"party_type": ("自然人", "法人", "其他组织", "个体工商户")}
"""Where one word a code would leave a clerk in doubt, as a sole trader under 'organisation'."""

FROM_LIST = "从下拉列表选"
ADVICE = {
    "case_no": "填表说明:填文书编号,要含年份。一案涉及几项职权的,每项一行,其余各列相同",
    "unit": FROM_LIST,
    "power": f"{FROM_LIST};行政检查没有对应职权的可不填",
    "party_type": f"{FROM_LIST};不要填写姓名",
    "procedure": f"{FROM_LIST};行政处罚填写",
    "outcome": f"{FROM_LIST};行政处罚填写",
    "decided_on": "如 2021-03-01;检查、强制填实施日期",
    "annulled_on": "决定后来被撤销的填写",
    "fine_cny": "以元为单位的数字,没有罚款的不填",
    "review_outcome": f"{FROM_LIST};经法制审核的填写",
}
WIDTHS = {"case_no": 30, "unit": 22, "power": 46}
NOT_IN_LIST = {
    "error_title": "不在列表中",
    "error_message": "请从下拉列表中选;列表里没有的,请与导入台账的同事联系。",
}
SEVERAL_POWERS = {
    "error_type": "information",
    "error_title": "不在列表中",
    "error_message": "请核对名称。一格写几项职权的,用顿号(、)隔开。",
}
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
    "error_message": "请写成 0 或正数,以元为单位,如 1000。",
}


@dataclass(frozen=True)
class BlankLog:
    """`options[field]` are the texts of its drop-down, each of which the reader resolves."""

    district_name: str
    options: dict[str, tuple[str, ...]]

    def write(self, file: Path | io.BytesIO) -> None:
        """Write the workbook. Raises RegistryError where the file cannot be written."""
        target = file if isinstance(file, io.BytesIO) else str(file)
        book = xlsxwriter.Workbook(target, {"default_date_format": "yyyy-mm-dd"})
        try:
            self._fill(book)
            book.close()
        except (OSError, XlsxWriterException) as fault:
            raise RegistryError(
                N_("写不了文件 {path}({error});请检查权限和磁盘"), path=file, error=fault
            ) from None

    def content(self) -> bytes:
        """The workbook as bytes, for a download."""
        buffer = io.BytesIO()
        self.write(buffer)
        return buffer.getvalue()

    def _fill(self, book: Any) -> None:
        book.set_properties({"title": f"{self.district_name}执法台账(空白)"})
        log, options = book.add_worksheet(LOG_SHEET), book.add_worksheet(OPTIONS_SHEET)
        _write_headings(book, log)
        for column, field in enumerate(FIELDS):
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
        if field not in self.options:
            return {}
        column = list(self.options).index(field)
        for row, text in enumerate(self.options[field]):
            options.write_string(row, column, text)
        letter = xlsxwriter.utility.xl_col_to_name(column)
        source = f"='{OPTIONS_SHEET}'!${letter}$1:${letter}${len(self.options[field])}"
        refusal = SEVERAL_POWERS if field == "power" else NOT_IN_LIST
        return {"validate": "list", "source": source, **refusal}


def _write_headings(book: Any, sheet: Any) -> None:
    wrapped = {"text_wrap": True, "valign": "vcenter", "border": 1}
    heading = book.add_format(wrapped | {"bold": True, "bg_color": "#DDEBF7", "align": "center"})
    advice = book.add_format(wrapped | {"font_color": "#595959", "bg_color": "#F2F2F2"})
    formats = {field: book.add_format({"num_format": "yyyy-mm-dd"}) for field in DATE_FIELDS}
    formats["fine_cny"] = book.add_format({"num_format": "#,##0.00"})
    text = book.add_format({"num_format": "@"})
    for column, field in enumerate(FIELDS):
        sheet.set_column(column, column, WIDTHS.get(field, 15), formats.get(field, text))
        sheet.write_string(HEADER, column, label(field), heading)
        sheet.write_string(INSTRUCTIONS, column, _advice(field), advice)
    sheet.set_row(HEADER, 24)
    sheet.set_row(INSTRUCTIONS, 64)
    sheet.freeze_panes(FIRST, 1)
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(HEADER)


def _advice(field: str) -> str:
    otherwise = FROM_LIST if field in WORD_FIELDS else "如 2021-03-01"
    return ADVICE.get(field, otherwise)


def blank_log(connection: Connection, district: str, window: Window) -> BlankLog:
    """The blank log of a district for these months.

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
            N_("{district} 在 {window} 没有街道、乡镇,不需要报台账"), district=name, window=window
        )
    powers = _held(read_holdings(connection, catalogue), members, window)
    options = {
        "unit": tuple(_unit_texts(catalogue, members, district, window)),
        "power": tuple(_power_texts(catalogue, powers, district)),
        **{field: offered_words(field) for field in WORD_FIELDS},
    }
    return BlankLog(name, {field: texts for field, texts in options.items() if texts})


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


def offered_words(field: str) -> tuple[str, ...]:
    """The words of a drop-down: for each code the first that value_synonyms.csv gives."""
    if field in SEVERAL_WORDS:
        return SEVERAL_WORDS[field]
    rows = read_reference(DATA / "value_synonyms.csv")
    rows = rows[rows["field"].eq(WORD_LISTS.get(field, field))]
    return tuple(rows.drop_duplicates("code")["value_as_seen"])
