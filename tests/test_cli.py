"""The commands: what they print where, how they end, and what they say to a mistake."""

import json
import os
import pty
import shlex
import subprocess
import sys

import pytest
import sqlalchemy as sa
import typer.main
from builders import (
    DYKES,
    E1,
    E2,
    EAST,
    LITTER,
    QUARTER,
    SIGNS,
    WELLS,
    WEST,
    make_case,
    make_powers,
    make_units,
    write_table,
)
from command_line import CommandLine

from registry import db
from registry.cli import app
from registry.window import today_in_beijing

WINDOW = ("--from", "2021-01", "--to", "2021-03")
DECLARED = ("--district", EAST, "--months", QUARTER)
RATES = ("rate", "dormant", "coverage", "completeness")


def all_commands():
    """(words that name it, command) of every command."""
    for name, command in typer.main.get_command(app).commands.items():
        inner = getattr(command, "commands", None)
        yield from [((name, n), c) for n, c in inner.items()] if inner else [((name,), command)]


COMMANDS = dict(all_commands())


def example_of(command) -> str:
    """The line of its help that shows how it is called."""
    return next(line for line in command.help.splitlines() if line.startswith("例："))[2:]


def process(url: str, *words: object, stdin=subprocess.DEVNULL) -> subprocess.CompletedProcess[str]:
    """`python -m registry` as a process of its own."""
    return subprocess.run(
        [sys.executable, "-m", "registry", *map(str, words)],
        env=os.environ | {"REGISTRY_DATABASE_URL": url},
        stdin=stdin,
        capture_output=True,
        text=True,
        check=False,
    )


def at_terminal(url: str, answer: str, *words: object) -> tuple[int, str]:
    """(exit code, everything shown) of a process whose three streams are a terminal."""
    screen, terminal = pty.openpty()
    running = subprocess.Popen(
        [sys.executable, "-m", "registry", *map(str, words)],
        env=os.environ | {"REGISTRY_DATABASE_URL": url, "TERM": "dumb", "COLUMNS": "300"},
        stdin=terminal,
        stdout=terminal,
        stderr=terminal,
    )
    os.close(terminal)
    os.write(screen, answer.encode())
    shown = b""
    while True:
        try:
            shown += os.read(screen, 4096)
        except OSError:
            break
    os.close(screen)
    return running.wait(), shown.decode()


@pytest.fixture
def reported(command_line) -> CommandLine:
    """EAST has returned the quarter: litter twice by E1, signs once by E2, in January."""
    rows = [
        make_case(),
        make_case(case_no="东罚〔2021〕2号"),
        make_case(case_no="东罚〔2021〕3号", unit=E2, power=SIGNS),
    ]
    command_line.send(rows)
    return command_line


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_every_command_has_help_with_an_example_and_explains_each_option(command_line, words):
    outcome = command_line.run(*words, "--help")
    assert (outcome.exit_code, outcome.stderr) == (0, "")
    assert f"registry {' '.join(words)}" in example_of(COMMANDS[words])
    assert "例：registry" in outcome.stdout
    assert [p.name for p in COMMANDS[words].params if not p.help] == []


@pytest.mark.parametrize("words", [w for w in COMMANDS if w != ("serve",)], ids=" ".join)
def test_every_command_that_answers_has_three_formats(command_line, words):
    assert "<table|csv|json>" in command_line.run(*words, "--help").stdout


def test_without_a_command_the_help_is_shown_as_wrong_usage(command_line):
    assert command_line.run().exit_code == 2


@pytest.mark.parametrize("words", [("rate",), ("powers",), ("import", "a.csv", *DECLARED)])
def test_a_command_before_init_says_what_to_run_first(tmp_path, words):
    empty = CommandLine(f"sqlite:///{tmp_path}/none.db", tmp_path)
    (tmp_path / "a.csv").write_text("x")
    assert "registry init" in empty.refusal(*words)


def test_a_database_that_cannot_be_used_is_one_sentence(tmp_path):
    (tmp_path / "text.db").write_text("no database at all " * 100)
    for url in (f"sqlite:///{tmp_path}", f"sqlite:///{tmp_path}/text.db", "postgresql://:1/x"):
        for words in (("rate",), ("init",), ("check",)):
            told = CommandLine(url, tmp_path).refusal(*words)
            assert told.startswith("错误：数据库")
            assert told.count("\n") == 1
    for words in (("rate",), ("init",)):
        assert "sqlite:///" in CommandLine("registry.db", tmp_path).refusal(*words)


def test_serve_refuses_a_port_that_cannot_be(command_line):
    assert "65535" in command_line.refusal("serve", "--port", "99999", exit_code=2)


def test_init_a_second_time_says_what_is_there_and_changes_nothing(command_line):
    before = command_line.records("init")
    outcome = command_line.run("init", "--format", "json")
    assert outcome.exit_code == 0
    assert outcome.records == before
    assert "不作改动" in outcome.stderr
    assert before[0]["powers"] == 4


def test_init_without_files_starts_the_shipped_register(shipped):
    assert shipped.records("init")[0] | {"cases": 0} == {
        "powers": 431,
        "units": 344,
        "districts": 16,
        "cases": 0,
        "batches": 0,
        "synthetic_batches": 0,
    }


def test_init_for_another_city_needs_both_powers_and_units(tmp_path, started):
    empty = CommandLine(f"sqlite:///{tmp_path}/none.db", tmp_path)
    powers = started.parent / "powers.csv"
    assert "--units" in empty.refusal("init", "--powers", powers, exit_code=2)
    empty.refusal("init", "--powers", tmp_path / "none.csv", "--units", powers, exit_code=2)


def test_json_is_one_array_of_records_and_nothing_else(reported):
    found = process(reported.url, "rate", *WINDOW, "--format", "json")
    assert found.returncode == 0
    assert json.loads(found.stdout) == [
        {
            "city": "city",
            "city_name": "全市",
            "numerator": 2,
            "denominator": 4,
            "value": 0.5,
            "completeness": 0.5,
        }
    ]
    assert "职权履行率" in found.stderr


def test_a_missing_value_is_null_in_json_and_empty_in_csv(reported):
    words = ("rate", "--district", WEST, *WINDOW)
    record = reported.records(*words)[0]
    assert (record["numerator"], record["denominator"]) == (0, 4)
    assert (record["value"], record["completeness"]) == (None, 0)
    assert reported.run(*words, "--format", "csv").rows[0]["value"] == ""
    assert "—" in reported.run(*words).stdout


def test_a_table_says_at_least_where_returns_are_incomplete(reported):
    reported.send([], "nil.csv", "--units", E1)
    east = reported.run("rate", "--district", EAST, *WINDOW)
    assert " 50.0 % │" in east.stdout
    assert "至少" not in east.stdout
    assert "至少 50.0 %" in reported.run("rate", *WINDOW).stdout
    assert "至少" not in reported.run("completeness", *WINDOW).stdout


def test_a_table_shows_cases_as_a_number_and_never_as_a_share(reported):
    reported.send([], "nil.csv", "--months", "2021-01..2021-12")
    words = ("dormant", "--district", EAST, "--from", "2021-01", "--to", "2021-12")
    litter = next(line for line in reported.run(*words).stdout.splitlines() if LITTER in line)
    assert [cell.strip() for cell in litter.split("│")[6:9]] == ["2", "1", "2"]


def test_a_measure_says_its_window_and_its_as_of_day(reported):
    assert "2021-01..2021-03 · 截至 2021-03-31" in reported.run("rate", *WINDOW).stderr


@pytest.mark.parametrize("text", ["[/x]", "[red]渣土[/red]"])
def test_a_table_shows_brackets_as_they_are_written(command_line, text):
    outcome = command_line.run("alias", "add", text, LITTER)
    assert (outcome.exit_code, text in outcome.stdout) == (0, True)
    assert text in command_line.run("alias", "list").stdout


@pytest.mark.parametrize("words", [("alias", "list"), ("problems",), ("batches",)], ids=" ".join)
def test_no_records_are_an_empty_array_and_a_csv_with_its_header(command_line, words):
    assert command_line.records(*words) == []
    lines = command_line.run(*words, "--format", "csv").stdout.splitlines()
    assert len(lines) == 1
    assert "," in lines[0]


def test_a_value_is_an_unrounded_fraction(reported):
    rows = [make_case(case_no=f"{n}号", unit=E1, power=p) for n, p in enumerate([WELLS, SIGNS])]
    reported.send(rows, "more.csv")
    record = reported.records("rate", "--aggregate", "pooled", "--kind", "penalty", *WINDOW)[0]
    assert (record["numerator"], record["denominator"]) == (4, 12)
    assert record["value"] == 4 / 12


@pytest.mark.parametrize(
    ("by", "code", "name"),
    [
        ("city", "city", "全市"),
        ("district", EAST, "东区"),
        ("unit", E1, "东一街道"),
        ("unit_kind", "subdistrict", "街道"),
        ("department", "urban_management", "urban_management"),
        ("domain", "city_appearance", "city_appearance"),
        ("kind", "penalty", "行政处罚"),
        ("month", "2021-01", "2021年1月"),
        ("quarter", "2021-Q1", "2021年第1季度"),
        ("year", "2021", "2021年"),
    ],
)
def test_a_group_column_has_the_name_given_to_by_and_holds_codes(reported, by, code, name):
    record = reported.records("rate", "--by", by, *WINDOW)[0]
    measures = ["numerator", "denominator", "value", "completeness"]
    assert list(record) == [by, f"{by}_name", *measures]
    assert (record[by], record[f"{by}_name"]) == (code, name)


def test_a_group_without_a_code_is_missing_and_not_an_empty_text(tmp_path):
    line = CommandLine(f"sqlite:///{tmp_path}/new.db", tmp_path)
    powers = [{k: v for k, v in row.items() if k != "domain"} for row in make_powers()]
    files = [("--powers", powers), ("--units", make_units())]
    words = [(o, write_table(tmp_path / f"{o}.csv", r, list(r[0]))) for o, r in files]
    line.records("init", *words[0], *words[1])
    record = line.records("rate", "--by", "domain", *WINDOW)[0]
    assert (record["domain"], record["domain_name"], record["denominator"]) == (None, None, 4)
    assert line.run("rate", "--by", "domain", *WINDOW, "--format", "csv").rows[0]["domain"] == ""
    assert line.records("powers")[0]["law"] is None
    db.engine_for(line.url).dispose()


def test_several_groups_stand_in_the_order_asked_for(reported):
    for words in (("--by", "month,district"), ("--by", "month", "--by", "district")):
        record = reported.records("rate", *words, *WINDOW)[0]
        assert list(record)[:4] == ["month", "month_name", "district", "district_name"]


def test_every_group_that_held_a_power_has_a_record_used_or_not(reported):
    records = reported.records("rate", "--by", "unit,department", *WINDOW)
    assert len(records) == 8
    assert {r["denominator"] for r in records} == {2}
    assert sum(r["numerator"] for r in records) == 2


def test_ranges_of_months_include_both_ends(reported):
    reported.send([make_case(case_no="3号", power=WELLS, decided_on="2021-03-31")], "march.csv")
    assert len(reported.records("rate", "--by", "month", *WINDOW)) == 3
    assert reported.rate("--kind", "penalty") == (3, 3)
    for month, used in (("2021-01", 2), ("2021-02", 0), ("2021-03", 1)):
        record = reported.records("rate", "--from", month, "--to", month)[0]
        assert record["numerator"] == used


def test_the_default_is_the_last_twelve_months_with_any_return_by_city_and_union(reported):
    march = make_case(case_no="later", decided_on="2022-06-01", power=WELLS)
    path = reported.log("later.csv", [march])
    reported.records("import", path, "--district", EAST, "--months", "2021-04..2022-06")
    outcome = reported.run("rate", "--format", "json")
    assert "2021-07..2022-06" in outcome.stderr
    assert [(r["city"], r["numerator"]) for r in outcome.records] == [("city", 1)]


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ((), (2, 4)),
        (("--district", EAST), (2, 4)),
        (("--district", f"{EAST},{WEST}"), (2, 4)),
        (("--district", WEST), (0, 4)),
        (("--unit", E1), (1, 4)),
        (("--unit", E1, "--unit", E2), (2, 4)),
        (("--department", "urban_management"), (2, 2)),
        (("--department", "water_affairs"), (0, 2)),
        (("--domain", "river_lake"), (0, 2)),
        (("--kind", "coercion"), (0, 1)),
        (("--min-cases", "2"), (1, 4)),
        (("--aggregate", "pooled"), (2, 16)),
        (("--aggregate", "mean"), (0.5, 4)),
        (("--district", EAST, "--kind", "penalty", "--aggregate", "pooled"), (2, 6)),
    ],
)
def test_filters_narrow_numerator_and_denominator(reported, words, expected):
    assert reported.rate(*words) == expected


def test_inspections_count_on_any_basis_only(reported):
    reported.send([make_case(case_no="查1", action="inspection", power=WELLS)], "more.csv")
    assert reported.rate() == (2, 4)
    assert reported.rate("--basis", "any") == (3, 4)


@pytest.mark.parametrize("command", RATES)
@pytest.mark.parametrize(
    ("option", "code"),
    [
        ("--district", "110101"),
        ("--unit", "1"),
        ("--department", "city"),
        ("--domain", "x"),
        ("--kind", "inspection"),
    ],
)
def test_a_filter_with_an_unknown_code_is_refused(command_line, command, option, code):
    sentence = command_line.refusal(command, option, code)
    assert sentence.count("\n") == 1
    assert f"{option} {code}" in sentence


@pytest.mark.parametrize(
    "words",
    [
        ("rate", "--by", "colour"),
        ("rate", "--by", "month,month"),
        ("rate", "--aggregate", "sum"),
        ("rate", "--basis", "none"),
        ("rate", "--min-cases", "0"),
        ("rate", "--from", "2021-13"),
        ("rate", "--from", "202101"),
        ("rate", "--to", "9999-12"),
        ("rate", "--from", "2021-04", "--to", "2021-01"),
        ("rate", "--format", "xml"),
        ("rate", "--colour"),
        ("dormant", *WINDOW),
        ("dormant", "--by", "month"),
        ("powers", "--as-of", "tomorrow"),
        ("holdings",),
        ("withdraw", "1"),
        ("alias", "add", "text"),
        ("export", "a.csv"),
        ("export", "a.csv", "--measure", "happiness"),
        ("export", "a.pdf", "--measure", "coverage"),
        ("problems", "--export", "a.csv"),
        ("import", "a.csv", "--district", "1", "--months", "2021-01"),
        ("nothing",),
    ],
    ids=" ".join,
)
def test_wrong_usage_ends_with_2_and_an_empty_stdout(command_line, words):
    command_line.log("a.csv", [make_case()])
    command_line.refusal(*words, exit_code=2)


@pytest.mark.parametrize(
    "words",
    [
        ("holdings", "nowhere"),
        ("withdraw", "7", "--reason", "x"),
        ("problems", "--batch", "7"),
        ("alias", "add", "text", "NONE"),
        ("alias", "add", "text", LITTER, "--district", "1"),
        ("alias", "add", " ", LITTER),
        ("catalogue", "load", "none.csv"),
        ("import", "none.csv", *DECLARED),
        ("import", ".", *DECLARED),
    ],
)
def test_a_mistake_ends_with_1_and_one_sentence(command_line, words):
    assert command_line.refusal(*words).count("\n") == 1


def test_a_process_ends_with_its_code_and_without_traceback(reported):
    found = process(reported.url, "rate", "--district", "1")
    assert (found.returncode, found.stdout) == (1, "")
    assert found.stderr.count("\n") == 1
    assert "Traceback" not in found.stderr


def test_the_program_says_how_memory_is_asked_for_before_numpy_and_arrow_are_loaded():
    words = ("NUMPY_MADVISE_HUGEPAGE", "ARROW_DEFAULT_MEMORY_POOL")
    look = (
        "import registry.cli, numpy, pyarrow; print(pyarrow.default_memory_pool().backend_name,"
        " numpy._core.multiarray._set_madvise_hugepage(True))"
    )
    found = subprocess.run(
        [sys.executable, "-c", look],
        env={name: value for name, value in os.environ.items() if name not in words},
        capture_output=True,
        text=True,
        check=True,
    )
    assert found.stdout.split() == ["system", "False"]


def test_a_reader_that_stops_reading_is_no_error(shipped):
    command = f"{shlex.quote(sys.executable)} -m registry powers --format json | head -1"
    found = subprocess.run(
        command,
        shell=True,
        env=os.environ | {"REGISTRY_DATABASE_URL": shipped.url},
        capture_output=True,
        text=True,
        check=True,
    )
    assert found.stdout == "[\n"
    assert "Traceback" not in found.stderr


def test_completeness_tells_nil_from_missing(reported):
    records = reported.records("completeness", "--by", "district", *WINDOW)
    assert [(r["district"], r["numerator"], r["denominator"]) for r in records] == [
        (EAST, 6, 6),
        (WEST, 0, 6),
    ]
    assert [r["value"] for r in records] == [1, 0]


def test_coverage_has_a_record_for_each_power(reported):
    records = reported.records("coverage", *WINDOW)
    found = {r["power"]: (r["numerator"], r["denominator"]) for r in records}
    assert found == {LITTER: (1, 4), SIGNS: (1, 4), WELLS: (0, 4), DYKES: (0, 4)}
    assert records[0]["power_name"] == "职权UM1"


def test_dormant_names_the_state_of_each_power(command_line):
    year = ("--district", f"{EAST},{WEST}", "--months", "2021-01..2021-12")
    command_line.records("import", command_line.log("year.csv", [make_case()]), *year)
    records = command_line.records("dormant", "--from", "2021-01", "--to", "2021-12")
    states = {r["power"]: r["state"] for r in records}
    assert states == {LITTER: "used", SIGNS: "dormant", WELLS: "dormant", DYKES: "dormant"}


def test_powers_are_those_held_on_a_day(command_line):
    assert command_line.records("powers", "--as-of", "2020-06-30") == []
    records = command_line.records("powers", "--as-of", "2020-07-01")
    assert [r["power"] for r in records] == [LITTER, SIGNS, WELLS, DYKES]
    assert {r["units_holding"] for r in records} == {4}


def test_powers_are_searched_by_code_name_and_law(shipped):
    assert [r["power"] for r in shipped.records("powers", "--search", "um120")] == ["UM120"]
    assert {
        "停车" in r["power_name"] + r["law"] for r in shipped.records("powers", "--search", "停车")
    } == {True}
    assert shipped.records("powers", "--search", "没有这样的职权") == []


@pytest.mark.parametrize("unit", ["110101001", "东华门街道"])
def test_holdings_of_a_unit_by_code_or_name_on_a_day(shipped, unit):
    assert shipped.records("holdings", unit, "--as-of", "2020-06-30") == []
    assert len(shipped.records("holdings", unit, "--as-of", "2020-07-01")) == 431


def test_import_reports_each_row_and_ends_with_3_where_one_is_quarantined(command_line):
    rows = [make_case(), make_case(case_no="2号", power="不认识"), make_case()]
    record = command_line.send(rows, exit_code=3)
    counts = {k: record[k] for k in ("read", "accepted", "corrected", "unchanged", "quarantined")}
    assert counts == {"read": 3, "accepted": 1, "corrected": 0, "unchanged": 0, "quarantined": 1}
    assert (record["file"], record["batch"], record["skipped"]) == ("log.csv", 1, 1)
    assert record["nil_units"] == [E2]
    problem = record["problems"][0]
    assert (problem["row"], problem["column"], problem["value"]) == (3, "power", "不认识")
    assert "第 3 行" in problem["reason"]
    assert record["warnings"] == 1


def test_warnings_alone_end_with_0(command_line):
    record = command_line.send([make_case(power=DYKES), make_case(case_no="2", power=DYKES)])
    assert (record["warnings"], record["quarantined"]) == (2, 0)


def test_the_same_file_again_changes_nothing_and_ends_with_0(command_line):
    rows = [make_case(), make_case(case_no="2号", power="不认识")]
    command_line.send(rows, exit_code=3)
    record = command_line.send(rows)
    assert (record["batch"], record["accepted"], record["unchanged"]) == (1, 0, 1)
    assert len(command_line.records("batches")) == 1


def test_several_files_are_several_transactions(command_line):
    good = command_line.log("good.csv", [make_case()])
    bad = command_line.folder / "bad.csv"
    bad.write_text("no,table\n", encoding="utf-8")
    more = command_line.log("more.csv", [make_case(case_no="2号", power=SIGNS)])
    outcome = command_line.run("import", good, bad, more, *DECLARED, "--format", "json")
    assert outcome.exit_code == 1
    assert [(r["file"], r["accepted"]) for r in outcome.records] == [
        ("good.csv", 1),
        ("more.csv", 1),
    ]
    assert "bad.csv" in outcome.stderr
    assert command_line.rate() == (2, 4)


def test_a_failed_file_outweighs_quarantined_rows(command_line):
    rows = [make_case(), make_case(case_no="2号", power="不认识")]
    files = command_line.log("log.csv", rows), command_line.folder / "none.csv"
    assert command_line.run("import", *files, *DECLARED).exit_code == 1


def test_a_file_that_a_good_one_precedes_fails_with_1_though_its_usage_was_wrong(command_line):
    without = [{k: v for k, v in make_case().items() if k != "action"}]
    files = command_line.log("a.csv", without), command_line.log("b.csv", [make_case()])
    outcome = command_line.run(
        "import", *files, *DECLARED, "--set", "action=penalty", "--format", "json"
    )
    assert outcome.exit_code == 1
    assert [r["file"] for r in outcome.records] == ["a.csv"]


def test_a_dry_run_stores_nothing(command_line):
    record = command_line.send([make_case()], "log.csv", "--dry-run")
    assert (record["batch"], record["accepted"]) == (None, 1)
    assert command_line.records("batches") == []


def test_csv_and_table_of_an_import_are_one_line_a_file(command_line):
    path = command_line.log("log.csv", [make_case()])
    rows = command_line.run("import", path, *DECLARED, "--format", "csv").rows
    assert [(r["file"], r["accepted"], r["problems"]) for r in rows] == [("log.csv", "1", "[]")]
    assert "log.csv" in command_line.run("import", path, *DECLARED).stdout


def test_replace_ends_the_cases_that_the_file_no_longer_has_and_lists_them(reported):
    kept = [make_case(), make_case(case_no="东罚〔2021〕3号", unit=E2, power=SIGNS)]
    tried = reported.send(kept[:1], "new.csv", "--replace", "--dry-run")
    assert {c["case_no"] for c in tried["ended"]} == {"东罚〔2021〕2号", "东罚〔2021〕3号"}
    record = reported.send(kept, "new.csv", "--replace")
    assert [c["case_no"] for c in record["ended"]] == ["东罚〔2021〕2号"]
    assert reported.rate("--min-cases", "2") == (0, 4)
    assert reported.disagreements() == []


@pytest.mark.parametrize(
    "months", ["2021-01..", "..2021-03", "2021-03..2021-01", "2021-1", "202101"]
)
def test_months_that_are_no_whole_window_are_refused(command_line, months):
    path = command_line.log("log.csv", [make_case()])
    words = ("--district", EAST, "--months", months)
    assert command_line.refusal("import", path, *words, exit_code=2)


def test_replace_lists_what_it_is_about_to_end_before_it_tells_what_it_did(reported):
    path = reported.log("new.csv", [make_case()])
    for words in (("--dry-run",), ()):
        told = reported.run("import", path, *DECLARED, "--replace", *words).stderr
        assert told.index(f"将终止：{E1} penalty 东罚〔2021〕2号") < told.index("读取 1")


def test_a_missing_declaration_without_a_terminal_names_the_options(command_line):
    path = command_line.log("log.csv", [make_case()])
    for given, missing in (((), "--district"), (("--district", EAST), "--months")):
        assert missing in command_line.refusal("import", path, *given, exit_code=2)


def test_a_month_that_has_not_begun_cannot_be_declared(command_line):
    """It would be a nil return of everybody, and the last month of every default window."""
    path = command_line.log("log.csv", [])
    words = ("import", path, "--district", EAST, "--months")
    now = today_in_beijing()
    begun, ahead = f"{now:%Y-%m}", f"{now.year + 1}-{now:%m}"
    assert begun in command_line.refusal(*words, f"2021-01..{ahead}", exit_code=2)
    assert command_line.records("batches") == []
    assert command_line.records(*words, f"2021-01..{begun}")[0]["read"] == 0


def test_at_a_terminal_the_declaration_is_proposed_and_confirmed(command_line):
    later = make_case(case_no="2号", decided_on="2021-03-02")
    path = command_line.log("log.csv", [make_case(), later])
    code, shown = at_terminal(command_line.url, "y\n", "import", path)
    assert code == 0, shown
    assert EAST in shown
    assert "2021-01..2021-03" in shown
    assert command_line.rate() == (1, 4)


def test_the_question_leaves_no_trace_on_standard_output(command_line):
    path = command_line.log("log.csv", [make_case()])
    outcome = command_line.run("import", path, "--format", "csv", answers="y\n")
    assert outcome.stdout.startswith("file,"), outcome.stderr


def test_a_proposal_may_be_refused(command_line):
    path = command_line.log("log.csv", [make_case()])
    refused = command_line.run("import", path, answers="n\n")
    assert (refused.exit_code, refused.stdout) == (1, "")
    assert command_line.records("batches") == []


def test_an_alias_is_listed_and_a_later_one_takes_its_place(command_line):
    command_line.records("alias", "add", "乱扔", SIGNS)
    command_line.records("alias", "add", "乱 扔", LITTER)
    command_line.records("alias", "add", "东一", E1, "--district", EAST)
    assert command_line.records("alias", "list") == [
        {"text": "乱 扔", "target": "power", "code": LITTER, "district": None},
        {"text": "东一", "target": "unit", "code": E1, "district": EAST},
    ]


def test_an_alias_is_of_a_power_or_a_unit_in_a_district(command_line):
    assert "没有这个区" in command_line.refusal("alias", "add", "x", LITTER, "--district", E1)
    assert "是区" in command_line.refusal("alias", "add", "x", EAST)
    assert command_line.records("alias", "list") == []


def test_check_compares_roll_up_digests_and_counts(reported):
    records = reported.records("check")
    assert {r["ok"] for r in records} == {True}
    assert [r["check"] for r in records] == [
        "usage_month",
        "procedure_month",
        "fine_month",
        "ledger",
        "intervals of holdings",
        "one version of a case",
        "rows of batches",
    ]


@pytest.mark.parametrize(
    ("tampering", "failing"),
    [
        ("update usage_month set penalties = penalties + 1", ["usage_month"]),
        ("delete from usage_month where power_id is null", ["usage_month"]),
        ("update cases set case_no = '1' where id = 1", ["ledger", "ledger entry 2 (import)"]),
        (
            "update cases set case_day = '2021-02-01' where id = 1",
            ["usage_month", "procedure_month", "ledger", "ledger entry 2 (import)"],
        ),
        (
            "update case_power set power_id = 3 where case_id = 1",
            ["usage_month", "procedure_month", "ledger", "ledger entry 2 (import)"],
        ),
        (
            "update cases set unit_id = 4, case_key = '1'",
            [
                "usage_month",
                "procedure_month",
                "ledger",
                "ledger entry 2 (import)",
                "one version of a case",
            ],
        ),
        (
            "update batch set accepted = accepted + 1",
            ["ledger", "ledger entry 2 (import)", "rows of batches"],
        ),
        ("update act set at = '2021-01-01' where id = 2", ["ledger", "ledger entry 2 (import)"]),
        (
            "update cases set recorded_in = 1 where id = 1",
            ["ledger", "ledger entry 1 (init)", "ledger entry 2 (import)"],
        ),
    ],
)
def test_check_ends_with_1_where_anything_was_tampered_with(reported, tampering, failing):
    with db.engine_for(reported.url).connect().execution_options(writes=True) as connection:
        connection.execute(sa.text(tampering))
        connection.commit()
    assert reported.run("check").exit_code == 1
    assert reported.disagreements() == failing


@pytest.mark.postgres
def test_the_commands_work_on_postgresql(postgres, started, tmp_path):
    url = postgres.create()
    line = CommandLine(url.replace("postgresql+psycopg", "postgresql"), tmp_path)
    files = started.parent
    line.records("init", "--powers", files / "powers.csv", "--units", files / "units.csv")
    line.send([make_case(), make_case(case_no="2号", power="不认识")], exit_code=3)
    line.records("alias", "add", "不认识", WELLS)
    assert line.records("problems", "--retry") == []
    assert line.rate() == (2, 4)
    assert line.disagreements() == []
    assert line.records("withdraw", 1, "--reason", "x")[0]["cases_ended"] == 2
    assert line.rate() == (0, 4)
    assert line.disagreements() == []
    db.engine_for(line.url).dispose()
    postgres.drop(url)
