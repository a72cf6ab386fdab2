"""Follow-ups carried out on a page: the comparison first, then what is found in it.

In: the snapshot that the page shows. Out: the same acts as those of `registry follow-up`.
"""

from functools import partial

import streamlit as st

from registry import adjustment_tables as tables
from registry import db
from registry.access import subject
from registry.adjustment.compared import Record
from registry.adjustment.decisions import decision_of
from registry.adjustment.follow_up import (
    Finding,
    FollowUp,
    compare,
    finish_action,
    follow_up,
    needing,
)
from registry.errors import RegistryError
from registry.language import N_, _
from registry.markup import plain_text
from registry.snapshot import Snapshot
from registry.ui import filters
from registry.ui.data import cached
from registry.ui.decisions import follow_ups_of
from registry.ui.forms import Form, day_field, either_field, form, required, said
from registry.window import today_in_beijing

LONGEST = 500
CHOSEN = "follow_up"
RESULTS = {"as_expected": N_("符合预期"), "failed": N_("发现问题")}


def _codes(snapshot: Snapshot | None, chosen: filters.Chosen) -> list[str]:
    assert snapshot is not None
    return list(_needing(snapshot, str(chosen["power"])))


FILTERS = (filters.OneOf(CHOSEN, _codes),)
"""To be declared after the filter `power`, which narrows the follow-ups."""


def _needing(snapshot: Snapshot, power: str) -> dict[str, FollowUp]:
    """Code (decision and months) → follow-up that somebody has to see to, overdue ones first."""
    day = today_in_beijing()
    return {
        f"{one.decision.number}-{one.months}": one
        for one in needing(follow_ups_of(snapshot, day), day)
        if not power or power in one.decision.powers
    }


def follow(snapshot: Snapshot, power: str = "") -> None:
    """The follow-ups that are due; the one chosen is compared and recorded, or its action done."""
    due = _needing(snapshot, power)
    said("follow-up")
    if not due:
        return
    st.selectbox(
        _("办理一项跟踪评估"),
        ["", *due],
        format_func=lambda code: _name(due[code]) if code else _("请选择"),
        key=CHOSEN,
    )
    if (chosen := due.get(filters.value(CHOSEN))) is None:
        return
    if chosen.recorded:
        _action_form(chosen, chosen.recorded.finding.action)
        return
    st.markdown(tables.comparison_title(chosen))
    st.table(
        tables.comparison_table(cached(_compared, snapshot, chosen.decision.number, chosen.months))
    )
    _finding_form(snapshot, chosen)


def _name(one: FollowUp) -> str:
    return _("第 {number} 号决定 · 生效后 {months} 个月 · {powers}").format(
        number=one.decision.number, months=one.months, powers=tables.in_short(one.decision.powers)
    )


def _compared(snapshot: Snapshot, number: int, months: int) -> list[Record]:
    with db.reading() as connection:
        decided = decision_of(connection, number)
    return compare(snapshot, decided, months)


def _own(one: FollowUp) -> Form:
    return Form("follow-up", f"{one.decision.number}-{one.months}")


def _finding_form(snapshot: Snapshot, one: FollowUp) -> None:
    own = _own(one)
    with form(own, _("登记评估"), partial(_record, snapshot, one)):
        either_field(own, _("结果"), "result", RESULTS)
        st.caption(_("发现问题，要有说明，或有措施和期限。"))
        for field, label in (
            ("finding", _("发现")),
            ("explanation", _("对问题的说明")),
            ("action", _("措施")),
        ):
            st.text_area(label, max_chars=LONGEST, height=80, key=own.key(field))
        st.date_input(_("措施的期限"), value=None, format="YYYY-MM-DD", key=own.key("due"))
        day_field(own)


def _record(snapshot: Snapshot, one: FollowUp, own: Form) -> str:
    found = _found(own)
    which = (one.decision.number, one.months)
    with db.writing() as connection:
        actor = subject()
        follow_up(connection, snapshot, *which, found, today=own.value("on"), actor=actor)
    return _("已登记第 {number} 号决定 {months} 个月的跟踪评估。").format(
        number=which[0], months=which[1]
    )


def _found(own: Form) -> Finding:
    """Raises RegistryError where the result and what is written beside it contradict."""
    result = required(own.value("result"), _("结果"))
    texts = {field: own.text(field) for field in ("finding", "explanation", "action")}
    found = Finding(**texts, due_on=own.value("due"))
    if result == "as_expected" and found != Finding():
        raise RegistryError(N_("符合预期是没有发现问题，不能同时写发现、说明或措施"))
    if result == "failed" and not found.finding.strip():
        raise RegistryError(N_("请写明发现了什么问题"))
    return found


def _action_form(one: FollowUp, action: str) -> None:
    own = _own(one)
    with form(own, _("措施已完成"), partial(_finish, one)):
        st.markdown(_("措施：{action}").format(action=plain_text(action)))
        day_field(own)


def _finish(one: FollowUp, own: Form) -> str:
    which, today = (one.decision.number, one.months), own.value("on")
    with db.writing() as connection:
        finish_action(connection, *which, today=today, actor=subject())
    return _("已登记：措施已完成")
