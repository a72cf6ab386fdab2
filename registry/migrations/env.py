"""Alembic runs this to bring a database to the newest shape, on the connection it is given."""

from alembic import context
from sqlmodel import SQLModel

import registry.models  # noqa: F401  the tables register themselves on import

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=SQLModel.metadata,
    transactional_ddl=True,
)
context.run_migrations()
