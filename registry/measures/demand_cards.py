"""Cards of demand: complaints, needed and unused, the funnel to powers."""

from functools import partial
from typing import Any

from registry.language import N_
from registry.measures.card import Card
from registry.measures.demand import demand

_LIMITS = N_("诉求主题与职权的对应由本项目编写;没有主题、只写职权的诉求不计入主题。")


def _card(measure: str, title: str, formula: str, why: str, gaming: str, **more: Any) -> Card:
    common = {"better": "none", "limits": _LIMITS, "reads": "count", "unit": "cases"}
    given = common | {"options": frozenset()} | more
    compute = partial(demand, measures=(measure,))
    return Card(f"demand.{measure}", title, formula, why, gaming=gaming, compute=compute, **given)


DEMAND_CARDS = (
    _card(
        "complaints",
        N_("诉求件数"),
        N_("期间内报来的诉求件数;一个主题的诉求不论对应几项职权都只计一次。"),
        N_("居民要什么,看诉求。"),
        N_("把诉求归到别的主题即可压低。"),
    ),
    _card(
        "needed_but_unused",
        N_("需要而未行使"),
        N_("诉求超过政策限额(每单位每年,按报送的月份折算)而该主题的职权没有任何案件的,计 1。"),
        N_("把该培训的和该收回的分开。"),
        N_("办一件检查即可消去;对照履职均衡率。"),
        unit="topics",
    ),
    _card(
        "powers_with_cases",
        N_("主题职权中有案件的"),
        N_("该主题的职权中有任何案件(含检查)的 ÷ 所持有的;案件不跨职权相加。"),
        N_("诉求有没有走到检查。"),
        N_("各办一件检查即可抬高。"),
        reads="rate",
        unit="fraction",
    ),
    _card(
        "powers_decided",
        N_("主题职权中有决定的"),
        N_("该主题的职权中有处罚决定或强制的 ÷ 所持有的;案件不跨职权相加。"),
        N_("检查有没有走到决定。"),
        N_("各办一件即可抬高。"),
        reads="rate",
        unit="fraction",
    ),
)
