"""Signs that nobody sees, but that change what is seen beside them.

Controls (a terminal obeys them), marks of direction (they turn a name around), signs of no width
(two texts look alike), and halves of signs (they are no text at all).
"""

import re

INVISIBLE = re.compile(
    "[\x00-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff"
    "\ufff9-\ufffb\ud800-\udfff\U000e0000-\U000e0fff]"
)
MARK = "\N{REPLACEMENT CHARACTER}"


def made_visible(text: str, keep: str = "") -> str:
    """The text with a mark in the place of every invisible sign but those to keep."""
    if text.isascii() and text.isprintable():
        return text
    return INVISIBLE.sub(lambda found: found[0] if found[0] in keep else MARK, text)
