"""Groups cut into parts → stacked bars; groups of places → their deciles on one scale."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from registry.map_labels import breadth
from registry.publish.svg import (
    EDGE,
    LETTER,
    WIDTH,
    along,
    box,
    dot,
    drawing,
    fits,
    folded,
    line,
    scale,
    words,
)
from registry.wording import percent_text

ROW, BAR, FOOT = 42, 20, 34
KEY = 16


@dataclass(frozen=True)
class Part:
    """share of its bar; says: the count behind it; kind, pattern: of its word in the key."""

    share: float
    says: str
    kind: str
    pattern: str = ""


@dataclass(frozen=True)
class Stack:
    label: str
    parts: tuple[Part, ...]


def draw_stacks(
    label: str, key: Sequence[tuple[str, str, str]], stacks: Sequence[Stack], axis: str
) -> str:
    """key: word, class and pattern of each part, in the order of the parts."""
    parts, x, y = [], float(EDGE), 4.0
    for word, kind, pattern in key:
        if x + 20 + LETTER * len(word) > WIDTH:
            x, y = EDGE, y + KEY
        parts += [box(x, y, 12, 12, kind), box(x, y, 12, 12, fill=pattern) if pattern else ""]
        parts.append(words(x + 17, y + 10, word))
        x += 34 + LETTER * breadth(word)
    y += KEY + 6
    for place, stack in enumerate(stacks):
        parts += _stack(stack, y + ROW * place)
    floor = y + ROW * len(stacks)
    return drawing([*parts, scale(floor, (0, 0.5, 1), 1, axis)], WIDTH, floor + FOOT, label)


def _stack(stack: Stack, y: float) -> Iterator[str]:
    yield words(EDGE, y + 11, stack.label)
    x = float(EDGE)
    for part in stack.parts:
        broad = (WIDTH - 2 * EDGE) * part.share
        yield box(x, y + 15, broad, BAR, part.kind)
        if part.pattern:
            yield box(x, y + 15, broad, BAR, "faint", part.pattern)
        said = next(
            (
                text
                for text in (part.says, part.says.partition("/")[0])
                if part.share and fits(text, broad - 2)
            ),
            "",
        )
        if said:
            yield words(x + broad / 2, y + 29, said, "m on")
        x += broad


@dataclass(frozen=True)
class Spread:
    """A group's deciles, ascending; the middle one is its median."""

    label: str
    deciles: tuple[float, ...]


def draw_spreads(label: str, spreads: Sequence[Spread], axis: str) -> str:
    """Nine dots a group on one scale; the large one is the median, which says its rate."""
    highest = max([value for one in spreads for value in one.deciles], default=1.0)
    top = max(0.1, math.ceil(round(highest * 10, 6)) / 10)
    parts, y = [], 4.0
    for one in spreads:
        names = folded(one.label, WIDTH - 2 * EDGE)
        parts += [words(EDGE, y + 11 + LETTER * n, name) for n, name in enumerate(names)]
        y += LETTER * len(names) + 4
        parts += _spread(one, y + 20, top)
        y += 34
    return drawing([*parts, scale(y, (0, top / 2, top), top, axis)], WIDTH, y + FOOT, label)


def _spread(one: Spread, y: float, top: float) -> Iterator[str]:
    places = [along(value, top) for value in one.deciles]
    median = len(places) // 2
    yield line(places[0], y, places[-1], y, "run")
    for place, x in enumerate(places):
        yield dot(x, y, 6 if place == median else 2.5, "point")
    said = percent_text(one.deciles[median])
    x = min(max(places[median], EDGE + 16), WIDTH - EDGE - 16)
    yield words(x, y - 9, said, "s m")
