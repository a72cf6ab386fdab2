"""How units differ in their own rate, compared only among their like (DOMAIN §5, scale effect).

Breadth grows with volume: a unit is set beside units of its own kind and of its own band of case
volume, never beside all. No ranking: the groups are described by their deciles.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from registry.measures.exercise import Basis, exercise_rate
from registry.measures.grouping import Selection
from registry.snapshot import Snapshot
from registry.window import Window

VOLUME_BANDS = ((0, "under_50"), (50, "50_199"), (200, "200_999"), (1000, "1000_and_over"))
"""Lower bound in cases a year, and the band's code; edges after DOMAIN §5 (50 and 1,000)."""

DECILES = tuple(range(10, 100, 10))


def unit_rates(
    snapshot: Snapshot,
    window: Window,
    *,
    basis: Basis = "decision",
    min_cases: int = 1,
    selection: Selection = Selection(),  # noqa: B008  frozen
) -> pd.DataFrame:
    """Each unit's own rate, with `district`, `unit_kind` and `volume_band`.

    The band counts the unit's cases of any action in the window, each once, as cases a year of
    the months that were returned; a unit without returns has no band.
    """
    rates = exercise_rate(
        snapshot, window, ("unit",), basis=basis, min_cases=min_cases, selection=selection
    )
    units = snapshot.catalogue.units
    place = pd.Index(units["code"]).get_indexer(rates["unit"])
    return rates.assign(
        district=units["district_code"].to_numpy()[place],
        unit_kind=units["unit_kind"].to_numpy()[place],
        volume_band=_volume_bands(snapshot, window)[place],
    )


def _volume_bands(snapshot: Snapshot, window: Window) -> np.ndarray:
    """object[units]: the band's code, None where nothing was returned."""
    totals = window.rows(snapshot.cube.totals)
    place = pd.Index(snapshot.catalogue.units["id"]).get_indexer(totals["unit_id"])
    months = snapshot.over(snapshot.returned, window).sum(axis=0)
    count = np.bincount(place, totals["cases"], minlength=len(months))
    edges = [edge for edge, _ in VOLUME_BANDS]
    a_year = np.divide(count * 12, months, out=np.zeros(len(count)), where=months > 0)
    codes = np.array([code for _, code in VOLUME_BANDS], dtype=object)
    band = codes[np.searchsorted(edges, a_year, side="right") - 1]
    band[months == 0] = None
    return band


def deciles(rates: pd.DataFrame, by: Sequence[str] = ("unit_kind", "volume_band")) -> pd.DataFrame:
    """Deciles of the units' own rates within each group: `units`, `p10` … `p90`.

    rates: as `unit_rates` returns; units whose value is missing are left out. The inverted
    empirical distribution: each decile is the rate of some unit.
    """
    known = rates[rates["value"].notna() & rates["volume_band"].notna()]
    records = []
    for labels, group in known.groupby(list(by), sort=True):
        values = deciles_of(group["value"])
        record = dict(zip(by, labels, strict=True)) | {"units": len(group)}
        records.append(record | {f"p{d}": v for d, v in zip(DECILES, values, strict=True)})
    return pd.DataFrame(records, columns=[*by, "units", *(f"p{d}" for d in DECILES)])


def deciles_of(values: pd.Series) -> tuple[float, ...]:
    """The nine deciles of the values that are known, each one of them; NaN where none is."""
    known = values.dropna()
    if known.empty:
        return (np.nan,) * len(DECILES)
    return tuple(np.percentile(known, DECILES, method="inverted_cdf").tolist())
