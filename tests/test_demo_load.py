"""`registry init --demo` from beginning to end: what the demo must show, and leaving it."""

import pytest
from builders import TODAY, make_case
from command_line import CommandLine

from registry import db
from registry.demo.load import BEGUN, LOADED, finish_demo
from registry.demo.remarks import REMARKS
from registry.returns import KINDS
from registry.settings import DATA

pytestmark = pytest.mark.slow
FIRST = ("--from", "2020-07", "--to", "2020-10")
DECLARED = ("--district", "110101", "--months", "2023-07")


@pytest.fixture
def demo(demo_database, tmp_path):
    line = CommandLine(f"sqlite:///{demo_database}", tmp_path)
    yield line
    db.engine_for(line.url).dispose()


@pytest.fixture
def own_demo(demo_database, tmp_path):
    """The demo in a database that the test may change."""
    copy = tmp_path / "copy.db"
    copy.write_bytes(demo_database.read_bytes())
    line = CommandLine(f"sqlite:///{copy}", tmp_path)
    yield line
    db.engine_for(line.url).dispose()


@pytest.fixture
def real_log(own_demo):
    case = make_case(unit="110101001", power="UM001", decided_on="2023-07-03")
    return own_demo.log("real.csv", [case])


def described(line):
    return line.records("init")[0]


def test_the_demo_has_sixteen_districts_and_about_200000_cases(demo):
    found = described(demo)
    assert (found["powers"], found["districts"]) == (431 + 21, 16)
    assert 190_000 < found["cases"] < 210_000
    assert found["batches"] == found["synthetic_batches"] > 16
    returned = demo.records("completeness", "--by", "district", *FIRST)
    assert len(returned) == 16
    assert {r["value"] for r in returned} == {1}


def test_who_comes_to_the_demos_end_second_adds_nothing(small_world):
    """Two who start a new register with the demo at once load its files once: so its remarks."""
    with db.writing(small_world.engine) as connection:
        begun = db.record_act(connection, BEGUN, "test")
        last = db.record_act(connection, LOADED, "another")
        finish_demo(connection, begun, today=TODAY, actor="test")
        assert db.revision(connection) == last


def test_the_highest_district_rate_is_185_of_393(demo):
    words = ("rate", "--by", "district", "--department", "urban_management", *FIRST)
    highest = max(demo.records(*words), key=lambda record: record["value"])
    assert (highest["numerator"], highest["denominator"]) == (185, 393)
    assert highest["value"] == 185 / 393


def test_no_ecology_or_agriculture_power_is_exercised_in_the_first_months(demo):
    records = {r["department"]: r for r in demo.records("rate", "--by", "department", *FIRST)}
    for department, held in (("ecology_environment", 4), ("agriculture_rural_affairs", 1)):
        record = records[department]
        assert (record["numerator"], record["denominator"]) == (0, held)


def test_one_district_has_not_returned_its_last_two_months(demo):
    words = ("completeness", "--by", "district,month", "--from", "2023-04", "--to", "2023-06")
    missing = [(r["district"], r["month"]) for r in demo.records(*words) if r["value"] < 1]
    assert len({district for district, _ in missing}) == 1
    assert [month for _, month in missing] == ["2023-05", "2023-06"]


def test_the_demo_has_rows_in_quarantine(demo):
    assert {r["quarantined"] > 0 for r in demo.records("batches")} == {True, False}
    assert demo.records("problems")


def test_every_kind_of_return_is_there_and_synthetic(demo):
    kinds = {(record["kind"], record["synthetic"]) for record in demo.records("batches")}
    assert kinds == {(kind, True) for kind in KINDS}


def test_two_districts_have_a_remark_that_says_that_it_is_synthetic(demo):
    for district, content in REMARKS.items():
        assert [r["content"] for r in demo.records("remark", district)] == [content]
        assert content.startswith("【演示数据，系合成】")
    assert demo.records("remark", "110101") == []


def test_a_past_round_of_adjustment_changed_the_list_in_2021_and_2023(demo):
    months = ("2020-07", "2021-04", "2021-05", "2022-12", "2023-01")
    rates = [demo.records("rate", "--from", month, "--to", month)[0] for month in months]
    assert [rate["denominator"] for rate in rates] == [431, 431, 452, 452, 432]


def test_the_round_has_a_difference_a_dissent_and_a_failure_and_says_that_it_is_made_up(demo):
    assert {record["synthetic"] for record in demo.records("propose")} == {True}
    decisions = demo.records("decide")
    kinds = {d["kind"]: (len(d["powers"]), len(d["dissent"])) for d in decisions}
    assert kinds == {"return": (20, 0), "differentiate": (1, 1), "delegate_more": (21, 0)}
    assert all(d["reason"].startswith("【演示数据，系合成】") for d in decisions)
    assert all(d["instrument"].startswith("演示") for d in decisions)
    states = [record["state"] for record in demo.records("follow-up")]
    assert states == ["overdue", "failed", *["as_expected"] * 4]


def test_the_powers_returned_had_no_case_and_those_added_are_the_demos_own(demo):
    powers = {d["kind"]: d["powers"] for d in demo.records("decide")}
    used = demo.records("coverage", "--basis", "any", "--from", "2020-07", "--to", "2023-06")
    cases = {record["power"]: record["numerator"] for record in used}
    assert {cases[power] for power in powers["return"]} == {0}
    shipped = {line.split(",")[0] for line in (DATA / "powers.csv").read_text().splitlines()}
    assert shipped.isdisjoint(powers["delegate_more"])


def test_the_check_of_the_demo_agrees_throughout(demo):
    assert demo.disagreements() == []


def test_init_with_the_demo_a_second_time_changes_nothing(demo):
    before = described(demo)
    outcome = demo.run("init", "--demo", "--format", "json")
    assert (outcome.exit_code, outcome.records) == (0, [before])
    assert "不作改动" in outcome.stderr


def test_the_first_real_import_without_a_terminal_must_say_what_becomes_of_the_demo(
    own_demo, real_log
):
    sentence = own_demo.refusal("import", real_log, *DECLARED, exit_code=2)
    assert "--drop-demo" in sentence
    assert "--keep-demo" in sentence


def test_a_dry_run_leaves_the_demo_alone(own_demo, real_log):
    own_demo.records("import", real_log, *DECLARED, "--dry-run")
    assert described(own_demo)["synthetic_batches"] > 16


def test_drop_demo_empties_the_demo_and_goes_on(own_demo, real_log):
    own_demo.records("remark", "110119", "本区自己的意见")
    record = own_demo.records("import", real_log, *DECLARED, "--drop-demo")[0]
    assert record["accepted"] == 1
    found = described(own_demo)
    assert (found["cases"], found["batches"], found["synthetic_batches"]) == (1, 1, 0)
    assert own_demo.records("problems") == []
    assert own_demo.records("remark", "110107") == []
    assert [r["content"] for r in own_demo.records("remark", "110119")] == ["本区自己的意见"]
    for command in ("propose", "opinion", "decide", "follow-up"):
        assert own_demo.records(command) == []
    for month in ("2021-06", "2023-06"):
        assert own_demo.records("rate", "--from", month, "--to", month)[0]["denominator"] == 431
    assert own_demo.disagreements() == []


def test_a_file_that_cannot_be_imported_does_not_cost_the_demo(own_demo):
    own_demo.refusal("import", "none.csv", *DECLARED, "--drop-demo")
    assert described(own_demo)["synthetic_batches"] > 16


def test_keep_demo_is_asked_for_once(own_demo, real_log):
    own_demo.records("import", real_log, *DECLARED, "--keep-demo")
    found = described(own_demo)
    assert found["batches"] == found["synthetic_batches"] + 1
    more = own_demo.log(
        "more.csv",
        [make_case(unit="110101001", power="UM001", decided_on="2023-07-04", case_no="9号")],
    )
    assert own_demo.records("import", more, *DECLARED)[0]["accepted"] == 1


@pytest.mark.parametrize(
    ("answer", "exit_code", "synthetic"), [("y\n", 0, False), ("n\n", 1, True)]
)
def test_at_a_terminal_the_demo_is_emptied_or_the_import_cancelled(
    own_demo, real_log, answer, exit_code, synthetic
):
    outcome = own_demo.run("import", real_log, *DECLARED, answers=answer)
    assert outcome.exit_code == exit_code
    assert bool(described(own_demo)["synthetic_batches"]) == synthetic
