"""Processes killed in the middle of a write, and what is there afterwards.

Each fault takes a register of its own, kills the writer after a part of the time that the write
takes, and tells whether the register is whole and the same write, done again, ends the same.
"""

import os
import signal
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

import sqlalchemy as sa
from adjustment_world import decision, proposal
from alembic import command
from builders import E1, E2, LITTER, SIGNS, SmallWorld, make_case, make_cases
from test_migrations import go_to

from registry import db, loop_models, models
from registry.audit import check_register
from registry.errors import RegistryError
from registry.rollups import renew

ROWS = [
    *make_cases(1500, unit=E1, power=LITTER),
    *make_cases(1500, unit=E2, power=SIGNS, decided_on="2021-03-02"),
    make_case(case_no="坏", power="不认识"),
]
COUNTED = (
    models.Act,
    models.Batch,
    models.Case,
    models.Problem,
    models.Holding,
    loop_models.Decision,
)
State = tuple[int, ...]


@dataclass(frozen=True)
class Write:
    """A write, and what has to be there before it."""

    prepare: Callable[[SmallWorld], object]
    run: Callable[[SmallWorld], object]


@dataclass(frozen=True)
class Outcome:
    """What a kill left.

    killed: before the write had ended. seen: the state found is that before the write or that
    after it. whole: every check agrees. repeated: the write, done again, ends as if undisturbed.
    """

    killed: bool
    seen: bool
    whole: bool
    repeated: bool


def _import(world: SmallWorld) -> None:
    world.send(ROWS)


def _decide(world: SmallWorld) -> None:
    decision(world, 1)


def _init(world: SmallWorld) -> None:
    """As `registry init` on a register that is there."""
    db.migrate(world.engine)
    with db.writing(world.engine) as connection:
        renew(connection)


def _go_back(world: SmallWorld) -> None:
    world.send(ROWS[::20])
    go_to(world.engine, command.downgrade, "0002")


WRITES = {
    "import": Write(lambda world: None, _import),
    "decision": Write(proposal, _decide),
    "migration": Write(_go_back, _init),
}


def duration(world: SmallWorld, write: Write) -> float:
    """Seconds that the write takes here when nobody kills it, on a register prepared for it."""
    started = time.monotonic()
    _killed(world, write, after=None)
    return time.monotonic() - started


def kill(world: SmallWorld, write: Write, after: float, end: State) -> Outcome:
    """end: the state after a write that nobody killed."""
    before = state(world)
    killed = _killed(world, write, after)
    seen = state(world) in (before, end)
    _init(world)
    whole = is_whole(world)
    # What had been written before the kill is not written again: a decision refuses to be.
    with suppress(RegistryError):
        write.run(world)
    return Outcome(killed, seen, whole, state(world) == end and is_whole(world))


def _killed(world: SmallWorld, write: Write, after: float | None) -> bool:
    """Run the write in a process of its own; whether it was killed before it had ended."""
    world.engine.dispose()
    child = os.fork()
    if child == 0:
        try:
            write.run(world)
        finally:
            os._exit(0)
    if after is not None:
        time.sleep(after)
        os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    return os.WIFSIGNALED(status)


def state(world: SmallWorld) -> State:
    """How many rows there are of each kind; tables that an older shape lacks count as -1."""
    with world.engine.connect() as connection:
        known = set(sa.inspect(connection).get_table_names())
        return tuple(
            int(connection.scalar(sa.select(sa.func.count()).select_from(shape)) or 0)
            if shape.name in known
            else -1
            for shape in map(db.table, COUNTED)
        )


def is_whole(world: SmallWorld) -> bool:
    with db.reading(world.engine) as connection:
        return all(check["ok"] for check in check_register(connection))
