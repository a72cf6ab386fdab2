"""Signs that a page or a drawing would take for more than text: a tag, a link, a picture, a formula
or an icon.

In: tables of names. Out: a sentence on the first cell with one of them. Names stand in titles,
charts and choices of every page, so that they are refused where they come in. What offices write is
stored as it is, and shown as `plain_text`.
"""

import re
from functools import lru_cache

import pandas as pd

from registry.errors import RegistryError
from registry.language import N_

MARKUP = re.compile(
    r"(<[A-Za-z/!]|\][(\[:]|`[^`]+`|\$[^$]+\$|:[A-Za-z_/+]|www\.|[A-Za-z0-9]@[A-Za-z0-9])",
    re.IGNORECASE,
)
"""A bracket alone is none: numbers of documents have them."""

ADDRESSES = ("url",)
"""Columns that hold an address, which is never a name."""


def check_plain(frame: pd.DataFrame, name: str) -> None:
    """Raises RegistryError for a cell with such a sign. frame: text as in the file, its index
    counting rows from 0; name: of the file."""
    for column in frame.columns.difference(ADDRESSES, sort=False):
        signs = frame[column].dropna().astype(str).str.extract(MARKUP, expand=False).dropna()
        if len(signs):
            raise RegistryError(
                N_(
                    "{file} 第 {row} 行「{column}」：{found} 含有 {sign}，"
                    "会被当作网页标记、链接或公式；请写成普通文字"
                ),
                file=name,
                row=int(signs.index[0]) + 2,
                column=column,
                found=frame.loc[signs.index[0], column],
                sign=signs.iloc[0],
            )


JOINER = "\N{WORD JOINER}"
ADDRESS = re.compile(r"(?<=:)(?=[A-Za-z/_+-])|(?<=www)(?=\.)|(?<=@)(?=[\w-])", re.IGNORECASE)
"""Within what Streamlit takes for an address, an icon or a colour, though its signs are escaped."""


@lru_cache(maxsize=50_000)
def plain_text(text: str) -> str:
    """Text of a file where Streamlit reads Markdown: no picture, no link, no colour of its own.

    Lines are joined; a space that keeps a percent together stays. A sign that nobody sees breaks
    what would be a link or an icon as soon as the text is read, whatever is escaped.
    """
    line = ADDRESS.sub(JOINER, re.sub(r"[ \t\r\n]+", " ", text).strip())
    return re.sub(r"([\\`*_\[\]<>#|~$:&])", r"\\\1", line)
