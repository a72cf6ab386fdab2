"""The dashboard as a reader meets it: a real server, a real browser, wide and narrow.

Any console error, any error of the page and any request to another host fails the test. With
REGISTRY_SCREENSHOTS=FOLDER each view is also saved as a PNG to be looked at.
"""

import os
import re
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import openpyxl
import page_world as world
import pytest
from live_site import CHROMIUM, Reader, chromium, refuse, serving
from playwright.sync_api import Browser, Download, Page, TimeoutError, expect

# A part of the page that the browser loads late may take seconds on a busy machine.
expect.set_options(timeout=20_000)

MONTHS = [202007, 202008, 202009, 202010]

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    if not CHROMIUM.exists():
        refuse(f"{CHROMIUM} is missing")
    with chromium() as started:
        yield started


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a dashboard over the shipped catalogue, served from a foreign folder."""
    folder = tmp_path_factory.mktemp("site")
    url = world.sqlite_url(folder)
    world.busy_beijing(url, MONTHS, missing=1)
    with serving(url, folder) as address:
        yield address


def save(reader: Reader, name: str) -> None:
    if folder := os.environ.get("REGISTRY_SCREENSHOTS"):
        reader.save(Path(folder) / f"{name}.png")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1400, 400])
def test_the_overview_shows_its_headline_figures(
    browser: Browser, site: str, width: int, scheme: str
) -> None:
    reader = Reader(browser, width, scheme)
    page = reader.open(site)
    for words in (
        "持有职权（项）",
        "全市职权履行率",
        "目前也仅达到47%",
        "期间内未见行使记录的来源部门",
    ):
        expect(page.get_by_text(words).first).to_be_visible()
    metrics = page.locator("[data-testid=stMetricValue]")
    expect(metrics.first).to_have_text("431")
    expect(metrics.nth(1)).to_contain_text("/431)")
    expect(metrics.nth(2)).to_have_text("47\xa0%")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.evaluate("document.documentElement.lang") == "zh-CN"
    save(reader, f"overview-{width}-{scheme}")
    reader.close()


def test_no_words_are_cut_off_on_a_phone(browser: Browser, site: str) -> None:
    reader = Reader(browser, 400)
    page = reader.open(site)
    cut = page.locator("[data-testid=stMetricValue] *").evaluate_all(
        "all => all.filter(e => e.scrollWidth > e.clientWidth + 1 && e.clientWidth > 0)"
        ".map(e => e.textContent)"
    )
    assert cut == []
    reader.close()


def test_scales_of_shares_end_with_the_whole(browser: Browser, site: str) -> None:
    reader = Reader(browser, 400)
    page = reader.open(site)
    for title in ("占全程持有的职权（%）", "报送完整度（%）"):
        chart = page.locator(".js-plotly-plot", has=page.get_by_text(title, exact=True))
        expect(chart.locator(".xtick").filter(has_text="100%")).to_be_visible()
    reader.close()


def test_the_menu_speaks_the_pages_language(browser: Browser, site: str) -> None:
    reader = Reader(browser, 1400)
    page = reader.open(site)
    page.get_by_test_id("stMainMenuButton").click()
    shown = page.get_by_test_id("stMainMenuPopover")
    written = shown.get_by_test_id(re.compile("^stMainMenuItem(Label$|-theme)"))
    overlaid = [
        one.evaluate("one => getComputedStyle(one, '::after').content")
        for one in written.all()
        if one.is_visible()
    ]
    assert overlaid == ['"系统"', '"浅色"', '"深色"', '"打印"']
    expect(shown.get_by_text("Made with Streamlit")).to_be_hidden()
    reader.close()


def test_every_cell_of_the_matrix_carries_its_words(browser: Browser, site: str) -> None:
    reader = Reader(browser, 400)
    page = reader.open(site)
    cells = page.locator(".js-plotly-plot").first.locator(".heatmap-label")
    expect(cells.filter(has_text=re.compile(r"\d/\d"))).to_have_count(16 * 5)
    reader.close()


def choose(page: Page, label: str, option: str) -> None:
    page.get_by_role("combobox", name=label).click()
    page.get_by_role("option", name=option, exact=True).click()


def entries(page: Page) -> int:
    return page.evaluate("history.length")


def test_a_link_opens_its_window_and_back_returns(browser: Browser, site: str) -> None:
    reader = Reader(browser, 1400)
    page = reader.open(f"{site}?from=2020-08&to=2020-09")
    expect(page.get_by_text("期间 2020年8月至2020年9月").first).to_be_visible()
    choose(page, "起始月", "2020年9月")
    expect(page.get_by_text("期间 2020年9月；").first).to_be_visible()
    page.wait_for_url("**/?from=2020-09&to=2020-09")
    page.go_back()
    expect(page.get_by_text("期间 2020年8月至2020年9月").first).to_be_visible()
    expect(page).to_have_url(f"{site}?from=2020-08&to=2020-09")
    reader.close()


@pytest.mark.parametrize(
    ("query", "window"),
    [
        ("?from=2020-08&to=2020-09", "期间 2020年8月至2020年9月；"),
        ("?lang=en&from=2020-08&to=2020-09", "Window August 2020 to September 2020;"),
    ],
)
def test_a_copied_link_opens_the_same_view_in_either_language(
    browser: Browser, site: str, query: str, window: str
) -> None:
    reader = Reader(browser, 1400)
    page = reader.open(site + query)
    expect(page.get_by_text(window).first).to_be_visible()
    before, address = entries(page), page.url
    other = "中文" if "lang=en" in query else "English"
    page.get_by_text(other, exact=True).click()
    expect(page.get_by_text(window)).to_have_count(0)
    page.wait_for_function("address => location.href != address", arg=address)
    assert set(page.url.partition("?")[2].split("&")) ^ set(query[1:].split("&")) == {"lang=en"}
    assert entries(page) == before + 1
    copied = Reader(browser, 1400)
    expect(copied.open(page.url).get_by_text("431").first).to_be_visible()
    assert copied.page.locator("h1").inner_text() == page.locator("h1").inner_text()
    assert copied.page.url == page.url
    page.go_back()
    expect(page.get_by_text(window).first).to_be_visible()
    assert page.evaluate("document.documentElement.lang") == (
        "en" if "lang=en" in query else "zh-CN"
    )
    reader.close()
    copied.close()


def test_each_change_is_one_step_of_the_history(browser: Browser, site: str) -> None:
    reader = Reader(browser, 1400)
    page = reader.open(site)
    before = entries(page)
    choose(page, "起始月", "2020年8月")
    page.wait_for_url("**/?from=2020-08")
    choose(page, "截止月", "2020年9月")
    page.wait_for_url("**/?from=2020-08&to=2020-09")
    assert entries(page) == before + 2
    page.go_back()
    expect(page.get_by_text("期间 2020年8月至2020年10月；").first).to_be_visible()
    page.go_back()
    expect(page.get_by_text("期间 2020年7月至2020年10月；").first).to_be_visible()
    assert page.url == site
    page.go_forward()
    expect(page.get_by_text("期间 2020年8月至2020年10月；").first).to_be_visible()
    reader.close()


def test_what_a_link_cannot_mean_leaves_its_address(browser: Browser, site: str) -> None:
    reader = Reader(browser, 1400)
    page = reader.open(f"{site}?from=2020-08&to=1999-01&district=nowhere&lang=xx")
    expect(page.get_by_text("期间 2020年8月至2020年10月；").first).to_be_visible()
    page.wait_for_url("**/?from=2020-08")
    reader.close()


def test_links_to_other_pages_keep_the_filters(browser: Browser, site: str) -> None:
    reader = Reader(browser, 1400)
    page = reader.open(f"{site}?lang=en&from=2020-08&district=110105")
    page.get_by_role("link", name="Methods").click()
    expect(page.locator("h1")).to_have_text("Methods")
    expect(page).to_have_url(f"{site}methods?lang=en&from=2020-08&district=110105")
    page.get_by_role("link", name="Overview").click()
    expect(page.get_by_text("Window August 2020 to October 2020;").first).to_be_visible()
    expect(page).to_have_url(f"{site}?lang=en&from=2020-08&district=110105")
    page.go_back()
    expect(page.locator("h1")).to_have_text("Methods")
    page.go_back()
    expect(page.get_by_text("Window August 2020 to October 2020;").first).to_be_visible()
    reader.close()


@pytest.mark.parametrize("name", ["exercise", "powers", "intake", "methods"])
def test_a_page_opened_by_its_address_has_the_side_bar(
    browser: Browser, site: str, name: str
) -> None:
    reader = Reader(browser, 1400)
    page = reader.visit(f"{site}{name}?lang=en")
    for title in ("Overview", "Exercise rate", "Powers", "Intake", "Methods"):
        expect(page.get_by_role("link", name=title, exact=True)).to_be_visible()
    reader.close()


def click_cell(page: Page, column: float, row: float) -> None:
    """Click the rate map at these shares of its width and height."""
    area = page.locator("[class*=st-key-drill] .nsewdrag")
    expect(area).to_have_count(1)  # the drawing before is gone
    area.evaluate("area => area.scrollIntoView({block: 'center'})")
    page.wait_for_timeout(500)
    box = area.bounding_box()
    at = box["x"] + box["width"] * column, box["y"] + box["height"] * row
    page.mouse.move(*at)
    page.wait_for_timeout(300)
    page.mouse.click(*at)


@pytest.mark.parametrize("name", ["district", "exercise"])
def test_narrowing_the_open_page_is_in_the_address_and_back_returns(
    browser: Browser, site: str, name: str
) -> None:
    reader = Reader(browser, 1400)
    page = reader.page
    page.goto(f"{site}{name}")
    page.get_by_role("button", name="朝阳区").first.click(timeout=60_000)
    page.wait_for_url(f"{site}{name}?district=110105")
    page.go_back()
    expect(page.get_by_role("button", name="朝阳区").first).to_be_visible()
    assert page.url == f"{site}{name}"
    reader.close()


def test_a_click_on_a_cell_drills_and_back_returns(browser: Browser, site: str) -> None:
    reader = Reader(browser, 1400)
    page = reader.open(f"{site}exercise?from=2020-08")
    before = entries(page)
    click_cell(page, 0.01, 2.4 / 16)  # a corner of the third of 16 districts, first department
    page.wait_for_url(f"{site}exercise?from=2020-08&district=110105&department=urban_management")
    expect(page.get_by_text("43 个街道、乡镇中").first).to_be_visible()
    click_cell(page, 0.5, 21.5 / 43)
    page.wait_for_url(
        f"{site}exercise?from=2020-08&district=110105&unit=110105022&department=urban_management"
    )
    expect(page.get_by_text("没有分布可看")).to_be_visible()
    assert entries(page) == before + 2
    page.go_back()
    expect(page.get_by_text("43 个街道、乡镇中").first).to_be_visible()
    page.go_back()
    expect(page.get_by_text("16 个区中").first).to_be_visible()
    assert page.url == f"{site}exercise?from=2020-08"
    click_cell(page, 0.01, 2.4 / 16)
    page.wait_for_url("**district=110105&department=urban_management")
    reader.close()


def test_a_district_of_the_map_is_a_link_and_back_returns(browser: Browser, site: str) -> None:
    reader = Reader(browser, 1400)
    page = reader.open(f"{site}?from=2020-08")
    before = entries(page)
    district = page.get_by_role("link", name=re.compile("^朝阳区 "))
    expect(district).to_have_attribute("href", "./exercise?from=2020-08&district=110105")
    for follow in (district.click, lambda: district.press("Enter")):
        follow()
        page.wait_for_url(f"{site}exercise?from=2020-08&district=110105")
        expect(page.locator("h1")).to_have_text("职权履行率")
        assert entries(page) == before + 1
        page.go_back()
        expect(page.locator("h1")).to_have_text("总览")
        assert page.url == f"{site}?from=2020-08"
    reader.close()


def test_a_link_of_a_table_stays_in_its_tab_and_back_returns(browser: Browser, site: str) -> None:
    reader = Reader(browser, 1400)
    page = reader.page
    page.goto(f"{site}powers?from=2020-08&department=water_affairs")
    link = page.locator("[data-testid=stTable] a").first
    expect(link).to_be_visible(timeout=60_000)
    code, before = link.inner_text(), entries(page)
    for follow in (link.click, lambda: link.press("Enter")):
        follow()
        page.wait_for_url(f"{site}powers?from=2020-08&department=water_affairs&power={code}")
        expect(page.get_by_role("heading", name=re.compile(f"^{code} "))).to_be_visible()
        assert (entries(page), len(reader.context.pages)) == (before + 1, 1)
        page.go_back()
        expect(link).to_have_text(code)
    reader.close()


@pytest.mark.parametrize("width", [1400, 400])
def test_every_district_of_the_map_is_named(browser: Browser, site: str, width: int) -> None:
    reader = Reader(browser, width)
    page = reader.open(site)
    drawn = page.locator(".map a")
    expect(drawn).to_have_count(16)
    shown = page.locator(".map g text, .map li")
    words = [one.text_content() for one in shown.all() if one.is_visible()]
    names = [one.get_attribute("aria-label").split()[0] for one in drawn.all()]
    assert [name for name in names if not any(name in word for word in words)] == []
    reader.close()


CELLS = """all => all.map(label => [label.textContent, label.getBoundingClientRect().width])"""


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_words_of_a_cell_fit_it_on_a_phone(browser: Browser, site: str, language: str) -> None:
    reader = Reader(browser, 400)
    page = reader.open(f"{site}?lang={language}&from=2020-07")
    chart = page.locator(".js-plotly-plot").first
    across = chart.locator(".nsewdrag").bounding_box()["width"] / 5
    cells = chart.locator(".heatmap-label").evaluate_all(CELLS)
    assert [cell for cell in cells if cell[1] > across - 2] == []
    reader.close()


def test_a_table_that_goes_on_fades_until_it_is_scrolled_to_its_end(
    browser: Browser, site: str
) -> None:
    reader = Reader(browser, 400)
    page = reader.page
    page.goto(f"{site}powers")
    table = page.locator("[data-testid=stTable] > div:has(tbody a)").first
    expect(table).to_be_visible(timeout=60_000)
    fade = "all => getComputedStyle(all).getPropertyValue('--fade')"
    assert table.evaluate(fade) == "48px"
    table.evaluate("all => all.scrollTo(all.scrollWidth, 0)")
    page.wait_for_timeout(300)
    assert table.evaluate(fade) == "0px"
    reader.close()


def test_choices_in_two_lines_have_whole_borders(browser: Browser, site: str) -> None:
    reader = Reader(browser, 400)
    page = reader.open(f"{site}exercise?lang=en")
    choices = page.locator("[data-testid=stButtonGroup] [role=radio]")
    for side in ("left", "right"):
        widths = f"all => all.map(one => getComputedStyle(one)['border-{side}-width'])"
        assert set(choices.evaluate_all(widths)) == {"1px"}
    reader.close()


def test_the_table_is_one_click_away(browser: Browser, site: str) -> None:
    reader = Reader(browser, 1400)
    page = reader.open(site)
    page.get_by_text("查看数据表与下载").first.click()
    expect(page.get_by_role("cell", name="/393)").first).to_be_visible()
    reader.close()


def taken(page: Page, name: str) -> Download:
    """What a button gives; on a machine with much else to do a press may get lost, and a reader
    presses again."""
    button = page.get_by_role("button", name=name).first
    for _ in range(3):
        with suppress(TimeoutError):
            with page.expect_download(timeout=10_000) as waiting:
                button.click()
            return waiting.value
    raise AssertionError(name)


def test_a_table_can_be_taken_home(browser: Browser, site: str, tmp_path: Path) -> None:
    reader = Reader(browser, 1400)
    page = reader.open(f"{site}?lang=en")
    page.get_by_text("Table and downloads").first.click()
    for ending in ("CSV", "XLSX"):
        download = taken(page, f"Download {ending}")
        download.save_as(tmp_path / f"table.{ending}")
        assert download.suggested_filename == (
            f"exercise_rate_district-department_2020-07..2020-10.{ending.lower()}"
        )
    content = (tmp_path / "table.CSV").read_bytes()
    assert content.startswith("\ufeffdistrict,district_name,department".encode())
    assert b"110105,Chaoyang District,urban_management,Urban management" in content
    workbook = openpyxl.load_workbook(tmp_path / "table.XLSX")
    assert workbook.sheetnames == ["Data", "Notes"]
    reader.close()


def test_a_chart_can_be_taken_home_as_a_picture(
    browser: Browser, site: str, tmp_path: Path
) -> None:
    reader = Reader(browser, 1400)
    page = reader.open(site)
    (button,) = page.locator(".js-plotly-plot").first.locator(".modebar-btn").all()
    assert button.get_attribute("data-title") == "下载图片（PNG）"
    with page.expect_download() as waiting:
        button.click()
    waiting.value.save_as(tmp_path / "chart.png")
    assert (tmp_path / "chart.png").read_bytes().startswith(b"\x89PNG")
    reader.close()
