"""What the routes for programs answer, asked without a socket."""

import asyncio
import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import streamlit as st
from starlette.applications import Starlette
from starlette.middleware import Middleware
from streamlit import config
from streamlit.web.server.starlette.starlette_app_utils import create_signed_value

from registry.api import ROUTES
from registry.login_cookies import LOGIN_COOKIES
from registry.middleware import SafeHeaders

APP = Starlette(routes=ROUTES, middleware=[Middleware(SafeHeaders)])
ORIGIN, SECRET = "http://127.0.0.1:1", "of the tests, long enough"
BOUNDARY = "----boundary"


@dataclass
class Answer:
    status: int
    headers: dict[str, str]
    body: Any
    content: bytes = b""


def cookie_of(login: str | None, age: float = 0, **claims: Any) -> str:
    """The cookie that Streamlit's login leaves with a browser, `age` seconds ago; '' for nobody."""
    if login is None:
        return ""
    issued = {"sub": login, "iat": int(time.time() - age), "origin": ORIGIN, "is_logged_in": True}
    value = json.dumps(issued | claims)
    return f"{LOGIN_COOKIES}={create_signed_value(SECRET, LOGIN_COOKIES, value).decode()}"


@contextmanager
def people_log_in(folder: Path) -> Iterator[None]:
    """This process serves as if its `.streamlit/secrets.toml` said that people log in."""
    file, before = folder / "secrets.toml", config.get_option("secrets.files")
    file.write_text(
        f'[auth]\nredirect_uri = "{ORIGIN}/oauth2callback"\ncookie_secret = "{SECRET}"\n'
    )
    _read_secrets([str(file)])
    try:
        yield
    finally:
        _read_secrets(before)


def _read_secrets(files: list[str]) -> None:
    config.set_option("secrets.files", files)
    st.secrets._reset()


def ask(
    path: str,
    method: str = "GET",
    token: str = "",
    body: bytes = b"",
    query: dict[str, Any] | None = None,
    **headers: str,
) -> Answer:
    """headers: by name with _ for -."""
    sent: list[Any] = []
    parts = [body[at : at + 65536] for at in range(0, len(body), 65536)] or [b""]

    async def receive() -> dict[str, Any]:
        part = parts.pop(0)
        return {"type": "http.request", "body": part, "more_body": bool(parts)}

    async def send(message: Any) -> None:
        sent.append(message)

    given = {name.replace("_", "-"): value for name, value in headers.items()}
    if token:
        given["authorization"] = f"Bearer {token}"
    scope = {
        "type": "http",
        "method": method,
        "path": path,
        "headers": [(name.encode(), value.encode()) for name, value in given.items()],
        "query_string": urlencode(query or {}, doseq=True).encode(),
        "root_path": "",
        "server": ("127.0.0.1", 1),
        "client": ("127.0.0.1", 2),
    }
    asyncio.run(APP(scope, receive, send))
    got = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
    content = b"".join(message.get("body", b"") for message in sent[1:])
    is_json = "json" in got.get("content-type", "")
    return Answer(sent[0]["status"], got, json.loads(content) if is_json else {}, content)


def send_log(token: str, content: bytes, name: str = "log.csv", **fields: str) -> Answer:
    """Post a file with its declaration."""
    parts = [_part(f'"{field}"', value.encode()) for field, value in fields.items()]
    parts.append(_part(f'"file"; filename="{name}"', content))
    body = b"".join(parts) + f"--{BOUNDARY}--\r\n".encode()
    kind = f"multipart/form-data; boundary={BOUNDARY}"
    return ask("/api/v1/logs", "POST", token, body, content_type=kind)


def _part(field: str, content: bytes) -> bytes:
    head = f"--{BOUNDARY}\r\nContent-Disposition: form-data; name={field}\r\n\r\n"
    return head.encode() + content + b"\r\n"
