"""The logs of districts as they lie in folders, and what is declared about each of them.

In: a folder with one folder for each district, named by its code. In it lie its usage logs and
`declarations.csv`, a row a file in the order of their import. Out: files with declarations.
"""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import pandas as pd

from registry.catalogue import read_reference
from registry.errors import RegistryError
from registry.intake.declaration import Declaration
from registry.language import N_, Series
from registry.window import Window

DECLARATIONS = "declarations.csv"
NEEDED = ("file", "months")
COLUMNS = (*NEEDED, "units", "map", "set", "sheet", "replace")
"""What `registry import` takes as options: lists separated by semicolons, `replace` yes or no."""


@dataclass(frozen=True)
class DeclaredFile:
    """`name` is the path within the district's folder."""

    name: str
    path: Path
    declaration: Declaration


def districts_in(source: Path) -> list[str]:
    """The districts of which there is a folder, those with most to read first.

    Raises RegistryError for a folder that is none, or has none in it.
    """
    if not source.is_dir():
        raise RegistryError(N_("没有文件夹 {folder}"), folder=source)
    folders = [p for p in source.iterdir() if p.is_dir() and not p.name.startswith(".")]
    if not folders:
        raise RegistryError(
            N_("{folder} 里没有以区代码命名的文件夹；每个区一个，内有台账和 {declarations}"),
            folder=source,
            declarations=DECLARATIONS,
        )
    sizes = {folder.name: sum(size for _, size in _files(folder)) for folder in folders}
    return sorted(sizes, key=lambda code: (-sizes[code], code))


def _files(folder: Path) -> Iterator[tuple[str, int]]:
    """(path within the folder, bytes) of everything in it that is not hidden."""
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if path.is_file() and not any(part.startswith(".") for part in name.split("/")):
            yield name, path.stat().st_size


def read_source(folder: Path) -> list[DeclaredFile]:
    """The files of a district in the order of their import.

    Raises RegistryError where a declaration does not fit, or a file has none, or is not there:
    nothing is left out in silence.
    """
    rows = read_reference(folder / DECLARATIONS).astype(object)
    _check_columns(rows)
    files = [_declared(folder, dict(row), number) for number, row in _rows(rows)]
    there = {name for name, _ in _files(folder)} - {DECLARATIONS}
    declared = {file.name for file in files}
    if undeclared := sorted(there - declared):
        raise RegistryError(
            N_("{files} 没有申报；请写进 {declarations}，或移走"),
            files=Series(undeclared),
            declarations=DECLARATIONS,
        )
    if missing := sorted(declared - there):
        raise RegistryError(
            N_("{declarations} 申报了 {files}，文件夹里没有"),
            files=Series(missing),
            declarations=DECLARATIONS,
        )
    return files


def _rows(rows: pd.DataFrame) -> Iterator[tuple[int, pd.Series]]:
    """(row of the spreadsheet, its cells, '' where blank)."""
    whole = rows.reindex(columns=list(COLUMNS)).astype(object)
    filled = whole.where(whole.notna(), "")
    return ((int(str(index)) + 2, row) for index, row in filled.iterrows())


def _check_columns(rows: pd.DataFrame) -> None:
    unknown = [name for name in rows.columns if name not in COLUMNS]
    lacking = [name for name in NEEDED if name not in rows.columns]
    if unknown or lacking:
        raise RegistryError(
            N_("{declarations} 的列应为 {known}（{needed} 必填）；现有 {found}"),
            declarations=DECLARATIONS,
            known=Series(COLUMNS),
            needed=Series(NEEDED),
            found=Series([str(name) for name in rows.columns]),
        )


def _declared(folder: Path, row: dict[str, str], number: int) -> DeclaredFile:
    try:
        name = _name(row["file"].strip())
        declaration = Declaration(
            (folder.name,),
            Window.parse(row["months"].strip()),
            _listed(row["units"]),
            _pairs(row["map"]),
            _pairs(row["set"]),
            row["sheet"].strip() or None,
            _yes_or_no(row["replace"].strip()),
        )
    except RegistryError as error:
        raise RegistryError(
            N_("{declarations} 第 {row} 行：{error}"),
            declarations=DECLARATIONS,
            row=number,
            error=error.text,
        ) from None
    return DeclaredFile(name, folder / name, declaration)


def _name(text: str) -> str:
    path = PurePosixPath(text)
    if not text or path.is_absolute() or {"..", "."} & {*path.parts}:
        raise RegistryError(N_("「{file}」不是本文件夹里的文件"), file=text)
    return str(path)


def _listed(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(";") if part.strip())


def _pairs(text: str) -> dict[str, str]:
    parts = [part.rpartition("=") for part in _listed(text)]
    for left, equals, right in parts:
        if not (left and equals and right):
            raise RegistryError(N_("「{text}」要写成 左=右"), text=text)
    return {left.strip(): right.strip() for left, _, right in parts}


def _yes_or_no(text: str) -> bool:
    if text not in ("", "yes", "no"):
        raise RegistryError(N_("replace 只能是 yes 或 no，现为「{text}」"), text=text)
    return text == "yes"


def digest_of_source(files: list[DeclaredFile], reference: str) -> str:
    """SHA-256 over the names, contents and declarations of a district's files, in their order, and
    the name of the reference against which they are read."""
    digest = hashlib.sha256(json.dumps(reference).encode())
    for file in files:
        said = json.dumps([file.name, _content(file.path), file.declaration.key()])
        digest.update(said.encode() + b"\n")
    return digest.hexdigest()


def _content(path: Path) -> str:
    try:
        with path.open("rb") as data:
            return hashlib.file_digest(data, "sha256").hexdigest()
    except OSError as error:
        raise RegistryError(
            N_("读不了文件 {path}：{error}；请检查路径和权限"), path=path, error=error.strerror
        ) from None
