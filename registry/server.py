"""The ASGI app: the dashboard's pages, served on this machine only.

Version one has no login, so whoever reaches the port sees everything: both `serve` and the app
itself refuse any address but the loopback one.
"""

import gc
import ipaddress
import socket
import tomllib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import streamlit as st
from starlette.middleware import Middleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from registry.errors import RegistryError
from registry.language import N_, Text
from registry.settings import ROOT

CONFIG = ROOT / ".streamlit" / "config.toml"


def is_loopback(host: str) -> bool:
    """Whether an address can only be reached from this machine."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.removeprefix("::ffff:")).is_loopback
    except ValueError:
        return False


def _refuse_beyond_loopback(host: str | None) -> None:
    if not is_loopback(host or ""):
        raise RegistryError(
            N_("拒绝在 {host} 上提供服务:本版本没有登录,能连上的人都能看到全部数据;请用 127.0.0.1"),
            host=host or Text(N_("所有网络接口")),
        )


class LoopbackOnly:
    """Answers nobody who came in by another address, also when uvicorn was told to bind it."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan" or is_loopback((scope.get("server") or ("",))[0]):
            await self.app(scope, receive, send)
        elif scope["type"] == "websocket":
            await receive()
            await send({"type": "websocket.close", "code": 1008})
        else:
            body = "本版本没有登录,只接受本机访问".encode()
            headers = [(b"content-type", b"text/plain; charset=utf-8")]
            await send({"type": "http.response.start", "status": 403, "headers": headers})
            await send({"type": "http.response.body", "body": body})


ROOT_SCRIPT = b"<script>window.__streamlit = {BACKEND_BASE_URL: location.origin}</script>"
"""What Streamlit's own code reads before it looks for its server."""

NO_PAGES = ("/_stcore/", "/static/", "/app/static/", "/media/", "/component/")


class TellsItsRoot:
    """Tells each page that the server is at the root of its address.

    Opened at the address of a page, Streamlit would ask below it first, and the browser's console
    would show two answers 404.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"].startswith(NO_PAGES):
            await self.app(scope, receive, send)
            return
        # In plain text, so that it can be added to.
        headers = [(name, value) for name, value in scope["headers"] if name != b"accept-encoding"]
        await self.app({**scope, "headers": headers}, receive, _with_script(send))


def _with_script(send: Send) -> Send:
    """Put the script into the head of a document; anything else goes through untouched."""
    opening: Message = {}
    parts: list[bytes] = []

    async def forward(message: Message) -> None:
        if message["type"] == "http.response.start" and _is_document(message):
            opening.update(message)
        elif not opening:
            await send(message)
        else:
            parts.append(message.get("body", b""))
            if not message.get("more_body"):
                body = b"".join(parts).replace(b"<head>", b"<head>" + ROOT_SCRIPT, 1)
                await send({**opening, "headers": _of_length(opening, len(body))})
                await send({**message, "body": body})

    return forward


def _is_document(opening: Message) -> bool:
    kinds = [value for name, value in opening["headers"] if name == b"content-type"]
    return any(kind.startswith(b"text/html") for kind in kinds)


def _of_length(opening: Message, length: int) -> list[tuple[bytes, bytes]]:
    others = [(name, value) for name, value in opening["headers"] if name != b"content-length"]
    return [*others, (b"content-length", str(length).encode())]


@asynccontextmanager
async def lifespan(_app: st.App) -> AsyncIterator[None]:
    """Load what pages import, then take it out of the garbage collector's reach.

    Streamlit collects fully after every run of a page; over everything pandas and plotly load,
    that is most of a page's time.
    """
    _refuse_beyond_loopback(st.get_option("server.address"))
    import plotly.graph_objects  # noqa: F401
    import pyarrow  # noqa: F401

    from registry import ui  # noqa: F401  here, since its caches want a running server
    from registry.measures import cards, held  # noqa: F401
    from registry.ui import intake_file

    _close_side_door()
    gc.collect()
    gc.freeze()
    yield
    intake_file.remove_uploads()


def _close_side_door() -> None:
    """Before the first visit, Streamlit would run a file of pages/ without dashboard.py."""
    from streamlit.runtime.pages_manager import PagesManager

    PagesManager.uses_pages_directory = False


def explain(error: Exception) -> bool:
    """Show an error of a page that is meant for people; any other one is a bug, for the log."""
    if isinstance(error, RegistryError):
        st.error(str(error))
    return isinstance(error, RegistryError)


app = st.App(
    ROOT / "dashboard.py",
    lifespan=lifespan,
    middleware=[Middleware(LoopbackOnly), Middleware(TellsItsRoot)],
    on_script_error=explain,
)


def serve(host: str, port: int) -> None:
    """Serve the dashboard until interrupted.

    Raises RegistryError for any address but the loopback one and for a port in use.
    """
    _refuse_beyond_loopback(host)
    if _answers(host, port):
        raise RegistryError(
            N_("端口 {port} 已被占用;请换一个,如 registry serve --port {next}"),
            port=port,
            next=port + 1,
        )
    app.run(config={**streamlit_options(), "server.address": host, "server.port": port})


def _answers(host: str, port: int) -> bool:
    try:
        with socket.create_connection((host, port), timeout=1):
            return True
    except OSError:
        return False


def streamlit_options() -> dict[str, Any]:
    """The options of .streamlit/config.toml, which Streamlit itself looks for in other folders."""
    return _flat(tomllib.loads(CONFIG.read_text(encoding="utf-8")))


def _flat(options: dict[str, Any], prefix: str = "") -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for name, value in options.items():
        if isinstance(value, dict):
            flat |= _flat(value, f"{prefix}{name}.")
        else:
            flat[f"{prefix}{name}"] = value
    return flat
