"""A growth chart: seconds by number of cases, both axes logarithmic, as one SVG file.

Lines carry their names at their ends; ours is the thick one, a limit is dashed.
"""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from html import escape

from registry.palette import CHANGED, DORMANT, HELD, NO_CASE_SEEN, OTHER, RATE
from registry.publish.svg import folded, length

WIDTH, HEIGHT = 720, 400
LEFT, RIGHT, TOP, BOTTOM = 64, 560, 64, 356
LETTER, TITLE = 13, 16
INK, PAPER, FAINT = "#222222", "#ffffff", "#dddddd"
COLORS = (DORMANT, RATE, HELD, NO_CASE_SEEN, CHANGED, "#56B4E9")
"""Okabe and Ito's, the first for ours."""

UNITS = ((1, "s"), (1e3, "ms"), (1e6, "µs"))

Points = list[tuple[float, float]]
"""(cases, seconds), both over 0."""


@dataclass(frozen=True)
class Scale:
    """Powers of ten that bound the values, and where on the paper they lie."""

    low: int
    high: int
    start: float
    end: float

    @classmethod
    def over(cls, values: Iterable[float], start: float, end: float) -> "Scale":
        logs = [math.log10(value) for value in values]
        low, high = math.floor(min(logs) + 1e-9), math.ceil(max(logs) - 1e-9)
        return cls(low, max(high, low + 1), start, end)

    def at(self, value: float) -> float:
        share = (math.log10(value) - self.low) / (self.high - self.low)
        return self.start + share * (self.end - self.start)

    @property
    def tens(self) -> range:
        return range(self.low, self.high + 1)


def growth_chart(title: str, lines: Mapping[str, Points], limits: Mapping[str, Points]) -> str:
    """lines: contender → its points, ours first. limits: what nothing can be under."""
    every = [point for points in (*lines.values(), *limits.values()) for point in points]
    across = Scale.over((cases for cases, _ in every), LEFT, RIGHT)
    up = Scale.over((seconds for _, seconds in every), BOTTOM, TOP)
    colors = dict(zip(lines, COLORS, strict=False)) | dict.fromkeys(limits, OTHER)
    parts = [*_title(title), *_grid(across, up)]
    for name, points in (*limits.items(), *lines.items()):
        parts += _line(points, across, up, colors[name], name in limits, name == next(iter(lines)))
    ends = {name: up.at(points[-1][1]) for name, points in (*lines.items(), *limits.items())}
    for name, y in _apart(ends).items():
        parts.append(_words(RIGHT + 8, y + 4, name, colors[name], bold=name == next(iter(lines))))
    body = "".join(parts)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" '
        f'aria-label="{escape(title)}" font-family="sans-serif">'
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="{PAPER}"/>{body}</svg>\n'
    )


def _title(title: str) -> list[str]:
    lines = folded(title, WIDTH - 32, TITLE)
    return [
        _words(16, 24 + number * 20, line, INK, size=TITLE, bold=True)
        for number, line in enumerate(lines)
    ]


def _grid(across: Scale, up: Scale) -> list[str]:
    parts = []
    for ten in across.tens:
        x = across.at(10.0**ten)
        parts.append(_path([(x, TOP), (x, BOTTOM)], FAINT, 1))
        parts.append(_words(x, BOTTOM + 18, f"{10**ten:,}", INK, anchor="middle"))
    for ten in up.tens:
        y = up.at(10.0**ten)
        parts.append(_path([(LEFT, y), (RIGHT, y)], FAINT, 1))
        parts.append(_words(LEFT - 6, y + 4, duration(10.0**ten), INK, anchor="end"))
    return [*parts, _words((LEFT + RIGHT) / 2, BOTTOM + 36, "cases", INK, anchor="middle")]


def _line(
    points: Points, across: Scale, up: Scale, color: str, is_limit: bool, is_ours: bool
) -> list[str]:
    places = [(across.at(cases), up.at(seconds)) for cases, seconds in points]
    dots = [
        f'<circle cx="{length(x)}" cy="{length(y)}" r="{4 if is_ours else 3}" fill="{color}"/>'
        for x, y in places
        if not is_limit
    ]
    return [_path(places, color, 4 if is_ours else 2, dashed=is_limit), *dots]


def _apart(ends: Mapping[str, float]) -> dict[str, float]:
    """Heights of the names, moved down where they would cover each other, then back up."""
    placed: dict[str, float] = {}
    last = -math.inf
    for name, y in sorted(ends.items(), key=lambda end: end[1]):
        last = placed[name] = max(y, last + LETTER + 3)
    over = max(0.0, last - BOTTOM)
    return {name: y - over for name, y in placed.items()}


def duration(seconds: float) -> str:
    """0.0018 → '1.8 ms'; two digits, three from a hundred on."""
    factor, unit = next(
        ((factor, unit) for factor, unit in UNITS if seconds * factor >= 0.9995), UNITS[-1]
    )
    value = seconds * factor
    return f"{round(value) if value >= 100 else float(f'{value:.2g}'):,} {unit}".replace(".0 ", " ")


def times(ratio: float) -> str:
    """0.05 → '0.05 ×', 49.6 → '50 ×'; two digits."""
    return f"{float(f'{ratio:.2g}'):,g} ×" if ratio < 100 else f"{ratio:,.0f} ×"


def _path(points: Points, color: str, width: float, *, dashed: bool = False) -> str:
    places = "L".join(f"{length(x)} {length(y)}" for x, y in points)
    dashes = ' stroke-dasharray="5 4"' if dashed else ""
    return f'<path d="M{places}" fill="none" stroke="{color}" stroke-width="{width}"{dashes}/>'


def _words(
    x: float,
    y: float,
    text: str,
    color: str,
    *,
    size: int = LETTER,
    anchor: str = "start",
    bold: bool = False,
) -> str:
    weight = ' font-weight="bold"' if bold else ""
    return (
        f'<text x="{length(x)}" y="{length(y)}" fill="{color}" font-size="{size}" '
        f'text-anchor="{anchor}"{weight}>{escape(text)}</text>'
    )
