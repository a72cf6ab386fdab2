"""The what-if on legal review, drawn: its finding, its assumption, its tables."""

import streamlit as st

from registry import simulation_wording
from registry.language import N_, _
from registry.measures.grouping import Selection
from registry.measures.simulate import simulate
from registry.snapshot import Snapshot
from registry.ui.data import cached, names
from registry.ui.filters import OneOf, value
from registry.ui.show import table_downloads
from registry.window import Window

CHOICES = {"no": N_("不推演"), "yes": N_("推演")}
ASKED = OneOf("what_if", lambda *_: CHOICES, "no")
"""A simulation takes longer than the rest of its page: only for who asks."""


def what_if(snapshot: Snapshot, window: Window, chosen: Selection, basis: str) -> None:
    """Scenarios for the chosen judicial offices, if asked for; each office only in one district."""
    st.segmented_control(
        _("如果再下放 30 项职权，或增减一名审核人员"),
        list(CHOICES),
        required=True,
        format_func=lambda code: _(CHOICES[code]),
        key=ASKED.key,
    )
    if value(ASKED.key) == "yes":
        _scenarios(snapshot, window, chosen, basis)


def _scenarios(snapshot: Snapshot, window: Window, chosen: Selection, basis: str) -> None:
    simulated = cached(simulate, snapshot, window, selection=chosen)
    named = names(snapshot)
    st.subheader(simulation_wording.finding(simulated), anchor=False)
    st.caption(simulation_wording.assumption(snapshot.policy.review_hours))
    st.table(simulation_wording.scenario_table(simulated))
    st.caption(basis)
    with st.expander(_("全区合用审核人员会怎样")):
        st.table(simulation_wording.district_table(simulated, named["district"]))
    if len(chosen.district) == 1:
        with st.expander(_("各司法所超时限的比例")):
            st.table(simulation_wording.office_table(simulated, named["unit"]))
    table_downloads(snapshot, simulated, f"review_simulated_{window}")
