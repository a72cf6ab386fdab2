"""A small disk of its own, with as little room left on it as a test wants."""

import os
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from live_site import refuse

MEGABYTE = 1 << 20
PAGE = 4096


@dataclass(frozen=True)
class SmallDisk:
    folder: Path

    @property
    def room(self) -> int:
        """Bytes that are free."""
        found = os.statvfs(self.folder)
        return found.f_bavail * found.f_frsize

    @property
    def _ballast(self) -> Path:
        return self.folder / "ballast"

    @contextmanager
    def with_room(self, size: int) -> Iterator[None]:
        """Within, so many bytes are free and no more."""
        with self._ballast.open("wb") as file:
            filled = _fill(file.fileno())
            file.truncate(max(filled - size, 0))
        try:
            yield
        finally:
            self._ballast.unlink()

    def files(self) -> set[Path]:
        """What lies on it, but for the ballast."""
        return {path for path in self.folder.rglob("*") if path.is_file()} - {self._ballast}


def _fill(file: int) -> int:
    """Take all that is free, in ever smaller parts: what the system says is free is a guess."""
    filled = 0
    for part in (MEGABYTE, PAGE):
        with suppress(OSError):
            while True:
                os.posix_fallocate(file, filled, part)
                filled += part
    return filled


@contextmanager
def small_disk(megabytes: int = 64) -> Iterator[SmallDisk]:
    """A file system in memory, mounted for as long as a test runs; that takes root."""
    folder = Path(tempfile.mkdtemp(prefix="registry-disk-"))
    words = ("mount", "-t", "tmpfs", "-o", f"size={megabytes}m,mode=755", "tmpfs", str(folder))
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    if done.returncode:
        folder.rmdir()
        refuse(f"no small disk: {done.stderr}")
    try:
        yield SmallDisk(folder)
    finally:
        subprocess.run(("umount", "--lazy", str(folder)), check=True)
        folder.rmdir()
