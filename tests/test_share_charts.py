"""Bars of shares name the whole on their scale and say what stands on them."""

import pandas as pd
import pytest

from registry.share_charts import place_chart, waterfall_chart

NAMES = {"d": "丁区", "e": "戊区"}


def rates(*values: float) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "measure": ["front_line", "in_post"][: len(values)],
            "district": list("de")[: len(values)],
            "value": values,
            "numerator": [round(100 * value) for value in values],
            "denominator": 100,
            "completeness": 1.0,
        }
    )


@pytest.mark.parametrize("highest", [0.3, 1.0, 1.2, 2.0, 3.7])
def test_the_scale_names_the_whole(highest: float) -> None:
    axis = place_chart(rates(0.2, highest), "district", NAMES, "", None).figure["layout"]["xaxis"]
    assert (1 / axis["dtick"]).is_integer()
    assert axis["range"][0] == axis["tick0"] == 0
    assert axis["range"][1] >= max(1, highest)


def test_a_reference_is_named_only_where_there_is_one() -> None:
    with_line = place_chart(rates(0.5), "district", NAMES, "", 0.85)
    without = place_chart(rates(0.5), "district", NAMES, "", None)
    assert "虚线是对照值 85.0\xa0%。" in with_line.reading
    assert "虚线" not in without.reading
    assert without.figure["layout"]["shapes"] == []


def test_the_waterfall_names_the_bar_to_be_compared_as_the_bar_is_named() -> None:
    chart = waterfall_chart(rates(0.9, 0.95), ("in_post", "front_line"), 0.85)
    assert f"「{chart.table.index[1]}」" in chart.reading
