"""Demand: what residents complain of, and whether the powers that answer it are used (§4, 9).

In: complaints returns, topics with their powers, holdings and the usage cube. Out: a record a
group, topic and measure. A topic's complaints count once, however many powers it maps to; cases
are never added over its powers: a topic is used if any of its powers is.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pandas as pd

from registry.adjustment.policy import Policy
from registry.errors import UsageError
from registry.language import N_
from registry.measures.completeness import months_returned
from registry.measures.exercise import NO_CASE_SEEN, USED, divide
from registry.measures.family import one_frame
from registry.measures.grouping import (
    POWER_DIMENSIONS,
    Axis,
    Records,
    Selection,
    check_dimensions,
    power_axis,
    time_buckets,
    unit_axis,
)
from registry.snapshot import Snapshot
from registry.window import Window

COMPLAINTS = "complaints"
NOT_BY_POWERS = N_("--by {name}：投诉按主题计数，一个主题可含几项职权，不能这样分组")
NEEDED, BELOW_LIMIT = "needed_but_unused", "below_limit"
STATES = (USED, BELOW_LIMIT, NO_CASE_SEEN, NEEDED)
FUNNEL = {"inspections_after_complaints": "inspected", "decisions_after_complaints": "decided"}
ALL = (COMPLAINTS, NEEDED, *FUNNEL)
TOPIC, POWER = "topic", "power"
Figures = dict[str, np.ndarray]


@dataclass(frozen=True)
class _Subjects:
    """What complaints are about: topics, or single powers; `powers` are positions of each."""

    axis: Axis
    powers: list[np.ndarray]
    listed: list[str]

    @property
    def column(self) -> str:
        return self.axis.dimensions[0]


@dataclass(frozen=True)
class _Months:
    """bool[months, units] of a stretch; patterns, which: as `Holdings.by_month` gives them."""

    window: Window
    patterns: np.ndarray
    which: np.ndarray
    holder: np.ndarray
    heard: np.ndarray
    logged: np.ndarray

    def held(self, powers: np.ndarray) -> np.ndarray:
        """bool[months, units]: held one of these powers on any day of the month."""
        return np.logical_or.reduce(self.patterns[:, :, powers], axis=2)[self.which]


def demand(
    snapshot: Snapshot,
    window: Window,
    by: Sequence[str] = (),
    *,
    selection: Selection = Selection(),  # noqa: B008  frozen
    policy: Policy | None = None,
    measures: Sequence[str] = ALL,
) -> pd.DataFrame:
    """Complaints by topic, topics that are needed but unused, and what follows complaints.

    complaints: how many, each once. needed_but_unused: 1 where some unit of the group had more
    complaints than the policy's limit (for the months it returned) and no unit of the group used
    any of the topic's powers on any basis, else 0; `state` says which, `powers` lists the topic's
    powers, and `units_above_limit` counts such units among those behind `complaints`.
    inspections_after_complaints, decisions_after_complaints: units that inspected (decided) under
    one of the topic's powers in the month of their first complaint or later in the window ÷ units
    with complaints.

    Grouped by topic, or with `power` by single powers, where complaints given by the power's code
    count. Filters of powers choose topics with such a power. Raises UsageError for other groups
    of powers: a topic's powers may be of several departments.
    """
    by = _with_subject(by)
    units = unit_axis(snapshot.catalogue, tuple(n for n in by if n != TOPIC), selection)
    subjects = SUBJECTS[TOPIC if TOPIC in by else POWER](snapshot, selection)
    limit = (policy or snapshot.policy).demand_limit
    records = {name: Records(by, units, subjects.axis) for name in measures}
    for label, stretch in time_buckets(window, by):
        facts = _facts(snapshot, stretch, subjects, limit, follows=bool({*measures} & {*FUNNEL}))
        sums = {name: units.add(fact[units.positions], 0) for name, fact in facts.items()}
        for name in measures:
            keep, figures = _figures(name, sums, subjects)
            records[name].add(label, keep, **figures)
    return one_frame(by, {name: rows.frame() for name, rows in records.items()})


def answers(snapshot: Snapshot, stretch: Window, policy: Policy) -> tuple[np.ndarray, np.ndarray]:
    """bool[units, topics]: (needed but unused, known whether it is), of each unit alone."""
    topics = _topics(snapshot, Selection())
    facts = _facts(snapshot, stretch, topics, policy.demand_limit, follows=False)
    state, held = _state(facts), facts["held"] > 0
    known = np.isin(state, (USED, BELOW_LIMIT, NEEDED))
    return held & (state == NEEDED), held & known


def _with_subject(by: Sequence[str]) -> tuple[str, ...]:
    """The group columns with `topic`, unless they name `power`."""
    asked = tuple(by) or ("city",)
    check_dimensions([name for name in asked if name != TOPIC])
    for name in asked:
        if name in POWER_DIMENSIONS and (name != POWER or TOPIC in asked):
            raise UsageError(NOT_BY_POWERS, name=name)
    return asked if {TOPIC, POWER} & set(asked) else (*asked, TOPIC)


def _topics(snapshot: Snapshot, selection: Selection) -> _Subjects:
    """Topics in the order of their file, all or those with a selected power."""
    catalogue = snapshot.catalogue
    chosen = power_axis(catalogue, (), selection).positions
    everything = len(chosen) == len(catalogue.powers)
    topics, named = catalogue.topics, catalogue.topic_powers
    rows = [
        (code, np.flatnonzero(powers), listed)
        for code, powers, listed in zip(topics["code"], named, topics["powers"], strict=True)
        if everything or powers[chosen].any()
    ]
    return _subjects(TOPIC, rows)


def _single_powers(snapshot: Snapshot, selection: Selection) -> _Subjects:
    codes = snapshot.catalogue.powers["code"]
    chosen = power_axis(snapshot.catalogue, (POWER,), selection).positions
    return _subjects(POWER, [(codes.iloc[p], np.array([p]), codes.iloc[p]) for p in chosen])


SUBJECTS = {TOPIC: _topics, POWER: _single_powers}


def _subjects(column: str, rows: list[tuple[str, np.ndarray, str]]) -> _Subjects:
    places = np.arange(len(rows))
    axis = Axis(places, places, [(code,) for code, _, _ in rows], (column,))
    return _Subjects(axis, [powers for _, powers, _ in rows], [listed for *_, listed in rows])


def _facts(
    snapshot: Snapshot, stretch: Window, subjects: _Subjects, limit: float, *, follows: bool
) -> Mapping[str, np.ndarray]:
    """int64[units, subjects] that add up over units; what follows complaints only if asked."""
    patterns, which = snapshot.holdings.by_month(stretch)
    heard = months_returned(snapshot, stretch, COMPLAINTS)
    holder = np.logical_or.reduce(patterns, axis=2)[which]
    months = _Months(stretch, patterns, which, holder, heard, months_returned(snapshot, stretch))
    said = _said(snapshot, stretch, subjects)
    used = snapshot.cube.counts("any", stretch)
    found = [
        _fact(snapshot, months, powers, complaints, used, follows)
        for powers, complaints in zip(subjects.powers, said, strict=True)
    ]
    shape = (len(snapshot.catalogue.units), 0)
    facts = {
        name: np.stack([f[name] for f in found], axis=1) if found else np.zeros(shape, np.int64)
        for name in (*FACTS, *(STEPS if follows else ()))
    }
    # The limit is of a year: it shrinks with the months that the unit returned.
    above = facts["own_complaints"] > limit * facts["held_heard"] / 12
    return facts | {"above": (above & (facts["held_heard"] > 0)).astype(np.int64)}


def _said(snapshot: Snapshot, stretch: Window, subjects: _Subjects) -> Iterator[np.ndarray]:
    """int64[months, units] of each subject: its complaints."""
    rows = stretch.rows(snapshot.returns.complaints)
    subject = pd.Index([code for (code,) in subjects.axis.labels]).get_indexer(
        rows[subjects.column]
    )
    month = pd.Index(stretch.months).get_indexer(rows["month"])
    units = snapshot.catalogue.units["id"]
    cell = month * len(units) + pd.Index(units).get_indexer(rows["unit_id"])
    size = len(stretch) * len(units)
    order = np.argsort(subject, kind="stable")
    counts = rows["complaints"].to_numpy()
    ends = np.searchsorted(subject[order], np.arange(len(subjects.powers) + 1))
    for first, end in pairwise(ends):
        own = order[first:end]
        # Sums stay under 2^53, where floating point is exact.
        sums = np.bincount(cell[own], counts[own], minlength=size).astype(np.int64)
        yield sums.reshape(len(stretch), len(units))


FACTS = (
    *("complaints", "due", "heard"),
    *("own_complaints", "held", "held_heard", "held_logged", "cases"),
)
STEPS = ("complained", "inspected", "decided")


def _fact(
    snapshot: Snapshot,
    months: _Months,
    powers: np.ndarray,
    complaints: np.ndarray,
    used: np.ndarray,
    follows: bool,
) -> dict[str, np.ndarray]:
    """int64[units] of one subject. The first three are of the months in which the unit held any
    power, `own_complaints` and the held ones of those in which it held one of the subject's."""
    held = months.held(powers)
    own = complaints * held
    counts = {
        "complaints": complaints * months.holder,
        "due": months.holder,
        "heard": months.holder & months.heard,
        "own_complaints": own,
        "held": held,
        "held_heard": held & months.heard,
        "held_logged": held & months.logged,
    }
    sums = {name: np.add.reduce(matrix, dtype=np.int64) for name, matrix in counts.items()}
    # Only compared with 0: a case with several powers stands in it several times.
    sums["cases"] = used[:, powers].sum(axis=1, dtype=np.int64)
    return sums | (_after(snapshot, months.window, powers, own) if follows else {})


def _after(
    snapshot: Snapshot, stretch: Window, powers: np.ndarray, complaints: np.ndarray
) -> dict[str, np.ndarray]:
    """Which units had complaints, and which of them inspected or decided from then on."""
    complained = np.logical_or.reduce(complaints > 0)
    first = np.array(stretch.months)[(complaints > 0).argmax(axis=0)]

    def acted(basis: str) -> np.ndarray:
        counts = snapshot.cube.counts_since(basis, first, stretch.last, powers)
        return complained & np.logical_or.reduce(counts > 0, axis=1)

    facts = {
        "complained": complained,
        "inspected": acted("inspection"),
        "decided": acted("decision"),
    }
    return {name: fact.astype(np.int64) for name, fact in facts.items()}


def _figures(
    measure: str, sums: Mapping[str, np.ndarray], subjects: _Subjects
) -> tuple[np.ndarray, Figures]:
    """(groups with a record, the columns of their records)."""
    if measure == COMPLAINTS:
        return sums["due"] > 0, _complaints(sums)
    if measure == NEEDED:
        return sums["held"] > 0, _needed(sums, subjects)
    return sums["held"] > 0, _funnel(sums, FUNNEL[measure])


def _complaints(sums: Mapping[str, np.ndarray]) -> Figures:
    number = sums["complaints"]
    return {
        "numerator": number,
        "denominator": np.ones_like(number),
        "value": np.where(sums["heard"] > 0, number.astype(float), np.nan),
        "completeness": divide(sums["heard"], sums["due"]),
    }


def _needed(sums: Mapping[str, np.ndarray], subjects: _Subjects) -> Figures:
    state = _state(sums)
    flag = (state == NEEDED).astype(np.int64)
    known = (sums["held_heard"] > 0) & (state != NO_CASE_SEEN)
    return {
        "numerator": flag,
        "denominator": np.ones_like(flag),
        "value": np.where(known, flag.astype(float), np.nan),
        "completeness": divide(sums["held_heard"], sums["held"]),
        "state": state,
        "powers": np.broadcast_to(np.array(subjects.listed, dtype=object), flag.shape),
        "complaints": sums["own_complaints"].astype(float),
        "units_above_limit": sums["above"].astype(float),
    }


def _state(sums: Mapping[str, np.ndarray]) -> np.ndarray:
    """One of STATES; None where no complaints were returned and no case was seen."""
    silent = np.where(sums["held_logged"] < sums["held"], NO_CASE_SEEN, NEEDED).astype(object)
    silent[sums["above"] == 0] = BELOW_LIMIT
    silent[sums["held_heard"] == 0] = None
    silent[sums["cases"] > 0] = USED
    return silent


def _funnel(sums: Mapping[str, np.ndarray], step: str) -> Figures:
    complained = sums["complained"]
    return {
        "numerator": sums[step],
        "denominator": complained,
        "value": divide(sums[step], complained, sums["held_logged"]),
        "completeness": divide(sums["held_logged"], sums["held"]),
    }
