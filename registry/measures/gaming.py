"""Signs of figures made to please, as questions with an innocent explanation (DOMAIN §4, 11).

In: a snapshot, a window, groups of units. Out: a record a group and sign. Never a ranking; a quota
('two cases a month') was publicly condemned after exactly such even data.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import scipy

from registry.adjustment.policy import GamingPolicy, Policy
from registry.errors import UsageError
from registry.language import N_
from registry.measures.completeness import returns_due
from registry.measures.grouping import (
    POWER_DIMENSIONS,
    TIME_DIMENSIONS,
    Axis,
    Selection,
    check_dimensions,
    power_axis,
    unit_axis,
)
from registry.snapshot import Snapshot
from registry.window import Window

COLUMNS = ("numerator", "denominator", "value", "p_value", "sign")
TEXTS = {
    "evenness": (
        N_("各月处罚件数比偶然还整齐：是按月定了件数吗？"),
        N_("也可能是人手固定、每月办案能力相同。"),
    ),
    "fine_clustering": (
        N_("同一数额的罚款多：是裁量基准如此，还是图省事？"),
        N_("也可能是裁量基准对常见违法规定了同一数额。"),
    ),
    "last_month_spike": (
        N_("十二月的处罚明显多于其他月份：是年底补件吗？"),
        N_("也可能是年底专项行动或集中结案。"),
    ),
    "used_once": (
        N_("行使过的职权中只用过一次的多：是各办一件凑数吗？"),
        N_("也可能是刚开始承接，或这些事本来就少见。"),
    ),
}
"""Sign → its question and an innocent explanation, marked for the catalogues."""

Found = tuple[float, float, float, float, bool]
"""numerator, denominator, value, p_value, sign."""


@dataclass(frozen=True)
class _Group:
    """What a group of units returned: penalties of its fully returned months, fines, powers.

    months: such as 202007; penalties: int per month; fines: cases by fine, of these months;
    counts: decided cases by power held, of the whole window.
    """

    months: np.ndarray
    penalties: np.ndarray
    fines: np.ndarray
    counts: np.ndarray


def gaming(
    snapshot: Snapshot,
    window: Window,
    by: Sequence[str] = (),
    *,
    selection: Selection = Selection(),  # noqa: B008  frozen
    policy: Policy | None = None,
    measures: Sequence[str] = tuple(TEXTS),
) -> pd.DataFrame:
    """Signs by group of units: `measure`, the usual columns, `p_value`, `sign`, and two texts.

    evenness: variance ÷ mean of the monthly penalties, p of the chi-square lower tail, denominator
    the months. fine_clustering: the commonest fine's cases ÷ fines. last_month_spike: December's
    penalties ÷ the mean of the other months, numerator December's, denominator the others'; p of
    a binomial upper tail. used_once: powers with exactly one decision ÷ powers with any. `value`
    is missing where there is too little to tell (policy). Only months that the whole group
    returned count. Raises UsageError for groups or filters of powers and for groups of time.
    """
    by = _whole_units(by, selection)
    limits = (policy or snapshot.policy).gaming
    units = unit_axis(snapshot.catalogue, by, selection)
    returned, due = _monthly_returns(snapshot, window, units)
    records = []
    for number, label in enumerate(units.labels):
        if not due[:, number].any():
            continue
        whole = (returned[:, number] == due[:, number]) & (due[:, number] > 0)
        group = _group(snapshot, window, units, number, whole)
        share = returned[:, number].sum() / due[:, number].sum()
        for name in measures:
            records.append(
                dict(zip(units.dimensions, label, strict=True))
                | {"measure": name}
                | dict(zip(COLUMNS, _known(SIGNS[name](group, limits), share), strict=True))
                | {"completeness": share}
                | dict(zip(("question", "explanation"), TEXTS[name], strict=True))
            )
    columns = [*by, "measure", *COLUMNS[:3], "completeness", *COLUMNS[3:]]
    return pd.DataFrame(records, columns=[*columns, "question", "explanation"])


def _known(found: Found, completeness: float) -> Found:
    """Nothing is told of a group that returned nothing."""
    return found if completeness else (*found[:2], np.nan, np.nan, False)


def _whole_units(by: Sequence[str], selection: Selection) -> tuple[str, ...]:
    by = check_dimensions(by)
    chosen = [name for name in POWER_DIMENSIONS if getattr(selection, name)]
    for name in (*POWER_DIMENSIONS, *TIME_DIMENSIONS):
        if name in by or name in chosen:
            raise UsageError(N_("--{name}：这些现象只按单位、按整个期间看"), name=name)
    return by


def _monthly_returns(
    snapshot: Snapshot, window: Window, units: Axis
) -> tuple[np.ndarray, np.ndarray]:
    """(returned, due) units per month and group, int[months, groups]."""
    powers = power_axis(snapshot.catalogue, (), Selection())
    pairs = [returns_due(snapshot, Window(month, month), units, powers) for month in window.months]
    return tuple(np.stack([pair[i][:, 0] for pair in pairs]) for i in (0, 1))  # type: ignore[return-value]


def _group(
    snapshot: Snapshot, window: Window, units: Axis, number: int, whole: np.ndarray
) -> _Group:
    members = units.positions[units.rows[number]]
    ids = snapshot.catalogue.units["id"].to_numpy()[members]
    months = np.array(window.months)
    totals, fines = window.rows(snapshot.cube.totals), snapshot.fines.during(window)
    own = totals[totals["unit_id"].isin(ids)].groupby("month")["penalties"].sum()
    # Over all powers and ONCE the counts of a fine add up to each case once.
    fined = fines[fines["unit_id"].isin(ids) & fines["month"].isin(months[whole])]
    held = snapshot.holdings.during(window)[members]
    return _Group(
        months=months[whole],
        penalties=own.reindex(months, fill_value=0).to_numpy()[whole],
        fines=fined.groupby("fine_fen")["cases"].sum().to_numpy(),
        counts=(snapshot.cube.counts("decision", window)[members] * held).sum(axis=0),
    )


def _evenness(group: _Group, limits: GamingPolicy) -> Found:
    count, mean = len(group.months), float(group.penalties.mean()) if len(group.months) else 0.0
    if count < limits.months or mean < 1:
        return np.nan, count, np.nan, np.nan, False
    index = float(group.penalties.var(ddof=1) / mean)
    p = float(scipy.stats.chi2.cdf((count - 1) * index, count - 1))
    return np.nan, count, index, p, index < limits.dispersion and p < limits.level


def _fine_clustering(group: _Group, limits: GamingPolicy) -> Found:
    total, top = int(group.fines.sum()), int(group.fines.max(initial=0))
    if total < limits.fines:
        return top, total, np.nan, np.nan, False
    return top, total, top / total, np.nan, top / total > limits.fine_share


def _last_month_spike(group: _Group, limits: GamingPolicy) -> Found:
    """The Decembers of the window beside all its other months."""
    last = group.months % 100 == 12
    december, rest = int(group.penalties[last].sum()), group.penalties[~last]
    if not last.any() or len(rest) < limits.months or not rest.sum():
        return december, int(rest.sum()), np.nan, np.nan, False
    ratio = december / int(last.sum()) / float(rest.mean())
    total = december + int(rest.sum())
    p = float(scipy.stats.binom.sf(december - 1, total, last.mean()))
    return december, int(rest.sum()), ratio, p, ratio > limits.spike_ratio and p < limits.level


def _used_once(group: _Group, limits: GamingPolicy) -> Found:
    once, used = int((group.counts == 1).sum()), int((group.counts > 0).sum())
    if used < limits.powers:
        return once, used, np.nan, np.nan, False
    return once, used, once / used, np.nan, once / used > limits.once_share


SIGNS: dict[str, Callable[[_Group, GamingPolicy], Found]] = {
    "evenness": _evenness,
    "fine_clustering": _fine_clustering,
    "last_month_spike": _last_month_spike,
    "used_once": _used_once,
}
