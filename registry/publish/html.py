"""Words, tables and drawings → pages of HTML that fetch nothing but the site's own style."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from html import escape

import pandas as pd

from registry.language import LANGUAGES, N_, _, language, speaking
from registry.publish.files import WRITERS
from registry.publish.svg import PATTERNS

CODES = {"zh": "zh-CN", "en": "en"}
MENU = {
    "index": N_("总览"),
    "exercise": N_("职权履行率"),
    "staffing": N_("人员到位"),
    "districts": N_("各区"),
    "powers": N_("职权"),
    "methods": N_("方法与口径"),
    "data": N_("数据"),
}
"""The pages of the menu, in its order."""


@dataclass(frozen=True)
class Page:
    """path: within the folder of its language, without ending; part: its entry of the menu."""

    path: str
    title: str
    body: str
    part: str = ""

    @property
    def root(self) -> str:
        """From the page to the site's folder."""
        return "../" * (self.path.count("/") + 1)


@dataclass(frozen=True)
class Frame:
    """What is around every page of a language: notices below the title, words at the foot."""

    notices: Sequence[str]
    stand: str
    foot: Sequence[str] = field(default=())


def paragraph(text: str, kind: str = "") -> str:
    named = f' class="{kind}"' if kind else ""
    return f"<p{named}>{escape(text)}</p>" if text else ""


def heading(text: str, name: str = "", level: int = 2) -> str:
    """name: the fragment under which it is found."""
    named = f' id="{escape(name)}"' if name else ""
    return f"<h{level}{named}>{escape(text)}</h{level}>"


def link(address: str, text: str) -> str:
    return f'<a href="{address}">{escape(text)}</a>'


def links(pairs: Iterable[tuple[str, str]]) -> str:
    """(address, text) side by side."""
    listed = "".join(f"<li>{link(*pair)}</li>" for pair in pairs)
    return f'<ul class="links">{listed}</ul>'


def headline(figures: Mapping[str, str]) -> str:
    cells = (
        f"<div><dt>{escape(label)}</dt><dd>{escape(text)}</dd></div>"
        for label, text in figures.items()
    )
    return f'<dl class="headline">{"".join(cells)}</dl>'


def table(
    frame: pd.DataFrame,
    label: str,
    addresses: Sequence[str] = (),
    grey: Sequence[bool] = (),
) -> str:
    """The index heads the rows; addresses: where each of its entries leads; grey: rows of which
    too little was returned. label: what it is a table of, for who hears it."""
    names = [str(name or "") for name in (frame.index.name, *frame.columns)]
    head = "".join(
        f'<th scope="col">{escape(name)}</th>' if name else "<td></td>" for name in names
    )
    # Hundreds of pages have several small tables: rows as tuples of a frame's own take ten times as
    # long as its values.
    cells = zip(frame.index, frame.to_numpy(dtype=object).tolist(), strict=True)
    rows = (
        _row(place, (name, *row), addresses, bool(len(grey) and grey[place]))
        for place, (name, row) in enumerate(cells)
    )
    return scrolling(
        f"<table><thead><tr>{head}</tr></thead><tbody>{''.join(rows)}</tbody></table>", label
    )


def _row(place: int, row: Sequence[object], addresses: Sequence[str], grey: bool) -> str:
    first = escape(str(row[0]))
    if len(addresses):
        first = f'<a href="{addresses[place]}">{first}</a>'
    cells = "".join(f"<td>{escape(str(cell))}</td>" for cell in row[1:])
    return f'<tr{" class=grey" if grey else ""}><th scope="row">{first}</th>{cells}</tr>'


def scrolling(content: str, label: str) -> str:
    """Content that may be broader than a phone; a keyboard can scroll it, too."""
    return (
        f'<div class="scroll" tabindex="0" role="region" aria-label="{escape(label)}">'
        f"{content}</div>"
    )


def folded(summary: str, content: str) -> str:
    return f"<details><summary>{escape(summary)}</summary>{content}</details>"


def files_line(root: str, name: str, reference: str = "") -> str:
    """The three formats of a table, and how its figures are computed again."""
    found = " ".join(
        link(f"{root}data/{name}{ending}", ending[1:].upper().replace("PARQUET", "Parquet"))
        for ending in WRITERS
    )
    label, numbered = _("下载数据："), _("引用编号")
    asked = f" {escape(numbered)} <code>{escape(reference)}</code>" if reference else ""
    return f'<p class="files"><span>{escape(label)}{found}</span>{asked}</p>'


def figure(finding: str, drawing: str, texts: Sequence[str], below: str) -> str:
    """A drawing under the finding that it shows; texts: how to read it, what it rests on."""
    said = "".join(paragraph(text, "reading") for text in texts)
    wide = scrolling(drawing, finding) if drawing.startswith('<svg class="wide"') else drawing
    return f"<section>{heading(finding)}<figure>{wide}</figure>{said}{below}</section>"


def whole_page(page: Page, frame: Frame) -> str:
    """Head, menu, notices, body and foot."""
    spoken = language()
    notices = "".join(paragraph(text, "notice") for text in frame.notices)
    patterns = PATTERNS if "url(#" in page.body else ""
    title = _("{title} · 下放职权台账").format(title=page.title)
    foot = "".join(map(paragraph, frame.foot))
    skip = _("跳到正文")
    return (
        f'<!doctype html>\n<html lang="{CODES[spoken]}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<title>{escape(title)}</title><link rel="icon" href="data:,">'
        f'<link rel="stylesheet" href="{page.root}style.css"></head>\n<body>'
        f'<a class="skip" href="#content">{escape(skip)}</a>'
        f'<header>{_menu(page)}</header>\n<main id="content">{patterns}'
        f"<h1>{escape(page.title)}</h1>{notices}{paragraph(frame.stand, 'stand')}\n"
        f"{page.body}</main>\n<footer>{foot}</footer></body></html>\n"
    )


def _menu(page: Page) -> str:
    up = page.root[len("../") :]
    entries = "".join(
        f'<li><a href="{up}{name}.html"{_current(name, page)}>{escape(_(title))}</a></li>'
        for name, title in MENU.items()
    )
    label = _("页面")
    return (
        f'<nav aria-label="{escape(label)}"><ul>{entries}</ul></nav>'
        f'<p class="language">{_other_languages(page)}</p>'
    )


def _current(name: str, page: Page) -> str:
    if name != page.part:
        return ""
    return ' aria-current="page"' if page.path == name else ' aria-current="true"'


def _other_languages(page: Page) -> str:
    """The same page in the other languages, each by its own name."""
    return " ".join(
        f'<a href="{page.root}{code}/{page.path}.html" lang="{CODES[code]}" '
        f'hreflang="{CODES[code]}">{own_name(code)}</a>'
        for code in LANGUAGES
        if code != language()
    )


def own_name(code: str) -> str:
    """What a language calls itself."""
    with speaking("zh"):
        return _(LANGUAGES[code])
