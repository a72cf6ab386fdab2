"""Every page in every state and language it can be met in: no database, no returns, some cases."""

import json
import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import page_world as world
import pytest
from builders import make_case, write_table
from examples import sampled
from streamlit.testing.v1 import AppTest

from registry import db
from registry.intake.commit import import_log
from registry.intake.declaration import Declaration
from registry.measures.cards import CARDS, card_groups
from registry.settings import ROOT, settings
from registry.ui import navigation
from registry.window import Window

PAGES = sorted((ROOT / "pages").glob("*.py"))


@pytest.fixture
def url(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    url = world.sqlite_url(tmp_path)
    monkeypatch.setenv("REGISTRY_DATABASE_URL", url)
    settings.cache_clear()
    yield url
    db.engine_for(url).dispose()
    settings.cache_clear()


def open_page(script: Path = ROOT / "dashboard.py", **query: str) -> AppTest:
    page = AppTest.from_file(str(script), default_timeout=60)
    for key, value in query.items():
        page.query_params[key.rstrip("_")] = value
    page.run()
    assert not page.exception, page.exception[0].message
    return page


def words(page: AppTest) -> str:
    """All that is written on the page."""
    kinds = ("title", "subheader", "markdown", "caption", "info", "warning", "error")
    texts = [element.value for kind in kinds for element in page.get(kind)]
    return "\n".join([*texts, *(f"{m.label} {m.value}" for m in page.metric)])


def charts_of(page: AppTest) -> list[dict]:
    return [json.loads(chart.proto.spec) for chart in page.get("plotly_chart")]


SCRIPTS = [ROOT / "dashboard.py", *PAGES]
CJK = re.compile("[\u4e00-\u9fff]")


def test_every_page_is_linked_to() -> None:
    assert sorted(ROOT / entry.path for entry in navigation.PAGES) == PAGES


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.stem)
def test_without_a_register_a_page_says_what_to_do(url: str, script: Path) -> None:
    page = open_page(script)
    assert [info.value for info in page.info] == ["数据库中还没有台账；请先运行 registry init"]
    assert not charts_of(page)


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.stem)
def test_in_english_it_says_so_too(url: str, script: Path) -> None:
    page = open_page(script, lang="en")
    assert "run registry init first" in page.info[0].value
    assert not CJK.search(words(page))


@sampled("script", PAGES, ids=lambda path: path.stem)
def test_every_page_says_that_it_shows_what_was_known_then(url: str, script: Path) -> None:
    world.start(url)
    world.report(url, [(1, 202101)])
    assert not any("按当时所知" in info.value for info in open_page(script).info)
    page = open_page(script, known_on="1")
    assert any("行为 1" in info.value for info in page.info)
    back = next(button for button in page.button if button.label == "改看现在所知的")
    back.click().run()
    assert not any("按当时所知" in info.value for info in page.info)


def test_a_day_before_the_register_is_one_sentence(url: str) -> None:
    world.start(url)
    page = open_page(SCRIPTS[1], known_on="1999-01-01")
    assert "known-on 1999-01-01" in words(page)


@sampled("language", ["zh", "en"])
@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.stem)
def test_every_page_opens_without_and_with_returns(url: str, script: Path, language: str) -> None:
    world.start(url)
    open_page(script, lang=language)
    world.report(url, [(17, 202007)], [(202007, 17, 1, 2)])
    page = open_page(script, lang=language)
    spoken = re.sub("「[^」]*」|“[^”]*”", "", words(page))
    assert bool(CJK.search(spoken)) == (language == "zh"), spoken


def test_every_page_is_reached_from_the_dashboard(small_city: str) -> None:
    page = open_page()
    for entry in navigation.PAGES:
        page.switch_page(entry.path).run()
        assert not page.exception
        assert page.title[0].value == entry.title


def test_a_migrated_database_without_a_register_is_no_register(url: str) -> None:
    db.migrate(db.engine_for(url))
    assert "还没有台账" in words(open_page())


def test_without_returns_the_list_is_shown_and_no_rate(url: str) -> None:
    world.start(url)
    text = words(open_page())
    assert "与报告所载一致" in text
    assert "还没有任何报送" in text
    assert "0.0\xa0% (0/431)" not in text
    assert "持有职权（项） 431" in text
    assert "全市职权履行率 :gray[缺报]" in text


def test_the_shipped_register_stands_beside_the_reported_figures(url: str) -> None:
    world.start(url)
    table = open_page().table[0].value
    assert table["本台账（项）"].to_dict() == {
        "合计": "431",
        "城管执法": "393",
        "其他部门小计": "38",
        "生态环境": "4",
        "水务": "22",
        "农业农村": "1",
        "卫生健康": "11",
    }
    assert set(table["对照"]) == {"一致"}


def test_the_reports_words_are_shown_as_the_reports(url: str) -> None:
    world.busy_beijing(url, [202007])
    page = open_page()
    text = words(page)
    assert "「某区职权履行率较高的是原来城管执法的部分职权，目前也仅达到47%」" in text
    assert "报告没有写明是哪个区" in text
    labels = {metric.label: metric.value for metric in page.metric}
    assert labels["报告所载：某区部分原城管职权履行率"] == "47\xa0%"
    assert "/393)" in labels["本台账计算：全市城管执法职权履行率"]


@pytest.fixture
def small_city(url: str, tmp_path: Path) -> str:
    """Two districts of two units, four powers of two departments; ids: districts 1-2, units 3-6.

    2020-07 and 08. The second district returned only July, the powers of 乙部门 rest.
    """
    world.start(url, world.made_up_city(tmp_path / "city"))
    july = [(unit, 202007) for unit in (3, 4, 5, 6)]
    world.report(url, [*july, (3, 202008), (4, 202008)], [(202007, 3, 1, 2), (202008, 4, 3, 1)])
    return url


def test_another_city_has_its_own_figures_and_none_reported(small_city: str) -> None:
    page = open_page()
    text = words(page)
    assert "北京" not in text
    assert "报告所载" not in text
    assert page.table[0].value["本台账（项）"].to_dict() == {
        "合计": "4",
        "甲部门": "2",
        "乙部门": "2",
    }
    assert "期间内未见行使记录的来源部门：乙部门" in text
    assert "1号区" in page.table[1].value.index


def test_a_thin_rate_is_grey_and_says_at_least(small_city: str) -> None:
    page = open_page()
    assert page.metric[1].value == ":gray[至少 50.0\xa0% (2/4)]"
    matrix = page.table[1].value
    assert matrix.loc["1号区", "甲部门"] == "100.0\xa0% (2/2)"
    assert matrix.loc["2号区", "甲部门"] == "未见，有缺报 (0/2)"


def test_a_month_that_was_not_returned_is_missing_and_not_zero(small_city: str) -> None:
    page = open_page(from_="2020-08", to="2020-08")
    assert page.table[1].value.loc["2号区", "甲部门"] == "缺报"
    *shaded, grey, _pointer = charts_of(page)[0]["data"]
    assert [layer["z"][1] for layer in shaded] == [[None, None], [None, None]]
    assert grey["z"][1] == [0, 0]


def test_a_link_opens_the_window_it_names(small_city: str) -> None:
    page = open_page(from_="2020-07", to="2020-07")
    assert "期间 2020年7月；截至 2020年7月31日；报送完整度 100.0\xa0% (4/4)。" in words(page)
    assert page.metric[1].value == "25.0\xa0% (1/4)"


@pytest.mark.parametrize("text", ["2019-01", "七月", "2020-13", ""])
def test_a_month_in_the_link_that_cannot_be_meant_is_the_default(
    small_city: str, text: str
) -> None:
    assert open_page(from_=text).selectbox("from").value == 202007


def test_choosing_a_window_changes_the_figures(small_city: str) -> None:
    page = open_page()
    page.selectbox("to").select(202007).run()
    assert not page.exception
    assert page.metric[1].value == "25.0\xa0% (1/4)"


def test_a_window_that_ends_before_it_begins_is_explained(small_city: str) -> None:
    page = open_page(from_="2020-08", to="2020-07")
    assert [info.value for info in page.info] == ["起始月 2020年8月 晚于截止月 2020年7月，请改选"]


def test_new_returns_are_seen_at_once(small_city: str) -> None:
    page = open_page()
    assert page.metric[1].value == ":gray[至少 50.0\xa0% (2/4)]"
    world.report(small_city, [(5, 202008), (6, 202008)])
    page.run()
    assert page.metric[1].value == "50.0\xa0% (2/4)"


def test_synthetic_cases_are_announced(url: str, tmp_path: Path) -> None:
    world.start(url, world.made_up_city(tmp_path / "city"))
    world.report(url, [(3, 202007)], synthetic=True)
    page = open_page()
    assert [w.value for w in page.warning] == ["演示数据：案件均为合成，不是真实执法记录"]
    world.report(url, [(4, 202007)])
    page.run()
    assert page.warning[0].value.startswith("混有合成数据")


def test_names_and_figures_are_english_where_english_is_asked_for(url: str) -> None:
    world.busy_beijing(url, [202007])
    page = open_page(lang="en")
    assert page.table[0].value.index[1] == "Urban management"
    assert "Dongcheng District" in page.table[1].value.index
    assert "Window July 2020; as of 31 July 2020; completeness of returns 100.0\xa0%\xa0(" in words(
        page
    )


def test_what_is_downloaded_says_what_it_means(small_city: str) -> None:
    page = open_page(lang="en")
    assert len(page.get("download_button")) == 2 * len(charts_of(page))


def test_a_filter_that_a_page_does_not_draw_has_no_part_in_its_figures(small_city: str) -> None:
    assert open_page(district="D01").metric[1].value == open_page().metric[1].value


def test_every_chart_has_a_finding_a_reading_and_its_table(small_city: str) -> None:
    page = open_page()
    assert len(charts_of(page)) == 4
    assert len(page.expander) == 4
    assert all(chart.proto.alt for chart in page.get("plotly_chart"))


def test_what_the_newest_import_changed_says_what_stands_behind_it(
    url: str, tmp_path: Path
) -> None:
    world.start(url)
    case = make_case(unit="110101001", power="UM001", decided_on="2020-08-03")
    path = write_table(tmp_path / "log.csv", [case], list(case))
    declared = Declaration(("110101",), Window.parse("2020-08..2020-08"))
    import_log(path, declared, today=date(2021, 1, 1), actor="test", on=db.engine_for(url))
    assert (
        "导入前后各区的合并履行率。"
        "期间 2020年8月；截至 2020年8月31日；报送完整度 100.0\xa0% (17/17)。"
    ) in words(open_page())


def test_a_thin_coverage_is_grey_in_its_table(small_city: str) -> None:
    page = open_page(ROOT / "pages" / "powers.py", power="P0")
    (texts,) = [t.value for t in page.table if "行使过的街乡 ÷ 持有的街乡" in t.value]
    assert texts["行使过的街乡 ÷ 持有的街乡"].to_dict() == {
        "1号区": "50.0\xa0% (1/2)",
        "2号区": ":gray[未见，有缺报 (0/2)]",
    }


def test_a_thin_coverage_is_grey_in_the_list_of_powers(small_city: str) -> None:
    page = open_page(ROOT / "pages" / "exercise.py", department="乙部门")
    rows = [row for t in page.table if "覆盖面" in t.value for row in t.value["覆盖面"]]
    assert rows
    assert all(row.startswith((":gray[至少", ":gray[未见")) for row in rows)


def test_the_text_of_a_statute_is_named_by_its_day_in_words(url: str) -> None:
    world.start(url)
    provision = open_page(ROOT / "pages" / "powers.py", power="UM153").table[0].value
    assert provision.loc["所据文本", "内容"] == "2021年9月24日"


EXERCISE = ROOT / "pages" / "exercise.py"


def test_the_rate_is_shown_down_to_units_and_powers(small_city: str) -> None:
    page = open_page(EXERCISE, district="D01", department="甲部门")
    assert page.table[0].value.to_dict() == {
        "甲部门": {"1号区1街": "50.0\xa0% (1/2)", "1号区2街": "50.0\xa0% (1/2)"}
    }
    assert "甲部门的 2 项职权中，2 项有街乡行使过" in words(page)


def test_with_three_cases_asked_for_no_title_speaks_of_a_single_one(small_city: str) -> None:
    page = open_page(EXERCISE, district="D01", department="甲部门", k="3", aggregate="pooled")
    titles = [title.value for title in page.subheader]
    assert titles[:2] == [
        "有报送的 2 个街道、乡镇中，0 个有所选职权办过至少 3 件",
        "甲部门的 2 项职权中，0 项有街乡办过至少 3 件",
    ]
    assert titles[2].startswith("履职均衡率（至少 3 件）：同类单位的中位数都是 0.0")
    assert "覆盖面：办过至少 3 件的街乡 ÷ 持有的街乡。" in words(page)
    assert "下行是「至少 3 件/持有」的（街乡，职权）对数" in words(page)
    assert "行使过" not in "".join(titles)


def test_of_one_unit_there_is_no_distribution(small_city: str) -> None:
    page = open_page(EXERCISE, district="D01", unit="D011")
    assert page.table[0].value.to_dict() == {
        "甲部门": {"1号区1街": "50.0\xa0% (1/2)"},
        "乙部门": {"1号区1街": "0.0\xa0% (0/2)"},
    }
    assert [info.value for info in page.info] == [
        "只选了「1号区1街」一个街乡，没有分布可看；请放宽筛选"
    ]
    assert len(charts_of(page)) == 1


def test_a_window_that_nobody_returned_has_no_rate(small_city: str) -> None:
    page = open_page(EXERCISE, district="D02", from_="2020-08", to="2020-08")
    assert page.metric[0].value == ":gray[缺报]"
    assert "期间 2020年8月；截至 2020年8月31日；报送完整度 0.0\xa0% (0/2)。" in words(page)
    assert [info.value for info in page.info] == [
        "2020年8月所选街乡全部缺报：没有报送不等于没有执法，因此不显示比率。"
        "请改选期间，或按催报清单补报"
    ]
    assert not charts_of(page)


def test_without_reviewers_there_is_a_sentence_and_no_empty_chart(small_city: str) -> None:
    page = open_page(ROOT / "pages" / "review.py")
    assert "没有报送审核人员，负荷不可知" in words(page)
    titles = [chart["layout"]["xaxis"].get("title", {}).get("text") for chart in charts_of(page)]
    assert "件/人·月" not in titles


def test_filters_that_leave_nothing_over_say_so(url: str, tmp_path: Path) -> None:
    files = world.made_up_city(tmp_path / "city")
    powers = (tmp_path / "city" / "powers.csv").read_text(encoding="utf-8")
    later = powers.replace("乙部门,2020-07-01", "乙部门,2021-01-01")
    (tmp_path / "city" / "powers.csv").write_text(later, encoding="utf-8")
    world.start(url, files)
    world.report(url, [(3, 202007)], [(202007, 3, 1, 2)])
    page = open_page(EXERCISE, department="乙部门")
    assert "所选条件下没有持有的职权" in page.info[0].value
    assert not charts_of(page)


def test_every_measures_card_stands_under_one_heading() -> None:
    grouped = [card for cards in card_groups().values() for card in cards]
    assert sorted(card.name for card in grouped) == sorted(CARDS)
    assert all(card_groups().values())


def test_a_unit_that_held_nothing_in_the_window_is_told_so(url: str) -> None:
    world.busy_beijing(url, [202108, 202109])
    asked = {"unit": "110106019", "from": "2021-08", "to": "2021-09"}
    page = open_page(ROOT / "pages" / "district.py", **asked)
    assert not page.error
    assert [info.value for info in page.info] == ["110106019 在所选期间不持有任何职权"]
