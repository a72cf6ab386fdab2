"""Texts → topics of residents' complaints, by code, name, synonym or alias."""

from collections import defaultdict

from registry.catalogue import Catalogue
from registry.intake.match import alias_codes, text_key

SEPARATOR = ";"


class TopicMatcher:
    """Finds the one topic that a text names; a text that two topics share names none."""

    def __init__(self, catalogue: Catalogue, districts: tuple[str, ...]) -> None:
        self.districts = districts
        self._named: dict[str, set[str]] = defaultdict(set)
        codes: list[str] = []
        for topic in catalogue.topics.itertuples():
            codes.append(str(topic.code))
            names = [topic.code, topic.name, topic.name_en, *str(topic.synonyms).split(SEPARATOR)]
            for name in names:
                self._named[text_key(str(name or ""))].add(codes[-1])
        self._aliased = alias_codes(catalogue, "topic", {c: i for i, c in enumerate(codes)})
        self._codes = codes

    def find(self, text: str) -> str | None:
        """The code of the topic, or None."""
        key = text_key(text)
        aliased = {self._codes[i] for i in self._aliased(key, self.districts)}
        for found in (self._named.get(key, set()) if key else set(), aliased):
            if len(found) == 1:
                return next(iter(found))
        return None
