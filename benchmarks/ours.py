"""Our side of the questions: measures over a snapshot, no answer kept.

Making ready is the roll-up of the raw cases, a part at a time, and the cube: our index. What of
it stays between two questions are the order of units and powers and what was held in which days.
"""

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq

from benchmarks.cases import ACTIONS, OUTCOMES, day_texts
from benchmarks.register import read_labels
from benchmarks.rows import MONTHS, YEAR, register_in
from registry import db
from registry.catalogue import Catalogue
from registry.measures.distribution import deciles, unit_rates
from registry.measures.exercise import dormant, exercise_rate
from registry.snapshot import Snapshot
from registry.usage import USAGE, UsageCube, monthly_usage

QUESTIONS: dict[str, Callable[[Snapshot], pd.DataFrame]] = {
    "rates": lambda snapshot: exercise_rate(snapshot, YEAR, ("district", "department")),
    "months": lambda snapshot: exercise_rate(snapshot, YEAR, ("unit", "month")),
    "dormant": lambda snapshot: dormant(snapshot, YEAR, ("district",)),
    "deciles": lambda snapshot: deciles(unit_rates(snapshot, YEAR)),
}
STRETCHES = {"rates": 1, "months": len(YEAR), "dormant": 1, "deciles": 1}
"""Windows whose counts a question reads."""

LAYER_BYTES = 2 * np.dtype(np.int32).itemsize + np.dtype(bool).itemsize
"""Of a unit and power in a window: the counts before and after it, whether it was held."""


class Ours:
    def __init__(self, folder: Path) -> None:
        catalogue, holdings = read_labels(db.engine_for(register_in(folder)))
        usage = USAGE.combine(
            *(parts := list(_counted(folder, catalogue))), signs=(1,) * len(parts)
        )
        cube = UsageCube.build(usage, catalogue.units, catalogue.powers, MONTHS)
        everywhere = np.ones((len(MONTHS), len(catalogue.units)), dtype=bool)
        self.snapshot = Snapshot(catalogue, holdings, cube, everywhere, ~everywhere, 1, 1, 1)

    def ask(self, question: str) -> pd.DataFrame:
        return QUESTIONS[question](self.snapshot)

    def bytes_read(self, question: str) -> int:
        """Of the cube and the holdings, by one question."""
        catalogue = self.snapshot.catalogue
        return STRETCHES[question] * len(catalogue.units) * len(catalogue.powers) * LAYER_BYTES


def _counted(folder: Path, catalogue: Catalogue) -> Iterator[pd.DataFrame]:
    """The roll-up of each row group, which holds whole cases."""
    log = pq.ParquetFile(folder / "log.parquet")
    for number in range(log.num_row_groups):
        yield monthly_usage(*_as_cases(log.read_row_group(number).to_pandas(), catalogue))


def _as_cases(rows: pd.DataFrame, catalogue: Catalogue) -> tuple[pd.DataFrame, pd.DataFrame]:
    """(cases, links) as `monthly_usage` takes them."""
    first = rows["nth"].eq(1).to_numpy()
    number = np.cumsum(first)
    links = pd.DataFrame(
        {
            "case_id": number,
            "power_id": catalogue.powers["id"].to_numpy()[rows["power"]],
        }
    )
    own = rows[first]
    cases = pd.DataFrame(
        {
            "id": number[first],
            "unit_id": catalogue.units["id"].to_numpy()[own["unit"]],
            "action": pd.Categorical.from_codes(own["action"], ACTIONS),
            "case_day": day_texts(own["day"].to_numpy().astype("datetime64[D]")),
            "outcome": pd.Categorical.from_codes(own["outcome"], OUTCOMES),
            "fine_cny": np.nan,
        }
    )
    return cases, links
