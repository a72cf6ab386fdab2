"""The tables of the adjustment loop: policies, proposals, opinions, decisions, follow-ups.

Shape and constraints, nothing else; a part of `models`, which is imported instead of this.
"""

from datetime import date

from sqlalchemy import CheckConstraint, Column, Text
from sqlmodel import Field, SQLModel


class PolicyText(SQLModel, table=True):
    """The policy file as it read from the act that found it so, until another was found."""

    __tablename__ = "policy_text"

    id: int | None = Field(default=None, primary_key=True)
    version: str = Field(index=True)
    text: str = Field(sa_column=Column(Text, nullable=False))
    recorded_in: int = Field(foreign_key="act.id")
    superseded_in: int | None = Field(default=None, foreign_key="act.id")


class Assessment(SQLModel, table=True):
    """A proposal for one or more powers (codes joined by ';'), in a district or the city ('').

    `evidence` is the frozen basis as canonical JSON, `digest` its SHA-256. `known_in` is the
    newest act that the evidence knew, `data_version` the newest act when it was proposed.
    """

    id: int | None = Field(default=None, primary_key=True)
    powers: str = Field(sa_column=Column(Text, nullable=False))
    district: str = ""
    recommendation: str
    reason: str = Field(sa_column=Column(Text, nullable=False))
    proposed_on: date
    as_of: date
    known_in: int = Field(foreign_key="act.id")
    data_version: int
    policy_version: str
    digest: str
    evidence: str = Field(sa_column=Column(Text, nullable=False))
    synthetic: bool = False
    recorded_in: int = Field(foreign_key="act.id")
    superseded_in: int | None = Field(default=None, foreign_key="act.id")


class Opinion(SQLModel, table=True):
    """What a district or unit says to a proposal; its latest word stands."""

    __table_args__ = (
        CheckConstraint("scope in ('district', 'unit')"),
        CheckConstraint("view in ('keep', 'return')"),
    )

    id: int | None = Field(default=None, primary_key=True)
    assessment_id: int = Field(foreign_key="assessment.id", index=True)
    scope: str
    scope_code: str
    view: str
    reason: str = Field(sa_column=Column(Text, nullable=False))
    said_on: date
    recorded_in: int = Field(foreign_key="act.id")
    superseded_in: int | None = Field(default=None, foreign_key="act.id")


class Decision(SQLModel, table=True):
    """What was decided on a proposal, by which instrument and from when.

    `districts` and `units` (codes joined by ';') are its scope, both '' for the city. `measures`
    says as JSON what its follow-ups will compare. `revokes`: the decision that it takes back.
    """

    id: int | None = Field(default=None, primary_key=True)
    assessment_id: int = Field(foreign_key="assessment.id", index=True)
    powers: str = Field(sa_column=Column(Text, nullable=False))
    kind: str
    districts: str = Field(default="", sa_column=Column(Text, nullable=False))
    units: str = Field(default="", sa_column=Column(Text, nullable=False))
    reason: str = Field(sa_column=Column(Text, nullable=False))
    instrument: str = Field(foreign_key="instrument.number")
    decided_on: date
    decided_by: str
    effective_on: date
    revokes: int | None = Field(default=None, foreign_key="decision.id")
    measures: str = Field(sa_column=Column(Text, nullable=False))
    recorded_in: int = Field(foreign_key="act.id")
    superseded_in: int | None = Field(default=None, foreign_key="act.id")


class FollowUp(SQLModel, table=True):
    """The figures some months after a decision and what was found in them, as canonical JSON.

    A finding has an explanation, or an action with the day by which it is due.
    """

    __tablename__ = "follow_up"

    id: int | None = Field(default=None, primary_key=True)
    decision_id: int = Field(foreign_key="decision.id", index=True)
    months: int
    measured_on: date
    known_in: int = Field(foreign_key="act.id")
    figures: str = Field(sa_column=Column(Text, nullable=False))
    finding: str = Field(default="", sa_column=Column(Text, nullable=False))
    explanation: str = Field(default="", sa_column=Column(Text, nullable=False))
    action: str = Field(default="", sa_column=Column(Text, nullable=False))
    due_on: date | None = None
    done_on: date | None = None
    recorded_in: int = Field(foreign_key="act.id")
    superseded_in: int | None = Field(default=None, foreign_key="act.id")
