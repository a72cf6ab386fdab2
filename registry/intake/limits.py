"""How much a file may hold, and the sentences that refuse more.

In: counts of what a file promises. Out: nothing, or a RegistryError. Readers ask here before they
give memory or hours to what a few bytes ask for.
"""

import stat
from pathlib import Path

from registry.errors import RegistryError
from registry.invisible import made_visible
from registry.language import N_

MEGABYTE = 1 << 20
MOST_BYTES = 200 * MEGABYTE
"""Of a file; as much as the pages and the interface for programs take."""

MOST_CELLS, SPARSE_CELLS, LEAST_FILLED = 32_000_000, 5_000_000, 5
"""Of a sheet; from the second number on a fifth of them has to be filled."""

MOST_COLUMNS = 16_384
MOST_ROWS = 2_000_000
MOST_SHEETS = 1_000
LONGEST_CELL = 32_767
"""Characters: what a cell of a workbook holds."""

LONGEST_ROW = 16 * MEGABYTE
"""Bytes of a row in text or markup: it is read at once, so that it must not go on without end."""

MOST_TAGS = 6_000_000
"""Of a document in markup that is read element by element."""

DAMAGED = N_("文件已损坏或不完整，无法读取；请重新导出为 XLSX 或 CSV 后再导入")
ENCRYPTED = N_("文件有密码保护（已加密）；请取消密码后另存为 XLSX 再导入")
EMPTY = N_("文件是空的；请导出有表头的 XLSX 或 CSV 后再导入")


def content(path: Path) -> bytes:
    """The bytes of a file of at most MOST_BYTES.

    Raises RegistryError for what is none, is larger or cannot be opened; a pipe would keep its
    reader waiting, and a device has no end.
    """
    try:
        found = path.stat()
        if stat.S_ISDIR(found.st_mode):
            raise RegistryError(N_("{file} 是文件夹，不是文件；请给出其中的文件"), file=shown(path))
        if not stat.S_ISREG(found.st_mode):
            raise RegistryError(
                N_("{file} 不是普通文件（是管道或设备）；请给出磁盘上的文件"), file=shown(path)
            )
        refuse_large_file(shown(path), found.st_size)
        return path.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        raise RegistryError(N_("找不到文件 {path}；请检查路径"), path=shown(path)) from None
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else error
        raise RegistryError(
            N_("读不了文件 {path}：{error}；请检查路径和权限"), path=shown(path), error=why
        ) from None


def refuse_large_file(name: str, size: int) -> None:
    if size > MOST_BYTES:
        raise RegistryError(
            N_("{file}：文件有 {size} MB，最多 {most} MB；请按月份分成几个文件后再导入"),
            file=name,
            size=size // MEGABYTE,
            most=MOST_BYTES // MEGABYTE,
        )


def refuse_vast_range(height: int, width: int, filled: int | None = None) -> None:
    """A stray value in the last corner of a sheet would fill the memory with nothing.

    filled: cells of the range with a value, where they are known.
    """
    cells = height * width
    is_sparse = filled is not None and cells > SPARSE_CELLS and filled * LEAST_FILLED < cells
    if cells > MOST_CELLS or is_sparse:
        raise RegistryError(
            N_(
                "工作表的已用区域有 {height} 行 × {width} 列，多半是远处有一个多余的值；"
                "请删除表格右侧和下方的多余内容后再导入"
            ),
            height=height,
            width=width,
        )


def refuse_many_columns(width: int) -> None:
    if width > MOST_COLUMNS:
        raise RegistryError(
            N_("表格有一行超过 {most} 列；请只导出台账所需的列后再导入"), most=MOST_COLUMNS
        )


def refuse_many_rows(height: int) -> None:
    if height > MOST_ROWS:
        raise RegistryError(N_("表格超过 {most} 行；请按月份分成几个文件后再导入"), most=MOST_ROWS)


def refuse_many_sheets(count: int) -> None:
    if count > MOST_SHEETS:
        raise RegistryError(
            N_("文件里有 {count} 个工作表，最多 {most} 个；请只留有台账的工作表后再导入"),
            count=count,
            most=MOST_SHEETS,
        )


def endless_cell(row: int) -> RegistryError:
    """row: of the spreadsheet, counted from 1."""
    return RegistryError(
        N_("第 {row} 行有一个单元格超过 {most} 个字符；请改短或删除后再导入"),
        row=row,
        most=LONGEST_CELL,
    )


def refuse_many_tags(count: int, most: int = MOST_TAGS) -> None:
    if count > most:
        raise RegistryError(
            N_("文件里的标记超过 {most} 个，多过这种格式的台账；请另存为 XLSX 或 CSV 后再导入"),
            most=most,
        )


def shown(path: Path) -> str:
    """A file's name as it can be stored and said: on some systems a name may hold any byte."""
    return made_visible(path.name) or str(path)
