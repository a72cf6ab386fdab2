"""A GeoJSON of districts → outlines to draw, in a plane of our own. No tiles, no network.

In: the register's map document, a FeatureCollection whose features carry `code` (or an `id`). Out:
SVG path data by district code. The projection is equirectangular at the map's middle latitude,
which keeps shapes at the size of a city or a province.
"""

import json
import math
from collections.abc import Iterator
from dataclasses import dataclass
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


@dataclass(frozen=True)
class Outline:
    """A district's shape: `path` is SVG path data, `middle` a point for its name, `breadth` how
    wide it is there."""

    code: str
    path: str
    middle: Point
    breadth: float


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
                "{file} 不是各区边界的 GeoJSON:需要 FeatureCollection,"
                "每个要素的 properties 带 code,几何为 Polygon 或 MultiPolygon"
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
    largest = max(rings, key=_area)
    across = [x for x, _ in largest]
    path = "".join(map(_path, rings))
    return Outline(code, path, _middle(largest), max(across) - min(across))


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
