"""What became of a file's rows, in words: status, problems, warnings, each with its place.

In: rows of a file and findings on them. Out: notes, which say where, what was found and what
would be right.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import compress
from typing import Any, ClassVar, Self

import numpy as np
import pandas as pd

from registry.errors import RegistryError
from registry.intake.clean import text_of
from registry.intake.layout import LogRows
from registry.language import N_, Series, Text

ACCEPTED, CORRECTED, UNCHANGED, QUARANTINED, SKIPPED = (
    "accepted",
    "corrected",
    "unchanged",
    "quarantined",
    "skipped",
)
SHOWN = 200
"""Characters of a cell that a note repeats."""

FOUND = N_("{value} ")
REASON = N_("第 {row} 行「{column}」：{found}{what}")
STATUSES = (ACCEPTED, CORRECTED, UNCHANGED, QUARANTINED, SKIPPED)


@dataclass(frozen=True)
class Finding:
    """Cases (or rows) that break a rule: `where` their numbers, `field` the column to look at."""

    where: np.ndarray
    field: str
    code: str


def marked(findings: list[Finding], count: int) -> np.ndarray:
    """bool[count]: what the findings are on."""
    marks = np.zeros(count, dtype=bool)
    for finding in findings:
        marks[finding.where] = True
    return marks


def of_other_rows(findings: list[Finding], rows: np.ndarray) -> list[Finding]:
    """The findings but for those on these rows, bool[rows]."""
    left = [replace(finding, where=finding.where[~rows[finding.where]]) for finding in findings]
    return [finding for finding in left if len(finding.where)]


class Judged:
    """Rows of a file with what became of each; a subclass says what they were judged as.

    `row_status` is the status of each row; `group_of_row` numbers what rows are of (a case, an
    entry of a return; -1: skipped), `TOGETHER` says so in words, `IDENTIFYING` is its field.
    """

    PROBLEMS: ClassVar[Mapping[str, str]]
    WARNINGS: ClassVar[Mapping[str, str]]
    IDENTIFYING: ClassVar[str]
    TOGETHER: ClassVar[str]

    log: LogRows
    row_status: pd.Categorical
    findings: list[Finding]
    warnings: list[Finding]

    @property
    def group_of_row(self) -> np.ndarray:
        raise NotImplementedError

    @property
    def unit_of_row(self) -> np.ndarray:
        """Position of each row's unit, negative where unknown."""
        raise NotImplementedError

    @property
    def is_silence_nil(self) -> bool:
        """Whether a covered unit of which the file has no row reports nothing, not no data."""
        return True

    def months_of(self, rows: np.ndarray) -> np.ndarray:
        """The month of each of these rows, 0 where unknown."""
        raise NotImplementedError

    def at_rows(self, row: np.ndarray) -> Self:
        """The same of rows that stand under other row numbers."""
        return replace(self, log=replace(self.log, row=row))  # type: ignore[type-var]

    def count(self, status: str) -> int:
        skipped = self.log.skipped.total() if status == SKIPPED else 0
        return int(self._counts.get(status, 0)) + skipped

    @cached_property
    def _counts(self) -> pd.Series:
        return self.row_status.value_counts()

    def cell(self, row: int, field: str) -> str:
        """The text of a mapped cell as its sender wrote it; '' where blank or absent."""
        if field not in self.log.cells:
            return ""
        return text_of(self.log.cells[field].array[row])  # many times quicker than `iloc`

    def contents(self, rows: np.ndarray) -> list[dict[str, str]]:
        """Field → text of each of these rows, ascending, for the fields that its sheet has;
        amounts carry their unit."""
        log = self.log
        chosen = np.isin(np.arange(len(log)), rows)
        contents: list[dict[str, str]] = [{} for _ in rows]
        for field in (field for field in log.form.fields if field in log.present):
            # Of cells in Arrow's chunks a mask is many times quicker than numbers of rows.
            cells, has = log.cells[field].array[chosen], log.present[field][rows]
            for content, cell in compress(zip(contents, cells, strict=True), has):
                content[field] = text_of(cell)
        for content, sheet in zip(contents, log.sheet[rows].tolist(), strict=True):
            for field, column in log.layouts[sheet].columns.items():
                if column.scale != 1 and content[field][-1:].isdigit():
                    content[field] += "万元"
        return contents

    def note(self, row: int, field: str, code: str, texts: Mapping[str, str]) -> dict[str, Any]:
        """One problem or warning: where, what was found, what would be right."""
        sheet = int(self.log.sheet[row])
        heading, value = self.log.heading(sheet, field), shortened(self.cell(row, field))
        number = int(self.log.row[row])
        found = FOUND.format(value=value) if value else ""
        return {
            "sheet": self.log.layouts[sheet].sheet.name,
            "row": number,
            "column": heading,
            "value": value,
            "code": code,
            # Chinese whoever checks: it is stored, and goes back to the district in its workbook.
            "reason": REASON.format(row=number, column=heading, found=found, what=texts[code]),
        }

    @cached_property
    def problems(self) -> dict[int, list[dict[str, Any]]]:
        """Quarantined row → its reasons; a sound row beside a flawed one names the other row."""
        reasons: dict[int, list[dict[str, Any]]] = {}
        for finding in self.findings:
            for row in finding.where.tolist():
                if self.row_status[row] == QUARANTINED:
                    reasons.setdefault(row, []).append(
                        self.note(row, finding.field, finding.code, self.PROBLEMS)
                    )
        group = self.group_of_row
        culprit = {int(group[row]): row for row in sorted(reasons, reverse=True)}
        for row in np.flatnonzero(self.row_status == QUARANTINED).tolist():
            if row not in reasons:
                reasons[row] = [self._beside(row, culprit[int(group[row])], reasons)]
        return dict(sorted(reasons.items()))

    def _beside(
        self, row: int, other: int, reasons: dict[int, list[dict[str, Any]]]
    ) -> dict[str, Any]:
        """The reason of a sound row: the flaw of another row of its case or entry."""
        rows = self.log.row
        text = f"第 {rows[row]} 行：与第 {rows[other]} 行{self.TOGETHER}，该行有问题"
        code = reasons[other][0]["code"]
        return self.note(row, self.IDENTIFYING, code, self.PROBLEMS) | {"reason": text}

    def warnings_by_row(self) -> Iterator[tuple[int, dict[str, Any]]]:
        """(row, warning), in no order."""
        for finding in self.warnings:
            for row in finding.where.tolist():
                yield row, self.note(row, finding.field, finding.code, self.WARNINGS)

    def warning_notes(self) -> list[dict[str, Any]]:
        notes = [note for _, note in self.warnings_by_row()]
        notes += [self._unread(name) for name in self.log.unread_sheets]
        return sorted(notes, key=lambda note: (note["sheet"], note["row"] or 0))

    def _unread(self, sheet: str) -> dict[str, Any]:
        code = "unread_sheet"
        text = f"工作表「{sheet}」：{self.WARNINGS[code].removeprefix('工作表')}"
        return unplaced_note(code, text) | {"sheet": sheet}


def shortened(text: str) -> str:
    """As much of a cell as tells its reader which one is meant."""
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}…"


def unplaced_note(code: str, reason: str) -> dict[str, Any]:
    """A note on the file as a whole, in the shape of one on a row."""
    note: dict[str, Any] = {"sheet": "", "row": None, "column": "", "value": ""}
    return note | {"code": code, "reason": reason}


def nothing_accepted(
    name: str, rows: int, notes: Sequence[dict[str, Any]], texts: Mapping[str, str]
) -> RegistryError:
    """Why a file with rows is refused whole: the first three of its problems."""
    own = [note for note in notes if texts[note["code"]] in note["reason"]]
    reasons: list[object] = [_reason(note, texts[note["code"]]) for note in own[:3]]
    # Rows may all be held back by rows beside them, which the file itself does not have.
    examples = Series(reasons or [note["reason"] for note in notes[:3]], N_("；"))
    return RegistryError(
        N_("{file} 的 {rows} 行没有一行可以接受，未存入任何内容：{examples}"),
        file=name,
        rows=rows,
        examples=examples,
    )


def _reason(note: Mapping[str, Any], text: str) -> Text:
    """A problem's reason as `Judged.note` stores it, but in the reader's language."""
    found = Text(FOUND, {"value": note["value"]}) if note["value"] else ""
    what = Series([Text(text), detail(note, text)], "")
    return Text(
        REASON, {"row": note["row"], "column": note["column"], "found": found, "what": what}
    )


def detail(note: Mapping[str, Any], text: str) -> str:
    """What a note says behind its text: numbers, in no language."""
    return str(note["reason"]).rpartition(text)[2]
