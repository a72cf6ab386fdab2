"""The system's clock set back, or ahead: nothing that has ended begins again."""

import json
import sys
from datetime import UTC, date, datetime, timedelta

import pytest
import reliability
import sqlalchemy as sa
from api_client import ask, cookie_of, people_log_in
from builders import EAST, QUARTER, make_case
from faults import is_whole

from registry import clock, db, models
from registry.clock import Clock, latest_today
from registry.intake import worker
from registry.intake.declaration import Declaration
from registry.ledger import verify

HOUR, DAY = 3600.0, 24 * 3600.0
NOON = datetime(2026, 11, 29, 4, tzinfo=UTC).timestamp()


class Hands:
    """What the system says: `wall` can be turned, `ticks` only counts."""

    def __init__(self, wall: float = NOON) -> None:
        self.wall, self.ticks = wall, 0.0

    def pass_by(self, seconds: float) -> None:
        self.wall += seconds
        self.ticks += seconds

    def clock(self) -> Clock:
        """That of a process that has just begun."""
        return Clock(lambda: self.wall, lambda: self.ticks)


@pytest.fixture
def hands(monkeypatch) -> Hands:
    """The clock of this process, to be turned; it says what it is."""
    hands = Hands(datetime.now(UTC).timestamp())
    monkeypatch.setattr(clock, "CLOCK", hands.clock())
    return hands


def tell(what: str, happened: str) -> None:
    reliability.record("fault", f"时钟拨回：{what}", 1, happened, 0)


def test_now_goes_on_where_the_clock_is_set_back():
    hands = Hands()
    ours = hands.clock()
    assert ours.now().timestamp() == NOON
    hands.wall -= DAY
    hands.pass_by(HOUR)
    assert ours.now().timestamp() == NOON + HOUR
    hands.wall += 2 * DAY
    assert ours.now().timestamp() == NOON + HOUR + DAY


def test_an_age_grows_by_what_has_passed_wherever_the_clock_is_set():
    hands = Hands()
    ours = hands.clock()
    assert ours.age("one", NOON - HOUR) == timedelta(hours=1)
    hands.wall -= DAY
    hands.pass_by(HOUR)
    assert ours.age("one", NOON - HOUR) == timedelta(hours=2)
    hands.wall += DAY + HOUR
    assert ours.age("one", NOON - HOUR) == timedelta(hours=3)


def test_a_clock_that_was_ahead_makes_nothing_old_that_is_issued_later():
    hands = Hands(NOON + 8 * HOUR)  # local time taken for UTC, until the network's time is there
    ours = hands.clock()
    assert ours.age("first", NOON) == timedelta(hours=8)
    hands.wall = NOON
    assert ours.age("first", NOON) == timedelta(hours=8)
    assert ours.age("later", NOON) == timedelta(0)


def test_no_more_ages_are_kept_than_a_city_has_logins(monkeypatch):
    monkeypatch.setattr(clock, "MOST_KNOWN", 3)
    ours = Hands().clock()
    for number in range(10):
        ours.age(number, NOON)
    assert len(ours._seen) == 3


@pytest.mark.slow
@pytest.mark.campaign
def test_a_token_that_has_ended_does_not_begin_again(configured, hands):
    last = latest_day(configured)
    (made,) = configured.records("token", "make", "对接", "--district", EAST, "--until", str(last))
    status = lambda: ask("/api/v1/powers", token=made["token"]).status  # noqa: E731
    assert status() == 200
    hands.pass_by(DAY)
    assert status() == 401
    hands.wall -= 30 * DAY
    assert status() == 401
    record_act_at(configured, hands.wall + 30 * DAY)
    clock.CLOCK = hands.clock()  # as of a process that has just begun
    assert status() == 401
    tell("过期的令牌", "仍然过期；服务重启后，以最新一条账目的时间为准")


def latest_day(line) -> date:
    with db.reading(db.engine_for(line.url)) as connection:
        return latest_today(connection)


def record_act_at(line, seconds: float) -> None:
    acts = db.table(models.Act)
    at = datetime.fromtimestamp(seconds, UTC).isoformat(timespec="microseconds")
    with db.writing(db.engine_for(line.url)) as connection:
        connection.execute(acts.insert().values(at=at, actor="test", action="test", note=""))


@pytest.mark.slow
@pytest.mark.campaign
def test_a_login_lasts_no_longer_for_the_clock_being_set_back(told, hands, tmp_path):
    cookie = cookie_of("office", age=6 * HOUR)
    answer = lambda: ask("/files/problems", query={"batch": "1"}, cookie=cookie)  # noqa: E731
    with people_log_in(tmp_path):
        assert answer().status == 200
        hands.wall -= 5 * HOUR
        assert answer().status == 200
        hands.pass_by(2 * HOUR + 1)
        ended = answer()
        assert (ended.status, "已满 8 小时" in ended.body["detail"]) == (401, True)
        hands.wall -= 5 * HOUR
        clock.CLOCK = hands.clock()
        early = answer()
        assert (early.status, "在将来" in early.body["detail"]) == (401, True)
    tell("登录", "不因此延长；签发时间在将来的拒绝")


@pytest.mark.slow
@pytest.mark.campaign
def test_what_is_recorded_after_the_clock_was_set_back_stands_behind_what_was_before(small_world):
    acts = db.table(models.Act)
    with db.writing(small_world.engine) as connection:
        ahead = {"at": "2999-01-01T00:00:00.000000+00:00", "actor": "t", "action": "t", "note": ""}
        connection.execute(acts.insert().values(ahead))
    small_world.send([make_case()])
    with db.reading(small_world.engine) as connection:
        instants = connection.scalars(sa.select(acts.c.at).order_by(acts.c.id)).all()
        assert instants == sorted(instants)
        assert db.last_act_known_on(connection, date(2998, 1, 1)) == len(instants) - 2
        assert verify(connection) == []
    assert is_whole(small_world)
    tell("之后的账目", "时间不倒退，账册一致")


@pytest.mark.slow
@pytest.mark.campaign
def test_no_job_waits_for_one_of_the_future_whose_process_has_gone(command_line, monkeypatch):
    engine = db.engine_for(command_line.url)
    monkeypatch.setattr(worker.tempfile, "gettempdir", lambda: str(command_line.folder))
    monkeypatch.setattr(worker, "command", lambda _folder: [sys.executable, "-c", ""])
    declared = Declaration((EAST,), QUARTER)
    number = worker.submit(b"x", "a.csv", declared, actor="local", on=engine)
    worker._processes.pop(number).wait()
    assert worker.status(number, engine).state == "queued", "it may be about to start"
    (file,) = command_line.folder.glob("registry-jobs-*/*/job.json")
    late = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
    file.write_text(json.dumps(json.loads(file.read_text()) | {"updated_at": late}))
    assert worker.status(number, engine).state == "failed"
    tell("排队的任务", "进程已不在的任务即告失败，后面的不等它")
