"""Reported figures stand beside the register's own and are only there where they were given."""

import pandas as pd

from registry.language import speaking
from registry.reported import BEST_RATE, held_beside_reported, in_language, quotation

NAMES = {"a": "甲", "b": "乙", "c": "丙"}
HELD = pd.DataFrame({"department": ["a", "b", "c"], "powers": [5, 2, 1]})


SPOKEN = {
    "label_zh": "标签",
    "label_en": "label",
    "title_zh": "某报告",
    "title_en": None,
    "words_zh": "也仅达到47%",
    "words_en": "only 47 %",
    "silent_on_zh": "没有写明",
    "silent_on_en": "does not say",
}


def reported(**values: float) -> pd.DataFrame:
    frame = pd.DataFrame({"key": list(values), "value": list(values.values())}, dtype=object)
    frame = frame.assign(source="report-2020", as_of=None, **SPOKEN)
    return in_language(frame.set_index("key"))


def test_departments_stand_beside_what_was_reported_of_them() -> None:
    figures = reported(powers_delegated=8.0, powers_a=5.0, powers_other_departments=4.0)
    rows = held_beside_reported(HELD, figures, NAMES)
    assert rows[["label", "held"]].to_numpy().tolist() == [
        ["合计", 8],
        ["甲", 5],
        ["其他部门小计", 3],
        ["乙", 2],
        ["丙", 1],
    ]
    assert rows["reported"].tolist()[:3] == [8.0, 5.0, 4.0]
    assert rows["reported"].iloc[3:].isna().all()


def test_a_register_without_reported_figures_has_only_its_own() -> None:
    rows = held_beside_reported(HELD, reported(), NAMES)
    assert rows["label"].tolist() == ["合计", "甲", "乙", "丙"]
    assert rows["reported"].isna().all()


def test_a_figure_without_a_quotation_has_none() -> None:
    figures = reported(**{BEST_RATE: 0.47})
    found = quotation(figures, BEST_RATE)
    assert found is not None
    assert (found.words, found.gloss, found.silent_on) == ("也仅达到47%", "", "没有写明")
    assert quotation(figures.assign(words_zh=None), BEST_RATE) is None
    assert quotation(reported(), BEST_RATE) is None


def test_a_quotation_stays_in_its_own_words_with_a_gloss() -> None:
    with speaking("en"):
        found = quotation(reported(**{BEST_RATE: 0.47}), BEST_RATE)
    assert found is not None
    assert (found.words, found.gloss) == ("也仅达到47%", "only 47 %")
    assert found.silent_on == "does not say"


def test_a_text_that_a_language_lacks_is_shown_in_chinese() -> None:
    with speaking("en"):
        figures = reported(powers_delegated=8.0)
    assert figures.loc["powers_delegated", ["label", "title"]].tolist() == ["label", "某报告"]


def test_a_document_without_a_title_is_shown_as_it_is_cited() -> None:
    figures = in_language(reported(powers_delegated=8.0).assign(title_zh=None))
    assert figures["title"].tolist() == ["report-2020"]
