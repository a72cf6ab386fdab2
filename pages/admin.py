"""Administration: who may see and do what. For the reform office."""

import streamlit as st

from registry import ui
from registry.access import Scope
from registry.ui import _, admin_forms


def for_the_reform_office(reader: Scope) -> None:
    reader.check("role")


snapshot = ui.begin(_("管理"), needs=for_the_reform_office)
st.write(_("谁能看什么、办什么：按登录标识登记角色，不记姓名；每次登记和收回都记入账册。"))
admin_forms.show_roles(snapshot)
admin_forms.grant_form(snapshot)
admin_forms.show_tokens(snapshot)
