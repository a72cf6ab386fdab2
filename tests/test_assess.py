"""Evidence, bands, rule path, stability and dossier: by hand on the small world, and in plain
Python on random evidence."""

import json
import random
import tomllib
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import plain_assess as plain
import pytest
from builders import (
    DYKES,
    E1,
    E2,
    EAST,
    LITTER,
    SIGNS,
    UNITS,
    W1,
    WELLS,
    WEST,
    make_fact,
    make_holding,
    make_holdings,
)
from examples import examples
from hypothesis import given, settings
from hypothesis import strategies as st
from return_builders import make_complaint, make_staffing, make_topic, make_world, returned_all
from test_plain import QUICK

from registry.adjustment.assess import assess, changes, judged, moved_limits
from registry.adjustment.dossier import dossier
from registry.adjustment.evidence import evidence
from registry.adjustment.policy import read_policy
from registry.adjustment.recommend import recommend, saved_limits
from registry.adjustment.rules import CRITERIA, FIGURES, RECOMMENDATIONS
from registry.errors import RegistryError, UsageError
from registry.settings import DATA
from registry.snapshot import Snapshot
from registry.window import Window

POLICY = read_policy()
YEAR = Window(202101, 202112)
AS_OF = date(2022, 1, 1)
WHOLE = [(unit, month) for unit in UNITS for month in YEAR.months]
TOPICS = [make_topic("litter", LITTER, SIGNS), make_topic("wells", WELLS)]


def year_of(*cases, complaints=(), logs=WHOLE, staffing=(), changed="", **labels) -> Snapshot:
    """A world with these cases and complaints over 2021, everything returned but what is not."""
    returned = returned_all(complaints=complaints, staffing=staffing, topics=TOPICS)
    returned.covered["complaints"] = set(WHOLE)
    snapshot = make_world(returned, cases, logs, YEAR, **labels)
    rows = [("法", date(2021, 6, 1), "repealed", "新法", changed, "")] if changed else []
    rows.append(("法", date(2021, 3, 1), "amended", "", "", "a note on the law"))
    columns = ["law", "changed_on", "change", "successor", "powers", "note"]
    powers = snapshot.catalogue.powers.assign(law="法", law_version="2019-01-01")
    catalogue = replace(
        snapshot.catalogue, powers=powers, statute_changes=pd.DataFrame(rows, columns=columns)
    )
    return replace(snapshot, catalogue=catalogue)


def row_of(snapshot: Snapshot, power: str = LITTER, as_of: date = AS_OF, policy=POLICY):
    return assess(snapshot, as_of, policy).set_index("power").loc[power]


# Evidence


def test_evidence_is_a_row_for_each_power_held_with_every_figures_parts():
    found = evidence(year_of(make_fact(E1)), AS_OF, POLICY)
    assert found["power"].tolist() == [LITTER, SIGNS, WELLS, DYKES]
    for name in FIGURES:
        parts = {name, *(f"{name}_{p}" for p in ("numerator", "denominator", "completeness"))}
        assert parts <= set(found.columns)
    row = found.set_index("power").loc[LITTER]
    assert row[["coverage_numerator", "coverage_denominator", "coverage"]].tolist() == [1, 4, 0.25]
    assert row[["cases_a_year_numerator", "cases_a_year"]].tolist() == [1, 0.25]
    assert row["law_version"] == "2019-01-01"


def test_evidence_looks_at_the_whole_months_before_the_day():
    facts = [make_fact(E1, day=date(2021, month, 5)) for month in (1, 2, 12)]
    found = evidence(year_of(*facts), date(2022, 2, 15), POLICY).set_index("power")
    assert found.loc[LITTER, "cases_a_year_numerator"] == 2


def test_evidence_by_district_and_by_nothing_else():
    found = evidence(year_of(make_fact(E1)), AS_OF, POLICY, ("power", "district"))
    assert len(found) == 8
    used = found.set_index(["power", "district"])["coverage_numerator"]
    assert (used[LITTER, EAST], used[LITTER, WEST]) == (1, 0)
    with pytest.raises(UsageError, match="district"):
        evidence(year_of(), AS_OF, POLICY, ("district",))


def test_what_nobody_returned_is_missing_and_never_0():
    found = evidence(year_of(logs=[]), AS_OF, POLICY)
    assert found[["cases_a_year", "coverage", "surprising_silence"]].isna().all(axis=None)
    assert found["coverage_completeness"].eq(0).all()
    assert set(found["dormancy"]) == {"no_case_seen"}


def test_a_power_no_longer_held_has_no_row():
    ended = [*make_holdings()[1:], make_holding(LITTER, valid_to=date(2022, 1, 1))]
    assert LITTER not in set(evidence(year_of(holdings=ended), AS_OF, POLICY)["power"])


# The statute


def test_only_a_change_that_names_the_power_fires():
    snapshot = year_of(changed=f"{LITTER};{WELLS}")
    found = assess(snapshot, AS_OF, POLICY).set_index("power")
    assert found["statute"].to_dict() == {
        LITTER: "changed",
        SIGNS: "unchanged",
        WELLS: "changed",
        DYKES: "unchanged",
    }
    assert found.loc[LITTER, "recommendation"] == "tidy_up"
    notes = dossier(snapshot, SIGNS, None, AS_OF, POLICY)["statute_changes"]
    assert [(note["own"], note["note"]) for note in notes] == [(False, "a note on the law")]


def test_a_change_of_the_statute_fires_from_its_day():
    snapshot = year_of(changed=LITTER)
    assert row_of(snapshot, as_of=date(2021, 5, 31))["statute"] == "unchanged"
    assert row_of(snapshot, as_of=date(2021, 6, 1))["statute"] == "changed"


# Recommendations


def test_a_power_that_nobody_uses_or_asks_for_is_to_be_returned():
    row = row_of(year_of(make_fact(E1, SIGNS)), LITTER)
    assert (row["dormancy"], row["closeness"]) == ("dormant", "low")
    assert (row["recommendation"], row["withheld"]) == ("return", "")
    assert row["path"]["rule"] == "silent_without_demand"
    facts = {part["fact"]: part["found"] for part in row["path"]["on"]}
    assert facts == {"kind": "penalty", "dormancy": "dormant", "closeness": "low"}


def test_a_power_that_residents_ask_for_is_trained_and_not_returned():
    said = [make_complaint(unit, 202103, complaints=9) for unit in UNITS]
    row = row_of(year_of(make_fact(E1, WELLS), complaints=said), SIGNS)
    assert (row["recommendation"], row["rule"]) == ("train", "silent_with_demand")


def test_a_unit_with_complaints_and_no_case_asks_for_training():
    said = [make_complaint(E1, 202103, complaints=13)]
    row = row_of(year_of(make_fact(W1, LITTER), complaints=said), LITTER)
    assert (row["recommendation"], row["rule"]) == ("train", "unmet_demand")
    assert row[["unmet_numerator", "unmet_denominator"]].tolist() == [1, 4]


def test_nothing_is_returned_on_a_missing_month_and_the_month_is_named():
    snapshot = year_of(logs=[pair for pair in WHOLE if pair != (E2, 202107)])
    row = row_of(snapshot)
    assert (row["dormancy"], row["recommendation"]) == ("no_case_seen", "keep")
    assert row["withheld"] == "return"
    owed = dossier(snapshot, LITTER, None, AS_OF, POLICY)["to_chase"]
    assert owed == [{"unit": E2, "returns": "usage", "months": "2021-07"}]


def test_nothing_is_returned_while_complaints_are_owed():
    snapshot = year_of(complaints=[make_complaint(E1, 202101, topic="wells")])
    heard = snapshot.covered["complaints"].copy()
    heard[3] = False
    row = row_of(replace(snapshot, covered={**snapshot.covered, "complaints": heard}))
    assert (row["dormancy"], row["withheld"]) == ("dormant", "return")


def test_a_power_held_for_less_than_the_window_is_not_dormant():
    holdings = [*make_holdings()[1:], make_holding(LITTER, valid_from=date(2021, 8, 1))]
    row = row_of(year_of(holdings=holdings))
    assert row["recommendation"] == "keep"
    assert row["dormancy"] != "dormant"


def test_silence_says_nothing_of_a_coercive_measure():
    assert row_of(year_of(), DYKES)["recommendation"] == "keep"


def test_a_power_held_and_used_in_one_district_is_for_others_too():
    holdings = [*make_holdings()[1:], make_holding(LITTER, EAST)]
    cases = [make_fact(unit, LITTER) for unit in (E1, E2)]
    said = [make_complaint(unit, 202103, complaints=5) for unit in (E1, E2)]
    row = row_of(year_of(*cases, complaints=said, holdings=holdings))
    assert (row["held"], row["recommendation"]) == ("in_part", "delegate_more")


def test_units_that_differ_beyond_chance_call_for_differentiation():
    cases = [make_fact(unit, SIGNS) for unit in UNITS for _ in range(20)]
    cases += [make_fact(E1, LITTER) for _ in range(60)]
    row = row_of(year_of(*cases))
    assert row["heterogeneity"] > 2
    assert (row["rule"], row["recommendation"]) == ("uneven_use", "differentiate")


def test_staff_in_place_and_light_loads_make_high_capacity():
    staff = [make_staffing(unit, 202112, front_line=9, reviewers=2) for unit in UNITS]
    snapshot = year_of(make_fact(E1), staffing=staff)
    assert row_of(snapshot)["capacity"] == "not_enough_data"
    covered = {**snapshot.covered, "staffing": np.ones_like(snapshot.returned)}
    assert row_of(replace(snapshot, covered=covered))["capacity"] == "high"


def test_every_recommendation_prints_its_figures_and_limits():
    said = [make_complaint(E1, 202103, complaints=13)]
    path = row_of(year_of(make_fact(W1), complaints=said))["path"]
    assert path["on"] == [
        {
            "fact": "unmet",
            "value": 0.25,
            "numerator": 1,
            "denominator": 4,
            "completeness": 1,
            "test": "at_least",
            "limit": "unmet_share",
            "at": 0.05,
        }
    ]


# Stability and what-if


def test_a_figure_far_from_every_limit_is_firm_and_one_at_a_limit_is_not():
    firm = row_of(year_of(make_fact(E1, SIGNS)))
    assert firm["stability"] == 1
    # A quarter of the units is unmet: a limit of a quarter holds in half of the draws.
    said = [make_complaint(E1, 202103, complaints=13)]
    snapshot = year_of(make_fact(W1, LITTER), complaints=said)
    shaky = row_of(snapshot, policy=POLICY.with_limits(unmet_share=0.25))
    assert shaky["recommendation"] == "train"
    assert 0.4 < shaky["stability"] < 0.6
    assert shaky["uncertain"]


def test_the_draws_are_seeded_and_within_the_spread():
    first, again = moved_limits(POLICY), moved_limits(POLICY)
    limits = POLICY.adjustment.limits.model_dump()
    assert set(first) == set(limits)
    for name, values in first.items():
        assert len(values) == 500
        assert (np.abs(values / limits[name] - 1) <= 0.2).all()
        assert (values == again[name]).all()


def test_a_what_if_lists_what_it_changes_and_saves_nothing():
    said = [make_complaint(E1, 202103, complaints=13)]
    found = evidence(year_of(make_fact(W1), complaints=said), AS_OF, POLICY)
    saved = judged(found, POLICY)
    tried = judged(found, POLICY.with_limits(unmet_share=0.3))
    changed = changes(saved, tried).set_index("power")
    assert changed.loc[LITTER].tolist() == [
        "train",
        tried.set_index("power").loc[LITTER, "recommendation"],
    ]
    assert read_policy().adjustment.limits.unmet_share == 0.05


# The dossier


@pytest.mark.parametrize("district", [None, WEST])
def test_a_dossier_is_json_and_says_what_the_assessment_says(district):
    cases = [make_fact(u, SIGNS) for u in UNITS for _ in range(40)]
    cases += [make_fact(u, LITTER) for u in (E1, E2, "990102002") for _ in range(40)]
    snapshot = year_of(*cases)
    found = dossier(snapshot, LITTER, district, AS_OF, POLICY)
    assert json.loads(json.dumps(found)) == found
    assert found["window"] == "2021-01..2021-12"
    assert found["policy_version"] == POLICY.version
    assert set(found["evidence"]) == set(FIGURES)
    assert found["evidence"]["coverage"]["denominator"] == (4 if district is None else 2)
    assert [unit["unit"] for unit in found["silent_units"]] == [W1]
    assert found["recommendation"] in RECOMMENDATIONS


def test_a_dossier_names_what_does_not_exist():
    with pytest.raises(RegistryError, match="XX"):
        dossier(year_of(), "XX", None, AS_OF, POLICY)
    with pytest.raises(RegistryError, match="2019"):
        dossier(year_of(), LITTER, None, date(2019, 1, 1), POLICY)


# In plain Python

RULES = tomllib.loads((DATA / "policy.toml").read_text(encoding="utf-8"))["adjustment"]["rule"]


def some_evidence(chance: random.Random) -> dict:
    """A row near the limits: figures, each known or not, and words."""
    row = {
        "power": "P",
        "kind": chance.choice(["penalty", "penalty", "coercion"]),
        "dormancy": chance.choice(["used", "dormant", "no_case_seen"]),
        "statute": chance.choice(["unchanged", "unchanged", "unchanged", "changed"]),
        "held": chance.choice(["everywhere", "in_part"]),
        "missing_unit_months": chance.choice([0, 0, 3]),
        "heterogeneity_adjusted": chance.choice([None, 0.01, 0.2]),
    }
    for name in FIGURES:
        row[name] = chance.choice([None, chance.uniform(0, 0.3), chance.uniform(0, 30)])
        row[f"{name}_numerator"] = 1
        row[f"{name}_denominator"] = chance.choice([5, 20, 100])
        row[f"{name}_completeness"] = chance.choice([1, 1, 0.95, 0.5])
    return row


@settings(max_examples=examples(60), **QUICK)
@given(st.integers(0, 2**32))
def test_bands_and_rules_equal_plain_python(seed):
    chance = random.Random(seed)
    rows = [some_evidence(chance) for _ in range(20)]
    found = pd.DataFrame(rows).astype(dict.fromkeys([*FIGURES, "heterogeneity_adjusted"], float))
    table, draws = judged(found, POLICY), moved_limits(POLICY)
    moved = recommend(found, draws, POLICY).recommendation
    for number, row in enumerate(rows):
        said = table.iloc[number]
        limits = POLICY.adjustment.limits.model_dump()
        assert said[list(CRITERIA)].to_dict() == plain.bands(row, limits, 0.9)
        expected = plain.recommended(row, limits, RULES, 0.9, True)
        assert tuple(said[["recommendation", "rule", "withheld"]]) == expected
        some = {name: float(values[7]) for name, values in draws.items()}
        there = plain.recommended(row, some, RULES, 0.9, True)[0]
        assert RECOMMENDATIONS[moved[number, 7]] == there
    saved = recommend(found, saved_limits(POLICY), POLICY).recommendation
    assert table["stability"].tolist() == pytest.approx((moved == saved).mean(axis=1).tolist())


# The policy file


@pytest.mark.parametrize(
    ("found", "written", "key"),
    [
        ("demand_high = 2.0", "demand_high = 0.1", "adjustment.limits.demand_high"),
        ("unmet_share = 0.05", "unmet_share = -1", "adjustment.limits.unmet_share"),
        ('at_least = "unmet_share"', 'at_least = "unmet"', "adjustment.rule.1.when.0"),
        ('is = ["changed"]', 'is = ["new"]', "adjustment.rule.0.when.0"),
        ('recommendation = "tidy_up"', 'recommendation = "tidy"', "adjustment.rule.0.recommend"),
        ("draws = 500", "draws = 0", "adjustment.stability.draws"),
        ("expected_cases = 3.0", "expected = 3.0", "chance.expected_cases"),
        ('name = "difficult"', 'name = "uneven_use"', "adjustment.rule"),
        ('version = "4"', 'version = ""', "version"),
        ("review_days = 5", "review_days = true", "review_days"),
        ("demand_limit = 12.0", 'demand_limit = "12"', "demand_limit"),
        ("demand_limit = 12.0", "demand_limit = inf", "demand_limit"),
        ("narrow_coverage = 0.40", "narrow_coverage = 40", "adjustment.limits.narrow_coverage"),
        ("valid_from = 1996-10-01", "valid_from = 0", "summary_limit.0.valid_from"),
        ("valid_from = 1996-10-01", "valid_from = 2021-07-15", "summary_limit"),
        ("hand_over_days = 30", "hand_over_days = 30000", "decision.hand_over_days"),
        ("months = 12\n", "months = 1200\n", "adjustment.months"),
    ],
)
def test_a_policy_that_does_not_fit_names_the_key(tmp_path: Path, found, written, key):
    text = (DATA / "policy.toml").read_text(encoding="utf-8")
    assert text.count(found) == 1
    path = tmp_path / "policy.toml"
    path.write_text(text.replace(found, written), encoding="utf-8")
    with pytest.raises(RegistryError, match=key.replace(".", r"\.")):
        read_policy(path)
