"""The tables of who is let in: programs by token, people by login; a part of `models`."""

from datetime import date

from sqlmodel import Field, SQLModel


class ApiToken(SQLModel, table=True):
    """What a district's program shows to be let in. Of the token itself only the SHA-256 is kept;
    it is random and long, so that nothing can be tried out against it."""

    __tablename__ = "api_token"

    id: int | None = Field(default=None, primary_key=True)
    name: str = Field(index=True)
    district: str
    may_import: bool
    expires_on: date
    sha256: str = Field(index=True)
    recorded_in: int = Field(foreign_key="act.id")
    superseded_in: int | None = Field(default=None, foreign_key="act.id")


class PersonRole(SQLModel, table=True):
    """What a login may see and do. `subject` is the provider's name for it, never a person's."""

    __tablename__ = "person_role"

    id: int | None = Field(default=None, primary_key=True)
    subject: str = Field(index=True)
    role: str
    district: str = ""
    recorded_in: int = Field(foreign_key="act.id")
    superseded_in: int | None = Field(default=None, foreign_key="act.id")
