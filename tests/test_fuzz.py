"""Random files: whatever the bytes are, the outcome is sheets or one sentence, in time.

`make fuzz` tries for ten minutes and keeps what it finds under tests/files/fuzz, which is read
again here, as it has been mended.
"""

from contextlib import suppress
from pathlib import Path

import fuzz
import pytest
from builders import EAST, QUARTER
from hypothesis import strategies as st
from intake_world import TODAY
from reliability import record

from registry.errors import RegistryError
from registry.intake.commit import import_log
from registry.intake.declaration import Declaration
from registry.intake.form import USAGE_FORM
from registry.intake.layout import lay_out
from registry.intake.readers import read_document

KINDS = fuzz.kinds()
SHARE = fuzz.SECONDS / (len(KINDS) + 1)
DECLARED = Declaration((EAST,), QUARTER)


def read(path: Path, content: bytes) -> None:
    """Sheets whose rows and columns are counted from 0, and a log found in them; or a refusal."""
    path.write_bytes(content)
    with fuzz.within_limits(), suppress(RegistryError):
        found = read_document(path)
        for sheet in found.sheets:
            assert list(sheet.cells.index) == list(range(len(sheet.cells)))
            assert list(sheet.cells.columns) == list(range(sheet.cells.shape[1]))
        lay_out(found, DECLARED, path.name, USAGE_FORM)


@pytest.mark.slow
@pytest.mark.campaign
@pytest.mark.parametrize("kind", KINDS)
def test_random_files_are_read_or_refused_in_time(kind, tmp_path):
    tried = fuzz.fuzz(kind, KINDS[kind], lambda content: read(tmp_path / "x.bin", content), SHARE)
    assert tried >= SHARE / 2
    record("file", f"随机文件，{kind}", tried, "读出或一句话拒绝", 0)


@pytest.mark.parametrize("path", sorted(fuzz.FOUND.glob("*.bin")), ids=lambda path: path.name)
def test_what_has_once_been_found_stays_mended(path, tmp_path, small_intake):
    content = path.read_bytes()
    if path.name.startswith("intake-"):
        adds_up(small_intake, tmp_path, content)
    else:
        read(tmp_path / "x.bin", content)


# The whole intake

CELLS = st.one_of(
    fuzz.VALUES,
    st.sampled_from(("东一街道", "东二镇", "西一街道", "UM1", "UM2", "WA2", "职权UM1")),
    st.sampled_from(("行政处罚", "行政强制", "检查", "罚款", "撤案", "是", "否", "个人")),
    st.sampled_from(("2021-01-05", "2021/2/3", "2021年3月4日", "44200", "合计", "例：1", "")),
)
FIELDS = {
    "案号": (*(f"东罚〔2021〕{number}号" for number in range(1, 30)), "东罚[2021]2号", "3号"),
    "执法单位": ("东一街道", "东二镇", "990101001", "东一街道综合行政执法队"),
    "职权编码": ("UM1", "UM2", "WA2", "UM1;UM2", "WA1、WA2"),
    "执法类型": ("行政处罚", "行政处罚", "行政强制", "检查"),
    "适用程序": ("简易程序", "普通程序", ""),
    "当事人类型": ("个人", "单位", ""),
    "立案日期": ("2021-01-04", "2021/1/31", ""),
    "决定日期": ("2021-01-05", "2021年3月4日", "44227", "20210331", ""),
}
"""Headings of a log → what is right below them."""

SOUND = [texts[0] for texts in FIELDS.values()]


@st.composite
def mostly_sound(draw) -> list[str]:
    """A row with something else in one cell of ten."""
    return [
        draw(CELLS) if draw(st.integers(0, 9)) == 9 else draw(st.sampled_from(right))
        for right in FIELDS.values()
    ]


TABLES = st.lists(mostly_sound() | st.lists(CELLS, min_size=1, max_size=len(FIELDS)), max_size=9)


@st.composite
def logs(draw) -> bytes:
    """A log with its headings, rows of any content, and some of them twice."""
    rows = draw(TABLES)
    table = [list(FIELDS), SOUND, *rows, *draw(st.lists(st.sampled_from(rows or [SOUND])))]
    quoted = ([f'"{cell}"'.replace("\x00", "") for cell in row] for row in table)
    return "\n".join(",".join(row) for row in quoted).encode("utf-8", "replace")


def adds_up(intake, folder: Path, content: bytes) -> None:
    """Each row is accepted, corrected, unchanged, quarantined or skipped: none is lost."""
    path = folder / "log.csv"
    path.write_bytes(content)
    with fuzz.within_limits():
        try:
            told = import_log(path, DECLARED, today=TODAY, actor="t", on=intake.engine)
        except RegistryError:
            return
    if not told.repeated:
        rest = (told.corrected, told.unchanged, told.quarantined, told.skipped)
        assert told.read == told.accepted + sum(rest)


@pytest.mark.slow
@pytest.mark.campaign
def test_no_row_of_a_random_log_is_lost(small_intake, tmp_path):
    tried = fuzz.fuzz(
        "intake", logs(), lambda content: adds_up(small_intake, tmp_path, content), SHARE
    )
    assert small_intake.is_sound()
    record("file", "随机台账，整个导入", tried, "每行都有去处，核对一致", 0)
