"""Files made to harm whoever reads them: what each is called, how it is written, what is said.

Each function writes one file at the path that it is given; HOSTILE has them all.
"""

import io
import itertools
import struct
import tempfile
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from book_builders import (
    HEADINGS,
    MAIN,
    MEGABYTE,
    ROW,
    SHEET,
    SHEET_PART,
    book,
    log_rows,
    ods,
    ods_cell,
    ods_content,
    ods_row,
    pack,
    page,
    repeated,
    rows,
    spreadsheetml,
    ss_row,
    text_cell,
    workbook_parts,
)

FILES = Path(__file__).parent / "files"
ELSEWHERE = Path(tempfile.gettempdir(), "hostile")
"""Where nothing may be written."""

ENTITIES = '<!DOCTYPE x [<!ENTITY a "{}">{}]>'


@dataclass(frozen=True)
class Hostile:
    """`says`: a word of the refusal; None where the file is read as if the harm were not there.
    `costly`: takes seconds or much disk to make."""

    name: str
    write: Callable[[Path], Path]
    says: str | None
    costly: bool = False


HOSTILE: dict[str, Hostile] = {}
"""By the name of its function."""


def hostile(
    name: str, says: str | None, ending: str, *, costly: bool = False
) -> Callable[[Callable[[Path], object]], Callable[[Path], object]]:
    """Register what writes a hostile file at the path that it is given."""

    def register(write: Callable[[Path], object]) -> Callable[[Path], object]:
        def written(folder: Path) -> Path:
            path = folder / f"{write.__name__}{ending}"
            write(path)
            return path

        HOSTILE[write.__name__] = Hostile(name, written, says, costly)
        return write

    return register


# What unpacks to far more than it is.


@hostile("压缩炸弹：一段数据被引用十次，共 1.2 GB", "1 GB", ".xlsx")
def overlapping_bomb(path: Path) -> None:
    pack(path, book(SHEET % ("", "")) | {"xl/media/zero.bin": repeated(b"\0", 120)})
    data = path.read_bytes()
    start = data.rindex(b"PK\x01\x02")
    entry, end = data[start : data.rindex(b"PK\x05\x06")], data[data.rindex(b"PK\x05\x06") :]
    copies = b"".join(entry.replace(b"zero.bin", f"zero{i}.bin"[-8:].encode()) for i in range(9))
    size = struct.unpack_from("<I", end, 12)[0] + len(copies)
    count = struct.unpack_from("<H", end, 10)[0] + 9
    end = end[:8] + struct.pack("<HHI", count, count, size) + end[16:]
    path.write_bytes(data[: start + len(entry)] + copies + end)


@hostile("压缩炸弹：900 MB 空白的工作表，压缩后 4 MB", "压缩", ".xlsx")
def blank_bomb(path: Path) -> None:
    head, tail = log_rows("%").split("%")
    pieces = itertools.chain([head.encode()], repeated(b" ", 900), [tail.encode()])
    pack(path, book(pieces))


@hostile("压缩炸弹：900 MB 空行的 ODS", "压缩", ".ods")
def blank_ods_bomb(path: Path) -> None:
    head, tail = ods_content("%").split("%")
    pieces = itertools.chain([head.encode()], repeated(b"<table:table-row/>", 900), [tail.encode()])
    pack(path, ods(pieces))


@hostile("压缩包：头里写 100 字节，实为 200 MB", "损坏", ".xlsx")
def lying_sizes(path: Path) -> None:
    pack(path, book(log_rows()) | {"xl/media/zero.bin": repeated(b"\0", 200)})
    content = bytearray(path.read_bytes())
    struct.pack_into("<I", content, content.rindex(b"PK\x01\x02") + 24, 100)
    path.write_bytes(bytes(content))


@hostile("压缩包套压缩包", "没有工作簿", ".zip")
def nested_archives(path: Path) -> None:
    content = b"0" * MEGABYTE
    for depth in range(20):
        stream = io.BytesIO()
        with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
            for copy in range(5):
                archive.writestr(f"{depth}-{copy}.zip", content)
        content = stream.getvalue()
        if len(content) > MEGABYTE:
            break
    path.write_bytes(content)


@hostile("压缩包：两万个空文件", "部分", ".xlsx")
def many_members(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in book(log_rows()).items():
            archive.writestr(name, str(content))
        for number in range(20_000):
            archive.writestr(f"xl/media/{number}", b"")


# Archives that lead elsewhere.


@hostile("压缩包：文件名含 ../ 和绝对路径", "路径", ".xlsx")
def path_tricks(path: Path) -> None:
    tricks = (f"../../../..{ELSEWHERE}", str(ELSEWHERE), "C:\\hostile", "xl/../../hostile")
    pack(path, book(log_rows()) | dict.fromkeys(tricks, "x"))


@hostile("压缩包：两个同名的工作表", "同名", ".xlsx")
def twin_members(path: Path) -> None:
    twin = SHEET_PART.replace("sheet1", "SHEET1")
    far = SHEET % ("", '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>')
    pack(path, book(log_rows()) | {twin: far})


@hostile("压缩包：工作表藏在别处，角落里有一个值", "多余的值", ".xlsx")
def sheet_elsewhere(path: Path) -> None:
    far = SHEET % ("", '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>')
    pack(path, workbook_parts(["evil/sheet1.dat"]) | {"evil/sheet1.dat": far})


@hostile("压缩包：工作表藏在共享字符串的位置", "多余的值", ".xlsx")
def sheet_as_strings(path: Path) -> None:
    far = SHEET % ("", '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>')
    part = "xl/sharedStrings.xml"
    pack(path, workbook_parts([part]) | {part: far})


@hostile("压缩包：有符号链接", "路径", ".xlsx")
def symbolic_link(path: Path) -> None:
    pack(path, book(log_rows()))
    link = zipfile.ZipInfo("xl/media/link")
    link.external_attr = 0o120777 << 16
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr(link, "/etc/passwd")


@hostile("压缩包：工作表指向机外文件", "损坏", ".xlsx")
def external_target(path: Path) -> None:
    parts = book(log_rows())
    links = str(parts["xl/_rels/workbook.xml.rels"])
    parts["xl/_rels/workbook.xml.rels"] = links.replace(
        f'Target="/{SHEET_PART}"', 'Target="file:///etc/passwd" TargetMode="External"'
    )
    pack(path, parts)


@hostile("压缩包：成员标为加密", "密码", ".xlsx")
def encrypted_member(path: Path) -> None:
    pack(path, book(log_rows()))
    content = bytearray(path.read_bytes())
    content[content.rindex(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(bytes(content))


# Workbooks with too much of something.


@hostile("工作簿：右下角一个值，区域 170 亿格", "多余的值", ".xlsx")
def far_corner(path: Path) -> None:
    pack(path, book(log_rows('<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>')))


@hostile("工作簿：第 99 万行一个值，区域 4600 万格", "多余的值", ".xlsx")
def far_row(path: Path) -> None:
    pack(path, book(log_rows('<row r="990000"><c r="AU990000"><v>1</v></c></row>')))


@hostile("工作簿：UTF-16 的工作表，右下角一个值", "损坏", ".xlsx")
def far_corner_utf16(path: Path) -> None:
    sheet = log_rows('<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>')
    pack(
        path,
        book() | {SHEET_PART: f'<?xml version="1.0" encoding="UTF-16"?>{sheet}'.encode("utf-16")},
    )


@hostile("工作簿：九千个工作表", "工作表", ".xlsx")
def many_sheets(path: Path) -> None:
    targets = [f"xl/worksheets/sheet{i}.xml" for i in range(9_000)]
    pack(path, workbook_parts(targets) | dict.fromkeys(targets, log_rows()))


@hostile("工作簿：一个 3 万字的共享字符串用二十万次", "文字", ".xlsx")
def repeated_string(path: Path) -> None:
    text = f'<sst xmlns="{MAIN}"><si><t>{"案" * 30_000}</t></si></sst>'
    cells = "".join(f'<row r="{i}"><c r="A{i}" t="s"><v>0</v></c></row>' for i in range(3, 200_000))
    pack(path, book(log_rows(cells), xl__sharedStrings_xml=text))


@hostile("工作簿：共享字符串藏在别处，一个 3 万字的用二十万次", "文字", ".xlsx")
def repeated_string_elsewhere(path: Path) -> None:
    repeated_string(path)
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    moved = {name.replace("xl/", "evil/"): content for name, content in parts.items()}
    root = parts["_rels/.rels"].replace(b"xl/workbook.xml", b"evil/workbook.xml")
    del parts["xl/sharedStrings.xml"]
    pack(path, moved | parts | {"_rels/.rels": root})


@hostile("工作簿：自称有四十亿个共享字符串", "损坏", ".xlsx")
def promised_strings(path: Path) -> None:
    text = f'<sst xmlns="{MAIN}" uniqueCount="4294967296"><si><t>案</t></si></sst>'
    pack(path, book(log_rows(), xl__sharedStrings_xml=text))


@hostile("工作簿：XLSX 的名义下是 ODS，一个值重复三千万格", "损坏", ".xlsx")
def ods_in_disguise(path: Path) -> None:
    cell = ods_cell("案", 300)
    row = f'<table:table-row table:number-rows-repeated="100000">{cell}</table:table-row>'
    parts = book(log_rows()) | ods(ods_content(row)) | {"META-INF/manifest.xml": "<manifest/>"}
    del parts["_rels/.rels"]
    pack(path, parts)


@hostile("工作簿：百万字的单元格", "单元格", ".xlsx")
def endless_cell(path: Path) -> None:
    pack(path, book(SHEET % ("", rows(HEADINGS, ("案" * 1_000_000, *ROW[1:])))))


@hostile("工作簿：一百万个合并区域", None, ".xlsx")
def many_merges(path: Path) -> None:
    merges = '<mergeCell ref="A1:XFD1048576"/>' * 1_000_000
    sheet = log_rows().replace("</worksheet>", f"<mergeCells>{merges}</mergeCells></worksheet>")
    pack(path, book(sheet))


@hostile("工作簿：样式里嵌套一万层", "空", ".xlsx")
def nested_styles(path: Path) -> None:
    nest = "<dxfs>" * 10_000 + "</dxfs>" * 10_000
    pack(
        path,
        book(SHEET % ("", ""), xl__styles_xml=f'<styleSheet xmlns="{MAIN}">{nest}</styleSheet>'),
    )


@hostile("工作簿：工作表里嵌套十万层", "损坏", ".xlsx")
def nested_sheet(path: Path) -> None:
    pack(path, book(SHEET % ("", '<row r="1"><c r="A1">' + "<is>" * 100_000)))


@hostile("工作簿：一百万个没有写完的错误格", "损坏", ".xlsx")
def unclosed_errors(path: Path) -> None:
    pack(path, book(SHEET % ("", '<c t="e" r="A1">' * 300_000 + "<c " * 1_000_000)))


@hostile("工作簿：一千万个无用的元素", "多余的值", ".xlsx", costly=True)
def junk_elements(path: Path) -> None:
    head, tail = log_rows("%").split("%")
    cells = '<row r="1048576"><c r="A1048576"><v>1</v></c></row>'
    noise = (b"".join(b"<x%d/>" % (i * j % 9973) for i in range(100_000)) for j in range(100))
    pack(path, book(itertools.chain([head.encode()], noise, [(cells + tail).encode()])))


# XML that asks for more than it holds.


def bomb() -> str:
    """A thousand million letters in ten lines."""
    steps = (f'<!ENTITY {b} "{f"&{a};" * 10}">' for a, b in itertools.pairwise("abcdefghij"))
    return ENTITIES.format("a" * 10, "".join(steps))


EXTERNAL = '<!DOCTYPE x [<!ENTITY j SYSTEM "file:///etc/passwd">]>'


@hostile("工作簿：工作表里的实体炸弹", "文档类型", ".xlsx")
def bomb_in_sheet(path: Path) -> None:
    pack(path, book(bomb() + log_rows(f"<row r='3'>{text_cell('&j;')}</row>")))


@hostile("工作簿：共享字符串里的外部实体", "文档类型", ".xlsx")
def external_in_strings(path: Path) -> None:
    text = f'{EXTERNAL}<sst xmlns="{MAIN}"><si><t>&j;</t></si></sst>'
    cell = '<row r="3"><c r="A3" t="s"><v>0</v></c></row>'
    pack(path, book(log_rows(cell), xl__sharedStrings_xml=text))


@hostile("工作簿：目录里的外部实体", "文档类型", ".xlsx")
def external_in_workbook(path: Path) -> None:
    parts = book(log_rows())
    parts["xl/workbook.xml"] = EXTERNAL + str(parts["xl/workbook.xml"])
    pack(path, parts)


@hostile("Excel 2003 XML：实体炸弹", "文档类型", ".xls")
def bomb_in_spreadsheetml(path: Path) -> None:
    path.write_text(spreadsheetml(ss_row(["&j;"]), bomb()), encoding="utf-8")


@hostile("Excel 2003 XML：平方级实体", "文档类型", ".xls")
def quadratic_entity(path: Path) -> None:
    declared = ENTITIES.format("a" * 100_000, "")
    path.write_text(spreadsheetml(ss_row(["&a;" * 100_000]), declared), encoding="utf-8")


@hostile("Excel 2003 XML：外部实体", "文档类型", ".xls")
def external_in_spreadsheetml(path: Path) -> None:
    path.write_text(spreadsheetml(ss_row(["&j;"]), EXTERNAL), encoding="utf-8")


@hostile("Excel 2003 XML：嵌套十万层", "XML", ".xls")
def nested_spreadsheetml(path: Path) -> None:
    path.write_text(spreadsheetml("<a>" * 100_000), encoding="utf-8")


@hostile("Excel 2003 XML：一万格各合并一万列", "列", ".xls")
def wide_merges(path: Path) -> None:
    cell = '<Cell ss:MergeAcross="16000"><Data ss:Type="String">x</Data></Cell>'
    path.write_text(spreadsheetml(f"<Row>{cell * 10_000}</Row>"), encoding="utf-8")


@hostile("Excel 2003 XML：十万行各合并一万列两行", "合并", ".xls")
def deep_merges(path: Path) -> None:
    cell = '<Row><Cell ss:MergeAcross="16000" ss:MergeDown="1"/></Row>'
    path.write_text(spreadsheetml(cell * 100_000), encoding="utf-8")


@hostile("Excel 2003 XML：五百万个无用的元素", "列", ".xls")
def junk_spreadsheetml(path: Path) -> None:
    junk = "".join(f"<x{i % 9973}/>" for i in range(5_000_000))
    path.write_text(spreadsheetml(junk), encoding="utf-8")


@hostile("Excel 2003 XML：一行三百万格", "列", ".xls")
def endless_row(path: Path) -> None:
    path.write_text(spreadsheetml(f"<Row>{'<Cell/>' * 3_000_000}</Row>"), encoding="utf-8")


@hostile("ODS：一行重复十亿次", "重复", ".ods")
def repeated_row(path: Path) -> None:
    pack(path, ods(ods_content(ods_row(ROW, 1_000_000_000))))


@hostile("ODS：千格的行重复五万次", "重复", ".ods")
def repeated_block(path: Path) -> None:
    cell, opening = ods_cell("x", 900), 'table:table-row table:number-rows-repeated="50000"'
    pack(path, ods(ods_content(f"<{opening}>{cell}</table:table-row>")))


@hostile("ODS：一格重复十亿次", "列", ".ods")
def repeated_cell(path: Path) -> None:
    far = ods_cell("", 1_000_000_000) + ods_cell("x")
    pack(path, ods(ods_content(f"<table:table-row>{far}</table:table-row>")))


@hostile("ODS：十亿个空格", "单元格", ".ods")
def endless_spaces(path: Path) -> None:
    pack(path, ods(ods_content(ods_row(['<text:s text:c="1000000000"/>']))))


@hostile("ODS：实体炸弹", "文档类型", ".ods")
def bomb_in_ods(path: Path) -> None:
    pack(path, ods(ods_content(ods_row(["&j;"]), bomb())))


@hostile("ODS：一行五百万格", "列", ".ods")
def endless_ods_row(path: Path) -> None:
    cells = ("".join(ods_cell(str(i * j)) for i in range(10_000)).encode() for j in range(500))
    head, tail = ods_content("<table:table-row>%</table:table-row>").split("%")
    pack(path, ods(itertools.chain([head.encode()], cells, [tail.encode()])))


# HTML.


@hostile("网页：一万格各合并一万列", "列", ".xls")
def wide_spans(path: Path) -> None:
    path.write_text(page("<tr>" + "<td colspan=16000>x" * 10_000), encoding="utf-8")


@hostile("网页：十万行各合并一万列两行", "合并", ".xls")
def deep_spans(path: Path) -> None:
    path.write_text(page("<tr><td colspan=16000 rowspan=2></td></tr>" * 100_000), encoding="utf-8")


@hostile("网页：表中有表二百层，每层千格", "单元格", ".xls")
def nested_tables(path: Path) -> None:
    level = "<table><tr>" + "<td>" * 2 + "<table><tr><td>1<td>2<td>3<td>4</table>" * 250 + "<td>"
    path.write_text(f"<html>{level * 200}", encoding="utf-8")


@hostile("网页：三十万张表", "表", ".xls")
def many_tables(path: Path) -> None:
    path.write_text("<table><tr><td>a<td>b<td>c</table>" * 300_000, encoding="utf-8")


@hostile("网页：一千万格", "标记", ".xls")
def vast_page(path: Path) -> None:
    path.write_text(page(("<tr>" + "<td>1" * 20) * 500_000), encoding="utf-8")


@hostile("网页：嵌套百万层", "没有表格", ".xls")
def nested_page(path: Path) -> None:
    path.write_text("<html>" + "<div>" * 1_000_000, encoding="utf-8")


@hostile("网页：一百万个属性", "属性", ".xls")
def many_attributes(path: Path) -> None:
    path.write_text(f"<html><table {' '.join(f'a{i}=1' for i in range(1_000_000))}>", "utf-8")
