"""The rules of registry.intake.readers, on real files, hand-made ones and random bytes."""

import codecs
import csv
import io
import struct
import zipfile
from datetime import datetime
from pathlib import Path

import openpyxl
import pandas as pd
import pytest
import xlsxwriter
from examples import examples
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from registry.errors import RegistryError
from registry.intake import limits, text
from registry.intake.readers import OLE2, Document, read_document

at = datetime.fromisoformat
FILES = Path(__file__).parent / "files"
HEADINGS = ["案号", "街道", "决定日期"]
RELAXED = settings(
    deadline=None,
    max_examples=examples(120),
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


@pytest.fixture
def read(tmp_path):
    """Bytes (or text, as UTF-8) to a document, as if from a file called log.dat."""

    def read_content(content: bytes | str) -> Document:
        path = tmp_path / "log.dat"
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return read_document(path)

    return read_content


def cells(document: Document, sheet: int = 0) -> list[list[object]]:
    """A sheet as nested lists, missing as None."""
    frame = document.sheets[sheet].cells
    return [
        [None if pd.isna(cell) else cell for cell in row]
        for row in frame.itertuples(index=False, name=None)
    ]


def workbook(*edits, **options) -> bytes:
    """An XLSX by openpyxl with one sheet after `edits` were applied to it."""
    book = openpyxl.Workbook(**options)
    for edit in edits:
        edit(book.active)
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def put(address: str, value: object, **attributes: object):
    def edit(sheet) -> None:
        sheet[address] = value
        for name, content in attributes.items():
            setattr(sheet[address], name, content)

    return edit


def archive(**members: bytes | str) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as target:
        for name, content in members.items():
            target.writestr(name.replace("__", "/"), content)
    return stream.getvalue()


def spreadsheetml(rows: str, head: str = "") -> str:
    space = "urn:schemas-microsoft-com:office:spreadsheet"
    return (
        f'<?xml version="1.0"?>{head}<Workbook xmlns="{space}" xmlns:ss="{space}">'
        f'<Worksheet ss:Name="甲"><Table>{rows}</Table></Worksheet></Workbook>'
    )


def data(value: object, kind: str = "String", **attributes: object) -> str:
    names = "".join(f' ss:{name}="{content}"' for name, content in attributes.items())
    return f'<Cell{names}><Data ss:Type="{kind}">{value}</Data></Cell>'


@pytest.mark.parametrize(
    ("encoding", "bom"),
    [
        ("utf-8", b""),
        ("utf-8", codecs.BOM_UTF8),
        ("gb18030", b""),
        ("utf-16-le", codecs.BOM_UTF16_LE),
        ("utf-16-be", codecs.BOM_UTF16_BE),
        ("utf-16-le", b""),
        ("utf-16-be", b""),
    ],
)
def test_encoding_is_found_by_content(read, encoding, bom):
    document = read(bom + "案号,街道\r\n京朝罚字〔2020〕0012号,建外街道\r\n".encode(encoding))
    assert (document.format, document.encoding, document.delimiter) == ("csv", encoding, ",")
    assert cells(document) == [["案号", "街道"], ["京朝罚字〔2020〕0012号", "建外街道"]]


@pytest.mark.parametrize("delimiter", [",", "\t", ";"])
def test_delimiter_is_the_one_of_consistent_width(read, delimiter):
    rows = [HEADINGS, ["甲;乙", "a,b", "1\t2"], ["1", "2", "3"]]
    stream = io.StringIO()
    csv.writer(stream, delimiter=delimiter).writerows(rows)
    document = read(stream.getvalue())
    assert document.delimiter == delimiter
    assert cells(document) == rows


def test_a_file_of_one_column_has_commas(read):
    assert read("案号\n1\n2\n").delimiter == ","


def test_sep_line_names_the_delimiter_and_keeps_its_row(read):
    document = read("sep=;\r\na,b;c,d\r\n1,2;3,4\r\n")
    assert document.delimiter == ";"
    assert cells(document) == [["sep=", None], ["a,b", "c,d"], ["1,2", "3,4"]]


@pytest.mark.parametrize("newline", ["\r\n", "\n", "\r"])
def test_line_ends_of_every_system_are_read(read, newline):
    assert cells(read(newline.join(["a,b", "1,2", ""]))) == [["a", "b"], ["1", "2"]]


@pytest.mark.parametrize("before", [1, 40])
def test_blank_line_keeps_its_row_number(read, before):
    document = read("a,b\n" * before + "\n1,2\n\n\n")
    assert cells(document)[before:] == [[None, None], ["1", "2"]]


@pytest.mark.parametrize("before", [1, 40])
def test_quoted_line_break_starts_no_row(read, before):
    document = read("a,b\n" * before + '"甲\n""乙""",2\n3,4')
    assert cells(document)[before:] == [['甲\n"乙"', "2"], ["3", "4"]]


def test_short_records_are_padded(read):
    document = read("标题\na,b,c\n" + "1,2,3\n" * 40 + "4\n5,6,7,8\n")
    assert cells(document)[0] == ["标题", None, None, None]
    assert cells(document)[-2:] == [["4", None, None, None], ["5", "6", "7", "8"]]


def test_text_is_neither_stripped_nor_converted(read):
    document = read('a,b\n" 007 ",NA\n1e5,""\n')
    assert cells(document) == [["a", "b"], [" 007 ", "NA"], ["1e5", None]]
    assert set(document.sheets[0].cells.dtypes) == {pd.Series(["a"]).dtype}


def test_text_that_a_formula_guards_from_a_spreadsheet_is_read_bare(read):
    content = '="110101202007010001",案号\n"=""02020-1""",="\n'
    assert cells(read(content)) == [["110101202007010001", "案号"], ["02020-1", '="']]


def test_undecodable_byte_is_named_with_its_place(read):
    with pytest.raises(RegistryError, match=r"第 2 行附近（第 5 个字节 0xFF）"):
        read(b"a,b\n\xff\xff,c\n")


@pytest.mark.parametrize("before", [1, 40])
def test_endless_cell_is_refused(read, before):
    with pytest.raises(RegistryError, match="引号没有配对"):
        read("a,b\n" * before + '"' + "x" * (limits.LONGEST_CELL + 1) + '",2\n')


LINES = st.text(alphabet='a甲",; \n\r\t1', max_size=40)


@RELAXED
@given(content=LINES, width=st.integers(1, 3))
@example(content='1,2\n3,"x', width=2)
@example(content='1,2\na,b""', width=2)
@example(content="\n1,2\n", width=2)
def test_fast_and_slow_path_agree(content, width):
    encoded = content.encode()
    fast = text.read_regular(encoded, ",", width)
    slow = text.read_ragged(encoded, ",")
    if fast is not None and slow:
        pd.testing.assert_frame_equal(text._text_frame([fast]), text._text_frame(slow))


@RELAXED
@given(
    rows=st.lists(
        st.lists(st.text(alphabet='a甲",\n\r1 ', max_size=4), min_size=2, max_size=2),
        min_size=1,
        max_size=60,
    )
)
def test_what_a_csv_writer_wrote_is_read_back(rows):
    stream = io.StringIO()
    csv.writer(stream, quoting=csv.QUOTE_ALL).writerows(rows)
    _, frame = text.read_delimited(stream.getvalue().encode())
    read_back = frame.reindex(index=range(len(rows)), columns=range(2)).astype(object)
    assert read_back.where(read_back.notna(), "").to_numpy().tolist() == rows


def test_numbers_dates_booleans_and_errors_keep_their_kind(read):
    content = workbook(
        put("A1", 12.0),
        put("B1", 0.47, number_format="0%"),
        put("C1", at("2020-07-01")),
        put("D1", at("2020-07-01 09:30")),
        put("E1", True),
        put("F1", "#N/A", data_type="e"),
        put("G1", "110105198001011234"),
    )
    (row,) = cells(read(content))
    moments = [at("2020-07-01"), at("2020-07-01 09:30")]
    assert row == [12, 0.47, *moments, True, "#N/A", "110105198001011234"]
    assert [type(cell) for cell in row[:3]] == [int, float, datetime]


def test_a_nul_that_a_workbook_hides_is_a_mark(read):
    """XLSX writes it as _x0000_; no database would take it."""
    assert cells(read(workbook(put("A1", "案_x0000_号")))) == [["案\ufffd号"]]


def test_a_cell_longer_than_any_workbooks_is_refused_with_its_row(read):
    text = f"<table><tr><td>a<tr><td>{'x' * (limits.LONGEST_CELL + 1)}</table>"
    with pytest.raises(RegistryError, match=r"第 2 行有一个单元格超过 32767 个字符"):
        read(text)


def test_blank_rows_and_columns_before_the_data_are_kept(read):
    document = read(workbook(put("C3", "案号")))
    assert cells(document) == [[None] * 3, [None] * 3, [None, None, "案号"]]
    assert document.sheets[0].cells.index.equals(pd.RangeIndex(3))


def test_workbook_columns_are_object_even_if_all_text(read):
    frame = read(workbook(put("A1", "案号"))).sheets[0].cells
    assert list(frame.dtypes) == ["object"]


def test_hidden_sheets_are_read_and_chart_sheets_skipped(read):
    book = openpyxl.Workbook()
    book.create_chartsheet("图")
    hidden = book.create_sheet("隐藏")
    hidden.sheet_state, hidden["A1"] = "hidden", 1
    stream = io.BytesIO()
    book.save(stream)
    assert [sheet.name for sheet in read(stream.getvalue()).sheets] == ["Sheet", "隐藏"]


def test_title_merged_over_all_columns_adds_none(read):
    stream = io.BytesIO()
    with xlsxwriter.Workbook(stream) as book:
        sheet = book.add_worksheet()
        sheet.merge_range("A1:XFD1", "标题", book.add_format({"bold": True}))
        sheet.write_row(1, 0, HEADINGS)
    assert read(stream.getvalue()).sheets[0].cells.shape == (2, 3)


@pytest.mark.parametrize("address", ["XFD1048576", "CV1000000"])
def test_stray_value_in_the_far_corner_is_refused(read, address):
    with pytest.raises(RegistryError, match="多余的值"):
        read(workbook(put("A1", "案号"), put(address, 1)))


def test_stray_value_without_an_address_is_refused(read):
    content = workbook(put("A1", "案号"))
    row = '<row r="1048576">' + "<c><v>1</v></c>" * 60 + "</row></sheetData>"
    parts = zipfile.ZipFile(io.BytesIO(content))
    members = {name: parts.read(name).decode() for name in parts.namelist()}
    sheet = "xl/worksheets/sheet1.xml"
    members[sheet] = members[sheet].replace("</sheetData>", row)
    with pytest.raises(RegistryError, match="多余的值"):
        read(archive(**members))


def test_many_columns_of_a_few_rows_are_read(read):
    assert read(workbook(put("A1", "案号"), put("XFD3", 1))).sheets[0].cells.shape == (3, 16384)


def test_html_spans_occupy_their_places(read):
    document = read(
        "<table><tr><td rowspan=2>a</td><td colspan=2>b</td><td>c</td></tr>"
        "<tr><td>d</td><td>e<br>f &amp; g</td><td>&nbsp;</td></tr></table>"
    )
    assert document.format == "html"
    assert cells(document) == [["a", "b", None, "c"], [None, "d", "e\nf & g", None]]


@pytest.mark.parametrize(
    ("sign", "seen"),
    [("\x0b", ""), ("\x0c", ""), ("&#1;", "\x01"), ("&#xFFFE;", "\ufffe"), ("\uffff", "\uffff")],
)
def test_signs_that_xml_forbids_may_follow_a_line_break(read, sign, seen):
    document = read(f"<table><tr><td>a<br>{sign}b</td><td><p>c</p>{sign}d</td></tr></table>")
    assert cells(document) == [[f"a\n{seen}b", f"c\n{seen}d"]]


def test_every_table_outside_tables_is_a_sheet(read):
    document = read("<table><tr><td>a<table><tr><td>b</table></table><table><tr><td>c</table>")
    assert [cells(document, i) for i in range(2)] == [[["ab"]], [["c"]]]


def test_table_that_only_lays_out_others_is_not_read_itself(read):
    """Platforms put the title and the table of the result into the cells of a page-wide table."""
    inner = "<table><tr><td>案号</td><td>执法单位</td><td>执法类型</td></tr></table>"
    document = read(f"<table><tr><td>结果</td></tr><tr><td colspan=2>{inner}</td></tr></table>")
    assert [cells(document, i) for i in range(len(document.sheets))] == [
        [["案号", "执法单位", "执法类型"]]
    ]


@pytest.mark.parametrize(
    "before", ["<h3>标题</h3>", "<p>题</p>", "<script>var a;</script>", "<title>题</title>"]
)
def test_html_is_told_whatever_stands_before_the_table(read, before):
    document = read(f"{before}<table><tr><td>案号</td></tr></table>")
    assert (document.format, cells(document)) == ("html", [["案号"]])


@pytest.mark.parametrize("declared", ["gb2312", "GBK", "utf-8", "nonsense"])
@pytest.mark.parametrize("encoding", ["gb18030", "utf-8"])
def test_charset_is_believed_only_if_the_bytes_agree(read, declared, encoding):
    page = f'<html><meta charset="{declared}"><table><tr><td>镕街道,案号</table>'
    assert cells(read(page.encode(encoding))) == [["镕街道,案号"]]


def test_spreadsheetml_indices_and_merges_give_positions(read):
    document = read(
        spreadsheetml(
            f'<Row ss:Index="2">{data("a", MergeAcross=1)}{data("b", Index=4, MergeDown=1)}</Row>'
            f"<Row>{data('c')}{data('d', Index=3)}{data('e')}</Row>"
        )
    )
    assert document.format == "spreadsheetml"
    assert cells(document)[1:] == [["a", None, None, "b", None], ["c", None, "d", None, "e"]]


def test_spreadsheetml_values_have_their_declared_kind(read):
    kinds = (
        data("12", "Number"),
        data("0.5", "Number"),
        data("2020-07-01T00:00:00.000", "DateTime"),
        data("1", "Boolean"),
        data("#N/A", "Error"),
        data("007"),
    )
    document = read(spreadsheetml(f"<Row>{''.join(kinds)}</Row>"))
    assert cells(document) == [[12, 0.5, at("2020-07-01"), True, "#N/A", "007"]]


def test_entities_are_neither_expanded_nor_fetched(read):
    bomb = '<!ENTITY a "aaaaaaaaaa">' + "".join(
        f'<!ENTITY {chr(98 + i)} "{f"&{chr(97 + i)};" * 10}">' for i in range(9)
    )
    for entity in (bomb, '<!ENTITY j SYSTEM "file:///etc/passwd">'):
        with pytest.raises(RegistryError, match="XML"):
            read(spreadsheetml(f"<Row>{data('&j;')}</Row>", f"<!DOCTYPE x [{entity}]>"))


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (b"%PDF-1.7 ...", "PDF"),
        (b"\x89PNG\r\n\x1a\n...", "PNG"),
        (b"\xff\xd8\xff\xe0...", "JPEG"),
        (b"Rar!\x1a\x07", "RAR"),
        (b"7z\xbc\xaf\x27\x1c..", "7z"),
        (b"\x1f\x8b\x08...", "GZ"),
        (b"MIME-Version: 1.0\r\n", "MHTML"),
        (archive(word__document_xml="").replace(b"_xml", b".xml"), "Word"),
        (archive(ppt__presentation_xml="").replace(b"_xml", b".xml"), "PowerPoint"),
        (archive(log_csv="a,b"), "ZIP"),
        (OLE2 + "WordDocument".encode("utf-16-le"), "Word"),
        (OLE2 + "PowerPoint Document".encode("utf-16-le"), "PowerPoint"),
        (OLE2 + "Workbook".encode("utf-16-le"), "损坏"),
        (b"PK\x03\x04 damaged", "损坏"),
        (workbook()[:3000], "损坏"),
        (struct.pack("<200I", *range(200)), "二进制"),
        (b"<html><body>no table</body></html>", "没有表格"),
        (b"<?xml version='1.0'?><log/>", "XML"),
        (b"", "空"),
        (b"\xef\xbb\xbf \r\n", "空"),
    ],
)
def test_what_is_no_table_is_named_in_one_sentence(read, content, found):
    with pytest.raises(RegistryError) as raised:
        read(content)
    sentence = str(raised.value)
    assert sentence.startswith("log.dat：")
    assert found in sentence
    assert "；" in sentence
    assert "\n" not in sentence


@pytest.mark.parametrize("name", ["encrypted.xlsx", "encrypted_97.xls", "encrypted.ods"])
def test_encrypted_file_is_called_encrypted(name):
    with pytest.raises(RegistryError, match=f"^{name}：.*密码"):
        read_document(FILES / name)


def test_zip_flagged_encrypted_is_called_encrypted(read):
    content = bytearray(workbook())
    content[content.index(b"PK\x01\x02") + 8] |= 1
    with pytest.raises(RegistryError, match="密码"):
        read(bytes(content))


def test_zip_bomb_is_refused_before_unpacking(read):
    content = bytearray(workbook())
    struct.pack_into("<I", content, content.index(b"PK\x01\x02") + 24, 3 << 30)
    with pytest.raises(RegistryError, match="1 GB"):
        read(bytes(content))


def test_missing_file_is_one_sentence(tmp_path):
    with pytest.raises(RegistryError, match="找不到文件"):
        read_document(tmp_path / "none.csv")


REAL = {
    "dongcheng_2020.xlsx": ("xlsx", None, None, [(21, 11), (0, 0)]),
    "chaoyang_2020_gb18030.csv": ("csv", "gb18030", ",", [(15, 11)]),
    "haidian_export.xls": ("html", "gb18030", None, [(14, 9)]),
    "fengtai_2003.xls": ("spreadsheetml", "utf-8", None, [(16, 9), (1, 1)]),
    "shijingshan.ods": ("ods", None, None, [(14, 13)]),
    "miyun_97.xls": ("xls", None, None, [(12, 8)]),
    "tongzhou_utf16.csv": ("csv", "utf-16-le", "\t", [(14, 7)]),
    "yanqing_two_row_header.xlsx": ("xlsx", None, None, [(17, 12)]),
}


@pytest.mark.parametrize("name", REAL)
def test_real_file_is_told_by_content(name):
    document = read_document(FILES / name)
    shapes = [sheet.cells.shape for sheet in document.sheets]
    assert (document.format, document.encoding, document.delimiter, shapes) == REAL[name]


@pytest.mark.parametrize(
    ("name", "row", "expected"),
    [
        ("dongcheng_2020.xlsx", 7, {9: at("2020-08-07"), 11: 1000}),
        ("chaoyang_2020_gb18030.csv", 2, {1: "京朝罚字〔2020〕0012号", 8: "2020年7月1日"}),
        ("haidian_export.xls", 4, {1: "京海罚字〔２０２０〕０１０２号", 7: "２００"}),
        ("fengtai_2003.xls", 11, {1: "京丰罚字〔2020〕0207号", 5: at("2020-07-10")}),
        ("shijingshan.ods", 5, {6: at("2020-08-06"), 9: 1}),
        ("miyun_97.xls", 10, {1: 9, 5: 44166}),
        ("tongzhou_utf16.csv", 10, {3: "UM334", 4: "2020/8/15"}),
        ("yanqing_two_row_header.xlsx", 12, {1: "京延罚字〔2020〕0607号", 6: 2100}),
    ],
)
def test_followed_row_of_a_real_file_stands_where_a_spreadsheet_shows_it(name, row, expected):
    frame = read_document(FILES / name).sheets[0].cells
    assert {column: frame.iat[row - 1, column - 1] for column in expected} == expected


def outcome_is_document_or_registry_error(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    try:
        document = read_document(path)
    except RegistryError:
        return
    assert isinstance(document, Document)


def test_damage_that_would_ask_for_a_terabyte_does_not_end_the_process(read):
    """Calamine aborts on these two bytes; the limit of its own process contains it."""
    content = bytearray((FILES / "miyun_97.xls").read_bytes())
    content[4221:4223] = b"\xff\xff"
    with pytest.raises(RegistryError, match="损坏"):
        read(bytes(content))


@RELAXED
@given(
    head=st.sampled_from(
        [b"", b"<html><table>", b"<?xml ", b"PK\x03\x04", b"\xff\xfe", b"\xfe\xff"]
    ),
    content=st.binary(max_size=300),
)
def test_random_bytes_are_a_document_or_one_error(tmp_path, head, content):
    outcome_is_document_or_registry_error(tmp_path / "random", head + content)


@settings(RELAXED, max_examples=examples(60))
@given(
    name=st.sampled_from(sorted(REAL)),
    edits=st.lists(st.tuples(st.floats(0, 1), st.binary(min_size=1, max_size=4)), max_size=5),
    keep=st.floats(0.2, 1),
)
def test_damaged_real_files_are_a_document_or_one_error(tmp_path, name, edits, keep):
    content = bytearray((FILES / name).read_bytes())
    for place, bytes_ in edits:
        at = int(place * (len(content) - 4))
        content[at : at + len(bytes_)] = bytes_
    outcome_is_document_or_registry_error(
        tmp_path / "x", bytes(content[: int(keep * len(content))])
    )


@settings(RELAXED, max_examples=examples(60))
@given(
    name=st.sampled_from(["dongcheng_2020.xlsx", "shijingshan.ods"]),
    part=st.sampled_from(["content.xml", "xl/worksheets/sheet1.xml", "xl/workbook.xml"]),
    edits=st.lists(st.tuples(st.floats(0, 1), st.sampled_from([b"<", b"9", b'"', b"Z"]))),
)
def test_damage_inside_an_intact_archive_is_a_document_or_one_error(tmp_path, name, part, edits):
    parts = zipfile.ZipFile(FILES / name)
    members = {entry: bytearray(parts.read(entry)) for entry in parts.namelist()}
    victim = members.get(part, bytearray(1))
    for place, byte in edits:
        victim[int(place * (len(victim) - 1))] = byte[0]
    packed = archive(**{entry: bytes(content) for entry, content in members.items()})
    outcome_is_document_or_registry_error(tmp_path / "x", packed)
