"""Pieces of the page on legal review: what waits, and what was decided without."""

from datetime import date, timedelta

import pandas as pd
import streamlit as st

from registry import db, review_wording
from registry.language import _
from registry.measures.grouping import Selection
from registry.measures.review_lists import review_breaches, waiting_reviews
from registry.snapshot import Snapshot
from registry.ui import login
from registry.ui.data import cached, names
from registry.ui.file_links import from_to, table_links
from registry.ui.show import linked_table, plain_table
from registry.window import Window

WEEK = timedelta(days=7)
SHOWN = 50
"""Cases listed on the page; all of them are in the download."""


def waiting(snapshot: Snapshot, day: date, chosen: Selection) -> None:
    """What waits on a day, office by office, what of it is due within a week, case by case."""
    found = cached(_waiting_on, snapshot, day, chosen)
    units = names(snapshot)["unit"]
    st.subheader(review_wording.waiting_finding(found, day), anchor=False)
    if not len(found):
        return
    offices = review_wording.office_table(found, units)
    linked_table(offices, "district", "unit", found["unit"].drop_duplicates(), key="waiting")
    soon = found[found["due_on"].map(lambda due: day <= due < day + WEEK)]
    st.subheader(review_wording.due_finding(soon, day), anchor=False)
    with st.expander(_("逐件清单，最早送审的在前")):
        plain_table(review_wording.waiting_table(found.head(SHOWN), units))
        if len(found) > SHOWN:
            st.caption(_("只列前 {count} 件，全部见下载。").format(count=SHOWN))
    table_links("waiting", as_of=day.isoformat(), district=_own(chosen))


def breaches(snapshot: Snapshot, window: Window, chosen: Selection) -> None:
    """What was decided in the window without the review that the law asks for."""
    found = cached(_breaches_in, snapshot, window, chosen)
    st.subheader(review_wording.breach_finding(found), anchor=False)
    if not len(found):
        return
    shown = found.head(SHOWN)
    table = review_wording.breach_table(shown, names(snapshot)["unit"])
    linked_table(table, "district", "unit", shown["unit"], key="breaches")
    table_links("breaches", district=_own(chosen), **from_to(window))


def _own(chosen: Selection) -> tuple[str, ...]:
    """Districts whose cases the page lists, so that a link says whose they are."""
    return login.reader().own_of(chosen.district)


def _waiting_on(data: Snapshot, day: date, chosen: Selection) -> pd.DataFrame:
    with db.reading() as connection:
        return waiting_reviews(connection, day, chosen, known=data.known)


def _breaches_in(data: Snapshot, months: Window, chosen: Selection) -> pd.DataFrame:
    with db.reading() as connection:
        return review_breaches(connection, months, chosen, data.known)
