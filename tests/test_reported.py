"""Reported figures stand beside the register's own and are only there where they were given."""

import pandas as pd

from registry.reported import (
    BEST_RATE,
    document_titles,
    held_beside_reported,
    quotation,
)

NAMES = {"a": "甲", "b": "乙", "c": "丙"}
HELD = pd.DataFrame({"department": ["a", "b", "c"], "powers": [5, 2, 1]})


def reported(**values: float) -> pd.DataFrame:
    frame = pd.DataFrame({"key": list(values), "value": list(values.values())}, dtype=object)
    return frame.assign(source="report-2020", as_of=None).set_index("key")


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


def test_a_quotation_belongs_to_its_document() -> None:
    figures = reported(**{BEST_RATE: 0.47})
    found = quotation(figures, BEST_RATE)
    assert found is not None
    assert "目前也仅达到47%" in found.words
    assert quotation(figures.assign(source="elsewhere"), BEST_RATE) is None
    assert quotation(reported(), BEST_RATE) is None


def test_a_document_is_cited_once_and_an_unknown_one_as_written() -> None:
    titles = document_titles(pd.Series(["report-2020", "report-2020", None, "某文件"]))
    assert len(titles) == 2
    assert titles[0].endswith("(2020年11月26日)")
    assert titles[1] == "某文件"


def test_the_quotation_is_word_for_word_in_the_shipped_figures_sense() -> None:
    """The words carry the number that the table carries."""
    found = quotation(reported(**{BEST_RATE: 0.47}), BEST_RATE)
    assert found is not None
    assert "47%" in found.words
