"""What the tests of the intake share: logs written as tables, and what became of them."""

import csv
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import sqlalchemy as sa
import xlsxwriter
from sqlalchemy.engine import Engine

from registry import db, models
from registry.audit import check_register
from registry.intake.commit import import_log
from registry.intake.declaration import Declaration
from registry.intake.report import Report
from registry.window import Window

Table = Sequence[Sequence[Any]]

TODAY = date(2023, 1, 1)
HEADINGS = ("案号", "执法单位", "职权编码", "执法类型", "决定日期")
FIELDS = ("case_no", "unit", "power", "action", "decided_on")
HEADING = dict(zip(FIELDS, HEADINGS, strict=True)) | {
    "procedure": "适用程序",
    "party_type": "当事人类型",
    "filed_on": "立案日期",
    "closed_on": "结案日期",
    "annulled_on": "撤销日期",
    "outcome": "处理结果",
    "fine_cny": "罚款金额",
    "review_required": "是否法制审核",
    "review_requested_on": "送审日期",
    "review_completed_on": "审核完成日期",
    "review_outcome": "审核结果",
}
COUNTS = ("read", "accepted", "corrected", "unchanged", "quarantined", "skipped")


def make_row(**fields: Any) -> dict[str, Any]:
    """A row of Dongcheng's log of 2020: a penalty of Donghuamen under UM001."""
    return {
        "case_no": "京东罚字〔2020〕1号",
        "unit": "东华门街道",
        "power": "UM001",
        "action": "行政处罚",
        "decided_on": "2020-08-01",
    } | fields


def make_table(*rows: dict[str, Any], without: Sequence[str] = ()) -> list[list[Any]]:
    """Rows by field below their Chinese headings; a field that a row lacks is blank."""
    fields = [f for f in dict.fromkeys(f for row in rows for f in row) if f not in without]
    return [[HEADING[f] for f in fields], *([row.get(f, "") for f in fields] for row in rows)]


def counts(report: Report) -> tuple[int, ...]:
    """read, accepted, corrected, unchanged, quarantined, skipped."""
    return tuple(getattr(report, name) for name in COUNTS)


def codes(notes: Sequence[dict[str, Any]]) -> list[str]:
    """Codes of problems or warnings, sorted."""
    return sorted(note["code"] for note in notes)


def reasons(report: Report) -> list[str]:
    return [problem["reason"] for problem in report.problems]


@dataclass(frozen=True)
class Intake:
    """A register in a database and a folder for logs."""

    engine: Engine
    folder: Path

    def send(
        self,
        source: Path | Table,
        district: str | tuple[str, ...] = "110101",
        months: str = "2020-07..2020-12",
        *,
        today: date = TODAY,
        dry_run: bool = False,
        **declared: Any,
    ) -> Report:
        """Import a file, or a table written as CSV."""
        path = source if isinstance(source, Path) else self.write(source)
        districts = (district,) if isinstance(district, str) else district
        declaration = Declaration(districts, Window.parse(months), **declared)
        return import_log(
            path, declaration, today=today, actor="test", on=self.engine, dry_run=dry_run
        )

    def bring_back(self, path: Path, today: date = TODAY) -> Report:
        """Import a mended workbook of problems, which declares nothing."""
        return import_log(path, None, today=today, actor="test", on=self.engine)

    def write(self, rows: Table) -> Path:
        path = self.folder / f"table-{len(list(self.folder.glob('table-*')))}.csv"
        with path.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows(rows)
        return path

    def workbook(self, **sheets: Table) -> Path:
        """Cells keep their types: numbers, dates, text."""
        path = self.folder / f"book-{len(list(self.folder.glob('book-*')))}.xlsx"
        options = {"default_date_format": "yyyy-mm-dd"}
        with xlsxwriter.Workbook(str(path), options) as book:
            for name, rows in sheets.items():
                sheet = book.add_worksheet(name)
                for number, row in enumerate(rows):
                    sheet.write_row(number, 0, row)
        return path

    def cases(self, only_current: bool = True) -> list[dict[str, Any]]:
        """Versions of cases with codes for units and powers, in the order of their numbers."""
        shape, links = db.table(models.Case), db.table(models.CasePower)
        units, powers = db.table(models.Unit), db.table(models.Power)
        query = sa.select(shape, units.c.code.label("unit")).join(
            units, units.c.id == shape.c.unit_id
        )
        if only_current:
            query = query.where(shape.c.superseded_in.is_(None))
        named = sa.select(links.c.case_id, powers.c.code).join(
            powers, powers.c.id == links.c.power_id
        )
        with db.reading(self.engine) as connection:
            rows = connection.execute(query.order_by(shape.c.id)).mappings().all()
            pairs = connection.execute(named.order_by(powers.c.code)).all()
        return [
            dict(row) | {"powers": [code for case, code in pairs if case == row["id"]]}
            for row in rows
        ]

    def the_case(self) -> dict[str, Any]:
        """The only current case."""
        (case,) = self.cases()
        return case

    def rows_in(self, model: type) -> int:
        with db.reading(self.engine) as connection:
            return connection.scalar(sa.select(sa.func.count()).select_from(db.table(model)))

    def open_problems(self) -> Counter[str]:
        """Reason codes of the open problems."""
        from registry.intake.problems import read_problems

        with db.reading(self.engine) as connection:
            return Counter(r["code"] for p in read_problems(connection) for r in p.reasons)

    def is_sound(self) -> bool:
        """Roll-up, digests and row counts agree with the cases."""
        with db.reading(self.engine) as connection:
            return all(check["ok"] for check in check_register(connection))
