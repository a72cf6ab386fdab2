"""The brief: every section says something, in three formats that open and fetch nothing."""

import re

import docx
import openpyxl
import pandas as pd
import pytest
from docx.oxml.ns import qn

from registry.brief.document import Bars, Document, Figure, Section
from registry.brief.excel import write_xlsx
from registry.brief.html import page, write_html
from registry.brief.word import write_docx

BARS = Bars(
    title="比率",
    labels=("城管执法", "水务"),
    values=(0.471, float("nan")),
    says=("47.1\xa0% (185/393)", "—"),
    marks=(0.5, float("nan")),
    mark_says=("50.0 % (200/400)", "—"),
    reading="竖线是全市。",
    note="「—」不是零。",
)
NOT_KNOWN = (float("nan"), 0.0, 0.0, 0.0)
FIGURES = (
    Figure("城管执法", "", (0.471, 185, 393, 1), (0.5, 200, 400, 0.9)),
    Figure("水务", "", NOT_KNOWN, NOT_KNOWN),
)


def make_document(**fields) -> Document:
    parts = {
        "title": "东区简报",
        "subtitle": "期间 2021年1月",
        "notice": "合成数据",
        "headline": {"职权履行率": "47.1\xa0% (185/393)"},
        "sections": (
            Section("用得怎样", ("持有 393 项。",), bars=BARS, figures=FIGURES),
            Section("说明", ("没有。",), pd.DataFrame({"项": ["=1+1"], "值": ["<b>&"]})),
        ),
        "caveats": ("缺报不是零。",),
        "foot": "数据版本 7",
    }
    return Document(**(parts | fields))


def test_a_section_always_says_something():
    with pytest.raises(AssertionError, match="需求"):
        Section("需求", ("",))


def test_html_fetches_nothing_and_escapes_what_it_is_given():
    text = page(make_document())
    assert not re.search(r"https?:|//|<script|<link|url\(", text)
    assert "&lt;b&gt;&amp;" in text
    assert "<b>&" not in text


def test_html_draws_a_bar_only_where_the_value_is_known():
    widths = re.findall(r'<rect x="132" width="([0-9.]+)"', page(make_document()))
    assert widths == ["200", "94.2", "200", "0.0"]


def test_html_says_its_language():
    assert '<html lang="en">' in page(make_document(language="en"))


def test_every_printed_page_carries_the_foot_and_its_number():
    style = page(make_document(foot='引用 "a" </style>')).partition("<body>")[0]
    assert 'content: "引用 \\22 a\\22  \\3c \\2f style\\3e "' in style
    assert 'counter(page) " / " counter(pages)' in style


def test_word_has_headings_tables_and_the_data_version_in_its_footer(tmp_path):
    write_docx(tmp_path / "b.docx", make_document())
    word = docx.Document(str(tmp_path / "b.docx"))
    headings = [p.text for p in word.paragraphs if p.style.name == "Heading 1"]
    assert headings == ["用得怎样", "说明"]
    assert [cell.text for cell in word.tables[-1].rows[1].cells] == ["=1+1", "<b>&"]
    foot = word.sections[0].footer.paragraphs[0]
    assert foot.text.startswith("数据版本 7")
    fields = foot._p.findall(qn("w:fldSimple"))
    assert [field.get(qn("w:instr")) for field in fields] == ["PAGE", "NUMPAGES"]


def test_every_table_in_word_repeats_its_head_on_the_next_page(tmp_path):
    write_docx(tmp_path / "b.docx", make_document())
    for table in docx.Document(str(tmp_path / "b.docx")).tables:
        heads = [row._tr.find(f".//{qn('w:tblHeader')}") is not None for row in table.rows]
        assert heads == [True] + [False] * (len(table.rows) - 1)


def test_word_marks_signs_that_its_format_has_no_place_for(tmp_path):
    said = Section("说明", ("系统\x01切换\ufffe",), pd.DataFrame({"项\x02": ["值\x04\n"]}))
    write_docx(tmp_path / "b.docx", make_document(title="东区\x03简报", sections=(said,)))
    word = docx.Document(str(tmp_path / "b.docx"))
    assert word.paragraphs[0].text == "东区\ufffd简报"
    assert "系统\ufffd切换\ufffd" in [paragraph.text for paragraph in word.paragraphs]
    assert [row.cells[0].text for row in word.tables[-1].rows] == ["项\ufffd", "值\ufffd\n"]


def test_word_sets_the_citys_rate_with_its_fraction_beside_the_places(tmp_path):
    write_docx(tmp_path / "b.docx", make_document())
    rows = docx.Document(str(tmp_path / "b.docx")).tables[1].rows
    assert [cell.text for cell in rows[1].cells] == [
        "城管执法",
        "47.1\xa0% (185/393)",
        "50.0 % (200/400)",
    ]


def test_workbook_has_a_native_chart_numbers_as_numbers_and_formulas_as_text(tmp_path):
    write_xlsx(tmp_path / "b.xlsx", make_document())
    book = openpyxl.load_workbook(tmp_path / "b.xlsx")
    used, remarks = book.worksheets[1], book.worksheets[2]
    assert len(used._charts) == 1
    rows = [row for row in used.iter_rows() if row[0].value in BARS.labels]
    numbers = [[c.value for c in row if c.data_type == "n" and c.value is not None] for row in rows]
    assert numbers == [[0.471, 185, 393, 1, 0.5, 200, 400, 0.9], [0] * 6]
    formula = next(c for row in remarks.iter_rows() for c in row if c.value == "=1+1")
    assert formula.data_type == "s"


def test_every_sheet_of_the_workbook_prints_one_a4_page_wide(tmp_path):
    write_xlsx(tmp_path / "b.xlsx", make_document())
    for sheet in openpyxl.load_workbook(tmp_path / "b.xlsx"):
        assert sheet.sheet_properties.pageSetUpPr.fitToPage
        assert (sheet.page_setup.paperSize, sheet.page_setup.fitToHeight) == (9, 0)


def test_html_is_written_in_utf8(tmp_path):
    write_html(tmp_path / "b.html", make_document())
    assert "东区简报" in (tmp_path / "b.html").read_text(encoding="utf-8")
