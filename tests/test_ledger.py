"""The ledger: every act has its entry, and no byte of an entry or a fact changes unseen."""

import json
import re
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic import command
from builders import E1, E2, LITTER, SIGNS, TODAY, SmallWorld, make_case, make_power, write_table
from examples import sampled
from sqlmodel import SQLModel
from test_db import record_act_twice
from test_migrations import go_to

from registry import alias, annex, db, digest, ledger, remarks
from registry.catalogue import read_catalogue
from registry.errors import UsageError
from registry.intake.withdraw import withdraw

DOCUMENT = Path(__file__).parents[1] / "docs" / "ledger.md"
ROWS = [
    make_case(procedure="ordinary", fine_cny="100.5", filed_on="2021-01-02"),
    make_case(
        case_no="〔2021〕2号", procedure="", fine_cny="", filed_on="", power=f"{LITTER};{SIGNS}"
    ),
    make_case(case_no="〔2021〕3号", unit=E2, procedure="summary", fine_cny="50", filed_on=""),
]
UNCOVERED = {
    # Labels, and what follows from facts.
    *("vocabulary", "department", "power", "unit", "unit_name", "instrument", "topic"),
    *("reported_figure", "statute_change", "document"),
    *("usage_month", "procedure_month", "fine_month"),
    # Who and when are in the entries themselves.
    *("act", "ledger"),
    # Grows for cases and batches of earlier acts.
    "confirmation",
}


@pytest.fixture
def world(world_after):
    return world_after(every_act)


def every_act(world) -> None:
    """An import, a correction, a withdrawal, an alias, a remark, a catalogue: an act of each."""
    world.send(ROWS)
    world.send([ROWS[0] | {"fine_cny": "200"}, *ROWS[1:]])
    world.override(scope_code=E1, held=False)
    with db.writing(world.engine) as connection:
        alias.add_alias(connection, "占道", LITTER, "", "test")
        catalogue = read_catalogue(connection)
        remarks.add_remark(connection, catalogue, "990101", "说明", today=TODAY, actor="x")
    withdraw([1], reason="test", actor="test", on=world.engine)
    with db.writing(world.engine) as connection:
        _load_annex(connection, world.folder)


def _load_annex(connection, folder) -> None:
    rows = [make_power(LITTER), make_power("UM9", name="新增")]
    path = write_table(folder / "annex.csv", rows, list(rows[0]))
    plan = annex.plan_annex(connection, path, date(2021, 3, 1), "文〔2021〕1号")
    annex.apply_annex(connection, plan, "文〔2021〕1号", date(2021, 3, 1), "test")


def findings(engine, *words, **options) -> list[tuple[int, str]]:
    with db.reading(engine) as connection:
        found = ledger.verify(connection, *words, **options)
    return [(finding.number, finding.text.template) for finding in found]


def change(engine, statement: str, **values) -> None:
    """As someone would who writes past the program."""
    with engine.connect().execution_options(writes=True) as connection, connection.begin():
        connection.execute(sa.text(statement), values)


def head_of(engine) -> ledger.Head:
    with db.reading(engine) as connection:
        return ledger.read_head(connection)


def test_every_act_has_an_entry_and_all_agree(world):
    with db.reading(world.engine) as connection:
        acts = connection.execute(sa.text("select id, action from act order by id")).all()
        entries = list(ledger.entries(connection))
    assert [(e["number"], e["action"]) for e in entries] == [tuple(act) for act in acts]
    actions = {"init", "import", "holding", "alias", "remark", "withdraw", "catalogue"}
    assert {action for _, action in acts} == actions
    assert findings(world.engine) == []


def test_digests_of_cases_are_the_same_from_memory_and_from_the_database(world):
    with db.reading(world.engine) as connection:
        query = sa.text("select id, digest from act")
        known = {row.id: row.digest for row in connection.execute(query)}
        assert sum(digest is not None for digest in known.values()) == 2
        assert digest.act_digests(connection) == digest.act_digests(connection, cases=known)


def test_an_act_that_fails_leaves_no_entry(world):
    before = head_of(world.engine)
    with pytest.raises(sa.exc.IntegrityError), db.writing(world.engine) as connection:
        record_act_twice(connection)
    assert head_of(world.engine) == before


def test_an_altered_roll_up_is_told_from_its_cases(world):
    change(world.engine, "update usage_month set cases = cases + 1")
    newest = head_of(world.engine).number
    assert findings(world.engine) == [(newest, ledger.OTHER_ROLLUP)]
    assert findings(world.engine, chain_only=True) == []


def test_every_table_is_covered_or_known_not_to_be():
    for name, shape in SQLModel.metadata.tables.items():
        covered = "recorded_in" in shape.c or digest.parent_of(shape) or name == "case_power"
        assert bool(covered) != (name in UNCOVERED), name


def _flipped(value):
    """A value of the same type that differs as little as can be."""
    if isinstance(value, str):
        return re.sub(r".$", lambda last: chr(ord(last[0]) ^ 1), value) or "x"
    return value + (0.001 if isinstance(value, float) else 1)


@pytest.mark.parametrize("name", ["ledger", "holding", "cases", "remark", "alias", "coverage"])
def test_any_altered_value_is_caught(small_intake, tmp_path, name):
    """Every column of a row in turn, also such that no constraint of the table would let in."""
    engine = small_intake.engine
    with db.writing(engine) as connection:
        alias.add_alias(connection, "占道", LITTER, "990101", "test")
        catalogue = read_catalogue(connection)
        remarks.add_remark(connection, catalogue, "990101", "说明", today=TODAY, actor="x")
    SmallWorld(engine, None, tmp_path).send(ROWS)
    key = next(iter(SQLModel.metadata.tables[name].primary_key)).name
    with engine.connect() as connection:
        newest = sa.text(f"select * from {name} order by {key} desc limit 1")
        row = connection.execute(newest).mappings().one()
    for column, value in row.items():
        new = 1 if value is None else _flipped(value)
        raw = engine.raw_connection()
        raw.execute("pragma foreign_keys=off")
        raw.execute("pragma ignore_check_constraints=on")
        raw.execute(f"update {name} set {column} = ? where {key} = ?", (new, row[key]))
        raw.commit()
        raw.close()
        assert findings(engine), (column, value, new)
        back = row[key] if column != key else new
        raw = engine.raw_connection()
        raw.execute(f"update {name} set {column} = ? where {key} = ?", (value, back))
        raw.commit()
        raw.execute("pragma foreign_keys=on")
        raw.execute("pragma ignore_check_constraints=off")
        raw.close()
        assert findings(engine) == []


@sampled(
    "tampering",
    [
        "update cases set fine_cny = fine_cny + 0.0000001 where fine_cny is not null",
        "update cases set review_required = '' where review_required is null",
        "update cases set procedure = '' where procedure is null",
        "update cases set superseded_in = null",
        "delete from case_power where power_id = 2",
        "update holding set superseded_in = null",
        "update holding set held = not held where scope = 'unit'",
        "delete from remark",
        "update ledger set actor = 'other' where number = 2",
        "update ledger set digest = reverse_of where number = 2",
        "delete from ledger where number = 3",
    ],
)
def test_tampering_is_caught_on_either_database(world, tampering):
    statement = tampering.replace("reverse_of", "previous_hash")
    change(world.engine, statement)
    assert findings(world.engine)


def test_a_row_smuggled_in_is_caught_whatever_act_it_names(world):
    columns = "power, scope, scope_code, valid_from, held, recorded_in"
    for act in (1, 2):
        change(world.engine, f"insert into holding ({columns}) values ('UM1', 'unit', '{E2}', "
               f"'2020-07-01', true, {act})")  # fmt: skip
        assert (act, ledger.OTHER_ROWS) in findings(world.engine)


def test_chain_alone_does_not_read_the_rows(world):
    change(world.engine, "update holding set valid_from = '2020-07-02'")
    assert findings(world.engine, chain_only=True) == []
    change(world.engine, "update ledger set action = 'x' where number = 2")
    assert findings(world.engine, chain_only=True) == [(2, ledger.ALTERED)]


def test_removal_of_the_latest_acts_is_found_only_against_a_head_kept_elsewhere(small_world):
    engine = small_world.engine
    small_world.override(scope_code=E1, held=False)
    kept = head_of(engine)
    for statement in (
        "delete from ledger where number = 2",
        "delete from holding where recorded_in = 2",
        "delete from act where id = 2",
    ):
        change(engine, statement)
    assert findings(engine) == []
    assert findings(engine, kept) == [(2, ledger.NO_HEAD)]
    small_world.override(scope_code=E2, held=False)
    if head_of(engine).number == 2:  # PostgreSQL does not give a number twice
        assert findings(engine, kept) == [(2, ledger.OTHER_HEAD)]
    assert findings(engine, head_of(engine)) == []


def test_a_head_is_read_as_printed():
    head = ledger.Head(12, "ab" * 32)
    assert ledger.Head.parse(str(head)) == head
    for wrong in ("", "12", "12:ab", f"x:{'ab' * 32}"):
        with pytest.raises(UsageError, match="--head"):
            ledger.Head.parse(wrong)


def test_personal_data_can_be_erased(small_world):
    engine = small_world.engine
    small_world.send([*ROWS, make_case(case_no="〔2021〕9号", power="没有这项")])
    change(engine, "update problem set content = '{}', reasons = '[]'")
    change(engine, "update batch set file_name = ''")
    change(engine, "update act set note = ''")
    assert findings(engine) == []


def test_acts_of_an_older_register_get_their_entries_from_the_rows(world):
    count = head_of(world.engine).number
    first, again = entries_made_anew(world.engine), entries_made_anew(world.engine)
    assert first == again
    assert [entry["number"] for entry in first] == list(range(1, count + 1))
    assert findings(world.engine) == []


def entries_made_anew(engine):
    """The ledger after the way down to a register without one, and up again."""
    go_to(engine, command.downgrade, "0002")
    db.migrate(engine)
    assert findings(engine)[0] == (1, ledger.NO_ENTRY)
    with db.writing(engine):
        pass
    with db.reading(engine) as connection:
        return list(ledger.entries(connection))


def test_canonical_json_is_that_of_rfc_8785():
    content = {"b": '€\u0000\n"\\/\u001f', "a": 333}
    assert digest.canonical(content) == '{"a":333,"b":"€\\u0000\\n\\"\\\\/\\u001f"}'.encode()


def test_the_auditors_script_in_the_document_verifies_the_export(world, tmp_path):
    script = re.search(r"```python\n(.*?)```", DOCUMENT.read_text(encoding="utf-8"), re.DOTALL)
    (tmp_path / "verify.py").write_text(script[1], encoding="utf-8")
    exported = tmp_path / "ledger.jsonl"
    with db.reading(world.engine) as connection:
        count = ledger.write_ledger(connection, exported)
    head = head_of(world.engine)

    def audit(*words: str) -> subprocess.CompletedProcess[str]:
        order = [sys.executable, str(tmp_path / "verify.py"), str(exported), *words]
        return subprocess.run(order, capture_output=True, text=True, check=False)

    assert audit().stdout.startswith(f"{count} entries")
    assert audit(str(head)).returncode == 0
    assert "not in this ledger" in audit(f"1:{head.hash}").stderr
    lines = exported.read_text(encoding="utf-8").splitlines()
    altered = json.loads(lines[1]) | {"actor": "other"}
    exported.write_text("\n".join([lines[0], json.dumps(altered), *lines[2:]]), encoding="utf-8")
    assert "entry 2 was altered" in audit().stderr
    exported.write_text("\n".join([lines[0], *lines[2:]]), encoding="utf-8")
    assert "does not follow" in audit().stderr


def test_the_commands_say_what_they_find(command_line):
    command_line.send(ROWS)
    assert command_line.records("ledger", "verify") == []
    file = command_line.folder / "账册.jsonl"
    written = command_line.records("ledger", "export", file)[0]
    assert written["entries"] == len(file.read_text(encoding="utf-8").splitlines()) == 2
    assert command_line.records("ledger", "verify", "--head", written["head"]) == []
    change(db.engine_for(command_line.url), "update cases set outcome = 'withdrawn' where id = 1")
    assert command_line.records("ledger", "verify", "--chain-only") == []
    found = command_line.records("ledger", "verify", exit_code=1)
    assert [(r["number"], r["action"]) for r in found] == [(2, "import")]
