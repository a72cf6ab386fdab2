"""Opinions of districts and units on a proposal: keep or return, with a reason.

In: a proposal, who speaks, a view. Out: the words that stand, each with whether it dissents.
"""

from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from registry import models
from registry.access import scope
from registry.adjustment.assessment import Proposal, proposal_of, require_reason
from registry.adjustment.decisions import Decided, decision_on
from registry.adjustment.kinds import VIEWS, check_kind
from registry.adjustment.scope import keeps
from registry.catalogue import Catalogue
from registry.db import current, insert_row, record_act, table
from registry.errors import RegistryError
from registry.language import N_


@dataclass(frozen=True)
class Opinion:
    """`district` is the speaker's, or the speaker itself; `unit` is '' where a district speaks."""

    proposal: int
    district: str
    unit: str
    view: str
    reason: str
    said_on: date
    recorded_in: int

    @property
    def speaker(self) -> str:
        return self.unit or self.district


def add_opinion(
    connection: Connection,
    catalogue: Catalogue,
    proposal: int,
    speaker: str,
    view: str,
    reason: str,
    *,
    today: date,
    actor: str,
) -> None:
    """Record what a district or unit (by code) says; its earlier word on the proposal ends.

    Raises RegistryError where there is no such proposal or speaker, no reason is given, the power
    is proposed in another district, or the decision has been made.
    """
    check_kind("--view", view, VIEWS)
    require_reason(reason)
    asked = proposal_of(connection, proposal)
    unit, district = _speaker(speaker, catalogue)
    scope().check_districts((district,))
    _check_open(connection, asked, district, today)
    act = record_act(connection, "opinion", actor, f"{proposal}: {speaker} {view}")
    shape = table(models.Opinion)
    same = (shape.c.assessment_id == proposal) & (shape.c.scope_code == speaker) & current(shape)
    connection.execute(sa.update(shape).where(same).values(superseded_in=act))
    row = {
        "assessment_id": proposal,
        "scope": "unit" if unit else "district",
        "scope_code": speaker,
        "view": view,
        "reason": reason.strip(),
        "said_on": today,
        "recorded_in": act,
    }
    insert_row(connection, models.Opinion, row)


def _speaker(code: str, catalogue: Catalogue) -> tuple[str, str]:
    """(unit or '', district) of a code."""
    units = catalogue.units.set_index("code")
    if code not in units.index:
        raise RegistryError(N_("「{code}」不是区，也不是街道、乡镇的代码"), code=code)
    is_district = units.loc[code, "unit_kind"] == "district"
    return ("" if is_district else code), str(units.loc[code, "district_code"])


def _check_open(connection: Connection, asked: Proposal, district: str, today: date) -> None:
    if asked.district and asked.district != district:
        raise RegistryError(
            N_("第 {number} 号提案只涉及 {district}；{speaker} 的单位不在其中"),
            number=asked.number,
            district=asked.district,
            speaker=district,
        )
    if today < asked.proposed_on:
        raise RegistryError(
            N_("第 {number} 号提案是 {day} 才提出的，意见不能早于它"),
            number=asked.number,
            day=asked.proposed_on,
        )
    decided = decision_on(connection, asked.number)
    if decided:
        raise RegistryError(
            N_("第 {number} 号提案已有决定（{instrument}，{day}），不再收意见"),
            number=asked.number,
            instrument=decided.instrument,
            day=decided.decided_on,
        )


def read_opinions(
    connection: Connection, catalogue: Catalogue, known: int | None = None
) -> list[Opinion]:
    """The opinions that stand, in the order in which they were said."""
    shape = table(models.Opinion)
    query = sa.select(shape).where(current(shape, known)).order_by(shape.c.id)
    districts = dict(zip(catalogue.units["code"], catalogue.units["district_code"], strict=True))
    return [
        Opinion(
            proposal=row.assessment_id,
            district=districts[row.scope_code],
            unit=row.scope_code if row.scope == "unit" else "",
            view=row.view,
            reason=scope().words(row.reason),
            said_on=row.said_on,
            recorded_in=row.recorded_in,
        )
        for row in connection.execute(query)
    ]


def dissents(opinion: Opinion, proposal: Proposal, decided: Decided | None) -> bool:
    """Whether a view goes against what was decided for its speaker, or as yet is recommended.

    A recommendation to differentiate says nothing yet about who shall hold; neither does keeping
    or training by a revocation.
    """
    kind, scope = proposal.recommendation, proposal.scope
    if decided and decided.revokes is None:
        kind, scope = decided.kind, decided.scope
    elif kind == "differentiate":
        return False
    return (opinion.view == "keep") != keeps(kind, scope, opinion.unit, opinion.district)
