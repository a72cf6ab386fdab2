"""The process that reads a workbook: whatever ends it, the file is refused and nothing is left."""

import subprocess
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from registry.errors import RegistryError
from registry.intake import workbook
from registry.intake.workbook import read_workbook
from registry.intake.xlsx import OF_XLSX

BOOK = (Path(__file__).parent / "files" / "dongcheng_2020.xlsx").read_bytes()
ENDS_EARLY = """
import pickle, sys
sys.stdin.buffer.read()
for message in (1, ("台账", 0), [["案号"]]):
    pickle.dump(message, sys.stdout.buffer)
"""


def framed(_name, left, rows):
    return pd.DataFrame({"cells": [len(row) for row in rows], "left": left})


@pytest.fixture
def program(monkeypatch, tmp_path):
    """Puts another program in the place of the one that reads."""

    def put(source: str) -> None:
        path = tmp_path / "child.py"
        path.write_text(source, encoding="utf-8")
        monkeypatch.setattr(workbook, "CHILD", path)

    return put


@pytest.fixture(autouse=True)
def _nobody_is_left(monkeypatch):
    started = []

    def start(*words, **options):
        started.append(subprocess.Popen(*words, **options))
        return started[-1]

    monkeypatch.setattr(workbook, "Popen", start)
    yield
    assert started
    assert all(child.returncode is not None for child in started)


def test_sheets_come_in_their_order_with_their_rows():
    (name, first), (other, second) = read_workbook(BOOK, OF_XLSX, framed)
    assert [name, other] == ["2020年下半年", "Sheet2"]
    assert (len(first), first["cells"].max()) == (21, 11)
    assert second.empty


@pytest.mark.parametrize("ending", ["", "sys.exit(0)", "import os; os.abort()", "1 / 0"])
def test_rows_of_a_process_that_ends_early_are_none(program, ending):
    program(ENDS_EARLY + ending)
    with pytest.raises(RegistryError, match="损坏"):
        read_workbook(BOOK, OF_XLSX, framed)


def test_a_process_that_takes_nothing_in_is_no_other_fault(program):
    program("import sys; sys.stdin.close()")
    with pytest.raises(RegistryError, match="损坏"):
        read_workbook(bytes(1 << 22), OF_XLSX, framed)


def test_a_password_is_told(program):
    program("import pickle, sys; sys.stdin.buffer.read(); pickle.dump(None, sys.stdout.buffer)")
    with pytest.raises(RegistryError, match="密码"):
        read_workbook(BOOK, OF_XLSX, framed)


@pytest.mark.parametrize("limits", [{"seconds": 0.2}, {"processor_seconds": 1}])
def test_a_process_without_end_is_ended(program, limits):
    program(
        "import sys; from registry.intake.workbook_child import _limit\n"
        "_limit(1 << 32, int(sys.argv[2]))\nwhile True: pass"
    )
    with pytest.raises(RegistryError, match="损坏"):
        read_workbook(BOOK, replace(OF_XLSX, **limits), framed)


def test_a_sheet_of_more_cells_than_allowed_is_refused():
    with pytest.raises(RegistryError, match="损坏"):
        read_workbook(BOOK, replace(OF_XLSX, cells=21 * 11 - 1), framed)


def test_who_receives_the_rows_may_refuse_them():
    def refusing(*_):
        raise RegistryError("多余的值")

    with pytest.raises(RegistryError, match="多余的值"):
        read_workbook(BOOK, OF_XLSX, refusing)
