"""Tables of counts: the roll-ups, and their parts that were counted elsewhere.

A roll-up is what the cases give and what the standing parts say, added up. A part belongs to the
batch that brought it in, and stands as long as that does.
"""

from datetime import date

from sqlalchemy import BigInteger, Column, Index, Text
from sqlmodel import Field, SQLModel


class UsageCounts(SQLModel):
    """Counts of a month, unit and power; with `power_id` null, each case of the unit once."""

    month: int
    unit_id: int = Field(foreign_key="unit.id")
    power_id: int | None = Field(default=None, foreign_key="power.id")
    cases: int
    decisions: int
    inspections: int
    penalties: int
    coercions: int
    fine_fen: int = Field(sa_type=BigInteger)


class ProcedureCounts(SQLModel):
    """What penalties and coercions of a month, unit and power say of procedure and legal review.

    With `power_id` null, each case of the unit once. `filed` and `withdrawn` stand in the month
    of filing, all others in the month of the case's day; registry/procedure.py defines them.
    """

    month: int
    unit_id: int = Field(foreign_key="unit.id")
    power_id: int | None = Field(default=None, foreign_key="power.id")
    summary: int
    ordinary: int
    fined_ordinary: int
    within_limit: int
    timed: int
    overdue: int
    filed: int
    withdrawn: int
    review_required: int
    review_not_required: int
    review_unknown: int
    reviewed: int
    unreviewed_decisions: int


class FineCounts(SQLModel):
    """How many decided penalties of a month, unit and power have this fine.

    A null power has what is to be added to the sum over powers to count each penalty once.
    """

    month: int
    unit_id: int = Field(foreign_key="unit.id")
    power_id: int | None = Field(default=None, foreign_key="power.id")
    fine_fen: int = Field(sa_type=BigInteger)
    cases: int


class UsageMonth(UsageCounts, table=True):
    __tablename__ = "usage_month"
    __table_args__ = (Index("usage_month_key", "month", "unit_id", "power_id", unique=True),)

    id: int | None = Field(default=None, primary_key=True)


class ProcedureMonth(ProcedureCounts, table=True):
    __tablename__ = "procedure_month"
    __table_args__ = (Index("procedure_month_key", "month", "unit_id", "power_id", unique=True),)

    id: int | None = Field(default=None, primary_key=True)


class FineMonth(FineCounts, table=True):
    __tablename__ = "fine_month"
    __table_args__ = (
        Index("fine_month_key", "month", "unit_id", "power_id", "fine_fen", unique=True),
    )

    id: int | None = Field(default=None, primary_key=True)


class UsagePart(UsageCounts, table=True):
    __tablename__ = "usage_part"

    id: int | None = Field(default=None, primary_key=True)
    batch_id: int = Field(foreign_key="batch.id", index=True)


class ProcedurePart(ProcedureCounts, table=True):
    __tablename__ = "procedure_part"

    id: int | None = Field(default=None, primary_key=True)
    batch_id: int = Field(foreign_key="batch.id", index=True)


class FinePart(FineCounts, table=True):
    __tablename__ = "fine_part"

    id: int | None = Field(default=None, primary_key=True)
    batch_id: int = Field(foreign_key="batch.id", index=True)


class QuarantinePart(SQLModel, table=True):
    """How many rows lie in quarantine elsewhere, of which unit and month as far as these are known;
    the rows themselves stay there."""

    __tablename__ = "quarantine_part"

    id: int | None = Field(default=None, primary_key=True)
    unit_id: int | None = Field(default=None, foreign_key="unit.id")
    month: int | None = None
    rows: int
    batch_id: int = Field(foreign_key="batch.id", index=True)


class ReviewPart(SQLModel, table=True):
    """A case that was sent to legal review, by its days alone; `powers` are ids with semicolons."""

    __tablename__ = "review_part"

    id: int | None = Field(default=None, primary_key=True)
    unit_id: int = Field(foreign_key="unit.id")
    requested_on: date | None = None
    completed_on: date | None = None
    returned: bool
    powers: str = Field(default="", sa_column=Column(Text, nullable=False))
    batch_id: int = Field(foreign_key="batch.id", index=True)
