"""Months one after the other → a line of rates over their completeness, or columns of counts."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from registry.publish.svg import (
    HATCH,
    LETTER,
    WIDTH,
    boxes,
    dot,
    drawing,
    fits,
    group,
    length,
    line,
    ticks,
    words,
)
from registry.wording import percent_text

LEFT, RIGHT, TOP, HIGH = 46, 10, 24, 150
RETURNED, BETWEEN = 44, 30
FOOT = 44
UPRIGHT = 9
"""Room that a number needs which stands upright."""


@dataclass(frozen=True)
class Month:
    """value: NaN where nothing was returned; says: the value in words; thin: too little returned;
    share: how much was."""

    name: str
    value: float
    says: str
    thin: bool
    share: float


def draw_line(label: str, months: Sequence[Month], axis: str, below: str) -> str:
    """Rates by month from 0 up, hollow where too little was returned, which stands below.

    axis, below: what the two scales are of.
    """
    top = _top([month.value for month in months])
    floor, base = TOP + HIGH, TOP + HIGH + BETWEEN + RETURNED
    parts = [
        words(2, 12, axis, "s"),
        *_heights(TOP, floor, top, (0, 0.5, 1)),
        *_run(months, top),
        *_named_points(months, top),
        words(2, floor + BETWEEN - 8, below, "s"),
        *_heights(floor + BETWEEN, base, 1, (0, 1)),
        *_shares(months, base),
        *_month_names(months, base),
    ]
    return drawing(parts, WIDTH, base + FOOT, label)


def draw_columns(label: str, months: Sequence[Month], axis: str) -> str:
    """Counts by month, each with its number above; hatched where too little was returned."""
    top = max([1.0, *(month.value for month in months if not math.isnan(month.value))])
    base = TOP + HIGH / 2
    parts = [words(2, 12, axis, "s"), line(LEFT, base, WIDTH - RIGHT, base, "axis")]
    highest = HIGH / 2 * (0.9 if all(_lies(month, months) for month in months) else 0.6)
    highs = [highest * (1 if math.isnan(m.value) else m.value / top) for m in months]
    numbers = group(_numbers(months, highs, base), "s m")
    parts += [*_columns(months, highs, base), numbers]
    return drawing([*parts, *_month_names(months, base)], WIDTH, base + FOOT, label, aloud=True)


def _top(values: Sequence[float]) -> float:
    """The scale's end: the next tenth, a whole at the most where all are shares."""
    highest = max([value for value in values if not math.isnan(value)], default=1.0)
    return max(0.1, math.ceil(round(highest * 10, 6)) / 10)


def _room(months: Sequence[Month]) -> float:
    return (WIDTH - LEFT - RIGHT) / len(months)


def _x(place: int, months: Sequence[Month]) -> float:
    return LEFT + _room(months) * (place + 0.5)


def _heights(top: float, floor: float, whole: float, parts: Sequence[float]) -> Iterator[str]:
    for part in parts:
        y = floor - (floor - top) * part
        yield line(LEFT, y, WIDTH - RIGHT, y, "axis" if part == 0 else "faintline")
        yield words(LEFT - 5, y + 4, percent_text(whole * part, 0), "s e")


def _y(value: float, top: float) -> float:
    return TOP + HIGH * (1 - value / top)


def _run(months: Sequence[Month], top: float) -> Iterator[str]:
    """The line, broken where a month is missing, and its points."""
    path, pen = "", "M"
    for place, month in enumerate(months):
        if math.isnan(month.value):
            pen = "M"
            continue
        path += f"{pen}{length(_x(place, months))} {length(_y(month.value, top))}"
        pen = "L"
    yield f'<path class="run" d="{path}"/>' if path else ""
    for place, month in enumerate(months):
        if not math.isnan(month.value):
            kind = "hollow" if month.thin else "point"
            yield dot(_x(place, months), _y(month.value, top), 3.5, kind)


def _named_points(months: Sequence[Month], top: float) -> Iterator[str]:
    """The first, the last, the highest and the lowest month say their rate, where there is room."""
    known = [place for place, month in enumerate(months) if not math.isnan(month.value)]
    if not known:
        return
    by_value = sorted(known, key=lambda place: months[place].value)
    told: list[int] = []
    for place in (known[-1], known[0], by_value[-1], by_value[0]):
        if all(abs(place - other) * _room(months) >= 4 * LETTER for other in told):
            told.append(place)
            month = months[place]
            above = 8 if _is_peak(months, place) else -15
            x = min(max(_x(place, months), LEFT + 16), WIDTH - RIGHT - 16)
            yield words(x, _y(month.value, top) - above, month.says, "s m o")


def _is_peak(months: Sequence[Month], place: int) -> bool:
    """Whether the line comes from below, so that words above a point do not lie on it."""
    beside = [months[p].value for p in (place - 1, place + 1) if 0 <= p < len(months)]
    known = [value for value in beside if not math.isnan(value)]
    return not known or months[place].value >= sum(known) / len(known)


def _shares(months: Sequence[Month], base: float) -> Iterator[str]:
    broad = _room(months) * 0.7
    places = [_x(place, months) - broad / 2 for place in range(len(months))]
    returned = [RETURNED * (0.0 if math.isnan(m.share) else m.share) for m in months]
    pairs = zip(places, returned, strict=True)
    yield boxes(((x, base - high, broad, high) for x, high in pairs), "returned")
    thin = (x for x, month in zip(places, months, strict=True) if month.thin)
    yield boxes(((x, base - RETURNED, broad, RETURNED) for x in thin), fill=HATCH)


def _columns(months: Sequence[Month], highs: Sequence[float], base: float) -> Iterator[str]:
    """Columns of what is known; hatched where too little, or nothing, was returned."""
    broad = _room(months) * 0.7
    known, thin = [], []
    for place, (month, high) in enumerate(zip(months, highs, strict=True)):
        x = _x(place, months) - broad / 2
        if not math.isnan(month.value):
            known.append((x, base - high, broad, high))
        if month.thin or math.isnan(month.value):
            thin.append((x, base - max(high, 12), broad, max(high, 12)))
    yield boxes(known, "rate")
    yield boxes(thin, fill=HATCH)


def _lies(month: Month, months: Sequence[Month]) -> bool:
    """Whether its number is no broader than a month."""
    return fits(month.says, _room(months), 10)


def _numbers(months: Sequence[Month], highs: Sequence[float], base: float) -> Iterator[str]:
    """Each month's number above its column; one that is too broad stands upright there, and where
    columns are narrower than a line of words, only those of the months that are named."""
    told = range(len(months)) if _room(months) >= UPRIGHT else _told(months)
    for place, (month, high) in enumerate(zip(months, highs, strict=True)):
        x, y = _x(place, months), base - high - 4
        if _lies(month, months):
            yield words(x, y, month.says)
        elif place in told:
            turned = f' transform="rotate(-90 {length(x + 4)} {length(y)})"'
            yield words(x + 4, y, month.says, "b", turned)


def _told(months: Sequence[Month]) -> range:
    """Months named below, from the last one back: as many as there is room for."""
    step = next(
        n for n in (1, 2, 3, 6, 12, 24) if n * _room(months) >= 30 or n == 24 or n >= len(months)
    )
    return range(len(months) - 1, -1, -step)


def _month_names(months: Sequence[Month], base: float) -> Iterator[str]:
    told = _told(months)
    yield ticks((_x(place, months) for place in told), base)
    yield group(_names(months, told, base), "s m")


def _names(months: Sequence[Month], told: range, base: float) -> Iterator[str]:
    for place in told:
        x = _x(place, months)
        year, _dash, number = months[place].name.partition("-")
        yield words(x, base + 16, number)
        before = place + told.step
        if before < 0 or months[before].name[:4] != year:
            yield words(x, base + 30, year)
