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

from registry.map_labels import LETTERINGS, Lettering, label_lines, place_labels
from registry.map_words import map_words
from registry.maps import DistrictMap, Outline
from registry.ui.navigation import address

CSS = """
svg { width: 100%; height: auto; max-height: 560px; display: block }
path { stroke: var(--st-background-color, #fff); stroke-width: 3 }
a:focus { outline: none }
a:hover path, a:focus path { stroke: var(--st-text-color, #000); stroke-width: 6 }
text { pointer-events: none; text-anchor: middle; font-family: var(--st-font);
  paint-order: stroke; stroke-width: 5; stroke-linejoin: round }
.map { container-type: inline-size }
ul { display: flex; flex-wrap: wrap; gap: .2rem 1.2rem; margin: .5rem 0 0; padding: 0;
  list-style: none; font: .875rem/1.4 var(--st-font); color: var(--st-text-color) }
b { margin-right: .3em }
.narrow { display: none }
@container (max-width: 600px) {
  .wide { display: none } g.narrow { display: inline } ul.narrow { display: flex } }
@media print {
  .wide { display: none } g.narrow { display: inline }
  ul.narrow { display: flex; color: #1a1a1a } }
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
  for (const view of data.views) {
    const group = make('g', { class: view.name, 'aria-hidden': true }, svg)
    for (const label of view.labels)
      for (const [words, y] of label.lines)
        make('text', { x: label.x, y, fill: label.ink, stroke: label.fill,
          'font-size': label.size }, group).textContent = words
    if (!view.listed.length) continue
    const list = root.appendChild(document.createElement('ul'))
    list.className = view.name
    for (const [number, words] of view.listed) {
      const entry = list.appendChild(document.createElement('li'))
      entry.appendChild(document.createElement('b')).textContent = number
      entry.append(words)
    }
  }
}
"""

Drawing = dict[str, Any]


def lettered(shapes: DistrictMap, rates: pd.DataFrame, names: Mapping[str, str]) -> Drawing:
    """The rates by district on the map; what takes long, so that pages keep it.

    rates: one record a district. Grey: too little was returned; its words say so.
    """
    known = [outline for outline in shapes.outlines if outline.code in names]
    words = map_words(known, rates, names)
    drawn = [{"code": o.code, "path": o.path, **words[o.code]} for o in known]
    return {
        "box": f"0 0 {shapes.width:.0f} {shapes.height:.0f}",
        "shapes": drawn,
        "views": [_view(letters, known, names, drawn) for letters in LETTERINGS],
    }


def district_map(drawing: Drawing, label: str, page: str = "exercise") -> None:
    """Show a drawing, each of its districts a link to `page` narrowed to it."""
    component = st.components.v2.component(
        "district_map", html='<div class="map"></div>', css=CSS, js=JS
    )
    links = [{**one, "href": address(page, district=one["code"])} for one in drawing["shapes"]]
    component(key="district_map", data={**drawing, "label": label, "shapes": links})


def _view(
    letters: Lettering,
    outlines: Sequence[Outline],
    names: Mapping[str, str],
    shapes: Sequence[Mapping[str, str]],
) -> dict[str, object]:
    """All words in the letters of one width."""
    by_code = {shape["code"]: shape for shape in shapes}
    words = {code: (names[code], shape["rate"]) for code, shape in by_code.items()}
    labels = place_labels(outlines, words, letters)
    return {
        "name": letters.name,
        "labels": [
            {**label_lines(one), **{key: by_code[one.code][key] for key in ("ink", "fill")}}
            for one in labels.placed
        ],
        "listed": [[number, by_code[code]["title"]] for number, code in labels.listed.items()],
    }
