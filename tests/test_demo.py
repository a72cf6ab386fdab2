"""The demo is seeded, shaped like published figures, and its logs hold what happened."""

import re
import unicodedata
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import pytest
from demo_files import read_rows

from registry.demo import DemoLog, demo_staff, demo_truth, read_names, write_demo_logs
from registry.demo.choice import AGRICULTURE, ECOLOGY, HIGHEST_RATE, OTHER_RATES, URBAN_MANAGEMENT
from registry.demo.styles import FIELD_OF, STYLES, WORDS
from registry.demo.truth import OVERLOADED

pytestmark = pytest.mark.slow

SEED = 20200701
DATA = Path(__file__).parent.parent / "data"
FIRST_MONTHS_END = pd.Timestamp("2020-11-01")


@dataclass(frozen=True)
class Demo:
    powers: pd.DataFrame
    units: pd.DataFrame
    unit_names: pd.DataFrame
    truth: pd.DataFrame
    folder: Path
    logs: list[DemoLog]


@pytest.fixture(scope="session")
def demo(tmp_path_factory):
    tables = [pd.read_csv(DATA / f"{n}.csv", dtype=str) for n in ("powers", "units", "unit_names")]
    folder = tmp_path_factory.mktemp("demo")
    truth = demo_truth(tables[0], tables[1], SEED)
    logs = write_demo_logs(folder, truth, read_names(*tables), SEED)
    return Demo(*tables, truth, folder, logs)


@pytest.fixture(scope="session")
def penalties(demo):
    return demo.truth[demo.truth["action"] == "penalty"]


@pytest.fixture(scope="session")
def staff(demo):
    return demo_staff(demo.units, SEED).set_index("unit")


def department_of(demo):
    return demo.powers.set_index("code")["source_department"]


def decided(cases):
    return cases[~cases["outcome"].isin(["withdrawn", "transferred"])]


def days_of_review(cases):
    return (cases["review_completed_on"] - cases["review_requested_on"]).dt.days


def rows_of(log):
    return read_rows(log.path, STYLES[log.districts[0]].form)


def plain_number(text):
    text = unicodedata.normalize("NFKC", text)
    return re.sub(r"[〔\[【(](\d{4})[〕\]】)]", r"〔\1〕", text)


def numbers_of(log):
    """The numbers in the column of numbers, of real cases only."""
    rows = rows_of(log)
    found = (row for row in rows if {FIELD_OF.get(cell) for cell in row} >= {"case_no", "unit"})
    column = [FIELD_OF.get(cell) for cell in next(found)].index("case_no")
    cells = {row[column] for row in rows if len(row) > column}
    numbers = {plain_number(cell) for cell in cells if re.search(r"字.\d{4}.\d{4}号$", cell)}
    return {number for number in numbers if number[-5] != "9"}


def test_same_seed_gives_the_same_cases(demo):
    again = demo_truth(demo.powers, demo.units, SEED)
    pd.testing.assert_frame_equal(again, demo.truth)


def test_same_seed_gives_the_same_bytes(demo, tmp_path):
    some = ("110109", "110115", "110116", "110117")
    names = read_names(demo.powers, demo.units, demo.unit_names)
    again = write_demo_logs(tmp_path, demo.truth, names, SEED, some)
    assert {STYLES[code].form for code in some} == {"spreadsheetml", "csv_utf8", "ods", "xlsx"}
    for log in again:
        assert log.path.read_bytes() == (demo.folder / log.path.name).read_bytes(), log.path.name


def test_about_200_000_cases_in_16_districts(demo):
    assert 190_000 <= len(demo.truth) <= 210_000
    assert demo.truth["district"].nunique() == 16
    assert demo.truth["decided_on"].min() >= pd.Timestamp("2020-07-01")
    assert demo.truth["decided_on"].max() <= pd.Timestamp("2023-06-30")
    assert 60 <= len(demo.logs) <= 80


def test_numbers_are_unique_within_unit_and_action(demo):
    assert not demo.truth.duplicated(["unit", "action", "case_no"]).any()


def test_officers_make_one_to_six_penalties_and_three_to_twelve_inspections(demo, staff):
    years = (staff["ends"] - staff["begins"]) / 12
    cases = demo.truth.groupby(["action", "unit"]).size()
    penalties = cases["penalty"] / (staff["officers"] * years)
    inspections = cases["inspection"] / (staff["officers"] * years)
    assert penalties.between(1, 6).all()
    assert 1.8 <= penalties.median() <= 2.3
    assert inspections.between(3, 12).all()
    assert 12 <= cases["coercion"].sum() <= 60


def test_summary_share_differs_between_streets_and_towns(penalties, staff):
    known = decided(penalties)
    share = known["procedure"].eq("summary").groupby(known["unit"]).mean()
    kind = share.index.map(staff["unit_kind"])
    assert share[kind == "subdistrict"].between(0.73, 0.95).all()
    assert share[kind.isin(["town", "township"])].between(0.30, 0.41).all()


def test_few_powers_make_most_penalties_and_some_are_never_used(demo, penalties):
    counts = penalties["powers"].explode().value_counts()
    assert 0.40 <= counts.head(10).sum() / len(penalties) <= 0.68
    assert len(counts) > 300
    assert demo.truth["powers"].explode().nunique() < len(demo.powers) - 20


def test_february_is_quiet_and_july_and_december_are_busy(demo):
    monthly = demo.truth["decided_on"].dt.month.value_counts() / len(demo.truth) * 12
    assert monthly[2] == pytest.approx(0.75, abs=0.03)
    assert monthly[7] == pytest.approx(1.15, abs=0.03)
    assert monthly[12] == pytest.approx(1.15, abs=0.03)
    assert monthly.drop([2, 7, 12]).between(0.95, 1.04).all()


def test_barbecue_is_a_summer_power(demo, penalties):
    barbecue = demo.powers.loc[demo.powers["name"].str.contains("烧烤"), "code"]
    named = penalties[penalties["powers"].map(lambda codes: bool({*codes} & {*barbecue}))]
    assert named["decided_on"].dt.month.between(5, 9).mean() > 0.8


def test_highest_rate_of_the_first_months_is_185_of_393(demo):
    early = demo.truth[demo.truth["decided_on"] < FIRST_MONTHS_END]
    counted = decided(early[early["action"] != "inspection"]).explode("powers")
    urban = counted[counted["powers"].map(department_of(demo)) == URBAN_MANAGEMENT]
    used = urban.groupby("district")["powers"].nunique().sort_values()
    assert department_of(demo).eq(URBAN_MANAGEMENT).sum() == 393
    assert used.iloc[-1] == HIGHEST_RATE == 185
    assert used.iloc[:-1].between(OTHER_RATES[0] - 5, OTHER_RATES[1]).all()


def test_no_ecology_or_agriculture_power_in_the_first_months(demo):
    cases = demo.truth.explode("powers")
    department = cases["powers"].map(department_of(demo))
    early = cases["decided_on"] < FIRST_MONTHS_END
    assert not department[early].isin([ECOLOGY, AGRICULTURE]).any()
    assert department[cases["decided_on"] >= pd.Timestamp("2021-01-01")].eq(ECOLOGY).any()


def test_every_case_is_within_its_unit_and_holding(demo):
    unit = demo.units.set_index("code").loc[demo.truth["unit"]]
    day = demo.truth["decided_on"].to_numpy()
    begins = pd.to_datetime(unit["valid_from"]).fillna(pd.Timestamp("2020-07-01"))
    ends = pd.to_datetime(unit["valid_to"]).fillna(pd.Timestamp("2023-07-01"))
    assert unit["unit_kind"].isin(["subdistrict", "town", "township", "area"]).all()
    assert ((begins.to_numpy() <= day) & (day < ends.to_numpy())).all()
    named = demo.truth.explode("powers").dropna(subset="powers")
    starts = pd.to_datetime(demo.powers.set_index("code")["effective_from"])
    assert (named["powers"].map(starts) <= named["decided_on"]).all()
    assert (demo.truth["powers"].map(len)[demo.truth["action"] != "inspection"] > 0).all()


def test_dates_of_a_penalty_are_in_order(penalties):
    closed = penalties["closed_on"]
    assert (penalties["filed_on"] <= penalties["decided_on"]).all()
    assert (closed.isna() | (penalties["decided_on"] <= closed)).all()
    assert penalties["filed_on"].min() >= pd.Timestamp("2020-07-01")
    ordinary = penalties[penalties["procedure"] == "ordinary"]
    days = (ordinary["decided_on"] - ordinary["filed_on"]).dt.days
    assert 0.002 < (days > 90).mean() < 0.05
    reviewed = penalties[~penalties["unit"].isin(OVERLOADED)].dropna(subset="review_completed_on")
    assert days_of_review(reviewed).between(1, 9).all()


def test_two_overloaded_judicial_offices_answer_late(penalties):
    """The others need five calendar days in the middle; these got their cases on filing."""
    for office in OVERLOADED:
        asked = penalties[penalties["unit"] == office].dropna(subset="review_requested_on")
        assert len(asked) > 40
        assert asked["review_requested_on"].equals(asked["filed_on"])
        took = days_of_review(asked.dropna(subset="review_completed_on"))
        assert took.median() >= 14
        assert (took > 7).mean() > 0.6


def test_two_months_of_one_district_are_missing(demo):
    last = demo.truth.groupby("district")["decided_on"].max()
    assert last["110119"] < pd.Timestamp("2023-05-01")
    assert last.drop("110119").min() >= pd.Timestamp("2023-06-01")
    assert max(log.months[1] for log in demo.logs if log.districts == ("110119",)) == "2023-04"


def test_logs_hold_every_case_and_no_other(demo):
    written: dict[str, set[str]] = {}
    for log in demo.logs:
        written.setdefault(log.districts[0], set()).update(numbers_of(log))
    happened = demo.truth.groupby("district")["case_no"].agg(set)
    for district, numbers in happened.items():
        assert written[district] == {plain_number(number) for number in numbers}, district


def test_logs_are_as_messy_as_real_ones(demo):
    rows = {log.path: rows_of(log) for log in demo.logs if log.districts[0] in ("110101", "110106")}
    text = "\n".join("|".join(row) for cells in rows.values() for row in cells)
    for mark in ("03/01/2021", "|-200", "例：", "合计", "区城管执法局直属中队", "其他影响城市管理"):
        assert mark in text, mark
    flat = [tuple(row) for cells in rows.values() for row in cells]
    assert any(not any(row) for row in flat)
    assert any(row[0].isdigit() and not any(row[1:]) for row in flat)
    assert len(flat) > len({row for row in flat if any(row)})


def test_a_resent_log_corrects_some_cases_and_leaves_most(demo):
    first, again = (
        {plain_number(row[2]): row[3:] for row in rows_of(log) if len(row) > 3}
        for log in demo.logs
        if log.districts == ("110107",) and log.months == ("2022-01", "2022-12")
    )
    changed = [number for number, row in again.items() if first.get(number) != row]
    assert "更正" in demo.logs[-1].path.name
    assert 5 < len(changed) < len(again) / 10


def test_names_on_the_day_are_written(demo):
    before, after = (
        "\n".join("|".join(row) for row in rows_of(log))
        for log in demo.logs
        if log.districts == ("110106",) and log.months[0] in ("2021-01", "2021-07")
    )
    assert "花乡地区" in before
    assert "花乡街道" not in before
    assert "花乡街道" in after


def test_a_file_has_one_column_per_field(demo):
    for style in STYLES.values():
        for headings in (style.headings, style.inspection_headings, style.coercion_headings):
            fields = [FIELD_OF[heading] for heading in headings.split("|") if heading]
            assert len(fields) == len(set(fields))


def test_headings_and_words_are_those_of_the_reference_data():
    seen = set(pd.read_csv(DATA / "header_variants.csv")["header_as_seen"])
    mapped = {heading for style in STYLES.values() for heading in style.mapping}
    assert set(FIELD_OF) - seen - mapped == {"序号"}
    synonyms = pd.read_csv(DATA / "value_synonyms.csv", dtype=str)
    known = set(synonyms.itertuples(index=False, name=None))
    for field, words in WORDS.items():
        for code, texts in words.items():
            column = "yes_no" if field == "review_required" else field
            assert all((column, text, code) in known for text in texts), field


def test_every_file_says_what_action_its_rows_are(demo):
    for style in STYLES.values():
        mixed = "action" in [FIELD_OF[heading] for heading in style.headings.split("|")]
        assert mixed != ("处罚决定" in style.headings)
        assert mixed != bool(style.inspection_headings and style.coercion_headings)
    single = [log for log in demo.logs if log.constants]
    assert {log.constants["action"] for log in single} == {"行政检查", "行政强制"}
