"""Cards of procedure: summary share, could have been summary, over 90 days, withdrawals, fines."""

from functools import partial
from typing import Any

from registry.language import N_
from registry.measures.card import Card
from registry.measures.procedure import fine_distribution, procedure

_FIXED_FINES = N_("法律规定固定数额的职权，罚款自然集中。")
_YUAN: dict[str, Any] = {"reads": "ratio", "unit": "yuan"}


def _card(measure: str, title: str, formula: str, why: str, **more: Any) -> Card:
    """A share of what was returned: missing returns may move it either way."""
    common = {"reads": "share", "options": frozenset()}
    compute = partial(procedure, measures=(measure,))
    given = common | more
    return Card(f"procedure.{measure}", title, formula, why, compute=compute, **given)


PROCEDURE_CARDS = (
    _card(
        "summary_share",
        N_("简易程序占比"),
        N_("适用简易程序的 ÷ 注明了程序的处罚决定。"),
        N_("人大报告指出街乡执法沿用部门的繁重程序；当场能办的小案应当当场办。"),
        better="none",
        limits=N_("没有注明程序的不在其中；占比高低取决于案件大小。"),
        gaming=N_("把大案拆小即可抬高；对照罚款分布。"),
    ),
    _card(
        "could_have_been_summary",
        N_("本可适用简易程序"),
        N_("罚款在案件当日简易程序限额以内的 ÷ 已处罚、罚款和当事人类型已知的普通程序案件。"),
        N_("程序本可以轻一些的有多少（行政处罚法第五十一条；2021年7月15日前限额较低）。"),
        better="down",
        limits=N_("只比罚款数额；事实是否确凿、是否需要取证，台账看不出。"),
        gaming=N_("罚款略高于限额即可降低；对照罚款分布。"),
    ),
    _card(
        "over_90_days",
        N_("超过九十日"),
        N_("立案到决定超过九十日（自然日）的 ÷ 立案和决定日期都已知的普通程序决定。"),
        N_("行政处罚法第六十条自2021年7月15日起施行；此前没有一般期限，算作缺，不算零。"),
        better="down",
        limits=N_("经批准延期的、听证鉴定的时间应当扣除，台账看不出。"),
        gaming=N_("晚登记立案即可降低；对照检查日期。"),
    ),
    _card(
        "withdrawal_rate",
        N_("撤案率"),
        N_("其中已知撤案的 ÷ 期间内立案的处罚案件（没有立案日期的按案件当日）。"),
        N_("立了又撤，白费人力，也可能是为凑件数。"),
        better="none",
        limits=N_("新近立案的还可能撤案，近几个月偏低。"),
        gaming=N_("不登记撤案即可降低；对照久未决定的案件。"),
    ),
    _card(
        "fine_median",
        N_("罚款中位数"),
        N_("一半的罚款不超过此数（元）；分母为有罚款的处罚决定，罚款为零的不算。"),
        N_("案件大小的尺度：程序的轻重要对着它看。"),
        better="none",
        limits=_FIXED_FINES,
        gaming=N_("把大案拆小即可降低；对照简易程序占比。"),
        **_YUAN,
    ),
    _card(
        "fine_p90",
        N_("罚款第九十百分位"),
        N_("九成的罚款不超过此数（元）；分母为有罚款的处罚决定，罚款为零的不算。"),
        N_("中位数看不出的大案在这里。"),
        better="none",
        limits=_FIXED_FINES,
        gaming=N_("把大案拆小即可降低；对照简易程序占比。"),
        **_YUAN,
    ),
)
FINE_CARD = Card(
    "fine_distribution",
    N_("罚款分布"),
    N_("罚款为此数的 ÷ 有罚款的处罚决定；罚款为零的不算罚款。"),
    N_("看罚款是否集中在一个数上，是否压着限额。"),
    "none",
    _FIXED_FINES,
    N_("数额略作变动即可分散。"),
    fine_distribution,
    frozenset(),
    reads="share",
)
