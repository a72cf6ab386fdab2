"""Drawings of the published site: words are words, missing is not zero, nothing by colour alone."""

import re
from math import nan

import pandas as pd
import pytest

from registry import palette
from registry.publish import html
from registry.publish.bars import Bar, draw_bars
from registry.publish.grid import Cell, draw_grid
from registry.publish.months import Month, draw_columns, draw_line
from registry.publish.parts import Part, Spread, Stack, draw_spreads, draw_stacks
from registry.publish.svg import CROSS, HATCH, folded
from registry.publish.tables import file_name

TEXT = re.compile(r"<text[^>]*>([^<]*)</text>")
KNOWN, LOST = Bar("东城区", 0.471, "47.1 % (185/393)"), Bar("西城区", nan, "缺报")


def month(number: int, value: float, **fields) -> Month:
    given = {"says": "" if value != value else f"{value:g}", "thin": False, "share": 1.0} | fields
    return Month(f"2023-{number:02d}", value, **given)


def paths(drawing: str, kind: str) -> list[str]:
    return re.findall(rf'<path class="{kind}" d="([^"]*)"', drawing)


def hatched(drawing: str) -> int:
    """How many shapes are hatched."""
    return sum(d.count("M") for d in re.findall(rf'fill="{re.escape(HATCH)}" d="([^"]*)"', drawing))


def test_a_bar_says_its_name_and_its_figure_in_words():
    assert TEXT.findall(draw_bars("x", [KNOWN], "履行率"))[:2] == ["东城区", "47.1 % (185/393)"]


def test_a_missing_share_has_no_bar_but_a_pattern_and_a_word():
    drawn = draw_bars("x", [KNOWN, LOST], "履行率")
    assert paths(drawn, "rate")[0].count("M") == 1
    assert hatched(drawn) == 1
    assert "缺报" in drawn
    zero = draw_bars("x", [Bar("东城区", 0.0, "0.0 % (0/4)")], "履行率")
    assert hatched(zero) == 0
    assert "0.0 % (0/4)" in zero


def test_a_thin_bar_is_hatched_and_a_mark_stands_at_its_value():
    row = Bar("东城区", 0.5, "至少 50.0 %", thin=True, mark=0.25)
    drawn = draw_bars("x", [row], "履行率")
    assert hatched(drawn) == 1
    start, end = (float(n) for n in re.findall(r'd="M([\d.]+) [\d.]+h([\d.]+)', drawn)[0])
    at = float(re.findall(r"M([\d.]+)", paths(drawn, "mark")[0])[0])
    assert at + 1 == pytest.approx(start + end / 4, abs=0.1)


def test_a_scale_grows_with_what_is_over_the_whole():
    drawn = draw_bars("x", [Bar("在编", 1.2, "120.0 % (6/5)")], "占编制")
    lengths = [float(n) for n in re.findall(r"h([\d.]+)v", paths(drawn, "rate")[0])]
    (track,) = (float(n) for n in re.findall(r"h([\d.]+)v", paths(drawn, "track")[0]))
    assert lengths[0] == pytest.approx(1.2 * track, abs=0.2)


def test_a_line_breaks_where_a_month_is_missing_and_is_hollow_where_it_is_thin():
    months = [month(1, 0.2), month(2, nan, share=0.0, thin=True), month(3, 0.3, thin=True)]
    drawn = draw_line("x", months, "率", "完整度")
    assert paths(drawn, "run")[0].count("M") == 2
    assert drawn.count('class="point"') == 1
    assert drawn.count('class="hollow"') == 1
    assert hatched(drawn) == 2


def test_a_missing_month_is_no_column_of_zero():
    drawn = draw_columns("x", [month(1, 0), month(2, nan, says="缺报")], "件")
    assert hatched(drawn) == 1
    assert {"0", "缺报"} < set(TEXT.findall(drawn))


def test_a_number_too_broad_for_its_column_stands_upright_above_it():
    drawn = draw_columns("x", [month(n, 10_000.0, says="10,000") for n in range(1, 13)], "件")
    tops = [100 - float(high) for high in re.findall(r"v([\d.]+)H", paths(drawn, "rate")[0])]
    feet = [float(y) for y in re.findall(r"rotate\(-90 [\d.]+ ([\d.]+)\)", drawn)]
    assert len(feet) == 12
    assert all(foot < top for foot, top in zip(feet, tops, strict=True))
    assert min(feet) > 40  # as long as six digits are


def test_columns_too_narrow_for_words_say_the_numbers_of_the_months_that_are_named():
    names = [f"{year}-{n:02d}" for year in range(2018, 2024) for n in range(1, 13)]
    drawn = draw_columns("x", [Month(name, 500.0, "500", False, 1.0) for name in names], "件")
    (ticks,) = (path for path in paths(drawn, "axis") if "v4" in path)
    assert TEXT.findall(drawn).count("500") == ticks.count("M") == 12


def test_words_of_a_cell_can_be_read_on_its_shade():
    cells = [[Cell(("47.1 %", "185/393"), color) for color in palette.RATE_SCALE]]
    drawn = draw_grid("x", ["东城区"], list("甲乙丙丁戊"), cells)
    inks = re.findall(r'style="fill:(#\w+);', drawn)[::2]
    pairs = zip(inks, palette.RATE_SCALE, strict=True)
    assert all(palette.contrast(ink, color) >= 4.5 for ink, color in pairs)


def test_a_cell_without_returns_is_hatched_and_one_without_a_power_empty():
    drawn = draw_grid("x", ["东城区"], ["甲", "乙"], [[Cell(("缺报",), palette.THIN, True), None]])
    assert drawn.count(HATCH) == 1
    assert TEXT.findall(drawn).count("缺报") == 1


def test_parts_of_a_bar_differ_by_pattern_and_say_their_counts():
    parts = (Part(0.9, "9/10", "used"), Part(0.1, "1/10", "dormant", CROSS))
    key = [("用过", "used", ""), ("休眠", "dormant", CROSS)]
    drawn = draw_stacks("x", key, [Stack("水务", parts)], "占")
    assert drawn.count(CROSS) == 2
    assert {"9/10", "1/10"} < set(TEXT.findall(drawn))


def test_a_spread_names_its_median():
    drawn = draw_spreads("x", [Spread("镇", tuple(n / 100 for n in range(1, 10)))], "率")
    assert "5.0\xa0%" in TEXT.findall(drawn)
    assert drawn.count("<circle") == 9


def test_words_are_broken_between_words_and_chinese_anywhere():
    assert folded("Agriculture and rural affairs", 100) == ["Agriculture", "and rural", "affairs"]
    assert folded("农业农村和水务", 48) == ["农业农村", "和水务"]
    assert folded("水务", 100) == ["水务"]


def test_no_code_leads_out_of_the_folder():
    for code in ("../../x", "/etc/passwd", "a/b", "a.b", "c:\\d", "a b", "..", "%2e"):
        assert re.fullmatch(r"[\w-]+", file_name(code))
    assert file_name("UM001") == "UM001"
    assert file_name("a/b") != file_name("a.b")


def test_markup_in_names_stays_words():
    bad = "<img src=x onerror=alert(1)>"
    frame = pd.DataFrame({bad: [bad]}, index=pd.Index([bad], name=bad))
    shown = [
        draw_bars(bad, [Bar(bad, 0.5, bad)], bad),
        draw_grid(bad, [bad], [bad], [[Cell((bad,), palette.THIN)]]),
        draw_columns(bad, [month(1, 3, says=bad)], bad),
        html.table(frame, bad),
        html.figure(bad, "", [bad], ""),
        html.files_line("../", "x", bad),
        html.headline({bad: bad}),
    ]
    assert [text for text in shown if "<img" in text] == []
