"""A profile → the words, tables and bars of a brief.

In: a profile, names in the reader's language, remarks, reported figures. Out: a `Document`. A
figure that is not known is a dash and a sentence that says why.
"""

from collections.abc import Sequence
from dataclasses import replace

import pandas as pd

from registry.adjustment.policy import GamingPolicy, Policy
from registry.brief.document import Bars, Document, Figure, Section
from registry.brief.figures import UNKNOWN, family_figures, rate_figure
from registry.card_wording import NONE, city_record, city_text, full_text, value_text
from registry.decile_charts import BAND_NAMES
from registry.figure import asked, reference
from registry.language import N_, _, day_name, language, ngettext
from registry.measures.cards import CARDS
from registry.profile import BRIEF, Profile, profile_figures
from registry.questions import NamesOf, measure_of, questions
from registry.remarks import Remark
from registry.returns import USAGE_LOG
from registry.snapshot import Snapshot
from registry.wording import (
    count_text,
    is_thin,
    limit_text,
    listed,
    p_text,
    percent_text,
    record_text,
    sentences,
    share_text,
    window_text,
)

WATERFALL = ("in_post", "certified", "not_seconded", "front_line", "handled_case")
REVIEW = (
    *(
        "coverage",
        "review_unknown",
        "decided_without_review",
        "turnaround_median",
        "turnaround_p90",
        "on_time",
    ),
    *("returned", "backlog", "cases_per_reviewer"),
)
PROCEDURE = (
    *("summary_share", "could_have_been_summary", "over_90_days", "withdrawal_rate"),
    *("fine_median", "fine_p90"),
)
MOST_TOPICS = 6
MOST_OWING = 4
MOST_REMARKS = 2
LONGEST_REMARK = 200
"""Signs of a remark that two pages have room for; two remarks share them."""

RECONSTRUCTED = "reconstructed"
RETURN_NAMES = {
    "usage": N_("执法台账"),
    "staffing": N_("人员"),
    "complaints": N_("诉求"),
    "whistles": N_("吹哨报到"),
    "training": N_("培训与联合执法"),
}


def write_brief(
    profile: Profile,
    names: NamesOf,
    snapshot: Snapshot,
    remarks: Sequence[Remark] = (),
    notice: str = "",
    policy: Policy | None = None,
) -> Document:
    """The brief of a place in the language spoken at the moment."""
    policy = policy or snapshot.policy
    name = names[profile.place.dimension][profile.place.code]
    number = brief_reference(profile, snapshot)
    return Document(
        title=_("{name}下放职权履行简报").format(name=name),
        subtitle=stand(profile, snapshot),
        notice=notice,
        headline=headline(profile),
        sections=sections(profile, names, on_paper(remarks), policy),
        caveats=caveats(snapshot),
        foot=_(
            "下放职权台账 · 引用编号 {reference} · 数据版本 {revision} · 期间 {window} · 截至 {day}"
            " · 账册头 {head}"
        ).format(
            reference=number,
            revision=snapshot.revision,
            head=snapshot.head,
            window=window_text(profile.window),
            day=day_name(profile.as_of),
        ),
        language=language(),
        figures=headline_figures(profile),
        reference=number,
    )


def brief_reference(profile: Profile, snapshot: Snapshot) -> str:
    """The reference under which a brief's figures leave."""
    place = profile.place
    figure = asked(BRIEF, (place.dimension,), profile.window, snapshot, place.selection, {})
    return reference(figure, profile_figures(profile))


def stand(profile: Profile, snapshot: Snapshot) -> str:
    """Window, as-of day, data version, completeness."""
    return _("期间 {window}；截至 {day}；数据版本 {revision}；报送完整度 {share}。").format(
        window=window_text(profile.window),
        day=day_name(profile.as_of),
        revision=snapshot.revision,
        share=returned_text(profile),
    )


def returned_text(profile: Profile) -> str:
    """How much of the usage logs is in, in unit-months."""
    return share_text(profile.covered.loc[USAGE_LOG])


def headline(profile: Profile) -> dict[str, str]:
    front = measure_of(profile.staffing, "front_line")
    return {
        _("职权履行率（合并）"): record_text(profile.rate),
        _("履职均衡率（至少三件）"): record_text(profile.balance),
        _("一线到位率"): value_text(front, "staffing"),
    }


def headline_figures(profile: Profile) -> tuple[Figure, ...]:
    """The headline as numbers; of the balance rate the city has none."""
    front = measure_of(profile.staffing, "front_line")
    return (
        rate_figure(_("职权履行率（合并）"), profile.rate, profile.city),
        rate_figure(_("履职均衡率（至少三件）"), profile.balance),
        *family_figures("staffing", [] if front is None else [front]),
    )


def sections(
    profile: Profile, names: NamesOf, remarks: Sequence[Remark], policy: Policy
) -> tuple[Section, ...]:
    """The sections that the page and the brief share, in their order."""
    return (
        use_section(profile, names),
        staffing_section(profile),
        review_section(profile, policy),
        procedure_section(profile),
        demand_section(profile, names, policy),
        gaps_section(profile, names),
        signs_section(profile, policy),
        remark_section(remarks),
        questions_section(profile, names, policy),
    )


def caveats(snapshot: Snapshot) -> tuple[str, ...]:
    reconstructed = snapshot.catalogue.powers["provenance"].eq(RECONSTRUCTED).any()
    return (
        _(
            "缺报不是零：报送不全时比率是下限，写作「至少」；报送完整度低于 {limit} 的不宜比较。"
        ).format(limit=limit_text()),
        _("合并履行率随案件量上升，只宜同类、同案件量之间比较，不作排名。"),
        *([_("职权目录为重建，官方附件可载入替换。")] if reconstructed else []),
    )


def use_section(profile: Profile, names: NamesOf) -> Section:
    rows = profile.departments
    bars = Bars(
        title=_("各来源部门职权履行率"),
        labels=tuple(names["department"][code] for code in rows["department"]),
        values=tuple(rows["value"]),
        says=tuple(record_text(row) for _i, row in rows.iterrows()),
        marks=tuple(rows["value_city"]),
        mark_says=tuple(record_text(city_record(row)) for _i, row in rows.iterrows()),
        reading=_("条形是本地合并履行率，竖线是全市；横轴从零到全部。"),
    )
    figures = tuple(
        rate_figure(label, row, city_record(row))
        for label, (_i, row) in zip(bars.labels, rows.iterrows(), strict=True)
    )
    texts = (_use_text(profile), _peers_text(profile, names))
    return Section(_("职权用得怎样"), texts, bars=bars, figures=figures)


def _use_text(profile: Profile) -> str:
    if pd.isna(profile.rate["value"]):
        return _("期间内没有任何报送，履行率不可知。")
    text = _("持有 {held:,.0f} 项职权，行使过 {used:,.0f} 项；全市合并履行率{city}。").format(
        held=profile.rate["denominator"],
        used=profile.rate["numerator"],
        city=record_text(profile.city),
    )
    if is_thin(profile.rate["completeness"]):
        text = sentences(text, _("报送不足，以上是下限。"))
    return text


def _peers_text(profile: Profile, names: NamesOf) -> str:
    peers, value = profile.peers, profile.rate["value"]
    if is_thin(profile.rate["completeness"]):
        return _("报送不足，不与同类比较。")
    if not peers.count or pd.isna(value):
        return _("没有可比的同类。")
    below = sum(decile < value for decile in peers.deciles)
    among = ngettext("报送充分的 {count} 个区", peers.count).format(count=peers.count)
    if peers.kind:
        among = ngettext(
            "同类同案件量、报送充分的 {count} 个单位（{kind}，{band}）", peers.count
        ).format(
            count=peers.count,
            kind=names["unit_kind"][peers.kind],
            band=_(BAND_NAMES[peers.band]),
        )
    place = _("高于第 {low} 百分位").format(low=below * 10) if below else _("不高于第 10 百分位")
    return _("在{among}中，{place}，中位数 {median}（不作排名）。").format(
        among=among, place=place, median=percent_text(peers.deciles[4])
    )


def staffing_section(profile: Profile) -> Section:
    title = _("人到位没有")
    posts = measure_of(profile.staffing, "established")
    if "staffing" not in profile.covered.index or not profile.covered.at["staffing", "value"]:
        return Section(title, (_("期间内没有人员报送，到位情况不可知。"),))
    if posts is None or pd.isna(posts["value"]):
        told = (_no_posts_text(profile), _load_text(profile), _origin_text(profile))
        return Section(title, told)
    rows = [(name, measure_of(profile.staffing, name)) for name in WATERFALL]
    steps = [(name, row) for name, row in rows if row is not None]
    bars = Bars(
        title=_("各环节 ÷ 编制"),
        labels=tuple(_(CARDS[f"staffing.{name}"].title) for name, _row in steps),
        values=tuple(row["value"] for _name, row in steps),
        says=tuple(value_text(row, "staffing") for _name, row in steps),
        marks=tuple(row["value_city"] for _name, row in steps),
        mark_says=tuple(city_text(row, "staffing") for _name, row in steps),
        reading=_("竖线是全市。"),
        note=_("每个环节只数上一环节的人；「—」是没有报送，不是零。"),
    )
    count = _("编制 {posts} 名。").format(posts=count_text(posts["numerator"]))
    texts = (sentences(count, _load_text(profile)), _origin_text(profile))
    figures = family_figures("staffing", [posts, *(row for _name, row in steps)])
    return Section(title, texts, bars=bars, figures=figures)


def _no_posts_text(profile: Profile) -> str:
    """Staff were returned, but not the posts by which every step is divided."""
    return _("人员已有报送（{share}），但没有填编制数：各环节占编制的比率不可知。").format(
        share=share_text(profile.covered.loc["staffing"])
    )


def _load_text(profile: Profile) -> str:
    load = measure_of(profile.staffing, "cases_per_front_line_officer")
    if load is None or pd.isna(load["value"]):
        return _("台账或一线人数缺报，每名一线人员办案多少不可知。")
    return _("期间每名一线人员办案 {load}；含检查，口径各地不一，不作比较。").format(
        load=full_text(load, "staffing")
    )


def _origin_text(profile: Profile) -> str:
    if "origin" not in profile.staffing:
        return ""
    rows = profile.staffing[profile.staffing["measure"].eq("officers_by_origin")]
    known = rows[rows["value"].gt(0)]
    if not len(known):
        return _("没有报送人员来源。")
    return _("有人员划转的来源部门 {count} 个。").format(count=known["origin"].nunique())


def review_section(profile: Profile, policy: Policy) -> Section:
    text = _("时限 {days} 个工作日；用时是审结件所用的工作日。").format(days=policy.review_days)
    return _family_section(_("法制审核压力"), "review", REVIEW, profile.review, text)


def procedure_section(profile: Profile) -> Section:
    text = _("只数已作出决定、程序已知的处罚；简易程序限额按当日有效的法律。")
    return _family_section(_("程序轻重"), "procedure", PROCEDURE, profile.procedure, text)


def _family_section(
    title: str, family: str, names: Sequence[str], frame: pd.DataFrame, text: str
) -> Section:
    """A table of a family's measures, the city's value beside each."""
    found = [(name, measure_of(frame, name)) for name in names]
    known = [(name, row) for name, row in found if row is not None and not pd.isna(row["value"])]
    if not known:
        return Section(title, (_nothing_text(frame),))
    table = pd.DataFrame(
        [
            (_(CARDS[f"{family}.{name}"].title), full_text(row, family), city_text(row, family))
            for name, row in found
            if row is not None
        ],
        columns=[_("指标"), _("本地"), _("全市")],
    )
    shown = [row for _name, row in found if row is not None]
    dashes = _("「—」是缺报，或没有可算的案件，不是零。") if len(known) < len(shown) else ""
    return Section(title, (text, dashes), table, figures=family_figures(family, shown))


def _nothing_text(frame: pd.DataFrame) -> str:
    """Why a family has no figure of the place."""
    if frame["completeness"].gt(0).any():
        return _("期间内没有可算的案件。")
    return _("期间内没有报送执法台账，不可知。")


def demand_section(profile: Profile, names: NamesOf, policy: Policy) -> Section:
    title = _("居民需要而没有用的")
    covered = profile.covered.index
    if "complaints" not in covered or not profile.covered.at["complaints", "value"]:
        return Section(title, (_("期间内没有诉求报送，需求不可知。"),))
    topics = profile.topics
    unclear = _unclear_text(profile, names)
    if not len(topics):
        text = _("没有查明诉求超过限额（{limit}）而相关职权无一行使的主题。")
        return Section(title, (text.format(limit=_limit_words(policy)), unclear))
    table = pd.DataFrame(
        {
            _("诉求主题"): [names["topic"][code] for code in topics["topic"]],
            _("诉求件数"): [count_text(n) for n in topics["complaints"]],
        }
    ).head(MOST_TOPICS)
    text = _("{count} 个主题诉求超过限额（{limit}）而相关职权无一行使。").format(
        count=len(topics), limit=_limit_words(policy)
    )
    cut = (
        _("表中是其中 {count} 个。").format(count=MOST_TOPICS) if len(topics) > MOST_TOPICS else ""
    )
    told = (sentences(text, cut), _silent_text(profile, names), unclear)
    return Section(title, told, table, figures=_topic_figures(profile, names))


def _topic_figures(profile: Profile, names: NamesOf) -> tuple[Figure, ...]:
    """Complaints of each topic of the table, as complete as the complaints returns are."""
    share = profile.covered.at["complaints", "completeness"]
    return tuple(
        Figure(
            names["topic"][row.topic], _("件"), (row.complaints, row.complaints, 1, share), UNKNOWN
        )
        for row in profile.topics.head(MOST_TOPICS).itertuples()
    )


def _limit_words(policy: Policy) -> str:
    return _("每个街乡每年 {limit:g} 件，按报来的月份折算").format(limit=policy.demand_limit)


def _silent_text(profile: Profile, names: NamesOf) -> str:
    """The powers that residents complain about and nobody used in a year."""
    if not profile.silent:
        return ""
    powers = listed(names["power"][code] for code in profile.silent[:MOST_TOPICS])
    if len(profile.silent) > MOST_TOPICS:
        powers = _("{names}等 {count} 项").format(names=powers, count=len(profile.silent))
    return _("其中近 12 个月未见案件的职权：{powers}。").format(powers=powers)


def _unclear_text(profile: Profile, names: NamesOf) -> str:
    if not profile.unclear:
        return ""
    topics = listed(names["topic"][code] for code in profile.unclear[:MOST_TOPICS])
    return _("诉求超过限额、未见案件而台账有缺报的主题 {count} 个，不能断定：{topics}。").format(
        count=len(profile.unclear), topics=topics
    )


def gaps_section(profile: Profile, names: NamesOf) -> Section:
    """How much of each return is in, then which units owe which."""
    covered = listed(
        f"{_(RETURN_NAMES[str(kind)])} {share_text(row)}"
        for kind, row in profile.covered.iterrows()
    )
    parts = [_("报送覆盖（街乡月；培训按区）：{covered}。").format(covered=covered or NONE)]
    kinds = [str(kind) for kind in profile.covered.index]
    owed = [kind for kind in kinds if profile.gaps["returns"].eq(kind).any()]
    if whole := [_(RETURN_NAMES[kind]) for kind in kinds if kind not in owed]:
        parts.append(_("没有缺报的：{returns}。").format(returns=listed(whole)))
    parts += [_owed_text(profile, names, kind) for kind in owed]
    return Section(_("数据缺口"), tuple(parts))


def _owed_text(profile: Profile, names: NamesOf, kind: str) -> str:
    """Whose months of one return are missing; of one that nobody here sent, that."""
    owed, name = profile.gaps[profile.gaps["returns"].eq(kind)], _(RETURN_NAMES[kind])
    if not profile.covered.at[kind, "value"]:
        return _("{returns}一个月也没有报送。").format(returns=name)
    units = listed(_unit_name(code, names) for code in owed["unit"][:MOST_OWING])
    if len(owed) > MOST_OWING:
        units = _("{names}等").format(names=units)
    return _("{returns}缺报 {months} 个街乡月，涉及 {count} 个单位：{units}。").format(
        returns=name, months=int(owed["months"].sum()), count=len(owed), units=units
    )


def _unit_name(code: str, names: NamesOf) -> str:
    return names["unit"].get(code) or names["district"][code]


def signs_section(profile: Profile, policy: Policy) -> Section:
    """Signs of figures made to please, as questions with an innocent explanation; what was tested
    without a sign and what could not be tested are told apart."""
    told = profile.gaming["value"].notna()
    signs = profile.gaming["sign"].eq(True)
    parts = [_sign_text(row, policy) for _i, row in profile.gaming[signs].iterrows()]
    if (told & ~signs).any():
        parts.append(
            _("没有检出异常的：{figures}。").format(
                figures=listed(
                    _sign_figure(row, policy)
                    for _i, row in profile.gaming[told & ~signs].iterrows()
                )
            )
        )
    if not told.all():
        parts.append(
            _("缺报或数据太少，无从检验的：{names}。").format(
                names=listed(_sign_name(row) for _i, row in profile.gaming[~told].iterrows())
            )
        )
    return Section(_("值得问一问的数据现象"), tuple(parts))


def _sign_text(row: pd.Series, policy: Policy) -> str:
    """The question, its number, its test, an innocent explanation."""
    figure = _("{figure}。").format(figure=_sign_figure(row, policy))
    test = _(CARDS[f"gaming.{row['measure']}"].formula)
    return sentences(_(row["question"]), figure, test, _(row["explanation"]))


def _sign_figure(row: pd.Series, policy: Policy) -> str:
    """A sign's number, its test where there is one, and from where on it would be asked about."""
    value = value_text(row, "gaming")
    if not pd.isna(row["p_value"]):
        value = _("{value}（p {p}）").format(value=value, p=p_text(row["p_value"]))
    usual = _usual_text(row["measure"], policy.gaming)
    return _("{name} {value}（{usual}）").format(name=_sign_name(row), value=value, usual=usual)


def _usual_text(measure: str, limits: GamingPolicy) -> str:
    """From where on the policy asks about a sign; what chance alone would give."""
    given: dict[str, tuple[str, float]] = {
        "evenness": (N_("偶然约为 1；低于 {limit:g} 且 p < {level:g} 才问"), limits.dispersion),
        "last_month_spike": (
            N_("平常约为 1；{limit:g} 起且 p < {level:g} 才问"),
            limits.spike_ratio,
        ),
    }
    if measure in given:
        text, limit = given[measure]
        return _(text).format(limit=limit, level=limits.level)
    share = limits.fine_share if measure == "fine_clustering" else limits.once_share
    return _("政策限额 {share}，达到才问").format(share=percent_text(share, 0))


def _sign_name(row: pd.Series) -> str:
    return _(CARDS[f"gaming.{row['measure']}"].title)


def on_paper(remarks: Sequence[Remark]) -> list[Remark]:
    """Remarks as two pages have room for them: on one line, and where the rest stands."""
    shown = min(len(remarks), MOST_REMARKS)
    return [
        replace(remark, content=_cut(remark.content, LONGEST_REMARK // max(shown, 1)))
        for remark in remarks
    ]


def _cut(content: str, longest: int) -> str:
    line = " ".join(content.split())
    if len(line) <= longest:
        return line
    return _("{start}……（全文 {count} 字，余下的见「一区一页」页面或 registry remark）").format(
        start=line[:longest], count=count_text(len(line))
    )


def remark_section(remarks: Sequence[Remark]) -> Section:
    """The newest of what the district has said; more would not fit on two pages."""
    texts = [
        _("{day}：「{content}」").format(day=day_name(remark.said_on), content=remark.content)
        for remark in remarks[:MOST_REMARKS]
    ]
    if len(remarks) > MOST_REMARKS:
        texts.append(_("此前另有说明 {count} 条。").format(count=len(remarks) - MOST_REMARKS))
    return Section(_("该区的说明"), tuple(texts) or (_("该区尚未提交说明。"),))


def questions_section(profile: Profile, names: NamesOf, policy: Policy) -> Section:
    asked = questions(profile, names, policy)
    return Section(
        _("走访时可以问"), tuple(f"{i}. {text}" for i, text in enumerate(asked, start=1))
    )
