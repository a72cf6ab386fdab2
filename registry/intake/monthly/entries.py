"""Rows of a monthly return → entries: one per unit, month and subject.

In: rows, and what the register holds of their keys. Out: `Entry`, with its numbers completed:
what the file has no column for is kept, a blank cell clears.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from registry.intake.monthly.checks import Numbers
from registry.intake.monthly.form import MonthlyForm
from registry.intake.monthly.rows import Key, ReturnRows
from registry.intake.monthly.stored import StoredRow


@dataclass(frozen=True)
class Entry:
    """What a file says of a key: `said` has an entry, None for blank, for each column it has.

    `contradicts`: rows of it name one thing and say different numbers.
    """

    key: Key
    rows: tuple[int, ...]
    said: Numbers
    contradicts: bool

    def completed(self, stored: StoredRow | None, numbers: Iterable[str]) -> Numbers:
        """Every number of the form: as said, else as stored, else not given."""
        kept = stored.numbers if stored else {}
        return {field: self.said.get(field, kept.get(field)) for field in numbers}

    def added_to(self, own: StoredRow | None) -> "Entry":
        """The same, joined by what the other rows of its file have said already."""
        if own is None:
            return self
        sums = {field: _sum([own.numbers.get(field), n]) for field, n in self.said.items()}
        return Entry(self.key, self.rows, sums, self.contradicts)

    def differs_from(self, own: StoredRow) -> bool:
        return any(own.numbers.get(field) != number for field, number in self.said.items())


def duplicate_rows(rows: ReturnRows, sound: np.ndarray, keys: list[Key | None]) -> np.ndarray:
    """bool: a sound row that says word for word what an earlier row of its key says."""
    seen: set[tuple[object, ...]] = set()
    result = np.zeros(len(sound), dtype=bool)
    for row in np.flatnonzero(sound).tolist():
        said = (keys[row], rows.wording[row], tuple(rows.said(row).items()))
        result[row] = said in seen
        seen.add(said)
    return result


def gather_entries(
    rows: ReturnRows, form: MonthlyForm, keys: list[Key | None], keep: np.ndarray
) -> list[Entry]:
    """The entries of the rows to keep whose keys are known, in the order of their first rows."""
    of_key: dict[Key, list[int]] = defaultdict(list)
    for row in np.flatnonzero(keep).tolist():
        key = keys[row]
        if key is not None:
            of_key[key].append(row)
    return [_entry(rows, form, key, own) for key, own in of_key.items()]


def _entry(rows: ReturnRows, form: MonthlyForm, key: Key, own: list[int]) -> Entry:
    """Rows of one wording are joined, those of several are parts of the number."""
    of_wording: dict[Key, list[Numbers]] = defaultdict(list)
    for row in own:
        of_wording[rows.wording[row] if form.adds_up else ()].append(rows.said(row))
    joined = [_joined(parts) for parts in of_wording.values()]
    fields = dict.fromkeys(field for said, _ in joined for field in said)
    said = {f: _sum([part[f] for part, _ in joined if f in part]) for f in fields}
    return Entry(key, tuple(own), said, any(contradicts for _, contradicts in joined))


def _joined(parts: list[Numbers]) -> tuple[Numbers, bool]:
    """(what rows of one thing say together, whether they contradict each other)."""
    said: Numbers = {}
    contradicts = False
    for part in parts:
        contradicts |= any(said[field] != n for field, n in part.items() if field in said)
        said = part | said
    return said, contradicts


def _sum(numbers: list[int | None]) -> int | None:
    """Not known where one of them is not."""
    known = [number for number in numbers if number is not None]
    return sum(known) if len(known) == len(numbers) else None
