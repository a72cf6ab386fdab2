"""Cells → values: dates, amounts, words and case numbers; nothing is guessed.

Full-width signs are written as escapes where an editor might turn them into their ASCII twins.
"""

import unicodedata
from datetime import UTC, date, datetime, timedelta

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.intake.clean import (
    BLANKS,
    EXCEL_EPOCH,
    Unreadable,
    case_numbers,
    cell_text,
    clean_rows,
    is_blank,
    parse_amount,
    parse_day,
)
from registry.intake.fields import WORD_FIELDS, word_codes
from registry.intake.text import TEXT_DTYPE

FIRST = date(2020, 7, 1)
STYLES = (
    "{0:%Y-%m-%d}",
    "{0:%Y/%m/%d}",
    "{0.year}/{0.month}/{0.day}",
    "{0.year}.{0.month}.{0.day}",
    "{0:%Y%m%d}",
    "{0.year}年{0.month}月{0.day}日",
    "{0:%Y年%m月%d日}",
)
DAYS = st.dates(date(1949, 1, 1), date(2100, 1, 1))
TIMES = ("", " 9:30", " 09:30", " 09:30:15", " 00:00:00.000", " 9时30分", " 上午9:30")


def flaw_of(parse, cell) -> str:
    with pytest.raises(Unreadable) as caught:
        parse(cell)
    return caught.value.code


def clean(**cells):
    """Columns of cells, cleaned; amounts count in yuan."""
    columns = {name: pd.Series(values, dtype=object) for name, values in cells.items()}
    count = len(next(iter(columns.values())))
    return clean_rows(columns, np.ones(count, dtype=np.int64), count)


def keys(*numbers) -> list[str]:
    return list(clean(case_no=list(numbers)).case_key)


# Dates


@given(DAYS, st.sampled_from(STYLES), st.sampled_from(TIMES))
def test_every_style_of_date_is_read_with_or_without_a_time(day, style, time):
    assert parse_day(style.format(day) + time) == day


@given(DAYS, st.sampled_from(STYLES))
def test_full_width_digits_are_digits(day, style):
    wide = str.maketrans("0123456789", "".join(chr(0xFF10 + n) for n in range(10)))
    assert parse_day(style.format(day).translate(wide)) == day


@given(DAYS)
def test_serial_number_of_a_spreadsheet_is_its_day(day):
    serial = (day - EXCEL_EPOCH).days
    for cell in (serial, float(serial), serial + 0.75, str(serial), f"{serial}.75"):
        assert parse_day(cell) == day


@pytest.mark.parametrize(
    "cell",
    [
        20200701,
        20200701.0,
        44013,
        "44013",
        datetime(2020, 7, 1, 23, 59),  # noqa: DTZ001
        FIRST,
        " 2020-07-01 ",
        "2020 年 7 月 1 日",
        "2020年7月1号",
        "2020-07-01T08:30:00",
        "20200701083000",
        "20200701T08:30:00",
        "2020\uff0d07\uff0d01",
        "2020-07-01 8\uff1a30",
        "20200701 083000",
        "2020-07-01 08:30:00+08",
    ],
)
def test_other_spellings_of_the_first_of_july(cell):
    assert parse_day(cell) == FIRST


def test_an_instant_is_read_as_the_day_in_beijing():
    assert parse_day("2020-06-30T20:00:00Z") == FIRST
    assert parse_day(datetime(2020, 6, 30, 20, tzinfo=UTC)) == FIRST


@pytest.mark.parametrize(
    "cell",
    [
        "03/01/2021",
        "1/3/2021",
        "03-01-2021",
        "20-07-01",
        "2020-07",
        "2020年7月",
        "2020-13-01",
        "2020-02-30",
        "2020.07-01",
        20201301,
        "昨天",
        "7月1日",
        "2020",
        "1e4",
        True,
        0,
        -5,
        1e300,
        float("inf"),
        10**350,
        "2020-07-01至2020-07-03",
        "2020-07-01-08",
        "9999-12-31T23:59:59-12:00",
        "0001-01-01T00:00:00+14:00",
    ],
)
def test_what_is_no_certain_day_is_refused_and_never_guessed(cell):
    assert flaw_of(parse_day, cell) == "unreadable_date"


@pytest.mark.parametrize("cell", ["1948-12-31", 2020, 2020.7, "0202-07-01", 17898])
def test_days_before_1949_are_refused(cell):
    assert flaw_of(parse_day, cell) == "date_before_1949"


# Amounts


@pytest.mark.parametrize(
    ("cell", "yuan"),
    [
        ("1000", 1000),
        (1000, 1000),
        (1000.0, 1000),
        (0.1, 0.1),
        ("1,000", 1000),
        ("1\uff0c000", 1000),
        ("\uff11\uff10\uff10\uff10", 1000),
        ("12,345,678.90元", 12345678.9),
        ("1 000 元", 1000),
        ("1000元整", 1000),
        ("人民币1000元", 1000),
        ("¥1000", 1000),
        ("\uffe51,000.00", 1000),
        ("0.1万元", 1000),
        ("1.5万", 15000),
        ("0", 0),
        ("-0", 0),
        (0, 0),
        ("0.29万元", 2900),
    ],
)
def test_amounts_are_yuan(cell, yuan):
    assert parse_amount(cell) == yuan


@pytest.mark.parametrize(
    ("cell", "yuan"),
    [(0.1, 1000), ("0.1", 1000), ("1000元", 1000), ("0.1万元", 1000), (0.29, 2900)],
)
def test_unit_of_the_cell_goes_before_that_of_the_heading(cell, yuan):
    assert parse_amount(cell, 10_000) == yuan


@pytest.mark.parametrize("cell", [-5, "-5", "-0.01万元", "\uff0d100元"])
def test_negative_fine_is_refused(cell):
    assert flaw_of(parse_amount, cell) == "negative_fine"


@pytest.mark.parametrize(
    "cell",
    [
        "壹仟元",
        "约1000",
        "1000-2000",
        "1,00,000",
        "1.2.3",
        "1000美元",
        "$1000",
        "罚款",
        True,
        datetime(2020, 7, 1),  # noqa: DTZ001
        float("inf"),
        1e300,
        "11010120200801000001",
        "1e3",
    ],
)
def test_unreadable_fine_is_refused(cell):
    assert flaw_of(parse_amount, cell) == "unreadable_fine"


# Words


@pytest.mark.parametrize("field", WORD_FIELDS)
def test_every_word_of_the_synonyms_is_read_however_it_is_typed(field):
    for word, code in word_codes(field).items():
        spaced = f" {word[0]}\u3000{word[1:]}\n"
        assert clean(**{field: [word, spaced, code]}).words[field].tolist() == [code] * 3


def test_unknown_action_is_a_flaw():
    (flaw,) = clean(action=["行政处罚", "打击"]).flaws
    assert (flaw.code, flaw.rows.tolist()) == ("unknown_action", [1])


def test_unknown_words_in_several_columns_are_told_apart():
    words = {"party_type": ["外星人", "法人", "外星人"], "outcome": ["暂缓", "暂缓", "罚款"]}
    found = clean(action=["处罚", "检查", "处罚"], **words, review_outcome=["嗯", "嗯", "嗯"])
    problems = [(f.field, f.rows.tolist()) for f in found.flaws if len(f.rows)]
    odd = [(f.field, f.rows.tolist()) for f in found.oddities if len(f.rows)]
    assert problems == [("outcome", [0])]
    assert odd == [("party_type", [0, 2]), ("outcome", [1]), ("review_outcome", [0, 1, 2])]


@pytest.mark.parametrize("field", ["procedure", "outcome"])
def test_unknown_word_of_a_penalty_is_a_flaw_and_of_another_action_odd(field):
    found = clean(action=["行政处罚", "行政检查"], **{field: ["什么", "什么"]})
    (flaw,), (oddity,) = (
        [f for f in kind if len(f.rows)] for kind in (found.flaws, found.oddities)
    )
    assert (flaw.code, flaw.rows.tolist()) == (f"unknown_{field}", [0])
    assert (oddity.code, oddity.rows.tolist()) == (f"unknown_{field}", [1])


@pytest.mark.parametrize("cell", [None, "", " ", "\u3000", "/", "—", "无", float("nan"), pd.NaT])
def test_blank_cells_are_missing_values_and_no_flaws(cell):
    assert is_blank(cell)
    found = clean(decided_on=[cell], fine_cny=[cell], outcome=[cell], case_no=[cell])
    assert not [f for f in (*found.flaws, *found.oddities) if len(f.rows)]
    assert np.isnat(found.days["decided_on"][0])
    assert np.isnan(found.fine_cny[0])
    assert pd.isna(found.words["outcome"][0])
    assert found.case_key[0] == ""


# Case numbers


@pytest.mark.parametrize(
    "number",
    [
        "京东罚字[2020]1号",
        "京东罚字【2020】1号",
        "京东罚字(2020)1号",
        "京东罚字\uff082020\uff091号",
        "京东罚字\uff3b2020\uff3d1号",
        " 京东罚字 〔2020〕\u30001号\n",
        "京东罚字〔\uff12\uff10\uff12\uff10〕\uff11号",
        "京东罚字\u200b〔2020〕1号",
        "京东\u202e罚字〔2020〕\u2060\u00ad\x071号",
    ],
)
def test_numbers_compare_without_spaces_widths_and_kinds_of_brackets(number):
    first, second = keys("京东罚字〔2020〕1号", number)
    assert first == second


SIGNS = (
    "〔〕[]【】{}〖〗()京罚号2021-#\uff08\uff09\uff3b\uff3d\uff12\u3000 \t\u200b\ufeff\u00a0\u2160"
)


@given(st.lists(st.lists(st.one_of(st.none(), st.text(SIGNS)), min_size=1), min_size=1))
def test_numbers_are_compared_as_if_each_were_read_alone(chunks):
    """However a column is stored, and whichever of its numbers have unusual signs."""
    numbers = [number for chunk in chunks for number in chunk]
    column = pd.Series(TEXT_DTYPE.__from_arrow__(pa.chunked_array(chunks, pa.large_string())))
    _, found = case_numbers(column, len(numbers))
    assert list(found) == [compared_number(number) for number in numbers]


def compared_number(number: str | None) -> str:
    seen = [
        sign
        for sign in unicodedata.normalize("NFKC", number or "")
        if unicodedata.category(sign)[0] != "Z" and unicodedata.category(sign) not in ("Cc", "Cf")
    ]
    key = "".join(seen).translate(str.maketrans("[〔【〖{]〕】〗}", "(((((" + ")))))"))
    return "" if key in BLANKS or key == "#" else key


@pytest.mark.parametrize("error", ["#N/A", "#DIV/0!", "#REF!", "Err:502"])
def test_error_of_a_formula_is_no_number(error):
    """Two cases whose numbers cannot be computed are not one case."""
    assert keys(error, "〔2020〕1号") == ["", "(2020)1号"]


def test_number_is_kept_as_it_is_written():
    assert clean(case_no=[" 京罚 〔2020〕1号 "]).case_no[0] == "京罚 〔2020〕1号"


def test_different_numbers_stay_different():
    assert len(set(keys("〔2020〕1号", "〔2020〕11号", "2020-1", "2020-1-1", "20201"))) == 5


def test_long_digit_strings_stay_text():
    number = "110101202007010000012345"
    assert keys(number, 110101202007) == [number, "110101202007"]


def test_number_that_a_workbook_holds_as_a_number_is_its_digits():
    assert keys(20200001, 20200001.0, "20200001") == ["20200001"] * 3


@given(st.integers(0, 10**15))
def test_whole_numbers_have_no_decimal_point(number):
    assert cell_text(number) == str(number)
    assert cell_text(float(number)) == str(number)


def test_day_as_text_has_a_time_only_if_there_is_one():
    noon = datetime(2020, 7, 1, 12)  # noqa: DTZ001
    assert cell_text(noon) == "2020-07-01 12:00:00"
    assert cell_text(noon - timedelta(hours=12)) == "2020-07-01"
