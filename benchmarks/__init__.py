"""Ours beside the alternatives, in one run: `python -m benchmarks`."""

import registry  # noqa: F401  # first of all, so that everyone asks for memory as it does
