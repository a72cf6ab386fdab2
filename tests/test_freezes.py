"""Freezes: a round's figures stay, and what would differ today is told with its cause."""

from datetime import date

import pytest
from builders import E1, E2, QUARTER, SIGNS, W1, WELLS, make_case

from registry import db, ledger
from registry.errors import RegistryError
from registry.freezes import CAUSES, freeze, freezes, read_freeze, references, revisions
from registry.known import known_act

pytestmark = pytest.mark.slow

NAME = "2021年一季度"
WORDS = ("--from", "2021-01", "--to", "2021-03")


@pytest.fixture
def frozen(world_after):
    return world_after(one_freeze)


def one_freeze(world) -> None:
    world.send([make_case()], units=(E1,))
    with db.writing(world.engine) as connection:
        freeze(connection, NAME, QUARTER, "test")


def revised(world) -> dict[str, dict]:
    """Key → record, of the exercise rate."""
    with db.reading(world.engine) as connection:
        frame = revisions(connection, read_freeze(connection, NAME))
    own = frame[frame["figure"].str.match(r"exercise_rate:(city|district):[0-9-]+@")]
    return {row["key"]: row for row in own.to_dict("records")}


def causes(record: dict) -> dict[str, float]:
    return {cause: float(record[cause]) for cause in CAUSES if record[cause]}


def test_a_freeze_pins_what_was_known_before_it(frozen):
    with db.reading(frozen.engine) as connection:
        assert known_act(connection, NAME) == 2
        assert read_freeze(connection, NAME).window == QUARTER
        assert freezes(connection)[["name", "known"]].values.tolist() == [[NAME, 2]]
        assert ledger.verify(connection) == []


def test_a_name_is_given_once_and_is_no_day_and_no_act(frozen):
    for name in (NAME, "", "12", "2021-01-01", "a b", "a:b", "长" * 41):
        with pytest.raises(RegistryError, match="冻结"), db.writing(frozen.engine) as connection:
            freeze(connection, name, QUARTER, "test")
    with pytest.raises(RegistryError, match="没有名为"), db.reading(frozen.engine) as connection:
        read_freeze(connection, "别的")


def test_nothing_differs_while_nothing_was_said(frozen):
    with db.reading(frozen.engine) as connection:
        assert revisions(connection, read_freeze(connection, NAME)).empty


def test_late_returns_and_corrections_are_told_apart(frozen):
    late = make_case(case_no="〔2021〕2号", unit=E2, power=SIGNS)
    frozen.send([late], units=(E2,))
    assert causes(revised(frozen)["990101"]) == {"late_returns": 0.25}
    frozen.send([make_case(), make_case(case_no="〔2021〕3号", power=WELLS)], units=(E1,))
    record = revised(frozen)["990101"]
    assert causes(record) == {"late_returns": 0.25, "corrections": 0.25}
    assert (record["numerator_then"], record["numerator_now"]) == (1, 3)


def test_a_change_of_the_register_is_told(frozen):
    frozen.override(power=WELLS, scope_code=E1, held=False)
    frozen.override(power=WELLS, scope_code=E2, held=False)
    record = revised(frozen)["990101"]
    assert causes(record) == {"register": pytest.approx(1 / 3 - 1 / 4)}
    assert (record["denominator_then"], record["denominator_now"]) == (4, 3)


def test_a_place_that_then_held_nothing_is_listed_without_a_cause(frozen):
    frozen.send([make_case(case_no="〔2021〕9号", unit=W1)], district="990102")
    record = revised(frozen)["990102"]
    assert record["value_then"] != record["value_then"]
    assert record["value_now"] == 0.25
    assert all(record[cause] is None or record[cause] != record[cause] for cause in CAUSES)


def test_the_figures_of_a_freeze_stay_the_same(frozen):
    with db.reading(frozen.engine) as connection:
        before = references(connection, read_freeze(connection, NAME))[1]
    frozen.send([make_case(case_no="〔2021〕2号", unit=E2, power=SIGNS)])
    frozen.override(power=WELLS, scope_code=E1, valid_from=date(2021, 1, 1), held=False)
    with db.reading(frozen.engine) as connection:
        assert references(connection, read_freeze(connection, NAME))[1] == before


def test_figures_exports_and_briefs_are_made_from_a_freeze_by_its_name(command_line):
    command_line.send([make_case()])
    outcome = command_line.run("freeze", NAME, *WORDS, "--format", "json")
    head = outcome.stderr.rpartition("账册头 ")[2].strip()
    command_line.send(
        [make_case(power=SIGNS), make_case(case_no="〔2021〕2号", power=WELLS)], "b.csv"
    )
    assert command_line.rate() == (2, 4)
    assert command_line.rate("--known-on", NAME) == (1, 4)
    for record in outcome.records:
        command_line.records("recompute", record["reference"])
    brief = command_line.folder / "x.html"
    command_line.records("brief", E1, "--out", brief, *WORDS, "--known-on", NAME)
    assert head in brief.read_text(encoding="utf-8")
    file = command_line.folder / "x.csv"
    words = ("--measure", "exercise_rate", *WORDS, "--known-on", NAME)
    assert head in command_line.run("export", file, *words).stderr
    assert [record["name"] for record in command_line.records("freezes")] == [NAME]
    listed = command_line.records("revisions", NAME)
    assert any(record["corrections"] == 0.25 for record in listed)
    table = command_line.run("revisions", NAME, "--format", "table").stdout
    assert "1/4 · " in table
    assert "2/4 · " in table
    assert "冻结" in command_line.refusal("freeze", NAME)
    for batch in (1, 2):
        command_line.records("withdraw", batch, "--reason", "报错了")
    unknown = command_line.records("revisions", NAME)[0]
    assert (unknown["numerator_then"], unknown["value_now"]) == (1, None)
