"""Cards of the signs of figures made to please; each is a question, never a verdict."""

from functools import partial
from typing import Any

from registry.language import N_
from registry.measures.card import Card
from registry.measures.gaming import TEXTS, gaming

_WHY = N_("件数指标曾被公开批评；数据太整齐时要问一问，不下结论。")
_GAMING = N_("知道检验的人可以避开；对照案卷。")


def _card(measure: str, title: str, formula: str, **more: Any) -> Card:
    given = {"reads": "share", "unit": "fraction", "options": frozenset()} | more
    compute = partial(gaming, measures=(measure,))
    limits = TEXTS[measure][1]
    return Card(
        f"gaming.{measure}", title, formula, _WHY, "none", limits, _GAMING, compute, **given
    )


GAMING_CARDS = (
    _card(
        "evenness",
        N_("月度件数的离散指数"),
        N_("各月处罚件数的方差 ÷ 均值；远小于 1 是比偶然更整齐，以卡方分布下尾检验。"),
        reads="ratio",
        unit="index",
    ),
    _card(
        "fine_clustering",
        N_("最常见罚款额的占比"),
        N_("罚款额最常见的一个数的件数 ÷ 有罚款的件数。"),
    ),
    _card(
        "last_month_spike",
        N_("十二月与其他月份之比"),
        N_("十二月的处罚件数 ÷ 期间内其他各月的平均，以二项分布上尾检验。"),
        reads="ratio",
        unit="index",
    ),
    _card("used_once", N_("只用过一次的职权占比"), N_("恰好有一件决定的职权 ÷ 有决定的职权。")),
)
