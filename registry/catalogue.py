"""Reference data ⇄ tables: what powers and units exist and what words stand for their codes.

In: CSV files with the columns of data/. Out: the reference tables of a new register and the
`Catalogue`, the labels that everything else looks up. No city, list or department is known here.
"""

from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from pathlib import Path

import numpy as np
import pandas as pd
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from registry import models
from registry.adjustment.policies import record_policy
from registry.db import next_id, read_frame, record_act, table
from registry.errors import RegistryError
from registry.insert import insert_frame
from registry.language import N_
from registry.maps import read_map_file
from registry.markup import check_plain
from registry.rollups import rebuild
from registry.settings import DATA

HOLDER_KINDS = ("subdistrict", "town", "township", "area")
"""Unit kinds that can hold powers: all but `district` and `other` (DESIGN, holding)."""

NOT_HOLDERS = ("district", "other")

WHOLE_CITY = {"zh": "全市", "en": "Whole city"}

POWER_COLUMNS = [c.name for c in table(models.Power).columns if c.name != "id"]
UNIT_COLUMNS = [c.name for c in table(models.Unit).columns if c.name != "id"]
TOPIC_COLUMNS = ["code", "name", "name_en", "powers", "synonyms"]
CHANGE_COLUMNS = [c.name for c in table(models.StatuteChange).columns if c.name != "id"]
REPORTED_COLUMNS = [c.name for c in table(models.ReportedFigure).columns]


@dataclass(frozen=True)
class ReferenceFiles:
    """Where a register's reference data comes from; only powers and units are needed."""

    powers: Path
    units: Path
    unit_names: Path | None = None
    vocabulary: Path | None = None
    instruments: Path | None = None
    reported_figures: Path | None = None
    sources: Path | None = None
    quotations: Path | None = None
    statute_changes: Path | None = None
    district_map: Path | None = None
    topics: Path | None = None


SHIPPED = ReferenceFiles(
    powers=DATA / "powers.csv",
    units=DATA / "units.csv",
    unit_names=DATA / "unit_names.csv",
    vocabulary=DATA / "vocabulary.csv",
    instruments=DATA / "instruments.csv",
    reported_figures=DATA / "reported_figures.csv",
    sources=DATA / "sources.csv",
    quotations=DATA / "quotations.csv",
    statute_changes=DATA / "statute_changes.csv",
    district_map=DATA / "beijing_districts.geojson",
    topics=DATA / "topics.csv",
)


def read_reference(path: Path) -> pd.DataFrame:
    """A reference CSV with every cell as text; empty cells missing."""
    try:
        return pd.read_csv(path, dtype="str", encoding="utf-8-sig", skip_blank_lines=True)
    except FileNotFoundError:
        raise RegistryError(N_("找不到文件 {path}"), path=path) from None
    except pd.errors.EmptyDataError:
        raise RegistryError(N_("{file} 是空文件；需要一张带表头的 CSV"), file=path.name) from None
    except UnicodeDecodeError:
        raise RegistryError(
            N_("{file} 不是 UTF-8 编码；请另存为「CSV UTF-8」"), file=path.name
        ) from None
    except ValueError as error:
        raise RegistryError(
            N_("{file} 不是整齐的 CSV：{error}"), file=path.name, error=error
        ) from None


def _names(path: Path) -> pd.DataFrame:
    """A reference CSV that people read on every page."""
    frame = read_reference(path)
    check_plain(frame, path.name)
    return frame


def _with_rows(path: Path) -> pd.DataFrame:
    frame = _names(path)
    if frame.empty:
        raise RegistryError(N_("{file} 的表头下面没有一行"), file=path.name)
    return frame


def start_register(connection: Connection, files: ReferenceFiles, actor: str) -> None:
    """Fill the reference tables and open the holdings of every power, city-wide.

    Raises RegistryError where a file does not fit.
    """
    # Pandera takes longer to load than a rate to compute; only a new register needs it.
    from registry.reference import INSTRUMENTS, POWERS, TOPICS, UNITS, VOCABULARY, check_interval
    from registry.reference import check_reference as check

    powers = check(_with_rows(files.powers), POWERS, files.powers.name)
    units = check(_with_rows(files.units), UNITS, files.units.name)
    _check_districts(units, files.units.name)
    check_interval(units, files.units.name)
    for path, schema in (
        (files.vocabulary, VOCABULARY),
        (files.instruments, INSTRUMENTS),
        (files.topics, TOPICS),
    ):
        if path:
            check(read_reference(path), schema, path.name)
    act = record_act(connection, "init", actor, f"{len(powers)} powers, {len(units)} units")
    words = _vocabulary(files.vocabulary, powers, units)
    insert_frame(connection, models.Vocabulary, words)
    departments = words[words["field"].eq("source_department")]
    insert_frame(
        connection,
        models.Department,
        departments.rename(columns={"zh": "name", "en": "name_en"}).drop(columns="field"),
    )
    instruments = _optional(files.instruments, models.Instrument)
    insert_frame(connection, models.Instrument, instruments)
    insert_frame(connection, models.Power, _numbered(_fit(powers, POWER_COLUMNS)))
    insert_frame(connection, models.Unit, _numbered(_fit(units, UNIT_COLUMNS)))
    insert_frame(connection, models.Holding, _first_holdings(powers, instruments, act))
    insert_frame(connection, models.UnitName, _optional(files.unit_names, models.UnitName))
    insert_frame(connection, models.ReportedFigure, _reported_figures(files))
    changes = _optional(files.statute_changes, models.StatuteChange)
    insert_frame(connection, models.StatuteChange, changes)
    insert_frame(connection, models.Topic, _topics(files.topics, powers))
    record_policy(connection, act)
    rebuild(connection)
    if files.district_map:
        content = [read_map_file(files.district_map)]
        document = pd.DataFrame({"name": ["district_map"], "content": content})
        insert_frame(connection, models.Document, document)


def _check_districts(units: pd.DataFrame, name: str) -> None:
    districts = units.loc[units["unit_kind"].eq("district"), "code"]
    lost = units.loc[~units["district_code"].isin(districts)]
    if len(lost):
        row = lost.iloc[0]
        raise RegistryError(
            N_(
                "{file}：{code} {name} 的 district_code {district} "
                "不是表中 unit_kind 为 district 的一行"
            ),
            file=name,
            code=row["code"],
            name=row["name"],
            district=row["district_code"],
        )


def _vocabulary(path: Path | None, powers: pd.DataFrame, units: pd.DataFrame) -> pd.DataFrame:
    """The words given, the shipped ones for codes of the program, the code itself for the rest."""
    shipped = read_reference(DATA / "vocabulary.csv")
    general = shipped[shipped["field"].isin(["kind", "action", "unit_kind"])]
    given = _names(path) if path else general
    used = {"source_department": powers["source_department"]}
    if "domain" in powers:
        used["domain"] = powers["domain"].dropna()
    bare = [
        pd.DataFrame({"field": field, "code": codes.unique(), "zh": codes.unique()})
        for field, codes in used.items()
    ]
    words = pd.concat([given, general, *bare], ignore_index=True)
    words = words.drop_duplicates(["field", "code"]).fillna({"en": ""})
    return words[["field", "code", "zh", "en"]].assign(position=range(len(words)))


def _topics(path: Path | None, powers: pd.DataFrame) -> pd.DataFrame:
    """The topics of complaints; raises RegistryError for a power that is not in the list."""
    given = _names(path) if path else pd.DataFrame()
    topics = given.reindex(columns=TOPIC_COLUMNS).astype(object).fillna("")
    for row in topics.itertuples():
        unknown = set(str(row.powers).split(";")) - {""} - set(powers["code"])
        if unknown and path:
            raise RegistryError(
                N_("{file} 第 {row} 行「powers」：{power} 不在职权表中"),
                file=path.name,
                row=row.Index + 2,
                power=min(unknown),
            )
    return topics.assign(position=range(len(topics)))


def _optional(path: Path | None, model: type) -> pd.DataFrame:
    columns = [c.name for c in table(model).columns if c.name != "id"]
    frame = _names(path) if path else pd.DataFrame({name: [] for name in columns})
    return _fit(frame, columns, table(model))


def _reported_figures(files: ReferenceFiles) -> pd.DataFrame:
    """Reported figures with the title of their document and its words, where these are given."""
    figures = _optional(files.reported_figures, models.ReportedFigure)
    for path, key in ((files.sources, "source"), (files.quotations, "key")):
        if path:
            given = _names(path).set_index(key)
            figures = figures.drop(columns=given.columns, errors="ignore").join(given, on=key)
    return _fit(figures, REPORTED_COLUMNS, table(models.ReportedFigure))


def _fit(frame: pd.DataFrame, columns: list[str], shape: sa.Table | None = None) -> pd.DataFrame:
    """Exactly these columns: absent text is '', absent numbers and dates are missing."""
    shape = (
        shape if shape is not None else table(models.Power if "kind" in columns else models.Unit)
    )
    fitted = frame.reindex(columns=columns).astype(object)
    for name in columns:
        if not shape.c[name].nullable:
            fitted[name] = fitted[name].where(fitted[name].notna(), "")
        elif isinstance(shape.c[name].type, sa.Float | sa.Integer):
            numbers = pd.to_numeric(fitted[name])
            if isinstance(shape.c[name].type, sa.Integer):
                numbers = numbers.astype("Int64")  # PostgreSQL takes no 708829.0 for a whole number
            fitted[name] = numbers.astype(object).where(numbers.notna(), None)
    return fitted


def _numbered(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.assign(id=range(1, len(frame) + 1))


def _first_holdings(powers: pd.DataFrame, instruments: pd.DataFrame, act: int) -> pd.DataFrame:
    """Every power, city-wide, from its effective date, by the instrument effective that day."""
    if "effective_from" not in powers or powers["effective_from"].isna().any():
        raise RegistryError(
            N_("职权表的每一行都要有 effective_from（下放生效日期，如 2020-07-01）")
        )
    by_day = instruments.drop_duplicates("effective_on", keep=False).set_index("effective_on")
    return pd.DataFrame(
        {
            "power": powers["code"],
            "scope": "city",
            "scope_code": "",
            "valid_from": powers["effective_from"],
            "held": True,
            "opened_by": powers["effective_from"].map(by_day["number"]),
            "recorded_in": act,
        }
    )


def add_powers(connection: Connection, powers: pd.DataFrame) -> None:
    """Put new powers, with columns of POWER_COLUMNS, behind those there; nobody holds them yet."""
    shape = table(models.Power)
    first = next_id(connection, models.Power)
    added = powers.reindex(columns=POWER_COLUMNS).astype(object)
    text = [name for name in POWER_COLUMNS if not shape.c[name].nullable]
    added[text] = added[text].fillna("")
    insert_frame(connection, models.Power, added.assign(id=range(first, first + len(added))))


@dataclass(frozen=True, eq=False)
class Catalogue:
    """Labels of a register: frames as in their tables, `powers` and `units` ordered by id.

    Equal only to itself, so that what follows from it can be kept under it.
    """

    powers: pd.DataFrame
    units: pd.DataFrame
    unit_names: pd.DataFrame
    vocabulary: pd.DataFrame
    aliases: pd.DataFrame
    topics: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=TOPIC_COLUMNS))
    statute_changes: pd.DataFrame = field(
        default_factory=lambda: pd.DataFrame(columns=CHANGE_COLUMNS)
    )

    @cached_property
    def districts(self) -> pd.DataFrame:
        return self.units[self.units["unit_kind"].eq("district")]

    @cached_property
    def district_of(self) -> dict[str, str]:
        """Unit → its district; without the districts themselves."""
        units = self.units[self.units["unit_kind"].ne("district")]
        return dict(zip(units["code"], units["district_code"], strict=True))

    @cached_property
    def topic_powers(self) -> np.ndarray:
        """bool[topics, powers]: whether the topic names the power."""
        place = {code: number for number, code in enumerate(self.powers["code"])}
        named = np.zeros((len(self.topics), len(place)), dtype=bool)
        for number, listed in enumerate(self.topics["powers"]):
            named[number, [place[code] for code in listed.split(";") if code in place]] = True
        return named

    @cached_property
    def city(self) -> tuple[str, str]:
        """Code and name of the whole: the vocabulary's `city`, or what the districts share."""
        words = self.words("city")
        if words:
            return next(iter(words.items()))
        return "city", WHOLE_CITY["zh"]

    def changes_of(self, power: str) -> pd.DataFrame:
        """Changes of a power's statute, oldest first; `own`: the change names this power, else it
        is a note on the whole law."""
        changes = self.statute_changes
        named = changes["powers"].fillna("")
        own = named.str.split(";").map(lambda codes: power in codes).astype(bool)
        law = self.powers.loc[self.powers["code"].eq(power), "law"].iloc[0]
        noted = named.eq("") & changes["law"].eq(law)
        return changes.assign(own=own)[own | noted].reset_index(drop=True)

    def words(self, field: str, language: str = "zh") -> dict[str, str]:
        """Code → word of a vocabulary field, in the order of the file."""
        rows = self.vocabulary[self.vocabulary["field"].eq(field)]
        return dict(zip(rows["code"], rows[language], strict=True))

    def names(self, dimension: str, language: str = "zh") -> dict[str, str]:
        """Code → name of a group column; the Chinese one where the language has none.

        Read once: pages ask dozens of times a run. To be looked up in only.
        """
        key = dimension, language
        if key not in self._names_read:
            chinese, others = (self._names(dimension, code) for code in ("zh", language))
            names = {code: others.get(code) or name for code, name in chinese.items()}
            self._names_read[key] = names
        return self._names_read[key]

    @cached_property
    def _names_read(self) -> dict[tuple[str, str], dict[str, str]]:
        return {}

    def _names(self, dimension: str, language: str) -> dict[str, str]:
        frames = {
            "district": self.districts,
            "unit": self.units,
            "power": self.powers,
            "topic": self.topics,
        }
        if dimension in frames:
            frame = frames[dimension]
            column = "name" if language == "zh" else f"name_{language}"
            return dict(zip(frame["code"], frame[column], strict=True))
        if dimension == "city":
            code, name = self.city
            whole = name if language == "zh" else WHOLE_CITY[language]
            return {code: whole, **self.words("city", language)}
        field = {"department": "source_department"}.get(dimension, dimension)
        return self.words(field, language)


def read_catalogue(connection: Connection) -> Catalogue:
    """The labels of the register as they stand now."""
    aliases = table(models.Alias)

    def whole(model: type, order: str) -> pd.DataFrame:
        shape = table(model)
        return read_frame(connection, sa.select(shape).order_by(shape.c[order]))

    return Catalogue(
        powers=whole(models.Power, "id"),
        units=whole(models.Unit, "id"),
        unit_names=whole(models.UnitName, "id"),
        vocabulary=whole(models.Vocabulary, "position"),
        aliases=read_frame(connection, sa.select(aliases).where(aliases.c.superseded_in.is_(None))),
        topics=whole(models.Topic, "position"),
        statute_changes=whole(models.StatuteChange, "changed_on"),
    )


def describe(connection: Connection) -> dict[str, object]:
    """What the register holds, in one record."""

    def count(model: type, *conditions: sa.ColumnElement[bool]) -> int:
        query = sa.select(sa.func.count()).select_from(table(model)).where(*conditions)
        return connection.scalar(query) or 0

    batches, cases, units = table(models.Batch), table(models.Case), table(models.Unit)
    return {
        "powers": count(models.Power),
        "units": count(models.Unit, units.c.unit_kind.not_in(NOT_HOLDERS)),
        "districts": count(models.Unit, units.c.unit_kind == "district"),
        "cases": count(models.Case, cases.c.superseded_in.is_(None)),
        "batches": count(models.Batch, batches.c.withdrawn_in.is_(None)),
        "synthetic_batches": count(
            models.Batch, batches.c.withdrawn_in.is_(None), batches.c.synthetic.is_(True)
        ),
    }


def day_or_none(value: object) -> date | None:
    """A date cell of a frame as a date; missing as None."""
    return None if value is None or pd.isna(value) else value  # type: ignore[return-value]
