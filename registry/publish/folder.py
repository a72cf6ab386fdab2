"""Files → a folder that is there as a whole or not at all."""

import json
import shutil
import tempfile
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from registry.errors import RegistryError
from registry.export import writable
from registry.language import N_
from registry.publish.package import Content
from registry.publish.site import PUBLICATION


def check_target(folder: Path) -> None:
    """Raises RegistryError for a folder with anything in it that no earlier publication wrote."""
    if not folder.exists() and not folder.is_symlink():
        return
    if not folder.is_dir() or folder.is_symlink():
        raise RegistryError(N_("{folder} 不是文件夹；请另写一个"), folder=folder)
    present = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    foreign = sorted(present - _published(folder) - {PUBLICATION})
    if foreign:
        raise RegistryError(
            N_("{folder} 里有不是发布写下的文件（{file}）；请另写一个文件夹，或先把它移开"),
            folder=folder,
            file=foreign[0],
        )


def _published(folder: Path) -> set[str]:
    """What an earlier publication lists as its own; nothing where there was none."""
    with suppress(OSError, ValueError, LookupError, TypeError, AttributeError):
        listed = json.loads((folder / PUBLICATION).read_text(encoding="utf-8"))
        return set(listed["files"]) if listed["publication"] == 1 else set()
    return set()


def write_folder(folder: Path, files: Iterable[Content]) -> tuple[int, int]:
    """(files, bytes) written. They are written beside the folder and then take its place: who
    reads it meets the old site or the new one. Raises RegistryError for another's folder."""
    with writable(folder):
        check_target(folder)
        draft = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
        try:
            sizes = [_write(draft, file) for file in files]
            draft.chmod(0o755)
            _take_place(draft, folder)
        finally:
            shutil.rmtree(draft, ignore_errors=True)
    return len(sizes), sum(sizes)


def _write(folder: Path, file: Content) -> int:
    path = folder / file.path
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(file.content)
    return len(file.content)


def _take_place(draft: Path, folder: Path) -> None:
    """Between the two renames, a moment, the folder is not there; if the second fails, the old one
    comes back."""
    if not folder.exists():
        draft.rename(folder)
        return
    old = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent)) / "old"
    folder.rename(old)
    try:
        draft.rename(folder)
    except OSError:
        old.rename(folder)
        raise
    finally:
        shutil.rmtree(old.parent, ignore_errors=True)
