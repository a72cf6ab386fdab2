"""The demo's files as rows of text, read without the product's own readers."""

import csv

from lxml import etree, html
from python_calamine import CalamineWorkbook

CSV_FORMS = {
    "csv_gb18030": ("gb18030", ","),
    "csv_utf8": ("utf-8", ","),
    "csv_utf8_bom": ("utf-8-sig", ","),
    "csv_utf16_tab": ("utf-16", "\t"),
    "csv_semicolon": ("utf-8", ";"),
}


def read_rows(path, form):
    """All cells of a file as text, sheet after sheet; `form` is a key of registry/demo/files.py."""
    if form in CSV_FORMS:
        encoding, delimiter = CSV_FORMS[form]
        text = path.read_bytes().decode(encoding)
        return list(csv.reader(text.splitlines(), delimiter=delimiter))
    if form == "html":
        page = html.fromstring(path.read_bytes().decode("gb18030"))
        return [[cell.text or "" for cell in row] for row in page.iter("tr")]
    if form == "spreadsheetml":
        rows = etree.parse(path).iter("{*}Row")
        return [[cell[0].text if len(cell) else "" for cell in row] for row in rows]
    book = CalamineWorkbook.from_path(path)
    sheets = [book.get_sheet_by_name(name).to_python() for name in book.sheet_names]
    return [[str(cell) for cell in row] for sheet in sheets for row in sheet]
