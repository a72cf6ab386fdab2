"""The demo on paper and on pages, in both languages: no empty section, nothing that is `nan`."""

import pickle
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from urllib.parse import urlencode

import plotly.graph_objects as go
import pytest
from live_site import CHROMIUM, Reader, chromium, refuse, serious_findings, serving
from streamlit.testing.v1 import AppTest
from test_pages import CJK, charts_of, words

from registry import db
from registry.brief.content import write_brief
from registry.brief.files import all_names, brief_of
from registry.brief.html import page as html
from registry.brief.html import write_html
from registry.export import describe_nature
from registry.language import speaking
from registry.profile import Place, read_profile
from registry.remarks import Remark
from registry.settings import ROOT, settings
from registry.snapshot import read_snapshot
from registry.ui import data
from registry.window import today_in_beijing

pytestmark = pytest.mark.slow
ADDRESS = re.compile(r"https?:|://|www\.|url\(|src=")
NAN = re.compile(r"\bnan\b", re.IGNORECASE)


@contextmanager
def reading(path) -> Iterator:
    engine = db.engine_for(f"sqlite:///{path}")
    with db.reading(engine) as connection:
        yield connection
    engine.dispose()


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_brief_of_each_district_says_something_in_each_section(demo_database, language):
    with reading(demo_database) as connection, speaking(language):
        snapshot = read_snapshot(connection)
        units = snapshot.catalogue.units
        districts = units.loc[units["unit_kind"].eq("district"), "code"].tolist()
        window = snapshot.last_12_months(today_in_beijing())
        briefs = {code: brief_of(connection, snapshot, code, window) for code in districts}
    assert len(briefs) == 16
    for code, brief in briefs.items():
        assert len(brief.sections) == 9, code
        for section in brief.sections:
            assert section.title
            assert all(text.strip() for text in section.sentences if text), (code, section.title)
            assert any(section.sentences), (code, section.title)
        text = html(brief)
        assert not ADDRESS.search(text), code
        assert not NAN.search(text), code
        assert "{" not in " ".join(t for s in brief.sections for t in s.sentences), code


VIEWS = {
    "staffing": {},
    "review": {"district": "110105", "what_if": "yes"},
    "district": {"district": "110101"},
    "powers": {"power": "UM153"},
    "methods": {},
}
SHEETS = re.compile(rb"/Type\s*/Page\b")
CUT_OFF = """all => all.filter(e => e.scrollWidth > e.clientWidth + 1 && e.clientWidth > 0
  && getComputedStyle(e).overflowX === 'hidden').map(e => e.textContent)"""


@pytest.fixture
def demo_pages(demo_database, monkeypatch):
    monkeypatch.setenv("REGISTRY_DATABASE_URL", f"sqlite:///{demo_database}")
    settings.cache_clear()
    yield
    db.engine_for(f"sqlite:///{demo_database}").dispose()
    settings.cache_clear()


def tables_of(page: AppTest) -> str:
    return "\n".join(table.value.to_csv() for table in page.table)


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("name", VIEWS)
def test_a_page_of_the_demo_has_no_nan_and_speaks_one_language(demo_pages, name, language):
    page = AppTest.from_file(str(ROOT / "pages" / f"{name}.py"), default_timeout=120)
    for key, value in (VIEWS[name] | {"lang": language}).items():
        page.query_params[key] = value
    page.run()
    assert not page.exception, page.exception[0].message
    text = words(page) + tables_of(page)
    assert not NAN.search(text)
    headings = "\n".join(e.value for kind in ("title", "subheader") for e in page.get(kind))
    assert bool(CJK.search(headings)) == (language == "zh"), headings


DRAWN = VIEWS | {"overview": {}, "exercise": {}, "adjustment": {}, "intake": {}}


def test_plotly_accepts_every_figure_of_every_page(demo_pages):
    """Pages hand them over unchecked."""
    drawn = {}
    for name, filters in DRAWN.items():
        page = AppTest.from_file(str(ROOT / "pages" / f"{name}.py"), default_timeout=120)
        page.query_params.update(filters)
        figures = charts_of(page.run())
        for figure in figures:
            assert go.Figure(figure).data, name
        drawn[name] = len(figures)
    assert drawn == {
        "staffing": 3,
        "review": 3,
        "district": 2,
        "powers": 2,
        "methods": 1,
        "overview": 4,
        "exercise": 2,
        "adjustment": 1,
        "intake": 0,
    }


SHARED = [
    ("district", {"district": "110105"}),
    ("adjustment", {}),
    ("adjustment", {"district": "110105"}),
    ("adjustment", {"district": "110105", "power": "UM001"}),
]


def test_no_page_alters_what_others_are_handed_too(demo_pages, monkeypatch):
    handed, share = {}, data._shared

    def watched(key, compute):
        found = share(key, compute)
        handed.setdefault(key, (found, pickle.dumps(found)))
        return found

    monkeypatch.setattr(data, "_shared", watched)
    for name, filters in SHARED * 2:
        page = AppTest.from_file(str(ROOT / "pages" / f"{name}.py"), default_timeout=120)
        page.query_params.update(filters)
        assert not page.run().exception
    assert len(handed) >= len(SHARED)
    for key, (found, before) in handed.items():
        assert pickle.dumps(found) == before, key[:80]


def test_offices_are_simulated_for_who_asks(demo_pages):
    page = AppTest.from_file(str(ROOT / "pages" / "review.py"), default_timeout=120)
    page.query_params["district"] = "110105"
    headings = [heading.value for heading in page.run().subheader]
    assert not any(heading.startswith("再下放 30 项职权") for heading in headings)
    page.query_params["what_if"] = "yes"
    asked = [heading.value for heading in page.run().subheader]
    assert any(heading.startswith("再下放 30 项职权") for heading in asked)
    assert [heading for heading in asked if heading in headings] == headings


# In a browser


@pytest.fixture(scope="module")
def browser():
    if not CHROMIUM.exists():
        refuse(f"{CHROMIUM} is missing")
    with chromium() as started:
        yield started


@pytest.fixture(scope="module")
def site(demo_database, tmp_path_factory):
    with serving(f"sqlite:///{demo_database}", tmp_path_factory.mktemp("site")) as address:
        yield address


@pytest.mark.parametrize("width", [1400, 400])
@pytest.mark.parametrize(("language", "scheme"), [("zh", "light"), ("en", "dark")])
@pytest.mark.parametrize("name", VIEWS)
def test_a_page_of_the_demo_is_whole_in_a_browser(browser, site, name, language, scheme, width):
    reader = Reader(browser, width, scheme)
    query = urlencode(VIEWS[name] | {"lang": language})
    page = reader.visit(f"{site}{name}?{query}")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.locator("[data-testid=stMetricValue] *").evaluate_all(CUT_OFF) == []
    assert serious_findings(page) == []
    reader.close()


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_districts_brief_is_two_sheets_of_a4_however_much_it_says(
    demo_database, browser, tmp_path, language
):
    remarks = [Remark(date(2023, 7, 1), "系统切换，部分案件补报。" * 250)] * 3
    with reading(demo_database) as connection, speaking(language):
        snapshot = read_snapshot(connection)
        window = snapshot.last_12_months(today_in_beijing())
        names, notice = all_names(snapshot), describe_nature(snapshot)
        for code in snapshot.catalogue.names("district"):
            profile = read_profile(snapshot, Place(code, "district"), window)
            brief = write_brief(profile, names, snapshot, remarks, notice)
            write_html(tmp_path / f"{code}.html", brief)
    assert len([*tmp_path.glob("*.html")]) == 16
    for path in sorted(tmp_path.glob("*.html")):
        sheet = browser.new_page()
        sheet.goto(path.as_uri())
        assert len(SHEETS.findall(sheet.pdf(prefer_css_page_size=True))) == 2, path.name
        sheet.close()
