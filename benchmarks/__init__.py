"""Ours beside the alternatives, in one run: `python -m benchmarks`."""

from importlib import import_module

import_module("registry")  # first of all, so that everyone asks for memory as it does
