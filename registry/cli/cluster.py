"""The command that counts districts on a cluster, and loads what was counted."""

from pathlib import Path
from typing import Annotated, Any

import typer

from registry.access import subject
from registry.cli.output import Format, FormatOption, say, show
from registry.cli.progress import stages
from registry.cluster.load import load
from registry.cluster.result import COUNTS
from registry.cluster.run import FAILED, connected, roll_up
from registry.errors import UsageError
from registry.window import today_in_beijing

QUARANTINED_EXIT = 3
BRIEF = ("district", "state", *COUNTS)


def add_commands(app: typer.Typer) -> None:
    app.command("cluster-rollup")(cluster_rollup)


def cluster_rollup(
    scheduler: Annotated[
        str, typer.Option("--scheduler", help="Dask 调度器的地址，如 tcp://10.0.0.1:8786")
    ] = "",
    source: Annotated[
        Path | None, typer.Option("--source", help="台账：每个区一个文件夹，内有 declarations.csv")
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", help="结果写到哪个文件夹；各台机器同一路径")
    ] = None,
    folder: Annotated[
        Path | None, typer.Option("--load", help="不汇总，把这个文件夹里的结果载入台账")
    ] = None,
    form: FormatOption = Format.table,
) -> None:
    """在 Dask 集群上逐区导入并汇总，结果写成 Parquet；或用 --load 把结果载入台账。

    例：registry cluster-rollup --scheduler tcp://10.0.0.1:8786 --source 台账 --out 汇总，
    然后 registry cluster-rollup --load 汇总
    """
    if folder is not None:
        if scheduler or source or out:
            raise UsageError("--load 单独使用，不与 --scheduler、--source、--out 同用")
        _load(folder, form)
    elif not scheduler or source is None or out is None:
        raise UsageError("请给出 --scheduler、--source 和 --out，或只给 --load")
    else:
        _roll_up(scheduler, source, out, form)


def _roll_up(scheduler: str, source: Path, out: Path, form: Format) -> None:
    records = []
    with connected(scheduler) as client, stages("汇总") as progress:
        for record in roll_up(client, source, out, today=today_in_beijing()):
            progress(record["district"])
            records.append(record)
            _explain(record)
    show([_shown(record) for record in records], form, brief=BRIEF)
    if any(record["state"] == FAILED or _refused(record) for record in records):
        raise typer.Exit(1)
    if any(record["counts"]["quarantined"] for record in records):
        raise typer.Exit(QUARANTINED_EXIT)


def _refused(record: dict[str, Any]) -> list[dict[str, Any]]:
    """The files of a district that were not taken."""
    return [file for file in record["files"] if "error" in file]


def _explain(record: dict[str, Any]) -> None:
    if record["state"] == FAILED:
        say(f"{record['district']} 没有汇总：{record['error']}")
    for file in _refused(record):
        say(f"{record['district']} {file['file']} 没有计入：{file['error']}")


def _shown(record: dict[str, Any]) -> dict[str, Any]:
    """The record with each count as a column of its own."""
    counts = {name: record["counts"].get(name) for name in COUNTS}
    error = str(record["error"]) if record["error"] else None
    plain = {name: record[name] for name in ("district", "state", "digest", "seconds", "files")}
    return plain | counts | {"error": error}


def _load(folder: Path, form: Format) -> None:
    records = []
    with stages("载入") as progress:
        for record in load(folder, actor=subject()):
            progress(record["district"])
            records.append(record)
    show(records, form, brief=(*BRIEF, "batch"))
    changed = sum(record["state"] != "unchanged" for record in records)
    say(f"载入 {changed} 个区，{len(records) - changed} 个区未变")
