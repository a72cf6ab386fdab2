"""Roles of people: given to a login, taken back, listed; a login has one at a time.

In: login subjects as the provider of logins names them, never names. Out: acts, and the `Scope`
of a login.
"""

import pandas as pd
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from registry import models
from registry.access import DISTRICT, PUBLIC, ROLES, Scope
from registry.catalogue import Catalogue
from registry.db import current, insert_row, read_frame, record_act, table
from registry.errors import RegistryError, UsageError
from registry.language import N_
from registry.remarks import check_district

PEOPLE = table(models.PersonRole)
GIVEN = tuple(role for role in ROLES if role != PUBLIC)
LONGEST_SUBJECT = 255
"""OpenID Connect Core 1.0, section 2, `sub`."""


def grant_role(
    connection: Connection, catalogue: Catalogue, login: str, role: str, district: str, actor: str
) -> dict[str, str | None]:
    """Give a login a role in place of the one it has; what it has now.

    Raises UsageError for what is no login or role, and where a district is missing, none, or not
    for this role.
    """
    if not login or login != login.strip() or len(login) > LONGEST_SUBJECT or not login.isascii():
        raise UsageError(
            N_("登录标识「{login}」不合要求：1 至 {most} 个 ASCII 字符，首尾不含空白"),
            login=login,
            most=LONGEST_SUBJECT,
        )
    if role not in GIVEN:
        raise UsageError(
            N_("{role}：没有这个角色，可用 {known}"), role=role, known=", ".join(GIVEN)
        )
    if (role == DISTRICT) != bool(district):
        raise UsageError(N_("角色 {role} 要写明区（--district），其他角色不写"), role=DISTRICT)
    if district:
        check_district(catalogue, district)
    act = record_act(connection, "role", actor, f"{login} {role} {district}".strip())
    _end(connection, login, act)
    row = {"subject": login, "role": role, "district": district}
    insert_row(connection, models.PersonRole, row | {"recorded_in": act})
    return row | {"district": district or None}


def revoke_role(connection: Connection, login: str, actor: str) -> None:
    """Take a login's role back: it sees nothing more from its next click on. Raises RegistryError
    where it has none."""
    if scope_of_login(connection, login) is None:
        raise RegistryError(N_("登录标识「{login}」没有角色"), login=login)
    _end(connection, login, record_act(connection, "revoke role", actor, login))


def _end(connection: Connection, login: str, act: int) -> None:
    standing = sa.update(PEOPLE).where(PEOPLE.c.subject == login, current(PEOPLE))
    connection.execute(standing.values(superseded_in=act))


def scope_of_login(connection: Connection, login: str) -> Scope | None:
    """What a login may see and do; None where it has no role."""
    query = sa.select(PEOPLE.c.role, PEOPLE.c.district)
    row = connection.execute(query.where(PEOPLE.c.subject == login, current(PEOPLE))).first()
    return Scope(login, row.role, row.district) if row else None


def roles(connection: Connection) -> pd.DataFrame:
    """`subject`, `role`, `district`, `since` (instant, UTC) of the roles that stand."""
    acts = table(models.Act)
    query = sa.select(PEOPLE.c.subject, PEOPLE.c.role, PEOPLE.c.district, acts.c.at.label("since"))
    query = query.join(acts, acts.c.id == PEOPLE.c.recorded_in).where(current(PEOPLE))
    found = read_frame(connection, query.order_by(PEOPLE.c.subject))
    return found.assign(district=found["district"].replace("", None))
