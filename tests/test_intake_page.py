"""The intake page as a clerk goes through it, with real files, workers and a database."""

import io
import re
import time
from collections.abc import Iterator
from pathlib import Path

import openpyxl
import page_world as world
import pytest
from streamlit.testing.v1 import AppTest

from registry import db
from registry.export import content_of
from registry.intake import worker
from registry.intake.checks import PROBLEMS
from registry.intake.commit import import_log
from registry.intake.declaration import Declaration
from registry.intake.fields import FIELDS, LABELS
from registry.intake.monthly.form import LABELS as LABELS_OF_RETURNS
from registry.intake.problems import read_problems, write_problem_book
from registry.intake.routes import ROUTES
from registry.intake.template import SHEETS
from registry.language import speaking
from registry.measures.exercise import exercise_rate
from registry.returns import KINDS
from registry.settings import ROOT, settings
from registry.snapshot import Snapshot, read_snapshot
from registry.ui import intake_file, intake_words
from registry.window import Window, today_in_beijing

pytestmark = pytest.mark.slow

MESSY = """关于报送执法台账的附件,,,,,
序号,案号,执法单位,所涉事项,当事人,决定日期
1,甲罚〔2020〕1号,1号区1街,P0,张三,2020-07-05
2,甲罚〔2020〕2号,壹街,P1,李四,2020-07-06
3,甲罚〔2020〕3号,1号区2街,P2,王五,七月某日
合计,3,,,,
""".encode("gbk")
SOUND = """案号,执法单位,职权编码,执法类型,决定日期
甲罚〔2020〕9号,1号区1街,P3,行政处罚,2020-08-01
""".encode()
JULY = Window(202007, 202007)


@pytest.fixture
def url(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A city of two districts with two units each and four powers; jobs have a folder of theirs.

    Jobs run to their end when submitted; with `workers` each is a process of its own.
    """
    monkeypatch.setattr(worker.tempfile, "gettempdir", lambda: str(tmp_path))
    monkeypatch.setattr(worker, "_start", lambda folder, _url: worker.run(folder))
    url = world.sqlite_url(tmp_path)
    monkeypatch.setenv("REGISTRY_DATABASE_URL", url)
    settings.cache_clear()
    world.start(url, world.made_up_city(tmp_path / "city"))
    yield url
    db.engine_for(url).dispose()
    settings.cache_clear()


START = worker._start


@pytest.fixture
def workers(url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(worker, "_start", START)
    yield
    for process in list(worker._processes.values()):
        process.wait()
    worker._forget_ended_processes()


def open_intake(**query: str) -> AppTest:
    page = AppTest.from_file(str(ROOT / "pages" / "intake.py"), default_timeout=60)
    page.query_params.update(query)
    return sound(page.run())


def sound(page: AppTest) -> AppTest:
    assert not page.exception, page.exception[0].message
    return page


def bring(page: AppTest, content: bytes, name: str = "七月.csv") -> AppTest:
    return sound(page.file_uploader(key="log").upload(name, content, "text/csv").run())


def press(page: AppTest, label: str) -> AppTest:
    (button,) = [one for one in page.button if one.label == label]
    return sound(button.click().run())


def choose(page: AppTest, label: str, code: object) -> AppTest:
    (box,) = [one for one in page.selectbox if one.label == label]
    return sound(box.set_value(code).run())


def ended(page: AppTest, seconds: float = 90) -> AppTest:
    """The page once its job has come to an end."""
    end = time.monotonic() + seconds
    while page.get("progress"):
        assert time.monotonic() < end
        time.sleep(0.2)
        page.run()
    return sound(page)


def dry_run(page: AppTest) -> AppTest:
    return ended(press(page, "试运行"))


def bring_in(page: AppTest) -> AppTest:
    return ended(press(dry_run(page), "导入"))


def words(page: AppTest) -> str:
    kinds = ("title", "subheader", "markdown", "caption", "info", "warning", "error", "success")
    return "\n".join(element.value for kind in kinds for element in page.get(kind))


def labels(page: AppTest, kind: str = "button") -> list[str]:
    return [element.label for element in getattr(page, kind)]


def is_open(page: AppTest, label: str) -> bool:
    (button,) = [one for one in page.button if one.label == label]
    return not button.disabled


def snapshot_of(url: str) -> Snapshot:
    with db.reading(db.engine_for(url)) as connection:
        return read_snapshot(connection)


def july_rate(url: str) -> tuple[float, float]:
    """Powers exercised and held in the city in July 2020."""
    rate = exercise_rate(snapshot_of(url), JULY).iloc[0]
    return rate["numerator"], rate["denominator"]


def synthetic_log(folder: Path) -> None:
    path = folder / "demo.csv"
    path.write_bytes(SOUND)
    declared = Declaration(("D01",), Window(202008, 202008))
    import_log(path, declared, today=today_in_beijing(), actor="test", synthetic=True)


def test_a_clerk_brings_a_messy_log_in_mends_it_and_takes_it_back(url: str) -> None:
    page = bring(open_intake(), MESSY)
    assert "「七月.csv」（CSV gb18030）：3 行数据，另略过 1 行。" in words(page)
    assert "表头在第 2 行" in words(page)
    assert "张三" not in words(page)
    assert not [one for one in page.button if one.label == "试运行"]
    assert "还缺：「执法类型」一列" in words(page)

    choose(page, "「所涉事项」", "power")
    choose(page, "文件没有执法类型一列：全部案件都是", "penalty")
    assert page.multiselect(key=next(keys_of(page, "declared district"))).value == ["D01"]
    assert not is_open(page, "导入")

    dry_run(page)
    assert "读取 4 = 接受 1 + 更正 0 + 未变 0 + 隔离 2 + 略过 1" in words(page)
    assert july_rate(url) == (0, 4)
    problems = page.table[0].value
    assert list(problems.index) == ["4", "5"]
    assert "在上面登记" in problems["问题"].iloc[0]

    (box,) = [one for one in page.selectbox if one.label == "执法单位「壹街」：1 行"]
    box.set_value("D011")
    ended(press(page, "登记并重新核对"))
    assert "接受 2 + 更正 0 + 未变 0 + 隔离 1" in words(page)
    assert not [one for one in labels(page, "selectbox") if "壹街" in one]

    ended(press(page, "导入"))
    assert "「七月.csv」已导入为批次 1。" in words(page)
    assert july_rate(url) == (2, 4)

    bring(page, mended(1, {"决定日期": "2020-07-20"}), "问题.xlsx")
    assert "这是问题工作簿" in words(page)
    bring_in(page)
    assert "读取 1 = 接受 1 + 更正 0 + 未变 0 + 隔离 0 + 略过 0" in words(page)
    assert july_rate(url) == (3, 4)

    choose(page, "处理一个批次", "1")
    press(page, "撤回")
    assert "撤回要写明理由，并勾选确认。" in words(page)
    page.text_input(key="reason 1").set_value("报错了月份")
    page.checkbox(key="confirm 1").check()
    press(page, "撤回")
    assert "批次 1 已撤回：终止 3 件案件，恢复 0 件，2 个单位月份不再算已报。" in words(page)
    assert july_rate(url) == (0, 4)
    history = page.table[len(page.table) - 1].value
    assert list(history.index) == ["[2](./intake?batch=2)", "[1](./intake?batch=1)"]
    assert list(history["状态"]) == ["有效", "已撤回"]


def keys_of(page: AppTest, beginning: str) -> Iterator[str]:
    boxes = (*page.multiselect, *page.selectbox)
    return (box.key for box in boxes if box.key and box.key.startswith(beginning))


def mended(batch: int, cells: dict[str, str]) -> bytes:
    """The workbook of problems as downloaded, with these cells of its first row corrected."""
    with db.reading() as connection:
        problems = read_problems(connection, batch)
    made = content_of(".xlsx", lambda path: write_problem_book(path, problems))
    book = openpyxl.load_workbook(io.BytesIO(made))
    columns = {cell.value: cell.column for cell in book.active[1]}
    for heading, text in cells.items():
        book.active.cell(2, columns[heading], text)
    saved = io.BytesIO()
    book.save(saved)
    return saved.getvalue()


def test_a_job_is_found_again_after_a_reload(url: str, workers: None) -> None:
    page = press(bring(open_intake(), SOUND), "试运行")
    assert page.get("progress")
    (number,) = [job.id for job in worker.recent()]
    assert page.session_state["job"] == number
    again = open_intake(job=number)
    ended(again)
    assert "读取 1 = 接受 1 + 更正 0 + 未变 0 + 隔离 0 + 略过 0" in words(again)
    assert "最近的任务" in labels(again, "expander")


def test_a_job_that_is_unknown_is_a_sentence(url: str) -> None:
    assert "没有这个导入任务" in words(open_intake(job="0" * 32))


def test_two_columns_for_one_field_are_settled_on_the_page(url: str) -> None:
    both = SOUND.replace("案号,".encode(), "案号,处罚决定书文号,".encode())
    page = bring(open_intake(), both.replace("9号,".encode(), "9号,甲罚〔2020〕8号,".encode()))
    assert "几列都对应「案号」：请只留一列" in words(page)
    assert "--map" not in words(page)
    choose(page, "「处罚决定书文号」", "")
    assert "几列都对应" not in words(page)
    assert is_open(page, "试运行")


def test_a_file_that_is_no_table_is_one_sentence(url: str) -> None:
    page = bring(open_intake(), b"%PDF-1.7", "台账.csv")
    assert len(page.error) == 1
    assert "PDF" in page.error[0].value
    assert not [one for one in page.button if one.label == "试运行"]


def test_texts_of_a_file_are_no_markup_and_its_name_leads_nowhere(url: str) -> None:
    evil = "![x](http://evil/p.png)<b>粗</b>"
    content = SOUND.replace("执法类型".encode(), f"执法类型,{evil}".encode())
    page = bring(
        open_intake(),
        content.replace(b"\xe7\xbd\x9a,2020", b"\xe7\xbd\x9a,x,2020"),
        "../../etc/<i>a.csv",
    )
    assert "「_i\\_a.csv」".replace("_i", "\\_i", 1) in words(page)
    shown = "\n".join(labels(page, "selectbox"))
    assert "!\\[x\\](http\\:\u2060//evil/p.png)\\<b\\>" in shown
    assert evil not in shown + words(page)


def test_the_upload_goes_with_the_session(url: str, tmp_path: Path) -> None:
    page = bring(open_intake(), SOUND)
    (folder,) = tmp_path.glob("registry-upload-*")
    assert folder.stat().st_mode & 0o077 == 0
    sound(page.file_uploader(key="log").set_value(None).run())
    assert not folder.exists()
    bring(page, SOUND)
    intake_file.remove_uploads()
    assert not list(tmp_path.glob("registry-upload-*"))


def test_changing_the_declaration_asks_for_another_dry_run(url: str) -> None:
    page = dry_run(bring(open_intake(), SOUND))
    assert is_open(page, "导入")
    page.checkbox[0].check().run()
    assert "都会终止" in words(page)
    assert not is_open(page, "导入")


def test_a_file_of_which_nothing_can_be_accepted_cannot_be_imported(url: str) -> None:
    page = dry_run(bring(open_intake(), SOUND.replace(b"P3", b"P9")))
    assert "没有一行可以接受，还不能导入" in words(page)
    assert not is_open(page, "导入")
    (box,) = [one for one in page.selectbox if one.label == "职权名称「P9」：1 行"]
    box.set_value("P3")
    ended(press(page, "登记并重新核对"))
    assert is_open(page, "导入")


@pytest.mark.parametrize(
    ("answer", "synthetic", "batches"),
    [
        ("清空演示数据并导入", 0, 1),
        ("保留演示数据并导入", 1, 2),
        ("取消", 1, 1),
    ],
)
def test_the_demo_is_settled_before_the_first_real_import(
    url: str, tmp_path: Path, answer: str, synthetic: int, batches: int
) -> None:
    synthetic_log(tmp_path)
    page = dry_run(bring(open_intake(), SOUND + b"\n"))
    press(page, "导入")
    assert "台账中只有演示数据" in words(page)
    ended(press(page, answer))
    found = snapshot_of(url)
    assert (found.synthetic, found.batches) == (synthetic, batches)
    assert "台账中只有演示数据" not in words(page)


def test_the_same_file_again_changes_nothing_and_says_so(url: str) -> None:
    page = bring_in(bring(open_intake(), SOUND))
    assert "已导入为批次 1" in words(page)
    bring_in(page)
    assert "已作为批次 1 导入过，未作改动" in words(page)


def test_a_text_can_be_matched_after_the_import_too(url: str) -> None:
    content = SOUND + "甲罚〔2020〕10号,壹街,P3,行政处罚,2020-08-02\n".encode()
    page = bring_in(bring(open_intake(), content))
    (box,) = [one for one in page.selectbox if "壹街" in one.label]
    box.set_value("D011")
    press(page, "登记并重新核对")
    assert "已登记 1 种写法。重新核对：解决 1 行，仍有 0 行。" in words(page)
    with db.reading(db.engine_for(url)) as connection:
        assert read_problems(connection) == []


def test_the_blank_log_needs_one_district(url: str) -> None:
    page = open_intake()
    (blank,), (chase,) = page.get("download_button"), page.get("link_button")
    assert blank.proto.disabled
    assert chase.proto.url == "./files/chase?lang=zh"
    page.multiselect(key="district").set_value(["D02"]).run()
    (blank,) = sound(page).get("download_button")
    assert page.get("link_button")[0].proto.url == "./files/chase?lang=zh&district=D02"
    assert blank.proto.label == "空白台账（2号区）"
    assert not blank.proto.disabled


def test_in_english_only_what_the_file_says_is_chinese(url: str) -> None:
    content = SOUND + "甲罚〔2020〕10号,壹街,P3,行政处罚,2020-13-02\n".encode()
    page = bring(open_intake(lang="en"), content)
    assert "1. For the districts" in words(page)
    with speaking("en"):  # AppTest itself asks for the words of options, outside of any session
        page = ended(press(ended(press(page, "Dry run")), "Import"))
    assert "2 read = 1 accepted + 0 corrected" in words(page)
    shown = [words(page), *labels(page), *labels(page, "selectbox"), *labels(page, "expander")]
    for frame in (one.value for one in (*page.dataframe, *page.table)):
        shown += [str(frame.index.name), *frame.columns]
    shown += [*page.table[0].value["Problem"]]
    catalogue = snapshot_of(url).catalogue
    names = catalogue.names("unit").values()  # districts among them
    spoken = re.sub("「[^」]*」|“[^”]*”", "", "\n".join(shown))
    assert not re.search(
        "[\u4e00-\u9fff]", re.sub("|".join(sorted(names, key=len, reverse=True)), "", spoken)
    ), spoken


def test_what_cannot_be_read_is_explained_in_the_readers_language(url: str) -> None:
    page = open_intake()
    assert "文件是 PDF，不是表格" in bring(page, b"%PDF-1.7").error[0].value
    page.query_params["lang"] = "en"
    assert "the file is PDF, no table" in page.run().error[0].value


def test_why_a_job_failed_is_said_in_either_language(url: str) -> None:
    unsound = SOUND.replace("1号区1街".encode(), b"nowhere")
    declared = Declaration(("D01",), Window(202008, 202008))
    job = worker.submit(unsound, "八月.csv", declared, actor="test")
    chinese, english = (
        open_intake(lang=code, job=job).error[0].value.replace("\\", "") for code in ("zh", "en")
    )
    assert "第 2 行「执法单位」：nowhere 不是登记在册的街道、乡镇" in chinese
    assert "八月.csv: not one of its rows (1) can be accepted; nothing was stored" in english
    assert "row 2, “执法单位”: “nowhere”: not a registered unit" in english


def test_what_is_stored_of_a_problem_is_chinese_whoever_checks_it_again(url: str) -> None:
    page = choose(bring(open_intake(), MESSY), "「所涉事项」", "power")
    bring_in(choose(page, "文件没有执法类型一列：全部案件都是", "penalty"))
    page = open_intake(lang="en", batch="1")
    with speaking("en"):  # AppTest itself asks for the words of options, outside of any session
        press(page, "Check the rows again")
    assert "rows solved" in words(page)
    with db.reading(db.engine_for(url)) as connection:
        reasons = [r["reason"] for p in read_problems(connection) for r in p.reasons]
    assert reasons
    assert all(reason.startswith("第 ") for reason in reasons)


def test_without_batches_the_history_says_so(url: str) -> None:
    assert "还没有导入过台账" in words(open_intake())


def test_a_batch_is_linked_to(url: str) -> None:
    world.report(url, [(3, 202007)])
    assert open_intake(batch="1").selectbox(key="batch").value == "1"
    assert open_intake(batch="7").selectbox(key="batch").value == ""


def test_every_code_of_the_intake_has_its_words() -> None:
    assert set(intake_words.WAYS) <= set(PROBLEMS)
    assert tuple(intake_words.FIELD_WORDS) == FIELDS
    assert {field: LABELS[field] for field in FIELDS} == intake_words.FIELD_WORDS


STAFF = """月份,单位,编制数,在编人数,一线人数
2020-07,1号区1街,10,8,5
2020-07,1号区2街,10,8,9
""".encode()


def test_a_monthly_return_goes_the_way_of_a_log(url: str) -> None:
    page = bring(open_intake(), STAFF, "人员.csv")
    page = choose(page, "文件种类", "staffing")
    assert "「一线人数」" in labels(page, "selectbox")
    assert "文件没有执法类型一列：全部案件都是" not in labels(page, "selectbox")
    page = dry_run(page)
    assert "接受 1" in words(page)
    assert "多于前一步的人数（9 \\> 在编人数 8）" in page.table[0].value.to_string()
    page = ended(press(page, "导入"))
    assert "已导入为批次 1" in words(page)
    staff = snapshot_of(url).returns.staffing
    assert staff[["month", "front_line"]].to_numpy().tolist() == [[202007, 5]]
    english = open_intake(lang="en", job=worker.recent()[0].id)
    assert "more than in the step before" in english.table[0].value.to_string()


def test_another_kind_reads_the_columns_anew(url: str) -> None:
    page = choose(bring(open_intake(), SOUND), "「职权编码」", "")
    page = choose(page, "文件种类", "training")
    assert "没有认得的表头" in words(page)
    page = choose(page, "文件种类", "usage")
    (box,) = [one for one in page.selectbox if one.label == "「职权编码」"]
    assert box.value == "power"


def test_every_field_and_kind_of_a_return_has_its_words(url: str) -> None:
    snapshot = snapshot_of(url)
    assert tuple(intake_words.FILE_KINDS) == KINDS
    assert set(intake_words.FILE_KINDS.values()) == set(SHEETS.values())
    for kind, route in ROUTES.items():
        for field in route.form(snapshot.catalogue).fields:
            assert intake_words.field_words(field, kind, snapshot.catalogue)
    assert intake_words.RETURN_WORDS == LABELS_OF_RETURNS
