"""Outlines and rates of districts → the map, each district a link to its page."""

from collections.abc import Mapping
from html import escape
from typing import Any

from registry import palette
from registry.map_labels import LETTERINGS, Label, Labels, label_lines, place_labels
from registry.maps import DistrictMap, Outline
from registry.publish.html import link
from registry.publish.svg import HATCH, length
from registry.publish.tables import file_name

LETTERS = next(one for one in LETTERINGS if one.name == "narrow")


def draw_map(
    shapes: DistrictMap, words: Mapping[str, Mapping[str, str]], label: str, folder: str
) -> str:
    """words: by district, as `map_words` gives them; folder: of the districts' pages.

    A district without room for its words carries a number, and has them in the list below.
    """
    known = [outline for outline in shapes.outlines if outline.code in words]
    lines = {one.code: (words[one.code]["name"], words[one.code]["rate"]) for one in known}
    labels = place_labels(known, lines, LETTERS)
    districts = "".join(_district(outline, words[outline.code], folder) for outline in known)
    names = "".join(_label(one, words[one.code]) for one in labels.placed)
    size = f"0 0 {shapes.width:.0f} {shapes.height:.0f}"
    return (
        f'<svg class="map" viewBox="{size}" role="group" aria-label="{escape(label)}">'
        f'{districts}<g aria-hidden="true">{names}</g></svg>{_list(labels, words, folder)}'
    )


def _district(outline: Outline, words: Mapping[str, str], folder: str) -> str:
    grey = words["fill"] == palette.THIN
    hatched = f'<path d="{outline.path}" fill="{HATCH}"/>' if grey else ""
    title, page = escape(words["title"]), f"{folder}/{file_name(outline.code)}.html"
    return (
        f'<a href="{page}" aria-label="{title}"><title>{title}</title>'
        f'<path d="{outline.path}" fill="{words["fill"]}"/>{hatched}</a>'
    )


def _label(label: Label, words: Mapping[str, str]) -> str:
    drawn: Mapping[str, Any] = label_lines(label)
    style = f"fill:{words['ink']};stroke:{words['fill']};font-size:{label.size:g}px"
    return "".join(
        f'<text x="{length(drawn["x"])}" y="{length(y)}" style="{style}">{escape(text)}</text>'
        for text, y in drawn["lines"]
    )


def _list(labels: Labels, words: Mapping[str, Mapping[str, str]], folder: str) -> str:
    entries = [
        f"<li><b>{number}</b> {link(f'{folder}/{file_name(code)}.html', words[code]['title'])}</li>"
        for number, code in labels.listed.items()
    ]
    return f'<ul class="numbered">{"".join(entries)}</ul>' if entries else ""
