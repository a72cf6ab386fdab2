"""Another city's files as `registry init` takes them: what does not fit is named, nothing kept."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from builders import make_powers, make_units, write_table
from command_line import CommandLine

from registry import db
from registry.catalogue import read_catalogue

SQUARE = [[[0, 0], [0, 1], [1, 1], [1, 0], [0, 0]]]
FEATURE = {
    "type": "Feature",
    "properties": {"code": "990101"},
    "geometry": {"type": "Polygon", "coordinates": SQUARE},
}


@pytest.fixture
def new(tmp_path) -> Iterator[CommandLine]:
    line = CommandLine(f"sqlite:///{tmp_path}/new.db", tmp_path)
    yield line
    db.engine_for(line.url).dispose()


def table(path: Path, rows, **change) -> Path:
    """The rows with the first one changed, as a CSV."""
    return write_table(path, [rows[0] | change, *rows[1:]], list(rows[0] | change))


def words(folder: Path, powers=None, units=None, more=()) -> tuple[object, ...]:
    return (
        *("init", "--powers", table(folder / "powers.csv", make_powers(), **(powers or {}))),
        *("--units", table(folder / "units.csv", make_units(), **(units or {}))),
        *more,
    )


def refusal(new: CommandLine, *given: object) -> str:
    told = new.refusal(*given)
    assert "registry init" in new.refusal("rate")
    return told


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"effective_from": "2020-02-31"}, "第 2 行「effective_from」：2020-02-31 "),
        ({"effective_from": "2020/7/1"}, "请写成 2020-07-01"),
        ({"effective_from": ""}, "effective_from"),
        ({"kind": "fine"}, "可用 penalty、coercion"),
        ({"name": ""}, "第 2 行「name」：不能为空"),
        ({"source_department": ""}, "第 2 行「source_department」：不能为空"),
        ({"code": make_powers()[1]["code"]}, "重复"),
        ({"code": "A,1"}, "第 2 行「code」：A,1 "),
        ({"max_fine_cny": "五百"}, "第 2 行「max_fine_cny」：五百 "),
    ],
)
def test_a_power_that_does_not_fit_is_named_in_the_readers_words(new, change, told):
    sentence = refusal(new, *words(new.folder, powers=change))
    assert told in sentence
    assert "powers.csv" in sentence or "职权表" in sentence
    assert not any(jargon in sentence for jargon in ("nan", "isin", "str_matches", "nullable"))


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"valid_from": "2021-02-29"}, "第 2 行「valid_from」：2021-02-29 "),
        (
            {"valid_from": "2022-01-01", "valid_to": "2021-01-01"},
            "第 2 行「valid_to」：2021-01-01 不晚于 valid_from 2022-01-01",
        ),
        ({"unit_kind": "village"}, "可用 subdistrict、town"),
        ({"population_2020": "多"}, "第 2 行「population_2020」：多 "),
    ],
)
def test_a_unit_that_does_not_fit_is_named_in_the_readers_words(new, change, told):
    assert told in refusal(new, *words(new.folder, units=change))


@pytest.mark.parametrize("name", ["powers", "units"])
def test_a_file_without_rows_starts_no_register(new, name):
    given = words(new.folder)
    path = new.folder / f"{name}.csv"
    path.write_text(path.read_text("utf-8").splitlines()[0] + "\n", encoding="utf-8")
    assert f"{name}.csv 的表头下面没有一行" in refusal(new, *given)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "是空文件"),
        ("code,name\nA,对乱扔的行政处罚\n".encode("gb18030"), "不是 UTF-8 编码"),
        (b"code,name\n1,2,3\n1\n1,2,3,4\n", "不是整齐的 CSV"),
    ],
)
def test_a_file_that_is_no_csv_in_utf_8_is_refused(new, content, told):
    given = words(new.folder)
    (new.folder / "powers.csv").write_bytes(content)
    assert f"powers.csv {told}" in refusal(new, *given)


@pytest.mark.parametrize(
    ("option", "rows", "told"),
    [
        ("--vocabulary", [{"a": "b"}], "缺少「field」列"),
        ("--vocabulary", [{"field": "domain", "code": "x", "zh": ""}], "「zh」：不能为空"),
        ("--instruments", [{"title": "文"}], "缺少「number」列"),
        ("--instruments", [{"number": "1", "effective_on": "2021/3/5"}], "请写成 2020-07-01"),
        ("--instruments", [{"number": "1"}, {"number": "1"}], "重复"),
        ("--topics", [{"name": "垃圾"}], "缺少「code」列"),
        ("--topics", [{"code": "litter", "name": ""}], "「name」：不能为空"),
        ("--topics", [{"code": "litter", "name": "垃圾", "powers": "UM1;XX9"}], "XX9 不在职权表中"),
    ],
)
def test_words_instruments_and_topics_that_do_not_fit_are_named(new, option, rows, told):
    path = write_table(new.folder / "other.csv", rows, list(rows[0]))
    sentence = refusal(new, *words(new.folder, more=(option, path)))
    assert told in sentence
    assert "other.csv" in sentence


def test_another_citys_topics_of_complaints_are_taken(new):
    rows = [{"code": "litter", "name": "垃圾", "powers": "UM1;UM2"}, {"code": "x", "name": "其他"}]
    path = write_table(new.folder / "topics.csv", rows, list(rows[0]))
    new.records(*words(new.folder, more=("--topics", path)))
    with db.reading(db.engine_for(new.url)) as connection:
        catalogue = read_catalogue(connection)
    assert catalogue.names("topic") == {"litter": "垃圾", "x": "其他"}
    assert catalogue.topics["powers"].tolist() == ["UM1;UM2", ""]


@pytest.mark.parametrize(
    "content",
    [
        b"no json",
        b"\xff\xfe\x00",
        b"[]",
        b'{"type": "FeatureCollection", "features": []}',
        json.dumps({"features": [FEATURE | {"geometry": None}]}).encode(),
        json.dumps({"features": [FEATURE | {"geometry": {"type": "Point"}}]}).encode(),
    ],
)
def test_a_map_that_cannot_be_drawn_is_refused_at_once(new, content):
    path = new.folder / "map.geojson"
    path.write_bytes(content)
    assert "map.geojson" in refusal(new, *words(new.folder, more=("--map-file", path)))


def test_a_map_that_can_be_drawn_is_taken(new):
    path = new.folder / "map.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": [FEATURE]}), "utf-8")
    assert new.records(*words(new.folder, more=("--map-file", path)))[0]["powers"] == 4
