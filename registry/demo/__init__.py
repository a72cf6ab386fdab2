"""A synthetic city for trying things out: what happened, and how sixteen districts wrote it down.

In: the shipped catalogue and a seed. Out: the cases as they happened (`demo_truth`) and log files
as messy as real ones (`write_demo_logs`), for the ordinary import to read.
"""

from registry.demo.logs import DemoLog, write_demo_logs
from registry.demo.truth import demo_truth
from registry.demo.world import demo_staff

__all__ = ["DemoLog", "demo_staff", "demo_truth", "write_demo_logs"]
