"""Evidence → what the rule path recommends, and on which figures.

In: evidence, limits (one set or many draws), the policy's rules. Out: which rule fires on each
row. The first rule all of whose conditions hold decides; a missing figure never holds; nothing is
to be returned on missing months.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from registry.adjustment.criteria import BEHIND, Draws, bands
from registry.adjustment.policy import Policy
from registry.adjustment.rules import BANDS, FIGURES, RECOMMENDATIONS, Condition, Rule

KEEP, RETURN = RECOMMENDATIONS.index("keep"), RECOMMENDATIONS.index("return")
PARTS = ("numerator", "denominator", "completeness")
TESTS = {True: "at_least", False: "below"}


@dataclass(frozen=True)
class Verdict:
    """Arrays [rows, draws]: bands by criterion, the rule that fires (their number for none), the
    recommendation (number of RECOMMENDATIONS), and whether a return is withheld."""

    bands: dict[str, np.ndarray]
    rule: np.ndarray
    recommendation: np.ndarray
    withheld: np.ndarray


def saved_limits(policy: Policy) -> Draws:
    """The policy's limits as a single draw."""
    limits = policy.adjustment.limits.model_dump()
    return {name: np.array([value]) for name, value in limits.items()}


def recommend(evidence: pd.DataFrame, draws: Draws, policy: Policy) -> Verdict:
    rules = policy.adjustment.rule
    found = bands(evidence, draws, policy.completeness_limit)
    shape = len(evidence), len(next(iter(draws.values())))
    fired = np.full(shape, len(rules), dtype=np.int8)
    for number in reversed(range(len(rules))):
        fired[_holds_all(rules[number], evidence, found, draws, shape)] = number
    wanted = np.array([RECOMMENDATIONS.index(rule.recommendation) for rule in rules] + [KEEP])
    recommendation = wanted[fired].astype(np.int8)
    withheld = (recommendation == RETURN) & _months_missing(evidence)[:, None]
    return Verdict(found, fired, np.where(withheld, KEEP, recommendation), withheld)


def _holds_all(
    rule: Rule,
    evidence: pd.DataFrame,
    found: dict[str, np.ndarray],
    draws: Draws,
    shape: tuple[int, int],
) -> np.ndarray:
    holding = np.ones(shape, dtype=bool)
    for condition in rule.when:
        holding &= holds(condition, evidence, found, draws)
    return holding


def holds(
    condition: Condition, evidence: pd.DataFrame, found: dict[str, np.ndarray], draws: Draws
) -> np.ndarray:
    """bool[rows, draws or 1]: the condition holds; never on a missing figure."""
    if condition.fact in found:
        # A look-up by number is many times faster than np.isin on millions of bands.
        return np.isin(BANDS, condition.words)[found[condition.fact]]
    if condition.words:
        return evidence[condition.fact].isin(condition.words).to_numpy()[:, None]
    values = evidence[condition.fact].to_numpy(dtype=float)[:, None]
    limit = draws[condition.limit]
    return values >= limit if condition.at_least else values < limit


def _months_missing(evidence: pd.DataFrame) -> np.ndarray:
    """bool[rows]: a log is missing, or complaints are where any were ever returned."""
    logs = evidence["missing_unit_months"].fillna(0).to_numpy() > 0
    complete = evidence["complaints_per_unit_completeness"].to_numpy()
    return logs | ((complete < 1) & (complete > 0).any())


def paths(evidence: pd.DataFrame, verdict: Verdict, policy: Policy) -> list[dict[str, Any]]:
    """Of each row, as JSON: the rule that fired, `on` which figures, and the recommendation.

    `withheld`: a return that missing months hold back. Without a rule there are no figures.
    """
    rules, facts = policy.adjustment.rule, _Facts(evidence, verdict, policy)
    return [
        {
            "rule": rules[fired].name if fired < len(rules) else None,
            "recommendation": RECOMMENDATIONS[verdict.recommendation[row, 0]],
            "withheld": "return" if verdict.withheld[row, 0] else None,
            "on": [facts.tell(row, part) for part in rules[fired].when]
            if fired < len(rules)
            else [],
        }
        for row, fired in enumerate(verdict.rule[:, 0].tolist())
    ]


def passed_over(evidence: pd.DataFrame, verdict: Verdict, policy: Policy) -> list[dict[str, Any]]:
    """Of a single row: each rule before the one that fired, and its first condition that failed."""
    facts, draws = _Facts(evidence, verdict, policy), saved_limits(policy)
    found = []
    for rule in policy.adjustment.rule[: verdict.rule[0, 0]]:
        failed = next(
            part for part in rule.when if not holds(part, evidence, verdict.bands, draws)[0, 0]
        )
        found.append({"rule": rule.name, "failed": facts.tell(0, failed)})
    return found


@dataclass(frozen=True)
class _Facts:
    """Tells what a condition looked at in a row of evidence."""

    evidence: pd.DataFrame
    verdict: Verdict
    policy: Policy

    @cached_property
    def columns(self) -> dict[str, list[Any]]:
        """Lists, since thousands of cells are looked up one by one."""
        return {str(name): self.evidence[name].tolist() for name in self.evidence}

    def tell(self, row: int, condition: Condition) -> dict[str, Any]:
        """The fact, what it was, what it was held against, and the figures behind a band."""
        name = condition.fact
        if name in BEHIND:
            band = BANDS[self.verdict.bands[name][row, 0]]
            behind = [self.figure(row, part) for part in BEHIND[name]]
            return {"fact": name, "found": band, "is": [*condition.words], "figures": behind}
        if condition.words:
            found = plain(self.columns[name][row])
            return {"fact": name, "found": found, "is": [*condition.words]}
        test = TESTS[bool(condition.at_least)]
        at = getattr(self.policy.adjustment.limits, condition.limit)
        return self.figure(row, name) | {"test": test, "limit": condition.limit, "at": at}

    def figure(self, row: int, name: str) -> dict[str, Any]:
        """A figure, JSON-able: missing is None."""
        # An adjusted p-value stands on the figure whose name it begins with.
        stem = name if name in FIGURES else name.rpartition("_")[0]
        parts = {part: plain(self.columns[f"{stem}_{part}"][row]) for part in PARTS}
        return {"fact": name, "value": plain(self.columns[name][row]), **parts}


def plain(value: Any) -> Any:
    """A cell as JSON has it: missing as None, whole numbers whole."""
    if value is None or pd.isna(value):
        return None
    if isinstance(value, float | np.floating):
        return int(value) if float(value).is_integer() else float(value)
    return int(value) if isinstance(value, np.integer) else value
