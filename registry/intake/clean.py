"""Cells → values: dates, amounts, words, numbers of cases. Each distinct cell is read once.

A cell that cannot be read becomes a missing value together with a `Flaw`; nothing is guessed.
"""

import re
import unicodedata
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from pandas.arrays import ArrowStringArray

from registry.intake.fields import DATE_FIELDS, WORD_FIELDS, plain, word_codes
from registry.intake.text import TEXT_DTYPE
from registry.window import BEIJING

BLANKS = frozenset({"", "/", "//", "\\", "-", "--", "—", "——", "无", "空", "null", "NULL"})
"""What offices write into a cell that is meant to be empty."""

ERRORS = ("#N/A", "#DIV/0!", "#REF!", "#NAME?", "#VALUE!", "#NUM!", "#NULL!")
NO_NUMBER = rf"^(?:{'|'.join(map(re.escape, ERRORS))}|#|Err:\d+)$"
"""What a formula leaves in the cell of a case number that it cannot compute."""

UNSEEN = r"[\s\p{Z}\p{Cc}\p{Cf}]+"
"""White space and signs that nobody sees: two numbers that look alike are one."""

UNUSUAL = r"[^\x21-\x7e\x{4e00}-\x{9fff}【】〔-〗]"
"""Signs that NFKC may change, or that nobody sees; hardly any number has one."""

OTHER_BRACKETS = r"[\[\]{}【】〖〗]"

EARLIEST = date(1949, 1, 1)
EXCEL_EPOCH = date(1899, 12, 30)
SERIAL_DAYS = range(1, 80_000)

_CLOCK = (
    r"(?:[T\s]*(?:[上下]午)?\s*\d{1,2}"
    r"(?::\d{2}(?::\d{2}(?:\.\d+)?)?|时(?:\d{1,2}分(?:\d{1,2}秒)?)?)(?:\s*[AaPp][Mm])?)?"
)
_ZONE = r"\s*(Z|[+-]\d{2}:?\d{2}|(?<=:\d{2})[+-]\d{2})?"
DAY_PATTERNS = (
    re.compile(rf"(\d{{4}})\s*([-/.])\s*(\d{{1,2}})\s*\2\s*(\d{{1,2}}){_CLOCK}{_ZONE}"),
    re.compile(rf"(\d{{4}})\s*(年)\s*(\d{{1,2}})\s*月\s*(\d{{1,2}})\s*[日号]?{_CLOCK}{_ZONE}"),
    re.compile(rf"(\d{{4}})()(\d{{2}})(\d{{2}})(?:\s*\d{{6}}|{_CLOCK})()"),
)
AMOUNT = re.compile(r"(?:人民币)?¥?(-?)(\d{1,3}(?:,\d{3})+|\d+)(\.\d+)?(万元|万|元|圆)?整?")

LARGEST_FINE = 1e12
"""Yuan; from here on it is the number of an account or a case that slipped a column."""


class Unreadable(ValueError):
    """Carries the code of the problem and what would be right."""

    def __init__(self, code: str, advice: str) -> None:
        super().__init__(advice)
        self.code = code
        self.advice = advice


@dataclass(frozen=True)
class Flaw:
    """In these rows the cell of `field` has the problem `code`; `advice` says what is right."""

    rows: np.ndarray
    field: str
    code: str
    advice: str


@dataclass(frozen=True)
class Distinct:
    """A column as its distinct cells: `values[codes]`, code -1 where the cell is blank."""

    codes: np.ndarray
    values: list[Any]

    @classmethod
    def of(cls, column: pd.Series) -> "Distinct":
        codes, values = pd.factorize(column)
        values = values.tolist() if hasattr(values, "tolist") else list(values)
        blank = np.array([is_blank(value) for value in values] + [True])
        return cls(np.where(blank[codes], -1, codes), values)

    def spread(self, results: list[Any], missing: Any, dtype: Any = object) -> np.ndarray:
        """One result per distinct cell → one per row."""
        array = np.empty(len(results) + 1, dtype=dtype)
        array[:-1] = results
        array[-1] = missing
        return array[self.codes]

    def read(self, parse: Callable[[Any], Any], field: str) -> tuple[list[Any], list[Flaw]]:
        """(parsed value per distinct cell, None where unreadable; the flaws found)."""
        parsed: list[Any] = []
        flawed: dict[tuple[str, str], list[int]] = {}
        used = np.zeros(len(self.values) + 1, dtype=bool)
        used[self.codes] = True
        for number, value in enumerate(self.values):
            try:
                parsed.append(parse(value) if used[number] else None)
            except Unreadable as error:
                parsed.append(None)
                flawed.setdefault((error.code, error.advice), []).append(number)
        flaws = [
            Flaw(np.flatnonzero(np.isin(self.codes, numbers)), field, code, advice)
            for (code, advice), numbers in flawed.items()
        ]
        return parsed, flaws


def is_blank(value: Any) -> bool:
    if isinstance(value, str):
        return value.isspace() or value in BLANKS or plain(value) in BLANKS
    return value is None or value is pd.NaT or value != value


def cell_text(value: Any) -> str:
    """A cell as its reader sees it: whole numbers without '.0', days as 2020-07-01."""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, datetime):
        return (
            value.date().isoformat() if value.time() == value.time().min else value.isoformat(" ")
        )
    return str(value)


def text_of(cell: Any) -> str:
    """A cell as its reader sees it; '' where blank."""
    return "" if is_blank(cell) else cell_text(cell)


def parse_day(value: Any) -> date:
    """A date cell, whatever its style, as the day in Beijing; raises Unreadable."""
    if isinstance(value, datetime):
        day = (value.astimezone(BEIJING) if value.tzinfo else value).date()
    elif isinstance(value, date):
        day = value
    elif isinstance(value, int | float) and not isinstance(value, bool):
        day = _numeric_day(value)
    else:
        day = _text_day(unicodedata.normalize("NFKC", str(value)).strip())
    if day < EARLIEST:
        raise Unreadable("date_before_1949", "早于 1949 年，请核对年份")
    return day


def _text_day(text: str) -> date:
    for pattern in DAY_PATTERNS:
        if match := pattern.fullmatch(text):
            year, _, month, day, zone = match.groups()
            if zone:
                return _day_in_zone(text)
            return _real_day(int(year), int(month), int(day))
    if re.fullmatch(r"\d{5}(\.\d+)?", text):
        return _numeric_day(float(text))
    raise Unreadable("unreadable_date", "不是可识别的日期，请写成 2021-03-01")


def _real_day(year: int, month: int, day: int) -> date:
    try:
        return date(year, month, day)
    except ValueError:
        raise Unreadable("unreadable_date", "日历上没有这一天，请写成 2021-03-01") from None


def _day_in_zone(text: str) -> date:
    try:
        return datetime.fromisoformat(text.replace("/", "-")).astimezone(BEIJING).date()
    except (ValueError, OverflowError):
        raise Unreadable("unreadable_date", "不是可识别的日期，请写成 2021-03-01") from None


def _numeric_day(number: float) -> date:
    """20200701, or the serial number of a spreadsheet (1 = 1899-12-31)."""
    whole = int(number) if 0 < number < 1e9 else 0
    if whole == number and 1900_01_01 <= whole <= 2200_12_31:
        return _real_day(whole // 10_000, whole // 100 % 100, whole % 100)
    if whole in SERIAL_DAYS:
        return EXCEL_EPOCH + timedelta(days=whole)
    raise Unreadable("unreadable_date", "不是可识别的日期，请写成 2021-03-01")


def parse_amount(value: Any, scale: int = 1) -> float:
    """Yuan, to the fen; `scale` is that of the heading unless the cell has its own unit."""
    text = plain(repr(value) if isinstance(value, float) else str(value))
    match = AMOUNT.fullmatch(text)
    if not match or isinstance(value, bool | datetime):
        raise Unreadable("unreadable_fine", "不是可识别的金额，请写成 1000 或 1000元")
    sign, whole, fraction, unit = match.groups()
    if unit:
        scale = 10_000 if unit.startswith("万") else 1
    yuan = float(whole.replace(",", "") + (fraction or "")) * scale
    if yuan >= LARGEST_FINE:
        raise Unreadable("unreadable_fine", "不是可识别的金额，请写成 1000 或 1000元")
    if sign and yuan:
        raise Unreadable("negative_fine", "罚款金额为负，请写成 0 或正数")
    return round(yuan, 2)


@dataclass(frozen=True)
class CleanRows:
    """Typed columns over the rows of a log, and the flaws met on the way.

    days: field → datetime64[D]; words: field → codes, missing where blank; `fine_cny` float;
    `case_no` as written, `case_key` as compared; `units` and `powers` as distinct texts.
    """

    days: dict[str, np.ndarray]
    words: dict[str, pd.Categorical]
    fine_cny: np.ndarray | None
    case_no: ArrowStringArray
    case_key: ArrowStringArray
    units: Distinct
    powers: Distinct
    flaws: list[Flaw]
    oddities: list[Flaw]


STRICT_WORDS = {
    "action": ("unknown_action", "执法类型无法识别，请写 行政处罚、行政检查 或 行政强制"),
    "procedure": ("unknown_procedure", "程序无法识别，请写 简易程序 或 普通程序"),
    "outcome": ("unknown_outcome", "处理结果无法识别，请写 予以处罚、不予处罚、撤案 或 移送"),
}
"""Words that are problems where unknown (the last two on penalties); others are warnings."""


def clean_rows(cells: dict[str, pd.Series], scales: np.ndarray, count: int) -> CleanRows:
    """Read every mapped column. `scales` is what each row's heading counts amounts in."""
    with ThreadPoolExecutor(1) as beside:  # Arrow's half of the work
        numbers = beside.submit(case_numbers, cells.get("case_no"), count)
        flaws: list[Flaw] = []
        days = _days(cells, flaws)
        words, oddities = _words(cells, flaws)
        fine = _fines(cells["fine_cny"], scales, flaws) if "fine_cny" in cells else None
    number, key = numbers.result()
    empty = pd.Series([None] * count, dtype=object)
    return CleanRows(
        days=days,
        words=words,
        fine_cny=fine,
        case_no=number,
        case_key=key,
        units=Distinct.of(cells.get("unit", empty)),
        powers=Distinct.of(cells.get("power", empty)),
        flaws=flaws,
        oddities=oddities,
    )


def _days(cells: dict[str, pd.Series], flaws: list[Flaw]) -> dict[str, np.ndarray]:
    days = {}
    for field in [f for f in DATE_FIELDS if f in cells]:
        column = Distinct.of(cells[field])
        parsed, found = column.read(parse_day, field)
        days[field] = column.spread(
            [np.datetime64(d, "D") if d else np.datetime64("NaT") for d in parsed],
            np.datetime64("NaT"),
            "datetime64[D]",
        )
        flaws += found
    return days


def _words(
    cells: dict[str, pd.Series], flaws: list[Flaw]
) -> tuple[dict[str, pd.Categorical], list[Flaw]]:
    words: dict[str, pd.Categorical] = {}
    unknown: list[Flaw] = []
    for field in [f for f in WORD_FIELDS if f in cells]:
        column = Distinct.of(cells[field])
        parsed, found = column.read(partial(_word, field), field)
        words[field] = pd.Categorical([*parsed, None])[column.codes]
        (flaws if field == "action" else unknown).extend(found)
    oddities: list[Flaw] = []
    for flaw in unknown:
        strict = _strictly_read(flaw, words.get("action"))
        flaws.append(replace(flaw, rows=flaw.rows[strict]))
        oddities.append(replace(flaw, rows=flaw.rows[~strict]))
    return words, oddities


def _strictly_read(flaw: Flaw, action: pd.Categorical | None) -> np.ndarray:
    """bool over a flaw's rows: the unknown word is a problem there, not merely odd."""
    if flaw.field not in STRICT_WORDS or action is None:
        return np.zeros(len(flaw.rows), dtype=bool)
    return np.asarray(action[flaw.rows] == "penalty", dtype=bool)


def _word(field: str, value: Any) -> str:
    code = word_codes(field).get(plain(cell_text(value)).casefold())
    if code is None:
        raise Unreadable(*STRICT_WORDS.get(field, ("unknown_word", "这个词无法识别，按未知处理")))
    return code


def _fines(column: pd.Series, scales: np.ndarray, flaws: list[Flaw]) -> np.ndarray:
    result = np.full(len(column), np.nan)
    distinct = Distinct.of(column)
    for scale in np.unique(scales):
        parsed, found = distinct.read(partial(parse_amount, scale=int(scale)), "fine_cny")
        spread = distinct.spread([np.nan if p is None else p for p in parsed], np.nan, float)
        rows = scales == scale
        result[rows] = spread[rows]
        flaws += [Flaw(f.rows[rows[f.rows]], f.field, f.code, f.advice) for f in found]
    return result


def case_numbers(column: pd.Series | None, count: int) -> tuple[ArrowStringArray, ArrowStringArray]:
    """(number as written, number as compared); '' where it is missing.

    Numbers compare after NFKC without white space and unseen signs, all brackets alike (DESIGN,
    cases).
    """
    if column is None:
        none = pd.array([""] * count, dtype=TEXT_DTYPE)
        return none, none
    if column.dtype == object:
        column = column.map(lambda v: cell_text(v) if not is_blank(v) else None)
    given = pa.array(column, type=pa.large_string(), from_pandas=True)
    if isinstance(given, pa.ChunkedArray):
        given = given.combine_chunks()
    text = _changed(pc.fill_null(given, ""), UNUSUAL, pc.utf8_trim_whitespace)
    key = _changed(text, UNUSUAL, _seen)
    key = pc.replace_substring(pc.replace_substring(key, "〔", "("), "〕", ")")
    key = _changed(key, OTHER_BRACKETS, _round)
    blank = pc.is_in(key, value_set=pa.array(sorted(BLANKS), type=pa.large_string()))
    blank = pc.or_(blank, pc.match_substring_regex(key, NO_NUMBER))
    number, key = (TEXT_DTYPE.__from_arrow__(pc.if_else(blank, "", part)) for part in (text, key))
    return number, key


def _changed(
    texts: pa.LargeStringArray, pattern: str, change: Callable[[pa.Array], pa.Array]
) -> pa.LargeStringArray:
    """Texts that fit a pattern, changed; few do, and a look costs a tenth of a change."""
    chosen = pc.match_substring_regex(texts, pattern)
    if not pc.any(chosen).as_py():
        return texts
    return pc.replace_with_mask(texts, chosen, change(texts.filter(chosen)))


def _seen(texts: pa.LargeStringArray) -> pa.LargeStringArray:
    return pc.replace_substring_regex(pc.utf8_normalize(texts, form="NFKC"), UNSEEN, "")


def _round(texts: pa.LargeStringArray) -> pa.LargeStringArray:
    opened = pc.replace_substring_regex(texts, r"[\[【〖{]", "(")
    return pc.replace_substring_regex(opened, r"[\]】〗}]", ")")
