"""The demo's monthly returns: shaped like published figures, written as offices write them."""

import re
from collections import Counter
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from pathlib import Path

import pandas as pd
import pytest
import sqlalchemy as sa
from command_line import CommandLine, start
from demo_files import read_rows

from registry import db, models
from registry.adjustment.policy import read_policy
from registry.catalogue import read_catalogue
from registry.demo import (
    DemoReturn,
    demo_returns,
    demo_staff,
    demo_truth,
    read_names,
    read_words,
)
from registry.demo.choice import AGRICULTURE, ECOLOGY, URBAN_MANAGEMENT
from registry.demo.demand import NAME_POWERS, demo_complaints, powers_of
from registry.demo.departments import MARKET, POLICE, demo_training, demo_whistles
from registry.demo.return_styles import FIELD_OF, ORIGIN, RETURN_STYLES, SERIAL
from registry.demo.returns import EXPORTED, KINDS, RESENT, write_demo_returns
from registry.demo.staffing import FIRST_RECEIVERS, ORIGINS, SENDERS, demo_staffing
from registry.demo.truth import OVERLOADED
from registry.intake.commit import import_log
from registry.intake.fields import heading_key
from registry.returns import read_returns

pytestmark = pytest.mark.slow

SEED = 20200701
DATA = Path(__file__).parent.parent / "data"
STEPS = ("established", "in_post", "certified", "not_seconded", "front_line", "handled_case")


@dataclass(frozen=True)
class World:
    powers: pd.DataFrame
    units: pd.DataFrame
    topics: pd.DataFrame
    cases: pd.DataFrame


@pytest.fixture(scope="session")
def world():
    names = ("powers", "units", "topics")
    powers, units, topics = (pd.read_csv(DATA / f"{name}.csv", dtype=str) for name in names)
    return World(powers, units, topics, demo_truth(powers, units, SEED))


@pytest.fixture(scope="session")
def staffing(world):
    rows = demo_staffing(world.units, world.cases, SEED)
    return rows.assign(not_seconded=rows["certified"] - rows["seconded"])


def front_line(rows):
    return rows["front_line"].sum() / rows["established"].sum()


def test_the_city_is_at_850_permille_in_october_2020_and_rises(staffing):
    share = {month: front_line(rows) for month, rows in staffing.groupby("month")}
    assert round(share[202010], 3) == 0.850
    assert 0.82 < share[202007] < share[202010] < share[202106] < share[202206] < share[202306]
    assert 0.92 < share[202306] < 0.94


def test_districts_differ_at_the_front_line(staffing):
    october = staffing[staffing["month"] == 202010]
    shares = [front_line(rows) for _, rows in october.groupby("district")]
    assert len(shares) == 16
    assert 0.775 < min(shares) < 0.80
    assert 0.89 < max(shares) < 0.925


def test_each_step_counts_some_of_the_one_before(staffing):
    over = staffing["in_post"] - staffing["established"]
    assert over.max() == 1
    assert staffing.loc[over == 1, "unit"].nunique() == 4
    for before, after in pairwise(STEPS[1:]):
        assert (staffing[after] <= staffing[before]).all(), after
    assert (staffing[[*STEPS, "seconded", *ORIGINS]] >= 0).all(axis=None)
    city = staffing.groupby("month")[list(STEPS)].sum()
    assert (city.diff(axis=1).iloc[:, 1:] < 0).all(axis=None)


def test_officers_of_the_returns_are_those_who_made_the_cases(staffing, world):
    officers = demo_staff(world.units, SEED).set_index("unit")["officers"]
    ratio = staffing["front_line"].groupby(staffing["unit"]).mean() / officers
    assert ratio.between(0.75, 1.25).all()
    assert ratio.median() == pytest.approx(1, abs=0.05)


def test_nobody_handled_a_case_in_a_month_without_cases(staffing, world):
    month = world.cases["decided_on"].dt.year * 100 + world.cases["decided_on"].dt.month
    counts = world.cases.groupby(["unit", month]).size()
    keys = pd.MultiIndex.from_frame(staffing[["unit", "month"]])
    cases = counts.reindex(keys, fill_value=0).to_numpy()
    assert (staffing["handled_case"] <= 2 * cases).all()
    assert 0.6 < staffing["handled_case"].sum() / staffing["front_line"].sum() < 0.9


def test_officers_by_origin_add_up_and_few_districts_got_any_before_2021(staffing):
    assert (staffing[list(ORIGINS)].sum(axis=1) == staffing["in_post"]).all()
    others = staffing[list(SENDERS)].sum(axis=1)
    early = staffing["month"] < 202101
    assert set(staffing.loc[early & (others > 0), "district"]) == set(FIRST_RECEIVERS)
    assert staffing.loc[early, AGRICULTURE].sum() == 0
    assert staffing.loc[others > 0, "district"].nunique() == 5
    assert others.sum() < 0.02 * staffing["in_post"].sum()


def test_judicial_offices_have_very_different_loads_and_two_are_overloaded(staffing, world):
    reviewers = staffing.groupby("unit")["reviewers"]
    assert reviewers.min().min() == 1
    assert reviewers.max().max() == 4
    asked = world.cases.dropna(subset="review_requested_on")["unit"].value_counts()
    load = (asked / reviewers.sum()).sort_values(ascending=False)
    assert set(load.index[:2]) == set(OVERLOADED)
    assert load.iloc[1] > 2 * load.iloc[2]
    assert load.iloc[2] > 2 * load.median()


def test_staffing_is_there_for_every_unit_and_month_but_those_never_sent(staffing, world):
    staff = demo_staff(world.units, SEED)
    lived = (staff["ends"] - staff["begins"]).sum()
    missing = staff["district_code"].eq("110119").sum() * 2
    assert len(staffing) == lived - missing
    assert not staffing.duplicated(["unit", "month"]).any()


@pytest.fixture(scope="session")
def complaints(world):
    return demo_complaints(world.units, world.powers, world.topics, world.cases, SEED)


def test_complaints_are_by_topic_or_by_power_and_one_row_each(complaints, world):
    assert (complaints["topic"].eq("") != complaints["power"].eq("")).all()
    assert set(complaints["topic"]) <= {"", *world.topics["code"]}
    assert set(complaints["power"]) <= {"", *world.powers["code"]}
    assert not complaints.duplicated(["unit", "month", "topic", "power"]).any()
    assert (complaints["complaints"] > 0).all()
    assert set(complaints.loc[complaints["power"].ne(""), "district"]) == set(NAME_POWERS)


def test_complaints_have_seasons(complaints, world):
    barbecue = world.topics.loc[world.topics["name"].str.contains("烧烤"), "code"]
    month = complaints["month"] % 100
    rows = complaints["topic"].isin(barbecue)
    assert complaints[rows & month.between(5, 9)]["complaints"].sum() > 100
    assert complaints[rows & month.between(5, 9)]["complaints"].sum() > (
        2 * complaints[rows & ~month.between(5, 9)]["complaints"].sum()
    )


def test_complaints_grow_with_the_unit(complaints, world):
    officers = demo_staff(world.units, SEED).set_index("unit")["officers"]
    total = complaints.groupby("unit")["complaints"].sum().reindex(officers.index, fill_value=0)
    assert officers.rank().corr(total.rank()) > 0.5


def test_complaints_expose_ten_powers_that_their_district_needs_and_does_not_use(complaints, world):
    """In the last twelve months: over the limit in one unit, no case in the whole district."""
    recent = world.cases[world.cases["decided_on"] >= pd.Timestamp("2022-07-01")]
    used = recent.explode("powers").groupby("district")["powers"].agg(set)
    powers = dict(zip(world.topics["code"], powers_of(world.topics), strict=True))
    year = complaints[(complaints["month"] >= 202207) & complaints["topic"].ne("")]
    totals = year.groupby(["district", "unit", "topic"])["complaints"].sum()
    needed = totals[totals > read_policy().demand_limit].index
    exposed = [
        (unit, power)
        for district, unit, topic in needed
        if not used[district] & set(powers[topic])
        for power in powers[topic]
    ]
    assert len({power for _, power in exposed}) >= 10
    assert len({unit for unit, _ in exposed}) >= 10


def test_complaints_under_powers_that_nobody_in_the_city_used(complaints, world):
    never = set(world.powers["code"]) - set(world.cases["powers"].explode().dropna())
    year = complaints[(complaints["month"] >= 202207) & complaints["power"].isin(never)]
    totals = year.groupby(["unit", "power"])["complaints"].sum()
    assert (totals > read_policy().demand_limit).sum() >= 5


@pytest.fixture(scope="session")
def whistles(world):
    return demo_whistles(world.units, SEED)


def test_source_departments_answer_very_differently(whistles):
    counts = whistles.groupby("department")[["called", "on_time", "solved"]].sum()
    rates = counts["on_time"] / counts["called"]
    expected = {
        URBAN_MANAGEMENT: 0.95,
        "health": 0.75,
        "water_affairs": 0.60,
        ECOLOGY: 0.40,
        AGRICULTURE: 0.30,
    }
    for department, rate in expected.items():
        assert rates[department] == pytest.approx(rate, abs=0.04), department
    assert set(rates.index) - set(expected) == {POLICE, MARKET}
    assert (counts["called"] > 500).all()


def test_no_more_calls_are_answered_or_solved_than_were_made(whistles):
    assert (whistles["called"] > 0).all()
    assert (whistles["on_time"] <= whistles["called"]).all()
    assert (whistles["solved"] <= whistles["called"]).all()
    assert not whistles.duplicated(["unit", "month", "department"]).any()


def test_urban_management_trains_and_agriculture_hardly_does(world):
    training = demo_training(world.units, SEED)
    sessions = training.groupby("department")["sessions"].sum()
    assert sessions.idxmax() == URBAN_MANAGEMENT
    assert sessions.idxmin() == AGRICULTURE
    assert sessions.max() > 20 * sessions.min() > 0
    assert ((training["officers_trained"] > 0) == (training["sessions"] > 0)).all()
    assert not training.duplicated(["district", "month", "department"]).any()


def test_returns_are_missing_where_the_logs_are(staffing, complaints, whistles, world):
    for rows in (staffing, complaints, whistles, demo_training(world.units, SEED)):
        last = rows.groupby("district")["month"].max()
        assert last["110119"] == 202304
        assert (last.drop("110119") >= 202305).all()
        assert rows["month"].min() == 202007


@dataclass(frozen=True)
class Written:
    truth: dict[str, pd.DataFrame]
    files: list[DemoReturn]


def write(world, folder, districts=tuple(RETURN_STYLES)):
    unit_names, vocabulary = (
        pd.read_csv(DATA / f"{name}.csv", dtype=str) for name in ("unit_names", "vocabulary")
    )
    truth = demo_returns(world.powers, world.units, world.topics, world.cases, SEED)
    names = read_names(world.powers, world.units, unit_names)
    words = read_words(world.topics, vocabulary)
    return Written(truth, write_demo_returns(folder, truth, names, words, SEED, districts))


@pytest.fixture(scope="session")
def written(world, tmp_path_factory):
    return write(world, tmp_path_factory.mktemp("returns"))


def form_of(file):
    style = RETURN_STYLES[file.district]
    return style.export if file.kind in EXPORTED and style.export else style.form


def numbers_of(file):
    """The rows of a file that are no mess: a tuple of the cells that are numbers, by field.

    A repeated row stands behind its first; totals, blanks, titles and headings have no numbers.
    """
    fields = FIELD_OF[file.kind]
    rows = read_rows(file.path, form_of(file))
    heading = next(row for row in rows if len(row) > 3 and all(cell in fields for cell in row))
    counted = [place for place, cell in enumerate(heading) if is_count(file.kind, fields[cell])]
    names = [fields[heading[place]].removeprefix(ORIGIN) for place in counted]
    kept = []
    for number, row in enumerate(rows, 1):
        cells = [row[place] for place in counted] if len(row) == len(heading) else [""]
        if all(re.fullmatch(r"\d+(\.0)?", cell) for cell in cells) and number not in file.bad:
            kept += [] if row == rows[number - 2] else [tuple(int(float(cell)) for cell in cells)]
    return names, kept


def is_count(kind, field):
    words = {SERIAL, "*note", "unit", "district", "month", "topic", "power", "department"}
    return field not in words


def rows_behind(file, written):
    rows = written.truth[file.kind]
    first, last = (int(month.replace("-", "")) for month in file.months)
    return rows[rows["district"].eq(file.district) & rows["month"].between(first, last)]


def test_returns_say_what_happened_but_for_their_bad_rows(written):
    corrected = {file.path.name.replace("（更正）", "") for file in written.files if is_again(file)}
    for file in written.files:
        names, found = numbers_of(file)
        truth = Counter(rows_behind(file, written)[names].itertuples(index=False, name=None))
        assert truth.total() - len(found) == file.missing, file.path.name
        if file.path.name not in corrected:
            assert Counter(found) <= truth, file.path.name


def is_again(file):
    return "更正" in file.path.name


def test_a_return_of_a_year_is_sent_again_corrected(written):
    first, again = (
        file for file in written.files if (file.district, file.kind, file.months) == RESENT
    )
    assert again is written.files[-1]
    (names, slips), (_, right) = numbers_of(first), numbers_of(again)
    wrong = sum(before != after for before, after in zip(slips, right, strict=True))
    assert names[1] == "in_post"
    assert 2 < wrong < len(right) / 4


def test_every_kind_and_district_has_its_files(written):
    sent = {(file.kind, file.district) for file in written.files}
    assert sent == {(kind, district) for kind in KINDS for district in RETURN_STYLES}
    assert len({form_of(file) for file in written.files}) == 9
    assert max(f.months[1] for f in written.files if f.district == "110119") == "2023-04"


def test_bad_rows_are_in_all_kinds_and_never_in_the_month_of_the_report(written):
    for kind in KINDS:
        assert sum(len(file.bad) for file in written.files if file.kind == kind) >= 3, kind
    texts = ("2020-10", "2020/10", "2020.10", "202010", "2020年10月")
    bad = [row for file in written.files if file.kind == "staffing" for row in bad_rows_of(file)]
    assert len(bad) > 30
    assert not [row for row in bad if any(cell.startswith(texts) for cell in row)]


def bad_rows_of(file):
    rows = read_rows(file.path, form_of(file))
    return [rows[number - 1] for number in file.bad]


def test_same_seed_gives_the_same_files(world, written, tmp_path):
    some = ("110101", "110115", "110116", "110119")
    for file in write(world, tmp_path, some).files:
        same = next(f for f in written.files if f.path.name == file.path.name)
        assert file.path.read_bytes() == same.path.read_bytes(), file.path.name
        assert file.bad == same.bad


def test_headings_are_those_of_the_reference_data_or_mapped():
    """Columns that are not stored have headings that no return knows."""
    known = pd.read_csv(DATA / "return_headings.csv", dtype=str)
    seen = {(row.kind, heading_key(row.heading_as_seen)): row.field for row in known.itertuples()}
    mapped = {heading: name for s in RETURN_STYLES.values() for heading, name in s.mapping.items()}
    for kind, fields in FIELD_OF.items():
        for heading, name in fields.items():
            key = heading_key(heading)
            found = seen.get((kind, key)) or seen.get(("any", key)) or mapped.get(heading)
            expected = None if name.startswith(("*", ORIGIN)) else name
            assert found == expected, (kind, heading)


@dataclass(frozen=True)
class Imported:
    line: CommandLine
    batches: dict[str, int]  # file name → batch


@pytest.fixture(scope="session")
def imported(written, tmp_path_factory):
    database = start(tmp_path_factory.mktemp("imported") / "returns.db")
    line = CommandLine(f"sqlite:///{database}", database.parent)
    engine, day = db.engine_for(line.url), date(2023, 7, 3)
    batches = {
        file.path.name: import_log(
            file.path, file.declaration, today=day, actor="demo", on=engine, synthetic=True
        ).batch
        for file in written.files
    }
    yield Imported(line, batches)
    engine.dispose()


@pytest.fixture(scope="session")
def stored(imported):
    """Kind → the rows of the register, with codes of units for its numbers."""
    with db.reading(db.engine_for(imported.line.url)) as connection:
        returns = read_returns(connection)
        codes = read_catalogue(connection).units.set_index("id")["code"]
    frames = {kind: getattr(returns, kind) for kind in KINDS}
    return {k: frame.assign(unit=frame["unit_id"].map(codes)) for k, frame in frames.items()}


@pytest.mark.slow
def test_through_the_import_the_city_is_at_850_permille(imported):
    window = ("--from", "2020-10", "--to", "2020-10")
    records = imported.line.records("staffing", *window)
    city = next(record for record in records if record["measure"] == "front_line")
    assert round(city["value"], 3) == 0.850
    assert city["completeness"] == 1
    districts = imported.line.records("staffing", "--by", "district", *window)
    shares = [r["value"] for r in districts if r["measure"] == "front_line"]
    assert len(shares) == 16
    assert max(shares) - min(shares) > 0.1


@pytest.mark.slow
def test_quarantined_rows_are_exactly_the_bad_ones(imported, written):
    shape = db.table(models.Problem)
    with db.reading(db.engine_for(imported.line.url)) as connection:
        found = db.read_frame(connection, sa.select(shape.c.batch_id, shape.c.row))
    rows = found.groupby("batch_id")["row"].agg(sorted).to_dict()
    for file in written.files:
        batch = imported.batches[file.path.name]
        assert rows.pop(batch, []) == list(file.bad), file.path.name
    assert rows == {}


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_the_register_holds_what_happened_but_for_the_bad_rows(kind, stored, written):
    truth = written.truth[kind]
    place = "district" if kind == "training" else "unit"
    columns = [name for name in stored[kind].columns if name in truth.columns]
    rows = stored[kind].assign(**{place: stored[kind]["unit"]})[[place, *{*columns} - {place}]]
    both = rows.merge(truth, how="left", indicator=True)
    assert both["_merge"].eq("both").all()
    assert len(truth) - len(rows) == sum(f.missing for f in written.files if f.kind == kind)


@pytest.mark.slow
def test_what_was_never_sent_is_missing_in_every_kind(imported):
    shape, units = db.table(models.Coverage), db.table(models.Unit)
    query = sa.select(shape.c.kind, units.c.district_code, sa.func.max(shape.c.month).label("last"))
    query = query.join(units, units.c.id == shape.c.unit_id).group_by(shape.c.kind, "district_code")
    with db.reading(db.engine_for(imported.line.url)) as connection:
        last = db.read_frame(connection, query)
    assert len(last) == 4 * 16
    assert set(last.loc[last["district_code"] == "110119", "last"]) == {202304}
    assert set(last.loc[last["district_code"] != "110119", "last"]) == {202306}


@pytest.mark.slow
def test_the_corrected_year_corrects_some_rows_and_leaves_most(imported, written):
    again = imported.batches[written.files[-1].path.name]
    batch = imported.line.batch(again)
    assert 2 < batch["corrected"] < batch["unchanged"]
    assert batch["synthetic"]
