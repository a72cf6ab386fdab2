"""An assessment: evidence, four bands, a recommendation with its path, and how firm it is.

In: a snapshot, a day, the policy. Out: a frame, one row a power (and district); or all of one
power as a dict that can be frozen as JSON. Nothing is stored.
"""

from collections.abc import Sequence
from datetime import date

import numpy as np
import pandas as pd

from registry.adjustment.criteria import Draws
from registry.adjustment.evidence import evidence
from registry.adjustment.policy import Policy
from registry.adjustment.recommend import paths, recommend, saved_limits
from registry.adjustment.rules import BANDS, CRITERIA, RECOMMENDATIONS
from registry.snapshot import Snapshot

VERDICT = (*CRITERIA, "recommendation", "rule", "withheld", "path", "stability", "uncertain")


def assess(
    snapshot: Snapshot, as_of: date, policy: Policy, by: Sequence[str] = ("power",)
) -> pd.DataFrame:
    """The columns of `evidence`, then VERDICT.

    Bands are words of BANDS. recommendation: one of RECOMMENDATIONS; rule: which rule fired, ''
    for none; withheld: 'return' where missing months hold a return back, else ''; path: a dict as
    `recommend.paths` makes it; stability: share of draws of moved limits with the same
    recommendation; uncertain: it is under the policy's share. Raises UsageError for other groups.
    """
    return judged(evidence(snapshot, as_of, policy, by), policy)


def judged(found: pd.DataFrame, policy: Policy) -> pd.DataFrame:
    """Evidence with its verdict; evidence does not depend on the limits, so a what-if needs only
    this."""
    verdict = recommend(found, saved_limits(policy), policy)
    told = paths(found, verdict, policy)
    firm = stability(found, policy, verdict.recommendation)
    columns = {name: np.array(BANDS)[verdict.bands[name][:, 0]] for name in CRITERIA}
    return found.assign(
        **columns,
        recommendation=np.array(RECOMMENDATIONS)[verdict.recommendation[:, 0]],
        rule=[path["rule"] or "" for path in told],
        withheld=[path["withheld"] or "" for path in told],
        path=pd.Series(told, index=found.index, dtype=object),
        stability=firm,
        uncertain=firm < policy.adjustment.stability.certain,
    )


def stability(found: pd.DataFrame, policy: Policy, now: np.ndarray) -> np.ndarray:
    """float64[rows]: share of the draws under which the recommendation stays as it is now
    (int[rows, 1])."""
    moved = recommend(found, moved_limits(policy), policy).recommendation
    return (moved == now).mean(axis=1)


def moved_limits(policy: Policy) -> Draws:
    """Every limit times its own even draw between 1 - spread and 1 + spread; seeded."""
    shake = policy.adjustment.stability
    limits = policy.adjustment.limits.model_dump()
    rng = np.random.default_rng(shake.seed)
    factors = rng.uniform(1 - shake.spread, 1 + shake.spread, (len(limits), shake.draws))
    return {name: value * factors[i] for i, (name, value) in enumerate(limits.items())}


def changes(saved: pd.DataFrame, tried: pd.DataFrame) -> pd.DataFrame:
    """Rows of a what-if whose recommendation differs from that under the saved policy: the group
    columns, `saved`, `tried`. Both frames are verdicts on the same evidence."""
    differs = saved["recommendation"].ne(tried["recommendation"])
    groups = [name for name in ("power", "district") if name in saved]
    return saved.loc[differs, groups].assign(
        saved=saved.loc[differs, "recommendation"], tried=tried.loc[differs, "recommendation"]
    )
