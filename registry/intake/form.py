"""Forms: the kinds of files that come in, the fields of each and the headings they stand under.

In: a kind. Out: its `Form`, by which sheets are laid out. What a row of it must satisfy is judged
elsewhere.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from registry.intake.fields import FIELDS, LABELS, Heading, find_heading
from registry.returns import USAGE_LOG

EXAMPLES = 4
"""How many headings a sentence names where none was found."""


@dataclass(frozen=True)
class Form:
    """`labels` are its fields in order, each with the heading that we write ourselves.

    find_heading: what the key of a heading stands for. A row is none of data where its cell in a
    field of `marked` says total or sample. Without the columns `needed` no row can be accepted;
    `least` are the known headings that make a header.
    """

    kind: str
    labels: Mapping[str, str]
    find_heading: Callable[[str], Heading | None]
    marked: tuple[str, ...]
    needed: tuple[str, ...]
    least: int = 3

    @property
    def fields(self) -> tuple[str, ...]:
        return tuple(self.labels)

    def label(self, field: str) -> str:
        return self.labels.get(field, field)

    def examples(self) -> list[str]:
        """Some of its headings."""
        return list(self.labels.values())[:EXAMPLES]


USAGE_FORM = Form(
    kind=USAGE_LOG,
    labels={field: LABELS[field] for field in FIELDS},
    find_heading=find_heading,
    marked=("case_no", "unit", "power"),
    needed=("case_no", "unit", "action"),
)
