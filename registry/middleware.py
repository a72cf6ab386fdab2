"""What stands between a browser and the pages, on every answer of the server."""

import ipaddress
import logging
import re
from collections.abc import Callable
from dataclasses import dataclass

from starlette.types import ASGIApp, Message, Receive, Scope, Send

SAFE_HEADERS = {
    # Streamlit writes its styles and our scripts into the page; plotly compiles functions.
    "content-security-policy": "default-src 'self'; script-src 'self' 'unsafe-inline' "
    "'unsafe-eval' blob:; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; "
    "font-src 'self' data:; worker-src 'self' blob:; connect-src 'self' ws: wss:; "
    "object-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors 'none'",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=()",
}
"""Nothing from elsewhere, in nobody's frame, no guessing of types."""


ELSEWHERE = "没有配置登录，只接受本机访问"
OTHER_HOST = "网址里的主机名不是本机，也不在 REGISTRY_HOSTS 里，不予应答"
HOST = re.compile(r"(?:https?://)?(?:\[([0-9a-f:.]+)\]|([^][:/@\s]+))(?::\d*)?/?")
"""A host as it is said in a header, maybe behind a scheme, maybe with its port."""

log = logging.getLogger("registry.middleware")


def is_loopback(host: str) -> bool:
    """Whether an address can only be reached from this machine."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.removeprefix("::ffff:")).is_loopback
    except ValueError:
        return False


def host_in(header: str) -> str:
    """The host that a Host header or the origin of a page names, without its port; else ''."""
    found = HOST.fullmatch(header.strip().lower())
    return (found[1] or found[2]) if found else ""


def names_in(setting: str) -> frozenset[str]:
    """The hosts of REGISTRY_HOSTS, as `host_in` writes them."""
    return frozenset(filter(None, map(host_in, setting.split(","))))


@dataclass(frozen=True)
class Refusal:
    """reason: one sentence. what: for the log, why and what was found."""

    reason: str
    what: str


class LoopbackOnly:
    """Without a login, answers nobody who came in by another address, also when uvicorn was told to
    bind it, and nobody who asks for another host.

    A name of somebody else's may lead to this machine: a page of theirs would then be of the same
    origin as ours for a browser, and could read everything. names: hosts by which a proxy is asked;
    where they are given, none but these and this machine, with or without a login.
    """

    def __init__(
        self,
        app: ASGIApp,
        is_guarded: Callable[[], bool],
        names: Callable[[], frozenset[str]] = frozenset,
    ) -> None:
        self.app, self.is_guarded, self.names = app, is_guarded, names

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        refusal = None if scope["type"] == "lifespan" else self._refusal(scope)
        if refusal is None:
            await self.app(scope, receive, send)
            return
        log.warning("refused %s", refusal.what)
        if scope["type"] == "websocket":
            await receive()
        await _say(refusal.reason, scope, send)

    def _refusal(self, scope: Scope) -> Refusal | None:
        guarded, names = self.is_guarded(), self.names()
        address = (scope.get("server") or ("",))[0]
        if not guarded and not is_loopback(address):
            return Refusal(ELSEWHERE, f"address {address}")
        other = None if guarded and not names else _other_host(scope, names)
        return None if other is None else Refusal(OTHER_HOST, f"host {other[:100]!r}")


def _other_host(scope: Scope, names: frozenset[str]) -> str | None:
    """The first host asked for, or whose page asks for a websocket, that is neither this machine
    nor one of the names; '' where none is said."""
    asked = [value for name, value in scope["headers"] if name == b"host"] or [b""]
    if scope["type"] == "websocket":
        asked += [value for name, value in scope["headers"] if name == b"origin"]
    for said in (value.decode("latin-1") for value in asked):
        host = host_in(said)
        if not is_loopback(host) and host not in names:
            return said
    return None


async def _say(reason: str, scope: Scope, send: Send) -> None:
    """403 and one sentence, also to who asks for a websocket, where the server can."""
    if scope["type"] == "http":
        start, kind = "http.response.start", "http.response.body"
    elif "websocket.http.response" in scope.get("extensions", {}):
        start, kind = "websocket.http.response.start", "websocket.http.response.body"
    else:
        await send({"type": "websocket.close", "code": 1008})
        return
    headers = [(b"content-type", b"text/plain; charset=utf-8")]
    await send({"type": start, "status": 403, "headers": headers})
    await send({"type": kind, "body": reason.encode()})


class SafeHeaders:
    """Sets the safe headers, whatever a route may have said."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self.headers = [(name.encode(), value.encode()) for name, value in SAFE_HEADERS.items()]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def forward(message: Message) -> None:
            if message["type"] == "http.response.start":
                own = [pair for pair in message["headers"] if pair[0].decode() not in SAFE_HEADERS]
                message = {**message, "headers": [*own, *self.headers]}
            await send(message)

        await self.app(scope, receive, forward if scope["type"] == "http" else send)


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
    """Whether it is a page of ours, not a brief to be taken home, which has no script."""
    said = dict(opening["headers"])
    is_attached = b"content-disposition" in said
    return said.get(b"content-type", b"").startswith(b"text/html") and not is_attached


def _of_length(opening: Message, length: int) -> list[tuple[bytes, bytes]]:
    others = [(name, value) for name, value in opening["headers"] if name != b"content-length"]
    return [*others, (b"content-length", str(length).encode())]
