"""Why two figures differ: the change in steps, in a fixed order, that add up exactly.

In: the data behind the first and the second figure. Out: the figure after each step. The steps:
the register (the powers and units of the second, laid over the months of the first), late returns
(unit-months that had not been returned, with their cases), corrections (all else that was said
since about the first figure's months), real change (the second figure's months).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction
from typing import Any

import numpy as np
import pandas as pd
from sqlalchemy.engine import Connection

from registry.catalogue import day_or_none
from registry.errors import UsageError
from registry.figure import KEYS, RESULTS, Figure, read_reference, snapshot_of
from registry.holdings import Holdings
from registry.language import N_
from registry.returns import RETURNS, Returns
from registry.reviews import Reviews
from registry.rollup import RolledUp
from registry.snapshot import Snapshot
from registry.usage import UsageCube
from registry.window import Window, add_months, month_of, month_start

STEPS = ("first", "register", "late_returns", "corrections", "real_change")
"""The first figure, then the steps; after the last one it is the second figure."""


def explain(connection: Connection, first: str, second: str) -> pd.DataFrame:
    """`changes` of the figures behind two references.

    Raises UsageError where they do not answer the same question of some months and some day.
    """
    a, b = read_reference(first)[0], read_reference(second)[0]
    if replace(a, window=b.window, act=b.act) != b:
        raise UsageError(N_("两个数的指标、分组、筛选或选项不同，不能比较"))
    return changes(snapshot_of(connection, a), snapshot_of(connection, b), a, b)


def changes(before: Snapshot, after: Snapshot, a: Figure, b: Figure) -> pd.DataFrame:
    """Keys, `step`, numerator, denominator, value and completeness after the step, and `change`.

    A record a key that both figures have, and step. `change` is a Fraction, so that those of a
    key add up exactly to the difference of its two values; missing where one of them is missing.
    A step after which there is no value changes nothing; its effect stands with the next. The
    first and the last row are always the two figures, also where one has no value.
    """
    register = laid_over(after.holdings, _months_between(b.window.last, a.window.last))
    frames = [
        a.compute(before),
        a.compute(replace(before, holdings=register)),
        a.compute(replace(with_late_returns(before, after), holdings=register)),
        a.compute(replace(after, holdings=register)),
        b.compute(after),
    ]
    return pd.DataFrame(list(_records(frames)), columns=[*keys_of(frames[0]), *COLUMNS])


COLUMNS = ("step", *RESULTS, "change")


def keys_of(frame: pd.DataFrame) -> list[str]:
    """The columns that tell the records of a measure apart."""
    return [name for name in frame.columns if name in KEYS]


def _records(frames: Sequence[pd.DataFrame]) -> Iterator[dict[str, Any]]:
    keys = keys_of(frames[0])
    told = [_by_key(frame, keys) for frame in frames]
    for key in told[0]:
        if key not in told[-1]:
            continue
        known, last = _is_known(told[0][key]) and _is_known(told[-1][key]), told[0][key]
        for step, found in zip(STEPS, told, strict=True):
            own = found.get(key)
            now = own if own and (_is_known(own) or not known) else last
            change = value_of(now) - value_of(last) if known else None
            yield dict(zip(keys, key, strict=True)) | {"step": step, **now, "change": change}
            last = now


def _by_key(frame: pd.DataFrame, keys: list[str]) -> dict[tuple[Any, ...], dict[str, Any]]:
    rows = frame.reindex(columns=[*keys, *RESULTS]).to_dict("records")
    return {
        tuple("" if pd.isna(row[name]) else row[name] for name in keys): {
            n: row[n] for n in RESULTS
        }
        for row in rows
    }


def _is_known(record: dict[str, Any]) -> bool:
    return not pd.isna(record["value"])


def value_of(record: dict[str, Any]) -> Fraction:
    """The value without the rounding of a division, where it is one of counts."""
    above, below = record["numerator"], record["denominator"]
    if not pd.isna(above) and not pd.isna(below) and below:
        exact = Fraction(float(above)) / Fraction(float(below))
        if float(exact) == record["value"]:
            return exact
    return Fraction(float(record["value"]))


def _months_between(first: int, last: int) -> int:
    return (last // 100 - first // 100) * 12 + last % 100 - first % 100


def laid_over(holdings: Holdings, months: int) -> Holdings:
    """The same register with every day moved by so many months."""
    if not months:
        return holdings
    rows, units = (
        frame.assign(**{n: _moved(frame[n], months) for n in ("valid_from", "valid_to")})
        for frame in (holdings.rows, holdings.units)
    )
    return Holdings(units, holdings.powers, rows)


def _moved(days: pd.Series, months: int) -> pd.Series:
    moved = [None if (day := day_or_none(d)) is None else _move(day, months) for d in days]
    return pd.Series(moved, index=days.index, dtype=object)


def _move(day: date, months: int) -> date:
    """The same day of another month, at most its last."""
    month = add_months(month_of(day), months)
    length = (month_start(add_months(month, 1)) - month_start(month)).days
    return month_start(month).replace(day=min(day.day, length))


@dataclass(frozen=True)
class _Late:
    """Unit-months that the later state covers and the earlier one did not: bool[months, units]."""

    window: Window
    units: np.ndarray
    pairs: np.ndarray

    def has(self, months: pd.Series, unit_ids: pd.Series) -> np.ndarray:
        """bool per row."""
        place = pd.Index(self.window.months).get_indexer(months)
        unit = pd.Index(self.units).get_indexer(unit_ids)
        return (place >= 0) & (unit >= 0) & self.pairs[place, unit]

    def mix(self, before: pd.DataFrame, after: pd.DataFrame) -> pd.DataFrame:
        """The rows of before, those of late unit-months from after, sorted by month."""
        kept = before[~self.has(before["month"], before["unit_id"])]
        come = after[self.has(after["month"], after["unit_id"])]
        mixed = pd.concat([kept, come]) if len(kept) and len(come) else kept if len(kept) else come
        return mixed.sort_values("month", kind="stable", ignore_index=True)


def with_late_returns(before: Snapshot, after: Snapshot) -> Snapshot:
    """The earlier state with what the later one says of unit-months that it had not returned."""
    window = _both(before.cube.window, after.cube.window)
    late = _late(before, after, before.returned, after.returned, window)
    covered = {
        kind: before.over(before.covered[kind], window) | after.over(after.covered[kind], window)
        for kind in before.covered
    }
    flagged = np.where(
        late.pairs, after.over(after.flagged, window), before.over(before.flagged, window)
    )
    return replace(
        before,
        cube=_mixed_cube(before.cube, after.cube, late),
        returned=before.over(before.returned, window) | late.pairs,
        flagged=flagged,
        procedure=_mixed(before.procedure, after.procedure, late),
        fines=_mixed(before.fines, after.fines, late),
        reviews=_mixed_reviews(before.reviews, after.reviews, late),
        returns=_mixed_returns(before, after, window),
        covered=covered,
    )


def _both(one: Window, other: Window) -> Window:
    return Window(min(one.first, other.first), max(one.last, other.last))


def _late(
    before: Snapshot, after: Snapshot, was: np.ndarray, now: np.ndarray, window: Window
) -> _Late:
    pairs = after.over(now, window) & ~before.over(was, window)
    return _Late(window, before.catalogue.units["id"].to_numpy(), pairs)


def _mixed(before: RolledUp, after: RolledUp, late: _Late) -> RolledUp:
    return RolledUp.of(before.rollup, late.mix(before.whole, after.whole))


def _mixed_cube(before: UsageCube, after: UsageCube, late: _Late) -> UsageCube:
    layers = {}
    for basis in before.layers:
        was, now = (cube.monthly(basis, late.window) for cube in (before, after))
        mixed = np.where(late.pairs[:, :, None], now, was)
        first = np.zeros((1, *mixed.shape[1:]), dtype=mixed.dtype)
        layers[basis] = np.cumsum(np.concatenate([first, mixed]), axis=0, dtype=np.int32)
    return UsageCube(late.window, layers, late.mix(before.totals, after.totals))


def _mixed_reviews(before: Reviews, after: Reviews, late: _Late) -> Reviews:
    """By the month of the request, or of the completion where that is not known."""
    chosen = []
    for reviews, wanted in ((before, False), (after, True)):
        months = np.where(
            reviews.months["requested"] > 0,
            reviews.months["requested"],
            reviews.months["completed"],
        )
        chosen.append(late.has(pd.Series(months), reviews.cases["unit_id"]) == wanted)
    cases = [r.cases[rows] for r, rows in zip((before, after), chosen, strict=True)]
    links = [
        reviews.links[reviews.links["case_id"].isin(rows["case_id"])]
        for reviews, rows in zip((before, after), cases, strict=True)
    ]
    return Reviews(pd.concat(cases, ignore_index=True), pd.concat(links, ignore_index=True))


def _mixed_returns(before: Snapshot, after: Snapshot, window: Window) -> Returns:
    frames: dict[str, pd.DataFrame] = {}
    for kind in RETURNS:
        if kind not in before.covered:
            continue
        late = _late(before, after, before.covered[kind], after.covered[kind], window)
        was, now = getattr(before.returns, kind), getattr(after.returns, kind)
        frames[kind] = late.mix(was, now)
        if kind == "staffing":
            frames["origins"] = late.mix(before.returns.origins, after.returns.origins)
    return replace(before.returns, **frames)
