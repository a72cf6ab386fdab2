"""The archive for offices without internet: what is in it, and that it needs no network."""

import os
import re
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest
from live_site import refuse
from test_lock import LOCK

from offline.__main__ import PLATFORMS, locked_entries, unmarked, write_bundle
from offline.install import PYTHON_VERSION, REQUIREMENTS, SUMS, WHEELS, sums_of

PYTHON = f"{sys.version_info.major}.{sys.version_info.minor}"
OFFICE = """set -eu
ip link set lo up
PYTHONDONTWRITEBYTECODE=1 sh offline/install.sh "$1"
unset PYTHONDONTWRITEBYTECODE
.venv/bin/registry init
.venv/bin/registry import log.csv --district 110101 --months 2020-07..2020-08
.venv/bin/registry serve & trap "kill $!" EXIT
.venv/bin/python -c "$2"
"""
"""What an office does, in a network in which there is nobody else."""

VISIT = """
import socket, time
from urllib.error import HTTPError
from urllib.request import urlopen
print("interfaces", [name for _, name in socket.if_nameindex()])
for _ in range(300):
    try:
        ready = urlopen("http://127.0.0.1:8501/readyz", timeout=30).read().decode()
        break
    except HTTPError:
        raise
    except OSError:
        time.sleep(0.2)
print("ready", ready)
print("page", urlopen("http://127.0.0.1:8501/", timeout=30).read().decode())
"""
LOG = """案号,执法单位,职权编码,执法类型,决定日期
京东罚字〔2020〕1号,东华门街道,UM001,行政处罚,2020-08-01
"""


@pytest.fixture(scope="module")
def archive(tmp_path_factory) -> Path:
    """The archive for this machine alone: the wheels of the others would be for nothing here."""
    return write_bundle(tmp_path_factory.mktemp("dist"), ["linux-x86_64"], PYTHON)


@pytest.fixture
def unpacked(archive, tmp_path) -> Path:
    with tarfile.open(archive) as tar:
        tar.extractall(tmp_path, filter="data")
    (root,) = tmp_path.iterdir()
    return root


def without_network(*words: object, cwd: Path) -> subprocess.CompletedProcess[str]:
    apart = ["unshare", "--net"] if os.geteuid() == 0 else ["unshare", "--net", "--map-root-user"]
    if not shutil.which("unshare") or subprocess.run([*apart, "true"], check=False).returncode:
        refuse("no network namespaces here")
    command = [*apart, *map(str, words)]
    return subprocess.run(
        command, cwd=cwd, capture_output=True, text=True, check=False, timeout=300
    )


@pytest.mark.slow
def test_an_office_without_network_installs_and_serves_it(unpacked):
    (unpacked / "log.csv").write_text(LOG, encoding="utf-8")
    done = without_network("sh", "-c", OFFICE, "office", sys.executable, VISIT, cwd=unpacked)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "interfaces ['lo']\n" in done.stdout
    assert '"status"' in done.stdout.partition("ready ")[2].partition("\n")[0]
    assert "<!doctype html>" in done.stdout.partition("page ")[2].lower()


@pytest.mark.slow
def test_the_archive_is_the_last_commit_and_the_wheels_of_the_lock(archive):
    listed = subprocess.run(
        ["git", "ls-tree", "-r", "--name-only", "-z", "HEAD"], capture_output=True, check=True
    )
    source = {name for name in listed.stdout.decode().split("\0") if name}
    with tarfile.open(archive) as tar:
        files = {m.name.partition("/")[2]: m for m in tar.getmembers() if m.isfile()}
        entries = locked_entries(tar.extractfile(files[REQUIREMENTS]).read().decode())
    wheels = {name for name in files if name.startswith(f"{WHEELS}/")}
    assert set(files) == source | wheels | {REQUIREMENTS, PYTHON_VERSION, SUMS}
    assert len(entries) == len(wheels)
    assert entries.items() <= locked_entries(LOCK).items()
    assert [name for name, _ in entries if name in ("pytest", "playwright", "ruff")] == []
    assert len(archive.with_name(f"{archive.name}.sha256").read_text().split()[0]) == 64


@pytest.fixture
def installer(tmp_path) -> Path:
    """What installs, alone."""
    shutil.copytree(Path(__file__).parents[1] / "offline", tmp_path / "offline")
    return tmp_path


def refusal(installer: Path, *words: object) -> str:
    command = ["sh", installer / "offline" / "install.sh", *words]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    return done.stderr


def test_another_python_is_refused_in_one_sentence(installer):
    (installer / PYTHON_VERSION).write_text("3.1\n")
    assert refusal(installer, sys.executable).startswith("这个离线包供 Python 3.1 使用")
    assert refusal(installer).startswith("没有找到 python3.1。")


@pytest.mark.parametrize(
    ("line", "name"),
    [
        (f"{'0' * 64}  data/none.csv\n", "data/none.csv"),
        (f"{'0' * 64}  offline/install.bat\n", "offline/install.bat"),
    ],
)
def test_what_is_missing_or_not_as_listed_is_named_and_nothing_installed(installer, line, name):
    (installer / PYTHON_VERSION).write_text(f"{PYTHON}\n")
    (installer / SUMS).write_text("".join([*sums_of(installer), line]))
    assert refusal(installer, sys.executable).startswith(f"{name} 与清单不符或缺少（共 1")
    assert not (installer / ".venv").exists()


def test_every_entry_of_the_lock_is_found_again():
    entries = locked_entries(LOCK)
    assert "".join(entries.values()) == LOCK
    marked = [entry for entry in entries.values() if " ; " in entry]
    assert marked
    assert all(" ; " not in unmarked(entry) for entry in marked)
    assert all(re.search(r"==\S+ +\\\n +--hash=", unmarked(entry)) for entry in marked)


def test_the_installers_of_both_systems_start_the_same_program():
    folder = Path(__file__).parents[1] / "offline"
    assert b"install.py" in (folder / "install.sh").read_bytes()
    batch = (folder / "install.bat").read_bytes()
    assert b"install.py" in batch
    assert batch.count(b"\r\n") == batch.count(b"\n")  # older consoles need both
    assert {name.partition("-")[0] for name in PLATFORMS} == {"linux", "windows"}
