"""`--replace`: cases of the declared units and months that the file no longer has."""

from typing import Any

import numpy as np
import pandas as pd
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from registry import models
from registry.catalogue import Catalogue
from registry.db import read_frame, table
from registry.intake.cases import ACTIONS
from registry.intake.declaration import Declaration
from registry.intake.verdict import Verdict
from registry.intake.write import end_versions
from registry.rollup import CASE_COLUMNS
from registry.rollups import roll_up


def absent_cases(
    connection: Connection, verdict: Verdict, declaration: Declaration, catalogue: Catalogue
) -> list[dict[str, Any]]:
    """Current cases of the covered units and months that no row of the file names."""
    shape = table(models.Case)
    units = sorted({unit for unit, _ in declaration.covered(catalogue)})
    window = declaration.window
    query = sa.select(*(shape.c[c] for c in CASE_COLUMNS), shape.c.case_no, shape.c.case_key).where(
        shape.c.superseded_in.is_(None),
        shape.c.unit_id.in_(units),
        shape.c.case_day >= window.start,
        shape.c.case_day < window.end,
    )
    found = read_frame(connection, query)
    cases = verdict.state.cases
    named = cases.identified
    ids = catalogue.units["id"].to_numpy()[cases.unit[named]].tolist()
    actions = np.array(ACTIONS, dtype=object)[cases.action[named]].tolist()
    said = set(zip(ids, actions, cases.case_key[named].tolist(), strict=True))
    # A row whose unit or action is not known may be any case of its number.
    perhaps = set(cases.case_key[~named].tolist())
    codes = dict(zip(catalogue.units["id"], catalogue.units["code"], strict=True))
    return [
        row | {"unit": codes[row["unit_id"]]}
        for row in found.to_dict("records")
        if (row["unit_id"], row["action"], row["case_key"]) not in said
        and row["case_key"] not in perhaps
    ]


def end_absent(connection: Connection, ended: list[dict[str, Any]], act: int) -> None:
    """End these cases and take them off the roll-up."""
    if not ended:
        return
    frame = pd.DataFrame(ended)
    shape = table(models.CasePower)
    links = read_frame(
        connection, sa.select(shape).where(shape.c.case_id.in_(frame["id"].tolist()))
    )
    end_versions(connection, frame["id"].to_numpy(), act)
    roll_up(connection, minus=(frame, links))
