"""Tokens for programs: made for a district until a day, revoked, listed.

In: names, districts, days. Out: acts; the token itself once, to whoever makes it.
"""

import hashlib
import secrets
from datetime import date

import pandas as pd
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from registry import models
from registry.access import TOKEN, Scope
from registry.catalogue import Catalogue
from registry.db import current, insert_row, read_frame, record_act, table
from registry.errors import RegistryError, UsageError
from registry.known import is_name
from registry.language import N_
from registry.remarks import check_district

TOKENS = table(models.ApiToken)
PREFIX = "dpr_"
"""Lets a scanner for leaked secrets find one of ours."""

LONGEST_DAYS = 366
IMPORT, READ = "import", "read"


def make_token(
    connection: Connection,
    catalogue: Catalogue,
    name: str,
    district: str,
    *,
    may_import: bool,
    expires_on: date,
    today: date,
    actor: str,
) -> str:
    """Record a token and return it; nobody can read it again.

    Raises UsageError for a code that is no district, a name that is none or is taken, and a last
    day that is over or more than LONGEST_DAYS away.
    """
    check_district(catalogue, district)
    if not is_name(name):
        raise UsageError(N_("「{name}」不能作令牌的名称：不含空白，也不能只是数字"), name=name)
    if _number(connection, name) is not None:
        raise UsageError(N_("已有名为「{name}」的令牌；请先撤销或另取名称"), name=name)
    if not 0 <= (expires_on - today).days <= LONGEST_DAYS:
        raise UsageError(
            N_("--until {day}：请写今天起 {days} 天以内的日期"), day=expires_on, days=LONGEST_DAYS
        )
    secret = PREFIX + secrets.token_urlsafe(32)
    act = record_act(connection, "token", actor, name)
    row = {"name": name, "district": district, "may_import": may_import, "expires_on": expires_on}
    insert_row(
        connection, models.ApiToken, row | {"sha256": fingerprint(secret), "recorded_in": act}
    )
    return secret


def revoke_token(connection: Connection, name: str, actor: str) -> None:
    """End a token at once. Raises RegistryError where none of this name stands."""
    number = _number(connection, name)
    if number is None:
        raise RegistryError(N_("没有名为「{name}」的有效令牌"), name=name)
    act = record_act(connection, "revoke token", actor, name)
    connection.execute(sa.update(TOKENS).where(TOKENS.c.id == number).values(superseded_in=act))


def fingerprint(secret: str) -> str:
    """What is kept of a token."""
    return hashlib.sha256(secret.encode()).hexdigest()


def scope_of_token(connection: Connection, secret: str, today: date) -> Scope | None:
    """Whose token it is; None where it is none, was revoked, or its last day is over."""
    query = sa.select(TOKENS).where(TOKENS.c.sha256 == fingerprint(secret), current(TOKENS))
    row = connection.execute(query.where(today <= TOKENS.c.expires_on)).first()
    return Scope(f"token:{row.name}", TOKEN, row.district, row.may_import) if row else None


def _number(connection: Connection, name: str) -> int | None:
    return connection.scalar(sa.select(TOKENS.c.id).where(TOKENS.c.name == name, current(TOKENS)))


def tokens(connection: Connection) -> pd.DataFrame:
    """`name`, `district`, `right`, `expires_on` of those not revoked."""
    right = sa.case((TOKENS.c.may_import, IMPORT), else_=READ).label("right")
    query = sa.select(TOKENS.c.name, TOKENS.c.district, right, TOKENS.c.expires_on)
    return read_frame(connection, query.where(current(TOKENS)).order_by(TOKENS.c.id))
