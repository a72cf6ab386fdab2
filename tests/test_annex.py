"""An official list over the register: what it adds, changes, closes and opens again, and when."""

import csv

import pandas as pd
import pytest
import sqlalchemy as sa
from builders import DYKES, E1, EAST, LITTER, SIGNS, WELLS, make_case

from registry import db
from registry.settings import DATA

NAMES = ("职权编码", "职权名称", "职权类型", "来源部门")
HELD = {
    LITTER: (LITTER, "职权UM1", "行政处罚", "urban_management"),
    SIGNS: (SIGNS, "职权UM2", "行政处罚", "urban_management"),
    WELLS: (WELLS, "职权WA1", "行政处罚", "water_affairs"),
    DYKES: (DYKES, "职权WA2", "行政强制", "water_affairs"),
}
NEW = ("", "占道经营", "行政处罚", "urban_management")
APPLY = ("--apply", "--instrument", "文〔2022〕2号", "--effective", "2022-01-01")


def annex(line, rows, headings=NAMES, name="annex.csv"):
    """A list as an office sends it: GB18030, two rows of titles above the header."""
    path = line.folder / name
    with path.open("w", encoding="gb18030", newline="") as file:
        writer = csv.writer(file)
        writer.writerows([["附件"], ["行政执法职权目录"], headings, *rows])
    return path


def load(line, rows, *words, headings=NAMES):
    """The changes as (change, power) pairs."""
    records = line.records("catalogue", "load", annex(line, rows, headings), *words)
    return [(r["change"], r["power"]) for r in records]


def held_on(line, day):
    return [r["power"] for r in line.records("holdings", E1, "--as-of", day)]


def without(*codes):
    return [row for code, row in HELD.items() if code not in codes]


def test_a_list_equal_to_the_register_changes_nothing(command_line):
    assert load(command_line, HELD.values()) == []


def test_a_list_without_codes_finds_its_powers_by_name(command_line):
    rows = [row[1:] for row in HELD.values()]
    assert load(command_line, rows, headings=NAMES[1:]) == []


@pytest.mark.parametrize("ending", ["csv", "xlsx"])
def test_the_shipped_list_in_chinese_changes_nothing_of_the_shipped_register(shipped, ending):
    words = pd.read_csv(DATA / "vocabulary.csv", dtype=str)
    words = words[words["field"].isin(["kind", "source_department"])].set_index("code")["zh"]
    listed = pd.read_csv(DATA / "powers.csv", dtype=str)
    listed = pd.DataFrame(
        {
            "序号": listed["catalogue_no"],
            "职权名称": listed["name"],
            "职权类型": listed["kind"].map(words),
            "来源部门": listed["source_department"].map(words),
            "法律依据": listed["law"],
            "最高罚款": listed["max_fine_cny"],
        }
    )
    path = shipped.folder / f"annex.{ending}"
    if ending == "csv":
        listed.to_csv(path, index=False, encoding="gb18030")
    else:
        with pd.ExcelWriter(path) as book:
            listed.to_excel(book, index=False, startrow=2)
            book.sheets["Sheet1"].write(0, 0, "附件:行政执法职权目录")
    assert shipped.records("catalogue", "load", path) == []


def test_without_apply_nothing_is_written(command_line):
    found = load(command_line, [*without(DYKES), NEW])
    assert found == [("add", "UM001"), ("close", DYKES)]
    assert held_on(command_line, "2030-01-01") == list(HELD)
    assert load(command_line, [*without(DYKES), NEW]) == found


def test_apply_opens_and_closes_holdings_on_the_day(command_line):
    load(command_line, [*without(DYKES), NEW], *APPLY)
    assert held_on(command_line, "2021-12-31") == list(HELD)
    assert held_on(command_line, "2022-01-01") == [LITTER, SIGNS, WELLS, "UM001"]
    assert load(command_line, [*without(DYKES), NEW]) == []


def test_a_list_loaded_again_changes_nothing(command_line):
    rows = [(*row, "") for row in HELD.values()] + [("UM9", *NEW[1:], "official")]
    headings = (*NAMES, "provenance")
    assert load(command_line, rows, *APPLY, headings=headings) == [("add", "UM9")]
    assert load(command_line, rows, headings=headings) == []


def test_apply_needs_an_instrument_and_a_day(command_line):
    path = annex(command_line, HELD.values())
    for words in ((), ("--instrument", "文"), ("--effective", "2022-01-01")):
        command_line.refusal("catalogue", "load", path, "--apply", *words, exit_code=2)
    command_line.refusal("catalogue", "load", path, "--effective", "soon", exit_code=2)


def test_rates_before_and_after_the_day_have_the_old_and_the_new_denominator(command_line):
    load(command_line, [*without(SIGNS, DYKES), NEW], *APPLY)
    for first, last, denominator in (
        ("2021-10", "2021-12", 4),
        ("2022-01", "2022-03", 3),
        ("2021-12", "2022-01", 5),
    ):
        record = command_line.records("rate", "--from", first, "--to", last)[0]
        assert record["denominator"] == denominator


def test_a_case_under_a_power_returned_on_its_day_is_quarantined(command_line):
    load(command_line, without(SIGNS), *APPLY)
    rows = [
        make_case(case_no=f"{d}号", power=SIGNS, decided_on=d) for d in ("2021-12-31", "2022-01-01")
    ]
    path = command_line.log("log.csv", rows)
    words = ("--district", EAST, "--months", "2021-12..2022-01")
    record = command_line.records("import", path, *words, exit_code=3)[0]
    assert [(p["row"], p["column"]) for p in record["problems"]] == [(3, "power")]


def test_a_closed_power_opens_again_under_its_code(command_line):
    load(command_line, without(DYKES), *APPLY)
    again = ("--apply", "--instrument", "文〔2023〕3号", "--effective", "2023-01-01")
    assert load(command_line, HELD.values(), *again) == [("reopen", DYKES)]
    days = ("2021-12-31", "2022-01-01", "2022-12-31", "2023-01-01")
    assert [DYKES in held_on(command_line, day) for day in days] == [True, False, False, True]


def test_a_power_that_was_to_come_later_comes_on_the_earlier_day(command_line):
    load(command_line, without(DYKES), *APPLY)
    for year in ("2024", "2023"):
        words = ("--apply", "--instrument", f"文〔{year}〕", "--effective", f"{year}-01-01")
        assert load(command_line, HELD.values(), *words) == [("reopen", DYKES)]
    days = ("2022-12-31", "2023-01-01", "2024-01-01")
    assert [DYKES in held_on(command_line, day) for day in days] == [False, True, True]
    query = "select count(*) from holding where power = 'WA2' and superseded_in is null"
    with db.engine_for(command_line.url).connect() as connection:
        assert connection.scalar(sa.text(query)) == 2


def test_a_list_of_an_earlier_day_leaves_what_came_later_alone(command_line):
    load(command_line, [*HELD.values(), NEW], *APPLY)
    before = ("--apply", "--instrument", "文〔2021〕", "--effective", "2021-06-01")
    load(command_line, HELD.values(), *before)
    assert held_on(command_line, "2021-12-31") == list(HELD)
    assert held_on(command_line, "2022-06-01") == [*HELD, "UM001"]


def test_a_list_of_the_first_instrument_replaces_what_stood_for_it_whatever_its_day(shipped):
    listed = pd.read_csv(DATA / "powers.csv", dtype=str)
    first = pd.read_csv(DATA / "instruments.csv", dtype=str)["number"][0]
    path = shipped.folder / "annex.csv"
    listed[listed["code"] != "UM003"].to_csv(path, index=False)
    for day in ("2020-04-16", "2020-07-01"):
        words = ("--apply", "--instrument", first, "--effective", day)
        changes = shipped.records("catalogue", "load", path, *words)
        assert [c["power"] for c in changes if c["change"] == "close"] in (["UM003"], [])
        assert len(shipped.records("powers", "--as-of", "2021-01-01")) == 430
    assert shipped.records("rate", "--from", "2020-04", "--to", "2020-04")[0]["denominator"] == 430
    assert shipped.records("powers", "--as-of", "2020-04-15") == []


def test_labels_change_under_the_same_code(command_line):
    headings = (*NAMES, "法律依据", "最高罚款")
    rows = [(*row, "《某条例》", "5000") for row in HELD.values()]
    records = command_line.records("catalogue", "load", annex(command_line, rows, headings), *APPLY)
    assert [r["change"] for r in records] == ["change"] * 4
    assert "max_fine_cny: None → 5000" in records[0]["detail"]
    power = command_line.records("powers")[0]
    assert (power["law"], power["max_fine_cny"]) == ("《某条例》", 5000)
    assert load(command_line, rows, headings=headings) == []


def test_a_reworded_name_is_a_change_of_the_same_power(command_line):
    rows = [(LITTER, "职权UM1之一", *HELD[LITTER][2:]), *without(LITTER)]
    assert load(command_line, rows, *APPLY) == [("change", LITTER)]
    assert command_line.records("powers")[0]["power_name"] == "职权UM1之一"


@pytest.mark.parametrize(
    "row",
    [
        (LITTER, "养犬登记", "行政处罚", "urban_management"),
        (LITTER, "职权UM2", "行政处罚", "urban_management"),
        (LITTER, "职权UM1", "行政强制", "urban_management"),
        (LITTER, "职权UM1", "行政处罚", "water_affairs"),
    ],
    ids=["another name", "the name of another power", "another kind", "another department"],
)
def test_a_code_never_changes_its_meaning(command_line, row):
    path = annex(command_line, [row, *without(LITTER)])
    assert LITTER in command_line.refusal("catalogue", "load", path, *APPLY)
    assert command_line.records("powers")[0]["power_name"] == "职权UM1"


def test_a_reworded_name_on_another_provision_is_refused(command_line):
    headings = (*NAMES, "法律依据")
    rows = [(*row, "《某条例》") for row in HELD.values()]
    load(command_line, rows, *APPLY, headings=headings)
    moved = [(LITTER, "职权UM1之一", *HELD[LITTER][2:], "《别的条例》"), *rows[1:]]
    assert "不能改作" in command_line.refusal(
        "catalogue", "load", annex(command_line, moved, headings)
    )


def test_a_code_that_was_closed_is_never_given_again(command_line):
    load(command_line, [*HELD.values(), NEW], *APPLY)
    later = ("--apply", "--instrument", "文〔2023〕3号", "--effective", "2023-01-01")
    other = ("", "散发广告", "行政处罚", "urban_management")
    assert load(command_line, [*HELD.values(), other], *later) == [
        ("add", "UM002"),
        ("close", "UM001"),
    ]


def test_totals_and_repeated_headers_of_a_list_are_not_powers(command_line):
    rows = [*HELD.values(), NAMES, ("", "合计", "", "4")]
    assert load(command_line, rows) == []


@pytest.mark.parametrize(
    ("rows", "word"),
    [
        ([], "没有一项职权"),
        ([HELD[LITTER], HELD[LITTER]], "两次"),
        ([NEW, NEW], "两次"),
        ([("", "占道经营", "许可", "urban_management")], "许可"),
        ([("", "占道经营", "", "urban_management")], "职权类型"),
        ([("", "占道经营", "行政处罚", "某局")], "某局"),
        ([("编 码", "占道经营", "行政处罚", "urban_management")], "编 码"),
    ],
    ids=["no rows", "code twice", "name twice", "kind", "no kind", "department", "code"],
)
def test_a_list_that_cannot_be_right_is_refused_in_one_sentence(command_line, rows, word):
    sentence = command_line.refusal("catalogue", "load", annex(command_line, rows), *APPLY)
    assert word in sentence
    assert sentence.count("\n") == 1


def test_an_amount_that_is_no_number_is_refused(command_line):
    rows = [(*HELD[LITTER], "五千")]
    path = annex(command_line, rows, (*NAMES, "最高罚款"))
    assert "五千" in command_line.refusal("catalogue", "load", path)


def test_a_file_without_the_needed_columns_names_them(command_line):
    path = annex(command_line, [("1", "职权UM1", "《某条例》")], ("序号", "职权名称", "法律依据"))
    assert "职权类型、来源部门" in command_line.refusal("catalogue", "load", path)
    other = command_line.folder / "other.csv"
    other.write_text("a,b,c\n1,2,3\n", encoding="utf-8")
    assert "表头" in command_line.refusal("catalogue", "load", other)


def test_a_row_with_a_code_and_no_name_is_not_passed_over(command_line):
    rows = [*without(LITTER), (LITTER, "", "行政处罚", "urban_management")]
    sentence = command_line.refusal("catalogue", "load", annex(command_line, rows))
    assert f"{LITTER} 没有职权名称" in sentence


def test_sheets_with_and_without_codes_are_one_list(command_line):
    path = command_line.folder / "annex.xlsx"
    with pd.ExcelWriter(path) as book:
        coded, bare = list(HELD.values())[:2], [row[1:] for row in list(HELD.values())[2:]]
        pd.DataFrame(coded, columns=NAMES).to_excel(book, sheet_name="城管", index=False)
        pd.DataFrame(bare, columns=NAMES[1:]).to_excel(book, sheet_name="水务", index=False)
    assert command_line.records("catalogue", "load", path) == []


def test_a_new_power_without_a_domain_is_grouped_under_none(command_line):
    load(command_line, [*HELD.values(), NEW], *APPLY)
    words = ("--by", "domain", "--from", "2022-01", "--to", "2022-01")
    records = command_line.records("rate", *words)
    assert {r["domain"]: r["denominator"] for r in records} == {
        None: 1,
        "city_appearance": 2,
        "river_lake": 2,
    }
