"""A measure's frame → a file: XLSX, CSV with BOM, or Parquet; what it means travels along."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd

from registry.errors import UsageError
from registry.measures.card import Card
from registry.snapshot import Snapshot
from registry.window import Window

Notes = dict[str, str]


def write_table(
    path: Path,
    frame: pd.DataFrame,
    card: Card,
    window: Window,
    snapshot: Snapshot,
    options: dict[str, Any],
) -> None:
    """Write a measure's frame; the format follows the file's ending (UsageError for others)."""
    writer = WRITERS.get(path.suffix.lower())
    if writer is None:
        raise UsageError(f"{path.name}:文件名要以 {'、'.join(WRITERS)} 结尾")
    notes = {
        "指标": f"{card.title}({card.name})",
        "公式": card.formula,
        "期间": str(window),
        "截至": window.end.isoformat() + "(不含)",
        "选项": ", ".join(f"{name}={value}" for name, value in options.items()),
        "局限": card.limits,
        "数据版本": str(snapshot.revision),
        "数据性质": _nature(snapshot),
    }
    writer(path, frame, notes)


def _nature(snapshot: Snapshot) -> str:
    if not snapshot.synthetic:
        return "报送数据"
    return "合成数据(演示)" if snapshot.synthetic == snapshot.batches else "混有合成数据"


def _write_xlsx(path: Path, frame: pd.DataFrame, notes: Notes) -> None:
    write_workbook(
        path, {"数据": frame, "说明": pd.DataFrame(notes.items(), columns=["项", "内容"])}
    )


def write_workbook(path: Path, sheets: dict[str, pd.DataFrame]) -> None:
    """Frames as sheets; text stays text, whatever sign it begins with."""
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
    frame.to_csv(path, index=False, encoding="utf-8-sig")


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
