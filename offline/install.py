"""Installs the register from an unpacked archive, without any network.

    python3.11 offline/install.py          (install.sh and install.bat find that Python)

In: the folder above with the files that SHA256SUMS lists, wheels among them. Out: an environment
in .venv there. Runs before anything is installed, so it needs nothing but Python itself.
"""

import hashlib
import os
import subprocess
import sys
import venv
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
WHEELS = "offline/wheels"
REQUIREMENTS = "offline/requirements.txt"
PYTHON_VERSION = "offline/python-version"
SUMS = "offline/SHA256SUMS"
BIN = "Scripts" if os.name == "nt" else "bin"

INSTALLING = ["--no-index", f"--find-links={WHEELS}"]
if sys.dont_write_bytecode:  # which pip would not ask
    INSTALLING.append("--no-compile")

DONE = """已装好，没有用到网络。启动：
  cd {root}
  {registry} init
  {registry} serve
然后用浏览器打开 http://127.0.0.1:8501 。常驻服务、登录、备份见 docs/operations.md。"""


def main() -> None:
    for stream in (sys.stdout, sys.stderr):  # an older console has no signs for Chinese
        stream.reconfigure(errors="replace")  # type: ignore[union-attr]
    _require_python()
    _require_whole()
    _say("建立环境 .venv …")
    venv.create(ROOT / ".venv", clear=True, with_pip=True)
    _say("安装 …")
    _pip("install", "--require-hashes", "--only-binary=:all:", f"--requirement={REQUIREMENTS}")
    # The source stays where it lies: pages and reference data are read from there.
    _pip("install", "--no-deps", "--no-build-isolation", "--editable", ".")
    _pip("check")
    registry = Path(".venv", BIN, "registry")
    subprocess.run([ROOT / registry, "--help"], check=True, stdout=subprocess.DEVNULL)
    _say(DONE.format(root=ROOT, registry=registry))


def sums_of(root: Path) -> Iterator[str]:
    """A line 'SHA-256  path' for each file below, as sha256sum reads it."""
    files = {path.relative_to(root).as_posix(): path for path in root.rglob("*") if path.is_file()}
    for name in sorted(files):
        yield f"{hashlib.sha256(files[name].read_bytes()).hexdigest()}  {name}\n"


def _require_python() -> None:
    wanted = (ROOT / PYTHON_VERSION).read_text().strip()
    found = ".".join(map(str, sys.version_info[:2]))
    if found != wanted:
        sys.exit(f"这个离线包供 Python {wanted} 使用，现在运行的是 {found}；请用 python{wanted}")


def _require_whole() -> None:
    wrong = [name for name in _listed() if not _is_as_listed(*name)]
    if wrong:
        first, count = wrong[0][1], len(wrong)
        sys.exit(f"{first} 与清单不符或缺少（共 {count} 个文件）；请重新复制、解开离线包")


def _listed() -> list[tuple[str, str]]:
    lines = (ROOT / SUMS).read_text(encoding="utf-8").splitlines()
    return [(line[:64], line[66:]) for line in lines]


def _is_as_listed(digest: str, name: str) -> bool:
    try:
        return hashlib.sha256((ROOT / name).read_bytes()).hexdigest() == digest
    except OSError:
        return False


def _pip(*words: str) -> None:
    python = ROOT / ".venv" / BIN / "python"
    # Settings of the machine's owner may name places to look that cannot be reached.
    alone = ["-m", "pip", "--isolated", "--disable-pip-version-check", "--quiet"]
    options = INSTALLING if words[0] == "install" else []
    done = subprocess.run([python, *alone, *words, *options], cwd=ROOT, check=False)
    if done.returncode:
        sys.exit("没有装好，原因见上；清除 .venv 后可以重来")


def _say(text: str) -> None:
    print(text, flush=True)  # noqa: T201


if __name__ == "__main__":
    main()
