"""Evidence on delegated powers: everything that is known of each, side by side.

In: a snapshot, a day, the policy. Out: one row a power (and district) held on that day, over the
whole months before it (DOMAIN §4); every figure with numerator, denominator and completeness.
Measures compute; nothing is added up or divided here.
"""

from collections.abc import Iterator, Sequence
from datetime import date

import numpy as np
import pandas as pd

from registry.adjustment.policy import Policy
from registry.adjustment.rules import FIGURES
from registry.errors import UsageError
from registry.language import N_
from registry.measures.capacity import capacity
from registry.measures.exercise import BALANCE_MIN_CASES, coverage, dormant
from registry.measures.held import held_share
from registry.measures.need import need
from registry.measures.procedure import procedure
from registry.measures.review import review
from registry.measures.silence import silence
from registry.measures.use import yearly_use
from registry.snapshot import Snapshot
from registry.window import Window, add_months, month_of, month_start

GROUPS = (("power",), ("power", "district"))
PARTS = ("numerator", "denominator", "completeness")
COLUMNS = {"value": "", **{part: f"_{part}" for part in PARTS}}
"""Column of a measure → what follows the figure's name in the evidence."""


def assessed_months(as_of: date, policy: Policy) -> Window:
    """The whole months before a day that evidence covers."""
    last = add_months(month_of(as_of), -1)
    return Window(add_months(last, 1 - policy.adjustment.months), last)


def assessment_day(snapshot: Snapshot, today: date) -> date:
    """The first day after the last month with any return; without any, today."""
    if snapshot.last_returned is None:
        return today
    return month_start(add_months(snapshot.last_returned, 1))


def evidence(
    snapshot: Snapshot, as_of: date, policy: Policy, by: Sequence[str] = ("power",)
) -> pd.DataFrame:
    """One row a power, or a power and district, held by some unit on the day.

    Of each of FIGURES: its value under its own name, and `_numerator`, `_denominator`,
    `_completeness`; missing is missing, never 0. Besides: `dormancy` (used, dormant,
    no_case_seen; missing for a power not held throughout), `unit_months` of its holders and
    `missing_unit_months`, `heterogeneity_p_value` and `_adjusted`, `held` (everywhere, in_part),
    `statute` (changed, unchanged), `kind`, `law`, `law_version`. Raises UsageError for other
    groups.
    """
    by = _groups(by)
    window = assessed_months(as_of, policy)
    holding = held_share(snapshot, as_of, by)
    figures = [*_figures(snapshot, window, by, policy), ("held_share", holding)]
    columns = [_named(rows, name, by) for name, rows in figures]
    # Joined at once: a merge for each figure would take as long as the figures do.
    groups = holding[by].set_index(by)
    found = groups.join([*columns, _silent(snapshot, window, by)], how="left").reset_index()
    missing = {f"{name}_completeness": 0.0 for name in FIGURES}
    return _stated(found.fillna(missing), snapshot, as_of)


def _groups(by: Sequence[str]) -> list[str]:
    if tuple(by) not in GROUPS:
        raise UsageError(
            N_("--by {groups}：证据只按 power 或 power,district 汇总"), groups=",".join(by)
        )
    return list(by)


def _figures(
    snapshot: Snapshot, window: Window, by: list[str], policy: Policy
) -> Iterator[tuple[str, pd.DataFrame]]:
    yield "cases_a_year", yearly_use(snapshot, window, by)
    yield "coverage", coverage(snapshot, window, by)
    yield "balance", coverage(snapshot, window, by, min_cases=BALANCE_MIN_CASES)
    families = (
        need(snapshot, window, by, policy=policy),
        silence(snapshot, window, by, policy=policy),
        review(snapshot, window, by, policy=policy, measures=("returned",)),
        procedure(snapshot, window, by, measures=("withdrawal_rate", "over_90_days")),
        capacity(snapshot, window, by),
    )
    rows = pd.concat(families, ignore_index=True)
    for name in FIGURES:
        if name not in ("cases_a_year", "coverage", "balance", "held_share"):
            yield name, rows[rows["measure"].eq(name)]


def _named(figures: pd.DataFrame, name: str, by: list[str]) -> pd.DataFrame:
    """The columns of one figure under its name, a row a group."""
    columns = {column: name + ending for column, ending in COLUMNS.items()}
    if name == "heterogeneity":
        columns |= {column: f"{name}_{column}" for column in ("p_value", "adjusted")}
    return figures.set_index(by)[[*columns]].rename(columns=columns)


def _silent(snapshot: Snapshot, window: Window, by: list[str]) -> pd.DataFrame:
    """Dormancy as the measure has it, and the unit-months that nobody returned."""
    found = dormant(snapshot, window, by).rename(columns={"state": "dormancy"})
    return found.set_index(by)[["dormancy", "unit_months", "missing_unit_months"]]


def _stated(found: pd.DataFrame, snapshot: Snapshot, as_of: date) -> pd.DataFrame:
    """What the catalogue says, as of the day."""
    powers = snapshot.catalogue.powers.set_index("code")
    changed = found["power"].isin(_changed(snapshot.catalogue.statute_changes, as_of))
    texts = {
        name: found["power"].map(powers[name]) if name in powers else None
        for name in ("kind", "law", "law_version")
    }
    return found.assign(
        held=np.where(found["held_share"] < 1, "in_part", "everywhere"),
        statute=np.where(changed, "changed", "unchanged"),
        **texts,
    )


def _changed(changes: pd.DataFrame, as_of: date) -> set[str]:
    """Powers named by a change of their statute up to the day; a note on a whole law names none."""
    known = changes[changes["changed_on"].map(lambda day: day <= as_of).astype(bool)]
    return {code for codes in known["powers"].fillna("") for code in codes.split(";") if code}
