"""Silence and difference beyond chance a second time, in slow plain Python, from DOMAIN §4, 10.

In: cases and known months by (unit, power). Nothing of the program is imported here.
"""

import math
from collections.abc import Mapping
from fractions import Fraction

Pair = tuple[str, str]
Counts = Mapping[Pair, int]


def expected(cases: Counts, months: Counts) -> dict[Pair, Fraction]:
    """λ(u,p) = C(p) · e(u)·m(u,p) / Σᵥ e(v)·m(v,p)."""
    units = sorted({unit for unit, _ in months})
    powers = sorted({power for _, power in months})
    found = {}
    for power in powers:
        total = sum(cases[unit, power] for unit in units)
        weight = {
            unit: sum(cases[unit, other] for other in powers if other != power)
            * months[unit, power]
            for unit in units
        }
        whole = sum(weight.values())
        for unit in units:
            found[unit, power] = Fraction(total * weight[unit], whole) if whole else Fraction(0)
    return found


def log_probability(x: int, mean: float, dispersion: float) -> float:
    """Of x under a negative binomial; dispersion 0 is Poisson."""
    if not dispersion:
        return x * math.log(mean) - mean - math.lgamma(x + 1)
    r = 1 / dispersion
    log = math.lgamma(x + r) - math.lgamma(r) - math.lgamma(x + 1)
    return log + r * math.log(r / (r + mean)) + x * math.log(mean / (r + mean))


def lower_tail(x: int, mean: float, dispersion: float) -> float:
    return math.fsum(math.exp(log_probability(k, mean, dispersion)) for k in range(x + 1))


def likelihood(seen: list[tuple[int, float]], dispersion: float) -> float:
    """Of pairs with cases, each given that it has any."""
    return sum(
        log_probability(x, mean, dispersion)
        - math.log(1 - math.exp(log_probability(0, mean, dispersion)))
        for x, mean in seen
    )


def adjusted(p_values: list[float]) -> list[float]:
    """Benjamini and Hochberg: the smallest level at which each would be rejected."""
    order = sorted(range(len(p_values)), key=lambda i: p_values[i])
    found, lowest = [0.0] * len(p_values), 1.0
    for rank in range(len(order), 0, -1):
        lowest = min(lowest, p_values[order[rank - 1]] * len(order) / rank)
        found[order[rank - 1]] = lowest
    return found


def silent(
    cases: Counts, months: Counts, dispersion: float, least: int = 3, level: float = 0.05
) -> dict[Pair, bool]:
    """Of every pair of the family whether it is surprisingly silent."""
    means = expected(cases, months)
    family = sorted(pair for pair, mean in means.items() if mean >= least)
    p_values = [lower_tail(cases[pair], float(means[pair]), dispersion) for pair in family]
    return {
        pair: cases[pair] == 0 and q <= level
        for pair, q in zip(family, adjusted(p_values), strict=True)
    }


def chi_square(
    cases: Counts, means: Mapping[Pair, Fraction], units: list[str], power: str, least: int = 3
) -> tuple[Fraction, int]:
    """(statistic, cells) of the units' cases of a power against one common rate among them."""
    total = sum(cases[unit, power] for unit in units)
    whole = sum(means[unit, power] for unit in units)
    if not whole:
        return Fraction(0), 0
    cells = [(cases[unit, power], means[unit, power] * total / whole) for unit in units]
    large = [cell for cell in cells if cell[1] >= least]
    small = [cell for cell in cells if 0 < cell[1] < least]
    rest = (sum(x for x, _ in small), sum(e for _, e in small))
    if rest[1] >= least:
        large.append(rest)
    elif rest[1] and large:
        place = min(range(len(large)), key=lambda i: large[i][1])
        large[place] = (large[place][0] + rest[0], large[place][1] + rest[1])
    return sum(((x - e) ** 2 / e for x, e in large), Fraction(0)), len(large)
