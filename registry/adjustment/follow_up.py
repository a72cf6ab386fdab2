"""Follow-ups: some months after a decision, the measures fixed in it, before and after.

In: a decision and a snapshot. Out: records by group (units that changed, units that did not) and
measure; the finding in them with its explanation or its action; the list of what is due.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from registry import models
from registry.access import scope
from registry.adjustment.compared import FIGURE, figures
from registry.adjustment.decisions import Decided, decision_of, read_decisions
from registry.adjustment.policy import read_policy
from registry.adjustment.since import acts_on_follow_up, told
from registry.canonical import canonical_text
from registry.db import current, insert_row, record_act, table
from registry.errors import RegistryError, UsageError
from registry.language import N_, Series
from registry.snapshot import Snapshot

GROUPS = {"changed": N_("调整的单位"), "unchanged": N_("未调整的单位")}
PERIODS = ("before", "after")
WORDS = ("finding", "explanation", "action")
FOLLOW_UP_STATES = {
    "overdue": N_("逾期未评估"),
    "action_overdue": N_("措施逾期"),
    "due": N_("应评估"),
    "action_open": N_("措施进行中"),
    "coming": N_("未到期"),
    "failed": N_("未达预期，已说明"),
    "action_done": N_("措施已完成"),
    "as_expected": N_("符合预期"),
    "void": N_("决定已撤销，不再评估"),
}
"""From what needs somebody most to what needs nobody any more."""


@dataclass(frozen=True)
class Finding:
    """What was found; '' where the figures are as expected. `due_on` goes with an action."""

    finding: str = ""
    explanation: str = ""
    action: str = ""
    due_on: date | None = None


@dataclass(frozen=True)
class Recorded:
    """A follow-up that was carried out."""

    measured_on: date
    figures: list[dict[str, Any]]
    finding: Finding
    done_on: date | None
    known: int


@dataclass(frozen=True)
class FollowUp:
    """One follow-up of a decision, carried out or not.

    `due_from`: the first day after the months that it compares; `due_by`: the last day in time.
    """

    decision: Decided
    months: int
    due_from: date
    due_by: date
    recorded: Recorded | None

    def state(self, day: date) -> str:
        """A code of FOLLOW_UP_STATES."""
        if self.recorded:
            return _state_of(self.recorded, day)
        revoked = self.decision.revoked_on
        if revoked and revoked < self.due_from:
            return "void"
        if day < self.due_from:
            return "coming"
        return "overdue" if day > self.due_by else "due"

    @property
    def needed_by(self) -> date:
        """The day by which the next thing has to be done."""
        action_due = self.recorded.finding.due_on if self.recorded else None
        return action_due or self.due_by


def _state_of(recorded: Recorded, day: date) -> str:
    finding = recorded.finding
    if not finding.finding:
        return "as_expected"
    if not finding.action:
        return "failed"
    if recorded.done_on:
        return "action_done"
    return "action_overdue" if finding.due_on and finding.due_on < day else "action_open"


def read_follow_ups(connection: Connection, day: date, known: int | None = None) -> list[FollowUp]:
    """Every follow-up of every decision as of a day: overdue ones first, then by the day due."""
    shape = table(models.FollowUp)
    rows = connection.execute(sa.select(shape).where(current(shape, known))).mappings()
    recorded = {(row["decision_id"], row["months"]): _recorded(row) for row in rows}
    listed = [
        _follow_up(decided, int(months), recorded.get((decided.number, int(months))))
        for decided in read_decisions(connection, known)
        for months in decided.plan.windows
    ]
    order = list(FOLLOW_UP_STATES)
    return sorted(
        listed, key=lambda one: (order.index(one.state(day)), one.needed_by, one.decision.number)
    )


def _follow_up(decided: Decided, months: int, recorded: Recorded | None) -> FollowUp:
    due = decided.plan.window(months, "after").end
    days = timedelta(days=read_policy().decision.follow_up_days)
    return FollowUp(decided, months, due, due + days, recorded)


def _recorded(row: Mapping[Any, Any]) -> Recorded:
    return Recorded(
        measured_on=row["measured_on"],
        figures=json.loads(row["figures"]),
        finding=Finding(**{n: scope().words(row[n]) for n in WORDS}, due_on=row["due_on"]),
        done_on=row["done_on"],
        known=row["known_in"],
    )


def compare(snapshot: Snapshot, decided: Decided, months: int) -> list[dict[str, Any]]:
    """`group, measure, power`, FIGURE before and after, each named `value_before` and so on.

    `change` is the difference of the values, missing where one is.
    """
    check_months(decided, months)
    records = []
    for group in GROUPS:
        units = getattr(decided.plan, group)
        before, after = (
            figures(snapshot, decided.plan.window(months, period), decided.powers, units)
            for period in PERIODS
        )
        records += [_beside(group, *pair) for pair in zip(before, after, strict=True)]
    return records


def _beside(group: str, before: dict[str, Any], after: dict[str, Any]) -> dict[str, Any]:
    record = {"group": group, "measure": before["measure"], "power": before["power"]}
    for period, figure in zip(PERIODS, (before, after), strict=True):
        record |= {f"{name}_{period}": figure[name] for name in FIGURE}
    known = before["value"] is not None and after["value"] is not None
    return record | {"change": after["value"] - before["value"] if known else None}


def check_months(decided: Decided, months: int) -> None:
    """Raises UsageError for a number of months that the decision has not fixed."""
    if str(months) not in decided.plan.windows:
        raise UsageError(
            N_("--months {months}：第 {number} 号决定定下的是 {known} 个月"),
            months=months,
            number=decided.number,
            known=Series(decided.plan.windows),
        )


def follow_up(
    connection: Connection,
    snapshot: Snapshot,
    number: int,
    months: int,
    finding: Finding,
    *,
    today: date,
    actor: str,
) -> list[dict[str, Any]]:
    """Carry a follow-up out: record the comparison and what was found; an earlier one ends.

    Raises RegistryError before its months are over, for a finding without an explanation or a
    dated action, and where somebody has recorded it since the snapshot.
    """
    decided = decision_of(connection, number)
    _require_unrecorded(connection, number, months, snapshot.revision)
    compared = compare(snapshot, decided, months)
    _check_day(decided, months, today)
    _check_finding(finding, today)
    row = {
        "decision_id": number,
        "months": months,
        "measured_on": today,
        "known_in": snapshot.revision,
        "figures": canonical_text(compared),
        "finding": finding.finding.strip(),
        "explanation": finding.explanation.strip(),
        "action": finding.action.strip(),
        "due_on": finding.due_on,
    }
    _supersede(connection, row, actor)
    return compared


def finish_action(
    connection: Connection, number: int, months: int, *, today: date, actor: str
) -> None:
    """Record that the action of a follow-up is done; raises RegistryError where it has none."""
    shape = table(models.FollowUp)
    this = (shape.c.decision_id == number) & (shape.c.months == months) & current(shape)
    row = connection.execute(sa.select(shape).where(this)).mappings().first()
    if row is None or not row["action"] or row["done_on"]:
        raise RegistryError(
            N_("第 {number} 号决定 {months} 个月的跟踪评估没有待完成的措施"),
            number=number,
            months=months,
        )
    kept = {k: v for k, v in row.items() if k not in ("id", "recorded_in", "superseded_in")}
    _supersede(connection, kept | {"done_on": today}, actor)


def _supersede(connection: Connection, row: Mapping[str, Any], actor: str) -> None:
    """The row in the place of the one for the same decision and months."""
    act = record_act(
        connection, "follow-up", actor, f"{row['decision_id']}: {row['months']} months"
    )
    shape = table(models.FollowUp)
    same = (shape.c.decision_id == row["decision_id"]) & (shape.c.months == row["months"])
    connection.execute(sa.update(shape).where(same, current(shape)).values(superseded_in=act))
    insert_row(connection, models.FollowUp, {**row, "recorded_in": act})


def _require_unrecorded(connection: Connection, number: int, months: int, seen: int) -> None:
    acts = acts_on_follow_up(connection, number, months, seen)
    if acts:
        raise RegistryError(
            N_(
                "第 {number} 号决定 {months} 个月的跟踪评估刚有人登记，没有再记一次：{changes}。"
                "请看过再登记"
            ),
            number=number,
            months=months,
            changes=told(connection, acts),
        )


def _check_day(decided: Decided, months: int, today: date) -> None:
    end = decided.plan.window(months, "after").end
    if today < end:
        raise RegistryError(
            N_("第 {number} 号决定生效后的 {months} 个月到 {end} 才满；请在那以后评估"),
            number=decided.number,
            months=months,
            end=end,
        )


def _check_finding(found: Finding, today: date) -> None:
    if not found.finding.strip():
        if found.explanation or found.action or found.due_on:
            raise UsageError(N_("没有写发现的问题，不必写说明或措施"))
        return
    if bool(found.action.strip()) != bool(found.due_on):
        raise UsageError(N_("措施要有期限：措施和期限要同时写"))
    if not found.explanation.strip() and not found.action.strip():
        raise RegistryError(N_("发现的问题要有说明，或有措施和期限"))
    if found.due_on and found.due_on < today:
        raise RegistryError(
            N_("措施的期限 {due} 早于评估日 {today}"), due=found.due_on, today=today
        )


def needing(follow_ups: Sequence[FollowUp], day: date) -> list[FollowUp]:
    """Those that somebody has to do something about, as they are ordered."""
    urgent = ("overdue", "action_overdue", "due", "action_open")
    return [one for one in follow_ups if one.state(day) in urgent]
