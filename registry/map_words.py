"""Rates of districts → how each is filled on a map and what stands on it. No Streamlit."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from registry import palette
from registry.language import _
from registry.maps import Outline
from registry.wording import bound_text, is_thin, percent_text, record_text


def map_words(
    outlines: Sequence[Outline], rates: pd.DataFrame, names: Mapping[str, str]
) -> dict[str, dict[str, str]]:
    """By district: `fill`, `ink` on it, `name`, `rate` in short, `title` in full.

    rates: one record a district. Grey: too little was returned; its words say so.
    """
    records = {record["district"]: record for record in rates.to_dict("records")}
    return {o.code: _words(records.get(o.code), names[o.code]) for o in outlines}


def _words(record: Mapping[str, Any] | None, name: str) -> dict[str, str]:
    if record is None:
        return _plain(name, _("未持有"))
    text = record_text(record)
    if pd.isna(record["value"]):
        return _plain(name, text)
    rate = percent_text(record["value"])
    if is_thin(record["completeness"]):
        bound = bound_text(rate, record["value"], record["completeness"], brief=True)
        return _plain(name, bound, text)
    fill = palette.rate_color(float(record["value"]))
    colours = {"fill": fill, "ink": palette.ink_on(fill)}
    return {**colours, "name": name, "rate": rate, "title": f"{name} {text}"}


def _plain(name: str, short: str, text: str = "") -> dict[str, str]:
    return {
        "fill": palette.THIN,
        "ink": palette.THIN_INK,
        "name": name,
        "rate": short,
        "title": f"{name} {text or short}",
    }
