"""XLS and XLSX by calamine, in a process of its own: bytes in; a table of every worksheet out.

A damaged file, or a hostile one, may say that it holds billions of texts. Calamine then asks for
room for them, and its process ends beyond the reach of any `except`; a server's must not.
"""

import pickle
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from subprocess import DEVNULL, PIPE, Popen
from threading import Timer
from typing import Any

import pandas as pd

from registry.errors import RegistryError
from registry.intake.limits import DAMAGED, ENCRYPTED, refuse_many_sheets

Framed = Callable[[str, int, Iterable[list[Any]]], pd.DataFrame]
"""Makes the table of a sheet of its name, its first column's number and its rows."""

CHILD = Path(__file__).with_name("workbook_child.py")
CUT_SHORT = (EOFError, pickle.UnpicklingError, OSError)


@dataclass(frozen=True)
class Limits:
    """Of the process: bytes of memory, seconds of the processor (where a system knows such limits)
    and of waiting; cells of a sheet's used range."""

    memory: int
    processor_seconds: int
    cells: int
    seconds: int


def read_workbook(data: bytes, limits: Limits, framed: Framed) -> list[tuple[str, pd.DataFrame]]:
    """Name and table of every worksheet, hidden ones too; chart and macro sheets have no cells."""
    own = (limits.memory, limits.processor_seconds, limits.cells)
    command = [sys.executable, "-I", str(CHILD), *map(str, own)]
    with Popen(command, stdin=PIPE, stdout=PIPE, stderr=DEVNULL) as child:
        clock = Timer(limits.seconds, child.kill)
        clock.start()
        try:
            return list(_sheets(child, data, framed))
        except CUT_SHORT:
            raise RegistryError(DAMAGED) from None
        finally:
            clock.cancel()
            child.kill()


def _sheets(child: Popen[bytes], data: bytes, framed: Framed) -> Iterator[tuple[str, pd.DataFrame]]:
    into, out = child.stdin, child.stdout
    assert into
    assert out
    with into:
        into.write(data)
    if (count := pickle.load(out)) is None:
        raise RegistryError(ENCRYPTED)
    refuse_many_sheets(count)
    while (sheet := pickle.load(out)) is not None:
        name, left = sheet
        yield name, framed(name, left, _rows(out))


def _rows(out: Any) -> Iterator[list[Any]]:
    while part := pickle.load(out):
        yield from part
