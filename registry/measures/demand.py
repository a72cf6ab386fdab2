"""Demand: what residents complain of, and whether the powers that answer it are used.

In: the complaint returns, the topics of the catalogue, the usage cube. Out: records by group of
units, and by topic where asked (DOMAIN §4, 9). A topic's complaints count once, however many
powers it maps to; complaints about one power have no topic.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from registry.adjustment.policy import Policy, read_policy
from registry.errors import UsageError
from registry.language import N_
from registry.measures.completeness import returns_due
from registry.measures.grouping import (
    POWER_DIMENSIONS,
    Axis,
    Selection,
    check_dimensions,
    power_axis,
    time_buckets,
    unit_axis,
)
from registry.snapshot import Snapshot
from registry.window import Window

TOPIC = "topic"
KIND = "complaints"
ALL = ("complaints", "needed_but_unused", "powers_with_cases", "powers_decided")
BY_TOPIC = ALL[1:]
STATES = ("needed_but_unused", "used", "below_limit", "no_case_seen", "no_complaints_returned")
FIGURES = ("numerator", "denominator", "value", "completeness")


@dataclass(frozen=True)
class _Cell:
    """One group of units over one stretch: what was complained of, held and used.

    complaints: topic → count ('' those about a power); months: (returned, due) of complaints;
    held, cases, decisions: by power position, over the group's units; complete: every usage log
    that was due has come.
    """

    complaints: pd.Series
    months: tuple[int, int]
    held: np.ndarray
    cases: np.ndarray
    decisions: np.ndarray
    complete: bool

    @property
    def completeness(self) -> float:
        returned, due = self.months
        return returned / due if due else np.nan


def demand(
    snapshot: Snapshot,
    window: Window,
    by: Sequence[str] = (),
    *,
    selection: Selection = Selection(),  # noqa: B008  frozen
    policy: Policy | None = None,
    measures: Sequence[str] = ALL,
) -> pd.DataFrame:
    """`measure`, the usual columns, `state`, `complaints` and the topic's `powers` by group.

    complaints: how many (a count). By topic, for topics of which the group held a power:
    needed_but_unused: 1 where complaints exceed the policy's limit (a unit and year, pro rata to
    the unit-months returned) and none of the topic's powers was used on any basis, else 0; missing
    where logs or complaints are; `state` says which. powers_with_cases, powers_decided: the
    topic's powers with any case, with a decision ÷ those held: nothing is added over powers.
    Raises UsageError for groups or filters of powers.
    """
    by_topic = TOPIC in by
    by = _whole_units([name for name in by if name != TOPIC], selection)
    limit = (policy or read_policy()).demand_limit
    units = unit_axis(snapshot.catalogue, by, selection)
    records = []
    for label, stretch in time_buckets(window, by):
        for number, group in enumerate(units.labels):
            cell = _cell(snapshot, stretch, units, number)
            if not cell.months[1]:
                continue
            names = dict(zip(by, _in_order(by, units, group, label), strict=True))
            found = _topics(snapshot, cell, limit) if by_topic else _total(cell)
            records += [names | record for record in found if record["measure"] in measures]
    topic = [TOPIC] if by_topic else []
    columns = [*by, *topic, "measure", *FIGURES, "state", "complaints", "powers"]
    return pd.DataFrame(records, columns=columns)


def _whole_units(by: Sequence[str], selection: Selection) -> tuple[str, ...]:
    by = check_dimensions(by)
    for name in POWER_DIMENSIONS:
        if name in by or getattr(selection, name):
            raise UsageError(N_("--{name}:诉求按主题和单位看,不按职权分"), name=name)
    return by


def _in_order(
    by: Sequence[str], units: Axis, group: tuple[str, ...], time: tuple[str, ...]
) -> list[str]:
    """The labels of a cell in the order of the group columns."""
    places = iter(time)
    own = dict(zip(units.dimensions, group, strict=True))
    return [own[name] if name in own else next(places) for name in by]


def _cell(snapshot: Snapshot, stretch: Window, units: Axis, number: int) -> _Cell:
    ends = np.append(units.starts[1:], len(units.positions))
    members = units.positions[units.starts[number] : ends[number]]
    alone = Axis(members, np.zeros(1, dtype=np.int64), [()], ())
    powers = power_axis(snapshot.catalogue, (), Selection())
    marks = snapshot.covered.get(KIND, np.zeros_like(snapshot.returned))
    returned, due = returns_due(snapshot, stretch, alone, powers, marks)
    logged, owed = returns_due(snapshot, stretch, alone, powers)
    patterns, _ = snapshot.holdings.by_month(stretch)
    held = np.logical_or.reduce(patterns)[members]
    return _Cell(
        complaints=_complaints(snapshot, stretch, members),
        months=(int(returned[0, 0]), int(due[0, 0])),
        held=held.any(axis=0),
        cases=(snapshot.cube.counts("any", stretch)[members] * held).sum(axis=0),
        decisions=(snapshot.cube.counts("decision", stretch)[members] * held).sum(axis=0),
        complete=bool(logged[0, 0] == owed[0, 0]),
    )


def _complaints(snapshot: Snapshot, stretch: Window, members: np.ndarray) -> pd.Series:
    rows = snapshot.returns.complaints
    ids = snapshot.catalogue.units["id"].to_numpy()[members]
    own = rows["unit_id"].isin(ids) & rows["month"].between(stretch.first, stretch.last)
    return rows[own].groupby("topic")["complaints"].sum().astype(np.int64)


def _total(cell: _Cell) -> list[dict[str, object]]:
    return [_complaint_record(cell, int(cell.complaints.sum()))]


def _complaint_record(cell: _Cell, count: int) -> dict[str, object]:
    return {
        "measure": "complaints",
        "numerator": count,
        "denominator": 1,
        "value": float(count) if cell.months[0] else np.nan,
        "completeness": cell.completeness,
        "complaints": count,
    }


def _topics(snapshot: Snapshot, cell: _Cell, limit: float) -> list[dict[str, object]]:
    position = {code: i for i, code in enumerate(snapshot.catalogue.powers["code"])}
    records: list[dict[str, object]] = []
    for topic in snapshot.catalogue.topics.itertuples():
        codes = [code for code in str(topic.powers).split(";") if code in position]
        own = np.array([position[code] for code in codes], dtype=np.int64)
        own = own[cell.held[own]]
        if len(own):
            count = int(cell.complaints.get(topic.code, 0))
            about = {TOPIC: topic.code, "powers": ";".join(codes)}
            records += [about | record for record in _of_topic(cell, own, count, limit)]
    return records


def _of_topic(cell: _Cell, own: np.ndarray, count: int, limit: float) -> list[dict[str, object]]:
    state = _state(cell, own, count, limit)
    needed = {"needed_but_unused": 1.0, "used": 0.0, "below_limit": 0.0}.get(state, np.nan)
    shared = {"completeness": cell.completeness, "state": state, "complaints": count}
    used = {"powers_with_cases": cell.cases, "powers_decided": cell.decisions}
    return [
        _complaint_record(cell, count) | {"state": state},
        {
            "measure": "needed_but_unused",
            "numerator": int(state == "needed_but_unused"),
            "denominator": 1,
            "value": needed,
            **shared,
        },
        *(
            {
                "measure": name,
                "numerator": int((counts[own] > 0).sum()),
                "denominator": len(own),
                "value": (counts[own] > 0).mean() if cell.complete else np.nan,
                **shared,
            }
            for name, counts in used.items()
        ),
    ]


def _state(cell: _Cell, own: np.ndarray, count: int, limit: float) -> str:
    """Which of STATES a topic is in; what is not returned decides nothing against anybody."""
    if (cell.cases[own] > 0).any():
        return "used"
    if not cell.months[0]:
        return "no_complaints_returned"
    if count <= limit * cell.months[0] / 12:
        return "below_limit"
    return "needed_but_unused" if cell.complete else "no_case_seen"
