"""Filters ⇄ the address: codes go out and come back, what makes no sense is dropped."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import page_world as world
import pytest
from hypothesis import given
from hypothesis import strategies as some
from streamlit.testing.v1 import AppTest

from registry import db
from registry.measures.grouping import Selection
from registry.settings import settings
from registry.ui import filters
from registry.ui.filters import Day, Month, OneOf, SomeOf, Words

CODES = ["a", "b", "c"]
ONE = OneOf("aggregate", lambda *_: CODES, "a")
SOME = SomeOf("district", lambda *_: CODES)
MONTH = Month("from", lambda *_: [202007, 202008], lambda _snapshot: 202008)
EVERY = {
    ONE: some.sampled_from(CODES),
    SOME: some.lists(some.sampled_from(CODES), unique=True, min_size=1),
    MONTH: some.sampled_from([202007, 202008]),
    Day("as_of"): some.dates(date(1990, 1, 1), date(2099, 12, 31)),
    Words("search"): some.text(min_size=1, max_size=100),
}


@given(some.data())
@pytest.mark.parametrize("one", EVERY, ids=lambda one: one.key)
def test_what_is_written_into_the_address_is_read_again(
    one: filters.Filter, data: some.DataObject
) -> None:
    value = data.draw(EVERY[one])
    assert one.admit(one.read(one.write(value)), None, {}) == value


@pytest.mark.parametrize(
    ("one", "text"),
    [
        (ONE, "z"),
        (ONE, ""),
        (MONTH, "2020-13"),
        (MONTH, "七月"),
        (MONTH, "2019-01"),
        (Day("as_of"), "2020-02-30"),
        (Day("as_of"), "1066-10-14"),
    ],
)
def test_what_cannot_be_meant_is_dropped(one: filters.Filter, text: str) -> None:
    assert one.admit(one.read([text]), None, {}) is None


def test_of_several_codes_those_that_exist_stay() -> None:
    assert SOME.admit(SOME.read(["z", "b", "a", "b"]), None, {}) == ["b", "a"]


def test_a_default_is_never_in_the_address_of_a_choice_of_none() -> None:
    assert SOME.write([]) == Day("as_of").write(None) == Words("search").write("") == []


def test_a_unit_can_only_be_chosen_within_the_chosen_districts() -> None:
    within = SomeOf("unit", lambda _s, chosen: [d + "1" for d in chosen["district"]])
    assert within.admit(["a1", "b1"], None, {"district": ["b"]}) == ["b1"]


def test_the_keys_of_an_address_are_plain_and_used_once() -> None:
    keys = [one.key for one in filters.COMMON]
    assert len(set(keys)) == len(keys)
    assert all(key.isascii() and key.replace("_", "").isalpha() for key in keys)


def every_filter() -> None:
    """A page that draws every shared filter and one of its own."""
    import streamlit as st

    from registry import ui
    from registry.ui import filters

    snapshot = ui.begin("所有筛选", filters.Words("search"))
    window = filters.window_slider(snapshot)
    drawn = (filters.district, filters.unit, filters.department, filters.domain, filters.kind)
    for draw in drawn:
        draw(snapshot)
    aggregate, basis, least = filters.aggregate(), filters.basis(), filters.min_cases()
    day = filters.as_of(window)
    st.text_input("搜索", key="search")
    st.button("重置", on_click=filters.reset, key="reset")
    found = (str(window), filters.selection(), aggregate, basis, least, day)
    st.code(repr((*found, filters.value("search"))))
    st.code(ui.address("exercise", unit=None, kind="penalty", power="P1"))
    ui.page_link("exercise", "职权履行率")


@pytest.fixture
def url(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Two districts of two units; July and August 2020 returned."""
    url = world.sqlite_url(tmp_path)
    monkeypatch.setenv("REGISTRY_DATABASE_URL", url)
    settings.cache_clear()
    world.start(url, world.made_up_city(tmp_path / "city"))
    world.report(url, [(unit, month) for unit in (3, 4, 5, 6) for month in (202007, 202008)])
    yield url
    db.engine_for(url).dispose()
    settings.cache_clear()


def open_filters(**query: str | list[str]) -> AppTest:
    page = AppTest.from_function(every_filter, default_timeout=60)
    page.query_params.update({key.rstrip("_"): value for key, value in query.items()})
    return run(page)


def run(touched: Any) -> AppTest:
    """Run the page, or the page of a widget just touched."""
    page = touched.run()
    assert not page.exception, page.exception[0].message
    return page


def test_without_a_choice_every_filter_has_its_default(url: str) -> None:
    assert open_filters().code[0].value == repr(
        ("2020-07..2020-08", Selection(), "union", "decision", 1, date(2020, 8, 31), "")
    )


def test_an_address_sets_every_filter(url: str) -> None:
    page = open_filters(
        from_="2020-08",
        district=["D01", "D02"],
        unit="D012",
        kind="penalty",
        department="乙部门",
        aggregate="mean",
        basis="any",
        k="3",
        as_of="2020-08-15",
        search="占道",
        lang="en",
    )
    chosen = Selection(("D01", "D02"), ("D012",), ("乙部门",), (), ("penalty",))
    assert page.code[0].value == repr(
        ("2020-08..2020-08", chosen, "mean", "any", 3, date(2020, 8, 15), "占道")
    )
    assert page.code[1].value == (
        "./exercise?lang=en&from=2020-08&district=D01&district=D02&department=%E4%B9%99%E9%83%A8"
        "%E9%97%A8&kind=penalty&aggregate=mean&basis=any&k=3&as_of=2020-08-15&power=P1"
    )


def test_a_unit_outside_the_district_newly_chosen_is_let_go(url: str) -> None:
    page = open_filters(unit=["D011", "D021"])
    run(page.multiselect("district").select("D02"))
    assert page.multiselect("unit").value == ["D021"]


def test_the_slider_and_the_months_are_one(url: str) -> None:
    page = open_filters()
    run(page.select_slider("_window").set_range(202008, 202008))
    assert page.code[0].value.startswith("('2020-08..2020-08'")


def test_all_filters_but_the_language_can_be_put_back(url: str) -> None:
    page = open_filters(lang="en", district="D01", k="3", as_of="2020-08-15")
    run(page.button("reset").click())
    assert "Selection(district=(), unit=()" in page.code[0].value
    assert page.code[1].value == "./exercise?lang=en&kind=penalty&power=P1"


def test_new_returns_move_a_window_that_nobody_chose(url: str) -> None:
    page = open_filters()
    world.report(url, [(3, 202009)])
    assert run(page).code[0].value.startswith("('2020-07..2020-09'")
