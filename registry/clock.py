"""By which clock logins and tokens end: one that does not run back where the system's is set back.

In: the system's clock, and one that only counts seconds. Out: a day that is never before one that
this process or the register has seen, and ages that only grow.
"""

import time
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from threading import Lock

from sqlalchemy.engine import Connection

from registry.db import newest_instant
from registry.window import BEIJING

MOST_KNOWN = 10_000


@dataclass
class Clock:
    """`wall` gives seconds since 1970 and may be set back, `ticks` seconds that only grow."""

    wall: Callable[[], float] = time.time
    ticks: Callable[[], float] = time.monotonic
    _ahead: float | None = None
    _seen: dict[Hashable, float] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    def now(self) -> datetime:
        """Never behind what it gave before and the time since."""
        with self._lock:
            ahead = self.wall() - self.ticks()
            self._ahead = ahead if self._ahead is None else max(ahead, self._ahead)
            return datetime.fromtimestamp(self._ahead + self.ticks(), UTC)

    def age(self, what: Hashable, issued: float) -> timedelta:
        """The time since `issued`, seconds since 1970; of what was asked about before, at least as
        much more as has passed since.

        Each ages by itself: a clock that was ahead for a while, as at the start of a machine, must
        not make everything old that is issued later.
        """
        with self._lock:
            began = min(issued - self.wall() + self.ticks(), self._seen.pop(what, float("inf")))
            self._seen[what] = began
            while len(self._seen) > MOST_KNOWN:
                self._seen.pop(next(iter(self._seen)))
            return timedelta(seconds=self.ticks() - began)


CLOCK = Clock()


def latest_today(connection: Connection) -> date:
    """Today in Beijing, never before the day of the register's newest act: that is what a process
    that was restarted still knows."""
    now, newest = CLOCK.now(), newest_instant(connection)
    return max(now, newest or now).astimezone(BEIJING).date()
