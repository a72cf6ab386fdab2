"""A measure's card: what it says, how it is computed, what it cannot say."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import pandas as pd

from registry.language import _


@dataclass(frozen=True)
class Card:
    """`better` is up, down or none: which direction is an improvement, if any.

    `name` is unique; a measure of a family is called `family.measure`, as in its column
    `measure`. `reads` says what `value` is: a rate, which is a lower bound where returns are
    missing, a share that is known whatever is missing, a count, or a ratio (a number that is
    neither a fraction of 1 nor whole); `unit` what it counts in.
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
    reads: Literal["rate", "share", "count", "ratio"] = "rate"
    unit: str = "fraction"

    @property
    def family(self) -> str:
        """The family of a measure that is computed with others; '' for one on its own."""
        return self.name.rpartition(".")[0]

    def notes(self) -> dict[str, str]:
        """What a file says of its figures, in the reader's language."""
        return {_("公式"): _(self.formula), _("局限"): _(self.limits)}


@dataclass(frozen=True)
class Family:
    """Measures that are computed together into one frame with a column `measure`.

    compute: as a card's, of all of them. Options are none.
    """

    name: str
    title: str
    compute: Callable[..., pd.DataFrame]
    cards: tuple[Card, ...]
    options: frozenset[str] = frozenset()

    def notes(self) -> dict[str, str]:
        """The formula of each measure by its title."""
        return {_(card.title): _(card.formula) for card in self.cards}
