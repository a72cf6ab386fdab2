"""Pieces of the page of administration: roles, given and taken back; tokens, listed."""

from datetime import datetime

import pandas as pd
import streamlit as st

from registry import db
from registry.access import DEPUTY, DISTRICT, REFORM_OFFICE, ROLES, subject
from registry.catalogue import read_catalogue
from registry.language import N_, _, day_name
from registry.markup import plain_text
from registry.roles import GIVEN, grant_role, revoke_role, roles
from registry.snapshot import Snapshot
from registry.tokens import IMPORT, READ, tokens
from registry.ui.data import names
from registry.ui.forms import Form, form, required, said
from registry.ui.show import long_table
from registry.window import BEIJING

RIGHTS = {IMPORT: N_("报送和读取"), READ: N_("只读取")}
MEANINGS = {
    REFORM_OFFICE: N_("看全部，办全部"),
    DISTRICT: N_("看汇总数和本区的案件、批次、问题；办本区的导入、改正、撤回、意见"),
    DEPUTY: N_("只看汇总数，不看罚款、案号和各单位写的话"),
}


def show_roles(snapshot: Snapshot) -> None:
    """The roles that stand, and a form that takes one back."""
    with db.reading() as connection:
        found = roles(connection)
    st.subheader(_("{count} 个登录标识有角色").format(count=len(found)), anchor=False)
    said("revoke")
    if found.empty:
        st.info(_("还没有登记角色：没有配置登录时，本机单人使用，不需要角色。"))
        return
    district = names(snapshot)["district"]
    table = pd.DataFrame(
        {
            _("角色"): [_(ROLES[role]) for role in found["role"]],
            _("区"): [district.get(code, "—") for code in found["district"]],
            _("登记时间"): [_day(at) for at in found["since"]],
        }
    ).set_axis(pd.Index(found["subject"].map(plain_text), name=_("登录标识")))
    long_table(table, "roles", alt=_("角色"))
    own = Form("revoke")
    with form(own, _("收回角色"), _revoke):
        st.selectbox(
            _("登录标识"),
            found["subject"].tolist(),
            index=None,
            placeholder=_("请选择"),
            key=own.key("subject"),
        )


def _day(instant: str) -> str:
    """An instant in UTC as the day it is in Beijing."""
    return day_name(datetime.fromisoformat(instant).astimezone(BEIJING).date())


def _revoke(own: Form) -> str:
    login = required(own.value("subject"), _("登录标识"))
    with db.writing() as connection:
        revoke_role(connection, login, subject())
    return _("已收回 {login} 的角色，下一次操作起生效").format(login=login)


def grant_form(snapshot: Snapshot) -> None:
    """A login and what it may: it replaces the role that the login has."""
    st.subheader(_("登记角色"), anchor=False)
    said("grant")
    own, district = Form("grant"), names(snapshot)["district"]
    with form(own, _("登记"), _grant):
        st.text_input(
            _("登录标识"),
            max_chars=255,
            key=own.key("subject"),
            help=_("身份提供方给出的 sub；没有角色的人登录后会看到自己的标识。"),
        )
        st.radio(
            _("角色"),
            GIVEN,
            index=None,
            format_func=lambda role: _(ROLES[role]),
            captions=[_(MEANINGS[role]) for role in GIVEN],
            key=own.key("role"),
        )
        st.selectbox(
            _("区"),
            list(district),
            index=None,
            format_func=lambda code: district[code],
            placeholder=_("只用于区司法局"),
            key=own.key("district"),
        )


def _grant(own: Form) -> str:
    login = required(own.text("subject").strip(), _("登录标识"))
    role = required(own.value("role"), _("角色"))
    district = own.text("district") if role == DISTRICT else ""
    with db.writing() as connection:
        grant_role(connection, read_catalogue(connection), login, role, district, subject())
    return _("已登记 {login}，下一次操作起生效").format(login=login)


def show_tokens(snapshot: Snapshot) -> None:
    """Tokens of programs; they are made and revoked by command, since they show only once."""
    with db.reading() as connection:
        found = tokens(connection)
    st.subheader(_("{count} 个程序令牌").format(count=len(found)), anchor=False)
    st.caption(_("令牌用命令登记和撤销：registry token make、registry token revoke。"))
    if found.empty:
        return
    district = names(snapshot)["district"]
    table = pd.DataFrame(
        {
            _("区"): [district.get(code, code) for code in found["district"]],
            _("权限"): [_(RIGHTS[right]) for right in found["right"]],
            _("最后一天"): [day_name(day) for day in found["expires_on"]],
        }
    ).set_axis(pd.Index(found["name"].map(plain_text), name=_("令牌")))
    long_table(table, "tokens", alt=_("程序令牌"))
