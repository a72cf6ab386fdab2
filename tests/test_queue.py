"""The queue: by hand, against plain Python, and against the formulas of M/M/c (Erlang C)."""

import heapq
from math import factorial

import numpy as np
import pytest
from examples import examples
from hypothesis import given, settings
from hypothesis import strategies as st

from registry.measures.queue import OFFICE, REVIEWS, RUNS, Draws, figures_of, waiting_times


def waits(arrivals, services, servers):
    columns = (np.array(values, dtype=float)[:, None] for values in (arrivals, services))
    return waiting_times(*columns, np.array([servers]))[:, 0].tolist()


def erlang_c(load: float, servers: int) -> float:
    """Probability of having to wait in M/M/c; load: arrival rate × mean service."""
    last = load**servers / factorial(servers) * servers / (servers - load)
    return last / (sum(load**k / factorial(k) for k in range(servers)) + last)


def plain_waits(arrivals, services, servers):
    free = [0.0] * servers
    found = []
    for arrival, service in zip(arrivals, services, strict=True):
        start = max(arrival, heapq.heappop(free))
        heapq.heappush(free, start + service)
        found.append(start - arrival)
    return found


def test_with_one_server_everybody_waits_for_those_before():
    assert waits([0, 1, 2, 20], [5, 5, 5, 5], 1) == [0, 4, 8, 0]


def test_with_two_servers_the_first_one_free_takes_the_next():
    assert waits([0, 0, 0, 1], [9, 3, 3, 1], 2) == [0, 0, 3, 5]


def test_lanes_with_different_servers_do_not_meet():
    lanes = np.repeat(np.array([[0.0], [1.0], [2.0], [20.0]]), 3, axis=1)
    found = waiting_times(lanes, np.full((4, 3), 5.0), np.array([1, 3, 2]))
    assert found.T.tolist() == [[0, 4, 8, 0], [0, 0, 0, 0], [0, 0, 3, 0]]


lengths = st.floats(0, 20)


@settings(max_examples=examples(200), deadline=None)
@given(
    st.lists(st.tuples(lengths, lengths), min_size=1, max_size=30),
    st.lists(st.integers(1, 5), min_size=1, max_size=4),
)
def test_waiting_times_equal_plain_python(customers, servers):
    arrivals, services = np.cumsum([gap for gap, _ in customers]), [s for _, s in customers]
    shape = (len(customers), len(servers))
    lanes = (np.broadcast_to(np.array(v)[:, None], shape) for v in (arrivals, services))
    found = waiting_times(*lanes, np.array(servers))
    for lane, count in enumerate(servers):
        expected = plain_waits(arrivals.tolist(), services, count)
        np.testing.assert_allclose(found[:, lane], expected, atol=1e-9)


@pytest.mark.parametrize(("load", "servers"), [(0.5, 1), (0.8, 1), (1.4, 2), (2.1, 3), (4.0, 6)])
def test_mean_wait_and_chance_of_waiting_are_those_of_erlang(load, servers):
    lanes, count, warm_up = 60, 6000, 1000
    random = np.random.default_rng(1)
    gaps, services = random.standard_exponential((2, count, lanes))
    arrivals = np.cumsum(gaps / load, axis=0)
    found = waiting_times(arrivals, services, np.full(lanes, servers))[warm_up:]
    waiting = erlang_c(load, servers)
    for per_lane, expected in (
        (found.mean(axis=0), waiting / (servers - load)),
        ((found > 0).mean(axis=0), waiting),
    ):
        error = per_lane.std(ddof=1) / np.sqrt(lanes)
        assert abs(per_lane.mean() - expected) < 4 * error
        assert error < 0.1 * expected


def test_draws_of_a_lane_depend_on_its_number_alone():
    alone, among = Draws.of(7, OFFICE, np.array([5])), Draws.of(7, OFFICE, np.array([3, 5, 9]))
    assert (alone.arrivals[:, 0] == among.arrivals[:, 1]).all()
    assert (alone.services == among.take(np.array([1])).services).all()
    assert (Draws.of(8, OFFICE, np.array([5])).arrivals != alone.arrivals).all()
    assert alone.arrivals.shape == (REVIEWS, 1, RUNS)


def test_turnaround_counts_the_ends_of_working_days():
    draws = Draws.of(0, OFFICE, np.arange(2))
    _, taken = draws.run(np.array([0.5, 0.5]), np.array([[1e-6], [1.0]]), np.array([1, 9]))
    assert taken[:, 0].mean() < 0.01
    # Of a review that begins at once, at any time of day, and takes an exponential time of mean
    # 1, exp(-1) end on the day of their request.
    assert abs((taken[:, 1] == 0).mean() - np.exp(-1)) < 0.05


def test_figures_are_shares_means_and_a_median_that_occurs():
    waited, taken = np.array([[[0.0]], [[2.0]]]), np.array([[[5.0]], [[6.0]]])
    found = figures_of(waited, taken, 5)
    assert {name: values.tolist() for name, values in found.items()} == {
        "share_late": [0.5],
        "mean_wait": [1.0],
        "simulated_median": [5.0],
    }
