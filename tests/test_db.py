"""The database: migrations fit the models, transactions, acts and the days they were known on."""

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

ACTS = db.table(models.Act)


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
        assert compare_metadata(context, SQLModel.metadata) == []


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
        db.insert_frame(connection, models.Holding, frame)
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
