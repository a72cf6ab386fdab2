"""The next snapshot out of one that is at hand: what few acts changed is read, the rest is shared.

In: a connection, and a snapshot of what was known at an earlier act. Out: what `read_snapshot`
would give, or None where that has to be asked: the acts in between changed something else than
usage logs do, or so much that reading everything takes no longer.
"""

from dataclasses import dataclass, replace
from functools import partial

import numpy as np
import pandas as pd
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from registry import models
from registry.adjustment.policy import read_policy
from registry.bulk import Ask, ask_bulk
from registry.db import read_plain, revision, table
from registry.ledger import read_head
from registry.procedure import FINES, PROCEDURE
from registry.returns import RETURNS, USAGE_LOG
from registry.reviews import Reviews, ask_own_reviews
from registry.rollup import Rollup, cases_where
from registry.rollups import changes, is_stale
from registry.snapshot import Snapshot, count_batches, mark, open_problems, spanned
from registry.usage import USAGE
from registry.window import Window

OF_LOGS = ("import", "mend", "retry", "withdraw")
"""Acts that change what was reported, and nothing else."""

BESIDE = (
    *("freeze", "propose", "opinion", "follow-up", "remark", "end remark"),
    *("role", "revoke role", "token", "revoke token"),
)
"""Acts that change nothing of what a snapshot holds."""

MENDED = "mend"
"""The kind of a batch of mended rows, which are those of other batches."""

MANY = 30_000
"""Versions of cases, or rows of counts kept apart, of which more are not worth it: every question
about a window adds up those of its months."""

FEW = 3_000
"""Versions of cases that are read here in the time that another process takes to begin."""

at_once = partial(partial, read_plain)
"""Read here, as soon as it is waited for."""

ACTS, BATCHES, CASES = table(models.Act), table(models.Batch), table(models.Case)
COVERAGE = table(models.Coverage)


@dataclass(frozen=True)
class _Since:
    """What was recorded after act `known`: `came` chooses the versions of cases that stand now and
    did not then, `went` are the numbers of those that do not any longer, `change` is what both
    change in each roll-up."""

    known: int
    came: sa.ColumnElement[bool]
    went: np.ndarray
    change: dict[Rollup, pd.DataFrame]

    @classmethod
    def read(cls, connection: Connection, known: int, ask: Ask) -> "_Since":
        came = CASES.c.superseded_in.is_(None) & (CASES.c.recorded_in > known)
        went = (CASES.c.superseded_in > known) & (CASES.c.recorded_in <= known)
        ended = cases_where(connection, went, ask)
        # Nothing of a kind takes as long to count as a little; most logs end nothing.
        minus = ended if len(ended[0]) else None
        change = changes(plus=cases_where(connection, came, ask), minus=minus)
        return cls(known, came, ended[0]["id"].to_numpy(), change)


def renewed(connection: Connection, older: Snapshot) -> Snapshot | None:
    """The register as known now, from what was known at an earlier act."""
    if not _may_follow(connection, older):
        return None
    versions = _versions(connection, older.revision)
    if versions > MANY:
        return None
    ask = at_once if versions <= FEW else ask_bulk
    since = _Since.read(connection, older.revision, ask)
    units, powers = older.catalogue.units, older.catalogue.powers
    cube = older.cube.plus(since.change[USAGE], units, powers)
    came, left = _covered_since(connection, older.revision)
    window = _window(connection, older.cube.window, cube.totals, came["month"])
    covered = {kind: older.over(marks, window) for kind, marks in older.covered.items()}
    logs = covered[USAGE_LOG] & ~mark(left, window, units) | mark(came, window, units)
    problems = mark(open_problems(connection), window, units)
    newest = revision(connection)
    batches, synthetic = count_batches(connection)
    found = replace(
        older,
        cube=replace(cube, window=window),
        returned=logs,
        flagged=logs & problems,
        revision=newest,
        batches=batches,
        synthetic=synthetic,
        procedure=older.procedure.plus(since.change[PROCEDURE]),
        fines=older.fines.plus(since.change[FINES]),
        reviews=_reviews(connection, older.reviews, since),
        covered=covered | {USAGE_LOG: logs},
        newest=newest,
        head=str(read_head(connection)),
    )
    apart = (found.cube.later, found.procedure.change, found.fines.change)
    return found if max(map(len, apart)) <= MANY else None


def _may_follow(connection: Connection, older: Snapshot) -> bool:
    """Whether this is the snapshot's register, and all that came since is logs."""
    return (
        older.known is None
        and str(read_head(connection, older.revision)) == older.head
        and older.policy.text == read_policy().text
        and not is_stale(connection)
        and _only_logs(connection, older.revision)
    )


def _only_logs(connection: Connection, known: int) -> bool:
    actions = connection.scalars(sa.select(ACTS.c.action).where(ACTS.c.id > known).distinct())
    kinds = sa.select(BATCHES.c.kind).distinct()
    recorded = connection.scalars(kinds.where(BATCHES.c.recorded_in > known))
    withdrawn = connection.scalars(kinds.where(BATCHES.c.withdrawn_in > known))
    returns = (sa.select(sa.func.max(table(model).c.recorded_in)) for model in RETURNS.values())
    return (
        {*actions} <= {*OF_LOGS, *BESIDE}
        and {*recorded} <= {USAGE_LOG, MENDED}
        and {*withdrawn} <= {USAGE_LOG}
        and all((connection.scalar(newest) or 0) <= known for newest in returns)
    )


def _versions(connection: Connection, known: int) -> int:
    """How many versions of cases were recorded or ended after an act."""
    count = sa.select(sa.func.count()).select_from(CASES)
    told = (column > known for column in (CASES.c.recorded_in, CASES.c.superseded_in))
    return sum(connection.scalar(count.where(after)) or 0 for after in told)


def _window(connection: Connection, older: Window, totals: pd.DataFrame, told: pd.Series) -> Window:
    """The months that are reported or covered now. told: those of coverage that came.

    What is covered lay within the older window, or came; so where what is known to be there reaches
    as far, nothing has to be asked.
    """
    reached = spanned(totals["month"], told)
    if reached.first <= older.first and reached.last >= older.last:
        return reached
    ends = sa.select(sa.func.min(COVERAGE.c.month), sa.func.max(COVERAGE.c.month))
    standing = connection.execute(ends.where(COVERAGE.c.superseded_in.is_(None))).one()
    covered = pd.Series([month for month in standing if month], dtype="int64")
    return spanned(totals["month"], covered)


def _places(connection: Connection, among: sa.ColumnElement[bool]) -> pd.DataFrame:
    """`month`, `unit_id` that a usage log covers; among: which coverage."""
    query = sa.select(COVERAGE.c.month, COVERAGE.c.unit_id).distinct()
    return read_plain(connection, query.where(COVERAGE.c.kind == USAGE_LOG, among))


def _covered_since(connection: Connection, known: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """(places that batches of later acts cover, places that a later act uncovered and nobody else
    covers)."""
    came, gone = (
        COVERAGE.c.batch_id.in_(sa.select(BATCHES.c.id).where(column > known))
        for column in (BATCHES.c.recorded_in, BATCHES.c.withdrawn_in)
    )
    standing = COVERAGE.c.superseded_in.is_(None)
    left = _places(connection, gone)
    if left.empty:
        return _places(connection, came & standing), left
    months, units = (left[name].unique().tolist() for name in ("month", "unit_id"))
    same = COVERAGE.c.month.in_(months) & COVERAGE.c.unit_id.in_(units)
    again = _places(connection, standing & same)
    still = pd.MultiIndex.from_frame(left).isin(pd.MultiIndex.from_frame(again))
    return _places(connection, came & standing), left[~still]


def _reviews(connection: Connection, older: Reviews, since: _Since) -> Reviews:
    """The reviews with those that came, without those that went; the same where there are none."""
    came = ask_own_reviews(connection, since.came, at_once)()
    cases, links = (_without(frame, since.went) for frame in (older.cases, older.links))
    if came.cases.empty and len(cases) == len(older.cases):
        return older
    return Reviews(
        pd.concat([cases, came.cases], ignore_index=True),
        pd.concat([links, came.links], ignore_index=True),
    )


def _without(frame: pd.DataFrame, cases: np.ndarray) -> pd.DataFrame:
    """The rows of other cases."""
    gone = np.isin(frame["case_id"].to_numpy(), cases)
    return frame[~gone] if gone.any() else frame
