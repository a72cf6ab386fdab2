"""The dashboard for a browser: a real server over a database, and a reader who hears of errors."""

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from urllib.error import URLError
from urllib.parse import urlsplit
from urllib.request import urlopen

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from registry.settings import ROOT

CHROMIUM = Path("/usr/bin/chromium")
AXE, AXE_VERSION = ROOT / ".venv" / "axe", "4.14.1"
FINDINGS = """async () => (await axe.run(document)).violations
  .filter(v => ['serious', 'critical'].includes(v.impact))
  .flatMap(v => v.nodes.map(n => [v.id, n.target.join(' '), n.html.slice(0, 200)]))"""
SERVE = "import sys; from registry.server import serve; serve('127.0.0.1', int(sys.argv[1]))"
SETTLED = """() => document.querySelector('[data-testid=stApp]')?.dataset.testScriptState
  === 'notRunning' && !document.querySelector('[data-testid=stSkeleton],[data-stale=true]')
  && document.querySelector('h1')"""


def refuse(reason: str) -> None:
    """Skip what this machine cannot run; with REQUIRE_ALL=1, fail."""
    (pytest.fail if os.environ.get("REQUIRE_ALL") == "1" else pytest.skip)(reason)


def serious_findings(page: Page) -> list[list[str]]:
    """What axe-core, installed by npm once, finds serious or critical on a page as it stands."""
    page.evaluate(_axe_source())
    return page.evaluate(FINDINGS)


@lru_cache(maxsize=1)
def _axe_source() -> str:
    source = AXE / "node_modules" / "axe-core" / "axe.min.js"
    if not source.exists():
        npm = shutil.which("npm")
        if npm is None:
            refuse("npm is missing")
        command = [npm, "install", "--prefix", str(AXE), "--no-save", f"axe-core@{AXE_VERSION}"]
        AXE.mkdir(parents=True, exist_ok=True)
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
        if done.returncode:
            refuse(f"npm: {done.stderr}")
    return source.read_text(encoding="utf-8")


@contextmanager
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield started
        started.close()


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@contextmanager
def serving(database: str, folder: Path, port: int = 0, **environment: str) -> Iterator[str]:
    """The address of a dashboard over `database`, served from `folder`."""
    port = port or free_port()
    log = folder / "server.log"
    with log.open("w") as output:
        server = subprocess.Popen(
            [sys.executable, "-c", SERVE, str(port)],
            cwd=folder,
            env=os.environ | {"REGISTRY_DATABASE_URL": database} | environment,
            stdout=output,
            stderr=output,
        )
        try:
            address = f"http://127.0.0.1:{port}/"
            _wait_for(address + "_stcore/health", server, log)
            yield address
        finally:
            server.terminate()
            server.wait(timeout=20)


def _wait_for(address: str, server: subprocess.Popen, log: Path, seconds: float = 90) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end and server.poll() is None:
        try:
            with urlopen(address, timeout=5):
                return
        except (URLError, OSError):
            time.sleep(0.2)
    raise AssertionError(f"the server does not answer:\n{log.read_text()}")


class Reader:
    """A page that remembers everything that went wrong on it."""

    def __init__(self, browser: Browser, width: int, scheme: str = "light") -> None:
        self.context = browser.new_context(
            viewport={"width": width, "height": 1000}, color_scheme=scheme, locale="zh-CN"
        )
        self.page = self.context.new_page()
        self.wrong: list[str] = []
        self.page.on("console", self._hear)
        self.page.on("pageerror", lambda error: self.wrong.append(f"page error: {error}"))
        self.page.on("request", lambda request: self._watch(request.url))

    def _hear(self, message) -> None:
        if message.type == "error":
            self.wrong.append(f"console: {message.text}")

    def _watch(self, url: str) -> None:
        parts = urlsplit(url)
        if parts.scheme not in ("data", "blob") and parts.hostname != "127.0.0.1":
            self.wrong.append(f"request: {url}")

    def open(self, address: str) -> Page:
        """The overview, drawn to its end."""
        self.page.goto(address)
        expect(self.page.locator(".js-plotly-plot").first).to_be_visible(timeout=60_000)
        running = self.page.locator("[data-testid=stApp]")
        expect(running).to_have_attribute("data-test-script-state", "notRunning", timeout=60_000)
        return self.page

    def visit(self, address: str) -> Page:
        """Any page, drawn to its end."""
        self.page.goto(address)
        return self.settled()

    def settled(self) -> Page:
        self.page.wait_for_function(SETTLED, timeout=60_000)
        return self.page

    def save(self, path: Path) -> None:
        """The whole page as a picture."""
        width = self.page.viewport_size["width"]
        main = self.page.locator("[data-testid=stMain]")
        for _ in range(2):  # a taller window may make charts draw anew
            height = main.evaluate("element => element.scrollHeight")
            self.page.set_viewport_size({"width": width, "height": height})
            self.page.wait_for_timeout(500)
        self.page.screenshot(path=path)
        self.page.set_viewport_size({"width": width, "height": 1000})

    def close(self) -> None:
        self.context.close()
        assert self.wrong == []
