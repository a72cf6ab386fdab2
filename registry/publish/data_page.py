"""What can be taken home: every shared file, and where those of a district or a power are."""

import pandas as pd

from registry.language import _
from registry.publish import html
from registry.publish.html import Page
from registry.publish.material import Material
from registry.publish.package import TITLES

ROOT = "../"


def data_page(material: Material) -> Page:
    intro = _(
        "每张图背后的数都有 CSV、JSON 和 Parquet 三种格式，内容相同；各列的含义见数据包说明。"
        "比率写作 0 至 1 的小数；空白为缺报，不是零；完整度小于 1 时履行率只是下限。"
    )
    own = _("每个区、每项职权的文件在它自己的页面上。")
    package = html.link(f"{ROOT}datapackage.json", _("数据包说明（Frictionless）"))
    listed = "".join(
        f"<section>{html.heading(_(title), name, 3)}{_line(material, name)}</section>"
        for name, title in TITLES.items()
        if name in material.tables
    )
    body = (
        html.paragraph(intro)
        + html.paragraph(own)
        + f"<p>{package}</p>"
        + html.heading(_("共用的文件"))
        + listed
        + _card_links(material)
    )
    return Page("data", _("数据"), body, "data")


def _line(material: Material, name: str) -> str:
    frame: pd.DataFrame = material.frame(name)
    rows = html.paragraph(_("{rows} 行").format(rows=f"{len(frame):,}"), "reading")
    return rows + material.files(ROOT, name)


def _card_links(material: Material) -> str:
    """Where each measure of the files is explained."""
    measures = {t.measure for t in material.tables.values() if t.measure}
    text = _("各指标的算法和局限见「方法与口径」。")
    return (
        html.paragraph(text) + html.links([("methods.html", _("方法与口径"))]) if measures else ""
    )
