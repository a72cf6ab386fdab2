"""Reference tables as they come in → the same tables, or a sentence on what does not fit."""

import pandas as pd
import pandera.pandas as pa

from registry.catalogue import HOLDER_KINDS, NOT_HOLDERS
from registry.errors import RegistryError
from registry.language import N_, Text

_code = pa.Column(str, pa.Check.str_matches(r"^[\w.-]+$"), unique=True)
_day = pa.Column(str, pa.Check.str_matches(r"^\d{4}-\d{2}-\d{2}$"), nullable=True, required=False)
POWERS = pa.DataFrameSchema(
    {
        "code": _code,
        "name": pa.Column(str),
        "kind": pa.Column(str, pa.Check.isin(["penalty", "coercion"])),
        "source_department": pa.Column(str),
        "max_fine_cny": pa.Column(
            str, pa.Check.str_matches(r"^\d+(\.\d+)?$"), nullable=True, required=False
        ),
        "effective_from": _day,
    }
)
UNITS = pa.DataFrameSchema(
    {
        "code": _code,
        "name": pa.Column(str),
        "unit_kind": pa.Column(str, pa.Check.isin([*HOLDER_KINDS, *NOT_HOLDERS])),
        "district_code": pa.Column(str),
        "valid_from": _day,
        "valid_to": _day,
    }
)


def check_reference(frame: pd.DataFrame, schema: pa.DataFrameSchema, name: str) -> pd.DataFrame:
    """The frame, if it fits; otherwise a sentence with file, row, column and value."""
    try:
        return schema.validate(frame, lazy=True)
    except pa.errors.SchemaErrors as error:
        first = error.failure_cases.iloc[0]
        if first["check"] == "column_in_dataframe":
            raise RegistryError(
                N_("{file} 缺少「{column}」列"), file=name, column=first["failure_case"]
            ) from None
        row = None if pd.isna(first["index"]) else int(first["index"]) + 2
        raise RegistryError(
            N_("{place}「{column}」:{found} 不合要求({rule})"),
            place=Text(N_("{file} 第 {row} 行"), {"file": name, "row": row}) if row else name,
            column=first["column"],
            found=first["failure_case"],
            rule=first["check"],
        ) from None
