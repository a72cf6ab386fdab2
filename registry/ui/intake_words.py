"""Codes of the intake in the reader's words, and texts of a file as nothing but text.

In: codes of fields, jobs, problems and warnings. Out: words that name buttons of the page, where
the intake's own sentences name options of the command line.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import streamlit as st

from registry.catalogue import Catalogue
from registry.errors import RegistryError
from registry.intake.monthly.checks import EVERY_PROBLEM, EVERY_WARNING
from registry.intake.monthly.departments import FIELD as DEPARTMENTS
from registry.intake.monthly.form import ORIGIN
from registry.intake.notes import detail
from registry.intake.worker import DONE, FAILED, QUEUED, RUNNING
from registry.language import N_, _, language
from registry.markup import plain_text
from registry.wording import listed

FIELD_WORDS = {
    "case_no": N_("案号"),
    "unit": N_("执法单位"),
    "power": N_("职权名称"),
    "action": N_("执法类型"),
    "procedure": N_("适用程序"),
    "party_type": N_("当事人类型"),
    "filed_on": N_("立案日期"),
    "decided_on": N_("决定日期"),
    "closed_on": N_("结案日期"),
    "annulled_on": N_("撤销日期"),
    "outcome": N_("处理结果"),
    "fine_cny": N_("罚款金额"),
    "review_required": N_("是否法制审核"),
    "review_requested_on": N_("送审日期"),
    "review_completed_on": N_("审核完成日期"),
    "review_outcome": N_("审核结果"),
}
"""In the order of `FIELDS`."""

RETURN_WORDS = {
    "month": N_("月份"),
    "unit": N_("单位"),
    "district": N_("区"),
    "topic": N_("诉求类别"),
    "power": N_("职权"),
    "department": N_("部门"),
    "established": N_("编制数"),
    "in_post": N_("在编人数"),
    "certified": N_("持证人数"),
    "seconded": N_("借调人数"),
    "front_line": N_("一线人数"),
    "handled_case": N_("办案人数"),
    "auxiliary": N_("协管人数"),
    "reviewers": N_("法制审核人员"),
    "complaints": N_("诉求量"),
    "called": N_("吹哨次数"),
    "on_time": N_("按时报到次数"),
    "solved": N_("解决件数"),
    "sessions": N_("培训场次"),
    "officers_trained": N_("培训人次"),
    "joint_operations": N_("联合执法次数"),
}
"""The fields of monthly returns, as `registry.intake.monthly.form.LABELS` has them."""

FILE_KINDS = {
    "usage": N_("执法台账"),
    "staffing": N_("执法力量月报"),
    "complaints": N_("市民诉求月报"),
    "whistles": N_("吹哨报到月报"),
    "training": N_("培训与联合执法月报"),
}
"""Kinds of files, in the order of `registry.returns.KINDS`."""

STATES = {
    QUEUED: N_("排队等候"),
    RUNNING: N_("正在进行"),
    DONE: N_("已完成"),
    FAILED: N_("未完成"),
}
KINDS = {"dry_run": N_("试运行"), "import": N_("导入")}
STAGES = (N_("读取文件"), N_("核对"), N_("写入"))
"""What a running job says it is at, in order."""

WAYS = {
    "unknown_unit": N_("不是登记在册的街道、乡镇；请核对名称，或在上面登记这个写法"),
    "unknown_power": N_("不是登记在册的职权；请核对编码或名称，或在上面登记这个写法"),
}
"""Problems that this page has a way of its own to mend."""

SAME_CASE = N_("同一案件或同一项的另一行有问题，一并隔离")

# Streamlit says these in English in every language.
ENGLISH = """<style>
[data-testid=stFileUploaderDropzoneInstructions] { display: none !important }
[data-testid=stFileUploaderDropzone] button [data-testid=stMarkdownContainer] p {
  font-size: 0 !important }
[data-testid=stFileUploaderDropzone] button [data-testid=stMarkdownContainer] p::after {
  content: "BUTTON"; font-size: .875rem }
</style>"""


def overlay_english() -> None:
    """Put our words over Streamlit's own around the upload."""
    if language() != "en":
        st.html(ENGLISH.replace("BUTTON", _("选择文件")))


def quoted(texts: Iterable[str]) -> str:
    """Texts of a file in quotation marks, one after the other."""
    return listed(_("「{words}」").format(words=plain_text(text)) for text in texts)


def note_words(note: dict[str, Any], is_warning: bool) -> str:
    """What is wrong with a row. A sound row beside a flawed one bears the other's code."""
    code = note["code"]
    text = (EVERY_WARNING if is_warning else EVERY_PROBLEM)[code]
    if not is_warning and text not in note["reason"]:
        return _(SAME_CASE)
    return _(text if is_warning else WAYS.get(code, text)) + detail(note, text)


def field_words(field: str, kind: str, catalogue: Catalogue) -> str:
    """What a field of a kind of file is called."""
    if field.startswith(ORIGIN):
        words = catalogue.words(DEPARTMENTS, language())
        return _("来自{department}").format(department=words[field.removeprefix(ORIGIN)])
    return _((FIELD_WORDS if kind == "usage" else RETURN_WORDS)[field])


@contextmanager
def explained() -> Iterator[None]:
    """What the reader can mend is one sentence on the page, which goes on."""
    try:
        yield
    except RegistryError as error:
        st.error(plain_text(str(error)))


SAID = "_intake_said"


def say_next(sentence: str) -> None:
    """Tell what has just been done once the page is drawn anew."""
    st.session_state[SAID] = sentence


def said() -> None:
    """What the last click has done."""
    if sentence := st.session_state.pop(SAID, None):
        st.success(sentence)
