"""Killed in the middle of a write: nothing lost, nothing twice, nothing half there.

KILLS in the environment: how often each kind of write is killed on each database.
"""

import os
import random
from collections import Counter
from dataclasses import asdict
from itertools import islice

import faults
import pytest
import reliability

pytestmark = [pytest.mark.slow, pytest.mark.campaign]
KILLS = int(os.environ.get("KILLS", "4"))


@pytest.mark.parametrize("name", faults.WRITES)
def test_a_killed_write_leaves_a_whole_register(world_after, name):
    write, chance = faults.WRITES[name], random.Random(name)
    undisturbed = world_after(write.prepare)
    takes = faults.duration(undisturbed, write)
    end = faults.state(undisturbed)
    assert faults.is_whole(undisturbed)

    def attempts():
        while True:
            after = chance.uniform(0, takes)
            yield faults.kill(world_after(write.prepare), write, after, end)

    tried = list(islice(attempts(), KILLS))
    tried += [next(attempts()) for _ in range(20) if not any(found.killed for found in tried)]
    report(undisturbed.engine.dialect.name, name, tried)
    assert any(found.killed for found in tried)
    assert [found for found in tried if not (found.seen and found.whole and found.repeated)] == []


def report(database: str, name: str, tried: list[faults.Outcome]) -> None:
    """Counts of a series, for docs/reliability.md."""
    sums = Counter[str]()
    for found in tried:
        sums.update({name: int(value) for name, value in asdict(found).items()})
    reliability.record_kills(database=database, write=name, tried=len(tried), **sums)
