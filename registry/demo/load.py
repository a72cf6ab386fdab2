"""The demo's logs and returns through the same intake as real ones, marked as synthetic."""

import tempfile
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

from registry import models
from registry.access import subject
from registry.catalogue import SHIPPED, read_catalogue, read_reference
from registry.db import read_frame, reading, record_act, table, writing
from registry.demo.adjustments import add_demo_adjustments, end_demo_adjustments
from registry.demo.logs import SEED, write_demo_logs
from registry.demo.names import read_names
from registry.demo.remarks import add_demo_remarks, end_demo_remarks
from registry.demo.return_cells import read_words
from registry.demo.returns import demo_returns, write_demo_returns
from registry.demo.truth import demo_truth
from registry.intake.commit import import_log
from registry.intake.declaration import Declaration
from registry.intake.withdraw import Withdrawal, withdraw
from registry.window import Window, parse_month, today_in_beijing

BEGUN, LOADED = "demo begun", "demo loaded"
"""The acts around the loading of the demo: begun and not loaded, it goes on where it stopped."""


def load_demo(
    progress: Callable[[str], None] = lambda stage: None, on: Engine | None = None
) -> None:
    """Write the demo's files and import them; a file that is in already is passed over."""
    actor = subject()
    with writing(on) as connection:
        begun = record_act(connection, BEGUN, actor)
    with tempfile.TemporaryDirectory() as folder:
        progress("写出台账和月报")
        today = today_in_beijing()
        for path, declaration in _write_files(Path(folder)):
            progress(path.name)
            import_log(path, declaration, today=today, actor=actor, on=on, synthetic=True)
    progress("调整的往次")
    with writing(on) as connection:
        finish_demo(connection, begun, today=today, actor=actor)


def finish_demo(connection: Connection, begun: int, *, today: date, actor: str) -> None:
    """What is no file: remarks, and a round of adjustment. Nothing, where another who began at the
    same time has come to its end since act `begun`."""
    acts = table(models.Act)
    ended = sa.select(acts.c.id).where(acts.c.action == LOADED, acts.c.id > begun)
    if connection.scalar(ended.limit(1)):
        return
    add_demo_remarks(connection, read_catalogue(connection), today=today, actor=actor)
    add_demo_adjustments(connection, actor=actor)
    record_act(connection, LOADED, actor)


def _write_files(folder: Path) -> Iterator[tuple[Path, Declaration]]:
    """Each file and what is declared of it, in the order in which they are imported."""
    paths = (SHIPPED.powers, SHIPPED.units, SHIPPED.unit_names, SHIPPED.topics, SHIPPED.vocabulary)
    powers, units, unit_names, topics, vocabulary = (read_reference(p) for p in paths if p)
    names = read_names(powers, units, unit_names)
    cases = demo_truth(powers, units, SEED)
    for log in write_demo_logs(folder, cases, names):
        window = Window(*map(parse_month, log.months))
        yield (
            log.path,
            Declaration(log.districts, window, mapping=log.mapping, constants=log.constants),
        )
    returns = demo_returns(powers, units, topics, cases)
    for file in write_demo_returns(folder, returns, names, read_words(topics, vocabulary)):
        yield file.path, file.declaration


def is_unfinished(on: Engine | None = None) -> bool:
    """Whether the demo was begun and not loaded, and nothing real has come in since."""
    acts, batches = table(models.Act), table(models.Batch)
    with reading(on) as connection:
        seen = set(
            connection.scalars(sa.select(acts.c.action).where(acts.c.action.in_([BEGUN, LOADED])))
        )
        real = sa.select(batches.c.id).where(batches.c.synthetic.is_(False)).limit(1)
        return seen == {BEGUN} and connection.scalar(real) is None


def demo_batches(on: Engine | None = None) -> tuple[list[int], bool]:
    """(the synthetic batches that stand, whether a real one stands beside them)."""
    shape = table(models.Batch)
    with reading(on) as connection:
        query = sa.select(shape.c.id, shape.c.synthetic).where(shape.c.withdrawn_in.is_(None))
        rows = read_frame(connection, query)
    synthetic = [int(row.id) for row in rows.itertuples() if row.synthetic]
    return synthetic, len(synthetic) < len(rows)


def drop_demo(on: Engine | None = None) -> Withdrawal:
    """Withdraw every batch of the demo in one act; end its remarks and its round of adjustment."""
    batches, _ = demo_batches(on)
    reason, actor = "清空演示数据", subject()
    with writing(on) as connection:
        end_demo_remarks(connection, reason=reason, actor=actor)
        end_demo_adjustments(connection, reason=reason, actor=actor)
    return withdraw(batches, reason=reason, actor=actor, on=on)
