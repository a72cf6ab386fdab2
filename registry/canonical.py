"""A value as the one text that is digested and kept of it: entries, evidence, measures, figures.

In: a JSON-able value. Out: its canonical text, and the digest of such a text.
"""

import hashlib
import json
from datetime import date

_ENCODER = json.JSONEncoder(
    ensure_ascii=False,
    sort_keys=True,
    separators=(",", ":"),
    allow_nan=False,
    default=date.isoformat,
)


def canonical_text(value: object) -> str:
    """One text for one value: keys in order, no spaces, days as ISO text; NaN is refused.

    Of texts and whole numbers it is that of RFC 8785; fractions are written as Python does.
    """
    return _ENCODER.encode(value)


def text_digest(text: str) -> str:
    """SHA-256 of a text, hexadecimal."""
    return hashlib.sha256(text.encode()).hexdigest()
