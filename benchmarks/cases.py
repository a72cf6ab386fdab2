"""Synthetic cases: seeded, skewed as real ones are, drawn with NumPy.

In: the shipped catalogue. Out: cases and their powers as `monthly_usage` takes them, and the same
as a log file with Chinese headings. They resemble no office's cases and are used nowhere else.
"""

from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd

from registry.catalogue import Catalogue
from registry.holdings import Holdings
from registry.window import Window

MONTH_WEIGHT = {2: 0.75, 7: 1.15, 12: 1.15}
"""How busy a month is beside a mean one; the others are 1."""

DEPARTMENT_WEIGHT = {"urban_management": 1.0, "water_affairs": 0.2, "health": 0.2}
"""How likely a unit is to use a power at all, beside one of urban management; the others 0.05."""

OUTCOMES = pd.Index(["punished", "not_punished", "withdrawn", "transferred"])
ACTIONS = pd.Index(["penalty", "inspection", "coercion"])
PROCEDURES = pd.Index(["summary", "ordinary"])
PARTIES = pd.Index(["individual", "organisation"])
NONE = -1
ORDINARY = 1
DAYS_TO_DECIDE, DAYS_TO_REVIEW = 20, 8
"""Calendar days from filing to decision, and of a review's request before it; every third
ordinary case is reviewed."""


@dataclass(frozen=True)
class Drawn:
    """Per case in the order of days: positions of its unit and powers (`second` often NONE) in the
    catalogue, positions of its words in the lists above (NONE: no word), its day and its fine."""

    unit: np.ndarray
    power: np.ndarray
    second: np.ndarray
    day: np.ndarray
    action: np.ndarray
    outcome: np.ndarray
    procedure: np.ndarray
    party: np.ndarray
    fine: np.ndarray

    def __len__(self) -> int:
        return len(self.unit)


def draw_cases(
    count: int, catalogue: Catalogue, holdings: Holdings, window: Window, seed: int = 431
) -> Drawn:
    """`count` cases of the units that hold powers throughout the window."""
    rng = np.random.default_rng(seed)
    last_day = (np.datetime64(window.end) - 1).astype(date)
    holders = np.flatnonzero((holdings.on(window.start) & holdings.on(last_day)).any(axis=1))
    sizes = rng.multinomial(count, _shares(rng.lognormal(0, 0.7, len(holders))))
    weights = _power_weights(rng, catalogue, len(holders))
    power, second = (np.concatenate(_choose(rng, sizes, weights)) for _ in range(2))
    second[(rng.random(count) > 0.04) | (second == power)] = NONE
    days, day_weights = _days(window)
    day = rng.choice(days, count, p=day_weights)
    order = np.argsort(day, kind="stable")
    unit, power, second = (a[order] for a in (np.repeat(holders, sizes), power, second))
    return Drawn(unit, power, second, day[order], *_words(rng, catalogue, power, day[order]))


def _shares(weights: np.ndarray) -> np.ndarray:
    return weights / weights.sum(axis=-1, keepdims=True)


def _power_weights(rng: np.random.Generator, catalogue: Catalogue, units: int) -> np.ndarray:
    """float[units, powers]: a long tail, of which every unit uses its own part."""
    powers = catalogue.powers
    rank = rng.permutation(len(powers)) + 1
    appetite = powers["source_department"].map(DEPARTMENT_WEIGHT).fillna(0.05).to_numpy()
    tail = rank**-0.8 * appetite * np.where(powers["kind"].eq("coercion"), 0.05, 1)
    uses = rng.random((units, len(powers))) < 0.05 + 0.6 * appetite / np.sqrt(rank)
    uses[:, rank == 1] = True  # nobody is without any
    return _shares(tail * uses)


def _choose(rng: np.random.Generator, sizes: np.ndarray, weights: np.ndarray) -> list[np.ndarray]:
    return [
        rng.choice(len(own), size, p=own).astype(np.int16)
        for size, own in zip(sizes, weights, strict=True)
    ]


def _days(window: Window) -> tuple[np.ndarray, np.ndarray]:
    """(every day of the window, its share of the cases)."""
    days = np.arange(np.datetime64(window.start), np.datetime64(window.end))
    month = days.astype("datetime64[M]").astype(int) % 12 + 1
    return days, _shares(np.array([MONTH_WEIGHT.get(m, 1.0) for m in month.tolist()]))


def _words(
    rng: np.random.Generator, catalogue: Catalogue, power: np.ndarray, day: np.ndarray
) -> tuple[np.ndarray, ...]:
    """(action, outcome, procedure, party, fine) of each case; fines keep to every limit."""
    count = len(power)
    coercive = catalogue.powers["kind"].eq("coercion").to_numpy()[power]
    action = np.where(rng.random(count) < 0.6, 1, np.where(coercive, 2, 0)).astype(np.int8)
    penalty = action == 0
    outcome = rng.choice(4, count, p=[0.93, 0.04, 0.02, 0.01]).astype(np.int8)
    summary = rng.random(count) < 0.8
    party = (rng.random(count) < 0.4).astype(np.int8)
    maximum = catalogue.powers["max_fine_cny"].astype(float).fillna(1000).to_numpy()[power]
    raised = day >= np.datetime64("2021-07-15")  # the limits of summary procedure, policy.toml
    limit = np.where(party == 1, np.where(raised, 3000, 1000), np.where(raised, 200, 50))
    highest = np.where(summary, np.minimum(maximum, limit), maximum)
    fine = np.maximum(np.floor(highest * rng.random(count) / 10) * 10, 10)
    return (
        action,
        np.where(penalty, outcome, NONE).astype(np.int8),
        np.where(penalty, np.where(summary, 0, 1), NONE).astype(np.int8),
        np.where(penalty, party, NONE).astype(np.int8),
        np.where(penalty & (outcome == 0), fine, np.nan),
    )


def as_cases(drawn: Drawn, catalogue: Catalogue) -> tuple[pd.DataFrame, pd.DataFrame]:
    """(cases, links) in the form of the tables `cases` and `case_power`."""
    ids = np.arange(1, len(drawn) + 1)
    day = day_texts(drawn.day)
    reviewed = (drawn.procedure == ORDINARY) & (ids % 3 == 0)
    cases = pd.DataFrame(
        {
            "id": ids,
            "unit_id": catalogue.units["id"].to_numpy()[drawn.unit],
            "action": pd.Categorical.from_codes(drawn.action, ACTIONS),
            "case_day": day,
            "filed_on": day_texts(drawn.day - DAYS_TO_DECIDE),
            "decided_on": day,
            "party_type": pd.Categorical.from_codes(drawn.party, PARTIES),
            "review_required": pd.Categorical.from_codes(np.where(reviewed, 0, NONE), ["yes"]),
            "review_requested_on": _where(reviewed, drawn.day - DAYS_TO_REVIEW),
            "review_completed_on": _where(reviewed, drawn.day - 1),
            "procedure": pd.Categorical.from_codes(drawn.procedure, PROCEDURES),
            "outcome": pd.Categorical.from_codes(drawn.outcome, OUTCOMES),
            "fine_cny": drawn.fine,
        }
    )
    power_ids = catalogue.powers["id"].to_numpy()
    two = drawn.second != NONE
    links = pd.DataFrame(
        {
            "case_id": np.concatenate([ids, ids[two]]),
            "power_id": power_ids[np.concatenate([drawn.power, drawn.second[two]])],
        }
    )
    return cases, links


def _where(chosen: np.ndarray, days: np.ndarray) -> pd.Categorical:
    """Day texts of the chosen rows, missing in the others."""
    texts = day_texts(days)
    return pd.Categorical.from_codes(np.where(chosen, texts.codes, NONE), texts.categories)


def day_texts(days: np.ndarray) -> pd.Categorical:
    distinct, codes = np.unique(days, return_inverse=True)
    return pd.Categorical.from_codes(codes, distinct.astype(str))


WORDS = {
    "执法类型": ("action", ["行政处罚", "行政检查", "行政强制"]),
    "适用程序": ("procedure", ["简易程序", "普通程序"]),
    "当事人类型": ("party", ["自然人", "法人"]),
    "处理结果": ("outcome", ["予以处罚", "不予处罚", "撤案", "移送"]),
}
"""Heading → what is drawn and how its values are written."""


def write_log(drawn: Drawn, catalogue: Catalogue, path: Path, first: int = 1) -> int:
    """The cases as an office's CSV, district below district, one row for each power of a case.

    One row in 500 has something to quarantine and one in 1000 stands there twice. Cases are
    numbered from `first`. Returns the number of rows.
    """
    log = _log(drawn, catalogue, first)
    units = catalogue.units
    district = units["district_code"].to_numpy()[drawn.unit]
    by_district = np.argsort(district, kind="stable")
    again = drawn.second[by_district] != NONE
    rows = np.repeat(by_district, np.where(again, 2, 1))
    second = np.flatnonzero(rows[1:] == rows[:-1]) + 1
    log = log.iloc[rows].reset_index(drop=True)
    names = catalogue.powers["name"].to_numpy()
    log.loc[second, "职权名称"] = names[drawn.second[rows[second]]]
    log["决定日期"] = log["决定日期"].astype(object)
    log.loc[13::500, "决定日期"] = "2022-13-41"
    log = pd.concat([log, log.iloc[7::1000]])
    log.to_csv(path, index=False, encoding="utf-8")
    return len(log)


def _log(drawn: Drawn, catalogue: Catalogue, first: int) -> pd.DataFrame:
    """One row a case, in the order drawn."""
    units = catalogue.units
    name = (units["district_name"] + units["name"]).to_numpy()
    number = pd.Series(np.arange(first, first + len(drawn))).astype(str).str.zfill(7)
    opened, closed = drawn.day - 5, drawn.day + 12
    words = {
        heading: pd.Categorical.from_codes(getattr(drawn, field), words)
        for heading, (field, words) in WORDS.items()
    }
    return pd.DataFrame(
        {
            "案号": "京综执字〔2022〕" + number + "号",
            "执法单位": name[drawn.unit],
            "职权名称": catalogue.powers["name"].to_numpy()[drawn.power],
            "执法类型": words["执法类型"],
            "适用程序": words["适用程序"],
            "当事人类型": words["当事人类型"],
            "立案日期": day_texts(opened),
            "决定日期": day_texts(drawn.day),
            "结案日期": day_texts(closed),
            "处理结果": words["处理结果"],
            "罚款金额(元)": pd.Series(drawn.fine).astype("Int64"),
        }
    )
