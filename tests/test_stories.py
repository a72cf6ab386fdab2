"""What people come to do, done in a browser from end to end; and whether everyone can use it.

Stories: find a rate and send its link; bring a messy log in, mend it, take it back; flag a power
and decide on it. axe-core goes over every page; it comes from npm into .venv/axe the first time.
"""

import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from urllib.parse import urljoin

import openpyxl
import page_world as world
import pytest
from builders import (
    E1,
    E2,
    EAST,
    LITTER,
    SIGNS,
    W1,
    W2,
    WELLS,
    make_case,
    write_small_world,
    write_table,
)
from command_line import CommandLine
from live_site import CHROMIUM, SETTLED, Reader, chromium, refuse, serious_findings, serving
from playwright.sync_api import Browser, Download, Locator, Page, expect
from playwright.sync_api import TimeoutError as Unanswered

from registry import db
from registry.intake.commit import import_log
from registry.intake.declaration import Declaration
from registry.window import Window

pytestmark = pytest.mark.slow

CHAOYANG, DONGCHENG = "110105", "110101"
UNIT = {CHAOYANG: "110105001", DONGCHENG: "110101001"}
MESSY = """关于报送2021年3月执法台账的附件,,,,,
序号,案号,执法单位,所涉事项,当事人,决定日期
1,京东罚字〔2021〕1号,东华门街道,UM010,张三,2021-03-05
2,京东罚字〔2021〕2号,东华门执法一组,UM011,李四,2021-03-06
3,京东罚字〔2021〕3号,景山街道,UM012,王五,三月某日
4,,景山街道,UM013,赵六,2021-03-08
5,京东罚字〔2021〕5号,景山街道,XX999,孙七,2021-03-09
合计,5,,,,
""".encode("gbk")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    if not CHROMIUM.exists():
        refuse(f"{CHROMIUM} is missing")
    with chromium() as started:
        yield started


def rows(district: str, powers: list[str], day: str) -> list[dict[str, str]]:
    """Penalties of the district's first unit, one a power."""
    return [
        {
            "case_no": f"〔{day[:4]}〕{district}-{power}号",
            "unit": UNIT[district],
            "power": power,
            "action": "penalty",
            "decided_on": day,
        }
        for power in powers
    ]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Chaoyang has used 7 of the 22 water powers in 2021, others before and after."""
    folder = tmp_path_factory.mktemp("stories")
    url = world.sqlite_url(folder)
    world.start(url)
    water = [f"WA{number:03d}" for number in range(1, 10)]
    chaoyang = [
        *rows(CHAOYANG, water[:7], "2021-05-01"),
        *rows(CHAOYANG, water[7:8], "2020-11-01"),
        *rows(CHAOYANG, water[8:], "2022-02-01"),
        *rows(CHAOYANG, ["UM001", "UM002"], "2021-06-01"),
    ]
    logs = {
        CHAOYANG: ("2020-07..2022-06", chaoyang),
        DONGCHENG: ("2021-03..2021-03", rows(DONGCHENG, ["UM001"], "2021-03-01")),
    }
    for district, (months, cases) in logs.items():
        path = write_table(folder / f"{district}.csv", cases, list(cases[0]))
        declared = Declaration((district,), Window.parse(months))
        import_log(path, declared, today=date(2023, 1, 1), actor="test", on=db.engine_for(url))
    with serving(url, folder) as address:
        yield address


def choose(page: Page, label: str | re.Pattern[str], option: str) -> None:
    page.wait_for_timeout(500)  # a page that is drawn anew closes the list
    page.wait_for_function(SETTLED)
    box = page.get_by_role("combobox", name=label)
    box.click()
    box.fill(option)
    page.get_by_role("option", name=option, exact=True).click()


def choose_some(page: Page, label: str, option: str) -> None:
    choose(page, label, option)
    page.keyboard.press("Escape")  # the list of a multiselect stays open


def press(page: Page, label: str) -> None:
    page.wait_for_timeout(500)
    page.wait_for_function(SETTLED)
    page.get_by_role("button", name=label, exact=True).click()


def slide(page: Page, end: int, months: int) -> None:
    """Move the first (0) or second (1) end of the window by so many months."""
    thumb = page.get_by_role("slider").nth(end)
    thumb.focus()
    for _ in range(abs(months)):
        page.keyboard.press("ArrowRight" if months > 0 else "ArrowLeft")


def rate(page: Page):
    return page.get_by_test_id("stMetricValue").first


def test_find_the_rate_of_chaoyangs_water_powers_in_2021_and_send_the_link(
    browser: Browser, site: str
) -> None:
    reader = Reader(browser, 1400)
    page = reader.visit(site)
    page.get_by_role("link", name="职权履行率", exact=True).click()
    expect(page.locator("h1")).to_have_text("职权履行率")
    reader.settled()
    slide(page, 0, -6)
    expect(page.get_by_text("期间 2021年1月至2022年6月；").first).to_be_visible()
    slide(page, 1, -6)
    expect(page.get_by_text("期间 2021年1月至2021年12月；").first).to_be_visible()
    choose_some(page, "区", "朝阳区")
    page.wait_for_url("**district=110105*")
    before = "2.1\xa0% (9/431)"
    expect(rate(page)).to_have_text(before)
    choose_some(page, "来源部门", "水务")
    expect(rate(page)).to_have_text("31.8\xa0% (7/22)")
    page.wait_for_url("**department=water_affairs*")
    assert "from=2021-01" in page.url
    assert "to=2021-12" in page.url

    received = Reader(browser, 1400)
    theirs = received.visit(f"{page.url}&lang=en")
    expect(theirs.locator("h1")).to_have_text("Exercise rate")
    expect(rate(theirs)).to_have_text("31.8\xa0%\xa0(7/22)")
    expect(theirs.get_by_text("Window January 2021 to December 2021;").first).to_be_visible()
    expect(theirs.get_by_text("Chaoyang District").first).to_be_visible()

    page.go_back()
    expect(rate(page)).to_have_text(before)
    page.go_forward()
    expect(rate(page)).to_have_text("31.8\xa0% (7/22)")
    reader.close()
    received.close()


def upload(page: Page, name: str, content: bytes) -> None:
    page.locator("input[type=file]").set_input_files(
        {"name": name, "mimeType": "application/octet-stream", "buffer": content}
    )
    expect(page.get_by_text(f"「{name}」（").first).to_be_visible(timeout=20_000)


def check_then_import(page: Page) -> None:
    press(page, "试运行")
    expect(page.get_by_text("没有存入任何内容").first).to_be_visible(timeout=30_000)
    press(page, "导入")


def mended(path: Path) -> bytes:
    """The workbook of problems with its three rows put right."""
    book = openpyxl.load_workbook(path)
    sheet = book.active
    columns = {cell.value: cell.column for cell in sheet[1]}
    right = {
        "三月某日": ("决定日期", "2021-03-07"),
        None: ("案号", "京东罚字〔2021〕4号"),
        "XX999": ("职权名称", "UM014"),
    }
    found = set()
    for row in range(2, sheet.max_row + 1):
        for wrong, (heading, text) in right.items():
            cell = sheet.cell(row, columns[heading])
            if cell.value == wrong:
                cell.value = text
                found.add(wrong)
    assert found == set(right)
    book.save(path)
    return path.read_bytes()


def test_bring_a_messy_log_in_mend_it_see_the_rate_and_withdraw_it(
    browser: Browser, site: str, tmp_path: Path
) -> None:
    reader, other = Reader(browser, 1400), Reader(browser, 1400)
    reader.page.set_default_timeout(15_000)
    view = f"{site}exercise?from=2021-03&to=2021-03&district={DONGCHENG}"
    watched = other.visit(view)
    expect(rate(watched)).to_have_text(re.compile(r"\(1/431\)"))

    page = reader.visit(f"{site}intake")
    upload(page, "三月.csv", MESSY)
    expect(page.get_by_text("还缺：「执法类型」一列").first).to_be_visible()
    assert "张三" not in page.inner_text("body")
    choose(page, "「所涉事项」", "职权名称")
    choose(page, "文件没有执法类型一列：全部案件都是", "行政处罚")
    press(page, "试运行")
    expect(page.get_by_text("接受 1 + 更正 0 + 未变 0 + 隔离 4")).to_be_visible(timeout=30_000)
    choose(page, re.compile("东华门执法一组"), "东华门街道 110101001")
    press(page, "登记并重新核对")
    expect(page.get_by_text("接受 2 + 更正 0 + 未变 0 + 隔离 3")).to_be_visible(timeout=30_000)
    press(page, "导入")
    expect(page.get_by_text("「三月.csv」已导入为批次 3。")).to_be_visible(timeout=30_000)
    expect(rate(other.visit(view))).to_have_text(re.compile(r"\(3/431\)"))

    with page.expect_download() as waiting:
        page.get_by_role("link", name=re.compile("下载问题工作簿")).first.click()
    waiting.value.save_as(tmp_path / "problems.xlsx")
    upload(page, "改好.xlsx", mended(tmp_path / "problems.xlsx"))
    expect(page.get_by_text("这是问题工作簿")).to_be_visible()
    check_then_import(page)
    expect(page.get_by_text("「改好.xlsx」已导入为批次 4。")).to_be_visible(timeout=30_000)
    expect(page.get_by_text("接受 3 + 更正 0 + 未变 0 + 隔离 0")).to_be_visible()
    expect(rate(other.visit(view))).to_have_text(re.compile(r"\(6/431\)"))

    choose(page, "处理一个批次", "批次 3 · 三月.csv")
    page.get_by_role("textbox", name="理由").fill("报错了月份")
    page.get_by_text("确认撤回「三月.csv」").click()
    press(page, "撤回")
    expect(page.get_by_text("批次 3 已撤回：终止 5 件案件")).to_be_visible(timeout=30_000)
    expect(rate(other.visit(view))).to_have_text(re.compile(r"\(1/431\)"))
    reader.close()
    other.close()


NUMBER = "文〔2021〕2号"
BEFORE = "from=2021-07&to=2021-12"


def used(unit: str, power: str, day: str) -> dict[str, str]:
    return make_case(
        unit=unit, power=power, decided_on=day, case_no=f"〔{day[:4]}〕{unit}{power}号"
    )


USED = [
    *(used(E1, LITTER, "2020-07-10"), used(E2, SIGNS, "2020-08-03"), used(W1, SIGNS, "2020-09-01")),
    *(used(E1, SIGNS, "2021-08-02"), used(W2, WELLS, "2022-02-11"), used(W1, LITTER, "2022-03-05")),
]
"""Of the wells nothing until one town uses them, some months after the others lose them."""


@pytest.fixture
def loop_line(databases, tmp_path: Path) -> Iterator[CommandLine]:
    """The commands on a small world of their own, on either database."""
    url, files = databases.create(), write_small_world(tmp_path)
    line = CommandLine(url, tmp_path)
    words = ("--powers", files.powers, "--units", files.units, "--instruments", files.instruments)
    line.records("init", *words)
    yield line
    db.engine_for(url).dispose()
    databases.drop(url)


def write_day(page: Page, form: str, label: str, day: str) -> None:
    """A day into a date box of a form, digit by digit."""
    box = page.get_by_test_id("stForm").filter(has=page.get_by_role("button", name=form))
    dated = box.get_by_test_id("stDateInput").filter(has_text=label)
    dated.get_by_role("spinbutton").first.click()
    page.keyboard.type(day.replace("-", ""))


def answered(page: Page, sentence: str) -> None:
    expect(page.get_by_text(sentence).first).to_be_visible(timeout=30_000)
    page.wait_for_function(SETTLED)


def say(page: Page, unit: str, view: str) -> None:
    choose(page, "单位", unit)
    form = page.get_by_test_id("stForm").filter(has=page.get_by_role("button", name="登记意见"))
    form.get_by_text(view, exact=True).click()
    form.get_by_role("textbox", name="理由").fill("所在地的情况")
    write_day(page, "登记意见", "登记日期", "2021-08-12")
    press(page, "登记意见")
    answered(page, "已登记对第 1 号提案的意见。")


def taken(page: Page, button: Locator, tries: int = 3) -> Download:
    """What a button hands out. On a busy machine a press that meets a new run of the page goes
    nowhere; a reader presses again."""
    try:
        with page.expect_download(timeout=30_000) as waiting:
            button.click()
    except Unanswered:
        if tries == 1:
            raise
        return taken(page, button, tries - 1)
    return waiting.value


def printed(page: Page, folder: Path) -> str:
    """The reference on the first workbook that a page hands out."""
    page.get_by_text("查看数据表").first.click()
    page.wait_for_function(SETTLED)
    taken(page, page.get_by_role("button", name="下载 XLSX").first).save_as(folder / "printed.xlsx")
    book = openpyxl.load_workbook(folder / "printed.xlsx")
    cells = " ".join(str(cell) for sheet in book for row in sheet.values for cell in row)
    found = re.search(r"exercise_rate:\S+@\d+\.[0-9a-f]{8}", cells)
    assert found, cells
    return found[0]


def test_from_a_flag_to_a_decision_that_rewrites_the_register(
    browser: Browser, loop_line: CommandLine
) -> None:
    """Import, flag, propose, two opinions, decide; the denominator; follow-up; recompute."""
    line, folder = loop_line, loop_line.folder
    reader = Reader(browser, 1400)
    page = reader.page
    page.set_default_timeout(15_000)
    with serving(line.url, folder) as site:
        reader.visit(f"{site}intake")
        upload(page, "台账.csv", line.log("台账.csv", USED).read_bytes())
        check_then_import(page)
        answered(page, "「台账.csv」已导入为批次 1。")

        reader.visit(f"{site}exercise?{BEFORE}&district={EAST}")
        expect(rate(page)).to_have_text(re.compile(r"\(1/4\)"))
        number = printed(page, folder)
        handed_out = line.records("recompute", number)

        flags = reader.visit(f"{site}adjustment?as_of=2021-07-01")
        dossier = flags.get_by_role("link", name=WELLS).first.get_attribute("href")
        reader.visit(urljoin(site, dossier))
        expect(page.get_by_text("← 返回全部职权")).to_be_visible()
        form = page.get_by_test_id("stForm").filter(has=page.get_by_role("button", name="提出提案"))
        form.get_by_role("textbox", name="理由").fill("一年未用，无投诉")
        write_day(page, "提出提案", "登记日期", "2021-08-02")
        press(page, "提出提案")
        answered(page, "已提出：第 1 号提案，证据截至 2021年6月30日")
        say(page, "东区", "收回")
        say(page, "西二镇", "保留")
        expect(page.get_by_text("2 条意见，其中 1 条与建议或决定相左")).to_be_visible()

        form = page.get_by_test_id("stForm").filter(has=page.get_by_role("button", name="作出决定"))
        form.get_by_role("textbox", name="文号").fill(NUMBER)
        form.get_by_role("textbox", name="理由").fill("东区不再持有，西区保留")
        choose_some(page, "范围内的区", "东区")
        write_day(page, "作出决定", "登记日期", "2021-08-20")
        write_day(page, "作出决定", "生效日期", "2021-09-01")
        press(page, "作出决定")
        answered(page, "最早是 2021-10-01")
        assert line.records("decide") == []
        write_day(page, "作出决定", "生效日期", "2021-10-01")
        press(page, "作出决定")
        answered(page, "已决定：第 1 号，自 2021年10月1日 生效")

        for month, held in (("2021-09", 4), ("2021-10", 3)):
            reader.visit(f"{site}exercise?from={month}&to={month}&district={EAST}")
            expect(rate(page)).to_have_text(re.compile(rf"/{held}\)"))
        reader.visit(f"{site}adjustment?follow_up=1-6")
        for cell in ("未持有", "50.0\xa0% (1/2)"):
            expect(page.get_by_role("cell", name=cell).first).to_be_visible()
        page.get_by_text("发现问题", exact=True).click()
        page.get_by_role("textbox", name="发现", exact=True).fill("西二镇开始使用")
        page.get_by_role("textbox", name="对问题的说明").fill("按其意见保留")
        press(page, "登记评估")
        answered(page, "已登记第 1 号决定 6 个月的跟踪评估。")
        reader.close()
    assert line.records("recompute", number) == handed_out
    assert {one["months"]: one["state"] for one in line.records("follow-up")}[6] == "failed"
    assert line.disagreements() == []


PAGES = (
    *("adjustment", "adjustment?power=WA001"),
    *("", "exercise", "powers", "powers?power=WA001", "intake", "methods"),
    *("staffing", "review", "district", "district?district=110105"),
)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("name", PAGES)
def test_axe_finds_nothing_serious(
    browser: Browser, site: str, name: str, language: str, scheme: str
) -> None:
    reader = Reader(browser, 1400, scheme)
    page = reader.visit(f"{site}{name}{'&' if '?' in name else '?'}lang={language}")
    assert serious_findings(page) == []
    reader.close()
