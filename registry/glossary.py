"""The glossary of docs/, as tables for a page: one language's words and meanings."""

from collections.abc import Iterator

import pandas as pd

from registry.language import language
from registry.settings import ROOT

FILE = ROOT / "docs" / "glossary.md"


def glossary_tables() -> Iterator[pd.DataFrame]:
    """Each table of the glossary in the reader's language."""
    lines = FILE.read_text(encoding="utf-8").splitlines()
    table: list[list[str]] = []
    for line in [*lines, ""]:
        if line.startswith("|"):
            table.append([cell.strip().replace("`", "") for cell in line.strip("|").split("|")])
        elif table:
            header, _rule, *rows = table
            shown = _shown(header)
            picked = [[row[c] for c in shown] for row in rows]
            headings = [_heading(header[c]) for c in shown]
            yield pd.DataFrame(picked, columns=headings).set_index(headings[0])
            table = []


def _heading(text: str) -> str:
    """The reader's half of a heading in both languages, such as 字段 Field."""
    return text.split(" ")[0 if language() == "zh" else -1]


def _shown(header: list[str]) -> tuple[int, ...]:
    """Of word, English word or usual heading, meaning and its English: the reader's columns."""
    if language() == "zh":
        return 0, 1, 2
    return (1, 3) if header[1] == "English" else (0, 3)
