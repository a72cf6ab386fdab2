"""Who reads the pages: a login's role, the public, or whoever sits at this machine.

In: Streamlit's login and the roles of the register. Out: the `Scope` of the running session, and
the page that stands in place of any other for whoever is not let in. The role is looked up anew
whenever the database is opened, so that one taken back closes it at the next click.
"""

import json
from collections.abc import Callable, Mapping
from datetime import timedelta
from functools import partial
from typing import Any, NoReturn, TypeVar

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from registry import clock, db
from registry.access import (
    DOOR,
    PUBLIC,
    ROLES,
    VISITOR,
    Nobody,
    Scope,
    Unknown,
    acting,
    ask_sessions,
    local_user,
    scope,
)
from registry.adjustment.policy import read_policy
from registry.language import N_, _
from registry.login_cookies import LOGIN_COOKIES
from registry.markup import plain_text
from registry.roles import scope_of_login
from registry.settings import ONLY, settings

READER = "_reader"
SKEW = timedelta(minutes=5)
"""By how much our clock may be behind that of the provider of logins."""

Result = TypeVar("Result")


class Ended(Nobody):
    """The login is older than the policy lets one be, or of a day to come."""


def is_configured() -> bool:
    """Whether people log in here: `.streamlit/secrets.toml` has a table `auth`."""
    return st.secrets.load_if_toml_exists() and "auth" in st.secrets


def _reader() -> Scope | None:
    """Whose the running session is; None outside of any. Raises Nobody for who is not let in."""
    if get_script_run_ctx(suppress_warning=True) is None:
        return None
    return _admitted(lambda: st.user)


def reader_of(cookies: Mapping[str, str]) -> Scope:
    """Whose a request with these cookies is, as a page of theirs would be. Raises Nobody."""
    return _admitted(lambda: _signed_in(cookies))


def _admitted(login: Callable[[], Mapping[str, Any]]) -> Scope:
    """login: the claims of a login, asked for where people log in."""
    if settings().public == ONLY:
        return VISITOR
    if not is_configured():
        return local_user()
    claims = login()
    if not claims.get("is_logged_in"):
        if settings().public:
            return VISITOR
        raise Nobody(N_("请先登录"))
    return _of_login(str(claims.get("sub", "")), claims.get("iat"))


def _signed_in(cookies: Mapping[str, str]) -> Mapping[str, Any]:
    """What Streamlit's login has left with a browser; nothing, where it is not signed here or for
    another address, as Streamlit itself holds it for its pages."""
    # Streamlit gives them no public name.
    from streamlit.auth_util import get_origin_from_redirect_uri
    from streamlit.web.server.starlette.starlette_websocket import _get_signed_cookie_with_chunks

    kept = _get_signed_cookie_with_chunks(dict(cookies), LOGIN_COOKIES)
    claims = json.loads(kept) if kept else {}
    return claims if claims.get("origin") == get_origin_from_redirect_uri() else {}


def _of_login(login: str, issued: object) -> Scope:
    _check_age(login, issued)
    with acting(DOOR), db.reading() as connection:
        found = scope_of_login(connection, login)
    if found is None:
        Scope(login, "-").note_refusal("login")
        raise Unknown(N_("登录标识「{login}」还没有角色；请联系市级改革部门登记"), login=login)
    return found


def _check_age(login: str, issued: object) -> None:
    hours = read_policy().login_hours
    ended = Ended(N_("登录已满 {hours} 小时，请重新登录"), hours=f"{hours:g}")
    if not isinstance(issued, int | float):
        raise ended
    age = clock.CLOCK.age((login, issued), issued)
    if age < -SKEW:
        raise Ended(N_("登录的签发时间在将来：服务器的时钟慢了；请管理员校准时钟，然后重新登录"))
    if age > timedelta(hours=hours):
        raise ended


ask_sessions(_reader)


def let_in() -> Scope:
    """The scope of this run of a page; for who is not let in, a page that says so instead."""
    try:
        st.session_state[READER] = scope()
    except Nobody as error:
        st.session_state.pop(READER, None)
        _ask_to_log_in(error)
    return reader()


def reader() -> Scope:
    """The scope with which this run of the page began."""
    return st.session_state[READER]


def _ask_to_log_in(error: Nobody) -> NoReturn:
    st.title(_("下放职权台账"), anchor=False)
    st.info(plain_text(str(error)))
    if isinstance(error, Unknown):
        st.button(_("退出登录"), on_click=st.logout)
    else:
        st.button(_("登录"), type="primary", on_click=st.login)
    st.stop()


def show_reader() -> None:
    """In the side bar: who reads, and the way out."""
    own = reader()
    if settings().public != ONLY and not is_configured():
        st.caption(_("本机单人使用，没有登录"))
        return
    name = _(ROLES[own.role])
    st.caption(f"{name} · {own.district}" if own.district else name)
    if own == VISITOR and is_configured():
        st.button(_("登录"), on_click=st.login, key="log in")
    elif own != VISITOR:
        st.button(_("退出登录"), on_click=st.logout, key="log out")


def later(make: Callable[[], Result]) -> Callable[[], Result]:
    """`make` for a download that is made once its button is pressed, outside of the page's run: on
    behalf of this run's reader, with the role that they have by then."""
    return partial(_made, reader(), make)


def _made(whose: Scope, make: Callable[[], Result]) -> Result:
    with acting(_still(whose)):
        return make()


def _still(whose: Scope) -> Scope:
    if not is_configured() or whose.role == PUBLIC:
        return whose
    with acting(DOOR), db.reading() as connection:
        return scope_of_login(connection, whose.subject) or VISITOR
