"""What processes hold and how fast memory is; MB are 10⁶ bytes."""

import time
from pathlib import Path
from statistics import median

import numpy as np


def peak_mb(process: int | str = "self") -> float:
    """Resident memory of a process (by its number; this one), at most, since its program began."""
    # Unlike getrusage, this does not count what the parent held when it forked.
    return _kilobytes(f"/proc/{process}/status", "VmHWM:") * 1024 / 1e6


def shared_mb(pids: list[int]) -> float:
    """Of several processes now; what they share counts once."""
    return sum(_kilobytes(f"/proc/{pid}/smaps_rollup", "Pss:") for pid in pids) * 1024 / 1e6


def family(pid: int) -> list[int]:
    """A process and its children."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text()
    return [pid, *map(int, children.split())]


def _kilobytes(file: str, name: str) -> int:
    """0 where the process has ended."""
    try:
        lines = Path(file).read_text().splitlines()
    except (FileNotFoundError, ProcessLookupError):
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith(name)), 0)


def copy_speed(size: int = 2**28, runs: int = 7) -> float:
    """Bytes a second that one thread copies from memory to memory, the median of runs."""
    source, target = np.ones(size, dtype=np.uint8), np.empty(size, dtype=np.uint8)
    seconds = []
    for _ in range(runs):
        start = time.perf_counter()
        np.copyto(target, source)
        seconds.append(time.perf_counter() - start)
    return size / median(seconds)
