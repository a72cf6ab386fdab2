"""Texts → source departments of the register, in cells and in headings.

A department is found by its code, by its Chinese or English word in the vocabulary, by another
name in data/department_names.csv or by an alias. The name of a place before it and 局 or 委
behind it may differ.
"""

import re
from collections.abc import Iterator

from registry.catalogue import Catalogue, read_reference
from registry.intake.match import alias_codes, text_key
from registry.settings import DATA

FIELD = "source_department"
ENDINGS = re.compile(r"(?:委员会|管理局|部门|系统|局|委)$")
PLACE = re.compile(r"[省市区县旗]")
OFFICERS = re.compile(
    r"(?:origin_?|officers_?|from_?|其中|来自|来源于|由|从|原)*(?P<department>.+?)"
    r"(?:_?officers|划转|转隶|移交|下沉|调入|转入|转来|选派|派出|派驻|来的?|部门|的|执法人员|人员|人数|数)*"
)
"""What may stand around a department's name in the heading of a column of officers."""


class Departments:
    """Finds source departments by what offices call them."""

    def __init__(self, catalogue: Catalogue, districts: tuple[str, ...] = ()) -> None:
        self.districts = districts
        self.words = catalogue.words(FIELD)
        english = catalogue.words(FIELD, "en")
        self._exact = {text_key(code): code for code in self.words}
        for department, name in read_reference(DATA / "department_names.csv").itertuples(
            index=False
        ):
            if department in self.words:
                self._exact[text_key(name)] = department
        for words in (english, self.words):
            self._exact |= {text_key(word): code for code, word in words.items() if word}
        codes = list(self.words)
        positions = {code: i for i, code in enumerate(codes)}
        aliased = alias_codes(catalogue, "department", positions)
        self._aliased = lambda key: [codes[i] for i in aliased(key, districts)]

    def find(self, text: str) -> str | None:
        """The code of the department that a cell names, or None."""
        key = text_key(text)
        named = [self._exact[form] for form in _forms(key) if form in self._exact]
        return next(iter([*self._aliased(key), *named]), None)

    def find_in_heading(self, key: str) -> str | None:
        """The code of the department whose officers a column counts, or None."""
        match = OFFICERS.fullmatch(key)
        return self.find(match["department"]) if match else None


def _forms(key: str) -> Iterator[str]:
    """The text, then without its ending, then both without the place that they begin with."""
    starts = [key, *(key[place.end() :] for place in PLACE.finditer(key))]
    for start in starts:
        yield start
        yield ENDINGS.sub("", start)
