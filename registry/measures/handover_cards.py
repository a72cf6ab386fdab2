"""Cards of the handing-over side: answers to calls, training, and use of the powers."""

from functools import partial
from typing import Any

from registry.language import N_
from registry.measures.card import Card
from registry.measures.handover import handover

_CALL_LIMITS = N_("只计呼叫数和结果都报来的记录；什么算按时、算解决，由街乡填报。")
_CALL_GAMING = N_("只吹容易的哨即可抬高；看呼叫的内容和件数。")
_TRAINING_LIMITS = N_("按区报送，分不到街道、乡镇；零报告算零，未报或未填不算零。")
_TRAINING_GAMING = N_("把一场拆成几场、把到场算作受训即可抬高；看职权有没有用起来。")


def _card(measure: str, title: str, formula: str, why: str, **more: Any) -> Card:
    """A share of calls that were answered, unless said otherwise."""
    common = {"better": "up", "limits": _CALL_LIMITS, "gaming": _CALL_GAMING, "reads": "share"}
    compute = partial(handover, measures=(measure,))
    given: dict[str, Any] = common | more
    options: frozenset[str] = frozenset()
    return Card(
        f"handover.{measure}", title, formula, why, compute=compute, options=options, **given
    )


def _count(measure: str, title: str, formula: str, why: str, unit: str) -> Card:
    """A number of what a department did for the districts."""
    return _card(
        measure,
        title,
        formula,
        why,
        better="none",
        limits=_TRAINING_LIMITS,
        gaming=_TRAINING_GAMING,
        reads="count",
        unit=unit,
    )


HANDOVER_CARDS = (
    _card(
        "on_time_rate",
        N_("部门按时报到率"),
        N_("街乡吹哨后部门按时报到的次数 ÷ 呼叫该部门的次数。"),
        N_("职权下放了，原部门还管不管。"),
    ),
    _card(
        "solved_rate",
        N_("吹哨解决率"),
        N_("街乡吹哨后得到解决的次数 ÷ 呼叫该部门的次数。"),
        N_("报到之后问题有没有解决。"),
    ),
    _count(
        "training_sessions",
        N_("培训场次"),
        N_("来源部门对承接单位的培训场次。"),
        N_("用不起来的职权，部门有没有教过。"),
        "sessions",
    ),
    _count(
        "officers_trained",
        N_("受训人次"),
        N_("参加来源部门培训的执法人员人次。"),
        N_("培训到了多少人。"),
        "officers",
    ),
    _count(
        "joint_operations",
        N_("联合执法次数"),
        N_("来源部门与承接单位联合执法的次数。"),
        N_("专业的职权有没有人带着做。"),
        "operations",
    ),
    _card(
        "exercise_rate",
        N_("该部门职权的履行率（合并）"),
        N_("该部门下放的职权中任一街乡行使过的 ÷ 至少一个街乡持有的。"),
        N_("与部门的支持并排看；两者并列，不等于因果。"),
        better="none",
        limits=N_("数量越大，涉及的职权面越宽；报送不全时为下限。"),
        gaming=N_("每项职权各办一件即可抬高；对照逐对的比率。"),
        reads="rate",
    ),
    _card(
        "exercise_rate_pooled",
        N_("该部门职权的履行率（逐对）"),
        N_("该部门下放职权中行使过的（街乡，职权）对 ÷ 持有的对。"),
        N_("一两个街乡用过，不等于处处会用。"),
        better="none",
        limits=N_("没有需求的地方不行使是正常的；报送不全时为下限。"),
        gaming=N_("各街乡各办一件即可抬高；对照履职均衡率。"),
        reads="rate",
    ),
)
