"""A measure's card: what it says, how it is computed, what it cannot say."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import pandas as pd


@dataclass(frozen=True)
class Card:
    """`better` is up, down or none: which direction is an improvement, if any.

    `name` is unique; a measure of a family is called `family.measure`, as in its column
    `measure`. `reads` says what `value` is: a rate, which is a lower bound where returns are
    missing, a share that is known whatever is missing, or a count; `unit` what it counts in.
    Texts are marked for the catalogues; whoever shows a card translates them.
    """

    name: str
    title: str
    formula: str
    why: str
    better: str
    limits: str
    gaming: str
    compute: Callable[..., pd.DataFrame]
    options: frozenset[str]
    reads: Literal["rate", "share", "count"] = "rate"
    unit: str = "fraction"

    @property
    def family(self) -> str:
        """The family of a measure that is computed with others; '' for one on its own."""
        return self.name.rpartition(".")[0]
