"""A document → a Word file with real headings and tables."""

import re
from io import BytesIO
from pathlib import Path

import docx
import pandas as pd
from docx.document import Document as WordFile
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt
from docx.table import Table

from registry.brief.document import Document, Section
from registry.export import written
from registry.invisible import MARK
from registry.language import _

FONT = "Microsoft YaHei"
NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def write_docx(path: Path, document: Document) -> None:
    word = docx.Document()
    _set_up(word)
    word.add_heading(_as_xml(document.title), level=0)
    word.add_paragraph(_as_xml(document.subtitle))
    if document.notice:
        word.add_paragraph().add_run(document.notice).bold = True
    _table(word, pd.DataFrame([document.headline]))
    for section in document.sections:
        _section(word, section)
    for text in document.caveats:
        word.add_paragraph(text, style="List Bullet")
    _foot(word, document.foot)
    content = BytesIO()
    word.save(content)
    with written(path) as part:
        part.write_bytes(content.getvalue())


def _set_up(word: WordFile) -> None:
    """A4, narrow margins, and a font that Chinese offices have."""
    sheet = word.sections[0]
    sheet.page_width, sheet.page_height = Mm(210), Mm(297)
    sheet.left_margin = sheet.right_margin = Mm(15)
    sheet.top_margin = sheet.bottom_margin = Mm(13)
    for name in ("Normal", "Title", "Heading 1"):
        style = word.styles[name]
        style.font.name = FONT
        style.element.get_or_add_rPr().get_or_add_rFonts().set(qn("w:eastAsia"), FONT)
    word.styles["Normal"].font.size = Pt(9.5)
    word.styles["Normal"].paragraph_format.space_after = Pt(2)
    word.styles["Title"].font.size = Pt(17)
    word.styles["Heading 1"].font.size = Pt(11.5)
    word.styles["Heading 1"].paragraph_format.space_before = Pt(6)


def _foot(word: WordFile, text: str) -> None:
    """The foot and the number of the page, below every page."""
    foot = word.sections[0].footer.paragraphs[0]
    foot.add_run(f"{text} · ").font.size = Pt(7)
    for before, counted in (("", "PAGE"), (" / ", "NUMPAGES")):
        foot.add_run(before).font.size = Pt(7)
        field = OxmlElement("w:fldSimple")
        field.set(qn("w:instr"), counted)
        foot._p.append(field)


def _section(word: WordFile, section: Section) -> None:
    word.add_heading(section.title, level=1)
    for text in filter(None, section.sentences):
        word.add_paragraph(_as_xml(text))
    if section.bars:
        bars = section.bars
        columns = {bars.title: bars.labels, _("本地"): bars.says, _("全市"): bars.mark_says}
        _table(word, pd.DataFrame(columns))
        if bars.note:
            word.add_paragraph(bars.note)
    if section.table is not None and len(section.table):
        _table(word, section.table)


def _table(word: WordFile, frame: pd.DataFrame) -> None:
    table = word.add_table(rows=1, cols=len(frame.columns), style="Light Grid Accent 1")
    for cell, name in zip(table.rows[0].cells, frame.columns, strict=True):
        cell.text = _as_xml(name)
    _repeat_head(table)
    for row in frame.itertuples(index=False):
        for cell, value in zip(table.add_row().cells, row, strict=True):
            cell.text = _as_xml(value)
    for line in table.rows:
        for cell in line.cells:
            for paragraph in cell.paragraphs:
                paragraph.paragraph_format.space_after = Pt(0)
                for run in paragraph.runs:
                    run.font.size = Pt(8.5)


def _as_xml(value: object) -> str:
    """Its text, with a mark in the place of every sign that a Word file has no place for."""
    return NOT_XML.sub(MARK, str(value))


def _repeat_head(table: Table) -> None:
    """The head row again on each page; no row is torn over two."""
    row = table.rows[0]._tr.get_or_add_trPr()
    for name in ("w:cantSplit", "w:tblHeader"):
        row.append(OxmlElement(name))
