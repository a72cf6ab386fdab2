"""What goes out to the districts: the blank log and the chase list, each made when asked for."""

from functools import partial

import streamlit as st

from registry import db
from registry.chase import ChaseList, chase_list, chase_window, open_rows
from registry.intake.declaration import Declaration
from registry.intake.template import blank_log
from registry.language import _
from registry.snapshot import Snapshot
from registry.ui import data, login
from registry.ui.file_links import file_link
from registry.ui.show import FILES
from registry.window import Window, month_of, today_in_beijing
from registry.wording import count_text, sentences, window_text

XLSX = FILES[".xlsx"]


def blank_log_button(snapshot: Snapshot, districts: tuple[str, ...]) -> None:
    """The blank log of the one district chosen; its drop-downs are as of this month."""
    one = districts[0] if len(districts) == 1 else None
    name = data.names(snapshot)["district"][one] if one else ""
    st.download_button(
        _("空白台账（{district}）").format(district=name) if one else _("空白台账"),
        login.later(partial(_blank_log, one)) if one else b"",
        file_name=_("空白台账_{district}.xlsx").format(district=name),
        mime=XLSX,
        key="blank log",
        on_click="ignore",
        disabled=one is None or not _has_units(snapshot, one),
        help=_("先选一个区。表中该区的街道、乡镇和职权做成下拉列表，填好后可直接导入。"),
    )


def chase_list_link(districts: tuple[str, ...]) -> None:
    """The chase list of the districts chosen, of all where none is."""
    file_link(
        _("催报清单"),
        "chase",
        _("所选各区（不选则为全部区）缺报的单位和月份，以及未解决的问题行。"),
        district=login.reader().own_of(districts),
    )


def owed_text(snapshot: Snapshot, districts: tuple[str, ...]) -> str:
    """How much the districts owe, in one sentence."""
    window, units, months, batches, rows = data.cached(_owed_counts, snapshot, districts)
    return sentences(
        _("{window}：{units} 个单位的台账和月度报表缺报共 {months} 个月；").format(
            window=window_text(Window(*window)), units=count_text(units), months=count_text(months)
        ),
        _("{batches} 个批次有 {rows} 行问题未解决。").format(
            batches=count_text(batches), rows=count_text(rows)
        ),
    )


def _owed_counts(
    snapshot: Snapshot, districts: tuple[str, ...]
) -> tuple[tuple[int, int], int, int, int, int]:
    owed = _owed(snapshot, districts)
    missing, rows = int(owed.missing["count"].sum()), int(owed.problems["count"].sum())
    window = (owed.window.first, owed.window.last)
    return window, owed.units, missing, len(owed.problems), rows


def _owed(snapshot: Snapshot, districts: tuple[str, ...]) -> ChaseList:
    with db.reading() as connection:
        problems = open_rows(connection)
    window = chase_window(snapshot, today_in_beijing())
    return chase_list(snapshot, problems, window, districts)


def _has_units(snapshot: Snapshot, district: str) -> bool:
    return bool(Declaration((district,), _this_month()).covered(snapshot.catalogue))


def _blank_log(district: str) -> bytes:
    with db.reading() as connection:
        return blank_log(connection, district, _this_month()).content()


def _this_month() -> Window:
    month = month_of(today_in_beijing())
    return Window(month, month)
