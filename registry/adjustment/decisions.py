"""The decisions that stand: read, and their state on a day.

In: a connection. Out: `Decided` records, the newest first.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Row

from registry import access, models
from registry.adjustment.compared import Plan
from registry.adjustment.kinds import SEPARATOR
from registry.adjustment.scope import Scope
from registry.db import current, table
from registry.errors import RegistryError
from registry.language import N_

STATES = {
    "decided": N_("已决定，待生效"),
    "in_force": N_("已生效"),
    "revoked": N_("已被撤销"),
}


@dataclass(frozen=True)
class Decided:
    """A decision. `revoked_by` and `revoked_on`: the one that takes it back, and from when."""

    number: int
    proposal: int
    powers: tuple[str, ...]
    kind: str
    scope: Scope
    reason: str
    instrument: str
    decided_on: date
    decided_by: str
    effective_on: date
    revokes: int | None
    plan: Plan
    recorded_in: int
    revoked_by: int | None = None
    revoked_on: date | None = None

    def state(self, day: date) -> str:
        """A code of STATES."""
        if self.revoked_on and self.revoked_on <= day:
            return "revoked"
        return "in_force" if self.effective_on <= day else "decided"


def read_decisions(connection: Connection, known: int | None = None) -> list[Decided]:
    """All decisions, the newest first, as known now or when act `known` was the newest."""
    shape = table(models.Decision)
    query = sa.select(shape).where(current(shape, known)).order_by(shape.c.id.desc())
    rows = connection.execute(query).all()
    revoking = {row.revokes: row for row in rows if row.revokes is not None}
    return [_decided(row, revoking.get(row.id)) for row in rows]


def _decided(row: Row, revoking: Row | None) -> Decided:
    return Decided(
        number=row.id,
        proposal=row.assessment_id,
        powers=tuple(row.powers.split(SEPARATOR)),
        kind=row.kind,
        scope=Scope(_codes(row.districts), _codes(row.units)),
        reason=access.scope().words(row.reason),
        instrument=row.instrument,
        decided_on=row.decided_on,
        decided_by=row.decided_by,
        effective_on=row.effective_on,
        revokes=row.revokes,
        plan=Plan.read(json.loads(row.measures)),
        recorded_in=row.recorded_in,
        revoked_by=revoking.id if revoking else None,
        revoked_on=revoking.effective_on if revoking else None,
    )


def _codes(text: str) -> tuple[str, ...]:
    return tuple(filter(None, text.split(SEPARATOR)))


def decision_of(connection: Connection, number: int) -> Decided:
    """Raises RegistryError where there is no such decision."""
    found = [one for one in read_decisions(connection) if one.number == number]
    if not found:
        raise RegistryError(
            N_("没有第 {number} 号决定；registry decide 不写提案即列出全部决定"), number=number
        )
    return found[0]


def decision_on(connection: Connection, proposal: int) -> Decided | None:
    """What was decided on a proposal, if anything."""
    return next((one for one in read_decisions(connection) if one.proposal == proposal), None)


def touching(decisions: Sequence[Decided], powers: Sequence[str]) -> list[Decided]:
    """The decisions on any of these powers."""
    return [one for one in decisions if set(one.powers) & set(powers)]
