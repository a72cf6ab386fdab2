"""The tables: shape and constraints, nothing else.

Reference tables hold what is given (departments' words, powers, units); fact tables hold what
was said, each row with the act that recorded it and the act that ended it, so that what was
known on any day is a filter. Codes are strings; months are integers such as 202007; `at` is
an ISO 8601 instant in UTC.
"""

from datetime import date

from sqlalchemy import BigInteger, CheckConstraint, Column, Index, Integer, Text, text
from sqlmodel import Field, SQLModel

from registry.access_models import ApiToken as ApiToken
from registry.access_models import PersonRole as PersonRole
from registry.loop_models import Assessment as Assessment
from registry.loop_models import Decision as Decision
from registry.loop_models import FollowUp as FollowUp
from registry.loop_models import Opinion as Opinion
from registry.loop_models import PolicyText as PolicyText
from registry.rollup_models import FineMonth as FineMonth
from registry.rollup_models import FinePart as FinePart
from registry.rollup_models import ProcedureMonth as ProcedureMonth
from registry.rollup_models import ProcedurePart as ProcedurePart
from registry.rollup_models import QuarantinePart as QuarantinePart
from registry.rollup_models import ReviewPart as ReviewPart
from registry.rollup_models import UsageMonth as UsageMonth
from registry.rollup_models import UsagePart as UsagePart

ERASABLE = "erasable"
"""Marks columns of free text that may hold personal data and be erased: no digest covers them."""


class Act(SQLModel, table=True):
    """Everything that changes anything: who, when, what.

    `digest` is that over the cases it recorded where they were in memory; the ledger takes it up.
    """

    id: int | None = Field(default=None, primary_key=True)
    at: str
    actor: str
    action: str
    note: str = ""
    digest: str | None = None


class LedgerEntry(SQLModel, table=True):
    """The entry of an act in the hash chain (registry/ledger.py); `number` is the act's."""

    __tablename__ = "ledger"

    number: int = Field(foreign_key="act.id", primary_key=True)
    time: str
    actor: str
    action: str
    digest: str
    previous_hash: str
    hash: str


class Freeze(SQLModel, table=True):
    """What was known at act `known`, pinned under a name for a reporting round and its months."""

    id: int | None = Field(default=None, primary_key=True)
    name: str = Field(index=True)
    known: int = Field(foreign_key="act.id")
    month_from: int
    month_to: int
    recorded_in: int = Field(foreign_key="act.id")
    superseded_in: int | None = Field(default=None, foreign_key="act.id")


class Vocabulary(SQLModel, table=True):
    """A code with its Chinese and English word; `position` keeps the order of the file."""

    field: str = Field(primary_key=True)
    code: str = Field(primary_key=True)
    zh: str
    en: str = ""
    position: int


class Department(SQLModel, table=True):
    code: str = Field(primary_key=True)
    name: str
    name_en: str = ""
    position: int


class Power(SQLModel, table=True):
    id: int = Field(primary_key=True)
    code: str = Field(unique=True)
    catalogue_no: str = ""
    name: str
    name_en: str = ""
    kind: str
    source_department: str = Field(foreign_key="department.code")
    domain: str = ""
    law: str = ""
    law_version: str = ""
    conduct_article: str = ""
    penalty_article: str = ""
    max_fine_cny: float | None = None
    enforcer_in_law: str = ""
    effective_from: date | None = None
    provenance: str = ""


class Unit(SQLModel, table=True):
    """A district or a holder of powers; valid over `[valid_from, valid_to)`, open where empty."""

    id: int = Field(primary_key=True)
    code: str = Field(unique=True)
    name: str
    name_en: str = ""
    unit_kind: str
    district_code: str = Field(index=True)
    district_name: str = ""
    population_2020: int | None = None
    valid_from: date | None = None
    valid_to: date | None = None
    succeeded_by: str = ""


class UnitName(SQLModel, table=True):
    __tablename__ = "unit_name"

    id: int | None = Field(default=None, primary_key=True)
    code: str = Field(foreign_key="unit.code")
    former_code: str = ""
    former_name: str = ""
    valid_from: date | None = None
    valid_to: date | None = None
    note: str = ""


class Instrument(SQLModel, table=True):
    number: str = Field(primary_key=True)
    title: str = ""
    issued_on: date | None = None
    effective_on: date | None = None
    url: str = ""


class ReportedFigure(SQLModel, table=True):
    """A figure that a document reports; its title, its words around the figure, what it omits."""

    __tablename__ = "reported_figure"

    key: str = Field(primary_key=True)
    label_zh: str
    label_en: str = ""
    value: float
    unit: str
    as_of: date | None = None
    source: str
    title_zh: str | None = None
    title_en: str | None = None
    words_zh: str | None = None
    words_en: str | None = None
    silent_on_zh: str | None = None
    silent_on_en: str | None = None


class StatuteChange(SQLModel, table=True):
    __tablename__ = "statute_change"

    id: int | None = Field(default=None, primary_key=True)
    law: str
    changed_on: date
    change: str
    successor: str = ""
    powers: str = ""
    note: str = ""


class Document(SQLModel, table=True):
    """A reference text kept whole, the districts' map for one."""

    name: str = Field(primary_key=True)
    content: str = Field(sa_column=Column(Text, nullable=False))


class Alias(SQLModel, table=True):
    """A text met in logs that stands for a power or a unit, in one district or everywhere ('')."""

    id: int | None = Field(default=None, primary_key=True)
    key: str = Field(index=True)
    text: str
    target: str
    code: str
    district: str = ""
    recorded_in: int = Field(foreign_key="act.id")
    superseded_in: int | None = Field(default=None, foreign_key="act.id")


class Holding(SQLModel, table=True):
    """`power` is held (or, as an override, not held) by a scope over `[valid_from, valid_to)`.

    `scope` is city, district or unit; `scope_code` is '' for the city. On a day the narrowest
    valid scope wins.
    """

    __table_args__ = (CheckConstraint("scope in ('city', 'district', 'unit')"),)

    id: int | None = Field(default=None, primary_key=True)
    power: str = Field(foreign_key="power.code", index=True)
    scope: str
    scope_code: str = ""
    valid_from: date
    valid_to: date | None = None
    held: bool = True
    opened_by: str | None = Field(default=None, foreign_key="instrument.number")
    closed_by: str | None = Field(default=None, foreign_key="instrument.number")
    recorded_in: int = Field(foreign_key="act.id")
    superseded_in: int | None = Field(default=None, foreign_key="act.id")


class Batch(SQLModel, table=True):
    """The import of one file. `declaration` is its key for 'the same file again'."""

    id: int | None = Field(default=None, primary_key=True)
    kind: str
    file_name: str = Field(sa_column_kwargs={"info": {ERASABLE: True}})
    sha256: str = Field(index=True)
    declaration: str = Field(sa_column=Column(Text, nullable=False))
    districts: str
    month_from: int | None = None
    month_to: int | None = None
    units: str = Field(default="", sa_column=Column(Text, nullable=False))
    read: int
    accepted: int
    corrected: int
    unchanged: int
    quarantined: int
    skipped: int
    warnings: int
    synthetic: bool = False
    recorded_in: int = Field(foreign_key="act.id")
    withdrawn_in: int | None = Field(default=None, foreign_key="act.id")


class Coverage(SQLModel, table=True):
    """A batch declares that it says everything of its `kind` about this unit and month."""

    id: int | None = Field(default=None, primary_key=True)
    kind: str = Field(default="usage", sa_column_kwargs={"server_default": "usage"})
    unit_id: int = Field(foreign_key="unit.id")
    month: int
    batch_id: int = Field(foreign_key="batch.id", index=True)
    recorded_in: int = Field(foreign_key="act.id")
    superseded_in: int | None = Field(default=None, foreign_key="act.id")


REVIEWED = "review_requested_on is not null or review_completed_on is not null"
"""Cases sent to legal review: few among many, so their index holds all that is asked of them."""


REVIEW_REQUIRED = "review_required = 'yes'"
"""Cases that may not be decided without legal review: looked through for those that were."""


class Case(SQLModel, table=True):
    """One version of a case; identity is (unit, action, case_key)."""

    __tablename__ = "cases"
    __table_args__ = (
        Index("cases_identity", "unit_id", "action", "case_key"),
        Index(
            "cases_superseded",
            "superseded_in",
            sqlite_where=text("superseded_in is not null"),
            postgresql_where=text("superseded_in is not null"),
        ),
        Index(
            "cases_reviews",
            *("review_requested_on", "review_completed_on", "review_outcome"),
            *("unit_id", "superseded_in", "recorded_in", "id"),
            sqlite_where=text(REVIEWED),
            postgresql_where=text(REVIEWED),
        ),
        Index(
            "cases_review_required",
            *("case_day", "superseded_in", "review_completed_on", "unit_id"),
            sqlite_where=text(REVIEW_REQUIRED),
            postgresql_where=text(REVIEW_REQUIRED),
        ),
    )

    # Plain INTEGER on SQLite, where it is the rowid; BIGINT elsewhere.
    id: int = Field(
        sa_column=Column(
            BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=False
        )
    )
    unit_id: int = Field(foreign_key="unit.id")
    action: str
    case_no: str
    case_key: str
    filed_on: date | None = None
    decided_on: date | None = None
    closed_on: date | None = None
    annulled_on: date | None = None
    case_day: date
    procedure: str | None = None
    party_type: str | None = None
    outcome: str | None = None
    fine_cny: float | None = None
    review_required: str | None = None
    review_requested_on: date | None = None
    review_completed_on: date | None = None
    review_outcome: str | None = None
    batch_id: int = Field(foreign_key="batch.id", index=True)
    said_in: int = Field(foreign_key="act.id")
    """The act that first said this content; a version that stands again keeps it."""
    recorded_in: int = Field(foreign_key="act.id", index=True)
    superseded_in: int | None = Field(default=None, foreign_key="act.id")


class CasePower(SQLModel, table=True):
    __tablename__ = "case_power"
    __table_args__ = ({"sqlite_with_rowid": False},)

    case_id: int = Field(
        sa_column=Column(
            BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=False
        )
    )
    power_id: int = Field(primary_key=True)


class Confirmation(SQLModel, table=True):
    """A batch said again, word for word, what this version of a case says."""

    batch_id: int = Field(primary_key=True)
    case_id: int = Field(
        sa_column=Column(
            BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=False
        )
    )


class Problem(SQLModel, table=True):
    """A quarantined row: mapped values only, and every reason, both as JSON."""

    id: int | None = Field(default=None, primary_key=True)
    batch_id: int = Field(foreign_key="batch.id", index=True)
    sheet: str
    row: int
    unit_id: int | None = Field(default=None, foreign_key="unit.id")
    month: int | None = None
    content: str = Field(sa_column=Column(Text, nullable=False, info={ERASABLE: True}))
    reasons: str = Field(sa_column=Column(Text, nullable=False, info={ERASABLE: True}))
    recorded_in: int = Field(foreign_key="act.id", index=True)
    resolved_in: int | None = Field(default=None, foreign_key="act.id")


class Topic(SQLModel, table=True):
    """What residents complain of; `powers` and `synonyms` are lists separated by semicolons."""

    code: str = Field(primary_key=True)
    name: str
    name_en: str = ""
    powers: str = ""
    synonyms: str = ""
    position: int


class Said(SQLModel):
    """What a row of a monthly return carries: who said it, recorded and ended in which acts.

    Every standing batch that says something of a key has its row; the newest one is current.
    """

    batch_id: int = Field(foreign_key="batch.id", index=True)
    said_in: int = Field(foreign_key="act.id")
    recorded_in: int = Field(foreign_key="act.id", index=True)
    superseded_in: int | None = Field(default=None, foreign_key="act.id")


class Staffing(Said, table=True):
    """A unit's staff in a month; `seconded` are some of the certified, `reviewers` those of its
    judicial office. Missing is not zero."""

    __table_args__ = (Index("staffing_key", "unit_id", "month"),)

    id: int = Field(primary_key=True)
    unit_id: int = Field(foreign_key="unit.id")
    month: int
    established: int | None = None
    in_post: int | None = None
    certified: int | None = None
    seconded: int | None = None
    front_line: int | None = None
    handled_case: int | None = None
    auxiliary: int | None = None
    reviewers: int | None = None


class StaffingOrigin(SQLModel, table=True):
    """Officers of a staffing row by the department that they came from."""

    __tablename__ = "staffing_origin"

    staffing_id: int = Field(primary_key=True)
    department: str = Field(primary_key=True)
    officers: int


class Complaint(Said, table=True):
    """Residents' complaints of a unit and month about a topic, or about one power."""

    __table_args__ = (Index("complaint_key", "unit_id", "month"),)

    id: int = Field(primary_key=True)
    unit_id: int = Field(foreign_key="unit.id")
    month: int
    topic: str = ""
    power: str = ""
    complaints: int


class Whistle(Said, table=True):
    """How often a unit called a department in a month, and what came of it."""

    __table_args__ = (Index("whistle_key", "unit_id", "month"),)

    id: int = Field(primary_key=True)
    unit_id: int = Field(foreign_key="unit.id")
    month: int
    department: str
    called: int
    on_time: int | None = None
    solved: int | None = None


class Training(Said, table=True):
    """What a source department did in a month for the units of a district (`unit_id`)."""

    __table_args__ = (Index("training_key", "unit_id", "month"),)

    id: int = Field(primary_key=True)
    unit_id: int = Field(foreign_key="unit.id")
    month: int
    department: str
    sessions: int | None = None
    officers_trained: int | None = None
    joint_operations: int | None = None


class Remark(SQLModel, table=True):
    """A district's own words to its figures, kept with their day (right of reply)."""

    id: int | None = Field(default=None, primary_key=True)
    district: str = Field(index=True)
    said_on: date
    content: str = Field(sa_column=Column(Text, nullable=False))
    recorded_in: int = Field(foreign_key="act.id")
    superseded_in: int | None = Field(default=None, foreign_key="act.id")
