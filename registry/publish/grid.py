"""Two groups → a grid of cells, each with its words on its shade."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from registry import palette
from registry.map_labels import breadth
from registry.publish.svg import BROAD, HATCH, LETTER, box, drawing, folded, length, words

GAP, LINE, ROW = 2, 13, 34
SMALL = 10
LONGEST_LABEL = 190


@dataclass(frozen=True)
class Cell:
    """lines: its words, one above the other; hatched: too little, or nothing, was returned."""

    lines: tuple[str, ...]
    fill: str
    hatched: bool = False


def draw_grid(
    label: str,
    rows: Sequence[str],
    columns: Sequence[str],
    cells: Sequence[Sequence[Cell | None]],
) -> str:
    """cells: by row, then column; None where there is nothing to tell. Wide."""
    left = min(LONGEST_LABEL, max(breadth(row) for row in rows) * LETTER + 8)
    broad = (BROAD - left) / len(columns)
    heads = [folded(column, broad - 4, SMALL + 1) for column in columns]
    top = LINE * max(map(len, heads)) + 6
    parts = list(_heads(heads, left, broad, top))
    for place, (row, line) in enumerate(zip(rows, cells, strict=True)):
        parts += _row(row, line, left, broad, top + place * ROW)
    return drawing(parts, BROAD, top + ROW * len(rows) + 2, label)


def _heads(heads: list[list[str]], left: float, broad: float, top: float) -> Iterator[str]:
    for place, lines in enumerate(heads):
        for depth, line in enumerate(reversed(lines)):
            middle = left + broad * (place + 0.5)
            yield words(middle, top - 6 - LINE * depth, line, "h m")


def _row(
    name: str, cells: Sequence[Cell | None], left: float, broad: float, y: float
) -> Iterator[str]:
    lines = folded(name, left - 6)[:2]
    for depth, line in enumerate(lines):
        yield words(left - 6, y + ROW / 2 + 4 + LINE * (depth - (len(lines) - 1) / 2), line, "e")
    for place, cell in enumerate(cells):
        if cell is not None:
            yield from _cell(cell, left + broad * place, y, broad)


def _cell(cell: Cell, x: float, y: float, broad: float) -> Iterator[str]:
    shape = (x, y, broad - GAP, ROW - GAP)
    yield box(*shape, fill=cell.fill)
    if cell.hatched:
        yield box(*shape, "faint", HATCH)
    middle, ink = x + (broad - GAP) / 2, palette.ink_on(cell.fill)
    for depth, line in enumerate(cell.lines):
        height = y + (ROW - GAP) / 2 + 4 + 12 * (depth - (len(cell.lines) - 1) / 2)
        size = min(SMALL + 1, (broad - GAP - 2) / max(breadth(line), 1))
        more = f' style="fill:{ink};font-size:{length(size)}px"'
        yield words(middle, height, line, "m", more)
