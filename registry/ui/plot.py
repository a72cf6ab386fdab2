"""Figures of `charts` on a page."""

from typing import Any

import streamlit as st
from plotly.basedatatypes import BaseFigure

from registry import charts


class _Drawn(BaseFigure):
    """A figure as it is: plotly would check each of its thousand properties at every rerun, which
    takes longer than all else on a page. The tests check one of every kind."""

    def __init__(self, figure: charts.Figure) -> None:
        self.__dict__["figure"] = figure

    def to_dict(self) -> charts.Figure:
        return dict(self.__dict__["figure"])


def plot(figure: charts.Figure, finding: str, file_name: str, **options: Any) -> Any:
    """Draw a figure, said as `finding` to who cannot see it. options: more for `st.plotly_chart`,
    such as key and on_select; what that gives is returned."""
    drawn, look = _Drawn(figure), charts.config(file_name)
    return st.plotly_chart(drawn, config=look, alt=finding, **options)
