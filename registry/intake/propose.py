"""What a file seems to speak for: proposed to the person at the terminal, never assumed."""

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from sqlalchemy.engine import Connection

from registry.catalogue import Catalogue, read_catalogue
from registry.intake.cases import case_days, match_rows
from registry.intake.clean import clean_rows
from registry.intake.declaration import Declaration
from registry.intake.layout import LogRows, lay_out
from registry.intake.limits import shown
from registry.intake.monthly.form import MonthlyForm
from registry.intake.monthly.rows import read_rows
from registry.intake.readers import read_document
from registry.intake.routes import ROUTES
from registry.window import Window, month_of

NO_MONTH_ALONE = Window(190001, 190002)
"""Declared while nothing is: of two months, rows without one lie in neither."""


@dataclass(frozen=True)
class Proposal:
    """Districts of the units that the rows name, and the span of their days or months."""

    districts: tuple[str, ...]
    window: Window | None


def propose(connection: Connection, path: Path, draft: Declaration) -> Proposal:
    """Read a file and say which districts and months it covers; `draft` maps its columns."""
    catalogue = read_catalogue(connection)
    form = ROUTES[draft.kind].form(catalogue)
    return proposal_of(lay_out(read_document(path), draft, shown(path), form), draft, catalogue)


def proposal_of(log: LogRows, draft: Declaration, catalogue: Catalogue) -> Proposal:
    """The same of a log that has been laid out."""
    districts = tuple(catalogue.districts["code"])
    everywhere = replace(draft, districts=districts, units=(), window=NO_MONTH_ALONE)
    unit, months = _places_and_months(log, everywhere, catalogue)
    named = catalogue.units["district_code"].iloc[np.unique(unit[unit >= 0])]
    window = Window(min(months), max(months)) if months else None
    return Proposal(tuple(dict.fromkeys(named)), window)


def _places_and_months(
    log: LogRows, everywhere: Declaration, catalogue: Catalogue
) -> tuple[np.ndarray, list[int]]:
    """(positions of the units or districts of the rows, the months that they lie in)."""
    if isinstance(log.form, MonthlyForm):
        read = read_rows(log, log.form, everywhere, catalogue)
        return read.unit, read.month[read.month > 0].tolist()
    clean = clean_rows(log.cells, np.ones(len(log), dtype=np.int64), len(log))
    rows = match_rows(log, clean, catalogue, everywhere)
    days = case_days(rows.content)
    days = days[~np.isnat(days)]
    ends = [days.min().item(), days.max().item()] if len(days) else []
    return rows.unit, [month_of(day) for day in ends]
