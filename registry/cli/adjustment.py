"""Commands of the adjustment loop: propose, opinion, decide, follow-up.

Each lists what there is when it is given nothing to act on.
"""

from datetime import date
from typing import Annotated

import typer

from registry.access import subject
from registry.adjustment.assessment import (
    Draft,
    drafted,
    proposal_of,
    propose,
)
from registry.adjustment.decide import Order, decide
from registry.adjustment.decisions import decision_of
from registry.adjustment.follow_up import (
    PERIODS,
    Finding,
    compare,
    finish_action,
    follow_up,
    read_follow_ups,
)
from registry.adjustment.kinds import DECISIONS, KINDS
from registry.adjustment.loop import Loop, read_loop
from registry.adjustment.opinion import add_opinion
from registry.adjustment.scope import Scope
from registry.catalogue import read_catalogue
from registry.cli.adjustment_records import (
    BRIEF,
    DECISION_COLUMNS,
    FOLLOW_UP_COLUMNS,
    OPINION_COLUMNS,
    PROPOSAL_COLUMNS,
    Record,
    decision_record,
    follow_up_record,
    in_words,
    opinion_record,
    proposal_record,
    shortened,
)
from registry.cli.options import (
    NUMBER,
    District,
    From,
    KnownOn,
    To,
    UnitOption,
    parse_date,
    split,
    window_of,
)
from registry.cli.output import Format, FormatOption, say, show
from registry.db import reading, writing
from registry.errors import UsageError
from registry.known import known_act
from registry.measures.exercise import DORMANT_MIN_MONTHS
from registry.snapshot import read_snapshot
from registry.window import today_in_beijing

Reason = Annotated[str, typer.Option("--reason", help="理由")]
On = Annotated[
    str | None, typer.Option("--on", help="哪一天，默认今天；补登以前的写当时的日子，如 2021-04-20")
]


def add_commands(app: typer.Typer) -> None:
    app.command("propose")(propose_)
    app.command()(opinion)
    app.command("decide")(decide_)
    app.command("follow-up")(follow_up_)


def _day(text: str | None) -> date:
    return parse_date(text, "--on") if text else today_in_beijing()


def _done_on(text: str | None) -> date:
    """The day of an act that is being entered: today, or one that is over."""
    day = _day(text)
    if day > today_in_beijing():
        raise UsageError(f"--on {day}：登记的是已经做了的事，不能晚于今天")
    return day


def propose_(
    powers: Annotated[list[str] | None, typer.Argument(help="职权编码；不写则列出全部提案")] = None,
    recommendation: Annotated[
        str, typer.Option("--recommendation", help=f"建议：{' '.join(KINDS)}")
    ] = "",
    reason: Reason = "",
    district: Annotated[str, typer.Option("--district", help="只就这个区提出")] = "",
    first: From = None,
    last: To = None,
    on: On = None,
    known_on: KnownOn = "",
    form: FormatOption = Format.table,
) -> None:
    """提出对几项职权的调整，并冻结此刻的证据；不写职权则列出全部提案，新的在前。

    例：registry propose UM101 UM102 --recommendation return --reason "两年未用，无投诉"
    """
    number = None
    _only_listed(known_on, bool(powers))
    if powers:
        codes, today = split(powers), _done_on(on)
        draft = _draft(codes, recommendation, reason, district, first, last, today)
        with writing() as connection:
            catalogue, actor = read_catalogue(connection), subject()
            number = propose(connection, catalogue, draft, today=today, actor=actor)
        say(f"已提出：第 {number} 号提案，证据截至 {draft.as_of}")
    _show_proposals(number, known_on, form)


def _draft(
    powers: tuple[str, ...],
    recommendation: str,
    reason: str,
    district: str,
    first: str | None,
    last: str | None,
    today: date,
) -> Draft:
    """The proposal with its evidence: twelve months up to the last return, or as asked for."""
    if not recommendation or not reason:
        raise UsageError("提出调整要同时给出 --recommendation 和 --reason")
    with reading() as connection:
        snapshot = read_snapshot(connection)
    window = window_of(snapshot, first, last, today, DORMANT_MIN_MONTHS)
    return drafted(snapshot, powers, recommendation, reason, district, window, today)


def opinion(
    proposal: Annotated[
        int | None, typer.Argument(help="提案编号；不写则列出全部意见", **NUMBER)
    ] = None,
    speaker: Annotated[str, typer.Argument(help="区或街道、乡镇的代码")] = "",
    view: Annotated[str, typer.Option("--view", help="意见：keep 保留、return 收回")] = "",
    reason: Reason = "",
    on: On = None,
    known_on: KnownOn = "",
    form: FormatOption = Format.table,
) -> None:
    """一个区或街道、乡镇对提案的意见，后说的取代先说的；不写区则列出，与建议或决定相左的注明。

    例：registry opinion 3 110105 --view keep --reason "夏季夜市需要"
    """
    _only_listed(known_on, bool(speaker))
    if proposal is not None and speaker:
        if not view:
            raise UsageError("意见要写明 --view keep 或 --view return")
        with writing() as connection:
            catalogue = read_catalogue(connection)
            said = (proposal, speaker, view, reason)
            add_opinion(connection, catalogue, *said, today=_done_on(on), actor=subject())
        say("已登记")
    with reading() as connection:
        if proposal is not None:
            proposal_of(connection, proposal)
        catalogue = read_catalogue(connection)
        known = known_act(connection, known_on)
        loop, names = read_loop(connection, catalogue, known), catalogue.names("unit")
    chosen = [one for one in loop.opinions if proposal in (None, one.proposal)]
    show([opinion_record(one, loop, names) for one in chosen], form, OPINION_COLUMNS)


def decide_(
    proposal: Annotated[
        int | None, typer.Argument(help="提案编号；不写则列出全部决定", **NUMBER)
    ] = None,
    kind: Annotated[str, typer.Option("--kind", help=f"决定：{' '.join(DECISIONS)}")] = "",
    instrument: Annotated[str, typer.Option("--instrument", help="文号")] = "",
    effective: Annotated[str, typer.Option("--effective", help="生效日期，某月 1 日")] = "",
    reason: Reason = "",
    district: District = [],  # noqa: B006  Typer reads the default
    unit: UnitOption = [],  # noqa: B006
    revokes: Annotated[
        int | None, typer.Option("--revokes", help="撤销第几号决定", **NUMBER)
    ] = None,
    seen: Annotated[
        int | None,
        typer.Option("--seen", help="看过到第几号记录为止；其后有意见或变化则不记", **NUMBER),
    ] = None,
    title: Annotated[str, typer.Option("--title", help="文件标题")] = "",
    on: On = None,
    known_on: KnownOn = "",
    form: FormatOption = Format.table,
) -> None:
    """对提案作出决定，自生效日起改写持有；不写提案则列出全部决定，新的在前。

    不写 --district、--unit 即提案的全部范围；differentiate 写的是继续持有的区和街道、乡镇。
    例：registry decide 3 --kind return --instrument 文号 --effective 2023-01-01 --reason 理由
    """
    number = None
    _only_listed(known_on, proposal is not None)
    if proposal is not None:
        if not (kind and instrument and effective and reason):
            raise UsageError("作出决定要给出 --kind、--instrument、--effective 和 --reason")
        day = parse_date(effective, "--effective")
        scope = Scope(split(district), split(unit))
        order = Order(
            proposal, kind, instrument, day, reason, scope, revokes=revokes, seen=seen, title=title
        )
        with writing() as connection:
            catalogue, actor = read_catalogue(connection), subject()
            made = decide(connection, catalogue, order, today=_done_on(on), actor=actor)
        number = made.number
        say(f"已决定：第 {number} 号，自 {made.effective_on} 生效")
    _show_decisions(number, known_on, _day(on), form)


def follow_up_(
    decision: Annotated[
        int | None, typer.Argument(help="决定编号；不写则列出全部评估", **NUMBER)
    ] = None,
    months: Annotated[int | None, typer.Option("--months", help="生效后几个月", **NUMBER)] = None,
    as_expected: Annotated[bool, typer.Option("--as-expected", help="记录：符合预期")] = False,
    finding: Annotated[str, typer.Option("--finding", help="记录：发现的问题")] = "",
    explanation: Annotated[str, typer.Option("--explanation", help="对问题的说明")] = "",
    action: Annotated[str, typer.Option("--action", help="采取的措施")] = "",
    due: Annotated[str, typer.Option("--due", help="措施的期限，如 2023-12-31")] = "",
    done: Annotated[bool, typer.Option("--done", help="记录：措施已完成")] = False,
    on: On = None,
    known_on: KnownOn = "",
    form: FormatOption = Format.table,
) -> None:
    """决定生效后的跟踪评估：前后对照、与未调整的单位对照；不写决定则列出，逾期的在前。

    先看：registry follow-up 2 --months 6；再记录 --as-expected，或 --finding 连同
    --explanation（说明）或 --action、--due（措施和期限）。
    例：registry follow-up 2 --months 6 --finding 仍未使用 --action 组织培训 --due 2023-12-31
    """
    _only_listed(known_on, decision is not None)
    if decision is None:
        _show_follow_ups(known_on, _day(on), form)
        return
    if months is None:
        raise UsageError("请写明是生效后几个月的评估，如 --months 6")
    found = Finding(finding, explanation, action, parse_date(due, "--due") if due else None)
    if as_expected and found != Finding():
        raise UsageError("--as-expected 是没有发现问题，不能与 --finding、--action 等同用")
    if done:
        with writing() as connection:
            finish_action(connection, decision, months, today=_done_on(on), actor=subject())
        say("已登记：措施已完成")
        _show_follow_ups("", _day(on), form)
        return
    compared = _compared(decision, months, found, as_expected, _done_on(on))
    show(in_words(compared) if form is Format.table else compared, form)


def _compared(
    number: int, months: int, found: Finding, as_expected: bool, today: date
) -> list[Record]:
    """The comparison; recorded where something is said of it."""
    with reading() as connection:
        snapshot, decided = read_snapshot(connection), decision_of(connection, number)
    compared = compare(snapshot, decided, months)
    windows = (decided.plan.window(months, period) for period in PERIODS)
    say(f"第 {number} 号决定 · 生效后 {months} 个月 · {' 对照 '.join(map(str, windows))}")
    if as_expected or found != Finding():
        with writing() as connection:
            follow_up(
                *(connection, snapshot, number, months, found),
                today=today,
                actor=subject(),
            )
        say("已登记")
    return compared


def _only_listed(known_on: str, acts: bool) -> None:
    """What was known then can be listed, and nothing be added to it."""
    if known_on and acts:
        raise UsageError("--known-on 只用于列出当时所知的，不能与登记同用")


def _loop(known_on: str) -> Loop:
    with reading() as connection:
        catalogue = read_catalogue(connection)
        return read_loop(connection, catalogue, known_act(connection, known_on))


def _show_proposals(number: int | None, known_on: str, form: Format) -> None:
    loop = _loop(known_on)
    chosen = [one for one in loop.proposals if number in (None, one.number)]
    rows = [proposal_record(one, loop) for one in chosen]
    show(shortened(rows, form), form, PROPOSAL_COLUMNS, BRIEF["propose"])


def _show_decisions(number: int | None, known_on: str, day: date, form: Format) -> None:
    loop = _loop(known_on)
    chosen = [one for one in loop.decisions if number in (None, one.number)]
    rows = [decision_record(one, loop, day) for one in chosen]
    show(shortened(rows, form), form, DECISION_COLUMNS, BRIEF["decide"])


def _show_follow_ups(known_on: str, day: date, form: Format) -> None:
    with reading() as connection:
        listed = read_follow_ups(connection, day, known_act(connection, known_on))
    rows = [follow_up_record(one, day) for one in listed]
    show(shortened(rows, form), form, FOLLOW_UP_COLUMNS, BRIEF["follow-up"])
