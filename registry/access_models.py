"""The table of who may use the routes for programs; a part of `models`, imported instead of it."""

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
