"""What a file seems to speak for: proposed to the person at the terminal, never assumed."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from sqlalchemy.engine import Connection

from registry.catalogue import Catalogue, read_catalogue
from registry.intake.cases import case_days, match_rows
from registry.intake.clean import clean_rows
from registry.intake.declaration import Declaration
from registry.intake.layout import LogRows, lay_out
from registry.intake.readers import read_document
from registry.window import Window, month_of


@dataclass(frozen=True)
class Proposal:
    """Districts of the units that the rows name, and the span of their days."""

    districts: tuple[str, ...]
    window: Window | None


def propose(connection: Connection, path: Path, draft: Declaration) -> Proposal:
    """Read a file and say which districts and months it covers; `draft` maps its columns."""
    log = lay_out(read_document(path), draft, path.name)
    return proposal_of(log, draft, read_catalogue(connection))


def proposal_of(log: LogRows, draft: Declaration, catalogue: Catalogue) -> Proposal:
    """The same of a log that has been laid out."""
    everywhere = Declaration(
        tuple(catalogue.districts["code"]),
        draft.window,
        (),
        draft.mapping,
        draft.constants,
        draft.sheet,
    )
    clean = clean_rows(log.cells, np.ones(len(log), dtype=np.int64), len(log))
    rows = match_rows(log, clean, catalogue, everywhere)
    named = catalogue.units["district_code"].iloc[np.unique(rows.unit[rows.unit >= 0])]
    days = case_days(rows.content)
    days = days[~np.isnat(days)]
    window = None
    if len(days):
        first, last = days.min().item(), days.max().item()
        window = Window(month_of(first), month_of(last))
    return Proposal(tuple(dict.fromkeys(named)), window)
