"""Which power each case names.

In: the catalogue and the cases of `world`. Out: a first and sometimes a second power per case.

Over the first four months (`BASELINE_MONTHS`) every district has a closed set of powers it can
name and uses each of them, so that the exercise rates of these months are right by construction:
the district with most penalties uses exactly `HIGHEST_RATE` urban-management powers, every other
one fewer, and nobody an ecology or agriculture power.
"""

from typing import cast

import numpy as np
import pandas as pd

from registry.demo.world import MONTHS, Rng

URBAN_MANAGEMENT = "urban_management"
ECOLOGY = "ecology_environment"
AGRICULTURE = "agriculture_rural_affairs"

BASELINE_MONTHS = 4
HIGHEST_RATE = 185
OTHER_RATES = (60, 173)
MOST_FORCED = 0.62  # of a district's penalties of these months
ECOLOGY_BEGINS = 6  # 2021-01

TAIL = 1.0
NEVER_USED_SHARE = 0.16
OTHER_DEPARTMENTS = 0.12
ECOLOGY_WEIGHT = 6e-4
TASTE = 0.45
SECOND_POWER = 0.025
INSPECTIONS_NAMED = 0.5
# What a street office meets every day, commonest first; found by words of the name.
EVERYDAY = (
    "占用道路等公共场所摆摊设点",
    "超出门窗店外经营",
    "单位未分类投放生活垃圾",
    "个人未分类投放生活垃圾",
    "未保持责任区市容整洁",
    "责任人未按规定设置分类收集容器",
    "未取得营业执照从事经营活动",
    "未保持责任区环境卫生整洁",
    "公共场所张贴宣传品",
    "占用道路等公共场所堆物堆料",
    "施工或拆除作业未采取防尘措施",
    "携犬人未立即清除",
    "公共场所乱丢废弃物",
    "公共场所散发宣传品",
    "牌匾标识污损残缺",
)
# Words of a name → months of the season, weight inside and outside it.
SEASONAL = {"烧烤": ((5, 6, 7, 8, 9), 2.5, 0.1), "焚烧": ((9, 10, 11), 3.0, 0.3)}


def popularity(powers: pd.DataFrame, rng: Rng) -> np.ndarray:
    """Each power's weight in the city's penalties: few common ones and a long tail."""
    rank = _rank(powers, rng)
    weight = 1.0 / rank**TAIL
    department = powers["source_department"]
    weight = np.where(department.eq(URBAN_MANAGEMENT), weight, weight * OTHER_DEPARTMENTS)
    weight = np.where(department.eq(ECOLOGY), ECOLOGY_WEIGHT, weight)
    forgotten = (rank > 60) & (rng.random(len(powers)) < NEVER_USED_SHARE)
    never = forgotten | department.eq(AGRICULTURE) | powers["kind"].ne("penalty")
    return np.where(never, 0.0, weight)


def _rank(powers: pd.DataFrame, rng: Rng) -> np.ndarray:
    place = np.array(
        [
            next((i for i, words in enumerate(EVERYDAY) if words in name), len(EVERYDAY))
            for name in powers["name"]
        ]
    )
    order = np.lexsort((rng.random(len(powers)), place))
    rank = np.empty(len(powers))
    rank[order] = np.arange(1, len(powers) + 1)
    return rank


def season(powers: pd.DataFrame) -> np.ndarray:
    """Months × powers: the factor by which a month moves a power."""
    factor = np.ones((len(MONTHS), len(powers)))
    for words, (months, inside, outside) in SEASONAL.items():
        named = powers["name"].str.contains(words).to_numpy()
        factor[:, named] = np.where(MONTHS.month.isin(months), inside, outside)[:, None]
    return factor


def baseline_sets(
    weight: np.ndarray, powers: pd.DataFrame, penalties: pd.Series, rng: Rng
) -> dict[str, np.ndarray]:
    """District → the urban-management powers (positions) that it uses in the first months.

    `penalties` counts each district's cases of these months, the top district first.
    """
    urban = np.flatnonzero(powers["source_department"].eq(URBAN_MANAGEMENT) & (weight > 0))
    lowest, highest = OTHER_RATES
    sizes = np.linspace(highest, lowest, len(penalties) - 1)
    sizes = np.minimum(sizes, penalties.iloc[1:] * MOST_FORCED).astype(int)
    chosen = {}
    for district, size in zip(penalties.index, [HIGHEST_RATE, *sizes], strict=True):
        likely = np.log(weight[urban]) + rng.gumbel(size=len(urban)) * 0.6
        chosen[str(district)] = urban[np.argsort(-likely)[:size]]
    return chosen


def choose_powers(cases: pd.DataFrame, powers: pd.DataFrame, seed: int) -> pd.DataFrame:
    """`cases` with columns powers (tuple of codes) and forced (no outcome may undo the case)."""
    rng = np.random.default_rng([seed, 3])
    weight = popularity(powers, rng)
    early = cases[(cases["month"] < BASELINE_MONTHS) & (cases["action"] == "penalty")]
    used = baseline_sets(weight, powers, early["district"].value_counts(), rng)
    first, second = (_draw(cases, weight, powers, used, rng) for _ in range(2))
    forced = _force(early, used, first, rng)
    named = cases.assign(powers=_name_powers(cases, powers, first, second, rng), forced=forced)
    # A coercion counts in the rate of the first months whatever its outcome: they begin later.
    begun = (cases["action"] != "coercion") | (cases["month"] >= BASELINE_MONTHS)
    return named[begun].reset_index(drop=True)


def _force(
    early: pd.DataFrame, used: dict[str, np.ndarray], first: np.ndarray, rng: Rng
) -> np.ndarray:
    """Give each power of a district's set one of its early penalties; which ones: a mask."""
    forced = np.zeros(len(first), dtype=bool)
    for district, chosen in used.items():
        rows = early.index[early["district"] == district].to_numpy()
        rows = rng.choice(rows, len(chosen), replace=False)
        first[rows] = rng.permutation(chosen)
        forced[rows] = True
    return forced


def _draw(
    cases: pd.DataFrame,
    weight: np.ndarray,
    powers: pd.DataFrame,
    used: dict[str, np.ndarray],
    rng: Rng,
) -> np.ndarray:
    """One power (position) per case, by the taste of its district and the month."""
    factor = season(powers)
    factor[:ECOLOGY_BEGINS, powers["source_department"].eq(ECOLOGY)] = 0.0
    urban = powers["source_department"].eq(URBAN_MANAGEMENT).to_numpy()
    drawn = np.empty(len(cases), dtype=int)
    for group, rows in cases.groupby(["district", "month"]).indices.items():
        district, month = cast(tuple[str, int], group)
        shares = weight * _taste(district, len(weight)) * factor[month]
        if month < BASELINE_MONTHS:
            unused = np.setdiff1d(np.flatnonzero(urban), used[district])
            shares[unused] = 0.0
        reached = shares.cumsum()
        drawn[rows] = np.searchsorted(reached, rng.random(len(rows)) * reached[-1], side="right")
    return drawn


def _taste(district: str, count: int) -> np.ndarray:
    """What a district leans to; the same whenever it is asked."""
    return np.exp(np.random.default_rng(int(district)).normal(0, TASTE, count))


def _name_powers(
    cases: pd.DataFrame, powers: pd.DataFrame, first: np.ndarray, second: np.ndarray, rng: Rng
) -> pd.Series:
    """Positions → tuples of codes: none, one or two per case."""
    codes = powers["code"].to_numpy()
    coercive = np.flatnonzero(powers["kind"].eq("coercion"))
    action = cases["action"].to_numpy()
    first = np.where(action == "coercion", rng.choice(coercive, len(cases)), first)
    blank = (action == "inspection") & (rng.random(len(cases)) >= INSPECTIONS_NAMED)
    two = (action != "coercion") & (rng.random(len(cases)) < SECOND_POWER) & (first != second)
    named = [
        () if no else ((one, other) if both else (one,))
        for one, other, both, no in zip(codes[first], codes[second], two, blank, strict=True)
    ]
    return pd.Series(named, index=cases.index, dtype=object)
