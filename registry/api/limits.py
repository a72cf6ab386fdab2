"""How often one and the same may ask: so many times within any minute."""

import math
import time
from collections import deque
from dataclasses import dataclass, field
from threading import Lock

MINUTE = 60.0
MOST_KNOWN = 10_000
"""Askers that are remembered; beyond them those of the last minute alone."""


@dataclass
class Limit:
    """Counts in the memory of the one process that serves."""

    a_minute: int
    _asked: dict[str, deque[float]] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    def wait(self, who: str) -> int:
        """Whole seconds until `who` may ask again; 0 for now."""
        with self._lock:
            times = self._recent(who)
            over = len(times) - self.a_minute
            return math.ceil(times[over] + MINUTE - time.monotonic()) if over >= 0 else 0

    def enter(self, who: str) -> None:
        with self._lock:
            self._recent(who).append(time.monotonic())

    def forget(self) -> None:
        with self._lock:
            self._asked.clear()

    def _recent(self, who: str) -> deque[float]:
        if len(self._asked) > MOST_KNOWN:
            self._asked = {name: times for name, times in self._asked.items() if self._cut(times)}
        times = self._asked.setdefault(who, deque())
        self._cut(times)
        return times

    def _cut(self, times: deque[float]) -> int:
        """Drop what is older than a minute; how many are left."""
        since = time.monotonic() - MINUTE
        while times and times[0] < since:
            times.popleft()
        return len(times)


READING = Limit(120)
IMPORTING = Limit(20)
STRANGERS = Limit(30)
"""Wrong tokens from one address."""
