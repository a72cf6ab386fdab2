"""Proposals, opinions, decisions and follow-ups as records to be listed.

In: a connection, what stands. Out: a dict a record, under the columns named here.
"""

from collections.abc import Mapping
from datetime import date
from typing import Any

from registry.adjustment.assessment import Proposal
from registry.adjustment.compared import TITLES, figure_text
from registry.adjustment.decisions import STATES, Decided
from registry.adjustment.follow_up import FOLLOW_UP_STATES, GROUPS, PERIODS, Finding, FollowUp
from registry.adjustment.kinds import DECISIONS, VIEWS
from registry.adjustment.loop import Loop
from registry.adjustment.opinion import Opinion
from registry.cli.output import Format

Record = dict[str, Any]
PROPOSAL_COLUMNS = (
    *("proposal", "state", "powers", "district", "recommendation", "reason", "proposed_on"),
    *("proposed_by", "as_of", "known_in", "data_version", "policy_version", "digest"),
    *("keep", "return", "dissent", "synthetic", "evidence"),
)
OPINION_COLUMNS = (
    *("proposal", "speaker", "speaker_name", "view", "view_name", "reason", "said_on", "dissent"),
)
DECISION_COLUMNS = (
    *("decision", "state", "state_name", "proposal", "powers", "kind", "kind_name", "districts"),
    *("units", "instrument", "decided_on", "decided_by", "effective_on", "reason", "revokes"),
    *("revoked_by", "dissent"),
)
FOLLOW_UP_COLUMNS = (
    *("decision", "months", "state", "state_name", "instrument", "powers", "due_from", "due_by"),
    *("measured_on", "finding", "explanation", "action", "action_due_on", "done_on"),
)
BRIEF = {
    "propose": (
        *("proposal", "state", "powers", "district", "recommendation", "reason", "proposed_on"),
        *("keep", "return", "dissent"),
    ),
    "decide": (
        *("decision", "state_name", "proposal", "powers", "kind_name", "districts", "units"),
        *("instrument", "decided_on", "effective_on", "dissent"),
    ),
    "follow-up": (
        *("decision", "months", "state_name", "instrument", "powers", "due_by", "finding"),
        *("explanation", "action", "action_due_on"),
    ),
}
"""The columns that a table has room for; CSV and JSON carry all."""


MANY = 3
"""A table names that many powers and counts the rest."""


def shortened(rows: list[Record], form: Format) -> list[Record]:
    """Lists of codes as text where people read them."""
    if form is not Format.table:
        return rows
    return [
        {name: _in_short(cell) if isinstance(cell, list) else cell for name, cell in row.items()}
        for row in rows
    ]


def _in_short(codes: list[str]) -> str:
    text = " ".join(codes[:MANY])
    return f"{text} 等 {len(codes)} 个" if len(codes) > MANY else text


def proposal_record(asked: Proposal, loop: Loop) -> Record:
    said = loop.said(asked.number)
    values = (
        asked.number,
        "decided" if loop.decision(asked.number) else "proposed",
        list(asked.powers),
        asked.district or None,
        asked.recommendation,
        asked.reason,
        asked.proposed_on,
        asked.proposed_by,
        asked.as_of,
        asked.known,
        asked.data_version,
        asked.policy_version,
        asked.digest,
        sum(one.view == "keep" for one in said),
        sum(one.view == "return" for one in said),
        loop.dissenters(asked.number),
        asked.synthetic,
        asked.evidence,
    )
    return dict(zip(PROPOSAL_COLUMNS, values, strict=True))


def opinion_record(said: Opinion, loop: Loop, names: Mapping[str, str]) -> Record:
    values = (
        said.proposal,
        said.speaker,
        names[said.speaker],
        said.view,
        VIEWS[said.view],
        said.reason,
        said.said_on,
        loop.dissents(said),
    )
    return dict(zip(OPINION_COLUMNS, values, strict=True))


def decision_record(made: Decided, loop: Loop, day: date) -> Record:
    state = made.state(day)
    values = (
        made.number,
        state,
        STATES[state],
        made.proposal,
        list(made.powers),
        made.kind,
        DECISIONS[made.kind],
        list(made.scope.districts) or None,
        list(made.scope.units) or None,
        made.instrument,
        made.decided_on,
        made.decided_by,
        made.effective_on,
        made.reason,
        made.revokes,
        made.revoked_by,
        loop.dissenters(made.proposal),
    )
    return dict(zip(DECISION_COLUMNS, values, strict=True))


def follow_up_record(one: FollowUp, day: date) -> Record:
    state, recorded = one.state(day), one.recorded
    found = recorded.finding if recorded else Finding()
    values = (
        one.decision.number,
        one.months,
        state,
        FOLLOW_UP_STATES[state],
        one.decision.instrument,
        list(one.decision.powers),
        one.due_from,
        one.due_by,
        recorded.measured_on if recorded else None,
        found.finding or None,
        found.explanation or None,
        found.action or None,
        found.due_on,
        recorded.done_on if recorded else None,
    )
    return dict(zip(FOLLOW_UP_COLUMNS, values, strict=True))


def in_words(compared: list[Record]) -> list[Record]:
    """A row a group and measure: the figure before and after, with its fraction."""
    return [
        {
            "group": GROUPS[record["group"]],
            "measure": TITLES[record["measure"]],
            "power": record["power"] or None,
            **{period: figure_text(record, period) for period in PERIODS},
        }
        for record in compared
    ]
