"""Silence and difference beyond chance: by hand, in plain Python, and in simulated worlds."""

import math
from datetime import date

import numpy as np
import plain_silence as plain
import pytest
from builders import (
    E1,
    E2,
    EAST,
    LITTER,
    QUARTER,
    RETURNED,
    SIGNS,
    UNITS,
    W1,
    W2,
    WELLS,
    WEST,
    make_fact,
    make_holding,
    make_holdings,
    make_snapshot,
)
from examples import examples, sampled
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from test_plain import QUICK

from registry.adjustment.policy import read_policy
from registry.measures.grouping import Selection
from registry.measures.silence import (
    Chance,
    adjust,
    chance,
    common_rate,
    fit_dispersion,
    lower_tail,
    silence,
)
from registry.snapshot import Snapshot

LIMITS = read_policy().chance
POWERS = (LITTER, SIGNS, WELLS)


def counted(counts: dict[tuple[str, str], int], returned=RETURNED, **world) -> Snapshot:
    """A world with so many decided penalties of each unit and power in January."""
    facts = [make_fact(unit, power) for (unit, power), n in counts.items() for _ in range(n)]
    return make_snapshot(facts, returned, window=QUARTER, **world)


def place(snapshot: Snapshot, unit: str, power: str) -> tuple[int, int]:
    catalogue = snapshot.catalogue
    return list(catalogue.units["code"]).index(unit), list(catalogue.powers["code"]).index(power)


# By hand


def test_expected_cases_follow_what_a_unit_does_otherwise():
    counts = {(E1, SIGNS): 30, (E2, SIGNS): 20, (W1, SIGNS): 10, (E1, LITTER): 6, (E2, LITTER): 6}
    snapshot = counted(counts)
    pairs = chance(snapshot, QUARTER)
    assert pairs.expected[place(snapshot, E1, LITTER)] == pytest.approx(12 * 30 / 60)
    assert pairs.expected[place(snapshot, W1, LITTER)] == pytest.approx(12 * 10 / 60)
    assert pairs.expected[place(snapshot, W2, LITTER)] == 0


def test_months_held_and_returned_weigh_on_what_is_expected():
    one_month = [*((u, m) for u in (E1, E2, W2) for m in QUARTER.months), (W1, 202101)]
    counts = {(E1, SIGNS): 30, (W1, SIGNS): 30, (E1, LITTER): 12}
    snapshot = counted(counts, one_month)
    pairs = chance(snapshot, QUARTER)
    assert pairs.expected[place(snapshot, E1, LITTER)] == pytest.approx(12 * 90 / 120)
    assert pairs.expected[place(snapshot, W1, LITTER)] == pytest.approx(12 * 30 / 120)


def test_nothing_is_expected_of_a_unit_that_does_not_hold_the_power():
    holdings = [*make_holdings(), make_holding(LITTER, WEST, held=False)]
    snapshot = counted({(E1, LITTER): 9, (W1, SIGNS): 50, (E1, SIGNS): 5}, holdings=holdings)
    pairs = chance(snapshot, QUARTER)
    assert pairs.expected[place(snapshot, W1, LITTER)] == 0
    assert pairs.expected[place(snapshot, E1, LITTER)] == 9


def test_p_values_are_scipys():
    x, mean = np.array([0, 3, 0]), np.array([5.0, 5.0, 12.0])
    assert lower_tail(x, mean, 0.0) == pytest.approx(
        [math.exp(-5), stats.poisson.cdf(3, 5), math.exp(-12)]
    )
    # P(X = 0) of variance λ + αλ² is (1 + αλ)^(-1/α).
    assert lower_tail(x, mean, 0.25)[[0, 2]] == pytest.approx([2.25**-4, 4.0**-4])
    assert lower_tail(x, mean, 0.25)[1] == pytest.approx(stats.nbinom.cdf(3, 4, 4 / 9))


def test_adjusted_p_values_are_benjamini_and_hochbergs():
    assert adjust(np.array([0.01, np.nan, 0.04, 0.03])).tolist() == pytest.approx(
        [0.03, math.nan, 0.04, 0.04], nan_ok=True
    )


def test_a_silence_beyond_chance_is_found_and_a_small_one_left_open():
    counts = {(unit, SIGNS): 40 for unit in UNITS} | {(u, LITTER): 40 for u in (E1, E2, W1)}
    counts |= {(E1, WELLS): 2}
    snapshot = counted(counts)
    pairs = chance(snapshot, QUARTER)
    states = pairs.states
    assert states[place(snapshot, W2, LITTER)] == "surprisingly_silent"
    assert states[place(snapshot, E1, LITTER)] == "used"
    assert states[place(snapshot, W2, WELLS)] == "too_little_exposure"


def test_the_measure_counts_silent_units_among_those_tested():
    counts = {(unit, SIGNS): 40 for unit in UNITS} | {(u, LITTER): 40 for u in (E1, E2, W1)}
    table = silence(counted(counts), QUARTER, ("district", "power"))
    rows = table[table["measure"].eq("surprising_silence")].set_index(["district", "power"])
    assert rows.loc[(WEST, LITTER), ["numerator", "denominator"]].tolist() == [1, 2]
    assert rows.loc[(EAST, LITTER), "value"] == 0
    assert math.isnan(rows.loc[(EAST, WELLS), "value"])


def test_a_filter_does_not_change_the_family():
    counts = {(unit, SIGNS): 40 for unit in UNITS} | {(u, LITTER): 40 for u in (E1, E2, W1)}
    snapshot = counted(counts)
    chosen = silence(snapshot, QUARTER, ("unit",), selection=Selection(unit=(W2,)))
    everything = silence(snapshot, QUARTER, ("unit",))
    own = everything[everything["unit"].eq(W2)].reset_index(drop=True)
    assert chosen["value"].equals(own["value"])


def test_a_month_that_was_not_returned_is_no_silence():
    counts = {(unit, SIGNS): 40 for unit in (E1, E2, W1)} | {(u, LITTER): 40 for u in (E1, E2, W1)}
    snapshot = counted(counts, [pair for pair in RETURNED if pair[0] != W2])
    assert not chance(snapshot, QUARTER).silent.any()


def test_one_common_rate_is_tested_as_scipy_tests_it():
    cases = np.array([[12], [30], [9], [1], [0]])
    exposure = np.array([[200], [200], [90], [20], [10]])
    statistic, cells = common_rate(cases, exposure, 3)
    by_hand = stats.chisquare([12, 30, 9, 1], [20, 20, 9, 3])
    assert cells[0] == 4
    assert statistic[0] == pytest.approx(by_hand.statistic)


def test_units_that_share_one_rate_do_not_differ_and_others_do():
    alike = {(unit, power): 20 for unit in UNITS for power in (LITTER, SIGNS)}
    uneven = alike | {(E1, WELLS): 40, (W1, WELLS): 2}
    table = silence(counted(uneven), QUARTER, ("power",), measures=("heterogeneity",))
    rows = table.set_index("power")
    assert rows.loc[WELLS, "adjusted"] < 0.001
    assert rows.loc[WELLS, "value"] > 10
    assert rows.loc[WELLS, ["numerator", "denominator"]].tolist() == [42, 4]
    assert rows.loc[LITTER, "p_value"] == pytest.approx(
        stats.chisquare([20] * 4, 80 * np.array([60, 20, 22, 20]) / 122).pvalue
    )


# In plain Python


@st.composite
def count_worlds(draw) -> tuple[dict, dict]:
    """(cases, known months) of three powers; W2 returned some months only."""
    sizes = st.one_of(st.just(0), st.integers(0, 30))
    cases = {(unit, power): draw(sizes) for unit in UNITS for power in POWERS}
    late = draw(st.integers(1, 3))
    months = {(u, p): late if u == W2 else 3 for u in UNITS for p in POWERS}
    return cases, months


@settings(max_examples=examples(60), **QUICK)
@given(count_worlds())
def test_silence_equals_plain_python(made):
    cases, months = made
    returned = [(u, m) for u in UNITS for m in QUARTER.months[: months[u, LITTER]]]
    snapshot = counted(cases, returned)
    pairs = chance(snapshot, QUARTER)
    means = plain.expected(cases, months)
    for pair, mean in means.items():
        assert pairs.expected[place(snapshot, *pair)] == pytest.approx(float(mean))
    found = plain.silent(cases, months, pairs.dispersion)
    for pair in means:
        assert pairs.family[place(snapshot, *pair)] == (pair in found)
        assert pairs.silent[place(snapshot, *pair)] == found.get(pair, False)
    seen = [(cases[p], float(means[p])) for p in found if cases[p]]
    check_fit(seen, pairs.dispersion)
    table = silence(snapshot, QUARTER, ("district", "power"), measures=("heterogeneity",))
    for row in table.itertuples():
        units = [unit for unit in UNITS if unit.startswith(row.district)]
        if row.power in POWERS:
            statistic, cells = plain.chi_square(cases, means, units, row.power)
            assert row.denominator == cells
            expected = float(statistic) / (cells - 1) if cells > 1 else math.nan
            assert row.value == pytest.approx(expected, nan_ok=True)


def check_fit(seen: list[tuple[int, float]], dispersion: float) -> None:
    """No other dispersion is likelier."""
    best = plain.likelihood(seen, dispersion)
    others = [math.exp(step / 2) for step in range(-18, 7)]
    assert all(plain.likelihood(seen, other) <= best + 1e-4 for other in [0.0, *others])


# In simulated worlds


def simulated(seed: int, dispersion: float, *, planted: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """(cases, planted silences): 60 units of all sizes, 40 powers from common to rare.

    Counts are overdispersed; planted are silences of pairs with λ from 8 to 20.
    """
    rng = np.random.default_rng([seed, planted, round(dispersion * 1000)])
    size, appeal = rng.lognormal(0, 0.8, 60), 1 / np.arange(1, 41)
    mean = 3 * np.outer(size / size.mean(), appeal / appeal.mean())
    moved = mean * rng.gamma(1 / dispersion, dispersion, mean.shape) if dispersion else mean
    cases = rng.poisson(moved)
    silent = np.zeros(cases.shape, dtype=bool)
    pairs = np.argwhere((mean >= 8) & (mean <= 20))
    silent[tuple(pairs[rng.permutation(len(pairs))[:planted]].T)] = True
    return np.where(silent, 0, cases), silent


def found_in(cases: np.ndarray) -> Chance:
    return Chance.of(cases, np.full(cases.shape, 12), LIMITS)


@sampled("dispersion", [0.0, 0.05, 0.2, 0.8])
def test_where_nothing_is_silent_for_a_reason_hardly_a_world_has_a_flag(dispersion):
    flagged = sum(found_in(simulated(seed, dispersion)[0]).silent.any() for seed in range(200))
    # At most 5 % of 200 worlds; 17 is the 97.5th percentile of a binomial of that mean.
    assert flagged <= stats.binom.ppf(0.975, 200, 0.05)


def test_planted_silences_are_found():
    hits = []
    for seed in range(60):
        cases, silent = simulated(seed, 0.02, planted=10)
        hits.append((found_in(cases).silent & silent).sum() / silent.sum())
    assert np.mean(hits) >= 0.7


def test_planted_silences_do_not_make_the_city_look_more_scattered():
    without, with_them = (
        np.mean([found_in(simulated(s, 0.2, planted=n)[0]).dispersion for s in range(30)])
        for n in (0, 10)
    )
    assert without == pytest.approx(0.2, rel=0.15)
    assert with_them == pytest.approx(without, rel=0.1)


def test_where_counts_are_not_scattered_none_is_found_or_next_to_none():
    assert np.mean([found_in(simulated(s, 0.0)[0]).dispersion for s in range(30)]) < 0.01
    assert fit_dispersion(np.array([], dtype=int), np.array([])) == 0


def test_seasons_of_a_power_are_no_silence_over_a_year():
    facts = [make_fact(E1, LITTER, day=date(2021, 1, n)) for n in range(1, 20)]
    snapshot = make_snapshot(facts, RETURNED, window=QUARTER)
    assert not chance(snapshot, QUARTER).silent.any()
