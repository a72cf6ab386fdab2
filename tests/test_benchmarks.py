"""The benchmarks run, on few cases, and say what they measured."""

import json
import os
import subprocess
import sys
from typing import Any

import page_world as world
import pytest

from benchmarks.pages import TASKS, VIEWS
from registry.settings import ROOT

pytestmark = pytest.mark.slow


def report(module: str, *options: str) -> dict[str, Any]:
    environment = {name: value for name, value in os.environ.items() if "REGISTRY_" not in name}
    command = [sys.executable, "-m", module, *options]
    done = subprocess.run(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, check=True)
    return json.loads(done.stdout)


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


def test_page_times():
    found = report("benchmarks.pages", "--cases", "2000", "--runs", "1")
    assert found["views"].keys() == VIEWS.keys()
    assert found["tasks"].keys() == TASKS.keys()
    times = [
        *found["tasks"].values(),
        *(way for view in found["views"].values() for way in view.values()),
    ]
    assert all(time["seconds"] > 0 for time in times)


def test_a_country_in_small():
    found = report("benchmarks.country", "--districts", "3", "--rows", "40", "--workers", "1")
    assert found["districts"] == found["load"]["districts"] == 3
    assert found["rows"] > 100
    assert found["workers"]["1"]["first"] > found["workers"]["1"]["again"] > 0
    assert found["cubes"]["district"]["megabytes"] < found["cubes"]["country"]["megabytes"]
