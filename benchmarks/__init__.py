"""Ours beside the alternatives, in one run: `python -m benchmarks`."""
