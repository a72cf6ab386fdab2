"""The check that anyone can run: the roll-up and the digests, computed again and compared.

Beside them what no import may break: one current version of a case, and rows that add up.
"""

from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from registry import models
from registry.db import read_frame, table
from registry.digest import recorded_digest
from registry.usage import combine_usage, current_usage, read_usage

Result = dict[str, Any]


def check_register(connection: Connection) -> list[Result]:
    """One record per check: what was compared, expected, found, and whether they agree."""
    return [
        _check_rollup(connection),
        *_check_digests(connection),
        _check_versions(connection),
        _check_rows(connection),
    ]


def _check_rollup(connection: Connection) -> Result:
    """The stored roll-up against the one computed from the cases."""
    stored, computed = read_usage(connection), current_usage(connection)
    difference = combine_usage(stored, computed, signs=(1, -1))
    return {
        "check": "usage_month",
        "expected": len(computed),
        "found": len(stored),
        "differences": len(difference),
        "ok": difference.empty,
    }


def _check_digests(connection: Connection) -> list[Result]:
    """Each act's digest against the cases that it recorded."""
    acts = table(models.Act)
    rows = read_frame(
        connection,
        sa.select(acts.c.id, acts.c.action, acts.c.digest)
        .where(acts.c.digest.is_not(None))
        .order_by(acts.c.id),
    )
    results = []
    for act in rows.itertuples():
        found = recorded_digest(connection, int(act.id))
        results.append(
            {
                "check": f"digest of act {act.id} ({act.action})",
                "expected": act.digest,
                "found": found,
                "differences": int(found != act.digest),
                "ok": found == act.digest,
            }
        )
    return results


def _check_versions(connection: Connection) -> Result:
    """Current versions against cases: each identity has at most one that stands."""
    shape = table(models.Case)
    identity = (shape.c.unit_id, shape.c.action, shape.c.case_key)
    query = sa.select(sa.func.count().label("versions")).where(shape.c.superseded_in.is_(None))
    standing = query.group_by(*identity).subquery()
    count, total = sa.func.count(), sa.func.coalesce(sa.func.sum(standing.c.versions), 0)
    cases, versions = connection.execute(sa.select(count, total).select_from(standing)).one()
    return {
        "check": "one version of a case",
        "expected": cases,
        "found": int(versions),
        "differences": int(versions) - cases,
        "ok": versions == cases,
    }


def _check_rows(connection: Connection) -> Result:
    """Rows read = accepted + corrected + unchanged + quarantined + skipped, in every batch."""
    shape = table(models.Batch)
    parts = shape.c.accepted + shape.c.corrected + shape.c.unchanged
    parts = parts + shape.c.quarantined + shape.c.skipped
    total = connection.execute(
        sa.select(
            sa.func.coalesce(sa.func.sum(shape.c.read), 0), sa.func.coalesce(sa.func.sum(parts), 0)
        )
    ).one()
    wrong = connection.scalar(sa.select(sa.func.count()).where(shape.c.read != parts)) or 0
    return {
        "check": "rows of batches",
        "expected": int(total[0]),
        "found": int(total[1]),
        "differences": wrong,
        "ok": wrong == 0,
    }
