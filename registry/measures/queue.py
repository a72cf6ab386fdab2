"""Queues with several servers: who comes first is served first, by the server free first.

In: rates, lengths of service and servers of many queues ("lanes") at once. Out: waiting times
and what is said of them. The recursion of Kiefer and Wolfowitz: of each lane, the times at which
its servers become free, in order; with one server it is Lindley's.
"""

from dataclasses import dataclass

import numpy as np

HOURS_A_DAY = 8.0
REVIEWS, WARM_UP, RUNS = 400, 100, 4
"""Arrivals of a run, how many of the first are left out, and runs of each lane."""

OFFICE, DISTRICT = 0, 1
"""Kinds of lanes, so that an office and a district never share their draws."""


def waiting_times(arrivals: np.ndarray, services: np.ndarray, servers: np.ndarray) -> np.ndarray:
    """float[n, lanes]: how long each of n arrivals waits for its service to begin.

    arrivals: float[n, lanes], not decreasing along n; services: float[n, lanes], their lengths;
    servers: int[lanes], 1 or more, all free at time 0. Fastest where lanes with more servers stand
    before those with fewer.
    """
    if (np.diff(servers) > 0).any():
        order = np.argsort(-servers, kind="stable")
        waits = np.empty_like(arrivals)
        waits[:, order] = waiting_times(arrivals[:, order], services[:, order], servers[order])
        return waits
    return _starts(arrivals, services, servers) - arrivals


def _starts(arrivals: np.ndarray, services: np.ndarray, servers: np.ndarray) -> np.ndarray:
    """When each service begins; lanes with many servers stand before those with few."""
    most = int(servers.max(initial=1))
    # The lanes with more than k servers are the first widths[k].
    widths = [int((servers > k).sum()) for k in range(most + 1)]
    free = np.zeros((most, arrivals.shape[1]))
    starts = np.empty_like(arrivals)
    for number, arrival in enumerate(arrivals):
        np.maximum(arrival, free[0], out=starts[number])
        _take(free, starts[number] + services[number], widths)
    return starts


def _take(free: np.ndarray, until: np.ndarray, widths: list[int]) -> None:
    """The first server of each lane is busy until then: put it back into the order."""
    for k in range(1, len(widths)):
        wide, last = widths[k], slice(widths[k], widths[k - 1])
        free[k - 1, last] = until[last]
        if wide:
            np.minimum(free[k, :wide], until[:wide], out=free[k - 1, :wide])
            np.maximum(free[k, :wide], until[:wide], out=until[:wide])


@dataclass(frozen=True)
class Draws:
    """Arrivals at rate 1, exponential services of mean 1, even draws: [REVIEWS, lanes, RUNS].

    A lane's draws depend on the seed and its number alone, whatever else is simulated; scenarios
    share them, so that they differ by what they change and not by chance.
    """

    arrivals: np.ndarray
    services: np.ndarray
    even: np.ndarray

    @classmethod
    def of(cls, seed: int, kind: int, lanes: np.ndarray) -> "Draws":
        drawn = np.empty((3, REVIEWS, len(lanes), RUNS))
        for place, number in enumerate(lanes.tolist()):
            source = np.random.default_rng((seed, kind, number))
            drawn[:2, :, place] = source.standard_exponential((2, REVIEWS, RUNS))
            drawn[2, :, place] = source.random((REVIEWS, RUNS))
        np.cumsum(drawn[0], axis=0, out=drawn[0])
        return cls(*drawn)

    def take(self, lanes: np.ndarray) -> "Draws":
        # `take` lays them side by side again, so that nothing is copied to be reshaped.
        every = (self.arrivals, self.services, self.even)
        return Draws(*(values.take(lanes, axis=1) for values in every))

    def run(
        self, rate: np.ndarray, mean: np.ndarray, servers: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """(wait, turnaround in whole working days) float[REVIEWS - WARM_UP, lanes, RUNS].

        rate: arrivals a day, per lane; mean: days that a review takes, [lanes, 1] or per draw.
        """
        arrivals = self.arrivals / rate[:, None]
        services = self.services * mean
        flat = (REVIEWS, len(rate) * RUNS)
        waits = waiting_times(
            arrivals.reshape(flat), services.reshape(flat), np.repeat(servers, RUNS)
        ).reshape(arrivals.shape)
        kept = slice(WARM_UP, None)
        arrivals, services, waits = arrivals[kept], services[kept], waits[kept]
        return waits, np.floor(arrivals + waits + services) - np.floor(arrivals)


def figures_of(waits: np.ndarray, taken: np.ndarray, limit: int) -> dict[str, np.ndarray]:
    """Per lane, over reviews and runs; the median by the inverted CDF."""
    reviews, lanes, runs = taken.shape
    together = np.moveaxis(taken, 1, 0).reshape(lanes, reviews * runs)
    middle = (reviews * runs + 1) // 2 - 1
    return {
        "share_late": (taken > limit).mean(axis=(0, 2)),
        "mean_wait": waits.mean(axis=(0, 2)),
        "simulated_median": np.partition(together, middle, axis=1)[:, middle],
    }
