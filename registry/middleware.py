"""What stands between a browser and the pages, on every answer of the server."""

import ipaddress
from collections.abc import Callable

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


def is_loopback(host: str) -> bool:
    """Whether an address can only be reached from this machine."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.removeprefix("::ffff:")).is_loopback
    except ValueError:
        return False


class LoopbackOnly:
    """Without a login, answers nobody who came in by another address, also when uvicorn was told to
    bind it."""

    def __init__(self, app: ASGIApp, is_guarded: Callable[[], bool]) -> None:
        self.app, self.is_guarded = app, is_guarded

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        host = (scope.get("server") or ("",))[0]
        if scope["type"] == "lifespan" or is_loopback(host) or self.is_guarded():
            await self.app(scope, receive, send)
        elif scope["type"] == "websocket":
            await receive()
            await send({"type": "websocket.close", "code": 1008})
        else:
            body = "没有配置登录，只接受本机访问".encode()
            headers = [(b"content-type", b"text/plain; charset=utf-8")]
            await send({"type": "http.response.start", "status": 403, "headers": headers})
            await send({"type": "http.response.body", "body": body})


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
    kinds = [value for name, value in opening["headers"] if name == b"content-type"]
    return any(kind.startswith(b"text/html") for kind in kinds)


def _of_length(opening: Message, length: int) -> list[tuple[bytes, bytes]]:
    others = [(name, value) for name, value in opening["headers"] if name != b"content-length"]
    return [*others, (b"content-length", str(length).encode())]
