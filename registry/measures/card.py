"""A measure's card: what it says, how it is computed, what it cannot say."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import pandas as pd

from registry.measures import completeness, exercise


@dataclass(frozen=True)
class Card:
    """`better` is up, down or none: which direction is an improvement, if any."""

    name: str
    title: str
    title_en: str
    formula: str
    why: str
    better: str
    limits: str
    gaming: str
    compute: Callable[..., pd.DataFrame]
    options: frozenset[str]


CARDS = {
    card.name: card
    for card in (
        Card(
            "exercise_rate",
            "职权履行率",
            "Exercise rate",
            "期间内行使过的职权 ÷ 期间内持有的职权。合并(union):一区任一街乡行使过即计;"
            "逐对(pooled):按街乡与职权的对数计;平均(mean):各街乡自身比率的平均。",
            "看下放的职权有没有真正用起来。",
            "none",
            "数量越大,涉及的职权面越宽,区的合并率总高于街乡平均,两者不可互比;报送不全时为下限。",
            "每项职权各办一件即可抬高;对照履职均衡率(至少三件)。",
            exercise.exercise_rate,
            frozenset({"aggregate", "basis", "min_cases"}),
        ),
        Card(
            "balance_rate",
            "履职均衡率",
            "Balance rate",
            "期间内至少有三件案件的职权 ÷ 期间内持有的职权;"
            "合并(union)时先把各街乡各月的件数相加再比。",
            "只用过一次的职权,先当作装点门面,直到证明不是。",
            "none",
            "季节性和小范围的职权达不到三件未必是问题。",
            "把一案拆成三案即可抬高;对照撤案率和罚款分布。",
            partial(exercise.exercise_rate, min_cases=exercise.BALANCE_MIN_CASES),
            frozenset({"aggregate", "basis"}),
        ),
        Card(
            "coverage",
            "职权覆盖面",
            "Coverage of a power",
            "行使过该职权的街乡 ÷ 持有该职权的街乡。",
            "看一项职权是处处有用还是个别地方有用。",
            "none",
            "没有需求的地方不行使是正常的。",
            "各街乡各办一件即可抬高。",
            exercise.coverage,
            frozenset({"basis", "min_cases"}),
        ),
        Card(
            "dormant",
            "休眠职权",
            "Dormant powers",
            "至少 12 个月内每天都有街乡持有、而没有任何案件的职权;报送不全时只称「未见案件」。",
            "是收回、培训还是需求本不存在,要从这张单子问起。",
            "none",
            "季节性职权须看满一年;未见案件不等于休眠。",
            "一次检查即可使其不再休眠。",
            exercise.dormant,
            frozenset(),
        ),
        Card(
            "completeness",
            "报送完整度",
            "Completeness of returns",
            "已报送的(街乡,月)÷ 应报送的(街乡,月);零报告算已报送,未报不算零。",
            "其他一切比率的前提。",
            "up",
            "报送了不等于报全了;隔离中的行另行标注。",
            "申报范围大于实际报送会虚高。",
            completeness.completeness,
            frozenset(),
        ),
    )
}
