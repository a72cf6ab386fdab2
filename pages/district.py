"""One district, or one unit of it, on one screen; the same on two pages of paper."""

import streamlit as st

from registry import db, share_charts, ui
from registry.brief import content
from registry.brief.files import read_remarks
from registry.errors import RegistryError
from registry.language import language
from registry.profile import Place, read_city, read_profile
from registry.snapshot import Snapshot
from registry.ui import _, filters
from registry.window import Window

Told = tuple[dict[str, str], str, list[content.Section]]


def remarks_of(data: Snapshot, district: str) -> list[content.Remark]:
    with db.reading() as connection:
        return read_remarks(connection, district, data.known)


def told_of(data: Snapshot, place: Place, months: Window, of: str) -> Told:
    """What the page says, in the words of the brief. The city's side is the same for every place.

    Raises RegistryError where the place held no power in these months.
    """
    profile = read_profile(data, place, months, city=ui.shared(read_city, data, months))
    remarks = ui.cached(remarks_of, data, of)
    sections = list(content.sections(profile, names, remarks, data.policy))
    return content.headline(profile), content.stand(profile, data), sections


snapshot = ui.begin(_("一区一页"))
st.write(_("走访前两分钟：一个区（或街道、乡镇）的职权用得怎样、人手、审核、需求和该问的话。"))
names = {**ui.names(snapshot), "topic": snapshot.catalogue.names("topic", language())}
window = filters.window(snapshot)
left, right = st.columns(2)
with left:
    districts = filters.district(snapshot)
with right:
    units = filters.unit(snapshot)
if snapshot.last_returned is None:
    ui.empty.no_returns()
if len(units) != 1 and len(districts) != 1:
    st.info(_("请选一个区；再选一个街道、乡镇就看它自己的一页。"))
    ui.drill_here("district", (), names, _("选一个区："))
    st.stop()

place = Place(units[0], "unit") if len(units) == 1 else Place(districts[0], "district")
known = snapshot.catalogue.units.set_index("code")
district = known.loc[place.code, "district_code"]
try:
    figures, stand, sections = ui.cached(told_of, snapshot, place, window, district)
except RegistryError as error:
    ui.stop(str(error))

st.subheader(names[place.dimension][place.code], anchor=False)
ui.headline(figures)
st.caption(stand)
ui.format_links(
    "brief",
    _("下载简报 {format}"),
    ("html", "docx", "xlsx"),
    place=place.code,
    **ui.from_to(window),
)
st.caption(_("简报两页 A4，点下后需几秒写成。"))

for section in sections:
    st.subheader(section.title, anchor=False)
    for text in filter(None, section.sentences):
        st.text(text)
    if section.bars:
        shown = share_charts.bars_chart(section.bars)
        ui.plot(shown.figure, section.title, section.title)
        st.caption(shown.reading)
    if section.table is not None and len(section.table):
        st.table(section.table.set_index(section.table.columns[0]))

for caveat in content.caveats(snapshot):
    st.caption(caveat)
ui.page_link("exercise", _("看履行率的街道、乡镇和逐项职权"))
