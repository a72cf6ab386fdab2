"""The adjustment loop acted upon: propose, say an opinion, decide.

In: the snapshot that the page shows. Out: the same acts as those of `registry propose`, `opinion`
and `decide`; an officer decides on what this page has shown, and on nothing that came since.
"""

from collections.abc import Sequence
from functools import partial

import streamlit as st

from registry import adjustment_tables as tables
from registry import db
from registry.access import subject
from registry.adjustment.assessment import Proposal, drafted, propose
from registry.adjustment.decide import Order, decide
from registry.adjustment.kinds import DECISIONS, KINDS, REVOKE, VIEWS
from registry.adjustment.loop import Loop
from registry.adjustment.opinion import add_opinion
from registry.adjustment.policy import read_policy
from registry.adjustment.scope import Scope
from registry.catalogue import read_catalogue
from registry.language import _, day_name
from registry.snapshot import Snapshot
from registry.ui import filters, login
from registry.ui.data import names
from registry.ui.decisions import loop_of
from registry.ui.forms import Form, day_field, either_field, form, required, said
from registry.window import Window, today_in_beijing

LONGEST_REASON = 500
CHOSEN = "proposal"


def _numbers(snapshot: Snapshot | None, chosen: filters.Chosen) -> list[str]:
    assert snapshot is not None
    return [str(one.number) for one in _waiting(snapshot, str(chosen["power"]))]


FILTERS = (filters.OneOf(CHOSEN, _numbers),)
"""To be declared after the filter `power`, which narrows the proposals."""


def _waiting(snapshot: Snapshot, power: str) -> list[Proposal]:
    """Proposals without a decision; of one power, where one is given."""
    loop = loop_of(snapshot, today_in_beijing())
    own = loop.on(power) if power else loop
    return [one for one in own.proposals if own.decision(one.number) is None]


def may_write(snapshot: Snapshot) -> bool:
    """Only what is known now can be acted upon, and only by who does."""
    if not login.reader().may("opinion"):
        return False
    if snapshot.known is None:
        return True
    st.caption(_("这里按当时所知显示；要提出、表态或决定，请改看现在所知的。"))
    return False


def propose_form(
    snapshot: Snapshot,
    window: Window,
    powers: Sequence[str],
    power: str,
    recommendation: str | None,
    district: str,
) -> None:
    """A proposal on the evidence of a window; `power` and its recommendation stand in already."""
    st.subheader(_("提出调整"), anchor=False)
    st.caption(_("提出即冻结此刻的证据，日后据此决定和跟踪。"))
    said("propose")
    own, named = Form("propose", f"{power} {district}"), names(snapshot)
    with form(own, _("提出提案"), partial(_propose, snapshot, window)):
        st.multiselect(
            _("职权"),
            powers,
            default=[power] if power else None,
            format_func=lambda code: f"{code} {named['power'][code]}",
            placeholder=_("请选择"),
            key=own.key("powers"),
        )
        left, right = st.columns(2)
        _choice(left, own, _("建议"), "recommendation", KINDS, recommendation)
        right.selectbox(
            _("范围"),
            ["", *named["district"]],
            index=["", *named["district"]].index(district),
            format_func=lambda code: named["district"][code] if code else _("全市"),
            key=own.key("district"),
        )
        _reason(own)
        day_field(own)


def _propose(snapshot: Snapshot, window: Window, own: Form) -> str:
    today = own.value("on")
    draft = drafted(
        snapshot,
        required(own.value("powers"), _("职权")),
        required(own.value("recommendation"), _("建议")),
        own.text("reason"),
        own.text("district"),
        window,
        today,
    )
    with db.writing() as connection:
        catalogue = read_catalogue(connection)
        number = propose(connection, catalogue, draft, today=today, actor=subject())
    filters.put(**{CHOSEN: str(number)})
    return _("已提出：第 {number} 号提案，证据截至 {day}").format(
        number=number, day=day_name(draft.as_of)
    )


def handle(snapshot: Snapshot, power: str = "") -> None:
    """The proposals that wait, and of the one chosen: an opinion on it, the decision on it."""
    waiting = {str(one.number): one for one in _waiting(snapshot, power)}
    said("opinion")
    said("decide")
    if not waiting:
        return
    st.selectbox(
        _("办理一项提案"),
        ["", *waiting],
        format_func=lambda code: _proposal_name(waiting[code], snapshot) if code else _("请选择"),
        key=CHOSEN,
    )
    if asked := waiting.get(filters.value(CHOSEN)):
        left, right = st.columns(2)
        with left:
            _opinion_form(snapshot, asked)
        if login.reader().may("decide"):
            with right:
                _decision_form(snapshot, asked)


def _proposal_name(asked: Proposal, snapshot: Snapshot) -> str:
    return _("第 {number} 号提案 · {powers} · {kind} · {scope}").format(
        number=asked.number,
        powers=tables.in_short(asked.powers),
        kind=_(KINDS[asked.recommendation]),
        scope=tables.scope_text(asked.scope, names(snapshot)),
    )


def _opinion_form(snapshot: Snapshot, asked: Proposal) -> None:
    own, named = Form("opinion", str(asked.number)), names(snapshot)
    districts, units = _places(snapshot, asked)
    st.markdown(_("**区或街道、乡镇的意见**"))
    with form(own, _("登记意见"), partial(_say, asked.number)):
        st.selectbox(
            _("单位"),
            [*districts, *units],
            index=None,
            format_func=lambda code: tables.unit_name(code, named),
            placeholder=_("请选择"),
            key=own.key("speaker"),
        )
        either_field(own, _("看法"), "view", VIEWS)
        _reason(own)
        day_field(own)


def _say(number: int, own: Form) -> str:
    speaker = required(own.value("speaker"), _("单位"))
    view = required(own.value("view"), _("看法"))
    words = (number, speaker, view, own.text("reason"))
    with db.writing() as connection:
        catalogue, actor = read_catalogue(connection), subject()
        add_opinion(connection, catalogue, *words, today=own.value("on"), actor=actor)
    return _("已登记对第 {number} 号提案的意见。").format(number=number)


def _decision_form(snapshot: Snapshot, asked: Proposal) -> None:
    own, named = Form("decide", str(asked.number)), names(snapshot)
    districts, units = _places(snapshot, asked)
    st.markdown(_("**决定**"))
    with form(own, _("作出决定"), partial(_decide, asked.number, snapshot.revision)):
        revocable = _revocable(loop_of(snapshot, today_in_beijing()), asked)
        kinds = {k: v for k, v in DECISIONS.items() if k != REVOKE or revocable}
        _choice(st.container(), own, _("类别"), "kind", kinds, asked.recommendation)
        if revocable:
            _choice(st.container(), own, _("撤销第几号决定"), "revokes", revocable, None)
        st.text_input(_("文号"), max_chars=100, key=own.key("instrument"))
        st.text_input(_("文件标题（可不写）"), max_chars=200, key=own.key("title"))
        st.date_input(
            _("生效日期"),
            value=None,
            format="YYYY-MM-DD",
            key=own.key("effective"),
            help=_("某月 1 日；离登记日期至少 {days} 天，以便交接。").format(
                days=read_policy().decision.hand_over_days
            ),
        )
        _places_field(own, "districts", _("范围内的区"), districts, named["district"])
        _places_field(own, "units", _("范围内的街道、乡镇"), units, named["unit"])
        st.caption(_("不选即提案的全部范围；差异化写的是继续持有的区和街道、乡镇。"))
        _reason(own)
        day_field(own)


def _decide(number: int, seen: int, own: Form) -> str:
    """seen: the newest act that the page showed to the officer."""
    revokes = own.value("revokes")
    order = Order(
        number,
        required(own.value("kind"), _("类别")),
        own.text("instrument"),
        required(own.value("effective"), _("生效日期")),
        own.text("reason"),
        Scope(tuple(own.value("districts") or ()), tuple(own.value("units") or ())),
        revokes=int(revokes) if revokes else None,
        seen=seen,
        title=own.text("title"),
    )
    with db.writing() as connection:
        catalogue, actor = read_catalogue(connection), subject()
        made = decide(connection, catalogue, order, today=own.value("on"), actor=actor)
    return _("已决定：第 {number} 号，自 {day} 生效").format(
        number=made.number, day=day_name(made.effective_on)
    )


def _revocable(loop: Loop, asked: Proposal) -> dict[str, str]:
    """Number → instrument of the decisions on the same powers that stand."""
    return {
        str(one.number): f"{one.number} · {one.instrument}"
        for one in loop.decisions
        if set(one.powers) == set(asked.powers) and one.kind != REVOKE and one.revoked_by is None
    }


def _places(snapshot: Snapshot, asked: Proposal) -> tuple[list[str], list[str]]:
    """Codes of the districts and units that a proposal concerns."""
    units = snapshot.catalogue.units
    own = units[units["district_code"].eq(asked.district)] if asked.district else units
    is_district = own["unit_kind"].eq("district")
    return own.loc[is_district, "code"].tolist(), own.loc[~is_district, "code"].tolist()


def _places_field(own: Form, field: str, label: str, codes: list[str], named: tables.Names) -> None:
    st.multiselect(
        label,
        codes,
        format_func=lambda code: named.get(code, code),
        placeholder=_("全部"),
        key=own.key(field),
    )


def _choice(
    place: st.delta_generator.DeltaGenerator,
    own: Form,
    label: str,
    field: str,
    words: dict[str, str],
    chosen: str | None,
) -> None:
    """One code of these, in words; `chosen` stands in already."""
    place.selectbox(
        label,
        list(words),
        index=list(words).index(chosen) if chosen in words else None,
        format_func=lambda code: _(words[code]),
        placeholder=_("请选择"),
        key=own.key(field),
    )


def _reason(own: Form) -> None:
    st.text_area(_("理由"), max_chars=LONGEST_REASON, height=80, key=own.key("reason"))
