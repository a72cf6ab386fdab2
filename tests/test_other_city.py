"""Another city's register: 3 districts, 20 powers, departments of its own; nothing of Beijing."""

import csv
import json
import re

import pytest
from builders import write_table
from command_line import CommandLine
from examples import sampled

from registry import db
from registry.measures.cards import CARDS

pytestmark = pytest.mark.slow

OF_BEIJING = re.compile("北京|城管|京政|110\\d{3}|Beijing")
DEPARTMENTS = ("street_order", "market", "fire", "river")
POWERS = [
    {
        "code": f"P{number:02d}",
        "name": f"对第{number}种行为的{'行政强制' if number == 20 else '行政处罚'}",
        "kind": "coercion" if number == 20 else "penalty",
        "source_department": DEPARTMENTS[number % 4],
        "domain": "",
        "effective_from": "2022-01-01",
    }
    for number in range(1, 21)
]
STREETS = ("某街道", "南街道", "北镇", "河乡")
UNITS = [
    {
        "code": f"44010{d}{n:03d}" if n else f"44010{d}",
        "name": f"{area}区" if not n else f"{area}{STREETS[n - 1]}",
        "unit_kind": ("district", "subdistrict", "subdistrict", "town", "township")[n],
        "district_code": f"44010{d}",
        "valid_from": "",
        "valid_to": "",
    }
    for d, area in enumerate("ABC", start=1)
    for n in range(5)
]
WORDS = [
    {"field": "city", "code": "440100", "zh": "甲城市", "en": "Jia"},
    {"field": "source_department", "code": "street_order", "zh": "街面秩序", "en": "Streets"},
]
HEADINGS = ("案号", "执法单位", "职权名称", "执法类型", "决定日期", "处理结果")
A1, A2 = "440101001", "440101002"


def city(tmp_path, vocabulary: bool) -> CommandLine:
    line = CommandLine(f"sqlite:///{tmp_path}/city.db", tmp_path)
    powers = write_table(tmp_path / "powers.csv", POWERS, list(POWERS[0]))
    units = write_table(tmp_path / "units.csv", UNITS, list(UNITS[0]))
    words = write_table(tmp_path / "words.csv", WORDS, list(WORDS[0]))
    more = ("--vocabulary", words) if vocabulary else ()
    line.records("init", "--powers", powers, "--units", units, *more)
    return line


@pytest.fixture(params=[False, True], ids=["no vocabulary", "vocabulary"])
def other_city(tmp_path, request):
    line = city(tmp_path, request.param)
    yield line
    db.engine_for(line.url).dispose()


def send(line, rows, name="log.csv", exit_code=0):
    path = line.folder / name
    with path.open("w", encoding="gb18030", newline="") as file:
        csv.writer(file).writerows([HEADINGS, *rows])
    words = ("--district", "440101", "--months", "2022-01..2022-12")
    return line.records("import", path, *words, exit_code=exit_code)[0]


def row(number, unit="A某街道", power="对第1种行为的行政处罚"):
    return (f"甲罚〔2022〕{number}号", unit, power, "行政处罚", "2022-03-01", "罚款")


def test_the_register_is_the_citys_own(other_city):
    assert other_city.records("init")[0] == {
        "powers": 20,
        "units": 12,
        "districts": 3,
        "cases": 0,
        "batches": 0,
        "synthetic_batches": 0,
    }


@sampled(
    ("name", "code"),
    [
        (A1, A1),
        ("A某街道", A1),
        ("A某街道办事处", A1),
        ("甲城市A区A某街道办事处", A1),
        ("A区A南街道", A2),
        ("A南", A2),
        ("A北镇人民政府", "440101003"),
    ],
)
def test_units_are_recognised_as_they_are_written(tmp_path, name, code):
    line = city(tmp_path, vocabulary=True)
    send(line, [row(1, unit=name)])
    words = ("rate", "--by", "unit", "--from", "2022-01", "--to", "2022-12")
    assert [r["unit"] for r in line.records(*words) if r["numerator"]] == [code]
    db.engine_for(line.url).dispose()


def test_every_command_works_and_says_nothing_of_beijing(other_city):
    bad = send(other_city, [row(1), row(2, power="不认识"), row(3, unit="A北镇")], exit_code=3)
    year = ("--from", "2022-01", "--to", "2022-12")
    book, out = other_city.folder / "p.xlsx", other_city.folder / "out.csv"
    answers = [
        other_city.run(*words)
        for words in (
            *((measure, *year) for measure in ("rate", "dormant", "coverage", "completeness")),
            *(("rate", "--by", by, *year) for by in ("city", "district", "department", "domain")),
            ("rate", "--by", "unit,kind,month", "--aggregate", "mean", *year),
            *(("export", out, "--measure", measure, *year) for measure in CARDS),
            ("powers", "--as-of", "2022-01-01"),
            ("holdings", "A某街道"),
            ("problems", "--export", book),
            ("alias", "add", "不认识", "P02"),
            ("alias", "list"),
            ("problems", "--retry"),
            ("batches",),
            ("check",),
            ("catalogue", "load", other_city.folder / "powers.csv"),
            ("init",),
            ("withdraw", 1, "--reason", "x"),
        )
    ]
    assert [answer.exit_code for answer in answers] == [0] * len(answers)
    said = json.dumps(bad, ensure_ascii=False) + "".join(a.stdout + a.stderr for a in answers)
    assert OF_BEIJING.findall(said + out.read_text(encoding="utf-8")) == []


def test_its_published_site_says_nothing_of_beijing(other_city):
    send(other_city, [row(1), row(2)])
    folder = other_city.folder / "site"
    other_city.records("publish", folder)
    pages = [path.read_text(encoding="utf-8") for path in folder.rglob("*.html")]
    assert len(pages) == 1 + 2 * (7 + 3 + 20)
    assert [text for page in pages for text in OF_BEIJING.findall(page)] == []


def test_without_a_vocabulary_codes_stand_for_names_of_departments(tmp_path):
    for vocabulary, city_name, department in (
        (False, "全市", "street_order"),
        (True, "甲城市", "街面秩序"),
    ):
        folder = tmp_path / str(vocabulary)
        folder.mkdir()
        line = city(folder, vocabulary)
        assert line.records("rate")[0]["city_name"] == city_name
        records = {r["department"]: r for r in line.records("rate", "--by", "department")}
        assert set(records) == set(DEPARTMENTS)
        assert records["street_order"]["department_name"] == department
        assert records["street_order"]["denominator"] == 5
        db.engine_for(line.url).dispose()


def test_rates_of_the_city_follow_its_own_list(other_city):
    send(other_city, [row(1), row(2), row(3, unit="A北镇", power="P04")])
    words = ("--from", "2022-01", "--to", "2022-12")
    record = other_city.records("rate", *words)[0]
    assert (record["numerator"], record["denominator"], record["value"]) == (2, 20, 0.1)
    assert record["completeness"] == 1 / 3
    records = other_city.records("rate", "--by", "district", "--aggregate", "pooled", *words)
    assert [(r["numerator"], r["denominator"]) for r in records] == [(2, 80), (0, 80), (0, 80)]


def test_the_demo_is_only_for_the_shipped_register(tmp_path):
    line = CommandLine(f"sqlite:///{tmp_path}/city.db", tmp_path)
    powers = write_table(tmp_path / "powers.csv", POWERS, list(POWERS[0]))
    units = write_table(tmp_path / "units.csv", UNITS, list(UNITS[0]))
    words = ("init", "--demo", "--powers", powers, "--units", units)
    assert "--demo" in line.refusal(*words, exit_code=2)


def test_the_demo_never_comes_into_another_citys_register(other_city):
    record = other_city.records("init", "--demo")[0]
    assert (record["powers"], record["batches"]) == (20, 0)


@pytest.mark.parametrize(
    ("table", "change", "word"),
    [
        ("powers", {"kind": "licence"}, "kind"),
        ("powers", {"code": "P02"}, "code"),
        ("powers", {"effective_from": ""}, "effective_from"),
        ("powers", {"effective_from": "2022/1/1"}, "effective_from"),
        ("units", {"district_code": "999999"}, "district_code"),
        ("units", {"unit_kind": "village"}, "unit_kind"),
        ("units", {"name": "东<img src=x>"}, "<i"),
        ("units", {"name": "东[x](//evil.example)"}, "]("),
        ("units", {"name": "东$x$"}, "$x$"),
        ("powers", {"name": "对www.evil.example的行政处罚"}, "www."),
        ("powers", {"name": "对http://evil.example的行政处罚"}, ":/"),
        ("powers", {"name": "对:material/skull:的行政处罚"}, ":m"),
    ],
)
def test_reference_files_that_do_not_fit_are_refused_in_one_sentence(tmp_path, table, change, word):
    rows = {"powers": [dict(p) for p in POWERS], "units": [dict(u) for u in UNITS]}
    rows[table][2] |= change
    paths = {n: write_table(tmp_path / f"{n}.csv", r, list(r[0])) for n, r in rows.items()}
    line = CommandLine(f"sqlite:///{tmp_path}/city.db", tmp_path)
    sentence = line.refusal("init", "--powers", paths["powers"], "--units", paths["units"])
    assert word in sentence
    assert "registry init" in line.refusal("rate")
