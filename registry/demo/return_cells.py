"""One district's monthly return as cells: good rows only, before anything goes wrong.

In: rows of the truth. Out: a frame with a column per heading.
"""

from collections.abc import Callable
from dataclasses import dataclass

import pandas as pd

from registry.demo.cells import WIDE
from registry.demo.names import Names, unit_texts
from registry.demo.return_styles import FIELD_OF, HEADINGS, NOTE, ORIGIN, SERIAL, ReturnStyle
from registry.demo.world import Rng

MONTH_TEXTS: dict[str, Callable[[int], object]] = {
    "iso": lambda month: f"{month // 100}-{month % 100:02d}",
    "slash": lambda month: f"{month // 100}/{month % 100}",
    "dot": lambda month: f"{month // 100}.{month % 100}",
    "compact": lambda month: str(month),
    "chinese": lambda month: f"{month // 100}年{month % 100}月",
    "cell": lambda month: first_day(month).to_pydatetime(),
}
NUMBER_TEXTS: dict[str, Callable[[int], object]] = {
    "number": lambda number: int(number),
    "text": lambda number: str(number),
    "wide": lambda number: str(number).translate(WIDE),
}
TOPIC_TEXTS: dict[str, Callable[[pd.DataFrame], pd.Series]] = {
    "code": lambda topics: topics["code"],
    "name": lambda topics: topics["name"],
    "synonym": lambda topics: _first_synonyms(topics),
}


@dataclass(frozen=True)
class Words:
    """Code → text, one series for each way of writing: topics, and source departments."""

    topics: dict[str, pd.Series]
    departments: dict[str, pd.Series]


def read_words(topics: pd.DataFrame, vocabulary: pd.DataFrame) -> Words:
    departments = vocabulary[vocabulary["field"] == "source_department"].set_index("code")
    return Words(
        {way: text(topics).set_axis(topics["code"]) for way, text in TOPIC_TEXTS.items()},
        {
            "zh": departments["zh"],
            "bureau": departments["zh"] + "局",
            "en": departments["en"],
            "code": departments.index.to_series(),
        },
    )


def _first_synonyms(topics: pd.DataFrame) -> pd.Series:
    """Of each topic the first synonym that no other topic has, else its name."""
    texts = topics["synonyms"].fillna("").str.split(";").explode()
    own = texts[texts.ne("") & ~texts.duplicated(keep=False) & ~texts.isin(topics["name"])]
    first = own.groupby(level=0).first()
    return first.reindex(topics.index).fillna(topics["name"])


def first_day(month: int) -> pd.Timestamp:
    return pd.Timestamp(year=month // 100, month=month % 100, day=1)


def return_headings(kind: str, style: ReturnStyle) -> list[str]:
    return (style.own.get(kind) or HEADINGS[kind][style.headings]).split("|")


def return_cells(
    rows: pd.DataFrame,
    kind: str,
    headings: list[str],
    style: ReturnStyle,
    names: Names,
    words: Words,
    rng: Rng,
) -> pd.DataFrame:
    """A column of objects per heading, the rows as they came."""
    days = rows.assign(decided_on=pd.to_datetime(rows["month"].astype(str), format="%Y%m"))
    write: dict[str, Callable[[], pd.Series]] = {
        SERIAL: lambda: pd.Series("", index=rows.index),
        NOTE: lambda: pd.Series("", index=rows.index),
        "unit": lambda: unit_texts(days, style.units, names, rng),
        "district": lambda: rows["district"].map(names.current),
        "month": lambda: _rewritten(rows["month"], MONTH_TEXTS[style.months]),
        "topic": lambda: rows["topic"].map(words.topics[style.topics]).fillna(""),
        "power": lambda: rows["power"],
        "department": lambda: _departments(rows["department"], style, words),
    }
    columns = {}
    for heading in headings:
        field = FIELD_OF[kind][heading]
        column = write[field]() if field in write else _numbers(rows, field, style)
        columns[heading] = column.astype(object)
    return pd.DataFrame(columns, index=rows.index)


def _numbers(rows: pd.DataFrame, field: str, style: ReturnStyle) -> pd.Series:
    return _rewritten(rows[field.removeprefix(ORIGIN)], NUMBER_TEXTS[style.numbers])


def _rewritten(numbers: pd.Series, write: Callable[[int], object]) -> pd.Series:
    """Each distinct number is written once."""
    texts = {number: write(number) for number in numbers.unique().tolist()}
    return pd.Series([texts[n] for n in numbers.tolist()], index=numbers.index, dtype=object)


def _departments(departments: pd.Series, style: ReturnStyle, words: Words) -> pd.Series:
    """Departments that handed nothing over have no code: they stand as they are called."""
    return departments.map(words.departments[style.departments]).fillna(departments)
