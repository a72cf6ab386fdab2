"""Several processes at one register at the same moment, and how each of them ended."""

import multiprocessing
import os
import time
from collections.abc import Callable
from multiprocessing.connection import Connection
from typing import Any

from sqlalchemy.engine import Engine

from registry import db
from registry.errors import RegistryError

FORK = multiprocessing.get_context("fork")
TRIES = int(os.environ.get("FAULTS", "2"))
"""FAULTS in the environment: how often each fault is tried on each database."""

Doing = Callable[[], Any]


def at_once(on: Engine, *doings: Doing, held: float = 0) -> list[Any]:
    """What each gives in a process of its own, or the RegistryError that it raises.

    held: seconds for which the register is locked while they begin, so that all have looked
    before any may write.
    """
    on.dispose()  # SQLite's connections, even unused ones, must not be carried into a child
    holder = _hold(on, held) if held else None
    running = [begin(doing) for doing in doings]
    found = [ended(one) for one in running]
    if holder:
        ended(holder)
    return found


def _hold(on: Engine, seconds: float) -> Connection:
    """A process that has the register locked, for so many seconds from now on."""
    locked, tell = FORK.Pipe(duplex=False)

    def hold() -> None:
        with db.writing(on):
            tell.send(True)
            time.sleep(seconds)

    holder = begin(hold)
    locked.recv()
    return holder


def begin(doing: Doing) -> Connection:
    """Start a process; what to read its end from."""
    ours, theirs = FORK.Pipe(duplex=False)
    FORK.Process(target=_run, args=(doing, theirs)).start()
    theirs.close()
    return ours


def _run(doing: Doing, tell: Connection) -> None:
    try:
        tell.send(doing())
    except RegistryError as error:
        tell.send(error.text)
    tell.close()


def ended(running: Connection) -> Any:
    """Raises EOFError where it ended in any other way than a report or a sentence."""
    with running:
        return running.recv()
