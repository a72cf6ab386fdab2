"""What a dry run or an import found: counts, unknown texts to be matched, problems by row.

In: a `Report`. Out: its figures on the page; matched texts as aliases in the register.
"""

from collections.abc import Sequence
from typing import Any

import pandas as pd
import streamlit as st

from registry import db
from registry.access import subject
from registry.alias import add_alias
from registry.intake.match import text_key
from registry.intake.report import Report
from registry.language import _, ngettext
from registry.markup import plain_text
from registry.snapshot import Snapshot
from registry.ui import data
from registry.ui.intake_file import Order, units_of
from registry.ui.intake_history import Batch, problem_book_link, retry_batch
from registry.ui.intake_jobs import Done, start
from registry.ui.intake_words import (
    FIELD_WORDS,
    RETURN_WORDS,
    explained,
    note_words,
    quoted,
    say_next,
)
from registry.ui.navigation import page_link
from registry.window import month_text
from registry.wording import count_text, listed

MOST_ROWS, MOST_TEXTS, MOST_NAMES, SHORT = 1000, 20, 12, 40


def show_report(done: Done, order: Order | None, batch: Batch | None, snapshot: Snapshot) -> None:
    """The whole report; `batch` is what an import has stored, if it still stands."""
    _headline(done)
    if done.is_dry_run and not order:
        st.caption(_("要登记写法或导入，请再上传这个文件。"))
    if batch:
        _ways_on(batch)
    _match_unknowns(done, order, batch, snapshot)
    _problems(done.report, batch)
    _notes(_("提醒"), done.report.warning_notes, is_warning=True)
    _others(done.report, snapshot)


def _headline(done: Done) -> None:
    report, file = done.report, plain_text(done.report.file)
    if done.is_dry_run:
        st.markdown(_("**试运行「{file}」：没有存入任何内容**").format(file=file))
        if report.is_unsound:
            st.warning(_("没有一行可以接受，还不能导入；请登记写法或改正文件，再试运行。"))
    elif report.repeated:
        st.info(
            _("「{file}」已作为批次 {batch} 导入过，未作改动。").format(
                file=file, batch=report.batch
            )
        )
    else:
        st.success(_("「{file}」已导入为批次 {batch}。").format(file=file, batch=report.batch))
    st.markdown(counts_text(report))


def counts_text(report: Report) -> str:
    """'读取 10 = 接受 7 + …': every row is accounted for."""
    names = ("read", "accepted", "corrected", "unchanged", "quarantined", "skipped")
    text = _(
        "读取 {read} = 接受 {accepted} + 更正 {corrected} + 未变 {unchanged} + "
        "隔离 {quarantined} + 略过 {skipped}"
    )
    return text.format(**{name: count_text(getattr(report, name)) for name in names})


def _ways_on(batch: Batch) -> None:
    """Where to see what the batch has changed."""
    if batch.window:
        page_link(
            "exercise",
            _("查看这些区和月份的职权履行率"),
            district=batch.districts,
            unit=None,
            **{"from": month_text(batch.window.first), "to": month_text(batch.window.last)},
        )
    else:
        page_link("exercise", _("查看职权履行率"))


def _match_unknowns(
    done: Done, order: Order | None, batch: Batch | None, snapshot: Snapshot
) -> None:
    """Each unknown text once, with a box for what it means; then the rows are checked again."""
    can_go_on = (order is not None and done.is_dry_run) or (batch is not None and batch.stands)
    districts = _districts(order, batch)
    unknown = _still_unknown(done.report, districts, snapshot)
    if not unknown or not can_go_on:
        return
    st.markdown(_("**未识别的写法（{count}）**").format(count=len(unknown)))
    st.caption(_scope_text(districts, snapshot))
    with st.form("match", enter_to_submit=False):
        chosen = [_text_box(text, districts, snapshot) for text in unknown[:MOST_TEXTS]]
        if len(unknown) > MOST_TEXTS:
            st.caption(
                _("另有 {count} 种写法，登记后再列出。").format(count=len(unknown) - MOST_TEXTS)
            )
        pressed = st.form_submit_button(_("登记并重新核对"), type="primary")
    if not pressed:
        return
    aliases = [(one["text"], code) for one, code in zip(unknown, chosen, strict=False) if code]
    with explained():
        _register(aliases, districts, order if done.is_dry_run else None, batch)


def _still_unknown(
    report: Report, districts: tuple[str, ...], snapshot: Snapshot
) -> list[dict[str, Any]]:
    """The unknown texts that no alias has been recorded for since, the most frequent first."""
    aliases = snapshot.catalogue.aliases
    here = aliases[aliases["district"].isin(["", *districts])]
    known = set(zip(here["target"], here["key"], strict=True))
    unknown = [one for one in report.unknown if (one["field"], text_key(one["text"])) not in known]
    return sorted(unknown, key=lambda one: -one["rows"])


def _districts(order: Order | None, batch: Batch | None) -> tuple[str, ...]:
    if order and order.declaration:
        return order.declaration.districts
    return batch.districts if batch else ()


def _scope_text(districts: tuple[str, ...], snapshot: Snapshot) -> str:
    if len(districts) != 1:
        return _("每种写法只需选一次；登记后在各区的台账中都有效。")
    name = data.names(snapshot)["district"][districts[0]]
    return _("每种写法只需选一次；登记后在{district}的台账中有效。").format(district=name)


def _text_box(text: dict[str, Any], districts: tuple[str, ...], snapshot: Snapshot) -> str | None:
    names, codes = data.names(snapshot), units_of(snapshot, districts)
    field = text["field"]
    if field == "power":
        codes = snapshot.catalogue.powers["code"].tolist()
    return st.selectbox(
        ngettext("{field}「{text}」：{rows} 行", text["rows"]).format(
            field=_(FIELD_WORDS[field]),
            text=plain_text(text["text"]),
            rows=count_text(text["rows"]),
        ),
        codes,
        index=None,
        format_func=lambda code: f"{names[field][code]} {code}",
        placeholder=_("选择它指的是什么，可输入查找"),
        key=f"match {field} {text['text']}",
    )


def _register(
    aliases: Sequence[tuple[str, str]],
    districts: tuple[str, ...],
    order: Order | None,
    batch: Batch | None,
) -> None:
    """Record the aliases in one act each, then check again: the file, or the batch's rows."""
    if not aliases:
        st.info(_("还没有选择任何一项。"))
        return
    district = districts[0] if len(districts) == 1 else ""
    with db.writing() as connection:
        for text, code in aliases:
            add_alias(connection, text, code, district, subject())
    said = _("已登记 {count} 种写法。").format(count=len(aliases))
    if order:
        say_next(said)
        start(order, dry_run=True)
    if batch:
        retry_batch(batch, said)


def _problems(report: Report, batch: Batch | None) -> None:
    """The quarantined rows and why; of a batch also as a workbook to be mended."""
    if report.problems:
        _notes(_("逐行的问题"), report.problems, is_warning=False)
    if batch and batch.open_rows and batch.stands:
        problem_book_link(batch)
        st.caption(_("在工作簿中改正后，直接在上面上传，无需再申报。"))


def _notes(title: str, notes: Sequence[dict[str, Any]], *, is_warning: bool) -> None:
    """A table of problems or warnings: where, what was found, what would be right."""
    if not notes:
        return
    heading = _("{title}（{count}）").format(title=title, count=count_text(len(notes)))
    with st.expander(heading, expanded=not is_warning):
        rows = pd.DataFrame([_note_row(note, is_warning) for note in notes[:MOST_ROWS]])
        if len(rows) > SHORT:
            st.dataframe(rows, hide_index=True, alt=title)
        else:  # wraps on a phone and prints whole
            st.table(rows.astype(object).map(_cell).set_index(rows.columns[0]))
        if len(notes) > MOST_ROWS:
            st.caption(_("只列出前 {count} 条；全部见问题工作簿。").format(count=MOST_ROWS))


def _cell(value: Any) -> str:
    return "" if pd.isna(value) else plain_text(str(value))


def _note_row(note: dict[str, Any], is_warning: bool) -> dict[str, Any]:
    return {
        _("行"): note["row"],
        _("列"): note["column"],
        _("原文"): note["value"],
        _("问题"): note_words(note, is_warning),
        _("工作表"): note["sheet"],
    }


def _others(report: Report, snapshot: Snapshot) -> None:
    """Cases that end, units without a case, columns that are not stored."""
    if report.ended:
        title = _("终止的案件或行（{count}）").format(count=count_text(len(report.ended)))
        with st.expander(title):
            frame = pd.DataFrame(report.ended[:MOST_ROWS]).drop(columns="action", errors="ignore")
            words = {**RETURN_WORDS, **FIELD_WORDS}
            frame.columns = pd.Index([_(words[name]) for name in frame])
            st.dataframe(frame, hide_index=True, alt=title)
    if report.nil_units:
        names = data.names(snapshot)["unit"]
        shown = [names.get(code, code) for code in report.nil_units[:MOST_NAMES]]
        st.caption(
            ngettext(
                "没有内容的单位（零报告）{count} 个：{names}{more}", len(report.nil_units)
            ).format(
                count=len(report.nil_units),
                names=listed(shown),
                more="…" if len(report.nil_units) > MOST_NAMES else "",
            )
        )
    if report.left_out:
        st.caption(_("未存储的列：{headings}").format(headings=quoted(report.left_out)))
