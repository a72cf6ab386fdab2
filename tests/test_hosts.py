"""Without a login the server answers only who asks for this machine by a name of its own.

A page of elsewhere whose name is made to lead to 127.0.0.1 reaches the port, too, but names itself
in its Host header, and as the Origin of a websocket.
"""

import http.client
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from examples import sampled
from live_site import serving
from reliability import record

from registry.middleware import OTHER_HOST, _other_host, host_in, is_loopback, names_in

OURS = ("127.0.0.1", "127.0.0.1:8501", "localhost", "LOCALHOST:80", "[::1]", "[::1]:8501")
OTHERS = (
    *("evil.example", "evil.example:8501", "10.0.0.5:8501", "0.0.0.0", "[fd00::1]:80", ""),
    *("localhost.evil.example", "127.0.0.1.evil.example", "evil.example#127.0.0.1"),
    *("localhost@evil.example", "evil.example/localhost", "localhost evil.example", "null"),
    *("2130706433", "0x7f000001", "127.1", "localhost:80:80", "[::1", "::1", "\xff"),
)
UPGRADE = {
    "Connection": "Upgrade",
    "Upgrade": "websocket",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAAAA==",
}
STREAM = "/_stcore/stream"
PROXY = "registry.example, https://[fd00::2]:8443/"


def other(kind: str, *headers: tuple[str, str], names: str = "") -> str | None:
    said = [(name.encode(), value.encode("latin-1")) for name, value in headers]
    return _other_host({"type": kind, "headers": said}, names_in(names))


@pytest.mark.parametrize("host", OURS)
def test_names_of_this_machine_are_answered(host):
    assert is_loopback(host_in(host))
    assert other("http", ("host", host)) is None


@pytest.mark.parametrize("host", OTHERS)
def test_any_other_host_is_not_answered(host):
    assert other("http", ("host", host)) == host
    assert other("websocket", ("host", "localhost"), ("origin", f"http://{host}")) is not None


def test_every_header_that_names_a_host_must_name_ours():
    assert other("http") == ""
    assert other("http", ("host", "localhost"), ("host", "evil.example")) == "evil.example"
    assert other("websocket", ("host", "localhost")) is None
    assert other("websocket", ("host", "localhost"), ("origin", "null")) == "null"


def test_a_proxy_s_names_are_answered_and_no_others():
    assert names_in(PROXY) == {"registry.example", "fd00::2"}
    assert other("http", ("host", "Registry.Example:443"), names=PROXY) is None
    assert other("http", ("host", "[fd00::2]"), names=PROXY) is None
    assert other("http", ("host", "127.0.0.1"), names=PROXY) is None
    assert other("http", ("host", "x.registry.example"), names=PROXY) == "x.registry.example"
    assert other("http", ("host", ""), names=" , ,*/,") == ""


# A running server


@contextmanager
def connected(address: str) -> Iterator[http.client.HTTPConnection]:
    connection = http.client.HTTPConnection(urlsplit(address).netloc, timeout=20)
    yield connection
    connection.close()


def answer(address: str, path: str, host: str, **headers: str) -> tuple[int, str]:
    """Status and body of what is answered to a request that names a host."""
    with connected(address) as connection:
        connection.putrequest("GET", path, skip_host=True)
        for name, value in ({"Host": host} | headers).items():
            connection.putheader(name, value.encode("latin-1"))
        connection.endheaders()
        got = connection.getresponse()
        return got.status, "" if got.status == 101 else got.read().decode()


def handshake(address: str, host: str, origin: str | None = None) -> tuple[int, str]:
    return answer(address, STREAM, host, **UPGRADE, **({"Origin": origin} if origin else {}))


PATHS = ("/", "/overview", "/files/problems?batch=1", STREAM, "/_stcore/health", "/healthz")
ODD = [host for host in OTHERS if host.isascii() and host.isprintable()]


@pytest.fixture(scope="module")
def served(started, tmp_path_factory) -> Iterator[tuple[str, Path]]:
    """A server without a login, and its log."""
    folder = tmp_path_factory.mktemp("hosts")
    with serving(f"sqlite:///{started}", folder) as address:
        yield address, folder / "server.log"


@pytest.mark.slow
@pytest.mark.campaign
def test_a_running_server_answers_no_page_of_elsewhere(served):
    address, log = served
    port = urlsplit(address).port
    for path in PATHS:
        assert answer(address, path, f"evil.example:{port}") == (403, OTHER_HOST)
    for host in ODD:
        assert answer(address, "/healthz", host) == (403, OTHER_HOST), host
        assert handshake(address, host) == (403, OTHER_HOST), host
    for origin in ("http://evil.example", f"http://evil.example:{port}", "null", "file://"):
        assert handshake(address, f"127.0.0.1:{port}", origin) == (403, OTHER_HOST), origin
    tried = len(PATHS) + 2 * len(ODD) + 4
    lines = [line for line in log.read_text("utf-8").splitlines() if line.startswith("{")]
    said = [json.loads(line)["message"] for line in lines]
    assert len([text for text in said if text.startswith("refused host")]) == tried
    record("attack", "没有登录：别处的主机名、来源（DNS 重绑定）", tried, "403，记入日志", 0)


@pytest.mark.slow
def test_a_running_server_answers_this_machine(served):
    address, _ = served
    port = urlsplit(address).port
    for host in (f"localhost:{port}", f"127.0.0.1:{port}", f"[::1]:{port}"):
        assert answer(address, "/healthz", host) == (200, '{"status": "ok"}')
        assert handshake(address, host, f"http://{host}")[0] == 101
    assert handshake(address, f"127.0.0.1:{port}")[0] == 101


@pytest.mark.slow
@sampled("public", ["", "only"])
def test_where_a_proxy_is_named_only_its_name_and_this_machine_are_answered(
    started, tmp_path, public
):
    names = {"REGISTRY_HOSTS": "registry.example", "REGISTRY_PUBLIC": public}
    with serving(f"sqlite:///{started}", tmp_path, **names) as address:
        for host in ("registry.example", "localhost"):
            assert answer(address, "/healthz", host)[0] == 200
        assert handshake(address, "registry.example", "https://registry.example")[0] == 101
        assert handshake(address, "registry.example", "https://evil.example")[0] == 403
        assert answer(address, "/healthz", "evil.example") == (403, OTHER_HOST)


@pytest.mark.slow
def test_what_the_public_may_see_has_no_host_of_its_own(started, tmp_path):
    with serving(f"sqlite:///{started}", tmp_path, REGISTRY_PUBLIC="only") as address:
        assert answer(address, "/healthz", "any.example")[0] == 200
