"""The published site: its figures are the measures', and what the public is not told stays in."""

import json
import re
import shutil
from collections.abc import Iterator
from dataclasses import astuple
from datetime import date
from fractions import Fraction

import plain
import pytest
from builders import (
    DYKES,
    E1,
    EAST,
    LITTER,
    QUARTER,
    SIGNS,
    TODAY,
    W1,
    WEST,
    SmallWorld,
    make_case,
    write_small_world,
)
from frictionless import Package
from published import ALONE, HIDDEN, MANY, Site, build, plain_world, publish

from registry import db
from registry.access import VISITOR, acting
from registry.errors import RegistryError
from registry.figure import recompute
from registry.freezes import freeze
from registry.language import LANGUAGES
from registry.measures.cards import CARDS
from registry.publish.folder import write_folder
from registry.publish.package import Content
from registry.publish.site import site_files

EVERYTHING = plain.Filters()
STATES = {"", "0", "1-2", "3+", "missing"}


@pytest.fixture(scope="module")
def world(small_register, tmp_path_factory) -> Iterator[SmallWorld]:
    folder = tmp_path_factory.mktemp("published")
    engine = db.engine_for(f"sqlite:///{shutil.copy(small_register, folder / 'registry.db')}")
    yield build(SmallWorld(engine, write_small_world(folder), folder))
    engine.dispose()


@pytest.fixture(scope="module")
def site(world) -> Site:
    return publish(world)


def figures(
    rows: list[dict[str, str]], *by: str
) -> dict[tuple[str, ...], tuple[float | None, ...]]:
    """Label → numerator, denominator, value and completeness of a file."""
    columns = ("numerator", "denominator", "value", "completeness")
    return {
        tuple(row[name] for name in by): tuple(float(row[c]) if row[c] else None for c in columns)
        for row in rows
    }


def expected(found: dict[plain.Label, plain.Figures]) -> dict[tuple[str, ...], tuple]:
    def number(value: Fraction | int | None) -> object:
        return None if value is None else pytest.approx(float(value), abs=1e-9)

    return {label: tuple(map(number, astuple(one)[:4])) for label, one in found.items()}


@pytest.mark.parametrize(
    ("name", "by", "aggregate", "k"),
    [
        ("rates_by_district", ("district",), "union", 1),
        ("rates_by_district_and_department", ("district", "department"), "union", 1),
        ("rates_by_unit", ("unit",), "union", 1),
        ("rates_by_month", ("month",), "union", 1),
        ("pooled_rates_by_district", ("district",), "pooled", 1),
        ("mean_rates_by_district", ("district",), "mean", 1),
        ("balance_rates_by_district", ("district",), "union", 3),
    ],
)
def test_rates_are_those_of_plain_python(site, name, by, aggregate, k):
    found = plain.exercise_rate(
        plain_world(), QUARTER.months, by, aggregate, "decision", k, EVERYTHING
    )
    assert figures(site.rows(name), *by) == expected(found)


def test_coverage_and_completeness_are_those_of_plain_python(site):
    world, months = plain_world(), QUARTER.months
    told = plain.coverage(world, months, ("district", "power"), "decision", 1, EVERYTHING)
    for power in (LITTER, DYKES):
        rows = [row for row in site.rows(f"power/{power}") if row["figure"] == "coverage"]
        own = {(district,): one for (district, code), one in told.items() if code == power}
        assert figures(rows, "district") == expected(own)
    returned = plain.completeness(world, months, ("district", "month"), EVERYTHING)
    rows = site.rows("completeness_by_district_and_month")
    assert figures(rows, "district", "month") == expected(returned)


def test_pages_say_the_figures_with_their_fractions(site):
    for page, words in (
        ("zh/index", "至少 75.0\xa0% (3/4)"),
        ("en/index", "at least 75.0\xa0%\xa0(3/4)"),
        (f"zh/district/{EAST}", "75.0\xa0% (3/4)"),
        (f"zh/power/{SIGNS}", "50.0\xa0% (1/2)"),
        (f"zh/power/{LITTER}", "3 件以上的 1 个：东一街道。"),
        (f"zh/power/{LITTER}", "1 至 2 件的 1 个：东二镇。"),
        (f"zh/power/{LITTER}", "没有案件的 1 个；未见案件而有缺报、不能断定的 0 个；"),
        (f"en/power/{LITTER}", "nothing returned, not known: 1."),
    ):
        assert words in site.pages[f"{page}.html"].text


def test_of_a_unit_and_a_power_only_the_state_leaves(site):
    told = dict.fromkeys(cell for _file, cell in site.figures_of_units())
    assert set(told) == STATES
    assert {file for file, _cell in site.figures_of_units()} == {
        f"data/power_states_by_unit.{ending}" for ending in ("csv", "json", "parquet")
    }
    by_power = {row["power"]: row for row in site.rows("power_states_by_unit")}
    assert [by_power[LITTER][unit] for unit in (E1, W1)] == ["3+", "0"]
    for number in (MANY, ALONE):
        alone = re.compile(rf"(?<![\w.,/#:-]){number}(?![\w.,%/-])")
        for path, content in site.files.items():
            if path.startswith("data/") and path.endswith((".csv", ".json")):
                assert not alone.search(content.decode("utf-8-sig")), path
            elif path.endswith(".parquet"):
                assert number not in site.parquet(path).select_dtypes("number").to_numpy(), path
        assert [path for path, page in site.pages.items() if alone.search(page.text)] == []


def test_a_district_does_not_tell_the_cases_of_its_only_holder(site):
    rows = site.rows(f"power/{DYKES}")
    used = [row for row in rows if row["figure"] == "power_use"]
    assert [(row["district"], row["numerator"]) for row in used] == [
        ("", str(ALONE + 2)),
        ("", "0"),
        ("", "0"),
    ]
    shared = {(row["power"], row["district"]): row for row in site.rows("power_use_by_month")}
    assert {power for power, _district in shared} == {LITTER, SIGNS, "WA1"}
    assert shared[LITTER, EAST]["2021-01"] == str(MANY + 1)


def test_fines_case_numbers_and_words_of_offices_stay_in(site):
    leaks = [
        (path, words)
        for path, content in site.files.items()
        for words in HIDDEN
        if words.encode() in content
        or (path.endswith(".parquet") and words in site.parquet(path).to_csv())
    ]
    assert leaks == []
    measures = {row["figure"] for row in site.rows(f"district/{EAST}")}
    measures |= {row["measure"] for row in site.rows("procedure_by_district")}
    assert not [name for name in measures if "fine_" in name]
    assert "summary_share" in measures


def test_every_link_and_fragment_leads_somewhere_in_the_folder(site):
    assert list(site.broken_links()) == []
    for path, page in site.pages.items():
        assert len(page.names) == len(set(page.names)), path
        assert not page.tags & {"script", "img", "iframe", "object", "form", "style"}, path
    outside = re.compile(rb"(?i)https?://|//[a-z]|@import|url\((?!#)")
    shown = [path for path in site.files if path.endswith((".html", ".css"))]
    assert [path for path in shown if outside.search(site.files[path])] == []


def test_each_language_has_the_same_pages_and_every_card_is_on_one(site):
    found = {
        code: {path[3:] for path in site.pages if path.startswith(f"{code}/")} for code in LANGUAGES
    }
    assert found["zh"] == found["en"]
    assert {f"district/{code}.html" for code in (EAST, WEST)} < found["zh"]
    assert {f"power/{code}.html" for code in (LITTER, SIGNS, "WA1", DYKES)} < found["zh"]
    assert set(CARDS) <= set(site.pages["zh/methods.html"].names)


def test_every_page_says_of_when_it_is_as_known_when_and_how_to_compute_it_again(site, world):
    head = world.snapshot().head
    for path, page in site.pages.items():
        if path.startswith("en/"):
            assert "as of 31 March 2021" in page.text, path
            assert f"data version {world.snapshot().revision} · ledger head {head}" in page.text
            assert "registry recompute REFERENCE" in page.text
        elif path.startswith("zh/"):
            assert "截至 2021年3月31日；按 " in page.text, path
            assert f"账册头 {head}" in page.text


@pytest.mark.slow
def test_every_reference_gives_the_same_figures_again(site, world):
    found = {
        resource["reference"] for resource in site.package["resources"] if "reference" in resource
    }
    printed = set(
        re.findall(
            r"[\w.]+:[\w,]+:\d{6}-\d{6}[^ ]*@\d+\.[0-9a-f]{8}",
            "\n".join(page.text for page in site.pages.values()),
        )
    )
    assert printed == found
    assert len(found) > 25
    with db.reading(world.engine) as connection:
        assert [text for text in sorted(found) if not recompute(connection, text)[2]] == []


def test_the_three_formats_have_the_same_content(site):
    names = [path.removesuffix(".csv") for path in site.files if path.endswith(".csv")]
    assert f"data/power/{LITTER}" in names
    for name in names:
        rows = site.rows(name.removeprefix("data/"))
        head, *listed = json.loads(site.files[f"{name}.json"])
        frame = site.parquet(f"{name}.parquet")
        assert list(frame.columns) == head == site.columns(name.removeprefix("data/"))
        plain_rows = [[("" if cell is None else cell) for cell in row] for row in listed]
        for row, written, stored in zip(rows, plain_rows, frame.to_numpy(), strict=True):
            for text, value, kept in zip(row.values(), written, stored, strict=True):
                same = [text, value, "" if kept != kept or kept is None else kept]
                if text and not isinstance(value, str | bool):
                    assert float(same[2]) == pytest.approx(float(text), abs=1e-9)
                    assert value == pytest.approx(float(text), abs=1e-9)
                else:
                    assert str(value) == text == str(same[2]), (name, row)


@pytest.mark.slow
def test_the_data_package_is_valid_and_lists_every_data_file(site, tmp_path):
    for path, content in site.files.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_bytes(content)
    listed = [resource["path"] for resource in site.package["resources"]]
    data = [path for path in site.files if path.startswith("data/") and "schemas" not in path]
    assert sorted(listed) == sorted(data)
    # Frictionless reads Parquet by a library that we do not have; the content is compared above.
    readable = [one for one in site.package["resources"] if one["format"] != "parquet"]
    text = json.dumps(site.package | {"resources": readable})
    (tmp_path / "readable.json").write_text(text, encoding="utf-8")
    report = Package(str(tmp_path / "readable.json")).validate()
    assert report.flatten(["path", "rowNumber", "fieldName", "type", "note"]) == []
    for schema in (one["schema"] for one in readable if isinstance(one["schema"], dict)):
        assert all(field["title"] and field["description"] for field in schema["fields"])


@pytest.mark.slow
def test_the_same_data_give_the_same_bytes_on_another_day(site, world):
    with acting(VISITOR), db.reading(world.engine) as connection:
        later = date(TODAY.year + 3, 5, 6)
        again = {file.path: file.content for file in site_files(connection, later)}
    assert again == site.files


def test_a_register_without_a_log_has_nothing_to_publish(small_intake):
    world = SmallWorld(small_intake.engine, None, None)
    with pytest.raises(RegistryError, match="没有可以发布"):
        publish(world)


@pytest.mark.slow
def test_a_freeze_gives_the_same_bytes_after_later_imports(small_intake, tmp_path):
    world = build(SmallWorld(small_intake.engine, write_small_world(tmp_path), tmp_path))
    with db.writing(world.engine) as connection:
        freeze(connection, "一季度", QUARTER, "test")
    before = publish(world, "一季度")
    assert "冻结：一季度。" in before.pages["zh/index.html"].text
    world.send([make_case(case_no="〔2021〕迟报1号", unit=W1, power=SIGNS)], WEST)
    world.override(power=LITTER, scope_code=EAST, valid_from=date(2021, 2, 1), held=False)
    assert publish(world).files != before.files
    assert publish(world, "一季度").files == before.files


def contents(**files: str) -> list[Content]:
    listed = {"publication": 1, "files": [*files, "publication.json"]}
    written = {**files, "publication.json": json.dumps(listed)}
    return [Content(path, text.encode()) for path, text in written.items()]


def read(folder) -> dict[str, str]:
    return {path.name: path.read_text() for path in folder.iterdir()}


def test_a_site_takes_the_place_of_an_earlier_one_and_of_nothing_else(tmp_path):
    folder = tmp_path / "site"
    write_folder(folder, contents(a="1", b="2"))
    write_folder(folder, contents(a="3"))
    assert read(folder)["a"] == "3"
    assert "b" not in read(folder)
    (folder / "mine.txt").write_text("x")
    with pytest.raises(RegistryError, match=r"mine\.txt"):
        write_folder(folder, contents(a="4"))
    assert read(folder)["a"] == "3"
    other = tmp_path / "other"
    other.mkdir()
    (other / "letter.txt").write_text("x")
    with pytest.raises(RegistryError, match=r"letter\.txt"):
        write_folder(other, contents(a="4"))
    with pytest.raises(RegistryError, match="不是文件夹"):
        write_folder(other / "letter.txt", contents(a="4"))
    with pytest.raises(RegistryError, match="写不了文件"):
        write_folder(tmp_path / "no" / "where", contents(a="4"))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["other", "site"]


def test_what_fails_leaves_the_earlier_site_as_it_was(tmp_path):
    folder = tmp_path / "site"
    write_folder(folder, contents(a="1"))

    def broken() -> Iterator[Content]:
        yield Content("a", b"2")
        raise RegistryError("x")

    with pytest.raises(RegistryError):
        write_folder(folder, broken())
    assert read(folder)["a"] == "1"
    assert [path.name for path in tmp_path.iterdir()] == ["site"]


@pytest.mark.slow
def test_the_command_publishes_for_the_public(command_line):
    command_line.send([make_case()])
    folder = command_line.folder / "公开"
    record = command_line.records("publish", folder)[0]
    assert record["files"] == sum(path.is_file() for path in folder.rglob("*"))
    assert record["bytes"] == sum(p.stat().st_size for p in folder.rglob("*") if p.is_file())
    assert "没有名为" in command_line.refusal("publish", folder, "--freeze", "别的")
    assert (folder / "zh" / "index.html").exists()
