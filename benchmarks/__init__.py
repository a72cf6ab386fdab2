"""Ours beside the alternatives, in one run: `python -m benchmarks`."""

import registry as registry  # first of all, so that everyone asks for memory as it does
