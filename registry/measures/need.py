"""What residents ask of a power: complaints per unit and year, and units that answer none.

In: complaints returns, topics with their powers, holdings and the usage cube. Out: a record a
group and power. A topic's complaints count for each of its powers and are never added over them.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import scipy.sparse

from registry.adjustment.policy import Policy
from registry.measures.completeness import months_returned
from registry.measures.demand import COMPLAINTS, POWER, TOPIC, answers
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

RATE, UNMET = "complaints_per_unit", "unmet"
ALL = (RATE, UNMET)


@dataclass(frozen=True)
class _Asked:
    """int64[units, powers]: complaints in months held, months held and returned, months held;
    known: bool[powers], whether complaints can name the power at all; topics: [topics, powers]."""

    complaints: np.ndarray
    heard: np.ndarray
    due: np.ndarray
    known: np.ndarray
    topics: np.ndarray


def need(
    snapshot: Snapshot,
    window: Window,
    by: Sequence[str] = (),
    *,
    selection: Selection = Selection(),  # noqa: B008  frozen
    policy: Policy | None = None,
    measures: Sequence[str] = ALL,
) -> pd.DataFrame:
    """By power: complaints a unit and year, and the share of units whose complaints go unanswered.

    complaints_per_unit: complaints of the power's topics, and those given by its code, in months
    held ÷ unit-months held and returned, × 12; missing for a power that no topic names.
    unmet: units with more complaints of one of its topics than the policy's limit that used none
    of the topic's powers ÷ units of which that is known.
    """
    by = with_power(by)
    units = unit_axis(snapshot.catalogue, by, selection)
    powers = power_axis(snapshot.catalogue, by, selection)
    records = {name: Records(by, units, powers) for name in measures}
    for label, stretch in time_buckets(window, by):
        asked = _asked(snapshot, stretch)
        due = _sum(asked.due, units, powers)
        share = divide(_sum(asked.heard, units, powers), due)
        for name in measures:
            figures = MEASURES[name](snapshot, stretch, asked, units, powers, policy)
            records[name].add(label, due > 0, **figures, completeness=share)
    return one_frame(by, {name: rows.frame() for name, rows in records.items()})


def _sum(matrix: np.ndarray, units: Axis, powers: Axis) -> np.ndarray:
    return group_sums(chosen(matrix, units, powers), units, powers)


def _rate(
    snapshot: Snapshot,
    stretch: Window,
    asked: _Asked,
    units: Axis,
    powers: Axis,
    policy: Policy | None,
) -> dict[str, np.ndarray]:
    complaints, heard = (_sum(a, units, powers) for a in (asked.complaints, asked.heard))
    known = powers.any(asked.known[powers.positions], 0)
    value = np.where(known, 12 * divide(complaints, heard), np.nan)
    return {"numerator": complaints, "denominator": heard, "value": value}


def _unmet(
    snapshot: Snapshot,
    stretch: Window,
    asked: _Asked,
    units: Axis,
    powers: Axis,
    policy: Policy | None,
) -> dict[str, np.ndarray]:
    unmet, told = (
        _sum((_of_powers(flags, asked.topics) > 0) & (asked.due > 0), units, powers)
        for flags in answers(snapshot, stretch, policy or snapshot.policy)
    )
    # A unit with cases is known to answer, but without any complaints nothing was asked of it.
    heard = _sum(asked.heard, units, powers)
    return {"numerator": unmet, "denominator": told, "value": divide(unmet, told, heard)}


MEASURES: dict[str, Callable[..., dict[str, np.ndarray]]] = {RATE: _rate, UNMET: _unmet}


def _asked(snapshot: Snapshot, stretch: Window) -> _Asked:
    topics = snapshot.catalogue.topic_powers
    by_topic = _said(snapshot, stretch, TOPIC, snapshot.catalogue.topics["code"])
    by_power = _said(snapshot, stretch, POWER, snapshot.catalogue.powers["code"])
    heard = months_returned(snapshot, stretch, COMPLAINTS)
    patterns, which = snapshot.holdings.by_month(stretch)
    shape = patterns.shape[1:]
    complaints, known, due = (np.zeros(shape, dtype=np.int64) for _ in range(3))
    for number, held in enumerate(patterns):
        months = which == number
        said = _of_powers(by_topic[months].sum(axis=0), topics) + by_power[months].sum(axis=0)
        complaints += held * said
        known += held * heard[months].sum(axis=0)[:, None]
        due += held * int(months.sum())
    # Unique first: the rows are many and say little that is different.
    named = snapshot.returns.complaints[POWER].unique()
    coded = snapshot.catalogue.powers["code"].isin(named).to_numpy()
    return _Asked(complaints, known, due, topics.any(axis=0) | coded, topics)


def _of_powers(counts: np.ndarray, topics: np.ndarray) -> np.ndarray:
    """int64[units, powers]: counts of the topics that name each power."""
    # Few topics name a power; a product of full matrices of integers takes twenty times as long.
    return counts.astype(np.int64) @ scipy.sparse.csr_array(topics, dtype=np.int64)


def _said(snapshot: Snapshot, stretch: Window, column: str, codes: pd.Series) -> np.ndarray:
    """int64[months, units, codes]: complaints."""
    rows = stretch.rows(snapshot.returns.complaints)
    month = pd.Index(stretch.months).get_indexer(rows["month"])
    unit = pd.Index(snapshot.catalogue.units["id"]).get_indexer(rows["unit_id"])
    code = pd.Index(codes).get_indexer(rows[column])
    inside = (unit >= 0) & (code >= 0)
    matrix = np.zeros((len(stretch), len(snapshot.catalogue.units), len(codes)), dtype=np.int64)
    number = rows["complaints"].to_numpy()[inside].astype(np.int64)
    np.add.at(matrix, (month[inside], unit[inside], code[inside]), number)
    return matrix
