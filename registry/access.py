"""Who may see and do what: the one place that decides.

In: what lets somebody in. Out: a `Scope`, which every route asks before it does anything.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from registry import models
from registry.db import current, table
from registry.errors import RegistryError
from registry.language import N_, Series

TOKENS = table(models.ApiToken)


class Refused(RegistryError):
    """Whoever asks is known, and what is asked for lies outside of what they may."""


@dataclass(frozen=True)
class Scope:
    """subject: who it is in acts and logs. Rates, powers and holdings are open to any scope; logs
    are brought in for `district` alone, and only where `may_import`."""

    subject: str
    district: str
    may_import: bool

    def check_import(self, districts: Sequence[str]) -> None:
        """Raises Refused where a log of these districts may not be brought in."""
        if not self.may_import:
            raise Refused(N_("这个令牌只能读取,不能报送"))
        others = [code for code in districts if code != self.district]
        if others:
            raise Refused(
                N_("这个令牌只能报送 {own},不能报送 {others}"),
                own=self.district,
                others=Series(others),
            )


def fingerprint(secret: str) -> str:
    """What is kept of a token."""
    return hashlib.sha256(secret.encode()).hexdigest()


def scope_of_token(connection: Connection, secret: str, today: date) -> Scope | None:
    """Whose token it is; None where it is none, was revoked, or its last day is over."""
    query = sa.select(TOKENS).where(TOKENS.c.sha256 == fingerprint(secret), current(TOKENS))
    row = connection.execute(query.where(today <= TOKENS.c.expires_on)).first()
    return Scope(f"token:{row.name}", row.district, row.may_import) if row else None
