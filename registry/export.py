"""A measure's frame → a file: XLSX, CSV with BOM, or Parquet; what it means travels along."""

import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pandas as pd

from registry.db import database_files
from registry.errors import RegistryError, UsageError
from registry.language import N_, Series, _
from registry.measures.card import Card, Family
from registry.outages import no_room
from registry.snapshot import Snapshot
from registry.window import Window

Notes = dict[str, str]
REFERENCE = N_("引用编号")
COLUMNS = {
    "city": N_("全市，总是一行。"),
    "district": N_("区的代码。"),
    "unit": N_("街道、乡镇的代码。"),
    "unit_kind": N_("街道、乡镇的类别代码。"),
    "volume_band": N_("按年案件量分的组，单位只在同组内比较。"),
    "department": N_("职权来源部门的代码。"),
    "domain": N_("执法领域的代码。"),
    "kind": N_("职权类型的代码：处罚或强制。"),
    "power": N_("职权的编码。"),
    "topic": N_("诉求主题的代码。"),
    "origin": N_("执法人员原所在部门的代码。"),
    "month": N_("月份，写作 2020-07。"),
    "quarter": N_("季度，写作 2020-Q3。"),
    "year": N_("年份。"),
    "measure": N_("一族指标中的一项，全称见方法与口径。"),
    "fine_cny": N_("罚款数额，元。"),
    "numerator": N_("分子，总是件数、项数或人数；没有分子的（如中位数）为空。"),
    "denominator": N_("分母，总是件数、项数、人数或月数。"),
    "value": N_("数值：比率写作 0 至 1 的小数；缺报时为空，不是零。"),
    "completeness": N_("报送完整度，0 至 1；小于 1 时比率只是下限。"),
    "flagged": N_("已报但有行待改正的街乡月数。"),
    "state": N_("状态的代码，意思见这项指标的说明。"),
    "p_value": N_("检验的 p 值：纯属偶然时出现这样的数的概率。"),
    "p_adjusted": N_("按错误发现率校正后的 p 值。"),
    "sign": N_("是否达到政策的限额而值得一问。"),
    "question": N_("值得问的话。"),
    "explanation": N_("一种无可指责的解释。"),
    "recommendation": N_("建议的代码。"),
    "rule": N_("触发的规则。"),
    "stability": N_("限额随机变动时建议不变的比例，0 至 1。"),
    "uncertain": N_("稳定度低于政策限额。"),
    "withheld": N_("因缺报暂不下的建议。"),
    "dormancy": N_("使用状态的代码。"),
    "closeness": N_("「贴近居民生活」的档次。"),
    "frequency": N_("「执法频次」的档次。"),
    "suitability": N_("「难度适宜」的档次。"),
    "capacity": N_("「基层承接能力」的档次。"),
    "key": N_("所报数字的代码。"),
    "label": N_("所报数字的名称。"),
    "reported": N_("报告所载的数。"),
    "source": N_("报告的名称。"),
    "as_of": N_("截至日。"),
    "from": N_("计算期间的第一个月。"),
    "to": N_("计算期间的最后一个月。"),
}
"""Columns of downloads → what each holds."""

FULL_WIDTH = map(chr, (0xFF1D, 0xFF0B, 0xFF0D, 0xFF20))
FORMULA_SIGNS = ("=", "+", "-", "@", "\t", "\r", "\n", *FULL_WIDTH)
"""What a spreadsheet takes for the beginning of a formula, = + - @ of full width too."""

XLSX_ROWS = 2**20 - 1
"""What a worksheet holds below its header."""


def write_table(
    path: Path,
    frame: pd.DataFrame,
    card: Card | Family,
    window: Window,
    snapshot: Snapshot,
    options: dict[str, Any],
    reference: str = "",
) -> None:
    """Write a measure's frame with the reference of its figures.

    The format follows the file's ending (UsageError for others).
    """
    writer = WRITERS.get(path.suffix.lower())
    if writer is None:
        raise UsageError(
            N_("{file}：文件名要以 {endings} 结尾"), file=path.name, endings=Series(WRITERS)
        )
    with written(path) as part:
        writer(part, frame, describe(card, window, snapshot, options, reference))


@contextmanager
def writable(path: Path) -> Iterator[None]:
    """A file that cannot be written is the person's business, not a bug: RegistryError."""
    if not path.parent.is_dir():
        raise RegistryError(
            N_("写不了文件 {file}：没有文件夹 {folder}"), file=path.name, folder=path.parent
        )
    try:
        _refuse_to_overwrite(path)
        yield
    except OSError as error:
        raise no_room(error) or RegistryError(
            N_("写不了文件 {path}（{error}）；请检查权限和磁盘"), path=path, error=error
        ) from None


@contextmanager
def written(path: Path) -> Iterator[Path]:
    """Where to write what shall stand under `path` once all of it is written; until then there is
    what was there."""
    with writable(path):
        target = path.resolve()
        with TemporaryDirectory(dir=target.parent) as folder:
            part = Path(folder) / path.name
            yield part
            os.replace(part, target)


def _refuse_to_overwrite(path: Path) -> None:
    """What must not become a file of ours: a pipe would keep its writer waiting, a device would be
    replaced, and the register is the last thing to be lost."""
    if path.exists() and not (path.is_file() or path.is_dir()):
        raise RegistryError(N_("写不了文件 {path}：它不是普通文件；请另起一个文件名"), path=path)
    if path.resolve() in map(Path.resolve, database_files()):
        raise RegistryError(
            N_("写不了文件 {path}：它是台账的数据库文件；请另起一个文件名"), path=path
        )


def table_bytes(ending: str, frame: pd.DataFrame, notes: Notes) -> bytes:
    """The content of a file in the format of this ending ('.xlsx', '.csv')."""
    return content_of(ending, lambda path: WRITERS[ending](path, frame, notes))


def content_of(ending: str, write: Callable[[Path], object]) -> bytes:
    """What `write` puts into a file of this ending."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / f"file{ending}"
        write(path)
        return path.read_bytes()


def describe(
    card: Card | Family,
    window: Window,
    snapshot: Snapshot,
    options: dict[str, Any],
    reference: str = "",
) -> Notes:
    """What the figures of a file mean, in the reader's language."""
    return {
        _("指标"): _("{title}（{name}）").format(title=_(card.title), name=card.name),
        **card.notes(),
        _("期间"): str(window),
        _("截至"): _("{day}（不含）").format(day=window.end.isoformat()),
        _("选项"): ", ".join(f"{name}={value}" for name, value in options.items()),
        **({_(REFERENCE): reference} if reference else {}),
        **describe_data(snapshot),
    }


def describe_data(snapshot: Snapshot) -> Notes:
    return {
        _("数据版本"): str(snapshot.revision),
        _("账册头"): snapshot.head,
        _("数据性质"): describe_nature(snapshot),
    }


def describe_nature(snapshot: Snapshot) -> str:
    if not snapshot.synthetic:
        return _("报送数据")
    return _("合成数据（演示）") if snapshot.synthetic == snapshot.batches else _("混有合成数据")


def _write_xlsx(path: Path, frame: pd.DataFrame, notes: Notes) -> None:
    rows = [*notes.items(), *column_notes(frame.columns).items()]
    write_workbook(
        path, {_("数据"): frame, _("说明"): pd.DataFrame(rows, columns=[_("项"), _("内容")])}
    )


def column_notes(columns: Iterable[str]) -> Notes:
    """What each column named by a code holds, in the reader's language."""
    return {name: text for name in columns if (text := _column_note(name))}


def _column_note(name: str) -> str:
    if name in COLUMNS:
        return _(COLUMNS[name])
    group, _dash, last = name.rpartition("_")
    if last == "name" and group in COLUMNS:
        return _("{column} 的名称。").format(column=group)
    return ""


@contextmanager
def errors_of_the_system() -> Iterator[None]:
    """XlsxWriter puts what the system says into an error of its own."""
    from xlsxwriter.exceptions import FileCreateError

    try:
        yield
    except FileCreateError as error:
        raise error.args[0] from None


def write_workbook(path: Path, sheets: dict[str, pd.DataFrame]) -> None:
    """Frames as sheets; text stays text, whatever sign it begins with."""
    if max(map(len, sheets.values())) > XLSX_ROWS:
        raise RegistryError(
            N_("工作表放不下 {most} 行以上；请写成 .csv 或缩小范围"), most=XLSX_ROWS
        )
    options = {"options": {"strings_to_formulas": False, "strings_to_urls": False}}
    # Into memory first: a ZIP file that does not fit onto the disk leaves a traceback behind.
    book = BytesIO()
    with (
        errors_of_the_system(),
        pd.ExcelWriter(book, engine="xlsxwriter", engine_kwargs=options) as writer,
    ):
        for name, frame in sheets.items():
            frame.to_excel(writer, sheet_name=name, index=False)
            sheet = writer.sheets[name]
            sheet.freeze_panes(1, 0)
            for position, column in enumerate(frame.columns):
                widest = max([len(str(column)), *frame[column].astype(str).str.len().head(200)])
                sheet.set_column(position, position, min(60, 2 + 1.6 * widest))
    path.write_bytes(book.getvalue())


def _write_csv(path: Path, frame: pd.DataFrame, notes: Notes) -> None:
    texts = {
        name: frame[name].map(as_text) for name in frame if frame[name].dtype.kind not in "iuf"
    }
    # A CSV has no room for notes; what is needed to get its figures again goes with each row.
    referred = {"reference": notes[_(REFERENCE)]} if _(REFERENCE) in notes else {}
    frame.assign(**texts, **referred).to_csv(path, index=False, encoding="utf-8-sig")


def as_text(cell: Any) -> Any:
    """A spreadsheet program would run a text of a CSV that begins like a formula."""
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(FORMULA_SIGNS) else cell


def _write_parquet(path: Path, frame: pd.DataFrame, notes: Notes) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    arrow = pa.Table.from_pandas(frame, preserve_index=False)
    pq.write_table(arrow.replace_schema_metadata({**(arrow.schema.metadata or {}), **notes}), path)


WRITERS: dict[str, Callable[[Path, pd.DataFrame, Notes], None]] = {
    ".xlsx": _write_xlsx,
    ".csv": _write_csv,
    ".parquet": _write_parquet,
}
