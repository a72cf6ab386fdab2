"""Dry runs and imports: started, watched until they end, found again after a reload.

In: an `Order`. Out: a job in the address, whose state and report are drawn by whoever opens it.
The work is done by `registry.intake.worker`, whatever the reader clicks or closes.
"""

from dataclasses import dataclass
from datetime import datetime

import streamlit as st

from registry.access import subject
from registry.demo.load import drop_demo
from registry.errors import RegistryError
from registry.intake import worker
from registry.intake.report import Report
from registry.intake.worker import Job
from registry.language import _
from registry.markup import plain_text
from registry.snapshot import Snapshot
from registry.ui import filters
from registry.ui.intake_file import Order, order_text
from registry.ui.intake_words import KINDS, STAGES, STATES, explained
from registry.ui.navigation import page_link
from registry.window import BEIJING

FILTERS = (filters.Words("job", 32),)
CHECKED, ASKING = "_intake_checked", "_intake_asking"
LISTED = 6
POLL_SECONDS = 1


@dataclass(frozen=True)
class Done:
    """A job that has ended well, and its report."""

    job: Job
    report: Report

    @property
    def is_dry_run(self) -> bool:
        return self.job.kind == "dry_run"


def offer(order: Order, snapshot: Snapshot) -> None:
    """The buttons for a dry run and, once it has been done for just this, the import."""
    if order.declaration:
        st.markdown(order_text(snapshot, order.declaration))
    is_checked = _is_checked(order)
    with st.container(horizontal=True):
        check = st.button(_("试运行"), type="secondary" if is_checked else "primary")
        go_on = st.button(
            _("导入"),
            type="primary" if is_checked else "secondary",
            disabled=not is_checked,
            help=_("先试运行，看过结果再导入；改动申报后要重新试运行。"),
        )
    with explained():
        if check:
            start(order, dry_run=True)
        if go_on and _holds_only_demo(order, snapshot):
            st.session_state[ASKING] = order.key
        elif go_on:
            start(order, dry_run=False)
        if st.session_state.get(ASKING) == order.key:
            _ask_about_demo(order)


def start(order: Order, *, dry_run: bool) -> None:
    """Hand the order to a worker and show its job."""
    number = worker.submit(
        order.upload.file,
        order.upload.name,
        order.declaration,
        actor=subject(),
        dry_run=dry_run,
    )
    st.session_state[CHECKED] = (number, order.key) if dry_run else None
    st.session_state.pop(ASKING, None)
    filters.put(job=number)
    st.rerun()


def _is_checked(order: Order) -> bool:
    """Whether the last dry run was of this very order and found something to store."""
    number, key = st.session_state.get(CHECKED) or ("", "")
    if key != order.key:
        return False
    try:
        report = worker.report_of(number)
    except RegistryError:
        return False
    return report is not None and not report.is_unsound


def _holds_only_demo(order: Order, snapshot: Snapshot) -> bool:
    demo_alone = snapshot.synthetic > 0 and snapshot.synthetic == snapshot.batches
    return demo_alone and order.declaration is not None


def _ask_about_demo(order: Order) -> None:
    """Before the first real import into a register with demo cases: empty the demo, or not."""
    with st.container(border=True):
        st.warning(_("台账中只有演示数据。真实台账和演示数据混在一起，比率就不可信。"))
        with st.container(horizontal=True):
            drop = st.button(_("清空演示数据并导入"), type="primary")
            keep = st.button(_("保留演示数据并导入"))
            cancel = st.button(_("取消"))
    if drop:
        with st.spinner(_("正在清空演示数据…")):
            drop_demo()
    if drop or keep:
        start(order, dry_run=False)
    if cancel:
        st.session_state.pop(ASKING, None)
        st.rerun()


def show_job() -> Done | None:
    """The job in the address: its progress, why it failed, or its report for the page to draw."""
    number = filters.value("job")
    if not number:
        return None
    with explained():
        job = worker.status(number)
        if job.is_active:
            _watch(number)
            return None
        if job.state == worker.FAILED:
            lead = _("{kind}「{file}」未完成：").format(
                kind=_(KINDS[job.kind]), file=plain_text(job.file_name)
            )
            st.error(lead + plain_text(job.message))
            return None
        report = worker.report_of(number)
        return Done(job, report) if report else None
    return None


@st.fragment(run_every=POLL_SECONDS)
def _watch(number: str) -> None:
    """Ask the worker once a second; only this line is drawn anew, until the job has ended."""
    job = worker.status(number)
    if not job.is_active:
        st.rerun()
    at = _(job.stage) if job.stage else _(STATES[job.state])
    step = STAGES.index(job.stage) + 1 if job.stage in STAGES else 0
    text = _("{kind}「{file}」：{state}。可以离开本页，任务会继续。").format(
        kind=_(KINDS[job.kind]), file=plain_text(job.file_name), state=at
    )
    st.progress(step / (len(STAGES) + 1), text=text)


def recent_jobs() -> None:
    """The latest jobs as links that open them again."""
    with explained():
        jobs = worker.recent(subject(), LISTED)
        if not jobs:
            return
        with st.expander(_("最近的任务")):
            for job in jobs:
                page_link("intake", _job_text(job), job=job.id)


def _job_text(job: Job) -> str:
    at = datetime.fromisoformat(job.created_at).astimezone(BEIJING)
    return _("{time} {kind}「{file}」：{state}").format(
        time=f"{at:%m-%d %H:%M}",
        kind=_(KINDS[job.kind]),
        file=plain_text(job.file_name),
        state=_(STATES[job.state]),
    )
