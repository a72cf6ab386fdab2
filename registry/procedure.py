"""Penalties and coercions → counts of procedure, legal review and fines, by month, unit, power.

In: cases and their powers as `monthly_usage` takes them, and the policy's legal limits. Out: two
roll-ups, pure and additive over disjoint cases. Limits are those in force on the day.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from registry import models
from registry.adjustment.policy import DecisionLimit, Policy, SummaryLimit
from registry.rollup import (
    ONCE,
    UNDECIDED,
    Rollup,
    by_power,
    count_by,
    days_of,
    months_of,
    says,
)

COUNTS = (
    *("summary", "ordinary", "fined_ordinary", "within_limit", "timed", "overdue"),
    *("filed", "withdrawn"),
    *("review_required", "review_not_required", "review_unknown", "reviewed"),
    "unreviewed_decisions",
)
PROCEDURE = Rollup(models.ProcedureMonth, ("month", "unit_id", "power_id"), COUNTS)
FINES = Rollup(models.FineMonth, ("month", "unit_id", "power_id", "fine_fen"), ("cases",))
BY_FILING = ("filed", "withdrawn")


def monthly_procedure(cases: pd.DataFrame, links: pd.DataFrame, policy: Policy) -> pd.DataFrame:
    """Counts of procedure and legal review; columns of PROCEDURE (DOMAIN §4, 7 and 8).

    summary, ordinary: decided penalties by procedure. fined_ordinary: ordinary, punished, with a
    known fine and party; within_limit: of these, those within the limits of the summary procedure
    on the case's day. timed: decided ordinary penalties with filing and decision date and a time
    limit in force on the decision day; overdue: of these, those over it. filed, withdrawn:
    penalty cases by the month of filing (else of the case's day). review_*: penalties and
    coercions by what is said of the need for legal review; reviewed: required and completed;
    unreviewed_decisions: those of `decided_without_review`.
    """
    chosen = cases[says(cases["action"], "penalty", "coercion")]
    facts = _facts(chosen, policy)
    day = days_of(chosen["case_day"])
    filed = days_of(chosen["filed_on"])
    own_month = months_of(day)
    filing_month = months_of(np.where(np.isnat(filed), day, filed))
    parts = [
        _counted(chosen, links, month, {name: facts[name] for name in names})
        for month, names in (
            (own_month, [name for name in COUNTS if name not in BY_FILING]),
            (filing_month, BY_FILING),
        )
    ]
    filled = [part.reindex(columns=PROCEDURE.columns, fill_value=0) for part in parts]
    return PROCEDURE.combine(*filled, signs=(1, 1))


def monthly_fines(cases: pd.DataFrame, links: pd.DataFrame) -> pd.DataFrame:
    """How many decided penalties have which fine (above 0, in fen); columns of FINES.

    Nearly every penalty has one power, so a second row for each would double the table: power
    ONCE has what the sum over powers lacks, or has too much of, to count each case once.
    """
    fined = cases[_decided_penalties(cases) & (cases["fine_cny"].astype(float) > 0).to_numpy()]
    fen = np.rint(fined["fine_cny"].astype(float).to_numpy() * 100).astype(np.int64)
    rows, power = by_power(fined, links)
    weight = np.ones(len(rows), dtype=np.int64)
    weight[power == ONCE] -= np.bincount(rows[power != ONCE], minlength=len(fined))
    rows, power, weight = (array[weight != 0] for array in (rows, power, weight))
    keys = {
        "month": months_of(days_of(fined["case_day"]))[rows],
        "unit_id": fined["unit_id"].to_numpy(dtype=np.int64)[rows],
        "power_id": power,
        "fine_fen": fen[rows],
    }
    counted = count_by(keys, {"cases": weight})
    return FINES.typed(counted[counted["cases"] != 0])


def _counted(
    cases: pd.DataFrame, links: pd.DataFrame, month: np.ndarray, facts: dict[str, np.ndarray]
) -> pd.DataFrame:
    rows, power = by_power(cases, links)
    unit = cases["unit_id"].to_numpy(dtype=np.int64)
    keys = {"month": month[rows], "unit_id": unit[rows], "power_id": power}
    return count_by(keys, {name: fact[rows] for name, fact in facts.items()})


def _facts(cases: pd.DataFrame, policy: Policy) -> dict[str, np.ndarray]:
    """bool per case and count."""
    penalty = says(cases["action"], "penalty")
    decided = _decided_penalties(cases)
    ordinary = decided & says(cases["procedure"], "ordinary")
    fine = cases["fine_cny"].astype(float).to_numpy()
    punished = says(cases["outcome"], "punished")
    day = days_of(cases["case_day"])
    limit = _summary_limit(policy.summary_limit, day, cases["party_type"])
    fined = ordinary & punished & ~np.isnan(fine) & ~np.isnan(limit)
    facts = {
        "summary": decided & says(cases["procedure"], "summary"),
        "ordinary": ordinary,
        "fined_ordinary": fined,
        "within_limit": fined & (fine <= np.nan_to_num(limit)),
        "filed": penalty,
        "withdrawn": penalty & says(cases["outcome"], "withdrawn"),
    }
    facts |= _times(cases, ordinary, policy.decision_limit)
    return facts | _reviews(cases)


def _decided_penalties(cases: pd.DataFrame) -> np.ndarray:
    return says(cases["action"], "penalty") & ~says(cases["outcome"], *UNDECIDED)


def _times(
    cases: pd.DataFrame, ordinary: np.ndarray, limits: Sequence[DecisionLimit]
) -> dict[str, np.ndarray]:
    filed, decided = days_of(cases["filed_on"]), days_of(cases["decided_on"])
    allowed = np.full(len(cases), np.nan)
    for limit in sorted(limits, key=lambda row: row.valid_from):
        allowed[decided >= np.datetime64(limit.valid_from)] = limit.days
    timed = ordinary & ~np.isnat(filed) & ~np.isnat(decided) & ~np.isnan(allowed)
    taken = np.where(timed, decided - filed, np.timedelta64(0, "D")).astype(np.int64)
    return {"timed": timed, "overdue": timed & (taken > np.nan_to_num(allowed))}


def _summary_limit(limits: Sequence[SummaryLimit], day: np.ndarray, party: pd.Series) -> np.ndarray:
    """Yuan, by the row in force on the day; missing where the party or a limit is unknown."""
    result = np.full(len(day), np.nan)
    for limit in sorted(limits, key=lambda row: row.valid_from):
        since = day >= np.datetime64(limit.valid_from)
        for who in ("individual", "organisation"):
            result[since & says(party, who)] = getattr(limit, who)
    return result


def _reviews(cases: pd.DataFrame) -> dict[str, np.ndarray]:
    said = cases["review_required"]
    completed = cases["review_completed_on"].notna().to_numpy()
    return {
        "review_required": says(said, "yes"),
        "review_not_required": says(said, "no"),
        "review_unknown": said.isna().to_numpy(),
        "reviewed": says(said, "yes") & completed,
        "unreviewed_decisions": decided_without_review(cases),
    }


def decided_without_review(cases: pd.DataFrame) -> np.ndarray:
    """bool per penalty or coercion: a review was required, and there was none before the decision.

    Administrative Penalty Law, art. 58. Only what is known to be decided is held against an
    office: a penalty with a decision date or an outcome, a coercion. Where the decision has no
    date, any completed review will do.
    """
    coercion = says(cases["action"], "coercion")
    told = cases["decided_on"].notna().to_numpy() | cases["outcome"].notna().to_numpy()
    decided = coercion | (_decided_penalties(cases) & told)
    completed = days_of(cases["review_completed_on"])
    dated = coercion | cases["decided_on"].notna().to_numpy()
    late = dated & (completed > days_of(cases["case_day"]))
    required = says(cases["review_required"], "yes")
    return required & decided & (np.isnat(completed) | late)
