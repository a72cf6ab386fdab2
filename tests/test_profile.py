"""One place on one screen: what is gathered, what stands beside it, what is asked of it."""

import math
from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd
import pytest
from builders import (
    E1,
    E2,
    EAST,
    LITTER,
    QUARTER,
    RETURNED,
    SIGNS,
    W1,
    WELLS,
    make_fact,
    make_snapshot,
)
from return_builders import (
    make_complaint,
    make_staffing,
    make_topic,
    make_world,
    returned_all,
)

from registry.adjustment.policy import read_policy
from registry.brief.content import caveats, on_paper, sections
from registry.brief.files import all_names
from registry.errors import RegistryError
from registry.language import speaking
from registry.profile import Place, Profile, find_place, read_profile
from registry.questions import WANTED, measure_of, questions
from registry.remarks import Remark
from registry.window import Window

EASTERN = Place(EAST, "district")
TOPICS = [make_topic("litter", LITTER), make_topic("wells", WELLS)]


def gathered(facts=(), logs=RETURNED, place=EASTERN, window=QUARTER, **kinds) -> Profile:
    returned = returned_all(**kinds)
    returned.topics = TOPICS
    return read_profile(make_world(returned, facts, logs, window), place, window)


NAMES = all_names(make_snapshot()) | {"topic": {"litter": "垃圾", "wells": "水井"}}


def asked(profile: Profile, **options) -> list[str]:
    return questions(profile, NAMES, read_policy(), **options)


# The profile


def test_a_place_is_a_district_or_a_unit():
    catalogue = make_snapshot().catalogue
    assert find_place(catalogue, EAST) == Place(EAST, "district")
    assert find_place(catalogue, E1) == Place(E1, "unit")
    with pytest.raises(RegistryError, match="Z9"):
        find_place(catalogue, "Z9")


def test_a_places_figures_are_its_own_with_the_citys_beside_them():
    facts = [make_fact(E1, LITTER, procedure="summary"), make_fact(W1, SIGNS, procedure="ordinary")]
    profile = gathered(facts)
    assert (profile.rate["numerator"], profile.rate["denominator"]) == (1, 4)
    assert (profile.city["numerator"], profile.city["denominator"]) == (2, 4)
    shares = measure_of(profile.procedure, "summary_share")
    assert (shares["value"], shares["value_city"]) == (1, 0.5)
    own = profile.departments.set_index("department")
    assert own.loc["urban_management", ["value", "value_city"]].tolist() == [0.5, 1]


def test_districts_are_compared_with_all_districts_and_units_with_their_like():
    facts = [make_fact(E1, LITTER), make_fact(E1, SIGNS), make_fact(W1, LITTER)]
    districts = gathered(facts).peers
    assert (districts.count, districts.kind, districts.deciles[0]) == (2, "", 0.25)
    units = gathered(facts, place=Place(E1, "unit")).peers
    assert (units.kind, units.band) == ("subdistrict", "under_50")
    alone = gathered(facts, [(W1, 202101)], place=Place(E1, "unit")).peers
    assert alone.count == 0
    assert all(map(math.isnan, alone.deciles))


def test_needed_topics_and_their_silent_powers_are_gathered():
    profile = gathered(complaints=[make_complaint(complaints=9)])
    assert profile.topics["topic"].tolist() == ["litter"]
    assert profile.topics["complaints"].tolist() == [9]
    assert profile.silent == ()  # not held for twelve months yet


def test_a_silent_power_was_held_all_year_and_no_case_was_seen_of_it():
    year = Window(202101, 202112)
    logs = [(unit, month) for unit in (E1, E2) for month in year.months]
    kinds = {"window": year, "logs": logs, "complaints": [make_complaint(complaints=9)]}
    assert gathered(**kinds).silent == (LITTER,)
    assert gathered([make_fact(E1, WELLS)], **kinds).silent == (LITTER,)
    assert gathered([make_fact(E1, LITTER)], **kinds).silent == ()


def test_gaps_are_units_with_a_month_missing():
    profile = gathered(logs=[pair for pair in RETURNED if pair != (E2, 202103)])
    assert profile.gaps.to_numpy().tolist() == [["usage", E2, 1]]
    assert profile.rate["completeness"] == 5 / 6
    shares = profile.covered[["numerator", "denominator", "value"]]
    assert shares.loc["usage"].tolist() == [5, 6, 5 / 6]
    assert shares.loc["training"].tolist() == [3, 3, 1]
    unit = gathered(place=Place(E1, "unit"))
    assert "training" not in unit.covered.index  # districts return it


def test_gaps_name_every_kind_of_return_that_is_owed_and_by_whom():
    returned = returned_all()
    returned.topics = TOPICS
    returned.covered["staffing"] = {(E1, 202101)}
    returned.covered["training"] = set()
    profile = read_profile(make_world(returned, [], RETURNED), EASTERN, QUARTER)
    texts = sections(profile, NAMES, (), read_policy())[5].sentences
    names = NAMES["unit"]
    assert texts == (
        "报送覆盖（街乡月；培训按区）：执法台账 100.0\xa0% (6/6)、人员 16.7\xa0% (1/6)、"
        "诉求 100.0\xa0% (6/6)、吹哨报到 100.0\xa0% (6/6)、培训与联合执法 0.0\xa0% (0/3)。",
        "没有缺报的：执法台账、诉求、吹哨报到。",
        f"人员缺报 5 个街乡月，涉及 2 个单位：{names[E1]}、{names[E2]}。",
        "培训与联合执法一个月也没有报送。",
    )


def test_missing_posts_are_told_from_a_missing_staffing_return():
    def said(profile: Profile) -> str:
        return sections(profile, NAMES, (), read_policy())[1].sentences[0]

    posts = [make_staffing(unit, established=None) for unit in (E1, E2)]
    assert said(gathered(staffing=posts)) == (
        "人员已有报送（100.0\xa0% (6/6)），但没有填编制数：各环节占编制的比率不可知。"
    )
    returned = returned_all()
    returned.topics = TOPICS
    returned.covered["staffing"] = set()
    nothing = read_profile(make_world(returned, [], RETURNED), EASTERN, QUARTER)
    assert said(nothing).startswith("期间内没有人员报送")


def test_every_city_rate_of_the_brief_stands_with_its_fraction():
    facts = [make_fact(E1, LITTER, procedure="summary"), make_fact(W1, SIGNS, procedure="ordinary")]
    written = sections(gathered(facts), NAMES, (), read_policy())
    table = written[3].table.set_index("指标")
    assert table.loc["简易程序占比"].tolist() == ["100.0\xa0% (1/1)", "50.0\xa0% (1/2)"]
    figure = written[3].figures[0]
    assert (figure.own[:3], figure.city[:3]) == ((1, 1, 1), (0.5, 1, 2))
    assert written[0].bars.mark_says[0] == "100.0\xa0% (2/2)"


def test_on_paper_a_long_remark_is_cut_and_says_where_the_rest_stands():
    remark = Remark(date(2021, 4, 1), "系统切换\n" * 600)
    (short,) = on_paper([remark])
    assert short.content.startswith("系统切换 系统切换 ")
    assert short.content.endswith("……（全文 2,999 字，余下的见「一区一页」页面或 registry remark）")
    assert len(short.content) < 260
    assert on_paper([Remark(date(2021, 4, 1), "补报")]) == [Remark(date(2021, 4, 1), "补报")]


def test_a_place_that_held_nothing_has_no_profile():
    with pytest.raises(RegistryError, match="不持有"):
        read_profile(make_snapshot(holdings=[]), EASTERN, QUARTER)


# Questions


def unreviewed(day: date = date(2021, 1, 15)):
    return make_fact(E1, LITTER, day=day, decided_on=day, review_required="yes")


def test_questions_are_three_and_the_gravest_first():
    facts = [unreviewed()]
    texts = asked(gathered(facts, complaints=[make_complaint("990101002", complaints=9)]))
    assert len(texts) == WANTED
    assert texts[0].startswith("有 1 件案件应经法制审核而未审")


def test_each_question_has_a_figure_behind_it():
    for texts in (asked(gathered()), asked(gathered([unreviewed()])), asked(gathered(logs=[]))):
        assert len(texts) == WANTED
        assert all(any(c.isdigit() for c in text) or "缺报" in text for text in texts), texts
        assert not any("nan" in text for text in texts)


def test_a_needed_topic_is_asked_about_with_its_complaints():
    profile = gathered(complaints=[make_complaint(complaints=9)])
    assert (
        "居民就「垃圾」投诉 9 件（限额每个街乡每年 12 件，按月份折算），相关职权无一行使"
        in asked(profile)[0]
    )


def test_a_front_line_rate_near_the_citys_is_not_asked_about():
    staff = [make_staffing(), make_staffing(W1)]
    assert not any("到位率" in text for text in asked(gathered(staffing=staff), count=20))
    fewer = [make_staffing(front_line=2, handled_case=1), make_staffing(W1)]
    (text,) = [t for t in asked(gathered(staffing=fewer), count=20) if "到位率" in t]
    assert text.startswith("一线到位率 20.0\xa0% (2/10)，全市 40.0\xa0%")


def test_missing_months_are_asked_about_and_not_taken_for_zero():
    assert asked(gathered(logs=[(E1, 202101)]))[0].startswith("报送完整度 16.7\xa0%")


def test_questions_speak_the_readers_language():
    profile = gathered([unreviewed()])
    with speaking("en"):
        text = asked(profile)[0]
    assert text.startswith("1 case")


def test_a_measure_that_is_not_there_is_none():
    frame = pd.DataFrame({"measure": ["a"], "value": [np.nan]})
    assert measure_of(frame, "b") is None
    assert measure_of(frame, "a")["measure"] == "a"


# On paper


@pytest.mark.parametrize("logs", [RETURNED, []])
def test_every_section_says_why_where_it_has_nothing(logs):
    returned = returned_all()
    returned.topics = TOPICS
    profile = read_profile(make_world(returned, [], logs), EASTERN, QUARTER)
    written = sections(profile, NAMES, (), read_policy())
    assert len(written) == 9
    for section in written:
        text = " ".join(section.sentences)
        assert text.strip()
        assert "nan" not in text


def said_of_signs(profile: Profile) -> str:
    return " ".join(sections(profile, NAMES, (), read_policy())[6].sentences)


def test_a_sign_stands_with_its_number_its_test_and_an_innocent_explanation():
    gaming = pd.DataFrame(
        {
            "measure": ["used_once", "last_month_spike", "evenness"],
            "numerator": [15.0, 80.0, np.nan],
            "denominator": [20, 555, 0],
            "value": [0.75, 1.5855, np.nan],
            "completeness": 1.0,
            "p_value": [np.nan, 0.00016, np.nan],
            "sign": [True, False, False],
            "question": "各办一件？",
            "explanation": "也可能少见。",
        }
    )
    text = said_of_signs(replace(gathered(), gaming=gaming))
    assert "各办一件？只用过一次的职权占比 75.0\xa0% (15/20)（政策限额 50\xa0%" in text
    assert "达到才问）。恰好有一件决定的职权" in text
    assert "也可能少见。" in text
    assert "没有检出异常的：十二月与其他月份之比 1.59（p < 0.001）（平常约为 1；" in text
    assert "1.5 起且 p < 0.01 才问）。" in text
    assert "无从检验的：月度件数的离散指数。" in text


def test_nothing_returned_is_not_called_free_of_signs():
    assert "没有检出" not in said_of_signs(gathered(logs=[]))


def section(number: int, profile: Profile):
    return sections(profile, NAMES, (), read_policy())[number]


def test_a_median_stands_with_the_number_of_its_observations():
    day = date(2021, 1, 15)
    fact = make_fact(E1, LITTER, review_requested_on=day, review_completed_on=day)
    rows = section(2, gathered([fact])).table.set_index("指标")["本地"]
    assert rows["审核用时中位数"] == "0 个工作日（1 件）"


def test_loads_stand_with_their_fractions():
    facts = [make_fact(E1, LITTER, review_requested_on=date(2021, 1, 15))]
    profile = gathered(facts, staffing=[make_staffing(reviewers=3)])
    rows = section(2, profile).table.set_index("指标")["本地"]
    assert rows["每名审核人员月均送审件数"] == "0.33 件/人·月 (1/3)"
    assert "每名一线人员办案 0.17 (1/6)；" in " ".join(section(1, profile).sentences)


def test_a_dash_in_a_table_is_explained():
    profile = gathered([make_fact(E1, LITTER)])
    rows = section(3, profile)
    assert "—" in rows.table["本地"].tolist()
    assert "不是零" in " ".join(rows.sentences)


def test_without_any_return_a_section_does_not_say_that_there_were_no_cases():
    for number in (2, 3):
        assert section(number, gathered(logs=[])).sentences == ("期间内没有报送执法台账，不可知。",)


def test_a_topic_of_which_logs_are_missing_is_not_passed_over():
    logs = [pair for pair in RETURNED if pair != (E2, 202103)]
    profile = gathered(logs=logs, complaints=[make_complaint(complaints=9)])
    assert profile.unclear == ("litter",)
    text = " ".join(section(4, profile).sentences)
    assert "台账有缺报的主题 1 个，不能断定：垃圾。" in text


def test_a_list_that_is_cut_says_so():
    profile = gathered(complaints=[make_complaint(complaints=9)])
    many = pd.concat([profile.topics] * 7, ignore_index=True)
    silent = (LITTER,) * 8
    written = section(4, replace(profile, topics=many, silent=silent))
    assert len(written.table) == 6
    text = " ".join(written.sentences)
    assert "7 个主题" in text
    assert "表中是其中 6 个。" in text
    assert "等 8 项" in text


def test_the_lowest_of_its_peers_is_not_above_a_percentile():
    profile = gathered([make_fact(W1, LITTER)])
    assert "在报送充分的 2 个区中，不高于第 10 百分位" in " ".join(section(0, profile).sentences)
    profile = gathered([make_fact(E1, LITTER)])
    assert "在报送充分的 2 个区中，高于第 50 百分位" in " ".join(section(0, profile).sentences)


def test_only_a_reconstructed_list_is_called_so():
    snapshot = make_snapshot()
    powers = snapshot.catalogue.powers
    for provenance, said in (("reconstructed", True), ("official annex", False)):
        catalogue = replace(snapshot.catalogue, powers=powers.assign(provenance=provenance))
        text = " ".join(caveats(replace(snapshot, catalogue=catalogue)))
        assert ("重建" in text) is said


def test_without_any_return_the_rate_is_not_asked_about():
    texts = asked(gathered(logs=[]))
    assert not any("履行率" in text for text in texts)
    assert any("没有一个月的台账" in text for text in texts)


def test_beside_the_breaches_stands_of_how_many_cases_nobody_said_whether_review_was_needed():
    rows = section(2, gathered([make_fact(E1, LITTER)])).table.set_index("指标")["本地"]
    assert rows["应审未审即作决定"] == "0 件"
    assert rows["是否应审未注明"] == "100.0\xa0% (1/1)"


def test_the_newest_remarks_are_shown_and_older_ones_counted():
    remarks = [Remark(date(2021, 4, day), f"说明{day}") for day in (5, 4, 3, 2, 1)]
    said = sections(gathered(), NAMES, remarks, read_policy())[7].sentences
    assert [text[-4:-1] for text in said[:2]] == ["说明5", "说明4"]
    assert said[2:] == ("此前另有说明 3 条。",)
