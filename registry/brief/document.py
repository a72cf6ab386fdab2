"""What a brief is made of, before any file format: headings, sentences, tables, bars."""

from dataclasses import dataclass, field

import pandas as pd


@dataclass(frozen=True)
class Bars:
    """Shares side by side: `labels`, `values` between 0 and 1 (NaN: not known), what each `says`.

    marks: for each bar the value it is set beside (the city's, say), NaN for none.
    """

    title: str
    labels: tuple[str, ...]
    values: tuple[float, ...]
    says: tuple[str, ...]
    marks: tuple[float, ...]
    reading: str


@dataclass(frozen=True)
class Section:
    """`sentences` say what is found, or why there is nothing; table and bars are behind them."""

    title: str
    sentences: tuple[str, ...]
    table: pd.DataFrame | None = None
    bars: Bars | None = None

    def __post_init__(self) -> None:
        if not any(self.sentences):
            raise AssertionError(f"{self.title}: a section says something, also of nothing")


@dataclass(frozen=True)
class Document:
    """`notice` labels synthetic data; `headline` are figures by name; `foot` is on every page."""

    title: str
    subtitle: str
    notice: str
    headline: dict[str, str]
    sections: tuple[Section, ...]
    caveats: tuple[str, ...]
    foot: str
    language: str = field(default="zh")
