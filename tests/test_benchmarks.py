"""The benchmarks run, on few cases, and say what they measured."""

import json
import os
import subprocess
import sys

import pytest

from benchmarks.pages import TASKS, VIEWS
from registry.settings import ROOT

pytestmark = pytest.mark.slow


def test_page_times(tmp_path):
    environment = {name: value for name, value in os.environ.items() if "REGISTRY_" not in name}
    command = [sys.executable, "-m", "benchmarks.pages", "--cases", "2000", "--runs", "1"]
    done = subprocess.run(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, check=True)
    found = json.loads(done.stdout)
    assert found["views"].keys() == VIEWS.keys()
    assert found["tasks"].keys() == TASKS.keys()
    times = [
        *found["tasks"].values(),
        *(way for view in found["views"].values() for way in view.values()),
    ]
    assert all(time["seconds"] > 0 for time in times)
