"""Outlines and the words of each → where the words stand. No Streamlit.

A district's words stand on it where it has room for them; otherwise it carries a number, under
which the words stand in a list below the map. So every district is named, on a phone and on paper.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from registry.maps import Outline


@dataclass(frozen=True)
class Lettering:
    """Sizes of letters in units of the drawing, and what they are meant for: a name as large as
    its district allows, a number for those without room."""

    name: str
    largest: int
    smallest: int
    number: int


LETTERINGS = (Lettering("wide", 28, 20, 22), Lettering("narrow", 34, 28, 28))
"""`narrow` is drawn on phones and on paper, where a unit is a third or less of a pixel."""

LINE = 1.1
"""From one line of words to the next, in heights of a letter."""


@dataclass(frozen=True)
class Label:
    code: str
    x: float
    y: float
    size: float
    lines: tuple[str, ...]


@dataclass(frozen=True)
class Labels:
    """`listed`: number → code of each district whose words stand below."""

    placed: tuple[Label, ...]
    listed: Mapping[str, str]


def place_labels(
    outlines: Sequence[Outline], words: Mapping[str, Sequence[str]], letters: Lettering
) -> Labels:
    """words: the lines of each district, by code."""
    fitting = {o.code: _fit_somehow(o, words[o.code], letters) for o in outlines}
    without = [outline for outline in outlines if fitting[outline.code] is None]
    numbers = {outline.code: str(n) for n, outline in enumerate(without, 1)}
    marks = [_number(outline, numbers[outline.code], letters) for outline in without]
    placed = [label for label in fitting.values() if label is not None]
    return Labels((*placed, *marks), {number: code for code, number in numbers.items()})


def _fit_somehow(outline: Outline, words: Sequence[str], letters: Lettering) -> Label | None:
    """The lines as they are, or with a name of several words in as many lines."""
    name, *rest = words
    whole = _fit(outline, (name, *rest), letters)
    return whole or _fit(outline, (*name.split(), *rest), letters)


def _fit(outline: Outline, lines: tuple[str, ...], letters: Lettering) -> Label | None:
    """As large as there is room for; None where that would be too small to read."""
    for size in range(letters.largest, letters.smallest - 1, -1):
        broad = size * (max(map(breadth, lines)) + 0.4)
        above, below = size, size * (LINE * (len(lines) - 1) + 0.2)
        bands = ((y, outline.room(y - above, y + below)) for y, _spans in outline.rows)
        places = [(sum(band) / 2, y) for y, band in bands if band and band[1] - band[0] >= broad]
        if places:
            x, y = min(places, key=lambda place: math.dist(place, outline.middle))
            return Label(outline.code, x, y, size, lines)
    return None


def _number(outline: Outline, number: str, letters: Lettering) -> Label:
    x, y = outline.middle
    return Label(outline.code, x, y + letters.number / 3, letters.number, (number,))


def breadth(text: str) -> float:
    """In heights of a letter: a Chinese one is as broad as it is high."""
    return sum(0.56 if letter.isascii() else 1 for letter in text)


def label_lines(label: Label) -> dict[str, Any]:
    """The label as the browser writes it: each line with its height in the drawing."""
    lines = [[text, label.y + n * LINE * label.size] for n, text in enumerate(label.lines)]
    return {"x": label.x, "size": label.size, "lines": lines}
