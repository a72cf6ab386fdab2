"""A table → CSV, JSON and Parquet with the same content: the same columns, rows and values.

Codes have their names beside them, in Chinese and English. CSV is UTF-8 with a mark that
spreadsheet programs go by; JSON is a list of rows of which the first is the header.
"""

import io
import json
import math
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from registry.catalogue import Catalogue
from registry.export import as_text
from registry.measures.grouping import POWER_DIMENSIONS, UNIT_DIMENSIONS

NAMED = ("district", "unit", "unit_kind", "department", "origin", "power")
FEW = 500
"""Rows up to which a dictionary of a Parquet column is longer than what it saves."""

KNOWN = (*UNIT_DIMENSIONS, *POWER_DIMENSIONS)


def with_names(frame: pd.DataFrame, catalogue: Catalogue) -> pd.DataFrame:
    """`<column>_name` and `<column>_name_en` behind each column of codes that have names."""
    columns: dict[str, Any] = {}
    for name in frame.columns:
        columns[name] = frame[name]
        if name in NAMED:
            dimension = name if name in KNOWN else "department"
            for ending, language in (("name", "zh"), ("name_en", "en")):
                names = catalogue.names(dimension, language)
                columns[f"{name}_{ending}"] = [
                    None if pd.isna(code) else names.get(code, code) for code in frame[name]
                ]
    return pd.DataFrame(columns)


def contents(frame: pd.DataFrame, notes: Mapping[str, str]) -> Iterator[tuple[str, bytes]]:
    """Ending and content of each format; notes: what the Parquet file says of itself."""
    for ending, write in WRITERS.items():
        yield ending, write(frame, notes)


def _csv(frame: pd.DataFrame, _notes: Mapping[str, str]) -> bytes:
    texts = {n: frame[n].map(as_text) for n in frame if frame[n].dtype.kind not in "biufM"}
    text = frame.assign(**texts).to_csv(index=False, float_format="%.12g", lineterminator="\n")
    return text.encode("utf-8-sig")


def _json(frame: pd.DataFrame, _notes: Mapping[str, str]) -> bytes:
    columns = [[_plain(value) for value in frame[name].tolist()] for name in frame]
    rows = [list(frame.columns), *map(list, zip(*columns, strict=True))]
    lines = (json.dumps(row, ensure_ascii=False, separators=(",", ":")) for row in rows)
    return ("[" + ",\n".join(lines) + "]\n").encode()


def _plain(value: Any) -> Any:
    """As JSON has it, with the digits of the CSV."""
    if isinstance(value, float):
        if math.isnan(value):
            return None
        return int(value) if value.is_integer() else float(f"{value:.12g}")
    return None if value is pd.NA or value is pd.NaT else value


def _parquet(frame: pd.DataFrame, notes: Mapping[str, str]) -> bytes:
    table = pa.Table.from_pandas(frame, preserve_index=False).replace_schema_metadata(dict(notes))
    buffer = io.BytesIO()
    small = {"use_dictionary": len(frame) > FEW, "write_statistics": False, "store_schema": False}
    pq.write_table(table, buffer, compression="zstd", **small)
    return buffer.getvalue()


WRITERS: dict[str, Callable[[pd.DataFrame, Mapping[str, str]], bytes]] = {
    ".csv": _csv,
    ".json": _json,
    ".parquet": _parquet,
}
