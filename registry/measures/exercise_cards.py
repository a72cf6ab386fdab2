"""Cards of the measures of use: exercise, balance, coverage, dormancy, completeness."""

from functools import partial

from registry.language import N_
from registry.measures import completeness, exercise, use
from registry.measures.card import Card

EXERCISE_CARDS = (
    Card(
        "exercise_rate",
        N_("职权履行率"),
        N_(
            "期间内行使过的职权 ÷ 期间内持有的职权。合并（union）：一区任一街乡行使过即计；"
            "逐对（pooled）：按街乡与职权的对数计；平均（mean）：各街乡自身比率的平均。"
        ),
        N_("看下放的职权有没有真正用起来。"),
        "none",
        N_(
            "数量越大，涉及的职权面越宽，区的合并率总高于街乡平均，两者不可互比；报送不全时为下限。"
        ),
        N_("每项职权各办一件即可抬高；对照履职均衡率（至少三件）。"),
        exercise.exercise_rate,
        frozenset({"aggregate", "basis", "min_cases"}),
    ),
    Card(
        "balance_rate",
        N_("履职均衡率"),
        N_(
            "期间内至少有三件案件的职权 ÷ 期间内持有的职权；"
            "合并（union）时先把各街乡各月的件数相加再比。"
        ),
        N_("只用过一次的职权，先当作装点门面，直到证明不是。"),
        "none",
        N_("季节性和小范围的职权达不到三件未必是问题。"),
        N_("把一案拆成三案即可抬高；对照撤案率和罚款分布。"),
        partial(exercise.exercise_rate, min_cases=exercise.BALANCE_MIN_CASES),
        frozenset({"aggregate", "basis"}),
    ),
    Card(
        "coverage",
        N_("职权覆盖面"),
        N_("行使过该职权的街乡 ÷ 持有该职权的街乡。"),
        N_("看一项职权是处处有用还是个别地方有用。"),
        "none",
        N_("没有需求的地方不行使是正常的。"),
        N_("各街乡各办一件即可抬高。"),
        exercise.coverage,
        frozenset({"basis", "min_cases"}),
    ),
    Card(
        "dormant",
        N_("休眠职权"),
        N_("至少 12 个月内每天都有街乡持有、而没有任何案件的职权；报送不全时只称「未见案件」。"),
        N_("是收回、培训还是需求本不存在，要从这张单子问起。"),
        "none",
        N_("季节性职权须看满一年；未见案件不等于休眠。"),
        N_("一次检查即可使其不再休眠。"),
        exercise.dormant,
        frozenset(),
        reads="count",
        unit="cases",
    ),
    Card(
        "power_use",
        N_("职权使用情况"),
        N_("期间内涉及该职权的案件数；一案涉及几项职权，各计一次，从不跨职权相加。"),
        N_("看一项职权在哪里、哪几个月用过。"),
        "none",
        N_("案件多少取决于辖区和报送习惯，不作排名；缺报不是零。"),
        N_("拆分案件即可抬高。"),
        use.power_use,
        frozenset({"basis"}),
        reads="count",
        unit="cases",
    ),
    Card(
        "yearly_use",
        N_("每街乡每年案件"),
        N_("涉及该职权的案件 ÷ 持有且已报送的街乡月 × 12；含检查。"),
        N_("执法频次：这项职权平均多久用一次。"),
        "none",
        N_("平均数掩盖差异，要与覆盖面一起看；检查的口径各地不同，不作排名。"),
        N_("拆分案件、多记检查即可抬高。"),
        use.yearly_use,
        frozenset({"basis"}),
        reads="ratio",
        unit="cases",
    ),
    Card(
        "completeness",
        N_("报送完整度"),
        N_("已报送的（街乡，月）÷ 应报送的（街乡，月）；零报告算已报送，未报不算零。"),
        N_("其他一切比率的前提。"),
        "up",
        N_("报送了不等于报全了；隔离中的行另行标注。"),
        N_("申报范围大于实际报送会虚高。"),
        completeness.completeness,
        frozenset(),
        reads="share",
    ),
)
