"""The four criteria of the report, each a band with the figures behind it; never one score.

In: evidence and limits. Out: bands as numbers into BANDS. Limits are arrays, one number a draw, so
that one set of limits and five hundred are judged by the same words.
"""

from collections.abc import Callable, Mapping

import numpy as np
import pandas as pd

from registry.adjustment.rules import BANDS, HIGH, LOW, MIDDLE, UNKNOWN

Draws = Mapping[str, np.ndarray]
"""Limit → float64[draws]."""

BEHIND = {
    "closeness": ("complaints_per_unit",),
    "frequency": ("cases_a_year",),
    "suitability": ("returned", "withdrawal_rate", "over_90_days"),
    "capacity": ("front_line", "cases_per_front_line_officer", "cases_per_reviewer"),
}
"""The figures that each criterion stands on."""

BURDENS = {
    "returned": "returned",
    "withdrawal_rate": "withdrawal",
    "over_90_days": "over_90",
    "cases_per_front_line_officer": "officer",
    "cases_per_reviewer": "reviewer",
}
"""Figures that weigh against a power → the name of their limits."""

_CODE = {name: number for number, name in enumerate(BANDS)}


def bands(evidence: pd.DataFrame, draws: Draws, least: float) -> dict[str, np.ndarray]:
    """Criterion → int8[rows, draws], numbers of BANDS. least: completeness under which a figure
    says nothing (policy)."""
    return {name: judge(evidence, draws, least).astype(np.int8) for name, judge in JUDGES.items()}


def _closeness(evidence: pd.DataFrame, draws: Draws, least: float) -> np.ndarray:
    return _level(_known(evidence, "complaints_per_unit", least), draws, "demand")


def _frequency(evidence: pd.DataFrame, draws: Draws, least: float) -> np.ndarray:
    return _level(_known(evidence, "cases_a_year", least), draws, "frequency")


def _suitability(evidence: pd.DataFrame, draws: Draws, least: float) -> np.ndarray:
    """High where nothing speaks against it; shares of few cases say nothing."""
    found = []
    for name in BEHIND["suitability"]:
        enough = evidence[f"{name}_denominator"].to_numpy(dtype=float)[:, None]
        band = _burden(_known(evidence, name, least), draws, BURDENS[name])
        found.append(np.where(enough >= draws["few_cases"], band, _CODE[UNKNOWN]))
    return _worst(found)


def _capacity(evidence: pd.DataFrame, draws: Draws, least: float) -> np.ndarray:
    staff, *loads = BEHIND["capacity"]
    found = [_level(_known(evidence, staff, least), draws, "front_line")]
    found += [_burden(_known(evidence, name, least), draws, BURDENS[name]) for name in loads]
    return _worst(found)


JUDGES: dict[str, Callable[[pd.DataFrame, Draws, float], np.ndarray]] = {
    "closeness": _closeness,
    "frequency": _frequency,
    "suitability": _suitability,
    "capacity": _capacity,
}


def _known(evidence: pd.DataFrame, name: str, least: float) -> np.ndarray:
    """float64[rows, 1]: the figure; missing where too little was returned."""
    complete = evidence[f"{name}_completeness"] >= least
    return evidence[name].where(complete).to_numpy(dtype=float)[:, None]


def _level(values: np.ndarray, draws: Draws, name: str) -> np.ndarray:
    """The more, the higher."""
    band = np.where(values >= draws[f"{name}_low"], _CODE[MIDDLE], _CODE[LOW])
    band = np.where(values >= draws[f"{name}_high"], _CODE[HIGH], band)
    return np.where(np.isnan(values), _CODE[UNKNOWN], band)


def _burden(values: np.ndarray, draws: Draws, name: str) -> np.ndarray:
    """The more, the lower."""
    band = np.where(values <= draws[f"{name}_light"], _CODE[HIGH], _CODE[MIDDLE])
    band = np.where(values >= draws[f"{name}_heavy"], _CODE[LOW], band)
    return np.where(np.isnan(values), _CODE[UNKNOWN], band)


def _worst(found: list[np.ndarray]) -> np.ndarray:
    """The lowest band that is known; unknown where none is."""
    known = [np.where(band == _CODE[UNKNOWN], len(BANDS), band) for band in found]
    lowest = np.minimum.reduce(np.broadcast_arrays(*known))
    return np.where(lowest == len(BANDS), _CODE[UNKNOWN], lowest)
