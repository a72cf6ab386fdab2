"""A profile → questions for a visit, each with the figure behind it.

Questions, never verdicts: each asks for a reason that the figures cannot know. The gravest come
first, by the order of the rules here and not by any count of cases.
"""

from collections.abc import Callable, Iterator

import pandas as pd

from registry.adjustment.policy import Policy
from registry.card_wording import city_record
from registry.language import _, ngettext
from registry.profile import Profile
from registry.returns import USAGE_LOG
from registry.wording import Names, record_text, share_text

WANTED = 3
NOTABLE_GAP = 0.05
"""A rate this far below the city's is worth a question; a choice of wording, not a threshold."""

NamesOf = dict[str, Names]
Rule = Callable[[Profile, NamesOf, Policy], Iterator[str]]


def questions(profile: Profile, names: NamesOf, policy: Policy, count: int = WANTED) -> list[str]:
    """`count` questions; names: dimension → code → name, `topic` among the dimensions."""
    asked = [text for rule in RULES for text in list(rule(profile, names, policy))[:1]]
    return asked[:count]


def _unreviewed(profile: Profile, names: NamesOf, policy: Policy) -> Iterator[str]:
    found = measure_of(profile.review, "decided_without_review")
    if found is not None and found["value"] > 0:
        yield ngettext(
            "有 {count:,.0f} 件案件应经法制审核而未审即作出决定（第五十八条）：是漏登还是漏审？",
            int(found["value"]),
        ).format(count=found["value"])


def _needed(profile: Profile, names: NamesOf, policy: Policy) -> Iterator[str]:
    for row in profile.topics.itertuples():
        yield _(
            "居民就「{topic}」投诉 {count:,.0f} 件（限额每个街乡每年 {limit:g} 件，按月份折算），"
            "相关职权无一行使：缺人、缺程序，还是由别的部门在办？"
        ).format(topic=names["topic"][row.topic], count=row.complaints, limit=policy.demand_limit)


def _missing(profile: Profile, names: NamesOf, policy: Policy) -> Iterator[str]:
    if profile.rate["completeness"] < 1:
        yield _("报送完整度 {share}：缺报的街乡、月份是没有案件，还是没有报？").format(
            share=share_text(profile.covered.loc[USAGE_LOG])
        )


def _front_line(profile: Profile, names: NamesOf, policy: Policy) -> Iterator[str]:
    found = measure_of(profile.staffing, "front_line")
    if found is None or pd.isna(found["value"]) or pd.isna(found["value_city"]):
        return
    if found["value"] < found["value_city"] - NOTABLE_GAP:
        yield _("一线到位率 {own}，全市 {city}：其余编制上的人在哪里？").format(
            own=share_text(found), city=share_text(city_record(found))
        )


def _late_reviews(profile: Profile, names: NamesOf, policy: Policy) -> Iterator[str]:
    found = measure_of(profile.review, "on_time")
    if found is None or pd.isna(found["value"]) or pd.isna(found["value_city"]):
        return
    if found["value"] < found["value_city"] - NOTABLE_GAP:
        yield _("法制审核按时率 {own}，全市 {city}：司法所缺人，还是材料反复退回？").format(
            own=share_text(found), city=share_text(city_record(found))
        )


def _untouched(profile: Profile, names: NamesOf, policy: Policy) -> Iterator[str]:
    known = profile.departments[profile.departments["value"].eq(0)]
    for row in known.itertuples():
        yield ngettext(
            "{name}下放的 {count:,.0f} 项职权未见一项行使：接受过培训吗，谁来指导？",
            int(row.denominator),
        ).format(name=names["department"][row.department], count=row.denominator)


def _summary(profile: Profile, names: NamesOf, policy: Policy) -> Iterator[str]:
    found = measure_of(profile.procedure, "could_have_been_summary")
    if found is not None and found["value"] > 0:
        yield _("普通程序案件中 {rate} 的罚款在简易程序限额内：为什么不用简易程序？").format(
            rate=share_text(found)
        )


def _tokens(profile: Profile, names: NamesOf, policy: Policy) -> Iterator[str]:
    used, three = profile.rate, profile.balance
    if not pd.isna(used["value"]) and used["numerator"] > three["numerator"]:
        few = int(used["numerator"] - three["numerator"])
        yield ngettext(
            "行使过的 {used:,.0f} 项职权中，{few:,.0f} 项不足三件：是需求少，还是刚起步？", few
        ).format(used=used["numerator"], few=few)


def _rate(profile: Profile, names: NamesOf, policy: Policy) -> Iterator[str]:
    if pd.isna(profile.rate["value"]):
        yield _("持有 {count:,.0f} 项职权而没有一个月的台账：由谁填，卡在哪里，几时能报？").format(
            count=profile.rate["denominator"]
        )
        return
    yield _("履行率 {rate}：没有行使的职权里，哪些居民用得着，哪些应当交回？").format(
        rate=record_text(profile.rate)
    )


def _help(profile: Profile, names: NamesOf, policy: Policy) -> Iterator[str]:
    yield _("持有的 {count:,.0f} 项职权里，哪些不敢接、接不住？需要什么培训和程序？").format(
        count=profile.rate["denominator"]
    )


def _instrument(profile: Profile, names: NamesOf, policy: Policy) -> Iterator[str]:
    yield _("均衡率 {rate}：每项职权至少三件才算，差在哪里？").format(
        rate=record_text(profile.balance)
    )


RULES: tuple[Rule, ...] = (
    _unreviewed,
    _needed,
    _front_line,
    _late_reviews,
    _missing,
    _untouched,
    _summary,
    _tokens,
    _rate,
    _help,
    _instrument,
)


def measure_of(frame: pd.DataFrame, name: str) -> pd.Series | None:
    """The record of a measure in a family's frame; None where there is none."""
    names = frame["measure"].tolist()
    return frame.iloc[names.index(name)] if name in names else None
