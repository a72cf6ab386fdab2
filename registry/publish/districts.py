"""The list of districts, and a page a district: what the page and the brief of it say, with the
rates of its units."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import pandas as pd

from registry import card_wording, heat_maps, wording
from registry.brief import content
from registry.brief.document import Bars, Section
from registry.language import _
from registry.profile import Place, Profile, profile_figures, read_city, read_profile
from registry.publish import html
from registry.publish.bars import Bar, draw_bars
from registry.publish.edition import Edition
from registry.publish.html import Page
from registry.publish.material import Material, rate_grid, table_and_files
from registry.publish.tables import RESTS_ON_FINES, Table, file_name, without_fines
from registry.returns import USAGE_LOG

ROOT = "../../"
BARS_REST_ON = {0: USAGE_LOG, 1: "staffing"}
"""Section of `_sections` → the returns that its bars are of."""


@dataclass(frozen=True)
class District:
    """profile: without what rests on fines; units: rates by unit and department."""

    code: str
    profile: Profile
    units: pd.DataFrame

    @property
    def path(self) -> str:
        return f"district/{file_name(self.code)}"

    @property
    def table(self) -> Table:
        """All its figures in one file: those of the place, then the rates of its units."""
        own = profile_figures(self.profile)
        units = self.units.assign(figure="exercise_rate")
        columns = ["figure", "unit", "department", "origin", *card_wording.RESULTS]
        frame = pd.concat([own, units], ignore_index=True).reindex(columns=columns)
        texts = {name: frame[name].fillna("") for name in columns[:4]}
        return Table(self.path, frame.assign(**texts), self.profile.window)


def read_districts(edition: Edition, units: pd.DataFrame) -> Iterator[District]:
    """Every district that held a power. units: rates by unit and department of the whole city."""
    snapshot, window = edition.snapshot, edition.window
    city = read_city(snapshot, window)
    owner = snapshot.catalogue.units.set_index("code")["district_code"]
    for code, own in units.groupby(units["unit"].map(owner), sort=False):
        profile = read_profile(snapshot, Place(str(code), "district"), window, city=city)
        yield District(str(code), _public(profile), own.reset_index(drop=True))


def _public(profile: Profile) -> Profile:
    gaming = profile.gaming[~profile.gaming["measure"].isin(RESTS_ON_FINES)]
    return replace(profile, procedure=without_fines(profile.procedure), gaming=gaming)


def list_page(material: Material, districts: Sequence[District]) -> Page:
    """Every district with its headline, in the order of the register."""
    names = material.names["district"]
    rows = {names[one.code]: content.headline(one.profile) for one in districts}
    told = pd.DataFrame.from_dict(rows, orient="index").rename_axis(_("区"))
    returns = material.frame("completeness_by_district").set_index("district")
    shares = [wording.share_text(returns.loc[one.code]) for one in districts]
    told = told.assign(**{_("报送完整度"): shares})
    addresses = [f"{one.path}.html" for one in districts]
    grey = [wording.is_thin(one.profile.rate["completeness"]) for one in districts]
    text = _("按行政区划的顺序，不是排名；斜体灰字的区报送不足 {limit}，不宜比较。")
    body = (
        html.paragraph(text.format(limit=wording.limit_text()))
        + html.table(told, _("各区"), addresses, grey)
        + html.paragraph(material.basis, "reading")
        + html.folded(_("数据文件"), _list_files(material))
    )
    return Page("districts", _("各区"), body, "districts")


def _list_files(material: Material) -> str:
    names = ("rates_by_district", "balance_rates_by_district", "front_line_by_district")
    return "".join(material.files("../", name) for name in names)


def district_page(material: Material, district: District) -> Page:
    name, profile = material.names["district"][district.code], district.profile
    shown = (
        _section(section, _is_thin(place, profile), district.path)
        for place, section in enumerate(_sections(material, profile))
    )
    body = (
        html.headline(content.headline(profile))
        + html.paragraph(content.stand(profile, material.edition.snapshot), "reading")
        + html.files_line(ROOT, district.path)
        + "".join(shown)
        + _units(material, district)
        + "".join(html.paragraph(text, "reading") for text in _caveats(material))
    )
    return Page(district.path, name, body, "districts")


def _caveats(material: Material) -> Sequence[str]:
    return content.caveats(material.edition.snapshot)


def _sections(material: Material, profile: Profile) -> tuple[Section, ...]:
    """Those of the page and the brief, without what people wrote."""
    names, policy = material.names, material.edition.snapshot.policy
    return (
        content.use_section(profile, names),
        content.staffing_section(profile),
        content.review_section(profile, policy),
        content.procedure_section(profile),
        content.demand_section(profile, names, policy),
        content.gaps_section(profile, names),
        content.signs_section(profile, policy),
        content.questions_section(profile, names, policy),
    )


def _is_thin(place: int, profile: Profile) -> bool:
    """Whether too little was returned for a section's bars; place: of the section."""
    returns = BARS_REST_ON.get(place)
    return returns in profile.covered.index and wording.is_thin(
        profile.covered.at[returns, "value"]
    )


def _section(section: Section, thin: bool, file: str) -> str:
    texts = "".join(html.paragraph(text) for text in section.sentences if text)
    bars = _bars(section.bars, thin) + html.files_line(ROOT, file) if section.bars else ""
    told = ""
    if section.table is not None and len(section.table):
        first = section.table.columns[0]
        told = html.table(section.table.set_index(first), section.title)
    return f"<section>{html.heading(section.title)}{texts}{bars}{told}</section>"


def _bars(bars: Bars, thin: bool) -> str:
    """The mark across a bar is the city's; its figures stand in the table."""
    rows = [
        Bar(label, float(value), text, thin, float(mark))
        for label, value, text, mark in zip(
            bars.labels, bars.values, bars.says, bars.marks, strict=True
        )
    ]
    columns: Mapping[str, Sequence[str]] = {bars.title: bars.says, _("全市"): bars.mark_says}
    told = pd.DataFrame(columns, index=pd.Index(bars.labels, name=_("指标")))
    hatched = _("斜纹表示报送不足。") if thin else ""
    reading = wording.sentences(*filter(None, (bars.reading, bars.note, hatched)))
    drawn = draw_bars(bars.title, rows, bars.title) if rows else ""
    figure = f"<figure>{drawn}</figure>{html.paragraph(reading, 'reading')}"
    return figure + html.folded(_("数据表"), html.table(told, bars.title))


def _units(material: Material, district: District) -> str:
    """The district's units by source department."""
    rates = district.units
    finding = _units_finding(rates)
    shown = heat_maps.rate_map(rates, "unit", "department", material.names)
    drawn = rate_grid(finding, rates, "unit", "department", material.names)
    files = material.files(ROOT, "rates_by_unit_and_department")
    below = table_and_files(shown.table, _("数据表"), files)
    returns = material.frame("completeness_by_district")
    own = returns[returns["district"].eq(district.code)]
    basis = wording.basis_text(material.edition.window, own)
    return html.figure(finding, drawn, (shown.reading, basis), below)


def _units_finding(rates: pd.DataFrame) -> str:
    """How many units exercised any power, of those that returned anything."""
    known = rates[rates["value"].notna()]
    used = known.loc[known["numerator"].gt(0), "unit"].nunique()
    return _("有报送的 {count} 个街道、乡镇中，{used} 个行使过职权").format(
        count=known["unit"].nunique(), used=used
    )
