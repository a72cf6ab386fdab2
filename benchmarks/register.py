"""New registers to measure in: the shipped catalogue, nothing returned yet."""

from sqlalchemy.engine import Engine

from registry import db
from registry.access import local_user, run_as
from registry.catalogue import SHIPPED, Catalogue, read_catalogue, start_register
from registry.holdings import Holdings, read_holdings


def new_register(url: str) -> Engine:
    """A register with the shipped powers and units in an empty database."""
    run_as(local_user)
    engine = db.engine_for(url)
    db.migrate(engine)
    with db.writing(engine) as connection:
        start_register(connection, SHIPPED, "benchmark")
    return engine


def read_labels(engine: Engine) -> tuple[Catalogue, Holdings]:
    run_as(local_user)
    with db.reading(engine) as connection:
        catalogue = read_catalogue(connection)
        return catalogue, read_holdings(connection, catalogue)
