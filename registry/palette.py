"""Every colour of the product and the one meaning it has.

Readable with any colour vision (Okabe and Ito's set, and one hue from light to dark for rates),
in light and dark themes alike. What a colour says is also said in words or by a shape.
"""

RATE_SCALE = ("#e8f1fa", "#a9cce8", "#5ba3d0", "#1f77b4", "#08407a")
"""A rate from 0 to 1: the darker, the higher."""

RATE = "#2b83ba"
SHARE = "#7fb5dc"
"""A share whose words stand inside its bar."""

RETURNED = "#b8860b"
THIN, THIN_INK = "#d4d4d4", "#404040"
"""Too little was returned, or nothing: grey, with the words that say which."""

USED = RATE
DORMANT = "#D55E00"
NO_CASE_SEEN = "#E69F00"
HELD = "#009E73"
CHANGED = "#CC79A7"
WARNING = "#D55E00"
OTHER = "#8c8c8c"

HATCH = "/"
"""The pattern of a bar of which part, or too much, is missing."""

SERIES = (RATE, RETURNED, HELD, CHANGED, "#56B4E9", DORMANT, "#F0E442", OTHER)
"""Colours of series without a meaning of their own, in this order (.streamlit/config.toml)."""

DARK_INK, LIGHT_INK = "#000000", "#ffffff"


def rate_color(value: float) -> str:
    """The colour of a rate between 0 and 1."""
    place = min(max(value, 0.0), 1.0) * (len(RATE_SCALE) - 1)
    low = min(int(place), len(RATE_SCALE) - 2)
    pair = zip(_channels(RATE_SCALE[low]), _channels(RATE_SCALE[low + 1]), strict=True)
    mixed = (round(a + (b - a) * (place - low)) for a, b in pair)
    return "#" + "".join(f"{channel:02x}" for channel in mixed)


def ink_on(color: str) -> str:
    """Black or white, whichever stands out more: at least 4.5 to 1 on any colour."""
    return max((DARK_INK, LIGHT_INK), key=lambda ink: contrast(ink, color))


def contrast(one: str, other: str) -> float:
    """The contrast ratio of two colours (WCAG 2.2, 1 to 21)."""
    dark, light = sorted((_luminance(one), _luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def _channels(color: str) -> tuple[int, int, int]:
    red, green, blue = bytes.fromhex(color.removeprefix("#"))
    return red, green, blue


def _luminance(color: str) -> float:
    parts = [channel / 255 for channel in _channels(color)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
