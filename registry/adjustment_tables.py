"""The adjustment loop in the reader's words: tables, and the sentence above each.

In: what stands in the loop, names. Out: frames of text, and sentences.
"""

from collections.abc import Mapping, Sequence
from datetime import date

import pandas as pd

from registry.adjustment.assessment import Proposal
from registry.adjustment.compared import COUNTS, TITLES, Record, figure_text
from registry.adjustment.decisions import STATES, Decided
from registry.adjustment.follow_up import (
    FOLLOW_UP_STATES,
    GROUPS,
    PERIODS,
    Finding,
    FollowUp,
    needing,
)
from registry.adjustment.kinds import DECISIONS, KINDS, VIEWS
from registry.adjustment.loop import Loop
from registry.adjustment.opinion import Opinion
from registry.adjustment.scope import Scope
from registry.language import _, day_name, ngettext
from registry.wording import Names, listed, window_text

MANY = 3
"""A cell names that many powers or units and counts them all."""


def proposals_finding(loop: Loop) -> str:
    waiting = sum(loop.decision(one.number) is None for one in loop.proposals)
    if not waiting:
        return _("没有待决定的提案")
    return ngettext("{count} 项提案待决定", waiting).format(count=waiting)


def proposals_table(loop: Loop, names: Mapping[str, Names]) -> pd.DataFrame:
    """A row a proposal, those that wait for a decision first."""
    waiting = [one for one in loop.proposals if loop.decision(one.number) is None]
    others = [one for one in loop.proposals if one not in waiting]
    return _table([_proposal_row(one, loop, names) for one in (*waiting, *others)])


def _proposal_row(asked: Proposal, loop: Loop, names: Mapping[str, Names]) -> dict[str, str]:
    return {
        _("提案"): str(asked.number),
        _("状态"): _("已决定") if loop.decision(asked.number) else _("待决定"),
        _("职权"): powers_text(asked.powers, names),
        _("范围"): scope_text(asked.scope, names),
        _("建议"): _(KINDS[asked.recommendation]),
        _("理由"): asked.reason,
        _("提出"): day_name(asked.proposed_on),
        _("证据截至"): day_name(asked.as_of),
        _("意见"): _views_text(loop.said(asked.number)),
        _("相左"): _dissent_text(asked.number, loop, names),
    }


def _views_text(said: Sequence[Opinion]) -> str:
    counts = {view: sum(one.view == view for one in said) for view in VIEWS}
    texts = [f"{_(VIEWS[view])} {count}" for view, count in counts.items() if count]
    return listed(texts) or "—"


def _dissent_text(proposal: int, loop: Loop, names: Mapping[str, Names]) -> str:
    return listed(unit_name(code, names) for code in loop.dissenters(proposal)) or "—"


def opinions_finding(loop: Loop) -> str:
    against = sum(loop.dissents(one) for one in loop.opinions)
    if not against:
        return ngettext("{count} 条意见，没有相左的", len(loop.opinions)).format(
            count=len(loop.opinions)
        )
    return ngettext("{count} 条意见，其中 {against} 条与建议或决定相左", len(loop.opinions)).format(
        count=len(loop.opinions), against=against
    )


def opinions_table(loop: Loop, names: Mapping[str, Names]) -> pd.DataFrame:
    """A row an opinion, dissent first."""
    ordered = sorted(loop.opinions, key=lambda one: (not loop.dissents(one), -one.proposal))
    return _table(
        [
            {
                _("提案"): str(one.proposal),
                _("单位"): unit_name(one.speaker, names),
                _("看法"): _(VIEWS[one.view]),
                _("相左"): _("是") if loop.dissents(one) else "—",
                _("理由"): one.reason,
                _("日期"): day_name(one.said_on),
            }
            for one in ordered
        ]
    )


def decisions_finding(loop: Loop, day: date) -> str:
    states = [one.state(day) for one in loop.decisions]
    if not states:
        return _("还没有决定")
    in_force, to_come = (states.count(state) for state in ("in_force", "decided"))
    return _("{in_force} 项决定已生效，{to_come} 项待生效").format(
        in_force=in_force, to_come=to_come
    )


def decisions_table(loop: Loop, names: Mapping[str, Names], day: date) -> pd.DataFrame:
    """A row a decision, the newest first."""
    return _table([_decision_row(one, loop, names, day) for one in loop.decisions])


def _decision_row(
    made: Decided, loop: Loop, names: Mapping[str, Names], day: date
) -> dict[str, str]:
    kind = _(DECISIONS[made.kind])
    if made.revokes is not None:
        kind = _("撤销第 {number} 号决定").format(number=made.revokes)
    return {
        _("决定编号"): str(made.number),
        _("状态"): _(STATES[made.state(day)]),
        _("职权"): powers_text(made.powers, names),
        _("类别"): kind,
        _("范围"): scope_text(made.scope, names),
        _("依据文件"): made.instrument,
        _("决定日期"): day_name(made.decided_on),
        _("生效"): day_name(made.effective_on),
        _("理由"): made.reason,
        _("相左"): _dissent_text(made.proposal, loop, names),
    }


def follow_ups_finding(follow_ups: Sequence[FollowUp], day: date) -> str:
    late = sum(one.state(day) in ("overdue", "action_overdue") for one in follow_ups)
    if late:
        return ngettext("{count} 项跟踪评估或措施逾期", late).format(count=late)
    waiting = len(needing(follow_ups, day))
    if waiting:
        return ngettext("{count} 项跟踪评估或措施待办", waiting).format(count=waiting)
    return _("没有到期的跟踪评估")


def follow_ups_table(
    follow_ups: Sequence[FollowUp], day: date, names: Mapping[str, Names], last: int | None
) -> pd.DataFrame:
    """A row a follow-up, in their order: overdue first. last: the last month with any log."""
    return _table([_follow_up_row(one, day, names, last) for one in follow_ups])


def _state_text(one: FollowUp, day: date, last: int | None) -> str:
    """The state; months that are compared and of which nothing has come in yet are said."""
    state = _(FOLLOW_UP_STATES[one.state(day)])
    months = one.decision.plan.window(one.months, PERIODS[1])
    if last is not None and months.last <= last:
        return state
    return _("{state}（{months}尚未报齐）").format(state=state, months=window_text(months))


def _follow_up_row(
    one: FollowUp, day: date, names: Mapping[str, Names], last: int | None
) -> dict[str, str]:
    found = one.recorded.finding if one.recorded else Finding()
    return {
        _("决定编号"): str(one.decision.number),
        _("生效后（月）"): str(one.months),
        _("状态"): _state_text(one, day, last),
        _("职权"): powers_text(one.decision.powers, names),
        _("期限"): day_name(one.needed_by),
        _("发现"): found.finding or "—",
        _("对问题的说明"): found.explanation or "—",
        _("措施"): found.action or "—",
    }


def comparison_title(one: FollowUp) -> str:
    windows = [window_text(one.decision.plan.window(one.months, period)) for period in PERIODS]
    return _("第 {number} 号决定，生效后 {months} 个月：{before} 对照 {after}").format(
        number=one.decision.number, months=one.months, before=windows[0], after=windows[1]
    )


def comparison_table(figures: Sequence[Record]) -> pd.DataFrame:
    """The figures before and after, of the units that changed and of those that did not.

    Counts of cases stand where one power is compared; they are never added over powers.
    """
    powers = {record["power"] for record in figures if record["power"]}
    shown = [record for record in figures if record["measure"] not in COUNTS or len(powers) == 1]
    return _table([_comparison_row(record) for record in shown])


def _comparison_row(record: Record) -> dict[str, str]:
    group, title = GROUPS[record["group"]], TITLES[record["measure"]]
    return {
        _("单位"): _(group),
        _("指标"): _(title),
        _("调整前"): figure_text(record, "before"),
        _("调整后"): figure_text(record, "after"),
    }


def scope_text(scope: Scope, names: Mapping[str, Names]) -> str:
    if scope.is_city:
        return _("全市")
    return in_short([unit_name(code, names) for code in (*scope.districts, *scope.units)])


def unit_name(code: str, names: Mapping[str, Names]) -> str:
    return names["district"].get(code) or names["unit"].get(code, code)


def powers_text(codes: Sequence[str], names: Mapping[str, Names]) -> str:
    """Codes with their names."""
    return in_short([f"{code} {names['power'].get(code, '')}".strip() for code in codes])


def in_short(words: Sequence[str]) -> str:
    first = listed(words[:MANY])
    if len(words) <= MANY:
        return first
    return _("{first}等 {count} 项").format(first=first, count=len(words))


def _table(rows: list[dict[str, str]]) -> pd.DataFrame:
    """Text, the first column as the index: a table of a page has it as its heading."""
    frame = pd.DataFrame(rows)
    return frame.set_index(frame.columns[0]) if rows else frame
