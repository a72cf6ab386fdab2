"""Cards of legal review: coverage, breaches, turnaround, backlog, load."""

from functools import partial
from typing import Any

from registry.language import N_
from registry.measures.card import Card
from registry.measures.review import review, turnaround_distribution
from registry.measures.review_ahead import months_ahead

_BY_COMPLETION = N_(
    "按审核完成的月份计；完成早于送审的不计。法定节假日和调休按国家公布的日历，"
    "日历未公布的年份只按周一至周五计。"
)


def _card(measure: str, title: str, formula: str, why: str, **more: Any) -> Card:
    """A share of what was returned: missing returns may move it either way."""
    common = {"reads": "share", "options": frozenset()}
    compute = partial(review, measures=(measure,))
    given = common | more
    return Card(f"review.{measure}", title, formula, why, compute=compute, **given)


REVIEW_CARDS = (
    _card(
        "coverage",
        N_("法制审核覆盖率"),
        N_("审核过的案件 ÷ 注明应当审核的处罚和强制案件。"),
        N_("行政处罚法第五十八条：应当审核的，未经审核不得作出决定。"),
        better="up",
        limits=N_("是否应当审核由报送单位注明；没有注明的另计，不在其中。"),
        gaming=N_("把应当审核的案件注明为不必审核即可抬高；对照未注明的比例。"),
    ),
    _card(
        "decided_without_review",
        N_("应审未审即作决定"),
        N_("注明应当审核、已作决定、而决定之日审核尚未完成的处罚和强制案件数。"),
        N_("违反行政处罚法第五十八条，可能使决定无效；逐案列出，供核对。"),
        better="down",
        limits=N_("没有决定日期、也没有处理结果的案件可能还在审核，不算；日期填错也会列入。"),
        gaming=N_("补填审核日期即可消去；对照送审和完成日期的间隔。"),
        reads="count",
        unit="cases",
    ),
    _card(
        "review_unknown",
        N_("是否应审未注明"),
        N_("没有注明是否应当审核的处罚和强制案件 ÷ 全部处罚和强制案件。"),
        N_("未注明的不能算作审核过，也不能算作不必审核；先看它占多少。"),
        better="down",
        limits=N_("台账没有这一列的地方全部算作未注明。"),
        gaming=N_("一律填「否」即可降低；对照覆盖率的分母。"),
    ),
    _card(
        "turnaround_median",
        N_("审核用时中位数"),
        N_("送审次日起至完成之日的工作日数，一半案件不超过此数；分母为案件数。"),
        N_("看司法所审得快不快，排队长不长。"),
        better="down",
        limits=_BY_COMPLETION,
        gaming=N_("晚登记送审、早登记完成即可缩短；对照决定日期。"),
        reads="count",
        unit="days",
    ),
    _card(
        "turnaround_p90",
        N_("审核用时第九十百分位"),
        N_("送审次日起至完成之日的工作日数，九成案件不超过此数；分母为案件数。"),
        N_("中位数看不出的久拖案件在这里。"),
        better="down",
        limits=_BY_COMPLETION,
        gaming=N_("把久拖的案件退回重报即可缩短；对照退回率。"),
        reads="count",
        unit="days",
    ),
    _card(
        "on_time",
        N_("审核按时率"),
        N_("在政策文件所定工作日内完成的审核 ÷ 完成的审核（送审日期已知的）。"),
        N_("各家约定的期限守住了没有。"),
        better="up",
        limits=N_("期限是各单位的约定，不是法律；还在等的不在其中，要同积压一起看。"),
        gaming=N_("只审容易的、把难的放着即可抬高；对照积压。"),
    ),
    _card(
        "returned",
        N_("审核退回率"),
        N_("审核结果为退回的 ÷ 完成的审核。"),
        N_("退回多，说明办案质量或双方的尺度有差距，该培训。"),
        better="none",
        limits=N_("一案退回后重新送审，台账只留最后一次。"),
        gaming=N_("口头退回、不登记即可降低。"),
    ),
    _card(
        "backlog",
        N_("审核积压"),
        N_("期间最后一日已送审而尚未完成的案件数。"),
        N_("司法所手上还压着多少。"),
        better="down",
        limits=N_("撤案而没有登记审核结束的仍算在等；只计已报来的案件。"),
        gaming=N_("晚送审即可降低；对照立案到送审的间隔。"),
        reads="count",
        unit="cases",
    ),
    _card(
        "cases_per_reviewer",
        N_("每名审核人员月均送审件数"),
        N_("送审件数 ÷ 审核人员数按月之和；只计审核人员和台账都报来的街乡和月份。"),
        N_("同样的人手，有的司法所忙不过来，有的闲着。"),
        better="none",
        limits=N_("审核人员多兼其他工作；案件难易不同，只看负担，不作排名。"),
        gaming=N_("多报审核人员即可降低；对照花名册和署名。"),
        reads="ratio",
        unit="cases a month",
    ),
)
TURNAROUND_CARD = Card(
    "turnaround_distribution",
    N_("审核用时分布"),
    N_("用了这么多个工作日的 ÷ 完成的审核（送审日期已知的），逐个天数列出。"),
    N_("中位数相同，一家可能件件三日，一家可能大半当日、少数拖过时限。"),
    "none",
    _BY_COMPLETION,
    N_("晚登记送审、早登记完成即可缩短；对照决定日期。"),
    turnaround_distribution,
    frozenset(),
    reads="share",
)
AHEAD_CARD = Card(
    "review_ahead",
    N_("送审预估"),
    N_("往年同月的送审件数 ÷ 往年中有报送的年数，逐月列出。"),
    N_("提前看今后几个月司法所要审多少，好调人手。"),
    "none",
    N_("只是外推，不是预测：不看趋势，新下放的职权也不在其中。"),
    N_("集中送审只是把件数挪到别的月份。"),
    months_ahead,
    frozenset(),
    reads="ratio",
    unit="cases a month",
)
