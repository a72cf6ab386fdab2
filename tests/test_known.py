"""As-of and known-on: what had been recorded then, and windows cut at a day."""

import pytest
import sqlalchemy as sa
from builders import E1, E2, SIGNS, WELLS, make_case
from examples import sampled

from registry import db, models
from registry.adjustment.policy import read_policy
from registry.errors import RegistryError
from registry.intake.withdraw import withdraw
from registry.known import known_act
from registry.rollup import current_cases
from registry.rollups import rollups
from registry.snapshot import _taken_back, read_snapshot
from registry.window import today_in_beijing

TODAY = today_in_beijing()
WINDOW = ("--from", "2021-01", "--to", "2021-03")


@pytest.fixture
def told(world_after):
    return world_after(five_acts)


def five_acts(world) -> None:
    """Acts 2 to 6: an import, a correction with late rows, an override, an import, a withdrawal."""
    world.send([make_case()])
    world.send([make_case(power=SIGNS), make_case(case_no="〔2021〕2号", unit=E2)])
    world.override(scope_code=E1, held=False)
    world.send([make_case(case_no="〔2021〕3号", power=WELLS, decided_on="2021-03-09")])
    withdraw([2], reason="test", actor="test", on=world.engine)


def test_a_day_or_an_act_names_what_was_known(told):
    with db.reading(told.engine) as connection:
        newest = db.revision(connection)
        assert known_act(connection, "") is None
        assert known_act(connection, str(newest)) is None
        assert known_act(connection, "2") == 2
        assert known_act(connection, "2999-01-01") is None
        for wrong in ("0", str(newest + 1), "1999-01-01", "yesterday", "上半年"):
            with pytest.raises(RegistryError, match="known-on"):
                known_act(connection, wrong)


def test_day_of_knowing_is_the_newest_act_of_that_day(told):
    acts = db.table(models.Act)
    with db.writing(told.engine) as connection:
        early = acts.c.id <= 3
        old = "2021-04-01T15:59:59.000000+00:00"
        connection.execute(sa.update(acts).where(early).values(at=old))
    with db.reading(told.engine) as connection:
        assert known_act(connection, "2021-04-01") == 3
        snapshot = read_snapshot(connection, 3)
    assert snapshot.known == 3
    assert snapshot.cube.counts("any", snapshot.cube.window).sum() == 2


def test_taking_back_is_the_same_as_counting_anew(told):
    with db.reading(told.engine) as connection:
        stored = {rollup: rollup.read(connection) for rollup in rollups()}
        for known in range(1, db.revision(connection) + 1):
            back = _taken_back(connection, stored, known, read_policy())
            for rollup, compute in rollups().items():
                anew = compute(*current_cases(connection, known))
                assert back[rollup].to_dict("list") == anew.to_dict("list"), (rollup, known)


def test_a_past_snapshot_is_the_snapshot_of_then(small_world):
    small_world.send([make_case()])
    then = small_world.snapshot()
    small_world.send([make_case(power=SIGNS), make_case(case_no="〔2021〕2号", unit=E2)])
    with db.reading(small_world.engine) as connection:
        past = read_snapshot(connection, then.revision)
    assert past.revision == then.revision
    assert past.head == then.head != small_world.snapshot().head
    assert then.known is None
    assert (past.cube.totals.to_dict("list"), past.batches) == (
        then.cube.totals.to_dict("list"),
        then.batches,
    )


@pytest.fixture(scope="module")
def sent_twice(shared_line):
    return send_twice(shared_line)


def send_twice(line):
    line.send([make_case()])
    late = [
        make_case(case_no="〔2021〕2号", power=SIGNS),
        make_case(case_no="〔2021〕3号", power=WELLS),
    ]
    line.send(late, "late.csv")
    return line


def test_known_on_gives_the_figure_of_then(sent_twice):
    assert sent_twice.rate() == (3, 4)
    assert sent_twice.rate("--known-on", 2) == (1, 4)
    assert sent_twice.rate("--known-on", TODAY.isoformat()) == (3, 4)
    said = sent_twice.run("rate", *WINDOW, "--known-on", 2).stderr
    assert "行为 2 为止" in said
    assert "known-on" in sent_twice.refusal("rate", *WINDOW, "--known-on", "99")


COMMANDS = (
    *("rate", "dormant", "coverage", "completeness", "staffing", "review", "procedure", "demand"),
    *("gaming", "handover", "simulate-review"),
)


@sampled("name", COMMANDS)
def test_every_measure_command_takes_both(sent_twice, name):
    window = ("--from", "2020-04", "--to", "2021-06")
    cut = sent_twice.records(name, *window, "--as-of", "2021-03-31", "--known-on", 2)
    short = sent_twice.records(name, "--from", "2020-04", "--to", "2021-03", "--known-on", 2)
    assert cut == short


def test_reported_figures_stand_beside_what_was_known_then(shipped):
    before = shipped.records("reported")
    shipped.records("alias", "add", "占道", "UM001")
    acts = ("--known-on", 1)
    assert shipped.records("reported", *acts) == before
    assert "known-on" in shipped.refusal("reported", "--known-on", "99")


def test_as_of_cuts_the_window_at_whole_months(command_line):
    command_line.send([make_case(), make_case(case_no="〔2021〕2号", decided_on="2021-02-01")])

    def months(*words: object) -> list[str]:
        return [r["month"] for r in command_line.records("rate", *WINDOW, "--by", "month", *words)]

    assert months("--as-of", "2021-02-28") == ["2021-01", "2021-02"]
    assert months("--as-of", "2021-02-27") == ["2021-01"]
    assert months("--as-of", "2022-01-01") == ["2021-01", "2021-02", "2021-03"]
    assert "起始月" in command_line.refusal("rate", *WINDOW, "--as-of", "2020-12-31", exit_code=2)


def test_exports_and_briefs_of_then_carry_the_head_of_then(command_line):
    command_line.send([make_case()])
    head = command_line.records("ledger", "export", command_line.folder / "x.jsonl")[0]["head"]
    send_twice(command_line)
    file = command_line.folder / "x.xlsx"
    words = ("--measure", "exercise_rate", *WINDOW, "--known-on", 2)
    assert head in command_line.run("export", file, *words).stderr
    brief = command_line.folder / "x.html"
    command_line.records("brief", E1, "--out", brief, *WINDOW, "--known-on", 2)
    assert head in brief.read_text(encoding="utf-8")
