"""The product's own processes as the load test starts and watches them: a server, an import.

Memory and processor time are read from /proc, once a second; MB are 10⁶ bytes of resident memory.
"""

import asyncio
import json
import multiprocessing
import os
import resource
import socket
import subprocess
import sys
import time
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from registry.cli.intake import QUARANTINED_EXIT

CLOCK = os.sysconf("SC_CLK_TCK")
PAGE_MB = resource.getpagesize() / 1e6
STARTS_WITHIN = 90
"""Seconds."""


@dataclass
class Meter:
    """What one process takes while it is watched."""

    pid: int
    at: list[float] = field(default_factory=list)
    memory: list[float] = field(default_factory=list)
    processor: list[float] = field(default_factory=list)

    async def watch(self) -> None:
        """Until cancelled, or until the process has ended."""
        while self._look():
            await asyncio.sleep(1)

    def _look(self) -> bool:
        try:
            pages = Path(f"/proc/{self.pid}/statm").read_text().split()[1]
            spent = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()[11:13]
        except (FileNotFoundError, ProcessLookupError, IndexError):
            return False
        self.at.append(time.perf_counter())
        self.memory.append(int(pages) * PAGE_MB)
        self.processor.append(sum(map(int, spent)) / CLOCK)
        return True

    def found(self) -> dict[str, float]:
        """MB at first, at most, at last, and more a minute over the second half; processors."""
        memory = self.memory
        seconds = self.at[-1] - self.at[0]
        spent = self.processor[-1] - self.processor[0]
        return {
            "first_mb": memory[0],
            "peak_mb": max(memory),
            "last_mb": memory[-1],
            "mb_a_minute": self._slope(len(memory) // 2),
            "processors": spent / seconds if seconds else 0.0,
        }

    def _slope(self, first: int) -> float:
        at, memory = self.at[first:], self.memory[first:]
        return float(np.polyfit(at, memory, 1)[0] * 60) if len(at) > 2 else 0.0


@asynccontextmanager
async def measured(pid: int) -> AsyncIterator[Meter]:
    """A meter that runs meanwhile."""
    meter = Meter(pid)
    watching = asyncio.create_task(meter.watch())
    try:
        yield meter
    finally:
        watching.cancel()


@asynccontextmanager
async def serving(database: str, folder: Path) -> AsyncIterator[tuple[str, int]]:
    """The address of a dashboard over a database, and its process; its words go to server.log."""
    port = _free_port()
    with (folder / "server.log").open("wb") as log:
        server = await _start(database, ["serve", "--port", str(port)], folder, log)
        try:
            await _answers(port, server)
            yield f"http://127.0.0.1:{port}", server.pid
        finally:
            if server.returncode is None:
                server.terminate()
            await server.wait()


async def import_log(database: str, arguments: Sequence[str], folder: Path) -> dict[str, Any]:
    """`registry import`: its answer, what it took. Raises RuntimeError where nothing was stored;
    rows in quarantine are part of a real log."""
    start = time.perf_counter()
    words = ["import", *arguments, "--keep-demo", "--format", "json"]
    importing = await _start(database, words, folder, PIPE)
    async with measured(importing.pid) as meter:
        said = (await importing.communicate())[0].decode()
    if importing.returncode not in (0, QUARANTINED_EXIT):
        raise RuntimeError(said)
    taken = {"seconds": time.perf_counter() - start, "peak_mb": max(meter.memory)}
    return taken | {"said": json.loads(said)}


async def _start(database: str, words: Sequence[str], folder: Path, output: Any) -> Process:
    others = {name: text for name, text in os.environ.items() if not name.startswith("REGISTRY_")}
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "registry", *words),
        cwd=folder,
        env=others | {"REGISTRY_DATABASE_URL": database},
        stdout=output,
        stderr=asyncio.subprocess.STDOUT if output is not PIPE else None,
    )


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


async def _answers(port: int, server: Process) -> None:
    end = time.perf_counter() + STARTS_WITHIN
    while server.returncode is None and time.perf_counter() < end:
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            await asyncio.sleep(0.2)
        else:
            writer.close()
            return
    raise RuntimeError("the server does not answer; see server.log")


def apart(work: Callable[..., Any], *arguments: Any) -> Any:
    """In a process of its own: what it takes is not to stay with the people who browse."""
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as process:
        return process.submit(work, *arguments).result()


def report(module: str, *options: str) -> dict[str, Any]:
    """What a module of ours prints in a process of its own. Raises RuntimeError with its last
    words where it fails."""
    command = [sys.executable, "-m", module, *options]
    # Streamlit says of every run outside a server that it is one: only a failure is worth showing.
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f"{module}: {done.stderr[-2000:]}")
    return json.loads(done.stdout)
