"""The database: migrations fit the models, transactions, acts and the days they were known on."""

from collections import Counter
from datetime import date
from pathlib import Path

import pandas as pd
import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from builders import LITTER, make_holding
from sqlmodel import SQLModel

from registry import catalogue, db, migrations, models
from registry.errors import RegistryError
from registry.insert import insert_frame

ACTS = db.table(models.Act)
DAMAGED = b"SQLite format 3\x00" + bytes(range(256)) * 16


def acts_at(connection, *instants: str) -> list[int]:
    """Acts recorded at these instants (UTC), in order."""
    return [
        connection.execute(
            ACTS.insert().values(at=at, actor="test", action="test", note="")
        ).inserted_primary_key[0]
        for at in instants
    ]


def record_act_twice(connection) -> None:
    """The second has the number of the first."""
    act = db.record_act(connection, "test", "test")
    connection.execute(ACTS.insert().values(id=act, at="", actor="test", action="test", note=""))


def test_migrations_lead_to_the_models(engine):
    db.migrate(engine)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        differing = compare_metadata(context, SQLModel.metadata)
    # On PostgreSQL triggers stand for these (migration 0009; test_insert.py).
    by_trigger = {"cases": 4, "usage_month": 2, "procedure_month": 2, "fine_month": 2}
    kinds = Counter((kind, key.table.name) for kind, key in differing)
    expected = {("add_fk", name): count for name, count in by_trigger.items()}
    assert kinds == (expected if engine.dialect.name == "postgresql" else {})


def test_migrated_database_has_exactly_the_tables_of_the_models(engine):
    db.migrate(engine)
    found = set(sa.inspect(engine).get_table_names())
    assert found == {*SQLModel.metadata.tables, "alembic_version"}


def test_newest_migration_is_the_one_whose_file_has_the_highest_number():
    scripts = ScriptDirectory(Path(migrations.__file__).parent)
    assert scripts.get_current_head() == db._newest_version()


def test_migrating_again_changes_nothing(small_world):
    with db.reading(small_world.engine) as connection:
        before = db.revision(connection)
    db.migrate(small_world.engine)
    with db.reading(small_world.engine) as connection:
        assert db.revision(connection) == before


def test_database_without_tables_is_refused_in_one_sentence(engine):
    with pytest.raises(RegistryError, match="registry init"), db.reading(engine):
        pass
    with pytest.raises(RegistryError, match="registry init"), db.writing(engine):
        pass


def test_database_of_another_version_is_refused(engine):
    db.migrate(engine)
    with engine.begin() as connection:
        connection.execute(sa.text("update alembic_version set version_num = 'later'"))
    with pytest.raises(RegistryError, match="later"), db.reading(engine):
        pass


def test_database_of_another_program_is_neither_read_nor_migrated(engine):
    with engine.begin() as connection:
        connection.execute(sa.text("create table alembic_version (version_num varchar(32))"))
        connection.execute(sa.text("insert into alembic_version values ('beef')"))
    with pytest.raises(RegistryError, match="beef") as refusal, db.reading(engine):
        pass
    assert "registry init" not in str(refusal.value)
    with pytest.raises(RegistryError, match="beef"):
        db.migrate(engine)
    assert sa.inspect(engine).get_table_names() == ["alembic_version"]


@pytest.mark.parametrize(
    "url",
    [
        "",
        "registry.db",
        "mysql://office/registry",
        "oracle://office/registry",
        "postgresql+asyncpg://office/registry",
        "postgresql://u:secret@office:port/registry",
    ],
)
def test_a_url_that_leads_to_no_database_of_ours_is_one_sentence(url):
    with pytest.raises(RegistryError, match="REGISTRY_DATABASE_URL") as refusal:
        db.engine_for(url)
    assert "secret" not in str(refusal.value)


@pytest.mark.parametrize("content", [b"no database at all " * 100, DAMAGED])
def test_a_file_that_is_no_sound_database_is_one_sentence(tmp_path, content):
    path = tmp_path / "x.db"
    path.write_bytes(content)
    engine = db.engine_for(f"sqlite:///{path}")
    with pytest.raises(RegistryError, match=r"x\.db 不能使用"), db.reading(engine):
        pass
    with pytest.raises(RegistryError, match=r"x\.db 不能使用"):
        db.migrate(engine)
    with pytest.raises(RegistryError, match=r"x\.db 不能使用"):
        db.is_empty(engine)
    engine.dispose()


def test_a_server_that_does_not_answer_is_one_sentence_without_the_password():
    engine = db.engine_for("postgresql://u:secret@127.0.0.1:1/registry")
    with pytest.raises(RegistryError, match=r"127\.0\.0\.1") as refusal, db.reading(engine):
        pass
    assert "secret" not in str(refusal.value)
    assert "\n" not in str(refusal.value)


@pytest.mark.postgres
def test_a_role_without_permission_is_one_sentence(postgres):
    url = postgres.create()
    engine = db.engine_for(url)
    db.migrate(engine)
    postgres.run("create role nobody_here")
    with pytest.raises(RegistryError, match="不能使用"), db.writing(engine) as connection:
        connection.execute(sa.text("set role nobody_here; select * from unit"))
    postgres.run("drop role nobody_here")
    engine.dispose()
    postgres.drop(url)


def test_a_mistake_of_the_program_is_no_sentence(small_world):
    with pytest.raises(sa.exc.IntegrityError), db.writing(small_world.engine) as connection:
        record_act_twice(connection)


def test_looking_for_a_register_leaves_no_file_behind(tmp_path):
    engine = db.engine_for(f"sqlite:///{tmp_path}/none.db")
    with pytest.raises(RegistryError, match="registry init"), db.reading(engine):
        pass
    assert db.is_empty(engine)
    assert list(tmp_path.iterdir()) == []


def test_database_is_empty_until_a_register_is_started(engine):
    assert db.is_empty(engine)
    db.migrate(engine)
    assert db.is_empty(engine)


def test_database_with_a_register_is_not_empty(small_world):
    assert not db.is_empty(small_world.engine)


def test_error_in_a_transaction_leaves_nothing_behind(small_world):
    with db.reading(small_world.engine) as connection:
        before = db.revision(connection)
    with pytest.raises(sa.exc.IntegrityError), db.writing(small_world.engine) as connection:
        record_act_twice(connection)
    with db.reading(small_world.engine) as connection:
        assert db.revision(connection) == before


def test_instant_of_an_act_never_runs_behind_an_earlier_one(engine):
    db.migrate(engine)
    with db.writing(engine) as connection:
        acts_at(connection, "2999-01-01T00:00:00.000000+00:00")
        db.record_act(connection, "test", "test")
        instants = connection.scalars(sa.select(ACTS.c.at).order_by(ACTS.c.id)).all()
    assert instants[1] >= instants[0]


def test_day_of_knowing_ends_at_midnight_in_beijing(engine):
    db.migrate(engine)
    with db.writing(engine) as connection:
        evening, midnight = acts_at(
            connection, "2021-03-31T15:59:59.999999+00:00", "2021-03-31T16:00:00.000000+00:00"
        )
        assert db.last_act_known_on(connection, date(2021, 3, 30)) == 0
        assert db.last_act_known_on(connection, date(2021, 3, 31)) == evening
        assert db.last_act_known_on(connection, date(2021, 4, 1)) == midnight


def test_missing_values_go_in_as_null_and_come_out_as_missing(small_world):
    holdings = db.table(models.Holding)
    with db.writing(small_world.engine) as connection:
        act = db.record_act(connection, "test", "test")
        rows = [
            make_holding(LITTER, "990101001", valid_to=date(2021, 3, 1), held=False),
            make_holding(LITTER, "990101002"),
        ]
        frame = pd.DataFrame(rows, dtype=object).assign(recorded_in=act)
        insert_frame(connection, models.Holding, frame)
        stored = db.read_frame(
            connection,
            sa.select(holdings.c.valid_from, holdings.c.valid_to, holdings.c.held)
            .where(holdings.c.recorded_in == act)
            .order_by(holdings.c.scope_code),
        )
    assert stored["valid_from"].tolist() == [date(2020, 7, 1)] * 2
    assert stored["valid_to"].tolist() == [date(2021, 3, 1), None]
    assert stored["held"].tolist() == [False, True]


def test_query_without_rows_gives_a_frame_with_its_columns(small_world):
    with db.reading(small_world.engine) as connection:
        frame = db.read_frame(connection, sa.select(db.table(models.Batch)))
    assert list(frame.columns) == [c.name for c in db.table(models.Batch).columns]
    assert len(frame) == 0


def test_next_number_follows_the_largest(small_world):
    with db.reading(small_world.engine) as connection:
        assert db.next_id(connection, models.Case) == 1
        assert db.next_id(connection, models.Power) == 5


def test_reading_sees_nothing_uncommitted(small_world):
    with db.writing(small_world.engine) as writer:
        act = db.record_act(writer, "test", "test")
        with db.reading(small_world.engine) as reader:
            assert db.revision(reader) < act


def test_shipped_register_starts_on_either_database(engine):
    db.migrate(engine)
    with db.writing(engine) as connection:
        catalogue.start_register(connection, catalogue.SHIPPED, "test")
        population = sa.select(sa.func.sum(db.table(models.Unit).c.population_2020))
        assert connection.scalar(population) == 21_893_095
        holdings = sa.select(sa.func.count()).select_from(db.table(models.Holding))
        assert connection.scalar(holdings) == 431
