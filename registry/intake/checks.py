"""The rules that a row must pass. Each rule says which rows break it; nothing is changed here.

Problems quarantine the whole case; warnings are listed and change nothing. Both lists are closed.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd
from pandas.arrays import ArrowStringArray

from registry.adjustment.policy import Policy
from registry.catalogue import Catalogue
from registry.holdings import Holdings
from registry.intake.cases import BLANK, WORDS, Cases, PowerSets, Rows, case_days
from registry.intake.clean import CleanRows, Flaw
from registry.intake.declaration import Declaration
from registry.intake.match import OUTSIDE, UNKNOWN
from registry.intake.notes import Finding
from registry.intake.stored import NO_VERSION, Stored
from registry.language import N_

HAS_YEAR = re.compile(r"(?<!\d)(?:(?:19|20)\d{2}|(?=\d{8})\d*?(?:19|20)\d{2})")
"""A year at the head of a run of digits, or anywhere in a run of eight or more."""

PENALTY, INSPECTION, COERCION = 0, 1, 2
LONGEST_NUMBER = 200
"""Characters of a case number; an index of PostgreSQL holds no text of thousands."""

PROBLEMS = {
    "unknown_unit": N_("不是登记在册的街道、乡镇；请核对名称，或用 registry alias add 登记写法"),
    "unit_outside_district": N_("不在所申报的区或单位范围内"),
    "unknown_power": N_("不是登记在册的职权；请核对编码或名称，或用 registry alias add 登记写法"),
    "power_not_held": N_("该单位在案件日期并不持有这项职权"),
    "missing_power": N_("处罚、强制案件缺少职权"),
    "unknown_action": N_("执法类型无法识别，请写 行政处罚、行政检查 或 行政强制"),
    "unknown_procedure": N_("程序无法识别，请写 简易程序 或 普通程序"),
    "unknown_outcome": N_("处理结果无法识别，请写 予以处罚、不予处罚、撤案 或 移送"),
    "missing_case_no": N_("缺少案号"),
    "long_case_no": N_("案号超过 200 个字，多半是别的列错位；请写文书上的案号"),
    "no_date": N_("决定、结案、立案日期都没有"),
    "unreadable_date": N_("不是可识别的日期，请写成 2021-03-01"),
    "date_in_future": N_("案件日期在今天之后"),
    "date_before_1949": N_("早于 1949 年，请核对年份"),
    "day_outside_months": N_("案件日期不在所申报的月份内"),
    "decided_before_filed": N_("决定日期早于立案日期"),
    "negative_fine": N_("罚款金额为负，请写成 0 或正数"),
    "unreadable_fine": N_("不是可识别的金额，请写成 1000 或 1000元"),
    "contradicting_rows": N_("同一案号的几行除职权外互相矛盾"),
    "number_used_in_another_year": N_("案号不含年份，却又用于另一年的案件"),
}
WARNINGS = {
    "action_not_the_powers_kind": N_("执法类型与职权的类别不同，按所写职权计"),
    "fine_above_maximum": N_("罚款高于所列条款的最高额"),
    "summary_above_limit": N_("简易程序的罚款高于当日有效的限额"),
    "duplicate_row": N_("与前面一行完全相同，略去"),
    "unknown_word": N_("这个词无法识别，按未知处理"),
    "unknown_procedure": N_("程序无法识别，按未知处理"),
    "unknown_outcome": N_("处理结果无法识别，按未知处理"),
    "unread_sheet": N_("工作表没有可识别的表头，未读取"),
}


def check_rows(
    rows: Rows, clean: CleanRows, catalogue: Catalogue, declaration: Declaration
) -> list[Finding]:
    """What is wrong with a row by itself."""
    outside = rows.unit == OUTSIDE
    if declaration.units:
        declared = catalogue.units["code"].isin(declaration.units).to_numpy()
        outside |= (rows.unit >= 0) & ~declared[rows.unit]
    findings = [
        Finding(np.flatnonzero(rows.unit == UNKNOWN), "unit", "unknown_unit"),
        Finding(np.flatnonzero(outside), "unit", "unit_outside_district"),
        Finding(np.flatnonzero(rows.power_set == UNKNOWN), "power", "unknown_power"),
        Finding(np.flatnonzero(rows.action == UNKNOWN), "action", "unknown_action"),
        Finding(np.flatnonzero(clean.case_key == ""), "case_no", "missing_case_no"),
        Finding(_longer(clean.case_no, LONGEST_NUMBER), "case_no", "long_case_no"),
    ]
    flaws = [as_finding(flaw) for flaw in clean.flaws if flaw.code != "unknown_action"]
    return [finding for finding in findings + flaws if len(finding.where)]


def _longer(texts: ArrowStringArray, most: int) -> np.ndarray:
    """Numbers of the rows whose text has more characters."""
    return np.flatnonzero(pd.Series(texts).str.len().to_numpy(dtype=float) > most)


def as_finding(flaw: Flaw) -> Finding:
    return Finding(flaw.rows, flaw.field, flaw.code)


@dataclass(frozen=True)
class CaseState:
    """A case as it would be stored: its content completed from the stored version."""

    cases: Cases
    content: dict[str, np.ndarray]
    power_set: np.ndarray
    sets: PowerSets
    day: np.ndarray
    stored: Stored
    flawed: np.ndarray
    """bool[cases]: some row of it has an unreadable date, so that its day may be another."""

    @property
    def dated(self) -> np.ndarray:
        return ~np.isnat(self.day)


def check_cases(
    state: CaseState, holdings: Holdings, declaration: Declaration, today: date
) -> list[Finding]:
    """What is wrong with a case as a whole; `where` are numbers of cases."""
    cases, content, day = state.cases, state.content, state.day
    filed, decided = content["filed_on"], content["decided_on"]
    start, end = np.datetime64(declaration.window.start), np.datetime64(declaration.window.end)
    unpowered = (state.power_set == 0) & (cases.action != INSPECTION) & (cases.action != UNKNOWN)
    rules = {
        ("decided_on", "no_date"): ~state.dated & ~state.flawed,
        ("decided_on", "date_in_future"): day > np.datetime64(today),
        ("decided_on", "day_outside_months"): state.dated & ((day < start) | (day >= end)),
        ("decided_on", "decided_before_filed"): (filed >= 0) & (decided >= 0) & (decided < filed),
        ("power", "missing_power"): unpowered,
        ("power", "power_not_held"): _not_held(state, holdings),
    }
    findings = [Finding(np.flatnonzero(mask), *key) for key, mask in rules.items()]
    return [f for f in (*findings, *_number_findings(state)) if len(f.where)]


def _not_held(state: CaseState, holdings: Holdings) -> np.ndarray:
    case, power = state.sets.links(state.power_set)
    usable = (state.cases.unit[case] >= 0) & state.dated[case]
    case, power = case[usable], power[usable]
    held = holdings.held_pairs(state.cases.unit[case], power, state.day[case])
    result = np.zeros(len(state.cases), dtype=bool)
    result[case[~held]] = True
    return result


def _number_findings(state: CaseState) -> Iterator[Finding]:
    """Rows of one number that disagree; a number without a year used again in another year."""
    cases = state.cases
    again = state.stored.version != NO_VERSION
    old_year = _years(case_days(state.stored.content))
    moved = again & state.dated & (old_year != _years(state.day))
    yearless = np.zeros(len(cases), dtype=bool)
    for i in np.flatnonzero(moved | cases.disagrees):
        yearless[i] = not HAS_YEAR.search(cases.case_key[i])
    several_years = cases.disagrees & yearless & cases.spans_years
    reused = (moved & yearless) | several_years
    yield Finding(np.flatnonzero(reused), "case_no", "number_used_in_another_year")
    yield Finding(np.flatnonzero(cases.disagrees & ~several_years), "case_no", "contradicting_rows")


def _years(days: np.ndarray) -> np.ndarray:
    return days.astype("datetime64[Y]").astype(np.int64)


def warn_cases(
    state: CaseState, good: np.ndarray, catalogue: Catalogue, policy: Policy
) -> list[Finding]:
    """What is odd about the cases that are accepted."""
    case, power = state.sets.links(state.power_set)
    keep = good[case]
    case, power = case[keep], power[keep]
    kinds = catalogue.powers["kind"].to_numpy()[power]
    action = state.cases.action[case]
    other = ((action == PENALTY) & (kinds != "penalty")) | (
        (action == COERCION) & (kinds != "coercion")
    )
    maximum = np.zeros(len(state.cases))
    np.add.at(maximum, case, catalogue.powers["max_fine_cny"].astype(float).to_numpy()[power])
    above = good & (state.content["fine_cny"] / 100 > maximum) & (state.power_set > 0)
    findings = [
        Finding(np.unique(case[other]), "action", "action_not_the_powers_kind"),
        Finding(np.flatnonzero(above), "fine_cny", "fine_above_maximum"),
        Finding(
            np.flatnonzero(good & _above_summary_limit(state, policy)),
            "fine_cny",
            "summary_above_limit",
        ),
    ]
    return [finding for finding in findings if len(finding.where)]


def _above_summary_limit(state: CaseState, policy: Policy) -> np.ndarray:
    """bool[cases]. Where the party is unknown, the fine is above every limit of the day."""
    content, parties = state.content, WORDS["party_type"]
    limit = np.full(len(state.cases), np.inf)
    for row in sorted(policy.summary_limit, key=lambda row: row.valid_from):
        in_force = state.day >= np.datetime64(row.valid_from)
        limit = np.where(in_force, max(getattr(row, party) for party in parties), limit)
        for party in parties:
            of_party = content["party_type"] == parties.index(party)
            limit = np.where(in_force & of_party, getattr(row, party), limit)
    summary = content["procedure"] == WORDS["procedure"].index("summary")
    fined = content["fine_cny"] != BLANK
    return (state.cases.action == PENALTY) & summary & fined & (content["fine_cny"] / 100 > limit)
