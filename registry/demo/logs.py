"""The districts' log files: which file holds what, and writing them all.

In: a folder, the cases of the truth and their names. Out: the files and a `DemoLog` for each, in
the order in which they should be imported.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd

from registry.demo.cells import headings_of, log_cells
from registry.demo.files import FORMS
from registry.demo.mess import Sheet, litter, spoil
from registry.demo.names import Names
from registry.demo.styles import FIELD_OF, STYLES, Style
from registry.demo.world import MONTHS, UNRETURNED, Rng

SEED = 20200701
HALVES = (("01", "06"), ("07", "12"))
# Months of a file: half-years, calendar years, or the delegation's own years.
PIECES = {
    "half": [
        ("2020-07", "2020-12"),
        *((f"{year}-{a}", f"{year}-{b}") for year in (2021, 2022) for a, b in HALVES),
        ("2023-01", "2023-06"),
    ],
    "year": [
        ("2020-07", "2020-12"),
        *((f"{year}-01", f"{year}-12") for year in (2021, 2022)),
        ("2023-01", "2023-06"),
    ],
    "law_year": [(f"{year}-07", f"{year + 1}-06") for year in (2020, 2021, 2022)],
}
# One district sends this piece twice: first with slips, last of all corrected.
RESENT = ("110107", ("2022-01", "2022-12"))
WRONG_FINES, WRONG_OUTCOMES = 0.04, 0.01
ACTIONS = {"penalty": "行政处罚", "inspection": "行政检查", "coercion": "行政强制"}
INSTRUCTIONS = "填表说明：1.日期按实际办理日期填写；2.一案涉及多项职权的逐项填写；3.没有的留空。"
GROUPS = {"case_no": "案件信息", "filed_on": "办理情况", "review_required": "法制审核"}


@dataclass(frozen=True)
class DemoLog:
    """One file and how to declare it: months with both ends, `mapping` heading → field."""

    path: Path
    districts: tuple[str, ...]
    months: tuple[str, str]
    mapping: dict[str, str] = field(default_factory=dict)
    constants: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Piece:
    """What one file is about; `action` only where it holds that action alone."""

    district: str
    months: tuple[str, str]
    action: str = ""

    @property
    def start(self) -> pd.Timestamp:
        return pd.Timestamp(self.months[0])

    def of(self, cases: pd.DataFrame) -> pd.DataFrame:
        """The piece's rows among its district's cases, in the order of the days."""
        day = cases["decided_on"]
        end = pd.Period(self.months[1], freq="M").end_time
        rows = cases[(day >= self.start) & (day <= end)]
        rows = rows[rows["action"] == self.action] if self.action else rows
        return rows.sort_values("decided_on", kind="stable")


def write_demo_logs(
    folder: Path,
    truth: pd.DataFrame,
    names: Names,
    seed: int = SEED,
    districts: Collection[str] = tuple(STYLES),
) -> list[DemoLog]:
    """Write the districts' files into `folder`; importing them in this order gives `truth`.

    A district's files are the same whether or not others are written with them.
    """
    folder.mkdir(parents=True, exist_ok=True)
    of_district = {str(code): cases for code, cases in truth.groupby("district")}
    logs, again = [], []
    for number, piece in enumerate(_pieces()):
        if piece.district not in districts:
            continue
        cases = piece.of(of_district[piece.district])
        write = partial(_write_log, folder, piece, names, [seed, 5, number])
        if (piece.district, piece.months) == RESENT:
            again.append(partial(write, cases, corrected=True))
            cases = _with_slips(cases, np.random.default_rng([seed, 6]))
        logs.append(write(cases))
    return logs + [write() for write in again]


def _pieces() -> Iterator[Piece]:
    for district, style in STYLES.items():
        actions = ("penalty", "inspection") if style.inspection_headings else ("",)
        for action in actions:
            for months in PIECES[style.pieces]:
                yield Piece(district, _returned(district, months), action)
        if style.coercion_headings:
            yield Piece(district, (str(MONTHS[0]), str(MONTHS[-1])), "coercion")


def _returned(district: str, months: tuple[str, str]) -> tuple[str, str]:
    missing = UNRETURNED.get(district)
    last = str(pd.Period(missing, freq="M") - 1) if missing else months[1]
    return months[0], min(months[1], last)


def _with_slips(cases: pd.DataFrame, rng: Rng) -> pd.DataFrame:
    """The first version of a log that is corrected later: wrong fines, wrong outcomes."""
    punished = cases["outcome"].eq("punished").to_numpy()
    drawn = rng.random(len(cases))
    fine = cases["fine_cny"].mask(punished & (drawn < WRONG_FINES), cases["fine_cny"] + 100)
    wrong = punished & (drawn > 1 - WRONG_OUTCOMES)
    outcome = cases["outcome"].mask(wrong, "not_punished")
    return cases.assign(fine_cny=fine.mask(wrong), outcome=outcome)


def _write_log(
    folder: Path,
    piece: Piece,
    names: Names,
    seed: list[int],
    cases: pd.DataFrame,
    corrected: bool = False,
) -> DemoLog:
    rng = np.random.default_rng(seed)
    style = STYLES[piece.district]
    headings = headings_of(style, piece.action)
    table = log_cells(cases, headings, style, names, rng)
    if not corrected:
        table = spoil(table, headings, style, piece.start, rng)
    title = _title(piece, names)
    sheets = [
        _sheet(name, part, headings, style, title, rng) for name, part in _parts(table, style)
    ]
    if style.sheets:
        sheets.append(Sheet("Sheet3", []))
    form = FORMS[style.form]
    path = folder / f"{title}{'（更正）' if corrected else ''}{form.suffix}"
    form.write(path, sheets)
    constants = {"action": ACTIONS[piece.action]} if piece.action not in ("", "penalty") else {}
    return DemoLog(path, (piece.district,), piece.months, dict(style.mapping), constants)


def _title(piece: Piece, names: Names) -> str:
    about = ACTIONS.get(piece.action, "综合行政执法")
    return f"{names.current[piece.district]}{about}台账（{piece.months[0]}至{piece.months[1]}）"


def _parts(table: pd.DataFrame, style: Style) -> Iterator[tuple[str, pd.DataFrame]]:
    if style.sheets == "month":
        for month, part in table.groupby("month"):
            yield f"{int(str(month)[5:])}月", part
    elif style.sheets == "action":
        for action, name in ACTIONS.items():
            yield name, table[table["action"] == action]
    else:
        yield "Sheet1", table


def _sheet(
    name: str, table: pd.DataFrame, headings: list[str], style: Style, title: str, rng: Rng
) -> Sheet:
    above: list[list[object]] = []
    if style.title:
        above = [[title], [INSTRUCTIONS]]
    titles = len(above)
    if style.grouped:
        above.append([GROUPS.get(FIELD_OF[heading], "") for heading in headings])
    return Sheet(name, above + litter(table, headings, style, rng), titles)
