"""A GeoJSON of districts → outlines to draw, in a plane of our own. No tiles, no network.

In: the register's map document, a FeatureCollection whose features carry `code` (or an `id`). Out:
SVG path data by district code. The projection is equirectangular at the map's middle latitude,
which keeps shapes at the size of a city or a province.
"""

import json
import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import reduce
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from registry import models
from registry.db import table
from registry.errors import RegistryError
from registry.language import N_

WIDTH = 1000
"""Units of the drawing's width."""

NOT_A_MAP = (ValueError, LookupError, TypeError, AttributeError, ZeroDivisionError)
"""How text that is no map of districts fails to be drawn; ValueError is also 'no JSON'."""

Point = tuple[float, float]
Ring = list[Point]


STEP = 8
"""So far apart are the heights at which a shape is measured."""

Span = tuple[float, float]
"""From where to where, left and right."""


@dataclass(frozen=True)
class Outline:
    """A district's shape: `path` is SVG path data, `middle` a point on it, `rows` its spans at each
    of its heights, from top to bottom."""

    code: str
    path: str
    middle: Point
    rows: tuple[tuple[float, tuple[Span, ...]], ...]

    def room(self, top: float, bottom: float) -> Span | None:
        """The broadest span that the shape fills from top to bottom; None where there is none."""
        rows = [(y, spans) for y, spans in self.rows if top <= y <= bottom]
        if not rows or rows[0][0] - top > STEP or bottom - rows[-1][0] > STEP:
            return None
        filled = reduce(_shared, (spans for _y, spans in rows))
        return max(filled, key=lambda span: span[1] - span[0], default=None)


def _shared(some: tuple[Span, ...], others: tuple[Span, ...]) -> tuple[Span, ...]:
    both = ((max(a[0], b[0]), min(a[1], b[1])) for a in some for b in others)
    return tuple(span for span in both if span[0] < span[1])


@dataclass(frozen=True)
class DistrictMap:
    width: float
    height: float
    outlines: tuple[Outline, ...]


def read_map_file(path: Path) -> str:
    """The text of a map of districts; raises RegistryError where it cannot be drawn."""
    try:
        text = path.read_text(encoding="utf-8")
        draw_map(json.loads(text))
    except NOT_A_MAP:
        raise RegistryError(
            N_(
                "{file} 不是各区边界的 GeoJSON：需要 FeatureCollection，"
                "每个要素的 properties 带 code，几何为 Polygon 或 MultiPolygon"
            ),
            file=path.name,
        ) from None
    return text


def read_map(connection: Connection) -> DistrictMap | None:
    """The map that the register was started with; None without one."""
    shape = table(models.Document)
    query = sa.select(shape.c.content).where(shape.c.name == "district_map")
    content = connection.scalar(query)
    return None if content is None else draw_map(json.loads(content))


def draw_map(geojson: dict[str, Any]) -> DistrictMap:
    """Project every feature; the outer ring with the largest area carries the name."""
    shapes = {_code(feature): list(_rings(feature["geometry"])) for feature in geojson["features"]}
    points = [point for rings in shapes.values() for ring in rings for point in ring]
    west, east = min(x for x, _ in points), max(x for x, _ in points)
    south, north = min(y for _, y in points), max(y for _, y in points)
    squeeze = math.cos(math.radians((south + north) / 2))
    scale = WIDTH / ((east - west) * squeeze)

    def place(point: Point) -> Point:
        return (point[0] - west) * squeeze * scale, (north - point[1]) * scale

    placed = {code: [[place(p) for p in ring] for ring in rings] for code, rings in shapes.items()}
    outlines = tuple(_outline(code, rings) for code, rings in placed.items())
    return DistrictMap(WIDTH, (north - south) * scale, outlines)


def _outline(code: str, rings: list[Ring]) -> Outline:
    return Outline(code, "".join(map(_path, rings)), _spot(rings), tuple(_rows(rings)))


def _spot(rings: list[Ring]) -> Point:
    """At the height of the largest ring's centroid, the middle of where the shape is broadest:
    the centroid itself may lie outside of it, or at its border."""
    x, y = _middle(max(rings, key=_area))
    left, right = max(_spans(rings, y), key=lambda span: span[1] - span[0], default=(x, x))
    return (left + right) / 2, y


def _rows(rings: list[Ring]) -> Iterator[tuple[float, tuple[Span, ...]]]:
    heights = [y for ring in rings for _x, y in ring]
    for step in range(math.ceil(min(heights) / STEP), math.floor(max(heights) / STEP) + 1):
        if spans := _spans(rings, step * STEP):
            yield step * STEP, tuple(spans)


def _spans(rings: Iterable[Ring], height: float) -> list[Span]:
    """From where to where a shape with these rings, holes among them, goes at one height."""
    crossings = sorted(
        a[0] + (height - a[1]) * (b[0] - a[0]) / (b[1] - a[1])
        for ring in rings
        for a, b, _cross in _edges(ring)
        if (a[1] <= height) != (b[1] <= height)
    )
    return list(zip(crossings[::2], crossings[1::2], strict=True))


def _code(feature: dict[str, Any]) -> str:
    return str(feature.get("properties", {}).get("code") or feature.get("id"))


def _rings(geometry: dict[str, Any]) -> Iterator[Ring]:
    polygons = geometry["coordinates"]
    if geometry["type"] == "Polygon":
        polygons = [polygons]
    for polygon in polygons:
        for ring in polygon:
            yield [(float(x), float(y)) for x, y, *_ in ring]


def _path(ring: Ring) -> str:
    first, *rest = ring
    return f"M{first[0]:.1f},{first[1]:.1f}" + "".join(f"L{x:.1f},{y:.1f}" for x, y in rest) + "Z"


def _edges(ring: Ring) -> Iterator[tuple[Point, Point, float]]:
    for a, b in zip(ring, ring[1:] + ring[:1], strict=True):
        yield a, b, a[0] * b[1] - b[0] * a[1]


def _area(ring: Ring) -> float:
    return abs(sum(cross for *_, cross in _edges(ring)) / 2)


def _middle(ring: Ring) -> Point:
    """The centroid of a ring."""
    twice = sum(cross for *_, cross in _edges(ring)) * 3 or 1.0
    x = sum((a[0] + b[0]) * cross for a, b, cross in _edges(ring)) / twice
    y = sum((a[1] + b[1]) * cross for a, b, cross in _edges(ring)) / twice
    return x, y
