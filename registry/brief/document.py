"""What a brief is made of, before any file format: headings, sentences, tables, bars."""

from dataclasses import dataclass, field

import pandas as pd


@dataclass(frozen=True)
class Figure:
    """A figure as numbers, for who computes with it, and the city's beside it.

    own, city: value, numerator, denominator, completeness, NaN where not known; unit: of the
    value, '' where it is a share.
    """

    label: str
    unit: str
    own: tuple[float, ...]
    city: tuple[float, ...]


@dataclass(frozen=True)
class Bars:
    """Shares side by side: `labels`, `values` between 0 and 1 (NaN: not known), what each `says`.

    marks: for each bar the value it is set beside (the city's, say), NaN for none, and what each
    `mark_says`. reading: how to read the drawing; note: what is to be known of the numbers, also
    where nothing is drawn.
    """

    title: str
    labels: tuple[str, ...]
    values: tuple[float, ...]
    says: tuple[str, ...]
    marks: tuple[float, ...]
    mark_says: tuple[str, ...]
    reading: str
    note: str = ""


@dataclass(frozen=True)
class Section:
    """`sentences` say what is found, or why there is nothing; table and bars are behind them.

    figures: what table or bars show, in their order, as numbers.
    """

    title: str
    sentences: tuple[str, ...]
    table: pd.DataFrame | None = None
    bars: Bars | None = None
    figures: tuple[Figure, ...] = ()

    def __post_init__(self) -> None:
        if not any(self.sentences):
            raise AssertionError(f"{self.title}: a section says something, also of nothing")


@dataclass(frozen=True)
class Document:
    """`notice` labels synthetic data; `headline` are figures by name, and the same as numbers in
    `figures`; `foot` is on every page."""

    title: str
    subtitle: str
    notice: str
    headline: dict[str, str]
    sections: tuple[Section, ...]
    caveats: tuple[str, ...]
    foot: str
    language: str = field(default="zh")
    figures: tuple[Figure, ...] = ()
    reference: str = ""
