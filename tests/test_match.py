"""Texts of logs → units and powers of the shipped register, on the day of the case."""

import re
from datetime import date
from functools import lru_cache, partial

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry import db
from registry.alias import add_alias
from registry.catalogue import Catalogue, read_catalogue
from registry.errors import RegistryError
from registry.intake.match import OUTSIDE, UNKNOWN, PowerMatcher, UnitMatcher, unit_named
from registry.settings import DATA

DONGCHENG, CHAOYANG, FENGTAI, HAIDIAN = "110101", "110105", "110106", "110108"
BEFORE, AFTER = date(2021, 6, 30), date(2021, 7, 1)
SEPARATORS = ("、", ";", "\uff1b", "|", "\uff5c", "\n", "\r\n", " 、 ", "; \n", "\uff1b\uff1b")
NAMES = pd.read_csv(DATA / "powers.csv", dtype=str).set_index("code")["name"].to_dict()


@pytest.fixture(scope="module")
def catalogue(shipped_register) -> Catalogue:
    with db.reading(db.engine_for(f"sqlite:///{shipped_register}")) as connection:
        return read_catalogue(connection)


@pytest.fixture(scope="module")
def find_powers(catalogue):
    """Text → codes of the powers it names, or None."""
    matcher, codes = PowerMatcher(catalogue), list(catalogue.powers["code"])

    def find(text, district=""):
        found = matcher.find(text, (district,))
        return None if found is None else [codes[position] for position in found]

    return find


@pytest.fixture(scope="module")
def find_unit(catalogue):
    """Text, day and declared districts → code of the unit, UNKNOWN or OUTSIDE."""
    codes = list(catalogue.units["code"])
    matcher = lru_cache(partial(UnitMatcher, catalogue))

    def find(text, *districts, on=BEFORE):
        position = matcher(districts or (DONGCHENG,)).find(text, on)
        return codes[position] if position >= 0 else position

    return find


def loosen(name: str) -> str:
    """The name without 对 and without 的行政处罚 or 的行政强制."""
    return re.sub(r"的行政(处罚|强制)$", "", name.removeprefix("对"))


# Units


@pytest.mark.parametrize(
    ("text", "day", "code"),
    [
        ("卢沟桥街道", BEFORE, "110106008"),
        ("卢沟桥街道", AFTER, "110106017"),
        ("六里桥街道", AFTER, "110106008"),
        ("110105400", AFTER, "110105020"),
        ("北京市东城区人民政府东华门街道办事处", BEFORE, "110101001"),
        ("110101001", BEFORE, "110101001"),
        ("东城区", BEFORE, DONGCHENG),
        (DONGCHENG, BEFORE, DONGCHENG),
    ],
)
def test_a_person_names_a_unit_as_a_log_does(catalogue, text, day, code):
    assert unit_named(catalogue, text, day) == code


@pytest.mark.parametrize(("text", "told"), [("没有街道", "没有单位"), ("八里庄街道", "多个单位")])
def test_a_name_of_no_unit_or_of_several_is_refused(catalogue, text, told):
    with pytest.raises(RegistryError, match=told):
        unit_named(catalogue, text, AFTER)


@pytest.mark.parametrize(
    "text",
    [
        "110101001",
        "东华门街道",
        "东华门",
        " 东华门 街道\n",
        "东华门街道办事处",
        "东华门街道综合行政执法队",
        "东华门街道办事处综合行政执法队",
        "东华门街道人民政府",
        "东城区东华门街道",
        "北京市东城区东华门街道办事处",
        "北京市东城区人民政府东华门街道办事处",
        "北京市东华门街道",
        "北京市人民政府东华门街道办事处",
        "东城区东华门",
        "\uff11\uff11\uff10\uff11\uff10\uff11\uff10\uff10\uff11",
    ],
)
def test_unit_is_known_with_or_without_prefix_ending_and_kind(find_unit, text):
    assert find_unit(text) == "110101001"


def test_every_unit_is_known_by_code_name_and_full_name(find_unit, catalogue):
    names = catalogue.names("district")
    holders = catalogue.units[~catalogue.units["unit_kind"].eq("district")]
    for unit in holders.itertuples():
        on = unit.valid_from if isinstance(unit.valid_from, date) else BEFORE
        full = f"北京市{names[unit.district_code]}{unit.name}办事处"
        find = partial(find_unit, on=max(on, AFTER) if unit.valid_to is None else BEFORE)
        for text in (unit.code, unit.name, full):
            assert find(text, unit.district_code) == unit.code, text


@pytest.mark.parametrize("text", ["东门街道", "东城区", "街道", "东城区城管执法局", "110101", "x"])
def test_what_is_no_unit_stays_unknown(find_unit, text):
    assert find_unit(text) == UNKNOWN


@pytest.mark.parametrize("text", ["展览路街道", "110102010", "西城区展览路街道", "三里屯街道"])
def test_unit_of_another_district_is_outside(find_unit, text):
    assert find_unit(text) == OUTSIDE


def test_name_in_two_districts_is_the_declared_ones(find_unit):
    assert find_unit("八里庄街道", CHAOYANG) == "110105015"
    assert find_unit("八里庄街道", HAIDIAN) == "110108005"


def test_name_in_two_declared_districts_is_not_guessed(find_unit):
    both = (CHAOYANG, HAIDIAN)
    assert find_unit("八里庄街道", *both) == find_unit("八里庄", *both) == UNKNOWN
    assert find_unit("海淀区八里庄街道", *both) == "110108005"
    assert find_unit("110105015", *both) == "110105015"


def test_district_in_the_text_goes_before_the_declared_one(find_unit):
    assert find_unit("海淀区八里庄街道", CHAOYANG) == OUTSIDE


def test_former_name_means_the_unit_of_that_day(find_unit):
    assert find_unit("卢沟桥街道", FENGTAI, on=BEFORE) == "110106008"
    assert find_unit("卢沟桥街道", FENGTAI, on=AFTER) == "110106017"
    assert find_unit("北京市丰台区卢沟桥街道办事处", FENGTAI, on=BEFORE) == "110106008"
    assert find_unit("卢沟桥地区", FENGTAI, on=BEFORE) == "110106017"
    assert find_unit("长辛店镇", FENGTAI, on=BEFORE) == "110106100"


def test_former_name_without_a_day_is_not_guessed(find_unit):
    assert find_unit("卢沟桥街道", FENGTAI, on=None) == UNKNOWN


def test_former_code_means_the_same_unit(find_unit):
    assert find_unit("110105400", CHAOYANG) == find_unit("110105020", CHAOYANG) == "110105020"


def test_name_without_its_kind_must_be_unique_on_the_day(find_unit):
    assert find_unit("卢沟桥", FENGTAI, on=BEFORE) == UNKNOWN
    assert find_unit("卢沟桥", FENGTAI, on=AFTER) == "110106017"
    assert find_unit("长辛店", FENGTAI, on=BEFORE) == UNKNOWN


# Powers


def test_every_power_is_known_by_code_name_and_loose_name(find_powers):
    for code, name in NAMES.items():
        for text in (code, code.lower(), name, f" {name}\n", loosen(name)):
            assert find_powers(text) == [code], text
        assert find_powers(name.removeprefix("对")) == [code]
        assert find_powers(re.sub(r"的行政(处罚|强制)$", "", name)) == [code]


def test_name_with_a_list_sign_in_it_is_matched_whole_first(find_powers):
    with_sign = [code for code, name in NAMES.items() if "、" in name]
    assert len(with_sign) == 88
    assert all(find_powers(loosen(NAMES[code])) == [code] for code in with_sign)


@given(
    codes=st.lists(st.sampled_from(sorted(NAMES)), min_size=2, max_size=5, unique=True),
    separator=st.sampled_from(SEPARATORS),
    style=st.sampled_from([str, loosen]),
)
def test_cell_may_name_several_powers(find_powers, codes, separator, style):
    text = separator.join(style(NAMES[code]) for code in codes)
    assert find_powers(text) == sorted(codes, key=list(NAMES).index)


@pytest.mark.parametrize("text", ["、UM001、UM046", "UM001;", "UM001、、UM046", "UM001\n\nUM001"])
def test_superfluous_separators_do_no_harm(find_powers, text):
    assert find_powers(text)[0] == "UM001"


@pytest.mark.parametrize(
    "text", ["UM001、不存在", "UM001,UM046", "UM001 UM046", "不存在", "的行政处罚", "对"]
)
def test_cell_is_split_only_where_every_part_is_known(find_powers, text):
    assert find_powers(text) is None


def test_two_powers_that_share_a_loose_name_are_told_apart(find_powers):
    """UM002 is the penalty; the coercion UM007 has a remark behind 的行政强制."""
    assert find_powers(loosen(NAMES["UM002"])) == ["UM002"]
    assert find_powers(NAMES["UM007"]) == ["UM007"]


def test_part_of_a_name_is_not_guessed(find_powers):
    assert all(find_powers(loosen(name)[:-1]) is None for name in list(NAMES.values())[:50])


# Aliases


@pytest.fixture
def matched(intake):
    """A function that records aliases (text, code, district) and returns the new catalogue."""

    def record(*aliases):
        with db.writing(intake.engine) as connection:
            for alias in aliases:
                add_alias(connection, *alias, "test")
        with db.reading(intake.engine) as connection:
            return read_catalogue(connection)

    return record


def test_alias_of_a_power_is_known_everywhere_or_in_its_district(matched):
    matcher = PowerMatcher(matched(("占道 摆摊", "UM005", DONGCHENG), ("乱扔", "UM006", "")))
    known = {
        (text, district): matcher.find(text, (district,))
        for text in ("占道摆摊", "乱扔")
        for district in (DONGCHENG, CHAOYANG)
    }
    assert known == {
        ("占道摆摊", DONGCHENG): (4,),
        ("占道摆摊", CHAOYANG): None,
        ("乱扔", DONGCHENG): (5,),
        ("乱扔", CHAOYANG): (5,),
    }


def test_alias_of_a_district_goes_before_one_of_all(matched):
    matcher = PowerMatcher(matched(("摆摊", "UM005", ""), ("摆摊", "UM006", DONGCHENG)))
    assert matcher.find("摆摊", (DONGCHENG,)) == (5,)
    assert matcher.find("摆摊", (CHAOYANG,)) == (4,)
    assert matcher.find("摆摊\uff1bUM001", (DONGCHENG,)) == (0, 5)


def test_later_alias_replaces_an_earlier_one(matched):
    matcher = PowerMatcher(matched(("摆摊", "UM005", ""), ("摆摊", "UM006", "")))
    assert matcher.find("摆摊", (DONGCHENG,)) == (5,)


def test_alias_of_a_unit_is_known_in_the_district_of_its_log(matched):
    catalogue = matched(("东华门所", "110101001", ""), ("老街", "110105015", CHAOYANG))
    codes = list(catalogue.units["code"])
    assert codes[UnitMatcher(catalogue, (DONGCHENG,)).find("东华门所", BEFORE)] == "110101001"
    assert codes[UnitMatcher(catalogue, (CHAOYANG,)).find("老街", BEFORE)] == "110105015"
    assert UnitMatcher(catalogue, (CHAOYANG,)).find("东华门所", BEFORE) == OUTSIDE
    assert UnitMatcher(catalogue, (DONGCHENG,)).find("老街", BEFORE) == UNKNOWN
