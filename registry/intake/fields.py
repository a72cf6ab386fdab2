"""The fields of a usage log and the headings that stand for them."""

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

from registry.catalogue import read_reference
from registry.settings import DATA

DATE_FIELDS = {
    "filed_on": "立案日期",
    "decided_on": "决定日期",
    "closed_on": "结案日期",
    "annulled_on": "撤销日期",
    "review_requested_on": "送审日期",
    "review_completed_on": "审核完成日期",
}
WORD_FIELDS = {
    "action": "执法类型",
    "procedure": "适用程序",
    "party_type": "当事人类型",
    "outcome": "处理结果",
    "review_required": "是否法制审核",
    "review_outcome": "审核结果",
}
LABELS = {
    "case_no": "案号",
    "unit": "执法单位",
    "power": "职权名称",
    **WORD_FIELDS,
    **DATE_FIELDS,
    "fine_cny": "罚款金额",
}
"""Field → the Chinese heading that we write ourselves."""

FIELDS = (
    "case_no",
    "unit",
    "power",
    "action",
    "procedure",
    "party_type",
    "filed_on",
    "decided_on",
    "closed_on",
    "annulled_on",
    "outcome",
    "fine_cny",
    "review_required",
    "review_requested_on",
    "review_completed_on",
    "review_outcome",
)
POWER_TEXT = ("power", "power (as text)", "power (as text) or not stored")
"""Headings that may hold the power, the surest first; a surer one in the file ends the choice."""

PROBLEM_NUMBER, PROBLEM_TEXT = "问题编号", "问题"
OPTIONS_SHEET = "下拉选项"
"""The sheet behind the drop-downs of a blank log; it holds no rows of a log."""
WORD_LISTS = {"review_required": "yes_no"}
"""Fields whose words stand under another name in value_synonyms.csv."""


def plain(text: str) -> str:
    """NFKC, without any white space or zero-width character."""
    return re.sub(r"[\s\u200b-\u200f\ufeff]+", "", unicodedata.normalize("NFKC", text))


def heading_key(cell: object) -> str:
    """What two spellings of one heading have in common."""
    return plain(str(cell)).strip("*:").casefold() if isinstance(cell, str) else ""


def label(field: str) -> str:
    return LABELS.get(field, field)


@dataclass(frozen=True)
class Heading:
    """What a heading stands for: a field with a rank among its rivals, or nothing we store."""

    field: str | None
    rank: int = 0
    scale: int = 1


@lru_cache
def known_headings() -> dict[str, Heading]:
    """heading key → Heading: header_variants.csv, our own labels and the field names."""
    headings = {heading_key(PROBLEM_NUMBER): Heading("problem"), PROBLEM_TEXT: Heading(None)}
    for field, seen in read_reference(DATA / "header_variants.csv").itertuples(index=False):
        headings[heading_key(seen)] = _heading(field, heading_key(seen))
    for field in FIELDS:
        headings[heading_key(field)] = headings[heading_key(label(field))] = Heading(field)
    return headings


def _heading(meaning: str, key: str) -> Heading:
    if meaning in POWER_TEXT:
        return Heading("power", POWER_TEXT.index(meaning))
    if meaning not in FIELDS:
        return Heading(None)
    return Heading(meaning, scale=_scale(meaning, key))


def _scale(field: str, key: str) -> int:
    return 10_000 if field == "fine_cny" and "万元" in key else 1


REMARK = re.compile(r"(?:\([^()]*\)|\[[^\[\]]*\]|【[^【】]*】|[*:])+$")


def find_heading(key: str) -> Heading | None:
    """A heading's meaning; a remark in brackets such as (必填) may follow the known part."""
    known = known_headings()
    if key in known:
        return known[key]
    bare = REMARK.sub("", key)
    found = known.get(bare)
    if found is None or found.field is None:
        return found
    return Heading(found.field, found.rank, _scale(found.field, key))


@lru_cache
def word_codes(field: str) -> dict[str, str]:
    """Word as seen (plain) → code: value_synonyms.csv and the codes themselves."""
    name = WORD_LISTS.get(field, field)
    rows = read_reference(DATA / "value_synonyms.csv")
    rows = rows[rows["field"].eq(name)]
    words = {
        plain(seen).casefold(): code
        for seen, code in zip(rows["value_as_seen"], rows["code"], strict=True)
    }
    return {code: code for code in rows["code"]} | words
