"""A measure in a file: the figures of the command line, with what they mean."""

import math
import os

import pandas as pd
import pyarrow.parquet as pq
import pytest
from builders import E2, SIGNS, make_case
from examples import sampled

from registry.errors import RegistryError
from registry.export import XLSX_ROWS, table_bytes, write_workbook
from registry.measures.cards import CARDS

WINDOW = ("--from", "2021-01", "--to", "2021-12")
READERS = {
    ".xlsx": lambda path: pd.read_excel(path, engine="openpyxl", dtype={"district": str}),
    ".csv": lambda path: pd.read_csv(path, dtype={"district": str}),
    ".parquet": pd.read_parquet,
}


@pytest.fixture(scope="module")
def reported(shared_line):
    shared_line.send([make_case(), make_case(case_no="2号", unit=E2, power=SIGNS)])
    return shared_line


def exported(line, ending, measure, *words):
    path = line.folder / f"out{ending}"
    record = line.records("export", path, "--measure", measure, *WINDOW, *words)[0]
    frame = READERS[ending](path)
    reference = record.pop("reference")
    assert record == {"file": str(path), "measure": measure, "rows": len(frame)}
    if ending == ".csv":
        assert set(frame.pop("reference")) <= {reference}
    return frame


@pytest.mark.parametrize("ending", READERS)
def test_a_file_holds_what_the_command_prints(reported, ending):
    frame = exported(reported, ending, "exercise_rate", "--by", "district")
    printed = reported.records("rate", "--by", "district", *WINDOW)
    assert list(frame.columns) == list(printed[0])
    for row, record in zip(frame.to_dict("records"), printed, strict=True):
        value = row.pop("value")
        assert record.pop("value") == (None if math.isnan(value) else value)
        assert row == record


@sampled("measure", CARDS)
@pytest.mark.parametrize("ending", READERS)
def test_every_measure_is_written_in_every_format(reported, measure, ending):
    columns = exported(reported, ending, measure, "--by", "district").columns
    assert {"district", "numerator", "denominator", "value", "completeness"} <= set(columns)


def test_options_and_filters_reach_the_file(reported):
    words = ("--aggregate", "pooled", "--min-cases", "2", "--kind", "penalty")
    row = exported(reported, ".csv", "exercise_rate", *words).iloc[0]
    assert (row["numerator"], row["denominator"]) == (0, 12)


def test_a_workbook_explains_its_figures_on_a_second_sheet(reported):
    exported(reported, ".xlsx", "exercise_rate")
    notes = pd.read_excel(reported.folder / "out.xlsx", sheet_name=1, engine="openpyxl").set_index(
        "项"
    )["内容"]
    assert CARDS["exercise_rate"].formula == notes["公式"]
    assert notes["期间"] == "2021-01..2021-12"
    data = pd.read_excel(reported.folder / "out.xlsx", sheet_name=0, engine="openpyxl")
    assert set(data.columns) - set(notes.index) == set()


def test_a_parquet_file_carries_the_notes_as_metadata(reported):
    exported(reported, ".parquet", "coverage")
    notes = pq.read_schema(reported.folder / "out.parquet").metadata
    assert notes["公式".encode()].decode() == CARDS["coverage"].formula


def test_a_csv_opens_in_a_spreadsheet_program_as_utf8(reported):
    exported(reported, ".csv", "coverage")
    assert (reported.folder / "out.csv").read_bytes().startswith(b"\xef\xbb\xbf")


@pytest.mark.parametrize("ending", READERS)
def test_a_folder_that_is_not_there_is_named(reported, ending):
    path = reported.folder / "none" / f"out{ending}"
    assert "没有文件夹" in reported.refusal("export", path, "--measure", "coverage")


def test_a_path_that_is_a_folder_cannot_be_written(reported):
    path = reported.folder / "folder.csv"
    path.mkdir()
    assert "写不了文件" in reported.refusal("export", path, "--measure", "coverage")


@pytest.mark.parametrize("command", ["backup", "ledger export"])
def test_the_register_s_own_file_and_a_pipe_cannot_be_written(command_line, command):
    os.mkfifo(command_line.folder / "pipe")
    before = command_line.records("batches")
    for name in ("registry.db", "registry.db-wal", "./registry.db"):
        assert "数据库文件" in command_line.refusal(*command.split(), name)
    assert "不是普通文件" in command_line.refusal(*command.split(), "pipe")
    assert command_line.records("batches") == before
    assert command_line.disagreements() == []


def test_text_that_looks_like_a_formula_stays_text(tmp_path):
    path = tmp_path / "a.xlsx"
    write_workbook(path, {"数据": pd.DataFrame({"职权": ["=1+1", "http://x.cn"]})})
    assert pd.read_excel(path, engine="openpyxl")["职权"].tolist() == ["=1+1", "http://x.cn"]


def test_text_that_looks_like_a_formula_is_quoted_in_a_csv():
    frame = pd.DataFrame({"职权": ["=1+1", "@x", "对乱扔", None], "value": [-0.5, 1, 2, 3]})
    lines = table_bytes(".csv", frame, {}).decode("utf-8-sig").split()
    assert lines[1:] == ["'=1+1,-0.5", "'@x,1.0", "对乱扔,2.0", ",3.0"]


@pytest.mark.parametrize(
    ("measure", "words"),
    [
        ("completeness", ("--aggregate", "pooled")),
        ("balance_rate", ("--min-cases", "5")),
        ("dormant", ("--basis", "any")),
    ],
)
def test_an_option_that_a_measure_does_not_know_is_not_passed_over(reported, measure, words):
    path = reported.folder / "refused.csv"
    told = reported.refusal("export", path, "--measure", measure, *words, exit_code=2)
    assert words[0] in told
    assert not path.exists()


def test_the_notes_list_options_in_one_order(reported):
    exported(reported, ".parquet", "exercise_rate", "--basis", "any")
    notes = pq.read_schema(reported.folder / "out.parquet").metadata
    assert notes["选项".encode()] == b"aggregate=union, basis=any, min_cases=1"


def test_more_rows_than_a_worksheet_holds_are_refused(tmp_path):
    frame = pd.DataFrame({"职权": range(XLSX_ROWS + 1)})
    with pytest.raises(RegistryError, match="csv"):
        write_workbook(tmp_path / "a.xlsx", {"数据": frame})
