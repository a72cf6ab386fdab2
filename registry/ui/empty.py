"""Empty states: each says what is the case and what to do. The page decides whether to go on.

`no_register`, `no_returns` and `nothing_selected` end the page; the others take the place of one
figure.
"""

from typing import NoReturn

import streamlit as st

from registry import wording
from registry.language import _
from registry.markup import plain_text
from registry.window import Window


def stop(sentence: str) -> NoReturn:
    """Say what is the case and what to do; nothing further is drawn."""
    st.info(plain_text(sentence))
    st.stop()


def no_register() -> NoReturn:
    """No database, or one without a register."""
    stop(_("数据库中还没有台账；请先运行 registry init"))


def no_returns() -> NoReturn:
    """A register, and not a single month returned."""
    stop(_("还没有任何报送，算不出履行率；请用 registry import 导入各区的执法台账"))


def no_returns_of(kind: str) -> NoReturn:
    """A register, and not one return of this kind."""
    stop(_("还没有这一类报送；请用 registry import --kind {kind} 导入").format(kind=kind))


def nothing_selected() -> NoReturn:
    """The filters leave nothing over."""
    stop(_("所选条件下没有持有的职权；请放宽区、街乡、部门或期间的筛选"))


def all_missing(window: Window) -> None:
    """Powers were held, and no month of the window was returned."""
    st.info(
        _(
            "{window}所选街乡全部缺报：没有报送不等于没有执法，因此不显示比率。"
            "请改选期间，或按催报清单补报"
        ).format(window=wording.window_text(window))
    )


def one_unit(name: str) -> None:
    """A distribution over a single unit."""
    st.info(_("只选了「{name}」一个街乡，没有分布可看；请放宽筛选").format(name=name))


def no_map() -> None:
    """A register that was started without a map of its districts."""
    st.info(_("本台账没有附区划地图，请看下面的表；初始化时可以用 GeoJSON 文件提供地图"))
