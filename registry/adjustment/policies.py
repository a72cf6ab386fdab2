"""The policies that were in force: each text, from the act that found it in the file.

In: the policy file, the register. Out: rows of `policy_text`, and the policy that was in force
when an act was the newest. The file rules what is computed now; the rows say what ruled then.
"""

import pandas as pd
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from registry import models
from registry.access import NOTICED, subject
from registry.adjustment.policy import POLICY_FILE, Policy, parse_policy, policy_text, read_policy
from registry.db import current, insert_row, read_frame, record_act, table
from registry.errors import RegistryError
from registry.language import N_

POLICIES = table(models.PolicyText)
SAME_VERSION = N_("{file} 的内容改了，version 仍是 {version}；请另写一个版本号")


def record_policy(connection: Connection, act: int) -> None:
    """Keep the file's policy as the one in force from this act on.

    Raises RegistryError where its version names another text already.
    """
    text = policy_text()
    policy = parse_policy(text, POLICY_FILE.name)
    named = sa.select(POLICIES.c.id).where(POLICIES.c.version == policy.version)
    if connection.execute(named.where(POLICIES.c.text != text)).first():
        raise RegistryError(SAME_VERSION, file=POLICY_FILE.name, version=policy.version)
    standing = sa.update(POLICIES).where(POLICIES.c.superseded_in.is_(None))
    connection.execute(standing.values(superseded_in=act))
    row = {"version": policy.version, "text": text, "recorded_in": act}
    insert_row(connection, models.PolicyText, row)


def notice_policy(connection: Connection, *, begin: bool = False) -> bool:
    """Record the file's policy as an act of its own where it differs from the one that stands.

    begin: also where none stands, as in a register that is older than this table. Returns whether
    it did.
    """
    found = connection.scalar(sa.select(POLICIES.c.text).where(current(POLICIES)))
    if found == policy_text() or (found is None and not begin):
        return False
    act = record_act(connection, NOTICED, subject(), read_policy().version)
    record_policy(connection, act)
    return True


def policy_at(connection: Connection, known: int | None) -> Policy:
    """The policy in force when act `known` was the newest; the file's where that is now, or where
    the register is older than its record of policies."""
    if known is None:
        return read_policy()
    query = sa.select(POLICIES.c.text, POLICIES.c.version).where(current(POLICIES, known))
    row = connection.execute(query).first()
    return parse_policy(row.text, f"{POLICY_FILE.name} {row.version}") if row else read_policy()


def policies(connection: Connection) -> pd.DataFrame:
    """`version`, `since` and `until` (acts), `at` (instant, UTC), `actor`, `as_file`: whether the
    file says the same now. Oldest first."""
    acts = table(models.Act)
    columns = [POLICIES.c.version, POLICIES.c.recorded_in.label("since")]
    columns += [POLICIES.c.superseded_in.label("until"), acts.c.at, acts.c.actor, POLICIES.c.text]
    query = sa.select(*columns).join(acts, acts.c.id == POLICIES.c.recorded_in)
    found = read_frame(connection, query.order_by(POLICIES.c.id))
    found = found.assign(as_file=found["text"] == policy_text()).drop(columns="text")
    return found.astype({"until": "Int64"})
