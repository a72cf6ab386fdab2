"""The check that anyone can run: the roll-up and the ledger, computed again and compared.

Beside them what nothing may break: intervals of a scope and power that do not overlap, one
current version of a case, and rows that add up.
"""

from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from registry import models
from registry.db import current, table
from registry.ledger import verify
from registry.returns import KEYS, RETURNS, counts_of, facts_of
from registry.rollups import compared, require_current_count

Result = dict[str, Any]


def check_register(connection: Connection) -> list[Result]:
    """One record per check: what was compared, expected, found, and whether they agree."""
    return [
        *_check_rollups(connection),
        *_check_ledger(connection),
        _check_intervals(connection),
        _check_versions(connection),
        *_check_returns(connection),
        _check_rows(connection),
    ]


def _check_rollups(connection: Connection) -> list[Result]:
    """The stored roll-ups against those computed from the cases."""
    require_current_count(connection)
    return [
        {
            "check": one.name,
            "expected": one.computed,
            "found": one.stored,
            "differences": one.differences,
            "ok": not one.differences,
        }
        for one in compared(connection)
    ]


def _check_ledger(connection: Connection) -> list[Result]:
    """Entries of the ledger against those that agree, and one record for each that does not."""
    count = connection.scalar(sa.select(sa.func.count()).select_from(table(models.LedgerEntry)))
    findings = verify(connection, derived=False)  # the roll-ups are above
    failed = [
        _count_check(f"ledger entry {found.number} ({found.action})", 0, 1) for found in findings
    ]
    wrong = len({found.number for found in findings})
    return [_count_check("ledger", int(count or 0), int(count or 0) - wrong), *failed]


def _check_intervals(connection: Connection) -> Result:
    """Standing intervals of holding against those that overlap no earlier one of their scope and
    power: on a day one scope says one thing."""
    shape = table(models.Holding)
    one, other = shape.alias("one"), shape.alias("other")
    same = sa.and_(*(one.c[name] == other.c[name] for name in ("power", "scope", "scope_code")))
    clash = (
        sa.exists()
        .where(same, other.c.id < one.c.id, current(other))
        .where(sa.or_(other.c.valid_to.is_(None), other.c.valid_to > one.c.valid_from))
        .where(sa.or_(one.c.valid_to.is_(None), one.c.valid_to > other.c.valid_from))
    )
    standing = sa.select(sa.func.count()).select_from(one).where(current(one))
    count = connection.scalar(standing) or 0
    return _count_check(
        "intervals of holdings", count, count - (connection.scalar(standing.where(clash)) or 0)
    )


def _check_versions(connection: Connection) -> Result:
    """Current versions against cases: each identity has at most one that stands."""
    shape = table(models.Case)
    identity = (shape.c.unit_id, shape.c.action, shape.c.case_key)
    query = sa.select(sa.func.count().label("versions")).where(shape.c.superseded_in.is_(None))
    standing = query.group_by(*identity).subquery()
    count, total = sa.func.count(), sa.func.coalesce(sa.func.sum(standing.c.versions), 0)
    cases, versions = connection.execute(sa.select(count, total).select_from(standing)).one()
    return _count_check("one version of a case", cases, int(versions))


def _check_returns(connection: Connection) -> list[Result]:
    """Current rows of each kind of return that came in against their keys: one stands of each."""
    results = []
    for kind, model in RETURNS.items():
        shape = table(model)
        standing = sa.select(sa.func.count().label("rows")).where(shape.c.superseded_in.is_(None))
        keys = [shape.c[n] for n in facts_of(model) if n not in counts_of(model) or n in KEYS]
        of_key = standing.group_by(*keys).subquery()
        count, total = sa.func.count(), sa.func.coalesce(sa.func.sum(of_key.c.rows), 0)
        found = connection.execute(sa.select(count, total).select_from(of_key)).one()
        if found[0]:
            results.append(_count_check(f"one row of {kind}", *map(int, found)))
    return results


def _count_check(check: str, expected: int, found: int) -> Result:
    difference = found - expected
    counts = {"expected": expected, "found": found, "differences": difference}
    return {"check": check, **counts, "ok": not difference}


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
