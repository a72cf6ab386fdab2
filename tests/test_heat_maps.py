"""Heat maps say in words what they say in shade, and each cell answers to the pointer."""

import pandas as pd
import plotly.graph_objects as go

from registry import heat_maps, palette
from registry.charts import Figure

NAN = float("nan")
NAMES = {"district": {"d": "丁区", "e": "戊区"}, "department": {"a": "甲部门", "b": "乙部门"}}
RATES = pd.DataFrame(
    [
        ("d", "a", 0.5, 2, 4, 1.0),
        ("d", "b", 0.25, 1, 4, 0.5),
        ("e", "a", NAN, 0, 4, 0.0),
    ],
    columns=["district", "department", "value", "numerator", "denominator", "completeness"],
)


def heat_map() -> Figure:
    return heat_maps.heat_map(RATES, "district", "department", NAMES)


def test_a_cell_shows_rate_and_fraction_in_words() -> None:
    dark, light, grey, _pointer = heat_map()["data"]
    assert dark["text"] == [["50.0\xa0%<br>2/4", ""], ["", ""]]
    assert light["text"] == [["", ""], ["", ""]]
    assert grey["text"] == [["", "至少25.0\xa0%<br>1/4"], ["缺报", ""]]


def test_only_cells_with_enough_returns_are_shaded() -> None:
    dark, _light, grey, _pointer = heat_map()["data"]
    assert dark["z"] == [[0.5, None], [None, None]]
    assert grey["z"] == [[None, 0], [0, None]]


def test_a_dark_cell_has_light_words() -> None:
    figure = heat_maps.heat_map(RATES.assign(value=1.0), "district", "department", NAMES)
    dark, light, _grey, _pointer = figure["data"]
    assert dark["z"] == [[None, None], [None, None]]
    assert light["z"] == [[1.0, None], [None, None]]
    assert light["textfont"]["color"] == palette.LIGHT_INK


def test_a_power_that_nobody_held_has_neither_colour_nor_rate() -> None:
    table = heat_maps.rate_matrix(RATES, "district", "department", NAMES)
    assert table.loc["戊区", "乙部门"] == "未持有"
    assert table.loc["戊区", "甲部门"] == "缺报"
    assert table.loc["丁区", "甲部门"] == "50.0\xa0% (2/4)"


def test_the_figure_is_one_that_plotly_accepts() -> None:
    go.Figure(heat_map())


def test_a_click_on_a_cell_tells_its_codes_and_one_that_nobody_held_tells_nothing() -> None:
    *layers, pointer = heat_map()["data"]
    where = zip(pointer["y"], pointer["x"], pointer["customdata"], strict=True)
    assert list(where) == [
        ("丁区", "甲部门", ["d", "a"]),
        ("丁区", "乙部门", ["d", "b"]),
        ("戊区", "甲部门", ["e", "a"]),
    ]
    assert (
        pointer["hovertext"][1] == "丁区 · 乙部门<br>至少 25.0\xa0% (1/4)<br>报送完整度 50.0\xa0%"
    )
    assert {layer["hoverinfo"] for layer in layers} == {"skip"}
