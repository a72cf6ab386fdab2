"""Evidence, measures and figures as the one text that is kept of them.

In: a JSON-able value. Out: its canonical text, and the digest of such a text.
"""

import hashlib
import json
from datetime import date


def frozen_text(value: object) -> str:
    """One text for one value: keys in order, no spaces, days as ISO text; NaN is refused."""
    return json.dumps(
        value,
        ensure_ascii=False,
        sort_keys=True,
        separators=(",", ":"),
        allow_nan=False,
        default=date.isoformat,
    )


def text_digest(text: str) -> str:
    """SHA-256 of a frozen text, hexadecimal."""
    return hashlib.sha256(text.encode()).hexdigest()
