"""The server answers on this machine only, and takes its options from the project's file."""

import asyncio
import socket
from typing import Any

import pytest

from registry import middleware, server
from registry.errors import RegistryError


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.0.1", "::1", "localhost", "::ffff:127.0.0.1"])
def test_loopback_addresses_are_this_machine(host: str) -> None:
    assert middleware.is_loopback(host)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "10.0.0.5", "example.org", ""])
def test_any_other_address_is_refused_with_the_reason(host: str) -> None:
    with pytest.raises(RegistryError, match="没有配置登录"):
        server.serve(host, 8501)


def test_a_port_in_use_is_named() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(RegistryError, match=f"端口 {port} 已被占用"):
            server.serve("127.0.0.1", port)


def answer(kind: str, host: str, guarded: bool = False) -> list[str]:
    """What the guard sends for a connection that came in by this address."""
    sent: list[str] = []

    async def inner(*_: Any) -> None:
        sent.append("passed on")

    async def receive() -> dict[str, Any]:
        return {"type": "websocket.connect"}

    async def send(message: Any) -> None:
        sent.append(f"{message['type']} {message.get('status', '')}".strip())

    guard = middleware.LoopbackOnly(inner, is_guarded=lambda: guarded)
    headers = [(b"host", b"127.0.0.1:80")]
    asyncio.run(guard({"type": kind, "server": (host, 80), "headers": headers}, receive, send))
    return sent


def test_a_connection_by_another_address_is_turned_away() -> None:
    assert answer("http", "127.0.0.1") == ["passed on"]
    assert answer("http", "10.0.0.5") == ["http.response.start 403", "http.response.body"]
    assert answer("websocket", "10.0.0.5") == ["websocket.close"]
    assert answer("lifespan", "") == ["passed on"]
    assert answer("http", "10.0.0.5", guarded=True) == ["passed on"]


def served(path: str, kind: bytes, body: bytes, *more: tuple[bytes, bytes]) -> list[Any]:
    """What a browser gets of an answer in two parts."""
    sent: list[Any] = []

    async def inner(scope: Any, _receive: Any, send: Any) -> None:
        headers = [(b"content-type", kind), (b"content-length", str(len(body)).encode()), *more]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body[:9], "more_body": True})
        await send({"type": "http.response.body", "body": body[9:]})

    async def nothing() -> Any:
        return {}

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {"type": "http", "path": path, "headers": [(b"accept-encoding", b"gzip")]}
    asyncio.run(middleware.TellsItsRoot(inner)(scope, nothing, send))
    return sent


def test_a_document_tells_where_the_server_is() -> None:
    start, body = served("/exercise", b"text/html; charset=utf-8", b"<html><head></head></html>")
    assert body["body"] == b"<html><head>" + middleware.ROOT_SCRIPT + b"</head></html>"
    assert dict(start["headers"])[b"content-length"] == str(len(body["body"])).encode()


def test_anything_else_goes_through_untouched() -> None:
    for path, kind in (("/exercise", b"text/csv"), ("/media/a.html", b"text/html")):
        _start, *parts = served(path, kind, b"<html><head></head></html>")
        assert b"".join(part["body"] for part in parts) == b"<html><head></head></html>"


def test_a_brief_is_taken_home_without_a_script() -> None:
    attached = (b"content-disposition", b'attachment; filename="brief.html"')
    _start, *parts = served("/files/brief", b"text/html", b"<html><head></head></html>", attached)
    assert b"".join(part["body"] for part in parts) == b"<html><head></head></html>"


def test_the_options_of_the_file_are_used_from_any_folder() -> None:
    options = server.streamlit_options()
    assert options["browser.gatherUsageStats"] is False
    assert options["server.address"] == "127.0.0.1"
    assert options["client.showErrorDetails"] == "none"
    assert "theme.dark.primaryColor" in options
