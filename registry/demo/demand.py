"""What residents complained of: calls to 12345 by month, unit and topic, as they came in.

In: units, powers, topics and the cases of the demo. Out: `demo_complaints`, a row per unit, month
and topic or power. Which topics there are and what they mean is read from the topics alone.
"""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from registry.demo.choice import SEASONAL
from registry.demo.world import MONTHS, Rng, demo_staff, existing, unit_months

COLUMNS = ["district", "unit", "month", "topic", "power", "complaints"]
COMPLAINTS_WANTED = 40_000
TOPICS_APART, UNITS_APART = 1.0, 0.5  # spread of the logarithm
BURST = 2.5  # the smaller, the more a month differs from the next
# Months in which a domain is complained of more than usual, and how much more.
SEASONS = {
    "noise": ((5, 6, 7, 8, 9), 1.8),
    "food": ((5, 6, 7, 8, 9), 1.7),
    "household_waste": ((6, 7, 8), 1.4),
    "environmental_sanitation": ((6, 7, 8), 1.3),
    "air_pollution": ((10, 11, 12), 1.5),
    "landscaping": ((4, 5, 6, 10), 1.5),
    "drainage": ((7, 8), 2.5),
    "river_lake": ((6, 7, 8), 1.8),
    "gas": ((11, 12, 1, 2), 1.6),
    "energy_facilities": ((11, 12, 1, 2, 3), 2.5),
    "dogs": ((4, 5, 6, 9), 1.3),
}
# Residents keep calling where nobody in the district ever used one of the topic's powers.
HOT_SPOTS = 16
HOT_UNITS = 3
HOT_RATE = 2.2  # complaints a month
# These districts' hotline works out the power of some calls; the others give the topic alone.
NAME_POWERS = ("110105", "110108", "110116")
POWER_NAMED = 0.12
HOT_POWERS = 8  # never used by anybody, and called about in these districts
HOT_POWER_RATE = 1.8


def demo_complaints(
    units: pd.DataFrame,
    powers: pd.DataFrame,
    topics: pd.DataFrame,
    cases: pd.DataFrame,
    seed: int,
) -> pd.DataFrame:
    """Columns `COLUMNS`; either `topic` or `power` holds a code, the other is ''.

    topics: `code` and `powers`, codes parted by semicolons. A unit and month without a row had no
    complaint.
    """
    rng = np.random.default_rng([seed, 12])
    staff = demo_staff(units, seed)
    rates = _usual(staff, powers, topics, rng)
    for topic, callers in _hot_spots(staff, topics, cases, rng):
        rates[callers, :, topic] += HOT_RATE * existing(staff)[callers]
    rows = _by_power(_by_topic(rates, staff, topics, rng), topics, rng)
    return _returned(pd.concat([rows, _hot_powers(staff, powers, cases, rng)]), staff)


def powers_of(topics: pd.DataFrame) -> list[tuple[str, ...]]:
    """The power codes of each topic."""
    return [tuple(filter(None, codes.split(";"))) for codes in topics["powers"].fillna("")]


def _usual(staff: pd.DataFrame, powers: pd.DataFrame, topics: pd.DataFrame, rng: Rng) -> np.ndarray:
    """Expected complaints[unit, month, topic]: by the unit's size, the topic and its season."""
    size = staff["officers"].to_numpy() * np.exp(rng.normal(0, UNITS_APART, len(staff)))
    topic = np.exp(rng.normal(0, TOPICS_APART, len(topics)))
    rates = size[:, None, None] * _season(powers, topics)[None] * topic
    rates = rates * existing(staff)[:, :, None]
    return rates * (COMPLAINTS_WANTED / rates.sum())


def _season(powers: pd.DataFrame, topics: pd.DataFrame) -> np.ndarray:
    """float[months, topics]: the mean over a topic's powers of how a month moves each."""
    named = zip(powers["code"], powers["domain"], powers["name"], strict=True)
    moved = {code: _season_of(domain, name) for code, domain, name in named}
    steady = np.ones(len(MONTHS))
    means = [
        np.mean([moved[code] for code in codes] or [steady], axis=0) for codes in powers_of(topics)
    ]
    return np.array(means).reshape(len(topics), len(MONTHS)).T


def _season_of(domain: str, name: str) -> np.ndarray:
    """What words of a power's name say goes before what its domain says."""
    for words, (months, inside, outside) in SEASONAL.items():
        if words in name:
            return np.where(MONTHS.month.isin(months), inside, outside)
    months, more = SEASONS.get(domain, ((), 1.0))
    return np.where(MONTHS.month.isin(months), more, 1.0)


def _by_topic(
    rates: np.ndarray, staff: pd.DataFrame, topics: pd.DataFrame, rng: Rng
) -> pd.DataFrame:
    """The complaints drawn at these rates, none left out but those that are 0."""
    counts = rng.poisson(rates * rng.gamma(BURST, 1 / BURST, rates.shape))
    unit, number, topic = np.nonzero(counts)
    columns = {
        "unit": staff["unit"].to_numpy()[unit],
        "number": number,
        "topic": topics["code"].to_numpy()[topic],
        "power": "",
        "complaints": counts[unit, number, topic],
    }
    return pd.DataFrame(columns)


def _hot_spots(
    staff: pd.DataFrame, topics: pd.DataFrame, cases: pd.DataFrame, rng: Rng
) -> Iterator[tuple[int, np.ndarray]]:
    """(topic, the units that call about it), in districts that never used any of its powers.

    Each topic that can be one is one before any is one twice.
    """
    district = staff["district_code"].to_numpy()
    found = _neglected(topics, cases, sorted(set(district)))
    drawn = pd.DataFrame(found, columns=["topic", "district"]).sample(frac=1, random_state=rng)
    turn = drawn.groupby("topic").cumcount()
    first = drawn.iloc[np.argsort(turn, kind="stable")][:HOT_SPOTS]
    for topic, where in first.itertuples(index=False, name=None):
        yield topic, rng.choice(np.flatnonzero(district == where), HOT_UNITS, replace=False)


def _neglected(
    topics: pd.DataFrame, cases: pd.DataFrame, districts: list[str]
) -> list[tuple[int, str]]:
    """(topic, district): no case of the district names one of the topic's powers."""
    named = cases[["district", "powers"]].explode("powers").dropna().drop_duplicates()
    used = {str(code): set(group) for code, group in named.groupby("district")["powers"]}
    return [
        (topic, district)
        for topic, codes in enumerate(powers_of(topics))
        for district in districts
        if codes and not used.get(district, set()) & set(codes)
    ]


def _by_power(rows: pd.DataFrame, topics: pd.DataFrame, rng: Rng) -> pd.DataFrame:
    """Some calls under one of the topic's powers, in the districts that work it out."""
    codes = dict(zip(topics["code"], powers_of(topics), strict=True))
    able = rows["unit"].str[:6].isin(NAME_POWERS) & rows["topic"].map(codes).map(bool)
    named = able & (rng.random(len(rows)) < POWER_NAMED)
    drawn = rng.random(len(rows))
    power = [
        codes[topic][int(share * len(codes[topic]))] if is_named else ""
        for topic, share, is_named in zip(rows["topic"].tolist(), drawn, named, strict=True)
    ]
    return rows.assign(power=power, topic=rows["topic"].mask(named, ""))


def _hot_powers(
    staff: pd.DataFrame, powers: pd.DataFrame, cases: pd.DataFrame, rng: Rng
) -> pd.DataFrame:
    """Calls under powers that no case of the city ever named."""
    used = set(cases["powers"].explode().dropna())
    never = powers.loc[~powers["code"].isin(used) & powers["kind"].eq("penalty"), "code"].to_numpy()
    chosen = rng.choice(never, min(HOT_POWERS, len(never)), replace=False)
    able = np.flatnonzero(staff["district_code"].isin(NAME_POWERS) & staff["begins"].eq(0))
    place = rng.choice(able, len(chosen), replace=False)
    counts = rng.poisson(HOT_POWER_RATE, (len(chosen), len(MONTHS))) * existing(staff)[place]
    which, number = np.nonzero(counts)
    columns = {
        "unit": staff["unit"].to_numpy()[place][which],
        "number": number,
        "topic": "",
        "power": chosen[which],
        "complaints": counts[which, number],
    }
    return pd.DataFrame(columns)


def _returned(rows: pd.DataFrame, staff: pd.DataFrame) -> pd.DataFrame:
    """One row a key, of the months that the districts returned."""
    months = unit_months(staff)[["unit", "number", "month", "district_code"]]
    rows = rows.merge(months, on=["unit", "number"]).rename(columns={"district_code": "district"})
    keys = ["district", "unit", "month", "topic", "power"]
    return rows.groupby(keys, as_index=False)["complaints"].sum()[COLUMNS]
