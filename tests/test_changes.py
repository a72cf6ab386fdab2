"""What the newest import changed: the rates before it are those that stood before it."""

import math

from intake_world import Intake, make_row, make_table

from registry import db
from registry.charts import change_table
from registry.measures.changes import Change, last_change
from registry.measures.exercise import exercise_rate
from registry.snapshot import Snapshot, read_snapshot
from registry.window import Window

MONTHS = "2020-08..2020-09"
FIRST = make_table(
    make_row(),
    make_row(case_no="京东罚字〔2020〕2号", power="UM002", decided_on="2020-09-01"),
    make_row(case_no="京东罚字〔2020〕3号", power="UM003", decided_on="2020-12-01"),
)
SECOND = make_table(
    make_row(power="UM004"),  # a correction: UM001 ends
    make_row(case_no="京东罚字〔2020〕4号", power="UM005", decided_on="2020-09-30"),
    make_row(case_no="京东罚字〔2020〕5号", power="UM006", decided_on="2020-09-30"),
)


def seen(intake: Intake) -> tuple[Snapshot, Change | None]:
    with db.reading(intake.engine) as connection:
        snapshot = read_snapshot(connection)
        return snapshot, last_change(connection, snapshot)


def test_without_an_import_nothing_has_changed(intake: Intake) -> None:
    assert seen(intake)[1] is None


def test_the_rates_before_an_import_are_those_that_stood_before_it(intake: Intake) -> None:
    intake.send(FIRST)
    before = exercise_rate(seen(intake)[0], Window.parse(MONTHS), ("district",))
    intake.send(SECOND, months=MONTHS)
    snapshot, change = seen(intake)
    now = exercise_rate(snapshot, Window.parse(MONTHS), ("district",))
    assert change is not None
    assert (change.batch, change.counts["accepted"], change.counts["corrected"]) == (2, 2, 1)
    (row,) = change.rates.to_dict("records")
    assert row["district"] == "110101"
    assert row["numerator_before"] == 2  # UM001, UM002; UM003 is of another month
    assert row["numerator"] == 4  # UM004, UM002, UM005, UM006
    for frame, ending in ((before, "_before"), (now, "")):
        (own,) = frame[frame["district"].eq("110101")].to_dict("records")
        assert own["numerator"] == row[f"numerator{ending}"]
        assert own["value"] == row[f"value{ending}"]


def test_before_the_first_return_there_was_no_rate(intake: Intake) -> None:
    intake.send(FIRST, months="2020-07..2020-12")
    _snapshot, change = seen(intake)
    assert change is not None
    (row,) = change.rates.to_dict("records")
    assert row["numerator"] == 3
    assert math.isnan(row["value_before"])  # missing, not 0


def test_a_rate_before_an_import_says_at_least_where_a_month_was_missing_then(
    intake: Intake,
) -> None:
    intake.send(FIRST, months="2020-08..2020-08")
    intake.send(SECOND, months=MONTHS)
    _snapshot, change = seen(intake)
    assert change is not None
    assert change.rates["completeness_before"].tolist() == [0.5]
    assert change.rates["completeness"].tolist() == [1.0]
    (row,) = change_table(change.rates, {"110101": "东城区"}).to_dict("records")
    assert row["导入前"].startswith("至少 ")
    assert not row["导入后"].startswith("至少 ")
