"""Proposals freeze their evidence; opinions stand beside them, and dissent shows."""

import hashlib
from dataclasses import replace
from datetime import date

import pytest
from adjustment_world import PROPOSED, decision, opinion, proposal
from builders import DYKES, E1, E2, EAST, LITTER, SIGNS, UNITS, W1, WEST, make_case
from examples import sampled

from registry import db
from registry.adjustment.assessment import Draft, proposal_of, propose, read_proposals
from registry.adjustment.compared import FIGURE, TITLES
from registry.adjustment.decisions import decision_on
from registry.adjustment.opinion import dissents, read_opinions
from registry.adjustment.policy import read_policy
from registry.canonical import canonical_text
from registry.catalogue import read_catalogue
from registry.errors import RegistryError, UsageError

SOUND = {"evidence": {}, "as_of": PROPOSED, "known": 1}


def read(small_world, number: int):
    with db.reading(small_world.engine) as connection:
        return proposal_of(connection, number)


def opinions(small_world, known: int | None = None):
    with db.reading(small_world.engine) as connection:
        return read_opinions(connection, read_catalogue(connection), known)


def dissenters(small_world, number: int) -> list[str]:
    with db.reading(small_world.engine) as connection:
        asked, made = proposal_of(connection, number), decision_on(connection, number)
        said = read_opinions(connection, read_catalogue(connection))
    return [o.speaker for o in said if o.proposal == number and dissents(o, asked, made)]


def figure(evidence, measure: str, power: str = ""):
    keys = {(f["measure"], f["power"]): f for f in evidence["figures"]}
    return tuple(keys[measure, power][name] for name in FIGURE)


def test_a_proposal_freezes_its_evidence_and_says_on_what_it_rests(small_world):
    small_world.send([make_case(), make_case(case_no="2号", power=SIGNS)])
    with db.reading(small_world.engine) as connection:
        act = db.revision(connection)
    number = proposal(small_world, LITTER, DYKES, recommendation="tidy_up")
    before = read(small_world, number)
    small_world.send([make_case(case_no="3号", power=DYKES)])
    assert read(small_world, number) == before
    assert before.powers == (LITTER, DYKES)
    assert (before.known, before.data_version, before.recorded_in) == (act, act, act + 1)
    assert before.policy_version == read_policy().version
    text = canonical_text(before.evidence)
    assert before.digest == hashlib.sha256(text.encode()).hexdigest()


def test_frozen_figures_carry_their_fraction_and_completeness(small_world):
    small_world.send([make_case(), make_case(case_no="2号", action="inspection", outcome="")])
    evidence = read(small_world, proposal(small_world, LITTER, DYKES)).evidence
    assert {f["measure"] for f in evidence["figures"]} == set(TITLES)
    share = 6 / (4 * 9)
    assert figure(evidence, "union") == (0.5, 1, 2, share)
    assert figure(evidence, "coverage") == (1 / 8, 1, 8, share)
    assert figure(evidence, "completeness") == (share, 6, 36, share)
    assert figure(evidence, "cases.decision", LITTER) == (1, 1, 1, share)
    assert figure(evidence, "cases.any", LITTER) == (2, 2, 1, share)
    assert figure(evidence, "cases.any", DYKES) == (0, 0, 1, share)


def test_without_returns_a_frozen_value_is_missing_and_not_zero(small_world):
    evidence = read(small_world, proposal(small_world)).evidence
    assert figure(evidence, "union") == (None, 0, 1, 0)
    assert figure(evidence, "cases.any", LITTER) == (None, 0, 1, 0)


def test_evidence_on_a_district_is_of_its_units(small_world):
    small_world.send([make_case()])
    evidence = read(small_world, proposal(small_world, district=EAST)).evidence
    assert figure(evidence, "coverage")[:3] == (0.5, 1, 2)


@sampled(
    ("powers", "fields", "word"),
    [
        (("XX1",), {}, "XX1"),
        ((LITTER, LITTER), {}, "两次"),
        ((LITTER,), {"recommendation": "abolish"}, "tidy_up"),
        ((LITTER,), {"district": "990199"}, EAST),
        ((LITTER,), {"reason": " "}, "理由"),
        ((LITTER,), {"as_of": date(2021, 4, 7)}, "2021-04-06"),
    ],
)
def test_a_proposal_that_cannot_be_meant_is_refused(small_world, powers, fields, word):
    number = proposal(small_world)
    with db.reading(small_world.engine) as connection:
        catalogue = read_catalogue(connection)
    draft = Draft(powers, **{"recommendation": "return", "reason": "x"} | SOUND | fields)
    with pytest.raises(RegistryError, match=word), db.writing(small_world.engine) as connection:
        propose(connection, catalogue, draft, today=PROPOSED, actor="test")
    with db.reading(small_world.engine) as connection:
        assert [one.number for one in read_proposals(connection)] == [number]


def test_what_can_still_be_decided_is_not_proposed_again(small_world):
    number = proposal(small_world, LITTER, SIGNS)
    small_world.send([make_case()])
    with pytest.raises(RegistryError, match=f"第 {number} 号提案"):
        proposal(small_world, SIGNS, LITTER, reason="另一个理由")
    other = proposal(small_world, LITTER, SIGNS, recommendation="train")
    assert proposal(small_world, LITTER, SIGNS, district=EAST) > other > number
    decision(small_world, number)
    assert proposal(small_world, LITTER, SIGNS) > number


def test_a_proposal_that_a_change_has_overtaken_is_made_anew(small_world):
    number = proposal(small_world)
    small_world.override(power=LITTER, scope_code=E1, held=False, valid_from=date(2021, 5, 1))
    assert proposal(small_world) > number


def test_districts_and_units_say_what_they_think_and_their_last_word_stands(small_world):
    number = proposal(small_world)
    opinion(small_world, number, EAST, "keep", "夏季需要")
    opinion(small_world, number, E2, "keep", "正在用")
    with db.reading(small_world.engine) as connection:
        then = db.revision(connection)
    opinion(small_world, number, EAST, "return", "已无需要")
    said = {one.speaker: (one.view, one.reason) for one in opinions(small_world)}
    assert said == {EAST: ("return", "已无需要"), E2: ("keep", "正在用")}
    earlier = {one.speaker: one.view for one in opinions(small_world, then)}
    assert earlier == {EAST: "keep", E2: "keep"}


def test_who_speaks_against_what_is_recommended_dissents(small_world):
    number = proposal(small_world)
    opinion(small_world, number, EAST, "return")
    opinion(small_world, number, E2, "keep")
    assert dissenters(small_world, number) == [E2]
    other = proposal(small_world, SIGNS, recommendation="keep")
    opinion(small_world, other, WEST, "return")
    assert dissenters(small_world, other) == [WEST]


def test_once_decided_who_is_not_followed_dissents(small_world):
    """One town's wish keeps the power with that town; its neighbour's wish does not count."""
    number = proposal(small_world)
    for speaker in (E1, E2):
        opinion(small_world, number, speaker, "keep")
    opinion(small_world, number, WEST, "return")
    assert dissenters(small_world, number) == [E1, E2]
    decision(small_world, number, kind="differentiate", units=(E2,))
    assert dissenters(small_world, number) == [E1]


def test_to_differentiate_nobody_is_against_before_it_is_said_who_holds(small_world):
    number = proposal(small_world, recommendation="differentiate")
    opinion(small_world, number, EAST, "keep")
    opinion(small_world, number, W1, "return")
    assert dissenters(small_world, number) == []


@sampled(
    ("speaker", "view", "reason", "error"),
    [
        ("990199", "keep", "x", RegistryError),
        (E1, "abstain", "x", UsageError),
        (E1, "keep", "  ", RegistryError),
    ],
)
def test_an_opinion_needs_a_speaker_a_view_and_a_reason(small_world, speaker, view, reason, error):
    number = proposal(small_world)
    with pytest.raises(error):
        opinion(small_world, number, speaker, view, reason)
    assert opinions(small_world) == []


def test_an_opinion_belongs_to_an_open_proposal_of_its_district(small_world):
    with pytest.raises(RegistryError, match="第 7 号提案"):
        opinion(small_world, 7, EAST, "keep")
    east = proposal(small_world, district=EAST)
    with pytest.raises(RegistryError, match=EAST):
        opinion(small_world, east, W1, "keep")
    decision(small_world, east)
    with pytest.raises(RegistryError, match="不再收意见"):
        opinion(small_world, east, E1, "keep")


def test_every_unit_may_speak(small_world):
    number = proposal(small_world)
    for unit in UNITS:
        opinion(small_world, number, unit, "keep")
    assert [one.speaker for one in opinions(small_world)] == list(UNITS)
    assert all(replace(one, unit="").speaker == one.district for one in opinions(small_world))
