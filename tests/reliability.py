"""What the campaign tried and found, a line of JSON each, for docs/reliability.md.

RELIABILITY in the environment: the file; without it nothing is kept.
"""

import json
import os
from pathlib import Path
from typing import Any


def record(part: str, what: str, tried: int, happened: str, lost: int) -> None:
    """part: fault, attack, file or load. what, happened: as the document says it, in Chinese.
    tried: how often; what was not to be tried, such as forms of a page without any, is not told.
    lost: how many of what was to be kept, stayed away or held, were not."""
    if not tried:
        return
    _append({"part": part, "what": what, "tried": tried, "happened": happened, "lost": lost})


def record_kills(**series: Any) -> None:
    """A series of killed writes: database, write, tried, and counts of each outcome."""
    _append({"part": "kill", **series})


def _append(line: dict[str, Any]) -> None:
    path = os.environ.get("RELIABILITY")
    if path:
        with Path(path).open("a", encoding="utf-8") as file:
            file.write(json.dumps(line, ensure_ascii=False) + "\n")
