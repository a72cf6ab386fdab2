"""An official list of powers over the register: what it adds, changes and closes.

In: a CSV or XLSX with one power a row. A row finds its power by code, else by name within its
department and kind. A code never changes meaning: a row that gives a code another kind or
department, a name that is not alike or is another power's, or another name on another provision,
is refused. Nothing is written until `apply_annex`.
"""

import re
from dataclasses import dataclass
from datetime import date
from difflib import SequenceMatcher
from pathlib import Path
from typing import Any

import pandas as pd
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from registry import models
from registry.catalogue import POWER_COLUMNS, Catalogue, add_powers, read_catalogue
from registry.db import record_act, table
from registry.errors import RegistryError
from registry.holdings import (
    CITY,
    Holdings,
    close_holdings,
    note_instrument,
    open_holdings,
    read_holdings,
)
from registry.intake.clean import cell_text, text_of
from registry.intake.fields import heading_key
from registry.intake.layout import find_header
from registry.intake.match import loose_forms, text_key
from registry.intake.readers import Sheet, read_document
from registry.language import N_, Series
from registry.markup import check_plain

POWER_TABLE = table(models.Power)

HEADINGS = {
    "code": ("职权编码", "事项编码", "编码"),
    "catalogue_no": ("序号", "目录序号"),
    "name": ("职权名称", "事项名称", "名称"),
    "kind": ("职权类型", "职权类别", "类别", "执法类别"),
    "source_department": ("来源部门", "原实施部门", "部门", "原执法部门"),
    "domain": ("领域",),
    "law": ("法律依据", "实施依据", "依据"),
    "conduct_article": ("行为条款",),
    "penalty_article": ("处罚条款",),
    "max_fine_cny": ("最高罚款",),
}
FIELD_OF = {
    heading_key(word): field
    for field in POWER_COLUMNS
    for word in (field, *HEADINGS.get(field, ()))
}
NameIndex = dict[tuple[str, str, str], set[str]]
VOCABULARY = {"kind": "kind", "source_department": "source_department", "domain": "domain"}
MEANING = ("kind", "source_department")
PROVISION = ("law", "conduct_article")
ALIKE = 0.5
"""A name is reworded, not another one, if at least this share of the characters stays in order."""
TOTALS = ("合计", "总计", "小计")
CHANGE_COLUMNS = ("change", "power", "power_name", "detail")


@dataclass(frozen=True)
class AnnexPlan:
    """`added` and `changed` are rows of the power table; `changes` old and new by code;
    `closed` codes held city-wide that the list no longer has."""

    added: pd.DataFrame
    changes: dict[str, dict[str, tuple[Any, Any]]]
    reopened: list[str]
    closed: list[str]
    catalogue: Catalogue


def plan_annex(
    connection: Connection, path: Path, effective: date, instrument: str = ""
) -> AnnexPlan:
    """Compare a list with the register as of the day on which it takes effect.

    A power that another instrument opens later is left alone; one that this instrument opened
    later, by an earlier version of its list, gives way to the list.
    Raises RegistryError for a file without a list, a code used twice or one given a new meaning.
    """
    catalogue = read_catalogue(connection)
    listed = _read_annex(path, catalogue)
    known = catalogue.powers.set_index("code")
    by_name = _powers_by_name(catalogue)
    listed["code"] = [_code_of(row, by_name) for row in listed.to_dict("records")]
    _refuse_doubled(listed, path.name)
    old = listed[listed["code"].isin(known.index)]
    changes = {
        str(row["code"]): change
        for row in old.to_dict("records")
        if (change := _change(row, known.loc[row["code"]], by_name, path.name))
    }
    holdings = read_holdings(connection, catalogue)
    held = _held_city_wide(holdings, effective)
    listed_before = held | _opened_later_by(holdings, instrument, effective)
    return AnnexPlan(
        added=_new_powers(listed[~listed["code"].isin(known.index)], catalogue, effective),
        changes=changes,
        reopened=[code for code in old["code"] if code not in held],
        closed=[c for c in known.index if c in listed_before and c not in set(old["code"])],
        catalogue=catalogue,
    )


def _read_annex(path: Path, catalogue: Catalogue) -> pd.DataFrame:
    """The list's rows as text, with the columns of the power table that it has."""
    frames = [_sheet_rows(sheet, path.name) for sheet in read_document(path).sheets]
    frames = [frame for frame in frames if frame is not None]
    if not frames:
        raise RegistryError(
            N_("{file}：没有找到职权目录的表头；需要「职权名称」「职权类型」「来源部门」等列"),
            file=path.name,
        )
    listed = pd.concat(frames, ignore_index=True).fillna("")
    _refuse_nameless(listed, catalogue, path.name)
    listed = listed[listed["name"].map(_is_power).astype(bool)].reset_index(drop=True)
    for field, words in VOCABULARY.items():
        if field in listed:
            codes = {text_key(word): code for code, word in catalogue.words(words).items()}
            listed[field] = [codes.get(text_key(v), v) if v else v for v in listed[field]]
    if "code" not in listed:
        listed["code"] = ""
    missing = [field for field in ("name", *MEANING) if field not in listed]
    if missing:
        raise RegistryError(
            N_("{file} 缺少列：{columns}"),
            file=path.name,
            columns=Series([HEADINGS[field][0] for field in missing]),
        )
    if listed.empty:
        raise RegistryError(N_("{file} 的表头下面没有一项职权；目录要一行一项"), file=path.name)
    for field, words in VOCABULARY.items():
        _check_words(listed, field, catalogue.words(words), path.name)
    _check_amounts(listed, path.name)
    return listed


def _check_words(listed: pd.DataFrame, field: str, words: dict[str, str], name: str) -> None:
    """Every cell is a code in the register; only what a power may lack may be blank."""
    cells = listed.get(field, pd.Series(dtype=object))
    strange = [v for v in cells if v not in words and (v or field in MEANING)]
    if strange:
        raise RegistryError(
            N_("{place}：「{found}」不是登记在册的「{column}」，可用 {known}"),
            place=name,
            found=strange[0],
            column=HEADINGS[field][0],
            known=Series(words.values()),
        )


def _check_amounts(listed: pd.DataFrame, name: str) -> None:
    cells = listed.get("max_fine_cny", pd.Series(dtype=object))
    strange = [v for v in cells if v and not re.fullmatch(r"\d+(\.\d+)?", v)]
    if strange:
        raise RegistryError(
            N_("{place}「最高罚款」：{found} 不是以元计的数字，请写成 5000"),
            place=name,
            found=strange[0],
        )


def _sheet_rows(sheet: Sheet, name: str) -> pd.DataFrame | None:
    header = find_header(sheet.cells, lambda text: heading_key(text) in FIELD_OF)
    if header is None:
        return None
    fields = [FIELD_OF.get(heading_key(text)) for text in header.labels]
    body = sheet.cells.iloc[header.row + 1 :]
    columns = {
        field: [text_of(v).strip() for v in body.iloc[:, position]]
        for position, field in enumerate(fields)
        if field
    }
    frame = pd.DataFrame(columns, dtype=object)
    if "name" not in frame:
        return None
    check_plain(frame.set_axis(frame.index + header.row), name)
    return frame


def _refuse_nameless(listed: pd.DataFrame, catalogue: Catalogue, name: str) -> None:
    """A power without its name would pass for one that the list no longer has."""
    if "code" in listed:
        codes = listed.loc[listed["name"].eq(""), "code"]
        for code in codes[codes.isin(catalogue.powers["code"])]:
            raise RegistryError(
                N_("{name}：职权 {code} 没有职权名称；每一行都要写名称"), name=name, code=code
            )


def _is_power(name: str) -> bool:
    """Not blank, not the header repeated on another page, not a total."""
    key = heading_key(name)
    return bool(key) and key not in FIELD_OF and not key.startswith(TOTALS)


def _powers_by_name(catalogue: Catalogue) -> NameIndex:
    """(form of the name, kind, department) → codes of the powers that it may mean."""
    by_name: NameIndex = {}
    for power in catalogue.powers.to_dict("records"):
        for form in loose_forms(text_key(power["name"])):
            key = (form, power["kind"], power["source_department"])
            by_name.setdefault(key, set()).add(str(power["code"]))
    return by_name


def _codes_named(row: dict[Any, Any], by_name: NameIndex) -> set[str]:
    return by_name.get((text_key(row["name"]), row["kind"], row["source_department"]), set())


def _code_of(row: dict[Any, Any], by_name: NameIndex) -> str:
    """The code given, or that of the one power of the same name; else ''."""
    own = _codes_named(row, by_name)
    return str(row["code"]) or (next(iter(own)) if len(own) == 1 else "")


def _refuse_doubled(listed: pd.DataFrame, name: str) -> None:
    """A code stands once; without one, so does a name on a provision."""
    columns = [c for c in ("name", *MEANING, *PROVISION) if c in listed]
    coded = listed["code"].ne("")
    doubled = (coded & listed["code"].duplicated()) | (~coded & listed.duplicated(columns))
    if doubled.any():
        row = listed[doubled].iloc[0]
        raise RegistryError(
            N_("{place}：职权 {power} 出现了两次"), place=name, power=row["code"] or row["name"]
        )


def _change(
    row: dict[Any, Any], old: pd.Series, by_name: NameIndex, name: str
) -> dict[str, tuple[Any, Any]]:
    """Field → (old, new) of what differs; raises RegistryError where the meaning would change."""
    change = {
        field: (old[field], row[field])
        for field in POWER_COLUMNS
        if field in row and field != "code" and not _same(old[field], row[field])
    }
    renamed = "name" in change and not (
        loose_forms(text_key(row["name"])) & loose_forms(text_key(str(old["name"])))
    )
    moved = any(field in change for field in PROVISION)
    other = bool(_codes_named(row, by_name) - {row["code"]}) or not _alike(old["name"], row["name"])
    if any(field in change for field in MEANING) or (renamed and (moved or other)):
        was, is_now = ("/".join(r[f] for f in ("name", *MEANING)) for r in (old, row))
        raise RegistryError(
            N_(
                "{place}：职权 {power} 登记为「{was}」，不能改作「{is_now}」；"
                "一个编码只有一个含义，请给新的职权新的编码或留空"
            ),
            place=name,
            power=row["code"],
            was=was,
            is_now=is_now,
        )
    return change


def _same(old: Any, new: Any) -> bool:
    left = "" if old is None or old != old else cell_text(old)
    return left == cell_text(new) or text_key(left) == text_key(cell_text(new))


def _alike(old: str, new: str) -> bool:
    return SequenceMatcher(None, text_key(old), text_key(new)).ratio() >= ALIKE


def _held_city_wide(holdings: Holdings, day: date) -> set[str]:
    rows = holdings.rows[holdings.rows["scope"].eq("city") & holdings.rows["held"].astype(bool)]
    runs = [
        r.valid_from <= day and (r.valid_to is None or r.valid_to > day) for r in rows.itertuples()
    ]
    return set(rows.loc[runs, "power"])


def _opened_later_by(holdings: Holdings, instrument: str, day: date) -> set[str]:
    rows = holdings.rows[holdings.rows["opened_by"].eq(instrument)]
    return set(rows.loc[[r.valid_from > day for r in rows.itertuples()], "power"])


def _new_powers(rows: pd.DataFrame, catalogue: Catalogue, effective: date) -> pd.DataFrame:
    """Rows of the power table for powers that the register does not know, with new codes."""
    from registry.reference import POWERS, check_reference

    taken = set(catalogue.powers["code"])
    given = {code for code in rows["code"] if code}
    codes = []
    for row in rows.itertuples():
        code = str(row.code) or _next_code(str(row.source_department), catalogue, taken | given)
        taken.add(code)
        codes.append(code)
    frame = rows.assign(
        code=codes, effective_from=effective.isoformat(), provenance=_provenance(rows)
    )
    frame = frame.reindex(columns=POWER_COLUMNS).astype(object)
    frame = frame.where(frame.notna() & frame.ne(""), None)
    check_reference(frame.astype("str").where(frame.notna()), POWERS, "新增职权")
    return frame


def _provenance(rows: pd.DataFrame) -> pd.Series:
    """What a list says of itself stays, so that loading it again changes nothing."""
    said = rows.get("provenance", pd.Series("", index=rows.index))
    return said.where(said.notna() & said.ne(""), "official annex")


def _next_code(department: str, catalogue: Catalogue, taken: set[str]) -> str:
    """The department's letters and the next number that was never used."""
    own = catalogue.powers.loc[catalogue.powers["source_department"].eq(department), "code"]
    letters = own.str.extract(r"^([A-Za-z]+)\d+$")[0].dropna()
    initials = "".join(part[0] for part in department.split("_")).upper()
    prefix = letters.iloc[0] if len(letters) else initials
    number = 1
    while f"{prefix}{number:03d}" in taken:
        number += 1
    return f"{prefix}{number:03d}"


def change_records(plan: AnnexPlan) -> list[dict[str, Any]]:
    """One record per power that would be added, changed, opened again or closed."""
    names = plan.catalogue.names("power")
    records = [("add", row["code"], row["name"], "") for row in plan.added.to_dict("records")]
    for code, change in plan.changes.items():
        detail = ";".join(f"{field}: {old} → {new}" for field, (old, new) in change.items())
        records.append(("change", code, names[code], detail))
    records += [("reopen", code, names[code], "") for code in plan.reopened]
    records += [("close", code, names[code], "") for code in plan.closed]
    return [dict(zip(CHANGE_COLUMNS, record, strict=True)) for record in records]


def summary(plan: AnnexPlan, applied: bool) -> str:
    counts = (
        f"增加 {len(plan.added)}，变更 {len(plan.changes)}，"
        f"恢复 {len(plan.reopened)}，终止 {len(plan.closed)}"
    )
    return f"已写入台账：{counts}" if applied else f"尚未写入：{counts}；加 --apply 写入"


def apply_annex(
    connection: Connection, plan: AnnexPlan, instrument: str, effective: date, actor: str
) -> None:
    """Write the plan: new powers, changed labels, holdings opened and closed on the day."""
    act = record_act(connection, "catalogue", actor, f"{instrument}: {summary(plan, applied=True)}")
    note_instrument(connection, instrument, effective)
    add_powers(connection, plan.added)
    for code, change in plan.changes.items():
        new = {field: value or None for field, (_, value) in change.items()}
        if "effective_from" in new:
            new.pop("effective_from")
        if new:
            connection.execute(
                sa.update(POWER_TABLE).where(POWER_TABLE.c.code == code).values(**_typed(new))
            )
    close_holdings(connection, plan.closed, instrument, effective, act)
    # A power that was to come later now comes on this day: the later row gives way.
    close_holdings(connection, plan.reopened, instrument, effective, act, scopes=[CITY])
    opened = [(power, *CITY, True) for power in (*plan.added["code"], *plan.reopened)]
    open_holdings(connection, opened, instrument, effective, act)


def _typed(values: dict[str, Any]) -> dict[str, Any]:
    number = values.get("max_fine_cny")
    if number is not None:
        values = values | {"max_fine_cny": float(number)}
    return {k: "" if v is None and not POWER_TABLE.c[k].nullable else v for k, v in values.items()}
