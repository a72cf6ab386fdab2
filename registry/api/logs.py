"""A log or a monthly return brought in by a program: the intake of the pages, waited for."""

import asyncio
import time
from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData, UploadFile
from starlette.exceptions import HTTPException
from starlette.formparsers import MultiPartException
from starlette.requests import Request
from starlette.types import Receive

from registry.access import Scope
from registry.api.answers import Turned
from registry.cli.options import FileKind, pairs, split
from registry.demo.load import demo_batches
from registry.errors import UsageError
from registry.intake import worker
from registry.intake.declaration import Declaration
from registry.intake.limits import MEGABYTE
from registry.language import N_, _
from registry.returns import USAGE_LOG
from registry.window import Window

MOST_FIELDS, LONGEST_FIELD = 64, 64 * 1024
FLAGS = ("replace", "dry_run", "keep_demo")
FIELDS = ("file", "district", "months", "units", "kind", "map", "set", "sheet", *FLAGS)
LONGEST_PAUSE = 1.0
NO_FILE = N_("缺少文件：请以 multipart/form-data 在 file 中送一份台账或报表，其余都是文字")


async def post_logs(request: Request, scope: Scope) -> dict[str, Any]:
    """The record of `registry import --format json` for one file. It runs to its end even where
    the program that asked has gone."""
    limited = Request(request.scope, _no_more_than(_largest(), request.receive))
    try:
        async with limited.form(
            max_files=1, max_fields=MOST_FIELDS, max_part_size=LONGEST_FIELD
        ) as form:
            job = await _ordered(form, scope)
    except (MultiPartException, HTTPException) as error:
        raise UsageError(NO_FILE) from error
    return await _outcome(job)


def _largest() -> int:
    """Bytes of a request: as much as a page takes."""
    return int(st.get_option("server.maxUploadSize")) * MEGABYTE


def _no_more_than(most: int, receive: Receive) -> Receive:
    read = 0

    async def counted() -> Any:
        nonlocal read
        message = await receive()
        read += len(message.get("body", b""))
        if read > most:
            text = _("文件太大：至多 {size} MB").format(size=most // MEGABYTE)
            raise Turned(413, text, connection="close")
        return message

    return counted


async def _ordered(form: FormData, scope: Scope) -> str:
    """The number of the job that imports the file."""
    given = {name: form.getlist(name) for name in form}
    unknown = [name for name in given if name not in FIELDS]
    if unknown:
        raise UsageError(
            N_("{name}：没有这个参数，可用 {known}"), name=unknown[0], known=", ".join(FIELDS)
        )
    upload = given.pop("file", [None])[0]
    texts = {n: [v for v in values if isinstance(v, str)] for n, values in given.items()}
    if not isinstance(upload, UploadFile) or texts != given:
        raise UsageError(NO_FILE)
    declaration, flags = _declared(texts), {name: _flag(texts, name) for name in FLAGS}
    scope.check("import")
    scope.check_districts(declaration.districts)
    if not flags["keep_demo"]:
        await run_in_threadpool(_refuse_beside_demo)
    content = await upload.read()
    return await run_in_threadpool(
        worker.submit,
        content,
        upload.filename or "",
        declaration,
        actor=scope.subject,
        dry_run=flags["dry_run"],
    )


def _declared(texts: Mapping[str, Sequence[str]]) -> Declaration:
    def one(name: str) -> str:
        return texts.get(name, [""])[0]

    districts = split(texts.get("district", ()))
    if not districts or not one("months"):
        raise UsageError(N_("缺少申报：请给出 district 和 months，如 2020-07..2020-12"))
    kind = one("kind") or USAGE_LOG
    if kind not in list(FileKind):
        raise UsageError(
            N_("{name}={value}：可用 {known}"), name="kind", value=kind, known=", ".join(FileKind)
        )
    return Declaration(
        districts,
        Window.parse(one("months")),
        split(texts.get("units", ())),
        pairs(texts.get("map", ()), "map"),
        pairs(texts.get("set", ()), "set"),
        *(one("sheet") or None, _flag(texts, "replace"), kind),
    )


def _flag(texts: Mapping[str, Sequence[str]], name: str) -> bool:
    text = texts.get(name, ["false"])[0]
    if text not in ("true", "false"):
        raise UsageError(
            N_("{name}={value}：可用 {known}"), name=name, value=text, known="true, false"
        )
    return text == "true"


def _refuse_beside_demo() -> None:
    synthetic, real = demo_batches()
    if synthetic and not real:
        raise Turned(409, _("台账中只有演示数据：请先在页面或命令行清空，或以 keep_demo=true 保留"))


async def _outcome(number: str) -> dict[str, Any]:
    """The report, as soon as the job has ended."""
    started = time.monotonic()
    while (job := await run_in_threadpool(worker.status, number)).is_active:
        # Small files are done in a second; a large one need not be asked after ten times in it.
        await asyncio.sleep(min(LONGEST_PAUSE, 0.1 + (time.monotonic() - started) / 10))
    if job.state == worker.FAILED:
        raise Turned(503 if job.is_outage else 422, job.message)
    report = await run_in_threadpool(worker.report_of, number)
    assert report is not None
    return report.record()
