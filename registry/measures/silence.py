"""Chance and silence: which pairs of unit and power are too quiet, and whether units differ.

In: the usage cube, holdings and returns of a window. Out: how many cases each pair would have if
every power were used in proportion to what its holders do otherwise; pairs that are silent beyond
chance (DOMAIN §4, 10); a test of one common rate among the units of a group.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
import scipy  # its parts are loaded at first use: they take longer than the rest of a command

from registry.adjustment.policy import ChancePolicy, Policy
from registry.measures.completeness import returns_due
from registry.measures.exercise import divide
from registry.measures.family import one_frame
from registry.measures.grouping import (
    Axis,
    Records,
    Selection,
    chosen,
    group_sums,
    power_axis,
    time_buckets,
    unit_axis,
    with_power,
)
from registry.snapshot import Snapshot
from registry.window import Window

USED, SURPRISINGLY_SILENT, TOO_LITTLE = "used", "surprisingly_silent", "too_little_exposure"
SILENCE, HETEROGENEITY = "surprising_silence", "heterogeneity"
LOWEST, HIGHEST = -9.0, 3.0
STEPS = tuple(np.arange(LOWEST, HIGHEST + 1))
"""Bounds of the logarithm of the dispersion: below them it is Poisson's to four digits."""

Figures = dict[str, np.ndarray]


@dataclass(frozen=True)
class Chance:
    """Arrays [units, powers] in the catalogue's order, over one window.

    cases: of any action, where the unit held the power in a month that it returned. exposure:
    e(u)·m(u,p), the unit's cases of all other powers × the months held and returned.
    """

    cases: np.ndarray
    exposure: np.ndarray
    limits: ChancePolicy

    @classmethod
    def of(cls, cases: np.ndarray, months: np.ndarray, limits: ChancePolicy) -> "Chance":
        """cases, months known: int64[units, powers]."""
        return cls(cases, (cases.sum(axis=1, keepdims=True) - cases) * months, limits)

    @cached_property
    def expected(self) -> np.ndarray:
        """λ(u,p) = C(p) · e(u)·m(u,p) / Σᵥ e(v)·m(v,p), C(p) being the city's cases of p."""
        return shared_out(self.cases, self.exposure)

    @cached_property
    def family(self) -> np.ndarray:
        """bool: enough is expected for the pair to be tested, silent or not."""
        return self.expected >= self.limits.expected_cases

    @cached_property
    def dispersion(self) -> float:
        """α of the variance λ + αλ², fitted to the city; 0 where Poisson fits as well.

        Maximum likelihood over the family's pairs with cases, each given that it has any: a
        silence that has a reason must not make silences look like chance.
        """
        seen = self.family & (self.cases > 0)
        return fit_dispersion(self.cases[seen], self.expected[seen])

    @cached_property
    def p_values(self) -> np.ndarray:
        """P(X ≤ x) of the family's pairs; missing outside of it."""
        found = np.full(self.expected.shape, np.nan)
        cases, expected = self.cases[self.family], self.expected[self.family]
        found[self.family] = lower_tail(cases, expected, self.dispersion)
        return found

    @cached_property
    def adjusted(self) -> np.ndarray:
        """The p-values after Benjamini and Hochberg over the whole family."""
        found = np.full(self.expected.shape, np.nan)
        found[self.family] = adjust(self.p_values[self.family])
        return found

    @cached_property
    def silent(self) -> np.ndarray:
        """bool: surprisingly silent."""
        rejected = np.nan_to_num(self.adjusted, nan=1.0) <= self.limits.level
        return self.family & (self.cases == 0) & rejected

    @property
    def states(self) -> np.ndarray:
        """Text per pair: used, surprisingly silent, or too little exposure to tell."""
        quiet = np.where(self.silent, SURPRISINGLY_SILENT, TOO_LITTLE)
        return np.where(self.cases > 0, USED, quiet).astype(object)


def chance(snapshot: Snapshot, window: Window, policy: Policy | None = None) -> Chance:
    """Every pair of the city over the window; always the whole city, whatever is shown of it."""
    months = months_known(snapshot, window)
    cases = snapshot.cube.counts("any", window).astype(np.int64) * (months > 0)
    return Chance.of(cases, months, (policy or snapshot.policy).chance)


def months_known(snapshot: Snapshot, window: Window) -> np.ndarray:
    """int64[units, powers]: months in which the unit held the power and returned its log."""
    returned = snapshot.over(snapshot.returned, window).astype(np.int64)
    patterns, which = snapshot.holdings.by_month(window)
    parts = [
        held * returned[which == number].sum(axis=0)[:, None]
        for number, held in enumerate(patterns)
    ]
    return np.sum(parts, axis=0)


def shared_out(cases: np.ndarray, exposure: np.ndarray) -> np.ndarray:
    """float64[units, powers]: all cases of each power in proportion to the units' exposure."""
    # Whole numbers are divided once, so that what is exactly 3 by hand is 3 here.
    shares = divide(cases.sum(axis=0) * exposure, exposure.sum(axis=0) + np.zeros_like(exposure))
    return np.nan_to_num(shares)


def fit_dispersion(cases: np.ndarray, expected: np.ndarray) -> float:
    """α of the negative binomial that fits best, each pair having a case; 0 for Poisson."""
    if not len(cases):
        return 0.0

    def misfit(logarithm: float) -> float:
        r, p = _negative_binomial(expected, float(np.exp(logarithm)))
        any_case = np.log1p(-np.exp(scipy.stats.nbinom.logpmf(0, r, p)))
        return -float((scipy.stats.nbinom.logpmf(cases, r, p) - any_case).sum())

    poisson = scipy.stats.poisson.logpmf(cases, expected) - np.log1p(-np.exp(-expected))
    # On few pairs the likelihood can have two tops: look everywhere before looking closely.
    start = min(STEPS, key=misfit)
    near = (max(start - 1, LOWEST), min(start + 1, HIGHEST))
    best = scipy.optimize.minimize_scalar(misfit, bounds=near, method="bounded")
    return float(np.exp(best.x)) if best.fun < -poisson.sum() else 0.0


def lower_tail(cases: np.ndarray, expected: np.ndarray, dispersion: float) -> np.ndarray:
    """P(X ≤ x) where X is expected λ times, with variance λ + αλ²."""
    if not dispersion:
        return scipy.stats.poisson.cdf(cases, expected)
    return scipy.stats.nbinom.cdf(cases, *_negative_binomial(expected, dispersion))


def _negative_binomial(expected: np.ndarray, dispersion: float) -> tuple[float, np.ndarray]:
    """scipy's (n, p) of a mean and a dispersion."""
    return 1 / dispersion, 1 / (1 + dispersion * expected)


def adjust(p_values: np.ndarray) -> np.ndarray:
    """Benjamini and Hochberg's adjusted p-values; missing ones stay missing and count nowhere."""
    known = ~np.isnan(p_values)
    found = np.full(p_values.shape, np.nan)
    if known.any():
        found[known] = scipy.stats.false_discovery_control(np.clip(p_values[known], 0, 1))
    return found


def silence(
    snapshot: Snapshot,
    window: Window,
    by: Sequence[str] = (),
    *,
    selection: Selection = Selection(),  # noqa: B008  frozen
    policy: Policy | None = None,
    measures: Sequence[str] = (SILENCE, HETEROGENEITY),
) -> pd.DataFrame:
    """Units that are surprisingly silent, and whether the units of a group share one rate.

    Told by power. surprising_silence: units surprisingly silent ÷ units of the group whose pair
    with the power is in the family; tested over the whole city, whatever is selected.
    heterogeneity: chi-square ÷ degrees of freedom of the units' cases against one common rate of
    the group (1 is chance), with `p_value` and `adjusted` (over the records). Units of which less
    is expected than the policy asks for are taken together; numerator cases, denominator units or
    such remainders.
    """
    by = with_power(by)
    units = unit_axis(snapshot.catalogue, by, selection)
    powers = power_axis(snapshot.catalogue, by, selection)
    records = {name: Records(by, units, powers) for name in measures}
    for label, stretch in time_buckets(window, by):
        pairs = chance(snapshot, stretch, policy)
        returned, due = returns_due(snapshot, stretch, units, powers)
        share = divide(returned, due)
        for name in measures:
            figures = MEASURES[name](pairs, units, powers, returned)
            records[name].add(label, due > 0, **figures, completeness=share)
    return one_frame(by, {name: _adjusted(rows.frame()) for name, rows in records.items()})


def _adjusted(records: pd.DataFrame) -> pd.DataFrame:
    if "p_value" not in records:
        return records
    return records.assign(adjusted=adjust(records["p_value"].to_numpy(dtype=float)))


def _silence(pairs: Chance, units: Axis, powers: Axis, returned: np.ndarray) -> Figures:
    silent, family = (
        group_sums(chosen(flags, units, powers), units, powers)
        for flags in (pairs.silent, pairs.family)
    )
    value = divide(silent, family, returned)
    return {"numerator": silent, "denominator": family, "value": value}


def _heterogeneity(pairs: Chance, units: Axis, powers: Axis, returned: np.ndarray) -> Figures:
    cases, exposure = (chosen(a, units, powers) for a in (pairs.cases, pairs.exposure))
    limit = pairs.limits.expected_cases
    tests = [common_rate(cases[rows], exposure[rows], limit) for rows in units.rows]
    statistic, cells = (np.stack(parts) for parts in zip(*tests, strict=True))
    freedom = cells - 1
    known = (freedom > 0) & (returned > 0)
    p_value = scipy.stats.chi2.sf(statistic, np.maximum(freedom, 1))
    return {
        "numerator": group_sums(cases, units, powers),
        "denominator": cells,
        "value": divide(statistic, freedom, returned),
        "p_value": np.where(known, p_value, np.nan),
    }


def common_rate(
    cases: np.ndarray, exposure: np.ndarray, least: float
) -> tuple[np.ndarray, np.ndarray]:
    """(chi-square, cells) of each power; cases, exposure: int64[units, powers] of one group.

    The group's cases are expected in proportion to exposure. Units of which fewer than `least`
    are expected make one cell; if it is still too small, it joins the smallest other one.
    """
    expected = shared_out(cases, exposure)
    large = expected >= least
    rest, rest_exposure = (np.where(large, 0, a).sum(axis=0) for a in (cases, exposure))
    rest_expected = shared_part(cases, exposure, rest_exposure)
    apart = rest_expected >= least
    join = ~apart & (rest_expected > 0) & large.any(axis=0)
    smallest = np.where(large, expected, np.inf).argmin(axis=0), np.arange(cases.shape[1])
    together = rest + np.where(join, cases[smallest], 0)
    together_expected = rest_expected + np.where(join, expected[smallest], 0)
    own = np.where(large, _misfit(cases, expected), 0.0)
    own[smallest] = np.where(join, 0.0, own[smallest])
    rest_misfit = np.where(apart | join, _misfit(together, together_expected), 0.0)
    return own.sum(axis=0) + rest_misfit, large.sum(axis=0) + apart


def shared_part(cases: np.ndarray, exposure: np.ndarray, part: np.ndarray) -> np.ndarray:
    """float64[powers]: what of all cases falls on a part of the exposure."""
    return np.nan_to_num(divide(cases.sum(axis=0) * part, exposure.sum(axis=0)))


def _misfit(cases: np.ndarray, expected: np.ndarray) -> np.ndarray:
    """(x - λ)² / λ, 0 where nothing is expected."""
    return np.nan_to_num(divide((cases - expected) ** 2, expected))


MEASURES: dict[str, Callable[[Chance, Axis, Axis, np.ndarray], Figures]] = {
    SILENCE: _silence,
    HETEROGENEITY: _heterogeneity,
}
