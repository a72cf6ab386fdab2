"""The batches that have come in: listed, their problems as a workbook, withdrawn with a reason.

In: the batches of the register. Out: a table, a file, or an act that takes a batch back.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pandas as pd
import sqlalchemy as sa
import streamlit as st

from registry import db, models
from registry.access import scope, subject
from registry.intake.batches import open_batches
from registry.intake.problems import retry
from registry.intake.withdraw import withdraw
from registry.language import _, ngettext
from registry.markup import plain_text
from registry.snapshot import Snapshot
from registry.ui import data, filters
from registry.ui.file_links import file_link
from registry.ui.intake_words import explained, say_next
from registry.ui.navigation import address
from registry.ui.show import long_table
from registry.window import BEIJING, Window, today_in_beijing
from registry.wording import count_text, listed, window_text

MOST_DISTRICTS = 3


@dataclass(frozen=True)
class Batch:
    """`window` and `districts` are what it declared, empty for a mended workbook; `open_rows`
    are rows of it that are still in quarantine."""

    number: int
    file: str
    districts: tuple[str, ...]
    window: Window | None
    counts: dict[str, int]
    open_rows: int
    synthetic: bool
    stands: bool
    recorded_at: str

    def name(self) -> str:
        return _("批次 {number} · {file}").format(number=self.number, file=self.file)


def batches(snapshot: Snapshot) -> dict[int, Batch]:
    """Every batch by number, the newest first."""
    return data.cached(_batches, snapshot)


def _batches(_snapshot: Snapshot) -> dict[int, Batch]:
    batch, act, problem = (db.table(m) for m in (models.Batch, models.Act, models.Problem))
    still_open = (
        sa.select(problem.c.batch_id, sa.func.count().label("open_rows"))
        .where(problem.c.resolved_in.is_(None))
        .group_by(problem.c.batch_id)
        .subquery()
    )
    query = (
        sa.select(batch, act.c.at, sa.func.coalesce(still_open.c.open_rows, 0).label("open_rows"))
        .join(act, act.c.id == batch.c.recorded_in)
        .join(still_open, still_open.c.batch_id == batch.c.id, isouter=True)
        .where(open_batches())
        .order_by(batch.c.id.desc())
    )
    with db.reading() as connection:
        return {row["id"]: _batch(row) for row in connection.execute(query).mappings()}


def _batch(row: Any) -> Batch:
    names = ("read", "accepted", "corrected", "unchanged", "quarantined", "skipped")
    has_window = row["month_from"] is not None
    return Batch(
        number=row["id"],
        file=row["file_name"],
        districts=tuple(code for code in row["districts"].split(",") if code),
        window=Window(row["month_from"], row["month_to"]) if has_window else None,
        counts={name: row[name] for name in names},
        open_rows=row["open_rows"],
        synthetic=bool(row["synthetic"]),
        stands=row["withdrawn_in"] is None,
        recorded_at=f"{datetime.fromisoformat(row['at']).astimezone(BEIJING):%Y-%m-%d %H:%M}",
    )


def _numbers(snapshot: Snapshot | None, _chosen: Any) -> list[str]:
    assert snapshot is not None
    return [str(number) for number in batches(snapshot)]


class _OwnBatch(filters.OneOf):
    """A batch that the reader may see; a number of another one, or of none, is noted in the log."""

    def admit(self, value: Any, snapshot: Snapshot | None, chosen: Any) -> str | None:
        admitted = super().admit(value, snapshot, chosen)
        if value and admitted is None:
            scope().note_refusal("batch")
        return admitted


FILTERS = (_OwnBatch("batch", _numbers),)


def show_history(snapshot: Snapshot) -> Batch | None:
    """The table of batches, and the one that the reader picks."""
    known = batches(snapshot)
    if not known:
        st.info(_("还没有导入过台账；请先在上面上传。"))
        return None
    rows = [_record(batch, data.names(snapshot)["district"]) for batch in known.values()]
    links = [f"[{number}]({address('intake', batch=str(number))})" for number in known]
    table = pd.DataFrame(rows, index=pd.Index(links, name=_("批次")))
    long_table(table, "batches", alt=_("已导入的批次"))
    st.selectbox(
        _("处理一个批次"),
        ["", *(str(number) for number in known)],
        format_func=lambda code: known[int(code)].name() if code else _("请选择"),
        key="batch",
    )
    chosen = filters.value("batch")
    return known[int(chosen)] if chosen else None


def _record(batch: Batch, names: Any) -> dict[str, Any]:
    return {
        _("文件"): batch.file,
        _("区"): _districts_text(batch, names),
        _("期间"): window_text(batch.window) if batch.window else "",
        _("状态"): _state(batch),
        _("读取"): batch.counts["read"],
        _("接受"): batch.counts["accepted"],
        _("更正"): batch.counts["corrected"],
        _("未变"): batch.counts["unchanged"],
        _("隔离"): batch.counts["quarantined"],
        _("略过"): batch.counts["skipped"],
        _("未解决"): batch.open_rows if batch.stands else 0,
        _("导入时间"): batch.recorded_at,
    }


def _districts_text(batch: Batch, names: Any) -> str:
    if len(batch.districts) > MOST_DISTRICTS:
        return _("{count} 个区").format(count=len(batch.districts))
    return listed(names.get(code, code) for code in batch.districts)


def _state(batch: Batch) -> str:
    if not batch.stands:
        return _("已撤回")
    return _("有效（演示）") if batch.synthetic else _("有效")


def manage(batch: Batch) -> None:
    """What can be done with a batch that stands."""
    if not batch.stands:
        st.info(_("批次 {number} 已经撤回；同一文件可以再次导入。").format(number=batch.number))
        return
    if batch.open_rows:
        st.markdown(
            ngettext("批次 {number} 有 {rows} 行问题未解决。", batch.open_rows).format(
                number=batch.number, rows=count_text(batch.open_rows)
            )
        )
        with st.container(horizontal=True):
            problem_book_link(batch)
            again = st.button(_("重新核对问题行"), help=_("登记写法之后，不必重新上传。"))
        if again:
            with explained():
                retry_batch(batch)
    else:
        st.caption(_("批次 {number} 没有未解决的问题行。").format(number=batch.number))
    _withdrawal_form(batch)


def retry_batch(batch: Batch, said: str = "") -> None:
    """Check the batch's open rows again and say what came of it."""
    with st.spinner(_("正在核对…")):
        solved, left = retry(today=today_in_beijing(), actor=subject(), batch=batch.number)
    told = _("重新核对：解决 {solved} 行，仍有 {left} 行。")
    say_next(said + told.format(solved=count_text(solved), left=count_text(left)))
    st.rerun()


def problem_book_link(batch: Batch) -> None:
    """The workbook of a batch's open problems, to be mended and uploaded again."""
    label = ngettext("下载问题工作簿（{rows} 行）", batch.open_rows)
    file_link(label.format(rows=count_text(batch.open_rows)), "problems", batch=str(batch.number))


def _withdrawal_form(batch: Batch) -> None:
    with st.form(f"withdraw {batch.number}", enter_to_submit=False):
        st.markdown(_("**撤回批次 {number}**").format(number=batch.number))
        st.caption(
            _("这个批次所报的案件和月份不再计入；它更正过的案件恢复原样。任何内容都不会删除。")
        )
        reason = st.text_input(_("理由"), max_chars=200, key=f"reason {batch.number}")
        confirmed = st.checkbox(
            _("确认撤回「{file}」").format(file=plain_text(batch.file)),
            key=f"confirm {batch.number}",
        )
        pressed = st.form_submit_button(_("撤回"))
    if not pressed:
        return
    if not reason.strip() or not confirmed:
        st.error(_("撤回要写明理由，并勾选确认。"))
        return
    with explained():
        _withdraw(batch, reason.strip())


def _withdraw(batch: Batch, reason: str) -> None:
    with st.spinner(_("正在撤回…")):
        result = withdraw([batch.number], reason=reason, actor=subject())
    say_next(
        _(
            "批次 {number} 已撤回：终止 {ended} 件案件，恢复 {restored} 件，"
            "{months} 个单位月份不再算已报。"
        ).format(
            number=batch.number,
            ended=count_text(result.cases_ended),
            restored=count_text(result.cases_restored),
            months=count_text(result.unit_months_ended),
        )
    )
    st.rerun()
