"""From a proposal to a decision, its instrument, and holdings that open and close on its day.

In: an order. Out: a numbered decision, rows of holding that supersede others, and the measures
that its follow-ups will compare. All in the caller's one transaction, in which the version that
the order rests on is checked: of two officers, the second is told what the first has changed.
"""

from dataclasses import dataclass, field
from datetime import date, timedelta

import numpy as np
from sqlalchemy.engine import Connection

from registry import models
from registry.adjustment.assessment import Proposal, proposal_of, require_reason
from registry.adjustment.compared import Plan, plan
from registry.adjustment.decisions import (
    Decided,
    decision_of,
    decision_on,
    read_decisions,
    touching,
)
from registry.adjustment.kinds import DECISIONS, REVOKE, SEPARATOR, check_kind
from registry.adjustment.policy import read_policy
from registry.adjustment.scope import CHANGES, Scope, check_kind_of_scope, check_scope
from registry.adjustment.since import acts_on_opinions, acts_on_powers, told
from registry.canonical import canonical_text
from registry.catalogue import Catalogue
from registry.db import insert_row, record_act
from registry.errors import RegistryError, UsageError
from registry.holdings import (
    Holdings,
    close_holdings,
    note_instrument,
    open_holdings,
    read_holdings,
    restore_holdings,
)
from registry.language import N_, Series, Text
from registry.window import add_months, month_of, month_start


@dataclass(frozen=True)
class Order:
    """What is to be decided. `seen`: the newest act that the officer has seen; by default the
    proposal's evidence, so that opinions said since are no objection.

    Without a scope the decision applies where the proposal does.
    """

    proposal: int
    kind: str
    instrument: str
    effective_on: date
    reason: str
    scope: Scope = field(default_factory=Scope)
    revokes: int | None = None
    seen: int | None = None
    title: str = ""


def decide(
    connection: Connection, catalogue: Catalogue, order: Order, *, today: date, actor: str
) -> Decided:
    """Record a decision made today and change the register from its effective date on.

    Raises RegistryError where the proposal has been decided, its powers have changed since its
    evidence, the date leaves no time for the hand-over, the scope does not fit, or nothing would
    change.
    """
    asked = proposal_of(connection, order.proposal)
    scope = asked.scope if order.scope.is_city else order.scope
    _require_undecided(connection, asked)
    _require_unchanged(connection, asked, order.seen)
    _check_order(order, asked, today)
    _check_scope(order, scope, asked, catalogue)
    revoked = _revoked(connection, order, asked)
    before = read_holdings(connection, catalogue)
    act = record_act(connection, "decide", actor, _note(order, asked))
    note_instrument(connection, order.instrument, order.effective_on, order.title)
    _change_holdings(connection, catalogue, order, scope, asked, revoked, act)
    after = read_holdings(connection, catalogue)
    if not revoked:
        _require_effect(order, scope, asked, before, after)
    months = read_policy().decision.follow_up_months
    fixed = plan(before, after, asked.powers, order.effective_on, scope, months)
    number = _record(connection, order, scope, asked, fixed, today=today, actor=actor, act=act)
    return decision_of(connection, number)


def _note(order: Order, asked: Proposal) -> str:
    powers = SEPARATOR.join(asked.powers)
    return f"{order.instrument} {order.kind} {powers} {order.effective_on}"


def _record(
    connection: Connection,
    order: Order,
    scope: Scope,
    asked: Proposal,
    fixed: Plan,
    *,
    today: date,
    actor: str,
    act: int,
) -> int:
    row = {
        "assessment_id": asked.number,
        "powers": SEPARATOR.join(asked.powers),
        "kind": order.kind,
        "districts": SEPARATOR.join(scope.districts),
        "units": SEPARATOR.join(scope.units),
        "reason": order.reason.strip(),
        "instrument": order.instrument,
        "decided_on": today,
        "decided_by": actor,
        "effective_on": order.effective_on,
        "revokes": order.revokes,
        "measures": canonical_text(fixed.record()),
        "recorded_in": act,
    }
    return insert_row(connection, models.Decision, row)


def _require_undecided(connection: Connection, asked: Proposal) -> None:
    decided = decision_on(connection, asked.number)
    if decided:
        raise RegistryError(
            N_(
                "第 {proposal} 号提案已经有决定，没有再记一次：{changes}。"
                "要改变它，请重新提出，以新的文件作出新的决定"
            ),
            proposal=asked.number,
            changes=told(connection, {decided.recorded_in}),
        )


def _require_unchanged(connection: Connection, asked: Proposal, seen: int | None) -> None:
    """The powers stand as the evidence knew them, and all that the officer has not seen is none."""
    acts = acts_on_powers(connection, asked.powers, asked.known)
    if seen is not None:
        acts |= acts_on_opinions(connection, asked.number, seen)
    if acts:
        raise RegistryError(
            N_("第 {proposal} 号提案提出以后有变化，没有记下决定：{changes}。{way_on}"),
            proposal=asked.number,
            changes=told(connection, acts),
            way_on=Text(
                N_("请看过变化，以现在的证据重新提出")
                if acts_on_powers(connection, asked.powers, asked.known)
                else N_("请看过变化再作决定")
            ),
        )


def _check_order(order: Order, asked: Proposal, today: date) -> None:
    check_kind("--kind", order.kind, DECISIONS)
    require_reason(order.reason)
    if not order.instrument.strip():
        raise UsageError(N_("决定要有文号"))
    if today < asked.proposed_on:
        raise RegistryError(
            N_("决定日 {day} 早于第 {proposal} 号提案的提出日 {proposed}"),
            day=today,
            proposal=asked.number,
            proposed=asked.proposed_on,
        )
    _check_effective(order.effective_on, today)


def _check_effective(effective: date, decided: date) -> None:
    days = read_policy().decision.hand_over_days
    earliest = _month_from(decided + timedelta(days=days))
    if effective.day != 1:
        raise RegistryError(
            N_("生效日期 {day} 不是某月的 1 日；请写成 {right}"),
            day=effective,
            right=max(earliest, _month_from(effective)),
        )
    if effective < earliest:
        raise RegistryError(
            N_(
                "生效日期 {day} 距决定日 {decided} 不足 {days} 天的交接期（政策文件 "
                "decision.hand_over_days）；最早是 {earliest}"
            ),
            day=effective,
            decided=decided,
            days=days,
            earliest=earliest,
        )


def _month_from(day: date) -> date:
    """The first day of a month that is not before this day."""
    return day if day.day == 1 else month_start(add_months(month_of(day), 1))


def _check_scope(order: Order, scope: Scope, asked: Proposal, catalogue: Catalogue) -> None:
    if (order.kind == REVOKE) != (order.revokes is not None):
        raise UsageError(
            N_("撤销一项决定，类别是撤销（revoke），并写明撤销第几号决定；其他类别不写")
        )
    if order.kind == REVOKE and not order.scope.is_city:
        raise UsageError(N_("撤销恢复原来的持有，不另写区或街道、乡镇"))
    check_kind_of_scope(order.kind, scope, asked.scope)
    check_scope(scope, asked.scope, catalogue, order.effective_on)


def _revoked(connection: Connection, order: Order, asked: Proposal) -> Decided | None:
    """The decision that is taken back; refused where something else rests on it."""
    if order.revokes is None:
        return None
    revoked = decision_of(connection, order.revokes)
    if revoked.kind == REVOKE:
        raise RegistryError(
            N_("第 {number} 号决定本身是撤销，不能再撤销；请作出新的决定"), number=revoked.number
        )
    if set(revoked.powers) != set(asked.powers):
        raise RegistryError(
            N_("第 {number} 号决定的职权是 {powers}，与提案的不同；请就这些职权提出"),
            number=revoked.number,
            powers=", ".join(revoked.powers),
        )
    if revoked.instrument == order.instrument:
        raise RegistryError(
            N_("撤销要有自己的文件：{instrument} 是第 {number} 号决定本身的文号"),
            instrument=order.instrument,
            number=revoked.number,
        )
    _require_last(connection, revoked)
    return revoked


def _require_last(connection: Connection, revoked: Decided) -> None:
    """What was decided later on the same powers would be undone along with it."""
    if revoked.revoked_by is not None:
        raise RegistryError(
            N_("第 {number} 号决定已被第 {by} 号决定撤销"),
            number=revoked.number,
            by=revoked.revoked_by,
        )
    later = [
        one.number
        for one in touching(read_decisions(connection), revoked.powers)
        if one.number > revoked.number and one.revoked_by is None and one.kind != REVOKE
    ]
    if later:
        raise RegistryError(
            N_("第 {number} 号决定之后又有决定 {later}；请先撤销后来的，或直接作出新的决定"),
            number=revoked.number,
            later=Series(sorted(later)),
        )


def _change_holdings(
    connection: Connection,
    catalogue: Catalogue,
    order: Order,
    scope: Scope,
    asked: Proposal,
    revoked: Decided | None,
    act: int,
) -> None:
    """Close and open what the decision says, by its instrument, from its effective date."""
    by = (order.instrument, order.effective_on, act)
    if revoked and revoked.kind in CHANGES:
        restore_holdings(connection, asked.powers, revoked.recorded_in - 1, *by)
    if order.kind not in CHANGES:
        return
    change = CHANGES[order.kind](scope, asked.scope, catalogue)
    close_holdings(connection, asked.powers, *by, scopes=change.closed)
    rows = [(power, *row) for power in asked.powers for row in change.opened]
    open_holdings(connection, rows, *by)


def _require_effect(
    order: Order, scope: Scope, asked: Proposal, before: Holdings, after: Holdings
) -> None:
    """Refuses a decision that changes nothing for a power, or keeps one that nobody holds."""
    members = scope.members(before)
    for power in asked.powers:
        column = before.powers["code"].eq(power).to_numpy()
        was, is_now = (held.on(order.effective_on)[:, column] for held in (before, after))
        if order.kind in CHANGES and np.array_equal(was, is_now):
            raise RegistryError(
                N_("{power}：这项决定不改变任何单位在 {day} 的持有；请核对职权、类别和范围"),
                power=power,
                day=order.effective_on,
            )
        if order.kind not in CHANGES and not was[members].any():
            raise RegistryError(
                N_("{power}：范围内没有单位在 {day} 持有，不能保留"),
                power=power,
                day=order.effective_on,
            )
