"""Rows of a log → cases: one per identity (unit, action, number), with all its powers.

In: clean rows and the matched units and powers. Out: `Rows`, which says for every row to which
case it belongs, and `Cases`, one entry per case with its content as integers, so that rows and
stored versions compare field by field. `BLANK` is a cell left empty, `ABSENT` a column that the
file does not have.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from pandas.arrays import ArrowStringArray

from registry.catalogue import Catalogue
from registry.intake.clean import CleanRows, cell_text
from registry.intake.declaration import Declaration
from registry.intake.fields import DATE_FIELDS, WORD_FIELDS, word_codes
from registry.intake.layout import LogRows
from registry.intake.match import UNKNOWN, PowerMatcher, UnitMatcher

BLANK, ABSENT = -1, -2
ACTIONS = ("penalty", "inspection", "coercion")
CONTENT = (*DATE_FIELDS, *(w for w in WORD_FIELDS if w != "action"), "fine_cny")
"""What a version of a case says besides its identity and its powers."""

DAY_ORDER = ("decided_on", "closed_on", "filed_on")
"""A case's day is the first of these that is known (DOMAIN §4)."""

_NO_YEAR = -10_000
"""Before every year that a date can have, and with the other sign behind it."""

_DAY_ZERO = np.datetime64("1900-01-01", "D")
WORDS = {field: sorted(set(word_codes(field).values())) for field in WORD_FIELDS}


def encode_days(days: np.ndarray) -> np.ndarray:
    """datetime64[D] → int64, BLANK where missing."""
    return np.where(np.isnat(days), BLANK, (days - _DAY_ZERO).astype(np.int64))


def decode_days(numbers: np.ndarray) -> np.ndarray:
    days = _DAY_ZERO + np.maximum(numbers, 0)
    return np.where(numbers < 0, np.datetime64("NaT"), days)


def encode_words(field: str, words: np.ndarray | pd.Categorical) -> np.ndarray:
    numbers = {word: i for i, word in enumerate(WORDS[field])} | {None: BLANK}
    codes, values = pd.factorize(words, use_na_sentinel=False)
    spread = np.array([numbers[None if pd.isna(v) else v] for v in values], dtype=np.int64)
    return spread[codes] if len(codes) else np.zeros(0, dtype=np.int64)


def decode_words(field: str, numbers: np.ndarray) -> pd.Categorical:
    return pd.Categorical.from_codes(np.maximum(numbers, BLANK), WORDS[field])


def encode_yuan(yuan: np.ndarray) -> np.ndarray:
    """Yuan → fen, BLANK where missing."""
    return np.where(np.isnan(yuan), BLANK, np.rint(np.nan_to_num(yuan) * 100)).astype(np.int64)


def decode_yuan(fen: np.ndarray) -> np.ndarray:
    return np.where(fen < 0, np.nan, fen / 100)


def case_days(content: dict[str, np.ndarray]) -> np.ndarray:
    """datetime64[D] of each case, NaT where none is known."""
    day = np.full(len(content["filed_on"]), BLANK, dtype=np.int64)
    for field in reversed(DAY_ORDER):
        day = np.where(content[field] >= 0, content[field], day)
    return decode_days(day)


@dataclass(frozen=True)
class PowerSets:
    """The distinct sets of powers met, as sorted tuples of positions; the first is empty."""

    sets: list[tuple[int, ...]]
    numbers: dict[tuple[int, ...], int]

    @classmethod
    def empty(cls) -> "PowerSets":
        return cls([()], {(): 0})

    def number(self, powers: tuple[int, ...]) -> int:
        if powers not in self.numbers:
            self.numbers[powers] = len(self.sets)
            self.sets.append(powers)
        return self.numbers[powers]

    def links(self, numbers: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """(index of the case, position of the power), one pair per power of a case."""
        sizes = np.array([len(s) for s in self.sets], dtype=np.int64)
        starts = np.cumsum(sizes) - sizes
        flat = np.array([p for s in self.sets for p in s], dtype=np.int64)
        known = np.maximum(numbers, 0)
        count = sizes[known]
        case = np.repeat(np.arange(len(numbers)), count)
        within = np.arange(len(case)) - np.repeat(np.cumsum(count) - count, count)
        return case, flat[starts[known][case] + within] if len(case) else flat[:0]


@dataclass(frozen=True)
class Rows:
    """Per row: its unit and power set (positions; UNKNOWN), action, content and case."""

    unit: np.ndarray
    action: np.ndarray
    power_set: np.ndarray
    content: dict[str, np.ndarray]
    identified: np.ndarray
    case: np.ndarray
    sets: PowerSets


@dataclass(frozen=True)
class Cases:
    """Per case, `first` its first row; content may be ABSENT, `power_set` too."""

    first: np.ndarray
    unit: np.ndarray
    action: np.ndarray
    case_no: ArrowStringArray
    case_key: ArrowStringArray
    identified: np.ndarray
    content: dict[str, np.ndarray]
    power_set: np.ndarray
    disagrees: np.ndarray
    spans_years: np.ndarray

    def __len__(self) -> int:
        return len(self.first)

    @cached_property
    def by_identity(self) -> np.ndarray:
        """All of them in the order of the index on `cases`, which then is gone through once."""
        identity = {"unit": self.unit, "action": self.action}
        frame = pa.table(identity | {"key": pa.array(self.case_key, pa.large_string())})
        order = pc.sort_indices(frame, [(name, "ascending") for name in frame.column_names])
        return order.to_numpy()


def match_rows(
    log: LogRows, clean: CleanRows, catalogue: Catalogue, declaration: Declaration
) -> Rows:
    """Find each row's unit, powers and content, and number the cases they belong to."""
    count = len(log)
    content = _content(log, clean)
    unit = UnitMatcher(catalogue, declaration.districts).match(clean.units, case_days(content))
    sets = PowerSets.empty()
    power_set = _power_sets(log, clean, unit, catalogue, declaration, sets)
    action = _actions(clean, count)
    key_codes, _ = pd.factorize(clean.case_key)
    identified = (unit >= 0) & (action >= 0) & (clean.case_key != "")
    identity = (key_codes * (len(catalogue.units) + 1) + unit) * len(ACTIONS) + action
    alone = -1 - np.arange(count)
    case, _ = pd.factorize(np.where(identified, identity, alone))
    return Rows(unit, action, power_set, content, identified, case, sets)


def _actions(clean: CleanRows, count: int) -> np.ndarray:
    if "action" not in clean.words:
        return np.full(count, UNKNOWN)
    numbers = {i: ACTIONS.index(word) for i, word in enumerate(WORDS["action"])} | {BLANK: UNKNOWN}
    encoded = encode_words("action", clean.words["action"])
    return np.array([numbers[i] for i in range(BLANK, len(WORDS["action"]))])[encoded + 1]


def _content(log: LogRows, clean: CleanRows) -> dict[str, np.ndarray]:
    content = {}
    for field in CONTENT:
        if field in clean.days:
            values = encode_days(clean.days[field])
        elif field in clean.words:
            values = encode_words(field, clean.words[field])
        elif field == "fine_cny" and clean.fine_cny is not None:
            values = encode_yuan(clean.fine_cny)
        else:
            values = np.full(len(log), ABSENT)
        everywhere = field not in log.present or log.present[field].all()
        content[field] = values if everywhere else np.where(log.present[field], values, ABSENT)
    return content


def _power_sets(
    log: LogRows,
    clean: CleanRows,
    unit: np.ndarray,
    catalogue: Catalogue,
    declaration: Declaration,
    sets: PowerSets,
) -> np.ndarray:
    """Number of the power set of each row; UNKNOWN where the text is, ABSENT without a column.

    A row of no known unit speaks as its district does, if the log has only one.
    """
    if "power" not in log.present:
        return np.full(len(log), ABSENT)
    matcher = PowerMatcher(catalogue)
    places = [*declaration.districts, ""]
    district = catalogue.units["district_code"].map({d: i for i, d in enumerate(places)})
    nowhere = len(places) - 1
    known = district.fillna(nowhere).to_numpy(dtype=np.int64)[unit]
    place = np.where(unit >= 0, known, 0 if len(declaration.districts) == 1 else nowhere)
    row_of, pairs = pd.factorize(clean.powers.codes * len(places) + place)
    numbers = []
    for pair in pairs.tolist():
        text, where = divmod(pair, len(places))
        if text < 0:
            numbers.append(0)
            continue
        found = matcher.find(cell_text(clean.powers.values[text]), (places[where],))
        numbers.append(UNKNOWN if found is None else sets.number(found))
    spread = np.array(numbers, dtype=np.int64)[row_of] if len(pairs) else np.zeros(0, np.int64)
    return np.where(log.present["power"], spread, ABSENT)


def duplicate_rows(rows: Rows, sound: np.ndarray) -> np.ndarray:
    """bool: a sound row that says word for word what an earlier row of its case says."""
    sizes = np.bincount(rows.case)
    suspects = np.flatnonzero((sizes[rows.case] > 1) & sound)
    table = {field: rows.content[field][suspects] for field in CONTENT}
    frame = pd.DataFrame({"case": rows.case[suspects], "powers": rows.power_set[suspects], **table})
    result = np.zeros(len(sound), dtype=bool)
    result[suspects[frame.duplicated().to_numpy()]] = True
    return result


def gather_cases(rows: Rows, clean: CleanRows, keep: np.ndarray) -> tuple[Cases, np.ndarray]:
    """(the cases of the rows to keep, number of the case of each such row).

    A column that one sheet has and another lacks is no disagreement.
    """
    chosen = np.flatnonzero(keep)
    case, _ = pd.factorize(rows.case[chosen])
    order = np.argsort(case, kind="stable")
    rows_in_order = chosen[order]
    starts = np.flatnonzero(np.diff(case[order], prepend=-1))
    first = rows_in_order[starts]
    content, disagrees = {}, np.zeros(len(starts), dtype=bool)
    several, their_rows, their_starts = _of_several_rows(rows_in_order, starts)
    for field in CONTENT:
        content[field] = rows.content[field][first]
        if len(several):
            values = rows.content[field][their_rows]
            highest = np.maximum.reduceat(values, their_starts)
            lowest = np.where(values == ABSENT, np.iinfo(np.int64).max, values)
            lowest = np.minimum.reduceat(lowest, their_starts)
            content[field][several] = highest
            disagrees[several] |= (highest != ABSENT) & (lowest != highest)
    cases = Cases(
        first=first,
        unit=rows.unit[first],
        action=rows.action[first],
        case_no=clean.case_no[first],
        case_key=clean.case_key[first],
        identified=rows.identified[first],
        content=content,
        power_set=_joined_sets(rows, rows_in_order, starts),
        disagrees=disagrees,
        spans_years=_spans_years(rows, rows_in_order, starts),
    )
    return cases, case


def _of_several_rows(
    rows_in_order: np.ndarray, starts: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(cases of more than one row, their rows, where each of these cases begins there).

    They are few, and the only ones whose rows need to be compared.
    """
    sizes = np.diff(starts, append=len(rows_in_order))
    several = np.flatnonzero(sizes > 1)
    ends = np.cumsum(sizes[several])
    return several, rows_in_order[np.repeat(sizes > 1, sizes)], ends - sizes[several]


def _spans_years(rows: Rows, rows_in_order: np.ndarray, starts: np.ndarray) -> np.ndarray:
    """bool[cases]: its rows lie in different years, as far as their days are known."""
    result = np.zeros(len(starts), dtype=bool)
    several, their_rows, their_starts = _of_several_rows(rows_in_order, starts)
    if len(several):
        days = case_days({field: rows.content[field][their_rows] for field in DAY_ORDER})
        years = days.astype("datetime64[Y]").astype(np.int64)
        last = np.maximum.reduceat(np.where(np.isnat(days), _NO_YEAR, years), their_starts)
        first = np.minimum.reduceat(np.where(np.isnat(days), -_NO_YEAR, years), their_starts)
        result[several] = first < last
    return result


def _joined_sets(rows: Rows, rows_in_order: np.ndarray, starts: np.ndarray) -> np.ndarray:
    """The union of the power sets of each case's rows; UNKNOWN where one of them is."""
    numbers = rows.power_set[rows_in_order]
    result = numbers[starts].copy()
    ends = np.append(starts[1:], len(numbers))
    for case in np.flatnonzero(ends - starts > 1):
        own = numbers[starts[case] : ends[case]].tolist()
        if UNKNOWN in own:
            result[case] = UNKNOWN
        elif any(number != ABSENT for number in own):
            powers = {p for number in own if number >= 0 for p in rows.sets.sets[number]}
            result[case] = rows.sets.number(tuple(sorted(powers)))
    return result
