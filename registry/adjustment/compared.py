"""The measures that a proposal freezes and a follow-up compares: always the same.

In: a snapshot, a window, powers and a group of units. Out: JSON-able records, each with value,
numerator, denominator and completeness; what is missing is None, never 0.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from registry.adjustment.scope import Scope
from registry.holdings import Holdings
from registry.language import N_, _
from registry.measures.completeness import completeness
from registry.measures.exercise import exercise_rate
from registry.measures.grouping import Selection
from registry.measures.use import power_use
from registry.snapshot import Snapshot
from registry.window import Window, add_months, month_of
from registry.wording import bound_text, count_text, rate_text

Record = dict[str, Any]
FIGURE = ("value", "numerator", "denominator", "completeness")
TITLES = {
    "union": N_("职权履行率（合并）"),
    "coverage": N_("覆盖面"),
    "completeness": N_("报送完整度"),
    "cases.decision": N_("决定件数"),
    "cases.any": N_("案件件数（含检查）"),
}
COUNTS = ("cases.decision", "cases.any")
"""Of each power, since a case with several powers would count several times in their sum."""


def figures(
    snapshot: Snapshot, window: Window, powers: Sequence[str], units: Sequence[str]
) -> list[Record]:
    """`measure, power` ('' for all together) and FIGURE, of these powers in these units."""
    if not units:
        return _nothing(powers)
    chosen = Selection(power=tuple(powers), unit=tuple(units))
    rates = {
        "union": exercise_rate(snapshot, window, selection=chosen),
        "coverage": exercise_rate(snapshot, window, aggregate="pooled", selection=chosen),
        "completeness": completeness(snapshot, window, selection=chosen),
    }
    records = [{"measure": name, "power": "", **_figure(rate)} for name, rate in rates.items()]
    for basis in ("decision", "any"):
        uses = power_use(snapshot, window, ("power",), basis=basis, selection=chosen)
        for power in powers:
            use = _figure(uses[uses["power"].eq(power)])
            records.append({"measure": f"cases.{basis}", "power": power, **use})
    return records


def _nothing(powers: Sequence[str]) -> list[Record]:
    """The records of a group that has no unit: there is nothing to compare with."""
    missing = _figure(pd.DataFrame())
    together = [(name, "") for name in TITLES if name not in COUNTS]
    each = [(name, power) for name in COUNTS for power in powers]
    return [{"measure": m, "power": p, **missing} for m, p in together + each]


def _figure(rows: pd.DataFrame) -> Record:
    """FIGURE of the one row; all missing where nobody held the powers."""
    if not len(rows):
        return dict.fromkeys(FIGURE)
    row = rows.iloc[0]
    return {name: _number(row[name]) for name in FIGURE}


def _number(value: Any) -> float | int | None:
    if pd.isna(value):
        return None
    return int(value) if isinstance(value, np.integer | int) else float(value)


def figure_text(record: Record, period: str) -> str:
    """One side of a comparison in words: a rate with its fraction, a count, or what is missing."""
    value, numerator, denominator, share = (record[f"{name}_{period}"] for name in FIGURE)
    if denominator in (None, 0):
        return _("未持有")
    if value is None:
        return _("缺报")
    if record["measure"] in COUNTS:
        return bound_text(count_text(value), value, share)
    share = 1.0 if record["measure"] == "completeness" else share
    return rate_text(value, numerator, denominator, share)


@dataclass(frozen=True)
class Plan:
    """What the follow-ups of a decision compare, fixed when it is made.

    changed: codes of units whose holdings change, or, where none do, those in its scope;
    unchanged: the other units that held one of the powers and go on. windows: months → the window
    before and the one after.
    """

    changed: tuple[str, ...]
    unchanged: tuple[str, ...]
    windows: dict[str, dict[str, str]]

    def record(self) -> Record:
        return asdict(self)

    def window(self, months: int, period: str) -> Window:
        return Window.parse(self.windows[str(months)][period])

    @classmethod
    def read(cls, record: Record) -> "Plan":
        windows = dict(sorted(record["windows"].items(), key=lambda item: int(item[0])))
        return cls(tuple(record["changed"]), tuple(record["unchanged"]), windows)


def plan(
    before: Holdings,
    after: Holdings,
    powers: Sequence[str],
    effective: date,
    scope: Scope,
    months: Sequence[int],
) -> Plan:
    """Fix the groups and windows. before, after: the register without and with the decision."""
    chosen = before.powers["code"].isin(powers).to_numpy()
    was, is_now = (held.on(effective)[:, chosen] for held in (before, after))
    changed = (was != is_now).any(axis=1)
    if not changed.any():
        changed = scope.members(before) & was.any(axis=1)
    unchanged = was.any(axis=1) & is_now.any(axis=1) & ~changed
    return Plan(
        changed=_codes_over_time(before.units, changed),
        unchanged=_codes_over_time(before.units, unchanged),
        windows={str(count): _windows(effective, count) for count in months},
    )


def _codes_over_time(units: pd.DataFrame, chosen: np.ndarray) -> tuple[str, ...]:
    """Codes of units and of those that they have succeeded: years are joined by code only."""
    codes = set(units.loc[chosen, "code"])
    while True:
        earlier = set(units.loc[units.get("succeeded_by", units["code"]).isin(codes), "code"])
        if earlier <= codes:
            return tuple(sorted(codes))
        codes |= earlier


def _windows(effective: date, months: int) -> dict[str, str]:
    """The months after, and the same months of the calendar before, since use has its seasons."""
    first = month_of(effective)
    back = -12 * -(-months // 12)
    after = Window(first, add_months(first, months - 1))
    before = Window(add_months(after.first, back), add_months(after.last, back))
    return {"before": str(before), "after": str(after)}
