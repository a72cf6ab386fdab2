"""What reads a workbook for registry.intake.workbook, started as a program of its own.

In: its limits as arguments, the workbook on stdin. Out on stdout, as pickles: the number of its
sheets, None of one that has a password; of each worksheet its name and first column's number, its
rows in parts, an empty part; at the end None. What ends without it was cut short.
"""

import gc
import io
import pickle
import sys
from collections.abc import Iterator
from contextlib import suppress
from itertools import islice
from typing import Any

import python_calamine as calamine

PART = 2_000
"""Rows that are sent at a time, so that who receives them need not wait."""


def main(memory: int, seconds: int, cells: int) -> None:
    _limit(memory, seconds)
    gc.disable()  # rows are let go one part after the other
    for message in _messages(sys.stdin.buffer.read(), cells):
        pickle.dump(message, sys.stdout.buffer, pickle.HIGHEST_PROTOCOL)


def _limit(memory: int, seconds: int) -> None:
    with suppress(ImportError, ValueError, OSError):
        import resource

        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
        resource.setrlimit(resource.RLIMIT_AS, (memory, memory))


def _messages(data: bytes, cells: int) -> Iterator[Any]:
    try:
        workbook = calamine.CalamineWorkbook.from_filelike(io.BytesIO(data))
    except calamine.PasswordError:
        yield None
        return
    yield len(workbook.sheets_metadata)
    for meta in workbook.sheets_metadata:
        if meta.typ == calamine.SheetTypeEnum.WorkSheet:
            sheet = workbook.get_sheet_by_name(meta.name)
            left = (sheet.start or (0, 0))[1]
            if sheet.height * (left + sheet.width) > cells:
                raise ValueError(meta.name)
            yield meta.name, left
            rows = sheet.iter_rows()
            while part := [[] if set(row) == {""} else row for row in islice(rows, PART)]:
                yield part
            yield []
    yield None


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
