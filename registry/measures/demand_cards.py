"""Cards of demand: complaints, needs that nothing answers, what follows complaints."""

from functools import partial

from registry.language import N_
from registry.measures.card import Card
from registry.measures.demand import demand

_FUNNEL_LIMITS = N_(
    "检查常按检查单登记，未必写明职权；不同职权的案件不能相加，所以数街乡，不数案件。台账不全时为下限。"
)
_FUNNEL_GAMING = N_("投诉后补登一件检查即可抬高；看案件的日期和内容。")

DEMAND_CARDS = (
    Card(
        "demand.complaints",
        N_("居民投诉"),
        N_("期间内某主题的投诉件数；一个主题对应几项职权，投诉只计一次。"),
        N_("看居民要的是什么。"),
        "none",
        N_("投诉多少与人口和习惯有关，不作排名；没有对应主题的投诉不在其中。"),
        N_("把投诉归到别的主题即可压低；对照热线原始分类。"),
        partial(demand, measures=("complaints",)),
        frozenset(),
        reads="count",
        unit="complaints",
    ),
    Card(
        "demand.needed_but_unused",
        N_("有需求而未行使"),
        N_(
            "有街乡某主题的投诉超过政策限额（按报来的月份折算），而期间内没有任何街乡用过该主题的"
            "任何一项职权，计 1；否则计 0。台账不全时只称「未见案件」，不下结论。"
        ),
        N_("把「加强培训」和「收回」分开：有人投诉的职权，不用不等于不需要。"),
        "down",
        N_("主题与职权的对应是一种判断；限额是本单位的选择，不是法律。"),
        N_("办一件检查即算用过；对照投诉之后的检查和决定。"),
        partial(demand, measures=("needed_but_unused",)),
        frozenset(),
        reads="count",
        unit="topics",
    ),
    Card(
        "demand.inspections_after_complaints",
        N_("投诉后有检查"),
        N_("首次投诉当月起在期间内按该主题的职权检查过的街乡 ÷ 有投诉的街乡。"),
        N_("投诉之后有没有人去看。"),
        "up",
        _FUNNEL_LIMITS,
        _FUNNEL_GAMING,
        partial(demand, measures=("inspections_after_complaints",)),
        frozenset(),
    ),
    Card(
        "demand.decisions_after_complaints",
        N_("投诉后有决定"),
        N_("首次投诉当月起在期间内按该主题的职权作出处罚决定或实施强制的街乡 ÷ 有投诉的街乡。"),
        N_("看了之后有没有依法处理；有的投诉劝导即可解决。"),
        "none",
        _FUNNEL_LIMITS,
        _FUNNEL_GAMING,
        partial(demand, measures=("decisions_after_complaints",)),
        frozenset(),
    ),
)
