"""The files of the site as a Frictionless data package: what each is and what its columns hold."""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from registry.export import COLUMNS, describe_nature
from registry.language import LANGUAGES, N_, _, speaking
from registry.publish.edition import Edition
from registry.publish.files import contents, with_names
from registry.publish.tables import Table

TITLES = {
    "rates": N_("全市职权履行率"),
    "rates_by_district": N_("各区职权履行率（合并）"),
    "rates_by_department": N_("各来源部门职权履行率（合并）"),
    "rates_by_district_and_department": N_("各区各来源部门职权履行率（合并）"),
    "rates_by_unit_and_department": N_("各街道、乡镇各来源部门职权履行率"),
    "rates_by_unit": N_("各街道、乡镇职权履行率"),
    "rates_by_month": N_("全市各月职权履行率"),
    "pooled_rates_by_district": N_("各区职权履行率（逐对）"),
    "mean_rates_by_district": N_("各区职权履行率（街乡平均）"),
    "balance_rates": N_("全市履职均衡率（至少三件）"),
    "balance_rates_by_district": N_("各区履职均衡率（至少三件）"),
    "coverage_by_power": N_("各项职权的覆盖面"),
    "completeness": N_("全市报送完整度"),
    "completeness_by_district": N_("各区报送完整度"),
    "completeness_by_unit": N_("各街道、乡镇报送完整度"),
    "completeness_by_district_and_month": N_("各区各月报送完整度"),
    "completeness_of_all_months": N_("全部月份的报送完整度"),
    "completeness_of_the_year": N_("近 12 个月的报送完整度"),
    "dormancy_by_department": N_("各来源部门的职权按使用状态计"),
    "staffing": N_("全市执法力量"),
    "staffing_by_district": N_("各区执法力量"),
    "staffing_by_unit_kind": N_("各类单位执法力量"),
    "front_line_by_district": N_("各区一线到位率"),
    "front_line_by_month": N_("各月一线到位率"),
    "review_by_district": N_("各区法制审核"),
    "procedure_by_district": N_("各区办案程序"),
    "support_by_department": N_("下放部门的支持"),
    "power_use_by_month": N_("各项职权各区各月的案件数（含检查）"),
    "power_states_by_unit": N_("各项职权各单位的案件数，只分 0、1-2、3+"),
}
"""Files that all pages share."""

FAMILIES = {
    "district": N_("{name}：各项指标和各街道、乡镇的履行率"),
    "power": N_("{code}：案件、覆盖面和办案程序"),
}
WIDE = {
    "power_use_by_month": N_("这个月的案件数；空白为缺报或未持有，不是零。"),
    "power_states_by_unit": N_("这个单位的案件数：0、1-2 或 3+；missing 为缺报，空白为未持有。"),
}
"""Tables with a column a month or a unit → what such a column holds."""

FIGURE = N_("数的名称：指标，或一族指标中的一项。")
TYPES = {"i": "integer", "u": "integer", "f": "number", "b": "boolean"}
FORMATS = {
    ".csv": "text/csv",
    ".json": "application/json",
    ".parquet": "application/vnd.apache.parquet",
}
SCHEMAS = "data/schemas/{family}.json"


@dataclass(frozen=True)
class Content:
    path: str
    content: bytes


def data_files(edition: Edition, tables: Sequence[Table]) -> Iterator[tuple[Table, Content]]:
    """Each table in each format, under data/."""
    for table in tables:
        frame = written_frame(edition, table)
        for ending, content in contents(frame, _notes(edition, table)):
            yield table, Content(f"data/{table.name}{ending}", content)


def written_frame(edition: Edition, table: Table) -> pd.DataFrame:
    """The columns of a file. Those with thousands of rows and a column a month or unit have codes
    alone, whose names are in others."""
    if table.name in WIDE:
        return table.frame
    return with_names(table.frame, edition.snapshot.catalogue)


def _notes(edition: Edition, table: Table) -> Mapping[str, str]:
    """What a Parquet file says of itself; short, since there are hundreds."""
    notes = {"reference": table.reference, "revision": str(edition.snapshot.revision)}
    notes |= {"synthetic": "yes"} if edition.snapshot.synthetic else {}
    return {name: text for name, text in notes.items() if text}


def descriptor(edition: Edition, written: Sequence[tuple[Table, Content]]) -> dict[str, Any]:
    """The package: every file with its schema, its size and its digest."""
    schemas: dict[str, Any] = {}
    resources = []
    for table, file in written:
        family = table.name.partition("/")[0] if "/" in table.name else ""
        schema: Any = SCHEMAS.format(family=family)
        if not family:
            if table.name not in schemas:
                schemas[table.name] = schema_of(written_frame(edition, table), table.name)
            schema = schemas[table.name]
        resources.append(_resource(edition, table, file, schema))
    return {
        "name": "delegated-powers-publication",
        "title": in_all_languages(N_("下放职权台账：公开的汇总数")),
        "description": _description(edition),
        "version": str(edition.snapshot.revision),
        "sources": _sources(edition),
        "resources": resources,
    }


def _resource(edition: Edition, table: Table, file: Content, schema: Any) -> dict[str, Any]:
    ending = "." + file.path.rpartition(".")[2]
    told: dict[str, Any] = {
        "name": f"{table.name}-{ending[1:]}".replace("/", "-").replace("_", "-").lower(),
        "title": title_of(edition, table.name),
        "path": file.path,
        "format": ending[1:],
        "mediatype": FORMATS[ending],
        "bytes": len(file.content),
        "hash": "sha256:" + hashlib.sha256(file.content).hexdigest(),
        "schema": schema,
    }
    if ending == ".csv":
        told["encoding"] = "utf-8-sig"
    return told | ({"reference": table.reference} if table.reference else {})


def title_of(edition: Edition, name: str) -> str:
    if name in TITLES:
        return in_all_languages(TITLES[name])
    family, code = name.split("/")
    return in_all_languages(FAMILIES[family], code=code, name=_district_name(edition, family, code))


def _district_name(edition: Edition, family: str, code: str) -> str:
    return edition.snapshot.catalogue.names(family).get(code, code)


def in_all_languages(text: str, **values: str) -> str:
    """'中文 · English'."""
    said = []
    for code in LANGUAGES:
        with speaking(code):
            said.append(_(text).format(**values))
    return " · ".join(said)


def _description(edition: Edition) -> str:
    """Months, what was known, and what the data are; no licence is stated by the register."""
    window, head = edition.window, edition.snapshot.head
    parts = [
        in_all_languages(
            N_("期间 {window}，数据版本 {revision}，账册头 {head}。"),
            window=str(window),
            revision=str(edition.snapshot.revision),
            head=head,
        ),
        in_all_languages(N_("许可由发布的机关注明；这里没有写明。")),
    ]
    for code in LANGUAGES:
        with speaking(code):
            parts.append(describe_nature(edition.snapshot))
    return " ".join(parts)


def _sources(edition: Edition) -> list[dict[str, str]]:
    """The register itself and the documents whose figures stand beside its own."""
    titles = edition.reported["title_zh"].fillna(edition.reported["source"]).dropna().unique()
    own = in_all_languages(N_("各区报送的执法台账和月度报表"))
    return [{"title": title} for title in (own, *map(str, titles))]


def schema_of(frame: pd.DataFrame, name: str = "") -> dict[str, Any]:
    """The columns of a file: type, title in Chinese, description in English."""
    fields = [_field(column, frame[column], name) for column in frame.columns]
    return {"fields": fields, "missingValues": [""]}


def _field(column: str, values: pd.Series, name: str) -> dict[str, str]:
    text, of = _column_text(column, name)
    titles = {}
    for part, code in (("title", "zh"), ("description", "en")):
        with speaking(code):
            titles[part] = _(text).format(column=_(COLUMNS.get(of, of)))
    return {"name": column, "type": _type(values), **titles}


def _type(values: pd.Series) -> str:
    return TYPES.get(getattr(values.dtype, "kind", "O"), "string")


def _column_text(column: str, name: str) -> tuple[str, str]:
    """What a column holds, and the column of codes whose names it has."""
    if column in COLUMNS:
        return COLUMNS[column], column
    if column == "figure":
        return FIGURE, column
    owner = column.removesuffix("_en").removesuffix("_name")
    if owner != column and owner in COLUMNS:
        ours = (
            N_("{column}（中文名称）") if column.endswith("_name") else N_("{column}（英文名称）")
        )
        return ours, owner
    return WIDE.get(name, "{column}"), column


def as_json(value: Mapping[str, Any]) -> bytes:
    """A line for each entry of its lists and objects, one level deep: of thousands of entries."""
    parts = [f"{_text(name)}: {_member(part)}" for name, part in value.items()]
    return ("{\n" + ",\n".join(parts) + "\n}\n").encode()


def _member(value: Any) -> str:
    if isinstance(value, list):
        return "[\n" + ",\n".join(map(_text, value)) + "\n]"
    if isinstance(value, dict):
        return "{\n" + ",\n".join(f"{_text(k)}:{_text(v)}" for k, v in value.items()) + "\n}"
    return _text(value)


def _text(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
