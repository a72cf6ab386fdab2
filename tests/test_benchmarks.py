"""The benchmarks run, on few cases, and say what they measured."""

import json
import os
import subprocess
import sys
from typing import Any

import page_world as world
import pytest

from benchmarks.contender import COLUMNS, CONTENDERS
from benchmarks.pages import TASKS, VIEWS
from registry.settings import ROOT

pytestmark = pytest.mark.slow


def report(module: str, *options: str) -> dict[str, Any]:
    return json.loads(run(module, *options))


def run(module: str, *options: str) -> bytes:
    environment = {name: value for name, value in os.environ.items() if "REGISTRY_" not in name}
    command = [sys.executable, "-m", module, *options]
    done = subprocess.run(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, check=True)
    return done.stdout


def test_people_browse_without_an_error(tmp_path):
    world.busy_beijing(f"sqlite:///{tmp_path}/register.db", [202101, 202102])
    browsed = ("--database", str(tmp_path / "register.db"), "--people", "4", "--minutes", "0.15")
    found = report("benchmarks.load", *browsed, "--think", "1", "--import-rows", "200")
    assert found["alone"]["errors"] == 0
    assert found["alone"]["reruns"] >= 8
    assert 0 < found["alone"]["p50"] <= found["alone"]["p95"] <= found["alone"]["longest"] < 30
    assert found["alone"]["server"]["peak_mb"] > 100
    assert found["beside"]["errors"] == 0
    assert found["beside"]["import"]["said"][0]["accepted"] > 0


def test_imports_registers_and_pages(tmp_path):
    few = ("--sizes", "2000", "--rows", "2000", "--runs", "1", "--docs", str(tmp_path))
    parts = ("--part", "imports", "--part", "registers")
    run("benchmarks", *few, *parts)
    record = json.loads((tmp_path / "performance.json").read_text(encoding="utf-8"))
    assert record["imports"].keys() == {"2000 SQLite", "2000 PostgreSQL"}
    for imported in record["imports"].values():
        assert all(found["seconds"] > 0 for found in imported["contenders"].values())
        assert imported["contenders"]["ours"]["stages"].keys() > {"read", "write"}
    register = record["registers"]["2000"]
    assert register["refresh"] > register["unchanged"] > 0
    assert register["server_mb"] > 100
    assert register["pages"]["views"].keys() == VIEWS.keys()
    assert register["pages"]["tasks"].keys() == TASKS.keys()
    assert "## Scripts of pages" in (tmp_path / "performance.md").read_text(encoding="utf-8")


def test_every_contender_answers_as_we_do(tmp_path):
    """Another answer stops the run."""
    few = ("--part", "questions", "--sizes", "10000", "--runs", "1", "--docs", str(tmp_path))
    run("benchmarks", *few)
    record = json.loads((tmp_path / "performance.json").read_text(encoding="utf-8"))
    found = record["questions"]["10000"]
    assert found["contenders"].keys() == CONTENDERS.keys()
    for contender in found["contenders"].values():
        assert contender["runs"] == dict.fromkeys(COLUMNS, 1)
        assert contender["peak_mb"] > 50
    assert 4_000 < found["raw_bytes"]["dormant"] / 4 < 7_000


def test_a_country_in_small():
    found = report("benchmarks.country", "--districts", "3", "--rows", "40", "--workers", "1")
    assert found["districts"] == found["load"]["districts"] == 3
    assert found["rows"] > 100
    assert found["workers"]["1"]["first"] > found["workers"]["1"]["again"] > 0
    assert found["cubes"]["district"]["megabytes"] < found["cubes"]["country"]["megabytes"]
