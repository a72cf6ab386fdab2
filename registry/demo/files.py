"""Sheets into files of the formats that offices send, some of them under a false name.

In: sheets of cells (text, whole numbers, dates). Out: a file; the same cells give the same bytes.
"""

import csv
import io
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

from registry.demo.mess import Sheet

if TYPE_CHECKING:
    from xlsxwriter.format import Format
    from xlsxwriter.worksheet import Worksheet

MADE_ON = datetime(2023, 7, 3, 9, 0)  # noqa: DTZ001 - workbooks carry no time zone
ODS_TYPE = "application/vnd.oasis.opendocument.spreadsheet"
ODS_CONTENT = """<?xml version="1.0" encoding="UTF-8"?>
<office:document-content office:version="1.2"
 xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0"
 xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0"
 xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"><office:body><office:spreadsheet>
{tables}</office:spreadsheet></office:body></office:document-content>"""
MANIFEST = f"""<?xml version="1.0" encoding="UTF-8"?>
<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0">
<manifest:file-entry manifest:full-path="/" manifest:media-type="{ODS_TYPE}"/>
<manifest:file-entry manifest:full-path="content.xml" manifest:media-type="text/xml"/>
</manifest:manifest>"""
SPREADSHEETML = """<?xml version="1.0" encoding="UTF-8"?>
<?mso-application progid="Excel.Sheet"?>
<Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet"
 xmlns:ss="urn:schemas-microsoft-com:office:spreadsheet"><Styles>
<Style ss:ID="day"><NumberFormat ss:Format="yyyy/m/d"/></Style></Styles>
{pages}</Workbook>"""
HTML = """<html xmlns:x="urn:schemas-microsoft-com:office:excel"><head>
<meta http-equiv="Content-Type" content="text/html; charset=gbk"></head>
<body><table border="1">
{rows}
</table></body></html>"""


@dataclass(frozen=True)
class Form:
    suffix: str
    write: Callable[[Path, list[Sheet]], None]


def _csv_form(encoding: str, delimiter: str = ",") -> Form:
    def write(path: Path, sheets: list[Sheet]) -> None:
        text = io.StringIO()
        for sheet in sheets:
            csv.writer(text, delimiter=delimiter).writerows(_padded(sheet))
        path.write_bytes(text.getvalue().encode(encoding))

    return Form(".csv", write)


def _padded(sheet: Sheet) -> Iterator[list[object]]:
    """A spreadsheet program writes every row of a CSV to the same width."""
    width = _width(sheet)
    for row in sheet.rows:
        yield [*row, *[""] * (width - len(row))]


def _width(sheet: Sheet) -> int:
    return max((len(row) for row in sheet.rows), default=0)


def _write_xlsx(path: Path, sheets: list[Sheet]) -> None:
    import xlsxwriter

    book = xlsxwriter.Workbook(path, {"constant_memory": True})
    book.set_properties({"created": MADE_ON})
    day = book.add_format({"num_format": "yyyy/m/d"})
    for sheet in sheets:
        page = book.add_worksheet(sheet.name)
        for place, row in enumerate(sheet.rows):
            if place < sheet.titles:
                page.merge_range(place, 0, place, _width(sheet) - 1, str(row[0]))
            else:
                _write_xlsx_row(page, place, row, day)
    book.close()


def _write_xlsx_row(page: "Worksheet", place: int, row: list[object], day: "Format") -> None:
    for column, cell in enumerate(row):
        if isinstance(cell, datetime):
            page.write_datetime(place, column, cell, day)
        elif isinstance(cell, int):
            page.write_number(place, column, cell)
        elif cell != "":
            page.write_string(place, column, str(cell))


def _write_html(path: Path, sheets: list[Sheet]) -> None:
    """What platforms export as .xls: a table of a web page."""
    rows = "\n".join(
        "<tr>" + "".join(f"<td>{escape(str(cell))}</td>" for cell in row) + "</tr>"
        for sheet in sheets
        for row in sheet.rows
    )
    path.write_bytes(HTML.format(rows=rows).encode("gb18030"))


def _write_spreadsheetml(path: Path, sheets: list[Sheet]) -> None:
    """Excel 2003 XML, again called .xls."""
    pages = "".join(
        f'<Worksheet ss:Name="{escape(sheet.name)}"><Table>\n'
        + "\n".join(f"<Row>{''.join(map(_xml_cell, row))}</Row>" for row in sheet.rows)
        + "\n</Table></Worksheet>"
        for sheet in sheets
    )
    path.write_text(SPREADSHEETML.format(pages=pages), encoding="utf-8")


def _xml_cell(cell: object) -> str:
    if cell == "":
        return "<Cell/>"
    if isinstance(cell, datetime):
        text = f"{cell:%Y-%m-%dT00:00:00.000}"
        return f'<Cell ss:StyleID="day"><Data ss:Type="DateTime">{text}</Data></Cell>'
    kind = "Number" if isinstance(cell, int) else "String"
    return f'<Cell><Data ss:Type="{kind}">{escape(str(cell))}</Data></Cell>'


def _write_ods(path: Path, sheets: list[Sheet]) -> None:
    tables = "".join(
        f'<table:table table:name="{escape(sheet.name)}">\n'
        + "\n".join(
            f"<table:table-row>{''.join(map(_ods_cell, row))}</table:table-row>"
            for row in sheet.rows
        )
        + "</table:table>"
        for sheet in sheets
    )
    content = ODS_CONTENT.format(tables=tables)
    _zip(path, {"mimetype": ODS_TYPE, "content.xml": content, "META-INF/manifest.xml": MANIFEST})


def _zip(path: Path, parts: dict[str, str]) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in parts.items():
            entry = zipfile.ZipInfo(name, MADE_ON.timetuple()[:6])
            packed = zipfile.ZIP_STORED if name == "mimetype" else zipfile.ZIP_DEFLATED
            archive.writestr(entry, text, packed, compresslevel=1)


def _ods_cell(cell: object) -> str:
    if cell == "":
        return "<table:table-cell/>"
    if isinstance(cell, datetime):
        day = f"{cell:%Y-%m-%d}"
        kind = f'office:value-type="date" office:date-value="{day}"'
        return f"<table:table-cell {kind}><text:p>{day}</text:p></table:table-cell>"
    text = escape(str(cell))
    number = f'office:value-type="float" office:value="{text}"'
    kind = number if isinstance(cell, int) else 'office:value-type="string"'
    return f"<table:table-cell {kind}><text:p>{text}</text:p></table:table-cell>"


FORMS = {
    "csv_gb18030": _csv_form("gb18030"),
    "csv_utf8": _csv_form("utf-8"),
    "csv_utf8_bom": _csv_form("utf-8-sig"),
    "csv_utf16_tab": _csv_form("utf-16", "\t"),
    "csv_semicolon": _csv_form("utf-8", ";"),
    "xlsx": Form(".xlsx", _write_xlsx),
    "html": Form(".xls", _write_html),
    "spreadsheetml": Form(".xls", _write_spreadsheetml),
    "ods": Form(".ods", _write_ods),
}
