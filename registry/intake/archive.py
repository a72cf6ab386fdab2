"""The ZIP file around a workbook: looked through before any part of it is unpacked for good.

In: bytes. Out: an open archive whose parts are what its directory says, or a RegistryError. Parts
are read piece by piece; nothing is ever written to a disk.
"""

import io
import re
import stat
import zipfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from registry.errors import RegistryError
from registry.intake.limits import DAMAGED, ENCRYPTED, MEGABYTE
from registry.language import N_

MOST_UNZIPPED = 1 << 30
MOST_PARTS = 10_000
FREE_SIZE, HIGHEST_RATIO = 16 * MEGABYTE, 200
"""Bytes below which a part may shrink to anything; how much smaller a table packs at best."""

LONGEST_TAG = 1 << 12
DIRECTORY_ENTRY = b"PK\x01\x02"
DOCTYPE = N_("文件里的 XML 含有文档类型定义，不予读取；请另存为 XLSX 后再导入")
LEADS_ELSEWHERE = re.compile(r"^[\\/]|^[A-Za-z]:|(?:^|[\\/])\.\.(?:[\\/]|$)|[\x00-\x1f]")


@contextmanager
def opened(data: bytes) -> Iterator[zipfile.ZipFile]:
    """The archive, if it is none that only a hostile hand could have written."""
    # Each entry of the directory takes a kilobyte of memory, whatever the directory says it has.
    refuse_many_parts(data.count(DIRECTORY_ENTRY))
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        members = archive.infolist()
        if any(member.flag_bits & 1 for member in members):
            raise RegistryError(ENCRYPTED)
        _check_names(members)
        _check_sizes(members)
        if archive.testzip():
            raise RegistryError(DAMAGED)
        yield archive


def refuse_many_parts(count: int) -> None:
    if count > MOST_PARTS:
        raise RegistryError(
            N_("压缩包里有 {count} 个部分，多过任何工作簿；请另存为 XLSX 后再导入"), count=count
        )


def _check_names(members: list[zipfile.ZipInfo]) -> None:
    """Two parts of one name would be looked at as one and read as the other."""
    for member in members:
        if LEADS_ELSEWHERE.search(member.filename) or stat.S_ISLNK(member.external_attr >> 16):
            raise RegistryError(
                N_("压缩包里有指向别处的路径，不是正常的工作簿；请重新导出为 XLSX 后再导入")
            )
    names = Counter(plain_path(member.filename) for member in members)
    if names and max(names.values()) > 1:
        raise RegistryError(
            N_("压缩包里有同名的部分，不是正常的工作簿；请重新导出为 XLSX 后再导入")
        )


def plain_path(name: str) -> str:
    """A part's name as readers of workbooks compare it."""
    return name.replace("\\", "/").casefold()


def _check_sizes(members: list[zipfile.ZipInfo]) -> None:
    if sum(member.file_size for member in members) > MOST_UNZIPPED:
        raise RegistryError(N_("文件解压后超过 1 GB，不予读取；请分成几个文件后再导入"))
    for member in members:
        is_bomb = member.file_size > HIGHEST_RATIO * member.compress_size
        if member.file_size > FREE_SIZE and is_bomb:
            raise RegistryError(
                N_("文件压缩到了 {ratio} 分之一，不是正常的工作簿；请重新导出为 XLSX 后再导入"),
                ratio=member.file_size // max(member.compress_size, 1),
            )


def chunks(archive: zipfile.ZipFile, name: str) -> Iterator[bytes]:
    """A part piece by piece; each begins with the end of the one before, where a tag may lie.

    Raises RegistryError for a document type, which no spreadsheet program writes.
    """
    before = b""
    with archive.open(name) as part:
        while piece := part.read(MEGABYTE):
            chunk = before + piece
            if b"<!DOCTYPE" in chunk or b"<!ENTITY" in chunk:
                raise RegistryError(DOCTYPE)
            yield chunk
            before = piece[-LONGEST_TAG:]
