"""Hostile files through every door: one sentence within 10 s and 1 GB, and nothing is stored.

Seconds are the processor's, since what else the machine does says nothing of the file; a file
that makes its reader wait is ended after a minute.
"""

import json
import os
import resource
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from urllib.request import urlopen

import hostile_texts
import httpx
import pytest
import reliability
import sqlalchemy as sa
from builders import EAST
from examples import sampled
from faults import COUNTED
from hostile_files import ELSEWHERE, HOSTILE, Hostile
from live_site import serving

from registry import db
from registry.access import local_user, run_as
from registry.audit import check_register
from registry.cli import main
from registry.intake.limits import MOST_BYTES
from registry.server import streamlit_options
from registry.settings import settings

assert hostile_texts.HEADINGS  # it has told HOSTILE of its files

pytestmark = pytest.mark.campaign
MOST_SECONDS, MOST_MEGABYTES, PATIENCE = 10, 1024, 60
DECLARED = ("--district", EAST, "--months", "2021-01..2021-03")
KINDS = ("usage", "staffing", "complaints", "whistles", "training")
NAMES = (f"../../../..{ELSEWHERE}", "a\\..\\..\\b", "名" * 300, "a\u202egpj.exe", "a\x1b[31mb")


@dataclass(frozen=True)
class Ending:
    """How an import in a process of its own ended."""

    code: int
    said: str
    seconds: float
    megabytes: float


def import_alone(url: str, folder: Path, path: Path, *words: str) -> Ending:
    """`registry import` in a child of this process, which has loaded everything already."""
    said, ours = folder / "said", memory()
    child = os.fork()
    if child == 0:
        _import(url, said, ["registry", "import", str(path), *DECLARED, *words])
    _, status, used = os.wait4(child, 0)
    seconds, megabytes = used.ru_utime + used.ru_stime, used.ru_maxrss / 1024 - ours + PROGRAM
    return Ending(os.waitstatus_to_exitcode(status), said.read_text("utf-8"), seconds, megabytes)


PROGRAM = 200
"""Megabytes that the command takes before it reads; a child begins with all that we have."""


def memory() -> float:
    """Megabytes of this process."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize() / 2**20


def _import(url: str, said: Path, words: list[str]) -> None:
    code = 99
    try:
        signal.alarm(PATIENCE)
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        with said.open("w", encoding="utf-8") as output:
            sys.stdout = sys.stderr = output
            sys.argv, os.environ["REGISTRY_DATABASE_URL"] = words, url
            settings.cache_clear()
            run_as(local_user)
            main()
            code = 0
    except SystemExit as ending:
        code = int(ending.code or 0)
    finally:
        os._exit(code)


def stored(url: str) -> list[int]:
    """How many rows there are of what an import may store."""
    engine = db.engine_for(url)
    with engine.connect() as connection:
        counts = [
            connection.scalar(sa.select(sa.func.count()).select_from(shape))
            for shape in map(db.table, COUNTED)
        ]
    engine.dispose()
    return counts


def assert_is_one_sentence(said: str, word: str) -> None:
    (line,) = said.strip().splitlines()
    assert line.startswith("错误")
    assert word in line
    assert "Traceback" not in line
    assert line.isprintable()


def tell(part: str, what: str, happened: str, lost: int) -> None:
    reliability.record(part, what, 1, happened, lost)


@sampled("name", HOSTILE)
def test_hostile_file_is_refused_in_time_and_nothing_is_stored(shared_line, tmp_path, name):
    hostile, before = HOSTILE[name], stored(shared_line.url)
    kind = KINDS[list(HOSTILE).index(name) % len(KINDS)]
    words = ("--dry-run",) if hostile.says is None else ("--kind", kind)
    ending = import_alone(shared_line.url, tmp_path, hostile.write(tmp_path), *words)
    try:
        _assert_is_held_off(hostile, ending)
        assert stored(shared_line.url) == before
    except AssertionError:
        tell("file", hostile.name, "没有挡住", 1)
        raise
    found = f"{ending.seconds:.1f} 秒，{ending.megabytes:.0f} MB"
    tell("file", hostile.name, f"{'照常读取' if hostile.says is None else '拒绝'}（{found}）", 0)


def _assert_is_held_off(hostile: Hostile, ending: Ending) -> None:
    assert ending.code == (1 if hostile.says is not None else 0), ending.said
    if hostile.says is not None:
        assert_is_one_sentence(ending.said, hostile.says)
    assert ending.seconds <= MOST_SECONDS
    assert ending.megabytes <= MOST_MEGABYTES


def test_after_all_of_them_the_register_is_whole(shared_line):
    with db.reading(db.engine_for(shared_line.url)) as connection:
        assert [check for check in check_register(connection) if not check["ok"]] == []


def test_every_door_takes_files_of_one_size():
    assert int(streamlit_options()["server.maxUploadSize"]) << 20 == MOST_BYTES


@pytest.mark.slow
@pytest.mark.parametrize("name", ["a_pipe", "bomb_in_sheet", "blank_bomb"])
def test_the_command_itself_refuses(command_line, tmp_path, name):
    path = HOSTILE[name].write(tmp_path)
    command = [sys.executable, "-m", "registry", "import", str(path), *DECLARED]
    environment = os.environ | {"REGISTRY_DATABASE_URL": command_line.url}
    done = subprocess.run(
        command, env=environment, capture_output=True, timeout=PATIENCE, check=False
    )
    assert done.returncode == 1
    assert_is_one_sentence(done.stderr.decode(), HOSTILE[name].says or "")


# Over HTTP


SENT = (
    *("overlapping_bomb", "blank_bomb", "path_tricks", "repeated_string", "bomb_in_sheet"),
    *("deep_merges", "deep_spans", "million_columns", "nul_bytes", "terabyte", "truncated"),
    "nothing",
)


@pytest.mark.slow
def test_programs_hostile_files_are_refused_and_the_server_stays_up(
    command_line, tmp_path, monkeypatch
):
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    (token,) = command_line.records("token", "make", "对接", "--district", EAST, "--import")
    before = stored(command_line.url)
    with serving(command_line.url, tmp_path) as address:
        for number, name in enumerate(SENT):
            answer = post(address, token["token"], HOSTILE[name].write(tmp_path), number)
            assert answer.status_code == 422, answer.text
            assert HOSTILE[name].says in answer.json()["detail"]
            assert is_up(address)
        assert post_without_end(address, token["token"]) == 413
        assert is_up(address)
    assert stored(command_line.url) == before
    assert command_line.disagreements() == []
    assert not ELSEWHERE.exists()
    tell("file", f"上述文件中的 {len(SENT)} 个以接口报送", "422 和一句话，服务照常", 0)
    tell("file", "以接口报送 500 MB", "413，服务照常", 0)


def post(address: str, token: str, path: Path, number: int) -> httpx.Response:
    """A file under a hostile name."""
    name = NAMES[number % len(NAMES)] + path.suffix
    return httpx.post(
        f"{address}api/v1/logs",
        headers={"authorization": f"Bearer {token}"},
        data={"district": EAST, "months": "2021-01..2021-03"},
        files={"file": (name, path.read_bytes())},
        timeout=PATIENCE,
    )


def post_without_end(address: str, token: str) -> int:
    """The status with which 500 MB are cut off."""
    opening = b'--b\r\nContent-Disposition: form-data; name="file"; filename="x.csv"\r\n\r\n'
    headers = {
        "authorization": f"Bearer {token}",
        "content-type": "multipart/form-data; boundary=b",
        "content-length": str(500 << 20),
    }

    def pieces():
        yield opening
        for _ in range(500):
            yield bytes(1 << 20)

    with httpx.Client(timeout=PATIENCE) as client:
        return client.post(f"{address}api/v1/logs", headers=headers, content=pieces()).status_code


def is_up(address: str) -> bool:
    with urlopen(f"{address}healthz", timeout=5) as answer:
        return json.load(answer) == {"status": "ok"}
