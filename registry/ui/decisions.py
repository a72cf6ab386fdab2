"""The adjustment loop on a page: proposals, opinions with dissent, decisions, follow-ups.

`decisions.show_loop(snapshot, day)` draws all of it, `decisions.show_power(snapshot, code, day)`
what concerns one power, and nothing where nothing does.
"""

from datetime import date
from typing import cast

import streamlit as st

from registry import adjustment_tables as tables
from registry import db
from registry.adjustment.follow_up import FollowUp, read_follow_ups
from registry.adjustment.loop import Loop, read_loop
from registry.language import _
from registry.snapshot import Snapshot
from registry.ui.data import cached, names
from registry.ui.show import long_table


def _read(snapshot: Snapshot, day: date) -> tuple[Loop, list[FollowUp]]:
    """The loop as the snapshot knows it."""
    known = snapshot.revision
    with db.reading() as connection:
        loop = read_loop(connection, snapshot.catalogue, known)
        return loop, read_follow_ups(connection, day, known)


def loop_of(snapshot: Snapshot, day: date) -> Loop:
    """Proposals, opinions and decisions as the snapshot knows them."""
    return cast(Loop, cached(_read, snapshot, day)[0])


def follow_ups_of(snapshot: Snapshot, day: date) -> list[FollowUp]:
    """As of a day, overdue ones first."""
    return cast(list[FollowUp], cached(_read, snapshot, day)[1])


def show_loop(snapshot: Snapshot, day: date) -> None:
    """Everything in the loop as of a day, what is overdue first."""
    loop, follow_ups = loop_of(snapshot, day), follow_ups_of(snapshot, day)
    if not loop.proposals:
        st.info(_("还没有提案：在本页提出，或用 registry propose；证据即冻结保存。"))
        return
    show_follow_ups(snapshot, follow_ups, day)
    show_proposals(snapshot, loop)
    show_opinions(snapshot, loop)
    show_decisions(snapshot, loop, day)


def show_power(snapshot: Snapshot, code: str, day: date) -> None:
    """What was proposed, said, decided and found of one power."""
    own, follow_ups = loop_of(snapshot, day).on(code), follow_ups_of(snapshot, day)
    if not own.proposals:
        return
    numbers = {one.number for one in own.decisions}
    show_decisions(snapshot, own, day)
    show_follow_ups(snapshot, [one for one in follow_ups if one.decision.number in numbers], day)
    show_proposals(snapshot, own)
    show_opinions(snapshot, own)


def show_proposals(snapshot: Snapshot, loop: Loop) -> None:
    st.subheader(tables.proposals_finding(loop), anchor=False)
    long_table(tables.proposals_table(loop, names(snapshot)), "proposals")


def show_opinions(snapshot: Snapshot, loop: Loop) -> None:
    if loop.opinions:
        st.subheader(tables.opinions_finding(loop), anchor=False)
        long_table(tables.opinions_table(loop, names(snapshot)), "opinions")


def show_decisions(snapshot: Snapshot, loop: Loop, day: date) -> None:
    st.subheader(tables.decisions_finding(loop, day), anchor=False)
    if loop.decisions:
        long_table(tables.decisions_table(loop, names(snapshot), day), "decisions")


def show_follow_ups(snapshot: Snapshot, follow_ups: list[FollowUp], day: date) -> None:
    """The list, and each comparison that was made one click away."""
    if not follow_ups:
        return
    st.subheader(tables.follow_ups_finding(follow_ups, day), anchor=False)
    table = tables.follow_ups_table(follow_ups, day, names(snapshot), snapshot.last_returned)
    long_table(table, "follow_ups")
    for one in follow_ups:
        if one.recorded:
            with st.expander(tables.comparison_title(one)):
                st.table(tables.comparison_table(one.recorded.figures))
