"""The map of districts: drawn by the browser from outlines, each district a link.

Text goes in as text, never as markup. The map prints, and needs no network. A click follows the
page's own link to the same address where there is one (`drill_links`), since only Streamlit's
links change the page without loading it anew; `st.switch_page` would leave an address of its own
in the browser's history, to which Back returned.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
import streamlit as st

from registry import palette
from registry.language import _
from registry.maps import DistrictMap, Outline
from registry.ui.navigation import address
from registry.wording import is_thin, percent_text, record_text

NAME_SIZE = 28
SMALLEST_NAME = 20
"""A district too narrow for a name of this size has its words only in its tooltip and table."""

CSS = """
svg { width: 100%; height: auto; max-height: 560px; display: block }
path { stroke: var(--st-background-color, #fff); stroke-width: 3 }
a:focus { outline: none }
a:hover path, a:focus path { stroke: var(--st-text-color, #000); stroke-width: 6 }
text { pointer-events: none; text-anchor: middle; font-family: var(--st-font);
  paint-order: stroke; stroke-width: 5; stroke-linejoin: round }
"""
JS = """
export default function ({ data, parentElement }) {
  const root = parentElement.querySelector('.map'), ns = 'http://www.w3.org/2000/svg'
  const make = (name, attributes, parent) => {
    const node = document.createElementNS(ns, name)
    for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value)
    parent.appendChild(node)
    return node
  }
  root.replaceChildren()
  const svg = make('svg', { viewBox: data.box, role: 'group', 'aria-label': data.label }, root)
  for (const shape of data.shapes) {
    const link = make('a', { href: shape.href, 'aria-label': shape.title }, svg)
    make('path', { d: shape.path, fill: shape.fill }, link)
    make('title', {}, link).textContent = shape.title
    link.onclick = event => {
      if (event.ctrlKey || event.metaKey || event.shiftKey) return
      const target = new URL(shape.href, document.baseURI).href
      const own = [...document.links].find(one => one.href === target)
      if (own) { event.preventDefault(); own.click() }
    }
  }
  for (const shape of data.shapes) {
    if (!shape.size) continue
    const lines = [[shape.name, 0], [shape.rate, shape.size * 1.1]]
    for (const [words, down] of lines)
      make('text', { x: shape.x, y: shape.y + down, fill: shape.ink, stroke: shape.fill,
        'aria-hidden': true, 'font-size': shape.size }, svg).textContent = words
  }
}
"""


def district_map(
    shapes: DistrictMap,
    rates: pd.DataFrame,
    names: Mapping[str, str],
    label: str,
    page: str = "exercise",
) -> None:
    """Draw the rates by district, each district a link to `page` narrowed to it.

    rates: one record a district. Grey: too little was returned; its words say so.
    """
    component = st.components.v2.component(
        "district_map", html='<div class="map"></div>', css=CSS, js=JS
    )
    component(
        key="district_map",
        data={
            "box": f"0 0 {shapes.width:.0f} {shapes.height:.0f}",
            "label": label,
            "shapes": [
                {**shape, "href": address(page, district=str(shape["code"]))}
                for shape in _shapes(shapes, rates, names)
            ],
        },
    )


def _shapes(
    shapes: DistrictMap, rates: pd.DataFrame, names: Mapping[str, str]
) -> list[dict[str, object]]:
    records = {record["district"]: record for record in rates.to_dict("records")}
    sizes = _sizes([o for o in shapes.outlines if o.code in names], names)
    return [
        {
            "code": outline.code,
            "path": outline.path,
            "x": outline.middle[0],
            "y": outline.middle[1],
            "name": names[outline.code],
            "size": sizes[outline.code],
            **_words(records.get(outline.code), names[outline.code]),
        }
        for outline in shapes.outlines
        if outline.code in names
    ]


def _sizes(outlines: Sequence[Outline], names: Mapping[str, str]) -> dict[str, float]:
    """How large each name may be written, the broadest district first; 0 where it would be too
    small to read or run into another."""
    taken: list[tuple[float, float, float, float]] = []
    sizes = {}
    for outline in sorted(outlines, key=lambda o: -o.breadth):
        letters = len(names[outline.code]) * (0.55 if names[outline.code].isascii() else 1)
        size = min(NAME_SIZE, outline.breadth * 0.8 / max(letters, 3))
        (x, y), half = outline.middle, size * max(letters, 3.5) / 2
        box = (x - half, y - size, x + half, y + 1.3 * size)
        free = size >= SMALLEST_NAME and not any(_overlap(box, other) for other in taken)
        sizes[outline.code] = size if free else 0
        taken += [box] if free else []
    return sizes


def _overlap(a: tuple[float, ...], b: tuple[float, ...]) -> bool:
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]


def _words(record: Mapping[str, Any] | None, name: str) -> dict[str, str]:
    """How a district is filled and what stands on it."""
    if record is None:
        return _plain(name, _("未持有"))
    text = record_text(record)
    if pd.isna(record["value"]) or is_thin(record["completeness"]):
        return _plain(name, text)
    fill = palette.rate_color(float(record["value"]))
    rate = percent_text(record["value"])
    return {"fill": fill, "ink": palette.ink_on(fill), "rate": rate, "title": f"{name} {text}"}


def _plain(name: str, text: str) -> dict[str, str]:
    short = text.split("(")[0].split("(")[0]
    return {
        "fill": palette.THIN,
        "ink": palette.THIN_INK,
        "rate": short,
        "title": f"{name} {text}",
    }
