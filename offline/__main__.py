"""One archive from which an office without internet installs: `make bundle`.

    python -m offline [--platform linux-x86_64]... [--python 3.11] [--out dist]

In: the files of the last commit, and requirements.lock; the wheels come from wherever pip is told
to take them. Out: registry-VERSION-offline.tar.gz with the source, the wheels of each platform and
what installs them, and its SHA-256 beside it.
"""

import argparse
import hashlib
import re
import subprocess
import sys
import tarfile
import tomllib
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from offline.install import PYTHON_VERSION, REQUIREMENTS, SUMS, WHEELS, sums_of

ROOT = Path(__file__).resolve().parent.parent
UV = Path(sys.executable).with_name("uv")
NEWEST_GLIBC = 28
"""Of the offices' systems, 2.28: what asks for an older one runs there as well."""


def _linux(processor: str) -> tuple[str, ...]:
    """Tags of wheels; pip, asked for one, takes no other."""
    return tuple(f"manylinux_2_{minor}_{processor}" for minor in range(NEWEST_GLIBC, 4, -1))


PLATFORMS: dict[str, tuple[str, tuple[str, ...]]] = {
    "linux-x86_64": ("x86_64-manylinux_2_28", _linux("x86_64")),
    "linux-arm64": ("aarch64-manylinux_2_28", _linux("aarch64")),
    "windows-amd64": ("x86_64-pc-windows-msvc", ("win_amd64",)),
}
"""What uv calls a platform when it resolves, and its wheels' tags."""


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m offline", description=__doc__)
    parser.add_argument("--platform", choices=PLATFORMS, action="append", help="default: all")
    parser.add_argument("--python", default="3.11", help="of the offices: wheels serve one version")
    parser.add_argument("--out", type=Path, default=ROOT / "dist")
    asked = parser.parse_args()
    archive = write_bundle(asked.out, asked.platform or list(PLATFORMS), asked.python)
    print(f"{archive} {archive.stat().st_size / 1e6:.1f} MB")  # noqa: T201


def write_bundle(out: Path, platforms: list[str], python: str) -> Path:
    """The archive, whole or not at all; raises CalledProcessError where a wheel is missing."""
    out.mkdir(parents=True, exist_ok=True)
    name = f"registry-{_version()}"
    with TemporaryDirectory(dir=out) as folder:
        root = Path(folder) / name
        _extract_source(root)
        _collect_wheels(root, platforms, python)
        (root / PYTHON_VERSION).write_text(f"{python}\n")
        (root / SUMS).write_text("".join(sums_of(root)), encoding="utf-8")
        packed = Path(folder) / "packed"
        # Wheels are compressed as they are; more effort would gain nothing.
        with tarfile.open(packed, "w:gz", compresslevel=1) as tar:
            tar.add(root, name, filter=_owned_by_nobody)
        archive = packed.replace(out / f"{name}-offline.tar.gz")
    digest = hashlib.sha256(archive.read_bytes()).hexdigest()
    archive.with_name(f"{archive.name}.sha256").write_text(f"{digest}  {archive.name}\n")
    return archive


def _version() -> str:
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"][
        "version"
    ]


def _owned_by_nobody(member: tarfile.TarInfo) -> tarfile.TarInfo:
    """Who packs is not who unpacks."""
    member.uid = member.gid = 0
    member.uname = member.gname = ""
    return member


def _extract_source(root: Path) -> None:
    """The files of the last commit; what lies about beside them stays here."""
    packed = root.with_suffix(".source")
    _run("git", "-C", ROOT, "archive", f"--output={packed}", "--format=tar", "HEAD")
    with tarfile.open(packed) as tar:
        tar.extractall(root, filter="data")
    packed.unlink()


def _collect_wheels(root: Path, platforms: list[str], python: str) -> None:
    """Every wheel as locked, and the entries of the lock that name them."""
    lock = locked_entries((root / "requirements.lock").read_text(encoding="utf-8"))
    named: dict[tuple[str, str], str] = {}
    for platform in platforms:
        entries = {pin: lock[pin] for pin in _pins(root, platform, python)}
        _download(root / WHEELS, platform, python, map(unmarked, entries.values()))
        named |= entries
    (root / REQUIREMENTS).write_text("".join(named[pin] for pin in sorted(named)))


def locked_entries(lock: str) -> dict[tuple[str, str], str]:
    """(name, version) → the entry of a lock, its marker and hashes with it."""
    entries = re.split(r"^(?=\S)", lock, flags=re.MULTILINE)
    return {_pin(entry): entry for entry in entries if entry}


def _pin(entry: str) -> tuple[str, str]:
    asked = Requirement(entry.splitlines()[0].rstrip("\\ "))
    return canonicalize_name(asked.name), str(asked.specifier).removeprefix("==")


def unmarked(entry: str) -> str:
    """pip holds markers against the system on which it runs, not the one it is asked for."""
    return re.sub(r" ;[^\\\n]*", " ", entry, count=1)


def _pins(root: Path, platform: str, python: str) -> Iterator[tuple[str, str]]:
    """What runs there, and what installs the source: in the versions of the lock."""
    asked = ("--python-platform", PLATFORMS[platform][0], "--python-version", python)
    plain = ("--quiet", "--no-header", "--no-annotate", "--no-emit-index-url")
    extra = ("--extra", "build", "--constraints", root / "requirements.lock")
    found = _run(UV, "pip", "compile", *asked, *plain, *extra, root / "pyproject.toml")
    return map(_pin, found.splitlines())


def _download(folder: Path, platform: str, python: str, entries: Iterator[str]) -> None:
    wanted = folder.with_name("wanted.txt")
    wanted.write_text("".join(entries))
    tags = [f"--platform={tag}" for tag in PLATFORMS[platform][1]]
    _run(
        *(sys.executable, "-m", "pip", "download", "-qq", "--disable-pip-version-check"),
        *("--no-deps", "--only-binary=:all:", "--require-hashes", "--implementation=cp"),
        *(f"--python-version={python}", *tags, f"--dest={folder}", f"--requirement={wanted}"),
    )
    wanted.unlink()


def _run(*words: object) -> str:
    """What a program prints; what it complains of goes to the terminal."""
    command = list(map(str, words))
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout


if __name__ == "__main__":
    main()
