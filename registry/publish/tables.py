"""What the measures answer for the whole site, asked once for both languages.

In: an edition. Out: frames as the measures return them, by the name of their file, each with the
reference by which `registry recompute` gets it again.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from registry.figure import asked, reference
from registry.measures.dormancy import dormancy_by_department
from registry.measures.exercise import BALANCE_MIN_CASES
from registry.measures.grouping import Selection
from registry.measures.procedure import FINES
from registry.publish.edition import Edition
from registry.window import Window

RESTS_ON_FINES = (*FINES, "fine_clustering")
"""Measures of which the public sees nothing, since they speak of fines."""

DISTRICT, UNIT, MONTH, DEPARTMENT = ("district",), ("unit",), ("month",), ("department",)


NOT_IN_NAMES = re.compile(r"[^\w-]")


def file_name(code: str) -> str:
    """A code as the name of its page and files: another city's may hold `/` or any other sign."""
    return NOT_IN_NAMES.sub(lambda sign: f"_{ord(sign[0]):x}_", code)


@dataclass(frozen=True)
class Asked:
    """A measure by groups, with options; over: which months of the edition."""

    measure: str
    by: tuple[str, ...] = ()
    options: dict[str, Any] = field(default_factory=dict)
    over: Callable[[Edition], Window] = lambda edition: edition.window


def _whole(edition: Edition) -> Window:
    return edition.whole


def _year(edition: Edition) -> Window:
    return edition.year


ASKED = {
    "rates": Asked("exercise_rate"),
    "rates_by_district": Asked("exercise_rate", DISTRICT),
    "rates_by_department": Asked("exercise_rate", DEPARTMENT),
    "rates_by_district_and_department": Asked("exercise_rate", (*DISTRICT, *DEPARTMENT)),
    "rates_by_unit_and_department": Asked("exercise_rate", (*UNIT, *DEPARTMENT)),
    "rates_by_unit": Asked("exercise_rate", UNIT),
    "rates_by_month": Asked("exercise_rate", MONTH, over=_whole),
    "pooled_rates_by_district": Asked("exercise_rate", DISTRICT, {"aggregate": "pooled"}),
    "mean_rates_by_district": Asked("exercise_rate", DISTRICT, {"aggregate": "mean"}),
    "balance_rates": Asked("exercise_rate", (), {"min_cases": BALANCE_MIN_CASES}),
    "balance_rates_by_district": Asked("exercise_rate", DISTRICT, {"min_cases": BALANCE_MIN_CASES}),
    "coverage_by_power": Asked("coverage", ("power",)),
    "completeness": Asked("completeness"),
    "completeness_by_district": Asked("completeness", DISTRICT),
    "completeness_by_unit": Asked("completeness", UNIT),
    "completeness_by_district_and_month": Asked("completeness", (*DISTRICT, *MONTH)),
    "completeness_of_all_months": Asked("completeness", (), over=_whole),
    "completeness_of_the_year": Asked("completeness", (), over=_year),
    "staffing": Asked("staffing"),
    "staffing_by_district": Asked("staffing", DISTRICT),
    "front_line_by_district": Asked("staffing.front_line", DISTRICT),
    "front_line_by_month": Asked("staffing.front_line", MONTH),
    "staffing_by_unit_kind": Asked("staffing", ("unit_kind",)),
    "review_by_district": Asked("review", DISTRICT),
    "procedure_by_district": Asked("procedure", DISTRICT),
    "support_by_department": Asked("handover"),
}
"""Name of a file → what is asked for it."""


@dataclass(frozen=True)
class Table:
    """frame: as its measure returned it, less what the public does not see; measure: its name, ''
    for a list; reference: '' where the figures cannot be asked for again in this form."""

    name: str
    frame: pd.DataFrame
    window: Window | None = None
    measure: str = ""
    reference: str = ""


Tables = dict[str, Table]


def read_tables(edition: Edition) -> Tables:
    tables = {name: answer(edition, name, question) for name, question in ASKED.items()}
    tables["dormancy_by_department"] = _dormancy(edition)
    return tables


def answer(
    edition: Edition,
    name: str,
    question: Asked,
    selection: Selection = Selection(),  # noqa: B008  frozen
) -> Table:
    """What a measure says; without what rests on fines, which has then no reference."""
    window, snapshot = question.over(edition), edition.snapshot
    figure = asked(question.measure, question.by, window, snapshot, selection, question.options)
    frame = figure.compute(snapshot)
    public = without_fines(frame)
    number = reference(figure, frame) if len(public) == len(frame) else ""
    return Table(name, public, window, question.measure, number)


def without_fines(frame: pd.DataFrame) -> pd.DataFrame:
    if "measure" not in frame:
        return frame
    return frame[~frame["measure"].isin(RESTS_ON_FINES)].reset_index(drop=True)


def _dormancy(edition: Edition) -> Table:
    """Every department's powers by state; the reference is that of the states counted."""
    snapshot, year = edition.snapshot, edition.year
    figure = asked("dormant", ("power",), year, snapshot, Selection(), {})
    number = reference(figure, figure.compute(snapshot))
    counts = dormancy_by_department(snapshot, year)
    return Table("dormancy_by_department", counts, year, "dormant", number)
