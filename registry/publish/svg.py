"""What all drawings are made of: SVG with words as words, coloured by the site's style.

A drawing is as wide as a phone and grows on wider screens; one that needs more room is `wide`, and
scrolls on a phone. What a colour says is said in words or by a pattern, too.
"""

from collections.abc import Iterable, Sequence
from html import escape

from registry.map_labels import breadth
from registry.wording import percent_text

WIDTH, BROAD = 420, 720
"""Units of a drawing's width; letters are 12 units high."""

LETTER = 12

EDGE = 18
"""Room beside a scale's ends, for the numbers there."""

PATTERNS = (
    '<svg class="patterns" aria-hidden="true" focusable="false"><defs>'
    '<pattern id="hatch" width="6" height="6" patternUnits="userSpaceOnUse" '
    'patternTransform="rotate(45)"><path class="line" d="M0 0v6"/></pattern>'
    '<pattern id="cross" width="6" height="6" patternUnits="userSpaceOnUse" '
    'patternTransform="rotate(45)"><path class="line" d="M0 0v6M0 0h6"/></pattern>'
    "</defs></svg>"
)
"""Once a page: hatched is what is missing or too little returned, crossed what is dormant."""

HATCH, CROSS = "url(#hatch)", "url(#cross)"


def length(value: float) -> str:
    """A length without needless digits: 12.0 → '12'."""
    return f"{value:.1f}".removesuffix(".0")


def words(x: float, y: float, text: str, kind: str = "", more: str = "") -> str:
    """kind: classes of the style, such as `e` for words that end at x, `m` for a middle."""
    named = f' class="{kind}"' if kind else ""
    return f'<text x="{length(x)}" y="{length(y)}"{named}{more}>{escape(text)}</text>'


def group(parts: Iterable[str], kind: str) -> str:
    """Words of the same classes, which are named once: hundreds of pages have dozens of them."""
    inside = "".join(parts)
    return f'<g class="{kind}">{inside}</g>' if inside else ""


def box(x: float, y: float, width: float, height: float, kind: str = "", fill: str = "") -> str:
    """A rectangle of a class or of a colour of its own."""
    named = f' class="{kind}"' if kind else ""
    filled = f' fill="{fill}"' if fill else ""
    return (
        f'<rect x="{length(x)}" y="{length(y)}" width="{length(width)}" '
        f'height="{length(height)}"{named}{filled}/>'
    )


Shape = tuple[float, float, float, float]
"""x, y, width and height of a rectangle."""


def boxes(shapes: Iterable[Shape], kind: str = "", fill: str = "") -> str:
    """Rectangles of one class or colour as one path, those of no area left out."""
    named = f' class="{kind}"' if kind else ""
    filled = f' fill="{fill}"' if fill else ""
    path = "".join(
        f"M{length(x)} {length(y)}h{length(width)}v{length(height)}H{length(x)}z"
        for x, y, width, height in shapes
        if width and height
    )
    return f'<path{named}{filled} d="{path}"/>' if path else ""


def line(x: float, y: float, to_x: float, to_y: float, kind: str) -> str:
    return f'<path class="{kind}" d="M{length(x)} {length(y)}L{length(to_x)} {length(to_y)}"/>'


def ticks(places: Iterable[float], base: float) -> str:
    """Of an axis at this height, as one path."""
    path = "".join(f"M{length(x)} {length(base)}v4" for x in places)
    return f'<path class="axis" d="{path}"/>' if path else ""


def scale(y: float, marks: Sequence[float], top: float, axis: str) -> str:
    """From 0 to `top` across the drawing, each mark with its percent, and its name below."""
    places = [along(mark, top) for mark in marks]
    said = [words(x, y + 15, percent_text(m, 0)) for x, m in zip(places, marks, strict=True)]
    return (
        ticks(places, y)
        + line(EDGE, y, WIDTH - EDGE, y, "axis")
        + group([*said, words(WIDTH / 2, y + 29, axis)], "s m")
    )


def along(value: float, top: float) -> float:
    """Where a value stands on a scale that ends with `top`."""
    return EDGE + (WIDTH - 2 * EDGE) * value / top


def dot(x: float, y: float, radius: float, kind: str) -> str:
    return f'<circle class="{kind}" cx="{length(x)}" cy="{length(y)}" r="{length(radius)}"/>'


def drawing(
    parts: Iterable[str], width: float, height: float, label: str, *, aloud: bool = False
) -> str:
    """aloud: its words are read out one by one; otherwise the table beside it is."""
    role = "group" if aloud else "img"
    kind = "wide" if width > WIDTH else "chart"
    return (
        f'<svg class="{kind}" viewBox="0 0 {length(width)} {length(height)}" role="{role}" '
        f'aria-label="{escape(label)}">{"".join(parts)}</svg>'
    )


def fits(text: str, room: float, size: float = LETTER) -> bool:
    return breadth(text) * size <= room


def folded(text: str, room: float, size: float = LETTER) -> list[str]:
    """Lines no broader than there is room for; broken between words, Chinese anywhere."""
    lines, current = [], ""
    for part in _parts(text):
        if current and not fits(current + part.rstrip(), room, size):
            lines.append(current.strip())
            current = ""
        current += part
    return [*lines, current.strip()]


def _parts(text: str) -> list[str]:
    return [f"{word} " for word in text.split()] if " " in text.strip() else list(text)
