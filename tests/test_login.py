"""Logging in, in a real browser and with a real provider of logins: in, out, and not at all."""

import re
import subprocess
import sys
from contextlib import contextmanager
from urllib.request import Request, urlopen

import pytest
from builders import EAST, SIGNS, WEST, SmallWorld, make_case, write_small_world
from live_site import Reader, chromium, free_port, serving
from playwright.sync_api import expect

from registry import db
from registry.access import DEPUTY, DISTRICT, REFORM_OFFICE
from registry.catalogue import read_catalogue
from registry.roles import grant_role, revoke_role

pytestmark = pytest.mark.slow
SECRETS = """[auth]
redirect_uri = "http://127.0.0.1:{port}/oauth2callback"
cookie_secret = "{secret}"
client_id = "registry"
client_secret = "of the test"
server_metadata_url = "http://127.0.0.1:{provider}/.well-known/openid-configuration"
"""
STYLES_OF_THE_PROVIDER = "https://cdn.jsdelivr.net/**"


@pytest.fixture(scope="module")
def browser():
    with chromium() as started:
        yield started


@pytest.fixture
def world(small_intake, tmp_path):
    """Two districts' logs, each with a case that waits for its review."""
    files = write_small_world(tmp_path / "files") if (tmp_path / "files").mkdir() is None else None
    made = SmallWorld(small_intake.engine, files, tmp_path)
    waiting = {"review_required": "yes", "review_requested_on": "2021-03-20", "decided_on": ""}
    filed = {"filed_on": "2021-03-19", "outcome": ""}
    made.send([make_case(fine_cny="100"), make_case(case_no="东等1号", **waiting, **filed)])
    west = {"unit": "990102001", "power": SIGNS, "case_no": "西等1号"}
    made.send([make_case(**west, **waiting, **filed)], WEST)
    return made


@contextmanager
def login_site(world, folder):
    """The address of a dashboard that people log in to."""
    port, provider = free_port(), free_port()
    with provider_of_logins(provider):
        (folder / ".streamlit").mkdir()
        text = SECRETS.format(port=port, secret="s" * 40, provider=provider)
        (folder / ".streamlit" / "secrets.toml").write_text(text)
        url = world.engine.url.render_as_string(hide_password=False)
        with serving(url, folder, port) as address:
            yield address


@contextmanager
def provider_of_logins(port):
    """One that lets anybody in under any name."""
    command = [sys.executable, "-m", "oidc_provider_mock", "--port", str(port)]
    started = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    try:
        yield
    finally:
        started.terminate()
        started.wait(timeout=20)


@pytest.fixture
def reader(browser):
    made = Reader(browser, 1400)
    made.page.route(STYLES_OF_THE_PROVIDER, lambda route: route.fulfill(body=""))
    yield made
    made.context.close()


def give(world, login, role, district=""):
    with db.writing(world.engine) as connection:
        grant_role(connection, read_catalogue(connection), login, role, district, "test")


def take(world, login):
    with db.writing(world.engine) as connection:
        revoke_role(connection, login, "test")


def log_in(page, login):
    page.get_by_role("button", name="登录").click()
    page.locator("input[name=sub]").fill(login)
    page.locator("[type=submit]").first.click()


def body(page):
    return page.locator("[data-testid=stMain]")


def test_a_login_sees_what_its_role_gives_from_click_to_click(world, reader, tmp_path):
    with login_site(world, tmp_path) as site:
        page = reader.visit(f"{site}exercise?district={EAST}&from=2021-01&to=2021-03")
        expect(body(page)).to_contain_text("请先登录")
        assert "履行率" not in body(page).inner_text()

        log_in(page, "alice")
        expect(body(page)).to_contain_text("「alice」还没有角色")
        assert re.search(rf"/exercise\?.*district={EAST}", page.url)  # back where it began
        assert "履行率" not in body(page).inner_text()

        give(world, "alice", DEPUTY)
        page.reload()
        expect(page.get_by_role("heading", name="职权履行率", exact=True)).to_be_visible()
        expect(page.locator("[data-testid=stSidebar]")).to_contain_text("人大代表")
        for hidden in ("intake", "admin"):
            reader.visit(f"{site}{hidden}")
            expect(body(page)).to_contain_text("人大代表")
            assert page.locator("[data-testid=stForm], [data-testid=stFileUploader]").count() == 0
        reader.visit(f"{site}review?from=2021-01&to=2021-03")
        assert "等1号" not in body(page).inner_text()

        give(world, "alice", DISTRICT, EAST)
        reader.visit(f"{site}review?from=2021-01&to=2021-03&as_of=2021-03-31")
        page.get_by_text("逐件清单").click()
        expect(body(page)).to_contain_text("东等1号")
        assert "西等1号" not in page.content()

        take(world, "alice")
        page.get_by_role("link", name="职权履行率").first.click()
        expect(body(page)).to_contain_text("还没有角色")
        page.get_by_role("button", name="退出登录").click()
        page.get_by_role("button", name="End session").click()  # the provider's own page
        expect(body(page)).to_contain_text("请先登录")


def test_without_a_login_no_path_shows_anything(world, reader, tmp_path):
    pages = "overview review intake admin"  # each page is opened in test_access_pages
    with login_site(world, tmp_path) as site:
        for name in pages.split():
            page = reader.visit(site + name)
            expect(body(page)).to_contain_text("请先登录")
            assert page.locator("table, .js-plotly-plot").count() == 0


def refused(page, link):
    """The status and the sentence with which a link is refused."""
    answer = page.goto(link)
    assert answer.headers["content-type"] == "application/problem+json"
    return answer.status, answer.json()["detail"]


def test_a_link_to_a_file_opens_for_its_reader_and_only_while_they_may(
    world, reader, browser, tmp_path
):
    give(world, "alice", DISTRICT, EAST)
    give(world, "bob", DISTRICT, WEST)
    other = Reader(browser, 1400)
    other.page.route(STYLES_OF_THE_PROVIDER, lambda route: route.fulfill(body=""))
    with login_site(world, tmp_path) as site:
        page = reader.visit(f"{site}review?from=2021-01&to=2021-03&as_of=2021-03-31")
        log_in(page, "alice")
        button = page.get_by_role("link", name="下载 CSV").first
        with page.expect_download() as waiting:
            button.click()
        assert "东等1号" in waiting.value.path().read_text(encoding="utf-8-sig")
        assert waiting.value.suggested_filename == "review_waiting_2021-03-31.csv"
        link = site + button.get_attribute("href").removeprefix("./")

        log_in(other.visit(f"{site}methods"), "bob")
        expect(other.page.locator("[data-testid=stSidebar]")).to_contain_text("区司法局")
        status, said = refused(other.page, link)
        assert (status, f"不能办理 {EAST}" in said) == (403, True)

        take(world, "alice")
        status, said = refused(page, link)
        assert (status, "「alice」还没有角色" in said) == (403, True)

        give(world, "alice", DISTRICT, EAST)
        reader.visit(f"{site}methods")
        page.get_by_role("button", name="退出登录").click()
        page.get_by_role("button", name="End session").click()  # the provider's own page
        expect(body(page)).to_contain_text("请先登录")
        assert refused(page, link) == (401, "请先登录")
    other.context.close()


def test_cookies_of_a_login_are_kept_from_scripts_and_end_with_it(world, reader, tmp_path):
    give(world, "office", REFORM_OFFICE)
    with login_site(world, tmp_path) as site:
        page = reader.visit(f"{site}admin")
        log_in(page, "office")
        expect(body(page)).to_contain_text("1 个登录标识有角色")
        cookie = next(c for c in reader.context.cookies() if c["name"] == "_streamlit_user")
        now = page.evaluate("Date.now() / 1000")
        assert (cookie["httpOnly"], cookie["sameSite"]) == (True, "Lax")
        assert cookie["expires"] - now < 8 * 3600 + 5
        assert "_came_from" not in {c["name"] for c in reader.context.cookies()}


def test_the_public_view_shows_aggregates_and_takes_nothing_in(world, reader, tmp_path):
    url = world.engine.url.render_as_string(hide_password=False)
    with serving(url, tmp_path, REGISTRY_PUBLIC="only") as site:
        page = reader.visit(f"{site}exercise?from=2021-01&to=2021-03")
        expect(page.get_by_role("heading", name="职权履行率", exact=True)).to_be_visible()
        expect(page.locator("[data-testid=stSidebar]")).to_contain_text("公众")
        for hidden in ("intake", "admin"):
            reader.visit(f"{site}{hidden}")
            expect(body(page)).to_contain_text("公众")
        assert page.get_by_role("link", name="台账导入").count() == 0
        assert reader.wrong == []


def test_after_a_login_only_places_here_are_returned_to(world, tmp_path):
    with login_site(world, tmp_path) as site:
        for elsewhere in ("https://example.org/", f"{site}/example.org", ""):
            asked = Request(f"{site}oauth2callback?error=denied", headers={"cookie": elsewhere})
            assert urlopen(asked).url.startswith(site)
