"""What districts call units and powers.

In: powers, units and unit_names as in `data/`. Out: texts by code and day.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from registry.demo.truth import name_stem
from registry.demo.world import Rng

# The register gives this former code without an end; offices wrote it until about then.
FORMER_CODE_END = pd.Timestamp("2021-12-01")
OTHER_WAY = 0.1
SEPARATORS = "、;；|"
TOWN_ENDINGS = ("镇", "乡")


@dataclass(frozen=True)
class Names:
    """The texts of one catalogue; `bare` holds names whose stem is unique in their district."""

    full: pd.Series  # power code → name
    short: pd.Series  # power code → name without 对 and 的行政处罚
    laws: pd.Series  # power code → statute
    current: pd.Series  # unit code → name
    district: pd.Series  # unit or district code → district name
    former: list[dict]  # rows of unit_names, with their district name
    bare: frozenset[tuple[str, str]]


def read_names(powers: pd.DataFrame, units: pd.DataFrame, unit_names: pd.DataFrame) -> Names:
    by_code = powers.set_index("code")
    unit = units.set_index("code")
    former = unit_names.assign(
        valid_to=pd.to_datetime(unit_names["valid_to"].replace("", None)),
        former_code=unit_names["former_code"].replace("", None),
        district=unit_names["code"].map(unit["district_name"]),
    )
    return Names(
        full=by_code["name"],
        short=_short_names(by_code["name"]),
        laws=by_code["law"],
        current=unit["name"],
        district=unit["district_name"],
        former=former.to_dict("records"),
        bare=_bare_names(unit, former),
    )


def _short_names(names: pd.Series) -> pd.Series:
    """A penalty and a coercion on the same conduct keep their endings, which tell them apart."""
    stem = names.str.replace("^对", "", regex=True)
    stem = stem.str.replace(r"的行政(处罚|强制(\(.*\))?)$", "", regex=True)
    is_clear = names.str.endswith("的行政处罚") & ~stem.duplicated(keep=False)
    return stem.where(is_clear, names)


def _bare_names(unit: pd.DataFrame, former: pd.DataFrame) -> frozenset[tuple[str, str]]:
    """(district name, name) whose stem means one unit only, at any time."""
    named = pd.concat([unit["name"], former.set_index("code")["former_name"]])
    names = pd.DataFrame({"code": named.index, "name": named.to_numpy()})
    names["district"] = names["code"].map(unit["district_name"])
    names["stem"] = names["name"].map(name_stem)
    meanings = names.groupby(["district", "stem"])["code"].transform("nunique")
    too_short = (names["stem"].str.len() < 2) | names["stem"].str.endswith("族")
    place = names["district"].str.removesuffix("区") == names["stem"]
    clear = names[(meanings == 1) & ~too_short & ~place]
    return frozenset(zip(clear["district"], clear["name"], strict=True))


UNIT_TEXTS: dict[str, Callable[[str, str, Names], str]] = {
    "name": lambda name, district, names: name,
    "bare": lambda name, district, names: (
        name_stem(name) if (district, name) in names.bare else name
    ),
    "team": lambda name, district, names: f"{name}综合行政执法队",
    "office": lambda name, district, names: (
        f"北京市{district}{name}" + ("人民政府" if name.endswith(TOWN_ENDINGS) else "办事处")
    ),
}
POWER_TEXTS: dict[str, Callable[[Names], pd.Series]] = {
    "code": lambda names: pd.Series(names.full.index, index=names.full.index),
    "name": lambda names: names.full,
    "short": lambda names: names.short,
}


def unit_texts(cases: pd.DataFrame, ways: tuple[str, str], names: Names, rng: Rng) -> pd.Series:
    """A text per case: the usual way of writing, now and then the other one."""
    other = rng.random(len(cases)) < OTHER_WAY
    usual, rare = (_written(cases, way, names) for way in ways)
    return usual.astype(object).mask(other, rare.astype(object))


def _written(cases: pd.DataFrame, way: str, names: Names) -> pd.Series:
    if way == "code":
        return _unit_codes(cases, names)
    district = next(iter(cases["district"].map(names.current)), "")
    place, distinct = pd.factorize(_names_on_the_day(cases, names))
    texts = [UNIT_TEXTS[way](name, district, names) for name in distinct]
    return pd.Series(np.array(texts, dtype=object)[place], index=cases.index)


def _names_on_the_day(cases: pd.DataFrame, names: Names) -> pd.Series:
    name = cases["unit"].map(names.current)
    for row in _former(cases, names, "valid_to"):
        before = (cases["unit"] == row["code"]) & (cases["decided_on"] < row["valid_to"])
        name = name.mask(before, row["former_name"])
    return name


def _unit_codes(cases: pd.DataFrame, names: Names) -> pd.Series:
    code = cases["unit"]
    for row in _former(cases, names, "former_code"):
        before = (code == row["code"]) & (cases["decided_on"] < FORMER_CODE_END)
        code = code.mask(before, row["former_code"])
    return code


def _former(cases: pd.DataFrame, names: Names, known: str) -> list[dict]:
    """The former names or codes that concern these cases."""
    districts = set(cases["district"].head(1).map(names.current))
    return [row for row in names.former if row["district"] in districts and pd.notna(row[known])]


def power_texts(powers: pd.Series, way: str, joiner: str, names: Names) -> pd.Series:
    """A list of cells per case: one, or two where the case takes two rows.

    Two names are joined only if neither holds a separator itself, so that they can be parted.
    """
    text = POWER_TEXTS[way](names).to_dict()
    cells = {codes: _power_cells([text[c] for c in codes], joiner) for codes in powers.unique()}
    return powers.map(cells.get)


def _power_cells(texts: list[str], joiner: str) -> list[str]:
    plain = not any(mark in text for text in texts for mark in SEPARATORS)
    return [joiner.join(texts)] if len(texts) < 2 or (joiner and plain) else texts
