"""The machine that measures, and the versions of what is measured."""

import os
import platform
import sqlite3
from importlib.metadata import version
from pathlib import Path
from typing import Any

import psycopg

from benchmarks.embedded import postgres
from benchmarks.memory import copy_speed

LIBRARIES = {"DuckDB": "duckdb", "Polars": "polars", "pandas": "pandas", "NumPy": "numpy"}


def describe_machine() -> dict[str, Any]:
    """memory: GB; copied: bytes a second that one core copies; load: how busy it was before."""
    return {
        "cores": os.cpu_count(),
        "processor": _field("/proc/cpuinfo", "model name") or platform.machine(),
        "memory": int(_field("/proc/meminfo", "MemTotal").split()[0]) * 1024 / 1e9,
        "load": os.getloadavg()[0],
        "copied": copy_speed(),
        "versions": {
            "Python": platform.python_version(),
            **{name: version(package) for name, package in LIBRARIES.items()},
            "SQLite": sqlite3.sqlite_version,
            "PostgreSQL": _postgres_version(),
        },
    }


def _postgres_version() -> str:
    with postgres() as server, psycopg.connect(server.new_database("asked")) as connection:
        return connection.execute("show server_version").fetchone()[0]


def _field(file: str, name: str) -> str:
    """'' where a file of the system does not have it."""
    lines = Path(file).read_text(encoding="utf-8").splitlines()
    found = (line.partition(":")[2].strip() for line in lines if line.startswith(name))
    return next(found, "")
