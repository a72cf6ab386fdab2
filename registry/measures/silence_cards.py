"""Cards of need and silence: what is asked of a power, where it is too quiet, where uneven."""

from functools import partial

from registry.language import N_
from registry.measures.card import Card
from registry.measures.need import RATE, UNMET, need
from registry.measures.silence import HETEROGENEITY, SILENCE, silence

NEED_CARDS = (
    Card(
        f"need.{RATE}",
        N_("每街乡每年投诉"),
        N_(
            "对应该职权的各主题的投诉（及直接按职权编码报送的投诉）÷ 持有且已报送的街乡月 × 12；"
            "一个主题的投诉对它的每项职权各计一次，从不跨职权相加。没有主题提到的职权，不显示。"
        ),
        N_("贴近居民生活的程度。"),
        "none",
        N_("主题与职权的对应是一种判断；投诉多少与人口和习惯有关，不作排名。"),
        N_("把投诉归到别的主题即可压低；对照热线原始分类。"),
        partial(need, measures=(RATE,)),
        frozenset(),
        reads="ratio",
        unit="complaints",
    ),
    Card(
        f"need.{UNMET}",
        N_("有投诉而无人办的街乡"),
        N_(
            "某主题投诉超过政策限额、而该主题的任何一项职权都未用过的街乡 ÷ 能够判断的持有街乡；"
            "台账不全又未见案件的街乡不判断。"
        ),
        N_("把「加强培训」和「收回」分开：有人投诉而不用，不等于不需要。"),
        "down",
        N_("限额是本单位的选择，不是法律；没有主题提到的职权，不显示。"),
        N_("办一件检查即算用过；对照投诉之后的检查和决定。"),
        partial(need, measures=(UNMET,)),
        frozenset(),
        reads="share",
    ),
)

SILENCE_CARDS = (
    Card(
        f"silence.{SILENCE}",
        N_("反常沉默的街乡"),
        N_(
            "按全市该职权的案件数和各街乡其他职权的案件数，推算每个街乡应有的案件数；"
            "应有 3 件以上的（街乡，职权）对一并检验（负二项分布，离散度由全市数据估计，"
            "错误发现率按政策文件），一件也没有且通不过检验的为反常沉默。"
            "反常沉默的街乡 ÷ 参与检验的街乡。"
        ),
        N_("没有案件有两种：本来就少，或该有而没有；只有后一种值得追问。"),
        "down",
        N_("应有的件数太少时无从判断，不等于没有问题；沉默也可能是辖区确无此事。"),
        N_("办一件即不再沉默；对照该职权的投诉。"),
        partial(silence, measures=(SILENCE,)),
        frozenset(),
        reads="share",
    ),
    Card(
        f"silence.{HETEROGENEITY}",
        N_("街乡之间的差异"),
        N_(
            "各街乡案件数对「同一比率」的卡方值 ÷ 自由度；1 是偶然，越大越不均。"
            "应有不足 3 件的街乡并为一格；同时给出 p 值和错误发现率校正后的值。"
        ),
        N_("有的地方用得上、有的地方用不上，才有理由差异化下放。"),
        "none",
        N_("案件多的职权，很小的差异也显著；要连同比值的大小一起看。"),
        N_("各街乡各办几件即可拉平；看履行面和投诉。"),
        partial(silence, measures=(HETEROGENEITY,)),
        frozenset(),
        reads="ratio",
        unit="index",
    ),
)
