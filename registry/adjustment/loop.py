"""Everything that stands in the adjustment loop, read at once to be listed.

In: a connection. Out: proposals, opinions and decisions, and how they hang together.
"""

from dataclasses import dataclass

from sqlalchemy.engine import Connection

from registry.adjustment.assessment import Proposal, read_proposals
from registry.adjustment.decisions import Decided, read_decisions
from registry.adjustment.opinion import Opinion, dissents, read_opinions
from registry.catalogue import Catalogue


@dataclass(frozen=True)
class Loop:
    """Proposals and decisions the newest first, opinions as they were said."""

    proposals: list[Proposal]
    opinions: list[Opinion]
    decisions: list[Decided]

    def proposal(self, number: int) -> Proposal:
        return next(one for one in self.proposals if one.number == number)

    def decision(self, proposal: int) -> Decided | None:
        return next((one for one in self.decisions if one.proposal == proposal), None)

    def said(self, proposal: int) -> list[Opinion]:
        return [one for one in self.opinions if one.proposal == proposal]

    def dissents(self, said: Opinion) -> bool:
        return dissents(said, self.proposal(said.proposal), self.decision(said.proposal))

    def dissenters(self, proposal: int) -> list[str]:
        """Codes of those whose word on a proposal stands against it, or against its decision."""
        return [one.speaker for one in self.said(proposal) if self.dissents(one)]

    def on(self, power: str) -> "Loop":
        """The part of it that is about one power."""
        proposals = [one for one in self.proposals if power in one.powers]
        numbers = {one.number for one in proposals}
        return Loop(
            proposals,
            [one for one in self.opinions if one.proposal in numbers],
            [one for one in self.decisions if one.proposal in numbers],
        )


def read_loop(connection: Connection, catalogue: Catalogue, known: int | None = None) -> Loop:
    """The loop as known now, or when act `known` was the newest."""
    return Loop(
        read_proposals(connection, known),
        read_opinions(connection, catalogue, known),
        read_decisions(connection, known),
    )
