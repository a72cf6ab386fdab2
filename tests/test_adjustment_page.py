"""The page on adjustment: flags, the quadrants, other limits, a dossier."""

from collections.abc import Iterator
from pathlib import Path

import page_world as world
import pytest
from streamlit.testing.v1 import AppTest
from test_pages import CJK, charts_of, open_page, words

from registry import db
from registry.settings import ROOT, settings

ADJUSTMENT = ROOT / "pages" / "adjustment.py"
YEAR = [202101 + n for n in range(12)]
UNITS = (3, 4, 5, 6)


@pytest.fixture
def city(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Two districts of two units, four powers, 2021 returned whole; one unit used the first."""
    url = world.sqlite_url(tmp_path)
    monkeypatch.setenv("REGISTRY_DATABASE_URL", url)
    settings.cache_clear()
    world.start(url, world.made_up_city(tmp_path / "city"))
    covered = [(unit, month) for unit in UNITS for month in YEAR]
    world.report(url, covered, [(202103, 3, 1, 2)])
    yield url
    db.engine_for(url).dispose()
    settings.cache_clear()


def flags_of(page: AppTest) -> dict[str, str]:
    table = page.table[0].value
    return dict(zip(table["职权"], table["建议"], strict=True))


def test_powers_that_nobody_uses_or_asks_for_are_flagged(city: str) -> None:
    page = open_page(ADJUSTMENT)
    assert page.subheader[0].value == "建议：收回 3 项"
    assert flags_of(page) == {"职权1": "收回", "职权2": "收回", "职权3": "收回"}
    assert "power=P1" in page.table[0].value.index[0]
    assert page.table[0].value["稳定度"].tolist() == ["100\xa0%"] * 3


def test_a_day_in_the_address_moves_the_months_looked_at(city: str) -> None:
    assert "期间 2021年1月至2021年12月" in words(open_page(ADJUSTMENT))
    page = open_page(ADJUSTMENT, as_of="2021-12-15")
    assert "期间 2020年12月至2021年11月" in words(page)
    assert page.expander[0].label.startswith("另有 3 项本会建议收回")
    assert page.table[0].value["依据"].tolist() == ["无人使用也无投诉"] * 3


def test_a_district_and_a_department_narrow_the_list(city: str) -> None:
    page = open_page(ADJUSTMENT, district="D02")
    assert len(page.table[0].value) == 4
    assert set(page.table[0].value["区"]) == {"2号区"}
    assert set(flags_of(open_page(ADJUSTMENT, department="乙部门"))) == {"职权1", "职权3"}


def test_sliders_start_at_the_policy_and_list_what_they_change(city: str) -> None:
    page = open_page(ADJUSTMENT)
    assert "滑块都在政策的限额上。" in words(page)
    assert page.slider(key="try uneven").value == 2.0
    page.slider(key="try uneven").set_value(3.0).run()
    assert not page.exception
    assert "与政策的限额相比，0 项建议不同。" in words(page)


def test_limits_that_do_not_fit_together_are_explained(city: str) -> None:
    page = open_page(ADJUSTMENT)
    page.slider(key="try demand_high").set_value(0.1).run()
    assert not page.exception
    assert "demand\\_high" in page.info[-1].value


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_dossier_shows_all_evidence_of_one_power(city: str, language: str) -> None:
    page = open_page(ADJUSTMENT, power="P0", lang=language)
    criteria, evidence = (table.value for table in page.table[:2])
    assert len(criteria) == 4
    assert len(evidence) == 14
    assert not charts_of(page)
    if language == "zh":
        assert evidence.loc["职权覆盖面", "数值"] == "25.0\xa0% (1/4)"
        assert criteria.loc["执法频次", "档次"] == "高"
    else:
        text = words(page).replace("职权0", "")
        assert not CJK.search(text), text


def test_a_dossier_of_a_district_is_its_own(city: str) -> None:
    page = open_page(ADJUSTMENT, power="P0", district="D02")
    assert page.table[1].value.loc["职权覆盖面", "数值"] == "0.0\xa0% (0/2)"
    assert "收回" in words(page)


def test_a_code_that_is_not_held_opens_the_list(city: str) -> None:
    assert open_page(ADJUSTMENT, power="XX").subheader[0].value == "建议：收回 3 项"
