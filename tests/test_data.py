"""The reference data under `data/`: its descriptor holds, and it says what the sources say.

In: the files as they are shipped. Out: nothing; no network is used.
"""

import csv
import json
import re
import shutil
import unicodedata
from collections import Counter
from pathlib import Path

import pytest
from frictionless import Package

DATA = Path(__file__).parents[1] / "data"
DESCRIPTOR = json.loads((DATA / "datapackage.json").read_text(encoding="utf-8"))
HOLDER_KINDS = {"subdistrict", "town", "township", "area"}


def read_rows(name: str) -> list[dict[str, str]]:
    with (DATA / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def codes_in_vocabulary(field: str) -> set[str]:
    return {row["code"] for row in read_rows("vocabulary") if row["field"] == field}


def districts() -> list[dict[str, str]]:
    return [row for row in read_rows("units") if row["unit_kind"] == "district"]


def holders_on(day: str) -> list[str]:
    """Codes of the units that can hold powers on a day; `valid_to` itself is outside."""
    return [
        row["code"]
        for row in read_rows("units")
        if row["unit_kind"] in HOLDER_KINDS
        and row["valid_from"] <= day
        and (not row["valid_to"] or day < row["valid_to"])
    ]


def normalise(heading: str) -> str:
    return re.sub(r"\s", "", unicodedata.normalize("NFKC", heading))


def faults(folder: Path) -> list[list[object]]:
    """What frictionless finds wrong with the package in a folder: resource, row, field, kind."""
    report = Package(str(folder / "datapackage.json")).validate()
    return report.flatten(["path", "rowNumber", "fieldName", "type"])


def test_package_is_valid():
    assert faults(DATA) == []


@pytest.mark.parametrize(
    ("file", "old", "new", "kind"),
    [
        ("vocabulary.csv", "城管执法", "城管执发", "hash-count"),
        ("powers.csv", ",penalty,", ",fine,", "constraint-error"),
        ("units.csv", ",subdistrict,110101,", ",subdistrict,110199,", "foreign-key"),
        ("instruments.csv", "2020-07-01", "2020年7月1日", "type-error"),
    ],
)
def test_package_notices_a_damaged_file(tmp_path, file, old, new, kind):
    folder = shutil.copytree(DATA, tmp_path / "data")
    raw = (folder / file).read_bytes()
    damaged = raw.replace(old.encode(), new.encode(), 1)
    assert damaged != raw
    (folder / file).write_bytes(damaged)
    assert kind in {fault[-1] for fault in faults(folder)}


def test_package_lists_every_file():
    listed = Counter(resource["path"] for resource in DESCRIPTOR["resources"])
    present = Counter(path.name for path in DATA.iterdir() if path.name != "datapackage.json")
    assert listed == present


def test_every_field_is_described():
    schemas = [resource["schema"] for resource in DESCRIPTOR["resources"] if "schema" in resource]
    assert all(field["description"] for schema in schemas for field in schema["fields"])


@pytest.mark.parametrize(
    ("resource", "field"),
    [
        ("powers", "kind"),
        ("powers", "source_department"),
        ("powers", "domain"),
        ("units", "unit_kind"),
    ],
)
def test_allowed_codes_are_those_of_the_vocabulary(resource, field):
    schema = Package(str(DATA / "datapackage.json")).get_resource(resource).schema
    assert set(schema.get_field(field).constraints["enum"]) == codes_in_vocabulary(field)


def test_powers_by_department_are_the_published_totals():
    assert Counter(row["source_department"] for row in read_rows("powers")) == {
        "urban_management": 393,
        "water_affairs": 22,
        "health": 11,
        "ecology_environment": 4,
        "agriculture_rural_affairs": 1,
    }


def test_powers_agree_with_the_reported_figures():
    reported = {row["key"]: int(float(row["value"])) for row in read_rows("reported_figures")}
    counts = Counter(row["source_department"] for row in read_rows("powers"))
    assert reported["powers_delegated"] == counts.total() == 431
    assert reported["powers_other_departments"] == counts.total() - counts["urban_management"]
    for department, count in counts.items():
        assert reported[f"powers_{department}"] == count


@pytest.mark.parametrize(
    ("day", "count"),
    [("2020-07-01", 333), ("2021-06-30", 333), ("2021-07-01", 343)],
)
def test_units_able_to_hold_powers(day, count):
    assert len(holders_on(day)) == count


def test_a_unit_lies_in_the_district_its_code_begins_with():
    assert all(row["code"][:6] == row["district_code"] for row in read_rows("units"))


def test_district_populations_sum_to_the_census():
    assert sum(int(row["population_2020"]) for row in districts()) == 21_893_095


def test_only_districts_have_a_population():
    with_population = [row for row in read_rows("units") if row["population_2020"]]
    assert with_population == districts()


def test_map_has_one_shape_for_each_district():
    features = json.loads((DATA / "beijing_districts.geojson").read_text("utf-8"))["features"]
    codes = [feature["properties"]["code"] for feature in features]
    assert len(codes) == 16
    assert sorted(codes) == sorted(row["code"] for row in districts())
    assert [feature["id"] for feature in features] == codes
    assert {feature["geometry"]["type"] for feature in features} <= {"Polygon", "MultiPolygon"}


def test_a_heading_never_stands_for_two_fields():
    headings = Counter(normalise(row["header_as_seen"]) for row in read_rows("header_variants"))
    assert [heading for heading, count in headings.items() if count > 1] == []


def test_a_word_of_a_cell_never_stands_for_two_codes():
    words = Counter(
        (row["field"], normalise(row["value_as_seen"]).casefold())
        for row in read_rows("value_synonyms")
    )
    assert [word for word, count in words.items() if count > 1] == []


def test_changed_statutes_name_powers_that_exist_and_cite_them():
    cited = {row["code"]: row["law"] for row in read_rows("powers")}
    for row in read_rows("statute_changes"):
        assert row["law"] in cited.values()
        named = row["powers"].split(";") if row["powers"] else []
        assert [code for code in named if cited.get(code) != row["law"]] == []


def test_every_topic_of_complaints_is_answered_by_powers_that_exist():
    codes = {row["code"] for row in read_rows("powers")}
    topics = [row["powers"].split(";") for row in read_rows("topics")]
    assert len(topics) >= 36
    assert all(len(set(powers)) == len(powers) >= 2 for powers in topics)
    assert {code for powers in topics for code in powers} <= codes


def test_a_word_never_stands_for_two_topics():
    words = Counter(
        normalise(word)
        for row in read_rows("topics")
        for word in (row["name"], *row["synonyms"].split(";"))
    )
    assert [word for word, count in words.items() if count > 1] == []


def test_every_reported_figure_cites_a_source():
    assert all(row["source"].strip() for row in read_rows("reported_figures"))


def test_every_cited_source_has_a_title_and_every_quotation_a_figure():
    figures = read_rows("reported_figures")
    assert {row["source"] for row in figures} == {row["source"] for row in read_rows("sources")}
    assert {row["key"] for row in read_rows("quotations")} <= {row["key"] for row in figures}


def test_the_quotation_carries_the_number_that_the_table_carries():
    values = {row["key"]: float(row["value"]) for row in read_rows("reported_figures")}
    (quoted,) = read_rows("quotations")
    assert f"{values[quoted['key']] * 100:g}%" in quoted["words_zh"]
    assert f"{values[quoted['key']] * 100:g} %" in quoted["words_en"]


def test_every_power_takes_effect_with_an_instrument():
    effective = {row["effective_on"] for row in read_rows("instruments")}
    assert {row["effective_from"] for row in read_rows("powers")} <= effective


def test_every_file_has_its_statement_of_source():
    stated = set(
        re.findall(r"^\| `([^`]+)` \|", (DATA / "README.md").read_text("utf-8"), re.MULTILINE)
    )
    files = {path.name for path in DATA.iterdir()}
    assert stated == files - {"README.md", "datapackage.json"}


def test_a_heading_of_a_return_never_stands_for_two_fields():
    rows = read_rows("return_headings")
    for kind in {row["kind"] for row in rows} - {"any"}:
        own = {r["field"] for r in rows if r["kind"] == kind}
        headings = Counter(
            normalise(row["heading_as_seen"])
            for row in rows
            if row["kind"] == kind or (row["kind"] == "any" and row["field"] in own | {"month"})
        )
        assert [heading for heading, count in headings.items() if count > 1] == []


def test_other_names_of_departments_name_departments():
    rows = read_rows("department_names")
    assert {row["department"] for row in rows} == codes_in_vocabulary("source_department")
