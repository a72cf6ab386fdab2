"""The demo of Beijing as a published site, met from file:// in a real browser."""

import fcntl
from collections.abc import Iterator
from itertools import product
from pathlib import Path

import pytest
from live_site import CHROMIUM, chromium, refuse, serious_findings
from playwright.sync_api import Browser, Page
from published import Site

from registry import db
from registry.access import VISITOR, acting
from registry.publish.folder import write_folder
from registry.publish.site import site_files
from registry.window import today_in_beijing

pytestmark = pytest.mark.slow

MEGABYTES = 20
KINDS = (
    *("index", "exercise", "staffing", "districts", "district/110105", "powers"),
    *("power/UM153", "power/UM390", "methods", "data"),
)
WIDE = "document.documentElement.scrollWidth"
LOADED = "performance.getEntriesByType('navigation')[0].loadEventEnd"
CUT = """() => [...document.querySelectorAll('svg')].flatMap(svg => {
  const box = svg.getBoundingClientRect()
  return [...svg.querySelectorAll('text')].filter(text => {
    const own = text.getBoundingClientRect()
    return own.left < box.left - 1 || own.right > box.right + 1 || own.bottom > box.bottom + 1
      || own.top < box.top - 1
  }).map(text => text.textContent)
})"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    if not CHROMIUM.exists():
        refuse(f"{CHROMIUM} is missing")
    with chromium() as started:
        yield started


@pytest.fixture(scope="module")
def folder(demo_database, tmp_path_factory) -> Path:
    """The site of the demo, written once for all workers."""
    shared = tmp_path_factory.getbasetemp().parent
    site = shared / "published-demo"
    with (shared / "published.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not site.exists():
            with acting(VISITOR), db.reading(db.engine_for(f"sqlite:///{demo_database}")) as found:
                write_folder(site, site_files(found, today_in_beijing()))
    return site


@pytest.fixture(scope="module")
def site(folder) -> Site:
    paths = (path for path in folder.rglob("*") if path.is_file())
    return Site({path.relative_to(folder).as_posix(): path.read_bytes() for path in paths})


def test_beijing_fits_into_its_size_with_every_power_and_district(site: Site) -> None:
    assert sum(map(len, site.files.values())) < MEGABYTES * 10**6
    assert len([path for path in site.files if path.startswith("zh/power/")]) == 452
    assert len([path for path in site.files if path.startswith("en/district/")]) == 16
    assert list(site.broken_links()) == []


def test_no_page_leaves_out_that_the_demo_is_made_up(site: Site) -> None:
    words = ("演示数据：案件均为合成", "Demo data: all cases are synthetic")
    silent = [path for path, page in site.pages.items() if not any(w in page.text for w in words)]
    assert silent == []


def test_no_count_of_a_unit_and_a_power_leaves(site: Site) -> None:
    told = {cell for _file, cell in site.figures_of_units()}
    assert told == {"", "0", "1-2", "3+"}  # every unit of the demo returned something
    codes = {row["unit"] for row in site.rows("rates_by_unit")}
    assert len(codes) == 343
    for path, page in site.pages.items():
        assert not [code for code in codes if code in page.text], path


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("kind", KINDS)
def test_a_page_opens_from_a_file_whole_and_for_everyone(
    browser: Browser, folder: Path, kind: str, language: str
) -> None:
    page = browser.new_page(viewport={"width": 1400, "height": 1000})
    wrong: list[str] = []
    page.on("console", lambda message: wrong.append(message.text))
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("requestfailed", lambda request: wrong.append(f"failed {request.url}"))
    page.on("request", lambda one: wrong.append(one.url) if _is_elsewhere(one.url) else None)
    address = f"file://{folder}/{language}/{kind}.html"
    assert min(_opened(page, address) for _again in range(3)) < 1000
    assert page.evaluate("getComputedStyle(document.body).fontSize") == "16px"  # the style came
    for width in (1400, 400):
        page.set_viewport_size({"width": width, "height": 1000})
        assert page.evaluate(WIDE) <= width
        assert page.evaluate(CUT) == []
    assert wrong == []
    # From here on axe itself fetches what it looks at.
    for width, scheme in product((1400, 400), ("light", "dark")):
        page.set_viewport_size({"width": width, "height": 1000})
        page.emulate_media(color_scheme=scheme)
        assert serious_findings(page) == []
    page.close()


def _opened(page: Page, address: str) -> float:
    """Milliseconds until it stands; other tests run beside, which the quickest of a few shows
    least of."""
    page.goto(address)
    return page.evaluate(LOADED)


def _is_elsewhere(url: str) -> bool:
    return not url.startswith(("file://", "data:"))


@pytest.mark.parametrize("kind", ["index", "district/110105", "power/UM153"])
def test_a_page_prints_dark_on_white_and_whole(browser: Browser, folder: Path, kind: str) -> None:
    page = browser.new_page(viewport={"width": 703, "height": 1000}, color_scheme="dark")
    page.goto(f"file://{folder}/zh/{kind}.html")
    written = page.pdf(format="A4")
    assert written.startswith(b"%PDF")
    assert len(written) > 20_000
    page.emulate_media(media="print", color_scheme="dark")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert page.evaluate("getComputedStyle(document.body).color") == "rgb(0, 0, 0)"
    assert page.evaluate(WIDE) <= 703
    assert page.evaluate(CUT) == []
    assert not page.locator("nav").is_visible()
    page.close()


def test_the_front_page_leads_to_both_languages_and_each_to_the_other(
    browser: Browser, folder: Path
) -> None:
    page = browser.new_page()
    page.goto(f"file://{folder}/index.html")
    page.get_by_role("link", name="中文").click()
    assert page.title() == "总览 · 下放职权台账"
    page.get_by_role("link", name="延庆区 至少").first.click()
    assert page.locator("h1").text_content() == "延庆区"
    page.get_by_role("link", name="English").click()
    assert page.locator("h1").text_content() == "Yanqing District"
    assert serious_findings(page) == []
    page.close()
