"""A reported figure stands beside the computed one of its own window, with both in words."""

from datetime import date

import pandas as pd
import pytest
from builders import E1, LITTER, RETURNED, make_fact, make_snapshot
from plain_returns import Returned
from return_builders import make_staffing, make_world

from registry.beside import beside_reported, report_window
from registry.charts import reported_tables
from registry.language import speaking
from registry.reported import in_language
from registry.window import Window

LATE = date(2021, 1, 31)


def reported(**values) -> pd.DataFrame:
    """key → (value, unit); words are known of the best rate alone."""
    frame = pd.DataFrame(
        [(key, value, unit) for key, (value, unit) in values.items()],
        columns=["key", "value", "unit"],
    ).set_index("key")
    known = frame.index == "best_exercise_rate"
    texts = {f"{name}_{code}": name for name in ("label", "title") for code in ("zh", "en")}
    frame = frame.assign(source="某报告", as_of=LATE, **texts)
    for name, text in {"words": "也仅达到47%", "silent_on": "没有写明是哪个区。"}.items():
        for code in ("zh", "en"):
            frame[f"{name}_{code}"] = [text if k else None for k in known]
    return in_language(frame)


FIGURES = {
    "powers_delegated": (4.0, "powers"),
    "powers_urban_management": (2.0, "powers"),
    "best_exercise_rate": (0.47, "ratio"),
    "new_posts": (2700.0, "posts"),
}


def rows(snapshot, figures):
    table = beside_reported(snapshot, figures)
    return {row["key"]: row for row in table.to_dict("records")}


def test_only_what_the_register_knows_has_a_computed_value():
    found = rows(make_snapshot([make_fact(E1, LITTER)], RETURNED), reported(**FIGURES))
    assert (found["powers_delegated"]["value"], found["powers_delegated"]["from"]) == (4, "")
    assert found["powers_urban_management"]["value"] == 2
    best = found["best_exercise_rate"]
    assert (best["numerator"], best["denominator"], best["value"]) == (1, 2, 0.5)
    assert (best["from"], best["to"]) == ("2020-07", "2021-01")
    assert best["completeness"] < 1
    only = found["new_posts"]
    assert pd.isna(only["value"])
    assert pd.isna(only["numerator"])
    assert only["computed_definition"] == ""


def test_both_definitions_are_in_words():
    found = rows(make_snapshot([], RETURNED), reported(**FIGURES))
    best = found["best_exercise_rate"]
    assert best["reported_definition"] == "「也仅达到47%」没有写明是哪个区。"
    assert "任一街乡作出过决定的职权" in best["computed_definition"]
    assert "没有写明怎样计算" in found["new_posts"]["reported_definition"]


def test_cases_after_the_report_are_not_in_the_figure_beside_it():
    later = make_fact(E1, LITTER, day=date(2021, 2, 3))
    found = rows(make_snapshot([later], RETURNED), reported(**FIGURES))
    assert found["best_exercise_rate"]["numerator"] == 0


def test_a_report_speaks_of_the_months_since_the_first_delegation():
    snapshot = make_snapshot()
    assert report_window(snapshot, LATE) == Window(202007, 202101)
    assert report_window(snapshot, date(2020, 3, 1)) == Window(202003, 202003)


def test_the_front_line_rate_is_no_lower_bound():
    returned = Returned(staffing=[make_staffing()], covered={"staffing": {(E1, 202101)}})
    snapshot = make_world(returned, [], RETURNED)
    figures = reported(front_line_rate=(0.85, "ratio"), best_exercise_rate=(0.47, "ratio"))
    (table,) = reported_tables(beside_reported(snapshot, figures)).values()
    assert table["报告所载"].tolist() == ["85\xa0%", "47\xa0%"]
    assert table["本台账计算"].tolist() == ["60.0\xa0% (6/10)", "未见，有缺报 (0/2)"]


def test_without_reported_figures_there_is_nothing_to_stand_beside():
    table = beside_reported(make_snapshot(), reported())
    assert len(table) == 0
    assert reported_tables(table) == {}


@pytest.mark.parametrize("code", ["zh", "en"])
def test_the_tables_say_it_in_the_readers_language(code):
    with speaking(code):
        figures = reported(**FIGURES)
        (table,) = reported_tables(beside_reported(make_snapshot([], RETURNED), figures)).values()
    assert table.iloc[3, 1] == {"zh": "只有报告所载", "en": "Reported only"}[code]
    assert not table.map(lambda text: "nan" in text).any(axis=None)


def test_the_command_prints_every_reported_figure(shipped):
    records = shipped.records("reported")
    assert len(records) == 14
    found = {record["key"]: record for record in records}
    assert found["powers_health"]["value"] == found["powers_health"]["reported"] == 11
    assert found["front_line_rate"]["value"] is None
    shown = shipped.run("reported").stdout
    assert "只有报告所载" in shown
    assert "nan" not in shown
