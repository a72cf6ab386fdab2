"""Pages on paper: what can only be clicked stays away, nothing is cut, words are dark on white."""

from collections.abc import Iterator

import page_world as world
import pytest
from live_site import CHROMIUM, Reader, chromium, refuse, serving
from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.slow

SHEET = 703
"""CSS pixels between the margins of an A4 sheet: 210 - 2 × 12 mm at 96 to the inch."""

PAGES = (
    "",
    "exercise?district=110105",
    "powers",
    "powers?power=WA001",
    "review",
    "district?district=110105",
    "adjustment",
    "intake",
    "methods",
)
HIDDEN = ("stSidebar", "stHeader", "stButton", "stDownloadButton", "stFileUploader", "stPageLink")
WIDTHS = "all => all.map(one => Math.round(one.getBoundingClientRect().width))"
CUT = """all => all.filter(one => one.scrollHeight > one.clientHeight + 1
  && getComputedStyle(one).overflowY !== 'visible').map(one => one.dataset.testid)"""
PALE = """() => [...document.querySelectorAll('h1, h2, h3, p, td, th, .xtick text, .ytick text')]
  .filter(one => one.checkVisibility()).map(one => {
    const style = getComputedStyle(one)
    return one instanceof SVGElement ? style.fill : style.color
  }).filter(color => color !== 'rgb(26, 26, 26)')"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    if not CHROMIUM.exists():
        refuse(f"{CHROMIUM} is missing")
    with chromium() as started:
        yield started


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("print")
    url = world.sqlite_url(folder)
    world.busy_beijing(url, [202007, 202008, 202009, 202010], missing=1)
    with serving(url, folder) as address:
        yield address


@pytest.fixture(params=PAGES)
def sheet(browser: Browser, site: str, request: pytest.FixtureRequest) -> Iterator[Page]:
    """A page as a printer meets it, from a wide window in the dark theme."""
    reader = Reader(browser, 1920, "dark")
    page = reader.visit(site + request.param)
    page.emulate_media(media="print", color_scheme="dark")
    yield page
    reader.close()


def test_a_printed_page_is_whole_and_readable(sheet: Page) -> None:
    for name in HIDDEN:
        shown = [one for one in sheet.get_by_test_id(name).all() if one.is_visible()]
        assert shown == [], name
    widths = sheet.locator(".js-plotly-plot, [data-testid=stBidiComponentRegular]").evaluate_all(
        WIDTHS
    )
    assert [width for width in widths if width > SHEET] == []
    assert sheet.locator("[data-testid=stTable], [data-testid=stTable] *").evaluate_all(CUT) == []
    assert sheet.evaluate(PALE) == []
    background = sheet.evaluate("getComputedStyle(document.body).backgroundColor")
    assert background == "rgb(255, 255, 255)"


def test_the_list_of_powers_goes_on_from_sheet_to_sheet(browser: Browser, site: str) -> None:
    reader = Reader(browser, 1400)
    content = reader.visit(f"{site}powers").pdf(prefer_css_page_size=True)
    assert content.count(b"/Type /Page\n") >= 10
    reader.close()


def test_the_chosen_filters_are_on_paper(browser: Browser, site: str) -> None:
    reader = Reader(browser, 1400)
    page = reader.visit(f"{site}exercise?district=110105")
    page.emulate_media(media="print")
    assert page.get_by_test_id("stMultiSelect").first.is_visible()
    assert "朝阳区" in page.get_by_test_id("stMultiSelect").first.inner_text()
    reader.close()


def test_the_largest_districts_units_fit_on_one_sheet(browser: Browser, site: str) -> None:
    reader = Reader(browser, 1400)
    page = reader.visit(f"{site}exercise?district=110105")
    page.emulate_media(media="print")
    height = page.locator(".js-plotly-plot").first.bounding_box()["height"]
    assert height <= 1032  # 297 - 2 × 12 mm
    reader.close()
