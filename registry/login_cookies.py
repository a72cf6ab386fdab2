"""What stands between a browser and Streamlit's login, on the way in and back.

In: requests and answers. Out: the way back to the page that the reader came from, and cookies that
live no longer than a login does and travel encrypted wherever the page does.
"""

from collections.abc import Callable
from http.cookies import Morsel, SimpleCookie
from urllib.parse import quote, unquote, urlsplit

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

LOGIN, CALLBACK = "/auth/login", "/oauth2callback"
CAME_FROM = "_came_from"
MINUTES = 10
"""How long a login may take."""

LOGIN_COOKIES = "_streamlit_user"


class ComesBack:
    """Streamlit's login ends on its first page: this one ends where it began."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope.get("path")
        if scope["type"] != "http" or path not in (LOGIN, CALLBACK):
            await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        came = _place(headers) if path == LOGIN else _kept(headers)

        async def forward(message: Message) -> None:
            if message["type"] == "http.response.start" and came:
                change = _keep if path == LOGIN else _send_back
                message = {**message, "headers": change(message["headers"], came)}
            await send(message)

        await self.app(scope, receive, forward)


Pairs = list[tuple[bytes, bytes]]


def _place(headers: Headers) -> str:
    """Path and query of the page, where the login was asked for on one of ours; else ''."""
    page = urlsplit(headers.get("referer", ""))
    if page.netloc != headers.get("host"):
        return ""
    return _safe(page.path + (f"?{page.query}" if page.query else ""))


def _kept(headers: Headers) -> str:
    morsel = SimpleCookie(headers.get("cookie", "")).get(CAME_FROM)
    return _safe(unquote(morsel.value)) if morsel else ""


def _safe(place: str) -> str:
    """A place on this server, or ''."""
    ours = place.startswith("/") and not place.startswith(("//", "/\\"))
    return place if ours and place.isprintable() and len(place) < 2000 else ""


def _keep(headers: Pairs, came: str) -> Pairs:
    return [*headers, _cookie(f"{CAME_FROM}={quote(came, safe='')}; Max-Age={60 * MINUTES}")]


def _send_back(headers: Pairs, came: str) -> Pairs:
    """Only what would lead to the first page leads elsewhere: an error stays one."""
    where = (b"location", quote(came, safe="/?&=%:+,;").encode())
    changed = [where if pair == (b"location", b"/") else pair for pair in headers]
    return [*changed, _cookie(f"{CAME_FROM}=; Max-Age=0")]


def _cookie(text: str) -> tuple[bytes, bytes]:
    return b"set-cookie", f"{text}; Path=/; HttpOnly; SameSite=Lax".encode()


class SafeCookies:
    """Cookies over HTTPS alone where the page came by it; those of a login gone after `hours`."""

    def __init__(self, app: ASGIApp, hours: Callable[[], float]) -> None:
        self.app, self.hours = app, hours

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def forward(message: Message) -> None:
            if message["type"] == "http.response.start":
                changed = [self._changed(pair, scope) for pair in message["headers"]]
                message = {**message, "headers": changed}
            await send(message)

        await self.app(scope, receive, forward if scope["type"] == "http" else send)

    def _changed(self, pair: tuple[bytes, bytes], scope: Scope) -> tuple[bytes, bytes]:
        name, value = pair
        if name.lower() != b"set-cookie":
            return pair
        text = value.decode("latin-1")
        morsel: Morsel[str] = next(iter(SimpleCookie(text).values()))
        parts = [part for part in text.split("; ") if not part.lower().startswith("expires=")]
        most = int(3600 * self.hours())
        if morsel.key.startswith(LOGIN_COOKIES) and _seconds(morsel) > most:
            parts = [part for part in parts if not part.lower().startswith("max-age=")]
            parts.append(f"Max-Age={most}")
        if is_secure(scope) and not morsel["secure"]:
            parts.append("Secure")
        return name, "; ".join(parts).encode("latin-1")


def _seconds(morsel: Morsel[str]) -> float:
    """How long a cookie lives; without an end, for ever."""
    return float(morsel["max-age"]) if morsel["max-age"] != "" else float("inf")


def is_secure(scope: Scope) -> bool:
    """Whether the browser's way to us, or to the proxy before us, is encrypted."""
    forwarded = Headers(scope=scope).get("x-forwarded-proto", scope.get("scheme", "http"))
    return forwarded.split(",")[0].strip() == "https"
