"""The chase list (催报): what each district still owes, months and mended rows.

In: a snapshot, the open problems, a window. Out: two frames, unit-months that are missing, of
usage logs and of each kind of monthly return that has ever come in, and batches with open
problems. Missing is what completeness calls missing (DOMAIN §4, 5).
"""

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from registry import models
from registry.db import read_frame, table
from registry.export import write_workbook
from registry.intake.batches import open_batches
from registry.intake.monthly.checks import EVERY_PROBLEM
from registry.measures.completeness import months_held, months_returned
from registry.measures.grouping import Selection
from registry.returns import BY_DISTRICT, KINDS, USAGE_LOG
from registry.snapshot import Snapshot
from registry.window import Window, add_months, month_text

MISSING_COLUMNS = ("district", "district_name", "unit", "unit_name", "months", "count", "returns")
PROBLEM_COLUMNS = (
    *("district", "district_name", "batch", "file", "months", "count", "reason", "returns"),
)
RECORD_COLUMNS = (
    *("district", "district_name", "kind", "unit", "unit_name", "months", "count"),
    *("batch", "file", "reason", "returns"),
)
KINDS_ZH = {
    USAGE_LOG: "执法台账",
    "staffing": "人员",
    "complaints": "诉求",
    "whistles": "吹哨报到",
    "training": "培训与联合执法",
}
HEADINGS = {
    "district": "区代码",
    "district_name": "区",
    "unit": "单位代码",
    "unit_name": "单位",
    "months": "月份",
    "batch": "批次",
    "file": "文件",
    "reason": "最常见的问题",
    "returns": "报表",
}
SEND_BACK = "请在问题工作簿中改正，送回发来本清单的单位；写法无误的，请随附说明"
COUNTED = {"缺报": "缺报月数", "问题": "未解决行数"}


@dataclass(frozen=True)
class ChaseList:
    """`missing`: a row a unit and kind of return (`returns`), `count` its missing months.
    `problems`: a row a district and batch, `count` its open rows; `months` are those that the
    batch declares."""

    window: Window
    missing: pd.DataFrame
    problems: pd.DataFrame

    @property
    def units(self) -> int:
        """How many units, or districts, owe anything."""
        return self.missing["unit"].nunique()

    def records(self) -> list[dict[str, Any]]:
        """Both lists in one, by district, missing before problems."""
        kinds = (("missing", self.missing), ("problem", self.problems))
        rows = [
            dict.fromkeys(RECORD_COLUMNS) | row | {"kind": kind}
            for kind, frame in kinds
            for row in frame.to_dict("records")
        ]
        return sorted(rows, key=lambda row: (row["district"], row["kind"]))

    def write(self, path: Path) -> None:
        """A workbook with a sheet for each list."""
        sheets = {"缺报": self.missing, "问题": self.problems}
        write_workbook(path, {name: _in_chinese(frame, name) for name, frame in sheets.items()})


def _in_chinese(frame: pd.DataFrame, sheet: str) -> pd.DataFrame:
    named = frame.assign(returns=frame["returns"].map(KINDS_ZH))
    return named.rename(columns={**HEADINGS, "count": COUNTED[sheet]})


def chase_window(
    snapshot: Snapshot, today: date, first: int | None = None, last: int | None = None
) -> Window:
    """By default from the first to the last month of any usage log; without any, the last 12."""
    usual = snapshot.last_12_months(today)
    return Window(first or snapshot.first_returned or usual.first, last or usual.last)


def chase_list(
    snapshot: Snapshot, problems: pd.DataFrame, window: Window, districts: Sequence[str] = ()
) -> ChaseList:
    """What is owed within the window, by all districts or these. `problems`: `open_rows`.

    A kind of monthly return is owed from the first month of which anyone has sent it.
    Raises RegistryError for a code that is no district.
    """
    Selection(district=tuple(districts)).check(snapshot.catalogue)
    missing = [
        _missing(snapshot, kind, owed_in, districts)
        for kind in KINDS
        if (owed_in := _owed_window(snapshot, kind, window))
    ]
    return ChaseList(
        window,
        pd.concat(missing, ignore_index=True),
        _problems(problems, snapshot.catalogue.names("district"), window, districts),
    )


def _owed_window(snapshot: Snapshot, kind: str, window: Window) -> Window | None:
    """The part of the window in which a kind is owed; None where nobody has ever sent it."""
    if kind == USAGE_LOG:
        return window
    months = snapshot.cube.window
    returned = np.flatnonzero(months_returned(snapshot, months, kind).any(axis=1))
    if not len(returned):
        return None
    first = max(window.first, months.months[returned[0]])
    return Window(first, window.last) if first <= window.last else None


def _missing(
    snapshot: Snapshot, kind: str, window: Window, districts: Sequence[str]
) -> pd.DataFrame:
    units = snapshot.catalogue.units
    owed = missing_months(snapshot, window, kind)
    if districts:
        owed &= units["district_code"].isin(districts).to_numpy()
    names = snapshot.catalogue.names("district")
    months = np.array(window.months)
    rows = [
        {
            "district": unit.district_code,
            "district_name": names[str(unit.district_code)],
            "unit": unit.code,
            "unit_name": unit.name,
            "months": month_ranges(months[owed[:, position]].tolist()),
            "count": int(owed[:, position].sum()),
            "returns": kind,
        }
        for position, unit in enumerate(units.itertuples(index=False))
        if owed[:, position].any()
    ]
    frame = pd.DataFrame(rows, columns=list(MISSING_COLUMNS))
    return frame.sort_values(["district", "unit"], ignore_index=True)


def missing_months(snapshot: Snapshot, window: Window, kind: str = USAGE_LOG) -> np.ndarray:
    """bool[months, units]: the unit held a power on some day of the month and nothing covers it.

    Of kinds that districts send, the district's own row, where one of its units held a power.
    """
    return months_due(snapshot, window, kind) & ~months_returned(snapshot, window, kind)


def months_due(snapshot: Snapshot, window: Window, kind: str = USAGE_LOG) -> np.ndarray:
    """bool[months, units]: a return of this kind is due of the unit, or of the district."""
    due = months_held(snapshot, window)
    return _of_districts(due, snapshot.catalogue.units) if kind in BY_DISTRICT else due


def _of_districts(due: np.ndarray, units: pd.DataFrame) -> np.ndarray:
    """bool[months, units]: the row is a district's and one of its units is due."""
    result = np.zeros_like(due)
    rows = pd.Index(units["code"]).get_indexer(units["district_code"])
    theirs = (rows >= 0) & units["unit_kind"].eq("district").to_numpy()[rows]
    np.logical_or.at(result.T, rows[theirs], due.T[theirs])
    return result


def month_ranges(months: Sequence[int]) -> str:
    """[202305, 202306, 202309] → '2023-05..2023-06, 2023-09'; the months in order."""
    runs: list[list[int]] = []
    for month in months:
        if runs and add_months(runs[-1][-1], 1) == month:
            runs[-1].append(month)
        else:
            runs.append([month])
    return ", ".join(
        month_text(run[0]) if len(run) == 1 else f"{month_text(run[0])}..{month_text(run[-1])}"
        for run in runs
    )


def open_rows(connection: Connection) -> pd.DataFrame:
    """Every open problem of a batch that stands: `district` (that of its unit, else those that
    the batch declares, with commas), `first` and `last` month, `batch`, `file`, `reasons`."""
    shape, batch, unit = table(models.Problem), table(models.Batch), table(models.Unit)
    query = (
        sa.select(
            sa.func.coalesce(unit.c.district_code, batch.c.districts).label("district"),
            sa.func.coalesce(shape.c.month, batch.c.month_from).label("first"),
            sa.func.coalesce(shape.c.month, batch.c.month_to).label("last"),
            batch.c.month_from,
            batch.c.month_to,
            batch.c.id.label("batch"),
            batch.c.file_name.label("file"),
            batch.c.kind.label("returns"),
            shape.c.reasons,
        )
        .select_from(shape)
        .join(batch, batch.c.id == shape.c.batch_id)
        .join(unit, unit.c.id == shape.c.unit_id, isouter=True)
        .where(shape.c.resolved_in.is_(None), batch.c.withdrawn_in.is_(None), open_batches())
        .order_by(batch.c.id, shape.c.id)
    )
    return read_frame(connection, query)


def _problems(
    rows: pd.DataFrame, names: dict[str, str], window: Window, districts: Sequence[str]
) -> pd.DataFrame:
    inside = rows["first"].le(window.last) & rows["last"].ge(window.first)
    if districts:
        inside &= rows["district"].map(lambda codes: bool({*codes.split(",")} & {*districts}))
    records = [
        {
            "district": district,
            "district_name": "、".join(names.get(code, code) for code in district.split(",")),
            "batch": int(batch),
            "file": group["file"].iloc[0],
            "months": str(Window(int(group["month_from"].iloc[0]), int(group["month_to"].iloc[0]))),
            "count": len(group),
            "reason": _commonest(group["reasons"]),
            "returns": group["returns"].iloc[0],
        }
        for (district, batch), group in rows[inside.astype(bool)].groupby(["district", "batch"])
    ]
    return pd.DataFrame(records, columns=list(PROBLEM_COLUMNS))


def _commonest(reasons: pd.Series) -> str:
    """The reason that most rows have, in words; among equals the one met first."""
    counts = Counter(
        (reason["column"], reason["code"])
        for row in reasons
        for reason in {(r["column"], r["code"]): r for r in json.loads(row)}.values()
    )
    (column, code), _ = counts.most_common(1)[0]
    return f"「{column}」{_for_districts(EVERY_PROBLEM[code])}"


def _for_districts(text: str) -> str:
    """A district has no command line: it mends its rows and sends them to whoever chases them."""
    found, _sign, advice = text.partition("；")
    return f"{found}；{SEND_BACK}" if "registry" in advice else text
