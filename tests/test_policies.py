"""Policies that were in force: kept from the act that found them, and used for what was known."""

import json

import pytest
import sqlalchemy as sa
from builders import E1, QUARTER, make_case

from registry import db, models
from registry.adjustment import policy as policy_file
from registry.adjustment.policies import notice_policy, policies, policy_at
from registry.errors import RegistryError
from registry.figure import asked, recompute, reference
from registry.ledger import entries, verify
from registry.measures.grouping import Selection
from registry.measures.review import review
from registry.rollups import rebuild
from registry.snapshot import read_snapshot

FIELDS = ["version", "since", "until", "actor", "as_file"]


@pytest.fixture
def amend(tmp_path, monkeypatch):
    """Writes the policy file anew: its text with replacements."""
    path = tmp_path / "policy.toml"
    shipped = policy_file.policy_text()
    monkeypatch.setattr(policy_file, "POLICY_FILE", path)

    def write(*changes: tuple[str, str]) -> None:
        text = shipped
        for old, new in changes:
            assert old in text
            text = text.replace(old, new)
        path.write_text(text, encoding="utf-8")

    write()
    return write


HURRY = (("review_days = 5", "review_days = 1"), ('version = "4"', 'version = "5"'))
LAW = (
    ("valid_from = 2021-07-15\ndays = 90", "valid_from = 2021-01-01\ndays = 3"),
    ('version = "4"', 'version = "5"'),
)


def told(world):
    with db.reading(world.engine) as connection:
        found = policies(connection)
    rows = found[FIELDS].astype(object)
    return list(rows.where(rows.notna(), None).itertuples(index=False, name=None))


def reviewed(**fields):
    return make_case(
        **{
            "procedure": "ordinary",
            "filed_on": "2021-01-04",
            "review_required": "yes",
            "review_requested_on": "2021-01-05",
            "review_completed_on": "2021-01-08",
            "review_outcome": "approved",
        }
        | fields
    )


def test_a_register_begins_with_the_policy_of_its_first_act(small_world, amend):
    assert told(small_world) == [("4", 1, None, "test", True)]


def test_a_changed_policy_is_an_act_before_the_one_that_met_it(small_world, amend):
    amend(*HURRY)
    small_world.send([make_case()])
    assert told(small_world) == [("4", 1, 2, "test", False), ("5", 2, None, "local", True)]
    with db.reading(small_world.engine) as connection:
        assert [entry["action"] for entry in entries(connection)] == ["init", "policy", "import"]
        assert verify(connection) == []
        assert policy_at(connection, 1).review_days == 5
        assert policy_at(connection, 2).review_days == policy_at(connection, 3).review_days == 1


def test_an_altered_policy_of_then_is_found(small_world, amend):
    shape = db.table(models.PolicyText)
    with db.writing(small_world.engine) as connection:
        text = sa.func.replace(shape.c.text, "review_days = 5", "review_days = 6")
        connection.execute(sa.update(shape).values(text=text))
    with db.reading(small_world.engine) as connection:
        assert [finding.number for finding in verify(connection)] == [1]


def test_another_text_under_a_known_version_is_refused(small_world, amend):
    amend(HURRY[0])
    with pytest.raises(RegistryError, match=r"version 仍是 4"):
        small_world.send([make_case()])
    assert told(small_world) == [("4", 1, None, "test", False)]
    amend()
    small_world.send([make_case()])


def test_a_policy_that_returns_is_recorded_again(small_world, amend):
    amend(*HURRY)
    small_world.send([make_case()])
    amend()
    small_world.send([make_case(unit=E1, case_no="〔2021〕2号")])
    assert [row[0] for row in told(small_world)] == ["4", "5", "4"]


def test_a_broken_policy_names_its_key_and_nothing_is_written(small_world, amend):
    amend(("review_days = 5", "review_days = -5"))
    with pytest.raises(RegistryError, match="review_days"):
        small_world.send([make_case()])
    amend()
    assert small_world.snapshot().batches == 0


def test_an_older_register_begins_when_it_is_told_to(small_world, amend):
    with db.writing(small_world.engine) as connection:
        connection.execute(sa.delete(db.table(models.PolicyText)))
    amend(*HURRY)
    small_world.send([make_case()])
    assert told(small_world) == []
    with db.writing(small_world.engine) as connection:
        assert notice_policy(connection, begin=True)
        assert not notice_policy(connection, begin=True)
    assert [row[0] for row in told(small_world)] == ["5"]


def test_the_command_lists_them_and_init_records_a_change(configured, amend):
    amend(*HURRY)
    listed = configured.run("policy", "--format", "json")
    assert [row["as_file"] for row in json.loads(listed.stdout)] == [False]
    assert "registry init" in listed.stderr
    assert "政策文件" in configured.run("init").stderr
    rows = json.loads(configured.run("policy", "--format", "json").stdout)
    assert [(row["version"], row["as_file"]) for row in rows] == [("4", False), ("5", True)]
    assert "不作改动" in configured.run("init").stderr


def test_what_was_handed_out_is_computed_under_the_policy_of_then(small_world, amend):
    small_world.send([reviewed()])
    then = small_world.snapshot()
    on_time = review(then, QUARTER, ("city",), measures=("on_time",))
    figure = asked("review", ("city",), QUARTER, then, Selection(), {})
    handed_out = reference(figure, figure.compute(then))
    amend(*HURRY)
    small_world.send([reviewed(case_no="〔2021〕2号")])
    now = review(small_world.snapshot(), QUARTER, ("city",), measures=("on_time",))
    assert (on_time["numerator"].tolist(), on_time["denominator"].tolist()) == ([1], [1])
    assert (now["numerator"].tolist(), now["denominator"].tolist()) == ([0], [2])
    with db.reading(small_world.engine) as connection:
        assert recompute(connection, handed_out)[2]


def test_a_past_state_is_counted_against_the_law_of_then(small_world, amend):
    small_world.send([reviewed()])
    amend(*LAW)
    with db.writing(small_world.engine) as connection:
        rebuild(connection)
    with db.reading(small_world.engine) as connection:
        now, then = (read_snapshot(connection, known).procedure.whole for known in (None, 2))
    assert (now["overdue"].max(), then["overdue"].max()) == (1, 0)
