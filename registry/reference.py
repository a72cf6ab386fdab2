"""Reference tables as they come in → the same tables, or a sentence on what does not fit."""

import re
from collections.abc import Sequence

import pandas as pd
import pandera.pandas as pa

from registry.catalogue import HOLDER_KINDS, NOT_HOLDERS
from registry.errors import RegistryError
from registry.language import N_, Text

BLANK, TWICE = "not_nullable", "field_uniqueness"
"""What pandera calls a cell that is empty and one that repeats another."""


def _is_day(texts: pd.Series) -> pd.Series:
    """bool per text: a day of the calendar, written 2020-07-01."""
    written = texts.str.fullmatch(r"\d{4}-\d{2}-\d{2}", flags=re.ASCII)
    days = pd.to_datetime(texts.where(written), format="%Y-%m-%d", errors="coerce")
    return written & days.notna()


def _one_of(codes: Sequence[str]) -> pa.Check:
    return pa.Check.isin(list(codes), error=f"没有这个代码；可用 {'、'.join(codes)}")


def _number(pattern: str) -> pa.Column:
    check = pa.Check.str_matches(pattern, error="不是数字，请写成 5000")
    return pa.Column(str, check, nullable=True, required=False)


_code = pa.Column(
    str,
    pa.Check.str_matches(r"^[\w.-]+$", error="不能作代码，请只用字母、数字、点、短横和下划线"),
    unique=True,
)
_day = pa.Column(
    str, pa.Check(_is_day, error="不是日期，请写成 2020-07-01"), nullable=True, required=False
)
POWERS = pa.DataFrameSchema(
    {
        "code": _code,
        "name": pa.Column(str),
        "kind": pa.Column(str, _one_of(("penalty", "coercion"))),
        "source_department": pa.Column(str),
        "max_fine_cny": _number(r"^\d+(\.\d+)?$"),
        "effective_from": _day,
    }
)
UNITS = pa.DataFrameSchema(
    {
        "code": _code,
        "name": pa.Column(str),
        "unit_kind": pa.Column(str, _one_of((*HOLDER_KINDS, *NOT_HOLDERS))),
        "district_code": pa.Column(str),
        "population_2020": _number(r"^\d+$"),
        "valid_from": _day,
        "valid_to": _day,
    }
)
INSTRUMENTS = pa.DataFrameSchema(
    {"number": pa.Column(str, unique=True), "issued_on": _day, "effective_on": _day}
)
TOPICS = pa.DataFrameSchema({"code": _code, "name": pa.Column(str)})
VOCABULARY = pa.DataFrameSchema({name: pa.Column(str) for name in ("field", "code", "zh")})


def check_reference(frame: pd.DataFrame, schema: pa.DataFrameSchema, name: str) -> pd.DataFrame:
    """The frame, if it fits; otherwise a sentence with file, row, column and value."""
    try:
        return schema.validate(frame, lazy=True)
    except pa.errors.SchemaErrors as error:
        raise RegistryError(
            N_("{file} {fault}"), file=name, fault=_sentence(error.failure_cases.iloc[0])
        ) from None


def _sentence(failure: pd.Series) -> Text:
    found = {"column": failure["column"], "found": failure["failure_case"]}
    if failure["check"] == "column_in_dataframe":
        return Text(N_("缺少「{found}」列"), found)
    if not pd.isna(failure["index"]):
        place = Text(N_("第 {row} 行"), {"row": int(failure["index"]) + 2})
    else:
        place = Text("", {})
    if failure["check"] == BLANK:
        return Text(N_("{place}「{column}」：不能为空"), found | {"place": place})
    if failure["check"] == TWICE:
        return Text(N_("{place}「{column}」：{found} 重复了，每行要不同"), found | {"place": place})
    rule = failure["check"]
    return Text(N_("{place}「{column}」：{found} {rule}"), found | {"place": place, "rule": rule})


def check_interval(frame: pd.DataFrame, name: str) -> None:
    """Refuses a row that ends before it began: `valid_to` is the first day after its last."""
    if not {"valid_from", "valid_to"} <= set(frame.columns):
        return
    wrong = frame[frame["valid_to"] <= frame["valid_from"]]
    if len(wrong):
        row = wrong.iloc[0]
        raise RegistryError(
            N_("{file} 第 {row} 行「valid_to」：{end} 不晚于 valid_from {start}"),
            file=name,
            row=int(wrong.index[0]) + 2,
            end=row["valid_to"],
            start=row["valid_from"],
        )
