"""The districts' monthly returns: which file holds what, and writing them all.

In: a folder, the truth of each kind and the reference tables. Out: the files and a `DemoReturn`
for each, in the order in which they should be imported.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd

from registry.demo.demand import demo_complaints
from registry.demo.departments import demo_training, demo_whistles
from registry.demo.files import FORMS
from registry.demo.logs import PIECES, SEED
from registry.demo.mess import Sheet
from registry.demo.names import Names
from registry.demo.return_cells import Words, return_cells, return_headings
from registry.demo.return_mess import BAD, litter, spoil
from registry.demo.return_styles import FIELD_OF, RETURN_STYLES, ReturnStyle
from registry.demo.staffing import demo_staffing
from registry.demo.world import MONTHS, UNRETURNED
from registry.intake.declaration import Declaration
from registry.window import Window, parse_month

KINDS = ("staffing", "complaints", "whistles", "training")
EXPORTED = ("complaints", "whistles")
TITLES = {
    "staffing": "综合行政执法力量月报",
    "complaints": "12345市民诉求月报",
    "whistles": "吹哨报到月报",
    "training": "业务培训与联合执法月报",
}
INSTRUCTIONS = "填表说明：1.按月填报；2.没有的填0或留空；3.报送月份按实际统计月份填写。"
# One district's first staffing return holds a single month and no column of months; another
# sends a year of staffing twice: first with slips, last of all corrected.
ONE_MONTH = ("110109", "staffing")
RESENT = ("110107", "staffing", ("2022-01", "2022-12"))
SLIPS = 0.1


@dataclass(frozen=True)
class DemoReturn:
    """One file and how to declare it: months with both ends, `mapping` heading → field.

    bad: the row numbers of its sheet that must be quarantined. missing: how many rows of the truth
    it lacks, as bad rows stand in their place.
    """

    path: Path
    kind: str
    district: str
    months: tuple[str, str]
    bad: tuple[int, ...]
    missing: int
    mapping: Mapping[str, str] = field(default_factory=dict)

    @property
    def declaration(self) -> Declaration:
        window = Window(*map(parse_month, self.months))
        return Declaration((self.district,), window, mapping=self.mapping, kind=self.kind)


@dataclass(frozen=True)
class Piece:
    """What one file is about."""

    kind: str
    district: str
    months: tuple[str, str]

    @property
    def window(self) -> Window:
        return Window(*map(parse_month, self.months))

    def of(self, truth: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
        """The piece's rows, month by month."""
        rows, window = truth[self.kind], self.window
        inside = rows["month"].between(window.first, window.last)
        rows = rows[inside & rows["district"].eq(self.district)]
        return rows.sort_values("month", kind="stable", ignore_index=True)


def demo_returns(
    powers: pd.DataFrame,
    units: pd.DataFrame,
    topics: pd.DataFrame,
    cases: pd.DataFrame,
    seed: int = SEED,
) -> dict[str, pd.DataFrame]:
    """Kind → the rows that happened, as staffing, demand and departments say them."""
    return {
        "staffing": demo_staffing(units, cases, seed),
        "complaints": demo_complaints(units, powers, topics, cases, seed),
        "whistles": demo_whistles(units, seed),
        "training": demo_training(units, seed),
    }


def write_demo_returns(
    folder: Path,
    truth: Mapping[str, pd.DataFrame],
    names: Names,
    words: Words,
    seed: int = SEED,
    districts: Collection[str] = tuple(RETURN_STYLES),
) -> list[DemoReturn]:
    """Write the districts' files into `folder`; imported in this order they give `truth`, less
    what bad rows stand for."""
    folder.mkdir(parents=True, exist_ok=True)
    files, again = [], []
    for number, piece in enumerate(_pieces()):
        if piece.district not in districts:
            continue
        rows = piece.of(truth)
        write = partial(_write_return, folder, piece, names, words, [seed, 15, number])
        if (piece.district, piece.kind, piece.months) == RESENT:
            again.append(partial(write, rows, corrected=True))
            rows = _with_slips(rows, np.random.default_rng([seed, 16]))
        files.append(write(rows))
    return files + [write() for write in again]


def _pieces() -> Iterator[Piece]:
    first, last = str(MONTHS[0]), str(MONTHS[-1])
    for kind in KINDS:
        for district, style in RETURN_STYLES.items():
            end = str(pd.Period(UNRETURNED.get(district, str(MONTHS[-1] + 1)), freq="M") - 1)
            pieces = [(first, last)]
            if kind == "staffing" and style.yearly:
                pieces = PIECES["year"]
            if (district, kind) == ONE_MONTH:
                pieces = [(first, first), (str(MONTHS[1]), last)]
            for begin, until in pieces:
                yield Piece(kind, district, (begin, min(until, end)))


def _with_slips(rows: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """The first version of a return that is corrected later: some officers too many in post."""
    slip = (rng.random(len(rows)) < SLIPS).astype(int)
    return rows.assign(in_post=rows["in_post"] + slip)


def _write_return(
    folder: Path,
    piece: Piece,
    names: Names,
    words: Words,
    seed: list[int],
    rows: pd.DataFrame,
    corrected: bool = False,
) -> DemoReturn:
    rng = np.random.default_rng(seed)
    style = RETURN_STYLES[piece.district]
    headings = _headings(piece, style)
    table = return_cells(rows, piece.kind, headings, style, names, words, rng)
    if corrected or len(piece.window) == 1:
        table[BAD] = False
    else:
        table = spoil(table, rows, piece.kind, style, piece.window.first, rng)
    title = f"{names.current[piece.district]}{TITLES[piece.kind]}（{'至'.join(piece.months)}）"
    sheet, bad = litter(table, piece.kind, [title, INSTRUCTIONS] if style.title else [], rng)
    form = FORMS[(piece.kind in EXPORTED and style.export) or style.form]
    path = folder / f"{title}{'（更正）' if corrected else ''}{form.suffix}"
    form.write(path, [Sheet("Sheet1", sheet, 2 if style.title else 0)])
    missing = len(rows) - int((~table[BAD].astype(bool)).sum())
    used = {h: f for h, f in style.mapping.items() if h in headings}
    return DemoReturn(path, piece.kind, piece.district, piece.months, tuple(bad), missing, used)


def _headings(piece: Piece, style: ReturnStyle) -> list[str]:
    """Without a column of months where the file is about one month."""
    headings = return_headings(piece.kind, style)
    fields = FIELD_OF[piece.kind]
    return [h for h in headings if fields[h] != "month" or len(piece.window) > 1]
