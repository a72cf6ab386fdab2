"""A measure's frame → a file: XLSX, CSV with BOM, or Parquet; what it means travels along."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pandas as pd

from registry.errors import RegistryError, UsageError
from registry.language import N_, Series, _
from registry.measures.card import Card, Family
from registry.snapshot import Snapshot
from registry.window import Window

Notes = dict[str, str]
REFERENCE = N_("引用编号")
FORMULA_SIGNS = ("=", "+", "-", "@", "\t", "\r")
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
            N_("{file}:文件名要以 {endings} 结尾"), file=path.name, endings=Series(WRITERS)
        )
    with writable(path):
        writer(path, frame, describe(card, window, snapshot, options, reference))


@contextmanager
def writable(path: Path) -> Iterator[None]:
    """A file that cannot be written is the person's business, not a bug: RegistryError."""
    if not path.parent.is_dir():
        raise RegistryError(
            N_("写不了文件 {file}:没有文件夹 {folder}"), file=path.name, folder=path.parent
        )
    try:
        yield
    except OSError as error:
        raise RegistryError(
            N_("写不了文件 {path}({error});请检查权限和磁盘"), path=path, error=error
        ) from None


def table_bytes(ending: str, frame: pd.DataFrame, notes: Notes) -> bytes:
    """The content of a file in the format of this ending ('.xlsx', '.csv')."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / f"table{ending}"
        WRITERS[ending](path, frame, notes)
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
        _("指标"): _("{title}({name})").format(title=_(card.title), name=card.name),
        **card.notes(),
        _("期间"): str(window),
        _("截至"): _("{day}(不含)").format(day=window.end.isoformat()),
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
    return _("合成数据(演示)") if snapshot.synthetic == snapshot.batches else _("混有合成数据")


def _write_xlsx(path: Path, frame: pd.DataFrame, notes: Notes) -> None:
    write_workbook(
        path,
        {_("数据"): frame, _("说明"): pd.DataFrame(notes.items(), columns=[_("项"), _("内容")])},
    )


def write_workbook(path: Path, sheets: dict[str, pd.DataFrame]) -> None:
    """Frames as sheets; text stays text, whatever sign it begins with."""
    if max(map(len, sheets.values())) > XLSX_ROWS:
        raise RegistryError(N_("工作表放不下 {most} 行以上;请写成 .csv 或缩小范围"), most=XLSX_ROWS)
    options = {"options": {"strings_to_formulas": False, "strings_to_urls": False}}
    with pd.ExcelWriter(path, engine="xlsxwriter", engine_kwargs=options) as writer:
        for name, frame in sheets.items():
            frame.to_excel(writer, sheet_name=name, index=False)
            sheet = writer.sheets[name]
            sheet.freeze_panes(1, 0)
            for position, column in enumerate(frame.columns):
                widest = max([len(str(column)), *frame[column].astype(str).str.len().head(200)])
                sheet.set_column(position, position, min(60, 2 + 1.6 * widest))


def _write_csv(path: Path, frame: pd.DataFrame, notes: Notes) -> None:
    texts = {
        name: frame[name].map(_as_text) for name in frame if frame[name].dtype.kind not in "iuf"
    }
    # A CSV has no room for notes; what is needed to get its figures again goes with each row.
    referred = {"reference": notes[_(REFERENCE)]} if _(REFERENCE) in notes else {}
    frame.assign(**texts, **referred).to_csv(path, index=False, encoding="utf-8-sig")


def _as_text(cell: Any) -> Any:
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
