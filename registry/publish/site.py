"""An edition → the folder of the site: pages in every language, data, style, description.

The same data give the same bytes: nothing here reads a clock. What is read, is read by the rules
for the public.
"""

from collections.abc import Iterator, Sequence
from datetime import date
from html import escape

from sqlalchemy.engine import Connection

from registry.brief.files import all_names
from registry.language import LANGUAGES, N_, _, day_name, speaking
from registry.publish import districts, html, package, powers, uses
from registry.publish.data_page import data_page
from registry.publish.edition import Edition, read_edition
from registry.publish.exercise import exercise_page
from registry.publish.html import Frame, Page
from registry.publish.material import Material
from registry.publish.methods import methods_page
from registry.publish.overview import overview_page
from registry.publish.package import Content
from registry.publish.staffing import staffing_page
from registry.publish.style import STYLE
from registry.publish.tables import Table, read_tables
from registry.wording import sentences, window_text

PUBLICATION = "publication.json"
"""Tells a folder of ours, and lists what belongs to it."""


def site_files(connection: Connection, today: date, freeze: str = "") -> Iterator[Content]:
    """Every file of the site; raises RegistryError where there is nothing to publish."""
    edition = read_edition(connection, today, freeze)
    paths = []
    for file in _files(edition):
        paths.append(file.path)
        yield file
    yield Content(PUBLICATION, package.as_json(_publication(edition, paths)))


def _publication(edition: Edition, paths: Sequence[str]) -> dict[str, object]:
    return {
        "publication": 1,
        "freeze": edition.freeze,
        "months": str(edition.window),
        "revision": edition.snapshot.revision,
        "head": edition.snapshot.head,
        "files": sorted(paths),
    }


def _files(edition: Edition) -> Iterator[Content]:
    tables = read_tables(edition)
    found = uses.read_uses(edition)
    for shared in (uses.use_by_month(found), uses.states_of_units(found)):
        tables[shared.name] = shared
    units = tables["rates_by_unit_and_department"].frame
    places = list(districts.read_districts(edition, units))
    items = list(uses.read_powers(edition, found))
    every = [*tables.values(), *(one.table for one in places), *(one.table for one in items)]
    yield from _data(edition, every)
    yield Content("style.css", STYLE.encode())
    yield Content("index.html", _front_page(edition).encode())
    for code in LANGUAGES:
        with speaking(code):
            material = Material(edition, tables, all_names(edition.snapshot))
            frame = _frame(edition)
            for page in _pages(material, places, items):
                text = html.whole_page(page, frame)
                yield Content(f"{code}/{page.path}.html", text.encode())


def _data(edition: Edition, tables: Sequence[Table]) -> Iterator[Content]:
    written = list(package.data_files(edition, tables))
    yield from (file for _table, file in written)
    for family in package.FAMILIES:
        first = next((t for t in tables if t.name.startswith(f"{family}/")), None)
        if first is not None:
            schema = package.schema_of(package.written_frame(edition, first))
            yield Content(package.SCHEMAS.format(family=family), package.as_json(schema))
    yield Content("datapackage.json", package.as_json(package.descriptor(edition, written)))


def _pages(
    material: Material, places: Sequence[districts.District], items: Sequence[uses.Power]
) -> Iterator[Page]:
    yield overview_page(material)
    yield exercise_page(material)
    yield staffing_page(material)
    yield districts.list_page(material, places)
    yield from (districts.district_page(material, place) for place in places)
    yield powers.list_page(material)
    yield from (powers.power_page(material, item) for item in items)
    yield methods_page(material)
    yield data_page(material)


def _frame(edition: Edition) -> Frame:
    """What every page says: what the data are, of when, as known when, how to compute it again."""
    snapshot = edition.snapshot
    known = _(
        "期间 {window}；截至 {day}；按 {moment} 为止所记录的（行为 {act}），此后的报送不在其中。"
    ).format(
        window=window_text(edition.window),
        day=day_name(edition.as_of),
        moment=_moment(edition),
        act=snapshot.revision,
    )
    round_name = _("冻结：{name}。").format(name=edition.freeze) if edition.freeze else ""
    foot = (
        _("下放职权台账 · 数据版本 {revision} · 账册头 {head}").format(
            revision=snapshot.revision, head=snapshot.head
        ),
        _("每个数都可以重算：registry recompute 引用编号；口径和不公开的内容见「方法与口径」。"),
    )
    return Frame(_notices(edition), sentences(*filter(None, (known, round_name))), foot)


def _moment(edition: Edition) -> str:
    if edition.at is None:
        return ""
    return f"{day_name(edition.at.date())} {edition.at:%H:%M}"


NATURE = {
    True: N_("演示数据：案件均为合成，不是真实执法记录"),
    False: N_("混有合成数据：部分案件为合成，不是真实执法记录"),
}


def _notices(edition: Edition) -> tuple[str, ...]:
    snapshot = edition.snapshot
    if not snapshot.synthetic:
        return ()
    return (_(NATURE[snapshot.synthetic == snapshot.batches]),)


def _front_page(edition: Edition) -> str:
    """One link a language: nothing is fetched or run to choose one."""
    names, parts = [], []
    for code in LANGUAGES:
        with speaking(code):
            name = escape(_("下放职权台账"))
            names.append((html.CODES[code], name))
            parts.append(_front_part(edition, code, name))
    title = " · ".join(name for _code, name in names)
    heads = " · ".join(f'<span lang="{code}">{name}</span>' for code, name in names)
    return (
        f'<!doctype html>\n<html lang="{names[0][0]}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<title>{title}</title><link rel="icon" href="data:,">'
        '<link rel="stylesheet" href="style.css"></head>\n'
        f"<body><main><h1>{heads}</h1>{''.join(parts)}</main></body></html>\n"
    )


def _front_part(edition: Edition, code: str, name: str) -> str:
    """What is published, in one language, and the way in."""
    notices = "".join(html.paragraph(text, "notice") for text in _notices(edition))
    way = html.link(f"{code}/index.html", html.own_name(code))
    return (
        f'<section lang="{html.CODES[code]}"><h2>{name}</h2>{notices}'
        f"{html.paragraph(_frame(edition).stand)}<p>{way}</p></section>"
    )
