"""Shares side by side → horizontal bars, each under its name and its figure."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from registry.publish.svg import (
    EDGE,
    HATCH,
    WIDTH,
    Shape,
    along,
    boxes,
    drawing,
    fits,
    length,
    scale,
    words,
)

ROW, LINE, BAR, FOOT = 34, 14, 11, 34


@dataclass(frozen=True)
class Bar:
    """value: a share, NaN where not known; says: the figure in words; thin: too little returned;
    mark: what the bar is set beside, NaN for nothing."""

    label: str
    value: float
    says: str
    thin: bool = False
    mark: float = math.nan


def draw_bars(
    label: str,
    rows: Sequence[Bar],
    axis: str,
    reference: float | None = None,
    *,
    aloud: bool = False,
) -> str:
    """From 0 to the whole, or to the longest bar; reference: a dashed line across each bar."""
    top = max([1.0, *(row.value for row in rows if not math.isnan(row.value))])
    heads, y = [], 4.0
    for row in rows:
        heads.append(y if _on_one_line(row) else y + LINE)
        y = heads[-1] + ROW
    parts = [
        *(part for row, head in zip(rows, heads, strict=True) for part in _words(row, head)),
        *_shapes(rows, heads, top),
        *(_across(reference, heads, top) if reference is not None else ()),
        scale(y, _marks(top), top, axis),
    ]
    return drawing(parts, WIDTH, y + FOOT, label, aloud=aloud)


def _on_one_line(row: Bar) -> bool:
    return fits(f"{row.label} {row.says}", WIDTH - 2 * EDGE)


def _words(row: Bar, head: float) -> Iterator[str]:
    """The name, and its figure beside it or, where there is no room, below."""
    above = head if _on_one_line(row) else head - LINE
    yield words(EDGE, above + 11, row.label)
    yield words(WIDTH - EDGE, head + 11, row.says, "e")


def _shapes(rows: Sequence[Bar], heads: Sequence[float], top: float) -> Iterator[str]:
    """Tracks, bars over them, patterns over these, then marks; hatched is what is not known."""
    whole = along(1, top) - EDGE
    known = [(row, head) for row, head in zip(rows, heads, strict=True) if row.value == row.value]
    lost = [head for row, head in zip(rows, heads, strict=True) if math.isnan(row.value)]
    lengths = [(_bar(head, along(row.value, top) - EDGE), row) for row, head in known]
    yield boxes((_bar(head, whole) for head in heads), "track")
    yield boxes((shape for shape, _row in lengths), "rate")
    hatched = [shape for shape, row in lengths if row.thin] + [_bar(head, whole) for head in lost]
    yield boxes(hatched, fill=HATCH)
    marked = [(row, head) for row, head in zip(rows, heads, strict=True) if row.mark == row.mark]
    yield boxes(
        ((along(min(row.mark, top), top) - 1, head + 14, 2.5, BAR + 4) for row, head in marked),
        "mark",
    )


def _marks(top: float) -> list[float]:
    """Every half of the whole, or wholes on a long scale."""
    step = 0.5 * math.ceil(top / 2)
    return [n * step for n in range(int(top / step) + 1)]


def _across(reference: float, heads: Sequence[float], top: float) -> Iterator[str]:
    """Across the bars alone: a line from top to bottom would strike through the words."""
    x = length(along(reference, top))
    path = "".join(f"M{x} {length(head + 14)}v{BAR + 4}" for head in heads)
    yield f'<path class="ref" d="{path}"/>'


def _bar(head: float, broad: float) -> Shape:
    return EDGE, head + 16, broad, BAR
