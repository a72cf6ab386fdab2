"""Districts counted on a cluster: what comes back is what an import here would have made."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from contextlib import ExitStack
from pathlib import Path

import pandas as pd
import pytest
import sqlalchemy as sa
from builders import (
    E1,
    E2,
    EAST,
    TODAY,
    W1,
    WEST,
    SmallWorld,
    make_case,
    make_cases,
    make_powers,
    make_unit,
    write_table,
)
from cluster_world import (
    FIRST,
    differing,
    import_all,
    is_sound,
    roll_up_here,
    snapshot_of,
    write_district,
    write_messy_source,
)
from command_line import CommandLine, start

from registry import db, models
from registry.access import DISTRICT, REFORM_OFFICE, Refused, Scope, acting
from registry.cluster import run
from registry.cluster.load import load
from registry.cluster.run import roll_up
from registry.cluster.source import read_source
from registry.errors import RegistryError
from registry.intake.problems import retry
from registry.intake.withdraw import withdraw
from registry.rollups import COUNTED, renew

BIN = Path(sys.executable).parent


def load_all(out: Path, on) -> list[str]:
    return [record["state"] for record in load(out, actor="test", on=on)]


@pytest.fixture
def here(small_register, tmp_path):
    """A register on SQLite that imports for itself, to compare with."""
    engine = db.engine_for(f"sqlite:///{shutil.copy(small_register, tmp_path / 'here.db')}")
    yield engine
    engine.dispose()


@pytest.fixture
def messy(tmp_path) -> Path:
    return write_messy_source(tmp_path / "source")


@pytest.fixture
def counted(messy, small_world, tmp_path) -> Path:
    """The results of the messy source, made in this process."""
    roll_up_here(messy, tmp_path / "out", small_world.engine)
    return tmp_path / "out"


def tables_of(out: Path) -> dict[str, str]:
    """The content of every Parquet file, as text."""
    return {
        str(path.relative_to(out)): pd.read_parquet(path).to_csv(index=False)
        for path in sorted(out.glob("*/*/*.parquet"))
    }


# The task, in this process


def test_what_is_loaded_equals_what_is_imported_cell_by_cell(counted, messy, here, small_world):
    said = import_all(messy, here)
    assert load_all(counted, small_world.engine) == ["loaded", "loaded"]
    ours = small_world.snapshot()
    assert ours.flagged.any()
    assert ours.cube.layers["decision"][-1].sum() == 6
    assert len(ours.reviews.cases) == 2
    assert differing(ours, snapshot_of(here)) == []
    assert is_sound(small_world.engine)
    assert sum(isinstance(one, str) for one in said) == 1


@pytest.mark.slow
def test_the_report_has_the_counts_of_every_file_and_the_sentence_of_a_refused_one(
    counted, messy, here
):
    said = import_all(messy, here)[:5]
    (report,) = (json.loads(p.read_text()) for p in counted.glob(f"{EAST}/*/report.json"))
    refused, *_ = [file for file in report["files"] if "error" in file]
    assert refused["error"] == said[3]
    assert [f["accepted"] for f in report["files"] if "error" not in f] == [5, 1, 0, 0]
    assert [f["repeated"] for f in report["files"] if "error" not in f] == [False] * 2 + [
        True,
        False,
    ]
    quarantine = pd.read_parquet(next(counted.glob(f"{EAST}/*/quarantine.parquet")))
    assert len(quarantine) == report["counts"]["quarantined"] == 3


@pytest.mark.slow
def test_a_district_of_the_same_files_is_not_counted_again(counted, messy, small_world):
    before = {path: path.stat().st_mtime_ns for path in counted.glob("*/*/*")}
    again = roll_up_here(messy, counted, small_world.engine)
    assert [record["state"] for record in again] == ["kept", "kept"]
    assert {path: path.stat().st_mtime_ns for path in counted.glob("*/*/*")} == before


@pytest.mark.slow
def test_the_same_result_a_second_time_changes_nothing(counted, small_world):
    load_all(counted, small_world.engine)
    revision = small_world.snapshot().revision
    assert load_all(counted, small_world.engine) == ["unchanged", "unchanged"]
    assert small_world.snapshot().revision == revision


@pytest.mark.slow
def test_a_changed_file_replaces_the_districts_result_and_no_other(
    counted, messy, here, small_world
):
    load_all(counted, small_world.engine)
    earlier = small_world.snapshot()
    write_district(messy, WEST, (make_cases(2, unit=W1), {}))
    states = [r["state"] for r in roll_up_here(messy, counted, small_world.engine)]
    assert states == ["kept", "made"]
    assert load_all(counted, small_world.engine) == ["unchanged", "replaced"]
    import_all(messy, here)
    assert differing(small_world.snapshot(), snapshot_of(here)) == []
    assert is_sound(small_world.engine)
    # What was known before is known still.
    assert differing(snapshot_of(small_world.engine, earlier.revision), earlier) == []


@pytest.mark.slow
def test_files_put_back_as_they_were_bring_the_earlier_result_back(counted, messy, small_world):
    load_all(counted, small_world.engine)
    before = small_world.snapshot()
    log = messy / WEST / "log-0.csv"
    text = log.read_bytes()
    for content in (text.replace("〔2021〕".encode(), "〔2022〕".encode()), text):
        log.write_bytes(content)
        roll_up_here(messy, counted, small_world.engine)
        assert load_all(counted, small_world.engine) == ["unchanged", "replaced"]
    assert differing(small_world.snapshot(), before) == []


@pytest.mark.slow
def test_a_withdrawn_result_leaves_nothing_and_can_be_loaded_again(counted, small_world):
    empty = small_world.snapshot()
    load_all(counted, small_world.engine)
    full = small_world.snapshot()
    batches = [1, 2]
    withdraw(batches, reason="错", actor="test", on=small_world.engine)
    assert differing(small_world.snapshot(), empty) == []
    assert is_sound(small_world.engine)
    assert load_all(counted, small_world.engine) == ["loaded", "loaded"]
    assert differing(small_world.snapshot(), full) == []


@pytest.mark.slow
def test_a_district_is_loaded_or_imported_but_never_both(counted, small_world):
    small_world.send([make_case(unit=W1)], WEST)
    with pytest.raises(RegistryError, match=f"{WEST}.*批次 1"):
        load_all(counted, small_world.engine)
    assert is_sound(small_world.engine)
    with pytest.raises(RegistryError, match=f"{EAST}.*批次 2"):
        small_world.send([make_case(case_no="〔2021〕99号")])
    withdraw([1], reason="改为载入", actor="test", on=small_world.engine)
    assert load_all(counted, small_world.engine) == ["unchanged", "loaded"]


@pytest.mark.slow
def test_an_altered_part_is_found_by_the_check_and_by_the_ledger(counted, small_world):
    load_all(counted, small_world.engine)
    engine = small_world.engine
    with engine.connect().execution_options(writes=True) as connection, connection.begin():
        connection.execute(sa.text("update usage_part set cases = cases + 1 where id = 1"))
    assert not is_sound(engine)


@pytest.mark.slow
def test_parts_counted_against_other_limits_are_withdrawn_when_all_is_counted_anew(
    counted, small_world
):
    load_all(counted, small_world.engine)
    with db.writing(small_world.engine) as connection:
        shape = db.table(models.Document)
        connection.execute(sa.delete(shape).where(shape.c.name == COUNTED))
        assert renew(connection)  # they count as now: nothing ends
    assert small_world.snapshot().batches == 2
    with db.writing(small_world.engine) as connection:
        connection.execute(sa.delete(shape).where(shape.c.name == COUNTED))
        connection.execute(sa.update(db.table(models.Batch)).values(declaration="1\nother"))
        renew(connection)
    snapshot = small_world.snapshot()
    assert (snapshot.batches, snapshot.returned.any()) == (0, False)


def test_only_the_reform_office_loads(counted, small_world):
    with acting(Scope("east", DISTRICT, EAST)), pytest.raises(Refused):
        load_all(counted, small_world.engine)
    with acting(Scope("office", REFORM_OFFICE)):
        assert load_all(counted, small_world.engine) == ["loaded", "loaded"]


@pytest.mark.slow
def test_quarantine_elsewhere_is_not_tried_again_here(counted, small_world):
    load_all(counted, small_world.engine)
    assert retry(today=TODAY, actor="test", on=small_world.engine) == (0, 0)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["usage_month.parquet", "report.json"])
def test_a_damaged_result_is_refused_and_nothing_of_it_is_stored(counted, small_world, name):
    (path,) = counted.glob(f"{EAST}/*/{name}")
    path.write_bytes(path.read_bytes()[:-1])
    before = small_world.snapshot().revision
    with pytest.raises(RegistryError, match="不完整或被改动"):
        load_all(counted, small_world.engine)
    assert small_world.snapshot().revision == before


@pytest.mark.slow
def test_a_result_of_another_register_is_refused_by_the_first_code_that_is_unknown(
    counted, small_world
):
    with db.writing(small_world.engine) as connection:
        db.record_act(connection, "holding", "test")
        shape = db.table(models.Unit)
        connection.execute(sa.update(shape).where(shape.c.code == E1).values(code="other"))
    with pytest.raises(RegistryError, match=f"{EAST}.*{E1}"):
        load_all(counted, small_world.engine)


# The declarations


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        ([{"file": "log-0.csv"}], "months"),
        ([{"file": "log-0.csv", "months": "2021-01", "kind": "usage"}], "kind"),
        ([{"file": "log-0.csv", "months": "2021-13"}], "第 2 行"),
        ([{"file": "../log-0.csv", "months": "2021-01"}], "第 2 行"),
        ([{"file": "log-0.csv", "months": "2021-01", "replace": "是"}], "yes"),
        ([{"file": "log-0.csv", "months": "2021-01", "map": "案号"}], "左=右"),
        ([{"file": "log-1.csv", "months": "2021-01"}], "没有申报"),
        (
            [{"file": n, "months": "2021-01"} for n in ("log-0.csv", "log-1.csv")],
            "文件夹里没有",
        ),
    ],
    ids=["month", "column", "day", "path", "replace", "map", "undeclared", "missing"],
)
def test_a_declaration_that_does_not_fit_is_one_sentence(tmp_path, rows, told):
    folder = write_district(tmp_path, EAST, ([make_case()], {}))
    write_table(folder / "declarations.csv", rows, list(rows[0]))
    with pytest.raises(RegistryError, match=told):
        read_source(folder)


@pytest.mark.slow
def test_a_declaration_takes_what_import_takes_as_options(tmp_path):
    said = {"units": f"{E1};{E2}", "map": "号=case_no", "set": "action=penalty", "sheet": "表"}
    (file,) = read_source(write_district(tmp_path, EAST, ([make_case()], said)))
    declaration = file.declaration
    assert (declaration.districts, declaration.units) == ((EAST,), (E1, E2))
    assert (dict(declaration.mapping), dict(declaration.constants)) == (
        {"号": "case_no"},
        {"action": "penalty"},
    )
    assert (declaration.sheet, declaration.replace) == ("表", False)


# The command


def test_the_command_says_what_it_needs(command_line):
    assert "--scheduler" in command_line.refusal("cluster-rollup", exit_code=2)
    both = ("--load", "x", "--source", "y")
    assert "--load" in command_line.refusal("cluster-rollup", *both, exit_code=2)
    assert "没有" in command_line.refusal("cluster-rollup", "--load", "x")


def test_without_dask_the_command_says_so_in_one_sentence(command_line, monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    words = ("--scheduler", "tcp://127.0.0.1:1", "--source", "x", "--out", "y")
    assert "没有安装 Dask" in command_line.refusal("cluster-rollup", *words)


@pytest.mark.slow
def test_no_command_waits_for_dask_to_load():
    code = "import sys, registry.cli; sys.exit('distributed' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.slow
def test_the_command_loads_and_tells_each_district(messy, command_line):
    roll_up_here(messy, command_line.folder / "out", db.engine_for(command_line.url))
    records = command_line.records("cluster-rollup", "--load", "out")
    assert [(r["district"], r["state"], r["batch"]) for r in records] == [
        (EAST, "loaded", 1),
        (WEST, "loaded", 2),
    ]
    assert command_line.disagreements() == []
    assert [b["kind"] for b in command_line.records("batches")] == ["rollup", "rollup"]


# A cluster of several processes


@pytest.fixture(scope="module")
def cluster():
    """Two workers, each a process of its own."""
    from distributed import Client, LocalCluster

    with (
        LocalCluster(
            n_workers=2, threads_per_worker=1, processes=True, dashboard_address="127.0.0.1:0"
        ) as local,
        Client(local, set_as_default=False) as client,
    ):
        yield client


def on_cluster(client, source: Path, out: Path, world: SmallWorld) -> dict[str, dict]:
    found = roll_up(client, source, out, today=TODAY, on=world.engine)
    return {record["district"]: record for record in found}


@pytest.mark.slow
def test_a_cluster_of_processes_equals_the_embedded_intake(
    cluster, messy, here, small_world, tmp_path
):
    out = tmp_path / "out"
    records = on_cluster(cluster, messy, out, small_world)
    assert {code: r["state"] for code, r in records.items()} == {EAST: "made", WEST: "made"}
    again = on_cluster(cluster, messy, out, small_world)
    assert {code: r["state"] for code, r in again.items()} == {EAST: "kept", WEST: "kept"}
    load_all(out, small_world.engine)
    import_all(messy, here)
    assert differing(small_world.snapshot(), snapshot_of(here)) == []


@pytest.mark.slow
def test_a_district_that_cannot_be_read_fails_alone(cluster, messy, small_world, tmp_path):
    (messy / EAST / "undeclared.csv").write_text("x")
    records = on_cluster(cluster, messy, tmp_path / "out", small_world)
    assert records[EAST]["state"] == "failed"
    assert "undeclared.csv" in str(records[EAST]["error"])
    assert records[WEST]["state"] == "made"


# A scheduler and workers started as commands

MANY = [f"99010{number}" for number in range(1, 7)]
ROWS = 4000


@pytest.fixture
def many(tmp_path) -> CommandLine:
    """A register of six districts with a unit each, and a source with a log of each."""
    powers = make_powers()
    units = [
        unit
        for code in MANY
        for unit in (
            make_unit(code, name=f"区{code}", unit_kind="district"),
            make_unit(f"{code}001", name=f"街道{code}"),
        )
    ]
    files = {"powers": powers, "units": units}
    words = [
        word
        for name, rows in files.items()
        for word in (
            f"--{name}",
            write_table(tmp_path / f"{name}.csv", rows, list(rows[0])),
        )
    ]
    for code in MANY:
        write_district(
            tmp_path / "source",
            code,
            (make_cases(ROWS, unit=f"{code}001", fine_cny=code[-2:]), {}),
            ([*make_cases(9, unit=f"{code}001", fine_cny="7"), FIRST[5]], {}),
        )
    database = start(tmp_path / "many.db", *words)
    shutil.copy(database, tmp_path / "here.db")
    return CommandLine(f"sqlite:///{database}", tmp_path)


class Machines:
    """A scheduler and its workers, each started by its command; all gone at the end."""

    def __init__(self, folder: Path, ending: ExitStack) -> None:
        self.folder, self.ending = folder, ending
        folder.mkdir()
        self.address_file = folder / "scheduler.json"
        where = ("--scheduler-file", str(self.address_file))
        self.start("scheduler", *where, "--host", "127.0.0.1", "--port", "0", "--no-dashboard")
        wait_for(self.address_file.exists)
        self.address = json.loads(self.address_file.read_text())["address"]

    def worker(self, name: str) -> subprocess.Popen:
        scratch = self.folder / name
        words = (self.address, "--nthreads", "1", "--no-nanny", "--no-dashboard", "--name", name)
        return self.start("worker", *words, "--local-directory", str(scratch))

    def start(self, *words: str) -> subprocess.Popen:
        process = subprocess.Popen(
            [BIN / "dask", *words], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        self.ending.callback(process.wait)
        self.ending.callback(process.kill)
        return process

    def is_at_work(self, name: str) -> bool:
        """Whether a task of this worker has its own register open."""
        return any((self.folder / name).glob("**/registry-*/register.db-wal"))


def wait_for(happened, seconds: float = 60) -> None:
    until = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < until
        time.sleep(0.01)


@pytest.mark.slow
def test_a_worker_killed_in_the_middle_changes_no_cell(many, tmp_path):
    words = ["cluster-rollup", "--source", "source", "--out", "out", "--format", "json"]
    with ExitStack() as ending:
        machines = Machines(tmp_path / "machines", ending)
        killed, other = machines.worker("a"), machines.worker("b")
        command = subprocess.Popen(
            [BIN / "registry", *words, "--scheduler", machines.address],
            cwd=tmp_path,
            env=os.environ | {"REGISTRY_DATABASE_URL": many.url},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        ending.callback(command.kill)
        wait_for(lambda: machines.is_at_work("a"))
        killed.send_signal(signal.SIGKILL)
        killed.wait()
        assert machines.is_at_work("a")  # it left its task in the middle
        told, talk = command.communicate(timeout=120)
        assert command.returncode == 3, talk.decode()
        assert other.poll() is None
        records = {record["district"]: record for record in json.loads(told)}
        assert {code: r["state"] for code, r in records.items()} == dict.fromkeys(MANY, "made")
        again = many.records(*words[:-2], "--scheduler", machines.address, exit_code=3)
        assert {record["state"] for record in again} == {"kept"}
    assert {record["quarantined"] for record in records.values()} == {1}
    many.records("cluster-rollup", "--load", "out")
    here = db.engine_for(f"sqlite:///{tmp_path}/here.db")
    import_all(tmp_path / "source", here)
    ours = snapshot_of(db.engine_for(many.url))
    assert ours.cube.layers["decision"][-1].sum() == len(MANY) * (ROWS + 9)
    assert differing(ours, snapshot_of(here)) == []
    assert many.disagreements() == []
    here.dispose()


@pytest.mark.slow
def test_a_scheduler_that_nobody_answers_for_is_one_sentence(command_line, monkeypatch):
    monkeypatch.setattr(run, "SECONDS_TO_CONNECT", 0.5)
    words = ("--scheduler", "tcp://127.0.0.1:1", "--source", "x", "--out", "y")
    assert "联系不上调度器" in command_line.refusal("cluster-rollup", *words)
