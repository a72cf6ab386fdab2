"""The ASGI app: the dashboard's pages and the routes beside them.

Without a login whoever reaches the port sees everything: both `serve` and the app itself then
refuse any address but the loopback one, unless there is nothing to see but the public view.
"""

import gc
import json
import logging
import socket
import tomllib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import streamlit as st
from starlette.middleware import Middleware

from registry.access import run_as
from registry.adjustment.policy import read_policy
from registry.api import ROUTES
from registry.errors import RegistryError
from registry.language import N_, Text
from registry.login_cookies import ComesBack, SafeCookies
from registry.markup import plain_text
from registry.middleware import LoopbackOnly, SafeHeaders, TellsItsRoot, is_loopback, names_in
from registry.outages import no_room
from registry.settings import ONLY, ROOT, settings

ALLOCATIONS = 10_000
"""Between collections of garbage: a run of a page allocates as many, and each tenth of a tenth
looks at all that is in memory, a tenth of a second in which nobody else is answered."""

CONFIG = ROOT / ".streamlit" / "config.toml"


def _is_guarded() -> bool:
    """Whether not everyone who reaches the port sees everything."""
    # Imports Streamlit's session state, which the command line does without.
    from registry.ui import login

    return settings().public == ONLY or login.is_configured()


def _names() -> frozenset[str]:
    return names_in(settings().hosts)


def _refuse_beyond_loopback(host: str | None) -> None:
    if not is_loopback(host or "") and not _is_guarded():
        raise RegistryError(
            N_(
                "拒绝在 {host} 上提供服务：没有配置登录，能连上的人都能看到全部数据。"
                "请用 127.0.0.1，或在 .streamlit/secrets.toml 的 [auth] 中配置登录，"
                "或以 REGISTRY_PUBLIC=only 只提供公众可看的汇总数"
            ),
            host=host or Text(N_("所有网络接口")),
        )


def _login_hours() -> float:
    return read_policy().login_hours


@asynccontextmanager
async def lifespan(_app: st.App) -> AsyncIterator[None]:
    """Load what pages import, then take it out of the garbage collector's reach."""
    _refuse_beyond_loopback(st.get_option("server.address"))
    import plotly.graph_objects  # noqa: F401
    import pyarrow  # noqa: F401

    from registry import ui  # noqa: F401  here, since its caches want a running server
    from registry.measures import cards, held  # noqa: F401
    from registry.ui import intake_file

    _close_side_door()
    gc.collect()
    gc.freeze()
    gc.set_threshold(ALLOCATIONS)
    yield
    intake_file.remove_uploads()


def _close_side_door() -> None:
    """Before the first visit, Streamlit would run a file of pages/ without dashboard.py."""
    from streamlit.runtime.pages_manager import PagesManager

    PagesManager.uses_pages_directory = False


def explain(error: Exception) -> bool:
    """Show an error of a page that is meant for people; any other one is a bug, for the log."""
    shown = no_room(error) or error
    if isinstance(shown, RegistryError):
        st.error(plain_text(str(shown)))
    return isinstance(shown, RegistryError)


app = st.App(
    ROOT / "dashboard.py",
    lifespan=lifespan,
    middleware=[
        Middleware(LoopbackOnly, is_guarded=_is_guarded, names=_names),
        Middleware(SafeHeaders),
        Middleware(SafeCookies, hours=_login_hours),
        Middleware(ComesBack),
        Middleware(TellsItsRoot),
    ],
    routes=ROUTES,
    on_script_error=explain,
)


class OneLineOfJson(logging.Formatter):
    """A record as one JSON object a line, for whatever collects logs."""

    def format(self, record: logging.LogRecord) -> str:
        at = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        line = {"time": at, "level": record.levelname, "logger": record.name}
        return json.dumps(line | {"message": record.getMessage()}, ensure_ascii=False)


def _log_to_stderr() -> None:
    handler = logging.StreamHandler()
    handler.setFormatter(OneLineOfJson())
    ours = logging.getLogger("registry")
    ours.setLevel(logging.INFO)
    ours.addHandler(handler)


def serve(host: str, port: int) -> None:
    """Serve the dashboard until interrupted.

    Raises RegistryError for any address but the loopback one and for a port in use.
    """
    _refuse_beyond_loopback(host)
    if _answers(host, port):
        raise RegistryError(
            N_("端口 {port} 已被占用；请换一个，如 registry serve --port {next}"),
            port=port,
            next=port + 1,
        )
    _log_to_stderr()
    run_as(None)
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
