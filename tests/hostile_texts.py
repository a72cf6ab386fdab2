"""Hostile text files, broken workbooks and what is no file: more of what `hostile_files` has."""

import os
import struct
import zipfile
import zlib
from pathlib import Path

from book_builders import HEADINGS, MEGABYTE, ROW, SHEET_PART, repeated
from hostile_files import hostile

FILES = Path(__file__).parent / "files"


# Delimited text.


@hostile("CSV：一百万列", "列", ".csv")
def million_columns(path: Path) -> None:
    line = ",".join(f"列{i}" for i in range(1_000_000))
    path.write_text(f"{','.join(HEADINGS)}\n{line}\n", encoding="utf-8")


@hostile("CSV：一百万列，共 30 行", "换行", ".csv")
def million_columns_often(path: Path) -> None:
    path.write_text(("," * 1_000_000 + "x\n") * 30, encoding="utf-8")


@hostile("CSV：一行一万六千列，二十万行五列", "多余的值", ".csv")
def one_wide_record(path: Path) -> None:
    many = f"{','.join(ROW)}\n" * 100_000
    path.write_text(f"{','.join(HEADINGS)}\n{many}{'x,' * 16_000}x\n{many}", encoding="utf-8")


@hostile("CSV：一亿个逗号", "单元格", ".csv")
def only_commas(path: Path) -> None:
    path.write_text(f"{','.join(HEADINGS)}\n" + ",,,,\n" * 20_000_000, encoding="utf-8")


@hostile("CSV：百万字的单元格", "单元格", ".csv")
def endless_field(path: Path) -> None:
    text = f"{','.join(HEADINGS)}\n{'案' * 1_000_000},{','.join(ROW[1:])}\n"
    path.write_text(text, encoding="utf-8")


@hostile("CSV：引号没有配对，后面 100 MB", "引号", ".csv")
def unbalanced_quote(path: Path) -> None:
    line = f"{','.join(ROW)}\n".encode()
    with path.open("wb") as file:
        file.write(f"{','.join(HEADINGS)}\n".encode() + line * 50 + b'"')
        file.writelines(repeated(line, 100))


@hostile("CSV:500 MB", "MB", ".csv", costly=True)
def vast_file(path: Path) -> None:
    line = f"{','.join(ROW)}\n".encode()
    with path.open("wb") as file:
        file.write(f"{','.join(HEADINGS)}\n".encode())
        file.writelines(repeated(line, 500))


@hostile("500 MB 的空洞文件", "MB", ".xlsx")
def sparse_file(path: Path) -> None:
    with path.open("wb") as file:
        file.truncate(500 * MEGABYTE)


@hostile("CSV:100 MB 空白", "空", ".csv")
def only_blanks(path: Path) -> None:
    with path.open("wb") as file:
        file.writelines(repeated(b" \n", 100))


@hostile("CSV：夹有 NUL 字节", "二进制", ".csv")
def nul_bytes(path: Path) -> None:
    path.write_bytes(f"{','.join(HEADINGS)}\n".encode() + b"a\0b,c\n")


@hostile("CSV:UTF-8 与 GB18030 混用", "编码", ".csv")
def mixed_encodings(path: Path) -> None:
    line = ",".join(ROW)
    good = f"{','.join(HEADINGS)}\n{line}\n".encode()
    path.write_bytes(good + f"{line}\n".encode("gb18030") + b"\x80\xff\n")


@hostile("CSV:GB18030 中有断字节", "编码", ".csv")
def broken_gb18030(path: Path) -> None:
    text = f"{','.join(HEADINGS)}\n{','.join(ROW)}\n".encode("gb18030")
    path.write_bytes(text + b"\x81\x30\x81,\xff\n")


@hostile("CSV:UTF-16，末尾缺一字节", "编码", ".csv")
def odd_utf16(path: Path) -> None:
    path.write_bytes(b"\xff\xfe" + f"{','.join(HEADINGS)}\n".encode("utf-16-le")[:-1])


@hostile("CSV:UTF-16 中有孤立的代理", "编码", ".csv")
def lone_surrogate(path: Path) -> None:
    text = f"{','.join(HEADINGS)}\n".encode("utf-16-le")
    path.write_bytes(b"\xff\xfe" + text + b"\x00\xd8a\x00\n\x00")


@hostile("CSV:UTF-32", "二进制", ".csv")
def utf32(path: Path) -> None:
    path.write_bytes(f"{','.join(HEADINGS)}\n{','.join(ROW)}\n".encode("utf-32"))


@hostile("CSV：只有字节序标记", "表头", ".csv")
def only_marks(path: Path) -> None:
    path.write_bytes(b"\xef\xbb\xbf" * 3)


@hostile("CSV：一亿个回车", "空", ".csv")
def only_returns(path: Path) -> None:
    path.write_bytes(b"\r" * 100_000_000)


@hostile("CSV：二千万行一列", "行", ".csv")
def many_records(path: Path) -> None:
    path.write_bytes(b"1\n" * 20_000_000)


# Broken workbooks, and what is no workbook.


@hostile("空文件", "空", ".xlsx")
def nothing(path: Path) -> None:
    path.write_bytes(b"")


@hostile("截断的 XLSX", "损坏", ".xlsx")
def truncated(path: Path) -> None:
    path.write_bytes((FILES / "dongcheng_2020.xlsx").read_bytes()[:4000])


@hostile("截断的 XLS", "不是表格", ".xls")
def truncated_xls(path: Path) -> None:
    path.write_bytes((FILES / "miyun_97.xls").read_bytes()[:3000])


@hostile("XLSX：一位翻转", "损坏", ".xlsx")
def flipped_bit(path: Path) -> None:
    content = bytearray((FILES / "dongcheng_2020.xlsx").read_bytes())
    with zipfile.ZipFile(FILES / "dongcheng_2020.xlsx") as archive:
        offset = archive.getinfo(SHEET_PART).header_offset
    content[offset + 200] ^= 1
    path.write_bytes(bytes(content))


@hostile("XLS：两字节改动，读时要一万亿字节", "损坏", ".xls")
def terabyte(path: Path) -> None:
    content = bytearray((FILES / "miyun_97.xls").read_bytes())
    content[4221:4223] = b"\xff\xff"
    path.write_bytes(bytes(content))


@hostile("XLS：扇区链成环", "损坏", ".xls")
def looped_sectors(path: Path) -> None:
    content = bytearray((FILES / "miyun_97.xls").read_bytes())
    first = struct.unpack_from("<I", content, 76)[0]
    table = 512 + first * 512
    for sector in range(128):
        struct.pack_into("<I", content, table + 4 * sector, sector)
    path.write_bytes(bytes(content))


@hostile("压缩数据的乱码", "损坏", ".xlsx")
def deflated_noise(path: Path) -> None:
    path.write_bytes(b"PK\x03\x04" + zlib.compress(os.urandom(MEGABYTE)))


@hostile("文件夹", "文件夹", "")
def a_folder(path: Path) -> None:
    path.mkdir()


@hostile("命名管道", "普通文件", ".csv")
def a_pipe(path: Path) -> None:
    os.mkfifo(path)


@hostile("指向 /dev/zero 的链接", "普通文件", ".csv")
def endless_device(path: Path) -> None:
    path.symlink_to("/dev/zero")


@hostile("指向自身的链接", "读不了", ".csv")
def looped_link(path: Path) -> None:
    path.symlink_to(path.name)
