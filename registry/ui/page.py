"""The frame of a page: language, address, side bar, title, data."""

from collections.abc import Callable
from typing import NoReturn

import streamlit as st

from registry import db
from registry.access import Refused, Scope
from registry.errors import RegistryError
from registry.language import _, day_name, language
from registry.settings import ROOT
from registry.snapshot import Snapshot
from registry.ui import data, empty, filters, login, navigation, url

ICON = ROOT / "static" / "icon.png"

# Streamlit says lang="en" by itself.
# Its headline figures and links are cut off on a phone instead of going on in the next line.
# Its small print is too pale on the grey of the side bar.
# A style with an angle bracket in it would be dropped whole, so that these are written as codes.
STYLE = """<style>
[data-testid=stMetricValue], [data-testid=stMetricValue] *,
[data-testid=stMetricLabel], [data-testid=stMetricLabel] * {
  white-space: normal !important; overflow: visible !important }
[data-testid=stMainBlockContainer] { max-width: 1180px }
[data-testid=stButtonGroup] [role=radiogroup] { flex-wrap: wrap; row-gap: 4px }
[data-testid=stPageLink] p { white-space: normal !important }
[class*=st-key-links] [data-testid=stPageLink] a {
  border: 1px solid #8c8c8c; padding: .1rem .6rem; background: transparent }
[class*=st-key-links] [data-testid=stPageLink] a * { font-weight: 400 !important }
[data-testid=stTable] :is(td, th) > div { max-width: 36rem !important }
[class*=st-key-list] thead th { min-width: 4em }
[data-testid=stSidebar] [data-testid=stCaptionContainer] { opacity: .8 }
/* On a phone: choices that take two lines are buttons of their own, tables hold more, the words of
   a cell of a rate map fit it. A table that goes on to the right or below fades there until it is
   scrolled to its end. */
@media (max-width: 640px) {
  [data-testid=stButtonGroup] [role=radiogroup] { gap: 4px }
  [data-testid=stButtonGroup] [role=radio] {
    border-radius: .5rem !important; margin: 0 !important }
  [data-testid=stButtonGroup] [role=radio]:not([aria-checked=true]) {
    border: 1px solid rgb(128 128 128 / .5) !important }
  [data-testid=stTable] :is(th, td) { padding: .25rem .35rem !important; min-width: 3.4em }
  [data-testid=stTable] :is(th, td) * { font-size: .8125rem !important }
  [data-testid=stTable]:not([class*=st-key-list] *) :is(th, td, td *, th *) {
    overflow-wrap: anywhere !important; min-width: 0 !important }
  [data-testid=stTable]:not([class*=st-key-list] *):not(:has(th:nth-of-type(6))) :is(th, td) {
    min-width: 4.7em !important }
  .heatmap-label text { font-size: 9px !important }
}
@property --fade { syntax: "\\3c length\\3e "; inherits: false; initial-value: 0px }
@property --sink { syntax: "\\3c length\\3e "; inherits: false; initial-value: 0px }
@keyframes go-on { from, 95% { --fade: 3rem } to { --fade: 0px } }
@keyframes go-down { from, 95% { --sink: 3rem } to { --sink: 0px } }
@media screen {
  @supports (animation-timeline: scroll()) {
    [data-testid=stTable] > div {
      animation: go-on linear, go-down linear;
      animation-timeline: scroll(self inline), scroll(self block);
      mask-image: linear-gradient(to left, transparent, #000 var(--fade)),
        linear-gradient(to top, transparent, #000 var(--sink));
      mask-composite: intersect }
  }
}
/* Of its menu only the theme and Print are of use here. */
[data-testid=stMainMenuItem-recordScreencast], [data-testid=stMainMenuList] + div {
  display: none !important }
/* Streamlit writes white on the dark theme's primary colour, which is too pale for it. */
[data-testid=stMultiSelect] [data-tag] { background: #1f6fa8 !important }
</style>"""
# Streamlit prints its side bar, what can only be clicked, tables as far as they are scrolled and
# the dark theme's white words; a chart keeps its width on the screen. On paper the filters stay,
# since they say what the figures are of, and a chart stays with its heading and its words.
PRINT = """<style>
@page { size: A4; margin: 12mm }
@media print {
  [data-testid=stSidebar], [data-testid=stHeader], [data-testid=stElementToolbar], .modebar,
  [data-testid=stSkipLink], [data-testid=stSlider], [data-testid=stButton],
  [data-testid=stDownloadButton], [data-testid=stFileUploader], [data-testid=stPageLink],
  [data-testid=stLinkButton], [data-testid=stForm],
  [data-testid=stExpander]:not(:has(details[open])), [data-testid=stTooltipIcon],
  [class*=st-key-links] { display: none !important }
  [data-testid=stMain] { zoom: .68 }
  /* the sheet's 703 pixels at this zoom */
  [data-testid=stMainBlockContainer] { padding: 0 !important; max-width: 1033px !important }
  :root { color-scheme: light !important }
  html, body { background: #fff !important }
  [data-testid=stApp], [data-testid=stApp] :not(svg *) {
    background-color: transparent !important; color: #1a1a1a !important;
    --st-background-color: #fff !important }
  [data-testid=stCaptionContainer] { opacity: 1 !important }
  [data-testid=stAlertContainer] { border: 1px solid #8c8c8c }
  .xtick text, .ytick text, .xtitle, .ytitle, .y2title, .legendtext, .cbaxis text,
  .cbtitle text { fill: #1a1a1a !important }
  .legend .bg { fill: none !important }
  [role=radio][aria-checked=true] { font-weight: 700; text-decoration: underline }
  [data-testid=stTable], [data-testid=stTable] *,
  [data-testid=stElementContainer]:has(> [data-testid=stTable]) {
    height: auto !important; overflow: visible !important; position: static !important;
    flex: none !important }
  [class*=st-key-list] td, [class*=st-key-list] th { min-width: 0 !important }
  table { display: table !important; width: 100% }  /* in a line it would not break */
  [data-testid=stPlotlyChart], [data-testid=stMetric], svg, thead, tr { break-inside: avoid }
  h1, h2, h3, h4, [data-testid=stElementContainer]:has(h2, h3) { break-after: avoid }
}
</style>"""
# An empty date box asks for yyyy-mm-dd in every language; here for 年-月-日. How to end a text
# field is said in English only, as are the theme switch and Print.
CHINESE_WORDS = """<style>
[data-testid^=stMainMenuItem-theme], [data-testid=stMainMenuItemLabel] { font-size: 0 !important }
[data-testid^=stMainMenuItem-theme]::after,
[data-testid=stMainMenuItemLabel]::after { font-size: .875rem }
[data-testid=stMainMenuItem-theme-System]::after { content: "\\7cfb\\7edf" }
[data-testid=stMainMenuItem-theme-Light]::after { content: "\\6d45\\8272" }
[data-testid=stMainMenuItem-theme-Dark]::after { content: "\\6df1\\8272" }
[data-testid=stMainMenuItem-print] [data-testid=stMainMenuItemLabel]::after {
  content: "\\6253\\5370" }
[data-testid=InputInstructions] { display: none !important }
[data-testid=stDateInput] [data-placeholder=true] { font-size: 0 }
[data-testid=stDateInput] [data-placeholder=true]::after { font-size: .875rem }
[data-testid=stDateInput] [data-placeholder=true][data-type=year]::after { content: "\\5e74" }
[data-testid=stDateInput] [data-placeholder=true][data-type=month]::after { content: "\\6708" }
[data-testid=stDateInput] [data-placeholder=true][data-type=day]::after { content: "\\65e5" }
</style>"""
# A Chinese font has quotation marks and apostrophes as wide as a character, and narrow ones too.
ENGLISH_MARKS = "<style>:root { font-variant-east-asian: proportional-width }</style>"
# Streamlit opens every link of a table in a new tab, where Back cannot lead to the list it was in.
# A new address and the browser's word for it are what its own Back and Forward answer to.
LINKS = """
if (!window.registryLinks) {
  window.registryLinks = true
  document.addEventListener('click', event => {
    const link = event.target.closest?.('[data-testid=stTable] a[href^="./"]')
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return
    event.preventDefault()
    history.pushState(null, '', link.href)
    dispatchEvent(new PopStateEvent('popstate', { state: null }))
    document.querySelector('[data-testid=stMain]')?.scrollTo(0, 0)
  }, true)
}
"""
HTML_LANGUAGE = {"zh": "zh-CN", "en": "en"}


def begin(
    title: str, *own: filters.Filter, needs: Callable[[Scope], None] = lambda reader: None
) -> Snapshot:
    """Set the page up and give its data; without a register, say what to do and stop.

    title: what the page is called, translated. own: filters that only this page has. needs: raises
    Refused for a reader who is not to see the page.
    """
    navigation.settle_language()
    st.session_state[filters.DRAWN] = set()
    st.set_page_config(
        page_title=_("{title} · 下放职权台账").format(title=title), page_icon=ICON, layout="wide"
    )
    _write_head()
    reader = login.let_in()
    st.title(title, anchor=False)
    try:
        needs(reader)
    except Refused as error:
        _begin_without_register(error)
    try:
        snapshot = data.current_snapshot(url.decided(filters.KNOWN_ON))
    except RegistryError as error:
        _begin_without_register(error)
    if not len(snapshot.catalogue.units):
        _begin_without_register(None)
    filters.synchronise((*filters.COMMON, *own), snapshot)
    _side_bar(snapshot)
    _banner(snapshot)
    _say_when(snapshot)
    return snapshot


def _begin_without_register(error: RegistryError | None) -> NoReturn:
    filters.synchronise((filters.LANGUAGE,), None)
    _side_bar(None)
    if error is None or (not isinstance(error, Refused) and db.is_empty()):
        empty.no_register()
    empty.stop(str(error))


def _write_head() -> None:
    spoken = HTML_LANGUAGE[language()]
    script = f'<script>document.documentElement.lang = "{spoken}"\n{LINKS}</script>'
    style = STYLE + PRINT + (CHINESE_WORDS if language() == "zh" else ENGLISH_MARKS)
    st.html(style + script, unsafe_allow_javascript=True)


def _side_bar(snapshot: Snapshot | None) -> None:
    st.logo(ICON, size="large")
    with st.sidebar:
        st.markdown(_("**下放职权台账**"))
        navigation.side_bar_links()
        st.divider()
        filters.choose_language()
        login.show_reader()
        if snapshot is not None:
            st.caption(_revision_text(snapshot))


def _revision_text(snapshot: Snapshot) -> str:
    text = _("数据版本 {revision}").format(revision=snapshot.revision)
    at = data.changed_at(snapshot)
    if at is None:
        return text
    moment = _("记录于 {day} {time}").format(day=day_name(at.date()), time=f"{at:%H:%M}")
    return f"{text} · {moment}"


def _say_when(snapshot: Snapshot) -> None:
    """A past state of knowledge is never taken for today's."""
    if snapshot.known is None:
        return
    at = data.changed_at(snapshot)
    moment = "" if at is None else f"{day_name(at.date())} {at:%H:%M}"
    st.info(
        _(
            "按当时所知：只用到 {moment} 为止记录的（行为 {act}）；此后的报送和更正不在其中。"
        ).format(moment=moment, act=snapshot.known)
    )
    st.button(_("改看现在所知的"), on_click=filters.put, kwargs={filters.KNOWN_ON.key: ""})


def _banner(snapshot: Snapshot) -> None:
    if not snapshot.synthetic:
        return
    if snapshot.synthetic == snapshot.batches:
        st.warning(_("演示数据：案件均为合成，不是真实执法记录"))
    else:
        st.warning(_("混有合成数据：部分案件为合成，不是真实执法记录"))
