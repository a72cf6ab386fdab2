"""The lock file beside pyproject.toml, offline: what is asked for is locked, and no address in it.

In: both files as they are, and the metadata of what is installed. Out: nothing.
"""

import re
import tomllib
from importlib.metadata import PackageNotFoundError, requires
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
LOCK = (ROOT / "requirements.lock").read_text(encoding="utf-8")
ENTRIES = re.split(r"\n(?=\S)", LOCK.strip())
LOCKED = [Requirement(entry.splitlines()[0].rstrip("\\ ")) for entry in ENTRIES]
VERSIONS: dict[str, list[str]] = {}
for locked in LOCKED:
    pinned = str(locked.specifier).removeprefix("==")
    VERSIONS.setdefault(canonicalize_name(locked.name), []).append(pinned)
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
ASKED = [
    Requirement(text)
    for group in (PROJECT["dependencies"], *PROJECT["optional-dependencies"].values())
    for text in group
]


def needed(names: set[str]) -> set[str]:
    """These packages and all that they may need on any system, as far as they are installed."""
    known: set[str] = set()
    while fresh := names - known:
        known |= fresh
        names = known | {need for name in fresh for need in needs_of(name)}
    return known


def needs_of(name: str) -> set[str]:
    try:
        return {canonicalize_name(Requirement(text).name) for text in requires(name) or ()}
    except PackageNotFoundError:
        return set()


@pytest.mark.parametrize("asked", ASKED, ids=lambda requirement: requirement.name)
def test_what_the_project_asks_for_is_locked_in_a_version_that_it_allows(asked):
    versions = VERSIONS.get(canonicalize_name(asked.name), [])
    assert versions
    assert all(asked.specifier.contains(version) for version in versions)


def test_nothing_is_locked_that_nobody_asks_for():
    asked = {canonicalize_name(requirement.name) for requirement in ASKED}
    assert set(VERSIONS) - needed(asked) == set()


def test_every_entry_has_one_version_and_hashes():
    for entry, requirement in zip(ENTRIES, LOCKED, strict=True):
        assert [s.operator for s in requirement.specifier] == ["=="], requirement.name
        assert re.search(r"--hash=sha256:[0-9a-f]{64}", entry), requirement.name


def test_no_address_is_in_the_lock():
    assert re.findall(r"://|--(?:extra-)?index-url|--find-links|@ ", LOCK) == []


def test_the_lock_serves_every_python_that_the_project_allows():
    allowed = SpecifierSet(PROJECT["requires-python"])
    assert allowed.contains("3.11")
    for name in ("numpy", "pandas", "streamlit"):
        markers = [r.marker for r in LOCKED if r.name == name]
        for version in ("3.11", "3.13"):
            environment = {"python_full_version": f"{version}.0", "python_version": version}
            fitting = [m for m in markers if m is None or m.evaluate(environment)]
            assert len(fitting) == 1, (name, version)
