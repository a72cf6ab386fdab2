"""A progress bar on stderr for whatever takes more than two seconds."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

PATIENCE = 2.0


@contextmanager
def stages(title: str, total: int | None = None) -> Iterator[Callable[[str], None]]:
    """Yields a function that names the stage now under way and counts it as one step."""
    console = Console(stderr=True)
    if not console.is_terminal:
        yield lambda stage: None
        return
    columns = (TextColumn("{task.description}", markup=False), BarColumn(), TimeElapsedColumn())
    bar = Progress(*columns, console=console, transient=True)
    task = bar.add_task(title, total=total)
    timer = threading.Timer(PATIENCE, bar.start)
    timer.daemon = True
    timer.start()
    try:
        yield lambda stage: bar.update(task, description=f"{title} · {stage}", advance=1)
    finally:
        timer.cancel()
        bar.stop()
