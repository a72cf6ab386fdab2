"""Texts → units and powers of the register, on the day of the case.

In: distinct texts of a log. Out: positions in the catalogue's `units` and `powers`. A text that
fits nothing, or more than one thing, stays unknown and is never guessed.
"""

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from itertools import product

import numpy as np
import pandas as pd

from registry.catalogue import Catalogue, day_or_none
from registry.errors import RegistryError
from registry.intake.clean import Distinct, cell_text
from registry.intake.fields import plain
from registry.language import N_, Series

MOST_POWERS = 100
"""A cell that names more is not read."""

UNKNOWN = -1
OUTSIDE = -2
"""A unit that exists, but not in the declared districts."""

UNIT_ENDINGS = ("综合行政执法队", "综合执法队", "人民政府", "办事处")
UNIT_PREFIX = "人民政府"
CITY_PREFIX = re.compile(r"[一-龥]{1,7}?(?:省|市|自治区)")
POWER_PREFIX = "对"
POWER_SUFFIX = re.compile(r"(的)?行政(处罚|强制)(措施|执行)?(\([^()]*\))?$")
SEPARATORS = re.compile(r"(\s*[、;|\n\r][、;|\s]*)")


def text_key(text: str) -> str:
    """What two spellings of one name have in common."""
    return plain(text).casefold()


@dataclass(frozen=True)
class Name:
    """A name of a unit (by position) over `[valid_from, valid_to)` of the name and the unit."""

    unit: int
    valid_from: date
    valid_to: date

    def on(self, day: date | None) -> bool:
        return day is None or self.valid_from <= day < self.valid_to


def unit_named(catalogue: Catalogue, text: str, day: date) -> str:
    """Code of the unit, or the district, that a person means by a code or a name on a day.

    Raises RegistryError where none, or more than one, answers to that name.
    """
    districts = catalogue.names("district")
    for code, name in districts.items():
        if text.strip() in (code, name):
            return code
    found = UnitMatcher(catalogue, tuple(districts)).candidates(text, day)
    codes = [str(catalogue.units["code"].iloc[position]) for position in sorted(found)]
    if len(codes) > 1:
        raise RegistryError(
            N_("「{unit}」对应多个单位 {several}，请用代码"), unit=text, several=Series(codes)
        )
    if not codes:
        raise RegistryError(N_("没有单位「{unit}」"), unit=text)
    return codes[0]


@dataclass
class UnitMatcher:
    """Finds a unit by code, former code, alias, name, former name on the day, name without kind."""

    catalogue: Catalogue
    declared: tuple[str, ...]
    codes: dict[str, int] = field(default_factory=dict)
    names: dict[str, list[Name]] = field(default_factory=lambda: defaultdict(list))
    bare_names: dict[str, list[Name]] = field(default_factory=lambda: defaultdict(list))
    known: dict[str, list[list[Name]]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        units = self.catalogue.units
        self.district_of = units["district_code"].tolist()
        kinds = {k: text_key(w) for k, w in self.catalogue.words("unit_kind").items()}
        former = self._former()
        for position, row in enumerate(units.itertuples()):
            if row.unit_kind == "district":
                continue
            self.codes[text_key(str(row.code))] = position
            start = day_or_none(row.valid_from) or date.min
            end = day_or_none(row.valid_to) or date.max
            renamed = max(
                (until for _, _, until in former[position] if until < date.max), default=date.min
            )
            spells = [(str(row.name), max(start, renamed), end)]
            spells += [
                (n, max(start, since), min(end, until)) for n, since, until in former[position]
            ]
            for name, since, until in spells:
                self._add(text_key(name), Name(position, since, until), kinds.values())
        self._aliases = alias_codes(
            self.catalogue, "unit", dict(zip(units["code"], range(len(units)), strict=True))
        )

    def _former(self) -> dict[int, list[tuple[str, date, date]]]:
        """Former names by unit; a former code is good on any day, since codes are never reused."""
        index = {code: i for i, code in enumerate(self.catalogue.units["code"])}
        former: dict[int, list[tuple[str, date, date]]] = defaultdict(list)
        for row in self.catalogue.unit_names.itertuples():
            position = index[str(row.code)]
            if row.former_code:
                self.codes[text_key(str(row.former_code))] = position
            if row.former_name:
                since = day_or_none(row.valid_from) or date.min
                former[position].append(
                    (str(row.former_name), since, day_or_none(row.valid_to) or date.max)
                )
        return former

    def _add(self, key: str, name: Name, kinds: Iterable[str]) -> None:
        self.names[key].append(name)
        for kind in kinds:
            if key.endswith(kind) and len(key) > len(kind):
                self.bare_names[key.removesuffix(kind)].append(name)

    def match(self, texts: Distinct, days: np.ndarray) -> np.ndarray:
        """int per row: position of the unit, UNKNOWN or OUTSIDE. `days` are the cases' days."""
        stretch, days_of = self._stretches(days)
        row_of, pairs = pd.factorize(texts.codes * len(days_of) + stretch)
        found = np.array(
            [
                self.find(cell_text(texts.values[p // len(days_of)]), days_of[p % len(days_of)])
                if p >= 0
                else UNKNOWN
                for p in pairs.tolist()
            ],
            dtype=np.int64,
        )
        return found[row_of] if len(pairs) else np.zeros(0, dtype=np.int64)

    def _stretches(self, days: np.ndarray) -> tuple[np.ndarray, list[date | None]]:
        """(stretch of each day, a day of each stretch): in one stretch no name begins or ends.

        Missing days are the last stretch.
        """
        names = [name for named in self.names.values() for name in named]
        breaks = sorted({d for n in names for d in (n.valid_from, n.valid_to)} - {date.max})
        first = np.array([date.min, *breaks], dtype="datetime64[D]")
        stretch = np.searchsorted(first, days, side="right") - 1
        return np.where(np.isnat(days), len(first), stretch), [date.min, *breaks, None]

    def find(self, text: str, day: date | None) -> int:
        """Position of the unit that `text` names on `day`, UNKNOWN or OUTSIDE."""
        chosen = self.candidates(text, day)
        if chosen:
            return chosen.pop() if len(chosen) == 1 else UNKNOWN
        return OUTSIDE if any(self._rules(text)) else UNKNOWN

    def candidates(self, text: str, day: date | None) -> set[int]:
        """Positions of the declared units that `text` may mean on `day`, by the surest rule."""
        for rule in self._rules(text):
            names = [n for n in rule if self.district_of[n.unit] in self.declared]
            for lasting in (True, False):
                chosen = {n.unit for n in names if n.on(day) or not lasting}
                if chosen:
                    return chosen
        return set()

    def _rules(self, text: str) -> list[list[Name]]:
        """Candidates, the surest rule first."""
        if text not in self.known:
            self.known[text] = self._candidates(text_key(text))
        return self.known[text]

    def _candidates(self, key: str) -> list[list[Name]]:
        always = (date.min, date.max)
        exact = [Name(self.codes[key], *always)] if key in self.codes else []
        aliased = [Name(unit, *always) for unit in self._aliases(key, self.declared)]
        rules = [exact, aliased]
        for names in (self.names, self.bare_names):
            for form, districts in self._forms(key):
                rules.append(
                    [
                        n
                        for n in names.get(form, [])
                        if not districts or self.district_of[n.unit] in districts
                    ]
                )
        return [rule for rule in rules if rule]

    def _forms(self, key: str) -> Iterator[tuple[str, tuple[str, ...]]]:
        """The text with ever more of its prefixes and endings gone, and the district it named."""
        yield key, ()
        for (start, districts), end in product(self._without_prefix(key), (False, True)):
            form = _without_ending(start) if end else start
            if form and form != key:
                yield form, districts

    def _without_prefix(self, key: str) -> list[tuple[str, tuple[str, ...]]]:
        forms: list[tuple[str, tuple[str, ...]]] = [(key, ())]
        rest = CITY_PREFIX.sub("", key, count=1) if CITY_PREFIX.match(key) else key
        if rest != key:
            forms.append((_without_government(rest), ()))
        for start in {key, rest}:
            for code, name in self._district_names:
                if start.startswith(name) and len(start) > len(name):
                    forms.append((_without_government(start.removeprefix(name)), (code,)))
        return forms

    @property
    def _district_names(self) -> list[tuple[str, str]]:
        """(code, name) with its ending 区 or 县 and then without, longest first."""
        names = [(c, text_key(n)) for c, n in self.catalogue.names("district").items()]
        short = [(c, n[:-1]) for c, n in names if len(n) > 2]
        return names + short


def _without_government(key: str) -> str:
    """What follows a city or district, without the 人民政府 that may stand between."""
    return key.removeprefix(UNIT_PREFIX)


def _without_ending(key: str) -> str:
    while True:
        shorter = key
        for ending in UNIT_ENDINGS:
            shorter = shorter.removesuffix(ending)
        if shorter == key or not shorter:
            return key
        key = shorter


def alias_codes(
    catalogue: Catalogue, target: str, positions: dict[str, int]
) -> Callable[[str, tuple[str, ...]], list[int]]:
    """A look-up (key, districts) → positions; an alias of a district goes before one of all."""
    aliases: dict[tuple[str, str], int] = {}
    rows = catalogue.aliases
    for row in rows[rows["target"].eq(target)].itertuples() if len(rows) else ():
        aliases[str(row.key), str(row.district)] = positions[str(row.code)]

    def find(key: str, districts: tuple[str, ...]) -> list[int]:
        own = {aliases[key, d] for d in districts if (key, d) in aliases}
        everywhere = {aliases[key, ""]} if (key, "") in aliases else set()
        return sorted(own or everywhere)

    return find


@dataclass
class PowerMatcher:
    """Finds the one or more powers that a cell names."""

    catalogue: Catalogue

    def __post_init__(self) -> None:
        powers = self.catalogue.powers
        self.exact: dict[str, set[int]] = defaultdict(set)
        self.loose: dict[str, set[int]] = defaultdict(set)
        self.bare: dict[str, set[int]] = defaultdict(set)
        for position, (code, name) in enumerate(zip(powers["code"], powers["name"], strict=True)):
            self.exact[text_key(code)].add(position)
            self.exact[text_key(name)].add(position)
            for form in loose_forms(text_key(name)):
                self.loose[form].add(position)
            for form in bare_forms(text_key(name)):
                self.bare[form].add(position)
        positions = {code: i for i, code in enumerate(powers["code"])}
        self._aliases = alias_codes(self.catalogue, "power", positions)
        self.find = lru_cache(maxsize=None)(self._find)

    def _find(self, text: str, districts: tuple[str, ...]) -> tuple[int, ...] | None:
        """Positions of the powers that the text names, or None: whole first, then its parts."""
        whole = self._one(text_key(text), districts)
        if whole is not None:
            return (whole,)
        listed = text.translate(_SEPARATOR_FORMS).strip("、;| \n\r\t")
        parts = [part for part in SEPARATORS.split(listed) if part]
        return self._parts(parts, districts) if len(parts) <= 2 * MOST_POWERS else None

    def _one(self, key: str, districts: tuple[str, ...]) -> int | None:
        names = (self.exact, self.loose, self.bare)
        exact, loose, bare = (forms.get(key) for forms in names)
        for found in (exact, self._aliases(key, districts), loose, bare):
            if found:
                return next(iter(found)) if len(found) == 1 else None
        return None

    def _parts(self, parts: list[str], districts: tuple[str, ...]) -> tuple[int, ...] | None:
        """Texts and separators in turn; names contain 、 themselves, so the longest known
        stretch is taken first. None unless everything is known."""
        if not parts:
            return ()
        for end in range(len(parts), 0, -1):
            if SEPARATORS.fullmatch(parts[end - 1]):
                continue
            first = self._one(text_key("".join(parts[:end])), districts)
            if first is None:
                continue
            rest = parts[end:]
            while rest and SEPARATORS.fullmatch(rest[0]):
                rest = rest[1:]
            others = self._parts(rest, districts)
            if others is not None:
                return tuple(sorted({first, *others}))
        return None


_SEPARATOR_FORMS = str.maketrans("\uff1b\uff5c\uff64", ";|、")


def loose_forms(key: str) -> set[str]:
    """The name without 对 before it, 的行政处罚 / 的行政强制 or a remark behind it."""
    forms = {key}
    match = POWER_SUFFIX.search(key)
    if match:
        forms |= {key[: match.start()] + (match[4] or ""), key.removesuffix(match[4] or "")}
    return _without_prefix(forms)


def bare_forms(key: str) -> set[str]:
    """The name without both 的行政强制 and the remark behind it: two powers may share what is
    left, of which the one without a remark is meant."""
    match = POWER_SUFFIX.search(key)
    return _without_prefix({key[: match.start()]}) if match and match[4] else set()


def _without_prefix(forms: set[str]) -> set[str]:
    return {form.removeprefix(POWER_PREFIX) for form in forms} | forms
