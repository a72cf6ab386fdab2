"""Measures' frames by two group columns → heat maps: rates, completeness, counts.

A map says in words what it says in shade, and greys what was not returned.
"""

from collections.abc import Callable, Mapping
from typing import Any

import pandas as pd

from registry import palette
from registry.charts import MARGIN, Chart, Figure, figure_layout, group_codes
from registry.language import _
from registry.wording import (
    Names,
    Record,
    behind_text,
    bound_text,
    counted_text,
    group_name,
    is_thin,
    limit_text,
    percent_text,
    period_text,
    rate_name,
    record_text,
    share_text,
)

ROW_HEIGHT, LOW_ROW = 38, 30
LONG = 24
"""From so many rows on they are lower, so that the largest district's units fit on one sheet."""


def rate_map(
    rates: pd.DataFrame,
    row: str,
    column: str,
    names: Mapping[str, Names],
    aggregate: str = "union",
    min_cases: int = 1,
) -> Chart:
    """Rates by two group columns."""
    reading = _(
        "每格是所在行、列的{name}：上行是比率，下行是{counted}，颜色越深比率越高；"
        "灰格报送不足 {limit}，「至少」表示只是下限，「未见」是有缺报时没有见到。"
        "案件多的地方用到的职权自然也多，不宜据此排名。"
    ).format(
        name=rate_name(min_cases), counted=counted_text(aggregate, min_cases), limit=limit_text()
    )
    table = rate_matrix(rates, row, column, names)
    return Chart(heat_map(rates, row, column, names), reading, table)


def heat_map(rates: pd.DataFrame, row: str, column: str, names: Mapping[str, Names]) -> Figure:
    """Rates by two group columns: shade and words in each cell, grey where returns are thin.

    One layer for each colour of the words, since a layer's words have one colour; over them a
    clear one that answers to the pointer.
    """
    rows, columns = group_codes(rates, row), group_codes(rates, column)
    cells = _cells(rates, row, column)
    grid = [[cells.get((r, c)) for c in columns] for r in rows]
    height = LOW_ROW if len(rows) > LONG else ROW_HEIGHT
    axes = {"x": [names[column][c] for c in columns], "y": [names[row][r] for r in rows]}
    steps = len(palette.RATE_SCALE) - 1
    scale = [[i / steps, color] for i, color in enumerate(palette.RATE_SCALE)]
    thin = [[0, palette.THIN], [1, palette.THIN]]
    layers = [
        _heat_layer(grid, _shade_under(ink), scale, ink)
        for ink in (palette.DARK_INK, palette.LIGHT_INK)
    ]
    return {
        "data": [
            *(
                {**axes, **layer}
                for layer in (*layers, _heat_layer(grid, _grey, thin, palette.THIN_INK))
            ),
            _pointer_layer(cells, names[row], names[column]),
        ],
        "layout": figure_layout(
            height * len(rows) + 60,
            hoverdistance=-1,  # a cell answers as far as its corners
            margin={**MARGIN, "t": 2 * MARGIN["t"]},  # the names stand below the button
            xaxis={
                "side": "top",
                "range": [-0.5, len(columns) - 0.5],
                "fixedrange": True,
                "type": "category",
                "showgrid": False,
            },
            yaxis={
                "range": [len(rows) - 0.5, -0.5],
                "fixedrange": True,
                "type": "category",
                "automargin": True,
                "showgrid": False,
            },
        ),
    }


def _heat_layer(
    grid: list[list[Any]],
    depth: Callable[[Any], float | None],
    scale: list[list[Any]],
    ink: str,
) -> dict[str, Any]:
    """The cells that have a depth in this layer, with their words; the others stay empty."""
    z = [[depth(cell) for cell in line] for line in grid]
    ours = [
        [None if at is None else cell for cell, at in zip(line, depths, strict=True)]
        for line, depths in zip(grid, z, strict=True)
    ]
    return {
        "type": "heatmap",
        "z": z,
        "text": [["<br>".join(cell_lines(cell)) for cell in line] for line in ours],
        "zmin": 0,
        "zmax": 1,
        "colorscale": scale,
        "showscale": False,
        "texttemplate": "%{text}",
        "textfont": {"size": 11, "color": ink},
        "hoverinfo": "skip",
        "xgap": 2,
        "ygap": 2,
    }


def _pointer_layer(
    cells: Mapping[tuple[str, str], Record], rows: Names, columns: Names
) -> dict[str, Any]:
    """A clear mark in the middle of each cell, with its words and its codes.

    A heat map tells nobody that it was clicked; a mark does (`customdata`: row's and column's
    code), and the nearest one is always that of the cell under the pointer.
    """
    clear = {"marker": {"opacity": 0}}
    return {
        "type": "scatter",
        "mode": "markers",
        "x": [columns[column] for _row, column in cells],
        "y": [rows[row] for row, _column in cells],
        "customdata": [list(codes) for codes in cells],
        "hovertext": [
            f"{rows[row]} · {columns[column]}<br>{_cell_hover(cell)}"
            for (row, column), cell in cells.items()
        ],
        "hoverinfo": "text",
        "hoverlabel": {"bgcolor": palette.THIN, "font": {"color": palette.DARK_INK}},
        "marker": {"size": ROW_HEIGHT, "symbol": "square", "opacity": 0},
        "selected": clear,
        "unselected": clear,
    }


def rate_matrix(
    rates: pd.DataFrame, row: str, column: str, names: Mapping[str, Names]
) -> pd.DataFrame:
    """The heat map as a table of texts, rows and columns by name."""
    rows, columns = group_codes(rates, row), group_codes(rates, column)
    cells = _cells(rates, row, column)
    texts = [[_cell_text(cells.get((r, c))) for c in columns] for r in rows]
    return pd.DataFrame(
        texts,
        index=pd.Index([names[row][r] for r in rows], name=group_name(row)),
        columns=[names[column][c] for c in columns],
    )


def completeness_map(returns: pd.DataFrame, districts: Names) -> Chart:
    """Completeness by district and month, without words in the cells."""
    reading = _("每格是一个区一个月的报送完整度，颜色越深越齐全；灰格一个街道、乡镇也没有报。")
    months, codes = group_codes(returns, "month"), group_codes(returns, "district")
    cells = _cells(returns, "district", "month")
    grid = [[cells.get((code, month)) for month in months] for code in codes]
    words = [["" if cell is None else share_text(cell) for cell in row] for row in grid]
    shares = [[None if cell is None else float(cell["value"]) for cell in row] for row in grid]
    missing = [[share == 0 for share in row] for row in shares]
    table = pd.DataFrame(
        words,
        index=pd.Index([districts[code] for code in codes], name=_("区")),
        columns=[period_text(month) for month in months],
    )
    return Chart(grid_map(table, words, shares, missing, top=1.0), reading, table)


def grid_map(
    table: pd.DataFrame,
    words: list[list[str]],
    values: list[list[float | None]],
    missing: list[list[bool]],
    *,
    unit: str = "",
    top: float | None = None,
) -> Figure:
    """A dense map of values, its words on hover; grey where a cell is missing.

    table gives the names of rows and columns; `unit` names the scale, which runs to `top`.
    """
    steps = len(palette.RATE_SCALE) - 1
    shared = {
        "type": "heatmap",
        "x": list(table.columns),
        "y": list(table.index),
        "text": words,
        "hoverinfo": "x+y+text",
        "hoverongaps": False,
        "xgap": 1,
        "ygap": 1,
        "zmin": 0,
    }
    scale: dict[str, Any] = {"title": {"text": unit}, "thickness": 12}
    scale["tickformat"] = ",d" if unit else ".0%"
    if unit:  # counts: whole numbers only, about five of them
        top = max([1.0, *(value for row in values for value in row if value is not None)])
        scale["dtick"] = -(-top // 5)
    shown = [
        [None if gone else value for value, gone in zip(row, lost, strict=True)]
        for row, lost in zip(values, missing, strict=True)
    ]
    grey = [[0 if gone else None for gone in row] for row in missing]
    return {
        "data": [
            {
                **shared,
                "z": shown,
                **({} if top is None else {"zmax": top}),
                "colorscale": [[i / steps, c] for i, c in enumerate(palette.RATE_SCALE)],
                "colorbar": scale,
            },
            {
                **shared,
                "z": grey,
                "zmax": 1,
                "colorscale": [[0, palette.THIN], [1, palette.THIN]],
                "showscale": False,
            },
        ],
        "layout": figure_layout(
            26 * len(table) + 110,
            xaxis={"fixedrange": True, "type": "category", "nticks": 8, "showgrid": False},
            yaxis={
                "autorange": "reversed",
                "type": "category",
                "automargin": True,
                "fixedrange": True,
                "showgrid": False,
            },
        ),
    }


def _cells(rates: pd.DataFrame, row: str, column: str) -> dict[tuple[str, str], Record]:
    return {(record[row], record[column]): record for record in rates.to_dict("records")}


def _shade(cell: Record | None) -> float | None:
    """The value, where enough was returned to colour it."""
    return None if cell is None or _grey(cell) is not None else float(cell["value"])


def _shade_under(ink: str) -> Callable[[Record | None], float | None]:
    """The shades on which words of this colour are read best."""

    def shade(cell: Record | None) -> float | None:
        value = _shade(cell)
        if value is None or palette.ink_on(palette.rate_color(value)) != ink:
            return None
        return value

    return shade


def is_grey(cell: Record) -> bool:
    """Whether too little was returned, or nothing, to colour a cell."""
    return bool(pd.isna(cell["value"])) or is_thin(cell["completeness"])


def _grey(cell: Record | None) -> float | None:
    if cell is None:
        return None
    return 0 if is_grey(cell) else None


def _cell_text(cell: Record | None) -> str:
    return _("未持有") if cell is None else record_text(cell)


def cell_lines(cell: Record | None) -> tuple[str, ...]:
    """The rate over its fraction, to fit a narrow cell."""
    if cell is None:
        return ()
    if pd.isna(cell["value"]):
        return (_("缺报"),)
    rate = percent_text(cell["value"])
    lower = bound_text(rate, cell["value"], cell["completeness"], brief=True)
    return lower, behind_text(cell)


def _cell_hover(cell: Record) -> str:
    share = percent_text(cell["completeness"])
    return _("{rate}<br>报送完整度 {share}").format(rate=record_text(cell), share=share)
