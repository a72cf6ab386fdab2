"""Proposals: what should become of powers, on evidence that is frozen with them.

In: powers, a recommendation, a reason and the evidence as known at an act. Out: a numbered
assessment whose evidence never changes. It is the version that a decision is checked against.
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
from registry.adjustment.assess import assess
from registry.adjustment.compared import figures
from registry.adjustment.dossier import dossier
from registry.adjustment.kinds import KINDS, SEPARATOR, check_kind
from registry.adjustment.policy import Policy, read_policy
from registry.adjustment.scope import Scope
from registry.adjustment.since import acts_on_powers
from registry.canonical import canonical_text, text_digest
from registry.catalogue import Catalogue
from registry.db import current, insert_row, record_act, revision, table
from registry.errors import RegistryError, UsageError
from registry.language import N_
from registry.remarks import check_district
from registry.snapshot import Snapshot
from registry.window import Window


@dataclass(frozen=True)
class Draft:
    """A proposal about to be made. `known`: the newest act that the evidence knew."""

    powers: tuple[str, ...]
    recommendation: str
    reason: str
    evidence: Mapping[str, Any]
    as_of: date
    known: int
    district: str = ""
    synthetic: bool = False


@dataclass(frozen=True)
class Proposal:
    """A proposal as it stands."""

    number: int
    powers: tuple[str, ...]
    district: str
    recommendation: str
    reason: str
    proposed_on: date
    proposed_by: str
    as_of: date
    known: int
    data_version: int
    policy_version: str
    digest: str
    evidence: dict[str, Any]
    synthetic: bool
    recorded_in: int

    @property
    def scope(self) -> Scope:
        return Scope((self.district,) if self.district else ())

    def asks(self, draft: Draft) -> bool:
        """Whether it asks the same of the same powers in the same scope, for whatever reason."""
        asked = (set(draft.powers), draft.district, draft.recommendation)
        return (set(self.powers), self.district, self.recommendation) == asked


def measured(
    snapshot: Snapshot, powers: Sequence[str], district: str, window: Window
) -> dict[str, Any]:
    """Evidence on powers in a district ('' for the city): what a follow-up will compare."""
    units = snapshot.catalogue.units
    chosen = snapshot.holdings.can_hold & Scope((district,) if district else ()).members(
        snapshot.holdings
    )
    codes = tuple(units.loc[chosen, "code"])
    return {"window": str(window), "figures": figures(snapshot, window, powers, codes)}


def assessed(
    snapshot: Snapshot, powers: Sequence[str], district: str, as_of: date, policy: Policy
) -> list[dict[str, Any]]:
    """The dossier of each of these powers that somebody held on the day."""
    place = district or None
    rows = assess(snapshot, as_of, policy, ("power", "district") if place else ("power",))
    own = rows if place is None else rows[rows["district"].eq(place)]
    held = set(own["power"])
    return [
        dossier(snapshot, power, place, as_of, policy, rows) for power in powers if power in held
    ]


def drafted(
    snapshot: Snapshot,
    powers: Sequence[str],
    recommendation: str,
    reason: str,
    district: str,
    window: Window,
    today: date,
) -> Draft:
    """A proposal with its evidence: of a window, as this snapshot knows it.

    Raises RegistryError for an unknown power, UsageError for an unknown district.
    """
    check_powers(powers, snapshot.catalogue)
    if district:
        check_district(snapshot.catalogue, district)
    as_of = min(window.end - timedelta(days=1), today)
    dossiers = assessed(snapshot, powers, district, min(window.end, today), snapshot.policy)
    evidence = measured(snapshot, powers, district, window) | {"dossiers": dossiers}
    return Draft(
        tuple(powers), recommendation, reason, evidence, as_of, snapshot.revision, district
    )


def propose(
    connection: Connection, catalogue: Catalogue, draft: Draft, *, today: date, actor: str
) -> int:
    """Record a proposal with its evidence; returns its number.

    Raises UsageError for an unknown kind or district, RegistryError for an unknown power, no
    reason, an as-of day to come, or where the same is proposed already and not decided.
    """
    _check(draft, catalogue, today)
    _require_new(connection, draft)
    seen = revision(connection)
    act = record_act(connection, "propose", actor, _note(draft))
    evidence = canonical_text(draft.evidence)
    row = {
        "powers": SEPARATOR.join(draft.powers),
        "district": draft.district,
        "recommendation": draft.recommendation,
        "reason": draft.reason.strip(),
        "proposed_on": today,
        "as_of": draft.as_of,
        "known_in": draft.known,
        "data_version": seen,
        "policy_version": read_policy().version,
        "digest": text_digest(evidence),
        "evidence": evidence,
        "synthetic": draft.synthetic,
        "recorded_in": act,
    }
    return insert_row(connection, models.Assessment, row)


def _note(draft: Draft) -> str:
    return f"{draft.recommendation}: {SEPARATOR.join(draft.powers)}"


def _check(draft: Draft, catalogue: Catalogue, today: date) -> None:
    check_kind("--recommendation", draft.recommendation, KINDS)
    check_powers(draft.powers, catalogue)
    if draft.district:
        check_district(catalogue, draft.district)
    require_reason(draft.reason)
    if draft.as_of > today:
        raise RegistryError(
            N_("截至日 {as_of} 晚于提出日 {today}；证据只能截至已经过去的日子"),
            as_of=draft.as_of,
            today=today,
        )


def _require_new(connection: Connection, draft: Draft) -> None:
    """What is asked already and can still be decided is not asked again, on newer evidence
    neither: opinions would be split. One that a change of its powers has overtaken cannot be."""
    same = [
        one
        for one in read_proposals(connection)
        if one.asks(draft) and not acts_on_powers(connection, one.powers, one.known)
    ]
    decided = set(connection.scalars(sa.select(table(models.Decision).c.assessment_id)))
    waiting = [one.number for one in same if one.number not in decided]
    if waiting:
        raise RegistryError(
            N_(
                "第 {number} 号提案的职权、范围和建议都相同，还没有决定；"
                "没有再提一次，请在第 {number} 号上发表意见或作出决定"
            ),
            number=waiting[0],
        )


def check_powers(powers: Sequence[str], catalogue: Catalogue) -> None:
    """Raises RegistryError for a code that is no power or is given twice."""
    known = catalogue.names("power")
    for code in powers:
        if code not in known:
            raise RegistryError(N_("「{code}」不是登记在册的职权编码"), code=code)
    if len(set(powers)) < len(powers):
        raise UsageError(N_("同一项职权写了两次：{powers}"), powers=", ".join(powers))


def require_reason(reason: str) -> None:
    if not reason.strip():
        raise RegistryError(N_("理由不能为空：请写明依据什么"))


def read_proposals(connection: Connection, known: int | None = None) -> list[Proposal]:
    """All proposals, the newest first, as known now or when act `known` was the newest."""
    shape, acts = table(models.Assessment), table(models.Act)
    query = sa.select(shape, acts.c.actor).join(acts, acts.c.id == shape.c.recorded_in)
    rows = connection.execute(query.where(current(shape, known)).order_by(shape.c.id.desc()))
    return [_proposal(row) for row in rows.mappings()]


def proposal_of(connection: Connection, number: int) -> Proposal:
    """Raises RegistryError where there is no such proposal."""
    found = [one for one in read_proposals(connection) if one.number == number]
    if not found:
        raise RegistryError(
            N_("没有第 {number} 号提案；registry propose 不写职权即列出全部提案"), number=number
        )
    return found[0]


def _proposal(row: Mapping[Any, Any]) -> Proposal:
    return Proposal(
        number=row["id"],
        powers=tuple(row["powers"].split(SEPARATOR)),
        proposed_by=row["actor"],
        known=row["known_in"],
        evidence=json.loads(row["evidence"]),
        reason=scope().words(row["reason"]),
        **{
            name: row[name]
            for name in (
                *("district", "recommendation", "proposed_on", "as_of", "data_version"),
                *("policy_version", "digest", "synthetic", "recorded_in"),
            )
        },
    )
