"""The demo's logs through the same intake as real ones, marked as synthetic."""

import tempfile
from collections.abc import Callable
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.engine import Engine

from registry import models
from registry.catalogue import SHIPPED, read_reference
from registry.db import read_frame, reading, record_act, table, writing
from registry.demo.logs import SEED, write_demo_logs
from registry.demo.names import read_names
from registry.demo.truth import demo_truth
from registry.intake.commit import import_log
from registry.intake.declaration import Declaration
from registry.intake.withdraw import Withdrawal, withdraw
from registry.settings import settings
from registry.window import Window, parse_month, today_in_beijing

BEGUN, LOADED = "demo begun", "demo loaded"
"""The acts around the loading of the demo: begun and not loaded, it goes on where it stopped."""


def load_demo(
    progress: Callable[[str], None] = lambda stage: None, on: Engine | None = None
) -> None:
    """Write the demo's logs and import them; a log that is in already is passed over."""
    with writing(on) as connection:
        record_act(connection, BEGUN, settings().actor)
    with tempfile.TemporaryDirectory() as folder:
        progress("写出台账")
        paths = (SHIPPED.powers, SHIPPED.units, SHIPPED.unit_names)
        powers, units, unit_names = (read_reference(path) for path in paths if path)
        names = read_names(powers, units, unit_names)
        cases = demo_truth(powers, units, SEED)
        for log in write_demo_logs(Path(folder), cases, names):
            progress(log.path.name)
            window = Window(*map(parse_month, log.months))
            declaration = Declaration(
                log.districts, window, mapping=log.mapping, constants=log.constants
            )
            import_log(
                log.path,
                declaration,
                today=today_in_beijing(),
                actor=settings().actor,
                on=on,
                synthetic=True,
            )
    with writing(on) as connection:
        record_act(connection, LOADED, settings().actor)


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
    """Withdraw every batch of the demo in one act."""
    batches, _ = demo_batches(on)
    return withdraw(batches, reason="清空演示数据", actor=settings().actor, on=on)
