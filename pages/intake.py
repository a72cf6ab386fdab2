"""Intake: bring a usage log in, see what is wrong with it, mend it, take it back."""

import streamlit as st

from registry import ui
from registry.access import Scope
from registry.ui import (
    _,
    filters,
    intake_file,
    intake_forms,
    intake_history,
    intake_jobs,
    intake_report,
    intake_words,
)

snapshot = ui.begin(
    _("台账导入"), *intake_jobs.FILTERS, *intake_history.FILTERS, needs=Scope.check_cases
)
intake_words.overlay_english()
st.write(_("导入各区的执法台账，逐行看清问题并改正；结果可以撤回。"))
intake_words.said()

st.subheader(_("一、发给各区：空白台账和催报清单"), anchor=False)
districts = filters.district(snapshot)
with st.container(horizontal=True):
    intake_forms.blank_log_button(snapshot, districts)
    intake_forms.chase_list_link(districts)
st.caption(intake_forms.owed_text(snapshot, districts))

st.subheader(_("二、上传台账或改好的问题工作簿"), anchor=False)
upload = intake_file.take_upload()
order = intake_file.take_order(snapshot, upload) if upload else None

st.subheader(_("三、试运行，看过结果再导入"), anchor=False)
if order:
    intake_jobs.offer(order, snapshot)
elif not upload:
    st.caption(_("上传文件并核对申报之后，在这里试运行；试运行不存入任何内容。"))
if done := intake_jobs.show_job():
    batch = intake_history.batches(snapshot).get(done.report.batch or 0)
    intake_report.show_report(done, order, batch, snapshot)
intake_jobs.recent_jobs()

st.subheader(_("四、已导入的批次"), anchor=False)
if chosen := intake_history.show_history(snapshot):
    intake_history.manage(chosen)
