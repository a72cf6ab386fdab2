"""Every reported figure beside what the register computes of the same thing; never mixed.

In: a snapshot and the reported figures in the reader's language. Out: a row a figure. Both
definitions are in words, since no two of the figures are defined alike; a figure that the register
cannot compute is reported only.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from registry.language import _, language
from registry.measures.exercise import exercise_rate
from registry.measures.grouping import Selection
from registry.measures.held import held_powers
from registry.measures.staffing import staffing
from registry.reported import BEST_RATE, FRONT_LINE, OTHERS, TOTAL
from registry.snapshot import Snapshot
from registry.window import Window, month_of, month_text

FIGURES = ("numerator", "denominator", "value", "completeness")
COLUMNS = (
    *("key", "label", "unit", "as_of", "source", "reported", "reported_definition"),
    *("computed_definition", "from", "to", *FIGURES, "lower_bound"),
)


@dataclass(frozen=True)
class Counterpart:
    """What the register computes beside a reported figure: what it means, and how it is got.

    compute: (snapshot, when) → FIGURES of one record; when: a window, or the day of a list.
    bound: whether missing returns make the value a lower bound.
    """

    meaning: str
    compute: Callable[[Snapshot, Any], dict[str, float]]
    of_a_day: bool = False
    bound: bool = False


def beside_reported(snapshot: Snapshot, reported: pd.DataFrame) -> pd.DataFrame:
    """COLUMNS, a row a reported figure, in their order.

    reported: `in_language(read_reported(…))`. `value` and its company are missing where the figure
    is reported only, and `computed_definition` is then ''; `from` and `to` are the months over
    which the register computed: those since the first power was delegated, up to the day that the
    document speaks of; missing for lists, which are as of that day. lower_bound: whether the value
    can only grow when missing returns come in.
    """
    known = counterparts(snapshot)
    rows = [
        {"key": key, **_said(row)} | _computed(snapshot, known.get(str(key)), row["as_of"])
        for key, row in reported.iterrows()
    ]
    table = pd.DataFrame(rows, columns=list(COLUMNS))
    return table.astype({"numerator": "Int64", "denominator": "Int64"})


def _said(row: pd.Series) -> dict[str, object]:
    return {
        "label": row["label"],
        "unit": row["unit"],
        "as_of": row["as_of"],
        "source": row["title"],
        "reported": row["value"],
        "reported_definition": _definition(row),
    }


def _definition(row: pd.Series) -> str:
    """In the document's own words where they are known, with what it leaves open."""
    if pd.isna(row["words"]):
        return _("{label}（文件没有写明怎样计算）。").format(label=row["label"])
    silent = "" if pd.isna(row["silent_on"]) else row["silent_on"]
    return _("「{words}」").format(words=row["words"]) + silent


def _computed(snapshot: Snapshot, found: Counterpart | None, as_of: object) -> dict[str, object]:
    if found is None or pd.isna(as_of):
        nothing = {"computed_definition": "", "from": "", "to": "", "lower_bound": False}
        return nothing | dict.fromkeys(FIGURES, np.nan)
    day = pd.Timestamp(str(as_of)).date()
    about = {"computed_definition": found.meaning, "lower_bound": found.bound}
    if found.of_a_day:
        return about | {"from": "", "to": ""} | found.compute(snapshot, day)
    window = report_window(snapshot, day)
    months = {"from": month_text(window.first), "to": month_text(window.last)}
    return about | months | found.compute(snapshot, window)


def report_window(snapshot: Snapshot, as_of: date) -> Window:
    """The months that a report of a day can speak of: since the first holding began."""
    began = snapshot.holdings.rows["valid_from"].min()
    last = month_of(as_of)
    return Window(last if pd.isna(began) else min(month_of(pd.Timestamp(began).date()), last), last)


def counterparts(snapshot: Snapshot) -> dict[str, Counterpart]:
    """Key of a reported figure → its counterpart, in the reader's language."""
    names = snapshot.catalogue.names("department", language())
    leading, *others = names
    rates = {
        FRONT_LINE: Counterpart(
            _("持证、未借调、在一线的人员 ÷ 编制数，取期间内每个单位最后一次报送的月份"),
            _front_line,
        ),
        BEST_RATE: Counterpart(
            _(
                "全市{name}下放职权的合并履行率：任一街乡作出过决定的职权 ÷ 至少一个街乡持有的职权"
            ).format(name=names[leading]),
            lambda data, months: _rate(data, months, leading),
            bound=True,
        ),
    }
    groups = {TOTAL: list(names), OTHERS: others} | {f"powers_{code}": [code] for code in names}
    return rates | {key: _held(codes) for key, codes in groups.items()}


def _held(departments: Sequence[str]) -> Counterpart:
    def compute(snapshot: Snapshot, day: date) -> dict[str, float]:
        found = held_powers(snapshot, day, ("department",))
        count = int(found.loc[found["department"].isin(departments), "powers"].sum())
        return {"numerator": count, "denominator": 1, "value": count, "completeness": np.nan}

    return Counterpart(_("当日至少一个街乡持有的职权项数"), compute, of_a_day=True)


def _front_line(snapshot: Snapshot, window: Window) -> dict[str, float]:
    return _record(staffing(snapshot, window, measures=("front_line",)))


def _rate(snapshot: Snapshot, window: Window, department: str) -> dict[str, float]:
    chosen = Selection(department=(department,))
    return _record(exercise_rate(snapshot, window, selection=chosen))


def _record(frame: pd.DataFrame) -> dict[str, float]:
    """The figures of a frame of one record; missing where it has none."""
    if frame.empty:
        return dict.fromkeys(FIGURES, np.nan)
    return {name: frame[name].iloc[0] for name in FIGURES}
