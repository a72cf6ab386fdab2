"""Workbooks made of raw parts, so that each part can be made wrong: XLSX, ODS, Excel 2003, HTML.

Each holds a sound log of one case, and what else its maker puts into it.
"""

import itertools
import zipfile
from collections.abc import Iterable, Mapping
from pathlib import Path

HEADINGS = ("案号", "执法单位", "职权编码", "执法类型", "决定日期")
ROW = ("京东罚字〔2021〕1号", "东一街道", "UM1", "行政处罚", "2021-01-05")
MEGABYTE = 1 << 20

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
SHEET_PART = "xl/worksheets/sheet1.xml"
SHEET = f'<worksheet xmlns="{MAIN}">%s<sheetData>%s</sheetData></worksheet>'
SS = "urn:schemas-microsoft-com:office:spreadsheet"
OASIS = "urn:oasis:names:tc:opendocument:xmlns"


def pack(path: Path, members: Mapping[str, str | bytes | Iterable[bytes]]) -> None:
    """A ZIP file; a member may come in pieces."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for name, content in members.items():
            whole = content.encode() if isinstance(content, str) else content
            with archive.open(name, "w") as part:
                for piece in [whole] if isinstance(whole, bytes) else whole:
                    part.write(piece)


def book(sheet: str | Iterable[bytes] = "", **parts: str | bytes) -> dict[str, object]:
    """The members of an XLSX with one sheet; `parts` by name, __ for / and _xml for .xml."""
    named = {name.replace("__", "/").replace("_xml", ".xml"): c for name, c in parts.items()}
    return workbook_parts(["xl/worksheets/sheet1.xml"]) | {SHEET_PART: sheet} | named


def workbook_parts(targets: Iterable[str]) -> dict[str, object]:
    """What leads to the sheets at these parts."""
    targets = list(targets)
    sheets = (
        f'<sheet name="表{i}" sheetId="{i}" r:id="r{i}"/>' for i in range(1, len(targets) + 1)
    )
    links = (
        f'<Relationship Id="r{i}" Type="{RELATIONS}/worksheet" Target="/{target}"/>'
        for i, target in enumerate(targets, start=1)
    )
    strings = f'<Relationship Id="s" Type="{RELATIONS}/sharedStrings" Target="sharedStrings.xml"/>'
    styles = f'<Relationship Id="t" Type="{RELATIONS}/styles" Target="styles.xml"/>'
    root = f'<Relationship Id="r1" Type="{RELATIONS}/officeDocument" Target="xl/workbook.xml"/>'
    return {
        "[Content_Types].xml": f'<Types xmlns="{PACKAGE}/content-types"/>',
        "_rels/.rels": f'<Relationships xmlns="{PACKAGE}/relationships">{root}</Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{MAIN}" xmlns:r="{RELATIONS}">'
        f"<sheets>{''.join(sheets)}</sheets></workbook>",
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{PACKAGE}/relationships">'
        f"{strings}{styles}{''.join(links)}</Relationships>",
    }


def rows(*lines: Iterable[object]) -> str:
    """Rows of inline texts, numbered from 1."""
    return "".join(
        f'<row r="{number}">{"".join(map(text_cell, line))}</row>'
        for number, line in enumerate(lines, start=1)
    )


def text_cell(text: object) -> str:
    return f'<c t="inlineStr"><is><t>{text}</t></is></c>'


def log_rows(*more: str) -> str:
    """A sound log of one case, and what else its sheet is to hold."""
    return SHEET % ("", rows(HEADINGS, ROW) + "".join(more))


def repeated(piece: bytes, megabytes: int) -> Iterable[bytes]:
    """So many megabytes of one piece."""
    block = piece * (MEGABYTE // len(piece))
    return itertools.repeat(block, megabytes)


def spreadsheetml(body: str, before: str = "") -> str:
    return (
        f'<?xml version="1.0"?>{before}<Workbook xmlns="{SS}" xmlns:ss="{SS}">'
        f'<Worksheet ss:Name="台账"><Table>{ss_row(HEADINGS)}{ss_row(ROW)}{body}'
        "</Table></Worksheet></Workbook>"
    )


def ss_row(texts: Iterable[str]) -> str:
    cells = "".join(f'<Cell><Data ss:Type="String">{text}</Data></Cell>' for text in texts)
    return f"<Row>{cells}</Row>"


def ods_content(body: str, before: str = "") -> str:
    return (
        f'{before}<office:document-content xmlns:office="{OASIS}:office:1.0" '
        f'xmlns:table="{OASIS}:table:1.0" xmlns:text="{OASIS}:text:1.0"><office:body>'
        f'<office:spreadsheet><table:table table:name="台账">{ods_row(HEADINGS)}{ods_row(ROW)}'
        f"{body}</table:table></office:spreadsheet></office:body></office:document-content>"
    )


def ods_row(texts: Iterable[str], repeats: int = 1) -> str:
    cells = "".join(ods_cell(text) for text in texts)
    return f'<table:table-row table:number-rows-repeated="{repeats}">{cells}</table:table-row>'


def ods_cell(text: str, repeats: int = 1) -> str:
    return (
        f'<table:table-cell office:value-type="string" table:number-columns-repeated="{repeats}">'
        f"<text:p>{text}</text:p></table:table-cell>"
    )


def ods(content: str | Iterable[bytes]) -> dict[str, object]:
    kind = "application/vnd.oasis.opendocument.spreadsheet"
    return {"mimetype": kind, "content.xml": content}


def page(body: str) -> str:
    heading = "".join(f"<th>{text}</th>" for text in HEADINGS)
    row = "".join(f"<td>{text}</td>" for text in ROW)
    return f"<html><meta charset=utf-8><table><tr>{heading}</tr><tr>{row}</tr>{body}</table></html>"
