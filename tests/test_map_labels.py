"""Every district of a map is named: on itself where it has room, else by a number and a list."""

from registry.map_labels import Lettering, place_labels
from registry.maps import Outline, draw_map

LETTERS = Lettering("wide", 28, 20, 22)


def square(code: str, west: float, south: float, side: float) -> dict:
    east, north = west + side, south + side
    ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    geometry = {"type": "Polygon", "coordinates": [ring]}
    return {"type": "Feature", "properties": {"code": code}, "geometry": geometry}


def outlines(*features: dict) -> tuple[Outline, ...]:
    return draw_map({"type": "FeatureCollection", "features": list(features)}).outlines


def test_words_stand_on_a_district_with_room_and_within_it() -> None:
    (large,) = outlines(square("a", 0, 0, 1))
    labels = place_labels([large], {"a": ("甲区", "至少 34.4 %")}, LETTERS)
    (label,) = labels.placed
    assert (label.lines, label.size) == (("甲区", "至少 34.4 %"), 28)
    assert abs(label.x - large.middle[0]) < 1
    assert not labels.listed


def test_a_district_without_room_carries_a_number_and_is_listed() -> None:
    shapes = outlines(square("a", 0, 0, 10), square("b", 11, 0, 0.3), square("c", 12, 0, 0.3))
    words = {code: (f"{code}区", "50.0 %") for code in "abc"}
    labels = place_labels(shapes, words, LETTERS)
    assert labels.listed == {"1": "b", "2": "c"}
    assert {label.code: label.lines for label in labels.placed} == {
        "a": ("a区", "50.0 %"),
        "b": ("1",),
        "c": ("2",),
    }


def test_room_ends_at_a_gap_and_at_a_hole() -> None:
    ring = [[0, 0], [10, 0], [10, 10], [0, 10], [0, 0]]
    hole = [[4, 4], [5, 4], [5, 6], [4, 6], [4, 4]]
    geometry = {"type": "Polygon", "coordinates": [ring, hole]}
    (shape,) = outlines({"type": "Feature", "properties": {"code": "a"}, "geometry": geometry})
    left, right = shape.room(450, 550)
    assert (round(left), round(right)) == (500, 1000)
    assert shape.room(-100, 50) is None


def test_the_longer_line_decides_how_large_the_words_are() -> None:
    shapes = outlines(square("a", 0, 0, 10), square("b", 20, 0, 1.4))
    short, long = (
        place_labels(shapes, {"a": ("甲区",), "b": ("乙区", rate)}, LETTERS)
        for rate in ("5 %", "至少 34.4 %")
    )
    assert not short.listed
    assert long.listed == {"1": "b"}


def test_a_name_of_several_words_may_take_as_many_lines() -> None:
    shapes = outlines(square("a", 0, 0, 10), square("b", 20, 0, 2.6))
    labels = place_labels(shapes, {"a": ("A", "5 %"), "b": ("Haidian District", "5 %")}, LETTERS)
    assert not labels.listed
    assert labels.placed[1].lines == ("Haidian", "District", "5 %")
