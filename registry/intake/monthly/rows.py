"""Rows of a monthly return → what each says: month, unit, subject, numbers.

In: a file that has been laid out. Out: `ReturnRows`, one value per row and part, and the flaws
of rows by themselves. A part that cannot be read or matched is missing and named among the flaws.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from registry.catalogue import Catalogue
from registry.intake.clean import Distinct, Flaw, cell_text
from registry.intake.declaration import Declaration
from registry.intake.layout import LogRows
from registry.intake.match import OUTSIDE, UNKNOWN, PowerMatcher, UnitMatcher, text_key
from registry.intake.monthly.clean import parse_count, parse_month
from registry.intake.monthly.departments import Departments
from registry.intake.monthly.form import MonthlyForm
from registry.intake.monthly.topics import TopicMatcher
from registry.intake.notes import Finding
from registry.window import month_start

Key = tuple[Any, ...]
"""(unit_id, month, subjects …): what tells entries apart; texts of absent subjects are ''."""


@dataclass(frozen=True)
class ReturnRows:
    """Per row: `month` (0 where unknown), `unit` (position; UNKNOWN, OUTSIDE), `subjects` by
    field (None where unknown), `wording` (the subjects as written), `numbers` by field (None
    where blank) with `present`, the fields that its sheet has."""

    month: np.ndarray
    unit: np.ndarray
    subjects: dict[str, np.ndarray]
    wording: list[Key]
    numbers: dict[str, np.ndarray]
    present: dict[str, np.ndarray]
    findings: list[Finding]
    oddities: list[Finding]

    def said(self, row: int) -> dict[str, int | None]:
        """Field → number of a row, None where blank; absent columns have no entry."""
        return {f: values[row] for f, values in self.numbers.items() if self.present[f][row]}

    def known(self, row: int) -> tuple[int | None, int | None, list[str | None]]:
        """Position of the unit, month and subjects of a row, None where not known."""
        unit, month = int(self.unit[row]), int(self.month[row])
        subjects = [values[row] for values in self.subjects.values()]
        return (unit if unit >= 0 else None), (month or None), subjects


def read_rows(
    log: LogRows, form: MonthlyForm, declaration: Declaration, catalogue: Catalogue
) -> ReturnRows:
    """Read and match every cell of a return."""
    reader = _Reader(log, form, declaration, catalogue)
    month = reader.months()
    unit = reader.places(month)
    subjects = reader.subjects()
    numbers = {field: reader.counts(field) for field in form.numbers if field in log.cells}
    return ReturnRows(
        month=month,
        unit=unit,
        subjects=subjects,
        wording=reader.wording(),
        numbers=numbers,
        present={field: log.present[field] for field in numbers},
        findings=reader.findings,
        oddities=reader.oddities,
    )


@dataclass(frozen=True)
class _Texts:
    """A column as its distinct cells, and whether each row's cell is blank."""

    distinct: Distinct

    @property
    def blank(self) -> np.ndarray:
        return self.distinct.codes < 0

    def each(self, find: Callable[[str], Any]) -> np.ndarray:
        """What each row's text stands for, '' where it is blank; each text is looked up once."""
        found = [find(cell_text(value)) for value in self.distinct.values]
        return self.distinct.spread(found, "")


class _Reader:
    """Reads one file's columns, and gathers what is wrong with rows on the way."""

    def __init__(
        self, log: LogRows, form: MonthlyForm, declaration: Declaration, catalogue: Catalogue
    ) -> None:
        self.log, self.form = log, form
        self.declaration, self.catalogue = declaration, catalogue
        self.findings: list[Finding] = []
        self.oddities: list[Finding] = []

    def _column(self, field: str) -> Distinct:
        empty = pd.Series([None] * len(self.log), dtype=object)
        return Distinct.of(self.log.cells.get(field, empty))

    def _texts(self, field: str) -> _Texts:
        return _Texts(self._column(field))

    def _absent(self, field: str) -> np.ndarray:
        """bool: the row's sheet has no such column."""
        nowhere = np.zeros(len(self.log), dtype=bool)
        return ~self.log.present.get(field, nowhere)

    def _find(self, rows: np.ndarray, field: str, code: str) -> None:
        if rows.any():
            self.findings.append(Finding(np.flatnonzero(rows), field, code))

    def months(self) -> np.ndarray:
        """The month of each row, of the only one declared where its sheet has no such column."""
        column, window = self._column("month"), self.declaration.window
        parsed, flaws = column.read(partial(parse_month, declared=window), "month")
        month = column.spread([m or 0 for m in parsed], 0, np.int64)
        if len(window) == 1:
            month = np.where(self._absent("month"), window.first, month)
        unreadable = self._flawed(flaws)
        self._find((month == 0) & ~unreadable, "month", "missing_month")
        outside = (month > 0) & ((month < window.first) | (month > window.last))
        self._find(outside, "month", "month_outside")
        return month

    def _flawed(self, flaws: list[Flaw]) -> np.ndarray:
        marks = np.zeros(len(self.log), dtype=bool)
        for flaw in flaws:
            marks[flaw.rows] = True
            self.findings.append(Finding(flaw.rows, flaw.field, flaw.code))
        return marks

    def places(self, month: np.ndarray) -> np.ndarray:
        return self._districts() if self.form.place == "district" else self._units(month)

    def _units(self, month: np.ndarray) -> np.ndarray:
        """The unit that each row names on the first day of its month."""
        days = np.array(
            [np.datetime64(month_start(int(m)) if m else "NaT", "D") for m in month],
            dtype="datetime64[D]",
        )
        matcher = UnitMatcher(self.catalogue, self.declaration.districts)
        unit = matcher.match(self._column("unit"), days)
        declared = self.catalogue.units["code"].isin(self.declaration.units).to_numpy()
        outside = unit == OUTSIDE
        if self.declaration.units:
            outside |= (unit >= 0) & ~declared[unit]
        self._find(unit == UNKNOWN, "unit", "unknown_unit")
        self._find(outside, "unit", "unit_outside_district")
        self._find((unit >= 0) & ~outside & ~self._exists(unit, month), "unit", "unit_not_in_month")
        return unit

    def _exists(self, unit: np.ndarray, month: np.ndarray) -> np.ndarray:
        """bool: the unit is valid in the month, or one of the two is not known."""
        ids = self.catalogue.units["id"].to_numpy()
        covered = set(self.declaration.covered(self.catalogue))
        inside = (month >= self.declaration.window.first) & (month <= self.declaration.window.last)
        pairs = zip(ids[unit].tolist(), month.tolist(), strict=True)
        return np.array([pair in covered for pair in pairs], dtype=bool) | ~inside | (unit < 0)

    def _districts(self) -> np.ndarray:
        """The district's own row of `unit`; of the only one declared where no column says it."""
        names = self.catalogue.names("district")
        positions = {code: i for i, code in enumerate(self.catalogue.units["code"])}
        by_text = {text_key(name): code for code, name in names.items()}
        by_text |= {text_key(name)[:-1]: code for code, name in names.items() if len(name) > 2}
        by_text |= {text_key(code): code for code in names}
        code = self._texts("district").each(lambda text: by_text.get(text_key(text)))
        if len(self.declaration.districts) == 1:
            code = np.where(self._absent("district"), self.declaration.districts[0], code)
        unit = np.array([positions.get(c, UNKNOWN) if c else UNKNOWN for c in code], dtype=np.int64)
        outside = (unit >= 0) & ~pd.Series(code).isin(self.declaration.districts).to_numpy()
        self._find(unit == UNKNOWN, "district", "unknown_district")
        self._find(outside, "district", "unit_outside_district")
        return unit

    def subjects(self) -> dict[str, np.ndarray]:
        readers = {"topic": self._topics, "power": self._powers, "department": self._departments}
        found = {field: readers[field]() for field in self.form.subjects}
        if {"topic", "power"} <= found.keys():
            neither = (found["topic"] == "") & (found["power"] == "")
            self._find(neither, "topic", "no_subject")
            both = np.array([bool(t and p) for t, p in zip(*found.values(), strict=True)])
            if both.any():
                self.oddities.append(Finding(np.flatnonzero(both), "power", "topic_and_power"))
                found["power"] = np.where(both, "", found["power"])
        return found

    def _topics(self) -> np.ndarray:
        matcher = TopicMatcher(self.catalogue, self.declaration.districts)
        topic = self._texts("topic").each(matcher.find)
        self._find(_unknown(topic), "topic", "unknown_topic")
        return topic

    def _powers(self) -> np.ndarray:
        matcher, districts = PowerMatcher(self.catalogue), self.declaration.districts
        codes = self.catalogue.powers["code"].tolist()

        def named(text: str) -> list[str]:
            return [codes[position] for position in matcher.find(text, districts) or ()]

        texts = self._texts("power")
        several = texts.each(lambda text: len(named(text)) > 1) == np.True_
        power = texts.each(lambda text: next(iter(named(text)), None))
        self._find(_unknown(power), "power", "unknown_power")
        self._find(several, "power", "several_powers")
        power[several] = None
        return power

    def _departments(self) -> np.ndarray:
        """Codes of source departments; others by what they are called, where that may be."""
        departments = Departments(self.catalogue, self.declaration.districts)
        texts = self._texts("department")
        code = texts.each(departments.find)
        self._find(texts.blank, "department", "missing_department")
        unknown = _unknown(code)
        code[texts.blank] = None
        if self.form.place == "district":
            self._find(unknown, "department", "unknown_department")
            return code
        if unknown.any():
            self.oddities.append(
                Finding(np.flatnonzero(unknown), "department", "department_not_a_source")
            )
        return np.where(unknown, texts.each(_as_called), code)

    def counts(self, field: str) -> np.ndarray:
        """Whole numbers, None where blank or unreadable."""
        column = self._column(field)
        parsed, flaws = column.read(parse_count, field)
        self._flawed(flaws)
        return column.spread(parsed, None)

    def wording(self) -> list[Key]:
        """The subjects of each row as written: rows of one key may differ in them."""
        columns = [self._texts(f).each(text_key).tolist() for f in self.form.subjects]
        return list(zip(*columns, strict=True)) if columns else [()] * len(self.log)


def _as_called(text: str) -> str:
    return " ".join(text.split())


def _unknown(codes: np.ndarray) -> np.ndarray:
    """bool: the text stands for nothing."""
    return np.array([code is None for code in codes], dtype=bool)
