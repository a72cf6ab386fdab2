"""Figures that were handed out: the same again, and why two of them differ, to the last part."""

import math
from dataclasses import replace
from datetime import date
from fractions import Fraction

import pytest
from builders import (
    E1,
    E2,
    LITTER,
    QUARTER,
    RETURNED,
    SIGNS,
    UNITS,
    W1,
    WELLS,
    make_case,
    make_catalogue,
    make_fact,
    make_holdings,
    make_powers,
    make_snapshot,
)
from examples import examples, sampled
from hypothesis import given, settings
from hypothesis import strategies as st

from registry.cli.recompute import rounded_changes
from registry.errors import UsageError
from registry.explain import STEPS, changes, laid_over
from registry.figure import Figure, asked, read_reference, reference, reference_if_asked_so
from registry.measures.cards import MEASURES
from registry.measures.exercise import exercise_rate
from registry.measures.grouping import Selection
from registry.window import Window

NEXT = Window(202104, 202106)
WHOLE = Window(202101, 202106)
CATALOGUE = make_catalogue()
CITY = Figure("exercise_rate", ("city",), QUARTER, 1)


def a_snapshot(cases=(), returned=RETURNED, holdings=None):
    """On one catalogue and the same months, as two states of one register are."""
    snapshot = make_snapshot(cases, returned, holdings=holdings, window=WHOLE)
    covered = {"usage": snapshot.returned}
    return replace(snapshot, catalogue=CATALOGUE, covered=covered)


def parts_of(before, after, a=CITY, b=CITY) -> dict[str, Fraction]:
    """Step → change, of the only record."""
    frame = changes(before, after, a, b)
    assert len(frame) == len(STEPS)
    return {row.step: row.change for row in frame.itertuples()}


def only(step: str, change: Fraction) -> dict[str, Fraction]:
    return dict.fromkeys(STEPS, Fraction(0)) | {step: change}


def test_a_power_taken_back_is_a_change_of_the_register():
    cases = [make_fact(E1, LITTER)]
    fewer = make_holdings([p for p in make_powers() if p["code"] != WELLS])
    parts = parts_of(a_snapshot(cases), a_snapshot(cases, holdings=fewer))
    assert parts == only("register", Fraction(1, 3) - Fraction(1, 4))


def test_a_unit_month_that_comes_in_later_is_a_late_return():
    late = (W1, 202102)
    cases = [make_fact(E1, LITTER), make_fact(W1, SIGNS, day=date(2021, 2, 3))]
    before = a_snapshot(cases[:1], [pair for pair in RETURNED if pair != late])
    assert parts_of(before, a_snapshot(cases)) == only("late_returns", Fraction(1, 4))


def test_a_case_that_comes_in_for_a_returned_month_is_a_correction():
    cases = [make_fact(E1, LITTER), make_fact(W1, SIGNS)]
    assert parts_of(a_snapshot(cases[:1]), a_snapshot(cases)) == only("corrections", Fraction(1, 4))


def test_other_months_with_the_same_register_are_a_real_change():
    cases = [make_fact(E1, LITTER), make_fact(E2, LITTER, SIGNS, day=date(2021, 5, 1))]
    returned = [*RETURNED, *((unit, month) for unit in UNITS for month in NEXT.months)]
    snapshot = a_snapshot(cases, returned)
    later = replace(CITY, window=NEXT)
    assert parts_of(snapshot, snapshot, CITY, later) == only("real_change", Fraction(1, 4))


def test_a_holding_that_ends_between_the_windows_is_a_change_of_the_register():
    cases = [make_fact(E1, LITTER), make_fact(E1, LITTER, day=date(2021, 5, 1))]
    returned = [*RETURNED, *((unit, month) for unit in UNITS for month in NEXT.months)]
    holdings = [
        row | ({"valid_to": date(2021, 4, 1)} if row["power"] == WELLS else {})
        for row in make_holdings()
    ]
    snapshot = a_snapshot(cases, returned, holdings)
    parts = parts_of(snapshot, snapshot, CITY, replace(CITY, window=NEXT))
    assert parts == only("register", Fraction(1, 3) - Fraction(1, 4))


def test_a_step_without_a_value_changes_nothing_and_the_next_has_its_effect():
    nothing = a_snapshot([], [])
    frame = changes(nothing, a_snapshot([make_fact()]), CITY, CITY)
    assert frame["change"].isna().all()
    assert frame["value"].isna().tolist() == [True, True, False, False, False]


def test_a_second_figure_without_a_value_is_shown_without_one():
    frame = changes(a_snapshot([make_fact()]), a_snapshot([], []), CITY, CITY)
    assert frame["change"].isna().all()
    last = frame.iloc[-1]
    assert last[["numerator", "completeness"]].tolist() == [0, 0]
    assert math.isnan(last["value"])


CASES = st.lists(
    st.builds(
        make_fact,
        st.sampled_from(UNITS),
        st.sampled_from([p["code"] for p in make_powers()]),
        day=st.dates(date(2021, 1, 1), date(2021, 6, 30)),
        outcome=st.sampled_from(["punished", "withdrawn"]),
    ),
    max_size=12,
)
MONTHS = st.sets(st.tuples(st.sampled_from(UNITS), st.sampled_from(WHOLE.months)))
HOLDINGS = st.lists(
    st.tuples(st.sampled_from(make_holdings()), st.dates(date(2021, 1, 1), date(2021, 8, 1))),
    max_size=4,
    unique_by=lambda pair: pair[0]["power"],
).map(lambda ends: [row | {"valid_to": end} for row, end in ends])
STATES = st.builds(
    lambda cases, returned, ended: a_snapshot(
        cases, returned, [*ended, *(h for h in make_holdings() if not _ends(h, ended))]
    ),
    CASES,
    MONTHS,
    HOLDINGS,
)
FIGURES = st.builds(
    Figure,
    st.sampled_from(["exercise_rate", "completeness", "coverage", "procedure"]),
    st.sampled_from([("city",), ("district",), ("unit", "department")]),
    st.sampled_from([QUARTER, NEXT, Window(202102, 202103)]),
    st.just(1),
)


def _ends(holding, ended) -> bool:
    return holding["power"] in [row["power"] for row in ended]


@settings(max_examples=examples(60), deadline=None)
@given(STATES, STATES, FIGURES, st.sampled_from([QUARTER, NEXT]))
def test_the_parts_add_up_exactly_whatever_happened(before, after, figure, window):
    other = replace(figure, window=window)
    frame = changes(before, after, figure, other)
    rounded = frame.assign(rounded=rounded_changes(frame))
    for _, steps in rounded.groupby(frame.index // len(STEPS)):
        assert steps["step"].tolist() == list(STEPS)
        first, last = steps.iloc[0], steps.iloc[-1]
        if first["change"] is None:
            continue
        total = sum(steps["change"])
        assert float(total) == pytest.approx(last["value"] - first["value"], abs=1e-12)
        if first["denominator"] and last["denominator"]:
            exact = [Fraction(int(r["numerator"]), int(r["denominator"])) for r in (first, last)]
            assert total == exact[1] - exact[0]
        printed = sum(round(part * 10**6) for part in steps["rounded"])
        assert printed == round(total * 10**6)


@settings(max_examples=examples(30), deadline=None)
@given(STATES, FIGURES)
def test_nothing_explains_no_difference(state, figure):
    assert set(changes(state, state, figure, figure)["change"]) <= {0, None}


def test_a_register_is_laid_over_other_months_by_moving_its_days():
    holdings = make_snapshot(
        holdings=[make_holdings()[0] | {"valid_to": date(2021, 5, 31)}]
    ).holdings
    moved = laid_over(holdings, -3).rows.iloc[0]
    assert (moved["valid_from"], moved["valid_to"]) == (date(2020, 4, 1), date(2021, 2, 28))
    assert laid_over(holdings, 0) is holdings


def test_a_reference_says_what_was_asked():
    chosen = Selection(district=("990101", "990102"))
    options = {"aggregate": "mean", "basis": "decision", "min_cases": 3}
    snapshot = make_snapshot([make_fact()], RETURNED)
    figure = asked("exercise_rate", ("district", "month"), QUARTER, snapshot, chosen, options)
    text = reference(figure, figure.compute(snapshot))
    head = "exercise_rate:district,month:202101-202103:aggregate=mean:min_cases=3"
    assert text.startswith(head + ":district=990101,990102@0.")
    assert read_reference(text) == (figure, text.rpartition(".")[2])


def test_a_table_of_a_page_has_a_reference_only_where_it_can_be_given_again():
    snapshot = make_snapshot([make_fact()], RETURNED)
    question = ("exercise_rate", QUARTER, snapshot, Selection(), {"basis": "any"})
    frame = exercise_rate(snapshot, QUARTER, ["district"], basis="any")
    text = reference_if_asked_so(frame, *question)
    assert text.startswith("exercise_rate:district:202101-202103:basis=any@0.")
    assert reference_if_asked_so(frame[frame["district"].eq(E1[:6])], *question) == ""
    staff = ("staffing", QUARTER, snapshot, Selection(kind=("penalty",)), {})
    assert reference_if_asked_so(frame, *staff) == ""


QUESTION = "exercise_rate:city:202101-202103"
NO_REFERENCES = (
    *("", "x", "exercise_rate", f"{QUESTION}@5", "who:city:202101-202103@5.00000000"),
    *("exercise_rate:city:2021@5.00000000", f"{QUESTION}:x@5.00000000"),
)


@pytest.mark.parametrize("text", NO_REFERENCES)
def test_what_is_no_reference_is_refused(text):
    with pytest.raises(UsageError, match="引用编号"):
        read_reference(text)


WORDS = ("--from", "2021-01", "--to", "2021-03")


def exported(command_line, name: str, *words: object) -> str:
    file = command_line.folder / name
    order = ("export", file, "--measure", "exercise_rate", *WORDS, *words)
    return command_line.records(*order)[0]["reference"]


def test_a_figure_is_given_again_from_the_data_of_then(command_line):
    command_line.send([make_case()])
    first = exported(command_line, "a.csv", "--by", "district")
    assert f",{first}\n" in (command_line.folder / "a.csv").read_text(encoding="utf-8-sig")
    before = command_line.records("rate", *WORDS, "--by", "district")
    late = make_case(case_no="〔2021〕2号", unit=E2, power=SIGNS)
    command_line.send([make_case(power=WELLS), late], "b.csv")
    assert command_line.records("recompute", first) == before
    second = exported(command_line, "b.csv", "--by", "district")
    explained = command_line.records("explain", first, second)
    assert [record["change"] for record in explained][:5] == [0, 0, 0, 0.25, 0]
    assert explained[4]["numerator"] == 2
    wrong = first[:-8] + "00000000"
    assert command_line.run("recompute", wrong).exit_code == 1
    other = exported(command_line, "c.csv")
    assert "不能比较" in command_line.refusal("explain", first, other, exit_code=2)


@pytest.fixture(scope="module")
def sent_twice(shared_line):
    """Act 2 and one more."""
    shared_line.send([make_case(), make_case(case_no="〔2021〕3号", fine_cny="50")])
    shared_line.send([make_case(case_no="〔2021〕2号", unit=E2, power=SIGNS)], "b.csv")
    return shared_line


@sampled("measure", MEASURES)
def test_every_measure_is_given_again_and_explained(sent_twice, measure):
    words = ("--measure", measure, "--from", "2020-04", "--to", "2021-03", "--by", "district")
    order = ("export", sent_twice.folder / "a.csv", *words)
    first = sent_twice.records(*order, "--known-on", 2)[0]
    second = sent_twice.records(*order)[0]["reference"]
    assert len(sent_twice.records("recompute", first["reference"])) == first["rows"]
    explained = sent_twice.records("explain", first["reference"], second)
    assert len(explained) % len(STEPS) == 0


def test_the_figures_of_a_brief_are_given_again(command_line):
    command_line.send([make_case()])
    file = command_line.folder / "x.html"
    command_line.records("brief", E1, "--out", file, *WORDS)
    text = file.read_text(encoding="utf-8").rpartition("引用编号 ")[2].partition(" ")[0]
    assert text.startswith("brief:unit:202101-202103:unit=990101001@2.")
    command_line.send([make_case(case_no="〔2021〕2号", power=SIGNS)], "b.csv")
    again = command_line.records("recompute", text)
    assert (again[0]["figure"], again[0]["numerator"], again[0]["denominator"]) == (
        "exercise_rate",
        1,
        4,
    )
