"""A synthetic city for trying things out: what happened, and how sixteen districts wrote it down.

In: the shipped catalogue and a seed. Out: what happened (`demo_truth` the cases, `demo_returns` the
monthly returns) and files as messy as real ones (`write_demo_logs`, `write_demo_returns`), for the
ordinary import to read.
"""

from registry.demo.logs import DemoLog, write_demo_logs
from registry.demo.names import read_names
from registry.demo.return_cells import read_words
from registry.demo.returns import DemoReturn, demo_returns, write_demo_returns
from registry.demo.truth import demo_truth
from registry.demo.world import demo_staff

__all__ = [
    "DemoLog",
    "DemoReturn",
    "demo_returns",
    "demo_staff",
    "demo_truth",
    "read_names",
    "read_words",
    "write_demo_logs",
    "write_demo_returns",
]
