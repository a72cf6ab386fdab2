"""A document → one self-contained HTML page that prints on A4; nothing is fetched."""

import math
from html import escape
from pathlib import Path

import pandas as pd

from registry import palette
from registry.brief.document import Bars, Document, Section
from registry.export import written
from registry.language import _
from registry.wording import sentences

LANGUAGES = {"zh": "zh-CN", "en": "en"}
STYLE = f"""
@page {{ size: A4; margin: 12mm 14mm 17mm;
  @bottom-left {{ content: FOOT; width: 158mm; font-size: 6.8pt; line-height: 1.35; color: #444;
    text-align: left; vertical-align: top; padding-top: 1.5mm; white-space: pre-line;
    overflow-wrap: anywhere }}
  @bottom-right {{ content: counter(page) " / " counter(pages); font-size: 8pt; color: #444;
    vertical-align: top; padding-top: 1.5mm }} }}
* {{ box-sizing: border-box }}
body {{ font: 9.6pt/1.42 'Noto Sans SC','Noto Sans CJK SC','Source Han Sans SC','PingFang SC',
  'Microsoft YaHei',sans-serif; color: #1a1a1a; max-width: 182mm; margin: 0 auto; padding: 4mm }}
h1 {{ font-size: 17pt; margin: 0 }}
h2 {{ font-size: 11.2pt; margin: 3.2mm 0 .8mm; border-bottom: .3mm solid {palette.RATE};
  break-after: avoid }}
p {{ margin: .6mm 0 }}
.subtitle, .foot, .reading {{ color: #444; font-size: 8.4pt }}
.notice {{ border: .4mm solid {palette.WARNING}; padding: 1mm 2mm; margin: 1.5mm 0 }}
.headline {{ display: flex; gap: 3mm; margin: 2mm 0 }}
.headline div {{ flex: 1; border: .2mm solid #bbb; padding: 1.2mm 2mm }}
.headline b {{ display: block; font-size: 12pt }}
table {{ border-collapse: collapse; width: 100%; font-size: 8.6pt; margin: 1mm 0 }}
th, td {{ border-bottom: .2mm solid #ccc; padding: .4mm 1.2mm; text-align: left;
  vertical-align: top; overflow-wrap: anywhere }}
p, tr, svg {{ break-inside: avoid }}
svg {{ width: 100%; height: auto; display: block }}
ol, ul {{ margin: .6mm 0; padding-left: 5mm }}
@media print {{ body {{ padding: 0; max-width: none }} p.foot {{ display: none }} }}
"""
"""Printed, the foot stands below every sheet; on the screen, which has no sheets, at the end."""

ROW, LABEL, BAR, WIDTH = 16, 132, 200, 640


def write_html(path: Path, document: Document) -> None:
    with written(path) as part:
        part.write_text(page(document), encoding="utf-8")


def page(document: Document) -> str:
    """The whole page; every text is escaped, whoever wrote it."""
    parts = [
        f"<h1>{escape(document.title)}</h1>",
        f'<p class="subtitle">{escape(document.subtitle)}</p>',
        f'<p class="notice">{escape(document.notice)}</p>' if document.notice else "",
        _headline(document.headline),
        *map(_section, document.sections),
        "<ul>" + "".join(f"<li>{escape(text)}</li>" for text in document.caveats) + "</ul>",
        f'<p class="foot">{escape(document.foot)}</p>',
    ]
    return (
        f'<!doctype html><html lang="{LANGUAGES[document.language]}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(document.title)}</title><style>{_style(document.foot)}</style></head>"
        f"<body><main>{''.join(parts)}</main></body></html>"
    )


def _style(foot: str) -> str:
    """The style with the foot as a CSS string, in which nothing ends the string or the element."""
    quoted = "".join(c if c.isalnum() or c in " .:·-" else f"\\{ord(c):x} " for c in foot)
    return STYLE.replace("FOOT", f'"{quoted}"')


def _headline(figures: dict[str, str]) -> str:
    cells = (f"<div>{escape(label)}<b>{escape(text)}</b></div>" for label, text in figures.items())
    return f'<div class="headline">{"".join(cells)}</div>'


def _section(section: Section) -> str:
    texts = "".join(f"<p>{escape(text)}</p>" for text in section.sentences if text)
    bars = _bars(section.bars) if section.bars else ""
    table = _table(section.table) if section.table is not None and len(section.table) else ""
    return f"<section><h2>{escape(section.title)}</h2>{texts}{bars}{table}</section>"


def _table(frame: pd.DataFrame) -> str:
    head = "".join(f'<th scope="col">{escape(str(name))}</th>' for name in frame.columns)
    rows = (
        "<tr>" + "".join(f"<td>{escape(str(cell))}</td>" for cell in row) + "</tr>"
        for row in frame.itertuples(index=False)
    )
    return f"<table><thead><tr>{head}</tr></thead><tbody>{''.join(rows)}</tbody></table>"


def _bars(bars: Bars) -> str:
    """Horizontal bars from 0 to 100 %; a tick across a bar is the mark it is set beside."""
    height = ROW * len(bars.labels) + 4
    says = map(_says, bars.says, bars.mark_says)
    rows = zip(bars.labels, bars.values, says, bars.marks, strict=True)
    drawn = "".join(_bar(i, *row) for i, row in enumerate(rows))
    return (
        f'<svg viewBox="0 0 {WIDTH} {height}" role="img" aria-label="{escape(bars.title)}">'
        f'{drawn}</svg><p class="reading">{escape(_reading(bars))}</p>'
    )


def _reading(bars: Bars) -> str:
    return sentences(*filter(None, (bars.reading, bars.note)))


def _says(own: str, beside: str) -> str:
    return _("{own}；全市 {city}").format(own=own, city=beside)


def _bar(place: int, label: str, value: float, says: str, mark: float) -> str:
    top = place * ROW + 3
    known = not math.isnan(value)
    width = BAR * min(max(value, 0.0), 1.0) if known else 0
    tick = (
        f'<rect x="{LABEL + BAR * min(mark, 1.0):.1f}" y="{top - 1}" width="1.6" height="{ROW - 4}"'
        f' fill="{palette.DARK_INK}"/>'
        if not math.isnan(mark)
        else ""
    )
    shape = f'y="{top}" height="{ROW - 6}"'
    text = f'y="{top + 9}" font-size="10"'
    return (
        f'<text x="{LABEL - 6}" {text} text-anchor="end">{escape(label)}</text>'
        f'<rect x="{LABEL}" width="{BAR}" {shape} fill="#efefef"/>'
        f'<rect x="{LABEL}" width="{width:.1f}" {shape} fill="{palette.RATE}"/>'
        f'{tick}<text x="{LABEL + BAR + 6}" {text}>{escape(says)}</text>'
    )
