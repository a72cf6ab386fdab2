"""A past round of adjustment for the demo, made up like all of it, through the ordinary functions.

In: a connection to a register with the demo's returns. Out: 21 powers of the demo's own, added in
2021; one power left with the districts that use it, against one town's wish, in 2022; 20 powers
that nobody has used, returned in 2023; their follow-ups, of which one failed and was explained
and one is overdue.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import pandas as pd
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from registry import models
from registry.adjustment.assessment import Draft, measured, propose
from registry.adjustment.decide import Order, decide
from registry.adjustment.decisions import read_decisions
from registry.adjustment.follow_up import Finding, follow_up
from registry.adjustment.opinion import add_opinion
from registry.adjustment.scope import Scope
from registry.catalogue import add_powers
from registry.db import current, record_act, table
from registry.holdings import forget_changes
from registry.snapshot import Snapshot, read_snapshot
from registry.window import Window

MARK = "【演示数据，系合成】"
ADDED = {
    "urban_management": 6,
    "water_affairs": 5,
    "health": 4,
    "ecology_environment": 3,
    "agriculture_rural_affairs": 3,
}
"""Powers of the demo's own by source department: 21."""

RETURNED = 20


@dataclass(frozen=True)
class Step:
    """One proposal and its decision."""

    kind: str
    powers: tuple[str, ...]
    reason: str
    window: Window
    proposed_on: date
    decided_on: date
    instrument: str
    effective_on: date
    scope: Scope = Scope()  # noqa: RUF009  frozen
    opinions: tuple[tuple[str, str, str], ...] = ()
    """(who, view, reason)."""
    follow_ups: tuple[tuple[int, date, Finding], ...] = ()


def add_demo_adjustments(connection: Connection, *, actor: str) -> None:
    """Add the demo's own powers and carry the round out, each step on its own day."""
    added = _added_powers()
    add_powers(connection, added)
    snapshot = read_snapshot(connection)
    steps = (
        _added_step(tuple(added["code"])),
        _differentiated_step(snapshot),
        _returned_step(snapshot),
    )
    numbers = [_decide(connection, snapshot, step, actor) for step in steps]
    later = read_snapshot(connection)
    for number, step in zip(numbers, steps, strict=True):
        for months, day, finding in step.follow_ups:
            follow_up(connection, later, number, months, finding, today=day, actor=actor)


def _added_powers() -> pd.DataFrame:
    departments = [code for code, count in ADDED.items() for _ in range(count)]
    numbers = [f"{number:02d}" for number in range(1, len(departments) + 1)]
    return pd.DataFrame(
        {
            "code": [f"DEMO{number}" for number in numbers],
            "name": [f"演示职权{number}（合成，不在正式目录中）" for number in numbers],
            "name_en": [f"Demo power {n} (made up, in no official list)" for n in numbers],
            "kind": "penalty",
            "source_department": departments,
            "law": MARK,
            "effective_from": date(2021, 5, 1),
            "provenance": "demo",
        },
        dtype=object,
    )


def _added_step(powers: tuple[str, ...]) -> Step:
    failed = Finding(
        f"{MARK}半年内新增职权均无案件",
        f"{MARK}文书模板和培训 2021 年 10 月底才到位，此前各单位无从办理",
    )
    return Step(
        kind="delegate_more",
        powers=powers,
        reason=f"{MARK}投诉集中，街道、乡镇人员已基本到位",
        window=Window(202007, 202102),
        proposed_on=date(2021, 3, 8),
        decided_on=date(2021, 3, 25),
        instrument="演示〔2021〕1号",
        effective_on=date(2021, 5, 1),
        opinions=(("110105", "keep", f"{MARK}愿意承接"), ("110108", "keep", f"{MARK}同意")),
        follow_ups=((6, date(2021, 12, 10), failed),),
    )


def _differentiated_step(snapshot: Snapshot) -> Step:
    power, districts = _used_by_few(snapshot)
    town = _town_outside(snapshot, districts)
    return Step(
        kind="differentiate",
        powers=(power,),
        reason=f"{MARK}只有少数区有使用",
        window=Window(202104, 202203),
        proposed_on=date(2022, 4, 11),
        decided_on=date(2022, 5, 12),
        instrument="演示〔2022〕1号",
        effective_on=date(2022, 7, 1),
        scope=Scope(districts),
        opinions=(
            (districts[0], "keep", f"{MARK}经常使用"),
            (town, "keep", f"{MARK}辖区内有河道，希望保留"),
        ),
        follow_ups=((6, date(2023, 1, 20), Finding()), (12, date(2023, 8, 15), Finding())),
    )


def _returned_step(snapshot: Snapshot) -> Step:
    return Step(
        kind="return",
        powers=_never_used(snapshot),
        reason=f"{MARK}两年多从未使用，专业性强",
        window=Window(202110, 202209),
        proposed_on=date(2022, 10, 10),
        decided_on=date(2022, 11, 15),
        instrument="演示〔2022〕2号",
        effective_on=date(2023, 1, 1),
        opinions=(("110101", "return", f"{MARK}同意"), ("110109", "return", f"{MARK}同意")),
        follow_ups=((6, date(2023, 7, 20), Finding()), (12, date(2024, 1, 15), Finding())),
    )


def _districts_using(snapshot: Snapshot) -> dict[str, list[str]]:
    """Penalty powers of the shipped list → districts with any case of them, ever."""
    powers, units = snapshot.catalogue.powers, snapshot.catalogue.units
    used = snapshot.cube.counts("any", snapshot.cube.window) > 0
    penalties = powers["kind"].eq("penalty") & powers["provenance"].ne("demo")
    return {
        str(powers["code"].iloc[place]): sorted(set(units.loc[used[:, place], "district_code"]))
        for place in np.flatnonzero(penalties)
    }


def _used_by_few(snapshot: Snapshot) -> tuple[str, tuple[str, ...]]:
    """The power that the fewest districts use, of at least two."""
    using = {code: d for code, d in _districts_using(snapshot).items() if len(d) > 1}
    power = min(using, key=lambda code: (len(using[code]), code))
    return power, tuple(using[power])


def _town_outside(snapshot: Snapshot, districts: Sequence[str]) -> str:
    units = snapshot.catalogue.units
    outside = units["unit_kind"].eq("town") & ~units["district_code"].isin(districts)
    return str(units.loc[outside & units["valid_to"].isna(), "code"].iloc[0])


def _never_used(snapshot: Snapshot) -> tuple[str, ...]:
    unused = sorted(code for code, districts in _districts_using(snapshot).items() if not districts)
    return tuple(unused[-RETURNED:])


def _decide(connection: Connection, snapshot: Snapshot, step: Step, actor: str) -> int:
    """Propose, hear and decide; returns the decision's number."""
    catalogue = snapshot.catalogue
    evidence = measured(snapshot, step.powers, "", step.window)
    draft = Draft(
        step.powers,
        step.kind,
        step.reason,
        evidence,
        as_of=step.window.end - timedelta(days=1),
        known=snapshot.revision,
        synthetic=True,
    )
    number = propose(connection, catalogue, draft, today=step.proposed_on, actor=actor)
    for who, view, why in step.opinions:
        heard = step.proposed_on + (step.decided_on - step.proposed_on) / 2
        add_opinion(connection, catalogue, number, who, view, why, today=heard, actor=actor)
    order = Order(
        number,
        step.kind,
        step.instrument,
        step.effective_on,
        step.reason,
        step.scope,
        title=f"{MARK}职权动态调整",
    )
    return decide(connection, catalogue, order, today=step.decided_on, actor=actor).number


def end_demo_adjustments(connection: Connection, *, reason: str, actor: str) -> None:
    """End the demo's round by an act: its powers are held as if it had never been.

    A power whose holdings something else has changed since is left as it is.
    """
    assessments = table(models.Assessment)
    of_demo = current(assessments) & assessments.c.synthetic.is_(True)
    proposals = list(connection.scalars(sa.select(assessments.c.id).where(of_demo)))
    decisions = [one for one in read_decisions(connection) if one.proposal in proposals]
    if not proposals:
        return
    act = record_act(connection, "end adjustments", actor, reason)
    for one in decisions:
        forget_changes(connection, one.powers, one.recorded_in, act)
    numbers = [one.number for one in decisions]
    for model, column, ids in (
        (models.FollowUp, "decision_id", numbers),
        (models.Decision, "id", numbers),
        (models.Opinion, "assessment_id", proposals),
        (models.Assessment, "id", proposals),
    ):
        shape = table(model)
        those = current(shape) & shape.c[column].in_(ids)
        connection.execute(sa.update(shape).where(those).values(superseded_in=act))
