"""Cards of the staffing waterfall, of loads and of origins of officers."""

from functools import partial
from typing import Any

from registry.language import N_
from registry.measures.card import Card
from registry.measures.staffing import staffing


def _card(measure: str, title: str, formula: str, why: str, **more: Any) -> Card:
    """A share of established posts, of which more is better unless said otherwise."""
    common = {
        "better": "up",
        "limits": N_("只计两个数都报来的街乡；期间内取各街乡最后一次报来的月份。"),
        "gaming": N_("人员一天里算作几个岗位即可抬高；对照案件和考勤。"),
        "reads": "share",
        "options": frozenset(),
    }
    compute = partial(staffing, measures=(measure,))
    given = common | more
    return Card(f"staffing.{measure}", title, formula, why, compute=compute, **given)


_LOAD_LIMITS = N_(
    "什么算一件检查，各地口径可差两个数量级；只在同类单位之间参看，从不排名。"
    "只计台账和人员都报来的街乡，随期间长短而变。"
)
STAFFING_CARDS = (
    _card(
        "established",
        N_("编制"),
        N_("各街乡核定的执法编制数之和。"),
        N_("其余各步都以它为分母。"),
        better="none",
        limits=N_("没有报编制的街乡不在其中；期间内取各街乡最后一次报来的月份。"),
        gaming=N_("编制是核定的，不由街乡自报高低；核对批文。"),
        reads="count",
        unit="posts",
    ),
    _card(
        "in_post",
        N_("在编率"),
        N_("在编人员 ÷ 编制。"),
        N_("编制给了，人有没有到。"),
    ),
    _card(
        "certified",
        N_("持证率"),
        N_("在编人员中持有执法证的 ÷ 编制。"),
        N_("没有执法证不能办案。"),
    ),
    _card(
        "not_seconded",
        N_("未借调率"),
        N_("（持证人员 − 其中借调在外的）÷ 编制。"),
        N_("人在册上，不一定在街乡。"),
    ),
    _card(
        "front_line",
        N_("到位率（下沉率）"),
        N_("在一线的执法人员 ÷ 编制。"),
        N_("看人有没有真正下沉到一线。"),
    ),
    _card(
        "handled_case",
        N_("办案率"),
        N_("当月办过案件的执法人员 ÷ 编制。"),
        N_("人在一线，有没有在办案。"),
        gaming=N_("一案挂多人的名字即可抬高；对照案件数。"),
    ),
    _card(
        "cases_per_front_line_officer",
        N_("一线人均案件"),
        N_("期间内的案件（每案只计一次）÷ 一线执法人员。"),
        N_("看职权少用是因为没有人，还是另有原因。"),
        better="none",
        limits=_LOAD_LIMITS,
        gaming=N_("拆分案件即可抬高。"),
        reads="ratio",
        unit="cases per officer",
    ),
    _card(
        "inspections_per_front_line_officer",
        N_("一线人均检查"),
        N_("期间内的检查（每次只计一次）÷ 一线执法人员。"),
        N_("看人手用在检查上有多少。"),
        better="none",
        limits=_LOAD_LIMITS,
        gaming=N_("把一次检查按检查单分开登记即可抬高。"),
        reads="ratio",
        unit="inspections per officer",
    ),
    _card(
        "officers_by_origin",
        N_("执法人员来源"),
        N_("执法人员按原所在部门的人数；每个部门一条记录。"),
        N_("职权来自几个部门，人是不是也来自这些部门。"),
        better="none",
        limits=N_("只计分来源报送的街乡；期间内取各街乡最后一次报来的月份。"),
        gaming=N_("来源以调入文件为准。"),
        reads="count",
        unit="officers",
    ),
    _card(
        "auxiliary",
        N_("辅助人员"),
        N_("各街乡协助执法、不能独立执法的人员之和。"),
        N_("辅助人员不能作决定，不能补执法人员的缺。"),
        better="none",
        limits=N_("没有报辅助人员的街乡不在其中；期间内取各街乡最后一次报来的月份。"),
        gaming=N_("各地对辅助人员的叫法不一；看报送说明。"),
        reads="count",
        unit="people",
    ),
)
