"""The dashboard: which pages there are. Run by `registry serve`."""

import streamlit as st

from registry.ui import _

pages = [st.Page("pages/overview.py", title=_("总览"), url_path="overview", default=True)]
st.navigation(pages).run()
