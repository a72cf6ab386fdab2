"""Snapshot: the register and what was reported, as one value that measures reduce.

In: a connection, and for a past state the act up to which it was known. Out: catalogue, holdings,
usage cube, returns. Built once per data revision and then only read.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cache, cached_property, partial

import numpy as np
import pandas as pd
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from registry import models
from registry.access import Scope
from registry.adjustment.policies import policy_at
from registry.adjustment.policy import Policy, read_policy
from registry.bulk import Rows, ask_bulk
from registry.catalogue import Catalogue, read_catalogue
from registry.db import current, read_frame, revision, table
from registry.holdings import Holdings, read_holdings
from registry.ledger import read_head
from registry.parts import quarantined_places, read_part, standing
from registry.procedure import FINES, PROCEDURE
from registry.returns import KINDS, USAGE_LOG, Returns, ask_returns
from registry.reviews import Reviews, ask_reviews
from registry.rollup import RolledUp, Rollup, cases_where
from registry.rollups import changes, counted, is_stale, require_current_count
from registry.usage import USAGE, UsageCube
from registry.window import Window, add_months, month_of

ASKED = (FINES, USAGE, PROCEDURE)
"""In which order the roll-ups are asked for, two at the same time: the largest as early as may be,
and that of which the cube is made while others are still read."""


@dataclass(frozen=True)
class Snapshot:
    """`returned` and `flagged` are bool[months, units] over the months of `cube.window`.

    returned: the unit's month is covered by an accepted usage log; flagged: covered, with rows of
    it still in quarantine. `covered[kind]` says the same of each kind of monthly return; of staff
    only where a row stands, since a unit that a return leaves out does not have none.
    procedure, fines: the roll-ups of registry/procedure.py. `synthetic` counts the batches of the
    demo that still stand. revision: the newest act that is used; newest: the newest there is.
    head: that of the ledger, as text, at `revision`. policy: the one in force then.
    """

    catalogue: Catalogue
    holdings: Holdings
    cube: UsageCube
    returned: np.ndarray
    flagged: np.ndarray
    revision: int
    batches: int
    synthetic: int
    procedure: RolledUp = field(default_factory=partial(RolledUp.of, PROCEDURE))
    fines: RolledUp = field(default_factory=partial(RolledUp.of, FINES))
    reviews: Reviews = field(default_factory=Reviews)
    returns: Returns = field(default_factory=Returns)
    covered: Mapping[str, np.ndarray] = field(default_factory=dict)
    newest: int = 0
    head: str = ""
    policy: Policy = field(default_factory=read_policy)

    @property
    def known(self) -> int | None:
        """The act up to which it was known; None where that is now."""
        return self.revision if self.revision < self.newest else None

    @cached_property
    def last_returned(self) -> int | None:
        """The last month with any return, or None."""
        months = np.flatnonzero(self.returned.any(axis=1))
        return self.cube.window.months[months[-1]] if len(months) else None

    @cached_property
    def first_returned(self) -> int | None:
        months = np.flatnonzero(self.returned.any(axis=1))
        return self.cube.window.months[months[0]] if len(months) else None

    @cached_property
    def reported(self) -> Window | None:
        """From the first to the last month with a return of any kind, or None."""
        any_kind = np.logical_or.reduce([self.returned, *self.covered.values()])
        months = np.flatnonzero(any_kind.any(axis=1))
        found = self.cube.window.months
        return Window(found[months[0]], found[months[-1]]) if len(months) else None

    def last_12_months(self, today: date) -> Window:
        """The 12 months that end with the last usage log, and do not begin before the first.

        Without any log they are those of the other returns; without these, the 12 before today.
        """
        span = self.reported
        if self.first_returned is not None and self.last_returned is not None:
            span = Window(self.first_returned, self.last_returned)
        if span is None:
            last = add_months(month_of(today), -1)
            return Window(add_months(last, -11), last)
        return Window(max(add_months(span.last, -11), span.first), span.last)

    def full_year(self, today: date) -> Window:
        """Twelve months that end as `last_12_months` does, wherever the returns begin."""
        last = self.last_12_months(today).last
        return Window(add_months(last, -11), last)

    def over(self, facts: np.ndarray, window: Window) -> np.ndarray:
        """bool[months of the window, units] of `returned` or `flagged`; False outside the cube."""
        result = np.zeros((len(window), facts.shape[1]), dtype=bool)
        known = self.cube.window
        first, last = max(window.first, known.first), min(window.last, known.last)
        if first <= last:
            shared = Window(first, last)
            result[window.places(shared)] = facts[known.places(shared)]
        return result


def read_snapshot(connection: Connection, known: int | None = None) -> Snapshot:
    """The register as known now, or as known when act `known` was the newest.

    Labels (names of powers and units) are always today's.
    """
    policy = policy_at(connection, known)
    # Large ones first: while others read for us, the small ones are read here, and as soon as what
    # it needs is there the cube is made.
    roll_ups = _ask_roll_ups(connection, known, policy)
    asked_coverage = _ask_coverage(connection, known)
    asked_reviews = ask_reviews(connection, known)
    asked_returns = ask_returns(connection, known)
    catalogue = read_catalogue(connection)
    problems = open_problems(connection, known)
    holdings = read_holdings(connection, catalogue, known)
    usage, coverage = roll_ups(USAGE), asked_coverage()
    window = spanned(usage["month"], coverage["month"])
    cube = UsageCube.build(usage, catalogue.units, catalogue.powers, window)
    covered = {
        kind: mark(coverage[coverage["kind"].eq(kind)], window, catalogue.units) for kind in KINDS
    }
    returns = asked_returns()
    covered["staffing"] &= mark(returns.staffing, window, catalogue.units)
    batches, synthetic = count_batches(connection, known)
    return Snapshot(
        catalogue=catalogue,
        holdings=holdings,
        cube=cube,
        returned=covered[USAGE_LOG],
        flagged=covered[USAGE_LOG] & mark(problems, window, catalogue.units),
        revision=revision(connection) if known is None else known,
        batches=batches,
        synthetic=synthetic,
        procedure=RolledUp.of(PROCEDURE, roll_ups(PROCEDURE)),
        fines=RolledUp.of(FINES, roll_ups(FINES)),
        reviews=asked_reviews(),
        returns=returns,
        covered=covered,
        newest=revision(connection),
        head=str(read_head(connection, known)),
        policy=policy,
    )


def seen_by(reader: Scope, snapshot: Snapshot) -> Snapshot:
    """What of it a reader may see: without the fines, where that is aggregates only."""
    return snapshot if reader.sees_all_words else replace(snapshot, fines=RolledUp.of(FINES))


def _ask_roll_ups(
    connection: Connection, known: int | None, policy: Policy
) -> Callable[[Rollup], pd.DataFrame]:
    """Begin to read the stored roll-ups, each to be waited for once; of a past state, without what
    came later, or computed from the cases known then, whichever are fewer, and always so where
    other legal limits were in force."""
    if known is None:
        require_current_count(connection)
    elif is_stale(connection, policy) or not _mostly_known(connection, known):
        computed = cache(lambda: dict(counted(connection, known, policy)))
        return lambda rollup: computed().pop(rollup)
    asked = {rollup: rollup.ask(connection) for rollup in ASKED}
    if known is None:
        # Given back one by one: who was asked keeps the rows as long as the question.
        return lambda rollup: asked.pop(rollup)()
    then = cache(
        lambda: _taken_back(connection, {one: asked.pop(one)() for one in ASKED}, known, policy)
    )
    return lambda rollup: then().pop(rollup)


def _mostly_known(connection: Connection, known: int) -> bool:
    """Whether at least half of all versions of cases had been recorded."""
    shape = table(models.Case)
    later = sa.select(sa.func.count()).where(shape.c.recorded_in > known)
    every = sa.select(sa.func.count()).select_from(shape)
    return 2 * (connection.scalar(later) or 0) <= (connection.scalar(every) or 0)


def _taken_back(
    connection: Connection, stored: dict[Rollup, pd.DataFrame], known: int, policy: Policy
) -> dict[Rollup, pd.DataFrame]:
    """Roll-ups less the cases recorded since, with those ended since; parts counted elsewhere,
    too."""
    shape = table(models.Case)
    came = shape.c.superseded_in.is_(None) & (shape.c.recorded_in > known)
    went = (shape.c.superseded_in > known) & (shape.c.recorded_in <= known)
    later, earlier = (cases_where(connection, condition) for condition in (came, went))
    change = changes(plus=earlier, minus=later, policy=policy)
    found = {}
    for rollup, rows in stored.items():
        now, then = (read_part(connection, rollup, standing(act)) for act in (None, known))
        found[rollup] = rollup.combine(rows, change[rollup], now, then, signs=(1, 1, -1, 1))
    return found


def spanned(*months: pd.Series) -> Window:
    """From the first to the last of these months; where there are none, one that means nothing."""
    ends = [int(end) for some in months if len(some) for end in (some.min(), some.max())]
    return Window(min(ends), max(ends)) if ends else Window(190001, 190001)


def _ask_coverage(connection: Connection, known: int | None) -> Rows:
    shape = table(models.Coverage)
    query = sa.select(shape.c.kind, shape.c.month, shape.c.unit_id)
    return ask_bulk(connection, query.where(current(shape, known)).distinct())


def open_problems(connection: Connection, known: int | None = None) -> pd.DataFrame:
    """`month`, `unit_id` of quarantined rows of usage logs, here or elsewhere."""
    shape, batches = table(models.Problem), table(models.Batch)
    still_open: sa.ColumnElement[bool] = shape.c.resolved_in.is_(None)
    if known is not None:
        still_open = (shape.c.recorded_in <= known) & (still_open | (shape.c.resolved_in > known))
    placed = shape.c.unit_id.is_not(None) & shape.c.month.is_not(None)
    query = sa.select(shape.c.month, shape.c.unit_id).join(
        batches, batches.c.id == shape.c.batch_id
    )
    query = query.where(still_open & placed, batches.c.kind == USAGE_LOG).distinct()
    return pd.concat([read_frame(connection, query), quarantined_places(connection, known)])


def count_batches(connection: Connection, known: int | None = None) -> tuple[int, int]:
    """(batches that stand, those of the demo among them)."""
    shape = table(models.Batch)
    live: sa.ColumnElement[bool] = shape.c.withdrawn_in.is_(None)
    if known is not None:
        live = (shape.c.recorded_in <= known) & (live | (shape.c.withdrawn_in > known))
    made = sa.func.sum(sa.cast(shape.c.synthetic, sa.Integer))
    count, synthetic = connection.execute(sa.select(sa.func.count(), made).where(live)).one()
    return count, synthetic or 0


def mark(pairs: pd.DataFrame, window: Window, units: pd.DataFrame) -> np.ndarray:
    """bool[months, units], true where a (month, unit_id) pair is listed."""
    marks = np.zeros((len(window), len(units)), dtype=bool)
    month = pd.Index(window.months).get_indexer(pairs["month"])
    unit = pd.Index(units["id"]).get_indexer(pairs["unit_id"])
    inside = (month >= 0) & (unit >= 0)
    marks[month[inside], unit[inside]] = True
    return marks
