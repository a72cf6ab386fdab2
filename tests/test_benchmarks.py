"""The benchmarks run, on few cases, and say what they measured."""

import json
import os
import subprocess
import sys
from typing import Any

import pytest

from benchmarks.pages import TASKS, VIEWS
from registry.settings import ROOT

pytestmark = pytest.mark.slow


def report(module: str, *options: str) -> dict[str, Any]:
    environment = {name: value for name, value in os.environ.items() if "REGISTRY_" not in name}
    command = [sys.executable, "-m", module, "--cases", "2000", *options]
    done = subprocess.run(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, check=True)
    return json.loads(done.stdout)


def test_people_browse_without_an_error():
    found = report("benchmarks.load", "--people", "4", "--minutes", "0.15", "--think", "1")
    assert found["alone"]["errors"] == 0
    assert found["alone"]["reruns"] >= 8
    assert 0 < found["alone"]["p50"] <= found["alone"]["p95"] <= found["alone"]["longest"] < 30
    assert found["alone"]["server"]["peak_mb"] > 100


def test_page_times():
    found = report("benchmarks.pages", "--runs", "1")
    assert found["views"].keys() == VIEWS.keys()
    assert found["tasks"].keys() == TASKS.keys()
    times = [
        *found["tasks"].values(),
        *(way for view in found["views"].values() for way in view.values()),
    ]
    assert all(time["seconds"] > 0 for time in times)
